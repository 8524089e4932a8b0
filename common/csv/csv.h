// Comma-separated lists as offices and spreadsheet programs write them (RFC 4180), with the line each record
// is on.
#pragma once

#include <functional>
#include <memory>
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

  // A workbook's cells: a day may stand there as a number, counted from 1900.
  bool day_numbers = false;

  // Index of a column, -1 when there is none.
  int Column(std::string_view name) const;
};

// The rules of a table, for records that come one by one: the first is the header, each later one gets as
// many cells as that has. Whoever reads a file of another kind into a table uses it too.
class Shape {
 public:
  // INVALID_ARGUMENT as Parse says. False: an empty line, or the header.
  absl::StatusOr<bool> Take(Record* record);
  const std::vector<std::string>& header() const { return header_; }
  bool has_header() const { return has_header_; }

 private:
  std::vector<std::string> header_;
  bool has_header_ = false;
};

struct Options {
  // Lines before the header, and between records, that begin with '#' are notes.
  bool notes = false;
};

// What no list needs, and what would let a small file ask for much memory: columns, and bytes of one record.
inline constexpr size_t kMostColumns = 256;
inline constexpr size_t kMostRecordBytes = 256 * 1024;

// `text` is UTF-8 without a byte order mark. INVALID_ARGUMENT naming the line, in two languages, for an
// unbalanced quote, a record of too many columns or bytes, a record with more cells than the header, a header
// that is missing or names a column twice. Empty lines are skipped.
absl::StatusOr<Table> Parse(std::string_view text, const Options& options = {});

// The same, piece by piece, for files that nobody wants to hold whole: each record goes to `on_record` once
// it is complete; what that returns ends the reading.
class Parser {
 public:
  using OnRecord = std::function<absl::Status(Record record)>;
  explicit Parser(OnRecord on_record, const Options& options = {});
  ~Parser();

  absl::Status Add(std::string_view piece);
  absl::Status End();
  const std::vector<std::string>& header() const;

 private:
  class State;
  std::unique_ptr<State> state_;
};

}  // namespace inspectorate::csv
