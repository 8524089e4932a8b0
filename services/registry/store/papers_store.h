// The papers that the operator published, and who has them.
#pragma once

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "common/base/time.h"
#include "common/db/database.h"
#include "inspectorate/registry/v1/calendar.pb.h"

namespace inspectorate::registry {

// By number. Locked: until the transaction ends nobody else publishes.
absl::StatusOr<std::vector<v1::CalendarPaper>> PublishedPapers(db::Session& session, bool locked);
// In place of one of the same number.
absl::Status PutPublishedPaper(db::Session& session, const v1::CalendarPaper& paper, Time now);

// Offices (slugs) that do not have what is published.
absl::StatusOr<std::vector<std::string>> OfficesWithoutPapers(db::Session& session);
// All offices, by slug.
absl::StatusOr<std::vector<std::string>> AllOffices(db::Session& session);

}  // namespace inspectorate::registry
