#include "common/sheet/workbook.h"

#include <unistd.h>

#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <utility>

#include "common/base/text.h"

namespace inspectorate::sheet {

// The library writes files only.
Workbook::Workbook() : path_((std::filesystem::temp_directory_path() / "workbook-XXXXXX").string()) {
  const int file = mkstemp(path_.data());
  if (file >= 0) close(file);
  book_ = workbook_new(path_.c_str());
  title_ = workbook_add_format(book_);
  format_set_bold(title_);
  format_set_font_size(title_, 14);
  heading_ = workbook_add_format(book_);
  format_set_bold(heading_);
  format_set_bg_color(heading_, 0xD9E2F3);
  format_set_border(heading_, LXW_BORDER_THIN);
  cell_ = AddCell();
  format_set_text_wrap(cell_);
  count_ = AddCell();
  format_set_num_format(count_, "#,##0");
  percent_ = AddCell();
  format_set_num_format(percent_, "0.0%");
  ratio_ = AddCell();
  format_set_num_format(ratio_, "0.00");
}

Workbook::~Workbook() {
  if (book_ != nullptr) lxw_workbook_free(book_);
  unlink(path_.c_str());
}

lxw_worksheet* Workbook::AddSheet(const char* name, uint32_t row, const std::vector<Heading>& headings) {
  lxw_worksheet* sheet = workbook_add_worksheet(book_, name);
  columns_ = headings;
  tall_ = {};
  for (uint16_t column = 0; column < headings.size(); ++column) {
    worksheet_set_column(sheet, column, column, headings[column].width, nullptr);
    worksheet_write_string(sheet, row, column, headings[column].text, heading_);
  }
  worksheet_freeze_panes(sheet, row + 1, 0);
  worksheet_set_landscape(sheet);
  worksheet_fit_to_pages(sheet, 1, 0);
  worksheet_repeat_rows(sheet, row, row);
  return sheet;
}

void Workbook::Title(lxw_worksheet* sheet, uint32_t row, const std::string& text, bool large) {
  worksheet_write_string(sheet, row, 0, text.c_str(), large ? title_ : nullptr);
}

void Workbook::Text(lxw_worksheet* sheet, uint32_t row, uint16_t column, const std::string& text) {
  worksheet_write_string(sheet, row, column, text.c_str(), cell_);
  MakeRoom(sheet, row, column, text);
}

void Workbook::Count(lxw_worksheet* sheet, uint32_t row, uint16_t column, int64_t count) {
  worksheet_write_number(sheet, row, column, static_cast<double>(count), count_);
}

void Workbook::Rate(lxw_worksheet* sheet, uint32_t row, uint16_t column, double value, bool percent) {
  worksheet_write_number(sheet, row, column, value, percent ? percent_ : ratio_);
}

absl::StatusOr<std::string> Workbook::Close() {
  const lxw_error error = workbook_close(std::exchange(book_, nullptr));
  if (error != LXW_NO_ERROR) return absl::InternalError(std::string("workbook: ") + lxw_strerror(error));
  std::ifstream file(path_, std::ios::binary);
  std::ostringstream bytes;
  bytes << file.rdbuf();
  if (!file) return absl::InternalError("the workbook cannot be read back");
  return bytes.str();
}

// Numbers stand beside the first line of a text that wraps.
lxw_format* Workbook::AddCell() {
  lxw_format* format = workbook_add_format(book_);
  format_set_border(format, LXW_BORDER_THIN);
  format_set_align(format, LXW_ALIGN_VERTICAL_TOP);
  return format;
}

// A row is as high as its longest text wraps: not every program sets the heights itself, and where none does
// the text runs into the next row. Lines break between words, so a column holds a little less than its width.
void Workbook::MakeRoom(lxw_worksheet* sheet, uint32_t row, uint16_t column, const std::string& text) {
  constexpr double kUsable = 0.9;
  constexpr double kLineHeight = 15;
  const double lines =
      std::ceil(static_cast<double>(DisplayWidth(text)) / (columns_[column].width * kUsable));
  if (row != tall_.row) tall_ = {.row = row, .lines = 1};
  if (lines <= tall_.lines) return;
  tall_.lines = lines;
  worksheet_set_row(sheet, row, kLineHeight * lines, nullptr);
}

}  // namespace inspectorate::sheet
