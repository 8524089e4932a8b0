// What is wrong with the lists of an import, as a file for the person who mends them.
#pragma once

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "inspectorate/registry/v1/import.pb.h"

namespace inspectorate::registry {

struct DefectReport {
  std::string office;                      // display name
  std::string time;                        // of the import, for people
  const v1::ImportRosterResponse* result;  // its counts
  std::vector<type::v1::ImportRow> rows;   // those that were rejected, in order
  int64_t left_out = 0;                    // rejected rows beyond them
};

// One line a defect: file, line, column, what stands there, what is wrong, in both languages. UTF-8 with a
// byte order mark: spreadsheet programs open it.
std::string DefectsAsCsv(const DefectReport& report);
// The same as a workbook to print, with what became of the import above.
absl::StatusOr<std::string> DefectsAsWorkbook(const DefectReport& report);

}  // namespace inspectorate::registry
