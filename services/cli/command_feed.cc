// Commands over every service: watch, watermarks, and any call by name.
#include <google/protobuf/util/json_util.h>

#include <csignal>

#include "common/base/macros.h"
#include "inspectorate/feed/v1/feed.pb.h"
#include "services/cli/command.h"
#include "services/cli/contract.h"
#include "services/cli/render.h"

namespace inspectorate::cli {
namespace {

volatile std::sig_atomic_t g_interrupted = 0;

struct WatchWords {
  std::string service;
  uint64_t from = 0;
};

void PrintChange(const Context& context, const feed::v1::Change& change) {
  if (context.globals.json) {
    context.Print(change);
    return;
  }
  context.out(std::to_string(change.position()) + "  " +
              FieldText(change, *change.GetDescriptor()->FindFieldByName("occur_time")) + "  " +
              change.event() + "  " + change.resource() + "  r" + std::to_string(change.revision()) + "  " +
              change.actor_name() + "\n");
}

absl::Status RunWatch(Context& context, const WatchWords& words) {
  ASSIGN_OR_RETURN(rpc::Client * client, context.session->ClientOf(words.service));
  feed::v1::WatchChangesRequest request;
  request.set_parent(context.OfficeName());
  feed::v1::Cursor* cursor = request.add_cursors();
  cursor->set_office(context.session->office());
  cursor->set_after_position(words.from);
  std::signal(SIGINT, [](int) { g_interrupted = 1; });
  return client->Stream(
      "inspectorate.feed.v1.ChangeFeed.WatchChanges", request,
      feed::v1::WatchChangesResponse::default_instance(),
      [&](const Message& message) {
        for (const auto& change : static_cast<const feed::v1::WatchChangesResponse&>(message).changes()) {
          PrintChange(context, change);
        }
        return true;
      },
      [] { return g_interrupted != 0; });
}

absl::Status RunWatermarks(Context& context) {
  Table table{.head = {Say({"服务", "service"}), Say({"自身位置", "position"}), Say({"来源", "source"}),
                       Say({"已应用", "applied"})},
              .rows = {}};
  const MethodDescriptor& method = *FindMethodByName("feed.v1.ChangeFeed.GetWatermarks");
  feed::v1::GetWatermarksRequest request;
  request.set_parent(context.OfficeName());
  for (const auto& [service, endpoint] : context.session->environment().endpoints) {
    ASSIGN_OR_RETURN(const MessagePtr answer, context.session->Call(method, request, service));
    const auto& marks = static_cast<const feed::v1::GetWatermarksResponse&>(*answer);
    if (context.globals.json) context.Print(marks);
    table.rows.push_back({service, std::to_string(marks.position()), "", ""});
    for (const auto& mark : marks.watermarks()) {
      table.rows.push_back({service, "", mark.source(), std::to_string(mark.position())});
    }
  }
  if (!context.globals.json) context.out(RenderTable(table));
  return absl::OkStatus();
}

struct RawWords {
  std::string method;
  std::string json = "{}";
  std::string service;
};

absl::Status RunRaw(Context& context, const RawWords& words) {
  const MethodDescriptor* method = FindMethodByName(words.method);
  if (method == nullptr) return UserError({"没有这个方法", "no such method"}, words.method);
  const MessagePtr request = NewMessage(*method->input_type());
  const auto parsed = google::protobuf::util::JsonStringToMessage(words.json, request.get());
  if (!parsed.ok())
    return UserError({"请求不合契约", "the request does not fit the contract"},
                     std::string(parsed.message()));
  ASSIGN_OR_RETURN(const MessagePtr answer, context.session->Call(*method, *request, words.service));
  context.out(RenderJson(*answer));
  return absl::OkStatus();
}

}  // namespace

void AddFeedCommands(CLI::App& app, Chosen* chosen) {
  auto words = std::make_shared<WatchWords>();
  CLI::App* watch = AddPath(app, "watch", {"跟随某服务的变更", "follow the changes of a service"});
  watch->add_option("SERVICE", words->service, "registry|visits|issues|reporting")->required();
  watch->add_option("--from", words->from, Say({"从该位置之后开始", "begin after this position"}));
  watch->callback(
      [chosen, words] { chosen->action = [words](Context& context) { return RunWatch(context, *words); }; });
  AddPath(app, "watermarks", {"各服务的进度", "how far each service has come"})->callback([chosen] {
    chosen->action = RunWatermarks;
  });
}

void AddRawCallCommand(CLI::App& app, Chosen* chosen) {
  auto words = std::make_shared<RawWords>();
  CLI::App* call = AddPath(app, "call", {"按全名调用任一方法", "call any method by its name"});
  call->add_option("METHOD", words->method, "inspectorate.visits.v1.Visits.GetVisit")->required();
  call->add_option("JSON", words->json);
  call->add_option("--service", words->service,
                   Say({"哪个服务（各服务共有的方法）", "which service, for methods all offer"}));
  call->callback(
      [chosen, words] { chosen->action = [words](Context& context) { return RunRaw(context, *words); }; });
}

}  // namespace inspectorate::cli
