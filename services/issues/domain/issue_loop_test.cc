// Random lives of issues: whatever anybody tries in whatever order, the loop stays closed.
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <random>
#include <string>
#include <vector>

#include "services/issues/domain/issue_state.h"

namespace inspectorate::issues {
namespace {

constexpr int kIssues = 1500;
constexpr int kCommandsAnIssue = 400;

const Date kFound = MakeDate(2026, 3, 9);

class Life {
 private:
  static constexpr bool kRarely[] = {false, false, false, false, false, false, true};

  bool Flip() { return (random_() & 1) != 0; }
  template <typename C>
  auto Pick(const C& from) {
    return *(std::begin(from) + std::uniform_int_distribution<size_t>(0, std::size(from) - 1)(random_));
  }
  template <typename T>
  T Pick(std::initializer_list<T> from) {
    return *(from.begin() + std::uniform_int_distribution<size_t>(0, from.size() - 1)(random_));
  }

 public:
  explicit Life(uint32_t seed) : random_(seed) {
    issue_.name = "offices/demo/issues/a";
    issue_.found_on = kFound;
    issue_.deemed_served_on = kFound + std::chrono::days(3);
    issue_.plan_required = Flip();
    issue_.rules = {.notice_issuer = NoticeIssuerRule{Flip() ? "office" : "inspector", "paper"},
                    .disposition_persons = 2 + (random_() & 1),
                    .escalate_rounds = 1 + (random_() & 1)};
  }

  // One command of any kind by anybody, often senseless.
  Command AnyCommand() {
    static const std::vector<std::string> kPersons = {"p1", "p2", "p3", "p4"};
    Command c;
    // From nowhere only registration leads on; try it often enough to begin.
    c.event = issue_.state == IssueState::kNone && Flip() ? Event::kRegister : Pick(kAllEvents);
    // Drawn as often as the rest, the approvals would end nearly every life early.
    if (c.event == Event::kApproveDisposition && !Pick(kRarely)) c.event = Pick(kAllEvents);
    if (c.event == Event::kCloseOnTheSpot && !Pick(kRarely)) c.event = Pick(kAllEvents);
    c.actor = {.kind = Pick(kAllActorKinds),
               .person = Pick(kPersons),
               .employed_by_school = Pick(kRarely),
               .supervisor_of_school = Pick(kRarely)};
    now_ += std::chrono::hours(std::uniform_int_distribution<int>(0, 30)(random_));
    c.occur_time = now_ - std::chrono::hours(Pick(kRarely) ? 100 : 0);
    c.severity = Pick(
        {Severity::kUnset, Severity::kMinor, Severity::kGeneral, Severity::kSerious, Severity::kComplex});
    c.route = Pick({Route::kUnset, Route::kOnTheSpot, Route::kNotice, Route::kConsultation});
    c.cured_on = Flip() ? kFound : ChinaDate(now_);
    c.evidence_count = Flip();
    c.reason = Pick(kRarely) ? "" : "reason";
    c.document = Pick(kRarely) ? "" : "document";
    c.lookback_visit = Pick(kRarely) ? "" : "offices/demo/visits/v";
    c.lookback_inspectors = {Pick(kPersons), Pick(kPersons)};
    c.disposition =
        Pick({Disposition::kWaive, Disposition::kTransfer, Disposition::kMerge, Disposition::kVoid});
    c.target = Pick({std::string(), issue_.name, std::string("offices/demo/issues/b")});
    return c;
  }

  IssueFacts issue_;

 private:
  std::mt19937 random_;
  Time now_ = ChinaMidnight(kFound);
};

// What the history of one issue must have shown before a closing by look-back.
struct Memory {
  bool evidence_this_round = false;
  bool lookback_passed_this_round = false;
  std::vector<std::string> panel;
  std::vector<std::string> rectifiers;
  std::string issuer;
  std::string proposer;
  std::vector<std::string> approvers;
  uint32_t failed_in_a_row = 0;
};

bool Has(const std::vector<std::string>& persons, const std::string& person) {
  return std::find(persons.begin(), persons.end(), person) != persons.end();
}

void CheckAndRemember(const Command& command, const Transition& t, Memory& memory) {
  switch (command.event) {
    case Event::kIssueNotice:
      memory.issuer = command.actor.person;
      break;
    case Event::kSubmitReport:
      ASSERT_GT(command.evidence_count, 0u);
      memory.evidence_this_round = true;
      memory.rectifiers.push_back(command.actor.person);
      break;
    case Event::kFailLookback:
      ++memory.failed_in_a_row;
      [[fallthrough]];
    case Event::kFailPaperCheck:
    case Event::kReopen:
      memory.evidence_this_round = memory.lookback_passed_this_round = false;
      break;
    case Event::kPassLookback:
      ASSERT_TRUE(memory.evidence_this_round);
      memory.lookback_passed_this_round = true;
      memory.panel = command.lookback_inspectors;
      memory.failed_in_a_row = 0;
      break;
    case Event::kProposeDisposition:
      memory.proposer = command.actor.person;
      memory.approvers.clear();
      break;
    case Event::kApproveDisposition:
      ASSERT_FALSE(Has(memory.approvers, command.actor.person));
      ASSERT_NE(memory.proposer, command.actor.person);
      memory.approvers.push_back(command.actor.person);
      break;
    default:
      break;
  }
  if (t.after.state == IssueState::kClosed && t.after.closing_route == ClosingRoute::kLookback) {
    ASSERT_TRUE(memory.lookback_passed_this_round);
    ASSERT_EQ(command.event, Event::kAccept);
    ASSERT_FALSE(command.actor.employed_by_school || command.actor.supervisor_of_school);
    ASSERT_FALSE(Has(memory.rectifiers, command.actor.person));
    ASSERT_FALSE(Has(memory.panel, command.actor.person));
    if (t.after.severity >= Severity::kSerious) {
      ASSERT_NE(memory.issuer, command.actor.person);
    }
  }
  if (t.after.state == IssueState::kClosed && t.after.closing_route == ClosingRoute::kOnTheSpot) {
    ASSERT_EQ(t.after.severity, Severity::kMinor);
    ASSERT_EQ(t.from, IssueState::kRegistered);
  }
  if (IsTerminal(t.after.state) && t.after.state != IssueState::kClosed) {
    ASSERT_EQ(command.event, Event::kApproveDisposition);
    ASSERT_GE(memory.approvers.size() + 1, *t.after.rules.disposition_persons);
  }
  ASSERT_EQ(t.after.escalation_due,
            IsOpen(t.after.state) && memory.failed_in_a_row >= *t.after.rules.escalate_rounds);
}

TEST(IssueLoopTest, InvariantsHoldOverRandomLives) {
  std::map<IssueState, int> ended;
  std::map<Flow, int> flows;
  int closed_after_lookback = 0;
  for (uint32_t seed = 0; seed < kIssues; ++seed) {
    SCOPED_TRACE(testing::Message() << "seed " << seed);
    Life life(seed);
    Memory memory;
    for (int i = 0; i < kCommandsAnIssue; ++i) {
      const Command command = life.AnyCommand();
      const auto decision = Decide(life.issue_, command);
      if (!decision.ok()) {
        ASSERT_NE(decision.status().code(), absl::StatusCode::kInternal) << decision.status();
        continue;
      }
      const IssueState before = life.issue_.state;
      if (IsTerminal(before)) {
        ASSERT_EQ(before, IssueState::kClosed);
        ASSERT_EQ(command.event, Event::kReopen);
      }
      ASSERT_TRUE(IsOpen(decision->after.state) ||
                  IsTerminal(decision->after.state));  // never gone, never between
      ASSERT_GE(decision->after.round, life.issue_.round);
      ASSERT_NO_FATAL_FAILURE(CheckAndRemember(command, *decision, memory));
      // The flow is exactly the change of the stock that equation E3 sums up.
      const int change = IsOpen(decision->after.state) - IsOpen(before);
      const bool opens = decision->flow == Flow::kRegistered || decision->flow == Flow::kReopened;
      ASSERT_EQ(change, decision->flow == Flow::kNone ? 0 : opens ? 1 : -1);
      ++flows[decision->flow];
      closed_after_lookback += command.event == Event::kAccept;
      life.issue_ = decision->after;
    }
    ++ended[life.issue_.state];
  }
  // E2 and E3 from nothing to the end, over all issues.
  int open = 0;
  for (const auto& [state, count] : ended) open += IsOpen(state) ? count : 0;
  EXPECT_EQ(flows[Flow::kRegistered] + flows[Flow::kReopened],
            open + flows[Flow::kClosed] + flows[Flow::kWaived] + flows[Flow::kTransferred] +
                flows[Flow::kMerged] + flows[Flow::kVoided]);
  EXPECT_EQ(flows[Flow::kRegistered] + ended[IssueState::kNone], kIssues);
  // The lives reached what they are to prove something about.
  EXPECT_GT(closed_after_lookback, 20);
  EXPECT_GT(flows[Flow::kReopened], 20);
  EXPECT_GT(ended[IssueState::kVoided], 20);
}

}  // namespace
}  // namespace inspectorate::issues
