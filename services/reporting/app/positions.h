// Which state of the projection an answer rests on.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "common/resource/standard.h"
#include "common/roster/scope.h"
#include "common/rpc/call.h"
#include "google/protobuf/repeated_ptr_field.h"
#include "inspectorate/reporting/v1/indicator.pb.h"

namespace inspectorate::reporting {

using Positions = google::protobuf::RepeatedPtrField<v1::Position>;

// Reads at one state: the sources stand still at the positions handed to `fn` while it runs.
// PROJECTION_BEHIND when a source has not reached a position of `at_least`. `fn` may run more than once; what
// it read last counts.
absl::Status ReadAt(db::Database& database, const db::Budget& budget, const std::string& office,
                    const Positions& at_least,
                    const std::function<absl::Status(db::Session&, const Positions&)>& fn);
absl::Status ReadAt(const resource::Platform& platform, const rpc::Call& call, const std::string& office,
                    const Positions& at_least,
                    const std::function<absl::Status(db::Session&, const Positions&)>& fn);

// The office's day, by its clock.
absl::StatusOr<Date> OfficeToday(db::Session& session, const resource::Platform& platform,
                                 const std::string& office);

// What the caller reaches for reading on that day (Reach::day).
absl::StatusOr<roster::Reach> ReachToday(db::Session& session, const resource::Platform& platform,
                                         const rpc::Call& call, const std::string& office);

}  // namespace inspectorate::reporting
