#include "common/feed/consumer.h"

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <map>
#include <mutex>
#include <thread>
#include <utility>

#include "common/base/macros.h"
#include "common/feed/digest.h"
#include "common/obs/log.h"
#include "common/resource/description.h"
#include "common/resource/table.h"
#include "common/status/error.h"

namespace inspectorate::feed {
namespace {

using std::chrono::steady_clock;

constexpr char kWatch[] = "inspectorate.feed.v1.ChangeFeed.WatchChanges";
constexpr auto kReconnect = std::chrono::milliseconds(200);
constexpr auto kMaxBackoff = std::chrono::seconds(10);

// The checkpoint of one office, as it stands in the transaction that holds its row.
struct Checkpoint {
  uint64_t position = 0;
  std::string epoch;
  Digest digest;
  bool exists = false;
};

absl::StatusOr<Checkpoint> LockCheckpoint(db::Session& db, const std::string& source, const std::string& office) {
  ASSIGN_OR_RETURN(db::Rows rows, db.Query("SELECT position, epoch, digest_count, digest_sum FROM feed_checkpoint"
                                           " WHERE source = ? AND office = ? FOR UPDATE",
                                           {source, office}));
  Checkpoint checkpoint;
  if (rows.empty()) return checkpoint;
  checkpoint.exists = true;
  checkpoint.position = rows.at(0, "position").AsUint();
  checkpoint.epoch = rows.at(0, "epoch").AsString();
  auto digest = Digest::FromParts(rows.at(0, "digest_sum").AsString(), rows.at(0, "digest_count").AsUint());
  if (!digest) return absl::InternalError("checkpoint holds no digest");
  checkpoint.digest = *digest;
  return checkpoint;
}

absl::Status SaveCheckpoint(db::Session& db, const std::string& source, const std::string& office,
                            const Checkpoint& checkpoint) {
  if (!checkpoint.exists) {
    return db
        .Execute("INSERT INTO feed_checkpoint (source, office, position, epoch, digest_count, digest_sum)"
                 " VALUES (?, ?, ?, ?, ?, ?)",
                 {source, office, checkpoint.position, checkpoint.epoch, checkpoint.digest.count(),
                  checkpoint.digest.Sum()})
        .status();
  }
  return db
      .Execute("UPDATE feed_checkpoint SET position = ?, epoch = ?, digest_count = ?, digest_sum = ?"
               " WHERE source = ? AND office = ?",
               {checkpoint.position, checkpoint.epoch, checkpoint.digest.count(), checkpoint.digest.Sum(), source,
                office})
      .status();
}

// Keeps the digest of what was applied, from the revisions this side has seen: it owes nothing to the owner's.
absl::Status MoveDigest(db::Session& db, const std::string& source, const v1::Change& change, Digest* digest) {
  ASSIGN_OR_RETURN(db::Rows rows,
                   db.Query("SELECT revision FROM feed_applied WHERE source = ? AND office = ? AND resource = ?",
                            {source, change.office(), change.resource()}));
  const uint64_t old = rows.empty() ? 0 : rows.at(0, 0).AsUint();
  const bool gone = change.kind() == v1::Change::TOMBSTONED;
  if (old != 0) digest->Remove(change.resource(), old);
  if (!gone) digest->Add(change.resource(), static_cast<uint64_t>(change.revision()));
  if (gone) {
    return db.Execute("DELETE FROM feed_applied WHERE source = ? AND office = ? AND resource = ?",
                      {source, change.office(), change.resource()})
        .status();
  }
  return db.Execute("INSERT INTO feed_applied (source, office, resource, revision) VALUES (?, ?, ?, ?)"
                    " ON DUPLICATE KEY UPDATE revision = VALUES(revision)",
                    {source, change.office(), change.resource(), change.revision()})
      .status();
}

class WatchingConsumer : public Consumer {
 public:
  WatchingConsumer(ConsumerOptions options, rpc::Client& client, work::Writer& writer, Apply apply)
      : options_(std::move(options)), client_(client), writer_(writer), apply_(std::move(apply)),
        thread_([this] { Run(); }) {}

  ~WatchingConsumer() override {
    {
      std::lock_guard<std::mutex> lock(mutex_);
      stopping_ = true;
    }
    wake_.notify_all();
    thread_.join();
  }

  bool healthy() const override { return connected_ && !standing_still_; }

 private:
  void Run() {
    while (!stopping_) {
      absl::Status status = FollowOnce();
      connected_ = false;
      if (stopping_) return;
      if (!status.ok()) {
        obs::Log(obs::Severity::kWarning, "feed_stream_ended",
                 {{"source", options_.source}, {"why", std::string(status.message())}});
      }
      std::unique_lock<std::mutex> lock(mutex_);
      wake_.wait_for(lock, kReconnect, [this] { return stopping_.load(); });
    }
  }

  absl::Status FollowOnce() {
    v1::WatchChangesRequest request;
    request.set_parent("offices/-");
    RETURN_IF_ERROR(LoadCursors(&request));
    return client_.Stream(
        kWatch, request, v1::WatchChangesResponse::default_instance(),
        [this](const rpc::Message& message) { return Take(static_cast<const v1::WatchChangesResponse&>(message)); },
        [this] { return stopping_.load(); });
  }

  absl::Status LoadCursors(v1::WatchChangesRequest* request) {
    return writer_.database().Read(db::Budget::Of(std::chrono::seconds(10)), [&](db::Session& session) -> absl::Status {
      request->clear_cursors();
      ASSIGN_OR_RETURN(db::Rows rows, session.Query("SELECT office, position, epoch FROM feed_checkpoint WHERE source = ?",
                                                    {options_.source}));
      for (size_t i = 0; i < rows.size(); ++i) {
        v1::Cursor* cursor = request->add_cursors();
        cursor->set_office(rows.at(i, "office").AsString());
        cursor->set_after_position(rows.at(i, "position").AsUint());
        cursor->set_epoch(rows.at(i, "epoch").AsString());
      }
      return absl::OkStatus();
    });
  }

  // False ends the stream; it is opened again from the checkpoints.
  bool Take(const v1::WatchChangesResponse& message) {
    connected_ = true;
    if (RetryDue()) return false;
    if (message.changes_size() == 0) return true;
    const std::string& office = message.changes(0).office();
    if (halts_.contains(office)) return true;  // read again when its time has come
    absl::Status status = ApplyMessage(office, message);
    if (status.ok()) {
      backoffs_.erase(office);
      return true;
    }
    auto& backoff = backoffs_[office];
    backoff = backoff.count() == 0 ? std::chrono::milliseconds(100)
                                   : std::min<std::chrono::milliseconds>(backoff * 2, kMaxBackoff);
    halts_[office] = steady_clock::now() + backoff;
    standing_still_ = true;
    obs::Log(obs::Severity::kError, "feed_office_stands_still",
             {{"source", options_.source}, {"office", office}, {"why", std::string(status.message())}});
    return true;
  }

  bool RetryDue() {
    bool due = false;
    for (auto it = halts_.begin(); it != halts_.end();) {
      if (it->second <= steady_clock::now()) {
        it = halts_.erase(it);
        due = true;
      } else {
        ++it;
      }
    }
    standing_still_ = !halts_.empty();
    return due;
  }

  absl::Status ApplyMessage(const std::string& office, const v1::WatchChangesResponse& message) {
    const work::Actor actor{.subject = options_.self, .display_name = options_.self, .request_id = {}, .trace_id = {}};
    return writer_.RunInternal(db::Budget::Of(std::chrono::seconds(60)), actor, [&](work::Unit& unit) -> absl::Status {
      ASSIGN_OR_RETURN(Checkpoint checkpoint, LockCheckpoint(unit.db(), options_.source, office));
      std::vector<v1::Change> fresh;
      for (const v1::Change& change : message.changes()) {
        if (change.position() <= checkpoint.position) continue;
        if (change.previous_position() != checkpoint.position) {
          return absl::InternalError("a hole in the feed after position " + std::to_string(checkpoint.position));
        }
        checkpoint.position = change.position();
        checkpoint.epoch = change.epoch();
        RETURN_IF_ERROR(MoveDigest(unit.db(), options_.source, change, &checkpoint.digest));
        fresh.push_back(change);
      }
      if (fresh.empty()) return absl::OkStatus();
      RETURN_IF_ERROR(apply_(unit, fresh));
      return SaveCheckpoint(unit.db(), options_.source, office, checkpoint);
    });
  }

  const ConsumerOptions options_;
  rpc::Client& client_;
  work::Writer& writer_;
  const Apply apply_;
  // Offices whose change could not be applied: when to try again, and the delay before the next try.
  std::map<std::string, steady_clock::time_point> halts_;
  std::map<std::string, std::chrono::milliseconds> backoffs_;
  std::atomic<bool> connected_ = false;
  std::atomic<bool> standing_still_ = false;
  std::atomic<bool> stopping_ = false;
  std::mutex mutex_;
  std::condition_variable wake_;
  std::thread thread_;  // last: starts when the rest is there
};

}  // namespace

std::unique_ptr<Consumer> Consumer::Start(ConsumerOptions options, rpc::Client& client, work::Writer& writer,
                                          Apply apply) {
  return std::make_unique<WatchingConsumer>(std::move(options), client, writer, std::move(apply));
}

Apply CopyInto(std::vector<const google::protobuf::Descriptor*> messages) {
  std::map<std::string, const resource::Description*> tables;
  for (const auto* message : messages) {
    const auto& description = resource::Description::Of(message);
    tables[description.type()] = &description;
  }
  return [tables = std::move(tables)](work::Unit& unit, const std::vector<v1::Change>& changes) -> absl::Status {
    for (const v1::Change& change : changes) {
      auto it = tables.find(change.resource_type());
      if (it == tables.end()) return absl::InternalError("no table for a copy of " + change.resource_type());
      const resource::Description& description = *it->second;
      if (change.kind() == v1::Change::TOMBSTONED) {
        RETURN_IF_ERROR(resource::RemoveCopy(unit.db(), description, change.resource()));
        continue;
      }
      std::unique_ptr<google::protobuf::Message> after(
          google::protobuf::MessageFactory::generated_factory()->GetPrototype(&description.message())->New());
      if (!change.after().UnpackTo(after.get())) return absl::InternalError("change does not hold its resource");
      RETURN_IF_ERROR(resource::PutCopy(unit.db(), description, *after));
    }
    return absl::OkStatus();
  };
}

}  // namespace inspectorate::feed
