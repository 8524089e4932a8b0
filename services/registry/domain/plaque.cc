#include "services/registry/domain/plaque.h"

#include <cstdlib>

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

}  // namespace

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
