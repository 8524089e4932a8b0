#include "services/reporting/rpc/reports.h"

#include <algorithm>
#include <string>

#include "common/base/hash.h"
#include "common/base/macros.h"
#include "inspectorate/reporting/v1/report.pb.h"
#include "services/reporting/app/positions.h"
#include "services/reporting/app/report.h"

namespace inspectorate::reporting {
namespace {

struct Rendering {
  const char* media_type;
  const char* extension;
};

absl::StatusOr<Rendering> Render(const ReportData& data, v1::ReportFormat format, std::string* content) {
  switch (format) {
    case v1::JSON:
      *content = RenderJson(data);
      return Rendering{"application/json", ".json"};
    case v1::XLSX: {
      ASSIGN_OR_RETURN(*content, RenderWorkbook(data));
      return Rendering{"application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", ".xlsx"};
    }
    default:
      *content = RenderText(data);
      return Rendering{"text/plain; charset=utf-8", ".txt"};
  }
}

absl::StatusOr<Scope> ScopeOf(db::Session& session, const resource::Platform& platform, const rpc::Call& call,
                              const v1::GenerateReportRequest& request) {
  Scope scope;
  scope.office = resource::SlugOf(request.parent());
  ASSIGN_OR_RETURN(scope.reach, ReachToday(session, platform, call, scope.office));
  const Date today = scope.reach.day;
  scope.from = MonthBegin(resource::FromProto(request.month()));
  scope.to = NextMonth(scope.from) - std::chrono::days(1);
  scope.cut_off = request.has_cut_off() ? std::min(resource::FromProto(request.cut_off()), today) : today;
  return scope;
}

absl::StatusOr<v1::Report> GenerateReport(const resource::Platform& platform, rpc::Call& call,
                                          const v1::GenerateReportRequest& request) {
  ReportData data;
  RETURN_IF_ERROR(ReadAt(platform, call, resource::SlugOf(request.parent()), request.min_positions(),
                         [&](db::Session& session, const Positions& positions) -> absl::Status {
                           ASSIGN_OR_RETURN(const Scope scope, ScopeOf(session, platform, call, request));
                           ASSIGN_OR_RETURN(data, LoadReport(session, scope, positions));
                           return absl::OkStatus();
                         }));
  v1::Report report;
  ASSIGN_OR_RETURN(const Rendering rendering, Render(data, request.format(), report.mutable_content()));
  report.set_title(data.Title());
  *report.mutable_month() = resource::ToProto(data.month);
  *report.mutable_cut_off() = resource::ToProto(data.cut_off);
  *report.mutable_positions() = data.positions;
  report.set_media_type(rendering.media_type);
  report.set_file_name(data.Title() + rendering.extension);
  report.set_sha256(Hex(Sha256(report.content())));
  return report;
}

}  // namespace

void RegisterReports(rpc::Methods& methods, const resource::Platform& platform) {
  methods.Unary<v1::GenerateReportRequest, v1::Report>(
      "inspectorate.reporting.v1.Reports.GenerateReport",
      [&platform](rpc::Call& call, const v1::GenerateReportRequest& request) {
        return GenerateReport(platform, call, request);
      });
}

}  // namespace inspectorate::reporting
