#include "services/registry/rpc/exports.h"

#include <memory>
#include <string>
#include <utility>

#include "common/base/macros.h"
#include "common/resource/description.h"
#include "common/resource/standard.h"
#include "common/roster/scope.h"
#include "inspectorate/registry/v1/export.pb.h"
#include "services/registry/app/export/roster_export.h"
#include "services/registry/app/reach.h"
#include "services/registry/store/data_files.h"

namespace inspectorate::registry {
namespace {

using lro::Operation;
using v1::ExportRosterRequest;
using v1::ExportRosterResponse;

// An operation knows who asked for it, but not what that caller sees: its kind tells.
constexpr char kWhole[] = "export-roster";
constexpr char kRedacted[] = "export-roster-redacted";

absl::StatusOr<std::unique_ptr<lro::Message>> Run(work::Writer& writer, lro::Context& context,
                                                  const lro::Message& request, bool redacted) {
  const auto progress = [&](int64_t done, int64_t total) {
    return context.Progress(done, total, "导出名册", "exporting the lists");
  };
  ASSIGN_OR_RETURN(ExportRosterResponse response,
                   ExportRoster(writer, context.budget(), context.actor(),
                                ParseUuid(context.actor().request_id).value_or(Uuid{}),
                                static_cast<const ExportRosterRequest&>(request), redacted, progress));
  return std::make_unique<ExportRosterResponse>(std::move(response));
}

}  // namespace

void RegisterExports(rpc::Methods& methods, const resource::Platform& platform, lro::Operations& operations) {
  for (const bool redacted : {false, true}) {
    operations.AddRunner(
        redacted ? kRedacted : kWhole, ExportRosterRequest::default_instance(),
        [&writer = platform.writer, redacted](lro::Context& context, const lro::Message& request) {
          return Run(writer, context, request, redacted);
        });
  }
  resource::RegisterWrite<ExportRosterRequest, Operation>(
      methods, platform, "inspectorate.registry.v1.Exports.ExportRoster",
      [&operations](work::Unit& unit, rpc::Call& call,
                    const ExportRosterRequest& request) -> absl::StatusOr<Operation> {
        const std::string office = resource::SlugOf(request.parent());
        RETURN_IF_ERROR(ReachToWrite(unit, call, office).status());
        RETURN_IF_ERROR(CheckRoom(unit.db(), office, unit.recorded(), "parent"));
        return operations.Enqueue(unit, office, resource::SeesProtected(call) ? kWhole : kRedacted, request);
      });
}

}  // namespace inspectorate::registry
