#include "services/registry/domain/plaque_text.h"

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <set>
#include <tuple>

namespace inspectorate::registry {
namespace {

constexpr std::chrono::days kOne{1};

// Days on which something that the periods say may change.
template <class Dated>
void AddChanges(const std::vector<Dated>& dated, std::set<Date>* days) {
  for (const Dated& fact : dated) {
    days->insert(fact.valid.from);
    if (fact.valid.to) days->insert(*fact.valid.to + kOne);
  }
}

std::vector<PlaquePerson> PeopleOn(const PlaqueSources& sources, Date day) {
  std::vector<PlaquePerson> people;
  for (const auto& assignment : sources.assignments) {
    if (!assignment.valid.Contains(day)) continue;
    const auto person = sources.people.find(assignment.inspector);
    if (person == sources.people.end()) continue;
    people.push_back(person->second);
    people.back().assisting = assignment.assisting;
  }
  std::ranges::sort(people, [](const PlaquePerson& a, const PlaquePerson& b) {
    return std::tie(a.assisting, a.work_number, a.inspector) <
           std::tie(b.assisting, b.work_number, b.inspector);
  });
  return people;
}

std::vector<std::pair<Uuid, bool>> WhoOf(const PlaqueText& text) {
  std::vector<std::pair<Uuid, bool>> who;
  for (const PlaquePerson& person : text.people) who.emplace_back(person.inspector, person.assisting);
  std::ranges::sort(who);
  return who;
}

// Is whom the board names and `now` does not still assigned, and nobody else there?
bool OnlyWithoutEffect(const PlaqueText& board, const PlaqueText& now) {
  const auto shown = WhoOf(board), are = WhoOf(now);
  return std::ranges::includes(shown, are) && std::ranges::all_of(shown, [&](const auto& who) {
           return std::ranges::binary_search(are, who) || now.assigned.contains(who.first);
         });
}

// Is there a person of both texts of whom `differs`?
template <class Differs>
bool AnyPerson(const PlaqueText& board, const PlaqueText& now, Differs differs) {
  for (const PlaquePerson& shown : board.people) {
    for (const PlaquePerson& is : now.people) {
      if (shown.inspector == is.inspector && differs(shown, is)) return true;
    }
  }
  return false;
}

}  // namespace

PlaqueText TextOn(const PlaqueSources& sources, Date day) {
  PlaqueText text;
  text.school_name = sources.school_name;
  text.kindergarten = sources.kindergarten;
  text.issuer = sources.issuer;
  text.operating = sources.operating && (!sources.first_day || *sources.first_day <= day) &&
                   (!sources.last_day || day <= *sources.last_day);
  // Where several values are in force, the one that began last holds, as for every rule of an office.
  std::optional<Date> since;
  for (const auto& phone : sources.supervision_phones) {
    if (!phone.valid.Contains(day) || (since && phone.valid.from < *since)) continue;
    since = phone.valid.from;
    text.supervision_phone = phone.text;
  }
  text.people = PeopleOn(sources, day);
  for (const auto& assignment : sources.recorded) {
    if (assignment.valid.Contains(day)) text.assigned.insert(assignment.inspector);
  }
  for (PlaquePerson& person : text.people) {
    if (person.phone.empty()) person.phone = text.supervision_phone;
  }
  for (const auto& matter : sources.matters) {
    if (matter.valid.Contains(day)) text.matters.emplace_back(matter.key, matter.text);
  }
  return text;
}

std::vector<std::string> Lacking(const PlaqueText& text) {
  std::vector<std::string> lacking;
  if (!text.operating) lacking.emplace_back("学校不在办学状态 (the school does not operate)");
  if (std::ranges::none_of(text.people, [](const PlaquePerson& person) { return !person.assisting; })) {
    lacking.emplace_back("没有责任督学 (no responsible inspector)");
  }
  for (const PlaquePerson& person : text.people) {
    if (person.portrait_sha256.empty()) {
      lacking.push_back(person.name + "没有照片 (no portrait of " + person.work_number + ")");
    }
  }
  if (text.matters.empty()) lacking.emplace_back("没有督导事项或职责 (no matters)");
  if (text.supervision_phone.empty()) {
    lacking.emplace_back("未设监督电话，规则plaque.supervision_phone (no supervision telephone)");
  }
  return lacking;
}

std::optional<StaleCause> DifferenceOf(const PlaqueText& board, const PlaqueText& now) {
  if (!now.operating) return StaleCause::kNotOperating;
  if (board.school_name != now.school_name) return StaleCause::kSchoolRenamed;
  if (board.issuer != now.issuer) return StaleCause::kOfficeChanged;
  if (WhoOf(board) != WhoOf(now)) {
    return OnlyWithoutEffect(board, now) ? StaleCause::kInspectorMayNotAct : StaleCause::kInspectorChanged;
  }
  const auto renamed = [](const PlaquePerson& a, const PlaquePerson& b) { return a.name != b.name; };
  if (AnyPerson(board, now, renamed)) return StaleCause::kInspectorRenamed;
  if (board.supervision_phone != now.supervision_phone) return StaleCause::kOfficeChanged;
  const auto other_contact = [](const PlaquePerson& a, const PlaquePerson& b) {
    return a.work_number != b.work_number || a.phone != b.phone;
  };
  if (AnyPerson(board, now, other_contact)) return StaleCause::kContactChanged;
  // Photographs stay with the registry that took them: what is not here is no other face.
  const auto other_face = [](const PlaquePerson& a, const PlaquePerson& b) {
    return !b.portrait_sha256.empty() && a.portrait_sha256 != b.portrait_sha256;
  };
  if (AnyPerson(board, now, other_face)) return StaleCause::kPortraitChanged;
  if (board.kindergarten != now.kindergarten || board.matters != now.matters) {
    return StaleCause::kMattersChanged;
  }
  return std::nullopt;
}

std::optional<Staleness> StaleFrom(const PlaqueText& board, const PlaqueSources& sources, Date today) {
  std::set<Date> days = {today};
  AddChanges(sources.assignments, &days);
  AddChanges(sources.matters, &days);
  AddChanges(sources.supervision_phones, &days);
  if (sources.last_day) days.insert(*sources.last_day + kOne);
  for (const Date day : days) {
    if (day < today) continue;
    const std::optional<StaleCause> cause = DifferenceOf(board, TextOn(sources, day));
    if (cause) return Staleness{.from = day, .cause = *cause};
  }
  return std::nullopt;
}

std::string_view NameOf(StaleCause cause) {
  switch (cause) {
    case StaleCause::kInspectorChanged:
      return "责任督学变更 (other inspectors)";
    case StaleCause::kInspectorRenamed:
      return "督学姓名变更 (an inspector's name)";
    case StaleCause::kContactChanged:
      return "督学工号或电话变更 (an inspector's work number or telephone)";
    case StaleCause::kPortraitChanged:
      return "督学照片更换 (an inspector's portrait)";
    case StaleCause::kSchoolRenamed:
      return "学校名称变更 (the school's name)";
    case StaleCause::kNotOperating:
      return "学校停办、合并或撤销 (the school does not operate)";
    case StaleCause::kOfficeChanged:
      return "制发单位或监督电话变更 (the issuing office or its telephone)";
    case StaleCause::kMattersChanged:
      return "督导事项变更 (the matters)";
    case StaleCause::kInspectorMayNotAct:
      return "督学聘期届满或不再具备履职条件 (an inspector who may not act any more)";
  }
  std::abort();  // not an enumerator
}

}  // namespace inspectorate::registry
