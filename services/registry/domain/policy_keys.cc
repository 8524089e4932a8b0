#include "services/registry/domain/policy_keys.h"

#include <algorithm>
#include <charconv>
#include <utility>

#include "services/registry/domain/training.h"

namespace inspectorate::registry {
namespace {

struct Told {
  std::string zh, en;
};

// The whole text is a number as it is written in data: digits, with a point where fractions are allowed.
template <class Number>
std::optional<Number> NumberIn(const std::string& text) {
  Number number{};
  const bool begins = !text.empty() && text.front() >= '0' && text.front() <= '9';
  const auto read = std::from_chars(text.data(), text.data() + text.size(), number);
  if (!begins || read.ec != std::errc() || read.ptr != text.data() + text.size()) return std::nullopt;
  return number;
}

std::string Joined(const std::vector<std::string>& words, const char* between) {
  std::string text;
  for (const std::string& word : words) text += (text.empty() ? "" : between) + word;
  return text;
}

bool Within(double number, const PolicyKey& key) {
  return number >= static_cast<double>(key.least) && number <= static_cast<double>(key.most);
}

bool Fits(const PolicyKey& key, const std::string& value) {
  switch (key.form) {
    case RuleForm::kNumber: {
      const auto whole = NumberIn<int64_t>(value);
      return whole && *whole >= key.least && *whole <= key.most;
    }
    case RuleForm::kHalf: {
      const auto number = NumberIn<double>(value);
      return number && HalvesOf(*number).has_value() && Within(*number, key);
    }
    case RuleForm::kWords:
      return std::ranges::find(key.words, value) != key.words.end();
    case RuleForm::kKinds:
      return ParseKinds(value).has_value();
    case RuleForm::kMonthDay: {
      constexpr int kCommonYear = 2026;
      return TrainingYear(kCommonYear, value).has_value();
    }
    case RuleForm::kHttps:
      return value.starts_with("https://");
    case RuleForm::kText:
      return true;
  }
  return false;
}

Told Wanted(const PolicyKey& key) {
  const std::string least = std::to_string(key.least), most = std::to_string(key.most);
  switch (key.form) {
    case RuleForm::kNumber:
      return {"须为" + least + "至" + most + "的整数",
              "must be a whole number from " + least + " to " + most};
    case RuleForm::kHalf:
      return {"须为" + least + "至" + most + "的数,以0.5为单位",
              "must be a multiple of 0.5 from " + least + " to " + most};
    case RuleForm::kWords:
      return {"须为" + Joined(key.words, "、") + "之一", "must be one of " + Joined(key.words, ", ")};
    case RuleForm::kKinds:
      return {"须为以“+”连接的培训种类", "must be kinds of training joined by \"+\""};
    case RuleForm::kMonthDay:
      return {"须为每年都有的“月-日”", "must be a month and day that each year has (MM-DD)"};
    case RuleForm::kHttps:
      return {"须为以 https:// 开头的网址", "must be an address that begins with https://"};
    case RuleForm::kText:
      break;
  }
  return {"不可用", "cannot be used"};
}

}  // namespace

std::vector<RuleFault> FaultsOf(const PolicyKeys& keys, std::string_view key, int unit,
                                const std::string& value,
                                const std::map<int, std::pair<std::string, std::string>>& unit_names) {
  const std::string named(key);
  const auto known = keys.find(key);
  if (known == keys.end()) {
    return {{"key", "“" + named + "”不是平台的规则,写了也不起作用",
             "'" + named + "' is no rule of the platform and would decide nothing"}};
  }
  std::vector<RuleFault> faults;
  const PolicyKey& rule = known->second;
  if (std::ranges::find(rule.units, unit) == rule.units.end()) {
    Told units;
    for (const int allowed : rule.units) {
      const auto name = unit_names.find(allowed);
      if (name == unit_names.end()) continue;
      units.zh += (units.zh.empty() ? "" : "、") + name->second.first;
      units.en += (units.en.empty() ? "" : ", ") + name->second.second;
    }
    faults.push_back(
        {"unit", named + "的单位须为" + units.zh, "the unit of " + named + " must be " + units.en});
  }
  if (!Fits(rule, value)) {
    const Told wanted = Wanted(rule);
    faults.push_back({"value", named + "的值" + wanted.zh, "the value of " + named + " " + wanted.en});
  }
  return faults;
}

}  // namespace inspectorate::registry
