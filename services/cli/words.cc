#include "services/cli/words.h"

namespace inspectorate::cli {
namespace {

Language g_language = Language::kChinese;

bool IsEnglish(std::string_view text) { return text.substr(0, 2) == "en"; }

}  // namespace

Language ChooseLanguage(int argc, const char* const* argv, const char* lang_variable) {
  for (int i = 1; i < argc; ++i) {
    const std::string_view word = argv[i];
    std::string_view value;
    if (word == "--lang" && i + 1 < argc) value = argv[i + 1];
    if (word.substr(0, 7) == "--lang=") value = word.substr(7);
    if (!value.empty()) return IsEnglish(value) ? Language::kEnglish : Language::kChinese;
  }
  return lang_variable != nullptr && IsEnglish(lang_variable) ? Language::kEnglish : Language::kChinese;
}

void SetLanguage(Language language) { g_language = language; }
Language CurrentLanguage() { return g_language; }
std::string Say(const Words& words) { return g_language == Language::kChinese ? words.zh : words.en; }
std::string LanguageTag() { return g_language == Language::kChinese ? "zh-CN" : "en"; }

absl::Status UserError(const Words& words, std::string_view detail) {
  std::string text = Say(words);
  if (!detail.empty()) text.append(g_language == Language::kChinese ? "：" : ": ").append(detail);
  return absl::InvalidArgumentError(text);
}

}  // namespace inspectorate::cli
