// A file of an office, from its bytes to filled and checked resources: decoding, records, cells of every kind
// of field. Columns are the fields of the resource by name. Input: the type in the first line, then the file.
#include <regex>
#include <string>
#include <vector>

#include "common/base/charset.h"
#include "common/base/text.h"
#include "common/csv/csv.h"
#include "common/validate/validate.h"
#include "services/registry/app/import/row.h"
#include "tests/fuzz/messages.h"

namespace inspectorate::fuzz {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;
using registry::ListColumn;
using registry::Row;

// Fields that a cell can fill.
std::vector<ListColumn> BindingsOf(const Descriptor& type) {
  std::vector<ListColumn> bindings;
  for (int i = 0; i < type.field_count(); ++i) {
    const FieldDescriptor& field = *type.field(i);
    const bool text = field.type() == FieldDescriptor::TYPE_STRING;
    const bool listed = text || field.cpp_type() == FieldDescriptor::CPPTYPE_ENUM;
    const bool single =
        !field.is_repeated() &&
        (field.cpp_type() == FieldDescriptor::CPPTYPE_INT32 ||
         field.cpp_type() == FieldDescriptor::CPPTYPE_DOUBLE ||
         field.cpp_type() == FieldDescriptor::CPPTYPE_BOOL ||
         (field.message_type() != nullptr && field.message_type()->full_name() == "google.type.Date"));
    if (listed || single)
      bindings.push_back({.header = field.name().c_str(), .field = field.name().c_str(), .meaning = ""});
  }
  return bindings;
}

// The forms that an office may write a date in, spelled out apart from the code.
bool IsDocumentedDate(const std::string& cell) {
  static const std::regex& forms = *new std::regex(
      "[0-9]{4}-[0-9]{2}-[0-9]{2}|[0-9]{4}/[0-9]{1,2}/[0-9]{1,2}|[0-9]{4}\\.[0-9]{1,2}\\.[0-9]{1,2}|"
      "[0-9]{4}年[0-9]{1,2}月[0-9]{1,2}日");
  return std::regex_match(cell, forms);
}

void CheckRow(const Descriptor& type, const csv::Table& table, const csv::Record& record) {
  const std::vector<ListColumn> bindings = BindingsOf(type);
  const std::unique_ptr<Message> message = NewMessage(type);
  type::v1::ImportRow report;
  Row row(table, record, &report);
  row.Fill(message.get(), bindings);
  row.Validate(*message, bindings);
  for (const auto& defect : report.defects()) {
    FUZZ_CHECK(IsValidUtf8(defect.message_zh()) && IsValidUtf8(defect.message_en()) &&
               !defect.code().empty());
  }
  std::string wire;
  FUZZ_CHECK(report.SerializeToString(&wire) && type::v1::ImportRow().ParseFromString(wire));
  if (row.ok()) FUZZ_CHECK(validate::Check(*message).empty());
  for (const std::string& column : table.header) {
    type::v1::ImportRow scratch;
    Row dated(table, record, &scratch);
    if (dated.Day(column).has_value()) FUZZ_CHECK(IsDocumentedDate(dated.Text(column)));
  }
}

}  // namespace
}  // namespace inspectorate::fuzz

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace inspectorate;
  using namespace inspectorate::fuzz;
  Input input(data, size);
  const auto& type = TypeFrom(input, ResourceTypes());
  const auto text = DecodeText(input.Rest());
  if (!text.ok()) return 0;
  const auto table = csv::Parse(text->text);
  if (!table.ok()) {
    // The reason is shown to the person who sent the file.
    FUZZ_CHECK(IsValidUtf8(std::string(table.status().message())));
    return 0;
  }
  for (size_t i = 0; i < table->records.size() && i < 20; ++i) CheckRow(type, *table, table->records[i]);
  return 0;
}
