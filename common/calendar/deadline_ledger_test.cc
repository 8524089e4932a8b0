#include "common/calendar/deadline_ledger.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "common/base/refusal.h"

namespace inspectorate {
namespace {

Date D(std::string_view text) { return *ParseDate(text); }

DeadlineRule FiveWorkingDays() {
  return {.id = "notice.report",
          .event = "notice.receipted",
          .amount = 5,
          .unit = DeadlineUnit::kWorkingDay,
          .start = StartRule::kDayAfter,
          .roll = RollRule::kNextWorkingDay,
          .source = "test",
          .jurisdiction = "",
          .valid_from = D("2000-01-01"),
          .valid_to = {}};
}

ClockEntry Act(ClockAct act, std::string_view date, int extension = 0) {
  return {.act = act, .date = D(date), .extension = extension, .actor = "inspectors/1", .note = ""};
}

DeadlineLedger Ledger(const std::vector<ClockEntry>& entries) {
  DeadlineLedger ledger(FiveWorkingDays());
  for (const ClockEntry& entry : entries) EXPECT_TRUE(ledger.Append(entry).ok());
  return ledger;
}

ClockReading Read(const DeadlineLedger& ledger, std::string_view day) {
  return *ledger.Read(D(day), StateCouncilCalendar());
}

std::string Due(const ClockReading& reading) {
  return reading.deadline.has_value() ? FormatDate(reading.deadline->due) : "none";
}

// 2026-03-09 is a Monday; the plain week lasts all March.
TEST(DeadlineLedger, ShowsNothingBeforeTheStart) {
  const DeadlineLedger ledger = Ledger({Act(ClockAct::kStart, "2026-03-09")});
  const ClockReading before = Read(ledger, "2026-03-08");
  EXPECT_EQ(before.state, ClockState::kNotStarted);
  EXPECT_FALSE(before.deadline.has_value());
  EXPECT_FALSE(before.remaining.has_value());
  EXPECT_FALSE(before.overdue);
}

TEST(DeadlineLedger, RunsDownAndBecomesOverdueTheDayAfterTheLast) {
  const DeadlineLedger ledger = Ledger({Act(ClockAct::kStart, "2026-03-09")});
  EXPECT_EQ(Due(Read(ledger, "2026-03-09")), "2026-03-16");
  EXPECT_EQ(Read(ledger, "2026-03-09").remaining, 5);
  EXPECT_EQ(Read(ledger, "2026-03-14").remaining, 1) << "a Saturday";
  EXPECT_FALSE(Read(ledger, "2026-03-16").overdue);
  EXPECT_EQ(Read(ledger, "2026-03-16").remaining, 0);
  EXPECT_TRUE(Read(ledger, "2026-03-17").overdue);
  EXPECT_EQ(Read(ledger, "2026-03-18").remaining, -2);
}

TEST(DeadlineLedger, IsMetWhenStoppedOnTheLastDay) {
  const auto read = [](std::string_view stop) {
    return Read(Ledger({Act(ClockAct::kStart, "2026-03-09"), Act(ClockAct::kStop, stop)}), "2026-05-31");
  };
  EXPECT_TRUE(read("2026-03-16").met);
  EXPECT_FALSE(read("2026-03-16").overdue);
  EXPECT_EQ(read("2026-03-13").remaining, 1);
  EXPECT_FALSE(read("2026-03-17").met);
  EXPECT_TRUE(read("2026-03-17").overdue) << "done, but late";
  EXPECT_EQ(read("2026-03-17").remaining, -1) << "does not grow after the stop";
  EXPECT_EQ(read("2026-03-17").stopped, D("2026-03-17"));
}

TEST(DeadlineLedger, StandsStillWhileSuspended) {
  DeadlineLedger ledger =
      Ledger({Act(ClockAct::kStart, "2026-03-09"), Act(ClockAct::kSuspend, "2026-03-11")});
  const ClockReading suspended = Read(ledger, "2026-04-20");
  EXPECT_EQ(suspended.state, ClockState::kSuspended);
  EXPECT_EQ(Due(suspended), "none");
  EXPECT_EQ(suspended.remaining, 4) << "the tenth was counted";
  EXPECT_FALSE(suspended.overdue);
  ASSERT_TRUE(ledger.Append(Act(ClockAct::kResume, "2026-03-18")).ok());
  EXPECT_EQ(Due(Read(ledger, "2026-03-18")), "2026-03-23") << "18, 19, 20, 23";
  EXPECT_EQ(Due(Read(ledger, "2026-03-12")), "none") << "as it was read then";
}

TEST(DeadlineLedger, DoesNotForgiveWhatWasLateBeforeASuspension) {
  const DeadlineLedger ledger =
      Ledger({Act(ClockAct::kStart, "2026-03-09"), Act(ClockAct::kSuspend, "2026-03-20")});
  EXPECT_TRUE(Read(ledger, "2026-03-25").overdue);
  EXPECT_EQ(Due(Read(ledger, "2026-03-25")), "2026-03-16");
}

TEST(DeadlineLedger, PushesCalendarAndMonthTermsByTheSuspendedDays) {
  for (const DeadlineUnit unit : {DeadlineUnit::kCalendarDay, DeadlineUnit::kMonth}) {
    DeadlineRule rule = FiveWorkingDays();
    rule.unit = unit;
    rule.amount = unit == DeadlineUnit::kMonth ? 1 : 31;
    rule.roll = RollRule::kNone;
    DeadlineLedger ledger(rule);
    ASSERT_TRUE(ledger.Append(Act(ClockAct::kStart, "2026-03-09")).ok());
    EXPECT_EQ(Due(Read(ledger, "2026-03-09")), "2026-04-09");
    ASSERT_TRUE(ledger.Append(Act(ClockAct::kSuspend, "2026-03-20")).ok());
    ASSERT_TRUE(ledger.Append(Act(ClockAct::kResume, "2026-03-30")).ok());
    EXPECT_EQ(Due(Read(ledger, "2026-03-30")), "2026-04-19");
  }
}

TEST(DeadlineLedger, AddsAnExtensionToTheTerm) {
  const DeadlineLedger ledger =
      Ledger({Act(ClockAct::kStart, "2026-03-09"), Act(ClockAct::kExtend, "2026-03-12", 3)});
  EXPECT_EQ(Due(Read(ledger, "2026-03-11")), "2026-03-16");
  EXPECT_EQ(Due(Read(ledger, "2026-03-12")), "2026-03-19");
  EXPECT_EQ(Read(ledger, "2026-03-12").remaining, 5);
}

TEST(DeadlineLedger, GoesOnWhenReopenedInsteadOfStartingAgain) {
  const DeadlineLedger ledger =
      Ledger({Act(ClockAct::kStart, "2026-03-09"), Act(ClockAct::kStop, "2026-03-12"),
              Act(ClockAct::kResume, "2026-04-01")});
  EXPECT_TRUE(Read(ledger, "2026-03-31").met);
  const ClockReading reopened = Read(ledger, "2026-04-01");
  EXPECT_EQ(Due(reopened), "2026-03-16") << "the due date of the first start";
  EXPECT_TRUE(reopened.overdue);
  EXPECT_FALSE(reopened.met);
  DeadlineLedger copy = ledger;
  EXPECT_FALSE(copy.Append(Act(ClockAct::kStart, "2026-04-02")).ok());
}

TEST(DeadlineLedger, IsNotMovedByAComment) {
  std::vector<ClockEntry> entries = {
      Act(ClockAct::kStart, "2026-03-09"), Act(ClockAct::kSuspend, "2026-03-11"),
      Act(ClockAct::kResume, "2026-03-18"), Act(ClockAct::kExtend, "2026-03-19", 2)};
  const std::string due = Due(Read(Ledger(entries), "2026-03-20"));
  for (ClockEntry& entry : entries) {
    entry.note = "EXTEND 30 days until 2026-12-31";
    entry.actor = "inspectors/2";
    EXPECT_EQ(Due(Read(Ledger(entries), "2026-03-20")), due);
  }
}

TEST(DeadlineLedger, OrdersActsThatAreRecordedLate) {
  const DeadlineLedger in_order =
      Ledger({Act(ClockAct::kStart, "2026-03-09"), Act(ClockAct::kSuspend, "2026-03-11"),
              Act(ClockAct::kResume, "2026-03-18"), Act(ClockAct::kStop, "2026-03-20")});
  const DeadlineLedger late =
      Ledger({Act(ClockAct::kStart, "2026-03-09"), Act(ClockAct::kSuspend, "2026-03-11"),
              Act(ClockAct::kStop, "2026-03-20"), Act(ClockAct::kResume, "2026-03-18")});
  EXPECT_EQ(Due(Read(late, "2026-03-31")), Due(Read(in_order, "2026-03-31")));
  EXPECT_TRUE(Read(late, "2026-03-31").met);
}

TEST(DeadlineLedger, RefusesActsThatMakeNoSense) {
  const ClockEntry start = Act(ClockAct::kStart, "2026-03-09");
  const ClockEntry suspend = Act(ClockAct::kSuspend, "2026-03-10");
  const ClockEntry stop = Act(ClockAct::kStop, "2026-03-11");
  const std::vector<std::vector<ClockEntry>> impossible = {
      {suspend},
      {stop},
      {Act(ClockAct::kResume, "2026-03-10")},
      {Act(ClockAct::kExtend, "2026-03-10", 1)},
      {start, start},
      {start, Act(ClockAct::kResume, "2026-03-10")},
      {start, suspend, Act(ClockAct::kSuspend, "2026-03-12")},
      {start, stop, stop},
      {start, stop, Act(ClockAct::kExtend, "2026-03-12", 1)},
      {start, stop, Act(ClockAct::kSuspend, "2026-03-12")},
      {start, Act(ClockAct::kExtend, "2026-03-10", 0)},
      {start, Act(ClockAct::kStop, "2026-03-08")},
  };
  for (const auto& entries : impossible) {
    DeadlineLedger ledger(FiveWorkingDays());
    for (size_t i = 0; i + 1 < entries.size(); ++i) ASSERT_TRUE(ledger.Append(entries[i]).ok());
    const size_t kept = ledger.entries().size();
    const auto refusal = RefusalOf(ledger.Append(entries.back()));
    ASSERT_TRUE(refusal.has_value());
    EXPECT_EQ(refusal->reason, "STATE_TRANSITION_DENIED");
    EXPECT_EQ(ledger.entries().size(), kept) << "nothing is kept of a refused act";
  }
}

}  // namespace
}  // namespace inspectorate
