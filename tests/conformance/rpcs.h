// Every rpc that the four services serve, read from the contract: what is added there is tested here.
#pragma once

#include <ostream>
#include <string>
#include <vector>

#include "common/rpc/call.h"
#include "google/protobuf/descriptor.h"
#include "inspectorate/type/v1/options.pb.h"

namespace inspectorate::conformance {

using rpc::Role;

struct Rpc {
  std::string service;  // that serves it: "registry"
  const google::protobuf::MethodDescriptor* method = nullptr;

  const std::string& name() const { return method->full_name(); }
  const type::v1::Access& access() const;
  bool Permits(Role role) const;
  // Needs no login, so that it permits whoever shows one.
  bool is_public() const;
  bool mutates() const { return access().work() == type::v1::WORK_WRITE; }
  // Kept for older callers and refused (registry_catalogues_test says how).
  bool gone() const { return method->options().deprecated(); }
  bool streams() const { return method->server_streaming(); }
  const google::protobuf::FieldDescriptor* Input(const char* field) const {
    return method->input_type()->FindFieldByName(field);
  }
};
std::ostream& operator<<(std::ostream& out, const Rpc& rpc);

// The platform's own (feed, operations) once for each service.
const std::vector<Rpc>& AllRpcs();
const Rpc& RpcOf(const std::string& service, const std::string& name);

// All roles but the zero one.
const std::vector<Role>& AllRoles();

}  // namespace inspectorate::conformance
