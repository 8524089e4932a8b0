// What the measurements stand on: a durable private MariaDB, an issuer and its tokens. `perf_stage DIRECTORY
// OFFICES` starts the database, writes DIRECTORY/stage.json and stays until its input ends.
#include <unistd.h>

#include <cstdio>
#include <fstream>
#include <iostream>
#include <nlohmann/json.hpp>
#include <string>

#include "common/auth/jwt.h"
#include "common/base/macros.h"
#include "common/base/uuid.h"
#include "common/db/private/private_server.h"

namespace inspectorate::perf {
namespace {

constexpr char kIssuer[] = "inspectorate-perf";
constexpr char kAudience[] = "inspectorate";
constexpr auto kLifetime = std::chrono::hours(12);

absl::StatusOr<nlohmann::json> Tokens(const std::string& directory, int offices) {
  ASSIGN_OR_RETURN(auto issuer,
                   auth::TokenIssuer::LoadOrCreate(directory + "/issuer.jwk", kIssuer, kAudience));
  std::ofstream(directory + "/jwks.json") << issuer->Jwks();
  nlohmann::json stage = {{"issuer", kIssuer}, {"audience", kAudience}, {"offices", nlohmann::json::array()}};
  auto issue = [&](const std::string& subject, const std::string& name, rpc::Role role,
                   const std::string& office) {
    return issuer->Issue({.subject = subject, .display_name = name, .role = role, .office = office},
                         kLifetime);
  };
  ASSIGN_OR_RETURN(stage["operator"],
                   issue("operators/perf", "operator", rpc::Role::ROLE_PLATFORM_OPERATOR, "-"));
  for (const char* name : {"registry", "visits", "issues", "reporting"}) {
    const std::string self = std::string("services/") + name;
    ASSIGN_OR_RETURN(std::string token, issue(self, self, rpc::Role::ROLE_SERVICE, "-"));
    stage["services"][name] = token;
    std::ofstream(directory + "/" + name + ".token") << token;
  }
  for (int i = 0; i < offices; ++i) {
    const std::string slug = "office-" + std::to_string(i);
    const std::string subject = "offices/" + slug + "/staff/" + FormatUuid(RandomUuid());
    ASSIGN_OR_RETURN(std::string token, issue(subject, "示例·办公室", rpc::Role::ROLE_DISTRICT_OFFICE, slug));
    stage["offices"].push_back({{"slug", slug}, {"subject", subject}, {"token", token}});
  }
  return stage;
}

absl::Status Run(const std::string& directory, int offices) {
  ASSIGN_OR_RETURN(nlohmann::json stage, Tokens(directory, offices));
  // As an office's database would be: durable, with room for the working set and for a log of some minutes.
  ASSIGN_OR_RETURN(
      auto server,
      db::PrivateServer::Start({.data_dir = directory + "/data",
                                .buffer_pool_mib = 1024,
                                .max_connections = 400,
                                .durable = true,
                                .mysql_root = db::kInstalledMariaDb,
                                .arguments = {"--innodb-log-file-size=512M", "--table-open-cache=2000"}}));
  stage["socket"] = server->socket();
  stage["database_pid"] = server->pid();
  std::ofstream(directory + "/stage.json.draft") << stage.dump(1);
  std::rename((directory + "/stage.json.draft").c_str(), (directory + "/stage.json").c_str());
  char byte = 0;
  while (::read(STDIN_FILENO, &byte, 1) > 0) {
  }
  return absl::OkStatus();
}

}  // namespace
}  // namespace inspectorate::perf

int main(int argc, char** argv) {
  if (argc != 3) {
    std::cerr << "perf_stage DIRECTORY OFFICES\n";
    return 2;
  }
  const absl::Status status = inspectorate::perf::Run(argv[1], std::stoi(argv[2]));
  if (!status.ok()) std::cerr << status.ToString() << "\n";
  return status.ok() ? 0 : 1;
}
