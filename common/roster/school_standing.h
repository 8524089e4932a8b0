// Where a school stands in its life, and what an event makes of that. Pure.
#pragma once

#include <optional>

#include "common/base/time.h"

namespace inspectorate::roster {

// As SchoolState of the contract; a test compares them.
enum class SchoolStanding {
  kUnspecified = 0,
  kPreparing = 1,
  kOperating = 2,
  kSuspended = 3,
  kMerged = 4,
  kClosed = 5,
};

// As SchoolChangeKind of the contract; a test compares them.
enum class LifeEvent {
  kUnspecified = 0,
  kOpen = 1,
  kRename = 2,
  kMerge = 3,     // into another school, which goes on
  kSplitOff = 4,  // others come out of it, and it goes on
  kSplitUp = 5,   // others take its place
  kSuspend = 6,
  kResume = 7,
  kClose = 8,
  kChangeFacts = 9,  // relocation and the other facts that need two persons
  kCorrectName = 10,
  kCorrectCode = 11,
};

// Where the school stands after the event; nothing when the event is not possible.
std::optional<SchoolStanding> StandingAfter(SchoolStanding before, LifeEvent event);

// Merged and closed schools have no further life.
bool IsOver(SchoolStanding standing);

// Where a school that is recorded so stood on a day: before its first day it was being prepared; one that is
// over operated until its last day, and none does after it. What has changed since the day is for the caller
// to undo first.
SchoolStanding StandingOn(SchoolStanding recorded, std::optional<Date> opened, std::optional<Date> closed,
                          Date day);

}  // namespace inspectorate::roster
