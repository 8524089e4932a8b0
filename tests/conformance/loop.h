// The life of one district, act by act, as those who are entitled do it: a fresh resource in whatever state a
// test needs to act on.
#pragma once

#include <string>
#include <vector>

#include "google/longrunning/operations.pb.h"
#include "inspectorate/issues/v1/attachment.pb.h"
#include "inspectorate/issues/v1/issue.pb.h"
#include "inspectorate/issues/v1/notice.pb.h"
#include "inspectorate/registry/v1/area_design.pb.h"
#include "inspectorate/visits/v1/obligation.pb.h"
#include "inspectorate/visits/v1/plan.pb.h"
#include "inspectorate/visits/v1/visit.pb.h"
#include "tests/conformance/world.h"

namespace inspectorate::conformance {

class Loop {
 public:
  Loop(World& world, District& district) : world_(world), district_(district) {}

  // One of everything, so that there is something to be reached for.
  void LiveOnce();

  // --- visits to the near school, by the near inspector
  visits::v1::Visit Planned(visits::v1::NoticeMode mode = visits::v1::UNANNOUNCED);
  visits::v1::Visit Started();
  visits::v1::Visit Recorded();
  visits::v1::Finding Found(const visits::v1::Visit& visit);
  visits::v1::Visit Submitted(int findings);
  std::string OpenObligation();
  registry::v1::AreaDesign Designed();
  visits::v1::Plan Solved();
  google::longrunning::Operation PlanOperation(const google::type::Date& month);
  google::type::Date NextMonth();

  // --- issues of the near school
  issues::v1::Issue Registered();
  issues::v1::Issue Triaged(issues::v1::Severity severity = issues::v1::MINOR,
                            issues::v1::Route route = issues::v1::NOTICE);
  issues::v1::Notice Noticed(issues::v1::Severity severity = issues::v1::MINOR);
  issues::v1::Notice LongNoticed();  // long enough ago to be deemed served
  issues::v1::Issue Acknowledged(issues::v1::Severity severity = issues::v1::MINOR);
  issues::v1::Issue PlanSubmitted();
  issues::v1::Issue Rectified(issues::v1::Severity severity = issues::v1::MINOR);
  issues::v1::Issue Verified(issues::v1::Severity severity = issues::v1::MINOR);
  issues::v1::Issue Closed();
  issues::v1::Issue Proposed();
  std::string Evidence();

  google::type::Date Today() const;

 private:
  const Principal& By(Role role) const { return district_.people.at(role); }
  const std::string& School() const { return district_.samples.at("inspectorate/School"); }
  template <class Response, class Request>
  Response Visits(Role role, const std::string& method, const Request& request) {
    return world_.Must<Response>("visits", "inspectorate.visits.v1." + method, By(role), request);
  }
  template <class Response, class Request>
  Response Issues(Role role, const std::string& method, const Request& request) {
    return world_.Must<Response>("issues", "inspectorate.issues.v1." + method, By(role), request);
  }
  template <class Request, class Resource>
  static Request On(const Resource& resource) {
    Request request;
    request.set_name(resource.name());
    request.set_etag(resource.etag());
    return request;
  }
  issues::v1::Issue Get(const std::string& name);
  void Settle() { world_.harness().Settle(district_.slug); }
  void Sample(const std::string& type, const std::string& name) { district_.samples[type] = name; }
  void SampleLedger();

  World& world_;
  District& district_;
};

}  // namespace inspectorate::conformance
