// Rows of a resource by a condition: for libraries below the unit of work, which only read.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "common/db/database.h"
#include "common/resource/description.h"

namespace inspectorate::resource {

// Rows WHERE `condition` (constants with ? parameters), then `tail` (ORDER BY, LIMIT, FOR UPDATE).
template <class M>
absl::StatusOr<std::vector<M>> Select(db::Session& session, std::string_view condition,
                                      const db::Params& params = {}, std::string_view tail = {}) {
  const Description& description = Description::Of<M>();
  absl::StatusOr<db::Rows> rows =
      session.Query("SELECT " + description.select_list() + " FROM `" + description.table() + "` WHERE " +
                        std::string(condition) + (tail.empty() ? "" : " " + std::string(tail)),
                    params);
  if (!rows.ok()) return rows.status();
  std::vector<M> messages(rows->size());
  for (size_t i = 0; i < rows->size(); ++i) {
    absl::Status status = description.FromRow(*rows, i, &messages[i]);
    if (!status.ok()) return status;
  }
  return messages;
}

// What makes a row valid on a day; parameters: the day twice.
inline constexpr char kValidOn[] = "`valid_from` <= ? AND (`valid_to` IS NULL OR `valid_to` >= ?)";

}  // namespace inspectorate::resource
