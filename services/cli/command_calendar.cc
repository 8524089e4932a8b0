// Papers of the State Council, from the files they are written down in.
#include "common/base/macros.h"
#include "inspectorate/registry/v1/calendar.pb.h"
#include "services/cli/command.h"
#include "services/cli/contract.h"
#include "services/cli/fields.h"
#include "services/cli/render.h"

namespace inspectorate::cli {
namespace {

struct PaperWords {
  std::string papers;
  std::string days;
  std::string etag;
};

std::string DayWord(bool worked) {
  return worked ? Say({"工作日", "working day"}) : Say({"休息日", "rest day"});
}

std::string RenderEffect(const registry::v1::CalendarEffect& effect) {
  std::string out;
  for (const auto& paper : effect.papers()) {
    out += paper.number() + "  " +
           TermOf(*registry::v1::PaperNews_descriptor()->FindValueByNumber(paper.news())) + "\n";
  }
  Table days{.head = {Say({"日期", "day"}), Say({"原为", "was"}), Say({"改为", "becomes"}),
                      Say({"节日", "holiday"})},
             .rows = {}};
  for (const auto& day : effect.days()) {
    days.rows.push_back({DateText(day.date()), DayWord(day.working_before()), DayWord(day.working_after()),
                         day.display_name()});
  }
  if (!days.rows.empty()) out += RenderTable(days);
  for (const auto& year : effect.years()) {
    out += std::to_string(year.year()) + Say({"年工作日 ", ": working days "}) +
           std::to_string(year.working_days_before()) + " → " + std::to_string(year.working_days_after()) +
           "\n";
  }
  for (const auto& office : effect.offices()) {
    out += office.office() + Say({"  公示 ", "  public notices "}) + std::to_string(office.moved_notices()) +
           Say({"，问题和通知书期限 ", ", terms of issues and notices "}) +
           std::to_string(office.moved_issue_terms()) + Say({"，回头看 ", ", look-backs "}) +
           std::to_string(office.moved_look_backs()) + "\n";
  }
  for (const std::string& service : effect.unanswered())
    out += Say({"未能询问：", "could not be asked: "}) + service + "\n";
  return out;
}

absl::StatusOr<registry::v1::CalendarEffect> CallWith(Context& context, const char* method,
                                                      const Message& request) {
  ASSIGN_OR_RETURN(const MessagePtr answer, context.session->Call(*FindMethodByName(method), request));
  return static_cast<const registry::v1::CalendarEffect&>(*answer);
}

void Show(Context& context, const registry::v1::CalendarEffect& effect) {
  if (context.globals.json) return context.Print(effect);
  context.out(RenderEffect(effect));
}

absl::Status RunPreview(Context& context, const PaperWords& words) {
  registry::v1::PreviewCalendarPapersRequest request;
  ASSIGN_OR_RETURN(*request.mutable_papers(), ReadFile(words.papers));
  ASSIGN_OR_RETURN(*request.mutable_days(), ReadFile(words.days));
  ASSIGN_OR_RETURN(const auto effect,
                   CallWith(context, "registry.v1.Calendars.PreviewCalendarPapers", request));
  Show(context, effect);
  context.note(Say({"没有写入；要发布：calendar publish … --etag ",
                    "nothing was written; to publish: calendar publish … --etag "}) +
               effect.etag() + "\n");
  return absl::OkStatus();
}

absl::Status RunPublish(Context& context, const PaperWords& words) {
  registry::v1::PublishCalendarPapersRequest request;
  ASSIGN_OR_RETURN(*request.mutable_papers(), ReadFile(words.papers));
  ASSIGN_OR_RETURN(*request.mutable_days(), ReadFile(words.days));
  request.set_etag(words.etag);
  request.set_request_id(context.RequestId());
  ASSIGN_OR_RETURN(const auto effect,
                   CallWith(context, "registry.v1.Calendars.PublishCalendarPapers", request));
  Show(context, effect);
  return absl::OkStatus();
}

CLI::App* AddFiles(CLI::App& app, const char* path, const Words& help, PaperWords* words) {
  CLI::App* command = AddPath(app, path, help);
  command->add_option("PAPERS", words->papers, "CSV: year,paper,issued,subject")->required();
  command->add_option("DAYS", words->days, "CSV: date,kind,name,paper")->required();
  return command;
}

}  // namespace

void AddCalendarCommands(CLI::App& app, Chosen* chosen) {
  auto words = std::make_shared<PaperWords>();
  AddFiles(app, "calendar preview", {"新的放假安排会改变什么", "what new papers would move"}, words.get())
      ->callback([chosen, words] {
        chosen->action = [words](Context& context) { return RunPreview(context, *words); };
      });
  CLI::App* publish = AddFiles(app, "calendar publish",
                               {"发布放假安排（平台运维方）", "publish papers (operator)"}, words.get());
  publish->add_option("--etag", words->etag, Say({"预览给出的标记", "of the preview that was looked at"}))
      ->required();
  publish->callback([chosen, words] {
    chosen->action = [words](Context& context) { return RunPublish(context, *words); };
  });
}

}  // namespace inspectorate::cli
