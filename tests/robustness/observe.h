// Reads what a run has left behind, directly from the schemas of its services.
#pragma once

#include <string>

#include "absl/status/status.h"
#include "common/testing/fleet.h"
#include "tests/robustness/checkers.h"

namespace inspectorate::robustness {

// The head of each service's feed of the office.
absl::StatusOr<std::map<std::string, uint64_t>> ReadHeads(const testing::Fleet& fleet,
                                                          const std::string& office);
// What the services say themselves of how far they are; without those that do not answer.
Look ReadLook(const testing::Clients& clients, const std::string& office);
// A change as changes are compared: what it carries without what feeds do not carry, the same bytes for the
// same content.
absl::Status Normalise(feed::v1::Change* change);
absl::Status Normalise(feed::WatchHistory* watch);  // each that was received
// Feeds, tables and numbers of the office into `seen`. Nobody may be writing.
absl::Status ReadState(const testing::Fleet& fleet, const std::string& office, Observation* seen);

// Every table of the service's schema that has an office.
absl::StatusOr<Dump> ReadDump(const testing::Fleet& fleet, const std::string& service,
                              const std::string& office);
// Empties the schema of a service: only its migrations will bring it back.
absl::Status DropSchema(const testing::Fleet& fleet, const std::string& service);

}  // namespace inspectorate::robustness
