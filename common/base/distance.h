// How far two places are apart: a check-in from its school, a school from the centre of its area.
#pragma once

#include <optional>

namespace inspectorate {

// Degrees; 0, 0 stands for "not known": no school lies in the Gulf of Guinea.
struct Position {
  double latitude = 0;
  double longitude = 0;

  bool known() const { return latitude != 0 || longitude != 0; }
};

// Metres along the great circle; nothing where either is not known.
std::optional<double> DistanceBetween(const Position& a, const Position& b);

}  // namespace inspectorate
