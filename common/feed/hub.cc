#include "common/feed/hub.h"

#include <algorithm>
#include <condition_variable>
#include <mutex>
#include <optional>
#include <thread>
#include <utility>
#include <vector>

#include "common/base/macros.h"
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

  // Changes after a position; read once, whoever asks. FEED_POSITION_EXPIRED when they are not kept any more.
  absl::StatusOr<const std::vector<v1::Change>*> After(const std::string& office, uint64_t position) {
    auto [batch, fresh] = batches_.try_emplace({office, position});
    if (fresh) {
      ASSIGN_OR_RETURN(batch->second, ReadAfter(session_, office, position, kBatch));
    }
    if (batch->second.empty() || batch->second.front().previous_position() != position) {
      return Error(ErrorReason::FEED_POSITION_EXPIRED, {{"position", std::to_string(position)}});
    }
    return &batch->second;
  }

 private:
  explicit Round(db::Session& session) : session_(session) {}

  db::Session& session_;
  std::string epoch_;
  std::map<std::string, uint64_t> heads_;
  std::map<std::pair<std::string, uint64_t>, std::vector<v1::Change>> batches_;
};

// Serves one stream in one round.
class Server {
 public:
  Server(Round& round, Stream& stream, milliseconds bookmark_every, milliseconds max_stall)
      : round_(round),
        stream_(stream),
        bookmark_every_(bookmark_every),
        max_stall_(max_stall),
        now_(steady_clock::now()) {}

  // Any error ends the stream, but those of the database, which may be well in the next round.
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
  PollingHub(db::Database& database, milliseconds bookmark_every, milliseconds max_stall)
      : database_(database),
        bookmark_every_(bookmark_every),
        max_stall_(max_stall),
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

  milliseconds ServeAll(const Streams& streams) {
    milliseconds pause = kPoll;
    std::vector<uint64_t> ended;
    absl::Status status =
        database_.Read(db::Budget::Of(std::chrono::seconds(5)), [&](db::Session& session) -> absl::Status {
          ASSIGN_OR_RETURN(Round round, Round::Begin(session));
          for (const auto& [id, stream] : streams) {
            auto wanted = Server(round, *stream, bookmark_every_, max_stall_).Serve();
            if (wanted.ok()) {
              pause = std::min(pause, *wanted);
            } else if (db::SqlErrorOf(wanted.status()) != db::SqlError::kNone) {
              return wanted.status();
            } else {
              stream->subscription.sink->Finish(wanted.status());
              ended.push_back(id);
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
  const std::shared_ptr<Shared> shared_ = std::make_shared<Shared>();
  std::thread thread_;  // last: starts when the rest is there
};

}  // namespace

std::unique_ptr<Hub> Hub::Start(db::Database& database, milliseconds bookmark_every, milliseconds max_stall) {
  return std::make_unique<PollingHub>(database, bookmark_every, max_stall);
}

}  // namespace inspectorate::feed
