// Rows of the obligation ledger and the claims on it.
#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "common/base/time.h"
#include "common/base/uuid.h"
#include "common/db/database.h"
#include "inspectorate/visits/v1/obligation.pb.h"
#include "inspectorate/visits/v1/visit.pb.h"
#include "services/visits/domain/obligations.h"

namespace inspectorate::visits {

// Lets one caller at a time write duties of the office, until its transaction ends.
absl::Status LockLedger(db::Session& session, const std::string& office);
// Those of `ids` that are in the ledger.
absl::StatusOr<std::set<Uuid>> InLedger(db::Session& session, const std::string& office,
                                        const std::vector<Uuid>& ids);
// Open ones whose window touches the month.
absl::StatusOr<std::vector<Obligation>> OpenInMonth(db::Session& session, const std::string& office,
                                                    Date month);
// Those of a kind that fall due from one day to another, both included; by school.
absl::StatusOr<std::vector<v1::Obligation>> DueBetween(db::Session& session, const std::string& office,
                                                       v1::ObligationKind kind, Date from, Date to);

// Remembers that the visit claimed the obligation, for good.
absl::Status RecordClaim(db::Session& session, const std::string& office, const Uuid& obligation,
                         const Uuid& visit);
// The last visit that claimed each obligation of the kind falling due in the time; by obligation.
absl::StatusOr<std::map<Uuid, v1::Visit>> LastClaims(db::Session& session, const std::string& office,
                                                     v1::ObligationKind kind, Date from, Date to);

// Between the record of the contract and the value that rules decide over.
Obligation FactsOf(const v1::Obligation& record);
v1::Obligation RecordOf(const std::string& office, const Obligation& duty);

}  // namespace inspectorate::visits
