#include "services/cli/render.h"

#include <algorithm>
#include <map>

#include "common/base/text.h"
#include "common/base/time.h"
#include "google/protobuf/timestamp.pb.h"
#include "google/protobuf/util/json_util.h"
#include "google/type/date.pb.h"
#include "services/cli/fields.h"
#include "services/cli/labels.h"
#include "services/cli/words.h"

namespace inspectorate::cli {
namespace {

using google::protobuf::Reflection;

constexpr size_t kMaxColumns = 8;
constexpr size_t kShortId = 8;
constexpr size_t kUuidLength = 36;
constexpr size_t kGap = 2;
// The last column may run on: what people write stands there.
constexpr size_t kMaxLastCell = 160;

// What a list shows of its resources; others show their first fields.
const std::vector<std::string>* ColumnsOf(const std::string& type) {
  static const auto& columns = *new std::map<std::string, std::vector<std::string>>{
      {"School", {"name", "external_id", "display_name", "kind", "state", "town"}},
      {"Town", {"name", "code", "display_name", "kind", "county", "valid_from", "valid_to"}},
      {"Area", {"name", "number", "display_name", "document_number"}},
      {"AreaDesign",
       {"name", "state", "as_of", "area_count", "objective", "best_bound", "gap_percent", "moved"}},
      {"DesignedArea",
       {"display_name", "centre_name", "school_count", "student_count", "distance", "farthest", "arriving",
        "area"}},
      {"AreaVersion",
       {"version", "valid_from", "valid_to", "schools", "leads", "members", "document_numbers"}},
      {"Inspector", {"name", "work_number", "display_name", "kind", "state"}},
      {"RosterInspector", {"display_name", "work_number", "duty", "schools", "document_number"}},
      {"RosterSchool",
       {"display_name", "kind", "document_number", "inspector_name", "inspector_document_number",
        "acting_name"}},
      {"Delegation", {"name", "delegate", "area", "delegator", "school", "valid_from", "valid_to"}},
      {"Plaque",
       {"name", "school", "version", "state", "as_of", "stale_from", "stale_cause", "document_number"}},
      {"PlaqueInspector", {"display_name", "work_number", "phone", "portrait", "assisting"}},
      {"Supervisor", {"name", "work_number", "display_name", "duty"}},
      {"Catalogue", {"name", "kind", "latest_number"}},
      {"CatalogueVersion", {"name", "number", "state", "valid_from", "valid_to", "document_number", "items"}},
      {"CatalogueItem", {"code", "title", "basis", "check_items", "placeholder", "retired"}},
      {"StaffMember", {"name", "work_number", "display_name", "title"}},
      {"TrainingSession", {"name", "date", "kind", "mode", "state", "planned_hours", "area", "topic"}},
      {"Attendance", {"inspector", "presence", "reason", "credited_hours", "notes_time"}},
      {"ProposedAttendance",
       {"work_number", "display_name", "expected", "proposed_presence", "recorded_presence", "reason_zh"}},
      {"StudyRecord", {"name", "date", "mode", "state", "hours", "credited_hours", "topic"}},
      {"Obligation", {"name", "school", "kind", "state", "window_from", "window_to", "visit"}},
      {"ComprehensiveCycle",
       {"school", "display_name", "state", "last_day", "next_from", "next_by", "last_visit"}},
      {"Plan", {"name", "month", "state", "seed", "solver", "obligations", "covered", "visits"}},
      {"PlanItem", {"school", "inspectors", "day", "half_day", "unassigned_zh"}},
      {"Visit", {"name", "school", "type", "state", "planned_day", "held_day", "panel"}},
      {"Finding", {"name", "ordinal", "kind", "matter", "severity", "fact"}},
      {"Issue", {"name", "school", "state", "severity", "matter", "round", "rectify_due", "fact"}},
      {"Notice", {"name", "number", "school", "state", "issue_day", "issues"}},
      {"Equation", {"code", "holds", "text_zh"}},
      {"Indicator", {"code", "cell", "title_zh", "text"}},
      {"TimelineEntry", {"position", "event_zh", "state", "actor_name", "occur_time"}}};
  const auto found = columns.find(type);
  return found == columns.end() ? nullptr : &found->second;
}

std::vector<const FieldDescriptor*> ShownFields(const Descriptor& type) {
  std::vector<const FieldDescriptor*> fields;
  if (const auto* names = ColumnsOf(type.name())) {
    for (std::string name : *names) {
      const bool chinese = name.size() > 3 && name.substr(name.size() - 3) == "_zh";
      const std::string english = chinese ? name.substr(0, name.size() - 3) + "_en" : "";
      if (CurrentLanguage() == Language::kEnglish && type.FindFieldByName(english) != nullptr) name = english;
      if (const FieldDescriptor* field = type.FindFieldByName(name)) fields.push_back(field);
    }
    return fields;
  }
  for (int i = 0; i < type.field_count() && fields.size() < kMaxColumns; ++i) {
    const std::string& name = type.field(i)->name();
    const bool hidden =
        IsHidden(*type.field(i)) || name == "revision" || name == "create_time" || name == "update_time";
    if (!hidden) fields.push_back(type.field(i));
  }
  return fields;
}

// "…1b2c3d4e" for a name that ends with an id: its beginning is the time and alike for many.
std::string ShortName(const std::string& text) {
  const size_t slash = text.rfind('/');
  if (slash == std::string::npos || text.size() - slash - 1 != kUuidLength) return text;
  return "…" + text.substr(text.size() - kShortId);
}

std::string TimeText(const google::protobuf::Timestamp& stamp) {
  if (stamp.seconds() == 0) return "";
  const Time local = Time(std::chrono::seconds(stamp.seconds())) + kChinaOffset;
  const std::string text = FormatTime(local);
  return text.substr(0, 10) + " " + text.substr(11, 5);
}

std::string MessageText(const Message& message) {
  if (message.GetDescriptor() == google::type::Date::descriptor()) return DateText(message);
  if (message.GetDescriptor() == google::protobuf::Timestamp::descriptor()) {
    return TimeText(static_cast<const google::protobuf::Timestamp&>(message));
  }
  // A message in a cell: its values in order, its lists within brackets.
  std::vector<const FieldDescriptor*> fields;
  message.GetReflection()->ListFields(message, &fields);
  std::string text;
  for (const FieldDescriptor* field : fields) {
    const std::string value = FieldText(message, *field);
    text += (text.empty() ? "" : " ") + (field->is_repeated() ? "[" + value + "]" : value);
  }
  return text;
}

std::string RealText(double value) {
  char text[32];
  std::snprintf(text, sizeof text, "%.6g", value);
  return text;
}

std::string ScalarText(const Message& message, const FieldDescriptor& field, int index) {
  const Reflection& r = *message.GetReflection();
  const bool many = index >= 0;
  switch (field.cpp_type()) {
    case FieldDescriptor::CPPTYPE_MESSAGE:
      return MessageText(many ? r.GetRepeatedMessage(message, &field, index) : r.GetMessage(message, &field));
    case FieldDescriptor::CPPTYPE_ENUM: {
      const auto* value = many ? r.GetRepeatedEnum(message, &field, index) : r.GetEnum(message, &field);
      return value->number() == 0 ? "" : TermOf(*value);
    }
    case FieldDescriptor::CPPTYPE_STRING: {
      if (field.type() == FieldDescriptor::TYPE_BYTES) {
        return std::to_string(r.GetString(message, &field).size()) + " B";
      }
      return ShortName(many ? r.GetRepeatedString(message, &field, index) : r.GetString(message, &field));
    }
    case FieldDescriptor::CPPTYPE_BOOL:
      return r.GetBool(message, &field) ? Say({"是", "yes"}) : Say({"否", "no"});
    case FieldDescriptor::CPPTYPE_INT32:
      return std::to_string(many ? r.GetRepeatedInt32(message, &field, index) : r.GetInt32(message, &field));
    case FieldDescriptor::CPPTYPE_INT64:
      return std::to_string(many ? r.GetRepeatedInt64(message, &field, index) : r.GetInt64(message, &field));
    case FieldDescriptor::CPPTYPE_UINT32:
      return std::to_string(many ? r.GetRepeatedUInt32(message, &field, index)
                                 : r.GetUInt32(message, &field));
    case FieldDescriptor::CPPTYPE_UINT64:
      return std::to_string(many ? r.GetRepeatedUInt64(message, &field, index)
                                 : r.GetUInt64(message, &field));
    case FieldDescriptor::CPPTYPE_DOUBLE:
      return RealText(many ? r.GetRepeatedDouble(message, &field, index) : r.GetDouble(message, &field));
    case FieldDescriptor::CPPTYPE_FLOAT:
      return RealText(many ? r.GetRepeatedFloat(message, &field, index) : r.GetFloat(message, &field));
  }
  return "";
}

bool IsDate(const FieldDescriptor& field) { return field.message_type() == google::type::Date::descriptor(); }

bool IsNested(const FieldDescriptor& field) {
  return field.message_type() != nullptr && !IsDate(field) &&
         field.message_type() != google::protobuf::Timestamp::descriptor();
}

std::string Indent(const std::string& text, const std::string& by) {
  std::string out;
  size_t begin = 0;
  while (begin < text.size()) {
    const size_t end = std::min(text.find('\n', begin), text.size() - 1);
    out += by + text.substr(begin, end - begin + 1);
    begin = end + 1;
  }
  return out;
}

std::string RenderRepeated(const Message& message, const FieldDescriptor& field) {
  const Reflection& r = *message.GetReflection();
  Table table;
  const auto columns = ShownFields(*field.message_type());
  for (const FieldDescriptor* column : columns) table.head.push_back(LabelOf(*column));
  for (int i = 0; i < r.FieldSize(message, &field); ++i) {
    std::vector<std::string> row;
    row.reserve(columns.size());
    for (const FieldDescriptor* column : columns)
      row.push_back(FieldText(r.GetRepeatedMessage(message, &field, i), *column));
    table.rows.push_back(std::move(row));
  }
  return RenderTable(table);
}

std::string RenderFields(const Message& message) {
  std::vector<const FieldDescriptor*> fields;
  message.GetReflection()->ListFields(message, &fields);
  std::string out;
  for (const FieldDescriptor* field : fields) {
    if (IsHidden(*field)) continue;
    if (!IsNested(*field)) {
      out += PadToWidth(LabelOf(*field), 22) + FieldText(message, *field) + "\n";
    } else if (field->is_repeated()) {
      out += LabelOf(*field) + ":\n" + Indent(RenderRepeated(message, *field), "  ");
    } else {
      out += LabelOf(*field) + ":\n" +
             Indent(RenderFields(message.GetReflection()->GetMessage(message, field)), "  ");
    }
  }
  return out;
}

// The list field of a page, null for any other message.
const FieldDescriptor* ListField(const Descriptor& type) {
  if (type.FindFieldByName("next_page_token") == nullptr && type.field_count() != 1) return nullptr;
  const FieldDescriptor* first = type.field_count() > 0 ? type.field(0) : nullptr;
  return first != nullptr && first->is_repeated() && first->message_type() != nullptr ? first : nullptr;
}

// Names of fields of `type`, as a person knows them.
std::string LabelsText(const Message& message, const FieldDescriptor& field, const Descriptor& type) {
  std::string text;
  for (int i = 0; i < message.GetReflection()->FieldSize(message, &field); ++i) {
    const std::string name = message.GetReflection()->GetRepeatedString(message, &field, i);
    const FieldDescriptor* named = type.FindFieldByName(name);
    text += (i > 0 ? ", " : "") + (named == nullptr ? name : LabelOf(*named));
  }
  return text;
}

}  // namespace

std::string RenderTable(const Table& table, size_t max_cell) {
  std::vector<size_t> widths;
  auto widen = [&](const std::vector<std::string>& row) {
    widths.resize(std::max(widths.size(), row.size()));
    for (size_t i = 0; i < row.size(); ++i) {
      const size_t most = i + 1 == table.head.size() ? std::max(max_cell, kMaxLastCell) : max_cell;
      widths[i] = std::max(widths[i], std::min(most, DisplayWidth(row[i])));
    }
  };
  widen(table.head);
  for (const auto& row : table.rows) widen(row);
  std::string out;
  auto print = [&](const std::vector<std::string>& row) {
    for (size_t i = 0; i < row.size(); ++i) {
      const bool last = i + 1 == row.size();
      out +=
          last ? TruncateToWidth(row[i], widths[i]) : PadToWidth(row[i], widths[i]) + std::string(kGap, ' ');
    }
    out += '\n';
  };
  print(table.head);
  for (const auto& row : table.rows) print(row);
  return out;
}

std::string FieldText(const Message& message, const FieldDescriptor& field) {
  const Reflection& r = *message.GetReflection();
  const FieldDescriptor* changed = message.GetDescriptor()->FindFieldByName("after");
  if (field.name() == "changed_fields" && changed != nullptr)
    return LabelsText(message, field, *changed->message_type());
  if (!field.is_repeated()) {
    if (field.has_presence() && !r.HasField(message, &field)) return "";
    if (field.name() == "month" && IsDate(field)) return ScalarText(message, field, -1).substr(0, 7);
    return ScalarText(message, field, -1);
  }
  std::string text;
  for (int i = 0; i < r.FieldSize(message, &field); ++i) {
    text += (i > 0 ? ", " : "") + ScalarText(message, field, i);
  }
  return text;
}

std::string RenderMessage(const Message& message) {
  const FieldDescriptor* list = ListField(*message.GetDescriptor());
  if (list == nullptr) return RenderFields(message);
  std::string out = RenderRepeated(message, *list);
  const int shown = message.GetReflection()->FieldSize(message, list);
  out += Say({"共 ", "total "}) + std::to_string(shown) + "\n";
  return out;
}

std::string RenderJson(const Message& message) {
  google::protobuf::util::JsonPrintOptions options;
  options.add_whitespace = true;
  options.preserve_proto_field_names = true;
  std::string out;
  if (!google::protobuf::util::MessageToJsonString(message, &out, options).ok()) return message.DebugString();
  return out;
}

std::string RenderProgress(int64_t done, int64_t total, const std::string& stage, size_t width) {
  constexpr int64_t kBar = 30;
  const int64_t filled = total > 0 ? std::clamp<int64_t>(done * kBar / total, 0, kBar) : 0;
  const std::string bar = "[" + std::string(static_cast<size_t>(filled), '#') +
                          std::string(static_cast<size_t>(kBar - filled), '.') + "] " + std::to_string(done) +
                          "/" + std::to_string(total) + " " + stage;
  return PadToWidth(bar, width);
}

}  // namespace inspectorate::cli
