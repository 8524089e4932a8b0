#include "services/registry/domain/catalogue_life.h"

#include <algorithm>
#include <cctype>
#include <map>

#include "common/base/refusal.h"
#include "common/base/time.h"

namespace inspectorate::registry {
namespace {

constexpr std::chrono::days kDay{1};

bool HasForm(const CatalogueRules& rules, const std::string& code) {
  if (rules.most_digits == 0) return true;
  if (code.size() < rules.least_digits + 1 || code.size() > rules.most_digits + 1) return false;
  const auto capital = [](unsigned char c) { return std::isupper(c) != 0; };
  const auto digit = [](unsigned char c) { return std::isdigit(c) != 0; };
  const bool letter = rules.letters.empty() ? capital(static_cast<unsigned char>(code[0]))
                                            : rules.letters.find(code[0]) != std::string::npos;
  return letter && std::all_of(code.begin() + 1, code.end(), digit);
}

bool Knows(const CatalogueRules& rules, const std::string& code) {
  return rules.values.empty() ? HasForm(rules, code) : rules.values.contains(code);
}

}  // namespace

bool Allows(VersionState state, VersionEvent event) {
  switch (event) {
    case VersionEvent::kEdit:
    case VersionEvent::kDrop:
    case VersionEvent::kPublish:
      return state == VersionState::kDraft;
  }
  return false;
}

std::vector<std::optional<Period>> DaysInForce(const std::vector<Date>& first_days) {
  std::vector<std::optional<Period>> days(first_days.size());
  std::optional<Date> next;  // the earliest first day of a later number
  for (size_t i = first_days.size(); i-- > 0;) {
    if (!next || first_days[i] < *next) {
      days[i] = Period{.from = first_days[i], .to = next ? std::optional<Date>(*next - kDay) : std::nullopt};
      next = first_days[i];
    }
  }
  return days;
}

VersionState StateOn(const std::optional<Period>& in_force, Date today) {
  const bool over = !in_force || (in_force->to && *in_force->to < today);
  return over ? VersionState::kSuperseded : VersionState::kPublished;
}

std::vector<DraftProblem> ProblemsOf(const CatalogueRules& rules, const std::vector<CatalogueEntry>& base,
                                     const std::vector<CatalogueEntry>& draft) {
  std::vector<DraftProblem> problems;
  std::set<std::string> codes, before;
  for (const CatalogueEntry& entry : base) before.insert(entry.code);
  bool in_use = false;
  for (size_t i = 0; i < draft.size(); ++i) {
    const std::string& code = draft[i].code;
    const int index = static_cast<int>(i);
    if (!before.contains(code) && !Knows(rules, code))
      problems.push_back({DraftDefect::kCodeUnknown, index, code});
    if (!codes.insert(code).second) problems.push_back({DraftDefect::kCodeTwice, index, code});
    in_use = in_use || !draft[i].retired;
  }
  for (const CatalogueEntry& entry : base) {
    if (!codes.contains(entry.code)) problems.push_back({DraftDefect::kCodeMissing, -1, entry.code});
  }
  if (!in_use) problems.push_back({DraftDefect::kNothingInUse, -1, ""});
  return problems;
}

absl::Status CheckPublication(const Publication& publication) {
  if (publication.drafter.empty() || publication.publisher.empty())
    return absl::InternalError("a publication without knowing both persons");
  if (publication.base_number != publication.latest_number)
    return Refuse("CATALOGUE_MOVED_ON", {{"number", std::to_string(publication.latest_number)}});
  if (publication.drafter == publication.publisher) {
    return Refuse("SECOND_PERSON_REQUIRED", {{"rule", "PUBLISHER_IS_DRAFTER"},
                                             {"why", "拟定人不得发布 (the drafter does not publish)"}});
  }
  if (publication.valid_from < publication.bound)
    return Refuse("DAYS_SETTLED", {{"date", FormatDate(publication.bound)}});
  return absl::OkStatus();
}

absl::Status CheckRetirements(const CatalogueRules& rules, const std::vector<CatalogueEntry>& day_before,
                              const std::vector<CatalogueEntry>& draft) {
  std::map<std::string, bool> retired_before;
  for (const CatalogueEntry& entry : day_before) retired_before[entry.code] = entry.retired;
  std::set<std::string> in_use;
  for (const CatalogueEntry& entry : draft) {
    if (entry.retired) continue;
    in_use.insert(entry.code);
    const auto before = retired_before.find(entry.code);
    if (rules.values.empty() && before != retired_before.end() && before->second)
      return Refuse("CODE_RETIRED", {{"code", entry.code}});
  }
  for (const std::string& needed : rules.needed) {
    if (!in_use.contains(needed)) return Refuse("CATALOGUE_VALUE_NEEDED", {{"value", needed}});
  }
  return absl::OkStatus();
}

std::vector<Edition> EditionsOf(const std::vector<DatedEntry>& list) {
  std::set<Date> days;
  for (const DatedEntry& dated : list) {
    days.insert(dated.period.from);
    if (dated.period.to && *dated.period.to >= dated.period.from) days.insert(*dated.period.to + kDay);
  }
  std::vector<Edition> editions;
  for (const Date day : days) {
    Edition edition{.from = day, .entries = {}};
    for (const DatedEntry& dated : list) {
      if (dated.period.from > day) continue;
      edition.entries.push_back(dated.entry);
      edition.entries.back().retired = !dated.period.Contains(day);
    }
    edition.entries = InOrder(std::move(edition.entries));
    editions.push_back(std::move(edition));
  }
  return editions;
}

}  // namespace inspectorate::registry
