#include "services/issues/app/attachments.h"

#include <string>

#include "common/base/hash.h"
#include "common/base/macros.h"
#include "common/resource/table.h"
#include "common/resource/within_reach.h"
#include "common/roster/scope.h"
#include "common/status/error.h"
#include "services/issues/store/attachment_contents.h"

namespace inspectorate::issues {
namespace {

using resource::Description;

absl::Status CheckInCharge(db::Session& session, const std::string& office, const std::string& school) {
  ASSIGN_OR_RETURN(db::Rows rows, session.Query("SELECT 1 FROM school WHERE school = ? AND office = ?",
                                                {resource::UuidOf(school), office}));
  return rows.empty() ? NotFound(school) : absl::OkStatus();
}

v1::Attachment RecordOf(work::Unit& unit, const rpc::Call& call, const v1::CreateAttachmentRequest& request,
                        const std::string& sha256) {
  v1::Attachment attachment;
  attachment.set_name(
      resource::NewName(Description::Of<v1::Attachment>(), request.parent(), unit.recorded()));
  attachment.set_school(request.school());
  attachment.set_sha256(sha256);
  attachment.set_size(static_cast<int64_t>(request.content().size()));
  attachment.set_media_type(request.media_type());
  attachment.set_file_name(request.file_name());
  attachment.set_uploaded_by(call.principal().subject);
  attachment.set_contains_minors(request.contains_minors());
  return attachment;
}

}  // namespace

absl::StatusOr<v1::Attachment> CreateAttachment(work::Unit& unit, const rpc::Call& call,
                                                const v1::CreateAttachmentRequest& request) {
  const std::string office = resource::SlugOf(request.parent());
  const Uuid school = resource::UuidOf(request.school());
  ASSIGN_OR_RETURN(const Date today, roster::OrDenied(call, ErrorReason::COPY_NOT_READY, unit.Today(office)));
  ASSIGN_OR_RETURN(const roster::Reach reach, roster::ReachForWrite(unit.db(), call, office, today));
  RETURN_IF_ERROR(roster::CheckSchool(unit.db(), call, reach, school));
  RETURN_IF_ERROR(CheckInCharge(unit.db(), office, request.school()));
  const std::string sha256 = Hex(Sha256(request.content()));
  if (!request.sha256().empty() && request.sha256() != sha256) return Error(ErrorReason::ATTACHMENT_CORRUPT);

  ASSIGN_OR_RETURN(const std::string known, store::FindAttachment(unit.db(), office, school, sha256));
  if (!known.empty()) return resource::Get<v1::Attachment>(unit.db(), known);
  RETURN_IF_ERROR(store::PutContent(unit.db(), sha256, request.content()));
  v1::Attachment attachment = RecordOf(unit, call, request, sha256);
  const absl::Status inserted = resource::Insert(unit, Description::Of<v1::Attachment>(), &attachment);
  if (ReasonOf(inserted) == ErrorReason::RESOURCE_EXISTS) {
    // Somebody stored the same file in between: theirs is the record.
    ASSIGN_OR_RETURN(const std::string theirs, store::FindAttachment(unit.db(), office, school, sha256));
    return resource::Get<v1::Attachment>(unit.db(), theirs);
  }
  RETURN_IF_ERROR(inserted);
  return attachment;
}

absl::StatusOr<v1::AttachmentContent> DownloadAttachment(db::Session& session, const rpc::Call& call,
                                                         Date today,
                                                         const v1::DownloadAttachmentRequest& request) {
  ASSIGN_OR_RETURN(const roster::Reach reach,
                   roster::ReachForRead(session, call, resource::SlugOf(request.name()), today));
  ASSIGN_OR_RETURN(const v1::Attachment attachment,
                   resource::GetWithin<v1::Attachment>(reach, call, session, request.name()));
  RETURN_IF_ERROR(roster::CheckSchool(session, call, reach, resource::UuidOf(attachment.school())));
  v1::AttachmentContent content;
  ASSIGN_OR_RETURN(*content.mutable_content(), store::GetContent(session, attachment.sha256()));
  content.set_media_type(attachment.media_type());
  content.set_sha256(attachment.sha256());
  return content;
}

}  // namespace inspectorate::issues
