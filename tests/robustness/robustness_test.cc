// The short suite: one run under every kind of fault, and every sentence holds.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <iostream>

#include "tests/robustness/run.h"

namespace inspectorate::robustness {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

TEST(Robustness, NothingIsLost) {
  const char* given = std::getenv("INSPECTORATE_SEED");
  const uint64_t seed = given == nullptr ? 20260310 : std::strtoull(given, nullptr, 10);
  RunOptions options{.seed = seed, .length = std::chrono::seconds(25), .districts = 2};
  options.replay = "INSPECTORATE_SEED=" + std::to_string(seed) + " tests/run -R '^robustness_test$'";
  options.nemesis.pause = std::chrono::milliseconds(800);
  options.workload.registrars = 4;
  options.workload.importers = 1;
  options.workload.await_imports = false;
  options.loop_patience = std::chrono::seconds(6);
  auto verdict = RunOnce(options);
  ASSERT_TRUE(verdict.ok()) << verdict.status();
  std::cout << verdict->Text();
  for (const char* act : {"database killed at before_commit", "database killed at after_commit_before_reply",
                          "long_half_open", "replies to commits torn"})
    EXPECT_GT(verdict->acts[act], 0) << act;
  EXPECT_TRUE(verdict->holds()) << verdict->again;
  if (verdict->holds()) std::filesystem::remove_all(verdict->home);
}

TEST(Robustness, ARunThatCannotBeJudgedSaysWhereItLiesAndHowToDoItAgain) {
  const auto verdict = RunOnce({.seed = 7, .home = "/dev/null/run", .replay = "run it --seed 7"});
  ASSERT_FALSE(verdict.ok());
  EXPECT_THAT(std::string(verdict.status().message()),
              AllOf(HasSubstr("seed 7"), HasSubstr("/dev/null/run"), HasSubstr("again: run it --seed 7")));
}

}  // namespace
}  // namespace inspectorate::robustness
