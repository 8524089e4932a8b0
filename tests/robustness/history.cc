#include "tests/robustness/history.h"

#include <nlohmann/json.hpp>
#include <utility>

#include "common/status/error.h"

namespace inspectorate::robustness {

Outcome OutcomeOf(const absl::Status& status) {
  switch (status.code()) {
    case absl::StatusCode::kOk:
      return Outcome::kOk;
    case absl::StatusCode::kUnavailable:  // OUTCOME_UNKNOWN too
    case absl::StatusCode::kCancelled:
    case absl::StatusCode::kDeadlineExceeded:
    case absl::StatusCode::kUnknown:
    case absl::StatusCode::kInternal:
      return Outcome::kUnknown;
    default:
      return Outcome::kFail;
  }
}

std::string ToJson(const Record& record) {
  static constexpr const char* kOutcomes[] = {"ok", "fail", "unknown"};
  return nlohmann::json{{"process", record.process},
                        {"op", record.op},
                        {"request_id", record.request_id},
                        {"office", record.office},
                        {"args", record.args},
                        {"asked", record.asked},
                        {"invoke", record.invoke_us},
                        {"return", record.return_us},
                        {"outcome", kOutcomes[static_cast<int>(record.outcome)]},
                        {"reason", record.reason},
                        {"resource", record.resource},
                        {"revision", record.revision},
                        {"answer", record.answer},
                        {"attempts", record.attempts}}
      .dump();
}

History::History(const std::string& file)
    : begin_(std::chrono::steady_clock::now()), out_(file, std::ios::trunc) {}

int64_t History::Now() const {
  return std::chrono::duration_cast<std::chrono::microseconds>(std::chrono::steady_clock::now() - begin_)
      .count();
}

void History::Add(Record record) {
  std::lock_guard<std::mutex> lock(mutex_);
  out_ << ToJson(record) << "\n";
  records_.push_back(std::move(record));
}

std::vector<Record> History::Take() {
  std::lock_guard<std::mutex> lock(mutex_);
  out_.flush();
  return std::exchange(records_, {});
}

}  // namespace inspectorate::robustness
