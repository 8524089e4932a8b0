#include "services/visits/domain/obligations.h"

#include <algorithm>
#include <cstdlib>
#include <map>
#include <tuple>
#include <utility>

#include "common/base/refusal.h"

namespace inspectorate::visits {
namespace {

// Namespace of obligation ids, fixed for ever: UUIDv5 of the DNS namespace (RFC 9562, appendix C) and the
// name "obligations.inspectorate".
const Uuid& ObligationSpace() {
  static const Uuid space =
      DerivedUuid(*ParseUuid("6ba7b810-9dad-11d1-80b4-00c04fd430c8"), "obligations.inspectorate");
  return space;
}

constexpr std::chrono::days kDay{1};

struct Window {
  Date from;
  Date to;
  bool empty() const { return to < from; }
};

Window Clip(Window window, Date from, Date to) {
  return {std::max(window.from, from), std::min(window.to, to)};
}

Window Clip(const Window& window, const Period& period) {
  return Clip(window, period.from, period.to.value_or(window.to));
}

const Period* RestOn(const SchoolInOperation& school, Date day) {
  const auto rest =
      std::ranges::find_if(school.rests, [day](const Period& period) { return period.Contains(day); });
  return rest == school.rests.end() ? nullptr : &*rest;
}

// From the first to the last day on which the school operates; days on which it rests may lie between them.
Window Operating(Window window, const SchoolInOperation& school) {
  window = Clip(window, school.operating);
  while (!window.empty()) {
    const Period* rest = RestOn(school, window.from);
    if (rest == nullptr) break;
    window.from = rest->to ? *rest->to + kDay : window.to + kDay;
  }
  while (!window.empty()) {
    const Period* rest = RestOn(school, window.to);
    if (rest == nullptr) break;
    window.to = rest->from - kDay;
  }
  return window;
}

// "2026-03".
std::string MonthKey(Date month) { return FormatDate(month).substr(0, 7); }

// The term in which the month is taught; null when out of session.
const TermFact* TermOf(const std::vector<TermFact>& terms, int audience, Date month) {
  for (const TermFact& term : terms) {
    if (term.audience == audience && std::find(term.teaching_months.begin(), term.teaching_months.end(),
                                               month) != term.teaching_months.end()) {
      return &term;
    }
  }
  return nullptr;
}

struct Duty {
  ObligationKind kind;
  std::string_view rule;
  int count;
  std::string window_key;
  Window window;
};

void Append(std::string_view office, const SchoolInOperation& school, const Duty& duty,
            std::vector<Obligation>& out) {
  for (int ordinal = 1; ordinal <= duty.count; ++ordinal) {
    out.push_back({.id = ObligationId(office, school.id, duty.rule, duty.window_key, ordinal),
                   .school = school.id,
                   .area = school.area,
                   .kind = duty.kind,
                   .rule = std::string(duty.rule),
                   .window_from = duty.window.from,
                   .window_to = duty.window.to,
                   .ordinal = ordinal,
                   .issue = {},
                   .round = 0});
  }
}

// Calendar months after this one that still touch the window.
int MonthsLeft(Date month, Date window_to) {
  return (YearOf(window_to) - YearOf(month)) * 12 + static_cast<int>(MonthOf(window_to)) -
         static_cast<int>(MonthOf(month));
}

std::string_view NameOf(ObligationState state) {
  switch (state) {
    case ObligationState::kOpen:
      return "待安排 (open)";
    case ObligationState::kClaimed:
      return "已安排 (claimed)";
    case ObligationState::kFulfilled:
      return "已完成 (fulfilled)";
    case ObligationState::kExcused:
      return "已免除 (excused)";
  }
  std::abort();  // not an enumerator
}

std::string_view NameOf(ObligationEvent event) {
  switch (event) {
    case ObligationEvent::kClaim:
      return "承担 (claim)";
    case ObligationEvent::kRelease:
      return "退回 (release)";
    case ObligationEvent::kFulfil:
      return "完成 (fulfil)";
    case ObligationEvent::kExcuse:
      return "免除 (excuse)";
  }
  std::abort();  // not an enumerator
}

}  // namespace

bool OperatesOn(const SchoolInOperation& school, Date day) {
  return school.operating.Contains(day) && RestOn(school, day) == nullptr;
}

Uuid ObligationId(std::string_view office, const Uuid& school, std::string_view rule, std::string_view window,
                  int ordinal) {
  std::string name(office);
  name += '/' + FormatUuid(school) + '/';
  name += rule;
  name += '/';
  name += window;
  name += '/' + std::to_string(ordinal);
  return DerivedUuid(ObligationSpace(), name);
}

GeneratedObligations GenerateObligations(std::string_view office, Date month,
                                         const std::vector<SchoolInOperation>& schools,
                                         const std::vector<TermFact>& terms, const ObligationRules& rules) {
  GeneratedObligations generated;
  const Window whole_month{month, NextMonth(month) - kDay};
  for (const SchoolInOperation& school : schools) {
    if (Operating(whole_month, school).empty()) continue;
    const TermFact* term = TermOf(terms, school.audience, month);
    const Window taught = term == nullptr ? Window{month, month - kDay}
                                          : Operating(Clip(whole_month, term->from, term->to), school);
    if (taught.empty()) {
      ++generated.out_of_session;
      continue;
    }
    Append(office, school,
           {ObligationKind::kMonthlyVisit, kMonthlyRule, rules.monthly_min, MonthKey(month), taught},
           generated.obligations);
    Append(office, school,
           {ObligationKind::kTermMinimum, kTermRule, rules.term_min, term->id,
            Operating(Window{term->from, term->to}, school)},
           generated.obligations);
  }
  return generated;
}

Obligation LookBackObligation(std::string_view office, const Uuid& school, const Uuid& area,
                              const Uuid& issue, int round, Date reported, Date due) {
  const std::string window = FormatUuid(issue) + "/" + std::to_string(round);
  return {.id = ObligationId(office, school, kLookBackRule, window, 1),
          .school = school,
          .area = area,
          .kind = ObligationKind::kLookBack,
          .rule = std::string(kLookBackRule),
          .window_from = reported,
          .window_to = due,
          .ordinal = 1,
          .issue = issue,
          .round = round};
}

absl::StatusOr<ObligationState> Next(ObligationState state, ObligationEvent event, const Uuid& obligation) {
  using S = ObligationState;
  using E = ObligationEvent;
  if (state == S::kOpen && event == E::kClaim) return S::kClaimed;
  if (state == S::kOpen && event == E::kExcuse) return S::kExcused;
  if (state == S::kClaimed && event == E::kRelease) return S::kOpen;
  if (state == S::kClaimed && event == E::kFulfil) return S::kFulfilled;
  if (event == E::kClaim && (state == S::kClaimed || state == S::kFulfilled)) {
    return Refuse("OBLIGATION_TAKEN", {{"obligation", FormatUuid(obligation)}});
  }
  return Refuse("STATE_TRANSITION_DENIED", {{"resource", FormatUuid(obligation)},
                                            {"state", std::string(NameOf(state))},
                                            {"event", std::string(NameOf(event))}});
}

bool IsMissed(ObligationState state, Date window_to, Date today) {
  return (state == ObligationState::kOpen || state == ObligationState::kClaimed) && window_to < today;
}

Coverage Cover(const std::vector<ObligationStanding>& obligations) {
  Coverage coverage;
  for (const ObligationStanding& obligation : obligations) {
    ++coverage.owed;
    switch (obligation.state) {
      case ObligationState::kExcused:
        ++coverage.excused;
        continue;
      case ObligationState::kFulfilled:
        ++coverage.fulfilled;
        continue;
      case ObligationState::kClaimed:
        ++coverage.claimed;
        break;
      case ObligationState::kOpen:
        break;
    }
    coverage.uncovered.push_back(obligation);
  }
  return coverage;
}

std::vector<VisitToPlan> VisitsOfMonth(std::vector<Obligation> open, Date month) {
  const Window whole_month{month, NextMonth(month) - kDay};
  std::erase_if(open, [&](const Obligation& o) {
    return o.kind == ObligationKind::kLookBack || Clip(whole_month, o.window_from, o.window_to).empty();
  });
  // Schools in turn; of a school the monthly ones first, so that the statutory ones can join them.
  std::sort(open.begin(), open.end(), [](const Obligation& a, const Obligation& b) {
    return std::tie(a.school, a.kind, a.window_to, a.ordinal) <
           std::tie(b.school, b.kind, b.window_to, b.ordinal);
  });
  std::map<Uuid, int> statutory_left;
  for (const Obligation& o : open) {
    if (o.kind == ObligationKind::kTermMinimum) ++statutory_left[o.school];
  }
  std::vector<VisitToPlan> visits;
  size_t first_of_school = 0;  // the school's first visit that no statutory duty has joined yet
  for (const Obligation& o : open) {
    const Window window = Clip(whole_month, o.window_from, o.window_to);
    while (first_of_school < visits.size() && visits[first_of_school].school != o.school) ++first_of_school;
    if (o.kind == ObligationKind::kTermMinimum) {
      int& left = statutory_left[o.school];
      const bool joins = first_of_school < visits.size() &&
                         !Clip(window, visits[first_of_school].from, visits[first_of_school].to).empty();
      if (joins) {
        VisitToPlan& visit = visits[first_of_school++];
        visit.obligations.push_back(o.id);
        visit.from = std::max(visit.from, window.from);
        visit.to = std::min(visit.to, window.to);
        --left;
        continue;
      }
      if (left-- <= MonthsLeft(month, o.window_to)) continue;
      visits.push_back({{o.id}, o.school, window.from, window.to});
      first_of_school = visits.size();
      continue;
    }
    visits.push_back({{o.id}, o.school, window.from, window.to});
  }
  return visits;
}

}  // namespace inspectorate::visits
