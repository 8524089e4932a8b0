// bulk_import: how long an import of many schools takes, beside bulk SQL of the same rows; with kill -9 in
// the middle.
#include <CLI/CLI.hpp>
#include <chrono>
#include <cstdio>
#include <fstream>
#include <thread>

#include "common/base/macros.h"
#include "common/base/text.h"
#include "common/db/database.h"
#include "common/db/many_rows.h"
#include "common/testing/fleet.h"
#include "common/testing/sandbox.h"
#include "tests/import/bulk.h"

namespace inspectorate::import_test {
namespace {

using std::chrono::steady_clock;
using testing::Fleet;
using testing::Replica;

const Replica kRegistry{"registry", 0};
constexpr char kOffice[] = "many";

template <class T>
T Must(absl::StatusOr<T> result) {
  if (!result.ok()) {
    std::fprintf(stderr, "%s\n", std::string(result.status().message()).c_str());
    std::exit(1);
  }
  return *std::move(result);
}
void MustBeOk(const absl::Status& status) { Must(status.ok() ? absl::StatusOr<int>(0) : status); }

double SecondsSince(steady_clock::time_point begin) {
  return std::chrono::duration<double>(steady_clock::now() - begin).count();
}

// A line of /proc/PID/status, in MB.
long MegabytesOf(int pid, const char* what) {
  std::ifstream file("/proc/" + std::to_string(pid) + "/status");
  for (std::string line; std::getline(file, line);) {
    if (line.starts_with(what)) return std::stol(line.substr(line.find(':') + 1)) / 1024;
  }
  return -1;
}

int64_t Count(db::Database& database, const std::string& sql) {
  int64_t count = -1;
  MustBeOk(database.Read(db::Budget::Of(std::chrono::minutes(5)), [&](db::Session& session) -> absl::Status {
    ASSIGN_OR_RETURN(const db::Rows rows, session.Query(sql));
    count = rows.at(0, 0).AsInt();
    return absl::OkStatus();
  }));
  return count;
}

// Writes the rows that the import wrote into a table of the same form, in statements of many rows and one
// transaction for 512, on one connection. Reading them is not counted.
// `among`: a condition that goes with the key's index.
double CopyBySql(db::Database& database, const std::string& table, const std::string& key,
                 const std::string& among = "TRUE") {
  const std::string copy = "copy_of_" + table;
  double seconds = 0;
  MustBeOk(database.Read(db::Budget::Of(std::chrono::hours(1)), [&](db::Session& session) -> absl::Status {
    RETURN_IF_ERROR(session.Execute("CREATE TABLE " + copy + " LIKE " + table).status());
    ASSIGN_OR_RETURN(
        const db::Rows columns,
        session.Query(
            "SELECT column_name FROM information_schema.columns WHERE table_schema = DATABASE() "
            "AND table_name = ? AND COALESCE(generation_expression, '') = '' ORDER BY ordinal_position",
            {table}));
    std::string names;
    std::string marks;
    for (size_t i = 0; i < columns.size(); ++i) {
      names += (i == 0 ? "`" : ", `") + columns.at(i, 0).AsString() + "`";
      marks += i == 0 ? "?" : ", ?";
    }
    db::Value after;
    while (true) {
      const std::string where = " WHERE " + among + (after.is_null() ? "" : " AND " + key + " > ?");
      ASSIGN_OR_RETURN(
          const db::Rows rows,
          session.Query("SELECT " + names + " FROM " + table + where + " ORDER BY " + key + " LIMIT 512",
                        after.is_null() ? db::Params{} : db::Params{after}));
      if (rows.empty()) return absl::OkStatus();
      after = rows.at(rows.size() - 1, key);
      db::Params values;
      for (size_t i = 0; i < rows.size(); ++i) {
        for (size_t c = 0; c < columns.size(); ++c) values.push_back(rows.at(i, c));
      }
      const auto begin = steady_clock::now();
      MustBeOk(database.Transact(
          db::Budget::Of(std::chrono::minutes(5)), {}, [&](db::Transaction& tx) -> absl::Status {
            for (size_t first = 0; first < rows.size(); first += 64) {
              const size_t count = std::min<size_t>(64, rows.size() - first);
              std::string sql = "INSERT INTO " + copy + " (" + names + ") VALUES ";
              for (size_t i = 0; i < count; ++i) sql += (i == 0 ? "(" : ", (") + marks + ")";
              const auto from = values.begin() + static_cast<ptrdiff_t>(first * columns.size());
              RETURN_IF_ERROR(
                  tx.Execute(sql, db::Params(from, from + static_cast<ptrdiff_t>(count * columns.size())))
                      .status());
            }
            return absl::OkStatus();
          }));
      seconds += SecondsSince(begin);
    }
  }));
  return seconds;
}

void Run(int schools, int kills, bool compare) {
  auto fleet =
      Must(Fleet::Start({.replicas = {{"visits", 0}, {"issues", 0}, {"reporting", 0}}, .durable = true}));
  MustBeOk(testing::CreateSandbox(*fleet->ClientOf("registry", testing::Operator()), kOffice));
  const auto client = fleet->ClientOf("registry", testing::Staff(kOffice, "示例·办公室"));
  const auto database = Must(db::Database::Open(fleet->Database("registry")));
  const std::string bytes = SchoolsCsv(schools);
  auto begin = steady_clock::now();
  const std::string upload = Must(Upload(*client, kOffice, "机构.csv", bytes));
  std::printf("uploaded %.1f MB in %.1f s\n", static_cast<double>(bytes.size()) / 1e6, SecondsSince(begin));
  begin = steady_clock::now();
  const auto operation = Must(StartImport(*client, kOffice, upload));
  double waited = 0;  // from a kill until rows are written again
  long peak = 0;
  for (int kill = 1; kill <= kills; ++kill) {
    while (RowsDone(*client, operation.name()).value_or(0) < int64_t{schools} * kill / (kills + 1)) {
      peak = std::max(peak, MegabytesOf(fleet->pid(kRegistry), "VmHWM"));
      std::this_thread::sleep_for(std::chrono::milliseconds(50));
    }
    const auto killed = steady_clock::now();
    fleet->Kill9(kRegistry);
    const int64_t there = Count(*database, "SELECT COUNT(*) FROM school");
    MustBeOk(fleet->Launch(kRegistry));
    MustBeOk(fleet->AwaitServing(kRegistry));
    while (Count(*database, "SELECT COUNT(*) FROM school") == there) {
      std::this_thread::sleep_for(std::chrono::milliseconds(50));
    }
    waited += SecondsSince(killed);
    std::printf("kill -9 with %lld schools written; goes on %.1f s later\n", static_cast<long long>(there),
                SecondsSince(killed));
    std::fflush(stdout);
  }
  auto told = steady_clock::now();
  const auto response = Must(Await(*client, operation.name(), [&](int64_t done) {
    peak = std::max(peak, MegabytesOf(fleet->pid(kRegistry), "VmHWM"));
    if (SecondsSince(told) < 30) return;
    told = steady_clock::now();
    std::printf("  %lld of %d rows, %ld MB\n", static_cast<long long>(done), schools,
                MegabytesOf(fleet->pid(kRegistry), "VmRSS"));
    std::fflush(stdout);
  }));
  const double took = SecondsSince(begin) - waited;
  std::printf(
      "imported: created %d, updated %d, unchanged %d, rejected %d; in the table %lld, different numbers "
      "%lld, "
      "events %lld\n",
      response.created(), response.updated(), response.unchanged(), response.rejected_rows(),
      static_cast<long long>(Count(*database, "SELECT COUNT(*) FROM school")),
      static_cast<long long>(Count(*database, "SELECT COUNT(DISTINCT external_id) FROM school")),
      static_cast<long long>(
          Count(*database, "SELECT COUNT(*) FROM feed_event WHERE resource_type = 'inspectorate/School'")));
  std::printf("%.1f s without the pauses after kills: %.0f rows/s; the registry's memory at most %ld MB\n",
              took, schools / took, peak);
  if (!compare) return;
  const double school = CopyBySql(*database, "school", "school");
  const double codes = CopyBySql(*database, "school_ident_code", "ident_code");
  const double events = CopyBySql(*database, "feed_event", "position", "office = 'many'");
  std::printf(
      "bulk SQL: school %.1f s (%.0f rows/s); school, school_ident_code and feed_event %.1f s (%.0f rows/s): "
      "%.1f "
      "times the import\n",
      school, schools / school, school + codes + events, schools / (school + codes + events),
      took / (school + codes + events));
}

}  // namespace
}  // namespace inspectorate::import_test

int main(int argc, char** argv) {
  CLI::App app{"Imports many schools in one operation, kills the service meanwhile, compares with bulk SQL."};
  int schools = 500'000;
  int kills = 2;
  bool no_sql = false;
  app.add_option("--schools", schools)->capture_default_str();
  app.add_option("--kills", kills)->capture_default_str();
  app.add_flag("--no-sql", no_sql, "without the comparison");
  CLI11_PARSE(app, argc, argv);
  inspectorate::import_test::Run(schools, kills, !no_sql);
}
