// `perf_load COMMAND …`: the pieces from which tests/perf/run makes a measurement.
#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <fstream>
#include <iostream>
#include <map>
#include <nlohmann/json.hpp>
#include <thread>

#include "absl/status/statusor.h"
#include "common/base/macros.h"
#include "common/base/uuid.h"
#include "common/rpc/client.h"
#include "inspectorate/feed/v1/feed.pb.h"
#include "inspectorate/registry/v1/office.pb.h"
#include "inspectorate/registry/v1/school.pb.h"
#include "tests/perf/load/bare.h"
#include "tests/perf/load/calls.h"
#include "tests/perf/load/cpu.h"
#include "tests/perf/load/rpc_load.h"
#include "tests/perf/load/statements.h"

namespace inspectorate::perf {
namespace {

using nlohmann::json;
using std::chrono::milliseconds;

json ReadJson(const std::string& file) {
  std::ifstream in(file);
  json document = json::parse(in, nullptr, false);
  if (document.is_discarded()) {
    std::cerr << "cannot read " << file << "\n";
    std::exit(2);
  }
  return document;
}

template <class T>
T Must(absl::StatusOr<T> result) {
  if (!result.ok()) {
    std::cerr << result.status().ToString() << "\n";
    std::exit(1);
  }
  return *std::move(result);
}

std::unique_ptr<rpc::Client> Connect(const std::string& target, const std::string& token) {
  return rpc::Client::Connect({.target = target, .token = [token] { return token; }});
}

// --- seed --------------------------------------------------------------------------------------------------

registry::v1::School ExampleSchool(const std::string& office, int number, int serial) {
  registry::v1::School school;
  school.set_office("offices/" + office);
  school.set_display_name("示例县实验小学第" + std::to_string(number) + "分校");
  school.set_short_name("实小" + std::to_string(number));
  school.set_kind(registry::v1::PRIMARY);
  school.set_external_id("S" + std::to_string(number));
  char code[11];
  std::snprintf(code, sizeof code, "2137%06d", serial);
  school.set_ident_code(code);
  school.set_organiser("811");
  school.set_urban_rural("121");
  school.set_town("371601001");
  school.set_address("示例镇教育路" + std::to_string(number % 900) + "号");
  school.set_latitude(37.38);
  school.set_longitude(118.02);
  school.set_students(600 + number % 900);
  school.set_canteen(true);
  return school;
}

// Offices and schools through the service's own methods; what the other commands take as keys.
void Seed(const json& stage, const std::string& target, int schools, const std::string& out) {
  json keys = json::array();
  auto platform = Connect(target, stage["operator"]);
  size_t sizes[4] = {};
  for (const json& office : stage["offices"]) {
    registry::v1::CreateOfficeRequest create;
    const std::string slug = office["slug"];
    create.set_office_id(slug);
    create.mutable_office()->set_display_name("示例区人民政府教育督导室");
    create.mutable_office()->set_level(registry::v1::COUNTY);
    create.mutable_office()->set_jurisdiction("37");
    create.mutable_office()->set_document_prefix("示教督改");
    Must(platform->Call<registry::v1::Office>("inspectorate.registry.v1.Offices.CreateOffice", create));
    auto staff = Connect(target, office["token"]);
    for (int i = 0; i < schools; ++i) {
      registry::v1::CreateSchoolRequest request;
      *request.mutable_school() = ExampleSchool(slug, i, static_cast<int>(keys.size()));
      const auto school =
          Must(staff->Call<registry::v1::School>("inspectorate.registry.v1.Schools.CreateSchool", request));
      keys.push_back({{"id", school.name().substr(school.name().find('/') + 1)}, {"office", slug}});
      sizes[1] = sizes[3] = school.ByteSizeLong();
    }
  }
  std::vector<SchoolKey> first{{.id = keys[0]["id"], .office = keys[0]["office"], .revision = 1}};
  sizes[0] = GetSchools(first)->Request(0).Length();
  sizes[2] = UpdateSchools(first)->Request(0).Length();
  std::ofstream(out) << json{{"schools", keys},
                             {"sizes", {{"get", {sizes[0], sizes[1]}}, {"update", {sizes[2], sizes[3]}}}}}
                            .dump();
}

// All rows of one schema into another of the same form, in place of what is there.
void Copy(const json& stage, const std::string& from, const std::string& to) {
  BareConnection connection({.socket = stage["socket"], .schema = to});
  const auto tables = connection.Ask(
      "SELECT table_name FROM information_schema.tables WHERE table_schema = '" + from +
      "' AND table_type = 'BASE TABLE' AND table_name NOT IN ('schema_migrations', 'feed_identity')");
  for (const auto& table : tables) {
    std::string columns;
    for (const auto& column : connection.Ask(
             "SELECT column_name FROM information_schema.columns WHERE table_schema = '" + from +
             "' AND table_name = '" + table[0] + "' AND generation_expression IS NULL ORDER BY 1")) {
      columns += (columns.empty() ? "`" : ", `") + column[0] + "`";
    }
    connection.Run("DELETE FROM `" + table[0] + "`");
    connection.Run("INSERT INTO `" + table[0] + "` (" + columns + ") SELECT " + columns + " FROM `" + from +
                   "`.`" + table[0] + "`");
  }
}

// --- rounds ------------------------------------------------------------------------------------------------

class Round {
 public:
  explicit Round(json config)
      : config_(std::move(config)),
        stage_(ReadJson(config_["stage"])),
        seed_(ReadJson(config_["seed"])),
        warm_(config_.value("warm_ms", 200)),
        run_(config_.value("run_ms", 1000)) {
    for (const json& office : stage_["offices"])
      authorizations_[office["slug"]] = "Bearer " + office["token"].get<std::string>();
  }

  json Run() {
    json results = json::object();
    for (const json& cell : config_["cells"]) {
      results[cell["id"].get<std::string>()] = Measure(cell, results);
    }
    return results;
  }

  DatabaseAt At(const json& cell) const {
    return {.socket = stage_["socket"], .schema = cell.value("schema", "")};
  }

  // The schools of a cell, with the revisions that they have now.
  std::vector<SchoolKey> Schools(const json& cell) const {
    std::map<std::string, int64_t> revisions;
    BareConnection connection(At(cell));
    for (const auto& row : connection.Ask("SELECT LOWER(HEX(school)), revision FROM school"))
      revisions[row[0]] = std::stoll(row[1]);
    std::vector<SchoolKey> keys;
    const std::string only = cell.value("offices", 8) == 1 ? stage_["offices"][0]["slug"] : "";
    for (const json& school : seed_["schools"]) {
      SchoolKey key{.id = school["id"], .office = school["office"]};
      if (!only.empty() && key.office != only) continue;
      std::string hex = key.id;
      std::erase(hex, '-');
      key.revision = revisions[hex];
      key.authorization = authorizations_.at(key.office);
      keys.push_back(std::move(key));
    }
    return keys;
  }

  std::unique_ptr<Calls> CallsOf(const json& cell) const {
    const std::string call = cell["call"];
    if (call == "get") return GetSchools(Schools(cell));
    if (call == "update") return UpdateSchools(Schools(cell));
    std::vector<std::string> tokens;
    for (const auto& [slug, authorization] : authorizations_) tokens.push_back(authorization);
    const bool read = call == "empty_read";
    const json& sizes = seed_["sizes"][read ? "get" : "update"];
    return EmptyCalls(read ? "Read" : "Write", tokens, sizes[0], sizes[1]);
  }

 private:
  Load LoadOf(const json& cell, const json& earlier) const {
    const std::string kind = cell["kind"];
    if (kind == "bare") {
      return RunBare(At(cell), ReadStatements(cell["statements"]), Schools(cell), cell["callers"], warm_,
                     run_);
    }
    const std::unique_ptr<Calls> calls = CallsOf(cell);
    const int callers = cell.value("callers", 8);
    RpcClient client(cell["target"], callers);
    if (kind == "closed") return client.Closed(*calls, callers, warm_, run_);
    const double full = earlier[cell["share_of"].get<std::string>()]["rate"];
    return client.Open(*calls, full * cell["share"].get<double>(), warm_, run_,
                       config_.value("seed_number", 1));
  }

  json Measure(const json& cell, const json& earlier) const {
    const std::vector<pid_t> pids{stage_["database_pid"].get<pid_t>(), cell.value("pid", 0)};
    const auto before = CpuSeconds(pids);
    const Clock::time_point begin = Clock::now();
    Load load = LoadOf(cell, earlier);
    const double wall = std::chrono::duration<double>(Clock::now() - begin).count();
    auto used = CpuSeconds(pids);
    for (size_t i = 0; i < used.size(); ++i) used[i] -= before[i];
    // Processor time is of the whole piece, warming included.
    const double calls = load.rate() * std::chrono::duration<double>(warm_ + run_).count();
    auto per_call = [&](double seconds) { return calls > 0 ? seconds / calls * 1e6 : 0; };
    return {{"rate", load.rate()},
            {"p50", load.Percentile(50)},
            {"p99", load.Percentile(99)},
            {"failed", load.failed},
            {"first_failure", load.first_failure},
            {"cpu_client", per_call(used[0])},
            {"cpu_database", per_call(used[1])},
            {"cpu_server", per_call(used[2])},
            {"others", (used[3] - used[0] - used[1] - used[2]) / wall}};
  }

  const json config_;
  const json stage_;
  const json seed_;
  const milliseconds warm_;
  const milliseconds run_;
  std::map<std::string, std::string> authorizations_;
};

// --- statements --------------------------------------------------------------------------------------------

constexpr int kLooks = 8;

// The file holds what one call really sends; 1 with both sides shown where it does not.
int CheckStatements(const json& config, const std::string& id, bool print) {
  const Round round(config);
  for (const json& cell : config["cells"]) {
    if (cell["id"] != id) continue;
    auto calls = round.CallsOf(cell);
    RpcClient client(cell["target"], 1);
    std::string failure = client.Once(*calls);  // prepares
    std::vector<std::string> kept;
    for (const StatementText& text : ReadStatements(cell["statements"]))
      kept.push_back(WithoutLiterals(text.sql));
    std::vector<std::string> sent;
    // A connection that is new, or has another time limit, sends one statement more: then another look.
    for (int look = 0; failure.empty() && sent != kept && look < kLooks; ++look)
      sent = StatementsOf(round.At(cell), [&] { failure = client.Once(*calls); });
    if (failure.empty()) {
      if (print || sent != kept) {
        std::cout << "sent:\n";
        for (const std::string& sql : sent) std::cout << "  " << sql << "\n";
        std::cout << "kept in " << cell["statements"].get<std::string>() << ":\n";
        for (const std::string& sql : kept) std::cout << "  " << sql << "\n";
      }
      return sent == kept ? 0 : 1;
    }
    std::cerr << "the call failed: " << failure << "\n";
    return 1;
  }
  return 2;
}

// --- single pieces -----------------------------------------------------------------------------------------

// Prints CLOCK_MONOTONIC, in seconds, of the moment when the service says SERVING.
int AwaitServing(const std::string& target) {
  const auto until = Clock::now() + std::chrono::seconds(60);
  while (Clock::now() < until) {
    // A client of its own each time: one that was refused waits a second before it tries again.
    if (Connect(target, "")->CheckHealth(milliseconds(500)).ok()) {
      std::cout << std::chrono::duration<double>(Clock::now().time_since_epoch()).count() << "\n";
      return 0;
    }
    std::this_thread::sleep_for(milliseconds(1));
  }
  std::cerr << target << " does not serve\n";
  return 1;
}

// Opens streams, each on a connection of its own as clients have, says so, and keeps them until input ends.
int HoldStreams(const std::string& target, const std::string& token_file, const std::string& office,
                int count) {
  std::ifstream in(token_file);
  std::string token;
  std::getline(in, token);
  std::atomic<bool> stop{false};
  std::atomic<int> open{0};
  std::atomic<int> ended{0};
  std::vector<std::thread> threads;
  for (int i = 0; i < count; ++i) {
    threads.emplace_back([&] {
      auto client = Connect(target, token);
      feed::v1::WatchChangesRequest request;
      request.set_parent("offices/" + office);
      bool first = true;
      client
          ->Stream(
              "inspectorate.feed.v1.ChangeFeed.WatchChanges", request, feed::v1::WatchChangesResponse(),
              [&](const rpc::Message&) {
                if (first) ++open;
                first = false;
                return !stop;
              },
              [&] { return stop.load(); })
          .IgnoreError();
      ++ended;
    });
  }
  const auto until = Clock::now() + std::chrono::seconds(60);
  while (open < count && ended == 0 && Clock::now() < until) std::this_thread::sleep_for(milliseconds(20));
  std::cout << open << " open" << std::endl;
  char byte = 0;
  while (::read(STDIN_FILENO, &byte, 1) > 0) {
  }
  const bool lost = ended > 0;
  stop = true;
  for (std::thread& thread : threads) thread.join();
  return lost || open < count ? 1 : 0;
}

int Main(int argc, char** argv) {
  CLI::App app{"Makes and measures calls"};
  app.require_subcommand(1);
  std::string stage, target, out, config, id, token_file, office;
  int count = 0;
  bool print = false;

  CLI::App* seed = app.add_subcommand("seed", "Creates offices and schools");
  seed->add_option("stage", stage)->required();
  seed->add_option("target", target)->required();
  seed->add_option("schools", count, "In each office")->required();
  seed->add_option("out", out)->required();

  CLI::App* copy = app.add_subcommand("copy", "Copies the rows of one schema into another");
  copy->add_option("stage", stage)->required();
  copy->add_option("from", target)->required();
  copy->add_option("to", out)->required();

  CLI::App* round = app.add_subcommand("round", "Measures the cells of a configuration, one after the other");
  round->add_option("config", config)->required();
  round->add_option("out", out)->required();

  CLI::App* statements = app.add_subcommand("statements", "Compares the statements of a cell with its file");
  statements->add_option("config", config)->required();
  statements->add_option("cell", id)->required();
  statements->add_flag("--print", print);

  CLI::App* serving = app.add_subcommand("serving", "Waits until a service answers SERVING");
  serving->add_option("target", target)->required();

  CLI::App* streams = app.add_subcommand("streams", "Holds Watch streams open");
  streams->add_option("target", target)->required();
  streams->add_option("token_file", token_file)->required();
  streams->add_option("office", office)->required();
  streams->add_option("count", count)->required();
  CLI11_PARSE(app, argc, argv);

  if (*seed) {
    Seed(ReadJson(stage), target, count, out);
    return 0;
  }
  if (*copy) {
    Copy(ReadJson(stage), target, out);
    return 0;
  }
  if (*round) {
    const std::string results = Round(ReadJson(config)).Run().dump(1);
    std::ofstream(out) << results;
    return 0;
  }
  if (*statements) return CheckStatements(ReadJson(config), id, print);
  if (*serving) return AwaitServing(target);
  return HoldStreams(target, token_file, office, count);
}

}  // namespace
}  // namespace inspectorate::perf

int main(int argc, char** argv) { return inspectorate::perf::Main(argc, argv); }
