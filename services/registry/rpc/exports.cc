#include "services/registry/rpc/exports.h"

#include <memory>
#include <string>
#include <utility>

#include "common/base/macros.h"
#include "common/resource/description.h"
#include "common/resource/standard.h"
#include "common/roster/scope.h"
#include "common/status/error.h"
#include "inspectorate/registry/v1/export.pb.h"
#include "services/registry/app/export/roster_export.h"
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

// Exports are files of the office like others.
absl::Status CheckRoom(work::Unit& unit, const std::string& office) {
  ASSIGN_OR_RETURN(const int64_t kept, BytesKept(unit.db(), office, unit.recorded()));
  if (kept < kMostBytesKept) return absl::OkStatus();
  return InvalidFields({{.field = "parent",
                         .zh = "本督导室暂存的文件已达2 GiB,请待旧文件到期",
                         .en = "the office keeps 2 GiB of files already; older ones expire"}});
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
        ASSIGN_OR_RETURN(const Date today,
                         roster::OrDenied(call, ErrorReason::COPY_NOT_READY, unit.Today(office)));
        RETURN_IF_ERROR(roster::ReachForWrite(unit.db(), call, office, today).status());
        RETURN_IF_ERROR(CheckRoom(unit, office));
        return operations.Enqueue(unit, office, resource::SeesProtected(call) ? kWhole : kRedacted, request);
      });
}

}  // namespace inspectorate::registry
