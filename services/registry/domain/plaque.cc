#include "services/registry/domain/plaque.h"

#include <cstdlib>
#include <tuple>
#include <utility>

#include "common/base/refusal.h"

namespace inspectorate::registry {
namespace {

using S = PlaqueLife;
using E = PlaqueEvent;

struct Step {
  S from;
  E event;
  S to;
};

constexpr Step kSteps[] = {
    {S::kDraft, E::kApprove, S::kApproved},    {S::kApproved, E::kMake, S::kMade},
    {S::kMade, E::kMount, S::kMounted},        {S::kMounted, E::kVerify, S::kVerified},
    {S::kApproved, E::kOutdate, S::kStale},    {S::kMade, E::kOutdate, S::kStale},
    {S::kMounted, E::kOutdate, S::kStale},     {S::kVerified, E::kOutdate, S::kStale},
    {S::kApproved, E::kReplace, S::kReplaced}, {S::kMade, E::kReplace, S::kReplaced},
    {S::kMounted, E::kReplace, S::kReplaced},  {S::kVerified, E::kReplace, S::kReplaced},
    {S::kStale, E::kReplace, S::kReplaced},
};

std::optional<S> Follow(S state, E event) {
  for (const Step& step : kSteps) {
    if (step.from == state && step.event == event) return step.to;
  }
  return std::nullopt;
}

bool IsAct(E event) { return event != E::kOutdate && event != E::kReplace; }

PlaqueFault Fault(const char* field, const char* zh, const char* en) {
  return {.field = field, .zh = zh, .en = en};
}

// The days of the acts: none without the one before it, none before it, none to come.
std::optional<PlaqueFault> FaultOfDays(const PlaqueDays& days, Date today) {
  const std::pair<const char*, std::optional<Date>> acts[] = {{"approve_date", days.approved},
                                                              {"made_date", days.made},
                                                              {"mounted_date", days.mounted},
                                                              {"verified_date", days.verified}};
  std::optional<Date> before;
  const char* missing = nullptr;
  for (const auto& [field, day] : acts) {
    if (!day) {
      if (missing == nullptr) missing = field;
      continue;
    }
    if (missing != nullptr) return Fault(missing, "缺少上一步的日期", "the step before has no day");
    if (*day > today) return Fault(field, "晚于今天", "lies after today");
    if (before && *day < *before) return Fault(field, "早于上一步", "lies before the step before");
    before = day;
  }
  return std::nullopt;
}

std::optional<PlaqueFault> FaultOfPersons(const PlaqueRecord& record) {
  const std::tuple<const char*, bool, bool> persons[] = {
      {"approved_by", record.days.approved.has_value(), record.approved_by.empty()},
      {"mounted_by", record.days.mounted.has_value(), record.mounted_by.empty()},
      {"verified_by", record.days.verified.has_value(), record.verified_by.empty()}};
  for (const auto& [field, done, nobody] : persons) {
    if (done && nobody) return Fault(field, "须写明由谁办理", "nobody is named");
    if (!done && !nobody)
      return Fault(field, "没有办理日期", "names who did something of which there is no day");
  }
  if (record.days.verified && record.verified_by == record.mounted_by) {
    return Fault("verified_by", "核验的不得是悬挂的人", "who mounted a board does not verify it");
  }
  return std::nullopt;
}

std::optional<PlaqueFault> FaultOfEnd(const PlaqueRecord& record, Date today) {
  const PlaqueDays& days = record.days;
  const bool ended = record.state == S::kStale || record.state == S::kReplaced;
  if (ended && !days.approved) return Fault("approve_date", "缺少审定日期", "it was never approved");
  if (record.state == S::kStale && !(days.stale_from && *days.stale_from <= today)) {
    return Fault("stale_from", "须写明从哪天起失效，不晚于今天", "must say since when, today at the latest");
  }
  if ((record.state == S::kReplaced) != days.replaced.has_value()) {
    return Fault("replaced_date", "与状态不符", "does not go with the state");
  }
  if (days.replaced && *days.replaced > today) return Fault("replaced_date", "晚于今天", "lies after today");
  return std::nullopt;
}

S ReachedBy(const PlaqueDays& days) {
  if (days.verified) return S::kVerified;
  if (days.mounted) return S::kMounted;
  if (days.made) return S::kMade;
  return days.approved ? S::kApproved : S::kDraft;
}

}  // namespace

std::optional<PlaqueFault> FaultOf(const PlaqueRecord& record, Date today) {
  if (auto fault = FaultOfDays(record.days, today)) return fault;
  if (auto fault = FaultOfPersons(record)) return fault;
  if (auto fault = FaultOfEnd(record, today)) return fault;
  const bool ended = record.state == S::kStale || record.state == S::kReplaced;
  if (!ended && record.state != ReachedBy(record.days)) {
    return Fault("state", "与各步的日期不符", "does not go with the days of its steps");
  }
  return std::nullopt;
}

PlaqueLife EffectiveLife(PlaqueLife recorded, std::optional<Date> stale_from, Date today) {
  const bool may = Follow(recorded, E::kOutdate).has_value();
  return may && stale_from && *stale_from <= today ? S::kStale : recorded;
}

std::optional<PlaqueLife> LifeOn(const PlaqueDays& days, Date day) {
  const auto since = [day](const std::optional<Date>& begin) { return begin && *begin <= day; };
  if (!since(days.approved)) return std::nullopt;
  if (since(days.replaced)) return S::kReplaced;
  if (since(days.stale_from)) return S::kStale;
  if (since(days.verified)) return S::kVerified;
  if (since(days.mounted)) return S::kMounted;
  return since(days.made) ? S::kMade : S::kApproved;
}

absl::StatusOr<PlaqueLife> NextPlaque(PlaqueLife state, PlaqueEvent event, const PlaqueFacts& facts) {
  // What became wrong overnight is not made, mounted or verified on the day after.
  const S effective = IsAct(event) ? EffectiveLife(state, facts.stale_from, facts.today) : state;
  const std::optional<S> next = Follow(effective, event);
  if (!next) {
    return Refuse("STATE_TRANSITION_DENIED", {{"resource", "公示牌 (the plaque)"},
                                              {"state", std::string(NameOf(effective))},
                                              {"event", std::string(NameOf(event))}});
  }
  if (IsAct(event) && facts.day > facts.today) return Refuse("OCCUR_TIME_IN_FUTURE");
  if (event == E::kVerify && facts.actor == facts.mounted_by) {
    return Refuse("SECOND_PERSON_REQUIRED",
                  {{"why", "挂牌人不能核验自己所挂的牌 (who mounted the plaque does not verify it)"}});
  }
  return *next;
}

std::string_view NameOf(PlaqueLife state) {
  switch (state) {
    case S::kDraft:
      return "草拟 (draft)";
    case S::kApproved:
      return "已审定 (approved)";
    case S::kMade:
      return "已制作 (made)";
    case S::kMounted:
      return "已挂牌 (mounted)";
    case S::kVerified:
      return "已核验 (verified)";
    case S::kStale:
      return "待更换 (stale)";
    case S::kReplaced:
      return "已更换 (replaced)";
  }
  std::abort();  // not an enumerator
}

std::string_view NameOf(PlaqueEvent event) {
  switch (event) {
    case E::kApprove:
      return "审定 (approve)";
    case E::kMake:
      return "制作 (make)";
    case E::kMount:
      return "挂牌 (mount)";
    case E::kVerify:
      return "核验 (verify)";
    case E::kOutdate:
      return "转为待更换 (become stale)";
    case E::kReplace:
      return "更换 (replace)";
  }
  std::abort();  // not an enumerator
}

}  // namespace inspectorate::registry
