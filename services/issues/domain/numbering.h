// Document numbers of official papers (发文字号), GB/T 9704-2012 7.2.5: the office's code, the year in full
// in hexagonal brackets (U+3014, U+3015), the serial without 第 and without leading zeros, then 号.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"

namespace inspectorate::issues {

// "沾教督改〔2026〕37号". The prefix (机关代字) is the office's own, from its policy; year 1000 to 9999;
// serial from 1, gap-free per prefix and year (the caller's locked counter). DOCUMENT_NUMBER_INVALID
// otherwise.
absl::StatusOr<std::string> FormatDocumentNumber(std::string_view prefix, int year, uint32_t serial);

}  // namespace inspectorate::issues
