// The report for people: plain text whose columns line up in a terminal.
#include <algorithm>
#include <map>

#include "common/base/text.h"
#include "inspectorate/issues/v1/issue.pb.h"
#include "services/reporting/app/report.h"
#include "services/reporting/app/texts.h"

namespace inspectorate::reporting {
namespace {

constexpr size_t kWidth = 100;

std::string Rule(const char* mark) {
  std::string rule;
  for (size_t i = 0; i < kWidth; ++i) rule += mark;
  return rule + "\n";
}

std::string Section(const std::string& title) { return "\n" + title + "\n" + Rule("-"); }

std::string Number(int64_t n) { return std::to_string(n); }

std::string ChineseDate(Date day) {
  return std::to_string(YearOf(day)) + "年" + std::to_string(MonthOf(day)) + "月" +
         std::to_string(DayOf(day)) + "日";
}

// What the month would be summed up as.
std::string Summary(const ReportData& report) {
  const Figure& closed = report.At("I8a");
  const int64_t after_look_back = std::count_if(
      report.problems.begin(), report.problems.end(),
      [](const IndicatorRow& row) { return row.state == issues::v1::CLOSED && row.after_look_back; });
  // Most are looked back at after the month: the month's look-backs alone would not explain the closings.
  const int64_t looked_back = std::count_if(report.problems.begin(), report.problems.end(),
                                            [](const IndicatorRow& row) { return row.after_look_back; });
  std::string text = "  督导" + report.At("I6b").text + "人次（" + report.At("I6a").text +
                     "校次），反馈问题" + report.At("I7a").text + "个";
  if (!report.problems.empty()) {
    text += "，整改" + closed.text + "，其中经回头看销号" + Number(after_look_back) + "个";
    // What is closed was looked back at or cured on the spot: said, so that the parts add up.
    if (const int64_t on_the_spot = closed.numerator - after_look_back; on_the_spot > 0) {
      text += "、现场整改销号" + Number(on_the_spot) + "个";
    }
  }
  text += "。\n  回头看另列，不计入上述人次：当月进行" + report.At("I6c").text + "校次、" +
          report.At("I6d").text + "人次";
  if (!report.problems.empty()) text += "；上述反馈问题至统计截止已回头看" + Number(looked_back) + "个";
  return text + "。\n";
}

// What a summary hides.
std::string Beside(const ReportData& report) {
  const Figure& covered = report.At("I3");
  const int64_t owed = covered.denominator.value_or(0);
  const std::string coverage = owed == 0
                                   ? "  当月没有应督导的学校（园）。\n"
                                   : "  当月应督导" + Number(owed) + "所学校（园），已督导" +
                                         Number(covered.numerator) + "所，覆盖率" + covered.text +
                                         "；未督导" + Number(owed - covered.numerator) + "所，名单见后。\n";
  return coverage + "  按到期计的整改率" + report.At("I8b").text + "；本月到期问题的按期整改率" +
         report.At("I9").text + "；回头看率" + report.At("I10").text + "。\n";
}

std::string Figures(const ReportData& report) {
  std::string text;
  for (const Figure& figure : report.figures) {
    text += "  " + PadToWidth(figure.metric->code, 5) + PadToWidth(figure.metric->title_zh, 24) +
            PadToWidth(figure.text, 22) + std::string(figure.metric->numerator_zh);
    if (!figure.metric->denominator_zh.empty()) text += " ÷ " + std::string(figure.metric->denominator_zh);
    text += "\n";
  }
  return text;
}

std::string Areas(const ReportData& report) {
  std::map<int, std::pair<std::string, Counts>> areas;
  for (const IndicatorRow& row : report.schools) {
    auto& [name, counts] = areas[row.area_number];
    name = row.area_name.empty() ? "（未划入责任区）" : row.area_name;
    counts.numerator += row.numerator;
    counts.denominator += row.denominator;
  }
  std::string text;
  for (const auto& [number, area] : areas) {
    const auto& [name, counts] = area;
    text += "  " + PadToWidth(name, 30) +
            PadToWidth(Number(counts.numerator) + "/" + Number(counts.denominator), 12) +
            PercentText(counts.numerator, counts.denominator) + "\n";
  }
  return text.empty() ? "  无。\n" : text;
}

// As wide as its longest text and a gap; beyond the limit a text is cut.
size_t WidthOf(const std::vector<const IndicatorRow*>& rows, std::string IndicatorRow::*column) {
  constexpr size_t kLimit = 60;
  constexpr size_t kGap = 2;
  size_t width = 0;
  for (const IndicatorRow* row : rows) width = std::max(width, DisplayWidth(row->*column));
  return std::min(width, kLimit) + kGap;
}

std::string MissingList(const ReportData& report) {
  const std::vector<const IndicatorRow*> missing = report.Missing();
  const size_t school = WidthOf(missing, &IndicatorRow::school_name);
  const size_t area = WidthOf(missing, &IndicatorRow::area_name);
  const size_t inspector = WidthOf(missing, &IndicatorRow::inspector_name);
  const size_t number = Number(static_cast<int64_t>(missing.size())).size() + 2;
  std::string text;
  for (size_t i = 0; i < missing.size(); ++i) {
    const IndicatorRow& row = *missing[i];
    text += "  " + PadToWidth(Number(static_cast<int64_t>(i) + 1), number) +
            PadToWidth(row.school_name, school) + PadToWidth(row.area_name, area) +
            PadToWidth(row.inspector_name, inspector) + WhyMissing(row) + "\n";
  }
  return text.empty() ? "  无。\n" : text;
}

std::string Parts(const ReportData& report) {
  std::string text;
  for (const CellCount& cell : report.breakdown) {
    text += "  " + PadToWidth(DimensionLabel(cell.cell), 10) + PadToWidth(CellLabel(report, cell.cell), 44) +
            Number(cell.count) + "\n";
  }
  return text.empty() ? "  无。\n" : text;
}

}  // namespace

std::string RenderText(const ReportData& report) {
  return report.Title() + "\n" + Rule("=") + "  统计截止：" + ChineseDate(report.cut_off) +
         "（当日办理的计入）　数据位置：" + report.PositionsText() + "\n" + Section("一、概况") +
         Summary(report) + Section("二、数字之外") + Beside(report) + Section("三、指标") + Figures(report) +
         Section("四、各责任区月督导覆盖情况") + Areas(report) + Section("五、当月未督导的学校（园）") +
         MissingList(report) + Section("六、问题分布") + Parts(report);
}

}  // namespace inspectorate::reporting
