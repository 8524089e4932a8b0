#include "services/registry/definition.h"

#include "common/base/macros.h"
#include "common/roster/roster.h"
#include "registry_sql.h"
#include "services/registry/app/catalogue_seed.h"
#include "services/registry/app/catalogues.h"
#include "services/registry/app/offices.h"
#include "services/registry/app/papers.h"
#include "services/registry/app/plaque_upkeep.h"
#include "services/registry/app/school_ahead.h"
#include "services/registry/rpc/calendars.h"
#include "services/registry/rpc/catalogues.h"
#include "services/registry/rpc/exports.h"
#include "services/registry/rpc/files.h"
#include "services/registry/rpc/imports.h"
#include "services/registry/rpc/plaques.h"
#include "services/registry/rpc/register.h"
#include "services/registry/rpc/trainings.h"
#include "services/registry/store/data_files.h"

namespace inspectorate::registry {
namespace {

// What offices lack: rules and catalogues that a release added, papers that were published while they were
// set up; what is kept no longer; matters, changes of schools, and plaques, whose day has come.
// One that fails holds up no other.
absl::Status Chore(work::Writer& writer, const db::Budget& budget) {
  absl::Status first = CompleteRules(writer, budget);
  first.Update(CompleteCatalogues(writer, budget));
  first.Update(ShowDueMatters(writer, budget));
  first.Update(GivePapersToAll(writer, budget));
  first.Update(writer.database().Transact(
      budget, {}, [&](db::Transaction& tx) { return ThrowAwayExpired(tx, writer.clock().Now()); }));
  first.Update(TakeUpDueSchoolChanges(writer, budget));
  first.Update(OutdateDuePlaques(writer, budget));
  return first;
}

}  // namespace

const service::Definition& Definition() {
  static const auto* definition = [] {
    auto* registry = new service::Definition;
    registry->name = "registry";
    // Asked what is open with an inspector who leaves (decision record 0025).
    registry->peers = {"visits", "issues"};
    registry->migrations = db::MigrationsFrom(registry_sql);
    for (const auto* message : roster::Resources())
      registry->state.push_back({.source = "", .message = message});
    registry->chore = Chore;
    registry->consequences = KeepPlaques;
    registry->wire = [](service::Wiring& wiring) {
      RegisterResources(wiring.methods, wiring.platform, wiring.peer);
      RegisterAreaDesigns(wiring.methods, wiring.platform, wiring.operations);
      RegisterCalendars(wiring.methods, wiring.platform, wiring.peer);
      RegisterCatalogues(wiring.methods, wiring.platform);
      RegisterFiles(wiring.methods, wiring.platform);
      RegisterPlaques(wiring.methods, wiring.platform, wiring.operations);
      RegisterTrainings(wiring.methods, wiring.platform);
      RegisterImports(wiring.methods, wiring.platform, wiring.operations);
      RegisterExports(wiring.methods, wiring.platform, wiring.operations);
    };
    return registry;
  }();
  return *definition;
}

}  // namespace inspectorate::registry
