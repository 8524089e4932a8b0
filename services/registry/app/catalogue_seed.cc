#include "services/registry/app/catalogue_seed.h"

#include <cstdio>
#include <cstdlib>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_split.h"
#include "common/base/macros.h"
#include "common/obs/log.h"
#include "common/resource/table.h"
#include "common/roster/catalogue.h"
#include "inspectorate/registry/v1/office.pb.h"
#include "inspectorate/registry/v1/policy.pb.h"
#include "services/registry/app/catalogue_entries.h"
#include "services/registry/app/shipped.h"

namespace inspectorate::registry {
namespace {

using resource::Description;
using resource::ToProto;
using v1::Catalogue;
using v1::CatalogueKind;
using v1::CatalogueVersion;

constexpr char kSelf[] = "services/registry";
constexpr int kStep = 10;  // between the places of neighbours, so that an item fits in between

Date DayOf(const csv::Record& row, const std::string& text) {
  const auto day = ParseDate(text);
  if (day.ok()) return *day;
  std::fprintf(stderr, "shipped data, line %d: no day\n", row.line);
  std::abort();
}

// Of one of the shipped files; `catalogue` selects its rows by the column of that name.
std::vector<DatedEntry> ShippedEntries(const char* file, const char* column, const std::string& catalogue) {
  const csv::Table table = Shipped(file);
  std::vector<DatedEntry> list;
  for (const csv::Record& row : table.records) {
    const auto cell = [&](const char* name) {
      const int at = table.Column(name);
      return at < 0 ? std::string() : row.cells.at(static_cast<size_t>(at));
    };
    if (cell(column) != catalogue) continue;
    CatalogueEntry entry{.code = cell("code"),
                         .title = cell("title_zh"),
                         .title_en = cell("title_en"),
                         .criteria = cell("criteria"),
                         .check_items = absl::StrSplit(cell("check_items"), '|', absl::SkipEmpty()),
                         .basis = cell("basis"),
                         .applicable_kinds = {},
                         .order = kStep * static_cast<int>(list.size() + 1),
                         .placeholder = cell("placeholder") == "yes"};
    Period period{.from = DayOf(row, cell("valid_from")), .to = {}};
    if (!cell("valid_to").empty()) period.to = DayOf(row, cell("valid_to"));
    list.push_back({std::move(entry), period});
  }
  return list;
}

std::vector<DatedEntry> ShippedFor(CatalogueKind kind) {
  if (!HoldsMatters(kind)) return ShippedEntries("catalogues.csv", "catalogue", roster::CatalogueIdOf(kind));
  static const std::map<int, std::string> columns = {
      {v1::CATALOGUE_SCHOOL_MATTERS, "school_matters"},
      {v1::CATALOGUE_KINDERGARTEN_MATTERS, "kindergarten_matters"},
      {v1::CATALOGUE_WORK_ASPECTS, "work_aspects"}};
  return ShippedEntries("matters.csv", "catalog", columns.at(kind));
}

// What the office's rows say, with the English title of the shipped one that has the same name.
absl::StatusOr<std::vector<DatedEntry>> EntriesFor(work::Unit& unit, const std::string& office,
                                                   CatalogueKind kind) {
  std::vector<DatedEntry> shipped = ShippedFor(kind);
  if (!HoldsMatters(kind)) return shipped;
  ASSIGN_OR_RETURN(
      const auto matters,
      resource::Select<v1::Matter>(unit.db(), "`office` = ? AND `catalog` = ?",
                                   {resource::SlugOf(office), static_cast<int>(kind)}, "ORDER BY `matter`"));
  if (matters.empty()) return shipped;
  std::map<std::string, const CatalogueEntry*> known;
  for (const DatedEntry& dated : shipped) known[dated.entry.code] = &dated.entry;
  std::vector<DatedEntry> list;
  for (const v1::Matter& matter : matters) {
    CatalogueEntry entry{.code = std::string(resource::LastSegment(matter.name())),
                         .title = matter.display_name(),
                         .title_en = {},
                         .criteria = {},
                         .check_items = {matter.check_items().begin(), matter.check_items().end()},
                         .basis = matter.basis(),
                         .applicable_kinds = {},
                         .order = kStep * static_cast<int>(list.size() + 1),
                         .placeholder = matter.placeholder()};
    const auto same = known.find(entry.code);
    if (same != known.end() && same->second->title == entry.title) entry.title_en = same->second->title_en;
    list.push_back({std::move(entry), resource::PeriodOf(matter)});
  }
  return list;
}

absl::Status InsertVersion(work::Unit& unit, const Catalogue& catalogue, int number, const Edition& edition,
                           const std::optional<Period>& days) {
  CatalogueVersion version;
  version.set_name(resource::NewName(Description::Of<CatalogueVersion>(), catalogue.name(), unit.recorded()));
  version.set_number(number);
  version.set_state(v1::VERSION_PUBLISHED);
  SetItems(edition.entries, &version);
  version.set_base_number(number - 1);
  version.set_drafted_by(kSelf);
  version.set_published_by(kSelf);
  version.set_source("随平台建立");
  *version.mutable_valid_from() = ToProto(edition.from);
  if (days && days->to) *version.mutable_valid_to() = ToProto(*days->to);
  *version.mutable_publish_time() = ToProto(unit.recorded());
  version.set_fingerprint(roster::FingerprintOf(catalogue.kind(), version));
  return resource::Insert(unit, Description::Of<CatalogueVersion>(), &version, "catalogue_version.published");
}

absl::Status SeedCatalogue(work::Unit& unit, const std::string& office, CatalogueKind kind) {
  Catalogue catalogue;
  catalogue.set_name(office + "/catalogues/" + roster::CatalogueIdOf(kind));
  ASSIGN_OR_RETURN(const bool there, resource::Load(unit.db(), Description::Of<Catalogue>(), catalogue.name(),
                                                    &catalogue, resource::Lock::kForUpdate));
  if (there) return absl::OkStatus();
  ASSIGN_OR_RETURN(const auto list, EntriesFor(unit, office, kind));
  const std::vector<Edition> editions = EditionsOf(list);
  catalogue.set_kind(kind);
  catalogue.set_display_name(CatalogueTitle(kind));
  catalogue.set_latest_number(static_cast<int>(editions.size()));
  RETURN_IF_ERROR(resource::Insert(unit, Description::Of<Catalogue>(), &catalogue));
  std::vector<Date> first_days;
  for (const Edition& edition : editions) first_days.push_back(edition.from);
  const auto days = DaysInForce(first_days);
  for (size_t i = 0; i < editions.size(); ++i) {
    RETURN_IF_ERROR(InsertVersion(unit, catalogue, static_cast<int>(i) + 1, editions[i], days[i]));
  }
  return absl::OkStatus();
}

absl::StatusOr<std::vector<std::string>> OfficesThatLackSome(db::Session& session) {
  const int kinds = v1::CatalogueKind_descriptor()->value_count() - 1;
  ASSIGN_OR_RETURN(const db::Rows rows,
                   session.Query("SELECT o.`office` FROM `office` o WHERE (SELECT COUNT(*) FROM `catalogue` c"
                                 " WHERE c.`office` = o.`office`) < ?",
                                 {kinds}));
  std::vector<std::string> offices;
  for (size_t i = 0; i < rows.size(); ++i) offices.push_back("offices/" + rows.at(i, 0).AsString());
  return offices;
}

}  // namespace

absl::Status SeedCatalogues(work::Unit& unit, const std::string& office) {
  // Two that seed at once would both find nothing there.
  RETURN_IF_ERROR(resource::Get<v1::Office>(unit.db(), office, resource::Lock::kForUpdate).status());
  const auto* kinds = v1::CatalogueKind_descriptor();
  for (int i = 1; i < kinds->value_count(); ++i) {
    RETURN_IF_ERROR(SeedCatalogue(unit, office, static_cast<CatalogueKind>(kinds->value(i)->number())));
  }
  return absl::OkStatus();
}

absl::Status CompleteCatalogues(work::Writer& writer, const db::Budget& budget) {
  std::vector<std::string> offices;
  RETURN_IF_ERROR(writer.database().Read(budget, [&](db::Session& session) -> absl::Status {
    ASSIGN_OR_RETURN(offices, OfficesThatLackSome(session));
    return absl::OkStatus();
  }));
  const work::Actor self{.subject = kSelf, .display_name = "平台版本更新", .request_id = {}, .trace_id = {}};
  for (const std::string& office : offices) {
    RETURN_IF_ERROR(
        writer.RunInternal(budget, self, [&](work::Unit& unit) { return SeedCatalogues(unit, office); }));
    obs::Log(obs::Severity::kInfo, "catalogues_completed", {{"office", office}});
  }
  return absl::OkStatus();
}

}  // namespace inspectorate::registry
