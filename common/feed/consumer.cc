#include "common/feed/consumer.h"

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <map>
#include <mutex>
#include <thread>
#include <utility>

#include "common/base/macros.h"
#include "common/base/sabotage.h"
#include "common/db/failpoint.h"
#include "common/feed/applied.h"
#include "common/feed/digest.h"
#include "common/obs/log.h"
#include "common/obs/metrics.h"
#include "common/status/error.h"

namespace inspectorate::feed {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

constexpr char kWatch[] = "inspectorate.feed.v1.ChangeFeed.WatchChanges";
constexpr milliseconds kFirstBackoff{100};
constexpr milliseconds kMaxBackoff{10'000};

constexpr obs::Metric kFailures{obs::MetricKind::kCounter,
                                "inspectorate_feed_failures_total",
                                "Changes of a source that could not be applied, and streams that broke.",
                                {"source", "reason"}};
constexpr obs::Metric kStandingStill{obs::MetricKind::kGauge,
                                     "inspectorate_feed_offices_standing_still",
                                     "Offices whose next change cannot be applied.",
                                     {"source"}};

milliseconds Longer(milliseconds backoff) {
  return std::min(std::max(backoff * 2, kFirstBackoff), kMaxBackoff);
}

// The checkpoint of one office, as it stands in the transaction that holds its row.
struct Checkpoint {
  uint64_t position = 0;
  std::string epoch;
  Digest digest;
};

constexpr char kReadCheckpoint[] =
    "SELECT position, epoch, digest_count, digest_sum FROM feed_checkpoint"
    " WHERE source = ? AND office = ? FOR UPDATE";
// What changes nothing where there is one: two replicas may take up an office at the same time, and a row
// that is not there yet holds nobody off.
constexpr char kAddCheckpoint[] =
    "INSERT INTO feed_checkpoint (source, office, position, epoch, digest_count, digest_sum)"
    " VALUES (?, ?, 0, '', 0, ?) ON DUPLICATE KEY UPDATE position = position";

absl::StatusOr<Checkpoint> LockCheckpoint(db::Session& db, const std::string& source,
                                          const std::string& office) {
  ASSIGN_OR_RETURN(db::Rows rows, db.Query(kReadCheckpoint, {source, office}));
  if (rows.empty()) {
    RETURN_IF_ERROR(db.Execute(kAddCheckpoint, {source, office, Digest().Sum()}).status());
    ASSIGN_OR_RETURN(rows, db.Query(kReadCheckpoint, {source, office}));
  }
  if (rows.empty()) return absl::InternalError("a checkpoint that was just added is not there");
  Checkpoint checkpoint;
  checkpoint.position = rows.at(0, "position").AsUint();
  checkpoint.epoch = rows.at(0, "epoch").AsString();
  auto digest = Digest::FromParts(rows.at(0, "digest_sum").AsString(), rows.at(0, "digest_count").AsUint());
  if (!digest) return absl::InternalError("checkpoint holds no digest");
  checkpoint.digest = *digest;
  return checkpoint;
}

absl::Status SaveCheckpoint(db::Session& db, const std::string& source, const std::string& office,
                            const Checkpoint& checkpoint) {
  return db
      .Execute(
          "UPDATE feed_checkpoint SET position = ?, epoch = ?, digest_count = ?, digest_sum = ?"
          " WHERE source = ? AND office = ?",
          {checkpoint.position, checkpoint.epoch, checkpoint.digest.count(), checkpoint.digest.Sum(), source,
           office})
      .status();
}

class WatchingConsumer : public Consumer {
 public:
  WatchingConsumer(ConsumerOptions options, rpc::Client& client, work::Writer& writer, Apply apply)
      : options_(std::move(options)),
        client_(client),
        writer_(writer),
        apply_(std::move(apply)),
        thread_([this] { Run(); }) {}

  ~WatchingConsumer() override {
    {
      std::lock_guard<std::mutex> lock(mutex_);
      stopping_ = true;
    }
    wake_.notify_all();
    thread_.join();
  }

  bool healthy() const override { return connected_ && standing_still_ == 0; }

 private:
  // An office whose next change could not be applied.
  struct Halt {
    milliseconds backoff{0};
    steady_clock::time_point until;  // its changes are passed over till then
    bool waiting = false;
  };

  void Run() {
    while (!stopping_) {
      absl::Status status = FollowOnce();
      if (status.ok()) continue;  // ended by this side
      connected_ = false;
      reconnect_ = Longer(reconnect_);
      Count("stream");
      obs::Log(obs::Severity::kWarning, "feed_stream_ended",
               {{"source", options_.source}, {"why", std::string(status.message())}});
      std::unique_lock<std::mutex> lock(mutex_);
      wake_.wait_for(lock, reconnect_, [this] { return stopping_.load(); });
    }
  }

  // Reads from the checkpoints on, until the stream breaks or an office is due to be tried again: what was
  // passed over for it must then be read once more.
  absl::Status FollowOnce() {
    for (auto& [office, halt] : halts_) {
      if (halt.until <= steady_clock::now()) halt.waiting = false;
    }
    v1::WatchChangesRequest request;
    request.set_parent("offices/-");
    RETURN_IF_ERROR(LoadCursors(&request));
    bool ended_here = false;
    auto stop = [&] { return ended_here = ended_here || stopping_ || RetryDue(); };
    RETURN_IF_ERROR(client_.Stream(
        kWatch, request, v1::WatchChangesResponse::default_instance(),
        [&](const rpc::Message& message) {
          Take(static_cast<const v1::WatchChangesResponse&>(message));
          return !stop();
        },
        stop));
    if (ended_here) return absl::OkStatus();
    return Error(ErrorReason::PEER_UNAVAILABLE, {{"service", options_.source}});
  }

  absl::Status LoadCursors(v1::WatchChangesRequest* request) {
    return writer_.database().Read(
        db::Budget::Of(std::chrono::seconds(10)), [&](db::Session& session) -> absl::Status {
          request->clear_cursors();
          ASSIGN_OR_RETURN(
              db::Rows rows,
              session.Query("SELECT office, position, epoch FROM feed_checkpoint WHERE source = ?",
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

  void Take(const v1::WatchChangesResponse& message) {
    connected_ = true;
    reconnect_ = milliseconds(0);
    if (message.changes_size() == 0) return;
    const std::string& office = message.changes(0).office();
    auto halt = halts_.find(office);
    if (halt != halts_.end() && halt->second.waiting) return;
    absl::Status status = ApplyMessage(office, message);
    if (status.ok()) {
      halts_.erase(office);
    } else {
      StandStill(office, status);
    }
    standing_still_ = halts_.size();
    obs::ProcessMetrics().Set(kStandingStill, {options_.source}, static_cast<double>(halts_.size()));
  }

  void StandStill(const std::string& office, const absl::Status& status) {
    Halt& halt = halts_[office];
    halt.backoff = Longer(halt.backoff);
    halt.until = steady_clock::now() + halt.backoff;
    halt.waiting = true;
    Count("apply");
    obs::Log(obs::Severity::kError, "feed_office_stands_still",
             {{"source", options_.source}, {"office", office}, {"why", std::string(status.message())}});
  }

  bool RetryDue() const {
    return std::any_of(halts_.begin(), halts_.end(), [now = steady_clock::now()](const auto& entry) {
      return entry.second.waiting && entry.second.until <= now;
    });
  }

  void Count(std::string_view reason) { obs::ProcessMetrics().Count(kFailures, {options_.source, reason}); }

  absl::Status ApplyMessage(const std::string& office, const v1::WatchChangesResponse& message) {
    const work::Actor actor{
        .subject = options_.self, .display_name = options_.self, .request_id = {}, .trace_id = {}};
    std::vector<v1::Change> apart;  // filled only where the cure is broken
    RETURN_IF_ERROR(writer_.RunInternal(
        db::Budget::Of(std::chrono::seconds(60)), actor, [&](work::Unit& unit) -> absl::Status {
          ASSIGN_OR_RETURN(Checkpoint checkpoint, LockCheckpoint(unit.db(), options_.source, office));
          std::vector<v1::Change> fresh;
          for (const v1::Change& change : message.changes()) {
            RETURN_IF_ERROR(CheckEpoch(checkpoint, change));
            if (change.position() <= checkpoint.position) continue;
            if (change.previous_position() != checkpoint.position) {
              Count("hole");
              return absl::InternalError("a hole in the feed after position " +
                                         std::to_string(checkpoint.position));
            }
            checkpoint.position = change.position();
            checkpoint.epoch = change.epoch();
            fresh.push_back(change);
          }
          if (fresh.empty()) return absl::OkStatus();
          RETURN_IF_ERROR(NoteApplied(unit.db(), options_.source, office, fresh, &checkpoint.digest));
          if (INSPECTORATE_BROKEN("checkpoint_with_changes")) {
            apart = fresh;
          } else {
            RETURN_IF_ERROR(apply_(unit, fresh));
          }
          return SaveCheckpoint(unit.db(), options_.source, office, checkpoint);
        }));
    if (apart.empty()) return absl::OkStatus();
    db::HitFailpoint(db::kBetweenTransactions, 0);
    return writer_.RunInternal(db::Budget::Of(std::chrono::seconds(60)), actor,
                               [&](work::Unit& unit) { return apply_(unit, apart); });
  }

  // Positions of different epochs do not compare.
  static absl::Status CheckEpoch(const Checkpoint& checkpoint, const v1::Change& change) {
    if (checkpoint.epoch.empty() || checkpoint.epoch == change.epoch()) return absl::OkStatus();
    return Error(ErrorReason::FEED_EPOCH_CHANGED, {{"epoch", change.epoch()}});
  }

  const ConsumerOptions options_;
  rpc::Client& client_;
  work::Writer& writer_;
  const Apply apply_;
  std::map<std::string, Halt> halts_;  // of the thread
  milliseconds reconnect_{0};          // of the thread
  std::atomic<bool> connected_ = false;
  std::atomic<size_t> standing_still_ = 0;
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

}  // namespace inspectorate::feed
