#include "services/issues/domain/relapse.h"

#include <gtest/gtest.h>

#include <algorithm>

namespace inspectorate::issues {
namespace {

const Date kFound = MakeDate(2026, 3, 9);

Time NineOn(Date day) { return ChinaMidnight(day) + std::chrono::hours(9); }

EarlierIssue ClosedOn(Date day, std::string name = "a", std::string aspect = "") {
  return {.name = std::move(name),
          .aspect = std::move(aspect),
          .state = IssueState::kClosed,
          .closed_at = NineOn(day)};
}

bool Relapses(const EarlierIssue& earlier, int months = 12, const std::string& aspect = "",
              Date found = kFound) {
  return !RelapseOf({.aspect = aspect, .found_on = found}, months, {earlier}).empty();
}

TEST(RelapseTest, OnlyWhatWasStruckOffCounts) {
  for (const IssueState state : kAllIssueStates) {
    EarlierIssue earlier = ClosedOn(MakeDate(2026, 1, 15));
    earlier.state = state;
    EXPECT_EQ(Relapses(earlier), state == IssueState::kClosed) << Name(state);
  }
}

TEST(RelapseTest, FromTheDayAfterTheClosingToTheCorrespondingDay) {
  EXPECT_TRUE(Relapses(ClosedOn(MakeDate(2026, 3, 8))));
  EXPECT_FALSE(Relapses(ClosedOn(kFound))) << "the same day";
  EXPECT_FALSE(Relapses(ClosedOn(MakeDate(2026, 3, 10)))) << "closed after it was found";
  EXPECT_TRUE(Relapses(ClosedOn(MakeDate(2025, 3, 9)))) << "twelve months to the day";
  EXPECT_FALSE(Relapses(ClosedOn(MakeDate(2025, 3, 8))));
  EXPECT_TRUE(Relapses(ClosedOn(MakeDate(2026, 1, 31)), 1, "", MakeDate(2026, 2, 28)));
  EXPECT_FALSE(Relapses(ClosedOn(MakeDate(2026, 1, 31)), 1, "", MakeDate(2026, 3, 1)));
}

// Days are Chinese days: what was closed at 23:59 on the eve was closed before.
TEST(RelapseTest, DaysBeginAtMidnightInChina) {
  EarlierIssue earlier = ClosedOn(kFound);
  earlier.closed_at = ChinaMidnight(kFound) - std::chrono::microseconds(1);
  EXPECT_TRUE(Relapses(earlier));
  earlier.closed_at = ChinaMidnight(kFound);
  EXPECT_FALSE(Relapses(earlier));
}

TEST(RelapseTest, NoMonthsNever) {
  for (Date day = MakeDate(2026, 2, 1); day <= kFound + std::chrono::days(3); day += std::chrono::days(1)) {
    EXPECT_FALSE(Relapses(ClosedOn(day), 0)) << FormatDate(day);
  }
}

TEST(RelapseTest, AspectsDifferOnlyWhereBothNameOne) {
  const Date day = MakeDate(2026, 1, 15);
  EXPECT_TRUE(Relapses(ClosedOn(day, "a", "A03"), 12, "A03"));
  EXPECT_FALSE(Relapses(ClosedOn(day, "a", "A03"), 12, "A04"));
  EXPECT_TRUE(Relapses(ClosedOn(day, "a", ""), 12, "A04"));
  EXPECT_TRUE(Relapses(ClosedOn(day, "a", "A03"), 12, ""));
  EXPECT_TRUE(Relapses(ClosedOn(day), 12, ""));
}

TEST(RelapseTest, TheLatestIsNamedInWhateverOrderTheyCome) {
  std::vector<EarlierIssue> earlier = {
      ClosedOn(MakeDate(2025, 6, 1), "x"), ClosedOn(MakeDate(2026, 2, 1), "b"),
      ClosedOn(MakeDate(2026, 2, 1), "c"), ClosedOn(MakeDate(2024, 2, 1), "y"),
      ClosedOn(MakeDate(2026, 3, 1), "z", "A09")};
  std::sort(earlier.begin(), earlier.end(), [](auto& a, auto& b) { return a.name < b.name; });
  do {
    EXPECT_EQ(RelapseOf({.aspect = "A03", .found_on = kFound}, 12, earlier), "c");
  } while (std::next_permutation(earlier.begin(), earlier.end(),
                                 [](auto& a, auto& b) { return a.name < b.name; }));
  EXPECT_EQ(RelapseOf({.aspect = "", .found_on = kFound}, 12, {}), "");
}

}  // namespace
}  // namespace inspectorate::issues
