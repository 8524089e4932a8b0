// Commands that read or write files: import, attach, report.
#include <filesystem>

#include "common/base/macros.h"
#include "inspectorate/issues/v1/attachment.pb.h"
#include "inspectorate/registry/v1/import.pb.h"
#include "inspectorate/reporting/v1/report.pb.h"
#include "services/cli/command.h"
#include "services/cli/contract.h"
#include "services/cli/fields.h"
#include "services/cli/import_kind.h"
#include "services/cli/render.h"
#include "services/cli/resolve.h"

namespace inspectorate::cli {
namespace {

constexpr int kReadableByAll = 0644;

struct ImportWords {
  std::vector<std::string> files;
  std::string kind;
  std::string valid_from;
  bool dry_run = false;
  bool row_by_row = false;
};

absl::Status AddFile(const std::string& path, const std::string& kind_word,
                     registry::v1::ImportRosterRequest* request) {
  const auto kind = kind_word.empty() ? ImportKindOf(path) : ParseImportKind(kind_word);
  if (!kind) return UserError({"看不出是哪种名册，请用 --kind", "which list is this? use --kind"}, path);
  ASSIGN_OR_RETURN(std::string content, ReadFile(path));
  auto* file = request->add_files();
  file->set_kind(*kind);
  file->set_file_name(std::filesystem::path(path).filename().string());
  file->set_content(std::move(content));
  return absl::OkStatus();
}

std::string RenderImport(const registry::v1::ImportRosterResponse& report) {
  const bool zh = CurrentLanguage() == Language::kChinese;
  Table table{
      .head = {Say({"文件", "file"}), Say({"行", "line"}), Say({"列", "column"}), Say({"问题", "defect"})},
      .rows = {}};
  for (const auto& row : report.rows()) {
    for (const auto& defect : row.defects()) {
      table.rows.push_back({row.file(), std::to_string(row.line()), defect.column(),
                            zh ? defect.message_zh() : defect.message_en()});
    }
  }
  std::string out = table.rows.empty() ? "" : RenderTable(table, 60);
  out += Say({"新增 ", "created "}) + std::to_string(report.created()) + Say({"，更新 ", ", updated "}) +
         std::to_string(report.updated()) + Say({"，未变 ", ", unchanged "}) +
         std::to_string(report.unchanged()) + Say({"，拒绝 ", ", rejected "}) +
         std::to_string(report.rejected_rows()) + "\n";
  if (report.dry_run()) out += Say({"试运行：没有写入\n", "dry run: nothing was written\n"});
  if (report.rejected()) out += Say({"有错误：整批未写入\n", "there are defects: nothing was written\n"});
  return out;
}

absl::Status RunImport(Context& context, const ImportWords& words) {
  registry::v1::ImportRosterRequest request;
  request.set_parent("offices/" + context.session->office());
  request.set_dry_run(words.dry_run);
  request.set_mode(words.row_by_row ? registry::v1::ROW_BY_ROW : registry::v1::ALL_OR_NOTHING);
  request.set_request_id(context.RequestId());
  if (!words.valid_from.empty()) {
    RETURN_IF_ERROR(
        SetField(&request, *request.GetDescriptor()->FindFieldByName("valid_from"), words.valid_from));
  }
  for (const std::string& path : words.files) RETURN_IF_ERROR(AddFile(path, words.kind, &request));
  ASSIGN_OR_RETURN(const MessagePtr answer,
                   CallToEnd(context, *FindMethodByName("registry.v1.Imports.ImportRoster"), &request));
  const auto& report = static_cast<const registry::v1::ImportRosterResponse&>(*answer);
  if (context.globals.json) {
    context.Print(report);
  } else {
    context.out(RenderImport(report));
  }
  if (!report.rejected()) return absl::OkStatus();
  return absl::FailedPreconditionError(Say({"名册有错误", "the lists have defects"}));
}

struct AttachWords {
  std::string file;
  std::string school;
  std::string media_type;
  bool contains_minors = false;
};

std::string MediaTypeOf(const std::string& path) {
  static const std::map<std::string, std::string> types = {
      {".txt", "text/plain"},
      {".pdf", "application/pdf"},
      {".jpg", "image/jpeg"},
      {".jpeg", "image/jpeg"},
      {".png", "image/png"},
      {".csv", "text/csv"},
      {".docx", "application/vnd.openxmlformats-officedocument.wordprocessingml.document"}};
  const auto found = types.find(std::filesystem::path(path).extension().string());
  return found == types.end() ? "application/octet-stream" : found->second;
}

absl::Status RunAttach(Context& context, const AttachWords& words) {
  issues::v1::CreateAttachmentRequest request;
  request.set_parent("offices/" + context.session->office());
  ASSIGN_OR_RETURN(*request.mutable_school(),
                   ResolveName(*context.session, "inspectorate/School", words.school));
  ASSIGN_OR_RETURN(*request.mutable_content(), ReadFile(words.file));
  request.set_file_name(std::filesystem::path(words.file).filename().string());
  request.set_media_type(words.media_type.empty() ? MediaTypeOf(words.file) : words.media_type);
  request.set_contains_minors(words.contains_minors);
  request.set_request_id(context.RequestId());
  ASSIGN_OR_RETURN(
      const MessagePtr answer,
      context.session->Call(*FindMethodByName("issues.v1.Attachments.CreateAttachment"), request));
  context.Print(*answer);
  return absl::OkStatus();
}

struct ReportWords {
  std::string month;
  std::string cut_off;
  std::string format = "text";
  std::string out;
};

absl::Status RunReport(Context& context, const ReportWords& words) {
  reporting::v1::GenerateReportRequest request;
  const auto& type = *request.GetDescriptor();
  request.set_parent("offices/" + context.session->office());
  RETURN_IF_ERROR(SetField(&request, *type.FindFieldByName("month"), words.month));
  RETURN_IF_ERROR(SetField(&request, *type.FindFieldByName("format"), words.format));
  if (!words.cut_off.empty())
    RETURN_IF_ERROR(SetField(&request, *type.FindFieldByName("cut_off"), words.cut_off));
  ASSIGN_OR_RETURN(const MessagePtr answer,
                   context.session->Call(*FindMethodByName("reporting.v1.Reports.GenerateReport"), request));
  const auto& report = static_cast<const reporting::v1::Report&>(*answer);
  const bool binary = request.format() == reporting::v1::XLSX;
  if (words.out.empty() && !binary) {
    context.out(report.content());
    return absl::OkStatus();
  }
  const std::string path = words.out.empty() ? report.file_name() : words.out;
  RETURN_IF_ERROR(WriteFile(path, report.content(), kReadableByAll));
  context.note(path + "  sha256 " + report.sha256() + "\n");
  return absl::OkStatus();
}

}  // namespace

void AddImportCommand(CLI::App& app, Chosen* chosen) {
  auto words = std::make_shared<ImportWords>();
  CLI::App* import = AddPath(app, "import", {"导入名册", "import lists"});
  import->add_option("FILE", words->files, Say({"名册文件（CSV 或 XLSX）", "lists (CSV or XLSX)"}))
      ->required();
  import->add_option("--kind", words->kind,
                     "areas|schools|inspectors|inspector-assignments|recusals|supervisors|staff|terms");
  import->add_option("--valid-from", words->valid_from, "YYYY-MM-DD");
  import->add_flag("--dry-run", words->dry_run, Say({"只检查，不写入", "check and write nothing"}));
  import->add_flag("--row-by-row", words->row_by_row,
                   Say({"正确的行照常写入", "write the rows that are right"}));
  import->callback(
      [chosen, words] { chosen->action = [words](Context& context) { return RunImport(context, *words);
};
}  // namespace inspectorate::cli
);
}

void AddAttachCommand(CLI::App& app, Chosen* chosen) {
  auto words = std::make_shared<AttachWords>();
  CLI::App* attach = AddPath(app, "attach", {"上传佐证材料", "store evidence"});
  attach->add_option("FILE", words->file)->required();
  attach->add_option("--school", words->school, Say({"学校（园）", "school"}))->required();
  attach->add_option("--media-type", words->media_type);
  attach->add_flag("--contains-minors", words->contains_minors, Say({"含学生影像", "shows pupils"}));
  attach->callback(
      [chosen, words] { chosen->action = [words](Context& context) { return RunAttach(context, *words); }; });
}

void AddReportCommand(CLI::App& app, Chosen* chosen) {
  auto words = std::make_shared<ReportWords>();
  CLI::App* report = AddPath(app, "report", {"月度通报", "report of a month"});
  report->add_option("--month", words->month, "YYYY-MM")->required();
  report->add_option("--cut-off", words->cut_off, "YYYY-MM-DD");
  report->add_option("--format", words->format, "text|json|xlsx");
  report->add_option("--out", words->out, Say({"写入文件", "write to a file"}));
  report->callback(
      [chosen, words] { chosen->action = [words](Context& context) { return RunReport(context, *words); }; });
}

}  // namespace inspectorate::cli
