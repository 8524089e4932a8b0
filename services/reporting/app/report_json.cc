// The report for programs.
#include <nlohmann/json.hpp>

#include "inspectorate/issues/v1/issue.pb.h"
#include "services/reporting/app/report.h"
#include "services/reporting/app/texts.h"

namespace inspectorate::reporting {
namespace {

using Json = nlohmann::ordered_json;

Json FigureJson(const Figure& figure) {
  Json json = {{"code", figure.metric->code},
               {"version", figure.metric->version},
               {"title", figure.metric->title_zh},
               {"numerator", figure.numerator}};
  if (figure.denominator) json["denominator"] = *figure.denominator;
  if (figure.value) json["value"] = *figure.value;
  json["text"] = figure.text;
  return json;
}

Json SchoolJson(const IndicatorRow& row) {
  return {{"school", "schools/" + FormatUuid(row.school)},
          {"name", row.school_name},
          {"area", row.area_name},
          {"inspector", row.inspector_name},
          {"reason", WhyMissing(row)}};
}

Json ProblemJson(const IndicatorRow& row) {
  return {{"id", FormatUuid(row.id)},
          {"school", row.school_name},
          {"area", row.area_name},
          {"matter", row.matter},
          {"severity", issues::v1::Severity_Name(static_cast<issues::v1::Severity>(row.severity))},
          {"found_day", row.day ? FormatDate(*row.day) : ""},
          {"fact", row.note},
          {"state", issues::v1::IssueState_Name(static_cast<issues::v1::IssueState>(row.state))},
          {"looked_back", row.after_look_back}};
}

}  // namespace

std::string RenderJson(const ReportData& report) {
  Json json = {{"title", report.Title()},
               {"month", FormatDate(report.month)},
               {"cut_off", FormatDate(report.cut_off)}};
  for (const v1::Position& position : report.positions)
    json["positions"][position.source()] = position.position();
  json["figures"] = Json::array();
  for (const Figure& figure : report.figures) json["figures"].push_back(FigureJson(figure));
  json["missing"] = Json::array();
  for (const IndicatorRow* row : report.Missing()) json["missing"].push_back(SchoolJson(*row));
  json["breakdown"] = Json::array();
  for (const CellCount& cell : report.breakdown) {
    json["breakdown"].push_back(
        {{"cell", cell.cell}, {"label", CellLabel(report, cell.cell)}, {"count", cell.count}});
  }
  json["problems"] = Json::array();
  for (const IndicatorRow& row : report.problems) json["problems"].push_back(ProblemJson(row));
  return json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace inspectorate::reporting
