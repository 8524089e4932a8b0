#include "services/reporting/domain/indicators.h"

#include <gtest/gtest.h>

#include <set>

#include "common/base/refusal.h"

namespace inspectorate::reporting {
namespace {

const Metric& Get(std::string_view code) { return **FindMetric(code); }

std::string Text(std::string_view code, int64_t numerator,
                 std::optional<int64_t> denominator = std::nullopt) {
  return MakeFigure(Get(code), numerator, denominator)->text;
}

TEST(MetricsTest, EachSaysEverythingInBothLanguages) {
  std::set<std::string_view> codes;
  for (const Metric& metric : Metrics()) {
    SCOPED_TRACE(metric.code);
    EXPECT_TRUE(codes.insert(metric.code).second);
    EXPECT_GE(metric.version, 1);
    for (std::string_view text :
         {metric.title_zh, metric.title_en, metric.numerator_zh, metric.numerator_en, metric.source}) {
      EXPECT_FALSE(text.empty());
    }
    EXPECT_EQ(metric.denominator_zh.empty(), metric.unit == MetricUnit::kCount);
    EXPECT_EQ(metric.denominator_en.empty(), metric.unit == MetricUnit::kCount);
  }
  for (std::string_view code :
       {"I1", "I3", "I4", "I5", "I6a", "I6b", "I7a", "I8a", "I8b", "I9", "I10", "I12", "I15"}) {
    EXPECT_TRUE(codes.contains(code)) << code;
  }
}

TEST(MetricsTest, AnUnknownCodeIsRefused) {
  EXPECT_EQ(RefusalOf(FindMetric("I99").status())->reason, "METRIC_UNKNOWN");
}

TEST(PeriodTest, BeforeWholeMonthsLieAsManyMonthsAndBeforeDaysAsManyDays) {
  const auto before = [](Date from, Date to) { return EquallyLongBefore({.from = from, .to = to}); };
  EXPECT_EQ(before(MakeDate(2026, 3, 1), MakeDate(2026, 3, 31)),
            (Days{MakeDate(2026, 2, 1), MakeDate(2026, 2, 28)}));
  EXPECT_EQ(before(MakeDate(2026, 1, 1), MakeDate(2026, 12, 31)),
            (Days{MakeDate(2025, 1, 1), MakeDate(2025, 12, 31)}));
  EXPECT_EQ(before(MakeDate(2025, 9, 1), MakeDate(2026, 2, 28)),
            (Days{MakeDate(2025, 3, 1), MakeDate(2025, 8, 31)}));
  EXPECT_EQ(before(MakeDate(2026, 3, 9), MakeDate(2026, 3, 15)),
            (Days{MakeDate(2026, 3, 2), MakeDate(2026, 3, 8)}));
  EXPECT_EQ(before(MakeDate(2026, 3, 1), MakeDate(2026, 3, 30)),
            (Days{MakeDate(2026, 1, 30), MakeDate(2026, 2, 28)}));
  EXPECT_EQ(before(MakeDate(2026, 3, 2), MakeDate(2026, 3, 31)),
            (Days{MakeDate(2026, 1, 31), MakeDate(2026, 3, 1)}));
}

TEST(FigureTest, PrintsBothSidesOfTheLine) {
  EXPECT_EQ(Text("I3", 126, 148), "126/148 = 85.1 %");
  EXPECT_EQ(Text("I8a", 124, 124), "124/124 = 100.0 %");
  EXPECT_EQ(Text("I7c", 124, 126), "124/126 = 0.98");
  EXPECT_EQ(Text("I6b", 126), "126");
  EXPECT_DOUBLE_EQ(*MakeFigure(Get("I3"), 126, 148)->value, 126.0 / 148.0);
}

TEST(FigureTest, NothingToDivideByIsNoRate) {
  const auto figure = MakeFigure(Get("I10"), 0, 0);
  ASSERT_TRUE(figure.ok());
  EXPECT_EQ(figure->text, "0/0 = –");
  EXPECT_FALSE(figure->value.has_value());
  EXPECT_EQ(figure->denominator, 0);
  EXPECT_EQ(Text("I7b", 3, 0), "3/0 = –");
}

TEST(FigureTest, ARateHasADenominatorAndACountHasNone) {
  EXPECT_EQ(MakeFigure(Get("I3"), 126).status().code(), absl::StatusCode::kInternal);
  EXPECT_EQ(MakeFigure(Get("I6a"), 126, 148).status().code(), absl::StatusCode::kInternal);
}

TEST(FigureTest, ImpossibleCountsAreFaults) {
  EXPECT_EQ(MakeFigure(Get("I3"), 149, 148).status().code(), absl::StatusCode::kInternal);
  EXPECT_EQ(MakeFigure(Get("I3"), -1, 148).status().code(), absl::StatusCode::kInternal);
  EXPECT_EQ(MakeFigure(Get("I6a"), kMaxCount + 1).status().code(), absl::StatusCode::kInternal);
  EXPECT_TRUE(MakeFigure(Get("I7b"), 300, 100).ok());  // a ratio may exceed one
}

TEST(RoundingTest, HalfUpToOneDecimal) {
  EXPECT_EQ(PercentText(1, 16), "6.3 %");  // 6.25
  EXPECT_EQ(PercentText(1, 3), "33.3 %");
  EXPECT_EQ(PercentText(2, 3), "66.7 %");
  EXPECT_EQ(PercentText(0, 7), "0.0 %");
  EXPECT_EQ(RatioText(1, 8), "0.13");  // 0.125
  EXPECT_EQ(RatioText(7, 2), "3.50");
}

TEST(RoundingTest, OnlyTheWholeIsAHundredAndOnlyNothingIsZero) {
  EXPECT_EQ(PercentText(1999, 2000), "99.9 %");
  EXPECT_EQ(PercentText(1, 5000), "0.1 %");
  EXPECT_EQ(PercentText(kMaxCount - 1, kMaxCount), "99.9 %");
  EXPECT_EQ(PercentText(kMaxCount, kMaxCount), "100.0 %");
}

}  // namespace
}  // namespace inspectorate::reporting
