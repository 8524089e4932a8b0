// inspectorate-demo: runs the demo district's loop against the services of this machine.
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <fstream>
#include <iostream>
#include <nlohmann/json.hpp>

#include "services/cli/demo/demo.h"

int main(int argc, char** argv) {
  using namespace inspectorate;
  std::string home = ".inspectorate/demo";
  demo::DemoOptions options;
  options.district = "deploy/local/district/zhanhua";
  CLI::App app{"Runs the demo district's loop: lists, plan, visits, issues, look-backs, report, audit"};
  app.add_option("--home", home, "Folder with endpoints.json, written by deploy/local/up");
  app.add_option("--district", options.district, "Folder with the lists and acts of the district");
  app.add_option("--out", options.out, "Folder for the report's files; default: HOME/report");
  app.add_option("--workers", options.workers, "Schools acted at the same time");
  CLI11_PARSE(app, argc, argv);
  if (options.out.empty()) options.out = home + "/report";
  options.progress = ::isatty(STDERR_FILENO) != 0;

  const auto endpoints = nlohmann::json::parse(std::ifstream(home + "/endpoints.json"), nullptr, false);
  if (!endpoints.is_object()) {
    std::cerr << "no services here: " << home << "/endpoints.json is missing; start deploy/local/up first\n";
    return 2;
  }
  for (const char* service : {"registry", "visits", "issues", "reporting"}) {
    options.endpoints[service] = endpoints.value(service, "");
  }
  auto issuer = auth::TokenIssuer::LoadOrCreate(endpoints.value("issuer_key", ""),
                                                endpoints.value("issuer", "inspectorate-local"),
                                                endpoints.value("audience", "inspectorate"));
  if (!issuer.ok()) {
    std::cerr << issuer.status().message() << "\n";
    return 2;
  }
  options.issuer = *std::move(issuer);
  absl::Status status = demo::RunDemo(std::move(options), std::cout);
  if (status.ok()) return 0;
  std::cerr << "demo: " << status.message() << "\n";
  return 1;
}
