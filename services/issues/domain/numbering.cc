#include "services/issues/domain/numbering.h"

#include "common/base/refusal.h"
#include "services/issues/domain/reasons.h"

namespace inspectorate::issues {

absl::StatusOr<std::string> FormatDocumentNumber(std::string_view prefix, int year, uint32_t serial) {
  const auto invalid = [](std::string why) {
    return Refuse(reason::kDocumentNumberInvalid, {{"why", std::move(why)}});
  };
  if (prefix.empty()) return invalid("缺机关代字 (no prefix)");
  // A prefix that carries brackets or 第 of its own would give a number the standard does not know.
  for (std::string_view foreign :
       {"〔", "〕", "第", "号", "[", "]", "(", ")", "\uFF08", "\uFF09", "\uFF3B", "\uFF3D", " "}) {
    if (prefix.find(foreign) != std::string_view::npos) return invalid("机关代字有误 (wrong prefix)");
  }
  if (year < 1000 || year > 9999) return invalid("年份须为四位 (the year has four digits)");
  if (serial == 0) return invalid("序号自1起 (serials begin at 1)");
  return std::string(prefix) + "〔" + std::to_string(year) + "〕" + std::to_string(serial) + "号";
}

}  // namespace inspectorate::issues
