#include "common/csv/csv.h"

#include <csv.h>

#include <algorithm>
#include <memory>
#include <set>

namespace inspectorate::csv {
namespace {

std::string Trim(std::string_view text) {
  const size_t begin = text.find_first_not_of(" \t");
  if (begin == std::string_view::npos) return "";
  return std::string(text.substr(begin, text.find_last_not_of(" \t") - begin + 1));
}

absl::Status Broken(int line, const std::string& what) {
  return absl::InvalidArgumentError("line " + std::to_string(line) + ": " + what);
}

// Collects records; libcsv calls back while bytes go in.
struct Collector {
  std::vector<Record> records;
  Record current;
  int line = 1;        // of the next byte
  bool begun = false;  // the current record has had a byte

  static void Cell(void* cell, size_t size, void* self) {
    static_cast<Collector*>(self)->current.cells.push_back(
        Trim(std::string_view(static_cast<const char*>(cell), cell == nullptr ? 0 : size)));
  }
  static void End(int, void* self) {
    auto* collector = static_cast<Collector*>(self);
    collector->records.push_back(std::move(collector->current));
    collector->current = {};
    collector->begun = false;
  }
};

struct Free {
  void operator()(csv_parser* parser) const {
    csv_free(parser);
    delete parser;
  }
};

absl::StatusOr<std::vector<Record>> Split(std::string_view text, const Options& options) {
  std::unique_ptr<csv_parser, Free> parser(new csv_parser);
  if (csv_init(parser.get(), CSV_STRICT | CSV_STRICT_FINI) != 0) return absl::InternalError("csv_init");
  Collector collector;
  for (size_t at = 0; at < text.size(); ++at) {
    const char byte = text[at];
    if (!collector.begun && byte != '\n' && byte != '\r') {
      if (options.notes && byte == '#') {
        const size_t end = text.find('\n', at);
        if (end == std::string_view::npos) break;
        at = end;
        ++collector.line;
        continue;
      }
      collector.begun = true;
      collector.current.line = collector.line;
    }
    if (csv_parse(parser.get(), &byte, 1, Collector::Cell, Collector::End, &collector) != 1) {
      return Broken(collector.line, csv_strerror(csv_error(parser.get())));
    }
    if (byte == '\n') ++collector.line;
  }
  if (csv_fini(parser.get(), Collector::Cell, Collector::End, &collector) != 0) {
    return Broken(collector.current.line, "a quoted cell does not end");
  }
  return std::move(collector.records);
}

}  // namespace

int Table::Column(std::string_view name) const {
  auto it = std::find(header.begin(), header.end(), name);
  return it == header.end() ? -1 : static_cast<int>(it - header.begin());
}

absl::StatusOr<Table> Parse(std::string_view text, const Options& options) {
  auto records = Split(text, options);
  if (!records.ok()) return records.status();
  if (records->empty()) return absl::InvalidArgumentError("there is no header");
  Table table;
  table.header = std::move(records->front().cells);
  std::set<std::string> names;
  for (const std::string& name : table.header) {
    if (!name.empty() && !names.insert(name).second)
      return Broken(records->front().line, "column " + name + " twice");
  }
  for (size_t i = 1; i < records->size(); ++i) {
    Record& record = (*records)[i];
    const bool blank =
        std::all_of(record.cells.begin(), record.cells.end(), [](const auto& c) { return c.empty(); });
    if (blank) continue;
    if (record.cells.size() > table.header.size()) return Broken(record.line, "more cells than columns");
    record.cells.resize(table.header.size());
    table.records.push_back(std::move(record));
  }
  return table;
}

}  // namespace inspectorate::csv
