#include "services/registry/domain/policy_keys.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace inspectorate::registry {
namespace {

using ::testing::HasSubstr;

constexpr int kDays = 1, kWorkingDays = 2, kCount = 4, kText = 6;

const PolicyKeys& Keys() {
  static const auto& keys = *new PolicyKeys{
      {"a.days",
       {.units = {kDays, kWorkingDays}, .form = RuleForm::kNumber, .least = 1, .most = 60, .words = {}}},
      {"a.hours", {.units = {kCount}, .form = RuleForm::kHalf, .least = 0, .most = 10, .words = {}}},
      {"a.mode", {.units = {kText}, .form = RuleForm::kWords, .words = {"warn", "block"}}},
      {"a.year", {.units = {kText}, .form = RuleForm::kMonthDay, .words = {}}},
      {"a.kinds", {.units = {kText}, .form = RuleForm::kKinds, .words = {}}},
      {"a.address", {.units = {kText}, .form = RuleForm::kHttps, .words = {}}},
      {"a.words", {.units = {kText}, .form = RuleForm::kText, .words = {}}},
  };
  return keys;
}

std::string Faults(std::string_view key, int unit, const std::string& value) {
  std::string fields;
  for (const RuleFault& fault :
       FaultsOf(Keys(), key, unit, value, {{1, {"日", "days"}}, {2, {"工作日", "working"}}})) {
    EXPECT_THAT(fault.zh, HasSubstr(std::string(key)));
    EXPECT_THAT(fault.en, HasSubstr(std::string(key)));
    fields += fault.field + " ";
  }
  return fields;
}

TEST(PolicyKeys, ANumberIsWholeAndWithinItsBounds) {
  for (const char* good : {"1", "31", "60"}) EXPECT_EQ(Faults("a.days", kDays, good), "") << good;
  for (const char* bad : {"0", "61", "三", "", "-1", "+5", " 5", "5.0", "1e1", "99999999999999999999"}) {
    EXPECT_EQ(Faults("a.days", kWorkingDays, bad), "value ") << bad;
  }
}

TEST(PolicyKeys, TheUnitIsOneThatTheReaderCountsIn) {
  EXPECT_EQ(Faults("a.days", 5, "3"), "unit ");
  EXPECT_EQ(Faults("a.days", 0, "三"), "unit value ");
  EXPECT_THAT(FaultsOf(Keys(), "a.days", 5, "3", {{1, {"日", "days"}}, {2, {"工作日", "working"}}})[0].zh,
              HasSubstr("日、工作日"));
}

TEST(PolicyKeys, WordsAreThoseThatAreRead) {
  EXPECT_EQ(Faults("a.mode", kText, "block"), "");
  for (const char* bad : {"Block", "BLOCK", "", "warn,block"})
    EXPECT_EQ(Faults("a.mode", kText, bad), "value ") << bad;
}

TEST(PolicyKeys, EveryFormHasItsOwn) {
  EXPECT_EQ(Faults("a.hours", kCount, "2.5"), "");
  for (const char* bad : {"2.25", "10.5", "nan", "-1"})
    EXPECT_EQ(Faults("a.hours", kCount, bad), "value ") << bad;
  EXPECT_EQ(Faults("a.year", kText, "09-01"), "");
  EXPECT_EQ(Faults("a.year", kText, "02-30"), "value ");
  EXPECT_EQ(Faults("a.kinds", kText, "induction+weekly_study"), "");
  EXPECT_EQ(Faults("a.kinds", kText, "induction, weekly_study"), "value ");
  EXPECT_EQ(Faults("a.address", kText, "https://dd.example.cn/p"), "");
  EXPECT_EQ(Faults("a.address", kText, "ftp://dd.example.cn"), "value ");
  EXPECT_EQ(Faults("a.words", kText, "随便"), "");
}

TEST(PolicyKeys, AKeyThatNobodyReadsIsNoRule) { EXPECT_EQ(Faults("a.day", kDays, "3"), "key "); }

}  // namespace
}  // namespace inspectorate::registry
