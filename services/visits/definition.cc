#include "services/visits/definition.h"

#include <vector>

#include "services/visits/app/look_backs.h"
#include "services/visits/rpc/register.h"
#include "services/visits/store/schema.h"

namespace inspectorate::visits {

const service::Definition& Definition() {
  static const auto* definition = [] {
    auto* visits = new service::Definition;
    visits->name = "visits";
    visits->peers = {"registry", "issues"};
    visits->migrations = Migrations();
    for (const auto* message : Resources()) visits->state.push_back({.source = "", .message = message});
    visits->wire = [](service::Wiring& wiring) {
      RegisterMethods(wiring.methods, wiring.platform, wiring.operations);
    };
    visits->follow = [](service::Wiring&) {
      return std::vector<service::Following>{{.source = "registry", .apply = FollowRegistry()},
                                             {.source = "issues", .apply = ApplyIssues}};
    };
    return visits;
  }();
  return *definition;
}

}  // namespace inspectorate::visits
