// The demo: the loop of one district over one period, over gRPC, on a sandbox clock (design 9).
#pragma once

#include <map>
#include <memory>
#include <ostream>
#include <string>

#include "absl/status/status.h"
#include "common/auth/jwt.h"

namespace inspectorate::demo {

struct DemoOptions {
  std::map<std::string, std::string> endpoints;  // service → target
  std::unique_ptr<auth::TokenIssuer> issuer;
  std::string district;  // folder with the lists and acts.json
  std::string out;       // where the report's files go
  int workers = 6;       // schools acted at the same time
  bool progress = true;
};

// Runs the whole loop, from nothing or from wherever a run before was interrupted, and prints what came out:
// the figures read from the services' answers, the month's report, the audit. FAILED_PRECONDITION when an
// equation does not hold.
absl::Status RunDemo(DemoOptions options, std::ostream& out);

}  // namespace inspectorate::demo
