#include "services/registry/domain/inspector_life.h"

#include <algorithm>
#include <chrono>
#include <cstdlib>

#include "common/base/refusal.h"

namespace inspectorate::registry {
namespace {

using S = LifeState;
using E = TenureEvent;

struct Step {
  LifeState from;
  TenureEvent event;
  LifeState to;
};

constexpr Step kSteps[] = {
    {S::kCandidate, E::kReview, S::kReviewed},
    {S::kCandidate, E::kReject, S::kRejected},
    {S::kReviewed, E::kPublicize, S::kPublicized},
    {S::kReviewed, E::kReject, S::kRejected},
    {S::kPublicized, E::kAppoint, S::kAppointed},
    {S::kPublicized, E::kReject, S::kRejected},
    {S::kAppointed, E::kInduct, S::kInducted},
    {S::kAppointed, E::kEnd, S::kEnded},
    {S::kInducted, E::kTakeUp, S::kOnDuty},
    {S::kInducted, E::kEnd, S::kEnded},
    {S::kOnDuty, E::kRenew, S::kOnDuty},
    {S::kOnDuty, E::kSuspend, S::kSuspended},
    {S::kOnDuty, E::kEnd, S::kEnded},
    {S::kOnDuty, E::kDismiss, S::kDismissed},
    {S::kSuspended, E::kReinstate, S::kOnDuty},
    {S::kSuspended, E::kEnd, S::kEnded},
    {S::kSuspended, E::kDismiss, S::kDismissed},
    {S::kEnded, E::kNominateAgain, S::kCandidate},
    {S::kRejected, E::kNominateAgain, S::kCandidate},
    // Whose appointment was made before, or elsewhere: the standing follows from the appointments.
    {S::kCandidate, E::kEnterAppointment, S::kCandidate},
    {S::kOnDuty, E::kEnterAppointment, S::kOnDuty},
    {S::kEnded, E::kEnterAppointment, S::kEnded},
};

std::optional<LifeState> Follow(LifeState state, TenureEvent event) {
  for (const Step& step : kSteps) {
    if (step.from == state && step.event == event) return step.to;
  }
  return std::nullopt;
}

bool NeedsReason(TenureEvent event) {
  return event == E::kReject || event == E::kSuspend || event == E::kReinstate || event == E::kDismiss ||
         event == E::kNominateAgain;
}

bool NeedsDocument(TenureEvent event) {
  return event == E::kPublicize || event == E::kAppoint || event == E::kRenew || event == E::kSuspend ||
         event == E::kReinstate || event == E::kEnd || event == E::kDismiss;
}

// 教育督导条例 第七条, 第十一条 of the Shandong rules: appointment after the notice, duty with a certificate.
absl::Status CheckGuards(TenureEvent event, const LifeFacts& facts) {
  if (NeedsReason(event) && !facts.reason_given) {
    return Refuse("GROUNDS_REQUIRED", {{"why", "未说明理由 (no reason given)"}});
  }
  if (NeedsDocument(event) && !facts.document_given) {
    return Refuse("GROUNDS_REQUIRED", {{"why", "未注明文号 (no document number given)"}});
  }
  if (event == E::kAppoint && facts.notice_to && facts.day <= *facts.notice_to) {
    return Refuse("NOTICE_RUNNING", {{"until", FormatDate(*facts.notice_to)}});
  }
  if (event != E::kTakeUp) return absl::OkStatus();
  if (!facts.term || !facts.term->Contains(facts.day)) {
    return Refuse("APPOINTMENT_MISSING",
                  {{"inspector", "督学 (the inspector)"}, {"date", FormatDate(facts.day)}});
  }
  if (!facts.certificate_valid) {
    return Refuse("CERTIFICATE_INVALID",
                  {{"inspector", "督学 (the inspector)"}, {"date", FormatDate(facts.day)}});
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<LifeState> NextLife(LifeState state, TenureEvent event, const LifeFacts& facts) {
  const std::optional<LifeState> next = Follow(state, event);
  if (!next) {
    return Refuse("STATE_TRANSITION_DENIED", {{"resource", "督学 (the inspector)"},
                                              {"state", std::string(NameOf(state))},
                                              {"event", std::string(NameOf(event))}});
  }
  if (absl::Status status = CheckGuards(event, facts); !status.ok()) return status;
  return *next;
}

std::string_view NameOf(LifeState state) {
  switch (state) {
    case S::kCandidate:
      return "候选 (candidate)";
    case S::kOnDuty:
      return "在任 (on duty)";
    case S::kSuspended:
      return "暂停履职 (suspended)";
    case S::kEnded:
      return "离任 (ended)";
    case S::kReviewed:
      return "审核通过 (reviewed)";
    case S::kPublicized:
      return "公示中 (on public notice)";
    case S::kAppointed:
      return "已聘任待培训 (appointed)";
    case S::kInducted:
      return "已培训待到岗 (inducted)";
    case S::kDismissed:
      return "已解聘 (dismissed)";
    case S::kRejected:
      return "未通过 (rejected)";
  }
  std::abort();  // not an enumerator
}

std::string_view NameOf(TenureEvent event) {
  switch (event) {
    case E::kNominateAgain:
      return "再次推荐 (nominate again)";
    case E::kReview:
      return "审核通过 (pass the review)";
    case E::kReject:
      return "不予聘任 (reject)";
    case E::kPublicize:
      return "公示 (put on public notice)";
    case E::kAppoint:
      return "聘任 (appoint)";
    case E::kInduct:
      return "上岗培训 (induct)";
    case E::kTakeUp:
      return "到岗 (take up duty)";
    case E::kRenew:
      return "续聘 (renew)";
    case E::kSuspend:
      return "暂停履职 (suspend)";
    case E::kReinstate:
      return "恢复履职 (reinstate)";
    case E::kEnd:
      return "离任 (end duty)";
    case E::kDismiss:
      return "解聘 (dismiss)";
    case E::kEnterAppointment:
      return "补录聘任 (enter an earlier appointment)";
  }
  std::abort();  // not an enumerator
}

int ConsecutiveIndex(const std::vector<PastTerm>& past, Date from, int gap_days) {
  const PastTerm* last = nullptr;
  for (const PastTerm& term : past) {
    if (!term.part_time || term.valid.from >= from) continue;
    if (last == nullptr || term.valid.from > last->valid.from) last = &term;
  }
  if (last == nullptr) return 1;
  const bool joins = !last->valid.to || from <= *last->valid.to + std::chrono::days(gap_days + 1);
  return joins ? last->index + 1 : 1;
}

}  // namespace inspectorate::registry
