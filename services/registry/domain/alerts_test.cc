#include "services/registry/domain/alerts.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>

namespace inspectorate::registry {
namespace {

constexpr std::chrono::days kOne{1};
const Date kDay = MakeDate(2026, 3, 9);
const AlertPolicy kPolicy{.rotation_months = 36,
                          .term_alert_days = 90,
                          .certificate_alert_days = 60,
                          .max_terms = 3,
                          .education_years = 10,
                          .education_source = "《教育督导条例》第七条"};

AlertFacts Calm() {
  AlertFacts facts;
  facts.terms = {{.part_time = true, .index = 1, .valid = {MakeDate(2025, 9, 1), MakeDate(2028, 8, 31)}}};
  facts.certificates = {{MakeDate(2025, 9, 1), MakeDate(2028, 8, 31)}};
  facts.schools = {{.school = "schools/1", .periods = {{MakeDate(2025, 9, 1), {}}}}};
  return facts;
}

std::vector<AlertKind> Kinds(const AlertFacts& facts, Date day = kDay) {
  std::vector<AlertKind> kinds;
  for (const Alert& alert : DecideAlerts(facts, day, kPolicy)) kinds.push_back(alert.kind);
  return kinds;
}
using Only = std::vector<AlertKind>;

TEST(Alerts, NoneWhileNothingIsNear) { EXPECT_EQ(Kinds(Calm()), Only{}); }

TEST(Alerts, WhatWasAnnouncedAndDidNotComeAboutIsTold) {
  for (int offset = -5; offset <= 5; ++offset) {
    const Date day = kDay + offset * kOne;
    EXPECT_EQ(AlertOfChange(/*lapsed=*/false, kDay, day, 3) == AlertKind::kChangeOverdue, offset > 0)
        << offset;
    EXPECT_EQ(AlertOfChange(/*lapsed=*/true, kDay, day, 3) == AlertKind::kChangeLapsed,
              offset >= 0 && offset < 3)
        << offset;
    EXPECT_FALSE(AlertOfChange(/*lapsed=*/true, kDay, day, 0));
  }
}

TEST(Alerts, RotationFallsDueOnTheCorrespondingDay) {
  AlertFacts facts = Calm();
  facts.schools[0].periods = {{MakeDate(2023, 3, 9), {}}};
  EXPECT_EQ(Kinds(facts), Only{AlertKind::kRotationDue});
  EXPECT_EQ(DecideAlerts(facts, kDay, kPolicy)[0].day, kDay);
  facts.schools[0].periods = {{MakeDate(2023, 3, 10), {}}};
  EXPECT_EQ(Kinds(facts), Only{});
}

TEST(Alerts, ABreakBeginsTheCountAnew) {
  const Date begin = MakeDate(2020, 9, 1), pause = MakeDate(2025, 8, 31);
  EXPECT_EQ(ContinuousSince({{begin, pause}, {pause + kOne, {}}}, kDay), begin);
  EXPECT_EQ(ContinuousSince({{pause + kOne, {}}, {begin, pause}}, kDay), begin) << "in any order";
  EXPECT_EQ(ContinuousSince({{begin, pause}, {pause + 2 * kOne, {}}}, kDay), pause + 2 * kOne);
  EXPECT_EQ(ContinuousSince({{begin, pause}}, kDay), std::nullopt);
  EXPECT_EQ(ContinuousSince({{kDay + kOne, {}}}, kDay), std::nullopt);
  EXPECT_EQ(ContinuousSince({{begin, {}}, {pause, pause}}, kDay), begin) << "one within another";
}

TEST(Alerts, TermsAndCertificatesBeforeAndAfterTheirEnd) {
  AlertFacts facts = Calm();
  facts.terms[0].valid.to = kDay + 90 * kOne;
  EXPECT_EQ(Kinds(facts), Only{AlertKind::kTermEnding});
  EXPECT_EQ(Kinds(facts, kDay - kOne), Only{});
  facts.terms.push_back({.part_time = true, .index = 2, .valid = {kDay + 91 * kOne, {}}});
  EXPECT_EQ(Kinds(facts), Only{}) << "renewed already";
  facts = Calm();
  facts.terms[0].valid.to = kDay - kOne;
  EXPECT_EQ(Kinds(facts), Only{AlertKind::kTermOver});
  facts = Calm();
  facts.terms[0].index = 3;
  EXPECT_EQ(Kinds(facts), Only{AlertKind::kLastTerm});
  facts = Calm();
  facts.certificates[0].to = kDay + 60 * kOne;
  EXPECT_EQ(Kinds(facts), Only{AlertKind::kCertificateEnding});
  facts.certificates.push_back({kDay + 61 * kOne, {}});
  EXPECT_EQ(Kinds(facts), Only{}) << "the next one is there";
  facts.certificates = {{MakeDate(2020, 1, 1), kDay - kOne}};
  EXPECT_EQ(Kinds(facts), Only{AlertKind::kCertificateOver});
}

TEST(Alerts, OnlyWhoServesHasTermAndCertificateAlerts) {
  AlertFacts facts = Calm();
  facts.terms.clear();
  facts.certificates.clear();
  facts.schools.clear();
  facts.state = LifeState::kPublicized;
  facts.education_since = MakeDate(2000, 9, 1);
  facts.notice_to = kDay;
  EXPECT_EQ(Kinds(facts), Only{});
  EXPECT_EQ(Kinds(facts, kDay + kOne), Only{AlertKind::kNoticeRun});
}

AlertFacts Candidate(std::optional<Date> since) {
  AlertFacts facts;
  facts.state = LifeState::kCandidate;
  facts.education_since = since;
  return facts;
}

TEST(Alerts, YearsInEducationAreFullOnTheCorrespondingDay) {
  const Date since = MakeDate(2016, 3, 10);
  const auto alerts = DecideAlerts(Candidate(since), kDay, kPolicy);
  ASSERT_EQ(alerts.size(), 1u);
  EXPECT_EQ(alerts[0].kind, AlertKind::kEducationShort);
  EXPECT_EQ(alerts[0].day, kDay + kOne) << "the day on which they are full";
  for (const char* told :
       {"2016-03-10", "2026-03-09", "满9年", "不足10年", "inspector.min_education_years", "第七条"}) {
    EXPECT_NE(alerts[0].zh.find(told), std::string::npos) << told << " in " << alerts[0].zh;
  }
  for (const char* told :
       {"2016-03-10", "9 full years", "than 10", "inspector.min_education_years", "第七条"}) {
    EXPECT_NE(alerts[0].en.find(told), std::string::npos) << told << " in " << alerts[0].en;
  }
  EXPECT_EQ(Kinds(Candidate(since), kDay + kOne), Only{});
  EXPECT_EQ(Kinds(Candidate(MakeDate(2016, 2, 29)), MakeDate(2026, 2, 27)), Only{AlertKind::kEducationShort});
  EXPECT_EQ(Kinds(Candidate(MakeDate(2016, 2, 29)), MakeDate(2026, 2, 28)), Only{});
}

TEST(Alerts, WhatIsNotRecordedIsNotTakenForAShortfall) {
  const auto alerts = DecideAlerts(Candidate({}), kDay, kPolicy);
  ASSERT_EQ(alerts.size(), 1u);
  EXPECT_EQ(alerts[0].kind, AlertKind::kEducationUnknown);
  EXPECT_EQ(alerts[0].day, std::nullopt);
  EXPECT_NE(alerts[0].zh.find("未登记"), std::string::npos);
  EXPECT_NE(alerts[0].zh.find("第七条"), std::string::npos);
  EXPECT_NE(alerts[0].en.find("not known"), std::string::npos);
}

TEST(Alerts, YearsInEducationAreLookedAtUntilDutyIsTakenUpAndWhereTheRuleAsks) {
  using S = LifeState;
  const std::set<S> before = {S::kCandidate, S::kReviewed, S::kPublicized, S::kAppointed, S::kInducted};
  for (const S state : {S::kCandidate, S::kOnDuty, S::kSuspended, S::kEnded, S::kReviewed, S::kPublicized,
                        S::kAppointed, S::kInducted, S::kDismissed, S::kRejected}) {
    AlertFacts facts = Candidate(kDay);
    facts.state = state;
    const std::vector<AlertKind> kinds = Kinds(facts);
    EXPECT_EQ(std::ranges::count(kinds, AlertKind::kEducationShort), before.contains(state) ? 1 : 0)
        << NameOf(state);
  }
  AlertPolicy none = kPolicy;
  none.education_years = 0;
  EXPECT_TRUE(DecideAlerts(Candidate({}), kDay, none).empty());
  EXPECT_TRUE(DecideAlerts(Candidate(kDay), kDay, none).empty());
}

TEST(Alerts, FullYearsAreCountedToTheDay) {
  const Date since = MakeDate(2016, 9, 1);
  EXPECT_EQ(FullYears(since, since - kOne), 0);
  EXPECT_EQ(FullYears(since, since), 0);
  EXPECT_EQ(FullYears(since, MakeDate(2017, 8, 31)), 0);
  EXPECT_EQ(FullYears(since, MakeDate(2017, 9, 1)), 1);
  EXPECT_EQ(FullYears(since, MakeDate(2026, 8, 31)), 9);
  EXPECT_EQ(FullYears(MakeDate(2016, 2, 29), MakeDate(2017, 2, 28)), 1);
}

TEST(Alerts, AnAssignmentOfSomebodyIneligibleIsNamed) {
  AlertFacts facts = Calm();
  facts.schools[0].against_zh = "请假";
  facts.schools[0].against_en = "on leave";
  const auto alerts = DecideAlerts(facts, kDay, kPolicy);
  ASSERT_EQ(alerts.size(), 1u);
  EXPECT_EQ(alerts[0].kind, AlertKind::kAssignedIneligible);
  EXPECT_NE(alerts[0].zh.find("请假"), std::string::npos);
  EXPECT_EQ(alerts[0].school, "schools/1");
}

DelegationAlertFacts Acts() {
  return {.subject = {"代理甲", "acting for 甲"}, .valid = {kDay - kOne, kDay + 30 * kOne}};
}

using Told = std::vector<std::pair<AlertKind, std::string>>;
Told DelegationAlerts(const DelegationAlertFacts& facts, Date day = kDay, std::optional<int> days = 7) {
  Told told;
  for (const Alert& alert : DecideDelegationAlerts(facts, day, days))
    told.emplace_back(alert.kind, alert.school);
  return told;
}

TEST(Alerts, ADelegationIsToldOfBeforeItEndsUnlessAnotherGoesOn) {
  const Told ending = {{AlertKind::kDelegationEnding, ""}};
  DelegationAlertFacts facts = Acts();
  const Date last = *facts.valid.to;
  for (int before = -2; before <= 10; ++before) {
    EXPECT_EQ(DelegationAlerts(facts, last - before * kOne), before >= 0 && before <= 7 ? ending : Told{})
        << before;
    EXPECT_EQ(DelegationAlerts(facts, last - before * kOne, 0), before == 0 ? ending : Told{}) << before;
    EXPECT_EQ(DelegationAlerts(facts, last - before * kOne, std::nullopt), Told{}) << "no rule in force";
  }
  const Alert alert = DecideDelegationAlerts(facts, last, 7).at(0);
  EXPECT_EQ(alert.day, last);
  EXPECT_EQ(alert.zh, "代理甲至2026-04-08届满,尚未登记接续");
  EXPECT_EQ(alert.en, "acting for 甲 ends on 2026-04-08, and nothing goes on from it");
  facts.goes_on = true;
  EXPECT_EQ(DelegationAlerts(facts, last), Told{});
}

TEST(Alerts, ADelegationWithoutEffectIsToldOfOnceOrAtEachSchool) {
  const auto effect = [](const char* school) {
    return std::pair(AlertKind::kDelegationWithoutEffect, std::string(school));
  };
  DelegationAlertFacts facts = Acts();
  facts.schools = {
      {"schools/1", {}}, {"schools/2", {"在该校任职", "serves at the school"}}, {"schools/3", {}}};
  EXPECT_EQ(DelegationAlerts(facts), Told{effect("schools/2")});
  const Alert at = DecideDelegationAlerts(facts, kDay, 7).at(0);
  EXPECT_EQ(at.zh, "代理甲在该校不起作用:在该校任职");
  EXPECT_EQ(at.en, "acting for 甲 has no effect at this school: serves at the school");
  facts.against = {"请假", "on leave"};
  EXPECT_EQ(DelegationAlerts(facts), Told{effect("")}) << "at none: told once";
  facts = Acts();
  facts.of_nothing = true;
  EXPECT_EQ(DelegationAlerts(facts), Told{effect("")});
  EXPECT_EQ(DelegationAlerts(facts, kDay - 2 * kOne), Told{}) << "before it begins";
  EXPECT_EQ(DelegationAlerts(facts, kDay + 31 * kOne), Told{}) << "when it is over";
  facts.valid.to = kDay;
  EXPECT_EQ(DelegationAlerts(facts), (Told{{AlertKind::kDelegationEnding, ""}, effect("")}));
}

}  // namespace
}  // namespace inspectorate::registry
