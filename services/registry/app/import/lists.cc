#include "services/registry/app/import/lists.h"

#include <optional>
#include <utility>

#include "absl/strings/numbers.h"
#include "common/base/macros.h"
#include "common/resource/table.h"
#include "common/status/error.h"
#include "google/protobuf/util/json_util.h"
#include "google/protobuf/util/message_differencer.h"
#include "inspectorate/registry/v1/area.pb.h"
#include "inspectorate/registry/v1/delegation.pb.h"
#include "inspectorate/registry/v1/inspector.pb.h"
#include "inspectorate/registry/v1/policy.pb.h"
#include "inspectorate/registry/v1/school.pb.h"
#include "inspectorate/registry/v1/school_change.pb.h"
#include "inspectorate/registry/v1/town.pb.h"
#include "inspectorate/registry/v1/training.pb.h"
#include "services/registry/app/import/cell_text.h"
#include "services/registry/app/import/taken_over.h"
#include "services/registry/app/plaque_records.h"
#include "services/registry/app/rules.h"
#include "services/registry/app/school_codes.h"
#include "services/registry/domain/list_remarks.h"
#include "services/registry/domain/period.h"
#include "services/registry/domain/school_codes.h"
#include "services/registry/domain/school_life.h"
#include "services/registry/store/plaque_store.h"
#include "services/registry/store/school_codes_store.h"

namespace inspectorate::registry {
namespace {

using namespace v1;
using google::protobuf::util::MessageDifferencer;
using resource::Column;
using resource::Description;
using resource::FromProto;
using resource::IsSet;
using resource::PeriodOf;
using resource::ToProto;
using resource::UuidOf;
using type::v1::ImportRow;

std::string OfficeName(const ImportContext& context) { return "offices/" + context.office; }

// The row of M that the condition finds; dated lists give the latest.
template <class M>
absl::StatusOr<std::optional<M>> Find(work::Unit& unit, const std::string& condition,
                                      const db::Params& params) {
  const bool dated = Description::Of<M>().dated();
  ASSIGN_OR_RETURN(auto rows,
                   resource::Select<M>(unit.db(), condition, params,
                                       dated ? "ORDER BY `valid_from` DESC FOR UPDATE" : "FOR UPDATE"));
  if (rows.empty()) return std::optional<M>();
  return std::optional<M>(std::move(rows.front()));
}

// What exports write where the office has no number: `#` and the platform's own id.
std::optional<Uuid> OwnId(const std::string& number) {
  if (!number.starts_with('#')) return std::nullopt;
  const auto id = ParseUuid(number.substr(1));
  return id ? std::optional<Uuid>(*id) : std::nullopt;
}
// By the office's number in `field`, or by the own id of what has none.
template <class M>
absl::StatusOr<std::optional<M>> FindNumbered(work::Unit& unit, const ImportContext& context,
                                              const std::string& field, const std::string& number) {
  ASSIGN_OR_RETURN(auto found,
                   Find<M>(unit, "`office` = ? AND `" + field + "` = ?", {context.office, number}));
  const auto id = OwnId(number);
  if (found || !id) return found;
  const std::string key = "`" + Description::Of<M>().table() + "` = ?";
  return Find<M>(unit, "`office` = ? AND `" + field + "` = '' AND " + key, {context.office, *id});
}
absl::StatusOr<std::optional<School>> FindSchool(work::Unit& unit, const ImportContext& context,
                                                 const std::string& number) {
  return FindNumbered<School>(unit, context, "external_id", number);
}
absl::StatusOr<std::optional<Supervisor>> FindSupervisor(work::Unit& unit, const ImportContext& context,
                                                         const std::string& number) {
  return FindNumbered<Supervisor>(unit, context, "work_number", number);
}
absl::StatusOr<std::optional<Inspector>> FindInspector(work::Unit& unit, const ImportContext& context,
                                                       const std::string& number) {
  return Find<Inspector>(unit, "`office` = ? AND `work_number` = ?", {context.office, number});
}
absl::StatusOr<std::optional<Area>> FindArea(work::Unit& unit, const ImportContext& context,
                                             const std::string& number) {
  int32_t value = 0;
  if (!absl::SimpleAtoi(number, &value)) return std::optional<Area>();
  return Find<Area>(unit, "`office` = ? AND `number` = ?", {context.office, value});
}
// To refer to it: rows that name the same area do not wait for each other.
absl::StatusOr<std::optional<Area>> LookUpArea(work::Unit& unit, const ImportContext& context,
                                               const std::string& number) {
  int32_t value = 0;
  if (!absl::SimpleAtoi(number, &value)) return std::optional<Area>();
  ASSIGN_OR_RETURN(auto areas, resource::Select<Area>(unit.db(), "`office` = ? AND `number` = ?",
                                                      {context.office, value}));
  std::optional<Area> latest;
  for (Area& area : areas) {
    if (!latest || FromProto(latest->valid_from()) < FromProto(area.valid_from())) latest = std::move(area);
  }
  return latest;
}

// Takes the outcome of a resource into that of its row: the first resource is what the row stands for, the
// others can only turn "unchanged" into "updated".
void Record(Row& row, const std::string& name, ImportRow::Outcome outcome) {
  ImportRow& report = row.report();
  if (report.resource().empty()) {
    report.set_resource(name);
    report.set_outcome(outcome);
  } else if (report.outcome() == ImportRow::UNCHANGED && outcome != ImportRow::UNCHANGED) {
    report.set_outcome(ImportRow::UPDATED);
  }
}

template <class M>
const ListShape& Shape() {
  for (const ListShape& shape : ListShapes()) {
    if (shape.message == M::descriptor()) return shape;
  }
  std::abort();
}

// What the rules refuse, told at the column of the field where they name one that the file has; else at
// `column`.
void RejectAt(Row& row, const ListShape& shape, std::string_view column, const absl::Status& status) {
  const auto violations = ViolationsOf(status);
  if (violations.empty()) row.Reject(column, status);
  for (const FieldViolation& violation : violations) {
    const std::string field = violation.field.substr(violation.field.rfind('.') + 1);
    std::string_view at = column;
    for (const ListColumn& told : shape.columns) {
      if (field == told.field && row.Has(told.header)) at = told.header;
    }
    row.Reject(at, type::v1::ErrorReason_Name(ReasonOf(status)), violation.zh, violation.en);
  }
}

// Writes `wanted` in place of `existing`, or as new below `parent`, if there is anything to write. Refusals
// of the rules become defects of `column`.
template <class M>
absl::Status Put(work::Unit& unit, const ImportContext& context, Row& row, const std::optional<M>& existing,
                 M* wanted, const std::string& parent, std::string_view column) {
  const Description& d = Description::Of<M>();
  if (existing && MessageDifferencer::Equals(*existing, *wanted)) {
    Record(row, wanted->name(), ImportRow::UNCHANGED);
    return absl::OkStatus();
  }
  const bool record = context.take_over && !existing;
  if (!existing && wanted->name().empty()) wanted->set_name(resource::NewName(d, parent, unit.recorded()));
  absl::Status status =
      record ? CheckRecord(unit, wanted) : CheckWrite(unit, existing ? &*existing : nullptr, wanted);
  if (status.ok()) status = existing ? resource::Update(unit, d, wanted) : resource::Insert(unit, d, wanted);
  // What followed from a record of before is a record too.
  if (status.ok() && !record) status = AfterWrite(unit, *wanted);
  if (status.ok()) {
    Record(row, wanted->name(), existing ? ImportRow::UPDATED : ImportRow::CREATED);
  } else if (IsDefect(status)) {
    RejectAt(row, Shape<M>(), column, status);
    return absl::OkStatus();
  }
  return status;
}

// Puts a dated fact into its chain: what it corrects is corrected, what it succeeds ends the day before.
template <class M>
absl::Status PutInChain(work::Unit& unit, const ImportContext& context, Row& row, const std::vector<M>& chain,
                        M wanted, const std::string& parent, std::string_view column) {
  std::vector<Period> periods;
  periods.reserve(chain.size());
  for (const M& link : chain) periods.push_back(PeriodOf(link));
  const Succession succession = Succeed(periods, PeriodOf(wanted));
  if (succession.kind == Succession::Kind::kAppend)
    return Put<M>(unit, context, row, {}, &wanted, parent, column);
  const M& link = chain[succession.index];
  if (succession.kind == Succession::Kind::kCorrect) {
    wanted.set_name(link.name());
    wanted.set_revision(link.revision());
    wanted.set_etag(link.etag());
    *wanted.mutable_create_time() = link.create_time();
    *wanted.mutable_update_time() = link.update_time();
    return Put<M>(unit, context, row, link, &wanted, parent, column);
  }
  M ended = link;
  *ended.mutable_valid_to() = ToProto(FromProto(wanted.valid_from()) - std::chrono::days(1));
  RETURN_IF_ERROR(Put<M>(unit, context, row, link, &ended, parent, column));
  return row.ok() ? Put<M>(unit, context, row, {}, &wanted, parent, column) : absl::OkStatus();
}

template <class M>
absl::StatusOr<std::vector<M>> Chain(work::Unit& unit, const std::string& condition,
                                     const db::Params& params) {
  return resource::Select<M>(unit.db(), condition, params, "ORDER BY `valid_from` FOR UPDATE");
}

// --- one fact a row
// -------------------------------------------------------------------------------------------

// Of the areas that had the number one after the other, the one of that day; else the last.
absl::StatusOr<std::optional<Area>> AreaOn(work::Unit& unit, const ImportContext& context,
                                           const std::string& number, Date day) {
  int32_t value = 0;
  if (!absl::SimpleAtoi(number, &value)) return std::optional<Area>();
  ASSIGN_OR_RETURN(
      auto areas, resource::Select<Area>(unit.db(), "`office` = ? AND `number` = ? AND `valid_from` <= ?",
                                         {context.office, value, day}, "ORDER BY `valid_from` DESC LIMIT 1"));
  if (areas.empty()) return LookUpArea(unit, context, number);
  return std::optional<Area>(std::move(areas.front()));
}

template <class M>
std::optional<std::string> NameIn(const std::optional<M>& found) {
  return found ? std::optional<std::string>(found->name()) : std::nullopt;
}

// The name of what the number in the cell stands for.
absl::StatusOr<std::optional<std::string>> Referred(work::Unit& unit, const ImportContext& context,
                                                    ListColumn::Holds holds, const std::string& number,
                                                    Date day) {
  switch (holds) {
    case ListColumn::Holds::kInspector: {
      ASSIGN_OR_RETURN(const auto inspector, FindInspector(unit, context, number));
      return NameIn(inspector);
    }
    case ListColumn::Holds::kArea: {
      ASSIGN_OR_RETURN(const auto area, AreaOn(unit, context, number, day));
      return NameIn(area);
    }
    case ListColumn::Holds::kSupervisor: {
      ASSIGN_OR_RETURN(const auto person, FindSupervisor(unit, context, number));
      return NameIn(person);
    }
    default: {
      ASSIGN_OR_RETURN(const auto school, FindSchool(unit, context, number));
      return NameIn(school);
    }
  }
}

bool IsOver(SchoolState state) { return registry::IsOver(static_cast<SchoolStanding>(state)); }

// A school as it was, of the same name now.
void FillFacts(const ImportContext& context, Row& row, const ListColumn& column, const std::string& school,
               Message* message) {
  School was;
  google::protobuf::util::JsonParseOptions options;
  options.ignore_unknown_fields = true;
  if (!google::protobuf::util::JsonStringToMessage(row.Text(column.header), &was, options).ok()) {
    row.Reject(column.header, "INVALID_FIELDS", "不是机构信息（JSON）", "is no school in JSON");
    return;
  }
  was.set_name(school);
  was.set_office(OfficeName(context));
  // Who took its place is told by the change.
  if (IsOver(was.state())) *was.mutable_successors() = static_cast<const SchoolChange*>(message)->others();
  const auto* field = message->GetDescriptor()->FindFieldByName(column.field);
  message->GetReflection()->MutableMessage(message, field)->CopyFrom(was);
}

// Of {"marks":[…]} the field of that name.
void FillJson(Row& row, const ListColumn& column, Message* message) {
  const auto* field = message->GetDescriptor()->FindFieldByName(column.field);
  message->GetReflection()->ClearField(message, field);
  const std::string cell = row.Text(column.header);
  if (cell.empty()) return;
  const std::unique_ptr<Message> told(message->New());
  if (!google::protobuf::util::JsonStringToMessage(cell, told.get()).ok()) {
    row.Reject(column.header, "INVALID_FIELDS", "不是规定的JSON", "is not the JSON of this column");
    return;
  }
  std::vector<const google::protobuf::FieldDescriptor*> fields;
  told->GetReflection()->ListFields(*told, &fields);
  for (const auto* other : fields) {
    if (other != field) told->GetReflection()->ClearField(told.get(), other);
  }
  message->MergeFrom(*told);
}

// Of school:inspector:open issues; a number may hold colons, what follows it does not.
absl::Status FillHandovers(work::Unit& unit, const ImportContext& context, Row& row, const ListColumn& column,
                           InspectorAct* act) {
  act->clear_handovers();
  for (const std::string& part : PartsOf(row.Text(column.header))) {
    const size_t second = part.rfind(':');
    const size_t first = second == std::string::npos || second == 0 ? second : part.rfind(':', second - 1);
    DutyHandover* handover = act->add_handovers();
    int32_t open = 0;
    if (first == std::string::npos || !absl::SimpleAtoi(part.substr(second + 1), &open)) {
      row.Reject(column.header, "INVALID_FIELDS", "“" + part + "”须写作 机构编号:督学工号:未办结问题数",
                 "\"" + part + "\" is not school:inspector:open issues");
      return absl::OkStatus();
    }
    const std::string number = part.substr(first + 1, second - first - 1);
    ASSIGN_OR_RETURN(const auto school, FindSchool(unit, context, part.substr(0, first)));
    ASSIGN_OR_RETURN(const auto inspector, FindInspector(unit, context, number));
    if (!school) row.RejectUnknown(column.header, part.substr(0, first));
    if (!inspector) row.RejectUnknown(column.header, number);
    if (!school || !inspector) return absl::OkStatus();
    handover->set_school(school->name());
    handover->set_inspector(inspector->name());
    handover->set_open_issues(open);
  }
  return absl::OkStatus();
}

// The picture that a board which is here already shows of the person; empty: none.
std::string PortraitHere(const Plaque& plaque, const PlaqueInspector& person) {
  for (const PlaqueInspector& shown : plaque.content().inspectors()) {
    if (shown.inspector() == person.inspector() && shown.portrait_sha256() == person.portrait_sha256())
      return shown.portrait();
  }
  return {};
}

// What a board says, with the people that its work numbers stand for. What a face looked like is kept; its
// picture stays where it was taken.
absl::Status FillBoard(work::Unit& unit, const ImportContext& context, Row& row, const ListColumn& column,
                       Plaque* plaque) {
  const std::string cell = row.Required(column.header);
  PlaqueContent board;
  if (!cell.empty() && !google::protobuf::util::JsonStringToMessage(cell, &board).ok()) {
    row.Reject(column.header, "INVALID_FIELDS", "不是公示牌的内容（JSON）", "is no text of a board in JSON");
  }
  for (PlaqueInspector& person : *board.mutable_inspectors()) {
    ASSIGN_OR_RETURN(const auto inspector, FindInspector(unit, context, person.inspector()));
    if (!inspector) {
      row.RejectUnknown(column.header, person.inspector());
      continue;
    }
    person.set_inspector(inspector->name());
    person.set_portrait(PortraitHere(*plaque, person));
  }
  *plaque->mutable_content() = std::move(board);
  return absl::OkStatus();
}

// The training session that a row belongs to.
absl::Status FillSession(work::Unit& unit, const ImportContext& context, Row& row, const ListColumn& column,
                         std::string* about) {
  const std::string id = row.Required(column.header);
  if (id.empty()) return absl::OkStatus();
  TrainingSession session;
  session.set_name(OfficeName(context) + "/trainingSessions/" + id);
  absl::StatusOr<bool> found = ParseUuid(id).has_value();
  if (*found) {
    found = resource::Load(unit.db(), Description::Of<TrainingSession>(), session.name(), &session);
    RETURN_IF_ERROR(found.status());
  }
  if (!*found) row.RejectUnknown(column.header, id);
  *about = session.name();
  return absl::OkStatus();
}

// What no number of the office stands for.
absl::Status FillOther(work::Unit& unit, const ImportContext& context, Row& row, const ListColumn& column,
                       Message* message, std::string* about) {
  using Holds = ListColumn::Holds;
  if (column.holds == Holds::kJson) FillJson(row, column, message);
  if (column.holds == Holds::kFacts && !row.Text(column.header).empty()) {
    FillFacts(context, row, column, resource::GetString(*message, "school"), message);
  }
  if (column.holds == Holds::kHandovers)
    return FillHandovers(unit, context, row, column, static_cast<InspectorAct*>(message));
  if (column.holds == Holds::kBoard)
    return FillBoard(unit, context, row, column, static_cast<Plaque*>(message));
  if (column.holds == Holds::kSession) return FillSession(unit, context, row, column, about);
  return absl::OkStatus();
}

// Puts what the numbers of the row stand for into the fact; `about` becomes what it belongs to where a column
// tells it beside the fields.
absl::Status Refer(work::Unit& unit, const ImportContext& context, Row& row, const ListShape& shape, Date day,
                   Message* message, std::string* about) {
  using Holds = ListColumn::Holds;
  for (const ListColumn& column : shape.columns) {
    if (column.holds == Holds::kValue || column.holds == Holds::kAlongside || !row.Has(column.header))
      continue;
    const std::string cell = row.Text(column.header);
    const auto* field = message->GetDescriptor()->FindFieldByName(column.field);
    if (column.holds >= Holds::kFacts) {
      RETURN_IF_ERROR(FillOther(unit, context, row, column, message, about));
      continue;
    }
    const bool several = column.holds == Holds::kSchools;
    if (several || column.optional) message->GetReflection()->ClearField(message, field);
    if (cell.empty() && !several && !column.optional) row.Required(column.header);
    for (const std::string& number : several ? PartsOf(cell) : std::vector<std::string>{cell}) {
      if (number.empty()) continue;
      ASSIGN_OR_RETURN(const auto name, Referred(unit, context, column.holds, number, day));
      if (!name) {
        row.RejectUnknown(column.header, number);
      } else if (several) {
        message->GetReflection()->AddString(message, field, *name);
      } else if (field == nullptr) {
        *about = *name;
      } else {
        message->GetReflection()->SetString(message, field, *name);
      }
    }
  }
  return absl::OkStatus();
}

// The name that the row gives: by its id, which is the same in every office, or by whose it is.
void NameByRow(const Description& d, Row& row, const ListShape& shape, const std::string& about, Time now,
               Message* fact) {
  for (const ListColumn& column : shape.columns) {
    std::string id;
    if (column.holds == ListColumn::Holds::kId) id = row.Required(column.header);
    if (column.holds == ListColumn::Holds::kSession)
      id = std::string(resource::LastSegment(resource::GetString(*fact, "inspector")));
    if (id.empty() || !row.ok()) continue;
    const auto uuid = ParseUuid(id);
    if (!uuid) return row.Reject(column.header, "INVALID_FIELDS", "不是平台编号", "is no id of the platform");
    std::string name = resource::NewName(d, about, now);
    name.replace(name.rfind('/') + 1, std::string::npos, FormatUuid(*uuid));
    resource::SetString(fact, "name", std::move(name));
  }
}

// The row of the table that the fact is about, found by the fields that the list is found by.
template <class M>
absl::StatusOr<std::optional<M>> FindFact(work::Unit& unit, const ImportContext& context,
                                          const ListShape& shape, const M& wanted, const std::string& about) {
  const Description& d = Description::Of<M>();
  if (!wanted.name().empty()) {
    M found;
    ASSIGN_OR_RETURN(const bool there,
                     resource::Load(unit.db(), d, wanted.name(), &found, resource::Lock::kForUpdate));
    return there ? std::optional<M>(std::move(found)) : std::nullopt;
  }
  M named = wanted;
  named.set_name(resource::NewName(d, about, unit.recorded()));
  ASSIGN_OR_RETURN(const std::vector<db::Value> values, d.ToColumns(named));
  std::string condition = "`office` = ?";
  db::Params params = {context.office};
  for (const std::string_view field : shape.found_by) {
    if (field.empty()) {
      condition += " AND `inspector` = ?";
      params.emplace_back(UuidOf(about));
      continue;
    }
    const Column* column = d.FindColumn(field);
    condition += " AND `" + column->name + "` <=> ?";
    params.push_back(values[static_cast<size_t>(column - d.columns().data())]);
  }
  return Find<M>(unit, condition, params);
}

void DefaultFrom(const ImportContext& context, Message* message) {
  const auto* field = message->GetDescriptor()->FindFieldByName("valid_from");
  if (field == nullptr || message->GetReflection()->HasField(*message, field)) return;
  message->GetReflection()->MutableMessage(message, field)->CopyFrom(ToProto(context.default_from));
}

std::optional<Date> DayOf(const Message& message) {
  const auto* field = message.GetDescriptor()->FindFieldByName("valid_from");
  if (field == nullptr) field = message.GetDescriptor()->FindFieldByName("date");
  if (field == nullptr) return std::nullopt;
  return FromProto(
      static_cast<const google::type::Date&>(message.GetReflection()->GetMessage(message, field)));
}

// Lists with one resource a row that have no way of their own.
template <class M>
absl::Status ImportFact(work::Unit& unit, ImportContext& context, Row& row) {
  const ListShape& shape = Shape<M>();
  const auto& columns = ColumnsOf(shape.kind, context.take_over);
  const char* where = shape.columns.front().header;
  if (shape.record && !context.take_over) {
    row.Reject(where, "TAKE_OVER_ONLY", "这种名册只能在接收以往的记录时导入",
               "such a list is imported only when records are taken over");
    return absl::OkStatus();
  }
  std::string about;
  const auto fill = [&](M* fact, const std::vector<ListColumn>& from) -> absl::Status {
    about = OfficeName(context);
    row.Fill(fact, from);
    DefaultFrom(context, fact);
    if (fact->GetDescriptor()->FindFieldByName("office") != nullptr) {
      resource::SetString(fact, "office", about);
    }
    return Refer(unit, context, row, shape, DayOf(*fact).value_or(context.default_from), fact, &about);
  };
  M wanted;
  RETURN_IF_ERROR(fill(&wanted, columns));
  NameByRow(Description::Of<M>(), row, shape, about, unit.recorded(), &wanted);
  row.Validate(wanted, columns);
  if (!row.ok()) return absl::OkStatus();
  ASSIGN_OR_RETURN(const auto existing, FindFact(unit, context, shape, wanted, about));
  if (existing) {
    wanted = *existing;
    // What only acts bring about is taken over once.
    RETURN_IF_ERROR(fill(&wanted, ColumnsOf(shape.kind, false)));
    // What only acts bring about is never written otherwise afterwards.
    if (shape.record && !MessageDifferencer::Equals(*existing, wanted)) {
      row.Reject(where, "TAKE_OVER_ONLY", "已登记的记录不能改写",
                 "a record that is there is not written anew");
      return absl::OkStatus();
    }
  }
  return Put(unit, context, row, existing, &wanted, about, where);
}

// --- 机构变更, 机构标识码
// -------------------------------------------------------------------------------------------------

// Who took the place of a school that is over follows from the change that ended it.
absl::Status SetSuccessors(work::Unit& unit, const SchoolChange& change) {
  const auto state = change.after().state();
  if (change.state() != CHANGE_IN_FORCE || change.others().empty() || !IsOver(state)) return absl::OkStatus();
  ASSIGN_OR_RETURN(School school,
                   resource::Get<School>(unit.db(), change.school(), resource::Lock::kForUpdate));
  if (school.state() != state || !school.successors().empty()) return absl::OkStatus();
  *school.mutable_successors() = change.others();
  return resource::Update(unit, Description::Of<School>(), &school);
}

absl::Status ImportSchoolChange(work::Unit& unit, ImportContext& context, Row& row) {
  RETURN_IF_ERROR(ImportFact<SchoolChange>(unit, context, row));
  if (!row.ok() || row.report().outcome() == ImportRow::UNCHANGED) return absl::OkStatus();
  ASSIGN_OR_RETURN(const auto change, resource::Get<SchoolChange>(unit.db(), row.report().resource()));
  return SetSuccessors(unit, change);
}

// What the list of codes says must be what that of the schools says.
bool FitsItsSchool(const IdentCodeLife& life, const School& school) {
  const bool over = IsOver(school.state());
  const bool own = school.ident_code() == life.ident_code();
  if (life.fate() == IDENT_CODE_IN_USE) return own && !over && !IsSet(life.valid_to());
  const bool ends = IsSet(life.valid_to()) &&
                    (!IsSet(life.valid_from()) || FromProto(life.valid_from()) <= FromProto(life.valid_to()));
  return ends && (over || !own);
}

// An older list tells of a code that has been corrected since, which is nobody's for ever.
absl::StatusOr<bool> IsCorrected(work::Unit& unit, const IdentCodeLife& life) {
  if (life.fate() != IDENT_CODE_REISSUED) return false;
  ASSIGN_OR_RETURN(const auto corrections,
                   resource::Select<SchoolChange>(
                       unit.db(),
                       "`school` = ? AND `state` = ? AND `kind` = ? AND `ident_code_in_error` = ?"
                       " AND `code_recorded_to` >= ?",
                       {UuidOf(life.school()), CHANGE_IN_FORCE, CORRECT_IDENT_CODE, life.ident_code(),
                        FromProto(life.valid_to())}));
  return !corrections.empty();
}

absl::Status ImportIdentCode(work::Unit& unit, ImportContext& context, Row& row) {
  const ListShape& shape = *ShapeOf(IMPORT_IDENT_CODES);
  IdentCodeLife life;
  row.Fill(&life, shape.columns);
  std::string about;
  RETURN_IF_ERROR(Refer(unit, context, row, shape, context.default_from, &life, &about));
  row.Validate(life, shape.columns);
  if (!row.ok()) return absl::OkStatus();
  ASSIGN_OR_RETURN(const School school,
                   resource::Get<School>(unit.db(), life.school(), resource::Lock::kForUpdate));
  // Codes are never used again: what is entered as void here nobody else can have afterwards. Of a code only
  // the province can be told.
  ASSIGN_OR_RETURN(const std::string province, ProvinceOf(unit, OfficeName(context)));
  if (CheckIdentCode(life.ident_code(), Kind::kUnspecified, "") == CodeFault::kShape) {
    row.Reject("机构标识码", "INVALID_FIELDS", "不是学校(机构)标识码",
               "is no identification code of a school");
  } else if (!province.empty() && life.ident_code().substr(2, 2) != province) {
    row.Reject("机构标识码", "INVALID_FIELDS", "不是本省的标识码:第3、4位应为" + province,
               "is a code of another province: the third and fourth digit are " + province);
  } else if (!FitsItsSchool(life, school)) {
    row.Reject("去向", "INVALID_FIELDS", "与机构名单或起止日期不符",
               "does not go with the list of schools, or with its days");
  }
  if (!row.ok()) return absl::OkStatus();
  ASSIGN_OR_RETURN(const bool corrected, IsCorrected(unit, life));
  if (corrected) {
    row.Reject("机构标识码", "INVALID_FIELDS", "已更正：误录在该校名下",
               "has been corrected: it was recorded for the school in error");
    return absl::OkStatus();
  }
  IdentCode told;
  told.school = UuidOf(school.name());
  told.fate = static_cast<CodeFate>(life.fate() - 1);
  if (IsSet(life.valid_from())) told.from = FromProto(life.valid_from());
  if (IsSet(life.valid_to())) told.to = FromProto(life.valid_to());
  const auto taken = TakeOverIdentCode(unit.db(), life.ident_code(), told);
  return Enter(row, "机构标识码", school.name(), taken);
}

// --- 公示牌
// ---------------------------------------------------------------------------------------------------------

absl::Status ImportPlaque(work::Unit& unit, ImportContext& context, Row& row) {
  constexpr char kToken[] = "二维码";
  RETURN_IF_ERROR(ImportFact<Plaque>(unit, context, row));
  if (!row.ok()) return absl::OkStatus();
  ASSIGN_OR_RETURN(const auto plaque, resource::Get<Plaque>(unit.db(), row.report().resource()));
  if (row.report().outcome() != ImportRow::UNCHANGED) {
    const absl::Status taken = TakeOverBoard(unit, plaque, row.Text(kToken));
    if (!IsDefect(taken)) return taken;
    row.Reject(kToken, taken);
    return absl::OkStatus();
  }
  ASSIGN_OR_RETURN(const std::string held, GetPlaqueToken(unit.db(), plaque));
  if (row.Has(kToken) && row.Text(kToken) != held) {
    row.Reject(kToken, "TAKE_OVER_ONLY", "已登记的二维码不能改写",
               "a code that is there is not written anew");
  }
  return absl::OkStatus();
}

// --- 行政区划
// -------------------------------------------------------------------------------------------------------

absl::Status ImportTown(work::Unit& unit, ImportContext& context, Row& row) {
  const TownImport import{.office = context.office,
                          .take_over = context.take_over,
                          .listed = context.listed_towns,
                          .seen = context.towns};
  ASSIGN_OR_RETURN(auto changes, PlanTown(unit, import, row));
  for (TownChange& change : changes) {
    if (!row.ok()) break;
    RETURN_IF_ERROR(
        Put(unit, context, row, change.existing, &change.wanted, OfficeName(context), "起始日期"));
  }
  if (!row.ok()) return absl::OkStatus();
  // What the row stands for comes last, after what it ends.
  row.report().set_resource(changes.back().wanted.name());
  if (!changes.back().existing) row.report().set_outcome(ImportRow::CREATED);
  return absl::OkStatus();
}

// --- 校历
// -----------------------------------------------------------------------------------------------------------

absl::Status ImportTerm(work::Unit& unit, ImportContext& context, Row& row) {
  if (context.take_over) return ImportFact<Term>(unit, context, row);
  const auto& columns = ColumnsOf(IMPORT_TERMS, false);
  Term wanted;
  row.Fill(&wanted, columns);
  row.Validate(wanted, columns);
  if (!row.ok()) return absl::OkStatus();
  ASSIGN_OR_RETURN(auto existing, Find<Term>(unit, "`office` = ? AND `audience` = ? AND `display_name` = ?",
                                             {context.office, wanted.audience(), wanted.display_name()}));
  if (existing) {
    wanted = *existing;
    row.Fill(&wanted, columns);
  }
  return Put(unit, context, row, existing, &wanted, OfficeName(context), "开始日期");
}

// --- 责任区
// ---------------------------------------------------------------------------------------------------------

absl::Status ImportArea(work::Unit& unit, ImportContext& context, Row& row) {
  if (context.take_over) return ImportFact<Area>(unit, context, row);
  const auto& columns = ColumnsOf(IMPORT_AREAS, false);
  ASSIGN_OR_RETURN(auto existing, FindArea(unit, context, row.Text("责任区编号")));
  Area wanted = existing.value_or(Area());
  row.Fill(&wanted, columns);
  if (row.Text("生效日期").empty()) *wanted.mutable_valid_from() = ToProto(context.default_from);
  if (existing && row.Text("生效日期").empty()) *wanted.mutable_valid_from() = existing->valid_from();
  row.Validate(wanted, columns);
  return row.ok() ? Put(unit, context, row, existing, &wanted, OfficeName(context), "责任区编号")
                  : absl::OkStatus();
}

// --- 机构
// -----------------------------------------------------------------------------------------------------------

absl::Status PutSchoolArea(work::Unit& unit, ImportContext& context, Row& row, const School& school,
                           const std::optional<Area>& area, std::optional<Date> from) {
  if (!area) return absl::OkStatus();
  SchoolAssignment wanted;
  wanted.set_school(school.name());
  wanted.set_area(area->name());
  *wanted.mutable_valid_from() = ToProto(from.value_or(context.default_from));
  ASSIGN_OR_RETURN(auto chain, Chain<SchoolAssignment>(unit, "`office` = ? AND `school` = ?",
                                                       {context.office, UuidOf(school.name())}));
  for (const SchoolAssignment& link : chain) {
    // What the list does not say stays as it is.
    if (link.area() != wanted.area()) continue;
    if (FromProto(link.valid_from()) == FromProto(wanted.valid_from())) {
      wanted.set_document_number(link.document_number());
      if (link.has_valid_to()) *wanted.mutable_valid_to() = link.valid_to();
    } else if (!from && PeriodOf(link).Contains(context.default_from)) {
      return absl::OkStatus();
    }
  }
  return PutInChain(unit, context, row, chain, wanted, OfficeName(context), "责任区编号");
}

// A school is in one area: in another from a day on, it leaves the one before.
absl::Status ImportSchoolArea(work::Unit& unit, ImportContext& context, Row& row) {
  if (context.take_over || !row.Text("终止日期").empty()) {
    return ImportFact<SchoolAssignment>(unit, context, row);
  }
  const ListShape& shape = Shape<SchoolAssignment>();
  SchoolAssignment wanted;
  row.Fill(&wanted, shape.columns);
  DefaultFrom(context, &wanted);
  std::string about = OfficeName(context);
  RETURN_IF_ERROR(Refer(unit, context, row, shape, FromProto(wanted.valid_from()), &wanted, &about));
  row.Validate(wanted, shape.columns);
  if (!row.ok()) return absl::OkStatus();
  ASSIGN_OR_RETURN(auto chain, Chain<SchoolAssignment>(unit, "`office` = ? AND `school` = ?",
                                                       {context.office, UuidOf(wanted.school())}));
  return PutInChain(unit, context, row, chain, wanted, about, "责任区编号");
}

constexpr size_t kNamesRemembered = 100'000;

std::optional<std::string> CellOf(const Row& row, const char* column) {
  return row.Has(column) ? std::optional(row.Text(column)) : std::nullopt;
}

// What somebody should look at, told once the row is taken.
void RemarkOnSchool(ImportContext& context, Row& row, const School& school) {
  static constexpr const char* kColumns[] = {"机构名称", "详细地址", "办公电话", "纬度"};
  const SchoolLine line = {.name = school.display_name(),
                           .kindergarten = school.kind() == KINDERGARTEN,
                           .address = CellOf(row, "详细地址"),
                           .phone = CellOf(row, "办公电话"),
                           .position = PositionIn(row)};
  for (const ListRemark& remark : RemarksOn(line, context.centre)) {
    row.Remark(kColumns[static_cast<size_t>(remark.on)], remark.code, remark.zh, remark.en);
  }
  const auto found = context.names.find(school.display_name());
  if (found != context.names.end() && found->second != school.external_id()) {
    row.Remark("机构名称", "SAME_NAME", "与编号" + found->second + "的名称相同，请核对是否重复",
               "has the name of number " + found->second);
  } else if (context.names.size() < kNamesRemembered) {
    context.names.emplace(school.display_name(), school.external_id());
  }
}

void FillExternalIds(Row& row, School* school) {
  constexpr char kColumn[] = "其他系统编号";
  if (!row.Has(kColumn)) return;
  school->clear_external_ids();
  for (const std::string& part : PartsOf(row.Text(kColumn))) {
    const size_t colon = part.find(':');
    if (colon == std::string::npos || colon == 0 || colon + 1 == part.size()) {
      row.Reject(kColumn, "INVALID_FIELDS", "“" + part + "”须写作 系统:编号",
                 "\"" + part + "\" is not system:number");
      continue;
    }
    ExternalId* id = school->add_external_ids();
    id->set_system(part.substr(0, colon));
    id->set_id(part.substr(colon + 1));
  }
}

absl::Status ImportSchool(work::Unit& unit, ImportContext& context, Row& row) {
  ASSIGN_OR_RETURN(auto existing, FindSchool(unit, context, row.Required("机构编号")));
  const auto& columns = ColumnsOf(IMPORT_SCHOOLS, context.take_over && !existing);
  School wanted = existing.value_or(School());
  wanted.set_office(OfficeName(context));
  row.Fill(&wanted, columns);
  if (existing) wanted.set_external_id(existing->external_id());  // the one it was found by, or still none
  FillExternalIds(row, &wanted);
  row.Validate(wanted, columns);
  // Before anything is written: whoever is refused then costs the rows beside it nothing.
  const std::string number = row.Text("责任区编号");
  std::optional<Area> area;
  if (!number.empty()) {
    ASSIGN_OR_RETURN(area, LookUpArea(unit, context, number));
    if (!area) row.RejectUnknown("责任区编号", number);
  }
  const auto from = row.Day("纳入责任区日期");
  if (!row.ok()) return absl::OkStatus();
  RETURN_IF_ERROR(Put(unit, context, row, existing, &wanted, "", "机构标识码"));
  if (row.ok()) RemarkOnSchool(context, row, wanted);
  return row.ok() ? PutSchoolArea(unit, context, row, wanted, area, from) : absl::OkStatus();
}

// --- 督导室人员
// -----------------------------------------------------------------------------------------------------

absl::Status ImportStaff(work::Unit& unit, ImportContext& context, Row& row) {
  const auto& columns = ColumnsOf(IMPORT_STAFF, false);
  ASSIGN_OR_RETURN(auto existing, Find<StaffMember>(unit, "`office` = ? AND `work_number` = ?",
                                                    {context.office, row.Required("工号")}));
  StaffMember wanted = existing.value_or(StaffMember());
  row.Fill(&wanted, columns);
  row.Validate(wanted, columns);
  return row.ok() ? Put(unit, context, row, existing, &wanted, OfficeName(context), "工号")
                  : absl::OkStatus();
}

// --- 责任督学
// -------------------------------------------------------------------------------------------------------

absl::Status PutAppointment(work::Unit& unit, ImportContext& context, Row& row, const Inspector& inspector) {
  const auto& columns = ColumnsOf(IMPORT_APPOINTMENTS, false);
  if (row.Text("聘期起").empty()) return absl::OkStatus();
  Appointment wanted;
  row.Fill(&wanted, columns);
  ASSIGN_OR_RETURN(auto existing,
                   Find<Appointment>(unit, "`inspector` = ? AND `valid_from` = ?",
                                     {UuidOf(inspector.name()), FromProto(wanted.valid_from())}));
  if (existing) {
    wanted = *existing;
    row.Fill(&wanted, columns);
  }
  wanted.set_office(OfficeName(context));
  row.Validate(wanted, columns);
  return row.ok() ? Put(unit, context, row, existing, &wanted, inspector.name(), "届次") : absl::OkStatus();
}

absl::Status PutCertificate(work::Unit& unit, ImportContext& context, Row& row, const Inspector& inspector) {
  const auto& columns = ColumnsOf(IMPORT_CERTIFICATES, false);
  if (row.Text("督学证号").empty()) return absl::OkStatus();
  ASSIGN_OR_RETURN(auto existing, Find<Certificate>(unit, "`inspector` = ? AND `number` = ?",
                                                    {UuidOf(inspector.name()), row.Text("督学证号")}));
  Certificate wanted = existing.value_or(Certificate());
  wanted.set_office(OfficeName(context));
  row.Fill(&wanted, columns);
  row.Validate(wanted, columns);
  return row.ok() ? Put(unit, context, row, existing, &wanted, inspector.name(), "督学证号")
                  : absl::OkStatus();
}

absl::Status PutMembership(work::Unit& unit, ImportContext& context, Row& row, const Inspector& inspector) {
  static const auto columns = Some(IMPORT_AREA_MEMBERSHIPS, {"责任区职务"});
  const std::string number = row.Text("责任区编号");
  if (number.empty()) return absl::OkStatus();
  ASSIGN_OR_RETURN(auto area, FindArea(unit, context, number));
  if (!area) {
    row.RejectUnknown("责任区编号", number);
    return absl::OkStatus();
  }
  AreaMembership wanted;
  wanted.set_inspector(inspector.name());
  wanted.set_area(area->name());
  row.Fill(&wanted, columns);
  *wanted.mutable_valid_from() = ToProto(row.Day("聘期起").value_or(context.default_from));
  row.Validate(wanted, columns);
  if (!row.ok()) return absl::OkStatus();
  ASSIGN_OR_RETURN(auto chain, Chain<AreaMembership>(unit, "`office` = ? AND `inspector` = ?",
                                                     {context.office, UuidOf(inspector.name())}));
  for (const AreaMembership& link : chain) {
    // The list does not say since when: who is there already stays there.
    if (link.area() == wanted.area() && link.duty() == wanted.duty() &&
        PeriodOf(link).Contains(FromProto(wanted.valid_from()))) {
      return absl::OkStatus();
    }
  }
  return PutInChain(unit, context, row, chain, wanted, OfficeName(context), "责任区编号");
}

absl::Status ImportInspector(work::Unit& unit, ImportContext& context, Row& row) {
  ASSIGN_OR_RETURN(auto existing, FindInspector(unit, context, row.Required("工号")));
  // What only acts bring about is taken over once; whoever is there changes by acts like everybody.
  const auto& columns = ColumnsOf(IMPORT_INSPECTORS, context.take_over && !existing);
  Inspector wanted = existing.value_or(Inspector());
  if (context.take_over && !existing) row.Required("状态");
  wanted.set_office(OfficeName(context));
  row.Fill(&wanted, columns);
  if (row.Has("任职学校编号")) wanted.clear_employer_school();
  const std::string employer = row.Text("任职学校编号");
  if (!employer.empty()) {
    ASSIGN_OR_RETURN(auto school, FindSchool(unit, context, employer));
    if (school) {
      wanted.set_employer_school(school->name());
    } else {
      row.RejectUnknown("任职学校编号", employer);
    }
  }
  row.Validate(wanted, columns);
  if (!row.ok()) return absl::OkStatus();
  RETURN_IF_ERROR(Put(unit, context, row, existing, &wanted, "", "工号"));
  for (auto* part : {PutAppointment, PutCertificate, PutMembership}) {
    if (row.ok()) RETURN_IF_ERROR(part(unit, context, row, wanted));
  }
  return absl::OkStatus();
}

bool IsLead(const Row& row) { return row.Text("责任区职务") == "组长"; }

// --- 回避, 督学分工
// -------------------------------------------------------------------------------------------------

// The inspector and the school that a row is about; false after a defect.
absl::StatusOr<bool> FindPair(work::Unit& unit, ImportContext& context, Row& row,
                              std::optional<Inspector>& inspector, std::optional<School>& school) {
  const std::string number = row.Required("督学工号");
  const std::string place = row.Required("机构编号");
  if (!number.empty()) {
    ASSIGN_OR_RETURN(inspector, FindInspector(unit, context, number));
    if (!inspector) row.RejectUnknown("督学工号", number);
  }
  if (!place.empty()) {
    ASSIGN_OR_RETURN(school, FindSchool(unit, context, place));
    if (!school) row.RejectUnknown("机构编号", place);
  }
  return row.ok();
}

absl::Status ImportRecusal(work::Unit& unit, ImportContext& context, Row& row) {
  const auto& columns = ColumnsOf(IMPORT_RECUSALS, false);
  std::optional<Inspector> inspector;
  std::optional<School> school;
  ASSIGN_OR_RETURN(bool found, FindPair(unit, context, row, inspector, school));
  if (!found) return absl::OkStatus();
  Recusal wanted;
  auto fill = [&] {
    wanted.set_office(OfficeName(context));
    wanted.set_school(school->name());
    row.Fill(&wanted, columns);
    if (!IsSet(wanted.valid_from())) *wanted.mutable_valid_from() = ToProto(context.default_from);
  };
  fill();
  row.Validate(wanted, columns);
  if (!row.ok()) return absl::OkStatus();
  ASSIGN_OR_RETURN(
      auto existing,
      Find<Recusal>(unit, "`inspector` = ? AND `school` = ? AND `ground` = ? AND `valid_from` = ?",
                    {UuidOf(inspector->name()), UuidOf(school->name()), wanted.ground(),
                     FromProto(wanted.valid_from())}));
  if (existing) {
    wanted = *existing;
    fill();
  }
  return Put(unit, context, row, existing, &wanted, inspector->name(), "回避事由");
}

absl::Status ImportAssignment(work::Unit& unit, ImportContext& context, Row& row) {
  if (context.take_over) return ImportFact<InspectorAssignment>(unit, context, row);
  const auto& columns = ColumnsOf(IMPORT_INSPECTOR_ASSIGNMENTS, false);
  std::optional<Inspector> inspector;
  std::optional<School> school;
  ASSIGN_OR_RETURN(bool found, FindPair(unit, context, row, inspector, school));
  if (!found) return absl::OkStatus();
  InspectorAssignment wanted;
  wanted.set_inspector(inspector->name());
  wanted.set_school(school->name());
  row.Fill(&wanted, columns);
  if (!IsSet(wanted.valid_from())) *wanted.mutable_valid_from() = ToProto(context.default_from);
  row.Validate(wanted, columns);
  if (!row.ok()) return absl::OkStatus();
  // One is mainly responsible at a time; any number may help.
  std::string condition = "`office` = ? AND `school` = ? AND `duty` = ?";
  db::Params params = {context.office, UuidOf(school->name()), wanted.duty()};
  if (wanted.duty() != MAIN) {
    condition += " AND `inspector` = ?";
    params.emplace_back(UuidOf(inspector->name()));
  }
  ASSIGN_OR_RETURN(auto chain, Chain<InspectorAssignment>(unit, condition, params));
  return PutInChain(unit, context, row, chain, wanted, OfficeName(context), "督学工号");
}

// --- 校级督学
// -------------------------------------------------------------------------------------------------------

absl::Status ImportSupervisor(work::Unit& unit, ImportContext& context, Row& row) {
  static const auto person = Some(IMPORT_SUPERVISORS, {"工号", "姓名", "工作电话"});
  static const auto post = Some(IMPORT_SUPERVISORS, {"校内职务"});
  static const auto dates = Some(IMPORT_SUPERVISOR_POSTINGS, {"任职起", "任职止"});
  // A list of persons alone, without where they serve.
  const bool placed = row.Has("机构编号");
  const std::string number = row.Required("工号");
  const std::string place = placed ? row.Required("机构编号") : "";
  ASSIGN_OR_RETURN(auto existing, FindSupervisor(unit, context, number));
  ASSIGN_OR_RETURN(auto school, FindSchool(unit, context, place));
  if (!school && !place.empty()) row.RejectUnknown("机构编号", place);
  Supervisor wanted = existing.value_or(Supervisor());
  row.Fill(&wanted, person);
  if (existing) wanted.set_work_number(existing->work_number());  // the one it was found by, or still none
  const std::string said = wanted.display_name() + "\n" + wanted.work_phone();
  const std::string place_of_row = row.report().file() + ":" + std::to_string(row.report().line());
  const auto& earlier =
      context.supervisors.try_emplace(number, ImportContext::Said{place_of_row, said}).first->second;
  if (earlier.what != said) {
    row.Reject("工号", "INVALID_FIELDS", "同一工号的姓名或电话与前面的行不一致",
               "name or phone differ from an earlier row of the same number");
  }
  // Who stands for several schools has a post at each: the first row's is the one on record.
  if (earlier.where == place_of_row) row.Fill(&wanted, post);
  row.Validate(wanted, person);
  if (!row.ok()) return absl::OkStatus();
  RETURN_IF_ERROR(Put(unit, context, row, existing, &wanted, OfficeName(context), "工号"));
  if (!row.ok() || !placed) return absl::OkStatus();
  SupervisorPosting posting;
  posting.set_supervisor(wanted.name());
  posting.set_school(school->name());
  row.Fill(&posting, dates);
  if (!IsSet(posting.valid_from())) *posting.mutable_valid_from() = ToProto(context.default_from);
  row.Validate(posting, dates);
  if (!row.ok()) return absl::OkStatus();
  ASSIGN_OR_RETURN(auto chain,
                   Chain<SupervisorPosting>(unit, "`office` = ? AND `supervisor` = ? AND `school` = ?",
                                            {context.office, UuidOf(wanted.name()), UuidOf(school->name())}));
  return PutInChain(unit, context, row, chain, posting, OfficeName(context), "任职起");
}

}  // namespace

Position PositionIn(const Row& row) {
  Position position;
  if (!absl::SimpleAtod(row.Text("纬度"), &position.latitude) ||
      !absl::SimpleAtod(row.Text("经度"), &position.longitude)) {
    return {};
  }
  return position;
}

const std::vector<ImportList>& ImportLists() {
  static const auto* lists = new std::vector<ImportList>{
      {IMPORT_POLICY_RULES, {"规则", "值", "单位", "依据"}, ImportFact<PolicyRule>, nullptr},
      {IMPORT_DIVISIONS, {"区划代码", "名称"}, ImportTown, TellsFormerCode},
      {IMPORT_TERMS, {"名称", "对象", "开始日期", "结束日期"}, ImportTerm, nullptr},
      // Before whatever is counted in working days.
      {IMPORT_CALENDAR_PAPERS, {"文号", "年度", "发文日期", "安排"}, ImportCalendarPaper, nullptr},
      {IMPORT_AREAS, {"责任区编号", "责任区名称"}, ImportArea, nullptr},
      {IMPORT_FORMER_AREAS,
       {"责任区编号", "责任区生效日期", "末日", "当时编号", "当时名称", "当时生效日期"},
       ImportFormerArea,
       nullptr},
      {IMPORT_SCHOOLS, {"机构编号", "机构名称", "机构类别"}, ImportSchool, nullptr, /*together=*/true},
      {IMPORT_IDENT_CODES, {"机构编号", "机构标识码", "去向"}, ImportIdentCode, nullptr},
      {IMPORT_STAFF, {"工号", "姓名", "任职起"}, ImportStaff, nullptr},
      // A new lead takes over only once the old one has another duty.
      {IMPORT_INSPECTORS, {"工号", "姓名", "类别"}, ImportInspector, IsLead},
      {IMPORT_EMPLOYMENTS, {"督学工号", "机构编号"}, ImportFact<Employment>, nullptr},
      {IMPORT_APPOINTMENTS,
       {"督学工号", "类别", "届次", "聘期起", "聘期止"},
       ImportFact<Appointment>,
       nullptr},
      {IMPORT_CERTIFICATES, {"督学工号", "督学证号"}, ImportFact<Certificate>, nullptr},
      {IMPORT_QUALIFICATIONS, {"督学工号", "资格类别", "资格名称"}, ImportFact<Qualification>, nullptr},
      // Before the assignments: whoever must recuse is not assigned.
      {IMPORT_RECUSALS, {"督学工号", "机构编号", "回避事由"}, ImportRecusal, nullptr},
      {IMPORT_SCHOOL_ASSIGNMENTS, {"机构编号", "责任区编号"}, ImportSchoolArea, nullptr},
      {IMPORT_AREA_MEMBERSHIPS,
       {"督学工号", "责任区编号", "责任区职务"},
       ImportFact<AreaMembership>,
       nullptr},
      {IMPORT_INSPECTOR_ASSIGNMENTS, {"督学工号", "机构编号", "职责"}, ImportAssignment, nullptr},
      {IMPORT_DELEGATIONS,
       {"代理人工号", "起始日期", "终止日期", "依据文号", "代理事由"},
       ImportFact<Delegation>,
       nullptr},
      {IMPORT_LEAVES, {"督学工号", "假别"}, ImportFact<Leave>, nullptr},
      {IMPORT_SUSPENSIONS, {"督学工号", "停职事由"}, ImportFact<Suspension>, nullptr},
      {IMPORT_SUPERVISORS, {"工号", "姓名"}, ImportSupervisor, nullptr},
      {IMPORT_SUPERVISOR_POSTINGS, {"工号", "机构编号"}, ImportFact<SupervisorPosting>, nullptr},
      {IMPORT_SCHOOL_CHANGES, {"机构编号", "变更事项", "生效日期"}, ImportSchoolChange, nullptr},
      {IMPORT_INSPECTOR_ACTS, {"督学工号", "事项", "办理日期"}, ImportFact<InspectorAct>, nullptr},
      {IMPORT_TRAINING_SESSIONS,
       {"学习编号", "种类", "方式", "状态", "日期"},
       ImportFact<TrainingSession>,
       nullptr},
      {IMPORT_ATTENDANCES, {"学习编号", "督学工号", "出席情况"}, ImportFact<Attendance>, nullptr},
      {IMPORT_STUDY_RECORDS, {"督学工号", "记录编号", "日期", "学时"}, ImportFact<StudyRecord>, nullptr},
      {IMPORT_CATALOGUE_ITEMS, {"目录", "版本", "代码", "名称"}, ImportCatalogueItem, nullptr},
      {IMPORT_CATALOGUE_VERSIONS, {"目录", "版本", "生效日期", "条目数"}, ImportCatalogueVersion, nullptr},
      // After all that boards tell of: what does not say the same is stale.
      {IMPORT_PLAQUES, {"机构编号", "版次", "状态", "牌面内容"}, ImportPlaque, nullptr},
  };
  return *lists;
}

absl::Status CheckAreaDuties(work::Unit& unit, const ImportContext& context, Row& row) {
  ASSIGN_OR_RETURN(auto area, FindArea(unit, context, row.Text("责任区编号")));
  if (!area) return absl::OkStatus();
  for (const auto& [column, duty] : {std::pair{"组长工号", LEAD}, std::pair{"联络人工号", LIAISON}}) {
    const std::string number = row.Text(column);
    if (number.empty()) continue;
    ASSIGN_OR_RETURN(
        db::Rows rows,
        unit.db().Query("SELECT 1 FROM area_membership m JOIN inspector i ON i.inspector = m.inspector"
                        " WHERE m.office = ? AND m.area = ? AND m.duty = ? AND i.work_number = ?",
                        {context.office, UuidOf(area->name()), duty, number}));
    if (rows.empty()) {
      row.Reject(column, "INVALID_FIELDS", "与责任督学名单中的责任区职务不一致",
                 "differs from the duty that the list of inspectors gives");
    }
  }
  return absl::OkStatus();
}

}  // namespace inspectorate::registry
