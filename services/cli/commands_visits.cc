#include "services/cli/command.h"

namespace inspectorate::cli {

const std::vector<CallCommand>& VisitCommands() {
  static const auto& commands = *new std::vector<CallCommand>{
      {"obligations generate",
       "visits.v1.Obligations.GenerateObligations",
       {"生成某月的督导任务", "generate the obligations of a month"}},
      {"obligations list", "visits.v1.Obligations.ListObligations", {"督导任务", "list obligations"}},
      {"obligations excuse",
       "visits.v1.Obligations.ExcuseObligation",
       {"免除任务（须有文号）", "excuse one, by document"}},
      {"obligations coverage", "visits.v1.Obligations.GetCoverage", {"任务完成情况", "owed and fulfilled"}},
      {"obligations comprehensive",
       "visits.v1.Obligations.ListComprehensiveCycles",
       {"各校综合督导周期", "when comprehensive inspections are due"}},
      {"plan create", "visits.v1.Plans.CreatePlan", {"编排月度计划", "make the plan of a month"}},
      {"plan show", "visits.v1.Plans.GetPlan", {"查看计划", "show a plan"}},
      {"plan items", "visits.v1.Plans.ListPlanItems", {"计划明细", "list what a plan holds"}},
      {"plan publish", "visits.v1.Plans.PublishPlan", {"发布计划", "publish a plan"}},
      {"plan list", "visits.v1.Plans.ListPlans", {"计划列表", "list plans"}},
      {"visits list", "visits.v1.Visits.ListVisits", {"督导列表", "list visits"}},
      {"visits show", "visits.v1.Visits.GetVisit", {"查看督导", "show a visit"}},
      {"visits create", "visits.v1.Visits.CreateVisit", {"安排一次督导", "plan a visit outside the plan"}},
      {"visits notify", "visits.v1.Visits.NotifyVisit", {"发出督导通知", "send the notice of a visit"}},
      {"visits start", "visits.v1.Visits.StartVisit", {"到校签到", "check in at the school"}},
      {"visits record", "visits.v1.Visits.RecordVisit", {"填写督导记录", "write the record"}},
      {"visits finding add", "visits.v1.Findings.CreateFinding", {"记录一项发现", "add a finding"}},
      {"visits finding list",
       "visits.v1.Findings.ListFindings",
       {"督导发现", "list the findings of a visit"}},
      {"visits submit",
       "visits.v1.Visits.SubmitVisit",
       {"提交记录（封存发现）", "hand in the record; findings are sealed"}},
      {"visits return", "visits.v1.Visits.ReturnVisit", {"退回记录", "send the record back"}},
      {"visits approve", "visits.v1.Visits.ApproveVisit", {"审核通过", "approve the record"}},
      {"visits hand-over",
       "visits.v1.Visits.HandOverVisit",
       {"督导移交他人", "another inspector takes a visit over"}},
      {"visits cancel", "visits.v1.Visits.CancelVisit", {"取消督导", "call a visit off"}},
      {"visits miss",
       "visits.v1.Visits.MarkVisitMissed",
       {"认定未到校", "state that a visit did not take place"}},
      {"visits feedback",
       "visits.v1.Visits.RecordFeedback",
       {"向学校反馈", "record the feedback to the school"}},
      {"visits obstruction",
       "visits.v1.Visits.ReportObstruction",
       {"报告拒绝或阻挠", "report an obstruction"}},
      {"visits open-items",
       "visits.v1.Visits.ListOpenItems",
       {"学校待回头看的问题", "issues of a school due for look-back"},
       {"school"}}};
  return commands;
}

}  // namespace inspectorate::cli
