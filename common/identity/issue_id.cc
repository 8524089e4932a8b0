#include "common/identity/issue_id.h"

#include <string>

namespace inspectorate {

Uuid IssueId(const Uuid& visit, uint32_t ordinal) {
  return DerivedUuid(kIssueNamespace, FormatUuid(visit) + "/" + std::to_string(ordinal));
}

}  // namespace inspectorate
