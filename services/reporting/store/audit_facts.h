// What the projection holds of the closed loop: the terms of the equations, read at one state of it.
#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "common/db/database.h"
#include "common/feed/digest.h"
#include "google/protobuf/descriptor.h"
#include "services/reporting/domain/equations.h"

namespace inspectorate::reporting {

// Issues that sealed problems must have become, by name ("offices/zhanhua/issues/{uuid}").
struct SealedProblems {
  std::set<std::string> consumed;  // sealed at or before a position of visits
  std::set<std::string> beyond;    // sealed after it
};
absl::StatusOr<SealedProblems> ReadSealedProblems(db::Session& session, const std::string& office,
                                                  uint64_t visits_position);

// State of every issue registered by a position of issues, as the feed told it.
absl::StatusOr<std::map<std::string, int>> ReadStatesAt(db::Session& session, const std::string& office,
                                                        uint64_t issues_position);
// Issues that changed after a position.
absl::StatusOr<std::set<std::string>> ReadChangedAfter(db::Session& session, const std::string& office,
                                                       uint64_t issues_position);

// The flows of (from, to]; `open_before` and `open_after` as the feed told it.
absl::StatusOr<FlowFacts> ReadFlow(db::Session& session, const std::string& office, uint64_t from,
                                   uint64_t to);

// The digest of copies as the tables hold them now, with the names behind it.
struct CopyDigest {
  feed::BucketedDigest digest;
  std::map<std::string, int64_t> revisions;  // by name
};
absl::StatusOr<CopyDigest> ReadCopies(db::Session& session, const std::string& office,
                                      const std::vector<const google::protobuf::Descriptor*>& resources);

}  // namespace inspectorate::reporting
