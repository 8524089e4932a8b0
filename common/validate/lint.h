// Mistakes in the rules of a contract, for the contract's tests.
#pragma once

#include <string>
#include <vector>

#include "google/protobuf/descriptor.h"

namespace inspectorate::validate {

// Every field a caller can send to the service that states neither a rule nor `unchecked`, and every rule
// that cannot be kept: a pattern that does not compile, a resource type of no linked contract, bounds that
// cross, a rule that says nothing about a field of its type. One line each,
// "inspectorate.issues.v1.GetIssueRequest.name: why".
std::vector<std::string> UnruledFields(const google::protobuf::ServiceDescriptor& service);
// Of all services of a file.
std::vector<std::string> UnruledFields(const google::protobuf::FileDescriptor& file);

}  // namespace inspectorate::validate
