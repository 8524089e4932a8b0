#include "services/registry/app/public_plaque.h"

#include <algorithm>
#include <set>

#include "common/base/macros.h"
#include "common/resource/table.h"
#include "common/status/error.h"
#include "common/work/unit.h"
#include "services/registry/domain/plaque.h"
#include "services/registry/store/dates.h"
#include "services/registry/store/plaque_store.h"

namespace inspectorate::registry {
namespace {

constexpr size_t kLongestToken = 64;

// Field by field: what is added to the record later does not become public by itself.
v1::PublicPlaque PublicOf(const v1::Plaque& plaque, Date today, const std::set<Uuid>& gone) {
  v1::PublicPlaque shown;
  const v1::PlaqueContent& content = plaque.content();
  shown.set_school_name(content.school_name());
  shown.set_kindergarten(content.kindergarten());
  for (const v1::PlaqueInspector& person : content.inspectors()) {
    if (gone.contains(resource::UuidOf(person.inspector()))) continue;
    v1::PublicPlaqueInspector* out = shown.add_inspectors();
    out->set_display_name(person.display_name());
    out->set_work_number(person.work_number());
    out->set_phone(person.phone());
    out->set_assisting(person.assisting());
  }
  *shown.mutable_matters() = content.matters();
  shown.set_supervision_phone(content.supervision_phone());
  shown.set_issuer(content.issuer());
  const std::optional<Date> stale_from = DateOf(plaque.stale_from());
  const PlaqueLife life = EffectiveLife(static_cast<PlaqueLife>(plaque.state()), stale_from, today);
  shown.set_state(static_cast<v1::PlaqueState>(life));
  shown.set_current(life == PlaqueLife::kMounted || life == PlaqueLife::kVerified);
  // What is only foreseen is the office's to know.
  if (stale_from && *stale_from <= today) *shown.mutable_stale_from() = plaque.stale_from();
  *shown.mutable_approve_date() = plaque.approve_date();
  shown.set_version(plaque.version());
  return shown;
}

// Whom the board names and who is not responsible for the school today. A board that is right names none, so
// that only one that is not costs the question.
absl::StatusOr<std::set<Uuid>> GoneFrom(db::Session& session, const v1::Plaque& plaque, Date today) {
  std::set<Uuid> gone;
  const std::optional<Date> stale_from = DateOf(plaque.stale_from());
  if (plaque.state() != v1::PLAQUE_REPLACED && !(stale_from && *stale_from <= today)) return gone;
  for (const auto& person : plaque.content().inspectors()) gone.insert(resource::UuidOf(person.inspector()));
  const Uuid school = resource::UuidOf(plaque.school());
  ASSIGN_OR_RETURN(const auto sources,
                   LoadPlaqueSources(session, resource::SlugOf(plaque.name()), {school}, today));
  const auto now = sources.find(school);
  if (now == sources.end()) return gone;
  for (const PlaquePerson& person : TextOn(now->second, today).people) gone.erase(person.inspector);
  return gone;
}

}  // namespace

absl::StatusOr<v1::PublicPlaque> FindPublicPlaque(db::Session& session, const std::string& token) {
  // Says nothing of the token.
  const absl::Status missing = NotFound("publicPlaques/-");
  if (token.empty() || token.size() > kLongestToken) return missing;
  ASSIGN_OR_RETURN(const std::string name, FindPlaqueByToken(session, token));
  if (name.empty()) return missing;
  ASSIGN_OR_RETURN(const v1::Plaque plaque, resource::Get<v1::Plaque>(session, name));
  ASSIGN_OR_RETURN(const Time now, work::OfficeNow(session, resource::SlugOf(name), SystemClock()));
  ASSIGN_OR_RETURN(const auto gone, GoneFrom(session, plaque, ChinaDate(now)));
  return PublicOf(plaque, ChinaDate(now), gone);
}

}  // namespace inspectorate::registry
