#include "services/registry/definition.h"

#include "common/roster/roster.h"
#include "registry_sql.h"
#include "services/registry/app/offices.h"
#include "services/registry/rpc/imports.h"
#include "services/registry/rpc/register.h"

namespace inspectorate::registry {

const service::Definition& Definition() {
  static const auto* definition = [] {
    auto* registry = new service::Definition;
    registry->name = "registry";
    // Asked what is open with an inspector who leaves (decision record 0025).
    registry->peers = {"visits", "issues"};
    registry->migrations = db::MigrationsFrom(registry_sql);
    for (const auto* message : roster::Resources())
      registry->state.push_back({.source = "", .message = message});
    registry->chore = CompleteRules;
    registry->wire = [](service::Wiring& wiring) {
      RegisterResources(wiring.methods, wiring.platform, wiring.peer);
      RegisterAreaDesigns(wiring.methods, wiring.platform, wiring.operations);
      RegisterImports(wiring.methods, wiring.platform, wiring.operations);
    };
    return registry;
  }();
  return *definition;
}

}  // namespace inspectorate::registry
