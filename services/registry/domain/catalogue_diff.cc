#include "services/registry/domain/catalogue_diff.h"

#include <algorithm>
#include <set>
#include <tuple>

namespace inspectorate::registry {
namespace {

using Values = std::vector<std::string>;

// How a field is read as values, and written back.
struct Field {
  const char* name;
  Values (*get)(const CatalogueEntry&);
  void (*set)(CatalogueEntry*, const Values&);
};

Values One(const std::string& text) { return text.empty() ? Values{} : Values{text}; }
std::string First(const Values& values) { return values.empty() ? std::string() : values.front(); }

template <std::string CatalogueEntry::*kField>
constexpr Field Text(const char* name) {
  return {name, [](const CatalogueEntry& entry) { return One(entry.*kField); },
          [](CatalogueEntry* entry, const Values& values) { entry->*kField = First(values); }};
}
template <Values CatalogueEntry::*kField>
constexpr Field Texts(const char* name) {
  return {name, [](const CatalogueEntry& entry) { return entry.*kField; },
          [](CatalogueEntry* entry, const Values& values) { entry->*kField = values; }};
}

constexpr Field kFields[] = {
    Text<&CatalogueEntry::title>("title"),
    Text<&CatalogueEntry::title_en>("title_en"),
    Text<&CatalogueEntry::criteria>("criteria"),
    Texts<&CatalogueEntry::check_items>("check_items"),
    Text<&CatalogueEntry::basis>("basis"),
    Texts<&CatalogueEntry::applicable_kinds>("applicable_kinds"),
    {"order", [](const CatalogueEntry& entry) { return Values{std::to_string(entry.order)}; },
     [](CatalogueEntry* entry, const Values& values) { entry->order = std::stoi(First(values)); }},
    {"placeholder", [](const CatalogueEntry& entry) { return Values{entry.placeholder ? "true" : "false"}; },
     [](CatalogueEntry* entry, const Values& values) { entry->placeholder = First(values) == "true"; }},
};

using ByCode = std::map<std::string, const CatalogueEntry*>;
ByCode CodesOf(const std::vector<CatalogueEntry>& entries) {
  ByCode codes;
  for (const CatalogueEntry& entry : entries) codes[entry.code] = &entry;
  return codes;
}

EntryDiff DiffOf(const CatalogueEntry& from, const CatalogueEntry& to) {
  EntryDiff diff{.code = to.code, .fields = {}};
  for (const Field& field : kFields) {
    FieldDiff values{.field = field.name, .before = field.get(from), .after = field.get(to)};
    if (values.before != values.after) diff.fields.push_back(std::move(values));
  }
  return diff;
}

}  // namespace

std::vector<CatalogueEntry> InOrder(std::vector<CatalogueEntry> entries) {
  std::sort(entries.begin(), entries.end(), [](const CatalogueEntry& a, const CatalogueEntry& b) {
    return std::tie(a.order, a.code) < std::tie(b.order, b.code);
  });
  return entries;
}

CatalogueDifference Diff(const std::vector<CatalogueEntry>& from, const std::vector<CatalogueEntry>& to) {
  CatalogueDifference diff;
  const ByCode before = CodesOf(from), after = CodesOf(to);
  for (const CatalogueEntry& entry : InOrder(to)) {
    const auto was = before.find(entry.code);
    if (was == before.end()) {
      diff.added.push_back(entry);
      continue;
    }
    if (entry.retired != was->second->retired)
      (entry.retired ? diff.retired : diff.restored).push_back(entry.code);
    EntryDiff changes = DiffOf(*was->second, entry);
    if (!changes.fields.empty()) diff.changed.push_back(std::move(changes));
  }
  for (const CatalogueEntry& entry : InOrder(from)) {
    if (!after.contains(entry.code)) diff.removed.push_back(entry);
  }
  return diff;
}

std::vector<CatalogueEntry> Apply(const CatalogueDifference& diff, const std::vector<CatalogueEntry>& from) {
  std::map<std::string, CatalogueEntry> entries;
  for (const CatalogueEntry& entry : from) entries[entry.code] = entry;
  for (const CatalogueEntry& entry : diff.removed) entries.erase(entry.code);
  for (const CatalogueEntry& entry : diff.added) entries[entry.code] = entry;
  for (const std::string& code : diff.retired) entries.at(code).retired = true;
  for (const std::string& code : diff.restored) entries.at(code).retired = false;
  for (const EntryDiff& changes : diff.changed) {
    for (const FieldDiff& values : changes.fields) {
      for (const Field& field : kFields) {
        if (values.field == field.name) field.set(&entries.at(changes.code), values.after);
      }
    }
  }
  std::vector<CatalogueEntry> result;
  for (auto& [code, entry] : entries) result.push_back(std::move(entry));
  return InOrder(std::move(result));
}

}  // namespace inspectorate::registry
