// The demo district's loop as a command.
#include <unistd.h>

#include <iostream>

#include "common/base/macros.h"
#include "services/cli/command.h"
#include "services/cli/demo/demo.h"

namespace inspectorate::cli {
namespace {

struct DemoWords {
  std::string district = "deploy/local/district/zhanhua";
  std::string out;
  int workers = 6;
};

absl::Status RunDemo(Context& context, const DemoWords& words) {
  const Environment& environment = context.session->environment();
  demo::DemoOptions options;
  options.endpoints = environment.endpoints;
  for (const char* service : {"registry", "visits", "issues", "reporting"}) {
    RETURN_IF_ERROR(context.session->ClientOf(service).status());
  }
  if (environment.issuer_key.empty() || access(environment.issuer_key.c_str(), R_OK) != 0) {
    return UserError({"演示须在本机环境中运行（deploy/local/up）",
                      "the demo needs the local environment (deploy/local/up)"});
  }
  ASSIGN_OR_RETURN(options.issuer, auth::TokenIssuer::LoadOrCreate(environment.issuer_key, environment.issuer,
                                                                   environment.audience));
  options.district = words.district;
  options.out = words.out.empty() ? environment.home + "/report" : words.out;
  options.workers = words.workers;
  options.progress = isatty(STDERR_FILENO) != 0;
  return demo::RunDemo(std::move(options), std::cout);
}

}  // namespace

void AddDemoCommand(CLI::App& app, Chosen* chosen) {
  auto words = std::make_shared<DemoWords>();
  CLI::App* demo =
      AddPath(app, "demo", {"演示区一个月的闭环", "the loop of the demo district over one month"});
  demo->add_option("--district", words->district,
                   Say({"名册和情节所在目录", "folder with the lists and acts"}));
  demo->add_option("--out", words->out, Say({"报表写入目录", "folder for the report's files"}));
  demo->add_option("--workers", words->workers, Say({"同时办理的学校数", "schools acted at the same time"}));
  demo->callback([chosen, words] {
    chosen->needs_login = false;
    chosen->action = [words](Context& context) { return RunDemo(context, *words); };
  });
}

}  // namespace inspectorate::cli
