// The people and services of the demo: every act goes over gRPC under the name of the person who does it.
#pragma once

#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "common/auth/jwt.h"
#include "common/base/time.h"
#include "common/rpc/client.h"
#include "google/longrunning/operations.pb.h"

namespace inspectorate::demo {

using google::protobuf::Message;

struct Person {
  std::string subject;
  std::string name;
  rpc::Role role = rpc::Role::ROLE_UNSPECIFIED;
};

class World {
 public:
  // `endpoints`: service → target. Tokens are signed with the local issuer's key.
  World(const std::map<std::string, std::string>& endpoints, std::unique_ptr<auth::TokenIssuer> issuer,
        std::string office);

  const std::string& office() const { return office_; }
  std::string parent() const { return "offices/" + office_; }

  // A call by `who`; the service follows from the method's package. Where the request can have a request id
  // and has none, it follows from who asks for what: asked again, the same.
  absl::Status Call(const Person& who, const std::string& method, Message& request, Message* response);
  template <class Response, class Request>
  absl::StatusOr<Response> Call(const Person& who, const std::string& method, Request request) {
    Response response;
    absl::Status status = Call(who, method, request, &response);
    if (!status.ok()) return status;
    return response;
  }
  // The same on a service that is named: for methods which every service offers.
  absl::Status CallOn(const std::string& service, const Person& who, const std::string& method,
                      Message& request, Message* response);

  // Waits for a long operation of `service`, telling how far it is, and unpacks its result.
  absl::Status Await(const std::string& service, const Person& who, google::longrunning::Operation operation,
                     const std::function<void(int64_t done, int64_t total)>& progress, Message* response);

  // Reads who is who from the registry: by work number.
  absl::Status LoadPeople();
  const Person& Of(const std::string& work_number) const;
  // An inspector by resource name.
  const Person& Inspector(const std::string& name) const { return by_subject_.at(name); }
  // School resource name by the office's number, and back.
  const std::string& School(const std::string& number) const { return schools_.at(number); }
  static Person Operator();
  static Person Watcher();  // a service that reads watermarks

  // Are there people in the office already?
  bool peopled() const { return !people_.empty(); }

  // Sets the office's clock, never backwards, and waits until every service has it.
  absl::Status SetClock(Time time);
  // Waits until all services have applied what the others have emitted so far.
  absl::Status Settle();

 private:
  absl::StatusOr<std::string> TokenOf(const Person& who);

  std::map<std::string, std::unique_ptr<rpc::Client>> clients_;
  std::unique_ptr<auth::TokenIssuer> issuer_;
  const std::string office_;
  std::mutex tokens_mutex_;
  std::map<std::pair<std::string, rpc::Role>, std::pair<std::string, std::chrono::steady_clock::time_point>>
      tokens_;
  std::map<std::string, Person> people_;
  std::map<std::string, Person> by_subject_;
  std::map<std::string, std::string> schools_;
};

}  // namespace inspectorate::demo
