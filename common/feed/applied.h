// What a consumer has applied of a source, remembered by revision: the digest of a copy is kept from what
// this side has seen and owes nothing to the owner's.
#pragma once

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "common/db/database.h"
#include "common/feed/digest.h"
#include "inspectorate/feed/v1/feed.pb.h"

namespace inspectorate::feed {

// Notes the changes, in their order, all of one office; moves the digest along.
absl::Status NoteApplied(db::Session& session, const std::string& source, const std::string& office,
                         const std::vector<v1::Change>& changes, Digest* digest);

}  // namespace inspectorate::feed
