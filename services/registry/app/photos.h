// Photographs: what is taken as one, and who may see its bytes.
#pragma once

#include "absl/status/statusor.h"
#include "common/rpc/call.h"
#include "common/work/unit.h"
#include "inspectorate/registry/v1/plaque.pb.h"

namespace inspectorate::registry {

absl::StatusOr<v1::Photo> CreatePhoto(work::Unit& unit, const rpc::Call& call,
                                      const v1::CreatePhotoRequest& request);
absl::StatusOr<v1::PhotoContent> DownloadPhoto(db::Session& session, const rpc::Call& call,
                                               const v1::DownloadPhotoRequest& request);

// RESOURCE_NOT_FOUND unless it is a photograph of this school's gate.
absl::Status CheckGatePhoto(db::Session& session, const std::string& photo, const std::string& office,
                            const std::string& school);

}  // namespace inspectorate::registry
