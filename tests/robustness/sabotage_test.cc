// The test of the tests: with the cure of a known trap broken, a run must be found wrong, by the checker
// whose sentence the trap breaks.
#include <gtest/gtest.h>

#include <filesystem>
#include <iostream>
#include <set>

#include "tests/robustness/run.h"

namespace inspectorate::robustness {
namespace {

struct Trap {
  const char* cure;
  std::set<std::string> checkers;  // any of these
  std::vector<std::string> acts;   // what brings it out
  const char* failpoints = "";
};

void PrintTo(const Trap& trap, std::ostream* out) { *out << trap.cure; }

class SabotageTest : public ::testing::TestWithParam<Trap> {};

TEST_P(SabotageTest, IsFoundOut) {
  const Trap& trap = GetParam();
  RunOptions options{.seed = 7, .length = std::chrono::seconds(8)};
  options.nemesis = {.pause = std::chrono::milliseconds(300), .acts = trap.acts};
  options.failpoints = trap.failpoints;
  options.sabotage = trap.cure;
  options.minimum_rate = 0;
  options.settling = std::chrono::seconds(8);
  options.rebuild = false;
  const auto verdict = RunOnce(options);
  ASSERT_TRUE(verdict.ok()) << verdict.status();
  std::cout << trap.cure << ": " << verdict->Text();
  bool found = false;
  for (const auto& [checker, complaints] : verdict->complaints)
    found = found || trap.checkers.contains(checker);
  EXPECT_TRUE(found) << "nobody noticed that " << trap.cure << " was broken; see " << verdict->home;
  if (found) std::filesystem::remove_all(verdict->home);
}

INSTANTIATE_TEST_SUITE_P(
    Cures, SabotageTest,
    ::testing::Values(
        Trap{.cure = "commit_checked", .checkers = {"AcknowledgedIsThere"}, .acts = {"commit_before"}},
        Trap{
            .cure = "unknown_is_not_success", .checkers = {"AcknowledgedIsThere"}, .acts = {"commit_before"}},
        Trap{.cure = "unknown_is_not_failure", .checkers = {"StateWasAttempted"}, .acts = {"commit_reply"}},
        Trap{.cure = "rollback",
             .checkers = {"ReplayRebuilds", "AcknowledgedIsThere", "OneAnswer"},
             .acts = {},
             .failpoints = "lock_wait_after_statement:fail@0.02"},
        Trap{.cure = "feed_head_locked", .checkers = {"NoInternalError", "FeedGapFree"}, .acts = {}},
        Trap{.cure = "position_in_order", .checkers = {"FeedGapFree"}, .acts = {"commit_before"}},
        Trap{.cure = "idempotency_row", .checkers = {"OneEffect"}, .acts = {"commit_reply"}},
        Trap{.cure = "event_with_state",
             .checkers = {"ReplayRebuilds", "AcknowledgedIsThere", "VersionChains"},
             .acts = {},
             .failpoints = "after_commit_before_reply:kill@0.03"},
        // Killed between the two transactions that should be one.
        Trap{.cure = "checkpoint_with_changes",
             .checkers = {"ProjectionIsFold", "Equations"},
             .acts = {},
             .failpoints = "between_transactions:kill@0.05"},
        Trap{.cure = "version_checked", .checkers = {"VersionChains"}, .acts = {}}),
    [](const auto& test) { return std::string(test.param.cure); });

}  // namespace
}  // namespace inspectorate::robustness
