// The county's food inspection records as its files hold them, in the order in which things happened. Nothing
// is interpreted here; what the records mean to the platform is in mapping.h.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "common/base/time.h"

namespace inspectorate::smc {

struct Violation {
  std::string description{};
  int degree = 0;  // 1 minor, 2 major, 3 critical; 0: none recorded
  int status = 0;  // 2 corrected on the spot, 3 out of compliance
};

struct Inspection {
  std::string key{};  // "PR0000111#3": the place and its number in the place's list
  Date date{};
  int reason = 0;              // 0 other, 1 initial, 2 routine, 3 follow-up, 4 complaint, 5 investigation
  std::string reason_other{};  // free text
  int result = 0;              // 0 n/a, 1 pass, 2 conditional pass, 3 closed
  std::optional<int> score{};
  std::string name{};  // the place's name then, where it differs from today's
  std::vector<Violation> violations{};
};

struct Place {
  std::string id{};
  std::string name{};
  std::string address{};
  std::string city{};  // as written: "SAN BRUNO" and "San Bruno"
  std::string zip{};
  double latitude = 0;  // 0: not known
  double longitude = 0;
  std::vector<Inspection> inspections{};  // by day; see InOrder
};

// `schools_only.json`: an object of places by id, each with its inspections, the latest first.
absl::StatusOr<std::vector<Place>> ParseSchools(const std::string& json);
// The three lists of the full set.
absl::StatusOr<std::vector<Place>> ParseLists(const std::string& facilities, const std::string& inspections,
                                              const std::string& violations);

// Puts a place's inspections into the order in which they happened. The files have days and no times, and
// list the latest first: on one day, what stands further down came first, and a follow-up comes after what it
// follows.
void InOrder(std::vector<Inspection>* inspections);

}  // namespace inspectorate::smc
