// The report as a workbook for the office's own use.
#include <unistd.h>
#include <xlsxwriter.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <utility>

#include "common/base/text.h"
#include "inspectorate/issues/v1/issue.pb.h"
#include "services/reporting/app/report.h"
#include "services/reporting/app/texts.h"

namespace inspectorate::reporting {
namespace {

struct Heading {
  const char* text;
  double width;
};

// One workbook being written, in a file of its own that is gone with it.
class Book {
 public:
  Book() {
    const int file = mkstemp(path_.data());
    if (file >= 0) close(file);
    book_ = workbook_new(path_.c_str());
    title_ = workbook_add_format(book_);
    format_set_bold(title_);
    format_set_font_size(title_, 14);
    heading_ = workbook_add_format(book_);
    format_set_bold(heading_);
    format_set_bg_color(heading_, 0xD9E2F3);
    format_set_border(heading_, LXW_BORDER_THIN);
    cell_ = AddCell();
    format_set_text_wrap(cell_);
    count_ = AddCell();
    format_set_num_format(count_, "#,##0");
    percent_ = AddCell();
    format_set_num_format(percent_, "0.0%");
    ratio_ = AddCell();
    format_set_num_format(ratio_, "0.00");
  }
  ~Book() {
    if (book_ != nullptr) lxw_workbook_free(book_);
    unlink(path_.c_str());
  }
  Book(const Book&) = delete;
  Book& operator=(const Book&) = delete;

  // A sheet whose headings, at `row`, stay in view.
  lxw_worksheet* AddSheet(const char* name, uint32_t row, const std::vector<Heading>& headings) {
    lxw_worksheet* sheet = workbook_add_worksheet(book_, name);
    columns_ = headings;
    tall_ = {};
    for (uint16_t column = 0; column < headings.size(); ++column) {
      worksheet_set_column(sheet, column, column, headings[column].width, nullptr);
      worksheet_write_string(sheet, row, column, headings[column].text, heading_);
    }
    worksheet_freeze_panes(sheet, row + 1, 0);
    worksheet_set_landscape(sheet);
    worksheet_fit_to_pages(sheet, 1, 0);
    worksheet_repeat_rows(sheet, row, row);
    return sheet;
  }
  void Title(lxw_worksheet* sheet, uint32_t row, const std::string& text, bool large) {
    worksheet_write_string(sheet, row, 0, text.c_str(), large ? title_ : nullptr);
  }
  void Text(lxw_worksheet* sheet, uint32_t row, uint16_t column, const std::string& text) {
    worksheet_write_string(sheet, row, column, text.c_str(), cell_);
    MakeRoom(sheet, row, column, text);
  }
  void Count(lxw_worksheet* sheet, uint32_t row, uint16_t column, int64_t count) {
    worksheet_write_number(sheet, row, column, static_cast<double>(count), count_);
  }
  void Rate(lxw_worksheet* sheet, uint32_t row, uint16_t column, double value, bool percent) {
    worksheet_write_number(sheet, row, column, value, percent ? percent_ : ratio_);
  }

  absl::StatusOr<std::string> Close() {
    const lxw_error error = workbook_close(std::exchange(book_, nullptr));
    if (error != LXW_NO_ERROR) return absl::InternalError(std::string("workbook: ") + lxw_strerror(error));
    std::ifstream file(path_, std::ios::binary);
    std::ostringstream bytes;
    bytes << file.rdbuf();
    if (!file) return absl::InternalError("the workbook cannot be read back");
    return bytes.str();
  }

 private:
  // Numbers stand beside the first line of a text that wraps.
  lxw_format* AddCell() {
    lxw_format* format = workbook_add_format(book_);
    format_set_border(format, LXW_BORDER_THIN);
    format_set_align(format, LXW_ALIGN_VERTICAL_TOP);
    return format;
  }

  // A row is as high as its longest text wraps: not every program sets the heights itself, and where none
  // does the text runs into the next row. Lines break between words, so a column holds a little less than its
  // width.
  void MakeRoom(lxw_worksheet* sheet, uint32_t row, uint16_t column, const std::string& text) {
    constexpr double kUsable = 0.9;
    constexpr double kLineHeight = 15;
    const double lines =
        std::ceil(static_cast<double>(DisplayWidth(text)) / (columns_[column].width * kUsable));
    if (row != tall_.row) tall_ = {.row = row, .lines = 1};
    if (lines <= tall_.lines) return;
    tall_.lines = lines;
    worksheet_set_row(sheet, row, kLineHeight * lines, nullptr);
  }

  // The row being written, and how many lines it has.
  struct Tall {
    uint32_t row = 0;
    double lines = 1;
  };

  std::vector<Heading> columns_;  // of the sheet being written
  Tall tall_;
  lxw_workbook* book_ = nullptr;
  // The library writes files only.
  std::string path_ = (std::filesystem::temp_directory_path() / "report-XXXXXX").string();
  lxw_format* title_;
  lxw_format* heading_;
  lxw_format* cell_;
  lxw_format* count_;
  lxw_format* percent_;
  lxw_format* ratio_;
};

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
