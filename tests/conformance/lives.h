// Inspectors at each stage of their life, made through the rpcs, each a new one.
#pragma once

#include "inspectorate/registry/v1/area.pb.h"
#include "inspectorate/registry/v1/inspector.pb.h"
#include "inspectorate/registry/v1/training.pb.h"
#include "tests/conformance/world.h"

namespace inspectorate::conformance {

class Lives {
 public:
  Lives(World& world, District& district) : world_(world), district_(district) {}

  // One of each dated fact, so that there is something to be reached for.
  void LiveOnce();

  // A dated fact of this inspector; gives its name.
  std::string Leave(const std::string& inspector);
  std::string Employment(const std::string& inspector);
  std::string Qualification(const std::string& inspector);

  // An inspector with a new school; gives the name.
  std::string WithSchool();
  // Somebody new acts for somebody new, at a new school; gives its name.
  std::string Delegation();
  // An assignment of somebody new that begins in 2028.
  registry::v1::InspectorAssignment Ahead();

  // Two towns that the office lists; gives the name of one.
  std::string Town();

  registry::v1::Inspector Candidate();
  registry::v1::Inspector Reviewed();
  registry::v1::Inspector Publicized();  // the notice has run
  registry::v1::Inspector Appointed();
  registry::v1::Inspector Inducted();  // with a certificate
  registry::v1::Inspector OnDuty();
  registry::v1::Inspector Suspended();
  registry::v1::Inspector Ended();

  registry::v1::TrainingSession Planned();
  registry::v1::TrainingSession Held();
  registry::v1::Attendance Attended(const registry::v1::TrainingSession& session,
                                    const std::string& inspector);
  // Of the near inspector: excused, with notes; and a record of their own.
  registry::v1::Attendance Noted(const registry::v1::TrainingSession& session);
  registry::v1::StudyRecord Studied();

 private:
  template <class Response, class Request>
  Response Do(const std::string& method, const Request& request) {
    return world_.Must<Response>("registry", "inspectorate.registry.v1." + method,
                                 district_.people.at(Role::ROLE_DISTRICT_OFFICE), request);
  }
  template <class Request>
  static Request On(const auto& resource) {
    Request request;
    request.set_name(resource.name());
    request.set_etag(resource.etag());
    return request;
  }
  void Sample(const std::string& type, const std::string& name) { district_.samples[type] = name; }

  World& world_;
  District& district_;
};

}  // namespace inspectorate::conformance
