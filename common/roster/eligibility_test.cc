#include "common/roster/eligibility.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <set>

namespace inspectorate::roster {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using Code = EligibilityCode;

constexpr std::chrono::days kDay{1};
const Date kDate = MakeDate(2026, 3, 9);
const SchoolFacts kSchool{.id = {.bytes = {1}}, .kind = 2};
const Uuid kOtherSchool{.bytes = {2}};
const EligibilityPolicy kPolicy{.former_employer_years = 3, .part_time_max_terms = 3};
const Period kYear{MakeDate(2026, 1, 1), MakeDate(2026, 12, 31)};

InspectorFacts Fit() {
  return {.appointments = {{.kind = InspectorKind::kPartTime, .term_index = 1, .valid = kYear}},
          .certificates = {kYear},
          .employments = {},
          .recusals = {},
          .leaves = {},
          .stages = {}};
}

std::vector<Code> Codes(const InspectorFacts& inspector, Date date = kDate,
                        const EligibilityPolicy& policy = kPolicy) {
  std::vector<Code> codes;
  for (const EligibilityReason& reason : CheckEligibility(inspector, kSchool, date, policy)) {
    EXPECT_FALSE(reason.zh.empty());
    EXPECT_FALSE(reason.en.empty());
    codes.push_back(reason.code);
  }
  return codes;
}

TEST(Eligibility, AFitInspectorHasNoReasonAgainst) { EXPECT_THAT(Codes(Fit()), IsEmpty()); }

TEST(Eligibility, AppointmentHoldsFromItsFirstToItsLastDay) {
  InspectorFacts inspector = Fit();
  inspector.appointments[0].valid = {kDate, kDate + 9 * kDay};
  EXPECT_THAT(Codes(inspector, kDate - kDay), ElementsAre(Code::kNoAppointment));
  EXPECT_THAT(Codes(inspector, kDate), IsEmpty());
  EXPECT_THAT(Codes(inspector, kDate + 9 * kDay), IsEmpty());
  EXPECT_THAT(Codes(inspector, kDate + 10 * kDay), ElementsAre(Code::kNoAppointment));
}

TEST(Eligibility, OneAppointmentInForceIsEnough) {
  InspectorFacts inspector = Fit();
  inspector.appointments.insert(inspector.appointments.begin(),
                                {InspectorKind::kPartTime, 9, Period{kDate, std::nullopt}});
  EXPECT_THAT(Codes(inspector), IsEmpty());
  inspector.appointments.clear();
  EXPECT_THAT(Codes(inspector), ElementsAre(Code::kNoAppointment));
}

TEST(Eligibility, PartTimeTermsAreLimitedFullTimeOnesAreNot) {
  InspectorFacts inspector = Fit();
  inspector.appointments[0].term_index = 3;
  EXPECT_THAT(Codes(inspector), IsEmpty());
  inspector.appointments[0].term_index = 4;
  EXPECT_THAT(Codes(inspector), ElementsAre(Code::kTermLimit));
  EXPECT_THAT(Codes(inspector, kDate, {.former_employer_years = 3, .part_time_max_terms = 4}), IsEmpty());
  EXPECT_THAT(Codes(inspector, kDate, {.former_employer_years = 3, .part_time_max_terms = 0}), IsEmpty());
  inspector.appointments[0].kind = InspectorKind::kFullTime;
  EXPECT_THAT(Codes(inspector), IsEmpty());
}

TEST(Eligibility, CertificateHoldsFromItsFirstToItsLastDay) {
  InspectorFacts inspector = Fit();
  inspector.certificates = {{kDate, kDate + kDay}, {kDate + 5 * kDay, std::nullopt}};
  EXPECT_THAT(Codes(inspector, kDate - kDay), ElementsAre(Code::kNoCertificate));
  EXPECT_THAT(Codes(inspector, kDate), IsEmpty());
  EXPECT_THAT(Codes(inspector, kDate + kDay), IsEmpty());
  EXPECT_THAT(Codes(inspector, kDate + 2 * kDay), ElementsAre(Code::kNoCertificate));
  EXPECT_THAT(Codes(inspector, kDate + 5 * kDay), IsEmpty());
  EXPECT_THAT(Codes(inspector, MakeDate(2026, 12, 31)), IsEmpty());
}

TEST(Eligibility, ASuspensionExcludesOnItsDaysOnly) {
  InspectorFacts inspector = Fit();
  inspector.suspensions = {{kDate, kDate + kDay}, {kDate + 4 * kDay, std::nullopt}};
  EXPECT_THAT(Codes(inspector, kDate - kDay), IsEmpty());
  EXPECT_THAT(Codes(inspector, kDate), ElementsAre(Code::kSuspended));
  EXPECT_THAT(Codes(inspector, kDate + 2 * kDay), IsEmpty());
  EXPECT_THAT(Codes(inspector, kDate + 90 * kDay), ElementsAre(Code::kSuspended));
}

TEST(Eligibility, WhoIsAppointedActsOnceDutyIsTakenUp) {
  InspectorFacts inspector = Fit();
  inspector.appointments[0].awaits_duty = true;
  EXPECT_THAT(Codes(inspector), ElementsAre(Code::kNotOnDuty));
  inspector.appointments[0].awaits_duty = false;
  inspector.appointments[0].duty_from = kDate;
  EXPECT_THAT(Codes(inspector, kDate - kDay), ElementsAre(Code::kNotOnDuty));
  EXPECT_THAT(Codes(inspector, kDate), IsEmpty());
}

TEST(Eligibility, QualificationsThatNameStagesCountOnTheirDays) {
  InspectorFacts inspector = Fit();
  inspector.qualifications = {{.stages = {}, .valid = kYear}};
  EXPECT_THAT(Codes(inspector), IsEmpty()) << "a degree says nothing of stages";
  inspector.qualifications.push_back({.stages = {kSchool.kind}, .valid = {kDate, kDate + kDay}});
  EXPECT_THAT(Codes(inspector, kDate - kDay), IsEmpty())
      << "what comes later says nothing of the days before";
  EXPECT_THAT(Codes(inspector, kDate + kDay), IsEmpty());
  EXPECT_THAT(Codes(inspector, kDate + 2 * kDay), ElementsAre(Code::kOutsideStages));
  inspector.stages = {kSchool.kind};
  EXPECT_THAT(Codes(inspector, kDate + 2 * kDay), IsEmpty()) << "the file of the inspector counts too";
}

TEST(Eligibility, LeaveExcludesOnItsDaysOnly) {
  InspectorFacts inspector = Fit();
  inspector.leaves = {{kDate, kDate + kDay}};
  EXPECT_THAT(Codes(inspector, kDate - kDay), IsEmpty());
  EXPECT_THAT(Codes(inspector, kDate), ElementsAre(Code::kOnLeave));
  EXPECT_THAT(Codes(inspector, kDate + kDay), ElementsAre(Code::kOnLeave));
  EXPECT_THAT(Codes(inspector, kDate + 2 * kDay), IsEmpty());
}

TEST(Eligibility, StagesLimitTheKindsOfSchool) {
  InspectorFacts inspector = Fit();
  inspector.stages = {1, 3};
  EXPECT_THAT(Codes(inspector), ElementsAre(Code::kOutsideStages));
  inspector.stages = {1, kSchool.kind};
  EXPECT_THAT(Codes(inspector), IsEmpty());
}

TEST(Eligibility, DeclaredRecusalExcludesInItsPeriodAtItsSchool) {
  const std::pair<RecusalGround, Code> grounds[] = {{RecusalGround::kKinOfHead, Code::kKinOfHead},
                                                    {RecusalGround::kKinOnStaff, Code::kKinOnStaff},
                                                    {RecusalGround::kOwnSchool, Code::kOwnSchool},
                                                    {RecusalGround::kFormerEmployer, Code::kFormerEmployer},
                                                    {RecusalGround::kOtherInterest, Code::kOtherInterest}};
  for (const auto& [ground, code] : grounds) {
    InspectorFacts inspector = Fit();
    inspector.recusals = {{kSchool.id, ground, {kDate, kDate + kDay}}};
    EXPECT_THAT(Codes(inspector, kDate - kDay), IsEmpty());
    EXPECT_THAT(Codes(inspector, kDate), ElementsAre(code));
    EXPECT_THAT(Codes(inspector, kDate + kDay), ElementsAre(code));
    EXPECT_THAT(Codes(inspector, kDate + 2 * kDay), IsEmpty());
    inspector.recusals[0].school = kOtherSchool;
    EXPECT_THAT(Codes(inspector, kDate), IsEmpty());
  }
}

TEST(Eligibility, OwnSchoolExcludesWhileServing) {
  InspectorFacts inspector = Fit();
  inspector.employments = {{kSchool.id, {kDate, std::nullopt}}};
  EXPECT_THAT(Codes(inspector, kDate - kDay), IsEmpty());
  EXPECT_THAT(Codes(inspector, kDate), ElementsAre(Code::kOwnSchool));
  EXPECT_THAT(Codes(inspector, MakeDate(2026, 12, 31)), ElementsAre(Code::kOwnSchool));
  inspector.employments[0].school = kOtherSchool;
  EXPECT_THAT(Codes(inspector), IsEmpty());
}

TEST(Eligibility, FormerEmployerExcludesUntilTheYearsAreFull) {
  InspectorFacts inspector = Fit();
  const Date last = MakeDate(2023, 3, 9);
  inspector.employments = {{kSchool.id, {MakeDate(2010, 9, 1), last}}};
  // Three years counted from 2023-03-10 are full with the end of 2026-03-09.
  EXPECT_THAT(Codes(inspector, MakeDate(2026, 3, 9)), ElementsAre(Code::kFormerEmployer));
  EXPECT_THAT(Codes(inspector, MakeDate(2026, 3, 10)), IsEmpty());
  EXPECT_THAT(Codes(inspector, MakeDate(2026, 3, 9), {.former_employer_years = 2, .part_time_max_terms = 3}),
              IsEmpty());
}

TEST(Eligibility, TheLastDayOfServiceIsOwnSchoolTheNextIsFormerEmployer) {
  InspectorFacts inspector = Fit();
  inspector.employments = {{kSchool.id, {MakeDate(2010, 9, 1), kDate}}};
  EXPECT_THAT(Codes(inspector, kDate), ElementsAre(Code::kOwnSchool));
  EXPECT_THAT(Codes(inspector, kDate + kDay), ElementsAre(Code::kFormerEmployer));
}

TEST(Eligibility, NoFormerEmployerRuleWhereTheLawHasNone) {
  InspectorFacts inspector = Fit();
  inspector.employments = {{kSchool.id, {MakeDate(2010, 9, 1), kDate - kDay}}};
  const EligibilityPolicy none{.former_employer_years = 0, .part_time_max_terms = 3};
  EXPECT_THAT(Codes(inspector, kDate, none), IsEmpty());
  EXPECT_THAT(Codes(inspector, kDate - kDay, none), ElementsAre(Code::kOwnSchool));
}

TEST(Eligibility, AFactAndADeclarationOfTheSameThingAreOneReason) {
  InspectorFacts inspector = Fit();
  inspector.employments = {{kSchool.id, {MakeDate(2010, 9, 1), MakeDate(2025, 8, 31)}}};
  inspector.recusals = {{kSchool.id, RecusalGround::kFormerEmployer, kYear}};
  const auto reasons = CheckEligibility(inspector, kSchool, kDate, kPolicy);
  ASSERT_EQ(reasons.size(), 1u);
  EXPECT_THAT(reasons[0].zh, HasSubstr("2025-08-31"));
}

TEST(Eligibility, ListsEveryReasonOnceInOrder) {
  InspectorFacts inspector;
  inspector.suspensions = {kYear};
  inspector.leaves = {kYear};
  inspector.stages = {9};
  inspector.employments = {{kSchool.id, {MakeDate(2020, 1, 1), std::nullopt}}};
  inspector.recusals = {{kSchool.id, RecusalGround::kOtherInterest, kYear},
                        {kSchool.id, RecusalGround::kKinOfHead, kYear}};
  EXPECT_THAT(Codes(inspector),
              ElementsAre(Code::kSuspended, Code::kNoAppointment, Code::kNoCertificate, Code::kOnLeave,
                          Code::kOutsideStages, Code::kKinOfHead, Code::kOwnSchool, Code::kOtherInterest));
  EXPECT_EQ(CheckStanding(inspector, kDate, kPolicy).size(), 4u);
  EXPECT_EQ(CheckRecusal(inspector, kSchool, kDate, kPolicy).size(), 3u);
}

TEST(Eligibility, CodesHaveDistinctNames) {
  std::set<std::string_view> names;
  for (int code = 0; code <= static_cast<int>(Code::kOtherInterest); ++code) {
    EXPECT_TRUE(names.insert(CodeName(static_cast<Code>(code))).second);
  }
}

TEST(AddYears, EndsOnTheCorrespondingDayOrTheLastOfTheMonth) {
  EXPECT_EQ(AddYears(MakeDate(2023, 3, 9), 3), MakeDate(2026, 3, 9));
  EXPECT_EQ(AddYears(MakeDate(2024, 2, 29), 3), MakeDate(2027, 2, 28));
  EXPECT_EQ(AddYears(MakeDate(2024, 2, 29), 4), MakeDate(2028, 2, 29));
  EXPECT_EQ(AddYears(MakeDate(2023, 12, 31), 1), MakeDate(2024, 12, 31));
}

// An act recorded afterwards: an earlier date is no way around a recusal, nor is a later day.
TEST(Eligibility, ARecusalCountsOnTheDayOfTheActAndOnTheDayItIsRecorded) {
  InspectorFacts inspector = Fit();
  inspector.recusals = {
      {.school = kSchool.id, .ground = RecusalGround::kKinOfHead, .valid = {kDate, kDate + kDay}}};
  const auto recused = [&](Date acted, Date recorded) {
    return !CheckRecusedFromAct(inspector, kSchool, acted, recorded, kPolicy).empty();
  };
  EXPECT_TRUE(recused(kDate, kDate));
  EXPECT_TRUE(recused(kDate - kDay, kDate));
  EXPECT_TRUE(recused(kDate + kDay, kDate + 2 * kDay));
  EXPECT_FALSE(recused(kDate - 2 * kDay, kDate - kDay));
  EXPECT_FALSE(recused(kDate + 2 * kDay, kDate + 3 * kDay));
  EXPECT_FALSE(recused(kDate - kDay, kDate + 2 * kDay)) << "neither day";
}

TEST(Eligibility, AnErrorTellsEveryReasonInBothLanguages) {
  EXPECT_EQ(TextOf({}), "");
  EXPECT_EQ(TextOf({{Code::kOnLeave, "甲", "a"}, {Code::kOwnSchool, "乙", "b"}}), "甲 (a); 乙 (b)");
}

}  // namespace
}  // namespace inspectorate::roster
