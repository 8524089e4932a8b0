// Who reaches which rows (design 7), decided from the dated registry facts in this service's own database:
// the registry's tables, or the copies of them. The default is denial.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "common/base/time.h"
#include "common/db/database.h"
#include "common/query/query.h"
#include "common/rpc/call.h"
#include "common/status/error.h"

namespace inspectorate::roster {

// What a caller reaches in an office on a day.
struct Reach {
  bool whole_office = false;
  // Otherwise: the schools the caller is responsible for, as a condition on a school column. An area lead has
  // those of the area, an inspector the assigned ones, a school-based supervisor the own; and whoever acts
  // for another those of that one, as far as they may act there on that day.
  query::Condition SchoolsIn(std::string_view column) const;

  rpc::Role role = rpc::Role::ROLE_UNSPECIFIED;
  std::string office;
  Uuid person;
  Date day;
  std::vector<Uuid> acted_at = {};  // schools reached by acting for another
  std::vector<Uuid> led_for = {};   // areas whose lead the caller acts as, for an area lead
};

// Whether a role reaches whole offices, every day alike; all others reach schools, by dated facts.
bool ReachesWholeOffice(rpc::Role role);

// For reads: the caller's own office or, for office staff, readers and auditors, one below it in the office
// tree. PERMISSION_MISSING otherwise (also where the office does not exist).
absl::StatusOr<Reach> ReachForRead(db::Session& session, const rpc::Call& call, const std::string& office,
                                   Date day);
// For writes: only the caller's own office.
absl::StatusOr<Reach> ReachForWrite(db::Session& session, const rpc::Call& call, const std::string& office,
                                    Date day);

// PERMISSION_MISSING unless the reach covers the school on that day.
absl::Status CheckSchool(db::Session& session, const rpc::Call& call, const Reach& reach, const Uuid& school);

// The offices a caller may read across with `offices/-`: own and below; `all` for services and the operator.
struct Offices {
  bool all = false;
  std::vector<std::string> slugs;
};
absl::StatusOr<Offices> ReadableOffices(db::Session& session, const rpc::Call& call);

// PERMISSION_MISSING naming the permission of the call.
absl::Status Denied(const rpc::Call& call);

// What was found; what is not there (`missing` says so) is denied like what is out of the caller's reach.
template <class T>
absl::StatusOr<T> OrDenied(const rpc::Call& call, ErrorReason missing, absl::StatusOr<T> found) {
  if (!found.ok() && ReasonOf(found.status()) == missing) return Denied(call);
  return found;
}

}  // namespace inspectorate::roster
