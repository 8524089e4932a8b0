// The value of an office's policy rules on a day: the numbers that the law or the office may change.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "absl/status/statusor.h"
#include "common/base/time.h"
#include "common/db/database.h"
#include "common/status/error.h"
#include "inspectorate/registry/v1/policy.pb.h"

namespace inspectorate::roster {

// What of a policy rule decides.
struct PolicyValue {
  std::string value;
  registry::v1::RuleUnit unit = registry::v1::RULE_UNIT_UNSPECIFIED;
  std::string source;  // the paper that sets it
  Date valid_from;
  // Of a term; unspecified: as the law has it (calendar.h).
  registry::v1::TermStart start = registry::v1::TERM_START_UNSPECIFIED;
  registry::v1::TermRoll roll = registry::v1::TERM_ROLL_UNSPECIFIED;
};

// All rules of one office in force on one day. Where several rows of a key are, the one that began last
// holds.
class Policy {
 public:
  Policy(Date day, std::map<std::string, PolicyValue, std::less<>> rules)
      : day_(day), rules_(std::move(rules)) {}

  Date day() const { return day_; }
  // POLICY_MISSING when no row of the key is in force, or (Int) its value is no whole number.
  absl::StatusOr<PolicyValue> Rule(std::string_view key) const;
  absl::StatusOr<int64_t> Int(std::string_view key) const;
  absl::StatusOr<std::string> Text(std::string_view key) const;

 private:
  Date day_;
  std::map<std::string, PolicyValue, std::less<>> rules_;
};

// `office` is a slug.
absl::StatusOr<Policy> LoadPolicy(db::Session& session, const std::string& office, Date day);

// One value, where no other of that day is needed.
absl::StatusOr<int64_t> PolicyInt(db::Session& session, const std::string& office, std::string_view key,
                                  Date day);
absl::StatusOr<std::string> PolicyText(db::Session& session, const std::string& office, std::string_view key,
                                       Date day);

// Of a rule that an office may do without: none in force is an answer, not an error.
template <class T>
absl::StatusOr<std::optional<T>> IfInForce(absl::StatusOr<T> value) {
  if (value.ok()) return std::optional<T>(*std::move(value));
  if (ReasonOf(value.status()) == ErrorReason::POLICY_MISSING) return std::optional<T>();
  return value.status();
}

}  // namespace inspectorate::roster
