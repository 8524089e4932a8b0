#include "services/registry/domain/area_history.h"

#include <algorithm>
#include <set>

namespace inspectorate::registry {
namespace {

constexpr auto kDay = std::chrono::days(1);

// The days on which something may change.
std::set<Date> Beginnings(const Period& area, const std::vector<Belonging>& facts) {
  std::set<Date> days = {area.from};
  for (const Belonging& fact : facts) {
    if (area.Contains(fact.period.from)) days.insert(fact.period.from);
    if (fact.period.to && area.Contains(*fact.period.to + kDay)) days.insert(*fact.period.to + kDay);
  }
  return days;
}

std::multiset<std::string> WhoOf(const std::vector<Belonging>& facts, const std::vector<size_t>& holding) {
  std::multiset<std::string> who;
  for (size_t i : holding) who.insert(facts[i].who);
  return who;
}

}  // namespace

std::vector<Composition> CompositionsOf(const Period& area, const std::vector<Belonging>& facts) {
  std::vector<Composition> versions;
  for (const Date day : Beginnings(area, facts)) {
    Composition version{.period = {day, area.to}, .holding = {}, .documents = {}};
    for (size_t i = 0; i < facts.size(); ++i) {
      if (!facts[i].period.Contains(day)) continue;
      version.holding.push_back(i);
      const std::string& paper = facts[i].document;
      const bool told = std::count(version.documents.begin(), version.documents.end(), paper) > 0;
      if (facts[i].period.from == day && !paper.empty() && !told) version.documents.push_back(paper);
    }
    if (!versions.empty()) {
      if (WhoOf(facts, versions.back().holding) == WhoOf(facts, version.holding)) continue;
      versions.back().period.to = day - kDay;
    }
    versions.push_back(std::move(version));
  }
  return versions;
}

}  // namespace inspectorate::registry
