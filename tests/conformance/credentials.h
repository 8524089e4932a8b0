// Credentials that must not let anybody in, each wrong in one way.
#pragma once

#include <string>
#include <vector>

#include "tests/conformance/world.h"

namespace inspectorate::conformance {

struct BadCredential {
  std::string how;
  std::string authorization;  // the header; empty: none is sent
};

// For a principal whom the right token would let in.
std::vector<BadCredential> BadCredentials(World& world, const Principal& principal);

}  // namespace inspectorate::conformance
