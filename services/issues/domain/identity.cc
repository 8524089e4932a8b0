#include "services/issues/domain/identity.h"

#include <string>

namespace inspectorate::issues {

Uuid IssueId(const Uuid& visit, uint32_t ordinal) {
  return DerivedUuid(kIssueNamespace, FormatUuid(visit) + "/" + std::to_string(ordinal));
}

}  // namespace inspectorate::issues
