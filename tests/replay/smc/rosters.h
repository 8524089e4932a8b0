// The lists that an office would send, made from the records: towns as areas, places as schools. People are
// not in the records; one inspector a town, one supervisor a place and two members of staff are generated.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "inspectorate/registry/v1/import.pb.h"
#include "tests/replay/smc/records.h"

namespace inspectorate::smc {

// Towns by name, each with the number of its area.
std::map<std::string, int> NumberTowns(const std::vector<Place>& places);
std::string InspectorNumber(int area);
std::string SupervisorNumber(const std::string& place);

// `from`: since when everything holds.
registry::v1::ImportRosterRequest RostersOf(const std::vector<Place>& places, Date from, int last_year);

}  // namespace inspectorate::smc
