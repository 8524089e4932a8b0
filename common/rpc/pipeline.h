// The call pipeline (design 3): what happens to every call around its handler, stage by stage, because gRPC's
// C++ server interceptors cannot stop a handler (engineering 0.4). Free of gRPC; a transport makes a
// ServedCall from what arrived and drives the pipeline.
#pragma once

#include <atomic>
#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "common/obs/metrics.h"
#include "common/obs/trace.h"
#include "common/rpc/call.h"
#include "common/rpc/methods.h"
#include "common/rpc/server.h"
#include "google/rpc/status.pb.h"

namespace inspectorate::rpc {

// What the server knows of a method, worked out once at start-up.
struct MethodPlan {
  const google::protobuf::MethodDescriptor* method = nullptr;
  std::optional<type::v1::Access> access;  // absent: denied to everybody
  const UnaryHandler* unary = nullptr;     // one of the two
  const StreamHandler* stream = nullptr;
  size_t max_request_bytes = 0;      // unpacked
  bool together = false;             // its calls may run side by side on one thread
  const Message* request = nullptr;  // prototypes
  const Message* response = nullptr;
};

// Fails when the method has no handler or a work class that does not fit its kind.
absl::StatusOr<MethodPlan> PlanMethod(const google::protobuf::MethodDescriptor& method,
                                      const Methods& methods);

// What the transport tells of a call that arrives.
struct Arrival {
  std::map<std::string, std::string, std::less<>> headers;  // names in lower case
  std::optional<std::chrono::milliseconds> time_left;       // absent: the caller set no deadline
  std::function<bool()> cancelled;
  // What the caller's verified certificate names; empty without one. Valid until the call is admitted.
  std::function<std::vector<std::string>()> certificate_names{};
  // The address that it comes from, without the port; of IPv6 the network. As long.
  std::function<std::string()> host = [] { return std::string(); };
};

// One call on its way through the pipeline. Stages fill it in; the handler sees it as a Call.
class ServedCall final : public Call {
 public:
  ServedCall(const MethodPlan& plan, Arrival arrival);

  const Principal& principal() const override { return principal_; }
  const type::v1::Access& access() const override;
  const google::protobuf::MethodDescriptor& method() const override { return *plan.method; }
  const std::string& language() const override { return language_; }
  const std::string& trace_id() const override { return trace.trace_id; }
  const db::Budget& budget() const override { return budget_; }
  std::string header(std::string_view name) const override;

  void set_principal(Principal principal) { principal_ = std::move(principal); }
  db::Budget* mutable_budget() { return &budget_; }

  const MethodPlan& plan;
  const std::chrono::steady_clock::time_point arrived = std::chrono::steady_clock::now();
  const std::optional<std::chrono::milliseconds> time_left;
  const std::function<std::vector<std::string>()> certificate_names;
  const std::function<std::string()> host;
  obs::TraceContext trace;
  std::string request_id;
  std::string error_id;  // set when the answer is masked

 private:
  const std::map<std::string, std::string, std::less<>> headers_;
  const std::string language_;
  Principal principal_;
  db::Budget budget_;
};

// "zh-CN" or "en", whichever `accept-language` prefers; zh-CN when it names neither.
std::string PreferredLanguage(std::string_view accept_language);

// Turns an exception into an internal error. Outermost: nothing thrown reaches the transport.
absl::Status Guarded(const std::function<absl::Status()>& work);

// --- stages, in order --------------------------------------------------------------------------------------

// Continues the caller's trace or begins one; takes or makes the request id.
struct TraceStage {
  void Before(ServedCall& call) const;
};

// One line a call; the text of masked errors appears only here.
struct AccessLogStage {
  std::string service;
  void After(const ServedCall& call, const absl::Status& status) const;
};

struct MetricsStage {
  std::string service;
  obs::Metrics* metrics;
  void After(const ServedCall& call, const absl::Status& status) const;
};

// SHUTTING_DOWN while the server drains.
struct DrainStage {
  std::atomic<bool> draining{false};
  absl::Status Before(const ServedCall& call) const;
};

// Gives a call without a deadline the default one, caps long ones, refuses spent ones. A stream without a
// deadline lives until one side ends it.
struct DeadlineStage {
  std::chrono::milliseconds default_deadline;
  std::chrono::milliseconds max_deadline;
  absl::Status Before(ServedCall& call) const;
};

struct AuthenticationStage {
  std::shared_ptr<const Authenticator> authenticator;
  // A service's token counts only on a connection whose certificate names that service: one that was read out
  // of a file or a log is worth nothing without the key.
  bool services_show_certificate = false;
  absl::Status Before(ServedCall& call) const;
};

// The method must state who may call it, and the caller's role must be among them.
struct AuthorisationStage {
  absl::Status Before(const ServedCall& call) const;
};

// After authorisation (AIP-211): who may not call learns nothing about the request.
struct ValidationStage {
  absl::Status Before(const Message& request) const;
};

// The stages put together.
class Pipeline {
 public:
  Pipeline(const ServerOptions& options, std::shared_ptr<const Authenticator> authenticator,
           obs::Metrics* metrics);

  // Fills the request; false when what arrived is none.
  using Parse = std::function<bool(Message*)>;

  // All stages up to authorisation: those that do not look at the request.
  absl::Status Enter(ServedCall& call) const;
  // The others, up to admission.
  absl::Status TakeRequest(const Parse& parse, Message* request) const;
  // Both.
  absl::Status Admit(ServedCall& call, const Parse& parse, Message* request) const;

  // Whether the token of a call that lasts is accepted still.
  absl::Status StillAuthenticated(const ServedCall& call) const {
    return authentication_.authenticator->Authenticate(call.header("authorization")).status();
  }

  // Runs the handler of a unary method on this thread.
  absl::Status Handle(ServedCall& call, const Message& request, Message* response) const;

  // Ends the call: decides on masking, counts, logs. The wire form of `status` for the transport.
  google::rpc::Status End(ServedCall& call, const absl::Status& status) const;

  void StartDraining() { drain_.draining = true; }

 private:
  TraceStage trace_;
  AccessLogStage log_;
  MetricsStage metrics_;
  DrainStage drain_;
  DeadlineStage deadline_;
  AuthenticationStage authentication_;
  AuthorisationStage authorisation_;
  ValidationStage validation_;
};

// The delay of an answer's RetryInfo.
std::optional<int> RetryDelayMs(const google::rpc::Status& wire);

}  // namespace inspectorate::rpc
