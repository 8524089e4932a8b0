#include "tests/replay/smc/count.h"

#include <nlohmann/json.hpp>

namespace inspectorate::smc {
namespace {

using nlohmann::json;

std::string Upper(std::string text) {
  while (!text.empty() && text.back() == ' ') text.pop_back();
  while (!text.empty() && text.front() == ' ') text.erase(0, 1);
  for (char& c : text) c = c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
  return text;
}

// Days since 1970-01-01 of "2013-09-30" (Howard Hinnant's days_from_civil).
int64_t DayNumber(const std::string& date) {
  int64_t y = std::stoll(date.substr(0, 4));
  const int64_t m = std::stoll(date.substr(5, 2));
  const int64_t d = std::stoll(date.substr(8, 2));
  y -= m <= 2 ? 1 : 0;
  const int64_t era = y / 400;
  const int64_t yoe = y - era * 400;
  const int64_t doy = (153 * (m + (m > 2 ? -3 : 9)) + 2) / 5 + d - 1;
  return era * 146097 + yoe * 365 + yoe / 4 - yoe / 100 + doy - 719468;
}

void CountFinding(const json& violation, const std::string& town, int year, FileCount* count) {
  const int degree = violation.value("Degree", 0);
  const int status = violation.value("Status", 0);
  ++count->findings;
  ++count->findings_by_town_year[{town, year}];
  ++count->findings_by_year_degree[{year, degree}];
  ++count->findings_by_town_degree[{town, degree}];
  ++count->findings_by_degree_correction[{degree, status}];
  if (status == 2 && degree < 2) ++count->closed_on_the_spot;
}

// Findings out of compliance for which a later follow-up of the place stands within 60 days.
int64_t FollowedUp(const json& inspections, const std::string& until) {
  int64_t followed = 0;
  for (const json& inspection : inspections) {
    const int64_t day = DayNumber(inspection.at("Date"));
    bool later = false;
    for (const json& other : inspections) {
      const std::string date = other.at("Date");
      if (!until.empty() && date >= until) continue;
      const int64_t days = DayNumber(date) - day;
      later = later || (other.at("Reason") == 3 && days > 0 && days <= 60);
    }
    for (const json& violation : inspection.value("Violations", json::array())) {
      if (later && violation.value("Status", 0) == 3) ++followed;
    }
  }
  return followed;
}

}  // namespace

absl::StatusOr<FileCount> CountSchools(const std::string& text, const std::string& until) {
  const json places = json::parse(text, nullptr, /*allow_exceptions=*/false);
  if (!places.is_object()) return absl::InvalidArgumentError("not an object of places");
  FileCount count;
  try {
    for (const json& place : places) {
      const std::string town = Upper(place.at("City"));
      ++count.places;
      ++count.places_by_town[town];
      json kept = json::array();
      for (const json& inspection : place.at("Inspections")) {
        const std::string date = inspection.at("Date");
        if (!until.empty() && date >= until) continue;
        kept.push_back(inspection);
        const int year = std::stoi(date.substr(0, 4));
        ++count.visits;
        if (inspection.at("Reason") == 3) ++count.follow_ups;
        ++count.visits_by_town_year[{town, year}];
        for (const json& violation : inspection.value("Violations", json::array())) {
          CountFinding(violation, town, year, &count);
        }
      }
      count.followed_up += FollowedUp(kept, until);
    }
  } catch (const std::exception& error) {
    return absl::InvalidArgumentError(std::string("the file is not as described: ") + error.what());
  }
  return count;
}

}  // namespace inspectorate::smc
