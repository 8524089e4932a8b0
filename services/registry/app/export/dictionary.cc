#include "services/registry/app/export/dictionary.h"

#include <algorithm>

#include "google/protobuf/timestamp.pb.h"
#include "inspectorate/registry/v1/catalogue.pb.h"
#include "inspectorate/type/v1/options.pb.h"
#include "services/registry/app/import/cell_text.h"

namespace inspectorate::registry {
namespace {

using google::protobuf::FieldDescriptor;
using Holds = ListColumn::Holds;

std::string TypeOf(const FieldDescriptor& field) {
  std::string type;
  switch (field.cpp_type()) {
    case FieldDescriptor::CPPTYPE_STRING:
      type = "text";
      break;
    case FieldDescriptor::CPPTYPE_INT32:
    case FieldDescriptor::CPPTYPE_INT64:
      type = "whole number";
      break;
    case FieldDescriptor::CPPTYPE_DOUBLE:
      type = "number";
      break;
    case FieldDescriptor::CPPTYPE_BOOL:
      type = "yes or no";
      break;
    case FieldDescriptor::CPPTYPE_ENUM:
      type = "term";
      break;
    default:
      type = field.message_type() == google::protobuf::Timestamp::descriptor() ? "time" : "date";
  }
  return type + (field.is_repeated() ? ", several" : "");
}

std::string TypeOf(const ListColumn& column, const FieldDescriptor* field) {
  switch (column.holds) {
    case Holds::kSchool:
      return "number of a school";
    case Holds::kSchools:
      return "number of a school, several";
    case Holds::kArea:
      return "number of an area";
    case Holds::kInspector:
      return "work number of an inspector";
    case Holds::kSupervisor:
      return "work number of a supervisor";
    case Holds::kExternalIds:
      return "text, several";
    case Holds::kFacts:
    case Holds::kBoard:
    case Holds::kJson:
      return "JSON";
    case Holds::kId:
    case Holds::kSession:
      return "id";
    case Holds::kHandovers:
    case Holds::kDays:
    case Holds::kPersons:
      return "text, several";
    case Holds::kToken:
      return "text";
    case Holds::kCatalogue:
      return "term";
    case Holds::kCount:
      return "whole number";
    default:
      return TypeOf(*field);
  }
}

std::string InChinese(const std::string& type) {
  static constexpr std::pair<std::string_view, std::string_view> kTypes[] = {
      {"text", "文本"},
      {"whole number", "整数"},
      {"number", "数"},
      {"yes or no", "是或否"},
      {"term", "规定用语"},
      {"date", "日期 2026-03-09"},
      {"time", "时间 2026-03-09 10:00:00"},
      {"id", "平台编号"},
      {"number of a school", "机构编号"},
      {"number of an area", "责任区编号"},
      {"work number of an inspector", "督学工号"},
      {"work number of a supervisor", "校级督学工号"},
      {"JSON", "JSON"}};
  constexpr std::string_view kSeveral = ", several";
  const bool several = type.ends_with(kSeveral);
  const std::string_view one =
      std::string_view(type).substr(0, type.size() - (several ? kSeveral.size() : 0));
  const auto* found = std::find_if(std::begin(kTypes), std::end(kTypes),
                                   [&](const auto& entry) { return entry.first == one; });
  return std::string(found->second) + (several ? "，多个以|分隔" : "");
}

}  // namespace

v1::ExportedColumn Explained(const ListShape& shape, const ListColumn& column) {
  const FieldDescriptor* field = shape.FieldOf(column);
  v1::ExportedColumn told;
  told.set_header(column.header);
  const std::string& owner = (field == nullptr ? shape.message : field->containing_type())->name();
  const char* unnamed = column.holds == Holds::kToken ? "token" : "inspector";
  told.set_key(owner + "." + (field == nullptr ? unnamed : column.field));
  told.set_meaning(column.meaning);
  told.set_type(TypeOf(column, field));
  told.set_unit(column.unit);
  told.set_identifies(std::any_of(shape.found_by.begin(), shape.found_by.end(),
                                  [&](std::string_view by) { return by == column.field; }));
  const bool is_term = field != nullptr && field->cpp_type() == FieldDescriptor::CPPTYPE_ENUM;
  const auto* terms = column.holds == Holds::kCatalogue ? v1::CatalogueKind_descriptor()
                      : is_term                         ? field->enum_type()
                                                        : nullptr;
  for (int i = 0; terms != nullptr && i < terms->value_count(); ++i) {
    const auto* value = terms->value(i);
    if (value->number() == 0) continue;
    v1::ExportedTerm* term = told.add_terms();
    term->set_term(value->options().GetExtension(type::v1::zh));
    term->set_value(value->name());
  }
  return told;
}

std::vector<std::string> DictionaryHeader() {
  return {"名册", "列", "英文键", "含义", "类型", "单位", "用于识别", "取值"};
}

std::vector<std::string> DictionaryRow(const ListShape& shape, const v1::ExportedColumn& column) {
  std::vector<std::string> terms;
  for (const auto& term : column.terms()) terms.push_back(term.term() + "=" + term.value());
  return {ListName(shape.kind),
          column.header(),
          column.key(),
          column.meaning(),
          InChinese(column.type()),
          column.unit(),
          column.identifies() ? "是" : "",
          JoinParts(terms)};
}

}  // namespace inspectorate::registry
