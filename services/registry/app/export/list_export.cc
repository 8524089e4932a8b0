#include "services/registry/app/export/list_export.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdlib>
#include <iterator>
#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/base/macros.h"
#include "common/resource/description.h"
#include "common/resource/redact.h"
#include "common/roster/catalogue.h"
#include "common/sheet/list_book.h"
#include "google/protobuf/timestamp.pb.h"
#include "google/protobuf/util/json_util.h"
#include "inspectorate/registry/v1/area.pb.h"
#include "inspectorate/registry/v1/calendar.pb.h"
#include "inspectorate/registry/v1/inspector.pb.h"
#include "inspectorate/registry/v1/plaque.pb.h"
#include "inspectorate/registry/v1/school.pb.h"
#include "inspectorate/type/v1/options.pb.h"
#include "services/registry/app/import/cell_text.h"
#include "services/registry/app/terms.h"
#include "services/registry/store/area_past.h"

namespace inspectorate::registry {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using resource::Description;
using Holds = ListColumn::Holds;

constexpr int kPage = 500;

// --- formats ----------------------------------------------------------------------------------------------

std::string Quoted(const std::string& cell) {
  if (cell.find_first_of(",\"\r\n") == std::string::npos) return cell;
  std::string quoted = "\"";
  for (const char c : cell) quoted += c == '"' ? std::string("\"\"") : std::string(1, c);
  return quoted + '"';
}

class CsvWriter final : public ListWriter {
 public:
  CsvWriter(const std::vector<std::string>& header, ExportFiles& files) : files_(files) {
    line_ = "\xEF\xBB\xBF";
    Put(header);
  }
  absl::Status Add(const std::vector<std::string>& cells) override {
    Put(cells);
    constexpr size_t kEnough = 1 << 16;
    return line_.size() < kEnough ? absl::OkStatus() : Flush();
  }
  absl::Status End() override { return Flush(); }

 private:
  void Put(const std::vector<std::string>& cells) {
    for (size_t i = 0; i < cells.size(); ++i) line_ += (i == 0 ? "" : ",") + Quoted(Shielded(cells[i]));
    line_ += "\r\n";
  }
  absl::Status Flush() { return files_.Add(std::exchange(line_, {})); }

  ExportFiles& files_;
  std::string line_;
};

class XlsxWriter final : public ListWriter {
 public:
  XlsxWriter(const std::string& name, const std::vector<std::string>& header, ExportFiles& files, bool prose)
      : book_(name, header, prose), files_(files) {}
  absl::Status Add(const std::vector<std::string>& cells) override { return book_.Add(cells); }
  absl::Status End() override {
    return book_.Close([this](std::string_view piece) { return files_.Add(piece); });
  }

 private:
  sheet::ListBook book_;
  ExportFiles& files_;
};

// --- cells ------------------------------------------------------------------------------------------------

std::string NumberText(double value) {
  std::array<char, 32> text;
  const auto end = std::to_chars(text.data(), text.data() + text.size(), value);
  return {text.data(), end.ptr};
}

std::string TermOf(const google::protobuf::EnumValueDescriptor* value) {
  return value == nullptr || value->number() == 0 ? "" : value->options().GetExtension(type::v1::zh);
}

std::string RepeatedText(const Message& message, const FieldDescriptor& field) {
  const auto& reflection = *message.GetReflection();
  std::vector<std::string> parts;
  parts.reserve(static_cast<size_t>(reflection.FieldSize(message, &field)));
  for (int i = 0; i < reflection.FieldSize(message, &field); ++i) {
    parts.push_back(field.cpp_type() == FieldDescriptor::CPPTYPE_ENUM
                        ? TermOf(reflection.GetRepeatedEnum(message, &field, i))
                        : reflection.GetRepeatedString(message, &field, i));
  }
  return JoinParts(parts);
}

std::string ValueText(const Message& message, const FieldDescriptor& field) {
  const auto& reflection = *message.GetReflection();
  if (field.is_repeated()) return RepeatedText(message, field);
  switch (field.cpp_type()) {
    case FieldDescriptor::CPPTYPE_STRING:
      return reflection.GetString(message, &field);
    case FieldDescriptor::CPPTYPE_INT32:
      return std::to_string(reflection.GetInt32(message, &field));
    case FieldDescriptor::CPPTYPE_INT64:
      return std::to_string(reflection.GetInt64(message, &field));
    case FieldDescriptor::CPPTYPE_DOUBLE:
      return NumberText(reflection.GetDouble(message, &field));
    case FieldDescriptor::CPPTYPE_BOOL:
      return reflection.GetBool(message, &field) ? "是" : "否";
    case FieldDescriptor::CPPTYPE_ENUM:
      return TermOf(reflection.GetEnum(message, &field));
    default: {
      if (field.message_type() == google::protobuf::Timestamp::descriptor()) {
        if (!reflection.HasField(message, &field)) return "";
        return TimeText(resource::FromProto(
            static_cast<const google::protobuf::Timestamp&>(reflection.GetMessage(message, &field))));
      }
      const auto& day = static_cast<const google::type::Date&>(reflection.GetMessage(message, &field));
      return resource::IsSet(day) ? FormatDate(resource::FromProto(day)) : "";
    }
  }
}

// For what the office has no number of.
std::string OwnNumber(std::string_view name) { return "#" + std::string(resource::LastSegment(name)); }

std::string ExternalIdsText(const v1::School& school) {
  std::vector<std::string> parts;
  for (const auto& id : school.external_ids()) parts.push_back(id.system() + ":" + id.id());
  return JoinParts(parts);
}

std::string JsonText(const Message& message) {
  std::string json;
  google::protobuf::util::JsonPrintOptions options;
  options.preserve_proto_field_names = true;
  if (!google::protobuf::util::MessageToJsonString(message, &json, options).ok()) return "";
  return json;
}

// {"marks":[…]}: the message with this field alone; empty where it holds nothing.
std::string JsonText(const Message& message, const FieldDescriptor& field) {
  if (message.GetReflection()->FieldSize(message, &field) == 0) return "";
  const std::unique_ptr<Message> alone(message.New());
  alone->CopyFrom(message);
  std::vector<const FieldDescriptor*> fields;
  alone->GetReflection()->ListFields(*alone, &fields);
  for (const FieldDescriptor* other : fields) {
    if (other != &field) alone->GetReflection()->ClearField(alone.get(), other);
  }
  return JsonText(*alone);
}

std::string DaysText(const v1::CalendarPaper& paper) {
  std::vector<std::string> days;
  for (const v1::CalendarDay& day : paper.days()) {
    days.push_back(FormatDate(resource::FromProto(day.date())) + (day.working() ? " 班 " : " 休 ") +
                   day.display_name());
  }
  return JoinParts(days);
}

std::string PersonsText(const v1::Plaque& plaque) {
  std::vector<std::string> persons;
  for (const auto& person : plaque.content().inspectors())
    persons.push_back(person.display_name() + "（" + person.work_number() + "）");
  return JoinParts(persons);
}

// The code of a plaque's QR stands in no field: whoever knows it may read the board.
bool IsProtected(const ListShape& shape, const ListColumn& column) {
  if (column.holds == Holds::kToken) return true;
  const auto* field = shape.FieldOf(column);
  return field != nullptr && field->options().GetExtension(type::v1::sensitive);
}

// "offices/x/catalogues/school-matters/versions/…": 中小学督导事项.
std::string CatalogueText(const std::string& version) {
  const std::string catalogue = version.substr(0, version.find("/versions/"));
  return ChineseTerm(*v1::CatalogueKind_descriptor(),
                     roster::CatalogueKindOf(resource::LastSegment(catalogue)));
}

// What a school was, without what stands for it here.
std::string FactsText(v1::School school) {
  for (const char* field :
       {"name", "office", "revision", "etag", "create_time", "update_time", "successors"}) {
    school.GetReflection()->ClearField(&school, school.GetDescriptor()->FindFieldByName(field));
  }
  return JsonText(school);
}

// --- rows -------------------------------------------------------------------------------------------------

// What a list's rows are read of. Lives of codes and areas as they were are no resources: they hang on
// schools and on areas.
enum class Source { kResource, kCodes, kFormerAreas };
Source SourceOf(const ListShape& shape) {
  if (shape.kind == v1::IMPORT_IDENT_CODES) return Source::kCodes;
  return shape.kind == v1::IMPORT_FORMER_AREAS ? Source::kFormerAreas : Source::kResource;
}
const Description& ReadFrom(const ListShape& shape) {
  switch (SourceOf(shape)) {
    case Source::kCodes:
      return Description::Of<v1::School>();
    case Source::kFormerAreas:
      return Description::Of<v1::Area>();
    case Source::kResource:
      return Description::Of(shape.message);
  }
  std::abort();  // not an enumerator
}

// How the number of what a column refers to is read beside the row.
struct Reference {
  const char* table;
  const char* number;
};
std::optional<Reference> ReferenceOf(Holds holds) {
  switch (holds) {
    case Holds::kSchool:
      return Reference{"school", "external_id"};
    case Holds::kArea:
      return Reference{"area", "number"};
    case Holds::kInspector:
      return Reference{"inspector", "work_number"};
    case Holds::kSupervisor:
      return Reference{"supervisor", "work_number"};
    default:
      return std::nullopt;
  }
}

class ListReader {
 public:
  ListReader(db::Session& session, const ListShape& shape, std::string office, bool redacted)
      : session_(session),
        shape_(shape),
        source_(SourceOf(shape)),
        description_(ReadFrom(shape)),
        columns_(ExportedColumns(shape, redacted)),
        office_(std::move(office)),
        redacted_(redacted),
        key_(description_.keys().back().variable),
        order_(OrderOf(shape, description_)),
        index_(order_.empty() || *shape.order != '\0' ? shape.index : "PRIMARY"),
        prototype_(google::protobuf::MessageFactory::generated_factory()->GetPrototype(shape.message)) {}

  absl::Status Read(const OnCells& on_cells) {
    for (bool first = true;; first = false) {
      ASSIGN_OR_RETURN(const db::Rows rows, session_.Query(Sql(first), Parameters(first)));
      for (size_t i = 0; i < rows.size(); ++i) {
        if (IsEmpty(rows, i)) continue;
        RETURN_IF_ERROR(Tell(rows, i, on_cells));
      }
      if (rows.size() < kPage) return absl::OkStatus();
      after_ = rows.at(rows.size() - 1, key_);
      if (!order_.empty()) after_order_ = rows.at(rows.size() - 1, order_);
    }
  }

 private:
  // A school without a code, an area that was never anything else.
  bool IsEmpty(const db::Rows& rows, size_t row) const {
    if (source_ == Source::kCodes) return rows.at(row, "ident_code").is_null();
    return source_ == Source::kFormerAreas && rows.at(row, "last_day").is_null();
  }

  std::string References() const {
    std::string sql;
    for (size_t i = 0; i < columns_.size(); ++i) {
      if (columns_[i].holds == Holds::kToken) {
        absl::StrAppend(&sql,
                        ", (SELECT k.`token` FROM `plaque_token` k WHERE k.`office` = t.`office`"
                        " AND k.`plaque` = t.`plaque`) AS `number",
                        i, "`");
      }
      const auto reference = ReferenceOf(columns_[i].holds);
      if (!reference) continue;
      const std::string table = reference->table;
      const std::string own = *columns_[i].field == '\0' ? "inspector" : columns_[i].field;
      const bool of_office = Description::ByType("inspectorate/" + TypeOf(table))->office_scoped();
      absl::StrAppend(&sql, ", (SELECT r.`", reference->number, "` FROM `", table, "` r WHERE r.`", table,
                      "` = t.`", own, "`", of_office ? " AND r.`office` = t.`office`" : "", ") AS `number", i,
                      "`");
    }
    return sql;
  }
  static std::string TypeOf(const std::string& table) {
    std::string type = table;
    type[0] = static_cast<char>(type[0] - 'a' + 'A');
    return type;
  }

  // The codes of a page of schools, what the areas of a page were: each school and area gives at least one
  // row, so that a short page is the last.
  std::string Sql(bool first) const {
    if (source_ == Source::kResource) return PageSql(first, description_.select_list() + References());
    if (source_ == Source::kFormerAreas) {
      return "SELECT s.`area`, s.`number` AS `number0`, s.`valid_from` AS `area_from`, p.`last_day`, p.`was`"
             " FROM (" +
             PageSql(first, "t.`office`, t.`area`, t.`number`, t.`valid_from`") +
             ") s LEFT JOIN `area_past` p ON p.`office` = s.`office` AND p.`area` = s.`area`"
             " ORDER BY s.`area`, p.`last_day`";
    }
    return "SELECT s.`school`, s.`external_id`, s.`external_id` AS `number0`, c.`ident_code`, c.`valid_from`,"
           " c.`valid_to`, c.`fate` FROM (" +
           PageSql(first, "t.`school`, t.`external_id`") +
           ") s LEFT JOIN `school_ident_code` c ON c.`school` = s.`school`"
           " ORDER BY s.`external_id`, s.`school`, c.`ident_code`";
  }

  // What hangs on inspectors lies in their order: by ids alone each page would sort all that is left.
  static std::string OrderOf(const ListShape& shape, const Description& description) {
    const std::string& owner = description.keys().front().variable;
    const bool owned = description.keys().size() > 1 && owner != "office";
    return *shape.order == '\0' && owned ? owner : shape.order;
  }

  std::string PageSql(bool first, const std::string& wanted) const {
    const std::string key = "t.`" + key_ + "`";
    std::string sql = "SELECT " + wanted + " FROM `" + description_.table() + "` t";
    if (!index_.empty()) sql += " FORCE INDEX (`" + index_ + "`)";
    sql += " WHERE t.`office` = ?" + std::string(shape_.where);
    if (order_.empty()) {
      return sql + (first ? "" : " AND " + key + " > ?") + " ORDER BY " + key + " LIMIT " +
             std::to_string(kPage);
    }
    if (!first) sql += " AND t.`" + order_ + "` >= ? AND (t.`" + order_ + "` > ? OR " + key + " > ?)";
    return sql + " ORDER BY t.`" + order_ + "`, " + key + " LIMIT " + std::to_string(kPage);
  }

  db::Params Parameters(bool first) const {
    if (first) return {office_};
    if (order_.empty()) return {office_, after_};
    return {office_, after_order_, after_order_, after_};
  }

  absl::Status Tell(const db::Rows& rows, size_t row, const OnCells& on_cells) {
    const std::unique_ptr<Message> message(prototype_->New());
    if (source_ == Source::kCodes) {
      FillCode(rows, row, static_cast<v1::IdentCodeLife*>(message.get()));
    } else if (source_ == Source::kFormerAreas) {
      RETURN_IF_ERROR(FillFormerArea(rows, row, static_cast<v1::FormerArea*>(message.get())));
    } else {
      RETURN_IF_ERROR(description_.FromRow(rows, row, message.get()));
    }
    if (redacted_) resource::ClearSensitive(message.get());
    if (shape_.value() == nullptr) {
      ASSIGN_OR_RETURN(const auto cells, Cells(*message, nullptr, rows, row));
      return on_cells(cells);
    }
    const auto* each = message->GetDescriptor()->FindFieldByName(shape_.each);
    for (int i = 0; i < message->GetReflection()->FieldSize(*message, each); ++i) {
      const Message& value = message->GetReflection()->GetRepeatedMessage(*message, each, i);
      ASSIGN_OR_RETURN(const auto cells, Cells(*message, &value, rows, row));
      RETURN_IF_ERROR(on_cells(cells));
    }
    return absl::OkStatus();
  }

  absl::StatusOr<std::vector<std::string>> Cells(const Message& message, const Message* value,
                                                 const db::Rows& rows, size_t row) {
    std::vector<std::string> cells;
    for (size_t i = 0; i < columns_.size(); ++i) {
      const bool of_value = value != nullptr && shape_.value()->FindFieldByName(columns_[i].field) != nullptr;
      ASSIGN_OR_RETURN(cells.emplace_back(), Cell(of_value ? *value : message, columns_[i], rows, row, i));
    }
    return cells;
  }

  static void FillCode(const db::Rows& rows, size_t row, v1::IdentCodeLife* life) {
    life->set_ident_code(rows.at(row, "ident_code").AsString());
    life->set_school("schools/" + FormatUuid(rows.at(row, "school").AsUuid()));
    const auto day = [&](const char* column, google::type::Date* date) {
      if (!rows.at(row, column).is_null()) *date = resource::ToProto(rows.at(row, column).AsDate());
    };
    day("valid_from", life->mutable_valid_from());
    day("valid_to", life->mutable_valid_to());
    life->set_fate(static_cast<v1::IdentCodeFate>(rows.at(row, "fate").AsInt() + 1));  // CodeFate
  }

  static absl::Status FillFormerArea(const db::Rows& rows, size_t row, v1::FormerArea* former) {
    ASSIGN_OR_RETURN(const v1::Area was, AreaOfBefore(rows.at(row, "was")));
    former->set_area(was.name());
    *former->mutable_area_from() = resource::ToProto(rows.at(row, "area_from").AsDate());
    *former->mutable_last_day() = resource::ToProto(rows.at(row, "last_day").AsDate());
    former->set_number(was.number());
    former->set_display_name(was.display_name());
    former->set_document_number(was.document_number());
    *former->mutable_valid_from() = was.valid_from();
    if (was.has_valid_to()) *former->mutable_valid_to() = was.valid_to();
    return absl::OkStatus();
  }

  absl::StatusOr<std::string> Cell(const Message& message, const ListColumn& column, const db::Rows& rows,
                                   size_t row, size_t index) {
    const bool named = message.GetDescriptor()->FindFieldByName("name") != nullptr;
    const std::string name = named ? resource::GetString(message, "name") : "";
    const FieldDescriptor* field = message.GetDescriptor()->FindFieldByName(column.field);
    switch (column.holds) {
      case Holds::kValue: {
        const std::string text = ValueText(message, *field);
        const bool number = std::string_view(shape_.found_by.front()) == column.field;
        return text.empty() && number ? OwnNumber(name) : text;
      }
      case Holds::kExternalIds:
        return ExternalIdsText(static_cast<const v1::School&>(message));
      case Holds::kFacts:
        return message.GetReflection()->HasField(message, field)
                   ? FactsText(
                         static_cast<const v1::School&>(message.GetReflection()->GetMessage(message, field)))
                   : std::string();
      case Holds::kSchools:
        return Numbers(message, *field);
      case Holds::kId:
        return std::string(resource::LastSegment(name));
      case Holds::kSession:
        return std::string(resource::LastSegment(name.substr(0, name.find("/attendances/"))));
      case Holds::kJson:
        return JsonText(message, *field);
      case Holds::kCatalogue:
        return CatalogueText(name);
      case Holds::kCount:
        return std::to_string(message.GetReflection()->FieldSize(message, field));
      case Holds::kDays:
        return DaysText(static_cast<const v1::CalendarPaper&>(message));
      case Holds::kPersons:
        return PersonsText(static_cast<const v1::Plaque&>(message));
      case Holds::kBoard:
        return Board(static_cast<const v1::Plaque&>(message));
      case Holds::kToken: {
        const db::Value& token = rows.at(row, "number" + std::to_string(index));
        return token.is_null() ? std::string() : token.AsString();
      }
      case Holds::kHandovers:
        return Handovers(static_cast<const v1::InspectorAct&>(message));
      default:
        return Number(message, field, rows.at(row, "number" + std::to_string(index)));
    }
  }

  static std::string Number(const Message& message, const FieldDescriptor* field, const db::Value& number) {
    if (number.is_null()) return "";
    const bool counted = field != nullptr && field->name() == "area";
    const std::string text = counted ? std::to_string(number.AsInt()) : number.AsString();
    return text.empty() && field != nullptr ? OwnNumber(message.GetReflection()->GetString(message, field))
                                            : text;
  }

  // Few rows name several schools.
  absl::StatusOr<std::string> Numbers(const Message& message, const FieldDescriptor& field) {
    std::vector<std::string> numbers;
    for (int i = 0; i < message.GetReflection()->FieldSize(message, &field); ++i) {
      const std::string name = message.GetReflection()->GetRepeatedString(message, &field, i);
      ASSIGN_OR_RETURN(numbers.emplace_back(), NumberOf(Holds::kSchool, name));
    }
    return JoinParts(numbers);
  }

  absl::StatusOr<std::string> Handovers(const v1::InspectorAct& act) {
    std::vector<std::string> parts;
    for (const v1::DutyHandover& handover : act.handovers()) {
      ASSIGN_OR_RETURN(const std::string school, NumberOf(Holds::kSchool, handover.school()));
      ASSIGN_OR_RETURN(const std::string inspector, NumberOf(Holds::kInspector, handover.inspector()));
      parts.push_back(absl::StrCat(school, ":", inspector, ":", handover.open_issues()));
    }
    return JoinParts(parts);
  }

  // With the office's numbers for those it names, and without what stands for their pictures here.
  absl::StatusOr<std::string> Board(const v1::Plaque& plaque) {
    v1::PlaqueContent board = plaque.content();
    for (v1::PlaqueInspector& person : *board.mutable_inspectors()) {
      ASSIGN_OR_RETURN(const std::string number, NumberOf(Holds::kInspector, person.inspector()));
      person.set_inspector(number);
      person.clear_portrait();
    }
    return JsonText(board);
  }

  absl::StatusOr<std::string> NumberOf(Holds holds, const std::string& name) {
    const Reference target = *ReferenceOf(holds);
    ASSIGN_OR_RETURN(const db::Rows rows,
                     session_.Query(absl::StrCat("SELECT `", target.number, "` FROM `", target.table,
                                                 "` WHERE `", target.table, "` = ?"),
                                    {resource::UuidOf(name)}));
    const std::string number = rows.empty() ? "" : rows.at(0, 0).AsString();
    return number.empty() ? OwnNumber(name) : number;
  }

  db::Session& session_;
  const ListShape& shape_;
  const Source source_;
  const Description& description_;  // of what the pages are read of
  const std::vector<ListColumn> columns_;
  const std::string office_;
  const bool redacted_;
  const std::string key_, order_, index_;
  const Message* prototype_;
  db::Value after_, after_order_;
};

}  // namespace

std::unique_ptr<ListWriter> NewListWriter(v1::ExportFormat format, const std::string& name,
                                          const std::vector<std::string>& header, ExportFiles& files,
                                          bool prose) {
  if (format == v1::EXPORT_XLSX) return std::make_unique<XlsxWriter>(name, header, files, prose);
  return std::make_unique<CsvWriter>(header, files);
}

std::string FileNameFor(const std::string& name, v1::ExportFormat format) {
  return name + (format == v1::EXPORT_XLSX ? ".xlsx" : ".csv");
}

std::vector<ListColumn> ExportedColumns(const ListShape& shape, bool redacted) {
  std::vector<ListColumn> columns;
  std::copy_if(shape.columns.begin(), shape.columns.end(), std::back_inserter(columns),
               [&](const ListColumn& column) {
                 return column.holds != Holds::kAlongside && !(redacted && IsProtected(shape, column));
               });
  return columns;
}

absl::StatusOr<int64_t> CountRows(db::Session& session, const ListShape& shape, const std::string& office) {
  if (shape.value() != nullptr) {  // as many as the values are: known once they are read
    int64_t rows = 0;
    RETURN_IF_ERROR(ReadList(session, shape, office, false, [&](const auto&) {
      ++rows;
      return absl::OkStatus();
    }));
    return rows;
  }
  std::string from = "`" + ReadFrom(shape).table() + "` t";
  if (SourceOf(shape) == Source::kCodes)
    from = "`school_ident_code` c JOIN " + from + " ON t.`school` = c.`school`";
  if (SourceOf(shape) == Source::kFormerAreas) from = "`area_past` t";
  ASSIGN_OR_RETURN(
      const db::Rows rows,
      session.Query("SELECT COUNT(*) FROM " + from + " WHERE t.`office` = ?" + shape.where, {office}));
  return rows.at(0, 0).AsInt();
}

absl::Status ReadList(db::Session& session, const ListShape& shape, const std::string& office, bool redacted,
                      const OnCells& on_cells) {
  return ListReader(session, shape, office, redacted).Read(on_cells);
}

}  // namespace inspectorate::registry
