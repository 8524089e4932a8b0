#include "common/work/unit.h"

#include <bit>
#include <set>

#include "common/base/hash.h"
#include "common/base/macros.h"
#include "common/base/sabotage.h"
#include "common/db/many_rows.h"
#include "common/feed/append.h"
#include "common/status/error.h"
#include "google/protobuf/descriptor.h"
#include "google/protobuf/io/coded_stream.h"
#include "google/protobuf/io/zero_copy_stream_impl_lite.h"

namespace inspectorate::work {
namespace {

constexpr char kInsertIdempotency[] =
    "INSERT INTO idempotency (principal, method, request_id, fingerprint, response, create_time) VALUES ";
constexpr char kIdempotencyRow[] = "(?, ?, ?, ?, ?, ?)";
constexpr char kReadIdempotency[] =
    "SELECT fingerprint, response FROM idempotency WHERE principal = ? AND method = ? AND request_id = ?";
constexpr char kCompleteIdempotency[] = " ON DUPLICATE KEY UPDATE response = VALUES(response)";
constexpr char kForgetIdempotency[] =
    "DELETE FROM idempotency WHERE principal = ? AND method = ? AND request_id = ?";

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

// The claim on a request id, and the answer kept for its repetitions. Several that commit together are
// written together. The platform's own units have events alone: no key, nothing that could be repeated.
struct Claim {
  Unit* unit;
  db::Params key{};  // principal, method, request id
  std::string fingerprint{};
  Time recorded{};
  bool repeated = false;    // the request was answered before; `answer` is what was said
  bool failed = false;      // the closure ended with an error
  std::string answer{};     // the response as bytes
  feed::Prepared events{};  // once the closure has ended well
  absl::Status refused{};   // why this request cannot be taken up, alone of all
};

void AddRow(const Claim& claim, db::Params* params) {
  params->insert(params->end(), claim.key.begin(), claim.key.end());
  params->emplace_back(claim.fingerprint);
  params->emplace_back(claim.answer.empty() && !claim.failed ? db::Value() : db::Value(claim.answer));
  params->emplace_back(claim.recorded);
}

// `head` (row), (row), … `tail`, filled up (many_rows.h).
std::string RowsOf(std::string_view head, size_t count, std::string_view tail = {}) {
  return std::string(head) + db::Repeated(kIdempotencyRow, count) + std::string(tail);
}

// One claim by itself: a duplicate is a repetition, or another request with the same id.
absl::Status BeginOne(db::Session& db, Claim& claim) {
  db::Params params;
  AddRow(claim, &params);
  auto inserted = db.Execute(RowsOf(kInsertIdempotency, 1), params);
  if (inserted.ok()) return absl::OkStatus();
  if (db::SqlErrorOf(inserted.status()) != db::SqlError::kDuplicateKey) return inserted.status();
  ASSIGN_OR_RETURN(db::Rows rows, db.Query(kReadIdempotency, claim.key));
  if (rows.empty()) {
    claim.refused = Error(ErrorReason::TRANSACTION_CONFLICT);
  } else if (rows.at(0, "fingerprint").AsString() != claim.fingerprint) {
    claim.refused = Error(ErrorReason::REQUEST_ID_REUSED);
  } else {
    claim.repeated = true;
    claim.answer = rows.at(0, "response").AsString();
  }
  return absl::OkStatus();
}

absl::Status BeginAll(db::Session& db, const std::vector<void*>& entries) {
  if (INSPECTORATE_BROKEN("idempotency_row")) return absl::OkStatus();
  std::set<std::string> seen;
  std::vector<Claim*> claims;
  for (void* entry : entries) {
    auto* claim = static_cast<Claim*>(entry);
    const std::string key =
        claim->key[0].AsString() + '\0' + claim->key[1].AsString() + '\0' + claim->key[2].AsString();
    if (seen.insert(key).second) {
      claims.push_back(claim);
    } else {
      // The same request twice at once: the second finds the first one's answer when that is committed.
      claim->refused = Error(ErrorReason::TRANSACTION_CONFLICT);
      claim->unit->db().Postpone();
    }
  }
  for (size_t begin = 0; begin < claims.size();) {
    const size_t count = std::bit_floor(claims.size() - begin);
    db::Params params;
    for (size_t i = begin; i < begin + count; ++i) AddRow(*claims[i], &params);
    const absl::Status inserted = count == 1 ? BeginOne(db, *claims[begin])
                                             : db.Execute(RowsOf(kInsertIdempotency, count), params).status();
    if (count > 1 && db::SqlErrorOf(inserted) == db::SqlError::kDuplicateKey) {
      for (size_t i = begin; i < begin + count; ++i) RETURN_IF_ERROR(BeginOne(db, *claims[i]));
    } else {
      RETURN_IF_ERROR(inserted);
    }
    begin += count;
  }
  return absl::OkStatus();
}

// Keeps the answers of those that went well, takes back the claims of those that did not, appends to the
// feeds.
absl::Status EndAll(db::Session& db, const std::vector<void*>& entries) {
  db::Params params;
  size_t count = 0;
  std::vector<feed::Prepared*> events;
  for (void* entry : entries) {
    auto* claim = static_cast<Claim*>(entry);
    if (claim->failed) {
      RETURN_IF_ERROR(db.Execute(kForgetIdempotency, claim->key).status());
      continue;
    }
    const bool of_call = !claim->key.empty();
    if (of_call) {
      AddRow(*claim, &params);
      ++count;
    }
    const bool kept = !of_call || !INSPECTORATE_BROKEN("event_with_state");
    if (kept && !claim->events.changes.empty()) events.push_back(&claim->events);
  }
  if (count > 0) {
    db::FillUp(&params, params.size() / count);
    RETURN_IF_ERROR(db.Execute(RowsOf(kInsertIdempotency, count, kCompleteIdempotency), params).status());
  }
  return feed::Append(db, events);
}

// Runs the closure of a request that was taken up, and writes what belongs to it.
absl::Status Finish(db::Transaction& tx, Claim& claim, const Writer::Closure& fn, Message* response) {
  absl::Status status = fn(*claim.unit);
  if (status.ok()) {
    claim.answer = DeterministicBytes(*response);
    absl::StatusOr<feed::Prepared> events = feed::Prepare(*claim.unit);
    status = events.status();
    if (events.ok()) claim.events = *std::move(events);
  }
  if (!status.ok()) {
    if (!tx.CanWithdraw()) return status;
    claim.failed = true;
    claim.answer.clear();
  }
  RETURN_IF_ERROR(tx.Jointly(db::Joint::kLast, &claim, EndAll));
  return status;
}

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

absl::Status Writer::Attempt(Unit& unit, const Closure& fn) const {
  RETURN_IF_ERROR(fn(unit));
  return consequences_ && !unit.events().empty() ? consequences_(unit) : absl::OkStatus();
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
      // What is only checked is rolled back, which others would have to pay for.
      call.budget(), {.alone = validate_only},
      [&](db::Transaction& tx) -> absl::Status {
        validated = appended = false;
        response->Clear();
        Unit unit(tx, actor, clock_);
        if (validate_only) {
          RETURN_IF_ERROR(Attempt(unit, fn));
          validated = true;
          return absl::CancelledError("validate_only");
        }
        Claim claim{.unit = &unit,
                    .key = {call.principal().subject, call.method().full_name(), id},
                    .fingerprint = fingerprint,
                    .recorded = unit.recorded()};
        RETURN_IF_ERROR(tx.Jointly(db::Joint::kFirst, &claim, BeginAll));
        RETURN_IF_ERROR(claim.refused);
        if (claim.repeated) {
          return response->ParseFromString(claim.answer) ? absl::OkStatus()
                                                         : absl::InternalError("stored response");
        }
        RETURN_IF_ERROR(Finish(
            tx, claim, [&](Unit& inner) { return Attempt(inner, fn); }, response));
        appended = !unit.events().empty();
        if (INSPECTORATE_BROKEN("event_with_state")) apart = unit.events();
        return absl::OkStatus();
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
        RETURN_IF_ERROR(Attempt(unit, fn));
        appended = !unit.events().empty();
        Claim claim{.unit = &unit};
        ASSIGN_OR_RETURN(claim.events, feed::Prepare(unit));
        return tx.Jointly(db::Joint::kLast, &claim, EndAll);
      },
      /*resolve=*/true);
  if (status.ok() && appended && on_append_) on_append_();
  return status;
}

}  // namespace inspectorate::work
