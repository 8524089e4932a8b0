#include "services/registry/app/catalogues.h"

#include <algorithm>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "common/base/macros.h"
#include "common/base/refusal.h"
#include "common/resource/table.h"
#include "common/roster/catalogue.h"
#include "common/status/error.h"
#include "google/protobuf/util/message_differencer.h"
#include "inspectorate/registry/v1/policy.pb.h"
#include "services/registry/app/catalogue_entries.h"
#include "services/registry/app/due.h"
#include "services/registry/app/settled.h"
#include "services/registry/app/terms.h"

namespace inspectorate::registry {
namespace {

using google::protobuf::util::MessageDifferencer;
using resource::Description;
using resource::FromProto;
using resource::Get;
using resource::Lock;
using resource::ToProto;
using v1::Catalogue;
using v1::CatalogueVersion;

constexpr std::chrono::days kDay{1};

VersionState StateOf(const CatalogueVersion& version, Date today) {
  if (version.number() == 0) return VersionState::kDraft;
  std::optional<Period> days = resource::PeriodOf(version);
  if (days->to && *days->to < days->from) days.reset();
  return StateOn(days, today);
}

// Published versions with their items and days, by number.
struct Link {
  CatalogueVersion version;
  std::vector<CatalogueEntry> entries;
  std::optional<Period> days;
};
using Chain = std::vector<Link>;

void SetDays(Chain* chain) {
  std::vector<Date> first_days;
  for (const Link& link : *chain) first_days.push_back(FromProto(link.version.valid_from()));
  const auto days = DaysInForce(first_days);
  for (size_t i = 0; i < chain->size(); ++i) (*chain)[i].days = days[i];
}

absl::StatusOr<Chain> PublishedOf(db::Session& session, const std::string& catalogue, std::string_view tail) {
  ASSIGN_OR_RETURN(auto versions, resource::Select<CatalogueVersion>(
                                      session, "`office` = ? AND `catalogue` = ? AND `number` > 0",
                                      {resource::SlugOf(catalogue), resource::LastSegment(catalogue)},
                                      "ORDER BY `number`" + std::string(tail)));
  Chain chain;
  for (CatalogueVersion& version : versions) {
    std::vector<CatalogueEntry> entries = EntriesOf(version);
    chain.push_back({std::move(version), std::move(entries), {}});
  }
  SetDays(&chain);
  return chain;
}

std::vector<CatalogueEntry> EntriesOn(const Chain& chain, Date day) {
  for (const Link& link : chain) {
    if (link.days && link.days->Contains(day)) return link.entries;
  }
  return {};
}

absl::Status CheckAllowed(work::Unit& unit, const CatalogueVersion& version, VersionEvent event,
                          const char* zh) {
  ASSIGN_OR_RETURN(const Date today, unit.Today(resource::SlugOf(version.name())));
  const VersionState state = StateOf(version, today);
  if (Allows(state, event)) return absl::OkStatus();
  return Error(ErrorReason::STATE_TRANSITION_DENIED,
               {{"resource", version.name()},
                {"state", ChineseTerm(*v1::CatalogueVersionState_descriptor(), static_cast<int>(state))},
                {"event", zh}});
}

FieldViolation ViolationOf(const DraftProblem& problem) {
  const std::string items = "catalogue_version.items";
  const std::string at = problem.index < 0 ? items : items + "[" + std::to_string(problem.index) + "].code";
  switch (problem.defect) {
    case DraftDefect::kCodeUnknown:
      return {at, "本目录没有“" + problem.code + "”这样的代码",
              problem.code + " is no code of this catalogue"};
    case DraftDefect::kCodeTwice:
      return {at, problem.code + "重复", problem.code + " is there twice"};
    case DraftDefect::kCodeMissing:
      return {at, problem.code + "须标为停用,不能删去",
              problem.code + " must be marked as retired; it cannot be left out"};
    case DraftDefect::kNothingInUse:
      return {at, "至少须有一项在用", "at least one item must be in use"};
  }
  return {at, "", ""};
}

absl::Status CheckItems(v1::CatalogueKind kind, const std::vector<CatalogueEntry>& base,
                        const CatalogueVersion& draft) {
  std::vector<FieldViolation> violations;
  for (const DraftProblem& problem : ProblemsOf(RulesOf(kind), base, EntriesOf(draft)))
    violations.push_back(ViolationOf(problem));
  return violations.empty() ? absl::OkStatus() : InvalidFields(violations);
}

// The rules' refusal with what only the caller knows.
absl::Status Told(const absl::Status& status, const std::map<std::string, std::string>& variables) {
  auto refusal = RefusalOf(status);
  if (!refusal) return status;
  refusal->variables.insert(variables.begin(), variables.end());
  return ErrorFromRefusal(Refuse(refusal->reason, refusal->variables));
}

// --- what follows from a publication
// ------------------------------------------------------------------------

// The versions before end where another begins.
absl::Status UpdateDays(work::Unit& unit, Chain* chain) {
  for (Link& link : *chain) {
    const Date from = FromProto(link.version.valid_from());
    const std::optional<Date> last = link.days ? link.days->to : std::optional<Date>(from - kDay);
    google::type::Date wanted;
    if (last) wanted = ToProto(*last);
    if (wanted.SerializeAsString() == link.version.valid_to().SerializeAsString()) continue;
    link.version.clear_valid_to();
    if (last) *link.version.mutable_valid_to() = wanted;
    link.version.set_state(v1::VERSION_PUBLISHED);
    RETURN_IF_ERROR(resource::Update(unit, Description::Of<CatalogueVersion>(), &link.version,
                                     "catalogue_version.succeeded"));
  }
  return absl::OkStatus();
}

// From the first day on which a code is in use to the last: what is retired does not come back.
std::optional<Period> UseOf(const Chain& chain, const std::string& code) {
  std::optional<Period> use;
  for (const Link& link : chain) {
    if (!link.days) continue;
    for (const CatalogueEntry& entry : link.entries) {
      if (entry.code != code || entry.retired) continue;
      if (!use) use = Period{.from = link.days->from, .to = {}};
      use->to = link.days->to;
    }
  }
  return use;
}

absl::Status WriteMatter(work::Unit& unit, v1::CatalogueKind kind, const std::string& office,
                         const CatalogueEntry& entry, const std::optional<Period>& use) {
  const Description& description = Description::Of<v1::Matter>();
  v1::Matter matter;
  const std::string name = office + "/matters/" + entry.code;
  ASSIGN_OR_RETURN(const bool there, resource::Load(unit.db(), description, name, &matter, Lock::kForUpdate));
  if (!there && !use) return absl::OkStatus();  // never came into force
  if (there && static_cast<int>(matter.catalog()) != static_cast<int>(kind))
    return Error(ErrorReason::CODE_IN_USE, {{"code", entry.code}, {"resource", name}});
  const v1::Matter before = matter;
  matter.set_name(name);
  matter.set_catalog(static_cast<v1::MatterCatalog>(kind));
  matter.set_display_name(entry.title);
  matter.set_basis(entry.basis);
  matter.mutable_check_items()->Assign(entry.check_items.begin(), entry.check_items.end());
  matter.set_placeholder(entry.placeholder);
  if (use) *matter.mutable_valid_from() = ToProto(use->from);
  const std::optional<Date> last = use ? use->to : std::optional<Date>(FromProto(matter.valid_from()) - kDay);
  matter.clear_valid_to();
  if (last) *matter.mutable_valid_to() = ToProto(*last);
  if (!there) return resource::Insert(unit, description, &matter);
  return MessageDifferencer::Equals(before, matter) ? absl::OkStatus()
                                                    : resource::Update(unit, description, &matter);
}

// A matter has the words of the version in force; one that comes into use later those of the first that has
// it.
const CatalogueEntry& WordsOn(const Chain& chain, const CatalogueEntry& latest, Date today) {
  for (const Link& link : chain) {
    if (!link.days || (link.days->to && *link.days->to < today)) continue;
    for (const CatalogueEntry& entry : link.entries) {
      if (entry.code == latest.code) return entry;
    }
  }
  return latest;
}

// Notes the next day on which a version begins; then the words are written anew.
absl::Status NoteDue(work::Unit& unit, const std::string& office, const Chain& chain, Date today) {
  std::optional<Date> due;
  for (const Link& link : chain) {
    if (link.days && link.days->from > today && (!due || link.days->from < *due)) due = link.days->from;
  }
  const std::string catalogue(resource::LastSegment(CatalogueNameOf(chain.back().version.name())));
  const std::string slug = resource::SlugOf(office);
  if (!due) {
    return unit.db()
        .Execute("DELETE FROM `matters_due` WHERE `office` = ? AND `catalogue` = ?", {slug, catalogue})
        .status();
  }
  return unit.db()
      .Execute("REPLACE INTO `matters_due` (`office`, `catalogue`, `due`) VALUES (?, ?, ?)",
               {slug, catalogue, *due})
      .status();
}

absl::Status WriteMatters(work::Unit& unit, v1::CatalogueKind kind, const std::string& office,
                          const Chain& chain) {
  if (!HoldsMatters(kind)) return absl::OkStatus();
  ASSIGN_OR_RETURN(const Date today, unit.Today(resource::SlugOf(office)));
  for (const CatalogueEntry& entry : chain.back().entries) {
    RETURN_IF_ERROR(WriteMatter(unit, kind, office, WordsOn(chain, entry, today), UseOf(chain, entry.code)));
  }
  return NoteDue(unit, office, chain, today);
}

// --- publication
// --------------------------------------------------------------------------------------------

absl::Status CheckPublishable(work::Unit& unit, const Catalogue& catalogue, const Chain& chain,
                              const CatalogueVersion& draft,
                              const v1::PublishCatalogueVersionRequest& request) {
  RETURN_IF_ERROR(CheckAllowed(unit, draft, VersionEvent::kPublish, "发布"));
  const Date first = FromProto(request.valid_from());
  Publication publication{.base_number = draft.base_number(),
                          .latest_number = catalogue.latest_number(),
                          .valid_from = first,
                          .bound = first,
                          .drafter = draft.drafted_by(),
                          .publisher = unit.actor().subject};
  ASSIGN_OR_RETURN(publication.bound, SettledBound(unit, resource::SlugOf(catalogue.name())));
  const std::map<std::string, std::string> variables = {{"catalogue", catalogue.display_name()},
                                                        {"resource", draft.name()}};
  RETURN_IF_ERROR(Told(CheckPublication(publication), variables));
  const std::vector<CatalogueEntry> none;
  RETURN_IF_ERROR(CheckItems(catalogue.kind(), chain.empty() ? none : chain.back().entries, draft));
  return Told(CheckRetirements(RulesOf(catalogue.kind()), EntriesOn(chain, first - kDay), EntriesOf(draft)),
              variables);
}

void SetPublished(work::Unit& unit, const Catalogue& catalogue,
                  const v1::PublishCatalogueVersionRequest& request, CatalogueVersion* version) {
  version->set_number(catalogue.latest_number() + 1);
  version->set_state(v1::VERSION_PUBLISHED);
  *version->mutable_valid_from() = request.valid_from();
  version->set_document_number(request.document_number());
  version->set_source(request.source());
  version->set_published_by(unit.actor().subject);
  *version->mutable_publish_time() = ToProto(unit.recorded());
  version->set_fingerprint(roster::FingerprintOf(catalogue.kind(), *version));
}

// --- records of another registry
// --------------------------------------------------------------------------------------------

constexpr char kPlatform[] = "services/registry";

// A draft is there before it is published; what was given or taken over came published.
bool PublishedHere(const CatalogueVersion& version) {
  return FromProto(version.create_time()) < FromProto(version.publish_time());
}

absl::Status CheckTold(const Catalogue& catalogue, const Chain& chain, const CatalogueVersion& told) {
  const auto wrong = [](const char* field, const char* zh, const char* en) {
    return InvalidFields({{.field = field, .zh = zh, .en = en}});
  };
  const bool given = told.drafted_by() == kPlatform && told.published_by() == kPlatform;
  if (!given &&
      (told.drafted_by().empty() || told.published_by().empty() || told.drafted_by() == told.published_by()))
    return wrong("published_by", "须由两人起草和发布", "was not drafted and published by two persons");
  if (told.number() > catalogue.latest_number() + 1)
    return wrong("number", "缺少前面的版本", "comes after one that is not there");
  if (told.base_number() < 0 || told.base_number() >= told.number())
    return wrong("base_number", "须早于本版", "must be an earlier version");
  std::vector<CatalogueEntry> base;
  for (const Link& link : chain) {
    if (link.version.number() == told.base_number()) base = link.entries;
  }
  return CheckItems(catalogue.kind(), base, told);
}

// What `told` says, in place of what `version` says.
CatalogueVersion AsTold(CatalogueVersion version, const Catalogue& catalogue, const CatalogueVersion& told) {
  version.set_number(told.number());
  *version.mutable_items() = told.items();
  SetItems(EntriesOf(version), &version);
  version.set_note(told.note());
  version.set_base_number(told.base_number());
  version.set_drafted_by(told.drafted_by());
  *version.mutable_valid_from() = told.valid_from();
  version.set_document_number(told.document_number());
  version.set_source(told.source());
  version.set_published_by(told.published_by());
  version.set_state(v1::VERSION_PUBLISHED);
  version.set_fingerprint(roster::FingerprintOf(catalogue.kind(), version));
  return version;
}

// Of a version that gives way also the matters that no version names any more.
absl::Status WriteMattersOf(work::Unit& unit, const Catalogue& catalogue, const Chain& chain,
                            const std::vector<CatalogueEntry>& replaced) {
  const std::string office = "offices/" + resource::SlugOf(catalogue.name());
  RETURN_IF_ERROR(WriteMatters(unit, catalogue.kind(), office, chain));
  if (!HoldsMatters(catalogue.kind())) return absl::OkStatus();
  for (const CatalogueEntry& entry : replaced) {
    const auto& latest = chain.back().entries;
    const bool named = std::ranges::any_of(latest, [&](const auto& now) { return now.code == entry.code; });
    if (!named) RETURN_IF_ERROR(WriteMatter(unit, catalogue.kind(), office, entry, UseOf(chain, entry.code)));
  }
  return absl::OkStatus();
}

// --- differences
// --------------------------------------------------------------------------------------------

void AddItems(const std::vector<CatalogueEntry>& entries,
              google::protobuf::RepeatedPtrField<v1::CatalogueItem>* out) {
  for (const CatalogueEntry& entry : entries) *out->Add() = ItemOf(entry);
}

const CatalogueEntry* Find(const std::vector<CatalogueEntry>& entries, const std::string& code) {
  for (const CatalogueEntry& entry : entries) {
    if (entry.code == code) return &entry;
  }
  return nullptr;
}

// --- drafts
// -------------------------------------------------------------------------------------------------

// `edit(&entries)` of the draft that the request names.
template <class Request, class F>
absl::StatusOr<CatalogueVersion> EditItems(work::Unit& unit, const Request& request, F edit) {
  ASSIGN_OR_RETURN(const CatalogueVersion before,
                   Get<CatalogueVersion>(unit.db(), request.name(), Lock::kForUpdate));
  RETURN_IF_ERROR(resource::CheckEtag(before, request.etag()));
  CatalogueVersion draft = before;
  std::vector<CatalogueEntry> entries = EntriesOf(before);
  RETURN_IF_ERROR(edit(&entries));
  SetItems(std::move(entries), &draft);
  RETURN_IF_ERROR(PrepareDraft(unit, &before, &draft));
  RETURN_IF_ERROR(resource::Update(unit, Description::Of<CatalogueVersion>(), &draft));
  return draft;
}

}  // namespace

absl::Status PrepareDraft(work::Unit& unit, const CatalogueVersion* before, CatalogueVersion* draft) {
  if (before != nullptr) RETURN_IF_ERROR(CheckAllowed(unit, *before, VersionEvent::kEdit, "修改"));
  const std::string name = CatalogueNameOf(draft->name());
  ASSIGN_OR_RETURN(const Catalogue catalogue, Get<Catalogue>(unit.db(), name));
  ASSIGN_OR_RETURN(const Chain chain, PublishedOf(unit.db(), name, ""));
  if (before == nullptr) {
    draft->set_base_number(chain.empty() ? 0 : chain.back().version.number());
    if (draft->items().empty() && !chain.empty()) *draft->mutable_items() = chain.back().version.items();
  }
  std::vector<CatalogueEntry> base;
  for (const Link& link : chain) {
    if (link.version.number() == draft->base_number()) base = link.entries;
  }
  RETURN_IF_ERROR(CheckItems(catalogue.kind(), base, *draft));
  SetItems(EntriesOf(*draft), draft);
  draft->set_state(v1::VERSION_DRAFT);
  draft->set_drafted_by(unit.actor().subject);
  return absl::OkStatus();
}

absl::StatusOr<CatalogueVersion> PutItem(work::Unit& unit, const v1::PutCatalogueItemRequest& request) {
  return EditItems(unit, request, [&](std::vector<CatalogueEntry>* entries) {
    std::erase_if(*entries, [&](const CatalogueEntry& entry) { return entry.code == request.item().code(); });
    entries->push_back(EntryOf(request.item()));
    return absl::OkStatus();
  });
}

absl::StatusOr<CatalogueVersion> RetireItem(work::Unit& unit, const v1::RetireCatalogueItemRequest& request) {
  ASSIGN_OR_RETURN(const Chain chain, PublishedOf(unit.db(), CatalogueNameOf(request.name()), ""));
  const bool published = !chain.empty() && Find(chain.back().entries, request.code()) != nullptr;
  return EditItems(unit, request, [&](std::vector<CatalogueEntry>* entries) -> absl::Status {
    for (CatalogueEntry& entry : *entries) {
      if (entry.code != request.code()) continue;
      entry.retired = true;
      if (!published)
        std::erase_if(*entries, [&](const CatalogueEntry& other) { return other.code == request.code(); });
      return absl::OkStatus();
    }
    return NotFound(request.name() + "?" + request.code());
  });
}

absl::Status DropDraft(work::Unit& unit, const v1::DeleteCatalogueVersionRequest& request) {
  ASSIGN_OR_RETURN(const CatalogueVersion draft,
                   Get<CatalogueVersion>(unit.db(), request.name(), Lock::kForUpdate));
  RETURN_IF_ERROR(resource::CheckEtag(draft, request.etag()));
  RETURN_IF_ERROR(CheckAllowed(unit, draft, VersionEvent::kDrop, "删除"));
  return resource::Delete(unit, Description::Of<CatalogueVersion>(), draft, "catalogue_version.dropped");
}

absl::StatusOr<CatalogueVersion> PublishVersion(work::Unit& unit,
                                                const v1::PublishCatalogueVersionRequest& request) {
  const std::string name = CatalogueNameOf(request.name());
  // The catalogue first: of two publications the second sees what the first did.
  ASSIGN_OR_RETURN(Catalogue catalogue, Get<Catalogue>(unit.db(), name, Lock::kForUpdate));
  ASSIGN_OR_RETURN(CatalogueVersion draft,
                   Get<CatalogueVersion>(unit.db(), request.name(), Lock::kForUpdate));
  RETURN_IF_ERROR(resource::CheckEtag(draft, request.etag()));
  ASSIGN_OR_RETURN(Chain chain, PublishedOf(unit.db(), name, " FOR UPDATE"));
  RETURN_IF_ERROR(CheckPublishable(unit, catalogue, chain, draft, request));
  SetPublished(unit, catalogue, request, &draft);
  RETURN_IF_ERROR(resource::Update(unit, Description::Of<CatalogueVersion>(), &draft,
                                   "catalogue_version.published", work::Change::STATE_CHANGED));
  chain.push_back({draft, EntriesOf(draft), {}});
  SetDays(&chain);
  RETURN_IF_ERROR(UpdateDays(unit, &chain));
  catalogue.set_latest_number(draft.number());
  RETURN_IF_ERROR(resource::Update(unit, Description::Of<Catalogue>(), &catalogue));
  RETURN_IF_ERROR(WriteMatters(unit, catalogue.kind(), "offices/" + resource::SlugOf(name), chain));
  return draft;
}

absl::StatusOr<Taken> TakeOverVersion(work::Unit& unit, const std::string& name, CatalogueVersion told) {
  const Description& description = Description::Of<CatalogueVersion>();
  ASSIGN_OR_RETURN(Catalogue catalogue, Get<Catalogue>(unit.db(), name, Lock::kForUpdate));
  ASSIGN_OR_RETURN(Chain chain, PublishedOf(unit.db(), name, " FOR UPDATE"));
  RETURN_IF_ERROR(CheckTold(catalogue, chain, told));
  const auto place =
      std::ranges::find_if(chain, [&](const Link& link) { return link.version.number() == told.number(); });
  const bool there = place != chain.end();
  CatalogueVersion version = AsTold(there ? place->version : CatalogueVersion(), catalogue, told);
  if (there && version.fingerprint() == place->version.fingerprint()) {
    CatalogueVersion before = place->version;
    before.set_state(v1::VERSION_PUBLISHED);
    if (MessageDifferencer::Equals(before, version)) return Taken::kSame;
  }
  const bool own = std::ranges::any_of(chain, [](const Link& link) { return PublishedHere(link.version); });
  if (own || (there && place->version.published_by() != kPlatform)) {
    return Error(ErrorReason::CATALOGUE_DECIDES,
                 {{"resource", name + "/versions/" + std::to_string(told.number())},
                  {"catalogue", catalogue.display_name()}});
  }
  std::vector<CatalogueEntry> replaced;
  if (there) {
    replaced = place->entries;
    RETURN_IF_ERROR(resource::Update(unit, description, &version, "catalogue_version.taken_over"));
    *place = {version, EntriesOf(version), {}};
  } else {
    version.set_name(resource::NewName(description, name, unit.recorded()));
    *version.mutable_publish_time() = ToProto(unit.recorded());
    RETURN_IF_ERROR(resource::Insert(unit, description, &version, "catalogue_version.taken_over"));
    chain.push_back({version, EntriesOf(version), {}});
    catalogue.set_latest_number(version.number());
    RETURN_IF_ERROR(resource::Update(unit, Description::Of<Catalogue>(), &catalogue));
  }
  SetDays(&chain);
  RETURN_IF_ERROR(UpdateDays(unit, &chain));
  RETURN_IF_ERROR(WriteMattersOf(unit, catalogue, chain, replaced));
  return there ? Taken::kChanged : Taken::kNew;
}

absl::Status ShowDueMattersOf(work::Unit& unit, const std::string& office) {
  ASSIGN_OR_RETURN(const Date today, unit.Today(office));
  ASSIGN_OR_RETURN(const db::Rows rows,
                   unit.db().Query("SELECT `catalogue` FROM `matters_due` WHERE `office` = ? AND `due` <= ?"
                                   " ORDER BY `catalogue`",
                                   {office, today}));
  for (size_t i = 0; i < rows.size(); ++i) {
    const std::string name = "offices/" + office + "/catalogues/" + rows.at(i, 0).AsString();
    ASSIGN_OR_RETURN(const Catalogue catalogue, Get<Catalogue>(unit.db(), name, Lock::kForUpdate));
    ASSIGN_OR_RETURN(const Chain chain, PublishedOf(unit.db(), name, ""));
    RETURN_IF_ERROR(WriteMatters(unit, catalogue.kind(), "offices/" + office, chain));
  }
  return absl::OkStatus();
}

absl::Status ShowDueMatters(work::Writer& writer, const db::Budget& budget) {
  const auto find = [](db::Session& session) -> absl::StatusOr<std::vector<Dated>> {
    ASSIGN_OR_RETURN(const db::Rows rows,
                     session.Query("SELECT `office`, MIN(`due`) FROM `matters_due` GROUP BY `office`"));
    std::vector<Dated> dated;
    for (size_t i = 0; i < rows.size(); ++i) {
      dated.push_back({.office = rows.at(i, 0).AsString(), .day = rows.at(i, 1).AsDate()});
    }
    return dated;
  };
  return TakeUpDue(writer, budget, find, [&](const Dated& due) {
    return writer.RunInternal(budget, {.subject = "services/registry"},
                              [&](work::Unit& unit) { return ShowDueMattersOf(unit, due.office); });
  });
}

absl::StatusOr<CatalogueVersion> VersionInForce(db::Session& session, const std::string& catalogue,
                                                Date day) {
  ASSIGN_OR_RETURN(auto versions,
                   resource::Select<CatalogueVersion>(
                       session, "`office` = ? AND `catalogue` = ? AND " + std::string(resource::kValidOn),
                       {resource::SlugOf(catalogue), resource::LastSegment(catalogue), day, day}));
  if (versions.empty()) return NotFound(catalogue + "?" + FormatDate(day));
  return std::move(versions[0]);
}

absl::StatusOr<v1::CatalogueDiff> DiffVersions(db::Session& session,
                                               const v1::DiffCatalogueVersionsRequest& request) {
  if (CatalogueNameOf(request.name()) != CatalogueNameOf(request.to())) {
    return InvalidFields(
        {{.field = "to", .zh = "须为同一目录的版本", .en = "must be a version of the same catalogue"}});
  }
  ASSIGN_OR_RETURN(const CatalogueVersion from, Get<CatalogueVersion>(session, request.name()));
  ASSIGN_OR_RETURN(const CatalogueVersion to, Get<CatalogueVersion>(session, request.to()));
  const std::vector<CatalogueEntry> before = EntriesOf(from), after = EntriesOf(to);
  const CatalogueDifference difference = Diff(before, after);
  v1::CatalogueDiff diff;
  diff.set_from(from.name());
  diff.set_to(to.name());
  diff.set_from_number(from.number());
  diff.set_to_number(to.number());
  AddItems(difference.added, diff.mutable_added());
  AddItems(difference.removed, diff.mutable_removed());
  for (const std::string& code : difference.retired) *diff.add_retired() = ItemOf(*Find(after, code));
  for (const std::string& code : difference.restored) *diff.add_restored() = ItemOf(*Find(after, code));
  for (const EntryDiff& changes : difference.changed) {
    v1::CatalogueItemChange* change = diff.add_changed();
    change->set_code(changes.code);
    change->set_title(Find(after, changes.code)->title);
    for (const FieldDiff& values : changes.fields) {
      v1::CatalogueFieldChange* field = change->add_fields();
      field->set_field(values.field);
      field->mutable_before()->Assign(values.before.begin(), values.before.end());
      field->mutable_after()->Assign(values.after.begin(), values.after.end());
    }
  }
  return diff;
}

void ShowState(Date today, CatalogueVersion* version) {
  version->set_state(static_cast<v1::CatalogueVersionState>(StateOf(*version, today)));
}

}  // namespace inspectorate::registry
