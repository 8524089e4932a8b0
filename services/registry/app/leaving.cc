#include "services/registry/app/leaving.h"

#include <algorithm>
#include <map>
#include <set>
#include <utility>

#include "absl/strings/str_join.h"
#include "common/base/macros.h"
#include "common/resource/table.h"
#include "common/roster/scope.h"
#include "common/status/error.h"
#include "inspectorate/registry/v1/area.pb.h"
#include "services/registry/app/caps.h"
#include "services/registry/app/delegations.h"
#include "services/registry/app/ending.h"
#include "services/registry/app/in_words.h"
#include "services/registry/app/rules.h"
#include "services/registry/app/terms.h"

namespace inspectorate::registry {
namespace {

using resource::Description;
using resource::FromProto;
using resource::IsSet;
using resource::ToProto;
using resource::UuidOf;
using v1::Appointment;
using v1::AreaMembership;
using v1::Certificate;
using v1::Inspector;
using v1::InspectorAssignment;
using v1::OpenDuty;
using v1::Suspension;

constexpr std::chrono::days kOne{1};
constexpr size_t kNamed = 5;  // duties that the refusal names

template <class M>
absl::StatusOr<std::vector<M>> RowsAfter(work::Unit& unit, const Leaver& leaver) {
  std::string condition = "`inspector` = ? AND (`valid_to` IS NULL OR `valid_to` > ?)";
  db::Params params = {UuidOf(leaver.inspector), leaver.last_day};
  // By the key, so that no rows of others are locked on the way.
  if (Description::Of<M>().office_scoped()) {
    condition = "`office` = ? AND " + condition;
    params.insert(params.begin(), leaver.office);
  }
  return resource::Select<M>(unit.db(), condition, params, "FOR UPDATE");
}

template <class M>
absl::Status EndAll(work::Unit& unit, const Leaver& leaver) {
  ASSIGN_OR_RETURN(auto rows, RowsAfter<M>(unit, leaver));
  for (M& row : rows) RETURN_IF_ERROR(EndOn(unit, &row, leaver.last_day).status());
  return absl::OkStatus();
}

// Where the office's rule blocks, a departure that leaves an area too few needs a reason, like duties that
// are left: nobody has to stay for that.
absl::Status CheckAreasStaffed(work::Unit& unit, const LeaveOrder& order, const Leaver& leaver) {
  if (!order.unsettled_reason.empty()) return absl::OkStatus();
  ASSIGN_OR_RETURN(const auto rows, RowsAfter<AreaMembership>(unit, leaver));
  for (const AreaMembership& row : rows) {
    AreaMembership after = row;
    *after.mutable_valid_to() = ToProto(leaver.last_day);
    const bool begins = FromProto(row.valid_from()) > leaver.last_day;
    RETURN_IF_ERROR(CheckAreaStaffed(unit, row, begins ? nullptr : &after));
  }
  return absl::OkStatus();
}

absl::Status EndAppointments(work::Unit& unit, const LeaveOrder& order, const Leaver& leaver) {
  ASSIGN_OR_RETURN(auto rows, RowsAfter<Appointment>(unit, leaver));
  for (Appointment& row : rows) {
    row.set_ended(true);
    row.set_end_reason(order.event == TenureEvent::kDismiss
                           ? ChineseTerm(*v1::ConductGround_descriptor(), order.ground)
                           : ChineseTerm(*v1::LeavingCause_descriptor(), order.cause));
    RETURN_IF_ERROR(EndOn(unit, &row, leaver.last_day).status());
  }
  return absl::OkStatus();
}

absl::Status InsertSuspension(work::Unit& unit, const LeaveOrder& order, const std::string& office,
                              Date last_day) {
  Suspension suspension;
  suspension.set_office("offices/" + office);
  suspension.set_ground(order.ground);
  suspension.set_document_number(order.act.document);
  suspension.set_reason(order.act.reason);
  *suspension.mutable_valid_from() = ToProto(last_day + kOne);
  const Description& d = Description::Of<Suspension>();
  suspension.set_name(resource::NewName(d, order.act.inspector, unit.recorded()));
  return resource::Insert(unit, d, &suspension);
}

// The schools that go to somebody else get their assignment from the day after.
absl::Status HandOver(work::Unit& unit, const LeaveOrder& order, const Leaver& leaver,
                      const std::map<std::string, InspectorAssignment>& held) {
  for (const v1::SchoolSuccession& succession : order.successions) {
    const auto of_leaver = held.find(succession.school());
    if (of_leaver == held.end() || succession.inspector() == leaver.inspector) {
      return InvalidFields({{.field = "successions",
                             .zh = "该校不由本督学负责,或接任者为本人",
                             .en = "the school is not the leaver's, or goes to the leaver"}});
    }
    InspectorAssignment assignment;
    assignment.set_inspector(succession.inspector());
    assignment.set_school(succession.school());
    assignment.set_duty(of_leaver->second.duty());
    assignment.set_document_number(order.act.document);
    *assignment.mutable_valid_from() = ToProto(leaver.last_day + kOne);
    const Description& d = Description::Of<InspectorAssignment>();
    assignment.set_name(resource::NewName(d, "offices/" + leaver.office, unit.recorded()));
    RETURN_IF_ERROR(CheckWrite(unit, nullptr, &assignment));
    RETURN_IF_ERROR(resource::Insert(unit, d, &assignment));
  }
  return absl::OkStatus();
}

// Duties left over once successors have their schools; those that went along are counted in the record.
absl::StatusOr<std::vector<OpenDuty>> LeftOver(work::Unit& unit, const LeaveOrder& order,
                                               const Leaver& leaver, const Found& found,
                                               v1::InspectorAct* record) {
  ASSIGN_OR_RETURN(const auto schools, SchoolsInHand(unit.db(), leaver));
  std::set<std::string> covered;
  for (const SchoolInHand& in_hand : schools) {
    if (in_hand.covered) {
      covered.insert(in_hand.school);
    } else if (std::ranges::find(found.asked, in_hand.school) == found.asked.end()) {
      return Error(ErrorReason::TRANSACTION_CONFLICT);
    }
  }
  for (const v1::SchoolSuccession& succession : order.successions) {
    v1::DutyHandover* handover = record->add_handovers();
    handover->set_school(succession.school());
    handover->set_inspector(succession.inspector());
    handover->set_open_issues(static_cast<int>(std::ranges::count_if(found.duties, [&](const OpenDuty& duty) {
      return duty.kind() == v1::OPEN_ISSUE && duty.school() == succession.school();
    })));
  }
  std::vector<OpenDuty> left;
  for (const OpenDuty& duty : found.duties) {
    if (duty.kind() == v1::OPEN_VISIT || !covered.contains(duty.school())) left.push_back(duty);
  }
  return left;
}

// "示例小学 2026-03-09": where, and when.
absl::StatusOr<std::string> WordsOf(work::Unit& unit, const OpenDuty& duty) {
  ASSIGN_OR_RETURN(std::string words, CalledBy(unit.db(), duty.school()));
  if (IsSet(duty.day())) words += " " + FormatDate(FromProto(duty.day()));
  return words;
}

absl::Status DutiesOpen(work::Unit& unit, const std::vector<OpenDuty>& left) {
  std::vector<std::string> names, zh, en;
  for (const OpenDuty& duty : left) {
    if (names.size() == kNamed) break;
    names.push_back(duty.resource());
    ASSIGN_OR_RETURN(const std::string words, WordsOf(unit, duty));
    zh.push_back(words + (duty.kind() == v1::OPEN_VISIT ? "的督导" : "的问题"));
    en.push_back((duty.kind() == v1::OPEN_VISIT ? "visit at " : "issue of ") + words);
  }
  const std::string more = left.size() > kNamed ? " …" : "";
  return Error(ErrorReason::DUTIES_OPEN, {{"count", std::to_string(left.size())},
                                          {"duties", absl::StrJoin(names, ", ") + more},
                                          {"duties_zh", absl::StrJoin(zh, "、") + more},
                                          {"duties_en", absl::StrJoin(en, ", ") + more}});
}

// Who leaves when. The last day is not in the past.
absl::StatusOr<Leaver> LeaverOf(const std::string& office, const std::string& inspector, Date today,
                                const google::type::Date& last_day) {
  Leaver leaver{.office = office,
                .inspector = inspector,
                .today = today,
                .last_day = IsSet(last_day) ? FromProto(last_day) : today};
  if (leaver.last_day < today) {
    return InvalidFields({{.field = "last_day", .zh = "不得早于今日", .en = "must not lie in the past"}});
  }
  // What follows begins on the day after, and databases end with the year 9999.
  if (std::chrono::year_month_day(leaver.last_day + kOne).year() > std::chrono::year(9999)) {
    return InvalidFields({{.field = "last_day",
                           .zh = "次日须在公元9999年以内",
                           .en = "the day after it must be in the years to 9999"}});
  }
  return leaver;
}

absl::Status Effect(work::Unit& unit, const LeaveOrder& order, const Found& found, LifeAct* act) {
  ASSIGN_OR_RETURN(const Leaver leaver,
                   LeaverOf(act->office, order.act.inspector, act->today, order.last_day));
  ASSIGN_OR_RETURN(auto assignments, RowsAfter<InspectorAssignment>(unit, leaver));
  std::map<std::string, InspectorAssignment> held;
  for (InspectorAssignment& row : assignments) {
    if (FromProto(row.valid_from()) <= leaver.last_day) held.emplace(row.school(), row);
    RETURN_IF_ERROR(EndOn(unit, &row, leaver.last_day).status());
  }
  RETURN_IF_ERROR(HandOver(unit, order, leaver, held));
  ASSIGN_OR_RETURN(const auto left, LeftOver(unit, order, leaver, found, &act->record));
  if (!left.empty() && order.unsettled_reason.empty()) return DutiesOpen(unit, left);
  act->record.set_unsettled_reason(order.unsettled_reason);
  for (const OpenDuty& duty : left) *act->record.add_unsettled() = duty;
  act->record.set_cause(order.cause);
  act->record.set_ground(order.ground);
  *act->record.mutable_effective_date() = ToProto(leaver.last_day);
  RETURN_IF_ERROR(CheckAreasStaffed(unit, order, leaver));
  RETURN_IF_ERROR(EndAll<AreaMembership>(unit, leaver));
  RETURN_IF_ERROR(EndDelegationsOf(unit, leaver.office, leaver.inspector, leaver.last_day, &act->record));
  if (order.event == TenureEvent::kSuspend) {
    return InsertSuspension(unit, order, leaver.office, leaver.last_day);
  }
  RETURN_IF_ERROR(EndAppointments(unit, order, leaver));
  // The certificate is called in.
  ASSIGN_OR_RETURN(auto certificates, RowsAfter<Certificate>(unit, leaver));
  for (Certificate& row : certificates) {
    if (FromProto(row.valid_from()) <= leaver.last_day)
      RETURN_IF_ERROR(EndOn(unit, &row, leaver.last_day).status());
  }
  return EndAll<Suspension>(unit, leaver);
}

template <class Request>
LeaveOrder Common(const Request& request, TenureEvent event, const char* name) {
  LeaveOrder order;
  order.act = OrderOf(request);
  order.event = event;
  order.name = name;
  order.last_day = request.last_day();
  order.successions.assign(request.successions().begin(), request.successions().end());
  order.unsettled_reason = request.unsettled_reason();
  return order;
}

struct Situation {
  Leaver leaver;
  std::vector<std::string> uncovered;
};

// The inspector as far as the caller reaches them, and the schools nobody else has.
absl::StatusOr<Situation> Look(db::Session& session, const rpc::Call& call, const std::string& name,
                               const google::type::Date& last_day, bool write) {
  ASSIGN_OR_RETURN(const Inspector inspector, roster::OrDenied(call, ErrorReason::RESOURCE_NOT_FOUND,
                                                               resource::Get<Inspector>(session, name)));
  const std::string office = resource::SlugOf(inspector.office());
  ASSIGN_OR_RETURN(const Time now, work::OfficeNow(session, office, SystemClock()));
  const Date today = ChinaDate(now);
  RETURN_IF_ERROR((write ? roster::ReachForWrite(session, call, office, today)
                         : roster::ReachForRead(session, call, office, today))
                      .status());
  // What is wrong with the day is for the act to say.
  auto leaver = LeaverOf(office, name, today, last_day);
  if (!leaver.ok() && !write) return leaver.status();
  Situation situation{
      .leaver = leaver.ok() ? *leaver
                            : Leaver{.office = office, .inspector = name, .today = today, .last_day = today},
      .uncovered = {}};
  ASSIGN_OR_RETURN(const auto schools, SchoolsInHand(session, situation.leaver));
  for (const SchoolInHand& in_hand : schools) {
    if (!in_hand.covered) situation.uncovered.push_back(in_hand.school);
  }
  return situation;
}

absl::StatusOr<Situation> LookUp(const resource::Platform& platform, const rpc::Call& call,
                                 const std::string& name, const google::type::Date& last_day, bool write) {
  absl::StatusOr<Situation> situation = absl::UnknownError("not run");
  RETURN_IF_ERROR(platform.database.Read(call.budget(), [&](db::Session& session) {
    situation = Look(session, call, name, last_day, write);
    return situation.status();
  }));
  return situation;
}

}  // namespace

LeaveOrder LeaveOrderOf(const v1::EndDutyRequest& request) {
  LeaveOrder order = Common(request, TenureEvent::kEnd, "inspector.duty_ended");
  order.cause = request.cause();
  return order;
}

LeaveOrder LeaveOrderOf(const v1::DismissInspectorRequest& request) {
  LeaveOrder order = Common(request, TenureEvent::kDismiss, "inspector.dismissed");
  order.ground = request.ground();
  return order;
}

LeaveOrder LeaveOrderOf(const v1::SuspendInspectorRequest& request) {
  LeaveOrder order = Common(request, TenureEvent::kSuspend, "inspector.suspended");
  order.ground = request.ground();
  return order;
}

absl::StatusOr<Found> FindOpenDuties(const resource::Platform& platform, const Peers& peers,
                                     const rpc::Call& call, const LeaveOrder& order) {
  ASSIGN_OR_RETURN(Situation situation,
                   LookUp(platform, call, order.act.inspector, order.last_day, /*write=*/true));
  ASSIGN_OR_RETURN(auto duties, AskOpenDuties(peers, call, situation.leaver, situation.uncovered));
  return Found{.asked = std::move(situation.uncovered), .duties = std::move(duties)};
}

absl::StatusOr<Inspector> LeaveDuty(work::Unit& unit, const rpc::Call& call, const LeaveOrder& order,
                                    const Found& found) {
  return ActOnInspector(
      unit, call, order.act, order.event, order.name,
      [](work::Unit&, const LifeAct&, LifeFacts*) { return absl::OkStatus(); },
      [&](work::Unit& inner, LifeAct* act) { return Effect(inner, order, found, act); });
}

absl::StatusOr<v1::ListOpenDutiesResponse> ListOpenDuties(const resource::Platform& platform,
                                                          const Peers& peers, const rpc::Call& call,
                                                          const v1::ListOpenDutiesRequest& request) {
  ASSIGN_OR_RETURN(const Situation situation,
                   LookUp(platform, call, request.name(), request.last_day(), /*write=*/false));
  ASSIGN_OR_RETURN(auto duties, AskOpenDuties(peers, call, situation.leaver, situation.uncovered));
  v1::ListOpenDutiesResponse response;
  for (OpenDuty& duty : duties) *response.add_duties() = std::move(duty);
  return response;
}

}  // namespace inspectorate::registry
