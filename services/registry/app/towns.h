// The towns that offices list below the divisions that the platform ships (decision record 0033).
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "common/base/period.h"
#include "common/db/database.h"
#include "common/work/unit.h"
#include "inspectorate/registry/v1/office.pb.h"
#include "inspectorate/registry/v1/school.pb.h"
#include "inspectorate/registry/v1/town.pb.h"

namespace inspectorate::registry {

// Both ends may be open.
Period PeriodOfTown(const v1::Town& town);

// Does the office answer for the county of that code, now or once? Also for what the county was before.
bool AnswersFor(const v1::Office& office, std::string_view county);

// PERIOD_INVALID, PERIOD_OVERLAP with another row of the same code.
absl::Status CheckTown(work::Unit& unit, const v1::Town& town);

// An office that lists the towns of a county has its schools there in one of them, one that holds today, or
// held on a school's last day, or from a later day on (`from`). What a school had before, it keeps.
absl::Status CheckTownOfSchool(work::Unit& unit, const v1::School* before, const v1::School& school,
                               std::optional<Date> from = {});

// A town by its code, present or former: as of a day the one that had its place then. Of several offices that
// list its county, as the caller's own tells, else the nearest; else as it ships. Null for none.
absl::StatusOr<std::optional<v1::Division>> FindTown(db::Session& session, const std::string& caller_office,
                                                     std::string_view code, std::optional<Date> as_of);

// What lies directly below a division, by name: the counties that ship, and the towns as listed.
absl::StatusOr<std::vector<v1::Division>> ListBelow(db::Session& session, const std::string& caller_office,
                                                    const std::string& parent, std::optional<Date> day);

}  // namespace inspectorate::registry
