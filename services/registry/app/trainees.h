// What the rules of training look at of an office's inspectors, and whose records a caller reaches.
#pragma once

#include <map>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "common/base/uuid.h"
#include "common/db/database.h"
#include "common/query/query.h"
#include "common/roster/scope.h"
#include "inspectorate/registry/v1/inspector.pb.h"
#include "services/registry/domain/training.h"

namespace inspectorate::registry {

struct Trainee {
  v1::Inspector inspector;
  TraineeFacts facts;
};

// All inspectors of an office (slug), by id: a few statements, whatever their number.
absl::StatusOr<std::map<Uuid, Trainee>> LoadTrainees(db::Session& session, const std::string& office);
// One of them. RESOURCE_NOT_FOUND.
absl::StatusOr<Trainee> LoadTrainee(db::Session& session, const v1::Inspector& inspector);

// The persons whose training records a caller reads, as a condition on a column of inspectors: an inspector
// themself, an area lead those who belong to an area that they lead, also for another, or are responsible for
// a school of it. Empty: all of the office.
query::Condition ReachedPersons(const roster::Reach& reach, std::string_view column);

}  // namespace inspectorate::registry
