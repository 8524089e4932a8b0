#include "common/base/distance.h"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace inspectorate {
namespace {

constexpr double kEarthRadius = 6371008.8;  // mean, metres
double Radians(double degrees) { return degrees * std::numbers::pi / 180; }
double HaversineOf(double angle) { return std::pow(std::sin(angle / 2), 2); }

}  // namespace

std::optional<double> DistanceBetween(const Position& a, const Position& b) {
  if (!a.known() || !b.known()) return std::nullopt;
  const double h = HaversineOf(Radians(b.latitude - a.latitude)) +
                   std::cos(Radians(a.latitude)) * std::cos(Radians(b.latitude)) *
                       HaversineOf(Radians(b.longitude - a.longitude));
  return 2 * kEarthRadius * std::asin(std::sqrt(std::min(1.0, h)));
}

}  // namespace inspectorate
