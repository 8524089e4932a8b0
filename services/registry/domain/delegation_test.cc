#include "services/registry/domain/delegation.h"

#include <gtest/gtest.h>

#include <chrono>

namespace inspectorate::registry {
namespace {

using std::chrono::days;
using P = DelegationProblem;

const Date kDay = MakeDate(2026, 3, 9);
constexpr int64_t kMaxDays = 90;

Uuid Id(uint8_t n) { return Uuid{.bytes = {n}}; }
const Uuid kNone{};

// Inspectors 1, 2, 3 …; areas 100 …; schools 200 …
DelegationFact ForInspector(uint8_t id, uint8_t delegator, uint8_t delegate, const Uuid& school = kNone) {
  return {.id = Id(id),
          .delegate = Id(delegate),
          .area = kNone,
          .delegator = Id(delegator),
          .school = school,
          .valid = {kDay, kDay + days(29)}};
}
DelegationFact ForArea(uint8_t id, uint8_t area, uint8_t delegate) {
  return {.id = Id(id),
          .delegate = Id(delegate),
          .area = Id(area),
          .delegator = kNone,
          .school = kNone,
          .valid = {kDay, kDay + days(29)}};
}

std::optional<P> Verdict(const DelegationFact& wanted, const std::vector<DelegationFact>& others = {},
                         const std::vector<Period>& led = {}) {
  const auto verdict = CheckDelegation(wanted, others, led, kMaxDays);
  return verdict ? std::optional<P>(verdict->problem) : std::nullopt;
}

TEST(Delegation, IsOfAnAreaOrOfAnInspectorAndPerhapsOneSchool) {
  EXPECT_EQ(Verdict(ForArea(10, 100, 2)), std::nullopt);
  EXPECT_EQ(Verdict(ForInspector(10, 1, 2)), std::nullopt);
  EXPECT_EQ(Verdict(ForInspector(10, 1, 2, Id(200))), std::nullopt);
  DelegationFact neither = ForArea(10, 100, 2);
  neither.area = kNone;
  EXPECT_EQ(Verdict(neither), P::kSubject);
  DelegationFact both = ForArea(10, 100, 2);
  both.delegator = Id(1);
  EXPECT_EQ(Verdict(both), P::kSubject);
  DelegationFact school_of_area = ForArea(10, 100, 2);
  school_of_area.school = Id(200);
  EXPECT_EQ(Verdict(school_of_area), P::kSubject);
}

TEST(Delegation, EndsWithinTheDaysOfTheRule) {
  DelegationFact wanted = ForInspector(10, 1, 2);
  wanted.valid.to = kDay + days(kMaxDays - 1);
  EXPECT_EQ(Verdict(wanted), std::nullopt) << "both days count";
  wanted.valid.to = kDay + days(kMaxDays);
  EXPECT_EQ(Verdict(wanted), P::kTooLong);
  wanted.valid.to.reset();
  EXPECT_EQ(Verdict(wanted), P::kTooLong);
}

TEST(Delegation, NobodyActsForThemselves) {
  EXPECT_EQ(Verdict(ForInspector(10, 1, 1)), P::kSelf);
  EXPECT_EQ(Verdict(ForArea(10, 100, 2), {}, {{kDay + days(29), std::nullopt}}), P::kSelf);
  EXPECT_EQ(Verdict(ForArea(10, 100, 2), {}, {{kDay + days(30), std::nullopt}}), std::nullopt);
}

TEST(Delegation, OneAtATimeActsForASubject) {
  const DelegationFact whole = ForInspector(11, 1, 2), part = ForInspector(11, 1, 2, Id(200));
  EXPECT_EQ(Verdict(ForInspector(10, 1, 3), {whole}), P::kTwice);
  EXPECT_EQ(Verdict(ForInspector(10, 1, 3), {part}), P::kTwice);
  EXPECT_EQ(Verdict(ForInspector(10, 1, 3, Id(200)), {whole}), P::kTwice);
  EXPECT_EQ(Verdict(ForInspector(10, 1, 3, Id(200)), {part}), P::kTwice);
  EXPECT_EQ(Verdict(ForInspector(10, 1, 3, Id(201)), {part}), std::nullopt) << "schools are shared out";
  EXPECT_EQ(Verdict(ForInspector(10, 4, 3), {whole}), std::nullopt);
  EXPECT_EQ(Verdict(ForArea(10, 100, 3), {ForArea(11, 100, 2)}), P::kTwice);
  EXPECT_EQ(Verdict(ForArea(10, 101, 2), {ForArea(11, 100, 2)}), std::nullopt);
  // Not oneself, and not on other days.
  EXPECT_EQ(Verdict(ForInspector(11, 1, 3), {whole}), std::nullopt);
  DelegationFact later = ForInspector(10, 1, 3);
  later.valid = {kDay + days(30), kDay + days(40)};
  EXPECT_EQ(Verdict(later, {whole}), std::nullopt);
}

TEST(Delegation, WhoIsAwayActsForNobody) {
  const DelegationFact two_acts = ForInspector(11, 1, 2), two_is_away = ForInspector(11, 2, 3);
  EXPECT_EQ(Verdict(ForInspector(10, 2, 3), {two_acts}), P::kChain);
  EXPECT_EQ(Verdict(ForInspector(10, 1, 2), {two_is_away}), P::kChain);
  EXPECT_EQ(Verdict(ForArea(10, 100, 2), {two_is_away}), P::kChain);
  EXPECT_EQ(Verdict(ForInspector(10, 2, 3), {ForArea(11, 100, 2)}), P::kChain);
  // Who gives one school away is there for the others.
  EXPECT_EQ(Verdict(ForInspector(10, 1, 2), {ForInspector(11, 2, 3, Id(200))}), std::nullopt);
  EXPECT_EQ(Verdict(ForInspector(10, 2, 3, Id(200)), {two_acts}), std::nullopt);
  // Two areas have no inspector in common that is none.
  EXPECT_EQ(Verdict(ForArea(10, 100, 2), {ForArea(11, 101, 3)}), std::nullopt);
}

// A school is taken in on the days on which delegation, holder and days asked for meet.
TEST(Delegation, TakesInASchoolOfItsSubjectOnSharedDays) {
  const Period whole{kDay - days(100), std::nullopt};
  const SchoolHolders at{.school = Id(200), .inspectors = {{Id(1), whole}}, .areas = {{Id(100), whole}}};
  EXPECT_TRUE(IsAbout(ForInspector(10, 1, 2), at, whole));
  EXPECT_TRUE(IsAbout(ForInspector(10, 1, 2, Id(200)), at, whole));
  EXPECT_FALSE(IsAbout(ForInspector(10, 1, 2, Id(201)), at, whole)) << "another of the delegator's schools";
  EXPECT_FALSE(IsAbout(ForInspector(10, 3, 2), at, whole)) << "somebody else's school";
  EXPECT_TRUE(IsAbout(ForArea(10, 100, 2), at, whole));
  EXPECT_FALSE(IsAbout(ForArea(10, 101, 2), at, whole));
  EXPECT_FALSE(IsAbout(ForArea(10, 1, 2), at, whole)) << "an area is no inspector";
  const Period before{kDay - days(9), kDay - days(1)}, last{kDay + days(29), kDay + days(60)};
  EXPECT_FALSE(IsAbout(ForInspector(10, 1, 2), at, before));
  EXPECT_TRUE(IsAbout(ForInspector(10, 1, 2), at, last));
  const SchoolHolders later{.school = Id(200), .inspectors = {{Id(1), {kDay + days(30), {}}}}, .areas = {}};
  EXPECT_FALSE(IsAbout(ForInspector(10, 1, 2), later, whole)) << "given to the delegator when it is over";
  const SchoolHolders from{.school = Id(200), .inspectors = {{Id(1), {kDay + days(10), {}}}}, .areas = {}};
  EXPECT_FALSE(IsAbout(ForInspector(10, 1, 2), from, {kDay, kDay + days(9)}));
  EXPECT_TRUE(IsAbout(ForInspector(10, 1, 2), from, {kDay, kDay + days(10)}));
}

TEST(Delegation, GoesOnWithWhateverTakesOverAllOfItOnTheNextDay) {
  const auto next = [](DelegationFact fact, Date from) {
    fact.valid = {from, from + days(5)};
    return fact;
  };
  const Date after = kDay + days(30);
  const DelegationFact whole = ForInspector(10, 1, 2), part = ForInspector(10, 1, 2, Id(200));
  EXPECT_FALSE(GoesOn(whole, {whole}));
  EXPECT_TRUE(GoesOn(whole, {whole, next(ForInspector(11, 1, 3), after)}));
  EXPECT_FALSE(GoesOn(whole, {next(ForInspector(11, 1, 3), after + days(1))})) << "a day between";
  EXPECT_FALSE(GoesOn(whole, {next(ForInspector(11, 1, 3, Id(200)), after)})) << "one school of several";
  EXPECT_TRUE(GoesOn(part, {next(ForInspector(11, 1, 3), after)}));
  EXPECT_TRUE(GoesOn(part, {next(ForInspector(11, 1, 3, Id(200)), after)}));
  EXPECT_FALSE(GoesOn(part, {next(ForInspector(11, 1, 3, Id(201)), after)}));
  EXPECT_FALSE(GoesOn(whole, {next(ForInspector(11, 4, 3), after)}));
  EXPECT_TRUE(GoesOn(ForArea(10, 100, 2), {next(ForArea(11, 100, 3), after)}));
  EXPECT_FALSE(GoesOn(ForArea(10, 100, 2), {next(ForArea(11, 101, 3), after)}));
}

}  // namespace
}  // namespace inspectorate::registry
