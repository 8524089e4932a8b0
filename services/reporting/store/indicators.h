// The indicators over the projection. Each has one query, whose rows are what stands behind the figure; the
// figure is the sum over those rows, so a list always adds up to its figure. Of the rows of I1 the library
// that decides who covers a school says which count.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "common/base/time.h"
#include "common/base/uuid.h"
#include "common/db/database.h"
#include "common/query/query.h"
#include "common/roster/scope.h"
#include "services/reporting/domain/indicators.h"

namespace inspectorate::reporting {

// What is counted: the acts of a period, as far as they were done by the end of a cut-off day.
struct Scope {
  std::string office;  // slug
  Date from;
  Date to;  // last day
  Date cut_off;
  std::optional<Uuid> area{};    // only rows of this area
  std::optional<Uuid> school{};  // only rows of this school
  roster::Reach reach{};         // only rows the caller reaches
};

enum class Side {
  kNumerator,
  kDenominator,
  kMissing,  // in the denominator, not in the numerator; of shares only
};

// A part of an indicator: "matter=B06", "severity=SERIOUS", "kind=KINDERGARTEN", "source=FROM_VISIT",
// "area=offices/zhanhua/areas/{uuid}"; empty: the whole. INVALID_FIELDS for anything else.
class Cell {
 public:
  static absl::StatusOr<Cell> Parse(std::string_view text);
  const std::string& text() const { return text_; }
  const query::Condition& condition() const { return condition_; }

 private:
  std::string text_;
  query::Condition condition_;
};

struct Counts {
  int64_t numerator = 0;
  int64_t denominator = 0;
};

// As it is printed; the denominator is that of rates only.
absl::StatusOr<Figure> FigureOf(const Metric& metric, const Counts& counts);

struct CellCount {
  std::string cell;
  int64_t count = 0;
};

// One row behind a figure.
struct IndicatorRow {
  enum class Kind { kSchool = 1, kVisit = 2, kIssue = 3 };
  Kind kind = Kind::kSchool;
  Uuid id;
  Uuid school;
  std::string school_name;
  std::string external_id;  // the office's number of the school
  int school_kind = 0;      // number of registry.v1.SchoolKind
  Uuid area;
  int area_number = 0;
  std::string area_name;
  int64_t numerator = 0;
  int64_t denominator = 0;
  int state = 0;            // of the visit or issue; for schools, of the visit that was to cover it; 0: none
  int visit_type = 0;       // visits: number of visits.v1.VisitType
  std::optional<Date> day;  // held or planned, found
  std::string note;         // reason of a missed visit, fact of an issue
  std::string inspector_name;
  std::string matter;            // issues
  int severity = 0;              // issues
  bool after_look_back = false;  // issues: had been looked back at by the cut-off

  // "offices/zhanhua/visits/{uuid}".
  std::string ResourceName(const std::string& office) const;
};

// METRIC_UNKNOWN for a code without a query.
absl::StatusOr<Counts> Count(db::Session& session, const Metric& metric, const Scope& scope,
                             const Cell& cell = {});

// The cells of I15 that are not empty: by area, matter, severity, kind of institution and source.
absl::StatusOr<std::vector<CellCount>> Breakdown(db::Session& session, const Scope& scope);

// Where a page ended.
struct RowKey {
  Uuid school;
  Uuid id;
};

// Rows of one side, ordered by school and id; `limit` 0: all.
absl::StatusOr<std::vector<IndicatorRow>> ListRows(db::Session& session, const Metric& metric,
                                                   const Scope& scope, const Cell& cell, Side side,
                                                   const std::optional<RowKey>& after = std::nullopt,
                                                   int limit = 0);
// How many rows that side has on all pages.
absl::StatusOr<int64_t> CountRows(db::Session& session, const Metric& metric, const Scope& scope,
                                  const Cell& cell, Side side);

}  // namespace inspectorate::reporting
