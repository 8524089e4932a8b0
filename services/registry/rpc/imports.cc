#include "services/registry/rpc/imports.h"

#include <memory>
#include <string>

#include "common/base/macros.h"
#include "common/resource/description.h"
#include "common/roster/scope.h"
#include "common/status/error.h"
#include "inspectorate/registry/v1/import.pb.h"
#include "services/registry/app/import/roster_import.h"

namespace inspectorate::registry {
namespace {

using lro::Operation;
using v1::ImportRosterRequest;
using v1::ImportRosterResponse;

constexpr char kKind[] = "import-roster";

absl::StatusOr<std::unique_ptr<lro::Message>> Run(work::Writer& writer, lro::Context& context,
                                                  const lro::Message& message) {
  const auto& request = static_cast<const ImportRosterRequest&>(message);
  ASSIGN_OR_RETURN(
      ImportRosterResponse response,
      ImportRoster(writer, context.budget(), context.actor(), request, [&](int64_t done, int64_t total) {
        return context.Progress(done, total, "导入名册", "importing the lists");
      }));
  return std::make_unique<ImportRosterResponse>(std::move(response));
}

}  // namespace

void RegisterImports(rpc::Methods& methods, const resource::Platform& platform, lro::Operations& operations) {
  operations.AddRunner(kKind, ImportRosterRequest::default_instance(),
                       [&writer = platform.writer](lro::Context& context, const lro::Message& request) {
                         return Run(writer, context, request);
                       });
  resource::RegisterWrite<ImportRosterRequest, Operation>(
      methods, platform, "inspectorate.registry.v1.Imports.ImportRoster",
      [&operations](work::Unit& unit, rpc::Call& call,
                    const ImportRosterRequest& request) -> absl::StatusOr<Operation> {
        const std::string office = resource::SlugOf(request.parent());
        ASSIGN_OR_RETURN(const Date today,
                         roster::OrDenied(call, ErrorReason::COPY_NOT_READY, unit.Today(office)));
        RETURN_IF_ERROR(roster::ReachForWrite(unit.db(), call, office, today).status());
        return operations.Enqueue(unit, office, kKind, request);
      });
}

}  // namespace inspectorate::registry
