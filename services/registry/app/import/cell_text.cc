#include "services/registry/app/import/cell_text.h"

#include <utility>

namespace inspectorate::registry {
namespace {

// After any number of apostrophes, so that the one put before it can be told from its own.
bool LooksLikeFormula(std::string_view text) {
  const size_t begin = text.find_first_not_of('\'');
  return begin != std::string_view::npos && std::string_view("=+-@\t\r").find(text[begin]) != text.npos;
}

}  // namespace

std::vector<std::string> PartsOf(std::string_view cell) {
  std::vector<std::string> parts;
  std::string part;
  const auto end = [&] {
    if (!part.empty()) parts.push_back(std::exchange(part, {}));
  };
  for (size_t i = 0; i < cell.size(); ++i) {
    const bool escaped =
        cell[i] == '\\' && i + 1 < cell.size() && (cell[i + 1] == '|' || cell[i + 1] == '\\');
    if (escaped) {
      part += cell[++i];
    } else if (cell[i] == '|') {
      end();
    } else {
      part += cell[i];
    }
  }
  end();
  return parts;
}

std::string JoinParts(const std::vector<std::string>& parts) {
  std::string cell;
  for (const std::string& part : parts) {
    if (!cell.empty()) cell += '|';
    for (const char c : part) {
      if (c == '|' || c == '\\') cell += '\\';
      cell += c;
    }
  }
  return cell;
}

std::string TimeText(Time time) {
  constexpr std::chrono::hours kChina{8};
  std::string text = FormatTime(time + kChina);  // 2026-03-09T10:00:00.000000Z
  text.pop_back();
  text[text.find('T')] = ' ';
  constexpr std::string_view kWhole = ".000000";
  if (text.ends_with(kWhole)) text.erase(text.size() - kWhole.size());
  return text;
}

std::optional<Time> TimeIn(std::string cell) {
  constexpr size_t kLocal = sizeof "2026-03-09";  // where the space stands, and one more
  if (cell.size() > kLocal && cell[kLocal - 1] == ' ') {
    cell[kLocal - 1] = 'T';
    cell += "+08:00";
  }
  const auto time = ParseTime(cell);
  return time.ok() ? std::optional(*time) : std::nullopt;
}

std::string Shielded(std::string text) { return LooksLikeFormula(text) ? "'" + text : text; }

std::string Unshielded(std::string text) {
  return text.starts_with('\'') && LooksLikeFormula(text) ? text.substr(1) : text;
}

}  // namespace inspectorate::registry
