#include "services/issues/service.h"

#include "inspectorate/issues/v1/attachment.pb.h"
#include "inspectorate/issues/v1/issue.pb.h"
#include "inspectorate/issues/v1/notice.pb.h"
#include "issues_migrations.h"
#include "services/issues/app/new_papers.h"
#include "services/issues/app/register_from_visits.h"
#include "services/issues/rpc/methods.h"

namespace inspectorate::issues {
namespace {

service::Definition Define() {
  service::Definition definition;
  definition.name = "issues";
  definition.peers = {"registry", "visits"};
  definition.migrations = db::MigrationsFrom(issues_migrations);
  definition.state = {
      {.source = "", .message = v1::Issue::descriptor()},
      {.source = "", .message = v1::Notice::descriptor()},
      {.source = "", .message = v1::Attachment::descriptor()},
  };
  definition.wire = [](service::Wiring& wiring) {
    RegisterIssues(wiring.methods, wiring.platform);
    RegisterNotices(wiring.methods, wiring.platform);
    RegisterAttachments(wiring.methods, wiring.platform);
  };
  definition.follow = [](service::Wiring&) {
    return std::vector<service::Following>{{.source = "registry", .apply = FollowRegistry()},
                                           {.source = "visits", .apply = RegisterFromVisits()}};
  };
  return definition;
}

}  // namespace

const service::Definition& IssuesDefinition() {
  static const auto* definition = new service::Definition(Define());
  return *definition;
}

}  // namespace inspectorate::issues
