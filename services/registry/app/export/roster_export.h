// Export of an office: its lists as they are at one position of the feed, with a manifest.
#pragma once

#include <cstdint>
#include <functional>

#include "absl/status/statusor.h"
#include "common/base/uuid.h"
#include "common/work/unit.h"
#include "inspectorate/registry/v1/export.pb.h"

namespace inspectorate::registry {

using ExportProgress = std::function<bool(int64_t done, int64_t total)>;

// `redacted`: whoever asked does not see protected fields. CALL_CANCELLED when stopped, and nothing is left.
// Run again for the same operation it begins anew: what the run before it made was nobody's.
absl::StatusOr<v1::ExportRosterResponse> ExportRoster(work::Writer& writer, const db::Budget& budget,
                                                      const work::Actor& actor, const Uuid& operation,
                                                      const v1::ExportRosterRequest& request, bool redacted,
                                                      const ExportProgress& progress);

}  // namespace inspectorate::registry
