// Workbooks (XLSX, ISO/IEC 29500) as offices send them: the cells of the first sheet that is not hidden, as
// the texts that a person sees there. A zip of XML from an unknown sender: everything that it could make grow
// is bounded.
//
// What a person means, not what the program made of it:
//   digits   a number that is whole is written with all its digits, 3.716030001E9 as 3716030001; from sixteen
//   on a
//            spreadsheet program keeps no further ones, and the number stays in its short form, 3.71603E+17,
//            for the reader of the list to refuse
//   days     a number in a cell that shows a date becomes 2026-03-09
//   是/否    of TRUE and FALSE
//   formulas what they gave when the file was saved; errors as #N/A
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "common/csv/csv.h"

namespace inspectorate::sheet {

struct Limits {
  // All parts together, unpacked: at most `unpacked`, and at most `ratio` times the file, `small` being free.
  int64_t unpacked = int64_t{1} << 30;
  int64_t ratio = 100;
  int64_t small = int64_t{32} << 20;
  int64_t shared_text = int64_t{128} << 20;  // texts that cells share are held in memory
  int rows = 1'048'576;
  int columns = 256;
  size_t cell = 32'767 * 4;  // bytes
  int depth = 64;            // of nested elements
};

// Begins as a zip does.
bool LooksLikeXlsx(std::string_view bytes);
// Begins as a workbook of before 2007 does, or one with a password.
bool LooksLikeOldWorkbook(std::string_view bytes);

// Reads the sheet row by row; each record goes to `on_record`, its line being the row's number. What that
// returns ends the reading. The header goes to `header` before the first record. INVALID_ARGUMENT, with a
// reason in two languages, for a file that is no such workbook or passes a limit. Empty rows are skipped.
absl::Status ReadXlsx(std::string_view bytes, const Limits& limits, std::vector<std::string>* header,
                      const csv::Parser::OnRecord& on_record);

// All of it.
absl::StatusOr<csv::Table> ParseXlsx(std::string_view bytes, const Limits& limits = {});

// What a numeric cell shows: `3716030001`, `121.46891`, `3.71603000112346E+17`. For tests.
std::string NumberText(std::string_view stored);
// Does this number format show a date?
bool IsDateFormat(std::string_view code);

}  // namespace inspectorate::sheet
