#include "services/registry/app/import/row.h"

#include <algorithm>
#include <array>

#include "absl/strings/numbers.h"
#include "common/base/text.h"
#include "common/resource/description.h"
#include "common/status/error.h"
#include "common/validate/validate.h"
#include "google/protobuf/timestamp.pb.h"
#include "inspectorate/type/v1/options.pb.h"
#include "services/registry/app/import/cell_text.h"
#include "services/registry/app/terms.h"

namespace inspectorate::registry {
namespace {

using google::protobuf::EnumValueDescriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::Message;

// Cuts a number of `least` to `most` digits and the text after it off `rest`; empty when they are not there.
std::string Part(std::string_view* rest, size_t least, size_t most, std::string_view after) {
  const size_t size = std::min(rest->find_first_not_of("0123456789"), rest->size());
  if (size < least || size > most || !rest->substr(size).starts_with(after)) return "";
  std::string digits(rest->substr(0, size));
  rest->remove_prefix(size + after.size());
  return digits;
}

// 2026/3/9, 2026.3.9 and 2026年3月9日 as programs write them, in the one form that ParseDate takes. Not
// 26/3/9: no century is guessed.
std::string IsoDate(const std::string& cell) {
  constexpr std::array<std::string_view, 3> kForms[] = {{"/", "/", ""}, {"年", "月", "日"}, {".", ".", ""}};
  for (const auto& form : kForms) {
    std::string_view rest = cell;
    const std::string year = Part(&rest, 4, 4, form[0]);
    const std::string month = year.empty() ? "" : Part(&rest, 1, 2, form[1]);
    const std::string day = month.empty() ? "" : Part(&rest, 1, 2, form[2]);
    if (day.empty() || !rest.empty()) continue;
    return year + (month.size() == 1 ? "-0" : "-") + month + (day.size() == 1 ? "-0" : "-") + day;
  }
  return cell;
}

// Days between 1955 and 2119, counted from 1900: years, codes and numbers of pupils are not taken for days.
std::optional<Date> NumberedDay(const std::string& cell) {
  constexpr int kUnixEpoch = 25'569;
  int number = 0;
  if (cell.size() != 5 || !absl::SimpleAtoi(cell, &number) || number < 20'100 || number > 80'000) return {};
  return Date(std::chrono::days(number - kUnixEpoch));
}

}  // namespace

bool LostDigits(std::string_view cell) {
  constexpr std::string_view kDigits = "0123456789";
  const size_t exponent = cell.find_first_of("Ee");
  if (exponent == std::string_view::npos || exponent == 0) return false;
  const std::string_view mantissa = cell.substr(0, exponent);
  const std::string_view power = cell.substr(exponent + 1);
  const bool short_form = mantissa.size() == 1 || (mantissa.size() > 2 && mantissa[1] == '.');
  if (!short_form || kDigits.find(mantissa[0]) == std::string_view::npos) return false;
  if (mantissa.size() > 2 && mantissa.find_first_not_of(kDigits, 2) != std::string_view::npos) return false;
  return power.size() >= 3 && power[0] == '+' &&
         power.find_first_not_of(kDigits, 1) == std::string_view::npos;
}

bool IsDefect(const absl::Status& status) {
  switch (status.code()) {
    case absl::StatusCode::kInvalidArgument:
    case absl::StatusCode::kNotFound:
    case absl::StatusCode::kAlreadyExists:
    case absl::StatusCode::kFailedPrecondition:
    case absl::StatusCode::kPermissionDenied:
      return ReasonOf(status) != ErrorReason::ERROR_REASON_UNSPECIFIED;
    default:
      return false;
  }
}

std::string Row::Text(std::string_view column) const {
  const int index = table_.Column(column);
  if (index < 0) return {};
  const std::string& cell = record_.cells[static_cast<size_t>(index)];
  return table_.day_numbers ? cell : Unshielded(cell);
}

std::string Row::Required(std::string_view column) {
  std::string text = Text(column);
  if (text.empty()) Reject(column, "INVALID_FIELDS", "不能为空", "must not be empty");
  return text;
}

std::optional<Date> Row::Day(std::string_view column) {
  const std::string text = Text(column);
  if (text.empty() || RejectUnmeant(column, text)) return std::nullopt;
  if (table_.day_numbers) {
    if (const auto day = NumberedDay(text)) return day;
  }
  auto day = ParseDate(IsoDate(text));
  if (day.ok()) return *day;
  Reject(column, "INVALID_FIELDS", "“" + text + "”不是日期", "\"" + text + "\" is no date");
  return std::nullopt;
}

void Row::Fill(Message* message, const std::vector<ListColumn>& columns) {
  using Holds = ListColumn::Holds;
  for (const ListColumn& column : columns) {
    if (column.holds == Holds::kToken || column.holds == Holds::kBoard) sensitive_.emplace(column.header);
    if (column.holds != Holds::kValue || !Has(column.header)) continue;
    const FieldDescriptor& field = *message->GetDescriptor()->FindFieldByName(column.field);
    if (field.options().GetExtension(type::v1::sensitive)) sensitive_.emplace(column.header);
    message->GetReflection()->ClearField(message, &field);
    if (!Text(column.header).empty()) FillField(message, field, column.header);
  }
}

void Row::FillField(Message* message, const FieldDescriptor& field, std::string_view column) {
  const auto& reflection = *message->GetReflection();
  const std::string cell = Text(column);
  if (RejectUnmeant(column, cell)) return;
  auto wrong = [&](const std::string& zh, const std::string& en) {
    Reject(column, "INVALID_FIELDS", "“" + cell + "”" + zh, "\"" + cell + "\" " + en);
  };
  switch (field.cpp_type()) {
    case FieldDescriptor::CPPTYPE_STRING:
      if (!field.is_repeated()) return reflection.SetString(message, &field, cell);
      for (const std::string& part : PartsOf(cell)) reflection.AddString(message, &field, part);
      return;
    case FieldDescriptor::CPPTYPE_INT32: {
      int32_t value = 0;
      if (!absl::SimpleAtoi(cell, &value)) return wrong("不是整数", "is no whole number");
      return reflection.SetInt32(message, &field, value);
    }
    case FieldDescriptor::CPPTYPE_DOUBLE: {
      double value = 0;
      if (!absl::SimpleAtod(cell, &value)) return wrong("不是数", "is no number");
      return reflection.SetDouble(message, &field, value);
    }
    case FieldDescriptor::CPPTYPE_BOOL:
      if (cell != "是" && cell != "否") return wrong("不是“是”或“否”", "is neither 是 nor 否");
      return reflection.SetBool(message, &field, cell == "是");
    case FieldDescriptor::CPPTYPE_ENUM:
      for (const std::string& part : field.is_repeated() ? PartsOf(cell) : std::vector<std::string>{cell}) {
        const EnumValueDescriptor* value = ByTerm(*field.enum_type(), part);
        if (value == nullptr) return wrong("不是规定的类别", "is no term of this list");
        if (field.is_repeated()) {
          reflection.AddEnum(message, &field, value);
        } else {
          reflection.SetEnum(message, &field, value);
        }
      }
      return;
    default:
      if (field.message_type() == google::protobuf::Timestamp::descriptor()) {
        const auto time = TimeIn(cell);
        if (!time) return wrong("不是时间", "is no time");
        reflection.MutableMessage(message, &field)->CopyFrom(resource::ToProto(*time));
      } else if (auto day = Day(column)) {
        reflection.MutableMessage(message, &field)->CopyFrom(resource::ToProto(*day));
      }
  }
}

void Row::Validate(const Message& message, const std::vector<ListColumn>& columns) {
  for (const FieldViolation& violation : validate::Check(message)) {
    const std::string field = violation.field.substr(0, violation.field.find_first_of(".["));
    std::string column = field;
    for (const ListColumn& told : columns) {
      if (field == told.field) column = told.header;
    }
    // A cell that could not be read at all has been named already.
    bool named = false;
    for (const auto& defect : report_->defects()) named |= defect.column() == column;
    if (!named) Reject(column, "INVALID_FIELDS", violation.zh, violation.en);
  }
}

void Row::Reject(std::string_view column, std::string_view code, std::string zh, std::string en) {
  Tell(report_->add_defects(), column, code, std::move(zh), std::move(en));
}

void Row::Remark(std::string_view column, std::string_view code, std::string zh, std::string en) {
  Tell(report_->add_remarks(), column, code, std::move(zh), std::move(en));
}

void Row::Tell(type::v1::ImportDefect* defect, std::string_view column, std::string_view code, std::string zh,
               std::string en) {
  constexpr size_t kShown = 100;
  constexpr size_t kMessage = 400;  // a message may repeat the cell
  defect->set_column(std::string(column));
  defect->set_code(std::string(code));
  defect->set_message_zh(std::string(PrefixCharacters(zh, kMessage)));
  defect->set_message_en(std::string(PrefixCharacters(en, kMessage)));
  if (!sensitive_.contains(column)) defect->set_cell(std::string(PrefixCharacters(Text(column), kShown)));
}

void Row::Reject(std::string_view column, const absl::Status& status) {
  const std::string code = type::v1::ErrorReason_Name(ReasonOf(status));
  const auto violations = ViolationsOf(status);
  if (violations.empty()) return Reject(column, code, MessageOf(status, "zh-CN"), MessageOf(status, "en"));
  for (const FieldViolation& violation : violations) Reject(column, code, violation.zh, violation.en);
}

bool Row::RejectUnmeant(std::string_view column, const std::string& cell) {
  if (LostDigits(cell)) {
    Reject(column, "DIGITS_LOST",
           "“" + cell + "”是表格软件改成数值的编号，末尾数字已丢失。请把这一列设为文本格式，重新录入完整编号",
           "\"" + cell +
               "\" is a code that a spreadsheet program turned into a number; its last digits are lost. "
               "Make the column text and enter the code again");
    return true;
  }
  static constexpr std::array kErrors = {"#N/A", "#REF!", "#VALUE!", "#NAME?", "#DIV/0!", "#NUM!", "#NULL!"};
  if (std::find(kErrors.begin(), kErrors.end(), cell) == kErrors.end()) return false;
  Reject(column, "FORMULA_ERROR", "“" + cell + "”是公式出错的结果",
         "\"" + cell + "\" is the error of a formula");
  return true;
}

void Row::RejectUnknown(std::string_view column, const std::string& value) {
  if (RejectUnmeant(column, value)) return;
  Reject(column, NotFound(std::string(column) + " " + value));
}

}  // namespace inspectorate::registry
