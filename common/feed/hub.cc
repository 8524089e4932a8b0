#include "common/feed/hub.h"

#include <condition_variable>
#include <mutex>
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

using std::chrono::steady_clock;

constexpr auto kPoll = std::chrono::milliseconds(100);
constexpr int kBatch = 200;
// A stream with more than this queued is left alone until it drains, and ended when it does not.
constexpr size_t kMaxBacklog = 256 * 1024;
constexpr auto kMaxStall = std::chrono::seconds(10);

struct Stream {
  Subscription subscription;
  std::map<std::string, steady_clock::time_point> bookmarked;
  std::map<std::string, uint64_t> announced;  // position of the last bookmark
  steady_clock::time_point stalled_since{};
};

class PollingHub : public Hub {
 public:
  PollingHub(db::Database& database, std::chrono::milliseconds bookmark_every)
      : database_(database), bookmark_every_(bookmark_every), thread_([this] { Run(); }) {}

  ~PollingHub() override {
    {
      std::lock_guard<std::mutex> lock(mutex_);
      stopping_ = true;
    }
    wake_.notify_all();
    thread_.join();
    for (auto& [id, stream] : streams_) stream->subscription.sink->Finish(Error(ErrorReason::SHUTTING_DOWN));
  }

  void Nudge() override {
    {
      std::lock_guard<std::mutex> lock(mutex_);
      nudged_ = true;
    }
    wake_.notify_one();
  }

  uint64_t Subscribe(Subscription subscription) override {
    uint64_t id;
    {
      std::lock_guard<std::mutex> lock(mutex_);
      id = ++last_id_;
      auto stream = std::make_shared<Stream>();
      stream->subscription = std::move(subscription);
      streams_[id] = std::move(stream);
      nudged_ = true;
    }
    wake_.notify_one();
    return id;
  }

  void Unsubscribe(uint64_t id) override {
    std::lock_guard<std::mutex> lock(mutex_);
    streams_.erase(id);
  }

 private:
  void Run() {
    std::unique_lock<std::mutex> lock(mutex_);
    while (!stopping_) {
      const bool more = std::exchange(nudged_, false);
      if (!more) wake_.wait_for(lock, kPoll, [this] { return stopping_ || nudged_; });
      if (stopping_) return;
      nudged_ = false;
      if (streams_.empty()) continue;
      auto streams = streams_;
      lock.unlock();
      const bool again = Serve(streams);
      lock.lock();
      nudged_ = nudged_ || again;
    }
  }

  // One round over all streams; true when some stream has more to read at once.
  bool Serve(const std::map<uint64_t, std::shared_ptr<Stream>>& streams) {
    bool again = false;
    absl::Status status = database_.Read(db::Budget::Of(std::chrono::seconds(5)), [&](db::Session& session) -> absl::Status {
      ASSIGN_OR_RETURN(std::string epoch, ReadEpoch(session));
      ASSIGN_OR_RETURN(db::Rows heads, session.Query("SELECT office, position FROM feed_head"));
      Batches batches;
      for (const auto& [id, stream] : streams) {
        ASSIGN_OR_RETURN(bool more, ServeStream(session, epoch, heads, *stream, batches));
        again = again || more;
      }
      return absl::OkStatus();
    });
    if (!status.ok()) obs::Log(obs::Severity::kWarning, "feed_poll_failed", {{"why", std::string(status.message())}});
    return again;
  }

  using Batches = std::map<std::pair<std::string, uint64_t>, std::vector<v1::Change>>;

  absl::StatusOr<bool> ServeStream(db::Session& session, const std::string& epoch, const db::Rows& heads, Stream& stream,
                                   Batches& batches) {
    Subscription& wanted = stream.subscription;
    if (Stalled(stream)) return false;
    bool again = false;
    for (size_t i = 0; i < heads.size(); ++i) {
      const std::string office = heads.at(i, "office").AsString();
      if (wanted.office.empty() ? !wanted.visible(office) : wanted.office != office) continue;
      if (auto expected = wanted.epochs.find(office);
          expected != wanted.epochs.end() && !expected->second.empty() && expected->second != epoch) {
        wanted.sink->Finish(Error(ErrorReason::FEED_EPOCH_CHANGED, {{"epoch", epoch}}));
        return false;
      }
      const uint64_t head = heads.at(i, "position").AsUint();
      uint64_t& at = wanted.after[office];
      if (at > head) {
        wanted.sink->Finish(Error(ErrorReason::FEED_POSITION_AHEAD,
                                  {{"position", std::to_string(at)}, {"head", std::to_string(head)}}));
        return false;
      }
      if (at < head) {
        auto [batch, fresh] = batches.try_emplace({office, at});
        if (fresh) {
          ASSIGN_OR_RETURN(batch->second, ReadAfter(session, office, at, kBatch));
        }
        if (batch->second.empty()) continue;
        at = batch->second.back().position();
        SendChanges(stream, batch->second);
        again = again || at < head;
      }
      if (at >= head) Bookmark(stream, office, at, epoch);
    }
    return again;
  }

  static void SendChanges(Stream& stream, const std::vector<v1::Change>& changes) {
    v1::WatchChangesResponse response;
    const auto& types = stream.subscription.resource_types;
    for (const v1::Change& change : changes) {
      if (types.empty() || types.contains(change.resource_type())) *response.add_changes() = change;
    }
    if (response.changes_size() > 0) stream.subscription.sink->Send(response);
  }

  void Bookmark(Stream& stream, const std::string& office, uint64_t position, const std::string& epoch) {
    const auto now = steady_clock::now();
    auto last = stream.bookmarked.find(office);
    if (last != stream.bookmarked.end() && now - last->second < bookmark_every_ &&
        stream.announced[office] == position) {
      return;
    }
    stream.bookmarked[office] = now;
    stream.announced[office] = position;
    v1::WatchChangesResponse response;
    response.mutable_bookmark()->set_office(office);
    response.mutable_bookmark()->set_position(position);
    response.mutable_bookmark()->set_epoch(epoch);
    stream.subscription.sink->Send(response);
  }

  static bool Stalled(Stream& stream) {
    const auto now = steady_clock::now();
    if (stream.subscription.sink->backlog() <= kMaxBacklog) {
      stream.stalled_since = {};
      return false;
    }
    if (stream.stalled_since == steady_clock::time_point{}) stream.stalled_since = now;
    if (now - stream.stalled_since > kMaxStall) stream.subscription.sink->Finish(Error(ErrorReason::SLOW_CONSUMER));
    return true;
  }

  db::Database& database_;
  const std::chrono::milliseconds bookmark_every_;
  std::mutex mutex_;
  std::condition_variable wake_;
  std::map<uint64_t, std::shared_ptr<Stream>> streams_;
  uint64_t last_id_ = 0;
  bool nudged_ = false;
  bool stopping_ = false;
  std::thread thread_;  // last: starts when the rest is there
};

}  // namespace

std::unique_ptr<Hub> Hub::Start(db::Database& database, std::chrono::milliseconds bookmark_every) {
  return std::make_unique<PollingHub>(database, bookmark_every);
}

}  // namespace inspectorate::feed
