#include "services/cli/download.h"

#include "common/base/hash.h"
#include "common/base/macros.h"
#include "services/cli/contract.h"

namespace inspectorate::cli {

absl::StatusOr<std::string> Download(Context& context, const registry::v1::DataFile& file) {
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

}  // namespace inspectorate::cli
