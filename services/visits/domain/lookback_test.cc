#include "services/visits/domain/lookback.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "common/base/refusal.h"

namespace inspectorate::visits {
namespace {

using ::testing::ElementsAre;
using ::testing::Field;

const Uuid kVisit{.bytes = {9}};
const Uuid kAnotherVisit{.bytes = {8}};
const Time kCheckIn = ChinaMidnight(MakeDate(2026, 4, 10)) + std::chrono::hours(9);

Uuid Id(uint8_t n) { return Uuid{.bytes = {n}}; }

AwaitingIssue Awaiting(uint8_t n) {
  return {.issue = Id(n),
          .round = 1,
          .obligation = Id(static_cast<uint8_t>(100 + n)),
          .report_time = kCheckIn - std::chrono::hours(24),
          .claimed_by = {},
          .due = MakeDate(2026, 4, n)};
}

LookBackAnswer Passed(uint8_t n) { return {.issue = Id(n), .round = 1, .passed = true, .note = ""}; }

std::string ReasonOf(const absl::Status& status) {
  const auto refusal = RefusalOf(status);
  return refusal.has_value() ? refusal->reason : "";
}

TEST(DueAtVisit, IsWhatWasReportedBeforeCheckInAndNotLeftToAnotherVisit) {
  AwaitingIssue mine = Awaiting(3);
  mine.claimed_by = kVisit;
  AwaitingIssue anothers = Awaiting(4);
  anothers.claimed_by = kAnotherVisit;
  AwaitingIssue at_check_in = Awaiting(2);
  at_check_in.report_time = kCheckIn;
  AwaitingIssue too_late = Awaiting(5);
  too_late.report_time = kCheckIn + std::chrono::microseconds(1);
  const auto due = DueAtVisit({mine, anothers, Awaiting(6), too_late, at_check_in}, kVisit, kCheckIn);
  EXPECT_THAT(due, ElementsAre(Field(&AwaitingIssue::issue, Id(2)), Field(&AwaitingIssue::issue, Id(3)),
                               Field(&AwaitingIssue::issue, Id(6))));
}

TEST(EvaluateAnswers, GivesOneOutcomeForEachIssueDue) {
  LookBackAnswer failed{.issue = Id(2), .round = 1, .passed = false, .note = "仍有杂物"};
  const auto outcomes = EvaluateAnswers({Awaiting(1), Awaiting(2)}, {failed, Passed(1)});
  ASSERT_TRUE(outcomes.ok()) << outcomes.status();
  ASSERT_EQ(outcomes->size(), 2u);
  EXPECT_EQ((*outcomes)[0].issue, Id(1));
  EXPECT_EQ((*outcomes)[0].obligation, Id(101));
  EXPECT_TRUE((*outcomes)[0].passed);
  EXPECT_FALSE((*outcomes)[1].passed);
  EXPECT_TRUE(EvaluateAnswers({}, {})->empty());
}

TEST(EvaluateAnswers, RefusesWhileOneIsUnanswered) {
  const auto outcomes = EvaluateAnswers({Awaiting(1), Awaiting(2), Awaiting(3)}, {Passed(2)});
  EXPECT_EQ(ReasonOf(outcomes.status()), "OPEN_ITEMS_UNANSWERED");
  EXPECT_EQ(RefusalOf(outcomes.status())->variables.at("count"), "2");
}

TEST(EvaluateAnswers, RefusesWhatWasNotAskedTwiceOrWithoutANote) {
  EXPECT_EQ(ReasonOf(EvaluateAnswers({Awaiting(1)}, {Passed(1), Passed(2)}).status()), "RECORD_INCOMPLETE");
  EXPECT_EQ(ReasonOf(EvaluateAnswers({Awaiting(1)}, {Passed(1), Passed(1)}).status()), "RECORD_INCOMPLETE");
  LookBackAnswer wrong_round = Passed(1);
  wrong_round.round = 0;
  EXPECT_EQ(ReasonOf(EvaluateAnswers({Awaiting(1)}, {wrong_round}).status()), "RECORD_INCOMPLETE");
  LookBackAnswer silent = Passed(1);
  silent.passed = false;
  EXPECT_EQ(ReasonOf(EvaluateAnswers({Awaiting(1)}, {silent}).status()), "RECORD_INCOMPLETE");
}

TEST(CheckAnswersKept, AReturnedRecordKeepsItsAnswers) {
  EXPECT_TRUE(CheckAnswersKept({Passed(1), Passed(2)}, {Passed(2), Passed(1)}).ok());
  EXPECT_EQ(ReasonOf(CheckAnswersKept({Passed(1)}, {})), "FINDING_SEALED");
  LookBackAnswer changed = Passed(1);
  changed.passed = false;
  EXPECT_EQ(ReasonOf(CheckAnswersKept({Passed(1)}, {changed})), "FINDING_SEALED");
  EXPECT_EQ(ReasonOf(CheckAnswersKept({Passed(1)}, {Passed(1), Passed(2)})), "RECORD_INCOMPLETE");
}

}  // namespace
}  // namespace inspectorate::visits
