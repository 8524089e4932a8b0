#include "common/roster/catalogue.h"

#include <mutex>
#include <utility>

#include "common/base/hash.h"
#include "common/base/macros.h"
#include "common/resource/table.h"
#include "common/status/error.h"
#include "inspectorate/type/v1/options.pb.h"

namespace inspectorate::roster {
namespace {

using registry::v1::CatalogueKind;
using registry::v1::CatalogueVersion;

constexpr size_t kFingerprintDigits = 32;
constexpr size_t kMostKept = 4096;

// Items by the fingerprint of their version. A key stands for its content, whatever office or database asks,
// so nothing here is ever out of date; offices that keep what was shipped share one entry.
class Kept {
 public:
  std::shared_ptr<const CatalogueItems> Find(const std::string& fingerprint) {
    std::lock_guard<std::mutex> lock(mutex_);
    const auto found = kept_.find(fingerprint);
    return found == kept_.end() ? nullptr : found->second;
  }
  void Put(const std::string& fingerprint, std::shared_ptr<const CatalogueItems> items) {
    std::lock_guard<std::mutex> lock(mutex_);
    if (kept_.size() >= kMostKept) kept_.clear();
    kept_.emplace(fingerprint, std::move(items));
  }

 private:
  std::mutex mutex_;
  std::map<std::string, std::shared_ptr<const CatalogueItems>> kept_;
};

Kept& KeptItems() {
  static auto& kept = *new Kept;
  return kept;
}

std::shared_ptr<const CatalogueItems> ItemsOf(const CatalogueVersion& version) {
  auto items = std::make_shared<CatalogueItems>();
  for (const registry::v1::CatalogueItem& item : version.items()) {
    CatalogueItemFacts facts{.title = item.title(), .kinds = {}, .retired = item.retired()};
    for (int kind : item.applicable_kinds())
      facts.kinds.push_back(static_cast<registry::v1::SchoolKind>(kind));
    items->insert_or_assign(item.code(), std::move(facts));
  }
  return items;
}

absl::StatusOr<std::shared_ptr<const CatalogueItems>> Load(db::Session& session, const std::string& office,
                                                           const std::string& catalogue,
                                                           const std::string& fingerprint) {
  if (auto kept = KeptItems().Find(fingerprint)) return kept;
  ASSIGN_OR_RETURN(const auto versions, resource::Select<CatalogueVersion>(
                                            session, "`office` = ? AND `catalogue` = ? AND `fingerprint` = ?",
                                            {office, catalogue, fingerprint}, "LIMIT 1"));
  if (versions.empty()) return absl::InternalError("a catalogue version in force is not there");
  auto items = ItemsOf(versions[0]);
  KeptItems().Put(fingerprint, items);
  return items;
}

absl::StatusOr<bool> HasCatalogues(db::Session& session, const std::string& office) {
  ASSIGN_OR_RETURN(
      const db::Rows rows,
      session.Query(
          "SELECT 1 FROM `catalogue_version` WHERE `office` = ? AND `valid_from` IS NOT NULL LIMIT 1",
          {office}));
  return !rows.empty();
}

constexpr std::pair<CatalogueKind, const char*> kIds[] = {
    {registry::v1::CATALOGUE_SCHOOL_MATTERS, "school-matters"},
    {registry::v1::CATALOGUE_KINDERGARTEN_MATTERS, "kindergarten-matters"},
    {registry::v1::CATALOGUE_WORK_ASPECTS, "work-aspects"},
    {registry::v1::CATALOGUE_CAMPAIGN_TOPICS, "campaign-topics"},
    {registry::v1::CATALOGUE_SEVERITIES, "severities"},
    {registry::v1::CATALOGUE_DISPOSITIONS, "dispositions"},
    {registry::v1::CATALOGUE_METHODS, "methods"},
    {registry::v1::CATALOGUE_ROUTES, "routes"},
};

std::string ChineseTitle(CatalogueKind kind) {
  const auto* value = registry::v1::CatalogueKind_descriptor()->FindValueByNumber(kind);
  return value == nullptr ? "" : value->options().GetExtension(type::v1::zh);
}

}  // namespace

std::string CatalogueIdOf(CatalogueKind kind) {
  for (const auto& [known, id] : kIds) {
    if (known == kind) return id;
  }
  return "";
}

CatalogueKind CatalogueKindOf(std::string_view id) {
  for (const auto& [kind, known] : kIds) {
    if (known == id) return kind;
  }
  return registry::v1::CATALOGUE_KIND_UNSPECIFIED;
}

const CatalogueItemFacts* Catalogues::Find(Kind kind, std::string_view code) const {
  const auto version = in_force_.find(kind);
  if (version == in_force_.end()) return nullptr;
  const auto item = version->second->find(code);
  return item == version->second->end() ? nullptr : &item->second;
}

bool Catalogues::InUse(Kind kind, std::string_view code) const {
  const CatalogueItemFacts* item = Find(kind, code);
  return item != nullptr && !item->retired;
}

std::string Catalogues::TitleOf(Kind kind, std::string_view code) const {
  const CatalogueItemFacts* item = Find(kind, code);
  return item == nullptr ? "" : item->title;
}

absl::Status Catalogues::CheckValue(Kind kind, const google::protobuf::EnumDescriptor* type,
                                    int value) const {
  if (value == 0 || !in_force_.contains(kind)) return absl::OkStatus();
  const auto* named = type->FindValueByNumber(value);
  const std::string code = named == nullptr ? std::to_string(value) : named->name();
  if (InUse(kind, code)) return absl::OkStatus();
  const std::string title = TitleOf(kind, code);
  return Error(ErrorReason::VALUE_NOT_IN_USE, {{"value", title.empty() ? code : title},
                                               {"date", FormatDate(day_)},
                                               {"catalogue", ChineseTitle(kind)}});
}

absl::StatusOr<Catalogues> CataloguesOn(db::Session& session, const std::string& office, Date day) {
  ASSIGN_OR_RETURN(
      const db::Rows rows,
      session.Query("SELECT `catalogue`, `fingerprint` FROM `catalogue_version` WHERE `office` = ? AND " +
                        std::string(resource::kValidOn),
                    {office, day, day}));
  std::map<int, std::shared_ptr<const CatalogueItems>> in_force;
  for (size_t i = 0; i < rows.size(); ++i) {
    const std::string catalogue = rows.at(i, 0).AsString();
    ASSIGN_OR_RETURN(in_force[CatalogueKindOf(catalogue)],
                     Load(session, office, catalogue, rows.at(i, 1).AsString()));
  }
  bool known = !in_force.empty();
  if (!known) {
    ASSIGN_OR_RETURN(known, HasCatalogues(session, office));
  }
  return Catalogues(day, known, std::move(in_force));
}

std::string FingerprintOf(CatalogueKind kind, const CatalogueVersion& version) {
  std::string content = std::to_string(kind);
  for (const registry::v1::CatalogueItem& item : version.items()) {
    const std::string bytes = item.SerializeAsString();
    content += "\n" + std::to_string(bytes.size()) + "\n" + bytes;
  }
  return Hex(Sha256(content)).substr(0, kFingerprintDigits);
}

}  // namespace inspectorate::roster
