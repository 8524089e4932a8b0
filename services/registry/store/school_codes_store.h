// Numbers of schools over all time: whose an identification code is and was, and what other systems call a
// school. Tables of the registry alone; they follow from the schools.
#pragma once

#include <optional>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "common/base/time.h"
#include "common/base/uuid.h"
#include "common/db/database.h"
#include "common/resource/table.h"
#include "inspectorate/registry/v1/school.pb.h"
#include "services/registry/domain/school_life.h"
#include "services/registry/domain/taken.h"

namespace inspectorate::registry {

struct IdentCode {
  Uuid school;
  std::optional<Date> from, to;  // last day inclusive; absent: open
  CodeFate fate = CodeFate::kInUse;
  // Who entered it and on which day of the office, where that is known.
  std::string recorded_by = {};
  std::optional<Date> recorded_on = {};
};
absl::StatusOr<std::optional<IdentCode>> FindIdentCode(db::Session& session, const std::string& code,
                                                       resource::Lock lock = resource::Lock::kNone);

// Takes a code into use, as `claim` tells. CODE_RETIRED for one that was ever given up, CODE_IN_USE for
// another school's.
absl::Status ClaimIdentCode(db::Session& session, const std::string& code, const IdentCode& claim);
// Forgets a code that was recorded for the school in error: it is nobody's. NOT for one that was the
// school's.
absl::Status ForgetIdentCode(db::Session& session, const std::string& code, const Uuid& school);
// Gives a school's code up, for ever; `to` is its last day.
absl::Status RetireIdentCode(db::Session& session, const std::string& code, const Uuid& school, Date to,
                             CodeFate fate);

// What another registry recorded of a code, entered as it was: a code that is not known yet, or other days of
// one that is the same school's and has the same fate. CODE_RETIRED, CODE_IN_USE otherwise.
absl::StatusOr<Taken> TakeOverIdentCode(db::Session& session, const std::string& code, const IdentCode& told);

// Puts the ids of other systems in place of what was known. CODE_IN_USE when another school of the office has
// one of them.
absl::Status PutExternalIds(db::Session& session, const v1::School& school);
absl::StatusOr<std::optional<Uuid>> FindByExternalId(db::Session& session, const std::string& office,
                                                     const std::string& system, const std::string& id);

}  // namespace inspectorate::registry
