// Who may call what, read off the contracts: the permission matrix and the proof that no method is left out.
#pragma once

#include <string>
#include <vector>

#include "google/protobuf/descriptor.h"
#include "inspectorate/type/v1/options.pb.h"

namespace inspectorate::auth {

struct Permission {
  std::string method;      // "inspectorate.visits.v1.Visits.GetVisit"
  std::string permission;  // "visits.visits.get"
  std::vector<type::v1::Role> roles;
  type::v1::Scope scope = type::v1::SCOPE_UNSPECIFIED;
  type::v1::Work work = type::v1::WORK_UNSPECIFIED;
};

// The platform's services of all linked contracts, by name.
std::vector<const google::protobuf::ServiceDescriptor*> LinkedServices();

// One row a method that states its access, services and methods in order.
std::vector<Permission> Permissions(const std::vector<const google::protobuf::ServiceDescriptor*>& services);

// Methods nobody can call or that say it badly: no access option, no permission name, no role where one is
// needed, no scope, a pool that does not fit (streams and only streams are WORK_STREAM), or public beside
// other roles, with a scope or with writes. "method: why" each.
std::vector<std::string> AccessMistakes(
    const std::vector<const google::protobuf::ServiceDescriptor*>& services);

// The matrix as a Markdown table: methods by roles, with scope.
std::string PermissionMatrix(const std::vector<Permission>& permissions);

}  // namespace inspectorate::auth
