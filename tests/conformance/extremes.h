// Requests at the ends of what the rules allow: the longest texts, the first and last numbers and days, lists
// that are full or name the same twice. What a method makes of them is its own affair, but it must not break.
#pragma once

#include <string>
#include <vector>

#include "tests/conformance/requests.h"

namespace inspectorate::conformance {

struct Extreme {
  std::string path;
  std::string how;
  Request request;
};
// One field of `request` at a time; in an update, also named in the mask. The same request gives the same in
// the same order.
std::vector<Extreme> AtTheLimits(const Rpc& rpc, World& world, District& district, const Message& request);

}  // namespace inspectorate::conformance
