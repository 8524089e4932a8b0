// The versions of an area's composition, from the dated facts about it.
#pragma once

#include <string>
#include <vector>

#include "services/registry/domain/period.h"

namespace inspectorate::registry {

// That a school or an inspector belongs to an area: one fact a period.
struct Belonging {
  std::string who;  // with the duty, where that is part of it
  Period period;
  std::string document;
};

struct Composition {
  Period period;
  std::vector<size_t> holding;         // indices of the facts that hold, ascending
  std::vector<std::string> documents;  // of facts that begin with it, each once
};

// One for each stretch of days, within the area's own period, in which the same belong to it. A fact that
// follows on another of the same content makes no new version.
std::vector<Composition> CompositionsOf(const Period& area, const std::vector<Belonging>& facts);

}  // namespace inspectorate::registry
