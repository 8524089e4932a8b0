#include "common/service/own_token.h"

#include <nlohmann/json.hpp>

#include "common/base/hash.h"
#include "common/obs/log.h"
#include "common/status/error.h"

namespace inspectorate::service {
namespace {

constexpr obs::Metric kSecondsLeft{obs::MetricKind::kGauge,
                                   "inspectorate_token_seconds_left",
                                   "Until this service's own token expires; 0 where peers refuse it.",
                                   {"service"}};

}  // namespace

Time ExpiryOf(const std::string& token) {
  const size_t begin = token.find('.') + 1, end = token.find('.', begin);
  std::string claims;
  if (begin == 0 || end == std::string::npos || !Base64UrlDecode(token.substr(begin, end - begin), &claims))
    return {};
  const auto read = nlohmann::json::parse(claims, nullptr, /*allow_exceptions=*/false);
  if (!read.is_object() || !read.contains("exp") || !read["exp"].is_number_integer()) return {};
  return Time(std::chrono::seconds(read["exp"].get<int64_t>()));
}

void OwnToken::Look() {
  const std::string token = options_.token();
  const absl::Status status = options_.authenticator.Authenticate("Bearer " + token).status();
  const auto left = std::chrono::duration<double>(ExpiryOf(token) - options_.clock.Now());
  options_.metrics.Set(kSecondsLeft, {options_.service}, status.ok() ? left.count() : 0);
  const std::string why = status.ok() ? "" : MetadataOf(status)["why"];
  if (!status.ok() && why != why_) {
    obs::Log(obs::Severity::kError, "own_token_refused", {{"service", options_.service}, {"why", why}});
  }
  why_ = why;
}

}  // namespace inspectorate::service
