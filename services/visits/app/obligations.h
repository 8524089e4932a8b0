// The obligation ledger at work: writing down what is owed, excusing, claiming, fulfilling, and coverage.
#pragma once

#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "common/rpc/call.h"
#include "common/work/unit.h"
#include "inspectorate/visits/v1/obligation.pb.h"
#include "inspectorate/visits/v1/visit.pb.h"

namespace inspectorate::visits {

absl::StatusOr<v1::GenerateObligationsResponse> GenerateObligations(
    work::Unit& unit, const rpc::Call& call, const v1::GenerateObligationsRequest& request);
absl::StatusOr<v1::Obligation> ExcuseObligation(work::Unit& unit, const rpc::Call& call,
                                                const v1::ExcuseObligationRequest& request);
absl::StatusOr<v1::VisitCoverage> GetCoverage(db::Session& session, const rpc::Call& call,
                                              const v1::GetCoverageRequest& request);

// What becomes of the obligations that a visit names. Each takes its locks in the order of the names.
// A missed visit's claim gives way to a new one. OBLIGATION_TAKEN, INVALID_FIELDS for another school's.
absl::Status ClaimObligations(work::Unit& unit, const v1::Visit& visit);
absl::Status ReleaseObligations(work::Unit& unit, const v1::Visit& visit);
// Excused ones stay excused.
absl::Status FulfilObligations(work::Unit& unit, const v1::Visit& visit, Time occur);
// One that the visit answered for, claimed by it or by nobody.
absl::Status FulfilObligation(work::Unit& unit, const v1::Visit& visit, const std::string& obligation,
                              Time occur);

// Closes a duty that lost its object, whatever visit may have claimed it; a fulfilled one stays as it is.
absl::Status DropObligation(work::Unit& unit, const std::string& obligation, std::string_view reason);

// Whether an act that happened then is a late entry by the rule of the office (visit.late_entry_days).
// OCCUR_TIME_IN_FUTURE, LATE_ENTRY.
absl::StatusOr<bool> IsLateEntry(work::Unit& unit, const std::string& office, Time occur);

}  // namespace inspectorate::visits
