#include "common/roster/scope.h"

#include <algorithm>
#include <utility>

#include "common/base/macros.h"
#include "common/db/many_rows.h"
#include "common/resource/description.h"
#include "common/roster/acting.h"
#include "common/status/error.h"

namespace inspectorate::roster {
namespace {

using rpc::Role;

// An office and all below it, at any depth: UNION adds each office once, so a ring in the data ends too.
constexpr char kSubtree[] =
    "WITH RECURSIVE below (office) AS ("
    "  SELECT office FROM office WHERE office = ?"
    "  UNION SELECT o.office FROM office o JOIN below b ON o.parent_office = b.office)"
    " SELECT office FROM below";

constexpr char kAssigned[] =
    " IN (SELECT a.school FROM inspector_assignment a WHERE a.office = ? AND a.inspector = ?"
    " AND a.valid_from <= ? AND (a.valid_to IS NULL OR a.valid_to >= ?))";
constexpr char kInLedArea[] =
    " IN (SELECT s.school FROM school_assignment s JOIN area_membership m ON m.office = s.office AND m.area "
    "= s.area"
    " WHERE s.office = ? AND m.inspector = ? AND m.duty = 2"  // AreaDuty.LEAD
    " AND m.valid_from <= ? AND (m.valid_to IS NULL OR m.valid_to >= ?)"
    " AND s.valid_from <= ? AND (s.valid_to IS NULL OR s.valid_to >= ?))";
constexpr char kOwnSchool[] =
    " IN (SELECT p.school FROM supervisor_posting p WHERE p.office = ? AND p.supervisor = ?"
    " AND p.valid_from <= ? AND (p.valid_to IS NULL OR p.valid_to >= ?))";

bool ReachesEveryOffice(Role role) {
  return role == Role::ROLE_SERVICE || role == Role::ROLE_PLATFORM_OPERATOR;
}

bool ReadsBelow(Role role) {
  return role == Role::ROLE_DISTRICT_OFFICE || role == Role::ROLE_BUREAU_READER ||
         role == Role::ROLE_AUDITOR || role == Role::ROLE_SYSTEM_INTEGRATOR;
}

absl::StatusOr<Reach> MakeReach(db::Session& session, const rpc::Call& call, const std::string& office,
                                Date day) {
  Reach reach;
  reach.role = call.principal().role;
  reach.whole_office = ReachesWholeOffice(reach.role);
  reach.office = office;
  reach.person = resource::UuidOf(call.principal().subject);
  reach.day = day;
  const bool leads = reach.role == Role::ROLE_AREA_LEAD;
  if (!leads && reach.role != Role::ROLE_RESPONSIBLE_INSPECTOR) return reach;
  ASSIGN_OR_RETURN(auto acting, WhatIsReachedByActing(session, office, reach.person, day, leads));
  reach.acted_at = std::move(acting.schools);
  reach.led_for = std::move(acting.areas);
  return reach;
}

// `condition`, or one of these schools.
query::Condition OrAt(query::Condition condition, const std::string& column,
                      const std::vector<Uuid>& schools) {
  if (schools.empty()) return condition;
  const size_t first = condition.params.size();
  condition.params.insert(condition.params.end(), schools.begin(), schools.end());
  db::FillUp(&condition.params, 1, first);
  condition.sql = "(" + condition.sql + " OR " + column + " IN (" + db::Repeated("?", schools.size()) + "))";
  return condition;
}

}  // namespace

bool ReachesWholeOffice(Role role) {
  switch (role) {
    case Role::ROLE_DISTRICT_OFFICE:
    case Role::ROLE_SYSTEM_INTEGRATOR:
    case Role::ROLE_AUDITOR:
    case Role::ROLE_BUREAU_READER:
    case Role::ROLE_SERVICE:
    case Role::ROLE_PLATFORM_OPERATOR:
      return true;
    default:
      return false;
  }
}

query::Condition Reach::SchoolsIn(std::string_view column) const {
  if (whole_office) return {};
  const std::string start(column);
  switch (role) {
    case Role::ROLE_AREA_LEAD: {
      // A lead is an inspector too, with schools of their own.
      return OrAt({"(" + start + kInLedArea + " OR " + start + kAssigned + ")",
                   {office, person, day, day, day, day, office, person, day, day}},
                  start, acted_at);
    }
    case Role::ROLE_RESPONSIBLE_INSPECTOR:
      return OrAt({start + kAssigned, {office, person, day, day}}, start, acted_at);
    case Role::ROLE_SCHOOL_SUPERVISOR:
      return {start + kOwnSchool, {office, person, day, day}};
    default:
      return {"1 = 0", {}};
  }
}

absl::Status Denied(const rpc::Call& call) {
  return Error(ErrorReason::PERMISSION_MISSING, {{"permission", call.access().permission()}});
}

absl::StatusOr<Reach> ReachForRead(db::Session& session, const rpc::Call& call, const std::string& office,
                                   Date day) {
  const rpc::Principal& principal = call.principal();
  if (ReachesEveryOffice(principal.role) || principal.office == office) {
    return MakeReach(session, call, office, day);
  }
  if (ReadsBelow(principal.role)) {
    ASSIGN_OR_RETURN(Offices offices, ReadableOffices(session, call));
    if (std::find(offices.slugs.begin(), offices.slugs.end(), office) != offices.slugs.end()) {
      return MakeReach(session, call, office, day);
    }
  }
  return Denied(call);
}

absl::StatusOr<Reach> ReachForWrite(db::Session& session, const rpc::Call& call, const std::string& office,
                                    Date day) {
  if (ReachesEveryOffice(call.principal().role) || call.principal().office == office) {
    return MakeReach(session, call, office, day);
  }
  return Denied(call);
}

absl::Status CheckSchool(db::Session& session, const rpc::Call& call, const Reach& reach,
                         const Uuid& school) {
  if (reach.whole_office) return absl::OkStatus();
  query::Condition condition = reach.SchoolsIn("school");
  db::Params params = {school};
  params.insert(params.end(), condition.params.begin(), condition.params.end());
  ASSIGN_OR_RETURN(db::Rows rows,
                   session.Query("SELECT 1 FROM school WHERE school = ? AND " + condition.sql, params));
  return rows.empty() ? Denied(call) : absl::OkStatus();
}

absl::StatusOr<Offices> ReadableOffices(db::Session& session, const rpc::Call& call) {
  const rpc::Principal& principal = call.principal();
  if (ReachesEveryOffice(principal.role)) return Offices{.all = true, .slugs = {}};
  if (!ReadsBelow(principal.role)) return Offices{.all = false, .slugs = {principal.office}};
  ASSIGN_OR_RETURN(db::Rows rows, session.Query(kSubtree, {principal.office}));
  Offices offices;
  for (size_t i = 0; i < rows.size(); ++i) offices.slugs.push_back(rows.at(i, 0).AsString());
  return offices;
}

}  // namespace inspectorate::roster
