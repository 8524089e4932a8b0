#include "common/db/migration_steps.h"

namespace inspectorate::db {
namespace {

std::string_view Trimmed(std::string_view text) {
  constexpr std::string_view kSpace = " \t\r\n";
  const size_t begin = text.find_first_not_of(kSpace);
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(kSpace) - begin + 1);
}

}  // namespace

std::vector<std::string> StepsOf(std::string_view sql) {
  std::vector<std::string> steps;
  std::string step;
  const auto finish = [&] {
    if (const std::string_view text = Trimmed(step); !text.empty()) steps.emplace_back(text);
    step.clear();
  };
  while (!sql.empty()) {
    const size_t end = sql.find('\n');
    const std::string_view line = sql.substr(0, end);
    sql.remove_prefix(end == std::string_view::npos ? sql.size() : end + 1);
    const std::string_view text = Trimmed(line);
    if (text.starts_with("--")) continue;
    if (!text.ends_with(';')) {
      step.append(line).append("\n");
      continue;
    }
    step.append(text.substr(0, text.size() - 1));
    finish();
  }
  finish();
  return steps;
}

}  // namespace inspectorate::db
