#include "common/sheet/list_book.h"

#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <utility>

#include "common/base/text.h"

namespace inspectorate::sheet {
namespace {

constexpr uint8_t kA4 = 9;
constexpr double kMargin = 0.4;  // inches
// Points: fonts of Chinese are higher than those that programs make room for, which cuts off their heads.
constexpr double kLine = 18;
// Of a column's width, what a wrapped line fills: it breaks between words.
constexpr double kUsable = 0.9;
constexpr double kNarrowest = 8;
constexpr double kWidest = 48;
// Rows that the widths are taken from: the rest of a long list looks alike.
constexpr uint32_t kLookedAt = 2'000;
// As many characters across are still read on a page of A4; wider lists go over several.
constexpr double kPageWide = 240;
// Rows between looks at the room that is left, and what they may take meanwhile.
constexpr uint32_t kLookEvery = 256;
constexpr uintmax_t kReserve = 8u << 20;
// Of the rows' size, what they take when they are packed: a tenth, or less.
constexpr uintmax_t kPackedTo = 4;

uintmax_t RoomLeft() {
  std::error_code error;
  const auto space = std::filesystem::space(std::filesystem::temp_directory_path(), error);
  return error ? 0 : space.available;
}

// Room for the longest line, and for the arrow that chooses rows.
double WidthFor(const std::string& text, double beside) {
  size_t widest = 0;
  for (size_t begin = 0; begin <= text.size();) {
    const size_t end = std::min(text.find('\n', begin), text.size());
    widest = std::max(widest, static_cast<size_t>(DisplayWidth(text.substr(begin, end - begin))));
    begin = end + 1;
  }
  return std::clamp(static_cast<double>(widest) + beside, kNarrowest, kWidest);
}

// What is longer than the widest column wraps: not every program that opens the list makes room by itself.
double LinesOf(const std::vector<std::string>& cells) {
  double lines = 1;
  for (const std::string& cell : cells)
    lines = std::max(lines, std::ceil(static_cast<double>(DisplayWidth(cell)) / (kWidest * kUsable)));
  return lines;
}

}  // namespace

bool IsRoomLeft(uintmax_t at_start, uintmax_t now) {
  const uintmax_t taken = at_start > now ? at_start - now : 0;
  return now >= taken / kPackedTo + kReserve;
}

ListBook::ListBook(const std::string& sheet, const std::vector<std::string>& header, bool prose)
    : path_((std::filesystem::temp_directory_path() / "list-XXXXXX").string()),
      room_(RoomLeft()),
      prose_(prose) {
  if (const int file = mkstemp(path_.data()); file >= 0) close(file);
  std::string folder = std::filesystem::temp_directory_path().string();
  lxw_workbook_options options = {};
  options.constant_memory = LXW_TRUE;
  options.tmpdir = folder.data();
  book_ = workbook_new_opt(path_.c_str(), &options);
  sheet_ = workbook_add_worksheet(book_, sheet.c_str());
  lxw_format* text = workbook_add_format(book_);
  format_set_num_format(text, "@");
  if (prose) {
    format_set_text_wrap(text);
    format_set_align(text, LXW_ALIGN_VERTICAL_TOP);
  }
  lxw_format* heading = workbook_add_format(book_);
  format_set_num_format(heading, "@");
  format_set_bold(heading);
  format_set_bg_color(heading, 0xD9E2F3);
  text_ = text;
  const auto columns = static_cast<uint16_t>(header.size());
  for (uint16_t i = 0; i < columns; ++i) {
    widths_.push_back(WidthFor(header[i], 4));
    worksheet_set_column(sheet_, i, i, widths_[i], text);  // rows go to disk as they come: their form first
  }
  worksheet_freeze_panes(sheet_, 1, 0);
  worksheet_set_paper(sheet_, kA4);
  worksheet_set_landscape(sheet_);
  worksheet_set_default_row(sheet_, kLine, LXW_FALSE);
  worksheet_set_margins(sheet_, kMargin, kMargin, 2 * kMargin, 2 * kMargin);
  worksheet_set_header(sheet_, "&C&A");
  worksheet_set_footer(sheet_, "&C第 &P 页 共 &N 页");
  worksheet_gridlines(sheet_, LXW_SHOW_ALL_GRIDLINES);
  worksheet_repeat_rows(sheet_, 0, 0);
  for (uint16_t i = 0; i < columns; ++i) {
    worksheet_write_string(sheet_, 0, i, header[i].c_str(), heading);
  }
}

ListBook::~ListBook() {
  if (book_ != nullptr) lxw_workbook_free(book_);
  unlink(path_.c_str());
}

absl::Status ListBook::Add(const std::vector<std::string>& cells) {
  if (row_ == kMostListRows) {
    return absl::InvalidArgumentError("一张工作表放不下，请改用CSV / more rows than a sheet has; take CSV");
  }
  if (row_ % kLookEvery == 0 && !IsRoomLeft(room_, RoomLeft())) {
    return absl::InvalidArgumentError("清单太长，请改用CSV / more than there is room for; take CSV");
  }
  ++row_;
  if (prose_) worksheet_set_row(sheet_, row_, kLine * LinesOf(cells), nullptr);
  for (uint16_t i = 0; i < static_cast<uint16_t>(cells.size()); ++i) {
    if (cells[i].empty()) continue;
    if (row_ <= kLookedAt && i < widths_.size()) widths_[i] = std::max(widths_[i], WidthFor(cells[i], 2));
    if (worksheet_write_string(sheet_, row_, i, cells[i].c_str(), nullptr) != LXW_NO_ERROR) {
      return absl::InvalidArgumentError("单元格放不下，请改用CSV / a text that no cell holds; take CSV");
    }
  }
  return absl::OkStatus();
}

absl::Status ListBook::Close(const std::function<absl::Status(std::string_view piece)>& take) {
  double wide = 0;
  for (uint16_t i = 0; i < static_cast<uint16_t>(widths_.size()); ++i) {
    worksheet_set_column(sheet_, i, i, widths_[i], text_);
    wide += widths_[i];
  }
  if (wide <= kPageWide) worksheet_fit_to_pages(sheet_, 1, 0);
  if (!widths_.empty() && row_ > 0)
    worksheet_autofilter(sheet_, 0, 0, row_, static_cast<uint16_t>(widths_.size() - 1));
  const lxw_error error = workbook_close(std::exchange(book_, nullptr));
  if (error != LXW_NO_ERROR) return absl::InternalError(std::string("workbook: ") + lxw_strerror(error));
  constexpr size_t kPiece = 1 << 18;
  std::ifstream file(path_, std::ios::binary);
  std::string piece(kPiece, '\0');
  while (file) {
    file.read(piece.data(), static_cast<std::streamsize>(piece.size()));
    const auto size = static_cast<size_t>(file.gcount());
    if (size == 0) break;
    if (absl::Status status = take(std::string_view(piece).substr(0, size)); !status.ok()) return status;
  }
  return file.eof() ? absl::OkStatus() : absl::InternalError("the workbook cannot be read back");
}

}  // namespace inspectorate::sheet
