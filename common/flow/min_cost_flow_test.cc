#include "common/flow/min_cost_flow.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace inspectorate {
namespace {

using ::testing::ElementsAre;
using ::testing::Optional;

TEST(MinCostFlow, TakesTheCheapestPathsWithinCapacity) {
  EXPECT_THAT(MinCostFlow({3, 0, -3}, {{0, 2, 1, 1}, {0, 2, 5, 7}, {0, 1, 1, 2}, {1, 2, 9, 2}}),
              Optional(ElementsAre(1, 1, 1, 1)));
}

TEST(MinCostFlow, SaysWhenTheDemandCannotBeMet) {
  EXPECT_EQ(MinCostFlow({2, -2}, {{0, 1, 1, 0}}), std::nullopt);
}

TEST(MinCostFlow, NothingToCarryIsNoFlow) {
  EXPECT_THAT(MinCostFlow({0, 0}, {{0, 1, 1, 1}}), Optional(ElementsAre(0)));
}

}  // namespace
}  // namespace inspectorate
