// Designs of known instances: they keep the rules and are as good as said. How long it takes is for the
// program.
#include <gtest/gtest.h>

#include "tests/benchmarks/cpmp/instances.h"

namespace inspectorate::cpmp {
namespace {

constexpr double kMeanGap = 0.005;
constexpr double kWorstGap = 0.02;

TEST(Cpmp, DesignsKeepTheRulesAndAreNearTheBestKnown) {
  const auto files = Files(Folder());
  if (files.empty()) GTEST_SKIP() << "skipped: no instances in " << Folder() << " (set INSPECTORATE_DATA)";
  double gaps = 0;
  for (const std::string& file : files) {
    const auto instance = Read(file);
    ASSERT_TRUE(instance.has_value()) << file;
    const auto design = registry::SolveDesign(instance->problem, [] { return true; });
    ASSERT_TRUE(design.ok()) << file << design.status();
    EXPECT_TRUE(registry::VerifyDesign(instance->problem, *design).ok()) << file;
    // The best known are proven best: a bound above one is no bound.
    EXPECT_LE(design->bound, instance->best_known) << file;
    EXPECT_GE(design->cost.total(), instance->best_known) << file;
    const double gap = static_cast<double>(design->cost.total() - instance->best_known) /
                       static_cast<double>(instance->best_known);
    EXPECT_LE(gap, kWorstGap) << file;
    gaps += gap;
  }
  EXPECT_LE(gaps / static_cast<double>(files.size()), kMeanGap);
}

TEST(Cpmp, ReadsNothingFromAFileOfAnotherForm) { EXPECT_FALSE(Read("/dev/null").has_value()); }

}  // namespace
}  // namespace inspectorate::cpmp
