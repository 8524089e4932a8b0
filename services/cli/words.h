// The two languages the command line speaks.
#pragma once

#include <string>
#include <string_view>

#include "absl/status/status.h"

namespace inspectorate::cli {

struct Words {
  const char* zh;
  const char* en;
};

enum class Language { kChinese, kEnglish };

// From `--lang` (anything beginning with "zh" or "en"), else from LANG; Chinese when neither says.
Language ChooseLanguage(int argc, const char* const* argv, const char* lang_variable);

// Set once, at the start of the program, before anything is said.
void SetLanguage(Language language);
Language CurrentLanguage();
std::string Say(const Words& words);
// "zh-CN" or "en": what is asked of the servers.
std::string LanguageTag();

// An error of the command line itself, in the current language; `detail` is appended.
absl::Status UserError(const Words& words, std::string_view detail = "");

}  // namespace inspectorate::cli
