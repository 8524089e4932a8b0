// By what paper a fact of the roster stands: the office's rule roster.document.
#pragma once

#include <string>

#include "absl/status/status.h"
#include "common/resource/description.h"
#include "common/work/unit.h"

namespace inspectorate::registry {

// INVALID_FIELDS where the rule requires a paper and `number` is empty. `field` is where it is written.
absl::Status CheckDocumentGiven(work::Unit& unit, const std::string& office, const std::string& number,
                                const std::string& field);

// The same of a row that is written; one that had none before may go on without.
template <class M>
absl::Status CheckDocument(work::Unit& unit, const M* before, const M& after, const std::string& field) {
  if (before != nullptr && before->document_number().empty()) return absl::OkStatus();
  return CheckDocumentGiven(unit, resource::SlugOf(after.name()), after.document_number(), field);
}

}  // namespace inspectorate::registry
