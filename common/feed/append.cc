#include "common/feed/append.h"

#include <algorithm>
#include <vector>

#include "common/base/macros.h"
#include "common/base/sabotage.h"
#include "common/feed/digest.h"
#include "common/resource/description.h"
#include "common/resource/redact.h"
#include "common/status/error.h"

namespace inspectorate::feed {
namespace {

using work::Event;

constexpr char kLockHead[] =
    "SELECT position, digest_count, digest_sum FROM feed_head WHERE office = ? FOR UPDATE";
[[maybe_unused]] constexpr char kReadHead[] =
    "SELECT position, digest_count, digest_sum FROM feed_head WHERE office = ?";
constexpr char kNewHead[] =
    "INSERT INTO feed_head (office, position, digest_count, digest_sum) VALUES (?, 0, 0, ?)"
    " ON DUPLICATE KEY UPDATE position = position";
constexpr char kMoveHead[] =
    "UPDATE feed_head SET position = ?, digest_count = ?, digest_sum = ? WHERE office = ?";
constexpr char kInsertEvents[] =
    "INSERT INTO feed_event (office, position, resource_type, resource, revision, event, actor, commit_time, "
    "tx_index, tx_count, body) VALUES ";
constexpr char kRow[] = "(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)";
constexpr size_t kRowsPerStatement = 200;

struct Head {
  uint64_t position = 0;
  Digest digest;
};

absl::StatusOr<Head> LockHead(db::Session& db, const std::string& office) {
  const char* const lock = INSPECTORATE_BROKEN("feed_head_locked") ? kReadHead : kLockHead;
  ASSIGN_OR_RETURN(db::Rows rows, db.Query(lock, {office}));
  if (rows.empty()) {
    // Two first writers may meet here: the loser waits for the winner's row and then reads it. (A plain
    // insert would leave losers with shared locks on the row, each in the way of the others' exclusive one.)
    RETURN_IF_ERROR(db.Execute(kNewHead, {office, Digest().Sum()}).status());
    ASSIGN_OR_RETURN(rows, db.Query(kLockHead, {office}));
    if (rows.empty()) return Error(ErrorReason::TRANSACTION_CONFLICT);
  }
  Head head{.position = rows.at(0, "position").AsUint(), .digest = {}};
  auto digest = Digest::FromParts(rows.at(0, "digest_sum").AsString(), rows.at(0, "digest_count").AsUint());
  if (!digest) return absl::InternalError("feed head of " + office + " holds no digest");
  head.digest = *digest;
  return head;
}

void MoveDigest(const Event& event, Digest* digest) {
  const auto revision = static_cast<uint64_t>(event.revision);
  const auto previous = static_cast<uint64_t>(event.previous_revision);
  if (event.kind == v1::Change::TOMBSTONED) {
    digest->Remove(event.resource, previous);
  } else if (previous == 0) {
    digest->Add(event.resource, revision);
  } else {
    digest->Replace(event.resource, previous, revision);
  }
}

absl::StatusOr<v1::Change> ToChange(work::Unit& unit, const Event& event, const std::string& epoch) {
  v1::Change change;
  change.set_office(event.office);
  change.set_epoch(epoch);
  change.set_event_id(FormatUuid(NewUuid(unit.recorded())));
  change.set_kind(event.kind);
  change.set_event(event.name);
  change.set_resource_type(event.resource_type);
  change.set_resource(event.resource);
  change.set_revision(event.revision);
  change.set_actor(unit.actor().subject);
  change.set_actor_name(unit.actor().display_name);
  change.set_request_id(unit.actor().request_id);
  change.set_trace_id(unit.actor().trace_id);
  Time occurred = unit.recorded();
  if (event.occur_time) {
    occurred = *event.occur_time;
  } else if (auto now = unit.Now(event.office); now.ok()) {
    occurred = *now;
  }
  *change.mutable_occur_time() = resource::ToProto(occurred);
  *change.mutable_commit_time() = resource::ToProto(unit.recorded());
  if (event.after != nullptr) {
    std::unique_ptr<google::protobuf::Message> shown(event.after->New());
    shown->CopyFrom(*event.after);
    resource::ClearSensitive(shown.get());
    change.mutable_after()->PackFrom(*shown);
  }
  return change;
}

absl::Status InsertEvents(db::Session& db, const std::vector<v1::Change>& changes) {
  for (size_t begin = 0; begin < changes.size(); begin += kRowsPerStatement) {
    const size_t end = std::min(changes.size(), begin + kRowsPerStatement);
    std::string sql = kInsertEvents;
    db::Params params;
    for (size_t i = begin; i < end; ++i) {
      const v1::Change& change = changes[i];
      sql += i == begin ? kRow : std::string(", ") + kRow;
      for (db::Value value :
           {db::Value(change.office()), db::Value(change.position()), db::Value(change.resource_type()),
            db::Value(change.resource()), db::Value(change.revision()), db::Value(change.event()),
            db::Value(change.actor()), db::Value(resource::FromProto(change.commit_time())),
            db::Value(change.transaction_index()), db::Value(change.transaction_count()),
            db::Value(change.SerializeAsString())}) {
        params.push_back(std::move(value));
      }
    }
    RETURN_IF_ERROR(db.Execute(sql, params).status());
  }
  return absl::OkStatus();
}

}  // namespace

absl::Status Append(work::Unit& unit) {
  if (unit.events().empty()) return absl::OkStatus();
  std::map<std::string, std::vector<const Event*>> by_office;  // sorted: every unit locks in the same order
  for (const Event& event : unit.events()) {
    if (event.office.empty()) return absl::InternalError("event " + event.name + " belongs to no office");
    by_office[event.office].push_back(&event);
  }
  ASSIGN_OR_RETURN(db::Rows identity, unit.db().Query("SELECT epoch FROM feed_identity WHERE id = 1"));
  if (identity.empty()) return absl::InternalError("the feed has no identity");
  const std::string epoch = identity.at(0, 0).AsString();
  const std::string transaction = FormatUuid(NewUuid(unit.recorded()));
  for (const auto& [office, events] : by_office) {
    // What can be prepared is prepared before the lock: from here to COMMIT the office's writers queue.
    std::vector<v1::Change> changes;
    for (const Event* event : events) {
      ASSIGN_OR_RETURN(v1::Change change, ToChange(unit, *event, epoch));
      changes.push_back(std::move(change));
    }
    ASSIGN_OR_RETURN(Head head, LockHead(unit.db(), office));
    if (INSPECTORATE_BROKEN("position_in_order"))
      head.position = INSPECTORATE_NEXT_NUMBER(office, head.position) - 1;
    for (size_t i = 0; i < changes.size(); ++i) {
      MoveDigest(*events[i], &head.digest);
      changes[i].set_previous_position(head.position);
      changes[i].set_position(++head.position);
      changes[i].set_transaction(transaction);
      changes[i].set_transaction_index(static_cast<int>(i));
      changes[i].set_transaction_count(static_cast<int>(changes.size()));
      changes[i].mutable_digest()->set_count(static_cast<int64_t>(head.digest.count()));
      changes[i].mutable_digest()->set_sum(head.digest.Sum());
    }
    RETURN_IF_ERROR(InsertEvents(unit.db(), changes));
    RETURN_IF_ERROR(unit.db()
                        .Execute(kMoveHead, {head.position, head.digest.count(), head.digest.Sum(), office})
                        .status());
    unit.positions()[office] = head.position;
  }
  return absl::OkStatus();
}

}  // namespace inspectorate::feed
