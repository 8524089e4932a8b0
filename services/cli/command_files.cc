// Commands that read or write files: import, attach, report.
#include <filesystem>

#include "common/base/hash.h"
#include "common/base/macros.h"
#include "common/base/uuid.h"
#include "inspectorate/issues/v1/attachment.pb.h"
#include "inspectorate/registry/v1/data_file.pb.h"
#include "inspectorate/registry/v1/export.pb.h"
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

struct ImportWords {
  std::vector<std::string> files;
  std::string kind;
  std::string valid_from;
  bool dry_run = false;
  bool row_by_row = false;
  bool take_over = false;
  std::string report;
};

// What a message still holds beside the others; longer files are uploaded first.
constexpr size_t kSentAlong = 2'500'000;
constexpr size_t kPiece = 2 << 20;

// The name of the file that is there when all pieces are.
absl::StatusOr<std::string> Upload(Context& context, const std::string& file_name,
                                   const std::string& content) {
  registry::v1::BeginUploadRequest begin;
  begin.set_parent(context.OfficeName());
  begin.set_file_name(file_name);
  begin.set_size(static_cast<int64_t>(content.size()));
  begin.set_sha256(Hex(Sha256(content)));
  begin.set_request_id(FormatUuid(RandomUuid()));
  ASSIGN_OR_RETURN(MessagePtr answer,
                   context.session->Call(*FindMethodByName("registry.v1.Files.BeginUpload"), begin));
  registry::v1::DataFile file = static_cast<const registry::v1::DataFile&>(*answer);
  while (!file.complete()) {
    registry::v1::UploadPieceRequest piece;
    piece.set_name(file.name());
    piece.set_offset(file.received());
    piece.set_content(content.substr(static_cast<size_t>(file.received()), kPiece));
    ASSIGN_OR_RETURN(answer,
                     context.session->Call(*FindMethodByName("registry.v1.Files.UploadPiece"), piece));
    file = static_cast<const registry::v1::DataFile&>(*answer);
    context.note(file_name + "  " + std::to_string(file.received() * 100 / file.size()) + "%\n");
  }
  return file.name();
}

// Saves files that the service made: the report of what is wrong, the lists of an export.
absl::Status Save(Context& context, const google::protobuf::RepeatedPtrField<registry::v1::DataFile>& files,
                  const std::string& folder) {
  if (!folder.empty() && !files.empty()) std::filesystem::create_directories(folder);
  for (const auto& file : files) {
    ASSIGN_OR_RETURN(const std::string content, DownloadFile(context, file));
    const std::string path = (std::filesystem::path(folder) / file.file_name()).string();
    RETURN_IF_ERROR(WriteFile(path, content, kReadableByAll));
    context.note(path + "  sha256 " + file.sha256() + "\n");
  }
  return absl::OkStatus();
}

absl::Status AddFile(Context& context, const std::string& path, const std::string& kind_word,
                     registry::v1::ImportRosterRequest* request) {
  const auto kind = kind_word.empty() ? ImportKindOf(path) : ParseImportKind(kind_word);
  if (!kind) return UserError({"看不出是哪种名册，请用 --kind", "which list is this? use --kind"}, path);
  ASSIGN_OR_RETURN(std::string content, ReadFile(path));
  auto* file = request->add_files();
  file->set_kind(*kind);
  file->set_file_name(std::filesystem::path(path).filename().string());
  size_t sent = content.size();
  for (const auto& other : request->files()) sent += other.content().size();
  if (sent <= kSentAlong) {
    file->set_content(std::move(content));
    return absl::OkStatus();
  }
  ASSIGN_OR_RETURN(*file->mutable_upload(), Upload(context, file->file_name(), content));
  return absl::OkStatus();
}

std::string RenderImport(const registry::v1::ImportRosterResponse& report) {
  const bool zh = CurrentLanguage() == Language::kChinese;
  Table table{.head = {Say({"文件", "file"}), Say({"行", "line"}), Say({"性质", "weight"}),
                       Say({"列", "column"}), Say({"问题", "defect"})},
              .rows = {}};
  const auto add = [&](const auto& row, const std::string& weight, const auto& defect) {
    table.rows.push_back({row.file(), std::to_string(row.line()), weight, defect.column(),
                          zh ? defect.message_zh() : defect.message_en()});
  };
  for (const auto& row : report.rows()) {
    for (const auto& defect : row.defects()) add(row, Say({"错误", "error"}), defect);
    for (const auto& remark : row.remarks()) add(row, Say({"提示", "remark"}), remark);
  }
  std::string out = table.rows.empty() ? "" : RenderTable(table, 60);
  out += Say({"新增 ", "created "}) + std::to_string(report.created()) + Say({"，更新 ", ", updated "}) +
         std::to_string(report.updated()) + Say({"，未变 ", ", unchanged "}) +
         std::to_string(report.unchanged()) + Say({"，拒绝 ", ", rejected "}) +
         std::to_string(report.rejected_rows()) + Say({"，有提示 ", ", remarked on "}) +
         std::to_string(report.remarked_rows()) + "\n";
  if (report.dry_run()) out += Say({"试运行：没有写入\n", "dry run: nothing was written\n"});
  if (report.rejected()) out += Say({"有错误：整批未写入\n", "there are defects: nothing was written\n"});
  return out;
}

absl::Status RunImport(Context& context, const ImportWords& words) {
  registry::v1::ImportRosterRequest request;
  request.set_parent(context.OfficeName());
  request.set_dry_run(words.dry_run);
  request.set_mode(words.row_by_row ? registry::v1::ROW_BY_ROW : registry::v1::ALL_OR_NOTHING);
  request.set_take_over(words.take_over);
  request.set_request_id(context.RequestId());
  if (!words.valid_from.empty()) {
    RETURN_IF_ERROR(
        SetField(&request, *request.GetDescriptor()->FindFieldByName("valid_from"), words.valid_from));
  }
  for (const std::string& path : words.files) {
    if (words.kind.empty() && OnlyGoesOut(path)) {
      context.note(path + Say({"：只供导出，已跳过\n", ": is exported only; left out\n"}));
      continue;
    }
    RETURN_IF_ERROR(AddFile(context, path, words.kind, &request));
  }
  ASSIGN_OR_RETURN(const MessagePtr answer,
                   CallToEnd(context, *FindMethodByName("registry.v1.Imports.ImportRoster"), &request));
  const auto& report = static_cast<const registry::v1::ImportRosterResponse&>(*answer);
  if (context.globals.json) {
    context.Print(report);
  } else {
    context.out(RenderImport(report));
  }
  if (!words.report.empty()) RETURN_IF_ERROR(Save(context, report.report_files(), words.report));
  if (!report.rejected()) return absl::OkStatus();
  return absl::FailedPreconditionError(Say({"名册有错误", "the lists have defects"}));
}

struct ExportWords {
  std::vector<std::string> kinds;
  std::string format = "csv";
  std::string to = ".";
};

std::string RenderExport(const registry::v1::ExportManifest& manifest) {
  Table table{.head = {Say({"文件", "file"}), Say({"行数", "rows"}), "SHA-256"}, .rows = {}};
  for (const auto& list : manifest.lists()) {
    table.rows.push_back({list.file().file_name(), std::to_string(list.rows()), list.file().sha256()});
  }
  return RenderTable(table, 70) + Say({"登记服务位置 ", "registry position "}) +
         std::to_string(manifest.feed_position()) +
         (manifest.redacted() ? Say({"，不含受保护的内容", ", without protected fields"}) : "") + "\n";
}

absl::Status RunExport(Context& context, const ExportWords& words) {
  registry::v1::ExportRosterRequest request;
  request.set_parent(context.OfficeName());
  request.set_request_id(context.RequestId());
  for (const std::string& word : words.kinds) {
    auto kind = ImportKindOf(word);
    if (!kind) kind = ParseImportKind(word);
    if (!kind) return UserError({"没有这种名册", "there is no such list"}, word);
    request.add_kinds(*kind);
  }
  if (words.format != "csv" && words.format != "xlsx") {
    return UserError({"格式只有 csv 和 xlsx", "the format is csv or xlsx"}, words.format);
  }
  request.set_format(words.format == "xlsx" ? registry::v1::EXPORT_XLSX : registry::v1::EXPORT_CSV);
  ASSIGN_OR_RETURN(const MessagePtr answer,
                   CallToEnd(context, *FindMethodByName("registry.v1.Exports.ExportRoster"), &request));
  const auto& response = static_cast<const registry::v1::ExportRosterResponse&>(*answer);
  RETURN_IF_ERROR(Save(context, response.files(), words.to));
  if (context.globals.json) {
    context.Print(response);
  } else {
    context.out(RenderExport(response.manifest()));
  }
  return absl::OkStatus();
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
  request.set_parent(context.OfficeName());
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
  request.set_parent(context.OfficeName());
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

absl::StatusOr<std::string> DownloadFile(Context& context, const registry::v1::DataFile& file) {
  std::string content;
  while (static_cast<int64_t>(content.size()) < file.size()) {
    registry::v1::DownloadPieceRequest request;
    request.set_name(file.name());
    request.set_offset(static_cast<int64_t>(content.size()));
    ASSIGN_OR_RETURN(const MessagePtr answer,
                     context.session->Call(*FindMethodByName("registry.v1.Files.DownloadPiece"), request));
    const auto& piece = static_cast<const registry::v1::FilePiece&>(*answer);
    if (piece.content().empty()) break;
    content += piece.content();
  }
  if (Hex(Sha256(content)) != file.sha256()) {
    return UserError({"下载的文件与摘要不符", "the file does not have its digest"}, file.file_name());
  }
  return content;
}

void AddImportCommand(CLI::App& app, Chosen* chosen) {
  auto words = std::make_shared<ImportWords>();
  CLI::App* import = AddPath(app, "import", {"导入名册", "import lists"});
  import->add_option("FILE", words->files, Say({"名册文件（CSV 或 XLSX）", "lists (CSV or XLSX)"}))
      ->required();
  import->add_option("--kind", words->kind,
                     Say({"名册的种类，如 schools；看文件名不明时用",
                          "which list, such as schools; where the name of the "
                          "file does not tell"}));
  import->add_option("--valid-from", words->valid_from, "YYYY-MM-DD");
  import->add_option(
      "--report", words->report,
      Say({"问题清单（CSV、XLSX）存到此文件夹", "folder for the report of defects (CSV, XLSX)"}));
  import->add_flag("--dry-run", words->dry_run, Say({"只检查，不写入", "check and write nothing"}));
  import->add_flag(
      "--take-over", words->take_over,
      Say({"接收导出的以往记录（只限新建的督导室）", "take over exported records (new offices only)"}));
  import->add_flag("--row-by-row", words->row_by_row,
                   Say({"正确的行照常写入", "write the rows that are right"}));
  import->callback([chosen, words] {
    chosen->action = [words](Context& context) { return RunImport(context, *words);
};
}  // namespace inspectorate::cli
);
}

void AddExportCommand(CLI::App& app, Chosen* chosen) {
  auto words = std::make_shared<ExportWords>();
  CLI::App* command = AddPath(app, "export", {"导出名册", "export lists"});
  command->add_option("--kind", words->kinds,
                      Say({"哪些名册（可多次）；不写为全部", "which lists; all when absent"}));
  command->add_option("--format", words->format, "csv|xlsx");
  command->add_option("--to", words->to, Say({"存到此文件夹", "folder for the files"}));
  command->callback(
      [chosen, words] { chosen->action = [words](Context& context) { return RunExport(context, *words); }; });
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
