#include <cstdio>
#include <cstdlib>

#include "common/base/macros.h"
#include "services/cli/command.h"
#include "services/cli/errors.h"

namespace inspectorate::cli {
namespace {

void AddGlobals(CLI::App& app, Globals* globals) {
  app.add_option("--home", globals->home, Say({"本机环境目录", "folder of this machine's environment"}));
  app.add_option("--lang", globals->language, "zh|en");
  app.add_option("--office", globals->office, Say({"督导室代码", "office"}));
  app.add_option("--request-id", globals->request_id, Say({"重复同一请求", "repeat the same request"}));
  app.add_flag("--json", globals->json, Say({"输出JSON", "print JSON"}));
  app.add_flag("--verbose", globals->verbose, Say({"多说一些", "say more"}));
  for (const char* service : {"registry", "visits", "issues", "reporting"}) {
    app.add_option(std::string("--") + service, globals->endpoints[service],
                   Say({"服务地址", "address of the service"}));
  }
  app.add_option("--tls-ca", globals->tls_authorities,
                 Say({"签发服务证书的CA（PEM）；不给则为明文",
                      "who signs the services' certificates (PEM); without: plain text"}))
      ->envname("INSPECTORATE_TLS_CA");
  app.add_option("--tls-certificate", globals->tls_certificate,
                 Say({"本机证书（PEM）", "certificate of this caller (PEM)"}))
      ->envname("INSPECTORATE_TLS_CERTIFICATE");
  app.add_option("--tls-key", globals->tls_key, Say({"证书的私钥", "its key"}))
      ->envname("INSPECTORATE_TLS_KEY");
}

void AddGroups(CLI::App& app) {
  AddPath(app, "office", {"督导室与沙箱时钟", "offices and their sandbox clock"});
  AddPath(app, "office clock", {"沙箱督导室的时钟", "the clock of a sandbox office"});
  AddPath(app, "add",
          {"逐条登记：学校、督学、分工、请假、回避等（成批的用 import）",
           "record one at a time; lists are imported"});
  AddPath(app, "change",
          {"逐条修改：只改写明的字段，--clear 清空", "change a record: the fields that are typed"});
  AddPath(app, "registry", {"名册", "the registry"});
  AddPath(app, "registry design", {"责任区划分方案", "proposals of areas"});
  AddPath(app, "registry rule", {"规则参数的审批（两人办理）", "rules that two persons decide"});
  AddPath(app, "registry facts", {"机构信息变更（两人办理）", "facts of a school that two persons change"});
  AddPath(app, "registry assignment", {"分工的撤销", "assignments that are called off"});
  AddPath(app, "registry delegation", {"代理的撤销", "delegations that are called off"});
  AddPath(app, "catalogue", {"事项目录：版本、比较、发布", "catalogues: versions, differences, publication"});
  AddPath(app, "plaque", {"公示牌", "plaques at the gates of schools"});
  AddPath(app, "calendar", {"工作日与教学日历、到期日", "working days, teaching months, due dates"});
  AddPath(app, "inspector", {"督学的聘任、履职与离任", "appointment, duty and leave-taking of inspectors"});
  AddPath(app, "training", {"培训与周学习", "training and weekly study"});
  AddPath(app, "training study", {"本人网络学习和自学", "own online courses and reading"});
  AddPath(app, "obligations", {"督导任务", "what is owed"});
  AddPath(app, "plan", {"月度计划", "plans of a month"});
  AddPath(app, "visits", {"督导", "visits"});
  AddPath(app, "visits finding", {"督导发现", "findings of a visit"});
  AddPath(app, "issues", {"问题与整改", "issues and their rectification"});
  AddPath(app, "issues plan", {"整改方案", "rectification plans"});
  AddPath(app, "issues dispose", {"免予、移送、合并、作废", "waiver, transfer, merge, voiding"});
  AddPath(app, "notices", {"整改通知书", "notices"});
  AddPath(app, "attachments", {"佐证材料", "evidence"});
}

void AddCommands(CLI::App& app, Chosen* chosen) {
  AddGroups(app);
  for (const CallCommand& command : AllCallCommands()) AddCallCommand(app, command, chosen);
  AddLoginCommands(app, chosen);
  AddClockCommands(app, chosen);
  AddImportCommand(app, chosen);
  AddExportCommand(app, chosen);
  AddCalendarCommands(app, chosen);
  AddTrainingCommands(app, chosen);
  AddAttachCommand(app, chosen);
  AddPlaqueCommands(app, chosen);
  AddPlaqueStepCommands(app, chosen);
  AddReportCommand(app, chosen);
  AddFeedCommands(app, chosen);
  AddRawCallCommand(app, chosen);
  AddDemoCommand(app, chosen);
}

absl::StatusOr<Context> Prepare(const Globals& globals, const Chosen& chosen) {
  ASSIGN_OR_RETURN(Environment environment, ReadEnvironment(FindHome(globals.home)));
  for (const auto& [service, endpoint] : globals.endpoints) {
    if (!endpoint.empty()) environment.endpoints[service] = endpoint;
  }
  for (const auto& [given, used] : {std::pair(&globals.tls_authorities, &environment.tls_authorities),
                                    std::pair(&globals.tls_certificate, &environment.tls_certificate),
                                    std::pair(&globals.tls_key, &environment.tls_key)}) {
    if (!given->empty()) *used = *given;
  }
  auto login = ReadLogin(environment.home);
  // Who logs in anew stays in the office they were in, unless they say otherwise.
  if (!login.ok() && chosen.needs_login) return login.status();
  Context context;
  context.globals = globals;
  context.session = std::make_unique<Session>(std::move(environment),
                                              login.ok() ? *std::move(login) : Login(), globals.office);
  // Flushed at once: what follows a feed may be read through a pipe.
  context.out = [](const std::string& text) {
    std::fwrite(text.data(), 1, text.size(), stdout);
    std::fflush(stdout);
  };
  context.note = [](const std::string& text) { std::fwrite(text.data(), 1, text.size(), stderr); };
  return context;
}

absl::Status Run(const Globals& globals, const Chosen& chosen) {
  ASSIGN_OR_RETURN(Context context, Prepare(globals, chosen));
  return chosen.action(context);
}

}  // namespace

int Main(int argc, char** argv) {
  SetLanguage(ChooseLanguage(argc, argv, std::getenv("LANG")));
  CLI::App app(Say({"教育督导平台命令行", "command line of the education inspection platform"}),
               "inspectorate");
  app.require_subcommand(1);
  app.set_help_all_flag("--help-all", Say({"全部命令", "all commands"}));
  app.footer(
      Say({"退出码：0 成功，2 用法或请求有误，3 未登录或无权，4 没有找到，5 状态不允许，6 暂不可用，1 其他",
           "exit codes: 0 done, 2 wrong use or request, 3 not logged in or entitled, 4 not found, "
           "5 refused in this state, 6 not available now, 1 anything else"}));
  Globals globals;
  Chosen chosen;
  AddGlobals(app, &globals);
  AddCommands(app, &chosen);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : 2;
  }
  const absl::Status status = Run(globals, chosen);
  if (status.ok()) return 0;
  const std::string text = globals.json ? RenderErrorJson(status) : RenderError(status);
  std::fwrite(text.data(), 1, text.size(), stderr);
  return ExitCodeOf(status);
}

}  // namespace inspectorate::cli
