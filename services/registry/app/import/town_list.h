// The list of an office's towns: what a row of it says of the town, of the one before it and of the next.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "common/base/period.h"
#include "common/work/unit.h"
#include "inspectorate/registry/v1/town.pb.h"
#include "services/registry/app/import/row.h"

namespace inspectorate::registry {

// The towns that the lists of an import name, with their days: one may name another that comes after it.
using ListedTowns = std::map<std::string, std::vector<Period>>;
// Takes the town of a row into them; what is wrong with the row is told later.
void NoteTown(const csv::Table& table, const csv::Record& record, ListedTowns* towns);

struct TownImport {
  std::string office;  // slug
  bool take_over = false;
  const ListedTowns& listed;
  std::map<std::string, std::string>& seen;  // code and first day → file and line
};

struct TownChange {
  std::optional<v1::Town> existing;
  v1::Town wanted;
};
// What is to be written for the row, in that order; defects go to the row.
absl::StatusOr<std::vector<TownChange>> PlanTown(work::Unit& unit, const TownImport& import, Row& row);

// A town that tells its former code comes after those that it may speak of.
bool TellsFormerCode(const Row& row);

}  // namespace inspectorate::registry
