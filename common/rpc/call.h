// What a handler knows about the call it serves. No gRPC type is visible here.
#pragma once

#include <string>
#include <string_view>

#include "common/base/time.h"
#include "common/db/database.h"
#include "google/protobuf/descriptor.h"
#include "inspectorate/type/v1/options.pb.h"

namespace inspectorate::rpc {

using type::v1::Role;

// Who calls, as the verified token says it.
struct Principal {
  // Resource name of the person or system: "inspectors/{uuid}", "offices/zhanhua/supervisors/{uuid}",
  // "offices/zhanhua/staff/{uuid}", "services/visits".
  std::string subject;
  // For people: the name shown in documents and timelines. Never logged.
  std::string display_name;
  Role role = Role::ROLE_UNSPECIFIED;
  // Office slug the role is held in; "-" for the platform's own services.
  std::string office;

  bool is_service() const { return role == Role::ROLE_SERVICE; }
};

// One call, from admission to its end. Lives as long as the handler runs.
class Call {
 public:
  virtual ~Call() = default;
  virtual const Principal& principal() const = 0;
  virtual const type::v1::Access& access() const = 0;
  virtual const google::protobuf::MethodDescriptor& method() const = 0;
  // "zh-CN" or "en".
  virtual const std::string& language() const = 0;
  // 32 hexadecimal digits of the W3C trace.
  virtual const std::string& trace_id() const = 0;
  // Time left and cancellation; hand it to every statement and child call.
  virtual const db::Budget& budget() const = 0;
  bool cancelled() const { return budget().cancelled && budget().cancelled(); }
  // An optional request header ("x-inspectorate-…"); empty when absent.
  virtual std::string header(std::string_view name) const = 0;
};

}  // namespace inspectorate::rpc
