#include "services/registry/app/calendars.h"

#include <algorithm>
#include <chrono>
#include <map>
#include <tuple>
#include <vector>

#include "common/base/macros.h"
#include "common/calendar/deadline.h"
#include "common/resource/table.h"
#include "common/roster/calendar.h"
#include "common/roster/policy.h"
#include "common/status/error.h"
#include "inspectorate/registry/v1/policy.pb.h"

namespace inspectorate::registry {
namespace {

using resource::FromProto;
using resource::ToProto;
using v1::PolicyRule;

constexpr std::chrono::days kDay{1};
constexpr std::chrono::days kLongestCount{4000};
constexpr int kMonthsOfYear = 12;
constexpr int kMostMonths = 60;

absl::Status PeriodTooLong(const char* field) {
  return InvalidFields({{.field = field, .zh = "时间跨度过长", .en = "the period is too long"}});
}

void ShowPapers(std::vector<HolidayPaper> papers, v1::WorkingYear* out) {
  std::sort(papers.begin(), papers.end(), [](const HolidayPaper& a, const HolidayPaper& b) {
    return std::tie(a.issued, a.number) < std::tie(b.issued, b.number);
  });
  std::map<Date, PaperDay> days;
  for (const HolidayPaper& paper : papers) {
    for (const PaperDay& day : paper.days) {
      if (YearOf(day.date) == out->year()) days[day.date] = day;
    }
    if (paper.year != out->year()) continue;
    v1::WorkingPaper* shown = out->add_papers();
    shown->set_number(paper.number);
    *shown->mutable_issue_date() = ToProto(paper.issued);
    shown->set_subject(paper.subject);
    shown->set_shipped(std::find(ShippedPapers().begin(), ShippedPapers().end(), paper) !=
                       ShippedPapers().end());
  }
  for (const auto& [date, day] : days) {
    v1::CalendarDay* shown = out->add_days();
    *shown->mutable_date() = ToProto(date);
    shown->set_working(day.worked);
    shown->set_display_name(day.name);
  }
}

// The rules of a key, or of an event, in force on the day: of each key the one that began last.
absl::StatusOr<std::map<std::string, PolicyRule>> RulesOf(db::Session& session, const std::string& office,
                                                          const v1::ComputeDeadlineRequest& request) {
  const Date day = FromProto(request.basis_date());
  const bool by_key = !request.rule().empty();
  ASSIGN_OR_RETURN(auto rows,
                   resource::Select<PolicyRule>(session,
                                                "`office` = ? AND " + std::string(resource::kValidOn) +
                                                    (by_key ? " AND `key` = ?" : " AND `event` = ?"),
                                                {office, day, day, by_key ? request.rule() : request.event()},
                                                "ORDER BY `valid_from`"));
  std::map<std::string, PolicyRule> rules;
  for (PolicyRule& row : rows) {
    const std::string key = row.key();
    rules.insert_or_assign(key, std::move(row));
  }
  if (rules.empty()) {
    return Error(ErrorReason::POLICY_MISSING,
                 {{"rule", by_key ? request.rule() : request.event()}, {"date", FormatDate(day)}});
  }
  return rules;
}

v1::ComputedDeadline Shown(const PolicyRule& record, const DeadlineRule& rule, const Deadline& deadline) {
  v1::ComputedDeadline out;
  *out.mutable_due_date() = ToProto(deadline.due);
  *out.mutable_last_counted() = ToProto(deadline.last_counted);
  out.set_provisional(deadline.provisional);
  out.set_rule(rule.id);
  out.set_policy_rule(record.name());
  out.set_event(record.event());
  out.set_amount(rule.amount);
  out.set_unit(record.unit());
  out.set_start(rule.start == StartRule::kDayOfEvent ? v1::DAY_OF_EVENT : v1::DAY_AFTER_EVENT);
  out.set_roll(rule.roll == RollRule::kNone ? v1::NOT_ROLLED : v1::NEXT_WORKING_DAY);
  out.set_source(rule.source);
  out.set_jurisdiction(record.jurisdiction());
  out.set_calendar_version(deadline.calendar_version);
  return out;
}

void ShowMonths(const v1::Term& term, Date first, Date last, v1::ListTeachingMonthsResponse* response) {
  for (const std::string& text : term.teaching_months()) {
    const auto month = ParseDate(text + "-01");
    if (!month.ok() || *month < first || *month > last) continue;
    const Date from = std::max(*month, FromProto(term.valid_from()));
    const Date to = std::min(NextMonth(*month) - kDay, FromProto(term.valid_to()));
    if (to < from) continue;  // nothing is owed in a month that the term does not touch
    v1::TeachingMonth* shown = response->add_months();
    *shown->mutable_month() = ToProto(*month);
    shown->set_audience(term.audience());
    shown->set_term(term.name());
    shown->set_term_display_name(term.display_name());
    *shown->mutable_first_day() = ToProto(from);
    *shown->mutable_last_day() = ToProto(to);
  }
}

}  // namespace

absl::StatusOr<v1::WorkingYear> GetWorkingYear(db::Session& session, const std::string& office, int year) {
  ASSIGN_OR_RETURN(const WorkCalendar* calendar, roster::CalendarOf(session, office));
  v1::WorkingYear out;
  out.set_year(year);
  out.set_published(calendar->Covers(year));
  for (int month = 1; month <= kMonthsOfYear; ++month) {
    const Date first = MakeDate(year, static_cast<unsigned>(month), 1);
    const int count = inspectorate::CountWorkingDays(first, NextMonth(first) - kDay, *calendar).working_days;
    out.add_month_working_days(count);
    out.set_working_days(out.working_days() + count);
  }
  out.set_calendar_version(std::string(calendar->version()));
  if (calendar == &WeekendOnlyCalendar()) return out;
  ASSIGN_OR_RETURN(std::vector<HolidayPaper> papers, roster::PapersOf(session, office));
  ShowPapers(std::move(papers), &out);
  return out;
}

absl::StatusOr<v1::WorkingDays> CountWorkingDays(db::Session& session, const std::string& office,
                                                 const v1::CountWorkingDaysRequest& request) {
  const Date first = FromProto(request.first_day()), last = FromProto(request.last_day());
  if (last < first) return Error(ErrorReason::PERIOD_INVALID);
  if (last - first > kLongestCount) return PeriodTooLong("last_day");
  ASSIGN_OR_RETURN(const WorkCalendar* calendar, roster::CalendarOf(session, office));
  const CountedDays counted = inspectorate::CountWorkingDays(first, last, *calendar);
  v1::WorkingDays out;
  out.set_working_days(counted.working_days);
  out.set_provisional(counted.provisional);
  out.set_calendar_version(std::string(calendar->version()));
  return out;
}

absl::StatusOr<v1::ComputeDeadlineResponse> ComputeDeadlines(db::Session& session, const std::string& office,
                                                             const v1::ComputeDeadlineRequest& request) {
  if (request.rule().empty() == request.event().empty()) {
    return InvalidFields(
        {{.field = "rule", .zh = "须给出规则或起算事件之一", .en = "needs rule or event, one of them"}});
  }
  ASSIGN_OR_RETURN(const auto records, RulesOf(session, office, request));
  const Date basis = FromProto(request.basis_date());
  ASSIGN_OR_RETURN(const WorkCalendar* calendar, roster::CalendarOf(session, office));
  ASSIGN_OR_RETURN(const roster::Policy policy, roster::LoadPolicy(session, office, basis));
  v1::ComputeDeadlineResponse response;
  for (const auto& [key, record] : records) {
    ASSIGN_OR_RETURN(const DeadlineRule rule, roster::TermOf(policy, key));
    auto deadline = ComputeDeadline(rule, basis, *calendar, {.extension = request.extension(), .pauses = {}});
    if (!deadline.ok()) return ErrorFromRefusal(deadline.status());
    *response.add_deadlines() = Shown(record, rule, *deadline);
  }
  return response;
}

absl::StatusOr<v1::ListTeachingMonthsResponse> ListTeachingMonths(
    db::Session& session, const std::string& office, const v1::ListTeachingMonthsRequest& request) {
  const Date first = MonthBegin(FromProto(request.first_month()));
  const Date last = MonthBegin(FromProto(request.last_month()));
  if (last < first) return Error(ErrorReason::PERIOD_INVALID);
  const int months = (YearOf(last) - YearOf(first)) * kMonthsOfYear + static_cast<int>(MonthOf(last)) -
                     static_cast<int>(MonthOf(first));
  if (months >= kMostMonths) return PeriodTooLong("last_month");
  ASSIGN_OR_RETURN(const auto terms, resource::Select<v1::Term>(
                                         session, "`office` = ? AND `valid_from` < ? AND `valid_to` >= ?",
                                         {office, NextMonth(last), first}, "ORDER BY `valid_from`"));
  v1::ListTeachingMonthsResponse response;
  for (const v1::Term& term : terms) {
    if (request.audience() != v1::TERM_AUDIENCE_UNSPECIFIED && term.audience() != request.audience())
      continue;
    ShowMonths(term, first, last, &response);
  }
  std::sort(response.mutable_months()->begin(), response.mutable_months()->end(),
            [](const v1::TeachingMonth& a, const v1::TeachingMonth& b) {
              return std::tuple(FromProto(a.month()), a.audience()) <
                     std::tuple(FromProto(b.month()), b.audience());
            });
  return response;
}

}  // namespace inspectorate::registry
