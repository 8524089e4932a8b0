// Batches of plaques as one PDF.
#pragma once

#include <memory>

#include "absl/status/statusor.h"
#include "common/lro/operations.h"
#include "common/work/unit.h"
#include "inspectorate/registry/v1/plaque.pb.h"

namespace inspectorate::registry {

inline constexpr char kPrintPlaques[] = "print-plaques";

// What is printed is settled when it is asked for: a runner that starts again prints the same.
// NOTHING_TO_PRINT, RESOURCE_NOT_FOUND.
absl::StatusOr<v1::PrintPlaquesRequest> ChoosePlaques(db::Session& session,
                                                      const v1::PrintPlaquesRequest& request, Date today);
absl::StatusOr<std::unique_ptr<lro::Message>> PrintPlaques(work::Writer& writer, lro::Context& context,
                                                           const v1::PrintPlaquesRequest& request);

}  // namespace inspectorate::registry
