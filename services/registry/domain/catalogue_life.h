// The life of a catalogue: which version is in force on a day, what a draft may say, when it may be
// published, and what versions an office's dated list amounts to. Pure.
#pragma once

#include <optional>
#include <set>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "common/base/period.h"
#include "services/registry/domain/catalogue_diff.h"

namespace inspectorate::registry {

// As CatalogueVersionState of the contract; a test compares them.
enum class VersionState { kUnspecified = 0, kDraft = 1, kPublished = 2, kSuperseded = 3 };

enum class VersionEvent { kEdit, kDrop, kPublish };

// Only a draft is edited, dropped or published.
bool Allows(VersionState state, VersionEvent event);

// --- the chain of published versions, by number -----------------------------------------------------------

// On which days each version is in force, of versions with these first days in order of their numbers: on any
// day the one with the highest number that has begun. Nothing: another took its place before it began.
std::vector<std::optional<Period>> DaysInForce(const std::vector<Date>& first_days);

// What a version with these days is on `today`.
VersionState StateOn(const std::optional<Period>& in_force, Date today);

// --- what a version may say -------------------------------------------------------------------------------

// What is particular to a catalogue.
struct CatalogueRules {
  // The form of new codes, where they are free: one of these letters (empty: any capital) and so many digits.
  // No digits: any form.
  std::string letters;
  size_t least_digits = 0, most_digits = 0;
  std::set<std::string> values;  // the codes that the contract knows; empty: free ones
  std::set<std::string> needed;  // those without which no issue could be closed
};

enum class DraftDefect {
  kCodeUnknown,  // not of the contract, or of another form
  kCodeTwice,
  kCodeMissing,  // one of the version before was left out instead of being retired
  kNothingInUse,
};
struct DraftProblem {
  DraftDefect defect;
  int index = -1;  // of the entry; -1: of the list
  std::string code;

  bool operator==(const DraftProblem&) const = default;
};

// `base`: of the version that the draft was made from.
std::vector<DraftProblem> ProblemsOf(const CatalogueRules& rules, const std::vector<CatalogueEntry>& base,
                                     const std::vector<CatalogueEntry>& draft);

struct Publication {
  int base_number = 0;    // that the draft was made from
  int latest_number = 0;  // published last
  Date valid_from;
  Date bound;  // the first day that is open to correction
  std::string drafter, publisher;
};

// CATALOGUE_MOVED_ON, DAYS_SETTLED, SECOND_PERSON_REQUIRED. The texts' variables `catalogue` and `resource`
// are the caller's to add.
absl::Status CheckPublication(const Publication& publication);

// CATALOGUE_VALUE_NEEDED, and CODE_RETIRED: a free code that was retired in the version in force on the day
// before (`day_before`; empty: none was) is not used again. Values of the contract keep their meaning and may
// come back.
absl::Status CheckRetirements(const CatalogueRules& rules, const std::vector<CatalogueEntry>& day_before,
                              const std::vector<CatalogueEntry>& draft);

// --- lists that were dated one by one
// -----------------------------------------------------------------------

struct DatedEntry {
  CatalogueEntry entry;
  Period period;
};
struct Edition {
  Date from;
  std::vector<CatalogueEntry> entries;
};

// The versions that say the same of every day: one from each day on which something begins or ends.
std::vector<Edition> EditionsOf(const std::vector<DatedEntry>& list);

}  // namespace inspectorate::registry
