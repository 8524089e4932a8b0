#include "tests/import/bulk.h"

#include <cstdio>

#include "common/base/hash.h"
#include "common/base/macros.h"
#include "common/base/uuid.h"
#include "common/status/error.h"
#include "inspectorate/type/v1/operations.pb.h"

namespace inspectorate::import_test {
namespace {

using google::longrunning::Operation;
using namespace registry::v1;

constexpr size_t kPiece = 2 << 20;
constexpr char kFiles[] = "inspectorate.registry.v1.Files.";

}  // namespace

std::string SchoolsCsv(int count, int first_code) {
  std::string csv =
      "机构编号,机构名称,机构类别,举办者码,城乡分类码,乡镇代码,详细地址,纬度,经度,学生数,寄宿,食堂,"
      "机构标识码,建校日期\n";
  char line[400];
  for (int i = 0; i < count; ++i) {
    std::snprintf(
        line, sizeof line,
        "S%06d,示例县实验小学第%06d分校,小学,811,121,371601001,示例镇教育路%d号,%.5f,%.5f,%d,否,是,2137%06d,"
        "%d-09-01\n",
        i, i, i % 900 + 1, 37.2 + i % 997 * 0.0005, 117.8 + i % 991 * 0.0005, 200 + i % 1800, first_code + i,
        1960 + i % 60);
    csv += line;
  }
  return csv;
}

absl::StatusOr<std::string> Upload(rpc::Client& registry, const std::string& office,
                                   const std::string& file_name, const std::string& bytes) {
  BeginUploadRequest begin;
  begin.set_parent("offices/" + office);
  begin.set_file_name(file_name);
  begin.set_size(static_cast<int64_t>(bytes.size()));
  begin.set_sha256(Hex(Sha256(bytes)));
  ASSIGN_OR_RETURN(DataFile file, registry.Call<DataFile>(std::string(kFiles) + "BeginUpload", begin));
  while (!file.complete()) {
    UploadPieceRequest piece;
    piece.set_name(file.name());
    piece.set_offset(file.received());
    piece.set_content(bytes.substr(static_cast<size_t>(file.received()), kPiece));
    ASSIGN_OR_RETURN(file, registry.Call<DataFile>(std::string(kFiles) + "UploadPiece", piece,
                                                   {.deadline = std::chrono::seconds(60)}));
  }
  return file.name();
}

absl::StatusOr<std::string> Download(rpc::Client& registry, const DataFile& file) {
  std::string bytes;
  while (static_cast<int64_t>(bytes.size()) < file.size()) {
    DownloadPieceRequest request;
    request.set_name(file.name());
    request.set_offset(static_cast<int64_t>(bytes.size()));
    ASSIGN_OR_RETURN(const FilePiece piece,
                     registry.Call<FilePiece>(std::string(kFiles) + "DownloadPiece", request));
    if (piece.content().empty()) return absl::DataLossError("the file is shorter than it says");
    bytes += piece.content();
  }
  if (Hex(Sha256(bytes)) != file.sha256()) return absl::DataLossError("the file does not have its digest");
  return bytes;
}

absl::StatusOr<Operation> StartImport(rpc::Client& registry, const std::string& office,
                                      const std::string& upload) {
  ImportRosterRequest request;
  request.set_parent("offices/" + office);
  request.set_mode(ROW_BY_ROW);
  request.set_request_id(FormatUuid(RandomUuid()));
  ImportFile* file = request.add_files();
  file->set_kind(IMPORT_SCHOOLS);
  file->set_file_name("机构.csv");
  file->set_upload(upload);
  return registry.Call<Operation>("inspectorate.registry.v1.Imports.ImportRoster", request);
}

absl::StatusOr<int64_t> RowsDone(rpc::Client& registry, const std::string& operation) {
  type::v1::GetOperationRequest request;
  request.set_name(operation);
  ASSIGN_OR_RETURN(const Operation now,
                   registry.Call<Operation>("inspectorate.type.v1.Operations.GetOperation", request));
  type::v1::OperationMetadata metadata;
  if (!now.metadata().UnpackTo(&metadata)) return absl::InternalError("metadata");
  return metadata.done_units();
}

absl::StatusOr<Operation> AwaitDone(rpc::Client& registry, const std::string& operation,
                                    const std::function<void(int64_t done)>& tell) {
  while (true) {
    type::v1::WaitOperationRequest wait;
    wait.set_name(operation);
    wait.mutable_timeout()->set_seconds(5);
    ASSIGN_OR_RETURN(const Operation now,
                     registry.Call<Operation>("inspectorate.type.v1.Operations.WaitOperation", wait,
                                              {.deadline = std::chrono::seconds(30)}));
    type::v1::OperationMetadata metadata;
    if (tell && now.metadata().UnpackTo(&metadata)) tell(metadata.done_units());
    if (!now.done()) continue;
    if (now.has_error()) return FromWire(now.error());
    return now;
  }
}

absl::StatusOr<ImportRosterResponse> Await(rpc::Client& registry, const std::string& operation,
                                           const std::function<void(int64_t done)>& tell) {
  ASSIGN_OR_RETURN(const Operation done, AwaitDone(registry, operation, tell));
  ImportRosterResponse response;
  if (!done.response().UnpackTo(&response)) return absl::InternalError("response");
  return response;
}

}  // namespace inspectorate::import_test
