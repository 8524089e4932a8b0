// The policy library: what a rule may say, from when, and by how many persons. Days that have passed keep the
// rules that they had (decision record 0037).
#pragma once

#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "common/rpc/call.h"
#include "common/work/unit.h"
#include "inspectorate/registry/v1/policy.pb.h"
#include "services/registry/domain/policy_keys.h"

namespace inspectorate::registry {

// data/policy_keys.csv.
const PolicyKeys& KnownPolicyKeys();
// What goes by the rules of a key; RULE_NOT_IN_USE for one that the platform does not know any more.
v1::RuleUse UseOf(const std::string& key);

// INVALID_FIELDS naming each field of the rule that its key does not allow.
absl::Status CheckRuleValue(const v1::PolicyRule& rule);

// That, and the days: a new value begins today or later, save in an office that is being set up; of a rule in
// force only end and note change. A rule of two persons comes to await approval. `before` null: a new one.
absl::Status CheckPolicyRule(work::Unit& unit, const v1::PolicyRule* before, v1::PolicyRule* rule);

absl::StatusOr<v1::PolicyRule> ApprovePolicyRule(work::Unit& unit, rpc::Call& call,
                                                 const v1::ApprovePolicyRuleRequest& request);

}  // namespace inspectorate::registry
