// The short suite: one run under every kind of fault, and every sentence holds.
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <iostream>

#include "tests/robustness/run.h"

namespace inspectorate::robustness {
namespace {

TEST(Robustness, NothingIsLost) {
  const char* given = std::getenv("INSPECTORATE_SEED");
  const uint64_t seed = given == nullptr ? 20260310 : std::strtoull(given, nullptr, 10);
  RunOptions options{.seed = seed, .length = std::chrono::seconds(25)};
  options.nemesis.pause = std::chrono::milliseconds(800);
  auto verdict = RunOnce(options);
  ASSERT_TRUE(verdict.ok()) << verdict.status();
  std::cout << verdict->Text();
  for (const char* point : {"before_commit", "after_commit_before_reply"})
    EXPECT_GT(verdict->acts["database killed at " + std::string(point)], 0);
  EXPECT_TRUE(verdict->holds()) << "history, feeds, logs and data: " << verdict->home
                                << "\nagain: INSPECTORATE_SEED=" << seed
                                << " tests/run -R '^robustness_test$'";
  if (verdict->holds()) std::filesystem::remove_all(verdict->home);
}

}  // namespace
}  // namespace inspectorate::robustness
