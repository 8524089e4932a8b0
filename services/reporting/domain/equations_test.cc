#include "services/reporting/domain/equations.h"

#include <gtest/gtest.h>

#include <utility>

namespace inspectorate::reporting {
namespace {

using Ids = std::vector<std::string>;

std::set<std::string> Issues(int first, int last) {
  std::set<std::string> ids;
  for (int i = first; i <= last; ++i) ids.insert("i" + std::to_string(i));
  return ids;
}

TEST(CaptureTest, HoldsWhenEverySealedFindingIsOneIssue) {
  const Equation e = EvaluateCapture({.sealed = Issues(1, 124),
                                      .registered = Issues(1, 124),
                                      .in_transit = {},
                                      .visits_consumed = 512,
                                      .issues_position = 733});
  EXPECT_TRUE(e.holds);
  EXPECT_EQ(e.text_en,
            "E1 capture: 124 findings sealed up to visits@512 = 124 issues registered up to issues@733, 0 in "
            "transit; holds");
  EXPECT_EQ(e.text_zh, "E1 收录：至visits@512封存的问题 124 = 至issues@733登记的问题 124，在途 0；成立");
  EXPECT_EQ(e.positions, (std::vector<Position>{{"visits", 512}, {"issues", 733}}));
}

TEST(CaptureTest, NamesWhatIsLostAndWhatCameFromNowhere) {
  const Equation e = EvaluateCapture({.sealed = Issues(1, 4),
                                      .registered = {"i1", "i2", "i3", "x"},
                                      .in_transit = {"i9"},
                                      .visits_consumed = 5,
                                      .issues_position = 6});
  EXPECT_FALSE(e.holds);  // though both sides count four
  EXPECT_EQ(e.only_left, Ids{"i4"});
  EXPECT_EQ(e.only_right, Ids{"x"});
  EXPECT_EQ(e.in_transit, Ids{"i9"});
  EXPECT_NE(e.text_en.find("1 in transit; DOES NOT HOLD: 1 only left, 1 only right"), std::string::npos)
      << e.text_en;
}

// Facts of an owner whose counts are those of its names; the feed told the states that the table has.
StockFacts Stock(const std::set<std::string>& ever_registered,
                 std::map<std::string, std::string> state_by_issue) {
  StockFacts facts;
  facts.registered = static_cast<int64_t>(ever_registered.size());
  for (const auto& [id, state] : state_by_issue) ++facts.rows_by_state[state];
  for (const std::string& id : ever_registered) {
    const auto row = state_by_issue.find(id);
    facts.ever_registered[id] = row == state_by_issue.end() ? "REGISTERED" : row->second;
  }
  facts.state_by_issue = std::move(state_by_issue);
  facts.issues_position = 40;
  return facts;
}

TEST(StockTest, CountsEveryRowInOneTerm) {
  const Equation e = EvaluateStock(Stock(Issues(1, 8), {{"i1", "REGISTERED"},
                                                        {"i2", "VERIFIED"},
                                                        {"i3", "CLOSED"},
                                                        {"i4", "CLOSED"},
                                                        {"i5", "WAIVED"},
                                                        {"i6", "TRANSFERRED"},
                                                        {"i7", "MERGED"},
                                                        {"i8", "VOIDED"}}));
  EXPECT_TRUE(e.holds);
  EXPECT_EQ(
      e.text_en,
      "E2 stock: 8 ever registered = 2 open + 2 closed + 1 waived + 1 transferred + 1 merged + 1 voided "
      "(issues@40); holds");
}

TEST(StockTest, AMissingRowAnUnknownRowAndAnUnknownStateAreNamed) {
  const Equation missing = EvaluateStock(Stock(Issues(1, 2), {{"i1", "CLOSED"}}));
  EXPECT_FALSE(missing.holds);
  EXPECT_EQ(missing.only_left, Ids{"i2"});
  EXPECT_NE(missing.text_en.find("2 ever registered ≠ 0 open + 1 closed"), std::string::npos);
  const Equation unknown = EvaluateStock(Stock({"i1"}, {{"i1", "CLOSED"}, {"x", "CLOSED"}}));
  EXPECT_FALSE(unknown.holds);
  EXPECT_EQ(unknown.only_right, Ids{"x"});
  const Equation between = EvaluateStock(Stock({"i1"}, {{"i1", "REOPENED"}}));
  EXPECT_FALSE(between.holds);
  EXPECT_EQ(between.only_left, Ids{"i1"});
  const Equation stray = EvaluateStock(Stock({}, {{"x", "REOPENED"}}));
  EXPECT_FALSE(stray.holds);
  EXPECT_EQ(stray.only_right, Ids{"x"});
}

TEST(StockTest, AnIssueInAStateThatTheFeedDidNotTellIsNamed) {
  StockFacts facts = Stock({"i1", "i2"}, {{"i1", "WAIVED"}, {"i2", "CLOSED"}});
  facts.ever_registered["i1"] = "CLOSED";
  const Equation e = EvaluateStock(facts);
  EXPECT_FALSE(e.holds);
  EXPECT_EQ(e.only_left, Ids{"i1"});
  EXPECT_EQ(e.only_right, Ids{});
}

TEST(StockTest, CountsThatTheNamesDoNotBearOutDoNotHold) {
  const StockFacts sound = Stock({"i1", "i2"}, {{"i1", "CLOSED"}, {"i2", "RECTIFYING"}});
  StockFacts registrations = sound;
  ++registrations.registered;
  EXPECT_FALSE(EvaluateStock(registrations).holds);
  StockFacts states = sound;  // the sum is right, its parts are not
  states.rows_by_state = {{"CLOSED", 2}};
  const Equation e = EvaluateStock(states);
  EXPECT_FALSE(e.holds);
  EXPECT_NE(e.text_en.find("counts and names disagree; DOES NOT HOLD"), std::string::npos) << e.text_en;
}

constexpr FlowFacts kFlow{.open_before = 10,
                          .registered = 124,
                          .reopened = 2,
                          .open_after = 6,
                          .closed = 126,
                          .waived = 1,
                          .transferred = 1,
                          .merged = 1,
                          .voided = 1,
                          .from = 100,
                          .to = 900};

TEST(FlowTest, WhatCameInIsWhatWentOutAndWhatIsLeft) {
  const Equation e = EvaluateFlow(kFlow);
  EXPECT_TRUE(e.holds);
  EXPECT_EQ(
      e.text_en,
      "E3 flow: 10 open before + 124 registered + 2 reopened = 6 open after + 126 closed + 1 waived + 1 "
      "transferred + 1 merged + 1 voided (issues@100…900); holds");
}

TEST(FlowTest, EveryTermCounts) {
  for (int64_t FlowFacts::*term : {&FlowFacts::open_before, &FlowFacts::registered, &FlowFacts::reopened,
                                   &FlowFacts::open_after, &FlowFacts::closed, &FlowFacts::waived,
                                   &FlowFacts::transferred, &FlowFacts::merged, &FlowFacts::voided}) {
    FlowFacts facts = kFlow;
    ++(facts.*term);
    EXPECT_FALSE(EvaluateFlow(facts).holds);
  }
}

ProjectionFacts Equal(std::string source) {
  return {.source = std::move(source),
          .owner = {.position = 512, .count = 148, .sum = "ab"},
          .copy = {.position = 512, .count = 148, .sum = "ab"},
          .owner_table = {.position = 513, .count = 149, .sum = "cd"},
          .owner_at_table = {.position = 513, .count = 149, .sum = "cd"},
          .only_owner = {},
          .only_copy = {}};
}

TEST(ProjectionTest, HoldsWhenAllSourcesAreEqualAtTheirPositions) {
  const Equation e = EvaluateProjection({Equal("registry"), Equal("visits")});
  EXPECT_TRUE(e.holds);
  EXPECT_EQ(e.text_en,
            "E4 projection: 148 at registry@512 + 148 at visits@512 = 148 copied of registry + 148 copied of "
            "visits, digests equal; holds");
}

TEST(ProjectionTest, EqualCountsWithAnotherDigestDoNotHold) {
  ProjectionFacts facts = Equal("issues");
  facts.copy.sum = "ac";
  facts.only_owner = {"i1@3"};
  facts.only_copy = {"i1@2"};
  const Equation e = EvaluateProjection({Equal("visits"), facts});
  EXPECT_FALSE(e.holds);
  EXPECT_EQ(e.only_left, Ids{"i1@3"});
  EXPECT_EQ(e.only_right, Ids{"i1@2"});
  EXPECT_NE(e.text_en.find("the digests of issues differ; DOES NOT HOLD: 1 only left, 1 only right"),
            std::string::npos)
      << e.text_en;
}

TEST(ProjectionTest, AnOwnersTableThatItsFeedDoesNotExplainDoesNotHold) {
  ProjectionFacts facts = Equal("visits");
  facts.owner_table.sum = "ce";
  facts.only_owner = {"v1@9"};
  facts.only_copy = {"v1@3"};
  const Equation e = EvaluateProjection({facts});
  EXPECT_FALSE(e.holds);
  EXPECT_EQ(e.only_left, Ids{"v1@9"});
  EXPECT_NE(e.text_en.find("the tables at visits@513 are not what the feed says; DOES NOT HOLD"),
            std::string::npos)
      << e.text_en;
}

TEST(ProjectionTest, StatesOfDifferentMomentsAreNotCompared) {
  ProjectionFacts facts = Equal("visits");
  facts.copy.position = 511;
  const Equation e = EvaluateProjection({facts});
  EXPECT_FALSE(e.holds);
  EXPECT_NE(e.text_en.find("the copy stands at visits@511 and cannot be compared"), std::string::npos);
}

TEST(ProjectionTest, NoSourceProvesNothing) { EXPECT_FALSE(EvaluateProjection({}).holds); }

}  // namespace
}  // namespace inspectorate::reporting
