// What the callers of a run did and were told: one record an attempt, on one monotonic clock. An attempt has
// three outcomes: done, refused, or unknown, where the caller cannot tell whether it took effect.
#pragma once

#include <chrono>
#include <cstdint>
#include <fstream>
#include <mutex>
#include <string>
#include <vector>

#include "absl/status/status.h"

namespace inspectorate::robustness {

enum class Outcome { kOk, kFail, kUnknown };

struct Record {
  int process = 0;           // of the workload
  std::string op{};          // "inspectorate.visits.v1.Visits.SubmitVisit"
  std::string request_id{};  // empty for reads
  std::string office{};      // the caller's
  std::string args{};        // a hash of the request without its id
  std::string asked{};       // the resource that the request names, if it names one
  int64_t invoke_us = 0;     // since the run began
  int64_t return_us = 0;
  Outcome outcome = Outcome::kUnknown;
  std::string reason{};  // why not ok
  // Of an answer that is one resource.
  std::string resource{};
  int64_t revision = 0;
  std::string answer{};  // a hash of the whole answer
  int attempts = 1;      // that the client made by itself

  bool write() const { return !request_id.empty(); }
};

// Unknown is what may have taken effect: the server or the way to it failed, or time ran out.
Outcome OutcomeOf(const absl::Status& status);
std::string ToJson(const Record& record);

// Thread-safe. Each record is also a line of `file` at once, so that it survives whatever comes.
class History {
 public:
  explicit History(const std::string& file);
  int64_t Now() const;  // microseconds since the beginning
  void Add(Record record);
  std::vector<Record> Take();

 private:
  const std::chrono::steady_clock::time_point begin_;
  std::mutex mutex_;
  std::ofstream out_;
  std::vector<Record> records_;
};

}  // namespace inspectorate::robustness
