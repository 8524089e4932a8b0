// The services as the command line reaches them: by method, with the login of this machine.
#pragma once

#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "common/rpc/client.h"
#include "google/longrunning/operations.pb.h"
#include "google/protobuf/descriptor.h"
#include "google/protobuf/message.h"
#include "services/cli/environment.h"

namespace inspectorate::cli {

using google::protobuf::Message;
using google::protobuf::MethodDescriptor;

using MessagePtr = std::unique_ptr<Message>;

// An empty message of a linked type.
MessagePtr NewMessage(const google::protobuf::Descriptor& type);

// Thread-safe.
class Session {
 public:
  Session(Environment environment, Login login, std::string office);

  const Environment& environment() const { return environment_; }
  const Login& login() const { return login_; }
  // The office spoken of: `--office`, else that of the login. Empty when neither says.
  const std::string& office() const { return office_; }

  // Connection to a service ("registry"). An error when this machine does not know where it is.
  absl::StatusOr<rpc::Client*> ClientOf(const std::string& service);
  // The service follows from the method's package; methods that every service offers name it.
  absl::StatusOr<MessagePtr> Call(const MethodDescriptor& method, const Message& request,
                                  const std::string& service = "");

  // Waits for a long operation of a service, telling how far it is. Its response, or its error.
  absl::StatusOr<google::longrunning::Operation> Await(
      const std::string& service, google::longrunning::Operation operation,
      const std::function<void(const google::longrunning::Operation&)>& progress);

 private:
  // With the lock held.
  absl::Status OpenTls();

  const Environment environment_;
  const Login login_;
  const std::string office_;
  std::mutex mutex_;
  std::shared_ptr<const rpc::Tls> tls_;
  std::map<std::string, std::unique_ptr<rpc::Client>> clients_;
};

// "registry" of "inspectorate.registry.v1.Schools.ListSchools".
std::string ServiceOf(const MethodDescriptor& method);

}  // namespace inspectorate::cli
