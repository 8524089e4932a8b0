#include "common/work/unit.h"

#include "common/base/hash.h"
#include "common/base/macros.h"
#include "common/base/sabotage.h"
#include "common/feed/append.h"
#include "common/status/error.h"
#include "google/protobuf/descriptor.h"
#include "google/protobuf/io/coded_stream.h"
#include "google/protobuf/io/zero_copy_stream_impl_lite.h"

namespace inspectorate::work {
namespace {

constexpr char kInsertIdempotency[] =
    "INSERT INTO idempotency (principal, method, request_id, fingerprint, response, create_time) "
    "VALUES (?, ?, ?, ?, NULL, ?)";
constexpr char kReadIdempotency[] =
    "SELECT fingerprint, response FROM idempotency WHERE principal = ? AND method = ? AND request_id = ?";
constexpr char kCompleteIdempotency[] =
    "UPDATE idempotency SET response = ? WHERE principal = ? AND method = ? AND request_id = ?";

std::string RequestIdOf(const Message& request) {
  const auto* field = request.GetDescriptor()->FindFieldByName("request_id");
  return field == nullptr ? std::string() : request.GetReflection()->GetString(request, field);
}

bool ValidateOnly(const Message& request) {
  const auto* field = request.GetDescriptor()->FindFieldByName("validate_only");
  return field != nullptr && request.GetReflection()->GetBool(request, field);
}

std::string DeterministicBytes(const Message& message) {
  std::string bytes;
  google::protobuf::io::StringOutputStream stream(&bytes);
  google::protobuf::io::CodedOutputStream coded(&stream);
  coded.SetSerializationDeterministic(true);
  message.SerializeToCodedStream(&coded);
  coded.Trim();
  return bytes;
}

// What makes two requests the same: everything but their id; and the capacity in which they are made, so that
// an answer given to the office is not repeated to the same person acting with fewer rights.
std::string FingerprintOf(const rpc::Principal& principal, const Message& request) {
  std::unique_ptr<Message> copy(request.New());
  copy->CopyFrom(request);
  if (const auto* field = copy->GetDescriptor()->FindFieldByName("request_id")) {
    copy->GetReflection()->ClearField(copy.get(), field);
  }
  return Sha256(std::to_string(principal.role) + '\n' + principal.office + '\n' + DeterministicBytes(*copy));
}

// The claim on a request id, and the answer kept for its repetitions.
class Idempotency {
 public:
  Idempotency(const rpc::Call& call, const Uuid& id, std::string fingerprint)
      : key_{call.principal().subject, call.method().full_name(), id}, fingerprint_(std::move(fingerprint)) {}

  // True when the request was answered before; `response` is that answer then.
  absl::StatusOr<bool> Begin(Unit& unit, Message* response) {
    if (INSPECTORATE_BROKEN("idempotency_row")) return false;
    db::Params params = key_;
    params.emplace_back(fingerprint_);
    params.emplace_back(unit.recorded());
    auto inserted = unit.db().Execute(kInsertIdempotency, params);
    if (inserted.ok()) return false;
    if (db::SqlErrorOf(inserted.status()) != db::SqlError::kDuplicateKey) return inserted.status();
    ASSIGN_OR_RETURN(db::Rows rows, unit.db().Query(kReadIdempotency, key_));
    if (rows.empty()) return Error(ErrorReason::TRANSACTION_CONFLICT);
    if (rows.at(0, "fingerprint").AsString() != fingerprint_) return Error(ErrorReason::REQUEST_ID_REUSED);
    if (!response->ParseFromString(rows.at(0, "response").AsString()))
      return absl::InternalError("stored response");
    return true;
  }

  absl::Status Complete(Unit& unit, const Message& response) {
    db::Params params = {DeterministicBytes(response)};
    params.insert(params.end(), key_.begin(), key_.end());
    return unit.db().Execute(kCompleteIdempotency, params).status();
  }

 private:
  db::Params key_;
  std::string fingerprint_;
};

// For a build whose cure is broken: the events in a transaction of their own.
Writer::Closure EmitAll(const std::vector<Event>& events) {
  return [&events](Unit& unit) {
    for (const Event& event : events) unit.Emit(event);
    return absl::OkStatus();
  };
}

}  // namespace

absl::StatusOr<Time> OfficeNow(db::Session& session, const std::string& office, const Clock& clock) {
  ASSIGN_OR_RETURN(db::Rows rows,
                   session.Query("SELECT sandbox_time FROM office WHERE office = ?", {office}));
  if (rows.empty()) return Error(ErrorReason::COPY_NOT_READY, {{"resource", "offices/" + office}});
  return rows.at(0, 0).is_null() ? clock.Now() : rows.at(0, 0).AsTime();
}

absl::StatusOr<Time> Unit::Now(const std::string& office) {
  auto it = now_.find(office);
  if (it != now_.end()) return it->second;
  ASSIGN_OR_RETURN(Time now, OfficeNow(tx_, office, clock_));
  now_[office] = now;
  return now;
}

absl::StatusOr<Date> Unit::Today(const std::string& office) {
  ASSIGN_OR_RETURN(Time now, Now(office));
  return ChinaDate(now);
}

absl::Status Writer::Run(rpc::Call& call, const Message& request, Message* response, const Closure& fn) {
  const std::string given = RequestIdOf(request);
  // Without an id of the caller's there is still one of ours: a lost COMMIT reply must be resolvable.
  const Uuid id = given.empty() ? RandomUuid() : ParseUuid(given).value_or(RandomUuid());
  const bool validate_only = ValidateOnly(request);
  const std::string fingerprint = FingerprintOf(call.principal(), request);
  const Actor actor{.subject = call.principal().subject,
                    .display_name = call.principal().display_name,
                    .request_id = FormatUuid(id),
                    .trace_id = call.trace_id()};
  bool validated = false;
  bool appended = false;
  std::vector<Event> apart;  // filled only where the cure is broken
  absl::Status status = database_.Transact(
      call.budget(), {},
      [&](db::Transaction& tx) -> absl::Status {
        validated = appended = false;
        response->Clear();
        Unit unit(tx, actor, clock_);
        Idempotency idempotency(call, id, fingerprint);
        if (!validate_only) {
          ASSIGN_OR_RETURN(bool repeated, idempotency.Begin(unit, response));
          if (repeated) return absl::OkStatus();
        }
        RETURN_IF_ERROR(fn(unit));
        if (validate_only) {
          validated = true;
          return absl::CancelledError("validate_only");  // rolls back what was checked
        }
        RETURN_IF_ERROR(idempotency.Complete(unit, *response));
        if (INSPECTORATE_BROKEN("event_with_state")) return apart = unit.events(), absl::OkStatus();
        appended = !unit.events().empty();
        return feed::Append(unit);
      },
      /*resolve=*/true);
  if (validated) return absl::OkStatus();
  if (status.ok() && !apart.empty()) return RunInternal(call.budget(), actor, EmitAll(apart));
  if (status.ok() && appended && on_append_) on_append_();
  return status;
}

absl::Status Writer::RunInternal(const db::Budget& budget, const Actor& actor, const Closure& fn) {
  bool appended = false;
  absl::Status status = database_.Transact(
      budget, {},
      [&](db::Transaction& tx) -> absl::Status {
        Unit unit(tx, actor, clock_);
        RETURN_IF_ERROR(fn(unit));
        appended = !unit.events().empty();
        return feed::Append(unit);
      },
      /*resolve=*/true);
  if (status.ok() && appended && on_append_) on_append_();
  return status;
}

}  // namespace inspectorate::work
