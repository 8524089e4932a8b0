// roster_scale: what GetRoster and CheckEligibility cost in an office of 500,000 schools, beside the district
// of 148 from which it is multiplied; with --export, what it takes to export all lists of the large one. Both
// are real registries over real sockets, asked in turns; beside them the small one is compared with itself,
// which is what the machine's noise is worth.
#include <CLI/CLI.hpp>
#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <functional>
#include <random>
#include <string>
#include <vector>

#include "common/base/macros.h"
#include "common/base/uuid.h"
#include "common/db/database.h"
#include "common/testing/fleet.h"
#include "common/testing/sandbox.h"
#include "inspectorate/registry/v1/area.pb.h"
#include "inspectorate/registry/v1/export.pb.h"
#include "inspectorate/registry/v1/inspector.pb.h"
#include "inspectorate/registry/v1/school_change.pb.h"
#include "services/cli/demo/district_lists.h"
#include "tests/import/bulk.h"

namespace inspectorate::roster_scale {
namespace {

using std::chrono::steady_clock;
using testing::Fleet;

const testing::Replica kRegistry{"registry", 0};
constexpr char kOffice[] = "district";
constexpr double kMostRatio = 1.10;  // of the small district's cost: the stated limit
constexpr size_t kAsked = 200;       // different areas, or inspectors and their schools
// The dated facts of a district, each multiplied with all the others.
constexpr const char* kTables[] = {"school",
                                   "area",
                                   "inspector",
                                   "appointment",
                                   "certificate",
                                   "recusal",
                                   "supervisor",
                                   "supervisor_posting",
                                   "school_assignment",
                                   "area_membership",
                                   "inspector_assignment",
                                   "delegation",
                                   "leave",
                                   "employment",
                                   "suspension",
                                   "school_change"};

// What ten years leave in a district beside its lists: each inspector had four deputies and three leaves, one
// in four served at a school until long ago, one in twenty was suspended once, one school in three was
// renamed. On the day that is asked for one inspector in ten is acted for, and one area in five has an acting
// lead. `n`: 1 to 4.
constexpr char kNumbers[] = "(SELECT 1 AS n UNION SELECT 2 UNION SELECT 3 UNION SELECT 4) numbers";
constexpr char kAnother[] =
    "COALESCE((SELECT MIN(o.inspector) FROM inspector o WHERE o.office = i.office AND o.inspector > "
    "i.inspector),"
    " (SELECT MIN(o.inspector) FROM inspector o WHERE o.office = i.office))";

template <class T>
T Must(absl::StatusOr<T> result) {
  if (!result.ok()) {
    std::fprintf(stderr, "%s\n", std::string(result.status().message()).c_str());
    std::exit(1);
  }
  return *std::move(result);
}
// A line of /proc/PID/status, in MB.
long MegabytesOf(int pid, const char* what) {
  std::ifstream file("/proc/" + std::to_string(pid) + "/status");
  for (std::string line; std::getline(file, line);) {
    if (line.starts_with(what)) return std::stol(line.substr(line.find(':') + 1)) / 1024;
  }
  return -1;
}

void MustBeOk(const absl::Status& status) { Must(status.ok() ? absl::StatusOr<int>(0) : status); }

// A registry of its own, with the district in it.
class District {
 public:
  explicit District(const std::string& lists)
      : fleet_(Must(Fleet::Start({.replicas = {{"visits", 0}, {"issues", 0}, {"reporting", 0}},
                                  .database_arguments = {"--innodb-buffer-pool-size=2G"}}))),
        database_(Must(db::Database::Open(fleet_->Database("registry")))) {
    const auto founder = fleet_->ClientOf("registry", testing::Operator());
    MustBeOk(testing::CreateSandbox(*founder, kOffice));
    MustBeOk(testing::SetClock(*founder, kOffice, "2026-03-09T01:00:00Z"));
    staff_ = fleet_->ClientOf("registry", testing::Staff(kOffice, "示例·办公室"));
    const auto request = Must(demo::ReadLists(lists, std::string("offices/") + kOffice));
    const auto operation = Must(staff_->Call<google::longrunning::Operation>(
        "inspectorate.registry.v1.Imports.ImportRoster", request));
    const auto imported = Must(import_test::Await(*staff_, operation.name()));
    if (imported.rejected_rows() > 0) MustBeOk(absl::InternalError("the district's lists were rejected"));
  }

  // The past of the district, in proportion to what it has.
  void LiveThrough() {
    const auto id = [](const std::string& of, const char* what) {
      return "UNHEX(MD5(CONCAT(HEX(" + of + "), '" + what + "', n)))";
    };
    const std::string every = std::string(" FROM inspector i JOIN ") + kNumbers;
    const auto one_in = [](const std::string& of, int share) {
      return "CONV(LEFT(MD5(" + of + "), 4), 16, 10) % " + std::to_string(share) + " = 0";
    };
    const std::string deputy =
        "INSERT INTO delegation (office, delegation, revision, delegate, area, delegator, school, valid_from,"
        " valid_to, document_number, reason) SELECT ";
    Execute(deputy + "i.office, " + id("i.inspector", "past") + ", 1, " + kAnother +
            ", NULL, i.inspector, NULL, DATE_SUB('2025-09-01', INTERVAL 700 * n DAY),"
            " DATE_SUB('2025-10-01', INTERVAL 700 * n DAY), '示例', '进修'" +
            every);
    Execute(deputy + "i.office, " + id("i.inspector", "now") + ", 1, " + kAnother +
            ", NULL, i.inspector, NULL, '2026-03-01', '2026-03-31', '示例', '进修'" + every +
            " WHERE n = 1 AND " + one_in("i.inspector", 10));
    Execute(deputy + "a.office, " + id("a.area", "lead") +
            ", 1, (SELECT MIN(o.inspector) FROM inspector o WHERE o.office = a.office), a.area, NULL, NULL,"
            " '2026-03-01', '2026-03-31', '示例', '进修' FROM area a JOIN " +
            kNumbers + " WHERE n = 1 AND " + one_in("a.area", 5));
    Execute(
        "INSERT INTO `leave` (inspector, `leave`, revision, office, kind, note, valid_from, valid_to) SELECT "
        "i.inspector, " +
        id("i.inspector", "leave") +
        ", 1, i.office, 1, '', DATE_SUB('2025-09-01', INTERVAL 700 * n DAY),"
        " DATE_SUB('2025-10-01', INTERVAL 700 * n DAY)" +
        every + " WHERE n < 4");
    // Ended so long ago that no rule remembers it.
    Execute(
        "INSERT INTO employment (inspector, employment, revision, office, school, post, valid_from, valid_to)"
        " SELECT i.inspector, " +
        id("i.inspector", "post") +
        ", 1, i.office, (SELECT MIN(s.school) FROM school s WHERE s.office = i.office), '', '2001-09-01',"
        " '2006-08-31'" +
        every + " WHERE n = 1 AND " + one_in("i.inspector", 4));
    Execute(
        "INSERT INTO suspension (inspector, suspension, revision, office, ground, document_number, reason,"
        " valid_from, valid_to) SELECT i.inspector, " +
        id("i.inspector", "out") + ", 1, i.office, 1, '示例', '示例', '2020-03-01', '2020-06-30'" + every +
        " WHERE n = 1 AND " + one_in("i.inspector", 20));
    Execute(
        "INSERT INTO school_change (office, school_change, revision, school, kind, state, effective_date,"
        " document_number, basis, proposer, decider, decision_note) SELECT s.office, " +
        id("s.school", "name") + ", 1, s.school, " + std::to_string(registry::v1::RENAME_SCHOOL) + ", " +
        std::to_string(registry::v1::CHANGE_IN_FORCE) +
        ", '2021-09-01', '示例', '', '', '', '' FROM school s JOIN " + kNumbers + " WHERE n = 1 AND " +
        one_in("s.school", 3));
    Analyze();
  }

  // Schools of the rosters asked for where somebody acted: none would show nothing.
  int64_t acted_at() const { return acted_at_; }
  int64_t Schools() { return Ask("SELECT COUNT(*) FROM school").at(0, 0).AsInt(); }

  // The district `times` more: other ids, numbers and codes, the same shape.
  void Multiply(int times) {
    Execute("CREATE TABLE copies (k INT PRIMARY KEY)");
    for (const char* table : kTables) {
      std::string names;
      for (const Column& column : ColumnsOf(table))
        names += (names.empty() ? "`" : ", `") + column.name + "`";
      Execute(std::string("CREATE TABLE `base_of_") + table + "` AS SELECT " + names + " FROM `" + table +
              "`");
    }
    constexpr int kStep = 64;
    for (int first = 1; first <= times; first += kStep) {
      std::string rows;
      for (int k = first; k < std::min(first + kStep, times + 1); ++k) {
        rows += (rows.empty() ? "(" : ", (") + std::to_string(k) + ")";
      }
      Execute("DELETE FROM copies");
      Execute("INSERT INTO copies VALUES " + rows);
      for (const char* table : kTables) Execute(CopySql(table));
    }
    Analyze();
  }

  void Prepare() {
    const db::Rows areas = Ask("SELECT area FROM area ORDER BY MD5(area) LIMIT 200");
    for (size_t i = 0; i < areas.size(); ++i) {
      areas_.push_back(std::string("offices/") + kOffice + "/areas/" + FormatUuid(areas.at(i, 0).AsUuid()));
    }
    const db::Rows pairs = Ask(
        "SELECT inspector, school FROM inspector_assignment WHERE duty = 1 ORDER BY MD5(school) LIMIT 200");
    for (size_t i = 0; i < pairs.size(); ++i) {
      pairs_.emplace_back("inspectors/" + FormatUuid(pairs.at(i, 0).AsUuid()),
                          "schools/" + FormatUuid(pairs.at(i, 1).AsUuid()));
    }
  }

  void GetRoster(size_t i) {
    registry::v1::GetRosterRequest request;
    request.set_name(areas_[i % areas_.size()]);
    const auto roster =
        Must(staff_->Call<registry::v1::Roster>("inspectorate.registry.v1.Areas.GetRoster", request));
    if (roster.schools_size() == 0 || roster.inspectors_size() == 0) {
      MustBeOk(absl::InternalError("an empty roster of " + request.name()));
    }
    for (const auto& school : roster.schools()) acted_at_ += school.acting().empty() ? 0 : 1;
  }
  // All lists; tells what that took.
  void Export(registry::v1::ExportFormat format, const std::string& folder) {
    const long before = MegabytesOf(fleet_->pid(kRegistry), "VmRSS");
    const auto begin = steady_clock::now();
    registry::v1::ExportRosterRequest request;
    request.set_parent(std::string("offices/") + kOffice);
    request.set_format(format);
    request.set_request_id(FormatUuid(RandomUuid()));
    const auto operation = Must(staff_->Call<google::longrunning::Operation>(
        "inspectorate.registry.v1.Exports.ExportRoster", request));
    const auto done = Must(import_test::AwaitDone(*staff_, operation.name()));
    const double seconds = std::chrono::duration<double>(steady_clock::now() - begin).count();
    registry::v1::ExportRosterResponse response;
    if (!done.response().UnpackTo(&response)) MustBeOk(absl::InternalError(done.ShortDebugString()));
    int64_t rows = 0, bytes = 0;
    for (const auto& list : response.manifest().lists()) {
      rows += list.rows();
      if (list.rows() > 100'000)
        std::printf("  %s %lld rows, %.1f MB\n", list.file().file_name().c_str(),
                    static_cast<long long>(list.rows()), static_cast<double>(list.file().size()) / 1e6);
    }
    for (const auto& file : response.files()) bytes += file.size();
    std::printf(
        "%s: %lld rows in %.1f s, %.0f rows/s, %.1f MB; the registry's memory %ld MB before, at most %ld "
        "MB\n",
        registry::v1::ExportFormat_Name(format).c_str(), static_cast<long long>(rows), seconds,
        static_cast<double>(rows) / seconds, static_cast<double>(bytes) / 1e6, before,
        MegabytesOf(fleet_->pid(kRegistry), "VmHWM"));
    std::fflush(stdout);
    for (const auto& file : response.files()) {
      if (folder.empty()) break;
      std::filesystem::create_directories(folder);
      std::ofstream(folder + "/" + file.file_name(), std::ios::binary)
          << Must(import_test::Download(*staff_, file));
    }
  }
  void CheckEligibility(size_t i) {
    registry::v1::CheckEligibilityRequest request;
    request.set_inspector(pairs_[i % pairs_.size()].first);
    request.set_school(pairs_[i % pairs_.size()].second);
    const auto answer = Must(staff_->Call<registry::v1::Eligibility>(
        "inspectorate.registry.v1.Inspectors.CheckEligibility", request));
    if (!answer.eligible()) MustBeOk(absl::InternalError("ineligible: " + request.inspector()));
  }

 private:
  db::Rows Ask(const std::string& sql) {
    db::Rows rows;
    MustBeOk(
        database_->Read(db::Budget::Of(std::chrono::minutes(10)), [&](db::Session& session) -> absl::Status {
          ASSIGN_OR_RETURN(rows, session.Query(sql));
          return absl::OkStatus();
        }));
    return rows;
  }
  void Analyze() {
    for (const char* table : kTables) Execute(std::string("ANALYZE TABLE `") + table + "`");
  }
  void Execute(const std::string& sql) {
    MustBeOk(database_->Read(db::Budget::Of(std::chrono::minutes(10)), [&](db::Session& session) {
      return sql.starts_with("ANALYZE") ? session.Query(sql).status() : session.Execute(sql).status();
    }));
  }
  struct Column {
    std::string name;
    std::string type;
  };
  // Those that are written.
  std::vector<Column> ColumnsOf(const std::string& table) {
    const db::Rows rows =
        Ask("SELECT column_name, data_type FROM information_schema.columns WHERE table_schema = DATABASE()"
            " AND table_name = '" +
            table +
            "' AND COALESCE(generation_expression, '') = ''"
            " ORDER BY ordinal_position");
    std::vector<Column> columns;
    for (size_t i = 0; i < rows.size(); ++i) {
      columns.push_back({rows.at(i, 0).AsString(), rows.at(i, 1).AsString()});
    }
    return columns;
  }

  // Every id becomes another in the same way, so that what referred to each other still does.
  std::string CopySql(const std::string& table) {
    std::string names;
    std::string values;
    for (const auto& [name, type] : ColumnsOf(table)) {
      const std::string column = "b.`" + name + "`";
      std::string value = column;
      if (type == "binary") {
        value = "UNHEX(MD5(CONCAT(HEX(" + column + "), '-', c.k)))";
      } else if (name == "external_id" || name == "work_number" ||
                 (table == "certificate" && name == "number")) {
        value = "IF(" + column + " = '', '', CONCAT(" + column + ", '-', c.k))";
      } else if (name == "ident_code" || name == "credit_code") {
        value = "''";
      } else if (table == "area" && name == "number") {
        value = column + " + 1000 * c.k";
      }
      names += (names.empty() ? "`" : ", `") + name + "`";
      values += (values.empty() ? "" : ", ") + value;
    }
    return "INSERT INTO `" + table + "` (" + names + ") SELECT " + values + " FROM `base_of_" + table +
           "` b JOIN copies c";
  }

  std::unique_ptr<Fleet> fleet_;
  std::unique_ptr<db::Database> database_;
  std::unique_ptr<rpc::Client> staff_;
  std::vector<std::string> areas_;
  int64_t acted_at_ = 0;
  std::vector<std::pair<std::string, std::string>> pairs_;
};

double Median(std::vector<double> of) {
  std::nth_element(of.begin(), of.begin() + static_cast<ptrdiff_t>(of.size() / 2), of.end());
  return of[of.size() / 2];
}

using Ask = std::function<void(size_t)>;

// The median call of one turn, in microseconds.
double Turn(const Ask& ask) {
  std::vector<double> took;
  for (size_t i = 0; i < kAsked; ++i) {
    const auto begin = steady_clock::now();
    ask(i);
    took.push_back(std::chrono::duration<double, std::micro>(steady_clock::now() - begin).count());
  }
  return Median(took);
}

// Prints the comparison; true when the large one is within the limit.
bool Compare(const char* name, int rounds, const Ask& small, const Ask& large) {
  std::vector<double> small_us;
  std::vector<double> large_us;
  std::vector<double> ratios;
  std::vector<double> noise;
  Turn(small);
  Turn(large);
  for (int round = 0; round < rounds; ++round) {
    const double before = Turn(small);
    const double of_large = Turn(large);
    const double after = Turn(small);
    small_us.push_back((before + after) / 2);
    large_us.push_back(of_large);
    ratios.push_back(of_large / ((before + after) / 2));
    noise.push_back(after / before);
  }
  const double ratio = Median(ratios);
  const auto [least, most] = std::minmax_element(noise.begin(), noise.end());
  std::printf("| %s | %.0f | %.0f | %.2f | %.2f to %.2f | %s |\n", name, Median(small_us), Median(large_us),
              ratio, *least, *most, ratio <= kMostRatio ? "met" : "MISSED");
  std::fflush(stdout);
  return ratio <= kMostRatio;
}

void RunExports(const std::string& lists, int schools, const std::string& folder) {
  District large(lists);
  large.LiveThrough();
  const auto begin = steady_clock::now();
  const int64_t district = large.Schools();
  large.Multiply(static_cast<int>((schools + district - 1) / district) - 1);
  std::printf("%lld schools, multiplied in %.0f s\n", static_cast<long long>(large.Schools()),
              std::chrono::duration<double>(steady_clock::now() - begin).count());
  std::fflush(stdout);
  large.Export(registry::v1::EXPORT_CSV, folder);
  large.Export(registry::v1::EXPORT_XLSX, folder);
}

bool Run(const std::string& lists, int schools, int rounds) {
  District small(lists);
  small.LiveThrough();
  District large(lists);
  large.LiveThrough();
  const auto begin = steady_clock::now();
  const int64_t district = large.Schools();
  large.Multiply(static_cast<int>((schools + district - 1) / district) - 1);
  std::printf("%lld and %lld schools, multiplied in %.0f s\n\n", static_cast<long long>(small.Schools()),
              static_cast<long long>(large.Schools()),
              std::chrono::duration<double>(steady_clock::now() - begin).count());
  small.Prepare();
  large.Prepare();
  std::printf(
      "| method | district, µs | large, µs | ratio (at most %.2f) | district against itself | |\n"
      "|---|---|---|---|---|---|\n",
      kMostRatio);
  const bool roster = Compare(
      "GetRoster", rounds, [&](size_t i) { small.GetRoster(i); }, [&](size_t i) { large.GetRoster(i); });
  const bool eligibility = Compare(
      "CheckEligibility", rounds, [&](size_t i) { small.CheckEligibility(i); },
      [&](size_t i) { large.CheckEligibility(i); });
  if (small.acted_at() == 0 || large.acted_at() == 0) {
    std::printf("in no roster that was asked for did anybody act\n");
    return false;
  }
  return roster && eligibility;
}

}  // namespace
}  // namespace inspectorate::roster_scale

int main(int argc, char** argv) {
  CLI::App app{
      "Compares what the roster's questions cost in a district and in an office of very many schools."};
  std::string lists = "deploy/local/district/zhanhua";
  int schools = 500'000;
  int rounds = 15;
  bool exports = false;
  std::string folder;
  app.add_option("--lists", lists, "the district's lists")->capture_default_str();
  app.add_option("--schools", schools)->capture_default_str();
  app.add_option("--rounds", rounds)->capture_default_str();
  app.add_flag("--export", exports, "measures an export of all lists instead");
  app.add_option("--to", folder, "where --export saves its files");
  CLI11_PARSE(app, argc, argv);
  if (exports) {
    inspectorate::roster_scale::RunExports(lists, schools, folder);
    return 0;
  }
  return inspectorate::roster_scale::Run(lists, schools, rounds) ? 0 : 1;
}
