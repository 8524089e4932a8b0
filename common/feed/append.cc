#include "common/feed/append.h"

#include <algorithm>
#include <bit>
#include <map>
#include <vector>

#include "common/base/macros.h"
#include "common/base/sabotage.h"
#include "common/db/many_rows.h"
#include "common/feed/digest.h"
#include "common/resource/description.h"
#include "common/resource/redact.h"
#include "common/status/error.h"

namespace inspectorate::feed {
namespace {

using work::Event;

// By the primary key, so that everybody locks in its order and only what is asked for.
constexpr char kLockHeads[] =
    "SELECT office, position, digest_count, digest_sum FROM feed_head FORCE INDEX (PRIMARY) WHERE office IN "
    "(";
constexpr char kNewHead[] =
    "INSERT INTO feed_head (office, position, digest_count, digest_sum) VALUES (?, 0, 0, ?)"
    " ON DUPLICATE KEY UPDATE position = position";
constexpr char kMoveHeads[] = "INSERT INTO feed_head (office, position, digest_count, digest_sum) VALUES ";
constexpr char kHeadRow[] = "(?, ?, ?, ?)";
constexpr char kMoved[] =
    " ON DUPLICATE KEY UPDATE position = VALUES(position), digest_count = VALUES(digest_count),"
    " digest_sum = VALUES(digest_sum)";
constexpr char kInsertEvents[] =
    "INSERT INTO feed_event (office, position, resource_type, resource, revision, event, actor, commit_time, "
    "tx_index, tx_count, body) VALUES ";
constexpr char kRow[] = "(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)";

struct Head {
  uint64_t position = 0;
  Digest digest;
};

using Heads = std::map<std::string, Head>;

absl::Status LockOnce(db::Session& db, const std::vector<std::string>& offices, Heads* heads) {
  db::Params params(offices.begin(), offices.end());
  db::FillUp(&params, 1);
  const char* const lock = INSPECTORATE_BROKEN("feed_head_locked") ? ")" : ") FOR UPDATE";
  ASSIGN_OR_RETURN(db::Rows rows, db.Query(kLockHeads + db::Repeated("?", offices.size()) + lock, params));
  for (size_t i = 0; i < rows.size(); ++i) {
    const std::string& office = rows.at(i, "office").AsString();
    auto digest = Digest::FromParts(rows.at(i, "digest_sum").AsString(), rows.at(i, "digest_count").AsUint());
    if (!digest) return absl::InternalError("feed head of " + office + " holds no digest");
    (*heads)[office] = {.position = rows.at(i, "position").AsUint(), .digest = *digest};
  }
  return absl::OkStatus();
}

// The heads of all offices given, locked.
absl::StatusOr<Heads> LockHeads(db::Session& db, const std::vector<std::string>& offices) {
  Heads heads;
  RETURN_IF_ERROR(LockOnce(db, offices, &heads));
  for (const std::string& office : offices) {
    if (heads.contains(office)) continue;
    // Two first writers may meet here: the loser waits for the winner's row and then reads it. (A plain
    // insert would leave losers with shared locks on the row, each in the way of the others' exclusive one.)
    RETURN_IF_ERROR(db.Execute(kNewHead, {office, Digest().Sum()}).status());
    RETURN_IF_ERROR(LockOnce(db, {office}, &heads));
    if (!heads.contains(office)) return Error(ErrorReason::TRANSACTION_CONFLICT);
  }
  return heads;
}

absl::Status MoveHeads(db::Session& db, const Heads& heads) {
  db::Params params;
  for (const auto& [office, head] : heads) {
    params.insert(params.end(), {office, head.position, head.digest.count(), head.digest.Sum()});
  }
  db::FillUp(&params, 4);
  return db.Execute(kMoveHeads + db::Repeated(kHeadRow, heads.size()) + kMoved, params).status();
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

absl::StatusOr<v1::Change> ToChange(work::Unit& unit, const Event& event) {
  v1::Change change;
  change.set_office(event.office);
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

// An event on its way, with its change.
struct Entry {
  work::Unit* unit;
  const Event* event;
  v1::Change* change;
};

void AddValues(const v1::Change& change, db::Params* params) {
  params->insert(params->end(), {change.office(), change.position(), change.resource_type(),
                                 change.resource(), change.revision(), change.event(), change.actor(),
                                 resource::FromProto(change.commit_time()), change.transaction_index(),
                                 change.transaction_count(), change.SerializeAsString()});
}

absl::Status InsertEvents(db::Session& db, const std::vector<Entry>& entries) {
  for (size_t begin = 0; begin < entries.size();) {
    // Few sizes, so that each is prepared once.
    const size_t count = std::bit_floor(std::min(entries.size() - begin, db::kRowsPerStatement));
    db::Params params;
    for (size_t i = begin; i < begin + count; ++i) AddValues(*entries[i].change, &params);
    RETURN_IF_ERROR(db.Execute(kInsertEvents + db::Repeated(kRow, count), params).status());
    begin += count;
  }
  return absl::OkStatus();
}

// Positions, digests and places in their transactions.
void Number(const std::vector<Entry>& entries, Head* head) {
  for (size_t i = 0; i < entries.size();) {
    size_t end = i;
    while (end < entries.size() && entries[end].unit == entries[i].unit) ++end;
    const auto count = static_cast<int>(end - i);
    for (int index = 0; index < count; ++index, ++i) {
      v1::Change& change = *entries[i].change;
      MoveDigest(*entries[i].event, &head->digest);
      change.set_previous_position(head->position);
      change.set_position(++head->position);
      change.set_transaction_index(index);
      change.set_transaction_count(count);
      change.mutable_digest()->set_count(static_cast<int64_t>(head->digest.count()));
      change.mutable_digest()->set_sum(head->digest.Sum());
      entries[i].unit->positions()[change.office()] = head->position;
    }
  }
}

}  // namespace

absl::StatusOr<Prepared> Prepare(work::Unit& unit) {
  Prepared prepared{.unit = &unit, .changes = {}};
  const std::string transaction = FormatUuid(NewUuid(unit.recorded()));
  for (const Event& event : unit.events()) {
    if (event.office.empty()) return absl::InternalError("event " + event.name + " belongs to no office");
    ASSIGN_OR_RETURN(v1::Change change, ToChange(unit, event));
    change.set_transaction(transaction);
    prepared.changes.push_back(std::move(change));
  }
  return prepared;
}

absl::Status Append(db::Session& db, const std::vector<Prepared*>& units) {
  std::map<std::string, std::vector<Entry>> by_office;
  std::vector<std::string> offices;
  for (Prepared* prepared : units) {
    for (size_t i = 0; i < prepared->changes.size(); ++i) {
      const Event& event = prepared->unit->events()[i];
      by_office[event.office].push_back({prepared->unit, &event, &prepared->changes[i]});
    }
  }
  if (by_office.empty()) return absl::OkStatus();
  for (const auto& [office, entries] : by_office) offices.push_back(office);
  ASSIGN_OR_RETURN(db::Rows identity, db.Query("SELECT epoch FROM feed_identity WHERE id = 1"));
  if (identity.empty()) return absl::InternalError("the feed has no identity");
  const std::string epoch = identity.at(0, 0).AsString();
  ASSIGN_OR_RETURN(Heads heads, LockHeads(db, offices));
  std::vector<Entry> all;
  for (auto& [office, entries] : by_office) {
    for (const Entry& entry : entries) entry.change->set_epoch(epoch);
    if (INSPECTORATE_BROKEN("position_in_order"))
      heads[office].position = INSPECTORATE_NEXT_NUMBER(office, heads[office].position) - 1;
    Number(entries, &heads[office]);
    all.insert(all.end(), entries.begin(), entries.end());
  }
  RETURN_IF_ERROR(InsertEvents(db, all));
  return MoveHeads(db, heads);
}

absl::Status Append(work::Unit& unit) {
  ASSIGN_OR_RETURN(Prepared prepared, Prepare(unit));
  return Append(unit.db(), {&prepared});
}

}  // namespace inspectorate::feed
