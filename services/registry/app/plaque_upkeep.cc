#include "services/registry/app/plaque_upkeep.h"

#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "common/base/macros.h"
#include "common/resource/table.h"
#include "common/roster/eligibility_facts.h"
#include "inspectorate/registry/v1/area.pb.h"
#include "inspectorate/registry/v1/inspector.pb.h"
#include "inspectorate/registry/v1/office.pb.h"
#include "inspectorate/registry/v1/policy.pb.h"
#include "inspectorate/registry/v1/school_change.pb.h"
#include "services/registry/app/due.h"
#include "services/registry/domain/plaque.h"
#include "services/registry/store/plaque_store.h"

namespace inspectorate::registry {
namespace {

using resource::Description;
using resource::FromProto;
using resource::IsSet;
using resource::ToProto;
using resource::UuidOf;
using v1::Plaque;
using work::Change;

constexpr char kPhoneRule[] = "plaque.supervision_phone";
// Plaques in one transaction of a round.
constexpr int kPage = 200;

// What the changes of a unit may have made wrong.
struct Touched {
  std::vector<Uuid> schools;
  std::vector<Uuid> inspectors;
  std::set<std::string> offices;  // slugs: all their plaques
  std::set<std::string> renamed;  // the office itself changed: its name, its clock
};

template <class M>
const M* As(const work::Event& event) {
  const work::Message* message = event.after != nullptr ? event.after.get() : event.removed.get();
  return message != nullptr && message->GetDescriptor() == M::descriptor() ? static_cast<const M*>(message)
                                                                           : nullptr;
}

// What stands on every board of an office: the matters, and which telephone answers; and what decides who may
// act.
bool ChangesEveryBoard(const work::Event& event) {
  const auto* rule = As<v1::PolicyRule>(event);
  return As<v1::Matter>(event) != nullptr ||
         (rule != nullptr &&
          (rule->key() == kPhoneRule ||
           std::ranges::find(roster::kEligibilityRules, rule->key()) != std::end(roster::kEligibilityRules)));
}

// A dated fact of an inspector from which it follows where they may act.
bool DecidesWhereTheyAct(const work::Event& event) {
  return As<v1::Appointment>(event) != nullptr || As<v1::Certificate>(event) != nullptr ||
         As<v1::Suspension>(event) != nullptr || As<v1::Qualification>(event) != nullptr ||
         As<v1::Employment>(event) != nullptr || As<v1::Recusal>(event) != nullptr;
}

void AddTo(const work::Event& event, Touched* touched) {
  const bool made = event.kind == Change::CREATED;
  if (const auto* assignment = As<v1::InspectorAssignment>(event)) {
    touched->schools.push_back(UuidOf(assignment->school()));
    // An edit may have taken it from another school.
    if (!made) touched->inspectors.push_back(UuidOf(assignment->inspector()));
  } else if (const auto* change = As<v1::SchoolChange>(event)) {
    // A school's name, kind, standing and last day change by nothing else, so that other edits of it ask for
    // no plaque.
    const bool only_words = change->state() == v1::CHANGE_PROPOSED || change->state() == v1::CHANGE_REJECTED;
    if (!only_words) touched->schools.push_back(UuidOf(change->school()));
  } else if (As<v1::Inspector>(event) != nullptr && !made) {
    touched->inspectors.push_back(UuidOf(event.resource));
  } else if (const auto* photo = As<v1::Photo>(event); photo != nullptr && !photo->inspector().empty()) {
    touched->inspectors.push_back(UuidOf(photo->inspector()));
  } else if (DecidesWhereTheyAct(event)) {
    touched->inspectors.push_back(roster::OwnerOf(event.resource));
  } else if (ChangesEveryBoard(event)) {
    touched->offices.insert(event.office);
  } else if (As<v1::Office>(event) != nullptr) {
    touched->renamed.insert(event.office);
  }
}

// An office that is just being set up has no plaque.
void LeaveOutNew(const std::vector<work::Event>& events, Touched* touched) {
  for (const work::Event& event : events) {
    if (event.kind != Change::CREATED || As<v1::Office>(event) == nullptr) continue;
    touched->offices.erase(event.office);
    touched->renamed.erase(event.office);
  }
}

bool Due(const Plaque& plaque, Date today) {
  return IsSet(plaque.stale_from()) && FromProto(plaque.stale_from()) <= today;
}

absl::Status Refresh(work::Unit& unit, const PlaqueSources& sources, Date today, Plaque* plaque) {
  const auto staleness = StaleFrom(TextOf(plaque->content()), sources, today);
  // Whose day has come is stale, whether the round has said so yet or not, and stays stale when what was
  // wrong is put right.
  const bool was_due = Due(*plaque, today);
  if (!was_due && (!staleness || staleness->from > today)) {
    if (!SetStaleness(staleness, plaque)) return absl::OkStatus();
    return resource::Update(unit, Description::Of<Plaque>(), plaque, "plaque.staleness_foreseen");
  }
  ASSIGN_OR_RETURN(const PlaqueLife next,
                   NextPlaque(static_cast<PlaqueLife>(plaque->state()), PlaqueEvent::kOutdate, {}));
  // One that was foreseen is wrong since that day, not since somebody looked.
  if (!was_due) SetStaleness(staleness, plaque);
  plaque->set_state(static_cast<v1::PlaqueState>(next));
  RETURN_IF_ERROR(ForgetPeople(unit.db(), *plaque));
  return resource::Update(unit, Description::Of<Plaque>(), plaque, "plaque.outdated", Change::STATE_CHANGED);
}

absl::Status RefreshAll(work::Unit& unit, std::vector<Plaque> plaques) {
  std::map<std::string, std::vector<Plaque*>> by_office;
  for (Plaque& plaque : plaques) by_office[resource::SlugOf(plaque.name())].push_back(&plaque);
  for (auto& [office, of_office] : by_office) {
    ASSIGN_OR_RETURN(const Date today, unit.Today(office));
    std::vector<Uuid> schools;
    for (const Plaque* plaque : of_office) schools.push_back(UuidOf(plaque->school()));
    ASSIGN_OR_RETURN(const auto sources, LoadPlaqueSources(unit.db(), office, schools, today));
    for (Plaque* plaque : of_office) {
      const auto found = sources.find(UuidOf(plaque->school()));
      if (found != sources.end()) RETURN_IF_ERROR(Refresh(unit, found->second, today, plaque));
    }
  }
  return absl::OkStatus();
}

// All of an office, or those that its name or its clock makes wrong.
absl::Status RefreshOffice(work::Unit& unit, const std::string& office, bool all) {
  ASSIGN_OR_RETURN(std::vector<Plaque> plaques, LockLivePlaquesOf(unit.db(), office));
  if (plaques.empty()) return absl::OkStatus();
  if (!all) {
    ASSIGN_OR_RETURN(const Date today, unit.Today(office));
    ASSIGN_OR_RETURN(const auto record, resource::Get<v1::Office>(unit.db(), "offices/" + office));
    std::erase_if(plaques, [&](const Plaque& plaque) {
      return plaque.content().issuer() == record.display_name() && !Due(plaque, today);
    });
  }
  return RefreshAll(unit, std::move(plaques));
}

// The page after `after`. Answers the last plaque of it; nothing: it was the last page.
absl::StatusOr<std::optional<Uuid>> CheckPage(work::Unit& unit, const std::string& office,
                                              const Uuid& after) {
  ASSIGN_OR_RETURN(const Date today, unit.Today(office));
  ASSIGN_OR_RETURN(std::vector<Plaque> plaques, LockPlaquesToCheck(unit.db(), office, today, after, kPage));
  std::optional<Uuid> last;
  if (plaques.size() == kPage) {
    last = UuidOf(plaques.back().name());
  } else {
    RETURN_IF_ERROR(ForgetRechecks(unit.db(), office));
  }
  RETURN_IF_ERROR(RefreshAll(unit, std::move(plaques)));
  return last;
}

// Those of an office that a round has to look at, a page a transaction.
absl::Status CheckPlaquesOf(work::Writer& writer, const db::Budget& budget, const std::string& office) {
  std::optional<Uuid> after = Uuid{};
  while (after) {
    std::optional<Uuid> last;
    RETURN_IF_ERROR(
        writer.RunInternal(budget, {.subject = "services/registry"}, [&](work::Unit& unit) -> absl::Status {
          ASSIGN_OR_RETURN(last, CheckPage(unit, office, *after));
          return absl::OkStatus();
        }));
    after = last;
  }
  return absl::OkStatus();
}

}  // namespace

bool SetStaleness(const std::optional<Staleness>& staleness, Plaque* plaque) {
  const Plaque before = *plaque;
  plaque->clear_stale_from();
  plaque->clear_stale_cause();
  if (staleness) {
    *plaque->mutable_stale_from() = ToProto(staleness->from);
    plaque->set_stale_cause(static_cast<v1::PlaqueStaleCause>(staleness->cause));
  }
  const bool same = IsSet(before.stale_from()) == staleness.has_value() &&
                    (!staleness || FromProto(before.stale_from()) == staleness->from) &&
                    before.stale_cause() == plaque->stale_cause();
  return !same;
}

absl::Status KeepPlaques(work::Unit& unit) {
  Touched touched;
  for (const work::Event& event : unit.events()) AddTo(event, &touched);
  LeaveOutNew(unit.events(), &touched);
  for (const std::string& office : touched.offices)
    RETURN_IF_ERROR(RefreshOffice(unit, office, /*all=*/true));
  for (const std::string& office : touched.renamed) {
    if (!touched.offices.contains(office)) RETURN_IF_ERROR(RefreshOffice(unit, office, /*all=*/false));
  }
  if (touched.schools.empty() && touched.inspectors.empty()) return absl::OkStatus();
  ASSIGN_OR_RETURN(std::vector<Plaque> plaques,
                   LockLivePlaques(unit.db(), touched.schools, touched.inspectors));
  return RefreshAll(unit, std::move(plaques));
}

absl::Status OutdateDuePlaques(work::Writer& writer, const db::Budget& budget) {
  const auto find = [](db::Session& session) -> absl::StatusOr<std::vector<Dated>> {
    ASSIGN_OR_RETURN(const auto offices, OfficesWithPlaquesToCheck(session));
    std::vector<Dated> dated;
    dated.reserve(offices.size());
    for (const auto& [office, from] : offices) dated.push_back({.office = office, .day = from});
    return dated;
  };
  return TakeUpDue(writer, budget, find,
                   [&](const Dated& due) { return CheckPlaquesOf(writer, budget, due.office); });
}

}  // namespace inspectorate::registry
