// The month's report: figures from records alone, and beside them what such figures hide.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "common/base/time.h"
#include "common/db/database.h"
#include "services/reporting/app/positions.h"
#include "services/reporting/domain/indicators.h"
#include "services/reporting/store/indicators.h"

namespace inspectorate::reporting {

// All that a report of any format says.
struct ReportData {
  std::string office_name;
  Date month;  // its first day
  Date cut_off;
  Positions positions;
  std::vector<Figure> figures;         // in the order of the catalogue, whole office
  std::vector<IndicatorRow> schools;   // I3's denominator, by area and number of the school
  std::vector<IndicatorRow> problems;  // problems fed back, with their state at the cut-off
  std::vector<CellCount> breakdown;
  std::map<std::string, std::string> area_names;  // by resource name
  std::map<std::string, std::string> matters;     // by code

  // The figure of a code, which is in the catalogue.
  const Figure& At(std::string_view code) const;
  // Schools of I3 that were not visited.
  std::vector<const IndicatorRow*> Missing() const;
  std::string Title() const;
  // "registry@12 visits@512 issues@733".
  std::string PositionsText() const;
};

absl::StatusOr<ReportData> LoadReport(db::Session& session, const Scope& scope, const Positions& positions);

// Why a school was not visited: the reason stated, or that none was planned.
std::string WhyMissing(const IndicatorRow& school);
// What a cell of the breakdown is a part of, "督导事项", and its label, "B06 校园及周边安全".
std::string DimensionLabel(const std::string& cell);
std::string CellLabel(const ReportData& report, const std::string& cell);

std::string RenderText(const ReportData& report);
std::string RenderJson(const ReportData& report);
// A workbook (Office Open XML).
absl::StatusOr<std::string> RenderWorkbook(const ReportData& report);

}  // namespace inspectorate::reporting
