#include "common/validate/validate.h"

#include <chrono>
#include <cmath>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "common/base/text.h"
#include "common/base/time.h"
#include "common/base/uuid.h"
#include "common/validate/resource_types.h"
#include "common/validate/rules.h"
#include "google/protobuf/duration.pb.h"
#include "google/protobuf/field_mask.pb.h"
#include "google/protobuf/timestamp.pb.h"
#include "google/type/date.pb.h"

namespace inspectorate::validate {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::Reflection;

// The paths of an update mask, relative to the message that is being checked.
using Mask = std::vector<std::string>;

// What is wrong with a value, in both languages.
struct Defect {
  std::string zh;
  std::string en;
};

std::string_view SkipBlanks(std::string_view text) {
  constexpr std::string_view kIdeographicSpace = "\xE3\x80\x80";
  while (!text.empty()) {
    if (text.front() == ' ' || (text.front() >= '\t' && text.front() <= '\r')) {
      text.remove_prefix(1);
    } else if (text.starts_with(kIdeographicSpace)) {
      text.remove_prefix(kIdeographicSpace.size());
    } else {
      break;
    }
  }
  return text;
}

bool IsBlank(std::string_view text) { return SkipBlanks(text).empty(); }

// Byte position of the first control character other than tab and line ends; npos when there is none. The
// text is well-formed UTF-8, in which U+0080 to U+009F begin with 0xC2.
size_t FindControl(std::string_view text) {
  for (size_t i = 0; i < text.size(); ++i) {
    const auto byte = static_cast<unsigned char>(text[i]);
    if (byte < 0x20 && byte != '\t' && byte != '\n' && byte != '\r') return i;
    if (byte == 0x7F) return i;
    if (byte == 0xC2 && static_cast<unsigned char>(text[i + 1]) < 0xA0) return i;
  }
  return std::string_view::npos;
}

std::optional<Defect> TextDefect(std::string_view text) {
  if (const size_t at = FindInvalidUtf8(text); at != std::string_view::npos) {
    const std::string position = std::to_string(at + 1);
    return Defect{"第" + position + "个字节起不是UTF-8文本", "is not UTF-8 from byte " + position};
  }
  if (const size_t at = FindControl(text); at != std::string_view::npos) {
    const std::string position = std::to_string(CharacterCount(text.substr(0, at)) + 1);
    return Defect{"第" + position + "个字符是控制字符", "has a control character at character " + position};
  }
  return std::nullopt;
}

// The years of which databases keep the days.
constexpr int kFirstYear = 1000;
constexpr int kLastYear = 9999;

bool IsWellFormed(const google::protobuf::Timestamp& time) {
  constexpr int64_t kYear1000 = -30'610'224'000;
  constexpr int64_t kYear9999 = 253'402'300'799;
  return time.seconds() >= kYear1000 && time.seconds() <= kYear9999 && time.nanos() >= 0 &&
         time.nanos() < 1'000'000'000;
}

bool IsWellFormed(const google::protobuf::Duration& duration) {
  constexpr int64_t kTenThousandYears = 315'576'000'000;
  const bool one_sign =
      duration.seconds() == 0 || duration.nanos() == 0 || (duration.seconds() < 0) == (duration.nanos() < 0);
  return one_sign && duration.nanos() > -1'000'000'000 && duration.nanos() < 1'000'000'000 &&
         duration.seconds() >= -kTenThousandYears && duration.seconds() <= kTenThousandYears;
}

bool IsWellFormed(const google::type::Date& date) {
  if (date.year() < kFirstYear || date.year() > kLastYear || date.month() < 1 || date.day() < 1) return false;
  return std::chrono::year_month_day(std::chrono::year(date.year()),
                                     std::chrono::month(static_cast<unsigned>(date.month())),
                                     std::chrono::day(static_cast<unsigned>(date.day())))
      .ok();
}

bool IsWellFormedDate(std::string_view text) {
  const auto date = ParseDate(text);
  return date.ok() && YearOf(*date) >= kFirstYear;
}

std::optional<Defect> FormDefect(WellFormed form, const Message& value) {
  switch (form) {
    case WellFormed::kTimestamp:
      if (IsWellFormed(static_cast<const google::protobuf::Timestamp&>(value))) return std::nullopt;
      return Defect{"时间超出范围(公元1000年至9999年)", "must be a time of the years 1000 to 9999"};
    case WellFormed::kDuration:
      if (IsWellFormed(static_cast<const google::protobuf::Duration&>(value))) return std::nullopt;
      return Defect{"时长有误", "must be a duration of at most 10 000 years, its parts of one sign"};
    case WellFormed::kDate:
      if (IsWellFormed(static_cast<const google::type::Date&>(value))) return std::nullopt;
      return Defect{"不是日历上的日期(公元1000年至9999年)",
                    "must be a day of the calendar, of the years 1000 to 9999"};
    case WellFormed::kAny:
      break;
  }
  return std::nullopt;
}

// "offices/{office}" or, for a type with several patterns, each of them.
std::string PatternsOf(const FieldRules& rules) {
  if (rules.resource == nullptr) return rules.rules.resource();
  std::string text;
  for (const std::string& pattern : rules.resource->pattern()) {
    if (!text.empty()) text += " | ";
    text += pattern;
  }
  return text;
}

bool IsResourceName(const FieldRules& rules, std::string_view name) {
  // A type that is not linked cannot be checked, so nothing passes; UnruledFields reports it as a mistake of
  // ours.
  return rules.resource != nullptr && IsNameOf(*rules.resource, name, rules.rules.wildcard());
}

template <typename Number>
std::optional<Defect> BoundDefect(const type::v1::Rules& rules, Number value) {
  const auto below = [](Number a, int64_t b) {
    if constexpr (std::is_floating_point_v<Number>) {
      return a < static_cast<Number>(b);
    } else {
      return std::cmp_less(a, b);
    }
  };
  const auto above = [](Number a, int64_t b) {
    if constexpr (std::is_floating_point_v<Number>) {
      return a > static_cast<Number>(b);
    } else {
      return std::cmp_greater(a, b);
    }
  };
  if constexpr (std::is_floating_point_v<Number>) {
    if (!std::isfinite(value)) return Defect{"应为有限数", "must be a finite number"};
  }
  if (rules.has_gte() && below(value, rules.gte())) {
    const std::string bound = std::to_string(rules.gte());
    return Defect{"不得小于" + bound, "must be at least " + bound};
  }
  if (rules.has_lte() && above(value, rules.lte())) {
    const std::string bound = std::to_string(rules.lte());
    return Defect{"不得大于" + bound, "must be at most " + bound};
  }
  return std::nullopt;
}

// Checks one message and what it holds; `path` grows and shrinks on the way.
class Checker {
 public:
  explicit Checker(std::vector<FieldViolation>* violations) : violations_(violations) {}

  // `mask` is not null while the message is the patch of an update. Without `enforce` only text is checked.
  void CheckMessage(const Message& message, const Mask* mask, bool enforce) {
    const MessageRules& rules = RulesOf(*message.GetDescriptor());
    const Mask update_mask = UpdateMask(message, rules);
    for (const FieldRules& field : rules.fields) {
      const size_t length = path_.size();
      if (!path_.empty()) path_ += '.';
      path_ += field.field->name();
      const Mask inner = field.patch ? update_mask : Below(mask, *field.field);
      const Mask* inner_mask = field.patch || !inner.empty() ? &inner : nullptr;
      CheckField(message, field, Names(mask, field), inner_mask, enforce && !field.output_only);
      path_.resize(length);
    }
  }

 private:
  static Mask UpdateMask(const Message& message, const MessageRules& rules) {
    if (rules.update_mask == nullptr) return {};
    const Message& mask = message.GetReflection()->GetMessage(message, rules.update_mask);
    const auto& paths = static_cast<const google::protobuf::FieldMask&>(mask).paths();
    return {paths.begin(), paths.end()};
  }

  // Whether a value for the field is asked for: always, but in a patch only where the mask names the field. A
  // patch without its name would have no target.
  static bool Names(const Mask* mask, const FieldRules& field) {
    if (mask == nullptr) return true;
    for (const std::string& path : *mask) {
      if (path == "*" || path == field.field->name()) return true;
    }
    return false;
  }

  static Mask Below(const Mask* mask, const FieldDescriptor& field) {
    Mask below;
    if (mask == nullptr) return below;
    const std::string prefix = field.name() + ".";
    for (const std::string& path : *mask) {
      if (path.starts_with(prefix)) below.push_back(path.substr(prefix.size()));
    }
    return below;
  }

  void CheckField(const Message& message, const FieldRules& field, bool named, const Mask* inner,
                  bool enforce) {
    if (field.field->is_repeated()) {
      CheckRepeated(message, field, named, enforce);
      return;
    }
    const Reflection& reflection = *message.GetReflection();
    const bool present = IsPresent(message, field);
    // An update finds its row by the name, whatever the mask.
    const bool is_target = field.identifier && in_patch_;
    if (enforce && !present && ((named && field.required) || is_target)) {
      Add({"必须填写", "is required"});
      return;
    }
    if (field.field->cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE) {
      if (!reflection.HasField(message, field.field)) return;
      const bool outer = std::exchange(in_patch_, field.patch);
      CheckNested(reflection.GetMessage(message, field.field), field, inner, enforce);
      in_patch_ = outer;
      return;
    }
    const bool zero_counts = field.rules.defined() && named;
    if (!present && !zero_counts) return;
    CheckScalar(message, field, std::nullopt, enforce);
  }

  void CheckRepeated(const Message& message, const FieldRules& field, bool named, bool enforce) {
    const int size = message.GetReflection()->FieldSize(message, field.field);
    const auto count = static_cast<uint32_t>(size);
    if (enforce && named && field.required && count == 0) {
      Add({"必须填写", "is required"});
      return;
    }
    // Entries are not looked at when there are too many: the answer would be as long as the request.
    if (enforce && count > 0 && !CheckItems(field.rules, count, "项", "entries")) return;
    const bool outer = std::exchange(in_patch_, false);
    for (int i = 0; i < size; ++i) {
      const size_t length = path_.size();
      path_ += "[" + std::to_string(i) + "]";
      if (field.field->cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE) {
        CheckNested(message.GetReflection()->GetRepeatedMessage(message, field.field, i), field, nullptr,
                    enforce);
      } else {
        CheckScalar(message, field, i, enforce);
      }
      path_.resize(length);
    }
    in_patch_ = outer;
  }

  void CheckNested(const Message& value, const FieldRules& field, const Mask* mask, bool enforce) {
    if (field.well_formed == WellFormed::kAny) {
      CheckMessage(value, mask, enforce);
      return;
    }
    if (enforce) AddIf(FormDefect(field.well_formed, value));
  }

  // The value of a singular field, or the entry `index` of a repeated one.
  void CheckScalar(const Message& message, const FieldRules& field, std::optional<int> index, bool enforce) {
    const Reflection& reflection = *message.GetReflection();
    const FieldDescriptor* f = field.field;
    if (f->cpp_type() == FieldDescriptor::CPPTYPE_STRING) {
      std::string scratch;
      const std::string& value = index.has_value()
                                     ? reflection.GetRepeatedStringReference(message, f, *index, &scratch)
                                     : reflection.GetStringReference(message, f, &scratch);
      CheckBytes(field, value, enforce, /*in_list=*/index.has_value());
      return;
    }
    if (!enforce) return;
    switch (f->cpp_type()) {
      case FieldDescriptor::CPPTYPE_INT32:
        return AddIf(BoundDefect(field.rules, index ? reflection.GetRepeatedInt32(message, f, *index)
                                                    : reflection.GetInt32(message, f)));
      case FieldDescriptor::CPPTYPE_INT64:
        return AddIf(BoundDefect(field.rules, index ? reflection.GetRepeatedInt64(message, f, *index)
                                                    : reflection.GetInt64(message, f)));
      case FieldDescriptor::CPPTYPE_UINT32:
        return AddIf(BoundDefect(field.rules, index ? reflection.GetRepeatedUInt32(message, f, *index)
                                                    : reflection.GetUInt32(message, f)));
      case FieldDescriptor::CPPTYPE_UINT64:
        return AddIf(BoundDefect(field.rules, index ? reflection.GetRepeatedUInt64(message, f, *index)
                                                    : reflection.GetUInt64(message, f)));
      case FieldDescriptor::CPPTYPE_FLOAT:
        return AddIf(BoundDefect(field.rules, index ? reflection.GetRepeatedFloat(message, f, *index)
                                                    : reflection.GetFloat(message, f)));
      case FieldDescriptor::CPPTYPE_DOUBLE:
        return AddIf(BoundDefect(field.rules, index ? reflection.GetRepeatedDouble(message, f, *index)
                                                    : reflection.GetDouble(message, f)));
      case FieldDescriptor::CPPTYPE_ENUM:
        return CheckEnum(field, index ? reflection.GetRepeatedEnumValue(message, f, *index)
                                      : reflection.GetEnumValue(message, f));
      default:
        return;
    }
  }

  // A number that the contract has no name for means nothing to anybody who reads it back.
  void CheckEnum(const FieldRules& field, int value) {
    const bool named = field.field->enum_type()->FindValueByNumber(value) != nullptr;
    if (named && (value != 0 || !field.rules.defined())) return;
    const std::string number = std::to_string(value);
    Add({"取值" + number + "没有定义",
         "value " + number + " is not one of " + field.field->enum_type()->name()});
  }

  void CheckBytes(const FieldRules& field, const std::string& value, bool enforce, bool in_list) {
    if (field.field->type() == FieldDescriptor::TYPE_BYTES) {
      // In a list, the rule counts the entries, not their bytes.
      if (enforce && !in_list) CheckItems(field.rules, value.size(), "个字节", "bytes");
      return;
    }
    if (std::optional<Defect> defect = TextDefect(value); defect.has_value()) {
      Add(*std::move(defect));
      return;
    }
    if (enforce) CheckText(field, value);
  }

  void CheckText(const FieldRules& field, const std::string& value) {
    const type::v1::Rules& rules = field.rules;
    const size_t length = CharacterCount(value);
    if (length < rules.min_len()) {
      const std::string bound = std::to_string(rules.min_len());
      Add({"至少" + bound + "个字符", "must have at least " + bound + " characters"});
    }
    if (rules.max_len() > 0 && length > rules.max_len()) {
      const std::string bound = std::to_string(rules.max_len());
      Add({"不得超过" + bound + "个字符", "must have at most " + bound + " characters"});
      return;  // no further: patterns are for texts of a sane length
    }
    if (field.pattern != nullptr && !RE2::FullMatch(value, *field.pattern)) {
      Add({"格式不符:" + rules.pattern(), "must match " + rules.pattern()});
    }
    if (!rules.resource().empty() && !IsResourceName(field, value)) {
      const std::string patterns = PatternsOf(field);
      Add({"应为资源名称" + patterns, "must be a resource name " + patterns});
    }
    if (rules.uuid() && !ParseUuid(value).has_value()) Add({"应为UUID", "must be a UUID"});
    if (rules.date() && !IsWellFormedDate(value)) Add({"应为日期YYYY-MM-DD", "must be a date YYYY-MM-DD"});
  }

  // False when the size is out of bounds.
  bool CheckItems(const type::v1::Rules& rules, size_t size, const char* unit_zh, const char* unit_en) {
    if (size < rules.min_items()) {
      const std::string bound = std::to_string(rules.min_items());
      Add({"至少" + bound + unit_zh, "must have at least " + bound + " " + unit_en});
      return false;
    }
    if (rules.max_items() > 0 && size > rules.max_items()) {
      const std::string bound = std::to_string(rules.max_items());
      Add({"不得超过" + bound + unit_zh, "must have at most " + bound + " " + unit_en});
      return false;
    }
    return true;
  }

  // Not the zero value; text of nothing but blanks is as good as none. An `optional` field is present once it
  // is set, unless it is a text of blanks.
  static bool IsPresent(const Message& message, const FieldRules& field) {
    const Reflection& reflection = *message.GetReflection();
    if (!reflection.HasField(message, field.field)) return false;
    if (!field.required || field.field->type() != FieldDescriptor::TYPE_STRING) return true;
    std::string scratch;
    return !IsBlank(reflection.GetStringReference(message, field.field, &scratch));
  }

  void Add(Defect defect) { violations_->push_back({path_, std::move(defect.zh), std::move(defect.en)}); }
  void AddIf(std::optional<Defect> defect) {
    if (defect.has_value()) Add(*std::move(defect));
  }

  std::vector<FieldViolation>* violations_;
  std::string path_;
  bool in_patch_ = false;
};

}  // namespace

std::vector<FieldViolation> Check(const Message& message) {
  std::vector<FieldViolation> violations;
  Checker(&violations).CheckMessage(message, nullptr, /*enforce=*/true);
  return violations;
}

absl::Status Validate(const Message& message) {
  const std::vector<FieldViolation> violations = Check(message);
  return violations.empty() ? absl::OkStatus() : InvalidFields(violations);
}

}  // namespace inspectorate::validate
