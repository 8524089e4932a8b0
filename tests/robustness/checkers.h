// What must hold after a run whatever was killed, cut or delayed: one function a sentence, pure over what was
// observed. Each returns what is wrong, at most a handful of complaints; nothing when its sentence holds.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "common/feed/watch_validators.h"
#include "inspectorate/feed/v1/feed.pb.h"
#include "inspectorate/reporting/v1/audit.pb.h"
#include "tests/robustness/history.h"

namespace inspectorate::robustness {

// A resource as a table holds it, or as the feed says it should be.
struct Row {
  int64_t revision = 0;
  std::string content{};  // the message without its sensitive fields, deterministic bytes
  bool operator==(const Row&) const = default;
};

// The rows of one resource type in one service: its own, or a copy of a source's.
struct Table {
  std::string service{};
  std::string source{};               // empty: the service's own
  std::string type{};                 // "inspectorate/Visit"
  std::map<std::string, Row> rows{};  // by resource name, those of the office only
};

// The feed of one service for the office, as its table of events holds it.
struct Feed {
  std::vector<feed::v1::Change> changes{};
  uint64_t head = 0;      // what the counter says
  uint64_t baseline = 0;  // what stood there before the workload began
};

struct Serial {
  int year = 0;
  int serial = 0;
};

// All rows of the tables of a schema that hold the office's, each as one text, in order; by table.
using Dump = std::map<std::string, std::vector<std::string>>;

// A process that ended before it was asked to.
struct End {
  std::string process{};    // "visits 0", "database"
  int status = 0;           // of its exit, or 128 + the signal
  bool caused = false;      // by the nemesis, or by a failpoint, which says so before it kills
  std::string last_said{};  // the end of its log
};

// How far the services say they are, in silence: one look at all of them.
struct Look {
  std::map<std::string, uint64_t> heads{};                           // by service, of those that answered
  std::map<std::string, std::map<std::string, uint64_t>> applied{};  // by service and source
};

// Of one office.
struct Observation {
  std::vector<Record> history{};
  std::map<std::string, int> stopped{};  // why loops ended early, with how often
  std::map<std::string, Feed> feeds{};   // by service
  std::vector<Table> tables{};
  std::map<std::string, std::vector<feed::WatchHistory>> watches{};  // by service: each of its watchers
  std::chrono::milliseconds longest_silence{20'000};  // that a watcher may bear, faults included
  // The projection of reporting as it is, and as it becomes when it starts from empty.
  Dump projection{};
  Dump rebuilt{};
  std::vector<Serial> notices{};
  std::map<int, int> last_serials{};               // by year: what the counter says
  std::vector<reporting::v1::LoopAudit> audits{};  // while it ran, and the last one in silence
  std::vector<End> ends{};
  // Looks in silence, a moment apart; and what did not come to rest for another reason.
  std::vector<Look> rest{};
  std::vector<std::string> unrest{};
};

using Complaints = std::vector<std::string>;

// Acknowledged ⊆ state: what was answered with OK is in the feed with that revision, by that request, and in
// the table.
Complaints CheckAcknowledgedIsThere(const Observation& seen);
// State ⊆ attempted: what users changed was asked for, and not only ever refused.
Complaints CheckStateWasAttempted(const Observation& seen);
// One request id has one effect.
Complaints CheckOneEffect(const Observation& seen);
// One request id has one answer.
Complaints CheckOneAnswer(const Observation& seen);
// What took effect is not refused: not after it was acknowledged, and not as the last that its caller heard.
Complaints CheckRefusedHadNoEffect(const Observation& seen);
// No loop ends early because one of its calls is refused.
Complaints CheckLoopsGoThrough(const Observation& seen);
// An answer is about the resource that was asked for.
Complaints CheckAnswersAreToThePoint(const Observation& seen);
// A read that began after an answer shows at least what that answer said.
Complaints CheckReadsSeeAcknowledged(const Observation& seen);
// Nothing is answered with an internal error.
Complaints CheckNoInternalError(const Observation& seen);
// The versions of each resource follow one another, none twice.
Complaints CheckVersionChains(const Observation& seen);
// Positions are 1 to the head without a gap, transactions whole.
Complaints CheckFeedGapFree(const Observation& seen);
// Every change carries the digest of the state after it.
Complaints CheckDigests(const Observation& seen);
// Replaying the feed from empty gives every table of its owner.
Complaints CheckReplayRebuilds(const Observation& seen);
// Every copy in another service is the fold of its source's feed.
Complaints CheckProjectionIsFold(const Observation& seen);
// The projection of reporting, derived tables included, is what its code makes of the feeds from the
// beginning.
Complaints CheckProjectionRebuilds(const Observation& seen);
// What watchers received, over all their connections: each guarantee of the contract, what the feed says at
// each position, and in the end everything.
Complaints CheckWatches(const Observation& seen);
// Document numbers are 1 to the last in each year.
Complaints CheckNumbersGapFree(const Observation& seen);
// E1 to E4 hold in every audit: by their terms, not by their word; and the terms of E1 and E2 are what the
// feeds say at the audit's positions.
Complaints CheckEquations(const Observation& seen);
// No process ends but by SIGKILL of somebody who says so.
Complaints CheckNoneFell(const Observation& seen);
// After the last fault everything comes to rest by itself.
Complaints CheckSettles(const Observation& seen);

struct Checker {
  std::string_view name;
  Complaints (*check)(const Observation& seen);
};
// All of the above, by the name of the function without "Check".
const std::vector<Checker>& AllCheckers();

}  // namespace inspectorate::robustness
