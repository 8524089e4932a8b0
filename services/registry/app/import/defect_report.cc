#include "services/registry/app/import/defect_report.h"

#include <algorithm>

#include "common/sheet/workbook.h"

namespace inspectorate::registry {
namespace {

// A cell that begins like a formula would be one where the file is opened.
std::string Harmless(const std::string& text) {
  return !text.empty() && std::string_view("=+-@\t\r").find(text[0]) != std::string_view::npos ? "'" + text
                                                                                               : text;
}

std::string Quoted(const std::string& text) {
  std::string quoted = "\"";
  for (const char c : text) quoted += c == '"' ? std::string("\"\"") : std::string(1, c);
  return quoted + '"';
}

struct Line {
  const type::v1::ImportRow* row;
  const type::v1::ImportDefect* defect;
  const char* weight;
};

// What kept a row out comes before what should be looked at.
std::vector<Line> LinesOf(const DefectReport& report) {
  std::vector<Line> lines;
  for (const auto& row : report.rows) {
    for (const auto& defect : row.defects()) lines.push_back({&row, &defect, "错误"});
    for (const auto& remark : row.remarks()) lines.push_back({&row, &remark, "提示"});
  }
  return lines;
}

std::string Summary(const DefectReport& report) {
  const auto& result = *report.result;
  const std::string became = result.dry_run()              ? "试运行，没有写入"
                             : result.rejected()           ? "整批未写入"
                             : result.rejected_rows() == 0 ? "已全部写入"
                                                           : "有错误的行未写入，其余已写入";
  std::string text = "共" + std::to_string(result.total_rows()) + "行：新增" +
                     std::to_string(result.created()) + "，更新" + std::to_string(result.updated()) +
                     "，无变化" + std::to_string(result.unchanged()) + "，退回" +
                     std::to_string(result.rejected_rows()) + "，有提示" +
                     std::to_string(result.remarked_rows()) + "。" + became + "。";
  if (report.left_out > 0) text += "还有" + std::to_string(report.left_out) + "行未列出。";
  return text;
}

}  // namespace

std::string DefectsAsCsv(const DefectReport& report) {
  std::string csv = "\xEF\xBB\xBF文件,行号,性质,列,单元格内容,问题,代码,Problem\r\n";
  for (const Line& line : LinesOf(report)) {
    csv += Quoted(Harmless(line.row->file())) + ',' + std::to_string(line.row->line()) + ',' + line.weight;
    for (const std::string& text : {line.defect->column(), line.defect->cell(), line.defect->message_zh(),
                                    line.defect->code(), line.defect->message_en()}) {
      csv += ',' + Quoted(Harmless(text));
    }
    csv += "\r\n";
  }
  return csv;
}

absl::StatusOr<std::string> DefectsAsWorkbook(const DefectReport& report) {
  // What a person still reads, and the library still holds.
  constexpr uint32_t kMostLines = 20'000;
  constexpr uint32_t kHeadings = 4;
  sheet::Workbook book;
  lxw_worksheet* sheet = book.AddSheet("导入问题清单", kHeadings,
                                       {{"文件", 22},
                                        {"行号", 8},
                                        {"性质", 8},
                                        {"列", 18},
                                        {"单元格内容", 26},
                                        {"问题", 56},
                                        {"代码", 22},
                                        {"Problem", 50}});
  book.Title(sheet, 0, report.office + "　名册导入问题清单", true);
  book.Title(sheet, 1, report.time + "　" + Summary(report), false);
  book.Title(sheet, 2,
             "“错误”的行没有写入，请在原名册中改正后重新导入（行号以表头为第1行，已写入的行不会重复）；“提示”"
             "的行已照原样写入，请核对。",
             false);
  uint32_t at = kHeadings;
  for (const Line& line : LinesOf(report)) {
    if (at - kHeadings >= kMostLines) {
      book.Title(sheet, 3, "以下只列前20000处，全部见同名的CSV文件。", false);
      break;
    }
    ++at;
    book.Text(sheet, at, 0, line.row->file());
    book.Count(sheet, at, 1, line.row->line());
    book.Text(sheet, at, 2, line.weight);
    book.Text(sheet, at, 3, line.defect->column());
    book.Text(sheet, at, 4, line.defect->cell());
    book.Text(sheet, at, 5, line.defect->message_zh());
    book.Text(sheet, at, 6, line.defect->code());
    book.Text(sheet, at, 7, line.defect->message_en());
  }
  worksheet_autofilter(sheet, kHeadings, 0, std::max<uint32_t>(at, kHeadings + 1), 7);
  return book.Close();
}

}  // namespace inspectorate::registry
