#include "services/registry/app/import/report_files.h"

#include <string>
#include <utility>

#include "common/base/macros.h"
#include "services/registry/app/import/defect_report.h"
#include "services/registry/store/data_files.h"

namespace inspectorate::registry {
namespace {

// "2026-11-26 17:03" in China.
std::string ForPeople(Time time) {
  const std::string text = FormatTime(time + kChinaOffset);
  return text.substr(0, 10) + " " + text.substr(11, 5);
}

}  // namespace

absl::Status PutReportFiles(work::Writer& writer, const db::Budget& budget, const std::string& office,
                            const Uuid& operation, std::vector<type::v1::ImportRow> told,
                            v1::ImportRosterResponse* response) {
  response->clear_report_files();
  if (told.empty()) return absl::OkStatus();
  const Time now = writer.clock().Now();
  DefectReport report{
      .office = office, .time = ForPeople(now), .result = response, .rows = std::move(told), .left_out = 0};
  for (const auto& row : report.rows) {
    report.left_out -= row.defects_size() > 0 || row.remarks_size() > 0 ? 1 : 0;
    if (row.defects_size() > 0 && row.remarks_size() > 0) --report.left_out;
  }
  report.left_out += response->rejected_rows() + response->remarked_rows();
  RETURN_IF_ERROR(writer.database().Read(budget, [&](db::Session& session) -> absl::Status {
    ASSIGN_OR_RETURN(const db::Rows rows,
                     session.Query("SELECT `display_name` FROM `office` WHERE `office` = ?", {office}));
    if (!rows.empty()) report.office = rows.at(0, 0).AsString();
    return absl::OkStatus();
  }));
  ASSIGN_OR_RETURN(const std::string workbook, DefectsAsWorkbook(report));
  for (const auto& [name, content] :
       {std::pair{"导入问题清单.csv", DefectsAsCsv(report)}, std::pair{"导入问题清单.xlsx", workbook}}) {
    v1::DataFile file;
    RETURN_IF_ERROR(writer.database().Transact(
        budget, {},
        [&, file_name = name, &bytes = content](db::Transaction& tx) -> absl::Status {
          const FileKey key = {office, DerivedUuid(operation, file_name)};
          ASSIGN_OR_RETURN(file, PutDataFile(tx, key, file_name, bytes, now));
          return absl::OkStatus();
        },
        /*resolve=*/true));
    *response->add_report_files() = file;
  }
  return absl::OkStatus();
}

}  // namespace inspectorate::registry
