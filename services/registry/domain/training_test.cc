#include "services/registry/domain/training.h"

#include <gtest/gtest.h>

#include <map>
#include <random>
#include <set>

#include "common/base/refusal.h"
#include "inspectorate/registry/v1/training.pb.h"

namespace inspectorate::registry {
namespace {

const Date kDay = MakeDate(2026, 3, 9);
const Uuid kArea = {{1}}, kOtherArea = {{2}};

std::string ReasonOf(const absl::Status& status) {
  const auto refusal = RefusalOf(status);
  return refusal ? refusal->reason : status.ok() ? "" : std::string(status.message());
}

TEST(Training, IsThatOfTheContract) {
  const auto numbers = [](const google::protobuf::EnumDescriptor* type) { return type->value_count() - 1; };
  EXPECT_EQ(std::size(kAllTrainingKinds), static_cast<size_t>(numbers(v1::TrainingKind_descriptor())));
  EXPECT_EQ(std::size(kAllStudyModes), static_cast<size_t>(numbers(v1::StudyMode_descriptor())));
  EXPECT_EQ(std::size(kAllSessionStates), static_cast<size_t>(numbers(v1::TrainingState_descriptor())));
  EXPECT_EQ(static_cast<int>(TrainingKind::kInduction), v1::TRAINING_INDUCTION);
  EXPECT_EQ(static_cast<int>(TrainingKind::kCentralised), v1::TRAINING_CENTRALISED);
  EXPECT_EQ(static_cast<int>(TrainingKind::kWeeklyStudy), v1::TRAINING_WEEKLY_STUDY);
  EXPECT_EQ(static_cast<int>(TrainingKind::kOnline), v1::TRAINING_ONLINE);
  EXPECT_EQ(static_cast<int>(TrainingKind::kSelfStudy), v1::TRAINING_SELF_STUDY);
  EXPECT_EQ(static_cast<int>(StudyMode::kCentralised), v1::MODE_CENTRALISED);
  EXPECT_EQ(static_cast<int>(StudyMode::kOnline), v1::MODE_ONLINE);
  EXPECT_EQ(static_cast<int>(StudyMode::kSelf), v1::MODE_SELF);
  EXPECT_EQ(static_cast<int>(SessionState::kPlanned), v1::TRAINING_PLANNED);
  EXPECT_EQ(static_cast<int>(SessionState::kHeld), v1::TRAINING_HELD);
  EXPECT_EQ(static_cast<int>(SessionState::kCancelled), v1::TRAINING_CANCELLED);
  EXPECT_EQ(static_cast<int>(Presence::kAttended), v1::ATTENDED);
  EXPECT_EQ(static_cast<int>(Presence::kAbsent), v1::ABSENT);
  EXPECT_EQ(static_cast<int>(Presence::kExcused), v1::EXCUSED);
  EXPECT_EQ(static_cast<int>(ClaimState::kClaimed), v1::STUDY_CLAIMED);
  EXPECT_EQ(static_cast<int>(ClaimState::kCredited), v1::STUDY_CREDITED);
  EXPECT_EQ(static_cast<int>(ClaimState::kDeclined), v1::STUDY_DECLINED);
}

TEST(Training, HoursAreHalves) {
  EXPECT_EQ(HalvesOf(0), 0);
  EXPECT_EQ(HalvesOf(1.5), 3);
  EXPECT_EQ(HalvesOf(40), 80);
  EXPECT_EQ(HalvesOf(1.25), std::nullopt);
  EXPECT_EQ(HalvesOf(1e300), std::nullopt);
  EXPECT_EQ(HalvesOf(std::numeric_limits<double>::quiet_NaN()), std::nullopt);
  EXPECT_EQ(HalvesOf(std::numeric_limits<double>::denorm_min()), std::nullopt);
  EXPECT_EQ(HoursOf(3), 1.5);
}

TEST(Training, TheModeGoesWithTheKind) {
  const std::map<TrainingKind, std::set<StudyMode>> fits = {
      {TrainingKind::kInduction, {StudyMode::kCentralised, StudyMode::kOnline, StudyMode::kSelf}},
      {TrainingKind::kCentralised, {StudyMode::kCentralised}},
      {TrainingKind::kWeeklyStudy, {StudyMode::kCentralised, StudyMode::kOnline, StudyMode::kSelf}},
      {TrainingKind::kOnline, {StudyMode::kOnline}},
      {TrainingKind::kSelfStudy, {StudyMode::kSelf}}};
  for (const TrainingKind kind : kAllTrainingKinds) {
    for (const StudyMode mode : kAllStudyModes) EXPECT_EQ(ModeFits(kind, mode), fits.at(kind).contains(mode));
  }
}

TEST(Training, EveryStepOfASession) {
  // (state, event, anybody recorded) → state after; what is missing is refused.
  const std::map<std::tuple<SessionState, SessionEvent, bool>, SessionState> steps = {
      {{SessionState::kPlanned, SessionEvent::kHold, false}, SessionState::kHeld},
      {{SessionState::kPlanned, SessionEvent::kHold, true}, SessionState::kHeld},
      {{SessionState::kPlanned, SessionEvent::kCancel, false}, SessionState::kCancelled},
      {{SessionState::kPlanned, SessionEvent::kCancel, true}, SessionState::kCancelled},
      {{SessionState::kHeld, SessionEvent::kCancel, false}, SessionState::kCancelled}};
  for (const SessionState state : kAllSessionStates) {
    for (const SessionEvent event : {SessionEvent::kHold, SessionEvent::kCancel}) {
      for (const bool recorded : {false, true}) {
        const auto next = NextSession(state, event, {kDay, kDay, recorded});
        const auto wanted = steps.find({state, event, recorded});
        if (wanted == steps.end()) {
          EXPECT_EQ(ReasonOf(next.status()), "STATE_TRANSITION_DENIED");
        } else {
          EXPECT_EQ(next.value(), wanted->second);
        }
      }
    }
  }
}

TEST(Training, NothingIsHeldBeforeItsDay) {
  const std::chrono::days one{1};
  EXPECT_EQ(ReasonOf(NextSession(SessionState::kPlanned, SessionEvent::kHold, {kDay + one, kDay}).status()),
            "OCCUR_TIME_IN_FUTURE");
  EXPECT_TRUE(NextSession(SessionState::kPlanned, SessionEvent::kHold, {kDay - one, kDay}).ok());
  EXPECT_TRUE(NextSession(SessionState::kPlanned, SessionEvent::kCancel, {kDay + one, kDay}).ok());
}

TEST(Training, WhatWasHeldIsNotRewritten) {
  for (const bool remarks : {false, true}) {
    EXPECT_TRUE(CheckSessionEdit(SessionState::kPlanned, remarks).ok());
    EXPECT_EQ(CheckSessionEdit(SessionState::kHeld, remarks).ok(), remarks);
    EXPECT_EQ(ReasonOf(CheckSessionEdit(SessionState::kCancelled, remarks)), "STATE_TRANSITION_DENIED");
  }
}

TraineeFacts Serving(Date from, std::optional<Date> to) {
  return {.terms = {{.valid = {from, to}}}, .suspensions = {}, .leaves = {}, .memberships = {}};
}

TEST(Training, WhoeverIsOnDutyIsExpected) {
  const TraineeFacts facts = Serving(kDay, kDay + std::chrono::days(2));
  for (int day = -1; day <= 3; ++day) {
    EXPECT_EQ(IsExpected(facts, TrainingKind::kWeeklyStudy, {}, kDay + std::chrono::days(day)),
              day >= 0 && day <= 2)
        << day;
  }
  TraineeFacts suspended = facts;
  suspended.suspensions = {{kDay + std::chrono::days(1), {}}};
  EXPECT_TRUE(IsExpected(suspended, TrainingKind::kCentralised, {}, kDay));
  EXPECT_FALSE(IsExpected(suspended, TrainingKind::kCentralised, {}, kDay + std::chrono::days(1)));
  // On leave is expected, and excused.
  TraineeFacts away = facts;
  away.leaves = {{kDay, kDay}};
  EXPECT_TRUE(IsExpected(away, TrainingKind::kWeeklyStudy, {}, kDay));
  EXPECT_EQ(Proposal(away, kDay), Presence::kExcused);
  EXPECT_EQ(Proposal(away, kDay + std::chrono::days(1)), Presence::kAttended);
}

TEST(Training, WhoeverAwaitsDutyIsExpectedAtAnInductionAlone) {
  TraineeFacts facts = Serving(kDay, {});
  facts.terms[0].awaits_induction = true;
  for (const TrainingKind kind : kAllTrainingKinds)
    EXPECT_EQ(IsExpected(facts, kind, {}, kDay), kind == TrainingKind::kInduction);
  // Between the public notice and the term, too; but not at what took place before anybody knew of them.
  const Date before = kDay - std::chrono::days(30);
  EXPECT_FALSE(IsExpected(facts, TrainingKind::kInduction, {}, before));
  facts.publicised_from = before;
  EXPECT_TRUE(IsExpected(facts, TrainingKind::kInduction, {}, before));
  EXPECT_FALSE(IsExpected(facts, TrainingKind::kInduction, {}, before - std::chrono::days(1)));
  // Duty was taken up later: the answer for the days before stays.
  facts.terms[0] = {.valid = {kDay, {}}, .awaits_induction = false, .duty_from = kDay + std::chrono::days(5)};
  EXPECT_TRUE(IsExpected(facts, TrainingKind::kInduction, {}, kDay));
  EXPECT_FALSE(IsExpected(facts, TrainingKind::kWeeklyStudy, {}, kDay));
  EXPECT_FALSE(IsExpected(facts, TrainingKind::kInduction, {}, kDay + std::chrono::days(5)));
  EXPECT_TRUE(IsExpected(facts, TrainingKind::kWeeklyStudy, {}, kDay + std::chrono::days(5)));
}

TEST(Training, ASessionOfAnAreaExpectsItsMembers) {
  TraineeFacts facts = Serving(kDay, {});
  facts.memberships = {{kArea, {kDay, kDay + std::chrono::days(1)}}};
  EXPECT_TRUE(IsExpected(facts, TrainingKind::kWeeklyStudy, kArea, kDay));
  EXPECT_FALSE(IsExpected(facts, TrainingKind::kWeeklyStudy, kOtherArea, kDay));
  EXPECT_FALSE(IsExpected(facts, TrainingKind::kWeeklyStudy, kArea, kDay + std::chrono::days(2)));
  EXPECT_TRUE(IsExpected(facts, TrainingKind::kWeeklyStudy, {}, kDay + std::chrono::days(2)));
}

TEST(Training, CreditsFollowACorrection) {
  EXPECT_TRUE(CheckSessionCorrection(SessionState::kHeld).ok());
  EXPECT_FALSE(CheckSessionCorrection(SessionState::kPlanned).ok());
  EXPECT_FALSE(CheckSessionCorrection(SessionState::kCancelled).ok());
  EXPECT_EQ(CreditAfter(16, 16, 8), 8);  // all of it
  EXPECT_EQ(CreditAfter(16, 16, 20), 20);
  EXPECT_EQ(CreditAfter(6, 16, 8), 6);  // some of it
  EXPECT_EQ(CreditAfter(12, 16, 8), 8);
  EXPECT_EQ(CreditAfter(12, 16, 20), 12);
  EXPECT_EQ(CreditAfter(0, 16, 8), 0);  // taken back
}

TEST(Training, TheFirstDayOfDutyInAYear) {
  const Period year = {MakeDate(2026, 1, 1), MakeDate(2026, 12, 31)};
  EXPECT_EQ(FirstDutyDay(Serving(MakeDate(2025, 9, 1), {}), year), year.from);
  EXPECT_EQ(FirstDutyDay(Serving(kDay, {}), year), kDay);
  EXPECT_EQ(FirstDutyDay(Serving(MakeDate(2020, 1, 1), MakeDate(2025, 12, 31)), year), std::nullopt);
  EXPECT_EQ(FirstDutyDay(Serving(MakeDate(2027, 1, 1), {}), year), std::nullopt);
  // Whoever is suspended is not on duty: two suspensions, told in any order, one after the other.
  TraineeFacts suspended = Serving(MakeDate(2025, 9, 1), {});
  suspended.suspensions = {{MakeDate(2026, 2, 1), MakeDate(2026, 3, 31)},
                           {MakeDate(2025, 12, 1), MakeDate(2026, 1, 31)}};
  EXPECT_EQ(FirstDutyDay(suspended, year), MakeDate(2026, 4, 1));
  suspended.suspensions.push_back({MakeDate(2026, 4, 1), std::nullopt});
  EXPECT_EQ(FirstDutyDay(suspended, year), std::nullopt);
  suspended = Serving(MakeDate(2025, 9, 1), MakeDate(2026, 3, 31));
  suspended.suspensions = {{MakeDate(2026, 1, 1), MakeDate(2026, 3, 31)}};
  EXPECT_EQ(FirstDutyDay(suspended, year), std::nullopt);
}

// Every combination of what a mark may depend on, against the rule as a person would say it.
TEST(Training, EveryMark) {
  for (int bits = 0; bits < 3 * 3 * 32; ++bits) {
    int rest = bits;
    const auto take = [&rest](int of) {
      const int value = rest % of;
      rest /= of;
      return value;
    };
    MarkFacts facts{.date = kDay, .today = kDay, .correction_days = 31, .inspector = "甲"};
    facts.state = kAllSessionStates[take(3)];
    facts.wanted = static_cast<Presence>(1 + take(3));
    facts.reason_given = take(2) != 0;
    facts.expected = take(2) != 0;
    facts.credited = take(2) * 3;
    facts.correction = take(2) != 0;
    facts.today = kDay + std::chrono::days(take(2) != 0 ? 32 : 31);
    std::string wanted;
    if (facts.state != SessionState::kHeld) {
      wanted = "STATE_TRANSITION_DENIED";
    } else if (facts.correction && facts.today > kDay + std::chrono::days(31)) {
      wanted = "LATE_ENTRY";
    } else if (facts.wanted == Presence::kExcused && !facts.reason_given) {
      wanted = "GROUNDS_REQUIRED";
    } else if (facts.wanted != Presence::kAttended && !facts.expected) {
      wanted = "NOT_EXPECTED";
    } else if (facts.wanted != Presence::kAttended && facts.credited > 0) {
      wanted = "CREDIT_STANDS";
    }
    EXPECT_EQ(ReasonOf(CheckMark(facts)), wanted) << bits;
  }
}

TEST(Training, EveryCredit) {
  for (const SessionState state : kAllSessionStates) {
    for (int presence = 0; presence <= 3; ++presence) {
      for (const HalfHours wanted : {-1, 0, 1, 4, 5}) {
        for (int bits = 0; bits < 16; ++bits) {
          const bool before = (bits & 1) != 0, reason = (bits & 2) != 0, asked = (bits & 4) != 0,
                     written = (bits & 8) != 0;
          CreditFacts facts{.state = state,
                            .presence = static_cast<Presence>(presence),
                            .most = 4,
                            .wanted = wanted,
                            .reason_given = reason,
                            .notes_required = asked,
                            .notes_written = written,
                            .inspector = "甲"};
          if (before) facts.credited_before = 2;
          std::string why;
          if (state != SessionState::kHeld) {
            why = "STATE_TRANSITION_DENIED";
          } else if (presence != 1) {
            why = "NOT_ATTENDED";
          } else if (wanted < 0 || wanted > 4) {
            why = "HOURS_EXCEEDED";
          } else if (before && !reason) {
            why = "CREDIT_STANDS";
          } else if (asked && !written && wanted > (before ? 2 : 0)) {
            why = "GROUNDS_REQUIRED";
          }
          EXPECT_EQ(ReasonOf(CheckCredit(facts)), why);
        }
      }
    }
  }
}

TEST(Training, EveryCreditOfAStudyRecord) {
  for (const ClaimState state : {ClaimState::kClaimed, ClaimState::kCredited, ClaimState::kDeclined}) {
    for (const bool reason : {false, true}) {
      EXPECT_EQ(ReasonOf(CheckClaimCredit({state, 4, 0}, 5, reason)), "HOURS_EXCEEDED");
      EXPECT_EQ(ReasonOf(CheckClaimCredit({state, 4, 0}, -1, reason)), "HOURS_EXCEEDED");
      const bool allowed = state == ClaimState::kClaimed || reason;
      EXPECT_EQ(ReasonOf(CheckClaimCredit({state, 4, 2}, 4, reason)), allowed ? "" : "CREDIT_STANDS");
    }
    EXPECT_EQ(CheckClaimOpen(state, "修改").ok(), state == ClaimState::kClaimed);
  }
}

TEST(Training, InductionIsRequiredWhereTheRuleSaysSo) {
  for (const char* rule : {"none", "warn", "require"}) {
    EXPECT_TRUE(CheckInduction(rule, true, "甲").ok());
    EXPECT_EQ(CheckInduction(rule, false, "甲").ok(), std::string(rule) != "require");
  }
}

TEST(Training, AYearBeginsWhereTheRuleSaysSo) {
  EXPECT_EQ(TrainingYear(2026, "01-01"), (Period{MakeDate(2026, 1, 1), MakeDate(2026, 12, 31)}));
  EXPECT_EQ(TrainingYear(2027, "09-01"), (Period{MakeDate(2027, 9, 1), MakeDate(2028, 8, 31)}));
  EXPECT_EQ(TrainingYear(2027, "03-01"), (Period{MakeDate(2027, 3, 1), MakeDate(2028, 2, 29)}));
  for (const char* wrong : {"02-29", "13-01", "1-1", "", "2026-01-01", "01-32"})
    EXPECT_EQ(TrainingYear(2026, wrong), std::nullopt) << wrong;
  // Each day belongs to exactly one year.
  for (const char* begins : {"01-01", "09-01", "12-31"}) {
    for (Date day = MakeDate(2023, 6, 1); day < MakeDate(2026, 6, 1); day += std::chrono::days(1)) {
      int years = 0;
      for (int year = 2021; year <= 2027; ++year) years += TrainingYear(year, begins)->Contains(day) ? 1 : 0;
      EXPECT_EQ(years, 1);
    }
  }
}

TEST(Training, KindsThatCountAreWords) {
  EXPECT_EQ(ParseKinds("induction+centralised"),
            (std::vector<TrainingKind>{TrainingKind::kInduction, TrainingKind::kCentralised}));
  EXPECT_EQ(ParseKinds("weekly_study"), (std::vector<TrainingKind>{TrainingKind::kWeeklyStudy}));
  for (const char* wrong : {"", "+", "induction+", "induction|centralised", "online", "Induction"})
    EXPECT_EQ(ParseKinds(wrong), std::nullopt) << wrong;
}

TEST(Training, OnlyCentralisedHoursOfTheKindsNamedCount) {
  const std::vector<TrainingKind> kinds = {TrainingKind::kInduction, TrainingKind::kCentralised};
  for (const TrainingKind kind : kAllTrainingKinds) {
    for (const StudyMode mode : kAllStudyModes) {
      for (const bool own : {false, true}) {
        const bool counts = !own && mode == StudyMode::kCentralised &&
                            (kind == TrainingKind::kInduction || kind == TrainingKind::kCentralised);
        EXPECT_EQ(Counted({.kind = kind, .mode = mode, .credited = 5, .own_record = own}, kinds),
                  counts ? 5 : 0);
      }
    }
  }
}

TEST(Training, WhoWasNotExpectedIsNeitherThereNorMissing) {
  std::vector<FileEntry> entries;
  for (int presence = 0; presence <= 3; ++presence) {
    for (const bool expected : {false, true}) {
      entries.push_back({.kind = TrainingKind::kWeeklyStudy,
                         .presence = static_cast<Presence>(presence),
                         .expected = expected});
    }
  }
  const Totals totals = Add(entries, {TrainingKind::kWeeklyStudy}, 80);
  EXPECT_EQ(totals.weekly_attended, 1);
  EXPECT_EQ(totals.weekly_absent, 1);
  EXPECT_EQ(totals.weekly_excused, 1);
  EXPECT_EQ(totals.weekly_unrecorded, 1);
  EXPECT_EQ(totals.shortfall, 80);
}

// What any records add up to: each mode is the sum of its entries, and the order does not matter.
TEST(Training, TotalsAreTheSumOfAnyRecords) {
  std::mt19937 random(7);
  const std::vector<TrainingKind> kinds = {TrainingKind::kCentralised};
  for (int round = 0; round < 300; ++round) {
    std::vector<FileEntry> entries(random() % 40);
    std::map<StudyMode, int> by_mode;
    int counted = 0;
    for (FileEntry& entry : entries) {
      entry.kind = kAllTrainingKinds[random() % 5];
      entry.mode = kAllStudyModes[random() % 3];
      entry.presence = static_cast<Presence>(random() % 4);
      entry.credited = static_cast<int>(random() % 9);
      entry.own_record = random() % 4 == 0;
      by_mode[entry.mode] += entry.credited;
      if (!entry.own_record && entry.mode == StudyMode::kCentralised && entry.kind == kinds[0])
        counted += entry.credited;
    }
    const Totals totals = Add(entries, kinds, 80);
    EXPECT_EQ(totals.centralised, by_mode[StudyMode::kCentralised]);
    EXPECT_EQ(totals.online, by_mode[StudyMode::kOnline]);
    EXPECT_EQ(totals.self_study, by_mode[StudyMode::kSelf]);
    EXPECT_EQ(totals.counted, counted);
    EXPECT_EQ(totals.shortfall, counted >= 80 ? 0 : 80 - counted);
    std::shuffle(entries.begin(), entries.end(), random);
    EXPECT_EQ(Add(entries, kinds, 80), totals);
  }
}

}  // namespace
}  // namespace inspectorate::registry
