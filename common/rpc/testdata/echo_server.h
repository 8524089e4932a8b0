// For tests: a server of the test contract in this process, and its client.
#pragma once

#include <grpcpp/generic/generic_stub.h>
#include <grpcpp/grpcpp.h>

#include <atomic>
#include <chrono>
#include <functional>
#include <memory>
#include <mutex>
#include <stdexcept>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include "common/obs/log.h"
#include "common/rpc/client.h"
#include "common/rpc/server.h"
#include "common/rpc/testdata/echo.pb.h"
#include "common/status/error.h"
#include "gtest/gtest.h"

namespace inspectorate::rpc {

using rpctest::EchoRequest;
using rpctest::EchoResponse;
using std::chrono::milliseconds;
using std::chrono::steady_clock;

inline constexpr char kRead[] = "inspectorate.rpctest.Echo.Read";
inline constexpr char kWrite[] = "inspectorate.rpctest.Echo.Write";
inline constexpr char kLook[] = "inspectorate.rpctest.Echo.Look";
inline constexpr char kForgotten[] = "inspectorate.rpctest.Echo.Forgotten";
inline constexpr char kWatch[] = "inspectorate.rpctest.Echo.Watch";

inline milliseconds Since(steady_clock::time_point begin) {
  return std::chrono::duration_cast<milliseconds>(steady_clock::now() - begin);
}

// Waits until `condition` holds; false after ten seconds.
inline bool Eventually(const std::function<bool()>& condition) {
  const auto begin = steady_clock::now();
  while (!condition()) {
    if (Since(begin) > milliseconds(10'000)) return false;
    std::this_thread::sleep_for(milliseconds(5));
  }
  return true;
}

// The token is the role; one of them is good for a single time.
class RoleAsToken : public Authenticator {
 public:
  absl::StatusOr<Principal> Authenticate(std::string_view authorization) const override {
    Principal principal{
        .subject = "staff/1", .display_name = "", .role = Role::ROLE_UNSPECIFIED, .office = "zhanhua"};
    if (authorization == "Bearer office") principal.role = Role::ROLE_DISTRICT_OFFICE;
    if (authorization == "Bearer office2") {
      principal.role = Role::ROLE_DISTRICT_OFFICE;
      principal.subject = "staff/2";
    }
    if (authorization == "Bearer auditor") principal.role = Role::ROLE_AUDITOR;
    if (authorization == "Bearer once" && !used_.exchange(true)) principal.role = Role::ROLE_DISTRICT_OFFICE;
    if (principal.role == Role::ROLE_UNSPECIFIED) {
      return Error(ErrorReason::UNAUTHENTICATED_CALLER, {{"why", "unknown token"}});
    }
    return principal;
  }

 private:
  mutable std::atomic<bool> used_{false};
};

// The handlers of the test contract; `behave` says what a call does.
struct EchoHandlers {
  std::atomic<int> executed{0};
  std::atomic<int> running{0};
  std::atomic<int> most_at_once{0};
  std::atomic<int> failures_left{0};
  std::atomic<int> saw_cancel{0};
  std::atomic<int> streams_ended{0};
  std::mutex mutex;
  std::vector<std::shared_ptr<StreamSink>> sinks;
  std::vector<std::thread> producers;

  ~EchoHandlers() {
    for (std::thread& producer : producers) producer.join();
  }

  absl::StatusOr<EchoResponse> Answer(Call& call, const EchoRequest& request) {
    ++executed;
    const int now = ++running;
    for (int most = most_at_once; now > most && !most_at_once.compare_exchange_weak(most, now);) {
    }
    std::this_thread::sleep_for(milliseconds(request.block_ms()));
    --running;
    if (request.behave() == "throw") throw std::runtime_error("secret detail");
    if (request.behave() == "missing") return NotFound("schools/x");
    if (request.behave() == "flaky" && failures_left-- > 0) return Error(ErrorReason::DATABASE_UNAVAILABLE);
    if (request.behave() == "wait_for_cancel") {
      if (Eventually([&] { return call.cancelled(); })) ++saw_cancel;
    }
    EchoResponse response;
    response.set_text(request.text());
    response.set_subject(call.principal().subject);
    response.set_language(call.language());
    response.set_trace_id(call.trace_id());
    response.set_budget_ms(-Since(call.budget().deadline).count());
    return response;
  }

  std::function<void()> Open(const EchoRequest& request, std::shared_ptr<StreamSink> sink) {
    std::this_thread::sleep_for(milliseconds(request.block_ms()));
    std::lock_guard lock(mutex);
    if (request.behave() == "throw") throw std::runtime_error("secret detail");
    if (request.behave() == "keep") {
      sinks.push_back(std::move(sink));
    } else {
      producers.emplace_back([request, sink] { Produce(request, *sink); });
    }
    return [this, behave = request.behave()] {
      ++streams_ended;
      if (behave == "throw_at_end") throw std::runtime_error("at the end");
    };
  }

  // Sends `count` messages of `size` bytes, as fast as the sink takes them.
  static void Produce(const EchoRequest& request, StreamSink& sink) {
    EchoResponse message;
    message.set_text(std::string(static_cast<size_t>(request.size()), 'x'));
    for (int i = 1; i <= request.count(); ++i) {
      message.set_position(i);
      if (request.behave() == "pace") {
        while (sink.backlog() > 100'000) std::this_thread::sleep_for(milliseconds(1));
      }
      if (!sink.Send(message)) return;
    }
    sink.Finish(absl::OkStatus());
  }

  std::shared_ptr<const Methods> Register() {
    auto methods = std::make_shared<Methods>();
    for (const char* method : {kRead, kWrite, kLook, kForgotten}) {
      methods->Unary<EchoRequest, EchoResponse>(
          method, [this](Call& call, const EchoRequest& request) { return Answer(call, request); });
    }
    methods->AddStream(kWatch, [this](const std::shared_ptr<Call>&, const Message& request,
                                      std::shared_ptr<StreamSink> sink) {
      return Open(static_cast<const EchoRequest&>(request), std::move(sink));
    });
    return methods;
  }
};

// A call by nothing but gRPC.
inline grpc::Status CallRaw(grpc::GenericStub& stub, grpc::ClientContext& context, const std::string& path,
                            const std::string& bytes, grpc::ByteBuffer* answer) {
  grpc::CompletionQueue queue;
  const grpc::Slice slice(bytes);
  grpc::Status status;
  const auto call = stub.PrepareUnaryCall(&context, path, grpc::ByteBuffer(&slice, 1), &queue);
  call->StartCall();
  call->Finish(answer, &status, &status);
  void* tag = nullptr;
  bool ok = false;
  queue.Next(&tag, &ok);
  queue.Shutdown();
  return status;
}

inline grpc::Status RawRead(grpc::GenericStub& stub, grpc::ClientContext& context) {
  grpc::ByteBuffer answer;
  return CallRaw(stub, context, "/inspectorate.rpctest.Echo/Read", "", &answer);
}

class ServerTest : public ::testing::Test {
 protected:
  ServerTest() {
    options_.listen = "127.0.0.1:0";
    options_.service_name = "rpctest";
    options_.metrics = &metrics_;
    obs::SetLogSink([this](std::string_view line) {
      std::lock_guard lock(log_mutex_);
      log_ += std::string(line) + "\n";
    });
  }
  ~ServerTest() override {
    server_.reset();
    obs::SetLogSink({});
  }

  void StartServer(std::shared_ptr<const Authenticator> authenticator = std::make_shared<RoleAsToken>()) {
    auto started = Server::Start(options_, handlers_.Register(), std::move(authenticator));
    ASSERT_TRUE(started.ok()) << started.status();
    server_ = std::move(*started);
    server_->SetServing(true);
    client_ = ClientFor("office");
  }
  std::unique_ptr<Client> ClientFor(const std::string& token, const std::string& language = "en") {
    return Client::Connect(
        {.target = server_->address(), .token = [token] { return token; }, .language = language});
  }
  absl::StatusOr<EchoResponse> Read(const EchoRequest& request, const CallOptions& options = {}) {
    return client_->Call<EchoResponse>(kRead, request, options);
  }
  // By a client that watches nobody's health and repeats nothing.
  grpc::Status ReadUnwatched() {
    grpc::ChannelArguments arguments;
    arguments.SetInt(GRPC_ARG_ENABLE_RETRIES, 0);
    grpc::GenericStub stub(
        grpc::CreateCustomChannel(server_->address(), grpc::InsecureChannelCredentials(), arguments));
    grpc::ClientContext context;
    context.AddMetadata("authorization", "Bearer office");
    return RawRead(stub, context);
  }
  static EchoRequest Blocking(int ms) {
    EchoRequest request;
    request.set_block_ms(ms);
    return request;
  }
  static EchoRequest Behaving(const std::string& behave) {
    EchoRequest request;
    request.set_behave(behave);
    return request;
  }
  std::string LogText() {
    std::lock_guard lock(log_mutex_);
    return log_;
  }

  obs::Metrics metrics_;
  EchoHandlers handlers_;
  ServerOptions options_;
  std::unique_ptr<Server> server_;
  std::unique_ptr<Client> client_;
  std::mutex log_mutex_;
  std::string log_;
};

}  // namespace inspectorate::rpc
