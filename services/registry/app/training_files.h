// The training files of a year: computed from the records as they stood at a day, never stored.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "common/base/time.h"
#include "common/db/database.h"
#include "common/roster/scope.h"
#include "common/work/unit.h"
#include "inspectorate/registry/v1/data_file.pb.h"
#include "inspectorate/registry/v1/inspector.pb.h"
#include "inspectorate/registry/v1/training.pb.h"
#include "services/registry/domain/training.h"

namespace inspectorate::registry {

// By what a year is counted.
struct YearRules {
  int year = 0;
  Period days;
  // Records after this day are not looked at.
  Date cut_off;
  HalfHours floor = 0;
  std::string floor_source;
  std::vector<TrainingKind> central_kinds;
  std::string induction;
};

// The rules that hold on the cut-off, or on the first or last day of the year where that lies outside.
// `as_of`: nothing is today. POLICY_MISSING.
absl::StatusOr<YearRules> LoadYearRules(db::Session& session, const std::string& office, int year,
                                        Date as_of);

// Of one inspector who was read and is in reach. Notes and reasons are in it: the caller redacts.
absl::StatusOr<v1::TrainingFile> LoadTrainingFile(db::Session& session, const v1::Inspector& inspector,
                                                  const YearRules& rules);

// Of all in reach with a day of duty in the year up to the cut-off, by work number; without notes.
absl::StatusOr<std::vector<v1::TrainingFile>> LoadTrainingFiles(db::Session& session,
                                                                const roster::Reach& reach,
                                                                const YearRules& rules);

absl::StatusOr<v1::ListTrainingShortfallsResponse> ListTrainingShortfalls(db::Session& session,
                                                                          const roster::Reach& reach,
                                                                          const YearRules& rules);

// The workbook of an office (slug), as a file that can be fetched. INVALID_FIELDS where the office keeps too
// much.
absl::StatusOr<v1::DataFile> ExportTrainingFiles(work::Unit& unit, const roster::Reach& reach,
                                                 const YearRules& rules);

}  // namespace inspectorate::registry
