// What a release adds reaches the offices that exist already.
#include <gtest/gtest.h>

#include <chrono>
#include <map>
#include <string>
#include <thread>

#include "common/db/database.h"
#include "common/testing/harness.h"
#include "inspectorate/feed/v1/feed.pb.h"
#include "inspectorate/registry/v1/policy.pb.h"
#include "services/registry/definition.h"

namespace inspectorate::registry {
namespace {

using namespace v1;
using testing::Harness;

class UpgradeTest : public ::testing::Test {
 protected:
  void SetUp() override { harness_.CreateSandbox("older", "2026-03-02T01:00:00Z"); }

  // Key → value of the rule that holds until further notice.
  std::map<std::string, std::string> Rules() {
    ListPolicyRulesRequest list;
    list.set_parent("offices/older");
    list.set_page_size(1000);
    auto listed =
        harness_.ClientOf("registry", Harness::Staff("older"))
            ->Call<ListPolicyRulesResponse>("inspectorate.registry.v1.PolicyRules.ListPolicyRules", list);
    EXPECT_TRUE(listed.ok()) << listed.status();
    std::map<std::string, std::string> rules;
    rows_ = listed.ok() ? listed->policy_rules_size() : 0;
    if (!listed.ok()) return rules;
    for (const PolicyRule& rule : listed->policy_rules()) {
      if (!rule.has_valid_to()) rules[rule.key()] = rule.value();
    }
    return rules;
  }

  // As the office was before a release brought the rule.
  void Forget(const std::string& key) {
    auto database = db::Database::Open(harness_.database("registry"));
    ASSERT_TRUE(database.ok()) << database.status();
    auto status = (*database)->Transact(db::Budget{}, {}, [&](db::Transaction& tx) {
      auto gone = tx.Execute("DELETE FROM policy_rule WHERE office = 'older' AND `key` = ?", {key});
      EXPECT_EQ(gone.value_or(0), 1U);
      return gone.status();
    });
    ASSERT_TRUE(status.ok()) << status;
  }
  void Overrule(const std::string& key, const std::string& value) {
    auto database = db::Database::Open(harness_.database("registry"));
    ASSERT_TRUE(database.ok()) << database.status();
    auto status = (*database)->Transact(db::Budget{}, {}, [&](db::Transaction& tx) {
      return tx
          .Execute("UPDATE policy_rule SET `value` = ? WHERE office = 'older' AND `key` = ?", {value, key})
          .status();
    });
    ASSERT_TRUE(status.ok()) << status;
  }
  void Restart() {
    harness_.Stop("registry");
    harness_.Start("registry");
  }

  Harness harness_{{&Definition()}};
  int rows_ = 0;
};

TEST_F(UpgradeTest, AnOlderOfficeGetsTheRulesItLacksAndKeepsItsOwn) {
  const auto shipped = Rules();
  const int rows = rows_;
  ASSERT_GT(shipped.size(), 40U);
  Forget("inspector.notice_days");
  Forget("inspector.certificate_alert_days");
  Overrule("visit.report_days", "4");
  ASSERT_EQ(Rules().size(), shipped.size() - 2);
  Restart();
  const auto until = std::chrono::steady_clock::now() + std::chrono::seconds(60);
  while (Rules().size() < shipped.size() && std::chrono::steady_clock::now() < until) {
    std::this_thread::sleep_for(std::chrono::milliseconds(100));
  }
  auto wanted = shipped;
  wanted["visit.report_days"] = "4";
  EXPECT_EQ(Rules(), wanted);
  EXPECT_EQ(rows_, rows);
  // Followers are told, and by whom.
  feed::v1::ListChangesRequest changes;
  changes.set_parent("offices/older");
  changes.set_page_size(1000);
  auto told =
      harness_.ClientOf("registry", Harness::Staff("older"))
          ->Call<feed::v1::ListChangesResponse>("inspectorate.feed.v1.ChangeFeed.ListChanges", changes);
  ASSERT_TRUE(told.ok()) << told.status();
  int by_release = 0;
  for (const feed::v1::Change& change : told->changes()) {
    if (change.actor() == "services/registry" && change.resource_type() == "inspectorate/PolicyRule")
      ++by_release;
  }
  EXPECT_EQ(by_release, 2);
  // Nothing twice.
  Restart();
  std::this_thread::sleep_for(std::chrono::seconds(1));
  EXPECT_EQ(Rules(), wanted);
  EXPECT_EQ(rows_, rows);
}

}  // namespace
}  // namespace inspectorate::registry
