#include "services/reporting/domain/indicators.h"

#include <algorithm>
#include <cstdlib>

#include "common/base/refusal.h"

namespace inspectorate::reporting {
namespace {

constexpr MetricUnit kCount = MetricUnit::kCount;
constexpr MetricUnit kPercent = MetricUnit::kPercent;
constexpr MetricUnit kRatio = MetricUnit::kRatio;

constexpr std::string_view kPostedScheme = "《中小学校责任督学挂牌督导办法》";
constexpr std::string_view kStateRegulation = "教育督导条例（国务院令第624号）";

constexpr Metric kMetrics[] = {
    {"I1", 2, "挂牌覆盖率", "Assignment coverage", "期末有可以履职的责任督学（或其代理人）的学校（园）",
     "institutions with a responsible inspector, or somebody who acts for that one, who may act there on the "
     "last "
     "day",
     "期末在办的学校（园）", "institutions in operation on the last day", kPercent, kPostedScheme},
    {"I3", 1, "月督导覆盖率", "Monthly visit coverage", "当月至少完成一次经常性督导的学校（园）",
     "institutions with a routine visit held in the month", "当月在办且在教学期内的学校（园）",
     "institutions in session in the month", kPercent, kPostedScheme},
    {"I4", 1, "法定督导覆盖率", "Statutory coverage", "本学期经常性督导达到法定次数的学校（园）",
     "institutions with the statutory number of routine visits in the term", "在办的学校（园）",
     "institutions in operation", kPercent, "教育督导条例（国务院令第624号）第十四条"},
    {"I5", 1, "计划完成率", "Plan completion", "在计划时段内完成的计划督导",
     "planned visits held within their window", "计划的督导（经批准取消的另列）",
     "planned visits (cancelled with approval shown apart)", kPercent, "督导室月度计划"},
    {"I6a", 1, "督导校次", "School-visits", "完成的经常性督导", "routine visits held", "", "", kCount,
     kStateRegulation},
    {"I6b", 1, "督导人次", "Person-times", "完成的经常性督导中签到督学之和",
     "inspectors checked in, summed over the routine visits held", "", "", kCount, kStateRegulation},
    {"I6c", 1, "回头看校次", "Look-back visits", "完成的回头看", "look-back visits held", "", "", kCount,
     "教育督导条例（国务院令第624号）第二十二条"},
    {"I6d", 1, "回头看人次", "Look-back person-times", "完成的回头看中签到督学之和",
     "inspectors checked in, summed over the look-back visits held", "", "", kCount,
     "教育督导条例（国务院令第624号）第二十二条"},
    {"I7a", 1, "发现问题数", "Problems found", "已反馈的问题", "problems fed back", "", "", kCount,
     kStateRegulation},
    {"I7b", 1, "每校次发现问题", "Problems per school-visit", "已反馈的问题", "problems fed back",
     "完成的经常性督导（校次）", "routine visits held", kRatio, kStateRegulation},
    {"I7c", 1, "每人次发现问题", "Problems per person-time", "已反馈的问题", "problems fed back",
     "完成的经常性督导中签到督学之和（人次）", "inspectors checked in, summed over the routine visits held",
     kRatio, kStateRegulation},
    {"I8a", 1, "整改率（按发现）", "Rectified rate, of those found", "已销号的问题", "problems closed",
     "已反馈的问题（不含作废）", "problems fed back, those voided left out", kPercent,
     "教育督导条例（国务院令第624号）第二十一、二十二条"},
    {"I8b", 1, "整改率（按到期）", "Rectified rate, of those due", "到期问题中已销号的",
     "problems due and closed", "整改期限已到的问题", "problems whose time limit has passed", kPercent,
     "教育督导条例（国务院令第624号）第二十一、二十二条"},
    {"I9", 1, "按期整改率", "On-time rate", "在期限（含批准的延期）内提交整改报告并已销号的到期问题",
     "problems due, closed, and reported within the time limit with granted extensions", "期内到期的问题",
     "problems due in the period", kPercent, "教育督导条例（国务院令第624号）第二十一条"},
    {"I10", 2, "回头看率", "Look-back rate", "至少回头看一次的问题", "problems looked back at least once",
     "已提交整改报告的问题（现场整改销号的不计）",
     "problems with a rectification report, those closed on the spot left out", kPercent,
     "教育督导条例（国务院令第624号）第二十二条"},
    {"I12", 1, "反弹率", "Relapse rate",
     "期内发现的反弹问题：同一学校（园）同一事项，销号后在规则规定的月数内再现",
     "relapses found in the period: problems that a closed one of the same institution and matter comes back "
     "as",
     "此前同样长的时间内销号的问题", "problems closed in the equally long time before", kRatio,
     "教育督导条例（国务院令第624号）第二十二条；时长见规则 issue.relapse_months"},
    {"I15", 1, "问题分布", "Breakdown of problems", "已反馈的问题，按责任区、督导事项、等级、学校类别、来源",
     "problems fed back, by area, matter, severity, kind of institution and source", "", "", kCount,
     kStateRegulation},
};

// `value` in units of 10^-decimals.
std::string Fixed(int64_t value, int decimals) {
  std::string digits = std::to_string(value);
  const auto wanted = static_cast<size_t>(decimals) + 1;
  if (digits.size() < wanted) digits.insert(0, wanted - digits.size(), '0');
  digits.insert(digits.size() - static_cast<size_t>(decimals), ".");
  return digits;
}

// numerator * scale / denominator, rounded half up, without leaving 64 bits.
int64_t Scaled(int64_t numerator, int64_t denominator, int64_t scale) {
  const int64_t whole = numerator / denominator;
  const int64_t rest = numerator % denominator;
  return whole * scale + (2 * rest * scale + denominator) / (2 * denominator);
}

}  // namespace

std::string_view Name(MetricUnit unit) {
  switch (unit) {
    case MetricUnit::kCount:
      return "count";
    case MetricUnit::kPercent:
      return "percent";
    case MetricUnit::kRatio:
      return "ratio";
  }
  std::abort();
}

std::span<const Metric> Metrics() { return kMetrics; }

absl::StatusOr<const Metric*> FindMetric(std::string_view code) {
  for (const Metric& metric : kMetrics) {
    if (metric.code == code) return &metric;
  }
  return Refuse("METRIC_UNKNOWN", {{"metric", std::string(code)}});
}

Days EquallyLongBefore(const Days& period) {
  const Date after = period.to + std::chrono::days(1);
  const Date last = period.from - std::chrono::days(1);
  if (MonthBegin(period.from) != period.from || MonthBegin(after) != after) {
    return {.from = period.from - (after - period.from), .to = last};
  }
  Date from = period.from;
  for (Date month = period.from; month < after; month = NextMonth(month)) {
    from = MonthBegin(from - std::chrono::days(1));
  }
  return {.from = from, .to = last};
}

std::string PercentText(int64_t numerator, int64_t denominator) {
  constexpr int64_t kWhole = 1000;  // tenths of a percent
  int64_t tenths = Scaled(numerator, denominator, kWhole);
  if (numerator < denominator) tenths = std::min(tenths, kWhole - 1);
  if (numerator > 0) tenths = std::max<int64_t>(tenths, 1);
  return Fixed(tenths, 1) + " %";
}

std::string RatioText(int64_t numerator, int64_t denominator) {
  return Fixed(Scaled(numerator, denominator, 100), 2);
}

absl::StatusOr<Figure> MakeFigure(const Metric& metric, int64_t numerator,
                                  std::optional<int64_t> denominator) {
  const auto countable = [](int64_t n) { return n >= 0 && n <= kMaxCount; };
  if (!countable(numerator) || (denominator.has_value() && !countable(*denominator))) {
    return absl::InternalError("a count out of range");
  }
  if (denominator.has_value() == (metric.unit == MetricUnit::kCount)) {
    return absl::InternalError("a rate without its denominator, or a count with one");
  }
  if (metric.unit == MetricUnit::kPercent && numerator > *denominator) {
    return absl::InternalError("a part greater than its whole");
  }
  Figure figure{.metric = &metric,
                .numerator = numerator,
                .denominator = denominator,
                .value = std::nullopt,
                .text = std::to_string(numerator)};
  if (!denominator.has_value()) return figure;
  figure.text += "/" + std::to_string(*denominator) + " = ";
  if (*denominator == 0) {
    figure.text += "–";
    return figure;
  }
  figure.value = static_cast<double>(numerator) / static_cast<double>(*denominator);
  figure.text += metric.unit == MetricUnit::kPercent ? PercentText(numerator, *denominator)
                                                     : RatioText(numerator, *denominator);
  return figure;
}

}  // namespace inspectorate::reporting
