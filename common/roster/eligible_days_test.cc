#include "common/roster/eligible_days.h"

#include <gtest/gtest.h>

#include <chrono>
#include <random>

namespace inspectorate::roster {
namespace {

using std::chrono::days;

const Date kDay = MakeDate(2026, 3, 9);
const SchoolFacts kSchool{.id = {.bytes = {1}}, .kind = 2};
const Uuid kOther{.bytes = {2}};
constexpr int kSpan = 120;  // days that are looked at, on both sides of kDay

// Facts whose borders all lie near kDay, few enough that a day without any reason is not rare.
class Facts {
 public:
  explicit Facts(uint32_t seed) : random_(seed) {}

  InspectorFacts Inspector() {
    InspectorFacts facts;
    for (int i = 0; i < 2; ++i) {
      facts.appointments.push_back({.kind = InspectorKind::kPartTime,
                                    .term_index = OneIn(6) ? 4 : 1,
                                    .valid = Days(200),
                                    .awaits_duty = OneIn(8),
                                    .duty_from = {}});
      if (OneIn(3)) facts.appointments.back().duty_from = facts.appointments.back().valid.from + days(5);
      facts.certificates.push_back(Days(200));
    }
    if (OneIn(2)) facts.leaves.push_back(Days(20));
    if (OneIn(2)) facts.suspensions.push_back(Days(20));
    if (OneIn(2)) facts.recusals.push_back({.school = School(), .ground = {}, .valid = Days(40)});
    if (OneIn(3)) facts.employments.push_back({.school = School(), .valid = Days(30)});
    if (OneIn(3)) facts.qualifications.push_back({.stages = {OneIn(2) ? 2 : 3}, .valid = Days(90)});
    return facts;
  }
  std::vector<DatedEligibilityPolicy> Policies() {
    std::vector<DatedEligibilityPolicy> policies;
    for (Date from = Day(); policies.size() < 2; from += days(30)) {
      policies.push_back(
          {.from = from,
           .policy = {.former_employer_years = OneIn(2) ? 1 : 0, .part_time_max_terms = OneIn(2) ? 3 : 0}});
    }
    return policies;
  }
  Period Days(int most) {
    Period period{.from = Day(), .to = {}};
    if (!OneIn(5)) period.to = period.from + days(Number(most));
    return period;
  }

 private:
  int Number(int below) { return static_cast<int>(random_() % static_cast<uint32_t>(below)); }
  bool OneIn(int n) { return Number(n) == 0; }
  Date Day() { return kDay + days(Number(2 * kSpan) - kSpan); }
  Uuid School() { return OneIn(3) ? kOther : kSchool.id; }

  std::mt19937 random_;
};

bool Stands(const InspectorFacts& inspector, Date day, const std::vector<DatedEligibilityPolicy>& policies,
            OnLeave leave) {
  const EligibilityPolicy* policy = nullptr;
  for (const DatedEligibilityPolicy& dated : policies) {
    if (dated.from <= day) policy = &dated.policy;
  }
  if (policy == nullptr) return true;
  for (const EligibilityReason& reason : CheckEligibility(inspector, kSchool, day, *policy)) {
    if (leave == OnLeave::kCounts || reason.code != EligibilityCode::kOnLeave) return false;
  }
  return true;
}

// Day by day the same as the rule itself, over two thousand careers.
TEST(EligibleDays, AreThoseOnWhichNothingStandsAgainstIt) {
  int eligible = 0, not_eligible = 0;
  for (uint32_t seed = 0; seed < 2'000; ++seed) {
    Facts facts(seed);
    const InspectorFacts inspector = facts.Inspector();
    const auto policies = facts.Policies();
    const Period within = facts.Days(200);
    const OnLeave leave = seed % 2 == 0 ? OnLeave::kCounts : OnLeave::kPasses;
    const auto periods = EligibleDays(inspector, kSchool, within, policies, leave);
    for (size_t i = 1; i < periods.size(); ++i) {
      ASSERT_TRUE(periods[i - 1].to) << seed;
      ASSERT_GT(periods[i].from, *periods[i - 1].to + days(1)) << seed << ": they touch";
    }
    for (Date day = kDay - days(2 * kSpan); day < kDay + days(5 * kSpan); day += days(1)) {
      bool found = false;
      for (const Period& period : periods) found |= period.Contains(day);
      const bool expected = within.Contains(day) && Stands(inspector, day, policies, leave);
      ASSERT_EQ(found, expected) << "seed " << seed << " " << FormatDate(day);
      ++(expected ? eligible : not_eligible);
    }
  }
  EXPECT_GT(eligible, 10'000);
  EXPECT_GT(not_eligible, 10'000);
}

TEST(EligibleDays, WhereNoRulesAreNothingStandsAgainstIt) {
  const Period within{kDay, kDay + days(9)};
  EXPECT_EQ(EligibleDays({}, kSchool, within, {}, OnLeave::kCounts), std::vector<Period>{within});
  EXPECT_TRUE(EligibleDays({}, kSchool, within, {{.from = kDay, .policy = {}}}, OnLeave::kCounts).empty());
}

}  // namespace
}  // namespace inspectorate::roster
