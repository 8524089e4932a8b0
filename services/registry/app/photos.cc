#include "services/registry/app/photos.h"

#include <string>

#include "common/base/hash.h"
#include "common/base/macros.h"
#include "common/print/picture.h"
#include "common/resource/table.h"
#include "common/resource/within_reach.h"
#include "common/roster/scope.h"
#include "common/status/error.h"
#include "inspectorate/registry/v1/inspector.pb.h"
#include "inspectorate/registry/v1/school.pb.h"
#include "services/registry/app/reach.h"
#include "services/registry/domain/photo_format.h"
#include "services/registry/store/plaque_store.h"

namespace inspectorate::registry {
namespace {

using resource::Description;
using resource::UuidOf;
using v1::CreatePhotoRequest;
using v1::Photo;

absl::Status WrongSubject(const char* field, const char* zh, const char* en) {
  return InvalidFields({{.field = field, .zh = zh, .en = en}});
}

// The rows are locked: of two portraits that come at once one is the later.
template <class M>
absl::Status CheckOfOffice(work::Unit& unit, const std::string& name, const std::string& office) {
  ASSIGN_OR_RETURN(const M row, resource::Get<M>(unit.db(), name, resource::Lock::kForUpdate));
  return row.office() == office ? absl::OkStatus() : NotFound(name);
}

absl::Status CheckSubject(work::Unit& unit, const rpc::Call& call, const roster::Reach& reach,
                          const CreatePhotoRequest& request) {
  const bool portrait = request.purpose() == v1::PORTRAIT;
  if (portrait && !reach.whole_office) return roster::Denied(call);
  if (!request.school().empty()) {
    RETURN_IF_ERROR(roster::CheckSchool(unit.db(), call, reach, UuidOf(request.school())));
    RETURN_IF_ERROR(CheckOfOffice<v1::School>(unit, request.school(), request.parent()));
  }
  if (!request.inspector().empty()) {
    RETURN_IF_ERROR(CheckOfOffice<v1::Inspector>(unit, request.inspector(), request.parent()));
  }
  if (request.inspector().empty() == portrait) {
    return portrait ? WrongSubject("inspector", "照片须属于一名督学", "whose portrait?")
                    : WrongSubject("inspector", "现场照片不属于督学", "a plaque is no portrait");
  }
  if (request.school().empty() != portrait) {
    return portrait ? WrongSubject("school", "督学照片不属于学校", "a portrait is of no school")
                    : WrongSubject("school", "现场照片须属于一所学校", "of which school?");
  }
  return absl::OkStatus();
}

// The same picture again: of a gate any that is there, of a face the one that is shown now.
absl::StatusOr<bool> FindSame(work::Unit& unit, const CreatePhotoRequest& request, const std::string& sha256,
                              Photo* same) {
  const bool portrait = request.purpose() == v1::PORTRAIT;
  ASSIGN_OR_RETURN(auto photos,
                   resource::Select<Photo>(unit.db(),
                                           std::string(portrait ? "`inspector`" : "`school`") +
                                               " = ? AND `office` = ? AND `purpose` = ?",
                                           {UuidOf(portrait ? request.inspector() : request.school()),
                                            resource::SlugOf(request.parent()), request.purpose()},
                                           "ORDER BY `create_time` DESC, `photo` DESC"));
  for (Photo& photo : photos) {
    if (photo.sha256() == sha256) {
      *same = std::move(photo);
      return true;
    }
    if (portrait) return false;
  }
  return false;
}

}  // namespace

absl::StatusOr<Photo> CreatePhoto(work::Unit& unit, const rpc::Call& call,
                                  const CreatePhotoRequest& request) {
  const std::string office = resource::SlugOf(request.parent());
  ASSIGN_OR_RETURN(const roster::Reach reach, ReachToWrite(unit, call, office));
  RETURN_IF_ERROR(CheckSubject(unit, call, reach, request));
  const std::string sha256 = Hex(Sha256(request.content()));
  if (!request.sha256().empty() && request.sha256() != sha256) return Error(ErrorReason::ATTACHMENT_CORRUPT);
  const auto format = PhotoFormatOf(request.content());
  const std::string_view mistake = PhotoMistake(format);
  if (!mistake.empty()) return Error(ErrorReason::PHOTO_INVALID, {{"why", std::string(mistake)}});
  // It must open: one that does not would be missed only when the board is printed.
  if (!print::DecodePicture(request.content(), format->media_type, kLeastPixels).ok()) {
    return Error(ErrorReason::PHOTO_INVALID, {{"why", "照片打不开 (the picture does not open)"}});
  }
  Photo photo;
  ASSIGN_OR_RETURN(const bool same, FindSame(unit, request, sha256, &photo));
  if (same) return photo;

  RETURN_IF_ERROR(PutPhotoContent(unit.db(), sha256, request.content()));
  photo.set_name(resource::NewName(Description::Of<Photo>(), request.parent(), unit.recorded()));
  photo.set_purpose(request.purpose());
  photo.set_inspector(request.inspector());
  photo.set_school(request.school());
  photo.set_sha256(sha256);
  photo.set_size(static_cast<int64_t>(request.content().size()));
  photo.set_media_type(std::string(format->media_type));
  photo.set_width(format->width);
  photo.set_height(format->height);
  photo.set_uploaded_by(call.principal().subject);
  RETURN_IF_ERROR(resource::Insert(unit, Description::Of<Photo>(), &photo));
  return photo;
}

absl::StatusOr<v1::PhotoContent> DownloadPhoto(db::Session& session, const rpc::Call& call,
                                               const v1::DownloadPhotoRequest& request) {
  const std::string office = resource::SlugOf(request.name());
  ASSIGN_OR_RETURN(const roster::Reach reach, ReachToRead(session, call, office));
  ASSIGN_OR_RETURN(const Photo photo, resource::GetWithin<Photo>(reach, call, session, request.name()));
  if (!reach.whole_office && photo.school().empty()) return roster::Denied(call);
  if (!photo.school().empty()) {
    RETURN_IF_ERROR(roster::CheckSchool(session, call, reach, UuidOf(photo.school())));
  }
  v1::PhotoContent content;
  ASSIGN_OR_RETURN(*content.mutable_content(), GetPhotoContent(session, photo.sha256()));
  content.set_media_type(photo.media_type());
  content.set_sha256(photo.sha256());
  return content;
}

absl::Status CheckGatePhoto(db::Session& session, const std::string& photo, const std::string& office,
                            const std::string& school) {
  if (resource::SlugOf(photo) != office) return NotFound(photo);
  ASSIGN_OR_RETURN(const Photo record, resource::Get<Photo>(session, photo));
  return record.purpose() == v1::PLAQUE_AT_GATE && record.school() == school ? absl::OkStatus()
                                                                             : NotFound(photo);
}

}  // namespace inspectorate::registry
