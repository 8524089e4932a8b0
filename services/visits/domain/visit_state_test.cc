#include "services/visits/domain/visit_state.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <utility>

#include "common/base/hash.h"
#include "common/base/refusal.h"

namespace inspectorate::visits {
namespace {

using S = VisitState;
using E = VisitEvent;
using ::testing::HasSubstr;

std::string ReasonOf(const absl::Status& status) {
  const auto refusal = RefusalOf(status);
  return refusal.has_value() ? refusal->reason : "";
}

TransitionFacts Favourable(bool notice_asked) {
  return {.notice_asked = notice_asked,
          .grounds_given = true,
          .actor_on_panel = false,
          .planned_day_reached = true};
}

// The machine of design section 9, written down a second time; every pair that is not here is denied.
const std::map<std::pair<S, E>, S> kUnannounced = {
    {{S::kPlanned, E::kCheckIn}, S::kInProgress},
    {{S::kPlanned, E::kCancel}, S::kCancelled},
    {{S::kPlanned, E::kMiss}, S::kMissed},
    {{S::kPlanned, E::kObstruct}, S::kPlanned},
    {{S::kNotified, E::kCheckIn}, S::kInProgress},
    {{S::kNotified, E::kCancel}, S::kCancelled},
    {{S::kNotified, E::kMiss}, S::kMissed},
    {{S::kNotified, E::kObstruct}, S::kNotified},
    {{S::kInProgress, E::kRecord}, S::kInProgress},
    {{S::kInProgress, E::kSubmit}, S::kSubmitted},
    {{S::kInProgress, E::kFeedBack}, S::kInProgress},
    {{S::kInProgress, E::kObstruct}, S::kInProgress},
    {{S::kSubmitted, E::kReturn}, S::kReturned},
    {{S::kSubmitted, E::kApprove}, S::kApproved},
    {{S::kSubmitted, E::kFeedBack}, S::kSubmitted},
    {{S::kSubmitted, E::kObstruct}, S::kSubmitted},
    {{S::kReturned, E::kRecord}, S::kReturned},
    {{S::kReturned, E::kSubmit}, S::kSubmitted},
    {{S::kReturned, E::kFeedBack}, S::kReturned},
    {{S::kReturned, E::kObstruct}, S::kReturned},
    {{S::kApproved, E::kFeedBack}, S::kApproved},
    {{S::kPlanned, E::kHandOver}, S::kPlanned},
    {{S::kNotified, E::kHandOver}, S::kNotified},
};

TEST(VisitState, EveryPairOfStateAndEventIsAStepOrARefusal) {
  auto announced = kUnannounced;
  announced.erase({S::kPlanned, E::kCheckIn});
  announced[{S::kPlanned, E::kNotify}] = S::kNotified;
  for (const bool notice_asked : {false, true}) {
    const auto& expected = notice_asked ? announced : kUnannounced;
    for (const VisitState state : kAllVisitStates) {
      for (const VisitEvent event : kAllVisitEvents) {
        SCOPED_TRACE(std::string(NameOf(state)) + " / " + std::string(NameOf(event)));
        const auto next = Next(state, event, Favourable(notice_asked));
        const auto step = expected.find({state, event});
        if (step != expected.end()) {
          ASSERT_TRUE(next.ok()) << next.status();
          EXPECT_EQ(*next, step->second);
        } else {
          EXPECT_EQ(ReasonOf(next.status()), "STATE_TRANSITION_DENIED");
        }
      }
    }
  }
}

TEST(VisitState, SendingBackCancellingMissingAndObstructionNeedGrounds) {
  TransitionFacts facts = Favourable(false);
  facts.grounds_given = false;
  for (const auto& [step, to] : kUnannounced) {
    const E event = step.second;
    const bool needs = event == E::kReturn || event == E::kCancel || event == E::kMiss ||
                       event == E::kHandOver || event == E::kObstruct;
    EXPECT_EQ(ReasonOf(Next(step.first, event, facts).status()), needs ? "GROUNDS_REQUIRED" : "")
        << NameOf(event);
  }
}

TEST(VisitState, NobodyReviewsTheRecordOfTheirOwnPanel) {
  TransitionFacts facts = Favourable(false);
  facts.actor_on_panel = true;
  for (const auto& [step, to] : kUnannounced) {
    const bool review = step.second == E::kReturn || step.second == E::kApprove;
    EXPECT_EQ(ReasonOf(Next(step.first, step.second, facts).status()),
              review ? "SECOND_PERSON_REQUIRED" : "");
  }
}

TEST(VisitState, AVisitIsNotMissedBeforeItsDay) {
  TransitionFacts facts = Favourable(false);
  facts.planned_day_reached = false;
  EXPECT_EQ(ReasonOf(Next(S::kPlanned, E::kMiss, facts).status()), "STATE_TRANSITION_DENIED");
  EXPECT_TRUE(Next(S::kPlanned, E::kCancel, facts).ok());
}

// The first Monday of March 2026 and the days around it, by the plain week.
constexpr std::chrono::days kOne{1};
const Date kMonday = MakeDate(2026, 3, 2);

bool Early(int most, Date given, Date visit, DeadlineUnit unit = DeadlineUnit::kWorkingDay) {
  DeadlineRule rule;
  rule.id = "visit.notice_ahead_days";
  rule.amount = most;
  rule.unit = unit;
  rule.start = StartRule::kDayOfEvent;  // how a term begins and rolls is no matter of this rule
  rule.roll = RollRule::kNextWorkingDay;
  const auto early = HeardEarly(rule, given, visit, WeekendOnlyCalendar());
  EXPECT_TRUE(early.ok()) << early.status();
  return early.value_or(false);
}

TEST(Notice, IsEarlyWhenMoreDaysLieAheadThanTheRuleAllows) {
  for (int most = 0; most <= 12; ++most) {
    for (int ahead = -3; ahead <= 30; ++ahead) {
      const Date visit = kMonday + ahead * kOne;
      const int worked = CountWorkingDays(kMonday + kOne, visit, WeekendOnlyCalendar()).working_days;
      EXPECT_EQ(Early(most, kMonday, visit), worked > most) << most << " " << FormatDate(visit);
      EXPECT_EQ(Early(most, kMonday, visit, DeadlineUnit::kCalendarDay), ahead > most)
          << most << " " << FormatDate(visit);
    }
  }
}

TEST(Notice, RestDaysBeforeAVisitMakeNoNoticeEarly) {
  const Date friday = kMonday - 3 * kOne;
  EXPECT_FALSE(Early(2, friday, kMonday + kOne)) << "Monday and Tuesday";
  EXPECT_TRUE(Early(2, friday, kMonday + 2 * kOne));
  EXPECT_TRUE(Early(2, friday, kMonday, DeadlineUnit::kCalendarDay));
  EXPECT_FALSE(Early(0, friday, kMonday - kOne)) << "a visit of the Sunday";
}

TEST(Notice, AYearWithoutItsPaperIsCountedByThePlainWeek) {
  DeadlineRule rule;
  rule.amount = 2;
  rule.unit = DeadlineUnit::kWorkingDay;
  const Date given = MakeDate(2098, 1, 8);  // a Wednesday
  const auto second = HeardEarly(rule, given, given + 2 * kOne, StateCouncilCalendar());
  ASSERT_TRUE(second.ok()) << second.status();
  EXPECT_FALSE(*second);
  EXPECT_TRUE(*HeardEarly(rule, given, given + 5 * kOne, StateCouncilCalendar()));
}

TEST(VisitState, CountsAsHeldFromSubmission) {
  for (const VisitState state : kAllVisitStates) {
    EXPECT_EQ(CountsAsHeld(state), state == S::kSubmitted || state == S::kReturned || state == S::kApproved)
        << NameOf(state);
  }
}

TEST(CheckOccurTime, CountsChineseDates) {
  const Time now = ChinaMidnight(MakeDate(2026, 3, 12)) + std::chrono::hours(1);
  const auto late = [&](Time occur) { return CheckOccurTime(occur, now, 3); };
  EXPECT_EQ(ReasonOf(late(now + std::chrono::microseconds(1)).status()), "OCCUR_TIME_IN_FUTURE");
  EXPECT_FALSE(*late(now));
  EXPECT_FALSE(*late(ChinaMidnight(MakeDate(2026, 3, 12))));
  EXPECT_TRUE(*late(ChinaMidnight(MakeDate(2026, 3, 12)) - std::chrono::microseconds(1)));
  EXPECT_TRUE(*late(ChinaMidnight(MakeDate(2026, 3, 9))));
  const auto refused = late(ChinaMidnight(MakeDate(2026, 3, 9)) - std::chrono::microseconds(1));
  EXPECT_EQ(ReasonOf(refused.status()), "LATE_ENTRY");
  EXPECT_EQ(RefusalOf(refused.status())->variables.at("limit"), "3");
}

CheckInFacts Panel(int size) {
  CheckInFacts facts{.panel = {}, .panel_min = 1, .school = "实验小学", .day = MakeDate(2026, 3, 9)};
  for (int i = 0; i < size; ++i) facts.panel.push_back({"督学" + std::to_string(i), true, {}});
  return facts;
}

TEST(CheckIn, NeedsAnAssignedPanelOfSufficientSize) {
  EXPECT_TRUE(CheckCheckIn(Panel(1)).ok());
  EXPECT_EQ(ReasonOf(CheckCheckIn(Panel(0))), "PANEL_TOO_SMALL");
  CheckInFacts facts = Panel(2);
  facts.panel_min = 3;
  EXPECT_EQ(ReasonOf(CheckCheckIn(facts)), "PANEL_TOO_SMALL");
  facts.panel.push_back(facts.panel[0]);
  EXPECT_EQ(ReasonOf(CheckCheckIn(facts)), "PANEL_TOO_SMALL") << "one person counted twice";
  facts = Panel(3);
  facts.panel_min = 3;
  EXPECT_TRUE(CheckCheckIn(facts).ok());
  facts.panel[2].assigned = false;
  EXPECT_EQ(ReasonOf(CheckCheckIn(facts)), "NOT_ASSIGNED");
}

TEST(CheckIn, RefusesWhateverSpeaksAgainstAMember) {
  using Code = roster::EligibilityCode;
  const std::map<Code, std::string> reasons = {
      {Code::kNotOnDuty, "INSPECTOR_INELIGIBLE"},     {Code::kSuspended, "INSPECTOR_INELIGIBLE"},
      {Code::kNoAppointment, "APPOINTMENT_MISSING"},  {Code::kTermLimit, "INSPECTOR_INELIGIBLE"},
      {Code::kNoCertificate, "CERTIFICATE_INVALID"},  {Code::kOnLeave, "INSPECTOR_INELIGIBLE"},
      {Code::kOutsideStages, "INSPECTOR_INELIGIBLE"}, {Code::kKinOfHead, "RECUSAL_CONFLICT"},
      {Code::kKinOnStaff, "RECUSAL_CONFLICT"},        {Code::kOwnSchool, "RECUSAL_CONFLICT"},
      {Code::kFormerEmployer, "RECUSAL_CONFLICT"},    {Code::kOtherInterest, "RECUSAL_CONFLICT"}};
  for (const auto& [code, reason] : reasons) {
    CheckInFacts facts = Panel(2);
    facts.panel[1].against = {{code, "理由", "why"}};
    EXPECT_EQ(ReasonOf(CheckCheckIn(facts)), reason) << roster::CodeName(code);
  }
}

TEST(CheckRecord, NeedsAMethodAndAMatterJudgedOrFound) {
  EXPECT_TRUE(CheckRecord({.methods = 1, .judged_matters = 1}).ok());
  EXPECT_TRUE(CheckRecord({.methods = 1, .findings = 1}).ok());
  EXPECT_TRUE(CheckRecord({.methods = 1, .answers = 1}).ok()) << "a look-back answers for its issues";
  EXPECT_EQ(ReasonOf(CheckRecord({.methods = 0, .judged_matters = 1})), "RECORD_INCOMPLETE");
  EXPECT_EQ(ReasonOf(CheckRecord({.methods = 1})), "RECORD_INCOMPLETE");
  EXPECT_EQ(ReasonOf(CheckRecord({.methods = 1, .findings = 1, .min_methods = 2})), "RECORD_INCOMPLETE");
  EXPECT_EQ(ReasonOf(CheckRecord({.methods = 1, .findings = 1, .min_judged_matters = 2})),
            "RECORD_INCOMPLETE");
}

FindingFact Finding(int ordinal) {
  return {.ordinal = ordinal,
          .kind = 1,
          .problem = true,
          .matter = "B06",
          .aspect = "A03",
          .severity = 2,
          .fact = "消防通道堆放杂物",
          .basis = "第六条",
          .advice = "立即清理",
          .urgent = false};
}

TEST(Seal, CountsFindingsAndProblems) {
  FindingFact good = Finding(2);
  good.kind = 2;
  good.problem = false;
  const auto seal = SealFindings({Finding(1), good});
  ASSERT_TRUE(seal.ok());
  EXPECT_EQ(seal->finding_count, 2);
  EXPECT_EQ(seal->problem_count, 1);
  EXPECT_EQ(SealFindings({})->finding_count, 0);
}

TEST(Seal, IsTakenOverTheDocumentedBytes) {
  FindingFact finding{.ordinal = 1,
                      .kind = 1,
                      .problem = true,
                      .matter = "B06",
                      .aspect = "",
                      .severity = 2,
                      .fact = "杂物",
                      .basis = "",
                      .advice = "清理",
                      .urgent = true};
  const std::string bytes = "27:inspectorate.visits.seal.v1,1:1,1:1,1:1,3:B06,0:,1:2,6:杂物,0:,6:清理,1:1,";
  EXPECT_EQ(CanonicalFindings({finding}), bytes);
  EXPECT_EQ(SealFindings({finding})->findings_hash, Hex(Sha256(bytes)));
}

TEST(Seal, DependsOnEveryFieldAndNotOnTheOrder) {
  const std::string hash = SealFindings({Finding(1), Finding(2)})->findings_hash;
  EXPECT_EQ(SealFindings({Finding(2), Finding(1)})->findings_hash, hash);
  std::vector<FindingFact> changes(9, Finding(2));
  changes[0].ordinal = 3;
  changes[1].kind = 2;
  changes[2].matter = "B07";
  changes[3].aspect = "";
  changes[4].severity = 3;
  changes[5].fact += "。";
  changes[6].basis.clear();
  changes[7].advice = "清理";
  changes[8].urgent = true;
  for (const FindingFact& change : changes) {
    EXPECT_NE(SealFindings({Finding(1), change})->findings_hash, hash);
  }
}

TEST(Seal, RefusesAnOrdinalUsedTwice) {
  EXPECT_EQ(SealFindings({Finding(1), Finding(1)}).status().code(), absl::StatusCode::kInternal);
}

TEST(Resubmission, MayAddButNeitherChangeNorDrop) {
  const std::vector<FindingFact> sealed = {Finding(1), Finding(2)};
  EXPECT_TRUE(CheckResubmission(sealed, sealed).ok());
  EXPECT_TRUE(CheckResubmission(sealed, {Finding(3), Finding(2), Finding(1)}).ok());
  const absl::Status dropped = CheckResubmission(sealed, {Finding(1), Finding(3)});
  EXPECT_EQ(ReasonOf(dropped), "FINDING_SEALED");
  EXPECT_EQ(RefusalOf(dropped)->variables.at("finding"), "2");
  FindingFact changed = Finding(1);
  changed.fact = "已清理";
  EXPECT_EQ(ReasonOf(CheckResubmission(sealed, {changed, Finding(2)})), "FINDING_SEALED");
}

TEST(Finding, IsOpenWhileTheRecordIsWrittenAndItIsNotSealed) {
  for (const VisitState state : kAllVisitStates) {
    const bool writing = state == S::kInProgress || state == S::kReturned;
    EXPECT_EQ(CheckFindingOpen(state, false, 1).ok(), writing) << NameOf(state);
    EXPECT_EQ(ReasonOf(CheckFindingOpen(state, true, 1)), "FINDING_SEALED");
  }
}

}  // namespace
}  // namespace inspectorate::visits
