#include "services/reporting/rpc/indicators.h"

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "common/base/macros.h"
#include "common/resource/within_reach.h"
#include "common/status/error.h"
#include "inspectorate/issues/v1/issue.pb.h"
#include "inspectorate/registry/v1/area.pb.h"
#include "inspectorate/registry/v1/school.pb.h"
#include "inspectorate/reporting/v1/indicator.pb.h"
#include "inspectorate/visits/v1/visit.pb.h"
#include "services/reporting/app/positions.h"
#include "services/reporting/app/texts.h"
#include "services/reporting/domain/indicators.h"
#include "services/reporting/store/indicators.h"

namespace inspectorate::reporting {
namespace {

constexpr char kService[] = "inspectorate.reporting.v1.Indicators.";
// A period that is longer is a mistake; a school's history over ten years is not.
constexpr auto kLongestPeriod = std::chrono::days(3660);

absl::StatusOr<v1::ListMetricsResponse> ListMetrics() {
  v1::ListMetricsResponse response;
  for (const Metric& metric : Metrics()) {
    v1::Metric* out = response.add_metrics();
    out->set_code(std::string(metric.code));
    out->set_version(metric.version);
    out->set_title_zh(std::string(metric.title_zh));
    out->set_title_en(std::string(metric.title_en));
    out->set_numerator_zh(std::string(metric.numerator_zh));
    out->set_denominator_zh(std::string(metric.denominator_zh));
    out->set_numerator_en(std::string(metric.numerator_en));
    out->set_denominator_en(std::string(metric.denominator_en));
    out->set_unit(std::string(Name(metric.unit)));
    out->set_source(std::string(metric.source));
  }
  return response;
}

// What a request of either method asks for, within what the caller reaches.
template <class Request>
absl::StatusOr<Scope> ScopeOf(db::Session& session, const resource::Platform& platform, const rpc::Call& call,
                              const Request& request) {
  Scope scope;
  scope.office = resource::SlugOf(request.parent());
  ASSIGN_OR_RETURN(scope.reach, ReachToday(session, platform, call, scope.office));
  const Date today = scope.reach.day;
  scope.from = resource::FromProto(request.period_from());
  scope.to = resource::FromProto(request.period_to());
  if (scope.to < scope.from || scope.to - scope.from > kLongestPeriod)
    return Error(ErrorReason::PERIOD_INVALID);
  // What lies ahead has not happened, whatever the cut-off.
  scope.cut_off = request.has_cut_off() ? std::min(resource::FromProto(request.cut_off()), today) : today;
  if (!request.area().empty()) {
    if (resource::SlugOf(request.area()) != scope.office) return NotFound(request.area());
    RETURN_IF_ERROR(resource::Get<registry::v1::Area>(session, request.area()).status());
    scope.area = resource::UuidOf(request.area());
  }
  if (!request.school().empty()) {
    // It may be in another office's charge by now: the rows counted are this office's alone.
    RETURN_IF_ERROR(
        resource::GetWithin<registry::v1::School>(scope.reach, call, session, request.school()).status());
    scope.school = resource::UuidOf(request.school());
    RETURN_IF_ERROR(roster::CheckSchool(session, call, scope.reach, *scope.school));
  }
  return scope;
}

v1::Indicator ToProto(const Figure& figure, const std::string& cell) {
  v1::Indicator out;
  out.set_code(std::string(figure.metric->code));
  out.set_cell(cell);
  out.set_title_zh(std::string(figure.metric->title_zh));
  out.set_title_en(std::string(figure.metric->title_en));
  out.set_numerator(figure.numerator);
  if (figure.denominator) out.set_denominator(*figure.denominator);
  if (figure.value) out.set_value(*figure.value);
  out.set_unit(std::string(Name(figure.metric->unit)));
  out.set_text(figure.text);
  return out;
}

absl::Status AddIndicator(db::Session& session, const Metric& metric, const Scope& scope,
                          v1::QueryIndicatorsResponse* response) {
  ASSIGN_OR_RETURN(const Counts counts, Count(session, metric, scope));
  ASSIGN_OR_RETURN(const Figure figure, FigureOf(metric, counts));
  *response->add_indicators() = ToProto(figure, "");
  if (metric.code != "I15") return absl::OkStatus();
  ASSIGN_OR_RETURN(const auto cells, Breakdown(session, scope));
  for (const CellCount& cell : cells) {
    ASSIGN_OR_RETURN(const Figure part, MakeFigure(metric, cell.count));
    *response->add_indicators() = ToProto(part, cell.cell);
  }
  return absl::OkStatus();
}

absl::StatusOr<v1::QueryIndicatorsResponse> QueryIndicators(const resource::Platform& platform,
                                                            rpc::Call& call,
                                                            const v1::QueryIndicatorsRequest& request) {
  std::vector<const Metric*> wanted;
  for (const std::string& code : request.metrics()) {
    auto metric = FindMetric(code);
    if (!metric.ok()) return ErrorFromRefusal(metric.status());
    wanted.push_back(*metric);
  }
  if (wanted.empty()) {
    for (const Metric& metric : Metrics()) wanted.push_back(&metric);
  }
  v1::QueryIndicatorsResponse response;
  RETURN_IF_ERROR(ReadAt(platform, call, resource::SlugOf(request.parent()), request.min_positions(),
                         [&](db::Session& session, const Positions& positions) -> absl::Status {
                           response.Clear();
                           ASSIGN_OR_RETURN(const Scope scope, ScopeOf(session, platform, call, request));
                           for (const Metric* metric : wanted) {
                             RETURN_IF_ERROR(AddIndicator(session, *metric, scope, &response));
                           }
                           *response.mutable_cut_off() = resource::ToProto(scope.cut_off);
                           *response.mutable_positions() = positions;
                           return absl::OkStatus();
                         }));
  return response;
}

// --- Drilling
// -----------------------------------------------------------------------------------------------

Side SideOf(v1::Side side) {
  switch (side) {
    case v1::DENOMINATOR:
      return Side::kDenominator;
    case v1::MISSING:
      return Side::kMissing;
    default:
      return Side::kNumerator;
  }
}

std::string StateText(const IndicatorRow& row) {
  if (row.kind == IndicatorRow::Kind::kIssue) return Chinese(issues::v1::IssueState_descriptor(), row.state);
  return row.state == 0 ? "" : Chinese(visits::v1::VisitState_descriptor(), row.state);
}

std::string DisplayName(const IndicatorRow& row) {
  switch (row.kind) {
    case IndicatorRow::Kind::kSchool:
      return row.school_name;
    case IndicatorRow::Kind::kVisit:
      return Chinese(visits::v1::VisitType_descriptor(), row.visit_type);
    case IndicatorRow::Kind::kIssue:
      return row.matter + " " + row.note;
  }
  std::abort();
}

v1::DrillRow ToProto(const IndicatorRow& row, const std::string& office, Side side) {
  v1::DrillRow out;
  out.set_resource(row.ResourceName(office));
  out.set_display_name(DisplayName(row));
  out.set_school("schools/" + FormatUuid(row.school));
  out.set_school_name(row.school_name);
  out.set_area_name(row.area_name);
  out.set_weight(side == Side::kNumerator ? row.numerator : row.denominator);
  std::vector<std::string> notes;
  if (row.day) notes.push_back(FormatDate(*row.day));
  if (const std::string state = StateText(row); !state.empty()) notes.push_back(state);
  if (row.kind != IndicatorRow::Kind::kIssue && !row.note.empty()) notes.push_back(row.note);
  if (!row.inspector_name.empty()) notes.push_back("责任督学：" + row.inspector_name);
  std::string note;
  for (const std::string& part : notes) note += (note.empty() ? "" : "；") + part;
  out.set_note(note);
  return out;
}

// A token is good for the same question of the same caller.
std::string Fingerprint(const rpc::Call& call, v1::DrillIndicatorRequest request) {
  request.clear_page_size();
  request.clear_page_token();
  return call.principal().subject + "\n" + request.SerializeAsString();
}

absl::StatusOr<std::optional<RowKey>> After(const query::PageTokens& tokens, const std::string& token,
                                            const std::string& fingerprint) {
  if (token.empty()) return std::optional<RowKey>();
  ASSIGN_OR_RETURN(const auto keys, tokens.Read(token, fingerprint));
  if (keys.size() != 2) return Error(ErrorReason::PAGE_TOKEN_INVALID);
  return std::optional<RowKey>(RowKey{.school = keys[0].AsUuid(), .id = keys[1].AsUuid()});
}

absl::StatusOr<v1::DrillIndicatorResponse> DrillIndicator(const resource::Platform& platform,
                                                          db::Session& session, rpc::Call& call,
                                                          const v1::DrillIndicatorRequest& request) {
  const auto metric = FindMetric(request.metric());
  if (!metric.ok()) return ErrorFromRefusal(metric.status());
  const Side side = SideOf(request.side());
  if (side == Side::kMissing && (*metric)->unit != MetricUnit::kPercent) {
    return InvalidFields({{.field = "side",
                           .zh = "该指标没有“缺漏”",
                           .en = "this indicator is no share: nothing is missing"}});
  }
  ASSIGN_OR_RETURN(const Scope scope, ScopeOf(session, platform, call, request));
  ASSIGN_OR_RETURN(const Cell cell, Cell::Parse(request.cell()));
  ASSIGN_OR_RETURN(const int size, query::PageSize(request.page_size()));
  const std::string fingerprint = Fingerprint(call, request);
  ASSIGN_OR_RETURN(const auto after, After(platform.page_tokens, request.page_token(), fingerprint));
  ASSIGN_OR_RETURN(auto rows, ListRows(session, **metric, scope, cell, side, after, size + 1));
  v1::DrillIndicatorResponse response;
  ASSIGN_OR_RETURN(const int64_t total, CountRows(session, **metric, scope, cell, side));
  response.set_total_size(total);
  if (rows.size() > static_cast<size_t>(size)) {
    rows.resize(static_cast<size_t>(size));
    response.set_next_page_token(
        platform.page_tokens.Make(fingerprint, {rows.back().school, rows.back().id}));
  }
  for (const IndicatorRow& row : rows) *response.add_rows() = ToProto(row, scope.office, side);
  return response;
}

}  // namespace

void RegisterIndicators(rpc::Methods& methods, const resource::Platform& platform) {
  const std::string service(kService);
  methods.Unary<v1::ListMetricsRequest, v1::ListMetricsResponse>(
      service + "ListMetrics", [](rpc::Call&, const v1::ListMetricsRequest&) { return ListMetrics(); });
  methods.Unary<v1::QueryIndicatorsRequest, v1::QueryIndicatorsResponse>(
      service + "QueryIndicators", [&platform](rpc::Call& call, const v1::QueryIndicatorsRequest& request) {
        return QueryIndicators(platform, call, request);
      });
  resource::RegisterRead<v1::DrillIndicatorRequest, v1::DrillIndicatorResponse>(
      methods, platform, service + "DrillIndicator",
      [&platform](db::Session& session, rpc::Call& call, const v1::DrillIndicatorRequest& request) {
        return DrillIndicator(platform, session, call, request);
      });
}

}  // namespace inspectorate::reporting
