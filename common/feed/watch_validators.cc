#include "common/feed/watch_validators.h"

#include <functional>
#include <set>
#include <utility>

namespace inspectorate::feed {
namespace {

using Stream = std::pair<int, std::string>;  // connection and office

std::string At(const Received& received, const v1::Change& change) {
  return "connection " + std::to_string(received.connection) + ", " + change.office() + " " +
         std::to_string(change.position());
}

// The first complaint about a change, in order of arrival.
std::string ForEach(const WatchHistory& history,
                    const std::function<std::string(const Received&, const v1::Change&)>& check) {
  for (const Received& received : history.received) {
    for (const v1::Change& change : received.message.changes()) {
      std::string wrong = check(received, change);
      if (!wrong.empty()) return At(received, change) + ": " + wrong;
    }
  }
  return {};
}

uint64_t StartOf(const WatchHistory& history, const Stream& stream) {
  auto connection = history.started.find(stream.first);
  if (connection == history.started.end()) return 0;
  auto office = connection->second.find(stream.second);
  return office == connection->second.end() ? 0 : office->second;
}

}  // namespace

std::string CheckOrdered(const WatchHistory& history) {
  std::map<Stream, uint64_t> last;
  return ForEach(history, [&](const Received& received, const v1::Change& change) -> std::string {
    uint64_t& before = last[{received.connection, change.office()}];
    if (change.position() < before) return "came after " + std::to_string(before);
    before = change.position();
    return {};
  });
}

std::string CheckUnique(const WatchHistory& history) {
  std::map<Stream, std::set<uint64_t>> seen;
  return ForEach(history, [&](const Received& received, const v1::Change& change) -> std::string {
    const bool fresh = seen[{received.connection, change.office()}].insert(change.position()).second;
    return fresh ? "" : "came twice";
  });
}

std::string CheckReliable(const WatchHistory& history) {
  std::map<Stream, uint64_t> last;
  return ForEach(history, [&](const Received& received, const v1::Change& change) -> std::string {
    const Stream stream{received.connection, change.office()};
    auto [it, first] = last.try_emplace(stream, StartOf(history, stream));
    if (change.previous_position() != it->second) {
      return "follows " + std::to_string(change.previous_position()) + ", but " + std::to_string(it->second) +
             " came before";
    }
    it->second = change.position();
    return {};
  });
}

std::string CheckAtomic(const WatchHistory& history) {
  for (const Received& received : history.received) {
    int index = 0;
    std::string transaction;
    for (const v1::Change& change : received.message.changes()) {
      if (index == 0) transaction = change.transaction();
      if (change.transaction() != transaction || change.transaction_index() != index) {
        return At(received, change) + ": a transaction is torn";
      }
      index = index + 1 == change.transaction_count() ? 0 : index + 1;
    }
    if (index != 0)
      return "connection " + std::to_string(received.connection) + ": a message ends within a transaction";
  }
  return {};
}

std::string CheckResumable(const WatchHistory& history) {
  // All connections together give the feed once, in order.
  std::map<std::string, uint64_t> last;
  return ForEach(history, [&](const Received&, const v1::Change& change) -> std::string {
    uint64_t& before = last[change.office()];
    if (change.previous_position() != before) return "does not continue " + std::to_string(before);
    before = change.position();
    return {};
  });
}

std::string CheckBookmarkable(const WatchHistory& history, std::chrono::milliseconds interval) {
  std::map<Stream, uint64_t> promised;
  std::map<int, std::chrono::steady_clock::time_point> heard;
  for (const Received& received : history.received) {
    auto [it, first] = heard.try_emplace(received.connection, received.at);
    if (received.at - it->second > interval) return "nothing was heard for longer than a bookmark's interval";
    it->second = received.at;
    for (const v1::Change& change : received.message.changes()) {
      auto mark = promised.find({received.connection, change.office()});
      if (mark != promised.end() && change.position() <= mark->second) {
        return At(received, change) + ": came after the bookmark " + std::to_string(mark->second);
      }
    }
    if (received.message.has_bookmark()) {
      const v1::Bookmark& bookmark = received.message.bookmark();
      promised[{received.connection, bookmark.office()}] = bookmark.position();
    }
  }
  return {};
}

}  // namespace inspectorate::feed
