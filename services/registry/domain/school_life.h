// The life of a school as the registry keeps it: its state machine is common/roster/school_standing.h. And
// what becomes of its identification code. Pure.
#pragma once

#include <optional>
#include <string_view>

#include "absl/status/status.h"
#include "common/base/time.h"
#include "common/roster/school_standing.h"

namespace inspectorate::registry {

using roster::IsOver;
using roster::LifeEvent;
using roster::SchoolStanding;
using roster::StandingAfter;
using roster::StandingOn;

// May a school that is recorded for the first time stand there `today`, by its first and its last day? None
// is recorded as merged: that names who took it in.
bool IsFirstStanding(SchoolStanding standing, std::optional<Date> opened, std::optional<Date> closed,
                     Date today);

// What becomes of the identification code. It is never given out again, whatever it is; only of one that was
// recorded in error, and never was the school's, nothing is kept here.
enum class CodeFate {
  kInUse = 0,
  kReissued = 1,  // the school has another one: its class changed
  kMerged = 2,    // whoever asks is sent on to the successor
  kVoid = 3,
};

// The fate of a school's code when the school comes to stand there; `replaced` when it gets another code.
CodeFate FateOf(SchoolStanding after, bool replaced);

// What is recorded of a code that is said never to have been a school's.
struct RecordedCode {
  bool of_school = false;  // for that very school
  CodeFate fate = CodeFate::kInUse;
};

enum class CorrectionFault {
  kNone,
  kNotRecorded,  // not for this school
  kEnded,        // a school ended with it: what was decided of that school named the code
  kNotPresent,   // another code is given for the school, which has another one already
  kSame,         // the right code is the one in error
};

// May that be corrected? Only what is recorded for the school, and did not end with one. `recorded`: nothing
// where the code is nobody's. `right`: the school's own code, empty where none is given.
CorrectionFault CheckCorrection(const std::optional<RecordedCode>& recorded, std::string_view in_error,
                                std::string_view right);

// The days on which a school was recorded with a code in error.
struct RecordedDays {
  std::optional<Date> first;  // not known: none
  Date last;
};
// `recorded`: the day on which it was entered; `from` and `to`: when it was said to hold. Up to the day
// before it is corrected, unless it had been replaced; entered and corrected on one day, on that day.
RecordedDays DaysInError(std::optional<Date> recorded, std::optional<Date> from, std::optional<Date> to,
                         Date corrected);

// How many other schools an event names.
struct Others {
  int least = 0;
  int most = 0;
};
Others OthersOf(LifeEvent event);

struct ChangeDates {
  Date effective;              // the first day on which it is so
  std::optional<Date> opened;  // the school's first day
  std::optional<Date> latest;  // the first day of the latest change that is in force
};

// CHANGE_OUT_OF_ORDER: the history is only added to. PERIOD_INVALID: a school that ends has had a day; no day
// lies before all records.
absl::Status CheckDates(LifeEvent event, const ChangeDates& dates);

// SECOND_PERSON_REQUIRED when it is the proposer who decides; both are names of persons.
absl::Status CheckSecondPerson(std::string_view proposer, std::string_view decider);

}  // namespace inspectorate::registry
