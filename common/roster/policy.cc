#include "common/roster/policy.h"

#include "absl/strings/numbers.h"
#include "common/base/macros.h"
#include "common/resource/table.h"
#include "common/status/error.h"

namespace inspectorate::roster {
namespace {

using registry::v1::PolicyRule;

absl::StatusOr<Policy> Load(db::Session& session, const std::string& office, Date day, std::string_view key) {
  std::string condition = "`office` = ? AND " + std::string(resource::kValidOn);
  db::Params params = {office, day, day};
  if (!key.empty()) {
    condition += " AND `key` = ?";
    params.emplace_back(key);
  }
  ASSIGN_OR_RETURN(auto rows,
                   resource::Select<PolicyRule>(session, condition, params, "ORDER BY `valid_from`"));
  std::map<std::string, PolicyRule, std::less<>> rules;
  for (PolicyRule& rule : rows) {
    const std::string rule_key = rule.key();
    rules.insert_or_assign(rule_key, std::move(rule));
  }
  return Policy(day, std::move(rules));
}

}  // namespace

absl::StatusOr<PolicyRule> Policy::Rule(std::string_view key) const {
  auto it = rules_.find(key);
  if (it == rules_.end()) {
    return Error(ErrorReason::POLICY_MISSING, {{"rule", std::string(key)}, {"date", FormatDate(day_)}});
  }
  return it->second;
}

absl::StatusOr<int64_t> Policy::Int(std::string_view key) const {
  ASSIGN_OR_RETURN(PolicyRule rule, Rule(key));
  int64_t value = 0;
  if (!absl::SimpleAtoi(rule.value(), &value)) {
    return Error(ErrorReason::POLICY_MISSING, {{"rule", std::string(key)}, {"date", FormatDate(day_)}});
  }
  return value;
}

absl::StatusOr<std::string> Policy::Text(std::string_view key) const {
  ASSIGN_OR_RETURN(PolicyRule rule, Rule(key));
  return rule.value();
}

absl::StatusOr<Policy> LoadPolicy(db::Session& session, const std::string& office, Date day) {
  return Load(session, office, day, "");
}

absl::StatusOr<int64_t> PolicyInt(db::Session& session, const std::string& office, std::string_view key,
                                  Date day) {
  ASSIGN_OR_RETURN(Policy policy, Load(session, office, day, key));
  return policy.Int(key);
}

absl::StatusOr<std::string> PolicyText(db::Session& session, const std::string& office, std::string_view key,
                                       Date day) {
  ASSIGN_OR_RETURN(Policy policy, Load(session, office, day, key));
  return policy.Text(key);
}

}  // namespace inspectorate::roster
