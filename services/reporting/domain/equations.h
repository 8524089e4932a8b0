// The four equations of the closed loop (design section 9), as pure functions over what was counted. Each
// result carries its terms, the feed positions it is true at, and, when it fails, the ids that differ.
#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <vector>

namespace inspectorate::reporting {

// A place in the feed of a service: "visits", 512.
struct Position {
  std::string source;
  uint64_t position = 0;

  bool operator==(const Position&) const = default;
};

struct Term {
  std::string label_zh;
  std::string label_en;
  int64_t value = 0;
};

struct Equation {
  std::string code;  // "E1"
  bool holds = false;
  std::vector<Term> left;
  std::vector<Term> right;
  std::vector<std::string> only_left;   // ids that only the left side has, ascending
  std::vector<std::string> only_right;  // and only the right side
  std::vector<std::string> in_transit;  // E1: sealed beyond the consumed position
  std::vector<Position> positions;
  // One line each: "E1 capture: 124 findings sealed up to visits@512 = 124 issues registered up to
  // issues@733, 0 in transit; holds".
  std::string text_zh;
  std::string text_en;
};

// E1 capture. Findings go by the id of the issue that they derive.
struct CaptureFacts {
  std::set<std::string> sealed;      // up to visits_consumed
  std::set<std::string> registered;  // issues whose source is a visit
  std::set<std::string> in_transit;  // sealed beyond visits_consumed
  uint64_t visits_consumed = 0;      // position of visits that issues has consumed
  uint64_t issues_position = 0;
};
Equation EvaluateCapture(const CaptureFacts& facts);

// E2 stock. The terms are the owner's own counts of its feed and of its table; the names behind them must
// say the same, and each be in the state that the feed told last. A state that is neither open nor one of the
// five ends belongs to no term: the equation then fails.
struct StockFacts {
  int64_t registered = 0;                              // registrations in the owner's feed
  std::map<std::string, int64_t> rows_by_state;        // in the owner's table: "RECTIFYING"
  std::map<std::string, std::string> ever_registered;  // as the feed told them, with the state it told last
  std::map<std::string, std::string> state_by_issue;   // as the owner lists them
  uint64_t issues_position = 0;
};
Equation EvaluateStock(const StockFacts& facts);

// E3 flow, for (from, to]. What came by transfer counts as registered; reopened counts what had been closed.
struct FlowFacts {
  int64_t open_before = 0;
  int64_t registered = 0;
  int64_t reopened = 0;
  int64_t open_after = 0;
  int64_t closed = 0;
  int64_t waived = 0;
  int64_t transferred = 0;
  int64_t merged = 0;
  int64_t voided = 0;
  uint64_t from = 0;
  uint64_t to = 0;
};
Equation EvaluateFlow(const FlowFacts& facts);

// E4 projection. A digest as events carry it.
struct DigestAt {
  uint64_t position = 0;
  int64_t count = 0;
  std::string sum;  // hexadecimal

  bool operator==(const DigestAt&) const = default;
};
struct ProjectionFacts {
  std::string source;  // whose state: "visits"
  DigestAt owner;      // running digest of the owner's feed, at the copy's position
  DigestAt copy;
  // What the owner's tables hold, and its running digest at that same position: they differ when a row was
  // changed without an event.
  DigestAt owner_table;
  DigestAt owner_at_table;
  // From the drill-down into the buckets that differ: "name@revision".
  std::vector<std::string> only_owner;
  std::vector<std::string> only_copy;
};
// Holds when for every source the tables of the owner equal its feed, and its feed the copy, each pair at one
// position and in count and sum.
Equation EvaluateProjection(const std::vector<ProjectionFacts>& sources);

}  // namespace inspectorate::reporting
