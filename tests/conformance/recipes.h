// What the contract alone does not say about a valid request of a method. A new method needs an entry only
// where its base request fails.
#pragma once

#include "tests/conformance/requests.h"

namespace inspectorate::conformance {

// Fields that no rule asks for and that the method cannot do without.
void CompleteSkeleton(const Rpc& rpc, const District& district, Message* request);

// Gives the request something of its own to act on.
void ApplyRecipe(const Rpc& rpc, World& world, District& district, Fresh* fresh);

}  // namespace inspectorate::conformance
