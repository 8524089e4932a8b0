#include "services/registry/rpc/plaques.h"

#include <string>

#include "common/base/macros.h"
#include "common/roster/scope.h"
#include "common/status/error.h"
#include "inspectorate/registry/v1/plaque.pb.h"
#include "services/registry/app/photos.h"
#include "services/registry/app/plaques.h"
#include "services/registry/app/print/print_plaques.h"
#include "services/registry/app/public_plaque.h"
#include "services/registry/app/reach.h"
#include "services/registry/store/data_files.h"

namespace inspectorate::registry {
namespace {

using namespace v1;
using resource::Platform;

const std::string kPhotos = "inspectorate.registry.v1.Photos";
const std::string kPlaques = "inspectorate.registry.v1.Plaques";

template <class Request>
void Act(rpc::Methods& methods, const Platform& platform, const std::string& method,
         absl::StatusOr<Plaque> (*act)(work::Unit&, const rpc::Call&, const Request&)) {
  resource::RegisterWrite<Request, Plaque>(methods, platform, kPlaques + "." + method, act);
}

absl::StatusOr<PlaqueCoverage> HandleGetPlaqueCoverage(db::Session& session, rpc::Call& call,
                                                       const GetPlaqueCoverageRequest& request) {
  const std::string office = resource::SlugOf(request.parent());
  ASSIGN_OR_RETURN(const roster::Reach reach, ReachToRead(session, call, office));
  const Date day = resource::IsSet(request.as_of()) ? resource::FromProto(request.as_of()) : reach.day;
  return GetPlaqueCoverage(session, office, day);
}

void RegisterPrinting(rpc::Methods& methods, const Platform& platform, lro::Operations& operations) {
  operations.AddRunner(kPrintPlaques, PrintPlaquesRequest::default_instance(),
                       [&writer = platform.writer](lro::Context& context, const lro::Message& request)
                           -> absl::StatusOr<std::unique_ptr<lro::Message>> {
                         return PrintPlaques(writer, context,
                                             static_cast<const PrintPlaquesRequest&>(request));
                       });
  resource::RegisterWrite<PrintPlaquesRequest, lro::Operation>(
      methods, platform, kPlaques + ".PrintPlaques",
      [&operations](work::Unit& unit, rpc::Call& call,
                    const PrintPlaquesRequest& request) -> absl::StatusOr<lro::Operation> {
        const std::string office = resource::SlugOf(request.parent());
        ASSIGN_OR_RETURN(const roster::Reach reach, ReachToWrite(unit, call, office));
        RETURN_IF_ERROR(CheckRoom(unit.db(), office, unit.recorded(), "parent"));
        ASSIGN_OR_RETURN(const PrintPlaquesRequest chosen, ChoosePlaques(unit.db(), request, reach.day));
        return operations.Enqueue(unit, office, kPrintPlaques, chosen);
      });
}

}  // namespace

void RegisterPlaques(rpc::Methods& methods, const Platform& platform, lro::Operations& operations) {
  resource::RegisterStandard(methods, platform, kPhotos, Photo::descriptor());
  resource::RegisterWrite<CreatePhotoRequest, Photo>(methods, platform, kPhotos + ".CreatePhoto", CreatePhoto,
                                                     rpc::Company::kAlone);  // megabytes
  // Not through RegisterRead: the bytes are what is asked for, so they are not hidden from those who may ask.
  methods.Unary<DownloadPhotoRequest, PhotoContent>(
      kPhotos + ".DownloadPhoto",
      [&platform](rpc::Call& call, const DownloadPhotoRequest& request) -> absl::StatusOr<PhotoContent> {
        absl::StatusOr<PhotoContent> content = absl::UnknownError("not run");
        RETURN_IF_ERROR(platform.database.Read(call.budget(), [&](db::Session& session) {
          content = DownloadPhoto(session, call, request);
          return content.status();
        }));
        return content;
      });

  resource::RegisterStandard(methods, platform, kPlaques, Plaque::descriptor());
  Act<DraftPlaqueRequest>(methods, platform, "DraftPlaque", DraftPlaque);
  Act<ApprovePlaqueRequest>(methods, platform, "ApprovePlaque", ApprovePlaque);
  Act<MakePlaqueRequest>(methods, platform, "MakePlaque", MakePlaque);
  Act<MountPlaqueRequest>(methods, platform, "MountPlaque", MountPlaque);
  Act<VerifyPlaqueRequest>(methods, platform, "VerifyPlaque", VerifyPlaque);
  resource::RegisterRead<GetPlaqueCoverageRequest, PlaqueCoverage>(
      methods, platform, kPlaques + ".GetPlaqueCoverage", HandleGetPlaqueCoverage);
  RegisterPrinting(methods, platform, operations);
  // Without a login: the only such method there is.
  resource::RegisterRead<GetPublicPlaqueRequest, PublicPlaque>(
      methods, platform, kPlaques + ".GetPublicPlaque",
      [](db::Session& session, rpc::Call&, const GetPublicPlaqueRequest& request) {
        return FindPublicPlaque(session, request.token());
      },
      rpc::Company::kTogether);
}

}  // namespace inspectorate::registry
