// What a rule of the policy library may say: the keys that the platform knows, each with its units and the
// values that its readers understand. A rule that nobody reads, or that a reader cannot read, would leave the
// office believing that it decided something.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace inspectorate::registry {

// How the value is read.
enum class RuleForm {
  kNumber,    // whole, within the bounds
  kHalf,      // a multiple of a half, within the bounds
  kWords,     // one of the words
  kKinds,     // kinds of training
  kMonthDay,  // "09-01"
  kHttps,     // "https://…"
  kText,
};

// Numbers of inspectorate.registry.v1.RuleUse.
enum class RuleReader { kActs = 1, kDeadlineOnly = 2, kNone = 3 };

struct PolicyKey {
  std::vector<int> units;  // numbers of inspectorate.registry.v1.RuleUnit
  RuleForm form = RuleForm::kText;
  int64_t least = 0, most = 0;
  std::vector<std::string> words;
  int persons = 1;  // 2: another person must approve it
  RuleReader reader = RuleReader::kActs;
};
using PolicyKeys = std::map<std::string, PolicyKey, std::less<>>;

struct RuleFault {
  std::string field;  // of the rule: "value"
  std::string zh, en;
};

// What is wrong with a rule; `unit_name` tells a unit in both languages. Of an unknown key only that.
std::vector<RuleFault> FaultsOf(const PolicyKeys& keys, std::string_view key, int unit,
                                const std::string& value,
                                const std::map<int, std::pair<std::string, std::string>>& unit_names);

}  // namespace inspectorate::registry
