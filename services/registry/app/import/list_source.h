// One file of an import, read record by record and as often as needed. A list is never held whole; a workbook
// is, packed.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "common/base/charset.h"
#include "common/csv/csv.h"
#include "common/db/database.h"
#include "inspectorate/registry/v1/import.pb.h"
#include "services/registry/app/import/lists.h"

namespace inspectorate::registry {

// CSV or XLSX, told by the bytes. INVALID_ARGUMENT with a reason in two languages.
absl::StatusOr<csv::Table> TableOf(std::string_view content);

// FILE_UNREADABLE.
absl::Status Unreadable(const v1::ImportFile& file, const std::string& why);
// The list of this kind; FILE_UNREADABLE unless the header has its columns.
absl::StatusOr<const ImportList*> ListFor(const v1::ImportFile& file);
absl::Status CheckColumns(const v1::ImportFile& file, const ImportList& list, const csv::Table& table);

class ListSource {
 public:
  // Reads the file once: that it is such a list, and how many rows it has.
  static absl::StatusOr<std::unique_ptr<ListSource>> Open(db::Database& database, const db::Budget& budget,
                                                          const v1::ImportFile& file);

  const ImportList& list() const { return *list_; }
  const std::string& name() const { return file_.file_name(); }
  int64_t rows() const { return rows_; }
  // What every record belongs to: the header, no records.
  const csv::Table& shape() const { return shape_; }

  // Of schools: where the first so many say that they lie.
  const std::vector<Position>& positions() const { return positions_; }
  // Of towns: which, and on what days.
  const ListedTowns& towns() const { return towns_; }

  // Each record in turn; what `on_record` returns ends the reading.
  absl::Status Read(const csv::Parser::OnRecord& on_record);

 private:
  ListSource(db::Database& database, const db::Budget& budget, const v1::ImportFile& file)
      : database_(database), budget_(budget), file_(file) {}
  absl::Status Learn();
  // The bytes, piece by piece.
  absl::Status Pieces(const std::function<absl::Status(std::string_view piece)>& take);

  db::Database& database_;
  const db::Budget& budget_;
  const v1::ImportFile& file_;
  const ImportList* list_ = nullptr;
  bool workbook_ = false;
  Charset charset_ = Charset::kUtf8;
  int64_t rows_ = 0;
  csv::Table shape_;
  std::vector<Position> positions_;
  ListedTowns towns_;
};

}  // namespace inspectorate::registry
