#include "common/service/housekeeping.h"

#include <gtest/gtest.h>

namespace inspectorate::service {
namespace {

using namespace std::chrono_literals;

TEST(Housekeeping, ARoundBeginsWithTheDay) {
  const Time midnight = ChinaMidnight(MakeDate(2026, 9, 1));
  EXPECT_EQ(UntilNextRound(midnight - 2h, 1h), 1h);
  EXPECT_EQ(UntilNextRound(midnight - 10min, 1h), 10min);
  EXPECT_EQ(UntilNextRound(midnight - 10us, 1h), 1ms) << "not a moment before";
  EXPECT_EQ(UntilNextRound(midnight, 1h), 1h);
}

}  // namespace
}  // namespace inspectorate::service
