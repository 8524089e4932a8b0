#include "services/registry/domain/period.h"

namespace inspectorate::registry {

bool Overlap(const Period& a, const Period& b) {
  return (!a.to || b.from <= *a.to) && (!b.to || a.from <= *b.to);
}

Succession Succeed(const std::vector<Period>& chain, const Period& wanted) {
  for (size_t i = 0; i < chain.size(); ++i) {
    if (chain[i].from == wanted.from) return {.kind = Succession::Kind::kCorrect, .index = i};
  }
  for (size_t i = 0; i < chain.size(); ++i) {
    if (chain[i].Contains(wanted.from)) return {.kind = Succession::Kind::kSucceed, .index = i};
  }
  return {};
}

}  // namespace inspectorate::registry
