#include "common/base/resource_name.h"

#include <algorithm>
#include <array>

#include "common/base/uuid.h"

namespace inspectorate {
namespace {

constexpr size_t kMaxIdLength = 63;

bool IsLower(char c) { return c >= 'a' && c <= 'z'; }
bool IsDigit(char c) { return c >= '0' && c <= '9'; }
bool IsUpper(char c) { return c >= 'A' && c <= 'Z'; }

bool IsSlug(std::string_view text) {
  return !text.empty() && text.size() <= kMaxIdLength && IsLower(text.front()) &&
         std::ranges::all_of(text, [](char c) { return IsLower(c) || IsDigit(c) || c == '-'; });
}

bool IsCode(std::string_view text) {
  // A lone "-" is the wildcard and never an id.
  return !text.empty() && text.size() <= kMaxIdLength && text != kWildcardId &&
         std::ranges::all_of(text, [](char c) {
           return IsLower(c) || IsUpper(c) || IsDigit(c) || c == '.' || c == '_' || c == '-';
         });
}

bool IsNumber(std::string_view text) {
  constexpr std::string_view kLargest = "2147483647";
  return !text.empty() && text.front() != '0' && std::ranges::all_of(text, IsDigit) &&
         (text.size() < kLargest.size() || (text.size() == kLargest.size() && text <= kLargest));
}

// Cuts the text up to the next '/' off `rest`.
std::string_view NextSegment(std::string_view* rest) {
  const size_t slash = rest->find('/');
  const std::string_view segment = rest->substr(0, slash);
  *rest = slash == std::string_view::npos ? std::string_view() : rest->substr(slash + 1);
  return segment;
}

// The variable a pattern's segment stands for; empty when it is a literal.
std::string_view VariableOf(std::string_view segment) {
  if (segment.size() < 3 || segment.front() != '{' || segment.back() != '}') return {};
  return segment.substr(1, segment.size() - 2);
}

size_t SegmentCount(std::string_view text) { return 1 + static_cast<size_t>(std::ranges::count(text, '/')); }

}  // namespace

IdKind IdKindOf(std::string_view variable) {
  constexpr std::array<std::string_view, 5> kCodes = {"matter", "policy_rule", "division", "metric",
                                                      "catalogue"};
  if (variable == "office") return IdKind::kSlug;
  if (variable == "finding" || variable == "item") return IdKind::kNumber;
  if (std::ranges::find(kCodes, variable) != kCodes.end()) return IdKind::kCode;
  return IdKind::kUuid;
}

bool IsId(IdKind kind, std::string_view text) {
  switch (kind) {
    case IdKind::kUuid:
      return ParseUuid(text).has_value();
    case IdKind::kSlug:
      return IsSlug(text);
    case IdKind::kNumber:
      return IsNumber(text);
    case IdKind::kCode:
      return IsCode(text);
  }
  return false;
}

std::optional<std::vector<NamePart>> ParseName(std::string_view pattern, std::string_view name,
                                               bool wildcard) {
  if (SegmentCount(pattern) != SegmentCount(name)) return std::nullopt;
  std::vector<NamePart> parts;
  while (!pattern.empty() || !name.empty()) {
    const std::string_view expected = NextSegment(&pattern);
    const std::string_view segment = NextSegment(&name);
    const std::string_view variable = VariableOf(expected);
    if (variable.empty()) {
      if (segment != expected) return std::nullopt;
      continue;
    }
    const bool any = wildcard && segment == kWildcardId;
    if (!any && !IsId(IdKindOf(variable), segment)) return std::nullopt;
    parts.push_back({std::string(variable), std::string(segment)});
  }
  return parts;
}

std::vector<std::string> VariablesOf(std::string_view pattern) {
  std::vector<std::string> variables;
  while (!pattern.empty()) {
    const std::string_view variable = VariableOf(NextSegment(&pattern));
    if (!variable.empty()) variables.emplace_back(variable);
  }
  return variables;
}

std::optional<std::string> FormatName(std::string_view pattern, const std::vector<std::string>& ids) {
  std::string name;
  size_t next = 0;
  while (!pattern.empty()) {
    const std::string_view segment = NextSegment(&pattern);
    const std::string_view variable = VariableOf(segment);
    if (!variable.empty() && (next == ids.size() || !IsId(IdKindOf(variable), ids[next])))
      return std::nullopt;
    if (!name.empty()) name += '/';
    name += variable.empty() ? segment : std::string_view(ids[next++]);
  }
  if (next != ids.size()) return std::nullopt;
  return name;
}

}  // namespace inspectorate
