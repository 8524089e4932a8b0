#include "common/roster/policy.h"

#include "absl/strings/numbers.h"
#include "common/base/macros.h"
#include "common/resource/select.h"
#include "common/status/error.h"

namespace inspectorate::roster {
namespace {

// Nearly every act asks for them: only what decides is read, not the whole resource.
absl::StatusOr<Policy> Load(db::Session& session, const std::string& office, Date day, std::string_view key) {
  std::string sql =
      "SELECT `key`, `value`, `unit`, `source`, `valid_from`, `start`, `roll` FROM `policy_rule` WHERE"
      " `office` = ? AND `awaits_approval` = 0 AND ";
  sql += resource::kValidOn;
  db::Params params = {office, day, day};
  if (!key.empty()) {
    sql += " AND `key` = ?";
    params.emplace_back(key);
  }
  ASSIGN_OR_RETURN(const db::Rows rows, session.Query(sql + " ORDER BY `valid_from`", params));
  std::map<std::string, PolicyValue, std::less<>> rules;
  for (size_t i = 0; i < rows.size(); ++i) {
    PolicyValue rule{.value = rows.at(i, 1).AsString(),
                     .unit = static_cast<registry::v1::RuleUnit>(rows.at(i, 2).AsInt()),
                     .source = rows.at(i, 3).AsString(),
                     .valid_from = rows.at(i, 4).AsDate(),
                     .start = static_cast<registry::v1::TermStart>(rows.at(i, 5).AsInt()),
                     .roll = static_cast<registry::v1::TermRoll>(rows.at(i, 6).AsInt())};
    rules.insert_or_assign(rows.at(i, 0).AsString(), std::move(rule));
  }
  return Policy(day, std::move(rules));
}

}  // namespace

absl::StatusOr<PolicyValue> Policy::Rule(std::string_view key) const {
  auto it = rules_.find(key);
  if (it == rules_.end()) {
    return Error(ErrorReason::POLICY_MISSING, {{"rule", std::string(key)}, {"date", FormatDate(day_)}});
  }
  return it->second;
}

absl::StatusOr<int64_t> Policy::Int(std::string_view key) const {
  ASSIGN_OR_RETURN(PolicyValue rule, Rule(key));
  int64_t value = 0;
  if (!absl::SimpleAtoi(rule.value, &value)) {
    return Error(ErrorReason::POLICY_MISSING, {{"rule", std::string(key)}, {"date", FormatDate(day_)}});
  }
  return value;
}

absl::StatusOr<std::string> Policy::Text(std::string_view key) const {
  ASSIGN_OR_RETURN(PolicyValue rule, Rule(key));
  return rule.value;
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
