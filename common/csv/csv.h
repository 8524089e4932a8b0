// Comma-separated lists as offices and spreadsheet programs write them (RFC 4180), with the line each record
// is on.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"

namespace inspectorate::csv {

struct Record {
  int line = 0;  // of its first character; the first line of the file is 1
  std::vector<std::string> cells;
};

struct Table {
  std::vector<std::string> header;  // trimmed
  std::vector<Record> records;      // cells trimmed, as many as the header has, missing ones empty

  // Index of a column, -1 when there is none.
  int Column(std::string_view name) const;
};

struct Options {
  // Lines before the header, and between records, that begin with '#' are notes.
  bool notes = false;
};

// `text` is UTF-8 without a byte order mark. INVALID_ARGUMENT naming the line for an unbalanced quote, a
// record with more cells than the header, a header that is missing or names a column twice. Empty lines are
// skipped.
absl::StatusOr<Table> Parse(std::string_view text, const Options& options = {});

}  // namespace inspectorate::csv
