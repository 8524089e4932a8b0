#include "services/registry/app/divisions.h"

#include <algorithm>

#include "common/resource/description.h"
#include "services/registry/app/shipped.h"

namespace inspectorate::registry {
namespace {

constexpr char kPrefix[] = "divisions/";

void SetDate(const std::string& text, google::type::Date* date) {
  auto day = ParseDate(text);
  if (day.ok()) *date = resource::ToProto(*day);
}

bool HoldsOn(const v1::Division& division, Date day) {
  return (!resource::IsSet(division.valid_from()) || resource::FromProto(division.valid_from()) <= day) &&
         (!resource::IsSet(division.valid_to()) || day <= resource::FromProto(division.valid_to()));
}

}  // namespace

const std::vector<v1::Division>& Divisions() {
  static const auto* divisions = [] {
    auto* all = new std::vector<v1::Division>;
    const csv::Table table = Shipped("divisions.csv");
    auto cell = [&](const csv::Record& row, const char* column) {
      return row.cells.at(static_cast<size_t>(table.Column(column)));
    };
    for (const csv::Record& row : table.records) {
      v1::Division division;
      division.set_name(kPrefix + cell(row, "code"));
      division.set_display_name(cell(row, "name"));
      division.set_level(cell(row, "level"));
      if (!cell(row, "parent").empty()) division.set_parent(kPrefix + cell(row, "parent"));
      division.set_successor(cell(row, "successor"));
      SetDate(cell(row, "valid_from"), division.mutable_valid_from());
      SetDate(cell(row, "valid_to"), division.mutable_valid_to());
      if (!resource::IsSet(division.valid_from())) division.clear_valid_from();
      if (!resource::IsSet(division.valid_to())) division.clear_valid_to();
      all->push_back(std::move(division));
    }
    std::sort(all->begin(), all->end(), [](const auto& a, const auto& b) { return a.name() < b.name(); });
    return all;
  }();
  return *divisions;
}

const v1::Division* FindDivision(std::string_view name) {
  for (const v1::Division& division : Divisions()) {
    if (division.name() == name) return &division;
  }
  return nullptr;
}

std::vector<const v1::Division*> DivisionsBelow(std::string_view parent, std::optional<Date> day) {
  std::vector<const v1::Division*> below;
  for (const v1::Division& division : Divisions()) {
    if (division.parent() == parent && (!day || HoldsOn(division, *day))) below.push_back(&division);
  }
  return below;
}

}  // namespace inspectorate::registry
