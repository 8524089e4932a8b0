// Plaques where files come in: photographs, and the printed boards.
#include "common/base/macros.h"
#include "inspectorate/registry/v1/plaque.pb.h"
#include "services/cli/command.h"
#include "services/cli/contract.h"
#include "services/cli/fields.h"
#include "services/cli/render.h"
#include "services/cli/resolve.h"

namespace inspectorate::cli {
namespace {

struct PhotoWords {
  std::string file;
  std::string inspector;
  std::string school;
};

absl::Status RunPhoto(Context& context, const PhotoWords& words) {
  registry::v1::CreatePhotoRequest request;
  request.set_parent(context.OfficeName());
  if (!words.inspector.empty()) {
    request.set_purpose(registry::v1::PORTRAIT);
    ASSIGN_OR_RETURN(*request.mutable_inspector(),
                     ResolveName(*context.session, "inspectorate/Inspector", words.inspector));
  } else {
    request.set_purpose(registry::v1::PLAQUE_AT_GATE);
    ASSIGN_OR_RETURN(*request.mutable_school(),
                     ResolveName(*context.session, "inspectorate/School", words.school));
  }
  ASSIGN_OR_RETURN(*request.mutable_content(), ReadFile(words.file));
  request.set_request_id(context.RequestId());
  ASSIGN_OR_RETURN(const MessagePtr answer,
                   context.session->Call(*FindMethodByName("registry.v1.Photos.CreatePhoto"), request));
  context.Print(*answer);
  return absl::OkStatus();
}

struct PrintWords {
  std::vector<std::string> plaques;
  std::string area;
  bool unmade_only = false;
  std::string out;
};

absl::Status RunPrint(Context& context, const PrintWords& words) {
  registry::v1::PrintPlaquesRequest request;
  request.set_parent(context.OfficeName());
  for (const std::string& word : words.plaques) {
    ASSIGN_OR_RETURN(*request.add_plaques(), ResolveName(*context.session, "inspectorate/Plaque", word));
  }
  if (!words.area.empty()) {
    ASSIGN_OR_RETURN(*request.mutable_area(), ResolveName(*context.session, "inspectorate/Area", words.area));
  }
  request.set_unmade_only(words.unmade_only);
  request.set_request_id(context.RequestId());
  ASSIGN_OR_RETURN(const MessagePtr answer,
                   CallToEnd(context, *FindMethodByName("registry.v1.Plaques.PrintPlaques"), &request));
  const auto& printed = static_cast<const registry::v1::PrintPlaquesResponse&>(*answer);
  ASSIGN_OR_RETURN(const std::string content, DownloadFile(context, printed.file()));
  const std::string path = words.out.empty() ? printed.file().file_name() : words.out;
  RETURN_IF_ERROR(WriteFile(path, content, kReadableByAll));
  context.note(path + "  sha256 " + printed.file().sha256() + "\n");
  if (context.globals.json) {
    context.Print(printed);
    return absl::OkStatus();
  }
  context.out(Say({"已排版 ", "pages: "}) + std::to_string(printed.printed()) + Say({" 块\n", "\n"}));
  const bool zh = CurrentLanguage() == Language::kChinese;
  for (const auto& omission : printed.omissions()) {
    context.out(Say({"未打印 ", "not printed: "}) + omission.school_name() + "  " +
                (zh ? omission.why_zh() : omission.why_en()) + "\n");
  }
  return absl::OkStatus();
}

}  // namespace

void AddPlaqueCommands(CLI::App& app, Chosen* chosen) {
  auto photo_words = std::make_shared<PhotoWords>();
  CLI::App* photo =
      AddPath(app, "plaque photo", {"上传督学照片或现场照片", "store a portrait, or a plaque at the gate"});
  photo->add_option("FILE", photo_words->file, Say({"照片（JPEG 或 PNG）", "JPEG or PNG"}))->required();
  CLI::Option_group* subject = photo->add_option_group("subject");
  subject->add_option("--inspector", photo_words->inspector,
                      Say({"某督学的照片", "portrait of an inspector"}));
  subject->add_option("--school", photo_words->school,
                      Say({"某校（园）门口的公示牌", "plaque at a school's gate"}));
  subject->require_option(1);
  photo->callback([chosen, photo_words] {
    chosen->action = [photo_words](Context& context) { return RunPhoto(context, *photo_words); };
  });

  auto print_words = std::make_shared<PrintWords>();
  CLI::App* print = AddPath(app, "plaque print", {"打印公示牌（PDF）", "print plaques as a PDF"});
  print->add_option("PLAQUE", print_words->plaques,
                    Say({"公示牌；不写则为全部已审定的", "plaques; none: all that are approved"}));
  print->add_option("--area", print_words->area, Say({"只打印某责任区", "those of an area"}));
  print->add_flag("--unmade-only", print_words->unmade_only,
                  Say({"不含已制作的", "leave out those that are made"}));
  print->add_option("--out", print_words->out, Say({"写入文件", "write to a file"}));
  print->callback([chosen, print_words] {
    chosen->action = [print_words](Context& context) { return RunPrint(context, *print_words); };
  });
}

}  // namespace inspectorate::cli
