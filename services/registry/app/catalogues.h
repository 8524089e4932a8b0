// Catalogues: drafting a version, publishing it, comparing two.
#pragma once

#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "common/base/time.h"
#include "common/work/unit.h"
#include "inspectorate/registry/v1/catalogue.pb.h"
#include "services/registry/domain/taken.h"

namespace inspectorate::registry {

// Fills and checks a draft that is created (`before` null: items of the latest version where it has none) or
// changed. INVALID_FIELDS, STATE_TRANSITION_DENIED.
absl::Status PrepareDraft(work::Unit& unit, const v1::CatalogueVersion* before, v1::CatalogueVersion* draft);

absl::StatusOr<v1::CatalogueVersion> PutItem(work::Unit& unit, const v1::PutCatalogueItemRequest& request);
// RESOURCE_NOT_FOUND for a code that the draft does not have.
absl::StatusOr<v1::CatalogueVersion> RetireItem(work::Unit& unit,
                                                const v1::RetireCatalogueItemRequest& request);

absl::Status DropDraft(work::Unit& unit, const v1::DeleteCatalogueVersionRequest& request);

// With what follows from it: the days of the versions before, the matters of inspection.
absl::StatusOr<v1::CatalogueVersion> PublishVersion(work::Unit& unit,
                                                    const v1::PublishCatalogueVersionRequest& request);

// Enters a version that two persons of another registry published, as they did; its last day follows from the
// versions after it. What the platform gave the office when it was set up gives way to it. INVALID_FIELDS;
// CATALOGUE_DECIDES once the office has published a version of that catalogue by itself.
absl::StatusOr<Taken> TakeOverVersion(work::Unit& unit, const std::string& catalogue,
                                      v1::CatalogueVersion told);

// Gives matters the words of versions that were published ahead and whose day has come.
absl::Status ShowDueMatters(work::Writer& writer, const db::Budget& budget);
// Of one office (a slug), whose clock was set.
absl::Status ShowDueMattersOf(work::Unit& unit, const std::string& office);

// RESOURCE_NOT_FOUND for a day before the first version.
absl::StatusOr<v1::CatalogueVersion> VersionInForce(db::Session& session, const std::string& catalogue,
                                                    Date day);

absl::StatusOr<v1::CatalogueDiff> DiffVersions(db::Session& session,
                                               const v1::DiffCatalogueVersionsRequest& request);

// Shows a published version whose days are over as superseded.
void ShowState(Date today, v1::CatalogueVersion* version);

}  // namespace inspectorate::registry
