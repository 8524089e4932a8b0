// The office's steps with plaques, for one board or for those of a whole area: drafted, approved, made.
#include <set>

#include "common/base/macros.h"
#include "common/base/uuid.h"
#include "inspectorate/registry/v1/area.pb.h"
#include "inspectorate/registry/v1/plaque.pb.h"
#include "services/cli/command.h"
#include "services/cli/contract.h"
#include "services/cli/errors.h"
#include "services/cli/fields.h"
#include "services/cli/resolve.h"

namespace inspectorate::cli {
namespace {

namespace rv1 = registry::v1;

struct StepWords {
  std::vector<std::string> subjects;  // schools to draft for, plaques for the other steps
  std::string area;
  std::string document_number;
  std::string maker;
  std::string act_date;
};

// What is asked for, one call a board. `name` is what the board is called when it is told how that went.
struct Step {
  const MethodDescriptor* method = nullptr;
  Words done;
  Words not_done;
  std::vector<std::pair<std::string, MessagePtr>> calls{};
};

absl::StatusOr<rv1::Roster> RosterOf(Context& context, const std::string& area) {
  rv1::GetRosterRequest request;
  ASSIGN_OR_RETURN(*request.mutable_name(), ResolveName(*context.session, "inspectorate/Area", area));
  ASSIGN_OR_RETURN(const MessagePtr answer,
                   context.session->Call(*FindMethodByName("registry.v1.Areas.GetRoster"), request));
  return static_cast<const rv1::Roster&>(*answer);
}

// Of one call of several: `--request-id` stands for all, so that a repeat of the command repeats each of
// them.
std::string RequestIdFor(const Context& context, const std::string& resource) {
  const auto given = ParseUuid(context.globals.request_id);
  return given.has_value() ? FormatUuid(DerivedUuid(*given, resource)) : context.RequestId();
}

absl::Status TakeStep(Context& context, const Step& step) {
  size_t failed = 0;
  absl::Status last;
  for (const auto& [name, request] : step.calls) {
    const auto answer = context.session->Call(*step.method, *request);
    if (step.calls.size() == 1) {
      RETURN_IF_ERROR(answer.status());
      context.Print(**answer);
      return absl::OkStatus();
    }
    if (answer.ok()) {
      context.out(Say(step.done) + name + "\n");
    } else {
      ++failed;
      last = answer.status();
      context.out(Say(step.not_done) + name + "  " + RenderError(last));
    }
  }
  if (failed == 0) return absl::OkStatus();
  // The shell learns of what kind the last one was.
  return {last.code(), Say({"未办理的公示牌 ", "plaques not dealt with: "}) + std::to_string(failed)};
}

absl::Status RunDraft(Context& context, const StepWords& words) {
  std::vector<std::pair<std::string, std::string>> schools;
  for (const std::string& word : words.subjects) {
    ASSIGN_OR_RETURN(const std::string school, ResolveName(*context.session, "inspectorate/School", word));
    schools.emplace_back(word, school);
  }
  if (!words.area.empty()) {
    ASSIGN_OR_RETURN(const rv1::Roster roster, RosterOf(context, words.area));
    for (const auto& school : roster.schools()) schools.emplace_back(school.display_name(), school.school());
  }
  Step step{.method = FindMethodByName("registry.v1.Plaques.DraftPlaque"),
            .done = {"已草拟 ", "drafted "},
            .not_done = {"未草拟 ", "not drafted "}};
  for (const auto& [name, school] : schools) {
    auto request = std::make_unique<rv1::DraftPlaqueRequest>();
    request->set_parent(context.OfficeName());
    request->set_school(school);
    request->set_request_id(RequestIdFor(context, school));
    step.calls.emplace_back(name, std::move(request));
  }
  return TakeStep(context, step);
}

// The plaques that were named, or those of the area that wait for this step.
absl::StatusOr<std::vector<rv1::Plaque>> PlaquesFor(Context& context, const StepWords& words,
                                                    rv1::PlaqueState waiting) {
  std::vector<rv1::Plaque> plaques;
  for (const std::string& word : words.subjects) {
    ASSIGN_OR_RETURN(const std::string name, ResolveName(*context.session, "inspectorate/Plaque", word));
    ASSIGN_OR_RETURN(const MessagePtr plaque, Fetch(*context.session, "inspectorate/Plaque", name));
    plaques.push_back(static_cast<const rv1::Plaque&>(*plaque));
  }
  if (words.area.empty()) return plaques;
  ASSIGN_OR_RETURN(const rv1::Roster roster, RosterOf(context, words.area));
  std::set<std::string> schools;
  for (const auto& school : roster.schools()) schools.insert(school.school());
  RETURN_IF_ERROR(ForEachListed(*context.session, *FindMethodByName("registry.v1.Plaques.ListPlaques"),
                                context.OfficeName(), "state = " + rv1::PlaqueState_Name(waiting),
                                [&](const Message& message) {
                                  const auto& plaque = static_cast<const rv1::Plaque&>(message);
                                  if (schools.count(plaque.school()) > 0) plaques.push_back(plaque);
                                }));
  if (plaques.empty()) {
    return UserError({"该责任区没有待办理的公示牌", "no plaque of this area waits for this step"});
  }
  return plaques;
}

// A step whose request names a plaque as it was read.
template <class Request>
absl::Status RunStep(Context& context, const StepWords& words, rv1::PlaqueState waiting, Step step,
                     const std::function<absl::Status(Request*)>& fill) {
  ASSIGN_OR_RETURN(const auto plaques, PlaquesFor(context, words, waiting));
  for (const rv1::Plaque& plaque : plaques) {
    auto request = std::make_unique<Request>();
    request->set_name(plaque.name());
    request->set_etag(plaque.etag());
    request->set_request_id(RequestIdFor(context, plaque.name()));
    RETURN_IF_ERROR(fill(request.get()));
    step.calls.emplace_back(plaque.content().school_name(), std::move(request));
  }
  return TakeStep(context, step);
}

absl::Status RunApprove(Context& context, const StepWords& words) {
  Step step{.method = FindMethodByName("registry.v1.Plaques.ApprovePlaque"),
            .done = {"已审定 ", "approved "},
            .not_done = {"未审定 ", "not approved "}};
  return RunStep<rv1::ApprovePlaqueRequest>(context, words, rv1::PLAQUE_DRAFT, std::move(step),
                                            [&](auto* request) {
                                              request->set_document_number(words.document_number);
                                              return absl::OkStatus();
                                            });
}

absl::Status RunMake(Context& context, const StepWords& words) {
  Step step{.method = FindMethodByName("registry.v1.Plaques.MakePlaque"),
            .done = {"已登记制作 ", "made "},
            .not_done = {"未登记制作 ", "not recorded as made "}};
  return RunStep<rv1::MakePlaqueRequest>(
      context, words, rv1::PLAQUE_APPROVED, std::move(step), [&](auto* request) {
        request->set_maker(words.maker);
        if (words.act_date.empty()) return absl::OkStatus();
        return SetField(request, *request->GetDescriptor()->FindFieldByName("act_date"), words.act_date);
      });
}

// The command with what it is about: some of it by name, or all of an area.
CLI::App* AddStep(CLI::App& app, const char* path, const Words& help, const char* subject,
                  const Words& subject_help, Chosen* chosen, const std::shared_ptr<StepWords>& words,
                  absl::Status (*run)(Context&, const StepWords&)) {
  CLI::App* step = AddPath(app, path, help);
  CLI::Option_group* about = step->add_option_group("about");
  about->add_option(subject, words->subjects, Say(subject_help));
  about->add_option("--area", words->area, Say({"某责任区全部", "all of an area"}));
  about->require_option(1);
  step->callback([chosen, words, run] {
    chosen->action = [words, run](Context& context) { return run(context, *words); };
  });
  return step;
}

}  // namespace

void AddPlaqueStepCommands(CLI::App& app, Chosen* chosen) {
  const auto words = [] { return std::make_shared<StepWords>(); };
  AddStep(app, "plaque draft", {"草拟学校（园）的公示牌", "draft plaques from the facts of today"},
          "--school", {"学校（园）", "schools"}, chosen, words(), RunDraft);

  const auto approve = words();
  AddStep(app, "plaque approve", {"审定公示牌", "approve drafts"}, "PLAQUE", {"公示牌", "plaques"}, chosen,
          approve, RunApprove)
      ->add_option("--document-number", approve->document_number, Say({"文号", "number of the document"}));

  const auto make = words();
  CLI::App* made = AddStep(app, "plaque make", {"登记制作完成", "state that boards were made"}, "PLAQUE",
                           {"公示牌", "plaques"}, chosen, make, RunMake);
  made->add_option("--maker", make->maker, Say({"制作单位", "who made them"}));
  made->add_option("--act-date", make->act_date, Say({"制作日，YYYY-MM-DD", "the day, YYYY-MM-DD"}));
}

}  // namespace inspectorate::cli
