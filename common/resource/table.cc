#include "common/resource/table.h"

#include <memory>
#include <mutex>
#include <unordered_map>

#include "common/base/macros.h"
#include "common/base/sabotage.h"
#include "common/status/error.h"
#include "google/api/resource.pb.h"
#include "inspectorate/type/v1/options.pb.h"

namespace inspectorate::resource {
namespace {

// Statements are built from descriptions only: constants of the contract, never input.
std::string InsertSql(const Description& d, const char* verb) {
  std::string columns;
  std::string marks;
  for (const KeyPart& key : d.keys()) {
    columns += (columns.empty() ? "`" : ", `") + key.variable + "`";
    marks += marks.empty() ? "?" : ", ?";
  }
  for (const Column& column : d.columns()) {
    columns += ", `" + column.name + "`";
    marks += ", ?";
  }
  return std::string(verb) + " INTO `" + d.table() + "` (" + columns + ") VALUES (" + marks + ")";
}

// Made once a resource; descriptions live as long as the process.
const db::RowUpdate& UpdateOf(const Description& d) {
  static std::mutex mutex;
  static auto* made = new std::unordered_map<const Description*, std::unique_ptr<db::RowUpdate>>;
  const std::lock_guard lock(mutex);
  std::unique_ptr<db::RowUpdate>& row = (*made)[&d];
  if (row == nullptr) {
    std::vector<std::string> keys;
    std::vector<std::string> columns;
    for (const KeyPart& key : d.keys()) keys.push_back(key.variable);
    for (const Column& column : d.columns()) columns.push_back(column.name);
    row = std::make_unique<db::RowUpdate>(d.table(), keys, columns, "revision");
  }
  return *row;
}

// For a build whose cure is broken: the revision is said, not asked.
[[maybe_unused]] std::string UnheededUpdate(const Description& d) {
  std::string sql = UpdateOf(d).update();
  return sql.replace(sql.rfind("`revision` = ?"), std::string::npos, "0 <= ?");
}

void SetCommon(Message* message, int64_t revision, Time recorded, bool created) {
  const auto* descriptor = message->GetDescriptor();
  const auto& reflection = *message->GetReflection();
  reflection.SetInt64(message, descriptor->FindFieldByName("revision"), revision);
  SetString(message, "etag", EtagOf(revision));
  auto set_time = [&](const char* field) {
    *static_cast<google::protobuf::Timestamp*>(
        reflection.MutableMessage(message, descriptor->FindFieldByName(field))) = ToProto(recorded);
  };
  if (created) set_time("create_time");
  set_time("update_time");
}

// What follows from other facts is worked out by whoever reads; the feed says what the table says.
void ClearDerived(Message* message) {
  const auto* type = message->GetDescriptor();
  for (int i = 0; i < type->field_count(); ++i) {
    if (type->field(i)->options().GetExtension(type::v1::derived)) {
      message->GetReflection()->ClearField(message, type->field(i));
    }
  }
}

void Emit(work::Unit& unit, const Description& d, const Message& message, work::Change::Kind kind,
          std::string event, int64_t previous_revision, std::optional<Time> occur_time) {
  const std::shared_ptr<Message> copy(message.New());
  copy->CopyFrom(message);
  ClearDerived(copy.get());
  const bool removed = kind == work::Change::TOMBSTONED;
  unit.Emit({.office = OfficeOf(d, message),
             .kind = kind,
             .name = std::move(event),
             .resource_type = d.type(),
             .resource = GetString(message, "name"),
             .revision = RevisionOf(message),
             .previous_revision = previous_revision,
             .occur_time = occur_time,
             .after = removed ? nullptr : copy,
             .removed = removed ? copy : nullptr});
}

}  // namespace

absl::StatusOr<bool> Load(db::Session& session, const Description& d, std::string_view name, Message* out,
                          Lock lock) {
  if (INSPECTORATE_BROKEN("version_checked")) lock = Lock::kNone;
  ASSIGN_OR_RETURN(auto key, d.KeyOf(name));
  ASSIGN_OR_RETURN(db::Rows rows,
                   session.Query("SELECT " + d.select_list() + " FROM `" + d.table() + "` WHERE " +
                                     d.key_condition() + (lock == Lock::kForUpdate ? " FOR UPDATE" : ""),
                                 key));
  if (rows.empty()) return false;
  RETURN_IF_ERROR(d.FromRow(rows, 0, out));
  return true;
}

absl::Status Insert(work::Unit& unit, const Description& d, Message* message, std::string event,
                    std::optional<Time> occur_time) {
  SetCommon(message, 1, unit.recorded(), true);
  ASSIGN_OR_RETURN(db::Params params, d.ToRow(*message));
  auto inserted = unit.db().Execute(InsertSql(d, "INSERT"), params);
  if (!inserted.ok()) {
    if (db::SqlErrorOf(inserted.status()) == db::SqlError::kDuplicateKey) {
      return Error(ErrorReason::RESOURCE_EXISTS, {{"resource", GetString(*message, "name")}});
    }
    return inserted.status();
  }
  Emit(unit, d, *message, work::Change::CREATED, event.empty() ? d.table() + ".created" : std::move(event), 0,
       occur_time);
  return absl::OkStatus();
}

absl::Status Update(work::Unit& unit, const Description& d, Message* message, std::string event,
                    work::Change::Kind kind, std::optional<Time> occur_time) {
  const int64_t previous = RevisionOf(*message);
  SetCommon(message, previous + 1, unit.recorded(), false);
  ASSIGN_OR_RETURN(db::Params params, d.ToColumns(*message));
  ASSIGN_OR_RETURN(auto key, d.KeyOf(GetString(*message, "name")));
  params.insert(params.end(), key.begin(), key.end());
  params.emplace_back(previous);
  auto matched = INSPECTORATE_BROKEN("version_checked") ? unit.db().Execute(UnheededUpdate(d), params)
                                                        : unit.db().Update(UpdateOf(d), params);
  if (!matched.ok()) {
    if (db::SqlErrorOf(matched.status()) == db::SqlError::kDuplicateKey) {
      return Error(ErrorReason::RESOURCE_EXISTS, {{"resource", GetString(*message, "name")}});
    }
    return matched.status();
  }
  if (*matched == 0) return Error(ErrorReason::ETAG_MISMATCH, {{"resource", GetString(*message, "name")}});
  Emit(unit, d, *message, kind, event.empty() ? d.table() + ".updated" : std::move(event), previous,
       occur_time);
  return absl::OkStatus();
}

absl::Status Delete(work::Unit& unit, const Description& d, const Message& message, std::string event) {
  ASSIGN_OR_RETURN(auto key, d.KeyOf(GetString(message, "name")));
  ASSIGN_OR_RETURN(uint64_t removed,
                   unit.db().Execute("DELETE FROM `" + d.table() + "` WHERE " + d.key_condition(), key));
  if (removed == 0) return NotFound(GetString(message, "name"));
  Emit(unit, d, message, work::Change::TOMBSTONED, event.empty() ? d.table() + ".deleted" : std::move(event),
       RevisionOf(message), {});
  return absl::OkStatus();
}

absl::Status CheckEtag(const Message& message, std::string_view etag) {
  if (etag.empty() || etag == EtagOf(RevisionOf(message))) return absl::OkStatus();
  return Error(ErrorReason::ETAG_MISMATCH,
               {{"resource", GetString(message, "name")}, {"etag", EtagOf(RevisionOf(message))}});
}

std::string NewName(const Description& d, std::string_view parent, Time now) {
  // "offices/{office}/areas/{area}" → "areas": a collection need not be called as the type is.
  const std::string& pattern = d.message().options().GetExtension(google::api::resource).pattern(0);
  const size_t end = pattern.rfind("/{");
  const size_t before = pattern.rfind('/', end - 1);
  const std::string collection =
      before == std::string::npos ? pattern.substr(0, end) : pattern.substr(before + 1, end - before - 1);
  return (parent.empty() ? "" : std::string(parent) + "/") + collection + "/" + FormatUuid(NewUuid(now));
}

}  // namespace inspectorate::resource
