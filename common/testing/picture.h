// Pictures for tests: a PNG that every decoder opens, another one for every seed.
#pragma once

#include <cstdint>
#include <string>

namespace inspectorate::testing {

// Grey, with a pattern that the seed gives.
std::string PngPicture(int width, int height, uint32_t seed);

}  // namespace inspectorate::testing
