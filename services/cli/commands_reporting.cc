#include "services/cli/command.h"

namespace inspectorate::cli {

const std::vector<CallCommand>& ReportingCommands() {
  static const auto& commands = *new std::vector<CallCommand>{
      {"metrics", "reporting.v1.Indicators.ListMetrics", {"指标定义", "definitions of the indicators"}},
      {"indicators", "reporting.v1.Indicators.QueryIndicators", {"指标", "figures of a period"}},
      {"drill",
       "reporting.v1.Indicators.DrillIndicator",
       {"指标背后的清单", "the list behind a figure"},
       {"metric"}},
      {"audit", "reporting.v1.LoopAudits.RunLoopAudit", {"闭环核对 E1—E4", "check the equations E1 to E4"}}};
  return commands;
}

}  // namespace inspectorate::cli
