#include "services/visits/domain/lookback.h"

#include <algorithm>
#include <map>
#include <tuple>
#include <utility>

#include "common/base/refusal.h"

namespace inspectorate::visits {
namespace {

using IssueRound = std::pair<Uuid, int>;

absl::Status Incomplete(const Uuid& issue, std::string_view why) {
  return Refuse("RECORD_INCOMPLETE", {{"why", FormatUuid(issue) + ": " + std::string(why)}});
}

}  // namespace

std::vector<AwaitingIssue> DueAtVisit(std::vector<AwaitingIssue> awaiting, const Uuid& visit, Time check_in) {
  std::erase_if(awaiting, [&](const AwaitingIssue& item) {
    const bool left_to_another = item.claimed_by != Uuid{} && item.claimed_by != visit;
    return left_to_another || item.report_time > check_in;
  });
  std::sort(awaiting.begin(), awaiting.end(), [](const AwaitingIssue& a, const AwaitingIssue& b) {
    return std::tie(a.due, a.issue) < std::tie(b.due, b.issue);
  });
  return awaiting;
}

absl::StatusOr<std::vector<LookBackOutcome>> EvaluateAnswers(const std::vector<AwaitingIssue>& due,
                                                             const std::vector<LookBackAnswer>& answers) {
  std::map<IssueRound, const LookBackAnswer*> given;
  for (const LookBackAnswer& answer : answers) {
    if (!given.insert({{answer.issue, answer.round}, &answer}).second) {
      return Incomplete(answer.issue, "重复作答 (answered twice)");
    }
    if (!answer.passed && answer.note.empty()) {
      return Incomplete(answer.issue, "未通过须写明所见 (a failure needs a note of what was seen)");
    }
  }
  std::vector<LookBackOutcome> outcomes;
  for (const AwaitingIssue& item : due) {
    const auto answer = given.find({item.issue, item.round});
    if (answer == given.end()) continue;
    outcomes.push_back({item.issue, item.round, item.obligation, answer->second->passed});
    given.erase(answer);
  }
  if (!given.empty()) {
    return Incomplete(given.begin()->first.first, "不在本次回头看之列 (not due for look-back at this visit)");
  }
  if (outcomes.size() < due.size()) {
    return Refuse("OPEN_ITEMS_UNANSWERED", {{"count", std::to_string(due.size() - outcomes.size())}});
  }
  return outcomes;
}

absl::Status CheckAnswersKept(const std::vector<LookBackAnswer>& submitted,
                              const std::vector<LookBackAnswer>& now) {
  for (const LookBackAnswer& answer : submitted) {
    if (std::find(now.begin(), now.end(), answer) == now.end()) {
      return Refuse("FINDING_SEALED", {{"finding", FormatUuid(answer.issue)}});
    }
  }
  if (now.size() > submitted.size())
    return Incomplete(now.back().issue, "提交后不得增补结论 (answered after submission)");
  return absl::OkStatus();
}

}  // namespace inspectorate::visits
