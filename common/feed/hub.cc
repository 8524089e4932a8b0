#include "common/feed/hub.h"

#include <algorithm>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <optional>
#include <thread>
#include <utility>
#include <vector>

#include "common/base/macros.h"
#include "common/base/sabotage.h"
#include "common/feed/event_log.h"
#include "common/obs/log.h"
#include "common/status/error.h"
#include "inspectorate/feed/v1/feed.pb.h"

namespace inspectorate::feed {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

// How soon the next round follows: nothing to do, a reader must take what is queued first, more to read.
constexpr milliseconds kPoll{100};
constexpr milliseconds kSoon{5};
constexpr milliseconds kAtOnce{0};

constexpr int kBatch = 200;
// Transactions are put together in a message up to this size; a larger transaction is a message of its own.
constexpr size_t kMessageBytes = 128 * 1024;
// What may be queued on a stream. Well below the server's limit for a stream, at which it would be cut; a
// single larger message always fits an empty queue.
constexpr size_t kMaxBacklog = 256 * 1024;
// What a round remembers of the changes that it has read: hundreds of streams that come back at once stand at
// hundreds of positions.
constexpr size_t kMaxRemembered = size_t{16} * 1024 * 1024;
constexpr auto kAskAgain = std::chrono::seconds(10);

// Where a stream is in the feed of one office.
struct Cursor {
  uint64_t at = 0;
  std::string epoch;
  std::optional<uint64_t> announced;  // by the last bookmark
  steady_clock::time_point bookmarked;
};

struct Stream {
  Subscription subscription;
  roster::Offices offices;
  std::optional<steady_clock::time_point> asked;  // when `offices` was
  std::map<std::string, Cursor> cursors;
  std::optional<steady_clock::time_point> sent;           // the last message
  std::optional<steady_clock::time_point> stalled_since;  // something waits to be taken
};

// Changes after a position, as they were read last. Streams at the same position share them; of those at
// different ones the oldest make room.
class Batches {
 public:
  using Key = std::pair<std::string, uint64_t>;  // office and position
  using Batch = std::vector<v1::Change>;

  // Null when it is not remembered. Valid until the next Put.
  const Batch* Find(const Key& key) const {
    const auto it = batches_.find(key);
    return it == batches_.end() ? nullptr : &it->second;
  }
  const Batch* Put(const Key& key, Batch batch) {
    const size_t bytes = BytesOf(batch);
    while (!order_.empty() && bytes_ + bytes > kMaxRemembered) {
      bytes_ -= BytesOf(batches_.at(order_.front()));
      batches_.erase(order_.front());
      order_.pop_front();
    }
    bytes_ += bytes;
    order_.push_back(key);
    return &(batches_[key] = std::move(batch));
  }

 private:
  static size_t BytesOf(const Batch& batch) {
    size_t bytes = 0;
    for (const v1::Change& change : batch) bytes += change.SpaceUsedLong();
    return bytes;
  }

  std::map<Key, Batch> batches_;
  std::deque<Key> order_;  // in which they came
  size_t bytes_ = 0;
};

// What one look at the database gives to all streams.
class Round {
 public:
  static absl::StatusOr<Round> Begin(db::Session& session) {
    Round round(session);
    ASSIGN_OR_RETURN(round.epoch_, ReadEpoch(session));
    ASSIGN_OR_RETURN(db::Rows rows, session.Query("SELECT office, position FROM feed_head"));
    for (size_t i = 0; i < rows.size(); ++i) {
      round.heads_[rows.at(i, "office").AsString()] = rows.at(i, "position").AsUint();
    }
    return round;
  }

  db::Session& session() { return session_; }
  const std::string& epoch() const { return epoch_; }
  const std::map<std::string, uint64_t>& heads() const { return heads_; }
  uint64_t HeadOf(const std::string& office) const {
    auto it = heads_.find(office);
    return it == heads_.end() ? 0 : it->second;
  }

  // Changes after a position; valid until it is asked for others. FEED_POSITION_EXPIRED when they are not
  // kept any more.
  absl::StatusOr<const std::vector<v1::Change>*> After(const std::string& office, uint64_t position) {
    const std::vector<v1::Change>* batch = batches_.Find({office, position});
    if (batch == nullptr) {
      ASSIGN_OR_RETURN(std::vector<v1::Change> read, ReadAfter(session_, office, position, kBatch));
      batch = batches_.Put({office, position}, std::move(read));
    }
    if (batch->empty() || batch->front().previous_position() != position) {
      return Error(ErrorReason::FEED_POSITION_EXPIRED, {{"position", std::to_string(position)}});
    }
    return batch;
  }

 private:
  explicit Round(db::Session& session) : session_(session) {}

  db::Session& session_;
  std::string epoch_;
  std::map<std::string, uint64_t> heads_;
  Batches batches_;
};

// Speaks of the round and not of the stream that met it: the database failed, or the round has had its time.
bool IsOfTheRound(const absl::Status& status) {
  const ErrorReason reason = ReasonOf(status);
  return db::SqlErrorOf(status) != db::SqlError::kNone || reason == ErrorReason::DEADLINE_SPENT ||
         reason == ErrorReason::OVERLOADED || reason == ErrorReason::DATABASE_UNAVAILABLE;
}

// Serves one stream in one round.
class Server {
 public:
  Server(Round& round, Stream& stream, milliseconds bookmark_every, milliseconds max_stall)
      : round_(round),
        stream_(stream),
        bookmark_every_(bookmark_every),
        max_stall_(max_stall),
        now_(steady_clock::now()) {}

  // Any error ends the stream, but those of the round: in the next one all may be well.
  absl::StatusOr<milliseconds> Serve() {
    RETURN_IF_ERROR(AskOffices());
    milliseconds pause = kPoll;
    for (const std::string& office : Offices()) {
      ASSIGN_OR_RETURN(milliseconds wanted, ServeOffice(office));
      pause = std::min(pause, wanted);
    }
    if (!stream_.sent || now_ - *stream_.sent >= bookmark_every_) Send({});
    if (stream_.stalled_since && now_ - *stream_.stalled_since > max_stall_) {
      return Error(ErrorReason::SLOW_CONSUMER);
    }
    return pause;
  }

 private:
  absl::Status AskOffices() {
    if (stream_.asked && now_ - *stream_.asked < kAskAgain) return absl::OkStatus();
    ASSIGN_OR_RETURN(stream_.offices, stream_.subscription.readable(round_.session()));
    stream_.asked = now_;
    return absl::OkStatus();
  }

  std::vector<std::string> Offices() const {
    if (!stream_.offices.all) return stream_.offices.slugs;
    std::set<std::string> offices;
    for (const auto& [office, head] : round_.heads()) offices.insert(office);
    for (const auto& [office, start] : stream_.subscription.starts) offices.insert(office);
    return {offices.begin(), offices.end()};
  }

  Cursor& CursorOf(const std::string& office) {
    auto [it, fresh] = stream_.cursors.try_emplace(office);
    if (fresh) {
      it->second.bookmarked = now_;
      auto start = stream_.subscription.starts.find(office);
      if (start != stream_.subscription.starts.end()) {
        it->second.at = start->second.after;
        it->second.epoch = start->second.epoch;
        if (INSPECTORATE_BROKEN("watch_resumes") && it->second.at < round_.HeadOf(office)) ++it->second.at;
      }
      if (it->second.epoch.empty()) it->second.epoch = round_.epoch();
    }
    return it->second;
  }

  absl::StatusOr<milliseconds> ServeOffice(const std::string& office) {
    Cursor& cursor = CursorOf(office);
    if (cursor.epoch != round_.epoch()) {
      return Error(ErrorReason::FEED_EPOCH_CHANGED, {{"epoch", round_.epoch()}});
    }
    const uint64_t head = round_.HeadOf(office);
    if (cursor.at > head) {
      return Error(ErrorReason::FEED_POSITION_AHEAD,
                   {{"position", std::to_string(cursor.at)}, {"head", std::to_string(head)}});
    }
    bool taken = true;
    if (cursor.at < head) {
      ASSIGN_OR_RETURN(const std::vector<v1::Change>* changes, round_.After(office, cursor.at));
      taken = SendChanges(*changes, &cursor.at);
    }
    taken = taken && Bookmark(office, cursor, cursor.at >= head);
    if (!taken) return kSoon;
    return cursor.at < head ? kAtOnce : kPoll;
  }

  // Sends as much as the reader takes, moving `at`. False when something was left.
  bool SendChanges(const std::vector<v1::Change>& changes, uint64_t* at) {
    const auto& types = stream_.subscription.resource_types;
    v1::WatchChangesResponse response;
    size_t bytes = 0;
    for (size_t i = 0; i < changes.size(); ++i) {
      const v1::Change& change = changes[i];
      if (types.empty() || types.contains(change.resource_type())) {
        *response.add_changes() = change;
        bytes += change.ByteSizeLong();
      }
      const bool whole = change.transaction_index() + 1 == change.transaction_count();
      if (!whole || (bytes < kMessageBytes && i + 1 < changes.size())) continue;
      if (response.changes_size() > 0 && !Send(response)) return false;
      *at = change.position();
      response.Clear();
      bytes = 0;
    }
    return true;
  }

  bool Bookmark(const std::string& office, Cursor& cursor, bool caught_up) {
    const bool news = caught_up && cursor.announced != cursor.at;
    if (!news && now_ - cursor.bookmarked < bookmark_every_) return true;
    v1::WatchChangesResponse response;
    response.mutable_bookmark()->set_office(office);
    response.mutable_bookmark()->set_position(cursor.at);
    response.mutable_bookmark()->set_epoch(cursor.epoch);
    if (!Send(response)) return false;
    cursor.announced = cursor.at;
    cursor.bookmarked = now_;
    return true;
  }

  // False when the reader must first take what is queued: once something had to wait, everything waits until
  // the queue is empty, so that no bookmark slips by and hides the stall.
  bool Send(const v1::WatchChangesResponse& response) {
    rpc::StreamSink& sink = *stream_.subscription.sink;
    const size_t backlog = sink.backlog();
    if (backlog > 0 && (stream_.stalled_since || backlog + response.ByteSizeLong() > kMaxBacklog)) {
      if (!stream_.stalled_since) stream_.stalled_since = now_;
      return false;
    }
    stream_.stalled_since.reset();
    stream_.sent = now_;
    return sink.Send(response);
  }

  Round& round_;
  Stream& stream_;
  const milliseconds bookmark_every_;
  const milliseconds max_stall_;
  const steady_clock::time_point now_;
};

class PollingHub : public Hub {
 public:
  PollingHub(db::Database& database, milliseconds bookmark_every, milliseconds max_stall,
             milliseconds max_round)
      : database_(database),
        bookmark_every_(bookmark_every),
        max_stall_(max_stall),
        max_round_(max_round),
        thread_([this] { Run(); }) {}

  ~PollingHub() override {
    {
      std::lock_guard<std::mutex> lock(shared_->mutex);
      shared_->stopping = true;
    }
    shared_->wake.notify_all();
    thread_.join();
    Streams left;
    {
      std::lock_guard<std::mutex> lock(shared_->mutex);
      left.swap(shared_->streams);
    }
    for (auto& [id, stream] : left) stream->subscription.sink->Finish(Error(ErrorReason::SHUTTING_DOWN));
  }

  void Nudge() override {
    {
      std::lock_guard<std::mutex> lock(shared_->mutex);
      if (shared_->streams.empty()) return;  // a new stream looks by itself
      shared_->nudged = true;
    }
    shared_->wake.notify_one();
  }

  std::function<void()> Subscribe(Subscription subscription) override {
    auto stream = std::make_shared<Stream>();
    stream->subscription = std::move(subscription);
    uint64_t id = 0;
    {
      std::lock_guard<std::mutex> lock(shared_->mutex);
      id = ++shared_->last_id;
      shared_->streams[id] = std::move(stream);
      shared_->nudged = true;
    }
    shared_->wake.notify_one();
    return [shared = shared_, id] { shared->Remove(id); };
  }

 private:
  using Streams = std::map<uint64_t, std::shared_ptr<Stream>>;

  // What ended streams still refer to, perhaps longer than the hub lives.
  struct Shared {
    std::mutex mutex;
    std::condition_variable wake;
    Streams streams;
    uint64_t last_id = 0;
    bool nudged = false;
    bool stopping = false;

    void Remove(uint64_t id) {
      std::shared_ptr<Stream> removed;  // let go without the lock: it may be the last to hold its call
      std::lock_guard<std::mutex> lock(mutex);
      auto it = streams.find(id);
      if (it == streams.end()) return;
      removed = std::move(it->second);
      streams.erase(it);
    }
  };

  void Run() {
    milliseconds pause = kPoll;
    std::unique_lock<std::mutex> lock(shared_->mutex);
    while (true) {
      shared_->wake.wait_for(lock, pause, [this] { return shared_->stopping || shared_->nudged; });
      if (shared_->stopping) return;
      shared_->nudged = false;
      pause = kPoll;
      if (shared_->streams.empty()) continue;
      Streams streams = shared_->streams;
      lock.unlock();
      pause = ServeAll(streams);
      streams.clear();
      lock.lock();
    }
  }

  // All, beginning after the one that was served last.
  std::vector<std::pair<uint64_t, Stream*>> InTurn(const Streams& streams) const {
    std::vector<std::pair<uint64_t, Stream*>> turn;
    const auto begin = streams.upper_bound(last_);
    for (auto it = begin; it != streams.end(); ++it) turn.emplace_back(it->first, it->second.get());
    for (auto it = streams.begin(); it != begin; ++it) turn.emplace_back(it->first, it->second.get());
    return turn;
  }

  milliseconds ServeAll(const Streams& streams) {
    milliseconds pause = kPoll;
    std::vector<uint64_t> ended;
    absl::Status status =
        database_.Read(db::Budget::Of(max_round_), [&](db::Session& session) -> absl::Status {
          ASSIGN_OR_RETURN(Round round, Round::Begin(session));
          bool first = true;
          for (const auto& [id, stream] : InTurn(streams)) {
            auto wanted = Server(round, *stream, bookmark_every_, max_stall_).Serve();
            const bool broke = !wanted.ok() && IsOfTheRound(wanted.status());
            // The one that a round broke at comes first in the next; unless it was the first already.
            if (!broke || first) last_ = id;
            if (broke) return wanted.status();
            first = false;
            if (wanted.ok()) {
              pause = std::min(pause, *wanted);
            } else {
              stream->subscription.sink->Finish(wanted.status());
              ended.push_back(id);
              obs::Log(obs::Severity::kWarning, "feed_watch_ended",
                       {{"reason", type::v1::ErrorReason_Name(ReasonOf(wanted.status()))},
                        {"why", std::string(wanted.status().message())}});
            }
          }
          return absl::OkStatus();
        });
    if (!status.ok()) {
      obs::Log(obs::Severity::kWarning, "feed_poll_failed", {{"why", std::string(status.message())}});
      pause = kPoll;
    }
    for (uint64_t id : ended) shared_->Remove(id);
    return pause;
  }

  db::Database& database_;
  const milliseconds bookmark_every_;
  const milliseconds max_stall_;
  const milliseconds max_round_;
  uint64_t last_ = 0;  // of the thread: the stream that was served last
  const std::shared_ptr<Shared> shared_ = std::make_shared<Shared>();
  std::thread thread_;  // last: starts when the rest is there
};

}  // namespace

std::unique_ptr<Hub> Hub::Start(db::Database& database, milliseconds bookmark_every, milliseconds max_stall,
                                milliseconds max_round) {
  return std::make_unique<PollingHub>(database, bookmark_every, max_stall, max_round);
}

}  // namespace inspectorate::feed
