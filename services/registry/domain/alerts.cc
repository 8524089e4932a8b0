#include "services/registry/domain/alerts.h"

#include <algorithm>
#include <chrono>

namespace inspectorate::registry {
namespace {

constexpr std::chrono::days kOne{1};
constexpr int kMonthsAYear = 12;

void Rotation(const AlertFacts::AtSchool& at, Date day, const AlertPolicy& policy,
              std::vector<Alert>& alerts) {
  if (policy.rotation_months <= 0) return;
  const std::optional<Date> since = ContinuousSince(at.periods, day);
  if (!since) return;
  const Date due = AddMonths(*since, policy.rotation_months);
  if (day < due) return;
  const std::string months = std::to_string(policy.rotation_months);
  alerts.push_back({AlertKind::kRotationDue, at.school, due,
                    "自" + FormatDate(*since) + "起连续负责该校,已满" + months + "个月",
                    "has had this school since " + FormatDate(*since) + ", " + months + " months or more"});
}

// The term that holds on the day, or the last one before it.
const PastTerm* Present(const std::vector<PastTerm>& terms, Date day) {
  const PastTerm* present = nullptr;
  for (const PastTerm& term : terms) {
    if (term.valid.from > day) continue;
    if (present == nullptr || term.valid.from > present->valid.from) present = &term;
  }
  return present;
}

bool HoldsOn(const std::vector<PastTerm>& terms, Date day) {
  return std::ranges::any_of(terms, [&](const PastTerm& term) { return term.valid.Contains(day); });
}

void Terms(const AlertFacts& facts, Date day, const AlertPolicy& policy, std::vector<Alert>& alerts) {
  const PastTerm* present = Present(facts.terms, day);
  if (present == nullptr || !present->valid.to) return;
  const Date end = *present->valid.to;
  if (end < day) {
    alerts.push_back({AlertKind::kTermOver, "", end, "聘期已于" + FormatDate(end) + "届满,尚未续聘或离任",
                      "the term ended on " + FormatDate(end) + " and nothing was decided"});
    return;
  }
  const bool renewed = HoldsOn(facts.terms, end + kOne);
  if (!renewed && end <= day + std::chrono::days(policy.term_alert_days)) {
    alerts.push_back({AlertKind::kTermEnding, "", end, "聘期将于" + FormatDate(end) + "届满",
                      "the term ends on " + FormatDate(end)});
  }
  if (present->part_time && policy.max_terms > 0 && present->index >= policy.max_terms) {
    const std::string limit = std::to_string(policy.max_terms);
    alerts.push_back({AlertKind::kLastTerm, "", end, "已是连续第" + limit + "届,期满不得再续",
                      "serves consecutive term " + limit + ", which cannot be renewed"});
  }
}

void Certificates(const AlertFacts& facts, Date day, const AlertPolicy& policy, std::vector<Alert>& alerts) {
  std::optional<Date> last;
  for (const Period& certificate : facts.certificates) {
    if (!certificate.Contains(day)) continue;
    if (!certificate.to) return;
    last = std::max(last.value_or(*certificate.to), *certificate.to);
  }
  if (!last) {
    alerts.push_back(
        {AlertKind::kCertificateOver, "", std::nullopt, "没有有效督学证", "holds no valid certificate"});
    return;
  }
  const bool followed = std::ranges::any_of(facts.certificates,
                                            [&](const Period& next) { return next.Contains(*last + kOne); });
  if (followed || *last > day + std::chrono::days(policy.certificate_alert_days)) return;
  alerts.push_back({AlertKind::kCertificateEnding, "", last, "督学证将于" + FormatDate(*last) + "到期",
                    "the certificate expires on " + FormatDate(*last)});
}

// Proposed, and duty is not taken up yet: the time in which the conditions of an appointment are looked at.
bool AwaitsDuty(LifeState state) {
  switch (state) {
    case LifeState::kCandidate:
    case LifeState::kReviewed:
    case LifeState::kPublicized:
    case LifeState::kAppointed:
    case LifeState::kInducted:
      return true;
    default:
      return false;
  }
}

// 《教育督导条例》第七条. A hint: who decides the appointment may know what no record says.
void Education(const AlertFacts& facts, Date day, const AlertPolicy& policy, std::vector<Alert>& alerts) {
  if (policy.education_years <= 0) return;
  const std::string asked = std::to_string(policy.education_years);
  const std::string rule = "inspector.min_education_years";
  if (!facts.education_since) {
    alerts.push_back({AlertKind::kEducationUnknown, "", std::nullopt,
                      "未登记从事教育工作的起始日期,无法核对是否满" + asked + "年(" + rule + "," +
                          policy.education_source + ")",
                      "it is not recorded since when this candidate works in education: whether it is " +
                          asked + " years is not known (" + rule + "; " + policy.education_source + ")"});
    return;
  }
  const Date full = AddMonths(*facts.education_since, kMonthsAYear * policy.education_years);
  if (day >= full) return;
  const std::string since = FormatDate(*facts.education_since), on = FormatDate(day);
  const std::string years = std::to_string(FullYears(*facts.education_since, day));
  alerts.push_back({AlertKind::kEducationShort, "", full,
                    "自" + since + "起从事教育工作,至" + on + "满" + years + "年,不足" + asked + "年(" +
                        rule + "," + policy.education_source + ")",
                    "works in education since " + since + ", " + years + " full years by " + on +
                        ", fewer than " + asked + " (" + rule + "; " + policy.education_source + ")"});
}

}  // namespace

int FullYears(Date since, Date day) {
  int years = std::max(0, YearOf(day) - YearOf(since));
  if (years > 0 && AddMonths(since, kMonthsAYear * years) > day) --years;
  return years;
}

std::optional<AlertKind> AlertOfChange(bool lapsed, Date effective, Date day, int told_days) {
  if (!lapsed) return effective < day ? std::optional(AlertKind::kChangeOverdue) : std::nullopt;
  const bool told = effective <= day && day < effective + std::chrono::days(told_days);
  return told ? std::optional(AlertKind::kChangeLapsed) : std::nullopt;
}

std::optional<Date> ContinuousSince(std::vector<Period> periods, Date day) {
  std::ranges::sort(periods, {}, &Period::from);
  std::optional<Date> since;
  std::optional<Date> until;  // last day of the stretch so far; with `since`, absent means open-ended
  for (const Period& period : periods) {
    if (period.from > day) break;
    const bool joins = since && (!until || period.from <= *until + kOne);
    if (!joins) {
      since = period.from;
      until = period.to;
    } else if (until && (!period.to || *period.to > *until)) {
      until = period.to;
    }
  }
  if (!since || (until && *until < day)) return std::nullopt;
  return since;
}

std::vector<Alert> DecideAlerts(const AlertFacts& facts, Date day, const AlertPolicy& policy) {
  std::vector<Alert> alerts;
  if (facts.state == LifeState::kPublicized && facts.notice_to && *facts.notice_to < day) {
    alerts.push_back({AlertKind::kNoticeRun, "", facts.notice_to,
                      "公示已于" + FormatDate(*facts.notice_to) + "期满,可以聘任",
                      "the notice ran until " + FormatDate(*facts.notice_to) + "; appointment may follow"});
  }
  const bool serving = facts.state == LifeState::kOnDuty || facts.state == LifeState::kSuspended;
  if (serving) {
    Terms(facts, day, policy, alerts);
    Certificates(facts, day, policy, alerts);
  }
  if (AwaitsDuty(facts.state)) Education(facts, day, policy, alerts);
  for (const AlertFacts::AtSchool& at : facts.schools) {
    Rotation(at, day, policy, alerts);
    if (at.against_zh.empty()) continue;
    alerts.push_back({AlertKind::kAssignedIneligible, at.school, day, "负责该校但不能履职:" + at.against_zh,
                      "is assigned but may not act: " + at.against_en});
  }
  std::ranges::stable_sort(alerts, {}, &Alert::kind);
  return alerts;
}

std::vector<Alert> DecideDelegationAlerts(const DelegationAlertFacts& facts, Date day,
                                          std::optional<int> alert_days) {
  std::vector<Alert> alerts;
  if (!facts.valid.Contains(day)) return alerts;
  const Words& subject = facts.subject;
  const std::optional<Date> last = facts.valid.to;
  if (last && alert_days && !facts.goes_on && *last <= day + std::chrono::days(*alert_days)) {
    const std::string on = FormatDate(*last);
    alerts.push_back({AlertKind::kDelegationEnding, "", last, subject.zh + "至" + on + "届满,尚未登记接续",
                      subject.en + " ends on " + on + ", and nothing goes on from it"});
  }
  const auto without_effect = [&](const std::string& school, const Words& why) {
    alerts.push_back(
        {AlertKind::kDelegationWithoutEffect, school, day,
         subject.zh + (school.empty() ? "不起作用:" : "在该校不起作用:") + why.zh,
         subject.en + (school.empty() ? " has no effect: " : " has no effect at this school: ") + why.en});
  };
  if (!facts.against.zh.empty()) {
    without_effect("", facts.against);
  } else if (facts.of_nothing) {
    without_effect("", {"当日没有可代理的学校(园)", "there is no school to act at that day"});
  } else {
    for (const auto& at : facts.schools) {
      if (!at.against.zh.empty()) without_effect(at.school, at.against);
    }
  }
  return alerts;
}

}  // namespace inspectorate::registry
