#include "services/visits/domain/obligations.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <set>
#include <utility>

#include "common/base/refusal.h"

namespace inspectorate::visits {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

constexpr int kSchools = 1;
constexpr int kKindergartens = 2;
const Date kMarch = MakeDate(2026, 3, 1);
const Date kJuly = MakeDate(2026, 7, 1);
const ObligationRules kRules{.monthly_min = 1, .term_min = 2};
constexpr char kOffice[] = "zhanhua";

Uuid Id(uint8_t n) { return Uuid{.bytes = {n}}; }

SchoolInOperation School(uint8_t n, int audience = kSchools) {
  return {
      .id = Id(n), .area = Id(200), .audience = audience, .operating = {MakeDate(2000, 9, 1), std::nullopt}};
}

std::vector<TermFact> Terms() {
  std::vector<Date> months;
  for (unsigned month = 3; month <= 6; ++month) months.push_back(MakeDate(2026, month, 1));
  std::vector<Date> with_july = months;
  with_july.push_back(kJuly);
  return {{"spring", kSchools, MakeDate(2026, 3, 2), MakeDate(2026, 7, 3), months},
          {"spring-k", kKindergartens, MakeDate(2026, 3, 2), MakeDate(2026, 7, 17), with_july}};
}

GeneratedObligations Generate(Date month, const std::vector<SchoolInOperation>& schools) {
  return GenerateObligations(kOffice, month, schools, Terms(), kRules);
}

TEST(Generate, OwesAMonthlyVisitAndTheStatutoryNumberOfTheTerm) {
  const auto generated = Generate(kMarch, {School(1)});
  ASSERT_THAT(generated.obligations, SizeIs(3));
  const Obligation& monthly = generated.obligations[0];
  EXPECT_EQ(monthly.kind, ObligationKind::kMonthlyVisit);
  EXPECT_EQ(monthly.rule, "visit.monthly_min");
  EXPECT_EQ(monthly.window_from, MakeDate(2026, 3, 2)) << "teaching begins on the second";
  EXPECT_EQ(monthly.window_to, MakeDate(2026, 3, 31));
  const Obligation& second = generated.obligations[2];
  EXPECT_EQ(second.kind, ObligationKind::kTermMinimum);
  EXPECT_EQ(second.rule, "visit.term_min");
  EXPECT_EQ(second.ordinal, 2);
  EXPECT_EQ(second.window_from, MakeDate(2026, 3, 2));
  EXPECT_EQ(second.window_to, MakeDate(2026, 7, 3));
  EXPECT_EQ(second.area, Id(200));
}

TEST(Generate, FollowsTheTeachingMonthsOfTheKind) {
  const auto july = Generate(kJuly, {School(1), School(2, kKindergartens)});
  EXPECT_EQ(july.out_of_session, 1);
  for (const Obligation& o : july.obligations) EXPECT_EQ(o.school, Id(2));
  EXPECT_EQ(july.obligations[0].window_to, MakeDate(2026, 7, 17));
  EXPECT_EQ(Generate(MakeDate(2026, 8, 1), {School(1), School(2, kKindergartens)}).out_of_session, 2);
}

TEST(Generate, SkipsSchoolsThatDoNotOperateAndClipsToThoseThatBegin) {
  SchoolInOperation closed = School(1);
  closed.operating.to = MakeDate(2026, 2, 28);
  SchoolInOperation opening = School(2);
  opening.operating.from = MakeDate(2026, 3, 16);
  SchoolInOperation closed_before_teaching = School(3);
  closed_before_teaching.operating.to = kMarch;
  const auto generated = Generate(kMarch, {closed, opening, closed_before_teaching});
  ASSERT_THAT(generated.obligations, SizeIs(3));
  EXPECT_EQ(generated.obligations[0].school, Id(2));
  EXPECT_EQ(generated.obligations[0].window_from, MakeDate(2026, 3, 16));
  EXPECT_EQ(generated.out_of_session, 1);
}

// What is suspended, or will be, owes nothing for the days on which it rests.
TEST(Generate, OwesNothingForTheDaysOfASuspension) {
  const auto resting = [](uint8_t n, std::vector<Period> rests) {
    SchoolInOperation school = School(n);
    school.rests = std::move(rests);
    return school;
  };
  const SchoolInOperation begins = resting(1, {{MakeDate(2026, 3, 16), std::nullopt}});
  const SchoolInOperation ends = resting(2, {{Date::min(), MakeDate(2026, 3, 15)}});
  const SchoolInOperation within = resting(3, {{MakeDate(2026, 3, 10), MakeDate(2026, 3, 20)}});
  const SchoolInOperation all_month = resting(4, {{MakeDate(2026, 2, 1), MakeDate(2026, 3, 31)}});
  const SchoolInOperation all_but_a_sunday = resting(5, {{MakeDate(2026, 3, 2), MakeDate(2026, 7, 31)}});
  const auto generated = Generate(kMarch, {begins, ends, within, all_month, all_but_a_sunday});
  std::map<Uuid, std::pair<Date, Date>> monthly, in_term;
  for (const Obligation& o : generated.obligations) {
    auto& windows = o.kind == ObligationKind::kMonthlyVisit ? monthly : in_term;
    windows[o.school] = {o.window_from, o.window_to};
  }
  using Windows = std::map<Uuid, std::pair<Date, Date>>;
  const Date first = MakeDate(2026, 3, 2), last = MakeDate(2026, 3, 31), term_ends = MakeDate(2026, 7, 3);
  EXPECT_EQ(monthly, (Windows{{Id(1), {first, MakeDate(2026, 3, 15)}},
                              {Id(2), {MakeDate(2026, 3, 16), last}},
                              {Id(3), {first, last}}}));
  EXPECT_EQ(in_term, (Windows{{Id(1), {first, MakeDate(2026, 3, 15)}},
                              {Id(2), {MakeDate(2026, 3, 16), term_ends}},
                              {Id(3), {first, term_ends}}}));
  EXPECT_EQ(generated.out_of_session, 1) << "operates on a Sunday before teaching begins";
  // Several, one after the other and without a gap.
  const SchoolInOperation several = resting(6, {{MakeDate(2026, 3, 1), MakeDate(2026, 3, 9)},
                                                {MakeDate(2026, 3, 10), MakeDate(2026, 3, 12)},
                                                {MakeDate(2026, 3, 30), std::nullopt}});
  const auto between = Generate(kMarch, {several});
  EXPECT_EQ(between.obligations.at(0).window_from, MakeDate(2026, 3, 13));
  EXPECT_EQ(between.obligations.at(0).window_to, MakeDate(2026, 3, 29));
  // The same duty, whatever is decided on meanwhile.
  EXPECT_EQ(between.obligations.at(0).id, Generate(kMarch, {School(6)}).obligations.at(0).id);
}

TEST(Generate, ASchoolOperatesFromItsFirstToItsLastDayButForItsRests) {
  const auto day = [](int n) { return kMarch + std::chrono::days(n); };
  SchoolInOperation school = School(1);
  school.operating = {.from = day(2), .to = day(20)};
  school.rests = {{.from = day(5), .to = day(6)}, {.from = day(18), .to = {}}};
  for (int n = 0; n < 25; ++n) {
    EXPECT_EQ(OperatesOn(school, day(n)), n >= 2 && n < 18 && n != 5 && n != 6) << n;
  }
}

TEST(Generate, GivesTheSameDutyTheSameId) {
  std::set<Uuid> march, april;
  for (const Obligation& o : Generate(kMarch, {School(1), School(2)}).obligations) march.insert(o.id);
  EXPECT_THAT(march, SizeIs(6)) << "ids differ among duties";
  for (const Obligation& o : Generate(kMarch, {School(2), School(1)}).obligations) {
    EXPECT_TRUE(march.contains(o.id));
  }
  int shared = 0;
  for (const Obligation& o : Generate(MakeDate(2026, 4, 1), {School(1), School(2)}).obligations) {
    const bool same = march.contains(o.id);
    EXPECT_EQ(same, o.kind == ObligationKind::kTermMinimum);
    shared += same;
  }
  EXPECT_EQ(shared, 4);
}

TEST(Generate, KeepsTheIdWhenTermDatesAreCorrected) {
  std::vector<TermFact> corrected = Terms();
  corrected[0].from = MakeDate(2026, 3, 5);
  const auto before = Generate(kMarch, {School(1)});
  const auto after = GenerateObligations(kOffice, kMarch, {School(1)}, corrected, kRules);
  for (size_t i = 0; i < 3; ++i) EXPECT_EQ(before.obligations[i].id, after.obligations[i].id);
}

TEST(Generate, CountsComeFromTheRules) {
  EXPECT_THAT(GenerateObligations(kOffice, kMarch, {School(1)}, Terms(), {.monthly_min = 2, .term_min = 3})
                  .obligations,
              SizeIs(5));
  EXPECT_THAT(GenerateObligations(kOffice, kMarch, {School(1)}, Terms(), {}).obligations, IsEmpty());
}

TEST(ObligationId, DependsOnEachOfItsParts) {
  const std::set<Uuid> ids = {
      ObligationId("a", Id(1), "r", "2026-03", 1), ObligationId("b", Id(1), "r", "2026-03", 1),
      ObligationId("a", Id(2), "r", "2026-03", 1), ObligationId("a", Id(1), "s", "2026-03", 1),
      ObligationId("a", Id(1), "r", "2026-04", 1), ObligationId("a", Id(1), "r", "2026-03", 2)};
  EXPECT_THAT(ids, SizeIs(6));
}

TEST(LookBack, IsOneDutyForEachRound) {
  const Date reported = MakeDate(2026, 4, 3);
  const Date due = MakeDate(2026, 4, 20);
  const Obligation first = LookBackObligation(kOffice, Id(1), Id(200), Id(7), 0, reported, due);
  EXPECT_EQ(first.kind, ObligationKind::kLookBack);
  EXPECT_EQ(first.window_from, reported);
  EXPECT_EQ(first.window_to, due);
  EXPECT_EQ(first.issue, Id(7));
  EXPECT_EQ(LookBackObligation(kOffice, Id(1), Id(200), Id(7), 0, reported, due + std::chrono::days(1)).id,
            first.id);
  EXPECT_NE(LookBackObligation(kOffice, Id(1), Id(200), Id(7), 1, reported, due).id, first.id);
  EXPECT_NE(LookBackObligation(kOffice, Id(1), Id(200), Id(8), 0, reported, due).id, first.id);
}

TEST(ObligationState, EveryPairIsAStepOrARefusal) {
  using S = ObligationState;
  using E = ObligationEvent;
  const std::map<std::pair<S, E>, S> steps = {{{S::kOpen, E::kClaim}, S::kClaimed},
                                              {{S::kOpen, E::kExcuse}, S::kExcused},
                                              {{S::kClaimed, E::kRelease}, S::kOpen},
                                              {{S::kClaimed, E::kFulfil}, S::kFulfilled}};
  for (const S state : {S::kOpen, S::kClaimed, S::kFulfilled, S::kExcused}) {
    for (const E event : {E::kClaim, E::kRelease, E::kFulfil, E::kExcuse}) {
      const auto next = Next(state, event, Id(1));
      const auto step = steps.find({state, event});
      if (step != steps.end()) {
        ASSERT_TRUE(next.ok());
        EXPECT_EQ(*next, step->second);
        continue;
      }
      ASSERT_FALSE(next.ok());
      const bool taken = event == E::kClaim && state != S::kExcused;
      EXPECT_EQ(RefusalOf(next.status())->reason, taken ? "OBLIGATION_TAKEN" : "STATE_TRANSITION_DENIED");
    }
  }
}

TEST(ObligationState, IsMissedOnlyAfterTheLastDay) {
  const Date last = MakeDate(2026, 3, 31);
  for (const auto state : {ObligationState::kOpen, ObligationState::kClaimed}) {
    EXPECT_FALSE(IsMissed(state, last, last));
    EXPECT_TRUE(IsMissed(state, last, last + std::chrono::days(1)));
  }
  EXPECT_FALSE(IsMissed(ObligationState::kFulfilled, last, last + std::chrono::days(1)));
  EXPECT_FALSE(IsMissed(ObligationState::kExcused, last, last + std::chrono::days(1)));
}

TEST(Coverage, CountsOverWhatIsValidAndListsTheRest) {
  const auto coverage = Cover({{Id(1), Id(11), ObligationState::kFulfilled},
                               {Id(2), Id(12), ObligationState::kClaimed},
                               {Id(3), Id(13), ObligationState::kExcused},
                               {Id(4), Id(14), ObligationState::kOpen}});
  EXPECT_EQ(coverage.owed, 4);
  EXPECT_EQ(coverage.excused, 1);
  EXPECT_EQ(coverage.valid(), 3);
  EXPECT_EQ(coverage.claimed, 1);
  EXPECT_EQ(coverage.fulfilled, 1);
  ASSERT_THAT(coverage.uncovered, SizeIs(2));
  EXPECT_EQ(coverage.uncovered[0].school, Id(12));
  EXPECT_EQ(coverage.uncovered[1].school, Id(14));
}

TEST(VisitsOfMonth, AMonthlyVisitClaimsOneStatutoryDutyToo) {
  const auto open = Generate(kMarch, {School(1), School(2)}).obligations;
  const auto visits = VisitsOfMonth(open, kMarch);
  ASSERT_THAT(visits, SizeIs(2));
  EXPECT_EQ(visits[0].school, Id(1));
  EXPECT_THAT(visits[0].obligations, ElementsAre(open[0].id, open[1].id));
  EXPECT_EQ(visits[0].from, MakeDate(2026, 3, 2));
  EXPECT_EQ(visits[0].to, MakeDate(2026, 3, 31));
  EXPECT_EQ(visits[1].school, Id(2));
}

TEST(VisitsOfMonth, StatutoryDutiesAloneWaitUntilTheMonthsRunShort) {
  const auto statutory = [](Date month) {
    const auto generated =
        GenerateObligations(kOffice, month, {School(1)}, Terms(), {.monthly_min = 0, .term_min = 2});
    return VisitsOfMonth(generated.obligations, month).size();
  };
  // The window ends in July: after May two months touch it, after June one.
  EXPECT_EQ(statutory(kMarch), 0u);
  EXPECT_EQ(statutory(MakeDate(2026, 5, 1)), 0u);
  EXPECT_EQ(statutory(MakeDate(2026, 6, 1)), 1u);
}

TEST(VisitsOfMonth, LeavesOutOtherMonthsAndLookBacks) {
  auto open = Generate(MakeDate(2026, 4, 1), {School(1)}).obligations;
  open.push_back(LookBackObligation(kOffice, Id(1), Id(200), Id(7), 0, kMarch, MakeDate(2026, 3, 20)));
  EXPECT_THAT(VisitsOfMonth({open[0], open.back()}, kMarch), IsEmpty());
}

}  // namespace
}  // namespace inspectorate::visits
