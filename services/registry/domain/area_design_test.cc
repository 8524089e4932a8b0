#include "services/registry/domain/area_design.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <random>

#include "services/registry/domain/area_match.h"

namespace inspectorate::registry {
namespace {

constexpr auto kGoOn = [] { return true; };

// Schools scattered over ten kilometres, of some hundred students each.
DesignProblem Scattered(int schools, int areas, uint32_t seed) {
  std::mt19937 random(seed);
  const auto below = [&](uint32_t end) { return static_cast<int64_t>(random() % end); };
  DesignProblem problem;
  problem.areas = areas;
  problem.seed = seed;
  std::vector<std::pair<int64_t, int64_t>> at;
  for (int i = 0; i < schools; ++i) {
    at.emplace_back(below(10000), below(10000));
    problem.students.push_back(100 + below(900));
  }
  for (const auto& a : at) {
    for (const auto& b : at) {
      problem.distance.push_back(std::llround(std::hypot(a.first - b.first, a.second - b.second)));
    }
  }
  problem.member_of.assign(at.size(), -1);
  problem.centre_of.assign(static_cast<size_t>(areas), -1);
  problem.weights = {.school = 1000, .student = 2};
  return problem;
}

// By trying every division; −1: none keeps the rules.
int64_t LeastCost(const DesignProblem& problem) {
  int64_t least = -1;
  std::vector<int> area_of(problem.students.size(), 0);
  while (true) {
    const Division division{area_of, BestCentres(problem, area_of)};
    const bool whole = std::count(division.centre.begin(), division.centre.end(), -1) == 0;
    if (whole) {
      Design design{
          .division = division, .cost = CostOf(problem, division), .bound = 0, .seed = 0, .solver = ""};
      const bool keeps = VerifyDesign(problem, design).ok();
      if (keeps && (least == -1 || design.cost.total() < least)) least = design.cost.total();
    }
    size_t digit = 0;
    while (digit < area_of.size() && ++area_of[digit] == problem.areas) area_of[digit++] = 0;
    if (digit == area_of.size()) return least;
  }
}

TEST(AreaDesign, IsTheBestOfAllDivisionsAndTheBoundIsBelow) {
  for (uint32_t seed = 1; seed <= 12; ++seed) {
    DesignProblem problem = Scattered(9, 2 + static_cast<int>(seed % 2), seed);
    if (seed % 3 == 0) problem.max_schools = 5;
    if (seed % 4 == 0) problem.max_students = 3200;
    if (seed % 3 == 1) problem.apart = {{0, 1}, {2, 3}};
    if (seed % 5 == 0) problem.member_of[0] = 1, problem.member_of[4] = 0;
    if (seed % 6 == 0) problem.member_of[2] = 0, problem.centre_of[0] = 2;
    if (seed % 7 == 0) problem.weights = {};
    const int64_t least = LeastCost(problem);
    const auto design = SolveDesign(problem, kGoOn);
    if (least == -1) {
      EXPECT_EQ(design.status().code(), absl::StatusCode::kFailedPrecondition) << seed;
      continue;
    }
    ASSERT_TRUE(design.ok()) << seed << design.status();
    EXPECT_TRUE(VerifyDesign(problem, *design).ok()) << seed << VerifyDesign(problem, *design);
    EXPECT_EQ(design->cost.total(), least) << seed;
    EXPECT_LE(design->bound, least) << seed;
    EXPECT_GT(design->bound, 0) << seed;
  }
}

TEST(AreaDesign, OfASeedIsMadeAgain) {
  const DesignProblem problem = Scattered(40, 4, 5);
  const auto once = SolveDesign(problem, kGoOn), again = SolveDesign(problem, kGoOn);
  ASSERT_TRUE(once.ok() && again.ok());
  EXPECT_EQ(once->division.area_of, again->division.area_of);
  EXPECT_EQ(once->division.centre, again->division.centre);
  EXPECT_EQ(once->bound, again->bound);
}

// A district as large as the demo's: 148 schools in 10 areas.
TEST(AreaDesign, ADistrictIsBalancedAndNearTheBound) {
  DesignProblem problem = Scattered(148, 10, 9);
  problem.max_schools = 20;
  const auto design = SolveDesign(problem, kGoOn);
  ASSERT_TRUE(design.ok()) << design.status();
  ASSERT_TRUE(VerifyDesign(problem, *design).ok());
  EXPECT_LE(design->cost.total(), design->bound + design->bound / 33) << design->bound;
  for (int area = 0; area < 10; ++area) {
    const auto schools = std::count(design->division.area_of.begin(), design->division.area_of.end(), area);
    EXPECT_NEAR(static_cast<double>(schools), 14.8, 3) << area;
  }
}

// Beyond kManySchools disturbances stay in a part; every rule holds there too.
TEST(AreaDesign, ManySchoolsAreNearTheBoundAndKeepTheRules) {
  DesignProblem problem = Scattered(300, 20, 3);
  problem.max_schools = 20;
  problem.member_of[0] = problem.member_of[299] = 2;
  problem.centre_of[2] = 299;
  problem.member_of[7] = 5;
  problem.apart = {{1, 2}, {2, 3}, {1, 3}, {0, 4}};
  const auto design = SolveDesign(problem, kGoOn);
  ASSERT_TRUE(design.ok()) << design.status();
  EXPECT_TRUE(VerifyDesign(problem, *design).ok()) << VerifyDesign(problem, *design);
  EXPECT_LE(design->cost.total(), design->bound + design->bound / 18) << design->bound;
}

TEST(AreaDesign, WhatIsFixedAndApartStaysSo) {
  DesignProblem problem = Scattered(30, 3, 2);
  problem.member_of[0] = problem.member_of[29] = 2;
  problem.centre_of[2] = 29;
  problem.apart = {{1, 2}, {2, 3}, {1, 3}, {0, 4}};
  problem.max_schools = 10;
  const auto design = SolveDesign(problem, kGoOn);
  ASSERT_TRUE(design.ok()) << design.status();
  EXPECT_TRUE(VerifyDesign(problem, *design).ok()) << VerifyDesign(problem, *design);
}

TEST(AreaDesign, WhatCannotBeIsRefused) {
  const auto refused = [](void (*spoil)(DesignProblem&)) {
    DesignProblem problem = Scattered(12, 3, 1);
    spoil(problem);
    return SolveDesign(problem, kGoOn).status().code();
  };
  using enum absl::StatusCode;
  EXPECT_EQ(refused([](DesignProblem& p) { p.max_schools = 3; }), kFailedPrecondition);
  EXPECT_EQ(refused([](DesignProblem& p) { p.max_students = 500; }), kFailedPrecondition);
  EXPECT_EQ(refused([](DesignProblem& p) {
              p.apart = {{0, 1}, {1, 2}, {0, 2}, {0, 3}, {1, 3}, {2, 3}};
            }),
            kFailedPrecondition);
  EXPECT_EQ(refused([](DesignProblem& p) {
              p.member_of[0] = p.member_of[1] = 1, p.apart = {{0, 1}};
            }),
            kFailedPrecondition);
  EXPECT_EQ(refused([](DesignProblem& p) { std::fill(p.member_of.begin(), p.member_of.end(), 1); }),
            kFailedPrecondition);
  EXPECT_EQ(refused([](DesignProblem& p) { p.areas = 13, p.centre_of.assign(13, -1); }), kFailedPrecondition);
  EXPECT_EQ(refused([](DesignProblem& p) { p.centre_of[0] = 4; }), kInvalidArgument);
  EXPECT_EQ(refused([](DesignProblem& p) { p.distance.pop_back(); }), kInvalidArgument);
  EXPECT_EQ(refused([](DesignProblem& p) { p.weights.student = -1; }), kInvalidArgument);
}

TEST(AreaDesign, StopsWhenAsked) {
  int asked = 0;
  const auto design = SolveDesign(Scattered(60, 5, 3), [&] { return ++asked < 10; });
  EXPECT_EQ(design.status().code(), absl::StatusCode::kCancelled);
  EXPECT_EQ(asked, 10);
}

TEST(AreaMatch, AsFewSchoolsAsPossibleChangeTheirArea) {
  // 5 + 4 beats 6 + 1; the third has nothing in common with what is left.
  EXPECT_EQ(MatchAreas({{6, 5, 0}, {4, 1, 0}, {0, 0, 0}}, {-1, -1, -1}), (std::vector<int>{1, 0, 2}));
  EXPECT_EQ(MatchAreas({{6, 5, 0}, {4, 1, 0}, {0, 0, 0}}, {0, -1, -1}), (std::vector<int>{0, 1, 2}));
  EXPECT_EQ(MatchAreas({{3}, {2}}, {-1, -1}), (std::vector<int>{0, -1}));
  EXPECT_EQ(MatchAreas({{}, {}}, {-1, -1}), (std::vector<int>{-1, -1}));
  EXPECT_EQ(MatchAreas({}, {}), std::vector<int>());
}

TEST(AreaDesign, TheCheckBelievesNoSolver) {
  DesignProblem problem = Scattered(12, 3, 4);
  problem.member_of[0] = 1;
  problem.max_schools = 5;
  problem.apart = {{1, 2}};
  const Design good = *SolveDesign(problem, kGoOn);
  ASSERT_TRUE(VerifyDesign(problem, good).ok());
  const auto refused = [&](const std::function<void(Design&)>& spoil) {
    Design design = good;
    spoil(design);
    return !VerifyDesign(problem, design).ok();
  };
  EXPECT_TRUE(refused([](Design& d) { d.division.area_of[0] = 2; }));
  EXPECT_TRUE(refused([](Design& d) { d.division.area_of[1] = d.division.area_of[2]; }));
  EXPECT_TRUE(refused([](Design& d) { d.division.area_of[3] = 3; }));
  EXPECT_TRUE(refused([](Design& d) { std::swap(d.division.centre[0], d.division.centre[1]); }));
  EXPECT_TRUE(refused([](Design& d) { --d.cost.distance; }));
  EXPECT_TRUE(refused([](Design& d) { d.bound = d.cost.total() + 1; }));
  EXPECT_TRUE(refused([](Design& d) { std::fill(d.division.area_of.begin(), d.division.area_of.end(), 1); }));
}

}  // namespace
}  // namespace inspectorate::registry
