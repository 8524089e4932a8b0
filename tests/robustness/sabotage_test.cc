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
  const char* name = cure;
  int registrars = 3;
  int readers = 2;
};

void PrintTo(const Trap& trap, std::ostream* out) { *out << trap.name; }

class SabotageTest : public ::testing::TestWithParam<Trap> {
 protected:
  static void ExpectFoundOut(const Trap& trap, std::chrono::seconds length) {
    RunOptions options{.seed = 7, .length = length};
    options.nemesis = {.pause = std::chrono::milliseconds(300), .acts = trap.acts};
    options.workload.registrars = trap.registrars;
    options.workload.readers = trap.readers;
    options.failpoints = trap.failpoints;
    options.sabotage = trap.cure;
    options.minimum_rate = 0;
    options.settling = length;
    options.rebuild = false;
    options.loop_patience = std::chrono::seconds(3);
    options.replay = "tests/run --long -R robustness_sabotage";
    const auto verdict = RunOnce(options);
    ASSERT_TRUE(verdict.ok()) << verdict.status();
    std::cout << trap.name << ": " << verdict->Text();
    bool found = false;
    for (const auto& [checker, complaints] : verdict->complaints)
      found = found || trap.checkers.contains(checker);
    EXPECT_TRUE(found) << "nobody noticed that " << trap.name << " was broken; " << verdict->again;
    if (found) std::filesystem::remove_all(verdict->home);
  }
};

TEST_P(SabotageTest, IsFoundOut) { ExpectFoundOut(GetParam(), std::chrono::seconds(8)); }

INSTANTIATE_TEST_SUITE_P(
    Cures, SabotageTest,
    ::testing::Values(
        Trap{.cure = "commit_checked", .checkers = {"AcknowledgedIsThere"}, .acts = {"commit_before"}},
        Trap{
            .cure = "unknown_is_not_success", .checkers = {"AcknowledgedIsThere"}, .acts = {"commit_before"}},
        Trap{.cure = "unknown_is_not_failure", .checkers = {"StateWasAttempted"}, .acts = {"commit_reply"}},
        // The same by the death of the database.
        Trap{.cure = "unknown_is_not_success",
             .checkers = {"AcknowledgedIsThere"},
             .acts = {"kill_database_before_commit"},
             .name = "unknown_is_not_success_when_the_database_dies"},
        Trap{.cure = "unknown_is_not_failure",
             .checkers = {"StateWasAttempted"},
             .acts = {"kill_database_after_commit"},
             .name = "unknown_is_not_failure_when_the_database_dies"},
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
        Trap{.cure = "version_checked", .checkers = {"VersionChains"}, .acts = {}},
        Trap{.cure = "watch_resumes", .checkers = {"Watches"}, .acts = {}},
        Trap{.cure = "number_in_transaction",
             .checkers = {"NumbersGapFree"},
             .acts = {"commit_before"},
             .failpoints = "lock_wait_after_statement:fail@0.02"},
        // Of sets of calls; they form where calls have to wait.
        Trap{.cure = "rows_to_their_askers",
             .checkers = {"AnswersAreToThePoint"},
             .acts = {"delay"},
             .readers = 16},
        Trap{
            .cure = "rows_held_in_sets", .checkers = {"VersionChains"}, .acts = {"delay"}, .registrars = 16}),
    [](const auto& test) { return std::string(test.param.name); });

// Within every run of the tests: that the suite can turn red at all, by what its callers saw and by what its
// processes did.
class QuickSabotageTest : public SabotageTest {};

TEST_P(QuickSabotageTest, IsFoundOut) { ExpectFoundOut(GetParam(), std::chrono::seconds(4)); }

INSTANTIATE_TEST_SUITE_P(Quick, QuickSabotageTest,
                         ::testing::Values(
                             // A set that failed, not run again but acknowledged.
                             Trap{.cure = "set_run_again",
                                  .checkers = {"AcknowledgedIsThere"},
                                  .acts = {},
                                  .failpoints = "lock_wait_after_statement:fail@0.02"},
                             Trap{.cure = "",
                                  .checkers = {"NoneFell"},
                                  .acts = {},
                                  .failpoints = "before_commit:abort@0.01",
                                  .name = "services_that_abort_by_themselves"}),
                         [](const auto& test) { return std::string(test.param.name); });

}  // namespace
}  // namespace inspectorate::robustness
