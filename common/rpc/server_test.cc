// Server and client together over real sockets, with the traps of engineering 0.3, 0.4, 0.6 and stack B5.
#include "common/rpc/server.h"

#include <grpcpp/generic/generic_stub.h>
#include <grpcpp/grpcpp.h>
#include <unistd.h>

#include <atomic>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <future>
#include <map>
#include <optional>
#include <random>
#include <sstream>
#include <thread>
#include <vector>

#include "common/obs/trace.h"
#include "common/rpc/health.h"
#include "common/rpc/testdata/echo_server.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace inspectorate::rpc {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

// gRPC closes what is left of a connection on threads of its own. Whoever looks for leaks when this program
// ends must not come before that.
class LetConnectionsClose final : public ::testing::Environment {
  void TearDown() override { std::this_thread::sleep_for(milliseconds(500)); }
};
[[maybe_unused]] const auto* const closing = ::testing::AddGlobalTestEnvironment(new LetConnectionsClose);

// --- one call ----------------------------------------------------------------------------------------------

TEST_F(ServerTest, CarriesACallThereAndBack) {
  StartServer();
  const obs::TraceContext trace = obs::NewTrace();
  const obs::ScopedTrace scope(trace);
  EchoRequest request;
  request.set_text("沾化");
  const auto response = Read(request, {.deadline = milliseconds(3'000)});
  ASSERT_TRUE(response.ok()) << response.status();
  EXPECT_EQ(response->text(), "沾化");
  EXPECT_EQ(response->subject(), "staff/1");
  EXPECT_EQ(response->language(), "en");
  EXPECT_EQ(response->trace_id(), trace.trace_id);
  EXPECT_LE(response->budget_ms(), 3'000);
  EXPECT_GT(response->budget_ms(), 0);
}

TEST_F(ServerTest, KeepsTheReasonAndWordsOfAnError) {
  StartServer();
  const absl::Status english = Read(Behaving("missing")).status();
  EXPECT_EQ(english.code(), absl::StatusCode::kNotFound);
  EXPECT_EQ(ReasonOf(english), ErrorReason::RESOURCE_NOT_FOUND);
  EXPECT_EQ(MetadataOf(english).at("resource"), "schools/x");
}

// The wire message itself, not the client's rendering of it.
TEST_F(ServerTest, AnswersInTheLanguageAskedFor) {
  StartServer();
  grpc::GenericStub stub(grpc::CreateChannel(server_->address(), grpc::InsecureChannelCredentials()));
  const auto details = [&](const std::string& language) {
    grpc::ClientContext context;
    context.AddMetadata("authorization", "Bearer office");
    context.AddMetadata("accept-language", language);
    grpc::CompletionQueue queue;
    const grpc::Slice slice(Behaving("missing").SerializeAsString());
    grpc::ByteBuffer response;
    grpc::Status status;
    const auto call = stub.PrepareUnaryCall(&context, "/inspectorate.rpctest.Echo/Read",
                                            grpc::ByteBuffer(&slice, 1), &queue);
    call->StartCall();
    call->Finish(&response, &status, &stub);
    void* tag = nullptr;
    bool ok = false;
    queue.Next(&tag, &ok);
    google::rpc::Status wire;
    EXPECT_TRUE(wire.ParseFromString(status.error_details()));
    google::rpc::LocalizedMessage localized;
    for (const auto& detail : wire.details()) detail.UnpackTo(&localized);
    return localized.message();
  };
  EXPECT_THAT(details("zh-CN"), HasSubstr("找不到"));
  EXPECT_THAT(details("en-US,en;q=0.9"), HasSubstr("does not exist"));
}

TEST_F(ServerTest, MasksWhatAHandlerThrows) {
  StartServer();
  const absl::Status status = Read(Behaving("throw")).status();
  EXPECT_EQ(ReasonOf(status), ErrorReason::INTERNAL_ERROR);
  EXPECT_THAT(status.ToString(), Not(HasSubstr("secret")));
  const std::string error_id = MetadataOf(status)["error_id"];
  EXPECT_FALSE(error_id.empty());
  EXPECT_THAT(LogText(), HasSubstr(error_id));
  EXPECT_THAT(LogText(), HasSubstr("secret detail"));
}

TEST_F(ServerTest, CountsCalls) {
  StartServer();
  ASSERT_TRUE(Read({}).ok());
  EXPECT_THAT(metrics_.Text(),
              HasSubstr("inspectorate_calls_total{code=\"OK\",method=\"inspectorate.rpctest.Echo.Read\""));
  EXPECT_THAT(metrics_.Text(),
              HasSubstr("inspectorate_queue_wait_seconds_count{pool=\"read\",service=\"rpctest\"} 1"));
}

// --- refusals ----------------------------------------------------------------------------------------------

// A gRPC interceptor that refuses a call does not stop its handler (engineering 0.4); the pipeline does.
TEST_F(ServerTest, RefusedCallsNeverReachTheHandler) {
  StartServer();
  const EchoRequest request;
  EXPECT_EQ(ReasonOf(ClientFor("")->Call<EchoResponse>(kRead, request).status()),
            ErrorReason::UNAUTHENTICATED_CALLER);
  EXPECT_EQ(ReasonOf(ClientFor("auditor")->Call<EchoResponse>(kWrite, request).status()),
            ErrorReason::PERMISSION_MISSING);
  EXPECT_EQ(ReasonOf(client_->Call<EchoResponse>(kForgotten, request).status()),
            ErrorReason::PERMISSION_MISSING);
  EXPECT_EQ(ReasonOf(Read(Blocking(-1)).status()), ErrorReason::INVALID_FIELDS);
  EXPECT_EQ(handlers_.executed, 0);
  EXPECT_TRUE(ClientFor("auditor")->Call<EchoResponse>(kRead, request).ok());
  EXPECT_EQ(handlers_.executed, 1);
}

TEST_F(ServerTest, AuthorisesBeforeItValidates) {
  StartServer();
  EXPECT_EQ(ReasonOf(ClientFor("auditor")->Call<EchoResponse>(kWrite, Blocking(-1)).status()),
            ErrorReason::PERMISSION_MISSING);
}

TEST_F(ServerTest, NamesTheFieldsThatBreakARule) {
  StartServer();
  const absl::Status status = Read(Blocking(-1)).status();
  ASSERT_EQ(ViolationsOf(status).size(), 1u);
  EXPECT_EQ(ViolationsOf(status)[0].field, "block_ms");
}

TEST_F(ServerTest, RefusesMessagesThatAreTooLarge) {
  StartServer();
  EchoRequest request;
  request.set_text(std::string(5 << 20, 'x'));
  EXPECT_EQ(Read(request).status().code(), absl::StatusCode::kResourceExhausted);
  EXPECT_EQ(handlers_.executed, 0);
  EXPECT_TRUE(Read({}).ok());
}

TEST_F(ServerTest, UnknownMethodsHaveTheirOwnReason) {
  StartServer();
  EXPECT_EQ(
      ReasonOf(client_->Call<EchoResponse>("inspectorate.rpctest.Echo.Nothing", EchoRequest()).status()),
      ErrorReason::METHOD_NOT_FOUND);
}

TEST_F(ServerTest, DoesNotStartWhileAMethodHasNoHandler) {
  auto methods = std::make_shared<Methods>();
  methods->Unary<EchoRequest, EchoResponse>(
      kRead, [](Call&, const EchoRequest&) -> absl::StatusOr<EchoResponse> { return EchoResponse(); });
  const auto started = Server::Start(options_, methods, std::make_shared<RoleAsToken>());
  EXPECT_THAT(started.status().ToString(), HasSubstr(kWrite));
}

// --- workers and queue -------------------------------------------------------------------------------------

// Handlers that block on gRPC's own threads would run two at a time here (engineering 0.3).
TEST_F(ServerTest, BlockingHandlersRunInParallel) {
  options_.read.workers = 8;
  StartServer();
  const auto begin = steady_clock::now();
  std::vector<std::future<absl::Status>> calls;
  calls.reserve(8);
  for (int i = 0; i < 8; ++i) {
    calls.push_back(std::async(std::launch::async, [&] { return Read(Blocking(200)).status(); }));
  }
  for (auto& call : calls) EXPECT_TRUE(call.get().ok());
  EXPECT_EQ(handlers_.most_at_once, 8);
  EXPECT_LT(Since(begin), milliseconds(4 * 200));  // two at a time would take 800 ms
}

TEST_F(ServerTest, ServesWhatFitsAndShedsTheRestAtOnce) {
  options_.read = {.workers = 4, .queue = 16, .max_wait = milliseconds(9'000)};
  StartServer();
  ASSERT_TRUE(Read({}).ok());  // connected
  std::atomic<int> served{0};
  std::atomic<int> shed{0};
  std::atomic<int64_t> slowest_refusal{0};
  std::vector<std::thread> callers;
  callers.reserve(60);
  for (int i = 0; i < 60; ++i) {
    callers.emplace_back([&] {
      const auto begin = steady_clock::now();
      const absl::Status status =
          Read(Blocking(500), {.deadline = milliseconds(30'000), .max_attempts = 1}).status();
      if (status.ok()) ++served;
      if (ReasonOf(status) != ErrorReason::OVERLOADED) return;
      ++shed;
      for (int64_t most = slowest_refusal, took = Since(begin).count();
           took > most && !slowest_refusal.compare_exchange_weak(most, took);) {
      }
    });
  }
  for (std::thread& caller : callers) caller.join();
  EXPECT_EQ(served, 20);
  EXPECT_EQ(shed, 40);
  EXPECT_LT(slowest_refusal, 400);  // before any worker is free again
}

TEST_F(ServerTest, TellsRefusedCallersWhenToComeBack) {
  options_.read = {.workers = 1, .queue = 0};
  StartServer();
  auto busy = std::async(std::launch::async, [&] { return Read(Blocking(500)).status(); });
  ASSERT_TRUE(Eventually([&] { return handlers_.running == 1; }));
  grpc::GenericStub stub(grpc::CreateChannel(server_->address(), grpc::InsecureChannelCredentials()));
  grpc::ClientContext context;
  context.AddMetadata("authorization", "Bearer office");
  grpc::CompletionQueue queue;
  grpc::ByteBuffer response;
  grpc::Status status;
  const auto call = stub.PrepareUnaryCall(&context, "/inspectorate.rpctest.Echo/Read",
                                          grpc::ByteBuffer(nullptr, 0), &queue);
  call->StartCall();
  call->Finish(&response, &status, &stub);
  void* tag = nullptr;
  bool ok = false;
  queue.Next(&tag, &ok);
  EXPECT_EQ(status.error_code(), grpc::StatusCode::RESOURCE_EXHAUSTED);
  const auto pushback = context.GetServerTrailingMetadata().find("grpc-retry-pushback-ms");
  ASSERT_NE(pushback, context.GetServerTrailingMetadata().end());
  EXPECT_GT(std::stoi(std::string(pushback->second.data(), pushback->second.size())), 0);
  EXPECT_TRUE(busy.get().ok());
}

TEST_F(ServerTest, CallsWhoseCallerHasGoneAreNeverExecuted) {
  options_.read = {.workers = 1, .queue = 16, .max_wait = milliseconds(9'000)};
  StartServer();
  auto busy = std::async(std::launch::async, [&] { return Read(Blocking(600)).status(); });
  ASSERT_TRUE(Eventually([&] { return handlers_.running == 1; }));
  std::vector<std::future<absl::Status>> calls;
  calls.reserve(8);
  for (int i = 0; i < 8; ++i) {
    calls.push_back(std::async(std::launch::async, [&] {
      return Read({}, {.deadline = milliseconds(100), .max_attempts = 1}).status();
    }));
  }
  for (auto& call : calls) EXPECT_EQ(ReasonOf(call.get()), ErrorReason::DEADLINE_SPENT);
  EXPECT_TRUE(busy.get().ok());
  EXPECT_TRUE(Read({}).ok());  // everything before it in the queue has been dealt with
  EXPECT_EQ(handlers_.executed, 2);
}

TEST_F(ServerTest, ReadsAreServedWhileWritesAreStuck) {
  options_.write = {.workers = 1, .queue = 1};
  StartServer();
  auto stuck = std::async(std::launch::async,
                          [&] { return client_->Call<EchoResponse>(kWrite, Blocking(500)).status(); });
  ASSERT_TRUE(Eventually([&] { return handlers_.running == 1; }));
  EXPECT_TRUE(Read({}, {.deadline = milliseconds(400)}).ok());
  EXPECT_TRUE(stuck.get().ok());
}

TEST_F(ServerTest, AHandlerSeesThatItsCallerHasGone) {
  StartServer();
  const absl::Status status = Read(Behaving("wait_for_cancel"), {.deadline = milliseconds(100)}).status();
  EXPECT_EQ(ReasonOf(status), ErrorReason::DEADLINE_SPENT);
  EXPECT_TRUE(Eventually([&] { return handlers_.saw_cancel == 1; }));
}

// Calls that end in every order of admission, work and cancellation: each is answered once and none is lost.
TEST_F(ServerTest, SurvivesAStormOfCancellations) {
  options_.read = {.workers = 4, .queue = 16};
  StartServer();
  std::atomic<int> answered{0};
  std::vector<std::thread> callers;
  callers.reserve(8);
  for (int thread = 0; thread < 8; ++thread) {
    callers.emplace_back([&, thread] {
      std::minstd_rand random(static_cast<unsigned>(thread + 1));
      for (int i = 0; i < 100; ++i) {
        const int patience = static_cast<int>(random() % 12);
        const auto begin = steady_clock::now();
        db::Budget budget = db::Budget::Of(milliseconds(5'000));
        budget.cancelled = [&] { return Since(begin) >= milliseconds(patience); };
        Read(Blocking(static_cast<int>(random() % 6)),
             {.deadline = milliseconds(1 + random() % 15), .budget = &budget, .max_attempts = 1})
            .status()
            .IgnoreError();
        ++answered;
      }
    });
  }
  for (std::thread& caller : callers) caller.join();
  EXPECT_EQ(answered, 800);
  EXPECT_TRUE(Eventually([&] { return handlers_.running == 0; }));
  EXPECT_TRUE(Read({}).ok());
}

// --- the client --------------------------------------------------------------------------------------------

TEST_F(ServerTest, RetriesWhatIsUnavailable) {
  StartServer();
  handlers_.failures_left = 3;
  EXPECT_TRUE(Read(Behaving("flaky")).ok());
  EXPECT_EQ(handlers_.executed, 4);
}

TEST_F(ServerTest, GivesUpAfterTheAttemptsAllowed) {
  StartServer();
  handlers_.failures_left = 100;
  EXPECT_EQ(ReasonOf(Read(Behaving("flaky")).status()), ErrorReason::DATABASE_UNAVAILABLE);
  EXPECT_EQ(handlers_.executed, 4);
  EXPECT_FALSE(Read(Behaving("flaky"), {.max_attempts = 1}).ok());
  EXPECT_EQ(handlers_.executed, 5);
}

TEST_F(ServerTest, DoesNotRetryOtherErrors) {
  StartServer();
  EXPECT_FALSE(Read(Behaving("missing")).ok());
  EXPECT_EQ(handlers_.executed, 1);
}

TEST_F(ServerTest, ASpentParentSendsNothing) {
  StartServer();
  const db::Budget spent = db::Budget::Of(milliseconds(0));
  EXPECT_EQ(ReasonOf(Read({}, {.budget = &spent}).status()), ErrorReason::DEADLINE_SPENT);
  EXPECT_EQ(handlers_.executed, 0);
}

TEST_F(ServerTest, AChildEndsBeforeItsParent) {
  StartServer();
  const db::Budget parent = db::Budget::Of(milliseconds(2'000));
  const auto response = Read({}, {.budget = &parent});
  ASSERT_TRUE(response.ok());
  // Five per cent are kept back; gRPC rounds what is left up to ten milliseconds.
  EXPECT_LE(response->budget_ms(), 1'911);
}

TEST_F(ServerTest, ACancelledParentCancelsTheChild) {
  StartServer();
  std::atomic<bool> cancelled{false};
  db::Budget parent = db::Budget::Of(milliseconds(30'000));
  parent.cancelled = [&] { return cancelled.load(); };
  auto call = std::async(std::launch::async,
                         [&] { return Read(Behaving("wait_for_cancel"), {.budget = &parent}).status(); });
  ASSERT_TRUE(Eventually([&] { return handlers_.executed == 1; }));
  cancelled = true;
  EXPECT_EQ(ReasonOf(call.get()), ErrorReason::CALL_CANCELLED);
  EXPECT_TRUE(Eventually([&] { return handlers_.saw_cancel == 1; }));
}

TEST_F(ServerTest, ServersThatCannotBeReachedAreNamed) {
  StartServer();
  const std::string address = server_->address();
  server_.reset();
  const auto client = Client::Connect({.target = address, .token = {}});
  const absl::Status status = client->Call<EchoResponse>(kRead, EchoRequest(), {.max_attempts = 2}).status();
  EXPECT_EQ(ReasonOf(status), ErrorReason::PEER_UNAVAILABLE);
  EXPECT_EQ(MetadataOf(status)["service"], "inspectorate.rpctest.Echo");
}

// A service config with a mistake in it is ignored in silence; this shows that ours takes effect.
TEST_F(ServerTest, SpreadsCallsOverTheAddressesOfATarget) {
  StartServer();
  EchoHandlers others;
  auto second = Server::Start(options_, others.Register(), std::make_shared<RoleAsToken>());
  ASSERT_TRUE(second.ok()) << second.status();
  (*second)->SetServing(true);
  const auto client = Client::Connect({.target = "ipv4:" + server_->address() + "," + (*second)->address(),
                                       .token = [] { return "office"; }});
  ASSERT_TRUE(Eventually([&] {
    EXPECT_TRUE(client->Call<EchoResponse>(kRead, EchoRequest()).ok());
    return handlers_.executed > 0 && others.executed > 0;
  }));
  const int before = others.executed;
  for (int i = 0; i < 20; ++i) EXPECT_TRUE(client->Call<EchoResponse>(kRead, EchoRequest()).ok());
  EXPECT_EQ(others.executed - before, 10);
}

// --- streams -----------------------------------------------------------------------------------------------

TEST_F(ServerTest, StreamsEveryMessageInOrder) {
  StartServer();
  EchoRequest request = Behaving("pace");
  request.set_count(10'000);
  request.set_size(100);
  int64_t last = 0;
  const absl::Status status =
      client_->Stream(kWatch, request, EchoResponse::default_instance(),
                      [&](const Message& message) {
                        EXPECT_EQ(static_cast<const EchoResponse&>(message).position(), last + 1);
                        ++last;
                        return true;
                      },
                      {});
  EXPECT_TRUE(status.ok()) << status;
  EXPECT_EQ(last, 10'000);
  EXPECT_TRUE(Eventually([&] { return handlers_.streams_ended == 1; }));
}

TEST_F(ServerTest, StreamsEndWhenTheReaderStops) {
  StartServer();
  std::atomic<bool> stop{false};
  auto reading = std::async(std::launch::async, [&] {
    return client_->Stream(
        kWatch, Behaving("keep"), EchoResponse::default_instance(), [](const Message&) { return true; },
        [&] { return stop.load(); });
  });
  ASSERT_TRUE(Eventually([&] {
    std::lock_guard lock(handlers_.mutex);
    return handlers_.sinks.size() == 1;
  }));
  stop = true;
  EXPECT_TRUE(reading.get().ok());
  EXPECT_TRUE(Eventually([&] { return handlers_.streams_ended == 1; }));
  EXPECT_FALSE(handlers_.sinks[0]->Send(EchoResponse()));
}

TEST_F(ServerTest, AStreamEndsWithItsToken) {
  StartServer();
  const absl::Status status = ClientFor("once")->Stream(
      kWatch, Behaving("keep"), EchoResponse::default_instance(), [](const Message&) { return true; },
      [begin = steady_clock::now()] { return Since(begin) > milliseconds(30'000); });
  EXPECT_EQ(ReasonOf(status), ErrorReason::UNAUTHENTICATED_CALLER) << status;
  EXPECT_TRUE(Eventually([&] { return handlers_.streams_ended == 1; }));
}

TEST_F(ServerTest, StreamsGoThroughTheSamePipeline) {
  StartServer();
  const auto open = [&](Client& client, const EchoRequest& request) {
    return client.Stream(kWatch, request, EchoResponse::default_instance(),
                         [](const Message&) { return true; }, {});
  };
  EXPECT_EQ(ReasonOf(open(*ClientFor("auditor"), Behaving("keep"))), ErrorReason::PERMISSION_MISSING);
  EXPECT_EQ(ReasonOf(open(*client_, Blocking(-1))), ErrorReason::INVALID_FIELDS);
  EXPECT_EQ(handlers_.sinks.size(), 0u);
  EXPECT_EQ(ReasonOf(open(*client_, Behaving("throw"))), ErrorReason::INTERNAL_ERROR);
}

TEST_F(ServerTest, ReadersThatAreTooSlowAreToldSo) {
  options_.stream_buffer_bytes = 256 << 10;
  StartServer();
  EchoRequest request;
  request.set_count(1'000);
  request.set_size(64 << 10);
  int received = 0;
  const absl::Status status = client_->Stream(kWatch, request, EchoResponse::default_instance(),
                                              [&](const Message&) {
                                                if (received++ == 0)
                                                  std::this_thread::sleep_for(milliseconds(500));
                                                return true;
                                              },
                                              {});
  EXPECT_EQ(ReasonOf(status), ErrorReason::SLOW_CONSUMER);
  EXPECT_LT(received, 1'000);
  EXPECT_TRUE(Eventually([&] { return handlers_.streams_ended == 1; }));
}

TEST_F(ServerTest, IdleStreamsCostNoThreads) {
  options_.transport.calls_a_connection = 400;
  options_.read = {.workers = 1, .queue = 8};
  StartServer();
  ASSERT_TRUE(Read({}).ok());
  const auto threads = [] {
    return std::distance(std::filesystem::directory_iterator("/proc/self/task"),
                         std::filesystem::directory_iterator());
  };
  constexpr int kIdle = 300;
  grpc::GenericStub stub(grpc::CreateChannel(server_->address(), grpc::InsecureChannelCredentials()));
  grpc::CompletionQueue queue;
  const grpc::Slice slice(Behaving("keep").SerializeAsString());
  const grpc::ByteBuffer request(&slice, 1);
  std::vector<std::unique_ptr<grpc::ClientContext>> contexts;
  std::vector<std::unique_ptr<grpc::GenericClientAsyncReaderWriter>> calls;
  const auto before = threads();
  for (int i = 0; i < kIdle; ++i) {
    contexts.push_back(std::make_unique<grpc::ClientContext>());
    contexts.back()->AddMetadata("authorization", "Bearer office");
    calls.push_back(stub.PrepareCall(contexts.back().get(), "/inspectorate.rpctest.Echo/Watch", &queue));
    calls.back()->StartCall(&stub);
    void* tag = nullptr;
    bool ok = false;
    queue.Next(&tag, &ok);
    calls.back()->Write(request, &stub);
    queue.Next(&tag, &ok);
  }
  ASSERT_TRUE(Eventually([&] {
    std::lock_guard lock(handlers_.mutex);
    return handlers_.sinks.size() == kIdle;
  }));
  EXPECT_LT(threads() - before, 10);
  EXPECT_TRUE(Read({}, {.deadline = milliseconds(1'000)}).ok());
  EXPECT_THAT(
      metrics_.Text(),
      HasSubstr("inspectorate_streams{method=\"inspectorate.rpctest.Echo.Watch\",service=\"rpctest\"} 300"));
  server_->Drain();
  EXPECT_EQ(handlers_.streams_ended, kIdle);
  // gRPC wants every call finished before it goes.
  std::vector<grpc::Status> statuses(kIdle);
  for (int i = 0; i < kIdle; ++i) {
    calls[static_cast<size_t>(i)]->Finish(&statuses[static_cast<size_t>(i)], &stub);
    void* tag = nullptr;
    bool ok = false;
    queue.Next(&tag, &ok);
    EXPECT_EQ(statuses[static_cast<size_t>(i)].error_code(), grpc::StatusCode::UNAVAILABLE);
  }
  queue.Shutdown();
}

// --- life and death ----------------------------------------------------------------------------------------

TEST_F(ServerTest, DrainFinishesWhatRunsAndRefusesWhatComes) {
  StartServer();
  auto running = std::async(std::launch::async, [&] { return Read(Blocking(500)).status(); });
  auto watching = std::async(std::launch::async, [&] {
    return client_->Stream(kWatch, Behaving("keep"), EchoResponse::default_instance(),
                           [](const Message&) { return true; }, {});
  });
  ASSERT_TRUE(Eventually([&] {
    std::lock_guard lock(handlers_.mutex);
    return handlers_.running == 1 && handlers_.sinks.size() == 1;
  }));
  auto drained = std::async(std::launch::async, [&] { server_->Drain(); });
  EXPECT_EQ(ReasonOf(watching.get()), ErrorReason::SHUTTING_DOWN);
  const auto late = ReadUnwatched();
  EXPECT_EQ(late.error_code(), grpc::StatusCode::UNAVAILABLE);
  EXPECT_THAT(late.error_details(), HasSubstr("SHUTTING_DOWN"));
  EXPECT_TRUE(running.get().ok());
  drained.get();
  EXPECT_EQ(handlers_.executed, 1);
}

TEST_F(ServerTest, DrainCutsWhatDoesNotEnd) {
  options_.drain = milliseconds(200);
  StartServer();
  auto running = std::async(std::launch::async,
                            [&] { return Read(Behaving("wait_for_cancel"), {.max_attempts = 1}).status(); });
  ASSERT_TRUE(Eventually([&] { return handlers_.executed == 1; }));
  const auto begin = steady_clock::now();
  server_->Drain();
  EXPECT_LT(Since(begin), milliseconds(2'000));
  EXPECT_FALSE(running.get().ok());
  EXPECT_EQ(handlers_.saw_cancel, 1);
}

// Steady calls of one client over two servers, each of which must succeed at the first attempt.
class SteadyCalls {
 public:
  explicit SteadyCalls(Client& client) : client_(client), thread_([this] { Run(); }) {}
  ~SteadyCalls() { Stop(); }
  void Stop() {
    stopping_ = true;
    if (thread_.joinable()) thread_.join();
  }
  std::atomic<int> calls{0};
  std::atomic<int> repeated{0};
  std::atomic<int> failed{0};

 private:
  void Run() {
    while (!stopping_) {
      int attempts = 0;
      if (!client_.Call<EchoResponse>(kRead, EchoRequest(), {.attempts = &attempts}).ok()) ++failed;
      if (attempts > 1) ++repeated;
      ++calls;
    }
  }

  Client& client_;
  std::atomic<bool> stopping_{false};
  std::thread thread_;
};

TEST_F(ServerTest, ClientsLeaveAServerThatIsAboutToEndBeforeItRefusesThem) {
  StartServer();
  EchoHandlers others;
  auto other = Server::Start(options_, others.Register(), std::make_shared<RoleAsToken>());
  ASSERT_TRUE(other.ok()) << other.status();
  (*other)->SetServing(true);
  const auto client = Client::Connect({.target = "ipv4:" + server_->address() + "," + (*other)->address(),
                                       .token = [] { return std::string("office"); }});
  // One call that lasts, so that draining takes its time: whoever is still sent there is refused all along.
  auto lasting =
      std::async(std::launch::async, [&] { return Read(Blocking(1'500), {.max_attempts = 1}).status(); });
  ASSERT_TRUE(Eventually([&] { return handlers_.running == 1; }));
  SteadyCalls steady(*client);
  ASSERT_TRUE(Eventually([&] { return handlers_.executed > 20 && others.executed > 20; }));
  server_->Announce();
  std::this_thread::sleep_for(milliseconds(300));  // the news travels
  server_->Drain();
  EXPECT_TRUE(lasting.get().ok());
  steady.Stop();
  EXPECT_EQ(steady.failed, 0);
  EXPECT_EQ(steady.repeated, 0) << "of " << steady.calls;
}

// The service config that docs/integrate.md gives to those who do not use our client.
std::string DocumentedConfig() {
  const char* source = std::getenv("INSPECTORATE_SOURCE");
  std::ifstream file(std::string(source == nullptr ? "." : source) + "/docs/integrate.md");
  std::ostringstream text;
  text << file.rdbuf();
  const std::string fence = "```json\n";
  const size_t begin = text.str().find(fence) + fence.size();
  return text.str().substr(begin, text.str().find("```", begin) - begin);
}

// Steady calls over gRPC's own channel, with what it does by itself and nothing more.
class ForeignCalls {
 public:
  ForeignCalls(const std::string& target, const std::string& config) {
    grpc::ChannelArguments arguments;
    arguments.SetServiceConfigJSON(config);
    arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
    channel_ = grpc::CreateCustomChannel(target, grpc::InsecureChannelCredentials(), arguments);
    for (int i = 0; i < 4; ++i) threads_.emplace_back([this] { Run(); });
  }
  ~ForeignCalls() { Stop(); }
  void Stop() {
    stopping_ = true;
    for (std::thread& thread : threads_) {
      if (thread.joinable()) thread.join();
    }
  }
  // By status code.
  std::map<int, int> ends() {
    std::lock_guard lock(mutex_);
    return ends_;
  }

 private:
  void Run() {
    grpc::GenericStub stub(channel_);
    while (!stopping_) {
      grpc::ClientContext context;
      context.AddMetadata("authorization", "Bearer office");
      context.set_deadline(std::chrono::system_clock::now() + std::chrono::seconds(10));
      const grpc::Status status = RawRead(stub, context);
      std::lock_guard lock(mutex_);
      ++ends_[status.error_code()];
    }
  }

  std::shared_ptr<grpc::Channel> channel_;
  std::atomic<bool> stopping_{false};
  std::mutex mutex_;
  std::map<int, int> ends_;
  std::vector<std::thread> threads_;
};

TEST_F(ServerTest, AForeignClientWithTheDocumentedConfigNoticesNoDrain) {
  StartServer();
  EchoHandlers others;
  auto other = Server::Start(options_, others.Register(), std::make_shared<RoleAsToken>());
  ASSERT_TRUE(other.ok()) << other.status();
  (*other)->SetServing(true);
  auto lasting =
      std::async(std::launch::async, [&] { return Read(Blocking(1'500), {.max_attempts = 1}).status(); });
  ASSERT_TRUE(Eventually([&] { return handlers_.running == 1; }));
  const std::string config = DocumentedConfig();
  ASSERT_THAT(config, HasSubstr("healthCheckConfig"));
  ForeignCalls calls("ipv4:" + server_->address() + "," + (*other)->address(), config);
  ASSERT_TRUE(Eventually([&] { return handlers_.executed > 20 && others.executed > 20; }));
  server_->Announce();
  std::this_thread::sleep_for(milliseconds(300));
  server_->Drain();
  EXPECT_TRUE(lasting.get().ok());
  calls.Stop();
  EXPECT_THAT(calls.ends(), ::testing::ElementsAre(::testing::Key(grpc::StatusCode::OK)));
}

TEST_F(ServerTest, WhatArrivesAfterTheAnnouncementIsServed) {
  StartServer();
  server_->Announce();
  const grpc::Status status = ReadUnwatched();
  EXPECT_TRUE(status.ok()) << status.error_message();
  // Our own find nobody there.
  EXPECT_EQ(ReasonOf(ClientFor("office")->Call<EchoResponse>(kRead, EchoRequest()).status()),
            ErrorReason::PEER_UNAVAILABLE);
}

// A watcher of health is no call in flight.
TEST_F(ServerTest, DrainWaitsForNobodyWhoOnlyWatchesItsHealth) {
  StartServer();
  EXPECT_TRUE(Read({}).ok());
  const auto begin = steady_clock::now();
  server_->Drain();
  EXPECT_LT(Since(begin), milliseconds(2'000));
}

// gRPC shares ports between processes unless it is told not to (stack B5).
TEST_F(ServerTest, ASecondServerCannotTakeThePort) {
  StartServer();
  ServerOptions same = options_;
  same.listen = server_->address();
  EchoHandlers others;
  EXPECT_FALSE(Server::Start(same, others.Register(), std::make_shared<RoleAsToken>()).ok());
}

TEST_F(ServerTest, ASecondServerCannotTakeTheSocketFile) {
  const std::string path =
      (std::filesystem::temp_directory_path() / ("rpc_test_" + std::to_string(::getpid()))).string();
  options_.listen = "unix:" + path;
  StartServer();
  EXPECT_TRUE(Read({}).ok());
  EchoHandlers others;
  EXPECT_FALSE(Server::Start(options_, others.Register(), std::make_shared<RoleAsToken>()).ok());
  EXPECT_TRUE(Read({}).ok());
}

TEST_F(ServerTest, HealthFollowsServing) {
  StartServer();
  EXPECT_TRUE(client_->CheckHealth(milliseconds(2'000)).ok());
  server_->SetServing(false);
  EXPECT_EQ(ReasonOf(client_->CheckHealth(milliseconds(2'000))), ErrorReason::PEER_UNAVAILABLE);
}

TEST_F(ServerTest, HealthNeedsNoWorker) {
  options_.read = {.workers = 1, .queue = 0};
  StartServer();
  auto busy = std::async(std::launch::async, [&] { return Read(Blocking(300)).status(); });
  ASSERT_TRUE(Eventually([&] { return handlers_.running == 1; }));
  EXPECT_TRUE(client_->CheckHealth(milliseconds(2'000)).ok());
  EXPECT_TRUE(busy.get().ok());
}

TEST_F(ServerTest, ReflectionListsTheServices) {
  StartServer();
  grpc::GenericStub stub(grpc::CreateChannel(server_->address(), grpc::InsecureChannelCredentials()));
  grpc::ClientContext context;
  grpc::CompletionQueue queue;
  void* tag = nullptr;
  bool ok = false;
  const auto call =
      stub.PrepareCall(&context, "/grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo", &queue);
  call->StartCall(&stub);
  queue.Next(&tag, &ok);
  const std::string list_services("\x3a\x01*", 3);  // ServerReflectionRequest{list_services: "*"}
  const grpc::Slice slice(list_services);
  call->Write(grpc::ByteBuffer(&slice, 1), &stub);
  queue.Next(&tag, &ok);
  grpc::ByteBuffer answer;
  call->Read(&answer, &stub);
  queue.Next(&tag, &ok);
  ASSERT_TRUE(ok);
  grpc::Slice whole;
  ASSERT_TRUE(answer.DumpToSingleSlice(&whole).ok());
  EXPECT_THAT(std::string(reinterpret_cast<const char*>(whole.begin()), whole.size()),
              HasSubstr("inspectorate.rpctest.Echo"));
  context.TryCancel();
  grpc::Status status;
  call->Finish(&status, &stub);
  queue.Next(&tag, &ok);
  queue.Shutdown();
}

TEST_F(ServerTest, OldConnectionsAreRenewedWithoutAFailedCall) {
  options_.max_connection_age = milliseconds(200);
  StartServer();
  const auto begin = steady_clock::now();
  while (Since(begin) < milliseconds(1'500)) {
    const auto response = Read({});
    ASSERT_TRUE(response.ok()) << response.status();
  }
}

// --- calls on gRPC's core ----------------------------------------------------------------------------------

// A call by nothing but gRPC, with the bytes given or, without any, none at all.
struct RawAnswer {
  grpc::Status status;
  std::string bytes;
};
RawAnswer RawCall(const std::string& target, const std::string& path, const std::optional<std::string>& bytes,
                  grpc_compression_algorithm compression = GRPC_COMPRESS_NONE) {
  grpc::GenericStub stub(grpc::CreateChannel(target, grpc::InsecureChannelCredentials()));
  grpc::ClientContext context;
  context.AddMetadata("authorization", "Bearer office");
  context.set_compression_algorithm(compression);
  context.set_deadline(std::chrono::system_clock::now() + std::chrono::seconds(20));
  grpc::CompletionQueue queue;
  void* tag = nullptr;
  bool ok = false;
  const auto call = stub.PrepareCall(&context, path, &queue);
  call->StartCall(&stub);
  queue.Next(&tag, &ok);
  if (bytes) {
    const grpc::Slice slice(*bytes);
    call->Write(grpc::ByteBuffer(&slice, 1), &stub);
    queue.Next(&tag, &ok);
  }
  call->WritesDone(&stub);
  queue.Next(&tag, &ok);
  RawAnswer answer;
  grpc::ByteBuffer received;
  call->Read(&received, &stub);
  queue.Next(&tag, &ok);
  grpc::Slice whole;
  if (ok && received.DumpToSingleSlice(&whole).ok())
    answer.bytes.assign(reinterpret_cast<const char*>(whole.begin()), whole.size());
  call->Finish(&answer.status, &stub);
  queue.Next(&tag, &ok);
  queue.Shutdown();
  return answer;
}
constexpr char kReadPath[] = "/inspectorate.rpctest.Echo/Read";

TEST_F(ServerTest, RefusesWhatIsNoMessage) {
  StartServer();
  const RawAnswer garbage = RawCall(server_->address(), kReadPath, "\xff\xff\xff");
  EXPECT_EQ(garbage.status.error_code(), grpc::StatusCode::INVALID_ARGUMENT);
  EXPECT_THAT(garbage.status.error_details(), HasSubstr("INVALID_FIELDS"));
  EXPECT_FALSE(RawCall(server_->address(), kReadPath, std::nullopt).status.ok());
  EXPECT_EQ(handlers_.executed, 0);
  EXPECT_TRUE(Read({}).ok());
}

// Such a request lies in many pieces, and a compressed one is not what was sent.
TEST_F(ServerTest, ReadsLargeAndCompressedRequests) {
  StartServer();
  EchoRequest request;
  for (int i = 0; request.text().size() < 1'900'000; ++i) *request.mutable_text() += std::to_string(i) + "号";
  for (const auto compression : {GRPC_COMPRESS_NONE, GRPC_COMPRESS_GZIP}) {
    const RawAnswer answer = RawCall(server_->address(), kReadPath, request.SerializeAsString(), compression);
    ASSERT_TRUE(answer.status.ok()) << answer.status.error_message();
    EchoResponse response;
    ASSERT_TRUE(response.ParseFromString(answer.bytes));
    EXPECT_TRUE(response.text() == request.text());  // not for the eye
  }
}

// Threads of this process by the beginning of their name.
int ThreadsNamed(const std::string& name) {
  int found = 0;
  for (const auto& task : std::filesystem::directory_iterator("/proc/self/task")) {
    std::string comm;
    std::getline(std::ifstream(task.path() / "comm"), comm);
    if (comm.starts_with(name)) ++found;
  }
  return found;
}

// Threads that wait for the same sockets take turns at it, at a wake-up each: half of what an empty call
// costs (decision 34). "nexting_thread" is what gRPC calls those of its callback API.
TEST_F(ServerTest, NobodyElseWaitsForItsSockets) {
  auto probes = HealthEndpoint::Open("127.0.0.1:0");
  ASSERT_TRUE(probes.ok()) << probes.status();
  options_.health = std::move(*probes);
  StartServer();
  EXPECT_TRUE(Read({}).ok());
  EXPECT_TRUE(client_->CheckHealth(milliseconds(5'000)).ok());
  EchoRequest few;
  few.set_count(3);
  few.set_behave("pace");
  EXPECT_TRUE(
      client_->Stream(kWatch, few, EchoResponse::default_instance(), [](const Message&) { return true; }, {})
          .ok());
  EXPECT_EQ(ThreadsNamed("nexting"), 0);
  EXPECT_GE(ThreadsNamed("rpc_arrivals"), 1);
  EXPECT_LE(ThreadsNamed("rpc_arrivals"), 4);
  EXPECT_EQ(ThreadsNamed("rpc_probes"), 1);
}

// --- health ------------------------------------------------------------------------------------------------

// One who watches a name, HealthCheckRequest{service = name}, and has the statuses it was told.
class Watcher {
 public:
  Watcher(const std::string& target, const std::string& name)
      : stub_(grpc::CreateChannel(target, grpc::InsecureChannelCredentials())) {
    context_.set_deadline(std::chrono::system_clock::now() + std::chrono::seconds(20));
    call_ = stub_.PrepareCall(&context_, "/grpc.health.v1.Health/Watch", &queue_);
    call_->StartCall(this);
    Wait();
    const grpc::Slice slice("\x0a" + std::string(1, static_cast<char>(name.size())) + name);
    call_->WriteLast(grpc::ByteBuffer(&slice, 1), {}, this);
    Wait();
  }
  ~Watcher() {
    context_.TryCancel();
    End();
    queue_.Shutdown();
  }
  // The next status; -1 when the stream has ended.
  int Next() {
    grpc::ByteBuffer received;
    call_->Read(&received, this);
    grpc::Slice whole;
    if (!Wait() || !received.DumpToSingleSlice(&whole).ok()) return -1;
    return whole.size() == 2 && whole.begin()[0] == 8 ? whole.begin()[1] : 0;
  }
  grpc::Status End() {
    if (!ended_) {
      call_->Finish(&status_, this);
      Wait();
      ended_ = true;
    }
    return status_;
  }

 private:
  bool Wait() {
    void* tag = nullptr;
    bool ok = false;
    queue_.Next(&tag, &ok);
    return ok;
  }
  grpc::GenericStub stub_;
  grpc::ClientContext context_;
  grpc::CompletionQueue queue_;
  std::unique_ptr<grpc::GenericClientAsyncReaderWriter> call_;
  grpc::Status status_;
  bool ended_ = false;
};

TEST_F(ServerTest, WatchersOfHealthAreToldEachChange) {
  constexpr int kServing = 1;
  constexpr int kNotServing = 2;
  constexpr int kUnknown = 3;
  StartServer();
  Watcher whole(server_->address(), "");
  Watcher service(server_->address(), "inspectorate.rpctest.Echo");
  Watcher stranger(server_->address(), "nobody");
  EXPECT_EQ(whole.Next(), kServing);
  EXPECT_EQ(service.Next(), kServing);
  EXPECT_EQ(stranger.Next(), kUnknown);
  server_->SetServing(false);
  EXPECT_EQ(whole.Next(), kNotServing);
  EXPECT_EQ(service.Next(), kNotServing);
  server_->SetServing(true);
  EXPECT_EQ(whole.Next(), kServing);
  server_->Drain();
  EXPECT_EQ(whole.Next(), kNotServing);
  EXPECT_EQ(whole.Next(), -1);
  EXPECT_EQ(whole.End().error_code(), grpc::StatusCode::UNAVAILABLE);
  EXPECT_EQ(stranger.Next(), -1);  // nothing has changed for this one
}

TEST_F(ServerTest, HealthOfAnUnknownNameIsNotFound) {
  StartServer();
  const auto check = [&](const std::string& request) {
    return RawCall(server_->address(), "/grpc.health.v1.Health/Check", request);
  };
  EXPECT_EQ(check("\x0a\x06nobody").status.error_code(), grpc::StatusCode::NOT_FOUND);
  EXPECT_EQ(check("\xff").status.error_code(), grpc::StatusCode::INVALID_ARGUMENT);
  EXPECT_EQ(check("").bytes, "\x08\x01");
}

// Opens a stream that nobody reads and that has next to no time.
void OpenBriefly(const std::shared_ptr<grpc::Channel>& channel, const std::string& path,
                 const std::string& bytes, std::chrono::microseconds time) {
  grpc::GenericStub stub(channel);
  grpc::ClientContext context;
  context.AddMetadata("authorization", "Bearer office");
  context.set_deadline(std::chrono::system_clock::now() + time);
  grpc::CompletionQueue queue;
  void* tag = nullptr;
  bool ok = false;
  const auto call = stub.PrepareCall(&context, path, &queue);
  call->StartCall(&stub);
  queue.Next(&tag, &ok);
  if (ok) {
    const grpc::Slice slice(bytes);
    call->WriteLast(grpc::ByteBuffer(&slice, 1), {}, &stub);
    queue.Next(&tag, &ok);
  }
  grpc::Status status;
  call->Finish(&status, &stub);
  queue.Next(&tag, &ok);
  queue.Shutdown();
}

TEST_F(ServerTest, AStreamWhoseTimeIsOverWhileItBeginsEnds) {
  StartServer();
  EchoRequest request = Behaving("keep");
  request.set_block_ms(60);
  OpenBriefly(grpc::CreateChannel(server_->address(), grpc::InsecureChannelCredentials()),
              "/inspectorate.rpctest.Echo/Watch", request.SerializeAsString(), milliseconds(30));
  EXPECT_TRUE(Eventually([&] { return handlers_.streams_ended == 1; }));
  ASSERT_EQ(handlers_.sinks.size(), 1U);
  EXPECT_FALSE(handlers_.sinks[0]->Send(EchoResponse()));
}

// The time of a call may run out while it is being taken in: what begins ends, once, and nothing is told of
// what is not there yet.
TEST_F(ServerTest, StreamsWhoseTimeIsOverAtOnceEndLikeOthers) {
  StartServer();
  std::vector<std::thread> callers;
  callers.reserve(4);
  for (int i = 0; i < 4; ++i) {
    callers.emplace_back([&, i] {
      grpc::ChannelArguments own;
      own.SetInt("caller", i);
      const auto channel =
          grpc::CreateCustomChannel(server_->address(), grpc::InsecureChannelCredentials(), own);
      channel->WaitForConnected(std::chrono::system_clock::now() + std::chrono::seconds(10));
      for (int n = 0; n < 400; ++n) {
        const std::chrono::microseconds time(200 + 37 * (n % 80));
        if (n % 2 == 0) {
          OpenBriefly(channel, "/inspectorate.rpctest.Echo/Watch", Behaving("keep").SerializeAsString(),
                      time);
        } else {
          OpenBriefly(channel, "/grpc.health.v1.Health/Watch", "", time);
        }
        if (n % 40 == 0) server_->SetServing(n % 80 == 0);
      }
    });
  }
  for (std::thread& caller : callers) caller.join();
  EXPECT_TRUE(Eventually([&] {
    std::lock_guard lock(handlers_.mutex);
    return handlers_.streams_ended == static_cast<int>(handlers_.sinks.size());
  })) << handlers_.streams_ended
      << " of " << handlers_.sinks.size();
  server_->SetServing(false);
  server_->Drain();
}

// In a process of its own: signals must be blocked before the first thread starts.
TEST(SignalDeathTest, WaitsForTheSignalToStop) {
  const auto wait = [] {
    BlockSignals();
    ::kill(::getpid(), SIGTERM);
    std::exit(WaitForSignal());
  };
  EXPECT_EXIT(wait(), ::testing::ExitedWithCode(SIGTERM), "");
}

}  // namespace
}  // namespace inspectorate::rpc
