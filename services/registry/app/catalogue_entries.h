// Catalogues between the contract's messages and the values that their rules are about.
#pragma once

#include <string>
#include <vector>

#include "inspectorate/registry/v1/catalogue.pb.h"
#include "services/registry/domain/catalogue_diff.h"
#include "services/registry/domain/catalogue_life.h"

namespace inspectorate::registry {

CatalogueEntry EntryOf(const v1::CatalogueItem& item);
v1::CatalogueItem ItemOf(const CatalogueEntry& entry);
std::vector<CatalogueEntry> EntriesOf(const v1::CatalogueVersion& version);
// In their order.
void SetItems(std::vector<CatalogueEntry> entries, v1::CatalogueVersion* version);

// What is particular to a kind: its codes, and those that the loop needs (a column of the shipped list).
const CatalogueRules& RulesOf(v1::CatalogueKind kind);

// Whether its items are matters of the contract (v1::MatterCatalog has the same numbers).
bool HoldsMatters(v1::CatalogueKind kind);

// "offices/x/catalogues/y/versions/z" → "offices/x/catalogues/y".
std::string CatalogueNameOf(const std::string& version);
// In Chinese: "问题等级".
std::string CatalogueTitle(v1::CatalogueKind kind);

}  // namespace inspectorate::registry
