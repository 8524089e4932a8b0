#include "services/registry/app/plaques.h"

#include <openssl/rand.h>

#include <algorithm>
#include <array>
#include <map>
#include <optional>
#include <utility>
#include <vector>

#include "common/base/hash.h"
#include "common/base/macros.h"
#include "common/resource/table.h"
#include "common/resource/within_reach.h"
#include "common/roster/policy.h"
#include "common/roster/scope.h"
#include "common/status/error.h"
#include "inspectorate/registry/v1/school.pb.h"
#include "services/registry/app/photos.h"
#include "services/registry/app/plaque_upkeep.h"
#include "services/registry/app/reach.h"
#include "services/registry/app/settled.h"
#include "services/registry/domain/plaque.h"
#include "services/registry/store/coverage_store.h"
#include "services/registry/store/dates.h"
#include "services/registry/store/plaque_store.h"

namespace inspectorate::registry {
namespace {

using resource::Description;
using resource::FromProto;
using resource::IsSet;
using resource::ToProto;
using resource::UuidOf;
using v1::Plaque;

constexpr size_t kTokenBytes = 20;  // 160 bits: nobody guesses one
static_assert((kTokenBytes * 8 + 5) / 6 == kTokenCharacters);

absl::StatusOr<std::string> NewToken() {
  std::array<unsigned char, kTokenBytes> bytes;
  if (RAND_bytes(bytes.data(), static_cast<int>(bytes.size())) != 1) {
    return absl::InternalError("no random bytes");
  }
  return Base64Url({reinterpret_cast<const char*>(bytes.data()), bytes.size()});
}

std::string Joined(const std::vector<std::string>& parts) {
  std::string text;
  for (const std::string& part : parts) text += (text.empty() ? "" : "; ") + part;
  return text;
}

// A step under way: the plaque is locked, in reach, and stands where the caller saw it.
struct Step {
  std::string office;  // slug
  Date today;
  Date day;  // of the act
  Plaque plaque;
};

// The figure of a settled day does not change by what is told of it later. Boards of before are told while
// the office is being set up.
absl::Status CheckActDay(work::Unit& unit, const Step& step) {
  const absl::Status open = CheckOpenDay(unit, step.office, step.day, step.plaque.name());
  if (ReasonOf(open) != ErrorReason::DAYS_SETTLED) return open;
  ASSIGN_OR_RETURN(const bool set_up, IsBeingSetUp(unit, step.office));
  return set_up ? absl::OkStatus() : open;
}

template <class Request>
absl::StatusOr<Step> Begin(work::Unit& unit, const rpc::Call& call, const Request& request,
                           const google::type::Date& act_date) {
  Step step{.office = resource::SlugOf(request.name()), .today = {}, .day = {}, .plaque = {}};
  ASSIGN_OR_RETURN(const roster::Reach reach, ReachToWrite(unit, call, step.office));
  step.today = reach.day;
  ASSIGN_OR_RETURN(step.plaque, resource::GetWithin<Plaque>(reach, call, unit.db(), request.name(),
                                                            resource::Lock::kForUpdate));
  RETURN_IF_ERROR(roster::CheckSchool(unit.db(), call, reach, UuidOf(step.plaque.school())));
  RETURN_IF_ERROR(resource::CheckEtag(step.plaque, request.etag()));
  step.day = IsSet(act_date) ? FromProto(act_date) : step.today;
  RETURN_IF_ERROR(CheckActDay(unit, step));
  return step;
}

// Moves the state, if the machine has such a step and it does not lie before the one that it follows.
absl::Status Advance(const rpc::Call& call, PlaqueEvent event, const google::type::Date& previous,
                     Step* step) {
  PlaqueFacts facts{.today = step->today,
                    .day = step->day,
                    .stale_from = std::nullopt,
                    .actor = call.principal().subject,
                    .mounted_by = step->plaque.mounted_by()};
  if (IsSet(step->plaque.stale_from())) facts.stale_from = FromProto(step->plaque.stale_from());
  ASSIGN_OR_RETURN(const PlaqueLife next,
                   NextPlaque(static_cast<PlaqueLife>(step->plaque.state()), event, facts));
  if (IsSet(previous) && step->day < FromProto(previous)) {
    const std::string day = FormatDate(FromProto(previous));
    return InvalidFields({{.field = "act_date",
                           .zh = "不得早于上一步的日期" + day,
                           .en = "must not lie before the step before, " + day}});
  }
  step->plaque.set_state(static_cast<v1::PlaqueState>(next));
  return absl::OkStatus();
}

absl::StatusOr<Plaque> Save(work::Unit& unit, Step step, const char* event) {
  RETURN_IF_ERROR(
      resource::Update(unit, Description::Of<Plaque>(), &step.plaque, event, work::Change::STATE_CHANGED));
  return std::move(step.plaque);
}

absl::StatusOr<PlaqueSources> SourcesOf(db::Session& session, const std::string& office,
                                        const std::string& school, Date day) {
  ASSIGN_OR_RETURN(auto sources, LoadPlaqueSources(session, office, {UuidOf(school)}, day));
  const auto found = sources.find(UuidOf(school));
  if (found == sources.end()) return NotFound(school);
  return std::move(found->second);
}

// Text, day and size of a draft.
absl::Status Fill(work::Unit& unit, const std::string& office, Date today, Plaque* plaque) {
  ASSIGN_OR_RETURN(const PlaqueSources sources, SourcesOf(unit.db(), office, plaque->school(), today));
  ASSIGN_OR_RETURN(const roster::Policy policy, roster::LoadPolicy(unit.db(), office, today));
  ASSIGN_OR_RETURN(const int64_t width, policy.Int("plaque.width_mm"));
  ASSIGN_OR_RETURN(const int64_t height, policy.Int("plaque.height_mm"));
  if (std::min(width, height) < kLeastBoardMm || std::max(width, height) > kMostBoardMm) {
    return Error(
        ErrorReason::PLAQUE_INCOMPLETE,
        {{"why", "规则plaque.width_mm、plaque.height_mm须为100至3000 (rules must be 100 to 3 000)"}});
  }
  *plaque->mutable_content() = ContentOf(TextOn(sources, today), office);
  *plaque->mutable_as_of() = ToProto(today);
  plaque->set_width_mm(static_cast<int>(width));
  plaque->set_height_mm(static_cast<int>(height));
  return absl::OkStatus();
}

// Earlier versions go when a later one hangs.
absl::Status ReplaceEarlier(work::Unit& unit, const Step& step) {
  ASSIGN_OR_RETURN(
      auto earlier,
      resource::Select<Plaque>(
          unit.db(), "`office` = ? AND `school` = ? AND `version` < ? AND `state` <> ?",
          {step.office, UuidOf(step.plaque.school()), step.plaque.version(), v1::PLAQUE_REPLACED},
          "ORDER BY `plaque` FOR UPDATE"));
  for (Plaque& plaque : earlier) {
    ASSIGN_OR_RETURN(const PlaqueLife next,
                     NextPlaque(static_cast<PlaqueLife>(plaque.state()), PlaqueEvent::kReplace, {}));
    plaque.set_state(static_cast<v1::PlaqueState>(next));
    *plaque.mutable_replaced_date() = ToProto(step.day);
    plaque.set_successor(step.plaque.name());
    RETURN_IF_ERROR(ForgetPeople(unit.db(), plaque));
    RETURN_IF_ERROR(resource::Update(unit, Description::Of<Plaque>(), &plaque, "plaque.replaced",
                                     work::Change::STATE_CHANGED));
  }
  return absl::OkStatus();
}

struct Standing {
  PlaqueLife life;
  int64_t cause;
};

// Of each school the plaque that is right, or else the newest.
absl::StatusOr<std::map<Uuid, Standing>> StandingsOn(db::Session& session, const std::string& office,
                                                     Date day) {
  ASSIGN_OR_RETURN(
      const db::Rows rows,
      session.Query("SELECT `school`, `approve_date`, `made_date`, `mounted_date`, `verified_date`, "
                    "`stale_from`, `stale_cause`, `replaced_date` FROM `plaque` WHERE `office` = ? AND "
                    "`approve_date` <= ? ORDER BY `version`",
                    {office, day}));
  std::map<Uuid, Standing> standings;
  for (size_t i = 0; i < rows.size(); ++i) {
    const auto life = LifeOn({.approved = DateOf(rows.at(i, "approve_date")),
                              .made = DateOf(rows.at(i, "made_date")),
                              .mounted = DateOf(rows.at(i, "mounted_date")),
                              .verified = DateOf(rows.at(i, "verified_date")),
                              .stale_from = DateOf(rows.at(i, "stale_from")),
                              .replaced = DateOf(rows.at(i, "replaced_date"))},
                             day);
    if (!life) continue;
    const Standing standing{*life, *life == PlaqueLife::kStale ? rows.at(i, "stale_cause").AsInt() : 0};
    const auto [at, added] = standings.emplace(rows.at(i, "school").AsUuid(), standing);
    if (!added && at->second.life != PlaqueLife::kVerified) at->second = standing;
  }
  return standings;
}

}  // namespace

absl::StatusOr<Plaque> DraftPlaque(work::Unit& unit, const rpc::Call& call,
                                   const v1::DraftPlaqueRequest& request) {
  const std::string office = resource::SlugOf(request.parent());
  ASSIGN_OR_RETURN(const roster::Reach reach, ReachToWrite(unit, call, office));
  const Date today = reach.day;
  // Locked: a school has one draft.
  ASSIGN_OR_RETURN(const auto school,
                   resource::Get<v1::School>(unit.db(), request.school(), resource::Lock::kForUpdate));
  if (school.office() != request.parent()) return NotFound(request.school());
  const Description& d = Description::Of<Plaque>();
  ASSIGN_OR_RETURN(auto versions, resource::Select<Plaque>(unit.db(), "`office` = ? AND `school` = ?",
                                                           {office, UuidOf(request.school())},
                                                           "ORDER BY `version` DESC LIMIT 1 FOR UPDATE"));
  if (!versions.empty() && versions[0].state() == v1::PLAQUE_DRAFT) {
    RETURN_IF_ERROR(ForgetPeople(unit.db(), versions[0]));
    RETURN_IF_ERROR(Fill(unit, office, today, &versions[0]));
    RETURN_IF_ERROR(NamePeople(unit.db(), versions[0]));
    RETURN_IF_ERROR(resource::Update(unit, d, &versions[0], "plaque.drafted"));
    return std::move(versions[0]);
  }
  Plaque plaque;
  plaque.set_name(resource::NewName(d, request.parent(), unit.recorded()));
  plaque.set_school(request.school());
  plaque.set_version(versions.empty() ? 1 : versions[0].version() + 1);
  plaque.set_state(v1::PLAQUE_DRAFT);
  RETURN_IF_ERROR(Fill(unit, office, today, &plaque));
  RETURN_IF_ERROR(NamePeople(unit.db(), plaque));
  RETURN_IF_ERROR(resource::Insert(unit, d, &plaque, "plaque.drafted"));
  return plaque;
}

absl::StatusOr<Plaque> ApprovePlaque(work::Unit& unit, const rpc::Call& call,
                                     const v1::ApprovePlaqueRequest& request) {
  // The row is locked before the facts are read: whoever changes one waits for it, or is seen.
  ASSIGN_OR_RETURN(Step step, Begin(unit, call, request, {}));
  RETURN_IF_ERROR(Advance(call, PlaqueEvent::kApprove, {}, &step));
  Plaque& plaque = step.plaque;
  ASSIGN_OR_RETURN(const PlaqueSources sources,
                   SourcesOf(unit.db(), step.office, plaque.school(), step.today));
  const PlaqueText now = TextOn(sources, step.today);
  const std::vector<std::string> lacking = Lacking(now);
  if (!lacking.empty()) return Error(ErrorReason::PLAQUE_INCOMPLETE, {{"why", Joined(lacking)}});
  if (const auto difference = DifferenceOf(TextOf(plaque.content()), now)) {
    return Error(ErrorReason::PLAQUE_OUTDATED, {{"why", std::string(NameOf(*difference))}});
  }
  SetStaleness(StaleFrom(now, sources, step.today), &plaque);
  *plaque.mutable_as_of() = ToProto(step.today);
  *plaque.mutable_approve_date() = ToProto(step.today);
  plaque.set_approved_by(call.principal().subject);
  plaque.set_document_number(request.document_number());
  ASSIGN_OR_RETURN(const std::string token, NewToken());
  RETURN_IF_ERROR(PutPlaqueToken(unit.db(), plaque, token));
  return Save(unit, std::move(step), "plaque.approved");
}

absl::StatusOr<Plaque> MakePlaque(work::Unit& unit, const rpc::Call& call,
                                  const v1::MakePlaqueRequest& request) {
  ASSIGN_OR_RETURN(Step step, Begin(unit, call, request, request.act_date()));
  RETURN_IF_ERROR(Advance(call, PlaqueEvent::kMake, step.plaque.approve_date(), &step));
  *step.plaque.mutable_made_date() = ToProto(step.day);
  step.plaque.set_maker(request.maker());
  return Save(unit, std::move(step), "plaque.made");
}

absl::StatusOr<Plaque> MountPlaque(work::Unit& unit, const rpc::Call& call,
                                   const v1::MountPlaqueRequest& request) {
  ASSIGN_OR_RETURN(Step step, Begin(unit, call, request, request.act_date()));
  RETURN_IF_ERROR(Advance(call, PlaqueEvent::kMount, step.plaque.made_date(), &step));
  RETURN_IF_ERROR(CheckGatePhoto(unit.db(), request.photo(), step.office, step.plaque.school()));
  *step.plaque.mutable_mounted_date() = ToProto(step.day);
  step.plaque.set_mounted_by(call.principal().subject);
  step.plaque.set_mounted_photo(request.photo());
  step.plaque.set_place(request.place());
  RETURN_IF_ERROR(ReplaceEarlier(unit, step));
  return Save(unit, std::move(step), "plaque.mounted");
}

absl::StatusOr<Plaque> VerifyPlaque(work::Unit& unit, const rpc::Call& call,
                                    const v1::VerifyPlaqueRequest& request) {
  ASSIGN_OR_RETURN(Step step, Begin(unit, call, request, request.act_date()));
  RETURN_IF_ERROR(Advance(call, PlaqueEvent::kVerify, step.plaque.mounted_date(), &step));
  RETURN_IF_ERROR(CheckGatePhoto(unit.db(), request.photo(), step.office, step.plaque.school()));
  *step.plaque.mutable_verified_date() = ToProto(step.day);
  step.plaque.set_verified_by(call.principal().subject);
  step.plaque.set_verified_photo(request.photo());
  return Save(unit, std::move(step), "plaque.verified");
}

absl::StatusOr<v1::PlaqueCoverage> GetPlaqueCoverage(db::Session& session, const std::string& office,
                                                     Date day) {
  ASSIGN_OR_RETURN(const std::vector<Named> operating, OperatingOn(session, office, day));
  ASSIGN_OR_RETURN(const auto standings, StandingsOn(session, office, day));
  v1::PlaqueCoverage coverage;
  *coverage.mutable_as_of() = ToProto(day);
  coverage.set_operating(static_cast<int>(operating.size()));
  for (const Named& school : operating) {
    const auto found = standings.find(school.id);
    if (found != standings.end() && found->second.life == PlaqueLife::kVerified) {
      coverage.set_verified(coverage.verified() + 1);
      continue;
    }
    v1::PlaqueGap* gap = coverage.add_gaps();
    gap->set_school("schools/" + FormatUuid(school.id));
    gap->set_display_name(school.name);
    if (found == standings.end()) continue;
    gap->set_state(static_cast<v1::PlaqueState>(found->second.life));
    gap->set_stale_cause(static_cast<v1::PlaqueStaleCause>(found->second.cause));
  }
  if (!operating.empty()) coverage.set_percent(100.0 * coverage.verified() / coverage.operating());
  ASSIGN_OR_RETURN(const db::Rows head,
                   session.Query("SELECT position FROM feed_head WHERE office = ?", {office}));
  if (!head.empty()) coverage.set_registry_position(head.at(0, 0).AsInt());
  return coverage;
}

}  // namespace inspectorate::registry
