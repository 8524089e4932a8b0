#include "services/registry/app/divisions.h"

#include <algorithm>
#include <map>

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

using Index = std::multimap<std::string_view, const v1::Division*>;

// By the name of what lies above, in order of their own names.
const Index& Children() {
  static const auto& index = *[] {
    auto* made = new Index;
    for (const v1::Division& division : Divisions()) made->emplace(division.parent(), &division);
    return made;
  }();
  return index;
}

// What `division` was on an earlier day; the one in force then where several were joined.
const v1::Division* Predecessor(const v1::Division& division, Date day) {
  static const auto& index = *[] {
    auto* made = new std::multimap<std::string, const v1::Division*>;
    for (const v1::Division& old : Divisions()) {
      if (!old.successor().empty()) made->emplace(kPrefix + old.successor(), &old);
    }
    return made;
  }();
  const v1::Division* before = nullptr;
  for (auto [at, end] = index.equal_range(division.name()); at != end; ++at) {
    if (before == nullptr || HoldsOn(*at->second, day)) before = at->second;
  }
  return before;
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
  const auto& all = Divisions();
  const auto found = std::lower_bound(all.begin(), all.end(), name,
                                      [](const v1::Division& d, std::string_view n) { return d.name() < n; });
  return found != all.end() && found->name() == name ? &*found : nullptr;
}

const v1::Division* FindDivisionOn(std::string_view name, Date day) {
  const v1::Division* division = FindDivision(name);
  // Each step goes on in one direction of time, so it ends; the bound is for a ring in the file.
  for (size_t steps = 0; division != nullptr && !HoldsOn(*division, day); ++steps) {
    if (steps == Divisions().size()) return nullptr;
    const bool later =
        resource::IsSet(division->valid_to()) && resource::FromProto(division->valid_to()) < day;
    division = later ? FindDivision(kPrefix + division->successor()) : Predecessor(*division, day);
  }
  return division;
}

std::vector<const v1::Division*> DivisionsBelow(std::string_view parent, std::optional<Date> day) {
  std::vector<const v1::Division*> below;
  const auto& children = Children();
  for (auto [at, end] = children.equal_range(parent); at != end; ++at) {
    if (!day || HoldsOn(*at->second, *day)) below.push_back(at->second);
  }
  return below;
}

bool LiesBelow(std::string_view code, std::string_view above) {
  const std::string wanted = kPrefix + std::string(above);
  const v1::Division* at = FindDivision(kPrefix + std::string(code));
  while (at != nullptr && !at->parent().empty()) {
    if (at->parent() == wanted) return true;
    at = FindDivision(at->parent());
  }
  return false;
}

}  // namespace inspectorate::registry
