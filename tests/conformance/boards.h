// Plaques and photographs in an office of the world: what stands there once, and fresh ones to act on.
#pragma once

#include <string>

#include "inspectorate/registry/v1/plaque.pb.h"
#include "tests/conformance/world.h"

namespace inspectorate::conformance {

class Boards {
 public:
  Boards(World& world, District& district) : world_(world), district_(district) {}

  // A verified plaque of the near school, a draft of the far one, and what they need.
  void LiveOnce();

  std::string NewPicture();  // bytes
  registry::v1::Photo AtGate(const std::string& school);
  // Of a school of its own, and of the near school.
  registry::v1::Plaque Drafted();
  registry::v1::Plaque Approved();
  registry::v1::Plaque Made();
  registry::v1::Plaque Mounted();  // by the deputy

 private:
  template <class Response, class Request>
  Response Do(const std::string& method, const Request& request);
  registry::v1::Plaque Draft(const std::string& school);
  registry::v1::Plaque Approve(const registry::v1::Plaque& draft);

  World& world_;
  District& district_;
};

}  // namespace inspectorate::conformance
