#include "services/reporting/store/indicators.h"

#include <algorithm>
#include <cstdlib>
#include <map>
#include <utility>

#include "common/base/macros.h"
#include "common/resource/description.h"
#include "common/roster/cover.h"
#include "common/roster/policy.h"
#include "common/status/error.h"
#include "inspectorate/issues/v1/issue.pb.h"
#include "inspectorate/registry/v1/area.pb.h"
#include "inspectorate/registry/v1/inspector.pb.h"
#include "inspectorate/registry/v1/policy.pb.h"
#include "inspectorate/registry/v1/school.pb.h"
#include "inspectorate/visits/v1/visit.pb.h"
#include "services/reporting/domain/flow.h"

namespace inspectorate::reporting {
namespace {

using Kind = IndicatorRow::Kind;
using roster::Reach;

constexpr char kTermRule[] = "visit.term_min";
constexpr std::string_view kCoverage = "I1";

// SQL with its parameters, put together from constants.
struct Sql {
  std::string text;
  db::Params params;

  Sql& Add(std::string_view more, const db::Params& values = {}) {
    text += more;
    params.insert(params.end(), values.begin(), values.end());
    return *this;
  }
  Sql& Add(const Sql& other) { return Add(other.text, other.params); }
};

// Numbers of the contract, never input.
std::string Number(int64_t number) { return std::to_string(number); }

// The instant at which the cut-off day ends in China.
Time CutEnd(const Scope& scope) { return ChinaMidnight(scope.cut_off + std::chrono::days(1)); }

// The school hears of an unannounced visit when it begins (design section 7).
std::string HiddenFromSchool(const Scope& scope) {
  return scope.reach.role == rpc::Role::ROLE_SCHOOL_SUPERVISOR
             ? " AND v.state <> " + Number(visits::v1::PLANNED)
             : "";
}

// --- Conditions
// ---------------------------------------------------------------------------------------------

// `v`: a visit of the type that was held in the period; it counts as held from its submission.
Sql Held(const Scope& scope, int type) {
  Sql sql;
  return sql.Add(
      " v.office = ? AND v.type = " + Number(type) + " AND v.submit_time < ? AND v.held_day BETWEEN ? AND ?",
      {scope.office, CutEnd(scope), scope.from, scope.to});
}

// `s`: an institution in operation at some time from `from` to `to`. A last day says so of one that is over;
// one that is suspended may have a last day ahead of it.
Sql Operating(const Scope& scope, Date from, Date to) {
  Sql sql;
  return sql.Add(" s.office = ? AND (s.state = " + Number(registry::v1::OPERATING) + " OR (s.state IN (" +
                     Number(registry::v1::MERGED) + ", " + Number(registry::v1::CLOSED) +
                     ") AND s.close_date IS NOT NULL)) AND (s.open_date IS NULL OR s.open_date <= ?)"
                     " AND (s.close_date IS NULL OR s.close_date >= ?)",
                 {scope.office, to, from});
}

std::string AudienceOfSchool() {
  return "CASE WHEN s.kind = " + Number(registry::v1::KINDERGARTEN) + " THEN " +
         Number(registry::v1::KINDERGARTENS) + " ELSE " + Number(registry::v1::SCHOOLS) + " END";
}

// `s` is in session in a month that the period touches.
Sql InSession(const Scope& scope) {
  Sql sql;
  sql.Add(" EXISTS (SELECT 1 FROM term t WHERE t.office = ? AND t.audience = " + AudienceOfSchool() +
              " AND (1 = 0",
          {scope.office});
  for (Date month = MonthBegin(scope.from); month <= scope.to; month = NextMonth(month)) {
    sql.Add(" OR JSON_CONTAINS(t.teaching_months, ?, '$.teaching_months')",
            {"\"" + FormatDate(month).substr(0, 7) + "\""});
  }
  return sql.Add("))");
}

// --- The rows behind each indicator
// ------------------------------------------------------------------------- Columns: row_kind, id, school,
// area, num, den, state, type, day, note, who, matter, severity, source, looks.

// The area a school belongs to, and its main inspector, on a day.
Sql AreaOf(const Scope& scope, Date day) {
  Sql sql;
  return sql.Add(
      "(SELECT sa.area FROM school_assignment sa WHERE sa.office = ? AND sa.school = s.school"
      " AND sa.valid_from <= ? AND (sa.valid_to IS NULL OR sa.valid_to >= ?)"
      " ORDER BY sa.valid_from DESC, sa.school_assignment LIMIT 1)",
      {scope.office, day, day});
}
Sql MainInspector(const Scope& scope, Date day) {
  Sql sql;
  return sql.Add(
      "(SELECT ia.inspector FROM inspector_assignment ia WHERE ia.office = ? AND ia.school = s.school"
      " AND ia.duty = " +
          Number(registry::v1::MAIN) +
          " AND ia.valid_from <= ? AND (ia.valid_to IS NULL OR ia.valid_to >= ?)"
          " ORDER BY ia.valid_from DESC, ia.inspector_assignment LIMIT 1)",
      {scope.office, day, day});
}
// A column of the last routine visit that the period planned for a school.
Sql OfLastPlanned(const Scope& scope, const std::string& column) {
  Sql sql;
  return sql.Add("(SELECT v." + column +
                     " FROM visit v WHERE v.office = ? AND v.school = s.school AND v.type = " +
                     Number(visits::v1::ROUTINE) + " AND v.planned_day BETWEEN ? AND ?" +
                     HiddenFromSchool(scope) + " ORDER BY v.planned_day DESC, v.visit DESC LIMIT 1)",
                 {scope.office, scope.from, scope.to});
}

// One row a school; `hit` is the condition of the numerator.
Sql Schools(const Scope& scope, const Sql& hit, const Sql& condition, bool with_visit) {
  Sql sql;
  sql.Add("SELECT " + Number(static_cast<int>(Kind::kSchool)) +
          " AS row_kind, s.school AS id, s.school AS school, ")
      .Add(AreaOf(scope, scope.to))
      .Add(" AS area, CASE WHEN ")
      .Add(hit)
      .Add(" THEN 1 ELSE 0 END AS num, 1 AS den, ");
  for (const auto& [column, name] :
       {std::pair{"state", "state"}, {"type", "type"}, {"planned_day", "day"}, {"end_reason", "note"}}) {
    if (with_visit) {
      sql.Add(OfLastPlanned(scope, column));
    } else {
      sql.Add("NULL");
    }
    sql.Add(std::string(" AS ") + name + ", ");
  }
  return sql.Add(MainInspector(scope, scope.to))
      .Add(" AS who, NULL AS matter, 0 AS severity, 0 AS source, 0 AS looks FROM school s WHERE")
      .Add(condition);
}

// I1: every school of the office; which of them count, CoverRows says.
Sql SchoolsToCover(const Scope& scope) {
  Sql nowhere, of_office;
  nowhere.Add("1 = 0");
  of_office.Add(" s.office = ?", {scope.office});
  return Schools(scope, nowhere, of_office, false);
}

Sql MonthlyCoverage(const Scope& scope) {
  Sql hit;
  hit.Add("EXISTS (SELECT 1 FROM visit v WHERE v.school = s.school AND")
      .Add(Held(scope, visits::v1::ROUTINE))
      .Add(")");
  Sql condition = Operating(scope, scope.from, scope.to);
  condition.Add(" AND").Add(InSession(scope));
  return Schools(scope, hit, condition, true);
}

// I4, for the terms that the last day lies in. `minimum` absent: no rule in force, so nothing is owed.
Sql StatutoryCoverage(const Scope& scope, std::optional<int64_t> minimum) {
  Sql term;
  term.Add(" FROM term t WHERE t.office = ? AND t.audience = " + AudienceOfSchool() +
               " AND t.valid_from <= ? AND t.valid_to >= ?",
           {scope.office, scope.to, scope.to});
  Sql hit;
  hit.Add("(SELECT COUNT(*) FROM visit v WHERE v.office = ? AND v.school = s.school AND v.type = " +
              Number(visits::v1::ROUTINE) + " AND v.submit_time < ? AND EXISTS (SELECT 1",
          {scope.office, CutEnd(scope)})
      .Add(term)
      .Add(" AND v.held_day BETWEEN t.valid_from AND t.valid_to)) >= ?", {minimum.value_or(0)});
  Sql condition = Operating(scope, scope.to, scope.to);
  condition.Add(minimum.has_value() ? "" : " AND 1 = 0").Add(" AND EXISTS (SELECT 1").Add(term).Add(")");
  return Schools(scope, hit, condition, false);
}

// One row a visit.
Sql Visits(const std::string& num, const std::string& den, const std::string& more, const Sql& condition) {
  Sql sql;
  return sql
      .Add("SELECT " + Number(static_cast<int>(Kind::kVisit)) +
           " AS row_kind, v.visit AS id, v.school AS school, v.area AS area, " + num + " AS num, " + den +
           " AS den, v.state AS state, v.type AS type, COALESCE(v.held_day, v.planned_day) AS day,"
           " v.end_reason AS note, NULL AS who, NULL AS matter, 0 AS severity, 0 AS source, 0 AS looks FROM "
           "visit v" +
           more + " WHERE")
      .Add(condition);
}

// I5: the window of a planned visit is the month of its plan.
Sql PlanCompletion(const Scope& scope) {
  Sql sql;
  sql.Add(" v.office = ? AND v.planned_day BETWEEN ? AND ? AND v.state <> " + Number(visits::v1::CANCELLED) +
              HiddenFromSchool(scope),
          {scope.office, scope.from, scope.to});
  Sql num;
  num.Add(
      "CASE WHEN v.submit_time < ? AND v.held_day >= p.month AND v.held_day < DATE_ADD(p.month, INTERVAL 1 "
      "MONTH)"
      " THEN 1 ELSE 0 END",
      {CutEnd(scope)});
  Sql rows = Visits(num.text, "1", " JOIN plan p ON p.office = v.office AND p.plan = v.plan", sql);
  rows.params.insert(rows.params.begin(), num.params.begin(), num.params.end());
  return rows;
}

// One row a problem: an issue of a visit, once fed back, in the state it had at the end of the cut-off day.
Sql Problems(const Scope& scope, const std::string& num, const std::string& den, const Sql& condition) {
  Sql sql;
  sql.Add(
      "SELECT " + Number(static_cast<int>(Kind::kIssue)) +
          " AS row_kind, i.issue AS id, i.school AS school, i.area AS area, " + num + " AS num, " + den +
          " AS den, t.state_to AS state, 0 AS type, i.found_day AS day, i.fact AS note, NULL AS who,"
          " i.matter AS matter, i.severity AS severity, i.source AS source, t.look_backs AS looks"
          " FROM issue i JOIN visit v ON v.office = i.office AND v.visit = i.visit"
          " JOIN issue_transition t ON t.office = i.office AND t.issue = i.issue AND t.occur_time < ?"
          " AND NOT EXISTS (SELECT 1 FROM issue_transition n WHERE n.office = t.office AND n.issue = t.issue"
          " AND n.position > t.position AND n.occur_time < ?)"
          " WHERE i.office = ? AND i.source = " +
          Number(issues::v1::FROM_VISIT) + " AND v.feedback_time < ? AND",
      {CutEnd(scope), CutEnd(scope), scope.office, CutEnd(scope)});
  return sql.Add(condition);
}

Sql FoundInPeriod(const Scope& scope) {
  Sql sql;
  return sql.Add(" v.held_day BETWEEN ? AND ?", {scope.from, scope.to});
}

const std::string& NotVoided() {
  static const auto& sql = *new std::string("t.state_to <> " + Number(issues::v1::VOIDED));
  return sql;
}
std::string OneIf(const std::string& condition) { return "CASE WHEN " + condition + " THEN 1 ELSE 0 END"; }
std::string Closed() { return "t.state_to = " + Number(issues::v1::CLOSED); }

Sql DueOfFound(const Scope& scope) {
  Sql sql = FoundInPeriod(scope);
  return sql.Add(" AND " + NotVoided() + " AND i.rectify_due <= ?", {scope.cut_off});
}

// I9. The time limit ends with its last day in China, 16:00 UTC.
Sql OnTime(const Scope& scope) {
  Sql condition;
  condition.Add(" i.rectify_due BETWEEN ? AND ? AND i.rectify_due <= ? AND " + NotVoided(),
                {scope.from, scope.to, scope.cut_off});
  return Problems(scope,
                  OneIf(Closed() + " AND i.rectified_time < DATE_ADD(i.rectify_due, INTERVAL 16 HOUR)"), "1",
                  condition);
}

// Closed straight from registration is closed on the spot: nothing is left there to look back at.
Sql LookedBack(const Scope& scope) {
  Sql condition = FoundInPeriod(scope);
  condition.Add(" AND t.reports > 0 AND NOT (t.state_from = " + Number(issues::v1::REGISTERED) + " AND " +
                Closed() + ")");
  return Problems(scope, OneIf("t.look_backs > 0"), "1", condition);
}

// Closed at some time in those days, whatever became of it since.
Sql ClosedIn(const Days& days) {
  Sql sql;
  return sql.Add(
      " EXISTS (SELECT 1 FROM issue_transition c WHERE c.office = i.office AND c.issue = i.issue AND c.flow "
      "= " +
          Number(static_cast<int>(Flow::kClosed)) + " AND c.occur_time >= ? AND c.occur_time < ?)",
      {ChinaMidnight(days.from), ChinaMidnight(days.to + std::chrono::days(1))});
}

// I12. What comes back over what was closed before: different problems, so that neither is a part of the
// other.
Sql Relapses(const Scope& scope) {
  Sql found = FoundInPeriod(scope);
  found.Add(" AND i.relapse_of IS NOT NULL AND " + NotVoided());
  const Days before = EquallyLongBefore({.from = scope.from, .to = scope.to});
  Sql sql = Problems(scope, "1", "0", found);
  return sql.Add(" UNION ALL ").Add(Problems(scope, "0", "1", ClosedIn(before)));
}

Sql PerVisit(const Scope& scope, const std::string& weight) {
  Sql sql = Problems(scope, "1", "0", FoundInPeriod(scope));
  return sql.Add(" UNION ALL ").Add(Visits("0", weight, "", Held(scope, visits::v1::ROUTINE)));
}

constexpr char kPersons[] = "COALESCE(JSON_LENGTH(v.panel, '$.panel'), 0)";

absl::StatusOr<Sql> RowsOf(db::Session& session, std::string_view code, const Scope& scope) {
  if (code == kCoverage) return SchoolsToCover(scope);
  if (code == "I3") return MonthlyCoverage(scope);
  if (code == "I4") {
    ASSIGN_OR_RETURN(auto minimum,
                     roster::IfInForce(roster::PolicyInt(session, scope.office, kTermRule, scope.to)));
    return StatutoryCoverage(scope, minimum);
  }
  if (code == "I5") return PlanCompletion(scope);
  if (code == "I6a") return Visits("1", "0", "", Held(scope, visits::v1::ROUTINE));
  if (code == "I6b") return Visits(kPersons, "0", "", Held(scope, visits::v1::ROUTINE));
  if (code == "I6c") return Visits("1", "0", "", Held(scope, visits::v1::LOOK_BACK_VISIT));
  if (code == "I6d") return Visits(kPersons, "0", "", Held(scope, visits::v1::LOOK_BACK_VISIT));
  if (code == "I7a" || code == "I15") return Problems(scope, "1", "0", FoundInPeriod(scope));
  if (code == "I7b") return PerVisit(scope, "1");
  if (code == "I7c") return PerVisit(scope, kPersons);
  if (code == "I8a") {
    Sql condition = FoundInPeriod(scope);
    return Problems(scope, OneIf(Closed()), "1", condition.Add(" AND " + NotVoided()));
  }
  if (code == "I8b") return Problems(scope, OneIf(Closed()), "1", DueOfFound(scope));
  if (code == "I9") return OnTime(scope);
  if (code == "I10") return LookedBack(scope);
  if (code == "I12") return Relapses(scope);
  return Error(ErrorReason::METRIC_UNKNOWN, {{"metric", std::string(code)}});
}

// " FROM (rows) r JOIN school … WHERE scope AND cell"; columns of the school as `sc`.
absl::StatusOr<Sql> From(db::Session& session, const Metric& metric, const Scope& scope, const Cell& cell) {
  ASSIGN_OR_RETURN(Sql rows, RowsOf(session, metric.code, scope));
  Sql sql;
  // MariaDB 10.11 fails with error 1140 the second time a prepared sum over a merged derived table is
  // executed; a limit keeps the table apart on both servers.
  sql.Add(" FROM (").Add(rows).Add(
      " LIMIT 9223372036854775807) r LEFT JOIN school sc ON sc.school = r.school WHERE 1 = 1");
  if (scope.area) sql.Add(" AND r.area = ?", {*scope.area});
  if (scope.school) sql.Add(" AND r.school = ?", {*scope.school});
  const query::Condition reach = scope.reach.SchoolsIn("r.school");
  if (!reach.sql.empty()) sql.Add(" AND " + reach.sql, reach.params);
  if (!cell.condition().sql.empty()) sql.Add(" AND " + cell.condition().sql, cell.condition().params);
  return sql;
}

std::string SideCondition(Side side) {
  switch (side) {
    case Side::kNumerator:
      return " AND r.num > 0";
    case Side::kDenominator:
      return " AND r.den > 0";
    case Side::kMissing:
      return " AND r.den > 0 AND r.num = 0";
  }
  std::abort();
}

std::string NameOf(const google::protobuf::EnumDescriptor* type, int64_t number) {
  const auto* value = type->FindValueByNumber(static_cast<int>(number));
  return value == nullptr ? std::to_string(number) : value->name();
}

absl::Status WrongCell() {
  return InvalidFields({{.field = "cell",
                         .zh = "应为matter=…、severity=…、kind=…、source=…或area=…",
                         .en = "must be matter=…, severity=…, kind=…, source=… or area=…"}});
}

absl::StatusOr<query::Condition> EnumCell(const google::protobuf::EnumDescriptor* type,
                                          const std::string& name, const char* condition) {
  const auto* value = type->FindValueByName(name);
  if (value == nullptr) return WrongCell();
  return query::Condition{condition, {value->number()}};
}

absl::StatusOr<query::Condition> ConditionOf(std::string_view dimension, const std::string& value) {
  if (dimension == "matter") return query::Condition{"r.matter = ?", {value}};
  if (dimension == "severity") return EnumCell(issues::v1::Severity_descriptor(), value, "r.severity = ?");
  if (dimension == "kind") return EnumCell(registry::v1::SchoolKind_descriptor(), value, "sc.kind = ?");
  if (dimension == "source") return EnumCell(issues::v1::IssueSource_descriptor(), value, "r.source = ?");
  if (dimension == "area") {
    if (const Uuid area = resource::UuidOf(value); area != Uuid{})
      return query::Condition{"r.area = ?", {area}};
  }
  return WrongCell();
}

IndicatorRow ReadRow(const db::Rows& rows, size_t i) {
  IndicatorRow row;
  row.kind = static_cast<Kind>(rows.at(i, "row_kind").AsInt());
  row.id = rows.at(i, "id").AsUuid();
  row.school = rows.at(i, "school").AsUuid();
  row.school_name = rows.at(i, "school_name").AsString();
  row.external_id = rows.at(i, "external_id").AsString();
  row.school_kind = static_cast<int>(rows.at(i, "school_kind").AsInt());
  if (!rows.at(i, "area").is_null()) row.area = rows.at(i, "area").AsUuid();
  row.area_number = static_cast<int>(rows.at(i, "area_number").AsInt());
  row.area_name = rows.at(i, "area_name").AsString();
  row.numerator = rows.at(i, "num").AsInt();
  row.denominator = rows.at(i, "den").AsInt();
  row.state = static_cast<int>(rows.at(i, "state").AsInt());
  row.visit_type = static_cast<int>(rows.at(i, "type").AsInt());
  if (!rows.at(i, "day").is_null()) row.day = rows.at(i, "day").AsDate();
  row.note = rows.at(i, "note").AsString();
  row.inspector_name = rows.at(i, "inspector_name").AsString();
  row.matter = rows.at(i, "matter").AsString();
  row.severity = static_cast<int>(rows.at(i, "severity").AsInt());
  row.after_look_back = rows.at(i, "looks").AsInt() > 0;
  return row;
}

// Ordered by school and id; `limit` 0: all.
absl::StatusOr<std::vector<IndicatorRow>> SelectRows(db::Session& session, const Metric& metric,
                                                     const Scope& scope, const Cell& cell,
                                                     const std::string& side,
                                                     const std::optional<RowKey>& after, int limit) {
  ASSIGN_OR_RETURN(Sql from, From(session, metric, scope, cell));
  Sql sql;
  sql.Add(
         "SELECT q.*, a.number AS area_number, a.display_name AS area_name, n.display_name AS inspector_name"
         " FROM (SELECT r.*, sc.display_name AS school_name, sc.external_id AS external_id, sc.kind AS "
         "school_kind")
      .Add(from)
      .Add(side);
  if (after) {
    sql.Add(" AND (r.school > ? OR (r.school = ? AND r.id > ?))", {after->school, after->school, after->id});
  }
  sql.Add(
      ") q LEFT JOIN area a ON a.office = ? AND a.area = q.area LEFT JOIN inspector n ON n.inspector = q.who"
      " ORDER BY q.school, q.id",
      {scope.office});
  if (limit > 0) sql.Add(" LIMIT " + std::to_string(limit));
  ASSIGN_OR_RETURN(db::Rows rows, session.Query(sql.text, sql.params));
  std::vector<IndicatorRow> list;
  list.reserve(rows.size());
  for (size_t i = 0; i < rows.size(); ++i) list.push_back(ReadRow(rows, i));
  return list;
}

// The rows of I1: the schools that operate on the last day and which of them are covered, by the rules that
// decide everywhere who may act (decision record 0039). As many statements for one school as for all.
absl::StatusOr<std::vector<IndicatorRow>> CoverRows(db::Session& session, const Metric& metric,
                                                    const Scope& scope, const Cell& cell,
                                                    const std::optional<RowKey>& after = {}) {
  ASSIGN_OR_RETURN(auto rows, SelectRows(session, metric, scope, cell, "", after, 0));
  ASSIGN_OR_RETURN(const roster::Cover cover, roster::LoadCover(session, scope.office, scope.to));
  std::map<Uuid, bool> covered;
  for (const roster::SchoolCover& school : cover.schools) covered[school.school.id] = school.covered();
  std::erase_if(rows, [&](const IndicatorRow& row) { return !covered.contains(row.school); });
  for (IndicatorRow& row : rows) row.numerator = covered[row.school] ? 1 : 0;
  return rows;
}

bool IsOn(Side side, const IndicatorRow& row) {
  switch (side) {
    case Side::kNumerator:
      return row.numerator > 0;
    case Side::kDenominator:
      return row.denominator > 0;
    case Side::kMissing:
      return row.denominator > 0 && row.numerator == 0;
  }
  std::abort();
}

}  // namespace

std::string IndicatorRow::ResourceName(const std::string& office) const {
  switch (kind) {
    case Kind::kSchool:
      return "schools/" + FormatUuid(id);
    case Kind::kVisit:
      return "offices/" + office + "/visits/" + FormatUuid(id);
    case Kind::kIssue:
      return "offices/" + office + "/issues/" + FormatUuid(id);
  }
  std::abort();
}

absl::StatusOr<Cell> Cell::Parse(std::string_view text) {
  Cell cell;
  if (text.empty()) return cell;
  const size_t equals = text.find('=');
  if (equals == std::string_view::npos) return WrongCell();
  ASSIGN_OR_RETURN(cell.condition_,
                   ConditionOf(text.substr(0, equals), std::string(text.substr(equals + 1))));
  cell.text_ = text;
  return cell;
}

absl::StatusOr<Counts> Count(db::Session& session, const Metric& metric, const Scope& scope,
                             const Cell& cell) {
  if (metric.code == kCoverage) {
    ASSIGN_OR_RETURN(const auto schools, CoverRows(session, metric, scope, cell));
    Counts counts;
    for (const IndicatorRow& row : schools) {
      counts.numerator += row.numerator;
      counts.denominator += row.denominator;
    }
    return counts;
  }
  ASSIGN_OR_RETURN(Sql from, From(session, metric, scope, cell));
  ASSIGN_OR_RETURN(
      db::Rows rows,
      session.Query("SELECT COALESCE(SUM(r.num), 0) AS num, COALESCE(SUM(r.den), 0) AS den" + from.text,
                    from.params));
  return Counts{.numerator = rows.at(0, "num").AsInt(), .denominator = rows.at(0, "den").AsInt()};
}

absl::StatusOr<Figure> FigureOf(const Metric& metric, const Counts& counts) {
  if (metric.unit == MetricUnit::kCount) return MakeFigure(metric, counts.numerator);
  return MakeFigure(metric, counts.numerator, counts.denominator);
}

absl::StatusOr<std::vector<CellCount>> Breakdown(db::Session& session, const Scope& scope) {
  ASSIGN_OR_RETURN(const Metric* metric, FindMetric("I15"));
  ASSIGN_OR_RETURN(Sql from, From(session, *metric, scope, Cell()));
  std::vector<CellCount> cells;
  const auto add = [&](const std::string& column, const auto& name) -> absl::Status {
    ASSIGN_OR_RETURN(db::Rows rows,
                     session.Query("SELECT " + column + " AS part, SUM(r.num) AS num" + from.text + " AND " +
                                       column + " IS NOT NULL GROUP BY " + column + " ORDER BY " + column,
                                   from.params));
    for (size_t i = 0; i < rows.size(); ++i) {
      cells.push_back({.cell = name(rows.at(i, "part")), .count = rows.at(i, "num").AsInt()});
    }
    return absl::OkStatus();
  };
  const auto enumerated = [](const char* dimension, const google::protobuf::EnumDescriptor* type) {
    return [dimension, type](const db::Value& part) {
      return std::string(dimension) + "=" + NameOf(type, part.AsInt());
    };
  };
  RETURN_IF_ERROR(add("r.area", [&](const db::Value& part) {
    return "area=offices/" + scope.office + "/areas/" + FormatUuid(part.AsUuid());
  }));
  RETURN_IF_ERROR(add("r.matter", [](const db::Value& part) { return "matter=" + part.AsString(); }));
  RETURN_IF_ERROR(add("r.severity", enumerated("severity", issues::v1::Severity_descriptor())));
  RETURN_IF_ERROR(add("sc.kind", enumerated("kind", registry::v1::SchoolKind_descriptor())));
  RETURN_IF_ERROR(add("r.source", enumerated("source", issues::v1::IssueSource_descriptor())));
  return cells;
}

absl::StatusOr<std::vector<IndicatorRow>> ListRows(db::Session& session, const Metric& metric,
                                                   const Scope& scope, const Cell& cell, Side side,
                                                   const std::optional<RowKey>& after, int limit) {
  if (metric.code != kCoverage) {
    return SelectRows(session, metric, scope, cell, SideCondition(side), after, limit);
  }
  ASSIGN_OR_RETURN(auto rows, CoverRows(session, metric, scope, cell, after));
  std::erase_if(rows, [side](const IndicatorRow& row) { return !IsOn(side, row); });
  if (limit > 0 && rows.size() > static_cast<size_t>(limit)) rows.resize(static_cast<size_t>(limit));
  return rows;
}

absl::StatusOr<int64_t> CountRows(db::Session& session, const Metric& metric, const Scope& scope,
                                  const Cell& cell, Side side) {
  if (metric.code == kCoverage) {
    ASSIGN_OR_RETURN(const auto rows, ListRows(session, metric, scope, cell, side));
    return static_cast<int64_t>(rows.size());
  }
  ASSIGN_OR_RETURN(Sql from, From(session, metric, scope, cell));
  ASSIGN_OR_RETURN(db::Rows rows,
                   session.Query("SELECT COUNT(*)" + from.text + SideCondition(side), from.params));
  return rows.at(0, 0).AsInt();
}

}  // namespace inspectorate::reporting
