#include "services/registry/rpc/catalogues.h"

#include <string>

#include "common/base/macros.h"
#include "common/roster/scope.h"
#include "common/status/error.h"
#include "google/protobuf/empty.pb.h"
#include "inspectorate/registry/v1/catalogue.pb.h"
#include "services/registry/app/catalogues.h"
#include "services/registry/app/reach.h"

namespace inspectorate::registry {
namespace {

using google::protobuf::Empty;
using google::protobuf::Message;
using resource::Platform;
using v1::CatalogueVersion;

constexpr char kService[] = "inspectorate.registry.v1.Catalogues";

std::string Method(const std::string& name) { return std::string(kService) + "." + name; }

resource::Hooks VersionHooks() {
  resource::Hooks hooks;
  hooks.before_create = [](work::Unit& unit, rpc::Call&, Message* draft) {
    return PrepareDraft(unit, nullptr, static_cast<CatalogueVersion*>(draft));
  };
  hooks.before_update = [](work::Unit& unit, rpc::Call&, const Message& before, Message* draft) {
    return PrepareDraft(unit, &static_cast<const CatalogueVersion&>(before),
                        static_cast<CatalogueVersion*>(draft));
  };
  hooks.on_read = [](db::Session&, rpc::Call&, Date today, Message* version) {
    ShowState(today, static_cast<CatalogueVersion*>(version));
    return absl::OkStatus();
  };
  hooks.derived_from = {"number", "valid_from", "valid_to"};
  hooks.created_event = "catalogue_version.drafted";
  return hooks;
}

template <class Request>
void Edit(rpc::Methods& methods, const Platform& platform, const std::string& method,
          absl::StatusOr<CatalogueVersion> (*edit)(work::Unit&, const Request&)) {
  resource::RegisterWrite<Request, CatalogueVersion>(
      methods, platform, Method(method),
      [edit](work::Unit& unit, rpc::Call& call, const Request& request) -> absl::StatusOr<CatalogueVersion> {
        RETURN_IF_ERROR(ReachToWrite(unit, call, resource::SlugOf(request.name())).status());
        return edit(unit, request);
      });
}

absl::StatusOr<Empty> HandleDelete(work::Unit& unit, rpc::Call& call,
                                   const v1::DeleteCatalogueVersionRequest& request) {
  RETURN_IF_ERROR(ReachToWrite(unit, call, resource::SlugOf(request.name())).status());
  RETURN_IF_ERROR(DropDraft(unit, request));
  return Empty();
}

absl::StatusOr<CatalogueVersion> HandlePublish(work::Unit& unit, rpc::Call& call,
                                               const v1::PublishCatalogueVersionRequest& request) {
  ASSIGN_OR_RETURN(const roster::Reach reach, ReachToWrite(unit, call, resource::SlugOf(request.name())));
  ASSIGN_OR_RETURN(CatalogueVersion version, PublishVersion(unit, request));
  ShowState(reach.day, &version);
  return version;
}

absl::StatusOr<CatalogueVersion> HandleInForce(db::Session& session, rpc::Call& call,
                                               const v1::GetVersionInForceRequest& request) {
  ASSIGN_OR_RETURN(const roster::Reach reach, ReachToRead(session, call, resource::SlugOf(request.name())));
  const Date day = resource::IsSet(request.as_of()) ? resource::FromProto(request.as_of()) : reach.day;
  ASSIGN_OR_RETURN(CatalogueVersion version, VersionInForce(session, request.name(), day));
  ShowState(reach.day, &version);
  return version;
}

absl::StatusOr<v1::CatalogueDiff> HandleDiff(db::Session& session, rpc::Call& call,
                                             const v1::DiffCatalogueVersionsRequest& request) {
  RETURN_IF_ERROR(ReachToRead(session, call, resource::SlugOf(request.name())).status());
  return DiffVersions(session, request);
}

}  // namespace

void RegisterCatalogues(rpc::Methods& methods, const Platform& platform) {
  resource::RegisterStandard(methods, platform, kService, v1::Catalogue::descriptor());
  resource::RegisterStandard(methods, platform, kService, CatalogueVersion::descriptor(), VersionHooks());
  Edit<v1::PutCatalogueItemRequest>(methods, platform, "PutCatalogueItem", PutItem);
  Edit<v1::RetireCatalogueItemRequest>(methods, platform, "RetireCatalogueItem", RetireItem);
  resource::RegisterWrite<v1::DeleteCatalogueVersionRequest, Empty>(
      methods, platform, Method("DeleteCatalogueVersion"), HandleDelete);
  resource::RegisterWrite<v1::PublishCatalogueVersionRequest, CatalogueVersion>(
      methods, platform, Method("PublishCatalogueVersion"), HandlePublish);
  resource::RegisterRead<v1::GetVersionInForceRequest, CatalogueVersion>(
      methods, platform, Method("GetVersionInForce"), HandleInForce);
  resource::RegisterRead<v1::DiffCatalogueVersionsRequest, v1::CatalogueDiff>(
      methods, platform, Method("DiffCatalogueVersions"), HandleDiff);
}

}  // namespace inspectorate::registry
