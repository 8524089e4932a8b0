#include "common/auth/permissions.h"

#include <algorithm>
#include <map>
#include <set>

#include "google/protobuf/descriptor_database.h"

namespace inspectorate::auth {
namespace {

using google::protobuf::DescriptorPool;
using google::protobuf::MethodDescriptor;
using google::protobuf::ServiceDescriptor;
using type::v1::Access;
using type::v1::Role;

constexpr char kPackages[] = "inspectorate.";

// Without the prefix that every value of the enum has: "DISTRICT_OFFICE".
std::string ShortName(const std::string& name) { return name.substr(name.find('_') + 1); }

std::string MistakeIn(const MethodDescriptor& method) {
  if (!method.options().HasExtension(type::v1::access)) return "no access option";
  const Access& access = method.options().GetExtension(type::v1::access);
  if (access.permission().empty()) return "no permission name";
  if (access.scope() == type::v1::SCOPE_UNSPECIFIED) return "no scope";
  if (access.roles().empty() && access.scope() != type::v1::SCOPE_NONE) return "no role";
  if (std::ranges::find(access.roles(), Role::ROLE_UNSPECIFIED) != access.roles().end())
    return "an unspecified role";
  const std::set<int> distinct(access.roles().begin(), access.roles().end());
  if (distinct.size() != static_cast<size_t>(access.roles_size())) return "a role comes twice";
  if (access.work() == type::v1::WORK_UNSPECIFIED) return "no worker pool";
  if (distinct.contains(Role::ROLE_PUBLIC) &&
      (distinct.size() > 1 || access.scope() != type::v1::SCOPE_NONE ||
       access.work() != type::v1::WORK_READ)) {
    return "public, but not a read for everybody alone";
  }
  if (method.server_streaming() != (access.work() == type::v1::WORK_STREAM)) {
    return "streams, and only streams, are WORK_STREAM";
  }
  return {};
}

}  // namespace

std::vector<const ServiceDescriptor*> LinkedServices() {
  std::vector<std::string> files;
  DescriptorPool::internal_generated_database()->FindAllFileNames(&files);
  std::map<std::string, const ServiceDescriptor*> by_name;
  for (const std::string& name : files) {
    const google::protobuf::FileDescriptor* file = DescriptorPool::generated_pool()->FindFileByName(name);
    for (int i = 0; file != nullptr && i < file->service_count(); ++i) {
      if (file->service(i)->full_name().starts_with(kPackages)) {
        by_name.emplace(file->service(i)->full_name(), file->service(i));
      }
    }
  }
  std::vector<const ServiceDescriptor*> services;
  services.reserve(by_name.size());
  for (const auto& [name, service] : by_name) services.push_back(service);
  return services;
}

std::vector<Permission> Permissions(const std::vector<const ServiceDescriptor*>& services) {
  std::vector<Permission> permissions;
  for (const ServiceDescriptor* service : services) {
    for (int i = 0; i < service->method_count(); ++i) {
      const MethodDescriptor& method = *service->method(i);
      if (!method.options().HasExtension(type::v1::access)) continue;
      const Access& access = method.options().GetExtension(type::v1::access);
      Permission permission{.method = method.full_name(),
                            .permission = access.permission(),
                            .roles = {},
                            .scope = access.scope(),
                            .work = access.work()};
      for (const int role : access.roles()) permission.roles.push_back(static_cast<Role>(role));
      permissions.push_back(std::move(permission));
    }
  }
  return permissions;
}

std::vector<std::string> AccessMistakes(const std::vector<const ServiceDescriptor*>& services) {
  std::vector<std::string> mistakes;
  for (const ServiceDescriptor* service : services) {
    for (int i = 0; i < service->method_count(); ++i) {
      const std::string mistake = MistakeIn(*service->method(i));
      if (!mistake.empty()) mistakes.push_back(service->method(i)->full_name() + ": " + mistake);
    }
  }
  return mistakes;
}

std::string PermissionMatrix(const std::vector<Permission>& permissions) {
  const google::protobuf::EnumDescriptor& roles = *type::v1::Role_descriptor();
  std::string head = "| Method | Permission | Scope |";
  std::string rule = "|---|---|---|";
  for (int i = 1; i < roles.value_count(); ++i) {
    head += " " + ShortName(roles.value(i)->name()) + " |";
    rule += "---|";
  }
  std::string table = head + "\n" + rule + "\n";
  for (const Permission& permission : permissions) {
    table += "| " + permission.method + " | " + permission.permission + " | " +
             ShortName(type::v1::Scope_Name(permission.scope)) + " |";
    for (int i = 1; i < roles.value_count(); ++i) {
      const auto role = static_cast<Role>(roles.value(i)->number());
      const bool granted = std::ranges::find(permission.roles, role) != permission.roles.end();
      table += granted ? " ✓ |" : " |";
    }
    table += "\n";
  }
  return table;
}

}  // namespace inspectorate::auth
