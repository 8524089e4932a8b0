// The handlers of a service, by method. Registration checks the message types against the contract, and a
// server refuses to start while a method of a service it serves has no handler.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "common/rpc/call.h"
#include "google/protobuf/message.h"

namespace inspectorate::rpc {

using google::protobuf::Message;

// Fills `response`; runs on a worker of the method's pool.
using UnaryHandler = std::function<absl::Status(Call& call, const Message& request, Message* response)>;

// Whether calls of a method may run side by side with others on one thread, their statements and commits
// shared (db::RunTogether). Only handlers that wait for nothing but this service's database, and not for
// long, may.
enum class Company { kAlone, kTogether };

// The sending side of a server stream. Thread-safe.
class StreamSink {
 public:
  virtual ~StreamSink() = default;
  // Queues a message. False when the stream has ended or its reader is too slow (then it ends by itself with
  // SLOW_CONSUMER); the producer stops then.
  virtual bool Send(const Message& message) = 0;
  // Ends the stream once what is queued is sent.
  virtual void Finish(absl::Status status) = 0;
  // Bytes queued and not yet taken by the transport.
  virtual size_t backlog() const = 0;
};

// Called once when a stream opens, on a gRPC thread: it must not block. It returns what to call when the
// stream has ended, whatever the reason. `call` and `sink` live until then.
using StreamHandler = std::function<std::function<void()>(std::shared_ptr<Call> call, const Message& request,
                                                          std::shared_ptr<StreamSink> sink)>;

// Handlers by full method name, "inspectorate.registry.v1.Schools.GetSchool".
class Methods {
 public:
  // Typed registration. Aborts at start-up when the name or a type does not match the contract.
  template <class Request, class Response, class F>
  void Unary(std::string_view method, F handler, Company company = Company::kAlone) {
    CheckTypes(method, Request::descriptor(), Response::descriptor());
    const auto untyped = [handler = std::move(handler)](Call& call, const Message& request,
                                                        Message* response) -> absl::Status {
      absl::StatusOr<Response> result = handler(call, static_cast<const Request&>(request));
      if (!result.ok()) return result.status();
      static_cast<Response*>(response)->Swap(&*result);
      return absl::OkStatus();
    };
    AddUnary(method, untyped, company);
  }
  // Untyped registration, for handlers that work by reflection.
  void AddUnary(std::string_view method, UnaryHandler handler, Company company = Company::kAlone);
  void AddStream(std::string_view method, StreamHandler handler);

  const UnaryHandler* FindUnary(std::string_view method) const;
  const StreamHandler* FindStream(std::string_view method) const;
  bool MayRunTogether(std::string_view method) const { return together_.contains(std::string(method)); }
  // Every service that has at least one handler, in order of registration.
  std::vector<const google::protobuf::ServiceDescriptor*> Services() const;
  // Methods of those services without a handler.
  std::vector<std::string> Missing() const;

 private:
  static void CheckTypes(std::string_view method, const google::protobuf::Descriptor* request,
                         const google::protobuf::Descriptor* response);
  std::unordered_map<std::string, UnaryHandler> unary_;
  std::unordered_set<std::string> together_;
  std::unordered_map<std::string, StreamHandler> streams_;
  std::vector<const google::protobuf::ServiceDescriptor*> services_;
};

// The method's descriptor in the generated pool, null when there is none.
const google::protobuf::MethodDescriptor* FindMethod(std::string_view full_name);

}  // namespace inspectorate::rpc
