#include "common/roster/eligible_days.h"

#include <algorithm>
#include <chrono>
#include <set>

namespace inspectorate::roster {
namespace {

constexpr std::chrono::days kOne{1};

void AddChanges(const Period& period, std::set<Date>* days) {
  days->insert(period.from);
  if (period.to) days->insert(*period.to + kOne);
}

// Each day on which the answer may be another than on the day before.
std::set<Date> DaysOfChange(const InspectorFacts& inspector, const Uuid& school,
                            const std::vector<DatedEligibilityPolicy>& policies) {
  std::set<Date> days;
  for (const AppointmentFact& term : inspector.appointments) {
    AddChanges(term.valid, &days);
    if (term.duty_from) days.insert(*term.duty_from);
  }
  for (const RecusalFact& recusal : inspector.recusals) AddChanges(recusal.valid, &days);
  for (const QualificationFact& fact : inspector.qualifications) AddChanges(fact.valid, &days);
  for (const auto* periods : {&inspector.certificates, &inspector.leaves, &inspector.suspensions}) {
    for (const Period& period : *periods) AddChanges(period, &days);
  }
  for (const EmploymentFact& post : inspector.employments) {
    if (post.school != school) continue;
    AddChanges(post.valid, &days);
    for (const DatedEligibilityPolicy& dated : policies) {
      if (post.valid.to) days.insert(AddYears(*post.valid.to, dated.policy.former_employer_years) + kOne);
    }
  }
  for (const DatedEligibilityPolicy& dated : policies) days.insert(dated.from);
  return days;
}

bool EligibleOn(const InspectorFacts& inspector, const SchoolFacts& school, Date day,
                const std::vector<DatedEligibilityPolicy>& policies, OnLeave leave) {
  const EligibilityPolicy* policy = PolicyOn(policies, day);
  if (policy == nullptr) return true;
  const auto reasons = CheckEligibility(inspector, school, day, *policy);
  return std::ranges::all_of(reasons, [&](const EligibilityReason& reason) {
    return leave == OnLeave::kPasses && reason.code == EligibilityCode::kOnLeave;
  });
}

}  // namespace

const EligibilityPolicy* PolicyOn(const std::vector<DatedEligibilityPolicy>& policies, Date day) {
  const auto later = std::ranges::upper_bound(policies, day, {}, &DatedEligibilityPolicy::from);
  return later == policies.begin() ? nullptr : &std::prev(later)->policy;
}

std::vector<Period> EligibleDays(const InspectorFacts& inspector, const SchoolFacts& school,
                                 const Period& within, const std::vector<DatedEligibilityPolicy>& policies,
                                 OnLeave leave) {
  std::set<Date> days = DaysOfChange(inspector, school.id, policies);
  days.insert(within.from);
  std::vector<Period> eligible;
  for (const Date day : days) {
    if (!within.Contains(day)) continue;
    const bool is = EligibleOn(inspector, school, day, policies, leave);
    const bool was = !eligible.empty() && !eligible.back().to;
    if (is && !was) eligible.push_back({.from = day, .to = {}});
    if (!is && was) eligible.back().to = day - kOne;
  }
  if (!eligible.empty() && !eligible.back().to) eligible.back().to = within.to;
  return eligible;
}

}  // namespace inspectorate::roster
