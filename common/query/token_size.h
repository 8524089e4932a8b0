// How much a page token holds.
#pragma once

#include <cstddef>
#include <vector>

namespace inspectorate::query {

// What the contract lets a caller send.
inline constexpr size_t kMaxPageTokenBytes = 2000;

// Whether every token over keys of at most these sizes is within the limit. Numbers, times and dates count 8.
bool PageTokensFit(const std::vector<size_t>& max_bytes);

}  // namespace inspectorate::query
