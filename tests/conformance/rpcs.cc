#include "tests/conformance/rpcs.h"

#include <algorithm>
#include <cstdlib>
#include <iostream>

#include "common/auth/permissions.h"
#include "inspectorate/feed/v1/feed.pb.h"
#include "inspectorate/issues/v1/issue.pb.h"
#include "inspectorate/registry/v1/office.pb.h"
#include "inspectorate/reporting/v1/report.pb.h"
#include "inspectorate/visits/v1/visit.pb.h"

namespace inspectorate::conformance {
namespace {

// "inspectorate.visits.v1" → "visits"; what belongs to all: empty.
std::string ServiceOf(const std::string& package) {
  const size_t begin = package.find('.') + 1;
  const std::string part = package.substr(begin, package.find('.', begin) - begin);
  return part == "feed" || part == "type" ? "" : part;
}

std::vector<Rpc> Collect() {
  std::vector<Rpc> rpcs;
  for (const auto* contract : auth::LinkedServices()) {
    const std::string owner = ServiceOf(contract->file()->package());
    for (int i = 0; i < contract->method_count(); ++i) {
      if (!owner.empty()) {
        rpcs.push_back({owner, contract->method(i)});
        continue;
      }
      for (const char* service : {"registry", "visits", "issues", "reporting"}) {
        rpcs.push_back({service, contract->method(i)});
      }
    }
  }
  return rpcs;
}

}  // namespace

const type::v1::Access& Rpc::access() const { return method->options().GetExtension(type::v1::access); }

bool Rpc::is_public() const {
  return std::ranges::find(access().roles(), Role::ROLE_PUBLIC) != access().roles().end();
}

bool Rpc::Permits(Role role) const {
  if (is_public()) return true;
  return std::ranges::find(access().roles(), role) != access().roles().end();
}

std::ostream& operator<<(std::ostream& out, const Rpc& rpc) {
  return out << rpc.name() << " of " << rpc.service;
}

const std::vector<Rpc>& AllRpcs() {
  static const auto& rpcs = *new std::vector<Rpc>(Collect());
  return rpcs;
}

const Rpc& RpcOf(const std::string& service, const std::string& name) {
  const auto found = std::ranges::find_if(
      AllRpcs(), [&](const Rpc& rpc) { return rpc.service == service && rpc.name() == name; });
  if (found == AllRpcs().end()) {
    std::cerr << "no rpc " << name << " of " << service << "\n";
    std::abort();
  }
  return *found;
}

const std::vector<Role>& AllRoles() {
  static const auto& roles = *[] {
    auto* all = new std::vector<Role>;
    const auto& values = *type::v1::Role_descriptor();
    for (int i = 0; i < values.value_count(); ++i) {
      // The public role is nobody's: no token names it.
      const bool held = values.value(i)->number() != 0 && values.value(i)->number() != Role::ROLE_PUBLIC;
      if (held) all->push_back(static_cast<Role>(values.value(i)->number()));
    }
    return all;
  }();
  return roles;
}

}  // namespace inspectorate::conformance
