#include "services/issues/app/attachments.h"

#include "common/base/macros.h"
#include "inspectorate/issues/v1/attachment.pb.h"
#include "services/issues/rpc/methods.h"
#include "services/issues/rpc/office_time.h"

namespace inspectorate::issues {
namespace {

constexpr char kService[] = "inspectorate.issues.v1.Attachments";

}  // namespace

void RegisterAttachments(rpc::Methods& methods, const resource::Platform& platform) {
  const std::string prefix = std::string(kService) + ".";
  resource::RegisterStandard(methods, platform, kService, v1::Attachment::descriptor());
  resource::RegisterWrite<v1::CreateAttachmentRequest, v1::Attachment>(
      methods, platform, prefix + "CreateAttachment", CreateAttachment,
      rpc::Company::kAlone);  // megabytes
  // Not through RegisterRead: the bytes are what is asked for, so they are not hidden from those who may ask.
  methods.Unary<v1::DownloadAttachmentRequest, v1::AttachmentContent>(
      prefix + "DownloadAttachment",
      [&platform](rpc::Call& call,
                  const v1::DownloadAttachmentRequest& request) -> absl::StatusOr<v1::AttachmentContent> {
        absl::StatusOr<v1::AttachmentContent> content = absl::UnknownError("not run");
        const absl::Status status =
            platform.database.Read(call.budget(), [&](db::Session& session) -> absl::Status {
              ASSIGN_OR_RETURN(const Time now, OfficeTime(session, platform, call, request.name()));
              content = DownloadAttachment(session, call, ChinaDate(now), request);
              return content.status();
            });
        if (!status.ok()) return status;
        return content;
      });
}

}  // namespace inspectorate::issues
