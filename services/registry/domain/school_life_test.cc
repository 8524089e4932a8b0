#include "services/registry/domain/school_life.h"

#include <gtest/gtest.h>

#include <map>
#include <set>
#include <utility>

#include "common/base/refusal.h"
#include "inspectorate/registry/v1/school.pb.h"
#include "inspectorate/registry/v1/school_change.pb.h"

namespace inspectorate::registry {
namespace {

using enum SchoolStanding;

constexpr SchoolStanding kStandings[] = {kUnspecified, kPreparing, kOperating, kSuspended, kMerged, kClosed};
constexpr int kNever = 1000;
constexpr int kLastEvent = static_cast<int>(LifeEvent::kCorrectCode);

TEST(SchoolLife, IsThatOfTheContract) {
  const std::map<SchoolStanding, v1::SchoolState> states = {{kUnspecified, v1::SCHOOL_STATE_UNSPECIFIED},
                                                            {kPreparing, v1::PREPARING},
                                                            {kOperating, v1::OPERATING},
                                                            {kSuspended, v1::SUSPENDED},
                                                            {kMerged, v1::MERGED},
                                                            {kClosed, v1::CLOSED}};
  EXPECT_EQ(states.size(), static_cast<size_t>(v1::SchoolState_descriptor()->value_count()));
  for (const auto& [standing, state] : states) EXPECT_EQ(static_cast<int>(standing), static_cast<int>(state));
  const std::map<LifeEvent, v1::SchoolChangeKind> kinds = {
      {LifeEvent::kUnspecified, v1::SCHOOL_CHANGE_KIND_UNSPECIFIED},
      {LifeEvent::kOpen, v1::OPEN_SCHOOL},
      {LifeEvent::kRename, v1::RENAME_SCHOOL},
      {LifeEvent::kMerge, v1::MERGE_SCHOOL},
      {LifeEvent::kSplitOff, v1::SPLIT_OFF_SCHOOL},
      {LifeEvent::kSplitUp, v1::SPLIT_UP_SCHOOL},
      {LifeEvent::kSuspend, v1::SUSPEND_SCHOOL},
      {LifeEvent::kResume, v1::RESUME_SCHOOL},
      {LifeEvent::kClose, v1::CLOSE_SCHOOL},
      {LifeEvent::kChangeFacts, v1::CHANGE_SCHOOL_FACTS},
      {LifeEvent::kCorrectName, v1::CORRECT_SCHOOL_NAME},
      {LifeEvent::kCorrectCode, v1::CORRECT_IDENT_CODE}};
  EXPECT_EQ(kinds.size(), static_cast<size_t>(v1::SchoolChangeKind_descriptor()->value_count()));
  for (const auto& [event, kind] : kinds) EXPECT_EQ(static_cast<int>(event), static_cast<int>(kind));
}

// The whole table: every standing, every event; what is not named here is refused.
TEST(SchoolLife, EveryEventInEveryStanding) {
  using Key = std::pair<SchoolStanding, LifeEvent>;
  const std::map<Key, SchoolStanding> possible = {
      {{kPreparing, LifeEvent::kOpen}, kOperating},
      {{kPreparing, LifeEvent::kRename}, kPreparing},
      {{kPreparing, LifeEvent::kChangeFacts}, kPreparing},
      {{kPreparing, LifeEvent::kCorrectName}, kPreparing},
      {{kPreparing, LifeEvent::kCorrectCode}, kPreparing},
      {{kPreparing, LifeEvent::kClose}, kClosed},
      {{kOperating, LifeEvent::kRename}, kOperating},
      {{kOperating, LifeEvent::kMerge}, kMerged},
      {{kOperating, LifeEvent::kSplitOff}, kOperating},
      {{kOperating, LifeEvent::kSplitUp}, kClosed},
      {{kOperating, LifeEvent::kSuspend}, kSuspended},
      {{kOperating, LifeEvent::kClose}, kClosed},
      {{kOperating, LifeEvent::kChangeFacts}, kOperating},
      {{kOperating, LifeEvent::kCorrectName}, kOperating},
      {{kOperating, LifeEvent::kCorrectCode}, kOperating},
      {{kSuspended, LifeEvent::kRename}, kSuspended},
      {{kSuspended, LifeEvent::kMerge}, kMerged},
      {{kSuspended, LifeEvent::kSplitUp}, kClosed},
      {{kSuspended, LifeEvent::kResume}, kOperating},
      {{kSuspended, LifeEvent::kClose}, kClosed},
      {{kSuspended, LifeEvent::kChangeFacts}, kSuspended},
      {{kSuspended, LifeEvent::kCorrectName}, kSuspended},
      {{kSuspended, LifeEvent::kCorrectCode}, kSuspended},
  };
  for (const SchoolStanding before : kStandings) {
    for (int n = 0; n <= kLastEvent; ++n) {
      const auto event = static_cast<LifeEvent>(n);
      const auto found = possible.find({before, event});
      const auto wanted = found == possible.end() ? std::optional<SchoolStanding>() : found->second;
      EXPECT_EQ(StandingAfter(before, event), wanted) << static_cast<int>(before) << " " << n;
    }
  }
}

// From wherever a school may come, nothing leads out of its end.
TEST(SchoolLife, ItsEndIsItsEnd) {
  for (const SchoolStanding standing : kStandings) {
    bool leads_on = false;
    for (int n = 0; n <= kLastEvent; ++n)
      leads_on |= StandingAfter(standing, static_cast<LifeEvent>(n)).has_value();
    EXPECT_EQ(leads_on, standing != kUnspecified && !IsOver(standing));
  }
}

TEST(SchoolLife, WhereASchoolStoodOnADay) {
  const Date opened = MakeDate(2020, 9, 1), closed = MakeDate(2024, 8, 31);
  constexpr std::chrono::days kDay{1};
  for (const SchoolStanding standing : kStandings) {
    const bool over = IsOver(standing);
    EXPECT_EQ(StandingOn(standing, opened, closed, opened - kDay), kPreparing);
    EXPECT_EQ(StandingOn(standing, opened, closed, opened), over ? kOperating : standing);
    EXPECT_EQ(StandingOn(standing, opened, closed, closed), over ? kOperating : standing);
    EXPECT_EQ(StandingOn(standing, opened, closed, closed + kDay), over ? standing : kClosed);
    EXPECT_EQ(StandingOn(standing, {}, {}, opened), standing);
  }
}

// Every fate, of this school and of another, with every right code.
TEST(SchoolLife, OnlyWhatIsRecordedAndDidNotEndWithASchoolIsCorrected) {
  using F = CorrectionFault;
  const char* const wrong = "2137000001";
  for (const char* right : {"", wrong, "2137000002"}) {
    EXPECT_EQ(CheckCorrection({}, wrong, right), F::kNotRecorded);
    for (const CodeFate fate : {CodeFate::kInUse, CodeFate::kReissued, CodeFate::kMerged, CodeFate::kVoid}) {
      EXPECT_EQ(CheckCorrection(RecordedCode{.of_school = false, .fate = fate}, wrong, right),
                F::kNotRecorded);
      const bool ended = fate == CodeFate::kMerged || fate == CodeFate::kVoid;
      const bool given = *right != '\0';
      const F wanted = ended                              ? F::kEnded
                       : !given                           ? F::kNone
                       : fate == CodeFate::kReissued      ? F::kNotPresent
                       : std::string_view(right) == wrong ? F::kSame
                                                          : F::kNone;
      EXPECT_EQ(CheckCorrection(RecordedCode{.of_school = true, .fate = fate}, wrong, right), wanted)
          << static_cast<int>(fate) << " " << right;
    }
  }
}

TEST(SchoolLife, ACodeInErrorWasRecordedFromItsEntryToItsCorrection) {
  constexpr std::chrono::days kOne{1};
  const Date entered = MakeDate(2026, 3, 2), said = MakeDate(2022, 9, 1), replaced = MakeDate(2026, 3, 20),
             corrected = MakeDate(2026, 4, 1);
  RecordedDays days = DaysInError(entered, said, {}, corrected);
  EXPECT_EQ(days.first, entered);
  EXPECT_EQ(days.last, corrected - kOne);
  EXPECT_EQ(DaysInError({}, said, {}, corrected).first, said) << "of before the day was kept";
  EXPECT_EQ(DaysInError({}, {}, {}, corrected).first, std::nullopt);
  EXPECT_EQ(DaysInError(entered, said, replaced, corrected).last, replaced);
  EXPECT_EQ(DaysInError(entered, said, {}, entered).last, entered) << "on one day";
  EXPECT_EQ(DaysInError(entered, said, said, corrected).last, entered) << "replaced as of a day before";
}

TEST(SchoolLife, ACodeEndsWithItsSchoolOrItsClass) {
  for (const SchoolStanding standing : kStandings) {
    EXPECT_EQ(FateOf(standing, true), CodeFate::kReissued);
    const CodeFate fate = standing == kMerged   ? CodeFate::kMerged
                          : standing == kClosed ? CodeFate::kVoid
                                                : CodeFate::kInUse;
    EXPECT_EQ(FateOf(standing, false), fate);
  }
}

TEST(SchoolLife, OnlyMergersAndSplitsNameOthers) {
  for (int n = 0; n <= kLastEvent; ++n) {
    const auto event = static_cast<LifeEvent>(n);
    const bool names =
        event == LifeEvent::kMerge || event == LifeEvent::kSplitOff || event == LifeEvent::kSplitUp;
    EXPECT_EQ(OthersOf(event).most > 0, names);
    EXPECT_LE(OthersOf(event).least, OthersOf(event).most);
  }
}

std::string ReasonOn(LifeEvent event, int effective, std::optional<int> opened, std::optional<int> latest) {
  const auto day = [](int n) { return MakeDate(2026, 3, 15) + std::chrono::days(n); };
  ChangeDates dates{.effective = day(effective), .opened = {}, .latest = {}};
  if (opened) dates.opened = day(*opened);
  if (latest) dates.latest = day(*latest);
  const absl::Status status = CheckDates(event, dates);
  if (status.ok()) return "";
  const auto refusal = RefusalOf(status);
  return refusal ? refusal->reason : status.ToString();
}

// Every order of a few days.
TEST(SchoolLife, ItsHistoryIsAddedToAtTheEnd) {
  for (int n = 1; n <= kLastEvent; ++n) {
    const auto event = static_cast<LifeEvent>(n);
    const bool ends =
        event == LifeEvent::kMerge || event == LifeEvent::kSplitUp || event == LifeEvent::kClose;
    for (int effective = -3; effective <= 1; ++effective) {
      for (int opened = -4; opened <= 1; ++opened) {
        for (int latest = -4; latest <= 0; ++latest) {
          const std::string wanted = effective < latest            ? "CHANGE_OUT_OF_ORDER"
                                     : ends && effective <= opened ? "PERIOD_INVALID"
                                                                   : "";
          EXPECT_EQ(ReasonOn(event, effective, opened, latest), wanted)
              << n << " " << effective << " " << opened << " " << latest;
        }
      }
    }
    EXPECT_EQ(ReasonOn(event, 0, {}, {}), "");
    EXPECT_EQ(ReasonOn(event, 500, {}, {}), "");
    EXPECT_EQ(ReasonOn(event, -739'000, {}, {}), "PERIOD_INVALID");  // the year 2
  }
}

TEST(SchoolLife, IsFirstRecordedAsItsDaysAllow) {
  const Date today = MakeDate(2026, 3, 2);
  const auto day = [&](int offset) {
    return offset == kNever ? std::nullopt : std::optional<Date>(today + std::chrono::days(offset));
  };
  for (int opened : {kNever, -2, 0, 1}) {
    for (int closed : {kNever, -1, 0, 5}) {
      const bool ended = closed == -1, ahead = opened == 1;
      for (SchoolStanding standing : kStandings) {
        const bool wanted = standing == kPreparing   ? !ended && (ahead || opened == kNever)
                            : standing == kOperating ? !ended && !ahead
                            : standing == kSuspended ? !ended && !ahead
                            : standing == kClosed    ? ended
                                                     : false;
        EXPECT_EQ(IsFirstStanding(standing, day(opened), day(closed), today), wanted)
            << static_cast<int>(standing) << " " << opened << " " << closed;
      }
    }
  }
}

TEST(SchoolLife, TwoPersonsAreTwo) {
  EXPECT_TRUE(CheckSecondPerson("offices/a/staff/1", "offices/a/staff/2").ok());
  EXPECT_EQ(RefusalOf(CheckSecondPerson("offices/a/staff/1", "offices/a/staff/1"))->reason,
            "SECOND_PERSON_REQUIRED");
  EXPECT_EQ(CheckSecondPerson("", "offices/a/staff/1").code(), absl::StatusCode::kInternal);
  EXPECT_EQ(CheckSecondPerson("offices/a/staff/1", "").code(), absl::StatusCode::kInternal);
}

}  // namespace
}  // namespace inspectorate::registry
