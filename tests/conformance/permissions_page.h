// The permission matrix as a page for people, made from the contract.
#pragma once

#include <string>

namespace inspectorate::conformance {

// docs/permissions.md, English with the Chinese terms.
std::string PermissionsPage();

}  // namespace inspectorate::conformance
