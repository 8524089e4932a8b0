// One list of an export: the rows of a table as the cells that an import reads.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "common/db/database.h"
#include "inspectorate/registry/v1/export.pb.h"
#include "services/registry/app/export/file_writer.h"
#include "services/registry/app/import/columns.h"

namespace inspectorate::registry {

// Takes rows and writes them in one of the formats.
class ListWriter {
 public:
  virtual ~ListWriter() = default;
  virtual absl::Status Add(const std::vector<std::string>& cells) = 0;
  virtual absl::Status End() = 0;
};
// Into the file that `files` has opened. `prose`: see sheet::ListBook.
std::unique_ptr<ListWriter> NewListWriter(v1::ExportFormat format, const std::string& name,
                                          const std::vector<std::string>& header, ExportFiles& files,
                                          bool prose = false);
// "机构.csv".
std::string FileNameFor(const std::string& name, v1::ExportFormat format);

// What an export writes of a list. `redacted`: without the columns of protected fields, so that the file,
// imported again, leaves them as they are.
std::vector<ListColumn> ExportedColumns(const ListShape& shape, bool redacted);
absl::StatusOr<int64_t> CountRows(db::Session& session, const ListShape& shape, const std::string& office);

using OnCells = std::function<absl::Status(const std::vector<std::string>& cells)>;
// Every row of the office, a page at a time. `redacted`: without protected fields.
absl::Status ReadList(db::Session& session, const ListShape& shape, const std::string& office, bool redacted,
                      const OnCells& on_cells);

}  // namespace inspectorate::registry
