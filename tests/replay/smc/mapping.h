// What the county's records mean to the platform. Pure: the README beside it says the same for people, and
// why.
#pragma once

#include <chrono>
#include <string>
#include <string_view>
#include <vector>

#include "inspectorate/issues/v1/issue.pb.h"
#include "inspectorate/visits/v1/visit.pb.h"
#include "tests/replay/smc/records.h"

namespace inspectorate::smc {

// A follow-up later than this is about something else: of those that follow a finding at all, half come
// within a week.
inline constexpr std::chrono::days kFollowUpWindow{60};

// "San Bruno " → "SAN BRUNO": one town, one responsibility area.
std::string TownOf(const Place& place);
// "SAN BRUNO" → "San Bruno".
std::string TitleCase(std::string_view upper);

// The kind of a school, by its name alone: the records have none. A term of the import ("小学").
std::string KindOf(std::string_view name);
bool IsKindergarten(std::string_view name);
// The matter that a kitchen belongs to: B07 at schools, K01 at kindergartens.
std::string MatterOf(std::string_view name);

visits::v1::VisitType TypeOf(const Inspection& inspection);
visits::v1::Judgement JudgementOf(const Inspection& inspection);
// What has no field of its own, as a note on the judged matter.
std::string NoteOf(const Inspection& inspection);

// As found: a violation without a degree has no severity.
visits::v1::Severity SeverityOf(const Violation& violation);
// As triaged, where none is not possible: it is minor.
issues::v1::Severity TriagedAs(const Violation& violation);
bool CuredOnTheSpot(const Violation& violation);
// The platform closes only minor problems on the spot; anything graver is looked at again.
bool ClosesOnTheSpot(const Violation& violation);
std::string FactOf(const Violation& violation);
// "检查表第07项", where the description begins with a number of the county's form.
std::string BasisOf(const Violation& violation);

// What a description is about, the same before and after the county numbered and reworded its form in 2014:
// to see whether a finding was found again.
std::string ItemOf(std::string_view description);

// Does this inspection look back on what was found on `found`?
bool FollowsUp(const Inspection& inspection, Date found);
// Was it found again?
bool FoundAgain(const Inspection& inspection, std::string_view fact);

}  // namespace inspectorate::smc
