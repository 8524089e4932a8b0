// The lists an office sends, one function a kind: a row becomes resources, found again by the office's own
// numbers.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "common/base/distance.h"
#include "common/work/unit.h"
#include "inspectorate/registry/v1/catalogue.pb.h"
#include "inspectorate/registry/v1/import.pb.h"
#include "services/registry/app/import/row.h"
#include "services/registry/app/import/town_list.h"

namespace inspectorate::registry {

// What the rows of one import share.
struct ImportContext {
  std::string office;  // slug
  Date default_from;   // for rows without a date of their own
  // The lists are the records of another registry; the office is being set up.
  bool take_over = false;
  // Leads and liaisons are compared with the list of inspectors only where that list is sent too.
  bool with_inspectors = false;
  // What earlier rows of this import said of a person who comes several times.
  struct Said {
    std::string where;  // file and line of the first row
    std::string what;
  };
  std::map<std::string, Said> supervisors;
  // Items of catalogues by catalogue and number, then code, until the row of their version comes.
  std::map<std::pair<int, int>, std::map<std::string, v1::CatalogueItem>> items;
  // Schools by name, the first so many; and where those of the lists lie.
  std::map<std::string, std::string> names;  // to the number
  std::optional<Position> centre;
  // Towns that the lists name, and where each was read first.
  ListedTowns listed_towns;
  std::map<std::string, std::string> towns;
};

// Where the schools of a table of that kind say that they lie.
Position PositionIn(const Row& row);

struct ImportList {
  v1::ImportKind kind;
  // Headers without which the file is not this list.
  std::vector<const char*> columns;
  // Writes one row. Defects go to the row; a status is the platform's own trouble.
  absl::Status (*import)(work::Unit& unit, ImportContext& context, Row& row);
  // Rows for which this is true come after the others; may be null.
  bool (*later)(const Row& row);
  // Rows of an upload may be written side by side: none depends on what the one before it wrote but through
  // the rows that both touch.
  bool together = false;
};

// In the order in which they must be read, whatever the order of the files.
const std::vector<ImportList>& ImportLists();

// Do the leads and liaisons that the list of areas names hold that duty? For a row of that list, after
// everything.
absl::Status CheckAreaDuties(work::Unit& unit, const ImportContext& context, Row& row);

}  // namespace inspectorate::registry
