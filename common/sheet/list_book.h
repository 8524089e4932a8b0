// A workbook of one sheet of texts, for programs and people who go on working with it: rows go to disk as
// they come, so that a list may be of any length, and every cell is text, so that codes keep their digits.
// Columns are as wide as what they hold, within reason; the heading stays in view and chooses rows.
#pragma once

#include <xlsxwriter.h>

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"

namespace inspectorate::sheet {

// Rows of a sheet beside the header.
inline constexpr uint32_t kMostListRows = 1'048'575;

// Whether a list may go on that has taken `at_start` − `now` bytes of the room it began with: the packed
// workbook is still to be written beside its rows, and the library takes no notice of a row that finds no
// room.
bool IsRoomLeft(uintmax_t at_start, uintmax_t now);

// In a file of its own that is gone with it.
class ListBook {
 public:
  // `prose`: texts to be read, which wrap; else each row is one line, however long its cells are.
  ListBook(const std::string& sheet, const std::vector<std::string>& header, bool prose = false);
  ~ListBook();
  ListBook(const ListBook&) = delete;
  ListBook& operator=(const ListBook&) = delete;

  // INVALID_ARGUMENT for a row too many, for one more than there is room for, or for a text that no cell
  // holds.
  absl::Status Add(const std::vector<std::string>& cells);
  // Ends the workbook and gives its bytes, piece by piece; what `take` returns ends that.
  absl::Status Close(const std::function<absl::Status(std::string_view piece)>& take);

 private:
  std::string path_;
  uintmax_t room_ = 0;
  lxw_workbook* book_ = nullptr;
  lxw_worksheet* sheet_ = nullptr;
  lxw_format* text_ = nullptr;
  const bool prose_;
  std::vector<double> widths_;
  uint32_t row_ = 0;
};

}  // namespace inspectorate::sheet
