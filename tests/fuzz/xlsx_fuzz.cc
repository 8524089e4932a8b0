// Workbooks: what is read is a table, every text valid and bounded, whatever the parts hold. Input: 'Z' and
// the bytes of an archive; else the parts of one, the sheet first, then texts, formats and the book, held
// apart by zero bytes (so that the mutations reach the parts and not only the archive's check sums).
#include <string>

#include "common/base/text.h"
#include "common/sheet/xlsx.h"
#include "common/sheet/zip_for_tests.h"
#include "tests/fuzz/fuzz.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace inspectorate;
  using namespace inspectorate::fuzz;
  Input input(data, size);
  std::string bytes;
  if (input.Rest().starts_with('Z')) {
    input.Take(1);
    bytes = input.Rest();
  } else {
    const std::string sheet(input.Until('\0'));
    const std::string texts(input.Until('\0'));
    const std::string styles(input.Until('\0'));
    bytes = sheet::Zip(sheet::BookOf(sheet, texts, styles, std::string(input.Rest())), /*packed=*/false);
  }
  const sheet::Limits limits = {.unpacked = 4 << 20, .shared_text = 1 << 20, .rows = 10'000, .columns = 64};
  const auto table = sheet::ParseXlsx(bytes, limits);
  if (!table.ok()) {
    FUZZ_CHECK(absl::IsInvalidArgument(table.status()));
    FUZZ_CHECK(IsValidUtf8(std::string(table.status().message())));
    return 0;
  }
  FUZZ_CHECK(!table->header.empty() && table->header.size() <= 64);
  int line = 0;
  for (const csv::Record& record : table->records) {
    FUZZ_CHECK(record.cells.size() == table->header.size());
    FUZZ_CHECK(record.line > line && record.line <= limits.rows);
    line = record.line;
    for (const std::string& cell : record.cells) {
      FUZZ_CHECK(IsValidUtf8(cell) && cell.size() <= limits.cell);
      FUZZ_CHECK(cell.empty() || (cell.front() != ' ' && cell.back() != ' '));
    }
  }
  return 0;
}
