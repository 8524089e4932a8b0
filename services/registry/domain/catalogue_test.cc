// Versions of catalogues: what differs, which is in force, what a draft may say, when it is published.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <string>

#include "common/base/refusal.h"
#include "inspectorate/registry/v1/catalogue.pb.h"
#include "services/registry/domain/catalogue_diff.h"
#include "services/registry/domain/catalogue_life.h"

namespace inspectorate::registry {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

Date D(const char* text) { return *ParseDate(text); }
std::string ReasonOf(const absl::Status& status) {
  const auto refusal = RefusalOf(status);
  return refusal ? refusal->reason : std::string(status.message());
}

CatalogueEntry Entry(const std::string& code, const std::string& title, bool retired = false) {
  CatalogueEntry entry;
  entry.code = code;
  entry.title = title;
  entry.retired = retired;
  return entry;
}

// --- differences
// --------------------------------------------------------------------------------------------

TEST(CatalogueDiff, NamesWhatCameWhatWentAndEachFieldThatChanged) {
  CatalogueEntry before = Entry("B06", "校园安全");
  before.check_items = {"消防", "校车"};
  CatalogueEntry after = before;
  after.title = "校园及周边安全";
  after.check_items = {"消防", "校车", "防溺水"};
  const auto diff = Diff({before, Entry("B07", "食堂"), Entry("B08", "校风")},
                         {after, Entry("B07", "食堂", true), Entry("B09", "劳动教育")});
  EXPECT_THAT(diff.added, ElementsAre(Entry("B09", "劳动教育")));
  EXPECT_THAT(diff.removed, ElementsAre(Entry("B08", "校风")));
  EXPECT_THAT(diff.retired, ElementsAre("B07"));
  EXPECT_THAT(diff.restored, IsEmpty());
  ASSERT_EQ(diff.changed.size(), 1U);
  EXPECT_THAT(diff.changed[0].fields,
              ElementsAre(FieldDiff{"title", {"校园安全"}, {"校园及周边安全"}},
                          FieldDiff{"check_items", {"消防", "校车"}, {"消防", "校车", "防溺水"}}));
}

class Dice {
 public:
  explicit Dice(unsigned seed) : random_(seed) {}
  int Roll(int sides) { return std::uniform_int_distribution<int>(0, sides - 1)(random_); }
  std::string Word() { return Roll(4) == 0 ? "" : "词" + std::to_string(Roll(5)); }
  std::vector<std::string> Words() {
    std::vector<std::string> words(static_cast<size_t>(Roll(4)));
    for (std::string& word : words) word = Word();
    return words;
  }
  CatalogueEntry Entry(int code) {
    return {.code = "B" + std::to_string(code),
            .title = Word(),
            .title_en = Word(),
            .criteria = Word(),
            .check_items = Words(),
            .basis = Word(),
            .applicable_kinds = Words(),
            .order = Roll(4) * 10,
            .placeholder = Roll(2) == 0,
            .retired = Roll(3) == 0};
  }
  std::vector<CatalogueEntry> Catalogue() {
    std::vector<CatalogueEntry> entries;
    for (int code = 10; code < 18; ++code) {
      if (Roll(3) != 0) entries.push_back(Entry(code));
    }
    std::shuffle(entries.begin(), entries.end(), random_);
    return entries;
  }

 private:
  std::mt19937 random_;
};

TEST(CatalogueDiff, AppliedToTheOneItGivesTheOther) {
  for (unsigned seed = 0; seed < 3000; ++seed) {
    Dice dice(seed);
    const auto a = dice.Catalogue(), b = dice.Catalogue();
    const auto diff = Diff(a, b);
    ASSERT_EQ(Apply(diff, a), InOrder(b)) << "seed " << seed;
    ASSERT_EQ(Apply(Diff(b, a), b), InOrder(a)) << "seed " << seed;
    ASSERT_EQ(Diff(a, a), CatalogueDifference()) << "seed " << seed;
    ASSERT_EQ(diff == CatalogueDifference(), InOrder(a) == InOrder(b)) << "seed " << seed;
  }
}

// --- the chain
// ----------------------------------------------------------------------------------------------

TEST(CatalogueLife, OnlyADraftIsEditedDroppedOrPublished) {
  for (const auto state : {VersionState::kUnspecified, VersionState::kDraft, VersionState::kPublished,
                           VersionState::kSuperseded}) {
    for (const auto event : {VersionEvent::kEdit, VersionEvent::kDrop, VersionEvent::kPublish})
      EXPECT_EQ(Allows(state, event), state == VersionState::kDraft);
  }
}

TEST(CatalogueLife, StatesAreThoseOfTheContract) {
  EXPECT_EQ(static_cast<int>(VersionState::kDraft), v1::VERSION_DRAFT);
  EXPECT_EQ(static_cast<int>(VersionState::kPublished), v1::VERSION_PUBLISHED);
  EXPECT_EQ(static_cast<int>(VersionState::kSuperseded), v1::VERSION_SUPERSEDED);
  EXPECT_EQ(v1::CatalogueVersionState_descriptor()->value_count(), 4);
}

TEST(CatalogueLife, AVersionHoldsUntilTheNextBegins) {
  const auto days = DaysInForce({D("2026-01-01"), D("2026-03-01"), D("2026-09-01")});
  EXPECT_EQ(days[0], (Period{D("2026-01-01"), D("2026-02-28")}));
  EXPECT_EQ(days[1], (Period{D("2026-03-01"), D("2026-08-31")}));
  EXPECT_EQ(days[2], (Period{D("2026-09-01"), std::nullopt}));
  EXPECT_EQ(StateOn(days[1], D("2026-02-28")), VersionState::kPublished);
  EXPECT_EQ(StateOn(days[1], D("2026-08-31")), VersionState::kPublished);
  EXPECT_EQ(StateOn(days[1], D("2026-09-01")), VersionState::kSuperseded);
}

TEST(CatalogueLife, ALaterNumberThatBeginsEarlierTakesThePlace) {
  const auto days = DaysInForce({D("2026-01-01"), D("2027-01-01"), D("2026-09-01"), D("2026-09-01")});
  EXPECT_EQ(days[0], (Period{D("2026-01-01"), D("2026-08-31")}));
  EXPECT_EQ(days[1], std::nullopt);
  EXPECT_EQ(days[2], std::nullopt);
  EXPECT_EQ(days[3], (Period{D("2026-09-01"), std::nullopt}));
  EXPECT_EQ(StateOn(days[1], D("2026-02-01")), VersionState::kSuperseded);
}

TEST(CatalogueLife, OnEachDayOneVersionIsInForceTheLastThatHasBegun) {
  for (unsigned seed = 0; seed < 500; ++seed) {
    Dice dice(seed);
    std::vector<Date> first_days(static_cast<size_t>(1 + dice.Roll(6)));
    for (Date& day : first_days) day = D("2026-01-01") + std::chrono::days(dice.Roll(20));
    const auto days = DaysInForce(first_days);
    const Date begin = *std::min_element(first_days.begin(), first_days.end());
    for (int i = -3; i < 25; ++i) {
      const Date day = D("2026-01-01") + std::chrono::days(i);
      std::vector<size_t> holding;
      size_t last = first_days.size();
      for (size_t k = 0; k < days.size(); ++k) {
        if (days[k] && days[k]->Contains(day)) holding.push_back(k);
        if (first_days[k] <= day) last = k;
      }
      if (day < begin) {
        ASSERT_THAT(holding, IsEmpty()) << "seed " << seed;
      } else {
        ASSERT_THAT(holding, ElementsAre(last)) << "seed " << seed;
      }
    }
  }
}

// --- drafts
// -------------------------------------------------------------------------------------------------

const CatalogueRules kFree{.letters = "", .least_digits = 2, .most_digits = 3, .values = {}, .needed = {}};
const CatalogueRules kValues{.letters = "", .values = {"MINOR", "GENERAL", "SERIOUS"}, .needed = {"GENERAL"}};

TEST(CatalogueLife, ADraftNamesCodesOnceAndLeavesNoneOut) {
  EXPECT_THAT(ProblemsOf(kFree, {Entry("B01", "甲")}, {Entry("B01", "甲", true), Entry("C123", "乙")}),
              IsEmpty());
  EXPECT_THAT(ProblemsOf(kFree, {Entry("B01", "甲")}, {Entry("B02", "乙"), Entry("B02", "丙")}),
              ElementsAre(DraftProblem{DraftDefect::kCodeTwice, 1, "B02"},
                          DraftProblem{DraftDefect::kCodeMissing, -1, "B01"}));
  EXPECT_THAT(ProblemsOf(kFree, {}, {Entry("B01", "甲", true)}),
              ElementsAre(DraftProblem{DraftDefect::kNothingInUse, -1, ""}));
}

TEST(CatalogueLife, NewCodesHaveTheirFormAndOldOnesStay) {
  for (const char* code : {"b01", "B1", "B0123", "B0x", "", "01"}) {
    EXPECT_THAT(ProblemsOf(kFree, {}, {Entry(code, "甲")}),
                ElementsAre(DraftProblem{DraftDefect::kCodeUnknown, 0, code}));
    EXPECT_THAT(ProblemsOf(kFree, {Entry(code, "甲")}, {Entry(code, "甲")}), IsEmpty());
  }
  const CatalogueRules aspects{
      .letters = "A", .least_digits = 2, .most_digits = 2, .values = {}, .needed = {}};
  EXPECT_THAT(ProblemsOf(aspects, {}, {Entry("A15", "甲")}), IsEmpty());
  for (const char* code : {"B15", "A150"})
    EXPECT_THAT(ProblemsOf(aspects, {}, {Entry(code, "甲")}), ::testing::SizeIs(1));
  EXPECT_THAT(ProblemsOf(kValues, {}, {Entry("MINOR", "小问题")}), IsEmpty());
  EXPECT_THAT(ProblemsOf(kValues, {}, {Entry("AWFUL", "极坏")}),
              ElementsAre(DraftProblem{DraftDefect::kCodeUnknown, 0, "AWFUL"}));
}

TEST(CatalogueLife, WhatWasRetiredIsNotUsedAgainButAValueOfTheContractMayComeBack) {
  const std::vector<CatalogueEntry> before = {Entry("B01", "甲"), Entry("B02", "乙", true)};
  EXPECT_TRUE(CheckRetirements(kFree, before, {Entry("B01", "甲"), Entry("B02", "乙", true)}).ok());
  EXPECT_TRUE(CheckRetirements(kFree, before, {Entry("B01", "甲", true), Entry("B02", "乙", true)}).ok());
  EXPECT_EQ(ReasonOf(CheckRetirements(kFree, before, {Entry("B02", "丙")})), "CODE_RETIRED");
  EXPECT_TRUE(CheckRetirements(kFree, {}, {Entry("B02", "丙")}).ok());
  EXPECT_TRUE(CheckRetirements(kValues, {Entry("MINOR", "小", true)},
                               {Entry("GENERAL", "一般"), Entry("MINOR", "小")})
                  .ok());
  EXPECT_EQ(ReasonOf(CheckRetirements(kValues, {}, {Entry("GENERAL", "一般", true), Entry("MINOR", "小")})),
            "CATALOGUE_VALUE_NEEDED");
}

TEST(CatalogueLife, ASecondPersonPublishesOnTheLatestVersionAndNotIntoSettledDays) {
  const Publication good{.base_number = 3,
                         .latest_number = 3,
                         .valid_from = D("2026-03-01"),
                         .bound = D("2026-03-01"),
                         .drafter = "offices/x/staff/1",
                         .publisher = "offices/x/staff/2"};
  EXPECT_TRUE(CheckPublication(good).ok());
  Publication other = good;
  other.valid_from = D("2030-01-01");
  EXPECT_TRUE(CheckPublication(other).ok());
  other.valid_from = D("2026-02-28");
  EXPECT_EQ(ReasonOf(CheckPublication(other)), "DAYS_SETTLED");
  other = good;
  other.publisher = other.drafter;
  EXPECT_EQ(ReasonOf(CheckPublication(other)), "SECOND_PERSON_REQUIRED");
  other = good;
  other.latest_number = 4;
  EXPECT_EQ(ReasonOf(CheckPublication(other)), "CATALOGUE_MOVED_ON");
  other = good;
  other.drafter = "";
  EXPECT_EQ(CheckPublication(other).code(), absl::StatusCode::kInternal);
}

// --- older offices
// ------------------------------------------------------------------------------------------

TEST(CatalogueLife, AListDatedOneByOneBecomesVersionsThatSayTheSameOfEachDay) {
  const auto editions = EditionsOf({{Entry("B01", "甲"), {D("2013-09-30"), std::nullopt}},
                                    {Entry("B02", "乙"), {D("2013-09-30"), D("2025-12-31")}},
                                    {Entry("B09", "丙"), {D("2024-09-01"), std::nullopt}}});
  ASSERT_EQ(editions.size(), 3U);
  EXPECT_EQ(editions[0].from, D("2013-09-30"));
  EXPECT_THAT(editions[0].entries, ElementsAre(Entry("B01", "甲"), Entry("B02", "乙")));
  EXPECT_EQ(editions[1].from, D("2024-09-01"));
  EXPECT_THAT(editions[1].entries, ElementsAre(Entry("B01", "甲"), Entry("B02", "乙"), Entry("B09", "丙")));
  EXPECT_EQ(editions[2].from, D("2026-01-01"));
  EXPECT_THAT(editions[2].entries,
              ElementsAre(Entry("B01", "甲"), Entry("B02", "乙", true), Entry("B09", "丙")));
}

TEST(CatalogueLife, EditionsSayOfEachDayWhatTheRowsSay) {
  for (unsigned seed = 0; seed < 500; ++seed) {
    Dice dice(seed);
    std::vector<DatedEntry> list;
    for (int code = 10; code < 15; ++code) {
      const Date from = D("2026-01-01") + std::chrono::days(dice.Roll(10));
      DatedEntry dated{Entry("B" + std::to_string(code), "事项"), {from, std::nullopt}};
      if (dice.Roll(2) == 0) dated.period.to = from + std::chrono::days(dice.Roll(10) - 2);
      list.push_back(dated);
    }
    const auto editions = EditionsOf(list);
    std::vector<Date> first_days;
    for (const Edition& edition : editions) first_days.push_back(edition.from);
    const auto days = DaysInForce(first_days);
    for (int i = -1; i < 25; ++i) {
      const Date day = D("2026-01-01") + std::chrono::days(i);
      std::set<std::string> rows, versions;
      for (const DatedEntry& dated : list) {
        if (dated.period.Contains(day)) rows.insert(dated.entry.code);
      }
      for (size_t k = 0; k < editions.size(); ++k) {
        if (!days[k] || !days[k]->Contains(day)) continue;
        for (const CatalogueEntry& entry : editions[k].entries) {
          if (!entry.retired) versions.insert(entry.code);
        }
      }
      ASSERT_EQ(rows, versions) << "seed " << seed << " day " << FormatDate(day);
    }
  }
}

}  // namespace
}  // namespace inspectorate::registry
