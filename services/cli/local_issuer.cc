#include "services/cli/local_issuer.h"

#include <unistd.h>

#include <chrono>
#include <set>
#include <utility>
#include <vector>

#include "common/base/macros.h"
#include "common/base/uuid.h"
#include "inspectorate/registry/v1/area.pb.h"
#include "inspectorate/registry/v1/delegation.pb.h"
#include "inspectorate/registry/v1/inspector.pb.h"
#include "inspectorate/registry/v1/office.pb.h"
#include "inspectorate/registry/v1/policy.pb.h"
#include "inspectorate/registry/v1/school.pb.h"
#include "services/cli/contract.h"
#include "services/cli/resolve.h"
#include "services/cli/words.h"

namespace inspectorate::cli {
namespace {

using rpc::Principal;
using rpc::Role;

constexpr std::chrono::hours kLoginLifetime{12};
constexpr std::chrono::minutes kLookupLifetime{2};
// Space of ids of people that no list names yet.
constexpr char kFirstPersonSpace[] = "7a0f2f52-3f0e-5c4e-9a43-0e6d2a0c9b11";

Principal PersonOf(const std::string& subject, const std::string& name, Role role,
                   const std::string& office) {
  return {.subject = subject, .display_name = name, .role = role, .office = office};
}

struct People {
  std::vector<Principal> found;
  int staff = 0;
};

absl::Status FindStaff(Session& session, const std::string& who, Role role, People* people) {
  return ForEachListed(
      session, *ListerOf("inspectorate/StaffMember"), "offices/" + session.office(), "",
      [&](const Message& message) {
        ++people->staff;
        if (!AnswersTo(message, who)) return;
        const auto& member = static_cast<const registry::v1::StaffMember&>(message);
        people->found.push_back(PersonOf(member.name(), member.display_name(),
                                         role == Role::ROLE_UNSPECIFIED ? Role::ROLE_DISTRICT_OFFICE : role,
                                         session.office()));
      });
}

absl::Status FindSupervisors(Session& session, const std::string& who, People* people) {
  return ForEachListed(session, *ListerOf("inspectorate/Supervisor"), "offices/" + session.office(), "",
                       [&](const Message& message) {
                         if (!AnswersTo(message, who)) return;
                         const auto& person = static_cast<const registry::v1::Supervisor&>(message);
                         people->found.push_back(PersonOf(person.name(), person.display_name(),
                                                          Role::ROLE_SCHOOL_SUPERVISOR, session.office()));
                       });
}

absl::Status FindInspectors(Session& session, const std::string& who, People* people) {
  std::set<std::string> leads;
  RETURN_IF_ERROR(ForEachListed(session, *ListerOf("inspectorate/AreaMembership"),
                                "offices/" + session.office(), "", [&](const Message& message) {
                                  const auto& membership =
                                      static_cast<const registry::v1::AreaMembership&>(message);
                                  if (membership.duty() == registry::v1::LEAD)
                                    leads.insert(membership.inspector());
                                }));
  RETURN_IF_ERROR(ForEachListed(session, *ListerOf("inspectorate/Delegation"), "offices/" + session.office(),
                                "", [&](const Message& message) {
                                  const auto& acts = static_cast<const registry::v1::Delegation&>(message);
                                  if (!acts.area().empty()) leads.insert(acts.delegate());
                                }));
  return ForEachListed(
      session, *ListerOf("inspectorate/Inspector"), "", "office = \"offices/" + session.office() + "\"",
      [&](const Message& message) {
        if (!AnswersTo(message, who)) return;
        const auto& person = static_cast<const registry::v1::Inspector&>(message);
        people->found.push_back(
            PersonOf(person.name(), person.display_name(),
                     leads.contains(person.name()) ? Role::ROLE_AREA_LEAD : Role::ROLE_RESPONSIBLE_INSPECTOR,
                     session.office()));
      });
}

bool HeldByStaff(Role role) {
  return role == Role::ROLE_DISTRICT_OFFICE || role == Role::ROLE_AUDITOR ||
         role == Role::ROLE_BUREAU_READER || role == Role::ROLE_SYSTEM_INTEGRATOR ||
         role == Role::ROLE_PLATFORM_OPERATOR;
}

// An area lead may act as the inspector they also are; otherwise the role asked for must be the one held.
bool MayHold(const Principal& person, Role role) {
  if (role == Role::ROLE_UNSPECIFIED || person.role == role) return true;
  return person.role == Role::ROLE_AREA_LEAD && role == Role::ROLE_RESPONSIBLE_INSPECTOR;
}

absl::StatusOr<Principal> Choose(std::vector<Principal> found, const std::string& who, Role role) {
  std::erase_if(found, [&](const Principal& person) { return !MayHold(person, role); });
  if (found.empty()) {
    return absl::NotFoundError(
        Say({"本督导室没有此人（或无此角色）：", "nobody of that name (in that role) here: "}) + who);
  }
  if (found.size() > 1) {
    std::string names;
    for (const Principal& person : found)
      names += "\n  " + auth::RoleName(person.role) + "  " + person.subject;
    return UserError({"不止一人，请用工号或 --role", "more than one person; use the work number or --role"},
                     who + names);
  }
  if (role != Role::ROLE_UNSPECIFIED) found.front().role = role;
  return found.front();
}

}  // namespace

LocalIssuer::LocalIssuer(Environment environment, std::unique_ptr<auth::TokenIssuer> issuer)
    : environment_(std::move(environment)), issuer_(std::move(issuer)) {}

absl::StatusOr<std::unique_ptr<LocalIssuer>> LocalIssuer::Open(const Environment& environment) {
  // A key made here would be one that no service trusts: it must be there.
  if (environment.issuer_key.empty() || access(environment.issuer_key.c_str(), R_OK) != 0) {
    return absl::PermissionDeniedError(
        Say({"本机没有签发密钥（--issuer-key）；请向您的OIDC签发方取得令牌，用 --token-file 登录",
             "no issuer key on this machine (--issuer-key); get a token from your OIDC issuer and use "
             "--token-file"}));
  }
  ASSIGN_OR_RETURN(auto issuer, auth::TokenIssuer::LoadOrCreate(environment.issuer_key, environment.issuer,
                                                                environment.audience));
  return std::unique_ptr<LocalIssuer>(new LocalIssuer(environment, std::move(issuer)));
}

Principal LocalIssuer::Operator() {
  return {.subject = "operators/local",
          .display_name = "operator",
          .role = Role::ROLE_PLATFORM_OPERATOR,
          .office = "-"};
}

absl::Status LocalIssuer::CheckSandbox(const std::string& office) {
  ASSIGN_OR_RETURN(Login login, LogIn(Operator()));
  Session session(environment_, std::move(login), office);
  ASSIGN_OR_RETURN(const MessagePtr answer, Fetch(session, "inspectorate/Office", "offices/" + office));
  if (static_cast<const registry::v1::Office&>(*answer).sandbox()) return absl::OkStatus();
  return absl::PermissionDeniedError(
      Say({"不是沙箱督导室：请用OIDC签发方的令牌（--token-file）登录",
           "not a sandbox office: log in with a token of your OIDC issuer (--token-file)"}));
}

absl::StatusOr<Principal> LocalIssuer::Find(const std::string& office, const std::string& who, Role role) {
  RETURN_IF_ERROR(CheckSandbox(office));
  Login login;
  login.principal = PersonOf("services/local-issuer", "local-issuer", Role::ROLE_SERVICE, office);
  ASSIGN_OR_RETURN(login.token, issuer_->Issue(login.principal, kLookupLifetime));
  Session session(environment_, login, office);
  People people;
  RETURN_IF_ERROR(FindStaff(session, who, HeldByStaff(role) ? role : Role::ROLE_UNSPECIFIED, &people));
  RETURN_IF_ERROR(FindInspectors(session, who, &people));
  RETURN_IF_ERROR(FindSupervisors(session, who, &people));
  if (people.staff == 0 && people.found.empty() && role == Role::ROLE_DISTRICT_OFFICE) {
    const Uuid id = DerivedUuid(*ParseUuid(kFirstPersonSpace), office + "/" + who);
    return PersonOf("offices/" + office + "/staff/" + FormatUuid(id), who, role, office);
  }
  return Choose(std::move(people.found), who, role);
}

absl::StatusOr<std::string> LocalIssuer::Sign(const Principal& principal) const {
  return issuer_->Issue(principal, kLoginLifetime);
}

absl::StatusOr<Login> LocalIssuer::LogIn(const Principal& principal) const {
  Login login;
  login.principal = principal;
  ASSIGN_OR_RETURN(login.token, Sign(principal));
  return login;
}

}  // namespace inspectorate::cli
