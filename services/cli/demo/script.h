// What happens at each school in the demo: the acts of acts.json, turned into dated steps once the published
// plan says who visits when.
#pragma once

#include <functional>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "common/base/time.h"
#include "inspectorate/visits/v1/visit.pb.h"
#include "services/cli/demo/world.h"

namespace inspectorate::demo {

// One act, on its day. Steps of one school happen in order; schools are independent of each other.
struct Step {
  Date day;
  std::function<absl::Status()> act;
};

// The steps at one school from its planned visit on. `acts` is its entry of acts.json and must outlive them.
std::vector<Step> ScriptOf(World& world, const visits::v1::Visit& planned, const nlohmann::json& acts);

}  // namespace inspectorate::demo
