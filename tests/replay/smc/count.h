// What is in the county's file, counted directly: the other side of the comparison. It reads the file on its
// own and shares nothing with the importer.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <tuple>

#include "absl/status/statusor.h"

namespace inspectorate::smc {

struct FileCount {
  int64_t places = 0;
  int64_t visits = 0;
  int64_t findings = 0;
  int64_t follow_ups = 0;
  std::map<std::string, int64_t> places_by_town;  // "SAN BRUNO"
  std::map<std::tuple<std::string, int>, int64_t> visits_by_town_year;
  std::map<std::tuple<std::string, int>, int64_t> findings_by_town_year;
  // Degree 0 is none. Correction 2: on the spot, 3: out of compliance.
  std::map<std::tuple<int, int>, int64_t> findings_by_year_degree;
  std::map<std::tuple<std::string, int>, int64_t> findings_by_town_degree;
  std::map<std::tuple<int, int>, int64_t> findings_by_degree_correction;
  // Corrected on the spot, and minor or of no degree.
  int64_t closed_on_the_spot = 0;
  // Out of compliance, with a follow-up of the place within 60 days.
  int64_t followed_up = 0;

  bool operator==(const FileCount&) const = default;
};

// `until`: only inspections before this day ("2014-01-01"); empty: all.
absl::StatusOr<FileCount> CountSchools(const std::string& json, const std::string& until = "");

}  // namespace inspectorate::smc
