// Statements over many rows, in few lengths: each length is a text of its own which the server prepares and
// the connection remembers. So a list is filled up to the next power of two with its last row once more; only
// for statements that do the same when a row is said twice.
#pragma once

#include <algorithm>
#include <bit>
#include <cstddef>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "common/db/value.h"

namespace inspectorate::db {

// Rows one statement takes; longer lists go in pieces.
inline constexpr size_t kRowsPerStatement = 128;

// `one`, `one`, … for `count` rows, filled up.
inline std::string Repeated(std::string_view one, size_t count, std::string_view separator = ", ") {
  std::string text;
  for (size_t i = 0; i < std::bit_ceil(count); ++i) {
    if (i > 0) text += separator;
    text += one;
  }
  return text;
}

// The parameters of such a list: rows of `width` values each, from `first` on.
inline void FillUp(Params* params, size_t width, size_t first = 0) {
  const size_t count = (params->size() - first) / width;
  const Params last(params->end() - static_cast<ptrdiff_t>(width), params->end());
  for (size_t i = count; i < std::bit_ceil(count); ++i)
    params->insert(params->end(), last.begin(), last.end());
}

// Calls `each(params, count)` for one statement after the other: `head`, then up to kRowsPerStatement of the
// rows of `width` values. Stops at the first that fails.
template <class Each>
absl::Status InPieces(const Params& head, const Params& rows, size_t width, const Each& each) {
  const size_t piece = width * kRowsPerStatement;
  for (size_t from = 0; from < rows.size(); from += piece) {
    const size_t to = std::min(rows.size(), from + piece);
    Params params = head;
    params.insert(params.end(), rows.begin() + static_cast<ptrdiff_t>(from),
                  rows.begin() + static_cast<ptrdiff_t>(to));
    FillUp(&params, width, head.size());
    const absl::Status status = each(params, (to - from) / width);
    if (!status.ok()) return status;
  }
  return absl::OkStatus();
}

}  // namespace inspectorate::db
