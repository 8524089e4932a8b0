// Issues that await verification, as the feed of issues tells them.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "common/base/time.h"
#include "common/base/uuid.h"
#include "common/db/database.h"
#include "services/visits/domain/lookback.h"

namespace inspectorate::visits {

struct OpenItemRow {
  Uuid issue;
  int round = 0;
  Uuid school;
  Uuid obligation;
  std::string matter;
  std::string fact;
  Time report_time;
  Date due;
};

absl::Status PutOpenItem(db::Session& session, const std::string& office, const OpenItemRow& item);
absl::Status RemoveOpenItem(db::Session& session, const std::string& office, const Uuid& issue);
absl::StatusOr<std::optional<OpenItemRow>> FindOpenItem(db::Session& session, const std::string& office,
                                                        const Uuid& issue);
// The same, locked.
absl::StatusOr<std::optional<OpenItemRow>> LockOpenItem(db::Session& session, const std::string& office,
                                                        const Uuid& issue);
// All of an office, by issue.
absl::StatusOr<std::vector<OpenItemRow>> OpenItemsIn(db::Session& session, const std::string& office);
// The earliest due first.
absl::StatusOr<std::vector<OpenItemRow>> OpenItemsOf(db::Session& session, const std::string& office,
                                                     const Uuid& school);
// The same with the visits that claim them. A missed visit claims nothing any more.
absl::StatusOr<std::vector<AwaitingIssue>> AwaitingAt(db::Session& session, const std::string& office,
                                                      const Uuid& school);

}  // namespace inspectorate::visits
