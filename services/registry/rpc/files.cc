#include "services/registry/rpc/files.h"

#include <string>

#include "common/base/macros.h"
#include "common/resource/description.h"
#include "common/resource/standard.h"
#include "common/roster/scope.h"
#include "common/status/error.h"
#include "inspectorate/registry/v1/data_file.pb.h"
#include "services/registry/store/data_files.h"

namespace inspectorate::registry {
namespace {

using namespace v1;

constexpr std::chrono::hours kUploadKept{24 * 7};

absl::Status Wrong(const char* field, const char* zh, const char* en) {
  return InvalidFields({{.field = field, .zh = zh, .en = en}});
}

absl::Status MayWrite(db::Session& session, const rpc::Call& call, const std::string& office) {
  return roster::ReachForWrite(session, call, office, Date{}).status();
}
absl::Status MayRead(db::Session& session, const rpc::Call& call, const std::string& office) {
  return roster::ReachForRead(session, call, office, Date{}).status();
}

// Of those who may read a file, the ones that see no protected fields get only what has none; a file of
// others is not told from one that is not there.
absl::Status MayFetch(db::Session& session, const rpc::Call& call, const FileKey& key) {
  RETURN_IF_ERROR(MayRead(session, call, key.office));
  if (resource::SeesProtected(call)) return absl::OkStatus();
  ASSIGN_OR_RETURN(const bool redacted, IsRedacted(session, key));
  return redacted ? absl::OkStatus() : NotFound(FileNameOf(key));
}

absl::StatusOr<DataFile> Begin(work::Unit& unit, rpc::Call& call, const BeginUploadRequest& request) {
  const std::string office = resource::SlugOf(request.parent());
  RETURN_IF_ERROR(MayWrite(unit.db(), call, office));
  RETURN_IF_ERROR(roster::OrDenied(call, ErrorReason::COPY_NOT_READY, unit.Today(office)).status());
  RETURN_IF_ERROR(CheckRoom(unit.db(), office, unit.recorded(), "size", request.size()));
  DataFile file;
  file.set_name(FileNameOf({office, NewUuid(unit.recorded())}));
  file.set_file_name(request.file_name());
  file.set_size(request.size());
  file.set_sha256(request.sha256());
  *file.mutable_create_time() = resource::ToProto(unit.recorded());
  *file.mutable_expire_time() = resource::ToProto(unit.recorded() + kUploadKept);
  RETURN_IF_ERROR(InsertDataFile(unit.db(), file));
  return GetDataFile(unit.db(), FileKeyOf(file.name()));
}

// The piece is there already, byte for byte: an answer was lost on the way.
absl::StatusOr<bool> IsRepeated(db::Session& session, const FileKey& key, const UploadPieceRequest& request) {
  ASSIGN_OR_RETURN(std::string stored, ReadDataPiece(session, key, request.offset()));
  return stored == request.content();
}

absl::StatusOr<DataFile> Upload(work::Unit& unit, rpc::Call& call, const UploadPieceRequest& request) {
  const FileKey key = FileKeyOf(request.name());
  RETURN_IF_ERROR(MayWrite(unit.db(), call, key.office));
  ASSIGN_OR_RETURN(const DataFile file, GetDataFile(unit.db(), key, /*lock=*/true));
  const auto size = static_cast<int64_t>(request.content().size());
  if (request.offset() < file.received()) {
    ASSIGN_OR_RETURN(const bool repeated, IsRepeated(unit.db(), key, request));
    if (repeated) return file;
  }
  if (request.offset() != file.received()) {
    return Wrong("offset", "不是下一段的起点", "is not where the next piece begins");
  }
  if (request.offset() + size > file.size()) {
    return Wrong("content", "超出文件大小", "goes beyond the size of the file");
  }
  RETURN_IF_ERROR(AppendPiece(unit.db(), key, request.offset(), request.content()));
  if (request.offset() + size == file.size()) {
    ASSIGN_OR_RETURN(const std::string digest, DigestOf(unit.db(), key));
    if (digest != file.sha256()) return Error(ErrorReason::ATTACHMENT_CORRUPT);
    RETURN_IF_ERROR(CompleteDataFile(unit.db(), key));
  }
  return GetDataFile(unit.db(), key);
}

absl::StatusOr<DataFile> Describe(db::Session& session, rpc::Call& call, const DescribeFileRequest& request) {
  const FileKey key = FileKeyOf(request.name());
  RETURN_IF_ERROR(MayFetch(session, call, key));
  return GetDataFile(session, key);
}

absl::StatusOr<FilePiece> Download(db::Session& session, rpc::Call& call,
                                   const DownloadPieceRequest& request) {
  const FileKey key = FileKeyOf(request.name());
  RETURN_IF_ERROR(MayFetch(session, call, key));
  ASSIGN_OR_RETURN(const DataFile file, GetDataFile(session, key));
  if (!file.complete()) return NotFound(request.name());
  FilePiece piece;
  ASSIGN_OR_RETURN(*piece.mutable_content(), ReadDataPiece(session, key, request.offset()));
  piece.set_offset(request.offset());
  piece.set_size(file.size());
  return piece;
}

}  // namespace

void RegisterFiles(rpc::Methods& methods, const resource::Platform& platform) {
  const std::string service = "inspectorate.registry.v1.Files.";
  resource::RegisterWrite<BeginUploadRequest, DataFile>(methods, platform, service + "BeginUpload", Begin,
                                                        rpc::Company::kAlone);
  resource::RegisterWrite<UploadPieceRequest, DataFile>(methods, platform, service + "UploadPiece", Upload,
                                                        rpc::Company::kAlone);
  resource::RegisterRead<DescribeFileRequest, DataFile>(methods, platform, service + "DescribeFile",
                                                        Describe);
  resource::RegisterRead<DownloadPieceRequest, FilePiece>(methods, platform, service + "DownloadPiece",
                                                          Download);
}

}  // namespace inspectorate::registry
