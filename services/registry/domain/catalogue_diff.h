// What two versions of a catalogue say differently, and what that makes of the first.
#pragma once

#include <map>
#include <string>
#include <vector>

namespace inspectorate::registry {

// An entry of a catalogue, as values.
struct CatalogueEntry {
  std::string code, title, title_en, criteria;
  std::vector<std::string> check_items;
  std::string basis;
  std::vector<std::string> applicable_kinds;  // as the contract spells them
  int order = 0;
  bool placeholder = false;
  bool retired = false;

  bool operator==(const CatalogueEntry&) const = default;
};

// By order, then code: the form in which entries are kept and compared.
std::vector<CatalogueEntry> InOrder(std::vector<CatalogueEntry> entries);

// A field by its name in the contract; its values, one an element (none: empty).
struct FieldDiff {
  std::string field;
  std::vector<std::string> before, after;

  bool operator==(const FieldDiff&) const = default;
};

struct EntryDiff {
  std::string code;
  std::vector<FieldDiff> fields;  // without `retired`

  bool operator==(const EntryDiff&) const = default;
};

struct CatalogueDifference {
  std::vector<CatalogueEntry> added;    // as they are afterwards
  std::vector<CatalogueEntry> removed;  // as they were
  std::vector<std::string> retired;     // codes in use before, and no longer
  std::vector<std::string> restored;    // the other way round
  std::vector<EntryDiff> changed;

  bool operator==(const CatalogueDifference&) const = default;
};

// Each code once in each of the two.
CatalogueDifference Diff(const std::vector<CatalogueEntry>& from, const std::vector<CatalogueEntry>& to);

// Apply(Diff(from, to), from) is InOrder(to).
std::vector<CatalogueEntry> Apply(const CatalogueDifference& diff, const std::vector<CatalogueEntry>& from);

}  // namespace inspectorate::registry
