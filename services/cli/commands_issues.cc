#include "services/cli/command.h"

namespace inspectorate::cli {

const std::vector<CallCommand>& IssueCommands() {
  static const auto& commands = *new std::vector<CallCommand>{
      {"issues list", "issues.v1.Issues.ListIssues", {"问题台账", "list issues"}},
      {"issues show", "issues.v1.Issues.GetIssue", {"查看问题", "show an issue"}},
      {"issues triage", "issues.v1.Issues.TriageIssue", {"分类分级", "set severity and route"}},
      {"issues close-on-spot",
       "issues.v1.Issues.CloseOnSpot",
       {"当场整改销号", "close what was cured at once"}},
      {"issues plan submit", "issues.v1.Issues.SubmitPlan", {"提交整改方案", "hand in a rectification plan"}},
      {"issues plan accept", "issues.v1.Issues.AcceptPlan", {"同意整改方案", "accept the plan"}},
      {"issues plan return", "issues.v1.Issues.ReturnPlan", {"退回整改方案", "send the plan back"}},
      {"issues rectify",
       "issues.v1.Issues.SubmitRectification",
       {"提交整改报告", "report the rectification"}},
      {"issues return-rectification",
       "issues.v1.Issues.ReturnRectification",
       {"退回整改报告", "send the rectification back"}},
      {"issues accept", "issues.v1.Issues.AcceptIssue", {"验收销号", "accept and close"}},
      {"issues reopen", "issues.v1.Issues.ReopenIssue", {"重新打开", "reopen on a new fact"}},
      {"issues dispose propose",
       "issues.v1.Issues.ProposeDisposition",
       {"提议免予、移送、合并或作废", "propose a waiver, transfer, merge or voiding"}},
      {"issues dispose approve",
       "issues.v1.Issues.ApproveDisposition",
       {"批准处置", "approve it (as many other persons as the rule asks for)"}},
      {"issues dispose reject", "issues.v1.Issues.RejectDisposition", {"否决处置", "reject it"}},
      {"issues extend", "issues.v1.Issues.ExtendDeadline", {"延长期限", "extend the deadline"}},
      {"issues timeline", "issues.v1.Issues.GetTimeline", {"办理经过", "what happened, in order"}},
      {"issues transitions",
       "issues.v1.Issues.ListTransitions",
       {"此刻可以办理什么", "what may be done now, and why not"}},
      {"issues stock", "issues.v1.Issues.GetStock", {"问题存量", "issues by state"}},
      {"notices issue", "issues.v1.Notices.IssueNotice", {"下达整改通知书", "issue a notice"}},
      {"notices list", "issues.v1.Notices.ListNotices", {"通知书列表", "list notices"}},
      {"notices show", "issues.v1.Notices.GetNotice", {"查看通知书", "show a notice"}},
      {"notices receipt", "issues.v1.Notices.ConfirmReceipt", {"学校签收", "the school signs for it"}},
      {"notices deem-served", "issues.v1.Notices.DeemServed", {"视为送达", "state that it counts as served"}},
      {"attachments list", "issues.v1.Attachments.ListAttachments", {"佐证材料", "list evidence"}}};
  return commands;
}

}  // namespace inspectorate::cli
