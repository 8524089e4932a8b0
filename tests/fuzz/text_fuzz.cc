// Texts, dates, times and ids as callers write them: what is read is written again and read the same.
#include <string>

#include "common/base/text.h"
#include "common/base/time.h"
#include "common/base/uuid.h"
#include "common/db/sql_text.h"
#include "common/feed/digest.h"
#include "tests/fuzz/fuzz.h"

namespace inspectorate::fuzz {
namespace {

void CheckWidths(std::string_view text, size_t limit) {
  const std::string cell = PadToWidth(text, limit);
  FUZZ_CHECK(DisplayWidth(cell) == limit);
  FUZZ_CHECK(DisplayWidth(TruncateToWidth(text, limit)) <= limit);
  FUZZ_CHECK(CharacterCount(PrefixCharacters(text, limit)) <= limit);
  FUZZ_CHECK(PrefixBytes(text, limit).size() <= limit);
  FUZZ_CHECK(CharacterCount(text) <= text.size());
  if (!IsValidUtf8(text)) return;
  FUZZ_CHECK(IsValidUtf8(cell));
  FUZZ_CHECK(IsValidUtf8(PrefixBytes(text, limit)));
  FUZZ_CHECK(IsValidUtf8(PrefixCharacters(text, limit)));
}

void CheckTimes(std::string_view text) {
  if (const auto date = ParseDate(text); date.ok()) FUZZ_CHECK(FormatDate(*date) == text);
  if (const auto time = ParseTime(text); time.ok() && YearOf(ChinaDate(*time)) >= 1) {
    const std::string written = FormatTime(*time);
    // An offset may lead out of the years that have four digits.
    if (written.size() == 27 && written.front() != '-' && !written.starts_with("0000")) {
      FUZZ_CHECK(ParseTime(written).value() == *time);
    }
  }
}

}  // namespace
}  // namespace inspectorate::fuzz

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace inspectorate;
  using namespace inspectorate::fuzz;
  Input input(data, size);
  const size_t limit = input.Below(120);
  const std::string_view text = input.Rest();
  CheckWidths(text, limit);
  CheckTimes(text);
  if (const auto id = ParseUuid(text)) FUZZ_CHECK(ParseUuid(FormatUuid(*id)) == id);
  if (const auto digest = feed::Digest::FromParts(text, 1)) FUZZ_CHECK(digest->Sum() == text);
  static_cast<void>(db::ParseSqlTime(std::string(text)));
  return 0;
}
