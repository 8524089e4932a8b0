#include "common/roster/school_standing.h"

namespace inspectorate::roster {

bool IsOver(SchoolStanding standing) {
  return standing == SchoolStanding::kMerged || standing == SchoolStanding::kClosed;
}

std::optional<SchoolStanding> StandingAfter(SchoolStanding before, LifeEvent event) {
  using enum SchoolStanding;
  if (before == kUnspecified || IsOver(before)) return std::nullopt;
  switch (event) {
    case LifeEvent::kOpen:
      return before == kPreparing ? std::optional(kOperating) : std::nullopt;
    case LifeEvent::kRename:
    case LifeEvent::kChangeFacts:
    case LifeEvent::kCorrectName:
    case LifeEvent::kCorrectCode:
      return before;
    case LifeEvent::kMerge:
      return before == kPreparing ? std::nullopt : std::optional(kMerged);
    case LifeEvent::kSplitOff:
      return before == kOperating ? std::optional(kOperating) : std::nullopt;
    case LifeEvent::kSplitUp:
      return before == kPreparing ? std::nullopt : std::optional(kClosed);
    case LifeEvent::kSuspend:
      return before == kOperating ? std::optional(kSuspended) : std::nullopt;
    case LifeEvent::kResume:
      return before == kSuspended ? std::optional(kOperating) : std::nullopt;
    case LifeEvent::kClose:
      return kClosed;
    case LifeEvent::kUnspecified:
      return std::nullopt;
  }
  return std::nullopt;
}

SchoolStanding StandingOn(SchoolStanding recorded, std::optional<Date> opened, std::optional<Date> closed,
                          Date day) {
  if (opened && day < *opened) return SchoolStanding::kPreparing;
  if (!closed) return recorded;
  if (day > *closed) return IsOver(recorded) ? recorded : SchoolStanding::kClosed;
  return IsOver(recorded) ? SchoolStanding::kOperating : recorded;
}

}  // namespace inspectorate::roster
