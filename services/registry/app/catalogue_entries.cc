#include "services/registry/app/catalogue_entries.h"

#include <map>
#include <set>

#include "common/roster/catalogue.h"
#include "inspectorate/issues/v1/issue.pb.h"
#include "inspectorate/visits/v1/visit.pb.h"
#include "services/registry/app/shipped.h"
#include "services/registry/app/terms.h"

namespace inspectorate::registry {
namespace {

const google::protobuf::EnumDescriptor* ValuesOf(v1::CatalogueKind kind) {
  switch (kind) {
    case v1::CATALOGUE_SEVERITIES:
      return visits::v1::Severity_descriptor();
    case v1::CATALOGUE_METHODS:
      return visits::v1::VisitMethod_descriptor();
    case v1::CATALOGUE_DISPOSITIONS:
      return issues::v1::Disposition_descriptor();
    case v1::CATALOGUE_ROUTES:
      return issues::v1::Route_descriptor();
    default:
      return nullptr;
  }
}

// As the fields of visits that name them are formed.
void SetForm(v1::CatalogueKind kind, CatalogueRules* rules) {
  rules->least_digits = 2;
  switch (kind) {
    case v1::CATALOGUE_SCHOOL_MATTERS:
    case v1::CATALOGUE_KINDERGARTEN_MATTERS:
      rules->most_digits = 3;
      return;
    case v1::CATALOGUE_WORK_ASPECTS:
      rules->letters = "A";
      rules->most_digits = 2;
      return;
    case v1::CATALOGUE_CAMPAIGN_TOPICS:
      rules->letters = "T";
      rules->most_digits = 3;
      return;
    default:
      return;
  }
}

std::map<int, CatalogueRules> AllRules() {
  std::map<int, CatalogueRules> all;
  const auto* kinds = v1::CatalogueKind_descriptor();
  for (int i = 1; i < kinds->value_count(); ++i) {
    const auto kind = static_cast<v1::CatalogueKind>(kinds->value(i)->number());
    CatalogueRules& rules = all[kind];
    SetForm(kind, &rules);
    const auto* values = ValuesOf(kind);
    for (int v = 1; values != nullptr && v < values->value_count(); ++v)
      rules.values.insert(values->value(v)->name());
  }
  const csv::Table table = Shipped("catalogues.csv");
  const auto cell = [&](const csv::Record& row, const char* column) {
    return row.cells.at(static_cast<size_t>(table.Column(column)));
  };
  for (const csv::Record& row : table.records) {
    if (cell(row, "needed") == "yes")
      all[roster::CatalogueKindOf(cell(row, "catalogue"))].needed.insert(cell(row, "code"));
  }
  return all;
}

}  // namespace

const CatalogueRules& RulesOf(v1::CatalogueKind kind) {
  static const auto& all = *new std::map<int, CatalogueRules>(AllRules());
  static const auto& none = *new CatalogueRules;
  const auto found = all.find(kind);
  return found == all.end() ? none : found->second;
}

bool HoldsMatters(v1::CatalogueKind kind) {
  return kind == v1::CATALOGUE_SCHOOL_MATTERS || kind == v1::CATALOGUE_KINDERGARTEN_MATTERS ||
         kind == v1::CATALOGUE_WORK_ASPECTS;
}

CatalogueEntry EntryOf(const v1::CatalogueItem& item) {
  CatalogueEntry entry{.code = item.code(),
                       .title = item.title(),
                       .title_en = item.title_en(),
                       .criteria = item.criteria(),
                       .check_items = {item.check_items().begin(), item.check_items().end()},
                       .basis = item.basis(),
                       .applicable_kinds = {},
                       .order = item.order(),
                       .placeholder = item.placeholder(),
                       .retired = item.retired()};
  for (int kind : item.applicable_kinds())
    entry.applicable_kinds.push_back(v1::SchoolKind_Name(static_cast<v1::SchoolKind>(kind)));
  return entry;
}

v1::CatalogueItem ItemOf(const CatalogueEntry& entry) {
  v1::CatalogueItem item;
  item.set_code(entry.code);
  item.set_title(entry.title);
  item.set_title_en(entry.title_en);
  item.set_criteria(entry.criteria);
  for (const std::string& check : entry.check_items) item.add_check_items(check);
  item.set_basis(entry.basis);
  for (const std::string& name : entry.applicable_kinds) {
    v1::SchoolKind kind = v1::SCHOOL_KIND_UNSPECIFIED;
    if (v1::SchoolKind_Parse(name, &kind)) item.add_applicable_kinds(kind);
  }
  item.set_order(entry.order);
  item.set_placeholder(entry.placeholder);
  item.set_retired(entry.retired);
  return item;
}

std::vector<CatalogueEntry> EntriesOf(const v1::CatalogueVersion& version) {
  std::vector<CatalogueEntry> entries;
  for (const v1::CatalogueItem& item : version.items()) entries.push_back(EntryOf(item));
  return entries;
}

void SetItems(std::vector<CatalogueEntry> entries, v1::CatalogueVersion* version) {
  version->clear_items();
  for (const CatalogueEntry& entry : InOrder(std::move(entries))) *version->add_items() = ItemOf(entry);
}

std::string CatalogueNameOf(const std::string& version) {
  return version.substr(0, version.find("/versions/"));
}

std::string CatalogueTitle(v1::CatalogueKind kind) {
  return ChineseTerm(*v1::CatalogueKind_descriptor(), kind);
}

}  // namespace inspectorate::registry
