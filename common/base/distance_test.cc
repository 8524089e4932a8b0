#include "common/base/distance.h"

#include <gtest/gtest.h>

namespace inspectorate {
namespace {

TEST(Distance, OfOneDegreeOfLatitudeIsThatOfTheMeridian) {
  EXPECT_NEAR(*DistanceBetween({37, 118}, {38, 118}), 111195, 1);
}

TEST(Distance, ShrinksWithTheCosineAlongAParallel) {
  EXPECT_NEAR(*DistanceBetween({60, 118}, {60, 118.01}), 556, 1);
}

TEST(Distance, IsUnknownWhereAPositionIs) {
  EXPECT_FALSE(DistanceBetween({37, 118}, {}).has_value());
  EXPECT_FALSE(DistanceBetween({}, {37, 118}).has_value());
}

}  // namespace
}  // namespace inspectorate
