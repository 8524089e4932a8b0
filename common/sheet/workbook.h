// A workbook to be read by people: sheets with headings that stay in view, rows as high as their texts wrap,
// pages that fit. Also where a program that opens it sets no heights by itself.
#pragma once

#include <xlsxwriter.h>

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"

namespace inspectorate::sheet {

struct Heading {
  const char* text;
  double width;
};

// In a file of its own that is gone with it.
class Workbook {
 public:
  Workbook();
  ~Workbook();
  Workbook(const Workbook&) = delete;
  Workbook& operator=(const Workbook&) = delete;

  // A sheet whose headings, at `row`, stay in view.
  lxw_worksheet* AddSheet(const char* name, uint32_t row, const std::vector<Heading>& headings);
  void Title(lxw_worksheet* sheet, uint32_t row, const std::string& text, bool large);
  void Text(lxw_worksheet* sheet, uint32_t row, uint16_t column, const std::string& text);
  void Count(lxw_worksheet* sheet, uint32_t row, uint16_t column, int64_t count);
  void Rate(lxw_worksheet* sheet, uint32_t row, uint16_t column, double value, bool percent);

  // The bytes of the file.
  absl::StatusOr<std::string> Close();

 private:
  lxw_format* AddCell();
  void MakeRoom(lxw_worksheet* sheet, uint32_t row, uint16_t column, const std::string& text);

  // The row being written, and how many lines it has.
  struct Tall {
    uint32_t row = 0;
    double lines = 1;
  };

  std::vector<Heading> columns_;  // of the sheet being written
  Tall tall_;
  lxw_workbook* book_ = nullptr;
  std::string path_;
  lxw_format* title_;
  lxw_format* heading_;
  lxw_format* cell_;
  lxw_format* count_;
  lxw_format* percent_;
  lxw_format* ratio_;
};

}  // namespace inspectorate::sheet
