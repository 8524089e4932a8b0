// Comma-separated lists: every record as wide as the header, cells trimmed, lines in order; written out again
// with all quotes it is the same table. Input: '#' first where notes are allowed, then the file.
#include <algorithm>
#include <set>
#include <string>

#include "common/csv/csv.h"
#include "tests/fuzz/fuzz.h"

namespace inspectorate::fuzz {
namespace {

std::string Line(const std::vector<std::string>& cells) {
  std::string line;
  for (const std::string& cell : cells) {
    line += line.empty() ? "\"" : ",\"";
    for (const char c : cell) line += c == '"' ? "\"\"" : std::string(1, c);
    line += '"';
  }
  return line + "\n";
}

bool IsTrimmed(const std::string& cell) {
  return cell.empty() || (cell.find_first_of(" \t") != 0 && cell.find_last_of(" \t") != cell.size() - 1);
}

void CheckTable(std::string_view text, const csv::Table& table) {
  const auto lines = 1 + std::count(text.begin(), text.end(), '\n');
  FUZZ_CHECK(!table.header.empty());
  std::set<std::string> names;
  for (const std::string& name : table.header) {
    FUZZ_CHECK(IsTrimmed(name) && (name.empty() || names.insert(name).second));
  }
  std::string written = Line(table.header);
  int line = 0;
  size_t bytes = 0;
  for (const csv::Record& record : table.records) {
    FUZZ_CHECK(record.cells.size() == table.header.size());
    FUZZ_CHECK(record.line >= line && record.line >= 1 && record.line <= lines);
    line = record.line;
    for (const std::string& cell : record.cells) {
      FUZZ_CHECK(IsTrimmed(cell));
      bytes += cell.size();
    }
    written += Line(record.cells);
  }
  FUZZ_CHECK(bytes <= text.size());
  const auto again = csv::Parse(written);
  FUZZ_CHECK(again.ok() && again->header == table.header && again->records.size() == table.records.size());
  for (size_t i = 0; i < table.records.size(); ++i) {
    FUZZ_CHECK(again->records[i].cells == table.records[i].cells);
  }
}

}  // namespace
}  // namespace inspectorate::fuzz

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace inspectorate;
  using namespace inspectorate::fuzz;
  const std::string_view text = Input(data, size).Rest();
  const auto table = csv::Parse(text, {.notes = text.starts_with('#')});
  if (table.ok()) {
    CheckTable(text, *table);
  } else {
    FUZZ_CHECK(absl::IsInvalidArgument(table.status()));
    const std::string why(table.status().message());
    FUZZ_CHECK(why.find(" / line ") != std::string::npos || why.ends_with("there is no header"));
  }
  return 0;
}
