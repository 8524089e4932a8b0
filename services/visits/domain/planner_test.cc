#include "services/visits/domain/planner.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <random>
#include <set>

#include "services/visits/domain/planner_flow.h"

namespace inspectorate::visits {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr std::chrono::days kDay{1};
const Date kFirst = MakeDate(2026, 3, 2);  // a Monday
const Date kLast = MakeDate(2026, 3, 31);

enum IdKind : uint8_t { kArea = 1, kInspector, kSchool, kObligation };

Uuid Id(IdKind kind, int n) {
  return Uuid{.bytes = {kind, static_cast<uint8_t>(n >> 8), static_cast<uint8_t>(n)}};
}

std::vector<Date> WorkingDays(Date from, Date to) {
  std::vector<Date> days;
  for (Date d = from; d <= to; d += kDay) {
    const unsigned weekday = std::chrono::weekday(d).iso_encoding();
    if (weekday <= 5) days.push_back(d);
  }
  return days;
}

PlanInspector Inspector(int n, int area) {
  return {.id = Id(kInspector, n),
          .area = Id(kArea, area),
          .facts = {.appointments = {{.valid = {MakeDate(2025, 1, 1), std::nullopt}}},
                    .certificates = {{MakeDate(2025, 1, 1), std::nullopt}},
                    .employments = {},
                    .recusals = {},
                    .leaves = {},
                    .stages = {}},
          .booked = {}};
}

PlanSchool School(int n, int area) {
  return {
      .facts = {.id = Id(kSchool, n), .kind = 2}, .area = Id(kArea, area), .assigned = {}, .blackout = {}};
}

VisitToPlan Visit(int n, int school) {
  return {.obligations = {Id(kObligation, n)}, .school = Id(kSchool, school), .from = kFirst, .to = kLast};
}

// So many schools and inspectors of one area, a visit to each school.
PlanProblem Problem(int schools, int inspectors) {
  PlanProblem problem{.working_days = WorkingDays(kFirst, kLast),
                      .inspectors = {},
                      .schools = {},
                      .visits = {},
                      .eligibility = {.former_employer_years = 3, .part_time_max_terms = 3},
                      .caps = {.per_month = 8, .per_day = 2},
                      .weights = {.load = 10, .not_main = 5, .other_area = 20},
                      .panel_size = 1,
                      .seed = 1};
  for (int n = 0; n < inspectors; ++n) problem.inspectors.push_back(Inspector(n, 0));
  for (int n = 0; n < schools; ++n) {
    problem.schools.push_back(School(n, 0));
    problem.visits.push_back(Visit(n, n));
  }
  return problem;
}

Plan SolveAndVerify(const PlanProblem& problem) {
  const auto plan = MakeFlowPlanner()->Solve(problem);
  EXPECT_TRUE(plan.ok()) << plan.status();
  if (!plan.ok()) return {};
  EXPECT_EQ(VerifyPlan(problem, *plan), absl::OkStatus());
  return *plan;
}

int Covered(const Plan& plan) {
  return static_cast<int>(std::count_if(plan.visits.begin(), plan.visits.end(),
                                        [](const PlannedVisit& v) { return !v.panel.empty(); }));
}

std::map<Uuid, int> Loads(const PlanProblem& problem, const Plan& plan) {
  std::map<Uuid, int> loads;
  for (const PlanInspector& inspector : problem.inspectors) loads[inspector.id] = 0;
  for (const PlannedVisit& visit : plan.visits) {
    for (const Uuid& inspector : visit.panel) ++loads[inspector];
  }
  return loads;
}

void ExpectSame(const Plan& a, const Plan& b) {
  ASSERT_EQ(a.visits.size(), b.visits.size());
  EXPECT_EQ(a.objective, b.objective);
  for (size_t n = 0; n < a.visits.size(); ++n) {
    EXPECT_EQ(a.visits[n].panel, b.visits[n].panel);
    EXPECT_EQ(a.visits[n].slot, b.visits[n].slot);
  }
}

// 52 schools and 96 kindergartens in 10 areas with 63 inspectors, each school under an inspector of its area.
PlanProblem Zhanhua() {
  PlanProblem problem = Problem(0, 0);
  for (int n = 0; n < 63; ++n) problem.inspectors.push_back(Inspector(n, n % 10));
  std::map<int, int> next_in_area;
  for (int n = 0; n < 148; ++n) {
    const int area = n % 10;
    const int in_area = area < 3 ? 7 : 6;
    problem.schools.push_back(School(n, area));
    problem.schools.back().assigned = {Id(kInspector, area + 10 * (next_in_area[area]++ % in_area))};
    problem.visits.push_back(Visit(n, n));
  }
  return problem;
}

TEST(FlowPlanner, CoversTheDemoDistrictWithTwoOrThreeVisitsEach) {
  const PlanProblem problem = Zhanhua();
  const Plan plan = SolveAndVerify(problem);
  EXPECT_EQ(Covered(plan), 148);
  for (const auto& [inspector, load] : Loads(problem, plan)) {
    EXPECT_GE(load, 2);
    EXPECT_LE(load, 3);
  }
  EXPECT_EQ(plan.best_bound, plan.objective);
  EXPECT_EQ(plan.solver, "flow/1");
}

TEST(FlowPlanner, SpreadsVisitsOverTheMonth) {
  const PlanProblem problem = Zhanhua();
  const Plan plan = SolveAndVerify(problem);
  std::map<Uuid, std::vector<Date>> days;
  std::map<Date, int> per_day;
  for (const PlannedVisit& visit : plan.visits) {
    days[visit.panel.front()].push_back(visit.slot.day);
    ++per_day[visit.slot.day];
  }
  for (auto& [inspector, dates] : days) {
    std::sort(dates.begin(), dates.end());
    for (size_t n = 1; n < dates.size(); ++n) EXPECT_GE((dates[n] - dates[n - 1]).count(), 5);
  }
  EXPECT_GE(per_day.size(), 20u) << "of 22 working days";
  for (const auto& [day, count] : per_day) EXPECT_LE(count, 20);
}

TEST(FlowPlanner, SameProblemAndSeedGiveTheSamePlan) {
  PlanProblem problem = Zhanhua();
  const Plan plan = SolveAndVerify(problem);
  ExpectSame(plan, SolveAndVerify(problem));
  PlanProblem shuffled = problem;
  std::reverse(shuffled.inspectors.begin(), shuffled.inspectors.end());
  std::reverse(shuffled.schools.begin(), shuffled.schools.end());
  ExpectSame(plan, SolveAndVerify(shuffled));

  problem.seed = 2;
  const Plan other = SolveAndVerify(problem);
  EXPECT_EQ(other.objective, plan.objective);
  int moved = 0;
  for (size_t n = 0; n < plan.visits.size(); ++n) moved += plan.visits[n].slot != other.visits[n].slot;
  EXPECT_GT(moved, 50);
}

TEST(FlowPlanner, PrefersTheMainInspectorThenTheArea) {
  PlanProblem problem = Problem(1, 3);
  problem.inspectors[0].area = Id(kArea, 9);
  problem.inspectors[1].area = Id(kArea, 9);
  problem.schools[0].assigned = {Id(kInspector, 1), Id(kInspector, 0)};
  problem.weights = {.load = 10, .not_main = 50, .other_area = 20};
  EXPECT_THAT(SolveAndVerify(problem).visits[0].panel, ElementsAre(Id(kInspector, 1)));
  problem.schools[0].assigned.clear();
  EXPECT_THAT(SolveAndVerify(problem).visits[0].panel, ElementsAre(Id(kInspector, 2)));
}

TEST(FlowPlanner, WeighsLoadAgainstPreference) {
  PlanProblem problem = Problem(4, 2);
  for (PlanSchool& school : problem.schools) school.assigned = {Id(kInspector, 0)};
  EXPECT_EQ(Loads(problem, SolveAndVerify(problem))[Id(kInspector, 0)], 2);
  problem.weights = {.load = 1, .not_main = 100, .other_area = 0};
  EXPECT_EQ(Loads(problem, SolveAndVerify(problem))[Id(kInspector, 0)], 4);
}

TEST(FlowPlanner, CountsVisitsThatStandAlready) {
  PlanProblem problem = Problem(2, 2);
  problem.inspectors[0].booked = {{kFirst, HalfDay::kMorning}, {kFirst, HalfDay::kAfternoon}};
  EXPECT_EQ(Loads(problem, SolveAndVerify(problem))[Id(kInspector, 1)], 2);
  problem = Problem(1, 1);
  problem.working_days = {kFirst};
  problem.inspectors[0].booked = {{kFirst, HalfDay::kMorning}};
  EXPECT_EQ(SolveAndVerify(problem).visits[0].slot, (Slot{kFirst, HalfDay::kAfternoon}));
}

TEST(FlowPlanner, UsesBothHalvesOfADayWhenThereIsNoOther) {
  PlanProblem problem = Problem(2, 1);
  problem.working_days = {kFirst};
  EXPECT_EQ(Covered(SolveAndVerify(problem)), 2);
  problem.caps.per_day = 1;
  EXPECT_EQ(Covered(SolveAndVerify(problem)), 1);
}

TEST(FlowPlanner, TakesAnotherDayBeforeASecondVisitOnOne) {
  PlanProblem problem = Problem(2, 1);
  for (VisitToPlan& visit : problem.visits) visit.to = kFirst + kDay;
  for (problem.seed = 0; problem.seed < 10; ++problem.seed) {
    const Plan plan = SolveAndVerify(problem);
    EXPECT_NE(plan.visits[0].slot.day, plan.visits[1].slot.day);
  }
}

TEST(FlowPlanner, KeepsWindowsBlackoutsLeaveAndRecusals) {
  PlanProblem problem = Problem(1, 2);
  problem.working_days = WorkingDays(kFirst, kFirst + 4 * kDay);
  problem.visits[0].from = kFirst + kDay;
  problem.visits[0].to = kFirst + 3 * kDay;
  problem.schools[0].blackout = {kFirst + kDay};
  problem.inspectors[0].facts.recusals = {
      {Id(kSchool, 0), roster::RecusalGround::kKinOfHead, {kFirst, std::nullopt}}};
  problem.inspectors[1].facts.leaves = {{kFirst + 2 * kDay, kFirst + 2 * kDay}};
  const PlannedVisit visit = SolveAndVerify(problem).visits[0];
  EXPECT_THAT(visit.panel, ElementsAre(Id(kInspector, 1)));
  EXPECT_EQ(visit.slot.day, kFirst + 3 * kDay);
}

TEST(FlowPlanner, VisitsASchoolOnceADay) {
  PlanProblem problem = Problem(1, 3);
  problem.working_days = {kFirst, kFirst + kDay};
  problem.visits = {Visit(1, 0), Visit(2, 0), Visit(3, 0)};
  const Plan plan = SolveAndVerify(problem);
  EXPECT_EQ(Covered(plan), 2);
  problem.panel_size = 2;
  EXPECT_EQ(Covered(SolveAndVerify(problem)), 2);
}

TEST(FlowPlanner, SaysWhyAVisitIsLeftOut) {
  const auto reason = [](const PlanProblem& problem) {
    const Plan plan = SolveAndVerify(problem);
    const auto left_out = std::find_if(plan.visits.begin(), plan.visits.end(),
                                       [](const PlannedVisit& v) { return v.unassigned.has_value(); });
    return left_out == plan.visits.end() ? "" : CodeName(*left_out->unassigned);
  };
  for (const int panel_size : {1, 2}) {
    PlanProblem problem = Problem(2, 2);
    problem.panel_size = panel_size;
    EXPECT_EQ(reason(problem), "");
    PlanProblem recused = problem;
    for (PlanInspector& inspector : recused.inspectors) {
      inspector.facts.employments = {{Id(kSchool, 0), {kFirst, std::nullopt}}};
    }
    EXPECT_EQ(reason(recused), "NO_ELIGIBLE_INSPECTOR");
    PlanProblem capped = problem;
    capped.caps.per_month = panel_size - 1;
    EXPECT_EQ(reason(capped), "CAPACITY");
    PlanProblem closed = problem;
    closed.schools[1].blackout = closed.working_days;
    EXPECT_EQ(reason(closed), "NO_COMMON_DAY");
    PlanProblem holiday = problem;
    holiday.working_days.clear();
    EXPECT_EQ(reason(holiday), "NO_COMMON_DAY");
  }
}

TEST(FlowPlanner, FindsPanelsOfDistinctInspectorsTheMainOneLeading) {
  PlanProblem problem = Zhanhua();
  problem.panel_size = 2;
  const Plan plan = SolveAndVerify(problem);
  EXPECT_EQ(Covered(plan), 148);
  for (const auto& [inspector, load] : Loads(problem, plan)) EXPECT_LE(load, 6);
  int led_by_main = 0;
  for (size_t n = 0; n < plan.visits.size(); ++n) {
    led_by_main += plan.visits[n].panel.front() == problem.schools[n].assigned.front();
  }
  EXPECT_GT(led_by_main, 100);
  EXPECT_EQ(plan.best_bound, std::nullopt);
  ExpectSame(plan, SolveAndVerify(problem));
}

TEST(FlowPlanner, FindsAnotherPanelWhenTheFirstHasNoDayInCommon) {
  PlanProblem problem = Problem(1, 3);
  problem.panel_size = 2;
  problem.working_days = {kFirst, kFirst + kDay};
  problem.schools[0].assigned = {Id(kInspector, 0)};
  problem.inspectors[2].area = Id(kArea, 9);
  problem.inspectors[0].facts.leaves = {{kFirst, kFirst}};
  problem.inspectors[1].facts.leaves = {{kFirst + kDay, kFirst + kDay}};
  EXPECT_THAT(SolveAndVerify(problem).visits[0].panel, ElementsAre(Id(kInspector, 0), Id(kInspector, 2)));
}

// Many small, crowded problems: whatever happens, no hard rule is broken.
PlanProblem RandomProblem(std::mt19937& random) {
  const auto pick = [&](int low, int high) { return low + static_cast<int>(random() % (high - low + 1U)); };
  PlanProblem problem = Problem(pick(1, 12), pick(1, 6));
  problem.working_days = WorkingDays(kFirst, kFirst + pick(0, 9) * kDay);
  problem.caps = {.per_month = pick(0, 5), .per_day = pick(0, 3)};
  problem.weights = {.load = pick(0, 20), .not_main = pick(0, 20), .other_area = pick(0, 20)};
  problem.panel_size = pick(1, 3);
  problem.seed = random();
  const int schools = static_cast<int>(problem.schools.size());
  for (PlanInspector& inspector : problem.inspectors) {
    inspector.area = Id(kArea, pick(0, 1));
    if (pick(0, 3) == 0) inspector.facts.leaves = {{kFirst + pick(0, 3) * kDay, kFirst + pick(3, 9) * kDay}};
    if (pick(0, 3) == 0) inspector.facts.employments = {{Id(kSchool, pick(0, schools - 1)), {kFirst, kLast}}};
    if (pick(0, 3) == 0) inspector.facts.certificates = {{kFirst + pick(0, 5) * kDay, kLast}};
    if (pick(0, 3) == 0) inspector.booked = {{kFirst + pick(0, 4) * kDay, HalfDay::kMorning}};
  }
  for (PlanSchool& school : problem.schools) {
    if (pick(0, 1) == 0) school.assigned = {problem.inspectors[random() % problem.inspectors.size()].id};
    if (pick(0, 2) == 0) school.blackout = {kFirst + pick(0, 4) * kDay};
  }
  if (pick(0, 1) == 0) problem.visits.push_back(Visit(100, 0));
  for (VisitToPlan& visit : problem.visits) {
    if (pick(0, 3) == 0) visit.to = visit.from + pick(0, 4) * kDay;
  }
  return problem;
}

TEST(FlowPlanner, BreaksNoRuleOnRandomProblems) {
  std::mt19937 random(20260309);
  int covered = 0, left_out = 0;
  for (int round = 0; round < 400; ++round) {
    const PlanProblem problem = RandomProblem(random);
    const Plan plan = SolveAndVerify(problem);
    covered += Covered(plan);
    left_out += static_cast<int>(plan.visits.size()) - Covered(plan);
    ASSERT_FALSE(HasFailure()) << "round " << round;
  }
  EXPECT_GT(covered, 500) << "the problems are not all hopeless";
  EXPECT_GT(left_out, 500) << "nor all easy";
}

// Every way to give each visit an inspector or none, days ignored: enough where days do not bind.
int64_t BestObjective(const PlanProblem& problem, Plan& plan, size_t n) {
  if (n == plan.visits.size()) return ObjectiveOf(problem, plan);
  int64_t best = std::numeric_limits<int64_t>::max();
  for (const PlanInspector& inspector : problem.inspectors) {
    plan.visits[n].panel = {inspector.id};
    if (Loads(problem, plan)[inspector.id] <= problem.caps.per_month) {
      best = std::min(best, BestObjective(problem, plan, n + 1));
    }
    plan.visits[n].panel.clear();
  }
  return best;
}

TEST(FlowPlanner, ItsBoundIsTheOptimumOfSmallProblems) {
  std::mt19937 random(7);
  for (int round = 0; round < 20; ++round) {
    PlanProblem problem = Problem(5, 3);
    problem.caps.per_month = 2 + static_cast<int>(random() % 3);
    problem.weights = {.load = static_cast<int>(random() % 9),
                       .not_main = static_cast<int>(random() % 9),
                       .other_area = static_cast<int>(random() % 9)};
    for (PlanInspector& inspector : problem.inspectors)
      inspector.area = Id(kArea, static_cast<int>(random() % 2));
    for (PlanSchool& school : problem.schools) {
      school.assigned = {Id(kInspector, static_cast<int>(random() % 3))};
    }
    const Plan plan = SolveAndVerify(problem);
    ASSERT_EQ(Covered(plan), 5);
    Plan scratch;
    for (const VisitToPlan& visit : problem.visits) scratch.visits.push_back({visit, {}, {}, std::nullopt});
    EXPECT_EQ(plan.best_bound, BestObjective(problem, scratch, 0));
  }
}

TEST(CheckProblem, RefusesWhatContradictsItself) {
  const auto refused = [](auto change) {
    PlanProblem problem = Problem(2, 2);
    EXPECT_TRUE(CheckProblem(problem).ok());
    change(problem);
    EXPECT_EQ(MakeFlowPlanner()->Solve(problem).status().code(), absl::StatusCode::kInvalidArgument);
  };
  refused([](PlanProblem& p) { p.inspectors.push_back(p.inspectors[0]); });
  refused([](PlanProblem& p) { p.schools.push_back(p.schools[0]); });
  refused([](PlanProblem& p) { p.visits.push_back(p.visits[0]); });
  refused([](PlanProblem& p) { p.visits[0].school = Id(kSchool, 99); });
  refused([](PlanProblem& p) { p.visits[0].obligations.clear(); });
  refused([](PlanProblem& p) { std::swap(p.working_days[0], p.working_days[1]); });
  refused([](PlanProblem& p) { p.panel_size = 0; });
  refused([](PlanProblem& p) { p.caps.per_day = -1; });
  refused([](PlanProblem& p) { p.weights.load = 1001; });
}

TEST(VerifyPlan, CatchesEachBrokenRule) {
  PlanProblem problem = Problem(3, 3);
  problem.visits.push_back(Visit(50, 0));
  problem.caps = {.per_month = 2, .per_day = 2};
  problem.schools[1].blackout = {kFirst + 9 * kDay};
  problem.inspectors[2].facts.recusals = {
      {Id(kSchool, 0), roster::RecusalGround::kOtherInterest, {kFirst, std::nullopt}}};
  const Plan good = SolveAndVerify(problem);
  ASSERT_EQ(Covered(good), 4);
  const auto broken = [&](std::string_view rule, auto change) {
    Plan plan = good;
    change(plan);
    plan.objective = ObjectiveOf(problem, plan);
    plan.best_bound.reset();
    EXPECT_THAT(VerifyPlan(problem, plan).message(), HasSubstr(std::string(rule)));
  };
  broken("differ in visits", [](Plan& p) { p.visits.pop_back(); });
  broken("in order", [](Plan& p) { std::swap(p.visits[0], p.visits[1]); });
  broken("a panel or a reason", [](Plan& p) { p.visits[0].panel.clear(); });
  broken("working days", [](Plan& p) { p.visits[0].slot.day = MakeDate(2026, 3, 7); });
  broken("blackout", [](Plan& p) { p.visits[1].slot.day = kFirst + 9 * kDay; });
  broken("panel size", [](Plan& p) { p.visits[1].panel = {Id(kInspector, 0), Id(kInspector, 1)}; });
  broken("eligibility", [](Plan& p) { p.visits[0].panel = {Id(kInspector, 2)}; });
  broken("one visit a school and day", [](Plan& p) { p.visits[3].slot.day = p.visits[0].slot.day; });
  broken("one place at a time", [](Plan& p) {
    p.visits[2].panel = p.visits[1].panel;
    p.visits[2].slot = p.visits[1].slot;
  });
  broken("visits a month", [](Plan& p) {
    for (size_t n = 0; n < p.visits.size(); ++n) {
      p.visits[n].panel = {Id(kInspector, 0)};
      p.visits[n].slot = {kFirst + static_cast<int>(n) * kDay, HalfDay::kMorning};
    }
  });
  problem.visits[1].to = kFirst + 3 * kDay;
  broken("window", [&](Plan& p) {
    p.visits[1].visit.to = problem.visits[1].to;
    p.visits[1].slot.day = kFirst + 4 * kDay;
  });
  Plan lying = good;
  lying.visits[1].visit.to = problem.visits[1].to;
  lying.visits[1].slot.day = problem.working_days[3];
  for (size_t n : {0, 2, 3}) lying.visits[n].slot.day = problem.working_days[n * 2 + 8];
  ASSERT_EQ(VerifyPlan(problem, lying), absl::OkStatus());
  lying.objective -= 1;
  EXPECT_THAT(VerifyPlan(problem, lying).message(), HasSubstr("objective"));
  lying.objective += 1;
  lying.best_bound = lying.objective + 1;
  EXPECT_THAT(VerifyPlan(problem, lying).message(), HasSubstr("bound"));
}

TEST(VerifyPlan, CatchesTooManyVisitsADay) {
  PlanProblem problem = Problem(2, 1);
  Plan plan = SolveAndVerify(problem);
  plan.visits[0].slot = {kFirst, HalfDay::kMorning};
  plan.visits[1].slot = {kFirst, HalfDay::kAfternoon};
  EXPECT_EQ(VerifyPlan(problem, plan), absl::OkStatus());
  problem.caps.per_day = 1;
  EXPECT_THAT(VerifyPlan(problem, plan).message(), HasSubstr("visits a day"));
  PlanProblem pairs = Problem(1, 2);
  pairs.panel_size = 2;
  Plan twice = SolveAndVerify(pairs);
  twice.visits[0].panel[1] = twice.visits[0].panel[0];
  EXPECT_THAT(VerifyPlan(pairs, twice).message(), HasSubstr("distinct"));
}

}  // namespace
}  // namespace inspectorate::visits
