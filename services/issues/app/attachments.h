// Evidence: a record by content hash, its bytes apart.
#pragma once

#include "absl/status/statusor.h"
#include "common/rpc/call.h"
#include "common/work/unit.h"
#include "inspectorate/issues/v1/attachment.pb.h"

namespace inspectorate::issues {

// The same content of the same school gives the record that is there. ATTACHMENT_CORRUPT when the bytes do
// not have the hash that was given; RESOURCE_NOT_FOUND for a school the office is not in charge of.
absl::StatusOr<v1::Attachment> CreateAttachment(work::Unit& unit, const rpc::Call& call,
                                                const v1::CreateAttachmentRequest& request);

absl::StatusOr<v1::AttachmentContent> DownloadAttachment(db::Session& session, const rpc::Call& call,
                                                         Date today,
                                                         const v1::DownloadAttachmentRequest& request);

}  // namespace inspectorate::issues
