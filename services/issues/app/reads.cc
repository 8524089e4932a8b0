#include "services/issues/app/reads.h"

#include <algorithm>
#include <iterator>
#include <optional>
#include <string>
#include <string_view>

#include "common/base/macros.h"
#include "common/resource/table.h"
#include "common/resource/within_reach.h"
#include "common/roster/scope.h"
#include "common/rpc/methods.h"
#include "common/status/error.h"
#include "inspectorate/feed/v1/feed.pb.h"
#include "inspectorate/issues/v1/notice.pb.h"
#include "services/issues/app/act.h"
#include "services/issues/app/clock_book.h"
#include "services/issues/app/facts.h"
#include "services/issues/app/persons.h"
#include "services/issues/store/stock.h"

namespace inspectorate::issues {
namespace {

struct Verb {
  const char* method;  // within the package
  Event event;
};

constexpr Verb kVerbs[] = {
    {"Issues.TriageIssue", Event::kTriage},
    {"Issues.CloseOnSpot", Event::kCloseOnTheSpot},
    {"Notices.IssueNotice", Event::kIssueNotice},
    {"Notices.ConfirmReceipt", Event::kSignReceipt},
    {"Notices.DeemServed", Event::kDeemServed},
    {"Issues.SubmitPlan", Event::kSubmitPlan},
    {"Issues.AcceptPlan", Event::kAcceptPlan},
    {"Issues.ReturnPlan", Event::kReturnPlan},
    {"Issues.SubmitRectification", Event::kSubmitReport},
    {"Issues.ReturnRectification", Event::kFailPaperCheck},
    {"Issues.AcceptIssue", Event::kAccept},
    {"Issues.ReopenIssue", Event::kReopen},
    {"Issues.ProposeDisposition", Event::kProposeDisposition},
    {"Issues.ApproveDisposition", Event::kApproveDisposition},
    {"Issues.RejectDisposition", Event::kRejectDisposition},
};

constexpr char kExtend[] = "Issues.ExtendDeadline";

struct EventText {
  std::string_view event;
  const char* zh;
};

constexpr EventText kEventTexts[] = {
    {"issue.registered", "登记"},
    {"issue.triaged", "定级分办"},
    {"issue.closed", "销号"},
    {"issue.notified", "下发整改通知"},
    {"issue.acknowledged", "签收"},
    {"issue.plan_submitted", "提交整改方案"},
    {"issue.plan_accepted", "整改方案通过"},
    {"issue.plan_returned", "整改方案退回"},
    {"issue.rectification_started", "开始整改"},
    {"issue.rectified", "提交整改报告"},
    {"issue.rectification_returned", "整改报告退回"},
    {"issue.look_back_failed", "回头看未通过"},
    {"issue.verified", "回头看通过"},
    {"issue.reopened", "重新启动整改"},
    {"issue.verification_withdrawn", "撤回核实"},
    {"issue.disposition_proposed", "提出处置意见"},
    {"issue.disposition_approved", "批准处置意见，待其他人批准"},
    {"issue.disposition_rejected", "处置意见未批准"},
    {"issue.waived", "豁免"},
    {"issue.transferred", "移交"},
    {"issue.merged", "合并"},
    {"issue.voided", "作废"},
    {"issue.relapse_found", "认定为反弹"},
    {"issue.deadline_extended", "延长整改期限"},
    {"issue.deadline_recomputed", "工作日历更新，期限重算"},
};

std::string ZhOf(std::string_view event) {
  const auto* it = std::find_if(std::begin(kEventTexts), std::end(kEventTexts),
                                [&](const EventText& text) { return text.event == event; });
  return it == std::end(kEventTexts) ? std::string(event) : it->zh;
}

absl::StatusOr<v1::Issue> LoadVisible(db::Session& session, const rpc::Call& call, Time now,
                                      const std::string& name) {
  ASSIGN_OR_RETURN(const roster::Reach reach,
                   roster::ReachForRead(session, call, resource::SlugOf(name), ChinaDate(now)));
  ASSIGN_OR_RETURN(v1::Issue issue, resource::GetWithin<v1::Issue>(reach, call, session, name));
  RETURN_IF_ERROR(roster::CheckSchool(session, call, reach, resource::UuidOf(issue.school())));
  return issue;
}

// The command as a careful caller would send it: what is asked of the words and papers of a request is there,
// so that only the issue and the caller decide.
Command Flawless(Event event, const IssueFacts& facts, const Actor& actor, Time now) {
  return {.event = event,
          .actor = actor,
          .occur_time = now,
          .severity = facts.severity == Severity::kUnset ? Severity::kGeneral : facts.severity,
          .route = Route::kNotice,
          .cured_on = ChinaDate(now),
          .evidence_count = 1,
          .reason = "-",
          .document = "-",
          .disposition = Disposition::kWaive};
}

absl::Status RoleMay(const rpc::Call& call, const std::string& name) {
  const auto* method = rpc::FindMethod("inspectorate.issues.v1." + name);
  const auto& access = method->options().GetExtension(type::v1::access);
  const auto& roles = access.roles();
  if (std::find(roles.begin(), roles.end(), call.principal().role) != roles.end()) return absl::OkStatus();
  return Error(ErrorReason::PERMISSION_MISSING, {{"permission", access.permission()}});
}

// From when the issue's notice counts as served.
absl::StatusOr<std::optional<Date>> DeemedServedOn(db::Session& session, const v1::Issue& issue) {
  if (issue.notice().empty()) return std::optional<Date>();
  ASSIGN_OR_RETURN(const v1::Notice notice, resource::Get<v1::Notice>(session, issue.notice()));
  return std::optional<Date>(resource::FromProto(notice.deemed_served_day()));
}

v1::Transition Describe(std::string_view method, const absl::Status& status) {
  v1::Transition shown;
  shown.set_method(std::string(method.substr(method.find('.') + 1)));
  shown.set_allowed(status.ok());
  if (!status.ok()) {
    shown.set_reason_zh(MessageOf(status, "zh-CN"));
    shown.set_reason_en(MessageOf(status, "en"));
  }
  return shown;
}

}  // namespace

absl::StatusOr<v1::ListTransitionsResponse> ListTransitions(db::Session& session, const rpc::Call& call,
                                                            Time now,
                                                            const v1::ListTransitionsRequest& request) {
  const std::string office = resource::SlugOf(request.name());
  ASSIGN_OR_RETURN(const v1::Issue issue, LoadVisible(session, call, now, request.name()));
  ASSIGN_OR_RETURN(const Occasion occasion, OccasionOf(session, office, now, {}));
  ASSIGN_OR_RETURN(IssueFacts facts, FactsOf(issue, occasion.policy));
  RETURN_IF_ERROR(Identify(session, office, &facts));
  ASSIGN_OR_RETURN(facts.deemed_served_on, DeemedServedOn(session, issue));
  v1::ListTransitionsResponse response;
  std::optional<Actor> actor;  // none for roles that never act
  for (const Verb& verb : kVerbs) {
    absl::Status status = RoleMay(call, verb.method);
    if (status.ok()) {
      if (!actor.has_value()) {
        ASSIGN_OR_RETURN(actor, ActorOf(session, call, occasion, resource::UuidOf(issue.school())));
      }
      status = Refused(Decide(facts, Flawless(verb.event, facts, *actor, now)).status(), issue.name());
      if (!status.ok() && ReasonOf(status) == ErrorReason::ERROR_REASON_UNSPECIFIED) return status;
    }
    *response.add_transitions() = Describe(verb.method, status);
  }
  // No step of the state machine: it moves a clock only.
  absl::Status extension = RoleMay(call, kExtend);
  if (extension.ok()) extension = CanExtendRectification(issue);
  *response.add_transitions() = Describe(kExtend, extension);
  return response;
}

absl::StatusOr<v1::Timeline> GetTimeline(db::Session& session, const rpc::Call& call, Time now,
                                         const v1::GetTimelineRequest& request) {
  RETURN_IF_ERROR(LoadVisible(session, call, now, request.name()).status());
  ASSIGN_OR_RETURN(
      db::Rows rows,
      session.Query("SELECT body FROM feed_event WHERE office = ? AND resource = ? ORDER BY position",
                    {resource::SlugOf(request.name()), request.name()}));
  v1::Timeline timeline;
  for (size_t i = 0; i < rows.size(); ++i) {
    feed::v1::Change change;
    v1::Issue issue;
    if (!change.ParseFromString(rows.at(i, 0).AsString()) || !change.after().UnpackTo(&issue)) {
      return absl::InternalError("an event of " + request.name() + " does not parse");
    }
    v1::TimelineEntry* entry = timeline.add_entries();
    entry->set_position(change.position());
    entry->set_event(change.event());
    entry->set_state(issue.state());
    entry->set_actor(change.actor());
    entry->set_actor_name(change.actor_name());
    *entry->mutable_occur_time() = change.occur_time();
    *entry->mutable_commit_time() = change.commit_time();
    entry->set_event_zh(ZhOf(change.event()));
    entry->set_relapse_of(issue.relapse_of());
    entry->set_escalation_due(issue.escalation_due());
  }
  return timeline;
}

absl::StatusOr<v1::Stock> GetStock(db::Transaction& tx, const rpc::Call& call, Time now,
                                   const v1::GetStockRequest& request) {
  const std::string office = resource::SlugOf(request.parent());
  RETURN_IF_ERROR(roster::ReachForRead(tx, call, office, ChinaDate(now)).status());
  Transition registration;
  registration.event = Event::kRegister;
  ASSIGN_OR_RETURN(const store::Stock counted, store::CountStock(tx, office, EventName(registration)));
  v1::Stock stock;
  stock.set_position(counted.position);
  stock.set_visits_position(counted.visits_position);
  stock.set_registered(counted.registered);
  for (const auto& [state, count] : counted.rows) {
    v1::StateCount* row = stock.add_states();
    row->set_state(static_cast<v1::IssueState>(state));
    row->set_count(count);
  }
  return stock;
}

}  // namespace inspectorate::issues
