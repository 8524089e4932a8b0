// The unit of work: what a mutation does, done at once or not at all. The idempotency row is written first,
// the events of the change go to the office's feed last, and both commit with the change (design
// 3, 4.3, 4.4).
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "common/base/time.h"
#include "common/base/uuid.h"
#include "common/db/database.h"
#include "common/rpc/call.h"
#include "google/protobuf/message.h"
#include "google/protobuf/timestamp.pb.h"
#include "inspectorate/feed/v1/feed.pb.h"

namespace inspectorate::work {

using feed::v1::Change;
using google::protobuf::Message;

// Who acts, and under which request: goes into every event.
struct Actor {
  std::string subject{};
  std::string display_name{};
  std::string request_id{};
  std::string trace_id{};
};

// One change of one resource, on its way into the feed.
struct Event {
  std::string office;  // slug: the partition of the feed
  Change::Kind kind = Change::UPDATED;
  std::string name;  // "issue.closed"
  std::string resource_type;
  std::string resource;
  int64_t revision = 0;
  int64_t previous_revision = 0;   // 0: not there before, in this office
  std::optional<Time> occur_time;  // absent: the office's now
  // The resource after the change; null for tombstones. Sensitive fields are left out when it is stored.
  std::shared_ptr<const Message> after;
  // Of a tombstone: the resource as it was. Not stored.
  std::shared_ptr<const Message> removed{};
};

// A transaction with its actor, its clock and its events. Lives for one attempt of one closure.
class Unit {
 public:
  Unit(db::Transaction& tx, const Actor& actor, const Clock& clock) : tx_(tx), actor_(actor), clock_(clock) {}
  Unit(const Unit&) = delete;
  Unit& operator=(const Unit&) = delete;

  db::Transaction& db() { return tx_; }
  const Actor& actor() const { return actor_; }
  // The server's time: when things are recorded.
  Time recorded() const { return clock_.Now(); }
  // The office's time: its sandbox clock, else the server's. COPY_NOT_READY for an office this service does
  // not know yet.
  absl::StatusOr<Time> Now(const std::string& office);
  absl::StatusOr<Date> Today(const std::string& office);

  void Emit(Event event) { events_.push_back(std::move(event)); }
  const std::vector<Event>& events() const { return events_; }
  // Positions given out by the append, by office; filled when the unit commits.
  std::map<std::string, uint64_t>& positions() { return positions_; }

 private:
  db::Transaction& tx_;
  const Actor& actor_;
  const Clock& clock_;
  std::vector<Event> events_;
  std::map<std::string, Time> now_;
  std::map<std::string, uint64_t> positions_;
};

// The time of an office as this database knows it.
absl::StatusOr<Time> OfficeNow(db::Session& session, const std::string& office, const Clock& clock);

// Runs units of work. Thread-safe.
class Writer {
 public:
  Writer(db::Database& database, const Clock& clock = SystemClock()) : database_(database), clock_(clock) {}

  using Closure = std::function<absl::Status(Unit& unit)>;

  // A mutation called from outside. `request` may have `request_id` and `validate_only`; a repeated request
  // id with the same content gives the first answer again, with other content REQUEST_ID_REUSED. `fn` fills
  // `response`; it runs again as a whole after a conflict, and must have no effect outside the unit.
  absl::Status Run(rpc::Call& call, const Message& request, Message* response, const Closure& fn);

  // Work the service does by itself (a consumer, an operation's step): no idempotency row; `fn` must find out
  // by itself what is done already.
  absl::Status RunInternal(const db::Budget& budget, const Actor& actor, const Closure& fn);

  // What must follow in the same transaction from changes of whatever origin: called with each unit that has
  // made changes, once its closure has ended well, before its events are appended. It reads the events and
  // may change more; its error fails the unit. Set before the first run.
  void set_consequences(Closure consequences) { consequences_ = std::move(consequences); }
  // Called after each commit that appended events.
  void set_on_append(std::function<void()> on_append) { on_append_ = std::move(on_append); }
  db::Database& database() { return database_; }
  const Clock& clock() const { return clock_; }

 private:
  // The closure and what follows from it.
  absl::Status Attempt(Unit& unit, const Closure& fn) const;

  db::Database& database_;
  const Clock& clock_;
  std::function<void()> on_append_;
  Closure consequences_;
};

}  // namespace inspectorate::work
