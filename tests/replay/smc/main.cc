// smc_replay: the county's records into a running platform (deploy/local/up). README.md says what becomes of
// what.
#include <CLI/CLI.hpp>
#include <cstdlib>
#include <fstream>
#include <iostream>
#include <nlohmann/json.hpp>

#include "common/base/file.h"
#include "common/base/macros.h"
#include "tests/replay/smc/outcome.h"
#include "tests/replay/smc/replay.h"

namespace inspectorate::smc {
namespace {

struct Flags {
  std::string data;
  std::string home = ".inspectorate";
  std::string office = "sanmateo";
  std::string until;
  std::string month;
  std::string out = ".";
  bool full = false;
  bool report_only = false;
  int workers = 6;
};

std::string DataFolder() {
  const char* given = std::getenv("INSPECTORATE_DATA");
  return given != nullptr && *given != '\0' ? given : "../shared/data";
}

absl::StatusOr<std::vector<Place>> ReadPlaces(const Flags& flags) {
  const std::string folder = (flags.data.empty() ? DataFolder() : flags.data) + "/smc-inspections/";
  if (!flags.full) {
    ASSIGN_OR_RETURN(const std::string json, ReadFile(folder + "schools_only.json"));
    return ParseSchools(json);
  }
  ASSIGN_OR_RETURN(const std::string facilities, ReadFile(folder + "facilities.csv"));
  ASSIGN_OR_RETURN(const std::string inspections, ReadFile(folder + "inspections.csv"));
  ASSIGN_OR_RETURN(const std::string violations, ReadFile(folder + "violations.csv"));
  return ParseLists(facilities, inspections, violations);
}

struct Platform {
  std::map<std::string, std::string> endpoints;
  std::string issuer_key;
  std::string issuer = "inspectorate-local";
  std::string audience = "inspectorate";

  absl::StatusOr<std::unique_ptr<auth::TokenIssuer>> OpenIssuer() const {
    return auth::TokenIssuer::LoadOrCreate(issuer_key, issuer, audience);
  }
};

// What the launcher writes into its home.
absl::StatusOr<Platform> FindPlatform(const std::string& home) {
  ASSIGN_OR_RETURN(const std::string text, ReadFile(home + "/endpoints.json"));
  const auto json = nlohmann::json::parse(text, nullptr, /*allow_exceptions=*/false);
  if (!json.is_object()) return absl::InvalidArgumentError(home + "/endpoints.json is not an object");
  Platform platform;
  for (const char* service : {"registry", "visits", "issues", "reporting"}) {
    platform.endpoints[service] = json.value(service, "");
  }
  platform.issuer_key = json.value("issuer_key", "");
  platform.issuer = json.value("issuer", platform.issuer);
  platform.audience = json.value("audience", platform.audience);
  return platform;
}

absl::Status Write(const std::string& path, const std::string& content) {
  std::ofstream file(path, std::ios::binary | std::ios::trunc);
  file << content;
  return file.good() ? absl::OkStatus() : absl::InternalError("cannot write " + path);
}

absl::Status PrintOutcome(const Flags& flags, const Platform& platform) {
  ASSIGN_OR_RETURN(auto issuer, platform.OpenIssuer());
  Outcome outcome(platform.endpoints, std::move(issuer), flags.office);
  if (!flags.month.empty()) {
    ASSIGN_OR_RETURN(const Date month, ParseDate(flags.month + "-01"));
    for (auto format : {reporting::v1::TEXT, reporting::v1::XLSX}) {
      ASSIGN_OR_RETURN(const auto report, outcome.MonthReport(month, NextMonth(NextMonth(month)), format));
      RETURN_IF_ERROR(Write(flags.out + "/" + report.file_name(), report.content()));
      std::cout << flags.out << "/" << report.file_name() << "\n";
    }
  }
  ASSIGN_OR_RETURN(const auto audit, outcome.Audit());
  for (const auto& equation : audit.equations()) std::cout << equation.text_en() << "\n";
  return audit.holds() ? absl::OkStatus() : absl::FailedPreconditionError("an equation does not hold");
}

absl::Status Run(const Flags& flags) {
  ASSIGN_OR_RETURN(const Platform platform, FindPlatform(flags.home));
  if (!flags.report_only) {
    ASSIGN_OR_RETURN(const std::vector<Place> places, ReadPlaces(flags));
    ASSIGN_OR_RETURN(auto issuer, platform.OpenIssuer());
    ReplayOptions options{.endpoints = platform.endpoints,
                          .issuer = std::move(issuer),
                          .office = flags.office,
                          .workers = flags.workers,
                          .until = {},
                          .stop_after_calls = 0,
                          .say = [](const std::string& line) { std::cerr << line << std::endl; }};
    if (!flags.until.empty()) {
      ASSIGN_OR_RETURN(options.until, ParseDate(flags.until));
    }
    ReplayResult result;
    RETURN_IF_ERROR(RunReplay(std::move(options), places, &result));
    std::cout << result.days << " days, " << result.visits << " visits, " << result.findings << " findings, "
              << result.calls << " calls in " << result.seconds
              << " s: " << static_cast<double>(result.visits) / result.seconds << " visits/s, "
              << static_cast<double>(result.findings) / result.seconds << " findings/s, "
              << static_cast<double>(result.calls) / result.seconds << " calls/s\n";
  }
  return PrintOutcome(flags, platform);
}

}  // namespace
}  // namespace inspectorate::smc

int main(int argc, char** argv) {
  inspectorate::smc::Flags flags;
  CLI::App app("Replays San Mateo County's food inspections into a sandbox office of a running platform");
  app.add_option("--data", flags.data,
                 "folder that holds smc-inspections/ ($INSPECTORATE_DATA, ../shared/data)");
  app.add_option("--home", flags.home, "home of the local platform, with its endpoints.json");
  app.add_option("--office", flags.office, "id of the sandbox office");
  app.add_option("--until", flags.until, "replay the days before this one");
  app.add_option("--workers", flags.workers, "places acted at the same time");
  app.add_option("--month", flags.month, "write this month's report (2017-03) as text and workbook");
  app.add_option("--out", flags.out, "folder for the reports");
  app.add_flag("--full", flags.full, "the full set instead of the schools only");
  app.add_flag("--report-only", flags.report_only, "replay nothing, only tell the outcome");
  CLI11_PARSE(app, argc, argv);
  const absl::Status status = inspectorate::smc::Run(flags);
  if (status.ok()) return 0;
  std::cerr << "smc_replay: " << status.ToString() << std::endl;
  return 1;
}
