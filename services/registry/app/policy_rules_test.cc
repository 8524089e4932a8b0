// What ships is checked like what an office writes.
#include "services/registry/app/policy_rules.h"

#include <gtest/gtest.h>

#include <set>

#include "absl/strings/ascii.h"
#include "services/registry/app/shipped.h"

namespace inspectorate::registry {
namespace {

TEST(PolicyRules, EveryRuleThatShipsIsOneOfItsKey) {
  const csv::Table table = Shipped("policy_rules.csv");
  ASSERT_GT(table.records.size(), 60U);
  for (const csv::Record& row : table.records) {
    const auto text = [&](const char* column) {
      return row.cells.at(static_cast<size_t>(table.Column(column)));
    };
    v1::PolicyRule rule;
    rule.set_key(text("key"));
    rule.set_value(text("value"));
    const auto* unit = v1::RuleUnit_descriptor()->FindValueByName(absl::AsciiStrToUpper(text("unit")));
    ASSERT_NE(unit, nullptr) << rule.key();
    rule.set_unit(static_cast<v1::RuleUnit>(unit->number()));
    const absl::Status checked = CheckRuleValue(rule);
    EXPECT_TRUE(checked.ok()) << rule.key() << ": " << checked;
  }
}

TEST(PolicyRules, HowFarThePastIsOpenIsForTwoPersons) {
  std::set<std::string> by_two;
  for (const auto& [name, key] : KnownPolicyKeys()) {
    if (key.persons == 2) by_two.insert(name);
  }
  EXPECT_EQ(by_two, (std::set<std::string>{"roster.correction_days", "roster.setup_days"}));
}

TEST(PolicyRules, WhatNothingReadsSaysSo) {
  EXPECT_EQ(UseOf("visit.monthly_min"), v1::RULE_IN_USE);
  EXPECT_EQ(UseOf("visit.report_days"), v1::RULE_DEADLINE_ONLY);
  EXPECT_EQ(UseOf("issue.relapse_months"), v1::RULE_IN_USE);
  EXPECT_EQ(UseOf("of.long.ago"), v1::RULE_NOT_IN_USE);
}

}  // namespace
}  // namespace inspectorate::registry
