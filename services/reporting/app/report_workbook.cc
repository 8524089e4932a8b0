// The report as a workbook for the office's own use.
#include <algorithm>

#include "common/sheet/workbook.h"
#include "inspectorate/issues/v1/issue.pb.h"
#include "services/reporting/app/report.h"
#include "services/reporting/app/texts.h"

namespace inspectorate::reporting {
namespace {

using Book = sheet::Workbook;

void WriteFigures(Book& book, const ReportData& report) {
  constexpr uint32_t kHeadings = 3;
  lxw_worksheet* sheet = book.AddSheet("概况", kHeadings,
                                       {{"代码", 8},
                                        {"指标", 22},
                                        {"分子", 10},
                                        {"分母", 10},
                                        {"值", 10},
                                        {"分子含义", 44},
                                        {"分母含义", 36},
                                        {"依据", 50}});
  book.Title(sheet, 0, report.Title(), true);
  book.Title(sheet, 1, "统计截止：" + FormatDate(report.cut_off) + "　数据位置：" + report.PositionsText(),
             false);
  uint32_t row = kHeadings;
  for (const Figure& figure : report.figures) {
    ++row;
    book.Text(sheet, row, 0, std::string(figure.metric->code));
    book.Text(sheet, row, 1, std::string(figure.metric->title_zh));
    book.Count(sheet, row, 2, figure.numerator);
    figure.denominator ? book.Count(sheet, row, 3, *figure.denominator) : book.Text(sheet, row, 3, "");
    if (figure.value) {
      book.Rate(sheet, row, 4, *figure.value, figure.metric->unit == MetricUnit::kPercent);
    } else {
      book.Text(sheet, row, 4, figure.denominator ? "–" : "");
    }
    book.Text(sheet, row, 5, std::string(figure.metric->numerator_zh));
    book.Text(sheet, row, 6, std::string(figure.metric->denominator_zh));
    book.Text(sheet, row, 7, std::string(figure.metric->source));
  }
}

void WriteCoverage(Book& book, const ReportData& report) {
  lxw_worksheet* sheet = book.AddSheet(
      "覆盖情况", 0,
      {{"责任区", 26}, {"学校（园）", 46}, {"当月督导", 10}, {"未督导的原因", 40}, {"责任督学", 24}});
  uint32_t row = 0;
  for (const bool visited : {false, true}) {  // the missing ones first
    for (const IndicatorRow& school : report.schools) {
      if ((school.numerator > 0) != visited) continue;
      ++row;
      book.Text(sheet, row, 0, school.area_name);
      book.Text(sheet, row, 1, school.school_name);
      book.Text(sheet, row, 2, visited ? "已督导" : "未督导");
      book.Text(sheet, row, 3, visited ? "" : WhyMissing(school));
      book.Text(sheet, row, 4, school.inspector_name);
    }
  }
  worksheet_autofilter(sheet, 0, 0, std::max<uint32_t>(row, 1), 4);
}

void WriteLedger(Book& book, const ReportData& report) {
  lxw_worksheet* sheet = book.AddSheet("问题清单", 0,
                                       {{"序号", 6},
                                        {"责任区", 26},
                                        {"学校（园）", 40},
                                        {"督导事项", 38},
                                        {"等级", 10},
                                        {"问题", 60},
                                        {"发现日期", 12},
                                        {"截止时状态", 12},
                                        {"问题编号", 42}});
  uint32_t row = 0;
  for (const IndicatorRow& problem : report.problems) {
    ++row;
    book.Count(sheet, row, 0, row);
    book.Text(sheet, row, 1, problem.area_name);
    book.Text(sheet, row, 2, problem.school_name);
    book.Text(sheet, row, 3, CellLabel(report, "matter=" + problem.matter));
    book.Text(sheet, row, 4, Chinese(issues::v1::Severity_descriptor(), problem.severity));
    book.Text(sheet, row, 5, problem.note);
    book.Text(sheet, row, 6, problem.day ? FormatDate(*problem.day) : "");
    book.Text(sheet, row, 7, Chinese(issues::v1::IssueState_descriptor(), problem.state));
    book.Text(sheet, row, 8, FormatUuid(problem.id));
  }
  worksheet_autofilter(sheet, 0, 0, std::max<uint32_t>(row, 1), 8);
}

void WriteBreakdown(Book& book, const ReportData& report) {
  lxw_worksheet* sheet = book.AddSheet("分布", 0, {{"部分", 12}, {"名称", 44}, {"问题数", 10}});
  uint32_t row = 0;
  for (const CellCount& cell : report.breakdown) {
    ++row;
    book.Text(sheet, row, 0, DimensionLabel(cell.cell));
    book.Text(sheet, row, 1, CellLabel(report, cell.cell));
    book.Count(sheet, row, 2, cell.count);
  }
}

}  // namespace

absl::StatusOr<std::string> RenderWorkbook(const ReportData& report) {
  Book book;
  WriteFigures(book, report);
  WriteCoverage(book, report);
  WriteLedger(book, report);
  WriteBreakdown(book, report);
  return book.Close();
}

}  // namespace inspectorate::reporting
