#include "tests/replay/smc/records.h"

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>
#include <tuple>
#include <utility>

#include "absl/strings/numbers.h"
#include "common/base/macros.h"
#include "common/csv/csv.h"

namespace inspectorate::smc {
namespace {

using nlohmann::json;

constexpr int kFollowUp = 3;

std::string TextOf(const json& object, const char* key) {
  const auto found = object.find(key);
  return found != object.end() && found->is_string() ? found->get<std::string>() : "";
}
int NumberOf(const json& object, const char* key) {
  const auto found = object.find(key);
  return found != object.end() && found->is_number() ? found->get<int>() : 0;
}
double DegreesOf(const json& object, const char* key) {
  const auto found = object.find(key);
  return found != object.end() && found->is_number() ? found->get<double>() : 0;
}

std::string KeyOf(const std::string& place, size_t number) { return place + "#" + std::to_string(number); }

absl::StatusOr<Inspection> InspectionOf(const json& entry, const std::string& key) {
  Inspection inspection;
  inspection.key = key;
  ASSIGN_OR_RETURN(inspection.date, ParseDate(TextOf(entry, "Date")));
  inspection.reason = NumberOf(entry, "Reason");
  inspection.reason_other = TextOf(entry, "ReasonOther");
  inspection.result = NumberOf(entry, "Result");
  if (entry.contains("Score")) inspection.score = NumberOf(entry, "Score");
  inspection.name = TextOf(entry, "Name");
  for (const json& violation : entry.value("Violations", json::array())) {
    inspection.violations.push_back({.description = TextOf(violation, "Description"),
                                     .degree = NumberOf(violation, "Degree"),
                                     .status = NumberOf(violation, "Status")});
  }
  return inspection;
}

// One line of a list, by column.
class Line {
 public:
  Line(const csv::Table& table, const csv::Record& record) : table_(table), record_(record) {}
  std::string Text(const char* column) const {
    const int at = table_.Column(column);
    return at < 0 ? "" : record_.cells[static_cast<size_t>(at)];
  }
  int Number(const char* column) const {
    int value = 0;
    return absl::SimpleAtoi(Text(column), &value) ? value : 0;
  }
  double Degrees(const char* column) const {
    double value = 0;
    return absl::SimpleAtod(Text(column), &value) ? value : 0;
  }

 private:
  const csv::Table& table_;
  const csv::Record& record_;
};

size_t NumberInList(const Inspection& inspection) {
  size_t number = 0;
  return absl::SimpleAtoi(inspection.key.substr(inspection.key.find('#') + 1), &number) ? number : 0;
}

}  // namespace

void InOrder(std::vector<Inspection>* inspections) {
  const auto order = [](const Inspection& i) { return std::tuple(i.date, i.reason == kFollowUp); };
  std::sort(inspections->begin(), inspections->end(), [&](const Inspection& a, const Inspection& b) {
    return order(a) != order(b) ? order(a) < order(b) : NumberInList(a) > NumberInList(b);
  });
}

absl::StatusOr<std::vector<Place>> ParseSchools(const std::string& text) {
  const json all = json::parse(text, nullptr, /*allow_exceptions=*/false);
  if (!all.is_object()) return absl::InvalidArgumentError("not an object of places");
  std::vector<Place> places;
  for (const auto& [id, entry] : all.items()) {
    Place place{.id = id,
                .name = TextOf(entry, "Name"),
                .address = TextOf(entry, "Address"),
                .city = TextOf(entry, "City"),
                .zip = TextOf(entry, "Zip"),
                .latitude = DegreesOf(entry, "Lat"),
                .longitude = DegreesOf(entry, "Long"),
                .inspections = {}};
    size_t number = 0;
    for (const json& inspection : entry.value("Inspections", json::array())) {
      ASSIGN_OR_RETURN(Inspection read, InspectionOf(inspection, KeyOf(id, number++)));
      place.inspections.push_back(std::move(read));
    }
    InOrder(&place.inspections);
    places.push_back(std::move(place));
  }
  return places;
}

absl::StatusOr<std::vector<Place>> ParseLists(const std::string& facilities, const std::string& inspections,
                                              const std::string& violations) {
  ASSIGN_OR_RETURN(const csv::Table places_list, csv::Parse(facilities));
  ASSIGN_OR_RETURN(const csv::Table inspections_list, csv::Parse(inspections));
  ASSIGN_OR_RETURN(const csv::Table violations_list, csv::Parse(violations));
  std::map<std::string, std::vector<Violation>> found;
  for (const csv::Record& record : violations_list.records) {
    const Line line(violations_list, record);
    found[line.Text("inspection_key")].push_back({.description = line.Text("Description"),
                                                  .degree = line.Number("Degree"),
                                                  .status = line.Number("Status")});
  }
  std::map<std::string, std::vector<Inspection>> held;
  for (const csv::Record& record : inspections_list.records) {
    const Line line(inspections_list, record);
    Inspection inspection;
    inspection.key = line.Text("inspection_key");
    ASSIGN_OR_RETURN(inspection.date, ParseDate(line.Text("Date")));
    inspection.reason = line.Number("Reason");
    inspection.reason_other = line.Text("ReasonOther");
    inspection.result = line.Number("Result");
    if (!line.Text("Score").empty()) inspection.score = line.Number("Score");
    inspection.name = line.Text("Name");
    inspection.violations = std::move(found[inspection.key]);
    held[line.Text("Id")].push_back(std::move(inspection));
  }
  std::vector<Place> places;
  for (const csv::Record& record : places_list.records) {
    const Line line(places_list, record);
    Place place{.id = line.Text("Id"),
                .name = line.Text("Name"),
                .address = line.Text("Address"),
                .city = line.Text("City"),
                .zip = line.Text("Zip"),
                .latitude = line.Degrees("Lat"),
                .longitude = line.Degrees("Long"),
                .inspections = {}};
    place.inspections = std::move(held[place.id]);
    InOrder(&place.inspections);
    places.push_back(std::move(place));
  }
  return places;
}

}  // namespace inspectorate::smc
