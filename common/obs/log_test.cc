#include "common/obs/log.h"

#include <string>
#include <vector>

#include "common/obs/redact.h"
#include "common/obs/trace.h"
#include "common/rpc/testdata/echo.pb.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "nlohmann/json.hpp"

namespace inspectorate::obs {
namespace {

class LogTest : public ::testing::Test {
 protected:
  LogTest() {
    SetLogSink([this](std::string_view line) { lines_.emplace_back(line); });
  }
  ~LogTest() override {
    SetLogSink({});
    SetLogSeverity(Severity::kInfo);
  }
  nlohmann::json Last() const { return nlohmann::json::parse(lines_.back()); }

  std::vector<std::string> lines_;
};

TEST_F(LogTest, WritesOneJsonObjectALine) {
  Log(Severity::kInfo, "call", {{"method", "a\nb\"c"}, {"ms", 12}, {"ratio", 0.5}, {"ok", true}});
  ASSERT_EQ(lines_.size(), 1u);
  EXPECT_EQ(lines_[0].find('\n'), std::string::npos);
  const nlohmann::json line = Last();
  EXPECT_EQ(line["event"], "call");
  EXPECT_EQ(line["severity"], "info");
  EXPECT_EQ(line["method"], "a\nb\"c");
  EXPECT_EQ(line["ms"], 12);
  EXPECT_EQ(line["ratio"], 0.5);
  EXPECT_EQ(line["ok"], true);
  EXPECT_TRUE(line.contains("time"));
}

TEST_F(LogTest, NamesTheCurrentTrace) {
  const TraceContext trace = NewTrace();
  ScopedTrace scope(trace);
  Log(Severity::kInfo, "call");
  EXPECT_EQ(Last()["trace_id"], trace.trace_id);
}

TEST_F(LogTest, ReplacesProtectedFieldsAndCredentials) {
  Log(Severity::kInfo, "call",
      {{"authorization", "xyz"}, {"display_name", "张三"}, {"detail", "Bearer abc.def"}, {"plain", "kept"}});
  EXPECT_EQ(Last()["authorization"], kRedacted);
  EXPECT_EQ(Last()["display_name"], kRedacted);
  EXPECT_EQ(Last()["detail"], kRedacted);
  EXPECT_EQ(Last()["plain"], "kept");
}

TEST_F(LogTest, LogsMessagesOnlyRedacted) {
  rpctest::Person person;
  person.set_name("visible");
  person.set_phone("13800000001");
  Log(Severity::kInfo, "call", {{"request", person}});
  EXPECT_THAT(lines_.back(), ::testing::HasSubstr("visible"));
  EXPECT_THAT(lines_.back(), ::testing::Not(::testing::HasSubstr("13800000001")));
}

TEST_F(LogTest, SurvivesBytesThatAreNotUtf8) {
  Log(Severity::kInfo, "call", {{"detail", std::string("\xff\xfe")}});
  EXPECT_EQ(lines_.size(), 1u);
  EXPECT_TRUE(nlohmann::json::accept(lines_[0]));
}

TEST_F(LogTest, DropsLinesBelowTheLimit) {
  Log(Severity::kDebug, "quiet");
  EXPECT_TRUE(lines_.empty());
  SetLogSeverity(Severity::kDebug);
  Log(Severity::kDebug, "loud");
  EXPECT_EQ(lines_.size(), 1u);
}

}  // namespace
}  // namespace inspectorate::obs
