#include "services/reporting/service.h"

#include "services/reporting/rpc/audits.h"
#include "services/reporting/rpc/indicators.h"
#include "services/reporting/rpc/reports.h"
#include "services/reporting/store/projection.h"

namespace inspectorate::reporting {

const service::Definition& ReportingDefinition() {
  static const auto* definition = [] {
    auto* reporting = new service::Definition;
    reporting->name = "reporting";
    reporting->peers = {"registry", "visits", "issues"};
    reporting->migrations = Migrations();
    for (const auto* message : VisitsResources())
      reporting->state.push_back({.source = "visits", .message = message});
    for (const auto* message : IssuesResources())
      reporting->state.push_back({.source = "issues", .message = message});
    reporting->wire = [](service::Wiring& wiring) {
      RegisterIndicators(wiring.methods, wiring.platform);
      RegisterReports(wiring.methods, wiring.platform);
      RegisterAudits(wiring.methods, wiring.platform, wiring.peer);
    };
    reporting->follow = [](service::Wiring&) {
      return std::vector<service::Following>{{.source = "visits", .apply = ApplyVisits()},
                                             {.source = "issues", .apply = ApplyIssues()}};
    };
    return reporting;
  }();
  return *definition;
}

}  // namespace inspectorate::reporting
