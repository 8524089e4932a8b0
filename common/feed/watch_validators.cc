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

namespace {

// When a connection, and each office on it, was last heard of.
class Silences {
 public:
  Silences(const WatchHistory& history, std::chrono::milliseconds longest)
      : history_(history), longest_(longest) {
    for (const auto& [connection, span] : history.spans) {
      connections_[connection] = span.begun;
      const auto started = history.started.find(connection);
      if (started == history.started.end()) continue;
      for (const auto& [office, position] : started->second) offices_[{connection, office}] = span.begun;
    }
  }

  std::string Hear(const Received& received) {
    std::string wrong = Note(connections_, received.connection, received.connection, "", received.at);
    std::string office = received.message.bookmark().office();
    if (received.message.changes_size() > 0) office = received.message.changes(0).office();
    if (!office.empty() && history_.spans.contains(received.connection))
      wrong += Note(offices_, Stream{received.connection, office}, received.connection, office, received.at);
    return wrong;
  }

  // The last of each, up to the end of its connection.
  std::string End() {
    std::string wrong;
    for (const auto& [connection, span] : history_.spans)
      wrong += Note(connections_, connection, connection, "", span.ended);
    for (auto& [stream, heard] : std::map(offices_))
      wrong += Note(offices_, stream, stream.first, stream.second, history_.spans.at(stream.first).ended);
    return wrong;
  }

 private:
  template <class Key>
  std::string Note(std::map<Key, std::chrono::steady_clock::time_point>& heard, const Key& key,
                   int connection, const std::string& office, std::chrono::steady_clock::time_point at) {
    auto [it, first] = heard.try_emplace(key, at);
    const auto silence = std::chrono::duration_cast<std::chrono::milliseconds>(at - it->second);
    it->second = at;
    if (silence <= longest_) return {};
    return "connection " + std::to_string(connection) + " heard nothing " +
           (office.empty() ? "" : "of " + office + " ") + "for " + std::to_string(silence.count()) + " ms";
  }

  const WatchHistory& history_;
  const std::chrono::milliseconds longest_;
  std::map<int, std::chrono::steady_clock::time_point> connections_;
  std::map<Stream, std::chrono::steady_clock::time_point> offices_;
};

}  // namespace

std::string CheckBookmarkable(const WatchHistory& history, std::chrono::milliseconds interval) {
  std::map<Stream, uint64_t> promised;
  Silences silences(history, interval);
  for (const Received& received : history.received) {
    if (std::string wrong = silences.Hear(received); !wrong.empty()) return wrong;
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
  return silences.End();
}

WatchHistory OfOffice(const WatchHistory& history, const std::string& office) {
  WatchHistory of{.received = {}, .started = {}, .spans = history.spans};
  for (const Received& received : history.received) {
    const v1::WatchChangesResponse& message = received.message;
    const bool another = message.changes_size() > 0
                             ? message.changes(0).office() != office
                             : message.has_bookmark() && message.bookmark().office() != office;
    if (!another) of.received.push_back(received);
  }
  for (const auto& [connection, offices] : history.started) {
    const auto start = offices.find(office);
    if (start != offices.end()) of.started[connection] = {*start};
  }
  return of;
}

}  // namespace inspectorate::feed
