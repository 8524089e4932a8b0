// What everybody may know of a plaque, by what its QR code holds.
#pragma once

#include <string>

#include "absl/status/statusor.h"
#include "common/db/database.h"
#include "inspectorate/registry/v1/plaque.pb.h"

namespace inspectorate::registry {

// RESOURCE_NOT_FOUND, the same for a token that nobody has and for what is none.
absl::StatusOr<v1::PublicPlaque> FindPublicPlaque(db::Session& session, const std::string& token);

}  // namespace inspectorate::registry
