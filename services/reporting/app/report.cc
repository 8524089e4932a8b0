#include "services/reporting/app/report.h"

#include <algorithm>
#include <cstdlib>
#include <set>
#include <tuple>

#include "common/base/macros.h"
#include "common/resource/description.h"
#include "common/roster/catalogue.h"
#include "inspectorate/issues/v1/issue.pb.h"
#include "inspectorate/registry/v1/school.pb.h"
#include "inspectorate/visits/v1/visit.pb.h"
#include "services/reporting/app/texts.h"

namespace inspectorate::reporting {
namespace {

void SortBySchool(std::vector<IndicatorRow>* rows) {
  std::stable_sort(rows->begin(), rows->end(), [](const IndicatorRow& a, const IndicatorRow& b) {
    return std::tie(a.area_number, a.external_id, a.school, a.day, a.id) <
           std::tie(b.area_number, b.external_id, b.school, b.day, b.id);
  });
}

absl::StatusOr<std::vector<IndicatorRow>> RowsOf(db::Session& session, std::string_view code,
                                                 const Scope& scope, Side side) {
  ASSIGN_OR_RETURN(const Metric* metric, FindMetric(code));
  ASSIGN_OR_RETURN(auto rows, ListRows(session, *metric, scope, {}, side));
  SortBySchool(&rows);
  return rows;
}

absl::Status LoadNames(db::Session& session, const Scope& scope, ReportData* report) {
  ASSIGN_OR_RETURN(db::Rows office,
                   session.Query("SELECT display_name FROM office WHERE office = ?", {scope.office}));
  if (!office.empty()) report->office_name = office.at(0, 0).AsString();
  ASSIGN_OR_RETURN(db::Rows areas,
                   session.Query("SELECT area, display_name FROM area WHERE office = ?", {scope.office}));
  for (size_t i = 0; i < areas.size(); ++i) {
    report->area_names["offices/" + scope.office + "/areas/" + FormatUuid(areas.at(i, 0).AsUuid())] =
        areas.at(i, 1).AsString();
  }
  ASSIGN_OR_RETURN(db::Rows matters,
                   session.Query("SELECT matter, display_name FROM matter WHERE office = ?", {scope.office}));
  // As the catalogues called them at the end of the period; as the registry calls them now where they say
  // nothing.
  ASSIGN_OR_RETURN(const roster::Catalogues catalogues,
                   roster::CataloguesOn(session, scope.office, scope.to));
  for (size_t i = 0; i < matters.size(); ++i) {
    const std::string code = matters.at(i, 0).AsString();
    std::string& name = report->matters[code];
    for (const auto kind :
         {registry::v1::CATALOGUE_SCHOOL_MATTERS, registry::v1::CATALOGUE_KINDERGARTEN_MATTERS}) {
      if (name.empty()) name = catalogues.TitleOf(kind, code);
    }
    if (name.empty()) name = matters.at(i, 1).AsString();
  }
  return absl::OkStatus();
}

// Where two schools of the office have one name, their own numbers tell them apart.
absl::Status TellApart(db::Session& session, const Scope& scope, ReportData* report) {
  ASSIGN_OR_RETURN(db::Rows rows, session.Query("SELECT display_name FROM school WHERE office = ?"
                                                " GROUP BY display_name HAVING COUNT(*) > 1",
                                                {scope.office}));
  std::set<std::string> shared;
  for (size_t i = 0; i < rows.size(); ++i) shared.insert(rows.at(i, 0).AsString());
  for (std::vector<IndicatorRow>* list : {&report->schools, &report->problems}) {
    for (IndicatorRow& row : *list) {
      if (!row.external_id.empty() && shared.contains(row.school_name)) {
        row.school_name += "（" + row.external_id + "）";
      }
    }
  }
  return absl::OkStatus();
}

}  // namespace

const Figure& ReportData::At(std::string_view code) const {
  for (const Figure& figure : figures) {
    if (figure.metric->code == code) return figure;
  }
  std::abort();
}

std::vector<const IndicatorRow*> ReportData::Missing() const {
  std::vector<const IndicatorRow*> missing;
  for (const IndicatorRow& row : schools) {
    if (row.numerator == 0) missing.push_back(&row);
  }
  return missing;
}

std::string ReportData::Title() const {
  return office_name + std::to_string(YearOf(month)) + "年" + std::to_string(MonthOf(month)) +
         "月督导工作月报";
}

std::string ReportData::PositionsText() const {
  std::string text;
  for (const v1::Position& position : positions) {
    text += (text.empty() ? "" : " ") + position.source() + "@" + std::to_string(position.position());
  }
  return text;
}

absl::StatusOr<ReportData> LoadReport(db::Session& session, const Scope& scope, const Positions& positions) {
  ReportData report;
  report.month = scope.from;
  report.cut_off = scope.cut_off;
  report.positions = positions;
  RETURN_IF_ERROR(LoadNames(session, scope, &report));
  for (const Metric& metric : Metrics()) {
    ASSIGN_OR_RETURN(const Counts counts, Count(session, metric, scope));
    ASSIGN_OR_RETURN(Figure figure, FigureOf(metric, counts));
    report.figures.push_back(std::move(figure));
  }
  ASSIGN_OR_RETURN(report.schools, RowsOf(session, "I3", scope, Side::kDenominator));
  ASSIGN_OR_RETURN(report.problems, RowsOf(session, "I7a", scope, Side::kNumerator));
  RETURN_IF_ERROR(TellApart(session, scope, &report));
  ASSIGN_OR_RETURN(report.breakdown, Breakdown(session, scope));
  return report;
}

std::string WhyMissing(const IndicatorRow& school) {
  if (school.state == 0) return "当月没有安排督导";
  const std::string state = Chinese(visits::v1::VisitState_descriptor(), school.state);
  return school.note.empty() ? state : state + "：" + school.note;
}

std::string DimensionLabel(const std::string& cell) {
  static const auto& labels = *new std::map<std::string, std::string>{{"area", "责任区"},
                                                                      {"matter", "督导事项"},
                                                                      {"severity", "等级"},
                                                                      {"kind", "学校类别"},
                                                                      {"source", "来源"}};
  return labels.at(cell.substr(0, cell.find('=')));
}

std::string CellLabel(const ReportData& report, const std::string& cell) {
  const size_t equals = cell.find('=');
  const std::string dimension = cell.substr(0, equals);
  const std::string value = cell.substr(equals + 1);
  const auto name_of = [&](const std::map<std::string, std::string>& names) {
    auto at = names.find(value);
    return at == names.end() ? std::string() : at->second;
  };
  const auto enumerated = [&](const google::protobuf::EnumDescriptor* type) {
    const auto* known = type->FindValueByName(value);
    return known == nullptr ? value : Chinese(type, known->number());
  };
  if (dimension == "area") return name_of(report.area_names);
  if (dimension == "matter") return value + " " + name_of(report.matters);
  if (dimension == "severity") return enumerated(issues::v1::Severity_descriptor());
  if (dimension == "kind") return enumerated(registry::v1::SchoolKind_descriptor());
  return enumerated(issues::v1::IssueSource_descriptor());
}

}  // namespace inspectorate::reporting
