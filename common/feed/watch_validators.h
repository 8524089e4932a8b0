// The promises of the feed's contract, one validator each, over what a watcher received. For tests.
#pragma once

#include <chrono>
#include <map>
#include <string>
#include <vector>

#include "inspectorate/feed/v1/feed.pb.h"

namespace inspectorate::feed {

// What came, in order, over all connections of one watcher.
struct Received {
  int connection = 0;
  std::chrono::steady_clock::time_point at;
  v1::WatchChangesResponse message;
};
// From when to when a connection was asked for and open, whatever came over it.
struct Span {
  std::chrono::steady_clock::time_point begun;
  std::chrono::steady_clock::time_point ended;
};
struct WatchHistory {
  std::vector<Received> received;
  // Where each connection began, by office.
  std::map<int, std::map<std::string, uint64_t>> started;
  // Of those that are noted, silence counts from the beginning to the end, also for each office in `started`;
  // of others between messages alone.
  std::map<int, Span> spans;
};
// What of it is about one office, or about none.
WatchHistory OfOffice(const WatchHistory& history, const std::string& office);

// Each returns what is wrong, empty when the promise is kept.
std::string CheckOrdered(const WatchHistory& history);
std::string CheckUnique(const WatchHistory& history);
std::string CheckReliable(const WatchHistory& history);
std::string CheckAtomic(const WatchHistory& history);
std::string CheckResumable(const WatchHistory& history);
std::string CheckBookmarkable(const WatchHistory& history, std::chrono::milliseconds interval);

}  // namespace inspectorate::feed
