#include <gtest/gtest.h>

#include <algorithm>

#include "services/registry/domain/appointment.h"
#include "services/registry/domain/area_history.h"
#include "services/registry/domain/coverage.h"
#include "services/registry/domain/period.h"
#include "services/registry/domain/staffing.h"

namespace inspectorate::registry {
namespace {

Date Day(unsigned day) { return MakeDate(2026, 3, day); }
Period Days(unsigned from, unsigned to) { return {Day(from), Day(to)}; }

TEST(Staffing, IsLookedAtOnEachDayOnWhichSomebodyHasGone) {
  const auto day = [](unsigned d) { return MakeDate(2026, 3, d); };
  const std::vector<Period> held = {{.from = day(1), .to = day(20)}, {.from = day(1), .to = {}}};
  EXPECT_EQ(FirstBelow(held, {.from = day(5), .to = {}}, 2), day(21));
  EXPECT_EQ(FirstBelow(held, {.from = day(5), .to = day(20)}, 2), std::nullopt);
  EXPECT_EQ(FirstBelow(held, {.from = day(5), .to = {}}, 1), std::nullopt);
  EXPECT_EQ(FirstBelow(held, {.from = day(5), .to = {}}, 3), day(5));
  EXPECT_EQ(FirstBelow({}, {.from = day(5), .to = {}}, 1), day(5));
}

TEST(Period, WithoutWhatIsTaken) {
  const auto day = [](unsigned d) { return MakeDate(2026, 3, d); };
  const Period march{.from = day(1), .to = day(31)}, on{.from = day(1), .to = {}};
  EXPECT_EQ(Without(march, {}), std::vector<Period>{march});
  EXPECT_EQ(Without(on, {}), std::vector<Period>{on});
  EXPECT_EQ(Without(march, {on}), std::vector<Period>{});
  EXPECT_EQ(Without(march, {{.from = day(20), .to = day(31)}, {.from = day(5), .to = day(9)}}),
            (std::vector<Period>{{.from = day(1), .to = day(4)}, {.from = day(10), .to = day(19)}}));
  EXPECT_EQ(Without(on, {march}), (std::vector<Period>{{.from = MakeDate(2026, 4, 1), .to = {}}}));
  EXPECT_EQ(Without(march, {{.from = MakeDate(2026, 4, 1), .to = {}}}), std::vector<Period>{march});
  EXPECT_EQ(Without(march, {{.from = day(1), .to = day(20)}, {.from = day(3), .to = day(5)}}),
            (std::vector<Period>{{.from = day(21), .to = day(31)}}));
}

// Every pair of periods in a small month against the definition: some day lies in both.
TEST(Period, HasBegunOnItsFirstDay) {
  const Date first = MakeDate(2026, 3, 9);
  constexpr std::chrono::days kOneDay{1};
  EXPECT_FALSE(HasBegun({first, {}}, first - kOneDay));
  EXPECT_TRUE(HasBegun({first, {}}, first));
  EXPECT_TRUE(HasBegun({first, first}, first + kOneDay));
}

TEST(Period, OverlapIsSharingADay) {
  for (unsigned a = 1; a <= 5; ++a) {
    for (unsigned b = a; b <= 6; ++b) {
      for (unsigned c = 1; c <= 5; ++c) {
        for (unsigned d = c; d <= 6; ++d) {
          const Period x = b == 6 ? Period{Day(a), {}} : Days(a, b);
          const Period y = d == 6 ? Period{Day(c), {}} : Days(c, d);
          bool shared = false;
          for (unsigned day = 1; day <= 31; ++day) shared |= x.Contains(Day(day)) && y.Contains(Day(day));
          EXPECT_EQ(Overlap(x, y), shared) << a << b << c << d;
        }
      }
    }
  }
}

// Against counting day by day.
TEST(Period, MostAtOnceIsTheMostOfAnyDay) {
  const std::vector<Period> periods = {Days(1, 9), Days(5, 12), {Day(8), {}}, Days(20, 22), Days(21, 30)};
  for (unsigned from = 1; from <= 31; ++from) {
    for (unsigned to = from; to <= 31; ++to) {
      int64_t most = 0;
      for (unsigned day = from; day <= to; ++day) {
        most = std::max<int64_t>(
            most, std::count_if(periods.begin(), periods.end(),
                                [&](const Period& period) { return period.Contains(Day(day)); }));
      }
      EXPECT_EQ(MostAtOnce(periods, Days(from, to)), most) << from << " " << to;
    }
  }
  EXPECT_EQ(MostAtOnce(periods, {Day(10), {}}), 3);
}

TEST(Period, ALaterBeginningSucceedsWhatHolds) {
  const std::vector<Period> chain = {Days(1, 9), {Day(10), {}}};
  EXPECT_EQ(Succeed(chain, {Day(20), {}}).kind, Succession::Kind::kSucceed);
  EXPECT_EQ(Succeed(chain, {Day(20), {}}).index, 1u);
  EXPECT_EQ(Succeed(chain, {Day(10), {}}).kind, Succession::Kind::kCorrect);
  EXPECT_EQ(Succeed({Days(1, 9)}, {Day(10), {}}).kind, Succession::Kind::kAppend);
  EXPECT_EQ(Succeed({}, {Day(10), {}}).kind, Succession::Kind::kAppend);
}

TEST(AreaHistory, AVersionBeginsWhenSomebodyComesOrGoes) {
  const Period area{Day(1), {}};
  const std::vector<Belonging> facts = {{"schools/a", {Day(1), {}}, "文1"},
                                        {"schools/b", Days(1, 9), "文1"},
                                        {"2/lead", Days(1, 5), ""},
                                        {"2/lead", {Day(6), {}}, "文2"},  // goes on: no version
                                        {"schools/c", {Day(10), {}}, "文3"}};
  const auto versions = CompositionsOf(area, facts);
  ASSERT_EQ(versions.size(), 2u);
  EXPECT_EQ(versions[0].period, Days(1, 9));
  EXPECT_EQ(versions[0].documents, std::vector<std::string>{"文1"});
  EXPECT_EQ(versions[1].period, (Period{Day(10), {}}));
  EXPECT_EQ(versions[1].holding, (std::vector<size_t>{0, 3, 4}));
  EXPECT_EQ(versions[1].documents, std::vector<std::string>{"文3"});
  // What lies outside the area's own period makes no version.
  EXPECT_EQ(CompositionsOf(Days(2, 8), facts).size(), 1u);
  EXPECT_EQ(CompositionsOf(Days(2, 8), facts)[0].period, Days(2, 8));
  EXPECT_EQ(CompositionsOf(area, {}).size(), 1u);
}

TEST(Term, APartTimeTermIsThreeYearsToTheDay) {
  const TermPolicy policy{.term_years = 3, .max_terms = 3};
  const Date from = MakeDate(2023, 9, 1);
  EXPECT_EQ(CheckTerm(true, 1, {from, MakeDate(2026, 8, 31)}, policy), TermVerdict::kAllowed);
  EXPECT_EQ(CheckTerm(true, 1, {from, MakeDate(2026, 9, 1)}, policy), TermVerdict::kTooLong);
  EXPECT_EQ(CheckTerm(true, 1, {from, {}}, policy), TermVerdict::kTooLong);
  EXPECT_EQ(CheckTerm(false, 9, {from, {}}, policy), TermVerdict::kAllowed);
  EXPECT_EQ(LatestEnd(MakeDate(2024, 2, 29), 3), MakeDate(2027, 2, 28));
}

TEST(Term, TheFourthConsecutiveTermIsRefused) {
  const TermPolicy policy{.term_years = 3, .max_terms = 3};
  const Period valid{MakeDate(2023, 9, 1), MakeDate(2026, 8, 31)};
  EXPECT_EQ(CheckTerm(true, 3, valid, policy), TermVerdict::kAllowed);
  EXPECT_EQ(CheckTerm(true, 4, valid, policy), TermVerdict::kTooMany);
}

// As eligibility (EligibilityPolicy) and alerts read it.
TEST(Term, ALimitOfNoneIsNoLimit) {
  const TermPolicy policy{.term_years = 3, .max_terms = 0};
  const Period valid{MakeDate(2023, 9, 1), MakeDate(2026, 8, 31)};
  for (const int term : {1, 4, 20}) EXPECT_EQ(CheckTerm(true, term, valid, policy), TermVerdict::kAllowed);
}

TEST(Standing, FollowsFromTheAppointments) {
  const std::vector<Period> past = {Days(1, 9)};
  for (Standing before : {Standing::kCandidate, Standing::kOnDuty, Standing::kEnded}) {
    EXPECT_EQ(StandingAfter(before, {}, Day(10)), Standing::kCandidate);
    EXPECT_EQ(StandingAfter(before, past, Day(9)), Standing::kOnDuty);
    EXPECT_EQ(StandingAfter(before, past, Day(10)), Standing::kEnded);
    EXPECT_EQ(StandingAfter(before, {Days(20, 30)}, Day(10)), Standing::kOnDuty);
  }
  EXPECT_EQ(StandingAfter(Standing::kSuspended, {Days(1, 30)}, Day(10)), Standing::kSuspended);
}

CoverageFacts TwoSchools() {
  CoverageFacts facts;
  const Uuid area = RandomUuid(), inspector = RandomUuid();
  for (bool kindergarten : {false, true}) {
    CoveredSchool school{.id = RandomUuid(),
                         .name = kindergarten ? "乙幼儿园" : "甲小学",
                         .kindergarten = kindergarten,
                         .areas = {area},
                         .responsible = {}};
    school.responsible.push_back({inspector, "", ""});
    school.covered = true;
    facts.schools.push_back(school);
  }
  facts.areas = {{area, "第一责任区"}};
  facts.inspectors = {{inspector, "张三"}};
  facts.members[area] = 1;
  facts.led = {area};
  return facts;
}

std::vector<std::string> Codes(const CoverageResult& result) {
  std::vector<std::string> codes;
  for (const auto& exception : result.exceptions)
    codes.push_back(exception.code + (exception.warning ? "?" : ""));
  return codes;
}

TEST(Coverage, CountsWhatIsCovered) {
  const CoverageResult result = DecideCoverage(TwoSchools());
  EXPECT_EQ(result.schools, 1);
  EXPECT_EQ(result.kindergartens, 1);
  EXPECT_EQ(result.covered, 2);
  EXPECT_TRUE(result.exceptions.empty());
}

TEST(Coverage, NamesEachException) {
  CoverageFacts facts = TwoSchools();
  facts.schools[0].areas.clear();
  facts.schools[1].areas.push_back(RandomUuid());
  facts.schools[0].responsible.clear();
  facts.schools[1].responsible[0].why_not_zh = "请假";
  facts.schools[0].covered = facts.schools[1].covered = false;
  const CoverageResult result = DecideCoverage(facts);
  EXPECT_EQ(result.covered, 0);
  EXPECT_EQ(Codes(result),
            (std::vector<std::string>{"NO_AREA", "NO_INSPECTOR", "SEVERAL_AREAS", "INELIGIBLE_INSPECTOR"}));
}

TEST(Coverage, WhoAssistsIsJudgedAndCoversNothing) {
  CoverageFacts facts = TwoSchools();
  facts.schools[0].assisting = {{RandomUuid(), "", ""}, {RandomUuid(), "在休假", "is on leave"}};
  facts.schools[1].assisting = {{RandomUuid(), "", ""}};
  facts.schools[1].responsible.clear();
  facts.schools[1].covered = false;
  const CoverageResult result = DecideCoverage(facts);
  EXPECT_EQ(result.covered, 1);
  EXPECT_EQ(Codes(result), (std::vector<std::string>{"INELIGIBLE_CO_INSPECTOR", "NO_INSPECTOR"}));
}

// What somebody acts for is worth a look; what nobody may act for is wrong.
TEST(Coverage, WhoActsIsJudgedBesideTheInspector) {
  CoverageFacts facts = TwoSchools();
  facts.schools[0].responsible[0].why_not_zh = "请假";
  facts.schools[0].acting = {{RandomUuid(), "", ""}};
  EXPECT_EQ(Codes(DecideCoverage(facts)), std::vector<std::string>{"INELIGIBLE_INSPECTOR?"});
  facts.schools[0].acting[0].why_not_zh = "应当回避";
  facts.schools[0].covered = false;
  EXPECT_EQ(Codes(DecideCoverage(facts)),
            (std::vector<std::string>{"INELIGIBLE_INSPECTOR", "INELIGIBLE_DELEGATE"}));
  facts.schools[0].responsible[0].why_not_zh = "";
  facts.schools[0].covered = true;
  EXPECT_EQ(Codes(DecideCoverage(facts)), std::vector<std::string>{"INELIGIBLE_DELEGATE?"});
}

TEST(Coverage, AnAreaWithoutLeadIsNamed) {
  CoverageFacts facts = TwoSchools();
  facts.led.clear();
  EXPECT_EQ(Codes(DecideCoverage(facts)), std::vector<std::string>{"AREA_WITHOUT_LEAD?"});
}

TEST(Coverage, CapsWarnBeyondTheLimitOnly) {
  CoverageFacts facts = TwoSchools();
  facts.caps = {.area_max_schools = 2, .area_min_inspectors = 1, .inspector_max_schools = 2};
  EXPECT_TRUE(DecideCoverage(facts).exceptions.empty());
  facts.caps = {.area_max_schools = 1, .area_min_inspectors = 2, .inspector_max_schools = 1};
  EXPECT_EQ(Codes(DecideCoverage(facts)),
            (std::vector<std::string>{"AREA_TOO_LARGE?", "AREA_TOO_FEW_INSPECTORS?",
                                      "INSPECTOR_TOO_MANY_SCHOOLS?"}));
  facts.caps.area_max_schools_blocks = facts.caps.inspector_max_schools_blocks = true;
  EXPECT_EQ(
      Codes(DecideCoverage(facts)),
      (std::vector<std::string>{"AREA_TOO_LARGE", "AREA_TOO_FEW_INSPECTORS?", "INSPECTOR_TOO_MANY_SCHOOLS"}));
}

TEST(Coverage, WhatStandsWithoutAPaperIsOnlyWorthALook) {
  using Subject = CoverageException::Subject;
  CoverageFacts facts = TwoSchools();
  const std::vector<std::pair<Paper, Subject>> subjects = {{Paper::kArea, Subject::kArea},
                                                           {Paper::kMembership, Subject::kInspector},
                                                           {Paper::kSchoolArea, Subject::kSchool},
                                                           {Paper::kResponsible, Subject::kSchool}};
  for (const auto& [paper, subject] : subjects) {
    facts.without_paper = {{paper, RandomUuid(), "甲"}};
    const CoverageResult result = DecideCoverage(facts);
    ASSERT_EQ(Codes(result), std::vector<std::string>{"NO_DOCUMENT?"});
    EXPECT_EQ(result.exceptions[0].subject, subject);
    EXPECT_EQ(result.exceptions[0].id, facts.without_paper[0].id);
    EXPECT_EQ(result.covered, 2);
  }
}

}  // namespace
}  // namespace inspectorate::registry
