#include "common/resource/standard.h"

#include <algorithm>
#include <cctype>
#include <cstdio>
#include <cstdlib>
#include <iterator>
#include <map>
#include <memory>

#include "absl/functional/function_ref.h"
#include "common/base/hash.h"
#include "common/base/macros.h"
#include "common/query/token_size.h"
#include "common/resource/read_mask.h"
#include "common/resource/redact.h"
#include "common/resource/width.h"
#include "common/resource/within_reach.h"
#include "common/status/error.h"
#include "google/api/field_behavior.pb.h"
#include "google/protobuf/descriptor.h"
#include "google/protobuf/field_mask.pb.h"
#include "inspectorate/type/v1/options.pb.h"

namespace inspectorate::resource {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::MethodDescriptor;
using roster::Reach;

// The parts of a resource's standard methods that do not change from call to call.
struct Standard {
  Platform platform;
  const Description& description;
  Hooks hooks;
  std::string school_column;
  // What callers who see protected fields may filter and order by, and what everybody else may: a comparison
  // with a hidden value would tell it bit by bit.
  const std::vector<query::Field>& all_fields;
  std::vector<query::Field> open_fields;
};

const FieldDescriptor* Find(const Message& message, const char* name) {
  return message.GetDescriptor()->FindFieldByName(name);
}

std::string Text(const Message& message, const char* name) { return GetString(message, name); }

// Conditions joined by AND.
class Where {
 public:
  void Add(const query::Condition& condition) {
    if (condition.sql.empty()) return;
    sql_ += (sql_.empty() ? "(" : " AND (") + condition.sql + ")";
    params_.insert(params_.end(), condition.params.begin(), condition.params.end());
  }
  std::string sql() const { return sql_.empty() ? "1 = 1" : sql_; }
  const db::Params& params() const { return params_; }

 private:
  std::string sql_;
  db::Params params_;
};

// Column that holds the office of a row, empty for resources of no office.
std::string OfficeColumn(const Description& d) {
  if (d.keys().front().variable == "office") return "`office`";
  return d.FindColumn("office") != nullptr ? "`office`" : "";
}

absl::StatusOr<Date> Today(db::Session& session, const std::string& office) {
  ASSIGN_OR_RETURN(Time now, work::OfficeNow(session, office, SystemClock()));
  return ChinaDate(now);
}

// The rows of a caller's schools, and what else of this resource the caller reaches; empty: all.
query::Condition Reached(const Standard& s, const Reach& reach) {
  query::Condition reached = reach.SchoolsIn(s.school_column);
  if (reached.sql.empty() || !s.hooks.also_reached) return reached;
  const query::Condition also = s.hooks.also_reached(reach);
  if (also.sql.empty()) return reached;
  reached.sql = "(" + reached.sql + ") OR (" + also.sql + ")";
  reached.params.insert(reached.params.end(), also.params.begin(), also.params.end());
  return reached;
}

// The day it is for an office.
using DayOf = absl::FunctionRef<absl::StatusOr<Date>(const std::string&)>;

// What the caller reaches of one office, and that as a condition on this resource's rows.
absl::StatusOr<Reach> OfficeReach(const Standard& s, db::Session& session, DayOf day_of,
                                  const rpc::Call& call, const std::string& office, bool write, Where* where,
                                  bool there = false) {
  // The reach of most callers is the same on every day: where the office is known to be there, it is not
  // asked.
  const bool any_day = there && roster::ReachesWholeOffice(call.principal().role) && !s.hooks.visible;
  absl::StatusOr<Date> today = any_day ? Date() : day_of(office);
  // An office nobody has heard of is denied like one that is not the caller's.
  if (!today.ok()) {
    if (ReasonOf(today.status()) != ErrorReason::COPY_NOT_READY) return today.status();
    if (write || !call.principal().is_service()) return roster::Denied(call);
    today = ChinaDate(SystemClock().Now());
  }
  ASSIGN_OR_RETURN(Reach reach, write ? roster::ReachForWrite(session, call, office, *today)
                                      : roster::ReachForRead(session, call, office, *today));
  if (where == nullptr) return reach;
  if (call.access().scope() == type::v1::SCOPE_SCHOOL && !s.school_column.empty()) {
    where->Add(Reached(s, reach));
  }
  if (s.hooks.visible) where->Add(s.hooks.visible(reach));
  return reach;
}

// The offices' days, each asked for once a call.
class Days {
 public:
  explicit Days(db::Session& session) : session_(session) {}
  absl::StatusOr<Date> operator()(const std::string& office) const {
    auto known = days_.find(office);
    if (known == days_.end()) {
      ASSIGN_OR_RETURN(const Date today, Today(session_, office));
      known = days_.emplace(office, today).first;
    }
    return known->second;
  }
  db::Session& session() const { return session_; }

 private:
  db::Session& session_;
  mutable std::map<std::string, Date> days_;
};

absl::Status Derive(const Standard& s, Days& days, rpc::Call& call, Message* resource) {
  if (!s.hooks.on_read) return absl::OkStatus();
  ASSIGN_OR_RETURN(const Date today, days(OfficeOf(s.description, *resource)));
  return s.hooks.on_read(days.session(), call, today, resource);
}

absl::Status Show(const Standard& s, Days& days, rpc::Call& call, Message* resource) {
  RETURN_IF_ERROR(Derive(s, days, call, resource));
  Redact(call, resource);
  return absl::OkStatus();
}

// Loads one row the caller may see. A row out of reach is not told from one that is not there.
absl::Status LoadVisible(const Standard& s, db::Session& session, DayOf day_of, rpc::Call& call,
                         const std::string& name, bool write, Message* out) {
  ASSIGN_OR_RETURN(bool found,
                   Load(session, s.description, name, out, write ? Lock::kForUpdate : Lock::kNone));
  const std::string office = s.description.keys().front().variable == "office"
                                 ? SlugOf(name)
                                 : (found ? OfficeOf(s.description, *out) : "");
  if (office.empty()) return roster::Denied(call);
  Where where;
  RETURN_IF_ERROR(OfficeReach(s, session, day_of, call, office, write, &where, found).status());
  const bool shown_all = where.params().empty() && where.sql() == "1 = 1";
  if (!found) return Missing(shown_all, call, name);
  if (shown_all) return absl::OkStatus();
  ASSIGN_OR_RETURN(db::Params params, s.description.KeyOf(name));
  params.insert(params.end(), where.params().begin(), where.params().end());
  ASSIGN_OR_RETURN(db::Rows rows, session.Query("SELECT 1 FROM `" + s.description.table() + "` WHERE " +
                                                    s.description.key_condition() + " AND " + where.sql(),
                                                params));
  return rows.empty() ? roster::Denied(call) : absl::OkStatus();
}

absl::Status HandleGet(const Standard& s, rpc::Call& call, const Message& request, Message* response) {
  return s.platform.database.Read(call.budget(), [&](db::Session& session) -> absl::Status {
    Days days(session);
    RETURN_IF_ERROR(LoadVisible(s, session, days, call, Text(request, "name"), false, response));
    if (s.hooks.on_get) RETURN_IF_ERROR(s.hooks.on_get(session, request, response));
    return Show(s, days, call, response);
  });
}

// What is asked for lies below the parent that is named (AIP-231).
absl::Status CheckBelow(const std::string& parent, const std::string& name, int index) {
  if (parent.empty() || parent.find("/-") != std::string::npos || name.starts_with(parent + "/")) {
    return absl::OkStatus();
  }
  return InvalidFields({{.field = "names[" + std::to_string(index) + "]",
                         .zh = "不在所给的上级之下",
                         .en = "does not lie below the parent"}});
}

absl::Status HandleBatchGet(const Standard& s, rpc::Call& call, const Message& request, Message* response) {
  const FieldDescriptor* names = Find(request, "names");
  const FieldDescriptor* items = response->GetDescriptor()->field(0);
  const std::string parent = Text(request, "parent");
  return s.platform.database.Read(call.budget(), [&](db::Session& session) -> absl::Status {
    response->Clear();
    Days days(session);
    for (int i = 0; i < request.GetReflection()->FieldSize(request, names); ++i) {
      const std::string name = request.GetReflection()->GetRepeatedString(request, names, i);
      RETURN_IF_ERROR(CheckBelow(parent, name, i));
      Message* item = response->GetReflection()->AddMessage(response, items);
      RETURN_IF_ERROR(LoadVisible(s, session, days, call, name, false, item));
      RETURN_IF_ERROR(Show(s, days, call, item));
    }
    return absl::OkStatus();
  });
}

// The rows below `parent`, `-` included, that the caller reaches.
absl::Status ReachBelow(const Standard& s, db::Session& session, DayOf day_of, rpc::Call& call,
                        const std::string& parent, Where* where) {
  const std::string office_column = OfficeColumn(s.description);
  const auto& keys = s.description.keys();
  std::string office;
  if (keys.front().variable == "office" && keys.size() > 1) {
    office = SlugOf(parent);
    // Further parents: offices/x/visits/{visit}.
    size_t at = parent.find('/', 8);
    for (size_t i = 1; i + 1 < keys.size() && at != std::string::npos; ++i) {
      const size_t begin = parent.find('/', at + 1) + 1;
      const std::string segment = parent.substr(begin, parent.find('/', begin) - begin);
      const bool by_uuid = keys[i].kind == KeyPart::Kind::kUuid;
      if (segment != "-") {
        where->Add({"`" + keys[i].variable + "` = ?",
                    {by_uuid ? db::Value(UuidOf(segment)) : db::Value(std::string_view(segment))}});
      }
      at = parent.find('/', begin);
    }
  } else if (keys.size() > 1) {  // inspectors/{inspector}/appointments
    const std::string segment(LastSegment(parent));
    if (segment != "-") where->Add({"`" + keys[0].variable + "` = ?", {UuidOf(segment)}});
    office = "-";
  } else {
    office = "-";
  }
  if (office != "-") {
    where->Add({office_column + " = ?", {office}});
    return OfficeReach(s, session, day_of, call, office, false, where).status();
  }
  ASSIGN_OR_RETURN(roster::Offices offices, roster::ReadableOffices(session, call));
  if (offices.all) return absl::OkStatus();
  if (offices.slugs.empty()) return roster::Denied(call);
  if (offices.slugs.size() == 1) {
    where->Add({office_column + " = ?", {offices.slugs[0]}});
    return OfficeReach(s, session, day_of, call, offices.slugs[0], false, where).status();
  }
  query::Condition in;
  for (const std::string& slug : offices.slugs) {
    in.sql += in.sql.empty() ? "?" : ", ?";
    in.params.emplace_back(slug);
  }
  in.sql = office_column + " IN (" + in.sql + ")";
  where->Add(in);
  return absl::OkStatus();
}

// Roles that work with protected fields; everybody else sees them empty.
bool SeesSensitive(rpc::Role role) {
  return role == rpc::Role::ROLE_DISTRICT_OFFICE || role == rpc::Role::ROLE_SYSTEM_INTEGRATOR;
}

// Or else the second page could not be asked for.
absl::Status CheckTokensFit(const Description& d, const std::vector<query::Order>& order) {
  std::vector<size_t> bytes;
  std::string texts;
  for (const query::Order& entry : order) {
    const Column* column = d.FindColumn(entry.path);
    bytes.push_back(column == nullptr ? kSlugChars : MaxBytes(*column));  // or else of the key
    if (column != nullptr && column->kind == Column::Kind::kText)
      texts += (texts.empty() ? "" : ", ") + entry.path;
  }
  if (query::PageTokensFit(bytes)) return absl::OkStatus();
  return Error(ErrorReason::ORDER_INVALID,
               {{"why", "values of " + texts + " may be longer than a page token holds"}});
}

// What a list was asked for, before anything is read.
struct Question {
  int size = 0;
  std::string parent;
  std::vector<query::Order> order;
  Where matching;
  ReadMask mask;
  std::string fingerprint;
  std::vector<db::Value> after;  // where the page begins
};

absl::StatusOr<std::vector<query::Order>> OrderOf(const Description& d, const std::string& text,
                                                  const std::vector<query::Field>& fields) {
  ASSIGN_OR_RETURN(auto order, query::ParseOrder(text, fields));
  // Keys last, so that the order is total.
  for (const KeyPart& key : d.keys()) {
    order.push_back(
        {.path = key.variable, .column = "`" + key.variable + "`", .kind = query::Field::Kind::kString});
  }
  RETURN_IF_ERROR(CheckTokensFit(d, order));
  return order;
}

// Adds the rows that are valid on the day asked for; that day as text, empty when none is.
std::string AddAsOf(const Message& request, Where* where) {
  const FieldDescriptor* as_of = Find(request, "as_of");
  if (as_of == nullptr) return "";
  const auto& date =
      static_cast<const google::type::Date&>(request.GetReflection()->GetMessage(request, as_of));
  if (!IsSet(date)) return "";
  where->Add({kValidOn, {FromProto(date), FromProto(date)}});
  return FormatDate(FromProto(date));
}

absl::StatusOr<ReadMask> MaskOf(const Standard& s, const Message& request,
                                const std::vector<query::Order>& order) {
  const FieldDescriptor* field = Find(request, "read_mask");
  const auto& mask = field == nullptr ? google::protobuf::FieldMask::default_instance()
                                      : static_cast<const google::protobuf::FieldMask&>(
                                            request.GetReflection()->GetMessage(request, field));
  return ReadMask::Of(s.description, mask, s.hooks.derived_from, order);
}

absl::StatusOr<Question> QuestionOf(const Standard& s, const rpc::Call& call, const Message& request) {
  Question q;
  ASSIGN_OR_RETURN(q.size,
                   query::PageSize(request.GetReflection()->GetInt32(request, Find(request, "page_size"))));
  const auto& fields = SeesSensitive(call.principal().role) ? s.all_fields : s.open_fields;
  ASSIGN_OR_RETURN(query::Filter filter, query::Filter::Parse(Text(request, "filter"), fields));
  q.matching.Add(filter.ToSql());
  ASSIGN_OR_RETURN(q.order, OrderOf(s.description, Text(request, "order_by"), fields));
  ASSIGN_OR_RETURN(q.mask, MaskOf(s, request, q.order));
  const std::string as_of = AddAsOf(request, &q.matching);
  q.parent = Text(request, "parent");
  // Not of the mask: it changes neither which rows there are nor their order.
  q.fingerprint = Sha256(s.description.type() + '\0' + q.parent + '\0' + Text(request, "filter") + '\0' +
                         Text(request, "order_by") + '\0' + as_of);
  const std::string token = Text(request, "page_token");
  if (token.empty()) return q;
  ASSIGN_OR_RETURN(q.after, s.platform.page_tokens.Read(token, q.fingerprint));
  if (q.after.size() != q.order.size()) return Error(ErrorReason::PAGE_TOKEN_INVALID);
  return q;
}

std::string CountSql(const Standard& s, const Where& where) {
  // Rows of which more is asked must be read in any case.
  const bool whole_office = where.sql() == "(`office` = ?)";
  const std::string& index = s.hooks.count_index;
  return "SELECT COUNT(*) FROM `" + s.description.table() + "`" +
         (whole_office && !index.empty() ? " FORCE INDEX (`" + index + "`)" : "") + " WHERE " + where.sql();
}

// One row more than the page has, if there is one.
std::string PageSql(const Description& d, const Question& q, const Where& where) {
  std::string order;
  for (const auto& field : q.order) {
    order += (order.empty() ? " ORDER BY " : ", ") + field.column + (field.descending ? " DESC" : "");
  }
  return "SELECT " + q.mask.selection().list + " FROM `" + d.table() + "` WHERE " + where.sql() + order +
         " LIMIT " + std::to_string(q.size + 1);
}

std::string TokenAfter(const Standard& s, const Question& q, const db::Rows& rows, size_t row) {
  std::vector<db::Value> last;
  for (const auto& field : q.order) {
    last.push_back(rows.at(row, field.column.substr(1, field.column.size() - 2)));
  }
  return s.platform.page_tokens.Make(q.fingerprint, last);
}

absl::Status AddRow(const Standard& s, const Question& q, Days& days, rpc::Call& call, const db::Rows& rows,
                    size_t row, Message* item) {
  RETURN_IF_ERROR(s.description.FromRow(rows, row, q.mask.selection(), item));
  if (q.mask.derived()) RETURN_IF_ERROR(Derive(s, days, call, item));
  Redact(call, item);
  q.mask.KeepAsked(item);
  return absl::OkStatus();
}

absl::Status HandleList(const Standard& s, rpc::Call& call, const Message& request, Message* response) {
  const Description& d = s.description;
  ASSIGN_OR_RETURN(const Question q, QuestionOf(s, call, request));
  return s.platform.database.Read(call.budget(), [&](db::Session& session) -> absl::Status {
    response->Clear();
    Where where = q.matching;
    Days days(session);
    RETURN_IF_ERROR(ReachBelow(s, session, days, call, q.parent, &where));
    ASSIGN_OR_RETURN(db::Rows total, session.Query(CountSql(s, where), where.params()));
    response->GetReflection()->SetInt64(response, Find(*response, "total_size"), total.at(0, 0).AsInt());
    if (!q.after.empty()) where.Add(query::After(q.order, q.after));
    ASSIGN_OR_RETURN(db::Rows rows, session.Query(PageSql(d, q, where), where.params()));
    const FieldDescriptor* items = response->GetDescriptor()->field(0);
    const size_t shown = std::min<size_t>(rows.size(), static_cast<size_t>(q.size));
    for (size_t i = 0; i < shown; ++i) {
      Message* item = response->GetReflection()->AddMessage(response, items);
      RETURN_IF_ERROR(AddRow(s, q, days, call, rows, i, item));
    }
    if (rows.size() > shown) SetString(response, "next_page_token", TokenAfter(s, q, rows, shown - 1));
    return absl::OkStatus();
  });
}

// A create that carries no resource (an upload of bytes) is no standard method: its service has a handler of
// its own.
bool Carries(const MethodDescriptor& method, const Descriptor* message) {
  for (int i = 0; i < method.input_type()->field_count(); ++i) {
    if (method.input_type()->field(i)->message_type() == message) return true;
  }
  return false;
}

// The resource inside a create or update request.
const FieldDescriptor* Payload(const Message& request, const Description& d) {
  for (int i = 0; i < request.GetDescriptor()->field_count(); ++i) {
    const FieldDescriptor* field = request.GetDescriptor()->field(i);
    if (field->message_type() == &d.message() && !field->is_repeated()) return field;
  }
  std::fprintf(stderr, "%s carries no %s\n", request.GetTypeName().c_str(), d.type().c_str());
  std::abort();
}

// Clears what only the server sets.
void ClearOutputOnly(Message* resource) {
  const auto* descriptor = resource->GetDescriptor();
  for (int i = 0; i < descriptor->field_count(); ++i) {
    const auto& options = descriptor->field(i)->options();
    for (int k = 0; k < options.ExtensionSize(google::api::field_behavior); ++k) {
      if (options.GetExtension(google::api::field_behavior, k) == google::api::OUTPUT_ONLY) {
        resource->GetReflection()->ClearField(resource, descriptor->field(i));
      }
    }
  }
}

absl::Status CheckPeriod(const Description& d, const Message& resource) {
  if (!d.dated()) return absl::OkStatus();
  auto date = [&](const char* field) {
    return static_cast<const google::type::Date&>(
        resource.GetReflection()->GetMessage(resource, d.FindColumn(field)->field));
  };
  if (IsSet(date("valid_to")) && FromProto(date("valid_to")) < FromProto(date("valid_from"))) {
    return Error(ErrorReason::PERIOD_INVALID);
  }
  return absl::OkStatus();
}

// A row that a school-scoped caller writes must belong to a school the caller reaches.
absl::Status CheckWritable(const Standard& s, work::Unit& unit, rpc::Call& call, const Message& resource) {
  const std::string office =
      s.description.table() == "office" && call.principal().role == rpc::Role::ROLE_PLATFORM_OPERATOR
          ? ""
          : OfficeOf(s.description, resource);
  if (office.empty()) return absl::OkStatus();
  const auto day_of = [&](const std::string& of) { return unit.Today(of); };
  ASSIGN_OR_RETURN(Reach reach, OfficeReach(s, unit.db(), day_of, call, office, true, nullptr));
  if (reach.whole_office || s.school_column != "`school`") return absl::OkStatus();
  return roster::CheckSchool(unit.db(), call, reach, UuidOf(Text(resource, "school")));
}

// A change must not push a row to where its author could not have created it: another office, another school.
absl::Status CheckStaysInReach(const Standard& s, work::Unit& unit, rpc::Call& call, const Message& before,
                               const Message& after) {
  if (OfficeOf(s.description, before) == OfficeOf(s.description, after) &&
      Text(before, "school") == Text(after, "school")) {
    return absl::OkStatus();
  }
  return CheckWritable(s, unit, call, after);
}

absl::Status HandleCreate(const Standard& s, rpc::Call& call, const Message& request, Message* response) {
  const Description& d = s.description;
  const FieldDescriptor* payload = Payload(request, d);
  return s.platform.writer.Run(call, request, response, [&](work::Unit& unit) -> absl::Status {
    response->CopyFrom(request.GetReflection()->GetMessage(request, payload));
    ClearOutputOnly(response);
    const std::string parent = Text(request, "parent");
    const FieldDescriptor* id = Find(request, (d.table() + "_id").c_str());
    std::string name = NewName(d, parent, unit.recorded());
    // Below the same collection as any other, whatever the type is called.
    if (id != nullptr) {
      name = name.substr(0, name.rfind('/') + 1) + request.GetReflection()->GetString(request, id);
    }
    SetString(response, "name", std::move(name));
    RETURN_IF_ERROR(CheckWritable(s, unit, call, *response));
    RETURN_IF_ERROR(CheckPeriod(d, *response));
    if (s.hooks.before_create) RETURN_IF_ERROR(s.hooks.before_create(unit, call, response));
    const absl::Status inserted = Insert(unit, d, response, s.hooks.created_event);
    if (ReasonOf(inserted) == ErrorReason::RESOURCE_EXISTS && s.hooks.before_create) {
      // Somebody was faster after the check: asked again, the rules see that row and name it.
      RETURN_IF_ERROR(s.hooks.before_create(unit, call, response));
    }
    RETURN_IF_ERROR(inserted);
    if (s.hooks.after_write) RETURN_IF_ERROR(s.hooks.after_write(unit, *response));
    Redact(call, response);
    return absl::OkStatus();
  });
}

// Whoever is shown no protected fields sends them back empty when all is replaced; that is not to erase them.
void KeepUnseen(const Message& patch, const google::protobuf::FieldMask& mask, const Message& before,
                Message* after) {
  if (mask.paths_size() != 1 || mask.paths(0) != "*") return;
  const auto& reflection = *after->GetReflection();
  for (int i = 0; i < after->GetDescriptor()->field_count(); ++i) {
    const FieldDescriptor* field = after->GetDescriptor()->field(i);
    const bool plain = !field->is_repeated() && field->cpp_type() == FieldDescriptor::CPPTYPE_STRING;
    if (!plain || !field->options().GetExtension(type::v1::sensitive)) continue;
    if (!reflection.GetString(patch, field).empty()) continue;
    reflection.SetString(after, field, reflection.GetString(before, field));
  }
}

absl::Status HandleUpdate(const Standard& s, rpc::Call& call, const Message& request, Message* response) {
  const Description& d = s.description;
  const Message& patch = request.GetReflection()->GetMessage(request, Payload(request, d));
  const auto& mask = static_cast<const google::protobuf::FieldMask&>(
      request.GetReflection()->GetMessage(request, Find(request, "update_mask")));
  return s.platform.writer.Run(call, request, response, [&](work::Unit& unit) -> absl::Status {
    const auto day_of = [&](const std::string& office) { return unit.Today(office); };
    RETURN_IF_ERROR(LoadVisible(s, unit.db(), day_of, call, Text(patch, "name"), true, response));
    RETURN_IF_ERROR(CheckEtag(*response, Text(patch, "etag")));
    std::unique_ptr<Message> before(response->New());
    before->CopyFrom(*response);
    RETURN_IF_ERROR(query::ApplyMask(patch, mask, response));
    if (!SeesSensitive(call.principal().role)) KeepUnseen(patch, mask, *before, response);
    RETURN_IF_ERROR(CheckStaysInReach(s, unit, call, *before, *response));
    RETURN_IF_ERROR(CheckPeriod(d, *response));
    if (s.hooks.before_update) RETURN_IF_ERROR(s.hooks.before_update(unit, call, *before, response));
    const absl::Status updated = Update(unit, d, response, s.hooks.updated_event);
    if (ReasonOf(updated) == ErrorReason::RESOURCE_EXISTS && s.hooks.before_update) {
      RETURN_IF_ERROR(s.hooks.before_update(unit, call, *before, response));
    }
    RETURN_IF_ERROR(updated);
    if (s.hooks.after_write) RETURN_IF_ERROR(s.hooks.after_write(unit, *response));
    Redact(call, response);
    return absl::OkStatus();
  });
}

using Handler = absl::Status (*)(const Standard&, rpc::Call&, const Message&, Message*);

}  // namespace

bool SeesProtected(const rpc::Call& call) { return SeesSensitive(call.principal().role); }

void Redact(const rpc::Call& call, Message* message) {
  if (!SeesProtected(call)) ClearSensitive(message);
}

void RegisterStandard(rpc::Methods& methods, const Platform& platform, std::string_view service,
                      const Descriptor* message, Hooks hooks) {
  const Description& d = Description::Of(message);
  std::string plural = d.plural();
  plural[0] = static_cast<char>(std::toupper(static_cast<unsigned char>(plural[0])));
  auto standard = std::make_shared<Standard>(Standard{.platform = platform,
                                                      .description = d,
                                                      .hooks = std::move(hooks),
                                                      .school_column = "",
                                                      .all_fields = d.fields(),
                                                      .open_fields = {}});
  std::ranges::copy_if(d.fields(), std::back_inserter(standard->open_fields), [&](const query::Field& field) {
    return !d.FindColumn(field.path)->field->options().GetExtension(type::v1::sensitive);
  });
  standard->school_column = standard->hooks.school_column;
  if (standard->school_column.empty() && d.FindColumn("school") != nullptr)
    standard->school_column = "`school`";
  if (standard->school_column.empty() && d.table() == "school") standard->school_column = "`school`";

  bool any = false;
  auto add = [&](const std::string& method, Handler handler, rpc::Company company = rpc::Company::kTogether) {
    const std::string full = std::string(service) + "." + method;
    if (rpc::FindMethod(full) == nullptr) return;
    any = true;
    methods.AddUnary(
        full,
        [standard, handler](rpc::Call& call, const Message& request, Message* response) {
          return handler(*standard, call, request, response);
        },
        company);
  };
  add("Get" + message->name(), HandleGet);
  // A list is long and like no other: beside it nothing is saved, and much is waited for.
  add("List" + plural, HandleList, rpc::Company::kAlone);
  add("BatchGet" + plural, HandleBatchGet);
  const MethodDescriptor* create = rpc::FindMethod(std::string(service) + ".Create" + message->name());
  if (create != nullptr && Carries(*create, message)) add("Create" + message->name(), HandleCreate);
  add("Update" + message->name(), HandleUpdate);
  if (!any) {
    std::fprintf(stderr, "%.*s has no standard method of %s\n", static_cast<int>(service.size()),
                 service.data(), d.type().c_str());
    std::abort();
  }
}

}  // namespace inspectorate::resource
