#include "services/registry/domain/school_life.h"

#include <string>

#include "common/base/refusal.h"

namespace inspectorate::registry {

bool IsFirstStanding(SchoolStanding standing, std::optional<Date> opened, std::optional<Date> closed,
                     Date today) {
  const bool ended = closed && *closed < today;
  switch (standing) {
    case SchoolStanding::kPreparing:
      return !ended && (!opened || today < *opened);
    case SchoolStanding::kOperating:
    case SchoolStanding::kSuspended:
      return !ended && (!opened || *opened <= today);
    case SchoolStanding::kClosed:
      return ended;
    case SchoolStanding::kMerged:
    case SchoolStanding::kUnspecified:
      return false;
  }
  return false;
}

CodeFate FateOf(SchoolStanding after, bool replaced) {
  if (replaced) return CodeFate::kReissued;
  if (after == SchoolStanding::kMerged) return CodeFate::kMerged;
  return after == SchoolStanding::kClosed ? CodeFate::kVoid : CodeFate::kInUse;
}

CorrectionFault CheckCorrection(const std::optional<RecordedCode>& recorded, std::string_view in_error,
                                std::string_view right) {
  if (!recorded || !recorded->of_school) return CorrectionFault::kNotRecorded;
  if (recorded->fate == CodeFate::kMerged || recorded->fate == CodeFate::kVoid)
    return CorrectionFault::kEnded;
  if (right.empty()) return CorrectionFault::kNone;
  if (recorded->fate != CodeFate::kInUse) return CorrectionFault::kNotPresent;
  return right == in_error ? CorrectionFault::kSame : CorrectionFault::kNone;
}

RecordedDays DaysInError(std::optional<Date> recorded, std::optional<Date> from, std::optional<Date> to,
                         Date corrected) {
  RecordedDays days{.first = recorded ? recorded : from,
                    .last = to.value_or(corrected - std::chrono::days(1))};
  if (days.first && days.last < *days.first) days.last = *days.first;
  return days;
}

Others OthersOf(LifeEvent event) {
  switch (event) {
    case LifeEvent::kMerge:
      return {.least = 1, .most = 1};
    case LifeEvent::kSplitOff:
      return {.least = 1, .most = 20};
    case LifeEvent::kSplitUp:
      return {.least = 2, .most = 20};
    default:
      return {};
  }
}

namespace {

// Before any school that is on record; the day before it is still one that every layer can write.
constexpr Date kEarliest = std::chrono::year{1800} / 1 / 1;

}  // namespace

absl::Status CheckDates(LifeEvent event, const ChangeDates& dates) {
  if (dates.effective < kEarliest) return Refuse("PERIOD_INVALID");
  if (dates.latest && dates.effective < *dates.latest) {
    return Refuse("CHANGE_OUT_OF_ORDER", {{"date", FormatDate(*dates.latest - std::chrono::days(1))}});
  }
  const bool ends = event == LifeEvent::kMerge || event == LifeEvent::kSplitUp || event == LifeEvent::kClose;
  if (ends && dates.opened && dates.effective <= *dates.opened) return Refuse("PERIOD_INVALID");
  return absl::OkStatus();
}

absl::Status CheckSecondPerson(std::string_view proposer, std::string_view decider) {
  if (proposer.empty() || decider.empty()) {
    return absl::InternalError("a decision without knowing both persons");
  }
  if (proposer != decider) return absl::OkStatus();
  return Refuse("SECOND_PERSON_REQUIRED",
                {{"rule", "DECIDER_IS_PROPOSER"}, {"why", "提出人不得批准 (the proposer does not decide)"}});
}

}  // namespace inspectorate::registry
