// Resource names (AIP-122): a pattern such as "offices/{office}/visits/{visit}", and what may stand for each
// of its variables. The form of an id follows from the name of its variable, everywhere in the platform.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace inspectorate {

enum class IdKind {
  kUuid,    // 8-4-4-4-12 hexadecimal digits: every record we make
  kSlug,    // [a-z][a-z0-9-]{0,62}: office
  kNumber,  // positive, no leading zero, at most 2^31-1: finding, item
  kCode,    // [A-Za-z0-9._-]{1,63}: matter, policy_rule, division, metric, catalogue
};
// The form of the ids that stand for `variable` ("office", "visit").
IdKind IdKindOf(std::string_view variable);
bool IsId(IdKind kind, std::string_view text);

// Stands for any id where a read goes across collections, "offices/-".
inline constexpr std::string_view kWildcardId = "-";

struct NamePart {
  std::string variable;
  std::string id;

  bool operator==(const NamePart&) const = default;
};

// The ids in `name`, in order of the pattern; nothing when the name is not of this pattern or an id not of
// the form of its variable. With `wildcard`, "-" is accepted for any id.
std::optional<std::vector<NamePart>> ParseName(std::string_view pattern, std::string_view name,
                                               bool wildcard = false);

// The variables of a pattern, in order.
std::vector<std::string> VariablesOf(std::string_view pattern);

// The name with `ids` for the variables, in order; nothing when there are too few or too many, or one is
// malformed.
std::optional<std::string> FormatName(std::string_view pattern, const std::vector<std::string>& ids);

}  // namespace inspectorate
