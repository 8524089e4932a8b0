#include "common/sheet/list_book.h"

#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <utility>

#include "common/base/text.h"

namespace inspectorate::sheet {
namespace {

// As wide as the heading, within reason.
double WidthFor(const std::string& heading) {
  return std::clamp<double>(static_cast<double>(DisplayWidth(heading)) + 4, 12, 40);
}

}  // namespace

ListBook::ListBook(const std::string& sheet, const std::vector<std::string>& header)
    : path_((std::filesystem::temp_directory_path() / "list-XXXXXX").string()) {
  if (const int file = mkstemp(path_.data()); file >= 0) close(file);
  std::string folder = std::filesystem::temp_directory_path().string();
  lxw_workbook_options options = {};
  options.constant_memory = LXW_TRUE;
  options.tmpdir = folder.data();
  book_ = workbook_new_opt(path_.c_str(), &options);
  sheet_ = workbook_add_worksheet(book_, sheet.c_str());
  lxw_format* text = workbook_add_format(book_);
  format_set_num_format(text, "@");
  lxw_format* heading = workbook_add_format(book_);
  format_set_num_format(heading, "@");
  format_set_bold(heading);
  format_set_bg_color(heading, 0xD9E2F3);
  for (uint16_t i = 0; i < header.size(); ++i) {
    worksheet_set_column(sheet_, i, i, WidthFor(header[i]), text);
  }
  worksheet_freeze_panes(sheet_, 1, 0);
  for (uint16_t i = 0; i < header.size(); ++i) {
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
  ++row_;
  for (uint16_t i = 0; i < cells.size(); ++i) {
    if (cells[i].empty()) continue;
    if (worksheet_write_string(sheet_, row_, i, cells[i].c_str(), nullptr) != LXW_NO_ERROR) {
      return absl::InvalidArgumentError("单元格放不下，请改用CSV / a text that no cell holds; take CSV");
    }
  }
  return absl::OkStatus();
}

absl::Status ListBook::Close(const std::function<absl::Status(std::string_view piece)>& take) {
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
