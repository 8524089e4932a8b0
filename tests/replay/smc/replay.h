// Replays the county's records into a sandbox office, day by day, over the public methods of the services.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "common/auth/jwt.h"
#include "common/base/time.h"
#include "tests/replay/smc/records.h"

namespace inspectorate::smc {

struct ReplayOptions {
  std::map<std::string, std::string> endpoints{};  // service → target
  std::unique_ptr<auth::TokenIssuer> issuer{};
  std::string office = "sanmateo";
  int workers = 6;                                // places acted at the same time
  std::optional<Date> until{};                    // days before this one
  int64_t stop_after_calls = 0;                   // for tests: ABORTED after so many, as if killed; 0: never
  std::function<void(const std::string&)> say{};  // one line a month
};

struct ReplayResult {
  int64_t days = 0;
  int64_t visits = 0;
  int64_t findings = 0;
  int64_t calls = 0;
  double seconds = 0;  // of the days, without the preparation
};

// The office's staff: who issues the notices, and the other one who accepts.
inline constexpr char kIssuerNumber[] = "DS001";
inline constexpr char kAcceptorNumber[] = "DS002";

// Runs from nothing, or from where a run before was interrupted: every write carries an id derived from the
// record it comes from, and the day begins again on which the office's clock stands.
absl::Status RunReplay(ReplayOptions options, const std::vector<Place>& places, ReplayResult* result);

}  // namespace inspectorate::smc
