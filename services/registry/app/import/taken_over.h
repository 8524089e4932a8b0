// Rows of another registry's records that are no resources of their own, or come about by an act of two
// persons or of the operator: whoever owns their rules enters them.
#pragma once

#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "common/work/unit.h"
#include "services/registry/app/import/lists.h"
#include "services/registry/app/import/row.h"
#include "services/registry/domain/taken.h"

namespace inspectorate::registry {

// What became of the row, or why it is refused.
absl::Status Enter(Row& row, std::string_view column, const std::string& name,
                   const absl::StatusOr<Taken>& taken);

// Kept until the row of their version; that one is written with all its items or not at all.
absl::Status ImportCatalogueItem(work::Unit& unit, ImportContext& context, Row& row);
absl::Status ImportCatalogueVersion(work::Unit& unit, ImportContext& context, Row& row);
absl::Status ImportCalendarPaper(work::Unit& unit, ImportContext& context, Row& row);
// What an area was before this registry knew it.
absl::Status ImportFormerArea(work::Unit& unit, ImportContext& context, Row& row);

}  // namespace inspectorate::registry
