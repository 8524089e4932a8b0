#include "services/visits/app/look_backs.h"

#include <optional>
#include <set>
#include <string>
#include <utility>

#include "common/base/macros.h"
#include "common/calendar/deadline.h"
#include "common/resource/table.h"
#include "common/roster/calendar.h"
#include "common/roster/policy.h"
#include "common/roster/roster.h"
#include "common/status/error.h"
#include "inspectorate/issues/v1/issue.pb.h"
#include "services/visits/app/obligations.h"
#include "services/visits/app/reach.h"
#include "services/visits/domain/obligations.h"
#include "services/visits/store/ledger_rows.h"
#include "services/visits/store/open_items.h"
#include "services/visits/store/roster_facts.h"

namespace inspectorate::visits {
namespace {

using issues::v1::Issue;
using resource::FromProto;
using resource::SlugOf;
using resource::ToProto;
using resource::UuidOf;

constexpr char kIssueType[] = "inspectorate/Issue";
constexpr int kMostShown = 1000;
constexpr char kLeft[] = "问题不再待核查 (the issue awaits no verification any more)";

std::string DutyName(const std::string& office, const Uuid& obligation) {
  return "offices/" + office + "/obligations/" + FormatUuid(obligation);
}

// The last day for looking back at what was reported on this day.
absl::StatusOr<Date> DueOf(db::Session& session, const std::string& office, Date reported,
                           const WorkCalendar& calendar) {
  ASSIGN_OR_RETURN(const roster::Policy policy, roster::LoadPolicy(session, office, reported));
  ASSIGN_OR_RETURN(const DeadlineRule term, roster::TermOf(policy, kLookBackRule));
  ASSIGN_OR_RETURN(Deadline deadline, ComputeDeadline(term, reported, calendar));
  return deadline.due;
}

// A reopened issue comes back in the same round: its duty is a further one.
Obligation DutyOf(const std::string& office, const Issue& issue, Date reported, Date due) {
  Obligation duty = LookBackObligation(office, UuidOf(issue.school()), UuidOf(issue.area()),
                                       UuidOf(issue.name()), issue.round(), reported, due);
  if (issue.reopen_count() > 0) {
    duty.ordinal = 1 + issue.reopen_count();
    duty.id = ObligationId(office, duty.school, kLookBackRule,
                           FormatUuid(duty.issue) + "/" + std::to_string(duty.round), duty.ordinal);
  }
  return duty;
}

absl::Status OpenLookBack(work::Unit& unit, const std::string& office, const Issue& issue) {
  const Time reported = FromProto(issue.rectified_time());
  ASSIGN_OR_RETURN(const WorkCalendar* calendar, roster::CalendarOf(unit.db(), office));
  ASSIGN_OR_RETURN(Date due, DueOf(unit.db(), office, ChinaDate(reported), *calendar));
  const Obligation duty = DutyOf(office, issue, ChinaDate(reported), due);
  ASSIGN_OR_RETURN(std::set<Uuid> there, InLedger(unit.db(), office, {duty.id}));
  if (there.empty()) {
    v1::Obligation record = RecordOf(office, duty);
    RETURN_IF_ERROR(resource::Insert(unit, resource::Description::Of<v1::Obligation>(), &record));
  }
  return PutOpenItem(unit.db(), office,
                     {.issue = duty.issue,
                      .round = duty.round,
                      .school = duty.school,
                      .obligation = duty.id,
                      .matter = issue.matter(),
                      .fact = issue.fact(),
                      .report_time = reported,
                      .due = due});
}

absl::Status CloseLookBack(work::Unit& unit, const std::string& office, const Uuid& issue) {
  ASSIGN_OR_RETURN(std::optional<OpenItemRow> item, FindOpenItem(unit.db(), office, issue));
  if (!item.has_value()) return absl::OkStatus();
  RETURN_IF_ERROR(RemoveOpenItem(unit.db(), office, issue));
  return DropObligation(unit, DutyName(office, item->obligation), kLeft);
}

struct MovedItem {
  OpenItemRow item;
  Date due;  // by the other calendar
};

absl::StatusOr<std::vector<MovedItem>> MovedItems(db::Session& session, const std::string& office,
                                                  const WorkCalendar& calendar) {
  ASSIGN_OR_RETURN(const auto items, OpenItemsIn(session, office));
  std::vector<MovedItem> moved;
  for (const OpenItemRow& item : items) {
    const auto due = DueOf(session, office, ChinaDate(item.report_time), calendar);
    if (roster::IsNoTerm(due.status())) continue;
    RETURN_IF_ERROR(due.status());
    if (*due != item.due) moved.push_back({.item = item, .due = *due});
  }
  return moved;
}

// A duty that is met or excused keeps the window it had.
absl::Status MoveLookBack(work::Unit& unit, const std::string& office, MovedItem moved) {
  // Read again under its lock: the feed of issues may have closed it, or gone to its next round, meanwhile.
  ASSIGN_OR_RETURN(const auto held, LockOpenItem(unit.db(), office, moved.item.issue));
  if (!held.has_value() || held->round != moved.item.round) return absl::OkStatus();
  moved.item = *held;
  moved.item.due = moved.due;
  RETURN_IF_ERROR(PutOpenItem(unit.db(), office, moved.item));
  ASSIGN_OR_RETURN(auto duty,
                   resource::Get<v1::Obligation>(unit.db(), DutyName(office, moved.item.obligation),
                                                 resource::Lock::kForUpdate));
  if (duty.state() != v1::OPEN && duty.state() != v1::CLAIMED) return absl::OkStatus();
  *duty.mutable_window_to() = ToProto(moved.due);
  return resource::Update(unit, resource::Description::Of<v1::Obligation>(), &duty,
                          "obligation.deadline_recomputed");
}

}  // namespace

feed::Apply FollowRegistry() {
  return [copy = feed::CopyInto(roster::Resources())](
             work::Unit& unit, const std::vector<feed::v1::Change>& changes) -> absl::Status {
    RETURN_IF_ERROR(copy(unit, changes));
    if (!roster::BringPapers(changes)) return absl::OkStatus();
    const std::string& office = changes.front().office();
    ASSIGN_OR_RETURN(const WorkCalendar* calendar, roster::CalendarOf(unit.db(), office));
    ASSIGN_OR_RETURN(const auto moved, MovedItems(unit.db(), office, *calendar));
    for (const MovedItem& item : moved) RETURN_IF_ERROR(MoveLookBack(unit, office, item));
    return absl::OkStatus();
  };
}

absl::StatusOr<v1::PreviewCalendarResponse> PreviewCalendar(db::Session& session, const rpc::Call& call,
                                                            const v1::PreviewCalendarRequest& request) {
  const std::string office = SlugOf(request.parent());
  RETURN_IF_ERROR(ReachToRead(session, call, office).status());
  ASSIGN_OR_RETURN(const auto papers, roster::ReadPapers(request.papers(), request.days()));
  ASSIGN_OR_RETURN(const auto calendar, roster::CalendarWith(session, office, papers));
  ASSIGN_OR_RETURN(const auto moved, MovedItems(session, office, *calendar));
  v1::PreviewCalendarResponse response;
  response.set_moved(static_cast<int>(moved.size()));
  for (const MovedItem& item : moved) {
    if (response.obligations_size() == kMostShown) break;
    v1::MovedObligation* shown = response.add_obligations();
    shown->set_obligation(DutyName(office, item.item.obligation));
    *shown->mutable_due_before() = ToProto(item.item.due);
    *shown->mutable_due_after() = ToProto(item.due);
  }
  return response;
}

absl::Status ApplyIssues(work::Unit& unit, const std::vector<feed::v1::Change>& changes) {
  for (const feed::v1::Change& change : changes) {
    if (change.resource_type() != kIssueType) continue;
    Issue issue;
    if (change.kind() != feed::v1::Change::TOMBSTONED && !change.after().UnpackTo(&issue)) {
      return absl::InternalError("change does not hold its issue: " + change.resource());
    }
    RETURN_IF_ERROR(issue.state() == issues::v1::AWAITING_VERIFICATION
                        ? OpenLookBack(unit, change.office(), issue)
                        : CloseLookBack(unit, change.office(), UuidOf(change.resource())));
  }
  return absl::OkStatus();
}

absl::StatusOr<v1::ListOpenItemsResponse> ListOpenItems(db::Session& session, const rpc::Call& call,
                                                        const v1::ListOpenItemsRequest& request) {
  const std::string office = SlugOf(request.parent());
  const Uuid school = UuidOf(request.school());
  ASSIGN_OR_RETURN(roster::Reach reach, ReachToRead(session, call, office));
  RETURN_IF_ERROR(roster::CheckSchool(session, call, reach, school));
  ASSIGN_OR_RETURN(auto rows, OpenItemsOf(session, office, school));
  v1::ListOpenItemsResponse response;
  for (const OpenItemRow& row : rows) {
    v1::OpenItem* item = response.add_items();
    item->set_issue("offices/" + office + "/issues/" + FormatUuid(row.issue));
    item->set_round(row.round);
    item->set_obligation(DutyName(office, row.obligation));
    item->set_matter(row.matter);
    item->set_fact(row.fact);
    *item->mutable_due() = ToProto(row.due);
  }
  return response;
}

}  // namespace inspectorate::visits
