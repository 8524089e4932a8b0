#include "services/registry/rpc/imports.h"

#include <algorithm>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "common/base/macros.h"
#include "common/resource/description.h"
#include "common/roster/scope.h"
#include "common/status/error.h"
#include "inspectorate/registry/v1/import.pb.h"
#include "services/registry/app/import/columns.h"
#include "services/registry/app/import/report_files.h"
#include "services/registry/app/import/roster_import.h"
#include "services/registry/app/import/upload_import.h"
#include "services/registry/app/reach.h"
#include "services/registry/app/settled.h"
#include "services/registry/store/data_files.h"

namespace inspectorate::registry {
namespace {

using lro::Operation;
using v1::ImportRosterRequest;
using v1::ImportRosterResponse;

constexpr char kKind[] = "import-roster";

// What the two other ways of importing, which hold all rows at once, take of uploads.
constexpr int64_t kMostAtOnce = 8'000'000;

absl::Status TooLargeAtOnce() {
  return InvalidFields(
      {{.field = "mode",
        .zh = "上传的名册超过8 MB时只能逐行导入(ROW_BY_ROW,不试运行)",
        .en = "uploads of more than 8 MB are imported row by row only, and not as a dry run"}});
}

// With the content of uploads in place of their names.
absl::StatusOr<ImportRosterRequest> WithContent(work::Writer& writer, const db::Budget& budget,
                                                const ImportRosterRequest& request) {
  ImportRosterRequest whole = request;
  int64_t left = kMostAtOnce;
  RETURN_IF_ERROR(writer.database().Read(budget, [&](db::Session& session) -> absl::Status {
    for (v1::ImportFile& file : *whole.mutable_files()) {
      if (file.upload().empty()) continue;
      const FileKey key = FileKeyOf(file.upload());
      ASSIGN_OR_RETURN(const v1::DataFile upload, GetDataFile(session, key));
      if (!upload.complete()) return NotFound(file.upload());
      left -= upload.size();
      if (left < 0) return TooLargeAtOnce();
      file.clear_content();
      while (true) {
        ASSIGN_OR_RETURN(const std::string piece,
                         ReadDataPiece(session, key, static_cast<int64_t>(file.content().size())));
        if (piece.empty()) break;
        *file.mutable_content() += piece;
      }
    }
    return absl::OkStatus();
  }));
  return whole;
}

absl::StatusOr<std::unique_ptr<lro::Message>> Run(work::Writer& writer, lro::Context& context,
                                                  const lro::Message& message) {
  const auto& request = static_cast<const ImportRosterRequest&>(message);
  const Uuid operation = ParseUuid(context.actor().request_id).value_or(Uuid{});
  const auto progress = [&](int64_t done, int64_t total) {
    return context.Progress(done, total, "导入名册", "importing the lists");
  };
  const bool uploads = std::any_of(request.files().begin(), request.files().end(),
                                   [](const v1::ImportFile& file) { return !file.upload().empty(); });
  ImportRosterResponse response;
  if (uploads && request.mode() == v1::ROW_BY_ROW && !request.dry_run()) {
    ASSIGN_OR_RETURN(response,
                     ImportUploads(writer, context.budget(), context.actor(), operation, request, progress));
    return std::make_unique<ImportRosterResponse>(std::move(response));
  }
  ASSIGN_OR_RETURN(const ImportRosterRequest whole, WithContent(writer, context.budget(), request));
  ASSIGN_OR_RETURN(response, ImportRoster(writer, context.budget(), context.actor(), whole, progress));
  std::vector<type::v1::ImportRow> told;
  for (const auto& row : response.rows()) {
    if (row.defects_size() > 0 || row.remarks_size() > 0) told.push_back(row);
  }
  RETURN_IF_ERROR(
      PutReportFiles(writer, context.budget(), context.office(), operation, std::move(told), &response));
  return std::make_unique<ImportRosterResponse>(std::move(response));
}

// Each file is one of the two, and an upload is the office's own.
absl::Status CheckFiles(work::Unit& unit, const std::string& office, const ImportRosterRequest& request) {
  std::vector<FieldViolation> violations;
  if (request.take_over()) RETURN_IF_ERROR(CheckBeingSetUp(unit, office));
  for (int i = 0; i < request.files_size(); ++i) {
    const v1::ImportFile& file = request.files(i);
    const std::string field = "files[" + std::to_string(i) + "]";
    const ListShape* shape = ShapeOf(file.kind());
    if (shape != nullptr && shape->out_only) {
      violations.push_back(
          {.field = field + ".kind", .zh = "这种名册只供导出", .en = "such a list is exported only"});
    }
    if (shape != nullptr && shape->record && !request.take_over()) {
      violations.push_back({.field = field + ".kind",
                            .zh = "这种名册只能在接收以往的记录(take_over)时导入",
                            .en = "such a list is imported only with take_over"});
    }
    if (file.content().empty() == file.upload().empty()) {
      violations.push_back({.field = field + ".content",
                            .zh = "内容和已上传的文件须有且只有一个",
                            .en = "either the content or an upload"});
    }
    if (file.upload().empty()) continue;
    if (FileKeyOf(file.upload()).office != office) return NotFound(file.upload());
    ASSIGN_OR_RETURN(const v1::DataFile upload, GetDataFile(unit.db(), FileKeyOf(file.upload())));
    if (!upload.complete()) {
      violations.push_back(
          {.field = field + ".upload", .zh = "文件尚未传完", .en = "the upload is not complete"});
    }
  }
  return violations.empty() ? absl::OkStatus() : InvalidFields(violations);
}

}  // namespace

void RegisterImports(rpc::Methods& methods, const resource::Platform& platform, lro::Operations& operations) {
  operations.AddRunner(kKind, ImportRosterRequest::default_instance(),
                       [&writer = platform.writer](lro::Context& context, const lro::Message& request) {
                         return Run(writer, context, request);
                       });
  resource::RegisterWrite<ImportRosterRequest, Operation>(
      methods, platform, "inspectorate.registry.v1.Imports.ImportRoster",
      [&operations](work::Unit& unit, rpc::Call& call,
                    const ImportRosterRequest& request) -> absl::StatusOr<Operation> {
        const std::string office = resource::SlugOf(request.parent());
        RETURN_IF_ERROR(ReachToWrite(unit, call, office).status());
        RETURN_IF_ERROR(CheckFiles(unit, office, request));
        return operations.Enqueue(unit, office, kKind, request);
      });
}

}  // namespace inspectorate::registry
