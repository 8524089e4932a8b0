// What a server bears: callers who send more than they should, who do not read, or whom nobody knows;
// handlers that do not come back; what is thrown where nobody expects it. Over real sockets.
#include <grpcpp/generic/async_generic_service.h>
#include <sys/wait.h>
#include <unistd.h>
#include <zlib.h>

#include <csignal>
#include <fstream>
#include <future>
#include <optional>

#include "common/rpc/grpc_transport.h"
#include "common/rpc/health.h"
#include "common/rpc/testdata/echo_server.h"
#include "common/rpc/testdata/gate.h"
#include "common/rpc/testdata/http2_peer.h"
#include "gmock/gmock.h"

namespace inspectorate::rpc {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

constexpr char kReadPath[] = "/inspectorate.rpctest.Echo/Read";
constexpr char kWatchPath[] = "/inspectorate.rpctest.Echo/Watch";
constexpr char kLookPath[] = "/inspectorate.rpctest.Echo/Look";
constexpr char kHealthWatchPath[] = "/grpc.health.v1.Health/Watch";
const std::vector<std::pair<std::string, std::string>> kAsOffice{{"authorization", "Bearer office"}};

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr bool kMemoryIsOurs = false;  // what was given back stays with the sanitizer
#else
constexpr bool kMemoryIsOurs = true;
#endif

size_t ResidentMib() {
  std::ifstream statm("/proc/self/statm");
  size_t size = 0;
  size_t resident = 0;
  statm >> size >> resident;
  return resident * static_cast<size_t>(::sysconf(_SC_PAGESIZE)) >> 20;
}

// Keeps the thread that admits calls for the token "slow".
class SlowCheck final : public RoleAsToken {
 public:
  explicit SlowCheck(Gate* gate) : gate_(gate) {}
  absl::StatusOr<Principal> Authenticate(std::string_view authorization) const override {
    if (authorization != "Bearer slow") return RoleAsToken::Authenticate(authorization);
    gate_->Wait();
    return RoleAsToken::Authenticate("Bearer office");
  }

 private:
  Gate* const gate_;
};

grpc::Status RawUnary(const std::string& target, const std::string& path, const std::string& bytes,
                      const std::string& token) {
  grpc::GenericStub stub(grpc::CreateChannel(target, grpc::InsecureChannelCredentials()));
  grpc::ClientContext context;
  if (!token.empty()) context.AddMetadata("authorization", "Bearer " + token);
  context.set_deadline(std::chrono::system_clock::now() + std::chrono::seconds(20));
  grpc::ByteBuffer answer;
  return CallRaw(stub, context, path, bytes, &answer);
}

int CheckHealth(const std::string& target, const std::string& name) {
  grpc::GenericStub stub(grpc::CreateChannel(target, grpc::InsecureChannelCredentials()));
  grpc::ClientContext context;
  context.set_deadline(std::chrono::system_clock::now() + std::chrono::seconds(20));
  const std::string bytes = "\x0a" + std::string(1, static_cast<char>(name.size())) + name;
  grpc::ByteBuffer answer;
  const grpc::Status status = CallRaw(stub, context, "/grpc.health.v1.Health/Check", bytes, &answer);
  grpc::Slice whole;
  if (!status.ok() || !answer.DumpToSingleSlice(&whole).ok() || whole.size() != 2) return -1;
  return whole.begin()[1];
}
constexpr int kServing = 1;
constexpr int kNotServing = 2;

std::string Gzip(size_t zeros) {
  constexpr int kGzipHeader = 16;
  z_stream stream{};
  deflateInit2(&stream, Z_BEST_SPEED, Z_DEFLATED, MAX_WBITS + kGzipHeader, 8, Z_DEFAULT_STRATEGY);
  std::string piece(1 << 20, '\0');
  std::string packed;
  std::string out(1 << 16, '\0');
  for (size_t done = 0; done < zeros; done += piece.size()) {
    stream.next_in = reinterpret_cast<Bytef*>(piece.data());
    stream.avail_in = static_cast<uInt>(piece.size());
    const bool last = done + piece.size() >= zeros;
    do {
      stream.next_out = reinterpret_cast<Bytef*>(out.data());
      stream.avail_out = static_cast<uInt>(out.size());
      deflate(&stream, last ? Z_FINISH : Z_NO_FLUSH);
      packed.append(out, 0, out.size() - stream.avail_out);
    } while (stream.avail_out == 0);
  }
  deflateEnd(&stream);
  return packed;
}

// --- what arrives before anybody is known ------------------------------------------------------------------

TEST_F(ServerTest, OneConnectionHasOnlySoManyCallsOpen) {
  options_.transport.calls_a_connection = 10;
  StartServer();
  Http2Peer peer(server_->address());
  peer.ReadAll(milliseconds(200));
  for (int i = 0; i < 30; ++i) peer.Open(kReadPath);
  peer.ReadAll(milliseconds(300));
  // Who opens more than it was told it may is refused, with the stream or with all of the connection.
  EXPECT_TRUE(!peer.is_open() || peer.Ended() >= 20) << peer.Ended();
  EXPECT_TRUE(Read({}).ok());
}

// Nothing of a request is looked at before all of it is there: requests that never are there must not be kept
// without bound, also on connections that never say that they have heard of a limit.
TEST_F(ServerTest, HalfSentRequestsOfStrangersTakeABoundedAmountOfMemory) {
  options_.transport.bytes = size_t{32} << 20;
  StartServer();
  const size_t before = ResidentMib();
  constexpr size_t kMessage = 3 << 20;
  const std::string half = Http2Peer::Prefix(kMessage) + std::string(kMessage - 10, 'x');
  size_t most = 0;
  size_t sent = 0;
  std::vector<std::unique_ptr<Http2Peer>> peers;
  for (int i = 0; i < 150; ++i) {
    if (i % 50 == 0 || !peers.back()->is_open()) {
      peers.push_back(std::make_unique<Http2Peer>(
          server_->address(), Http2Peer::Options{.window = 65'535, .acknowledge = false}));
    }
    Http2Peer& peer = *peers.back();
    sent += peer.Send(peer.Open(kReadPath), half, false, milliseconds(100));
    most = std::max(most, ResidentMib());
  }
  RecordProperty("sent_mib", static_cast<int>(sent >> 20));
  RecordProperty("grown_mib", static_cast<int>(most - before));
  std::printf("sent %zu MiB, grown by %zu MiB\n", sent >> 20, most - before);
  EXPECT_TRUE(!kMemoryIsOurs || most - before < 150)
      << most - before << " MiB of " << (sent >> 20) << " sent";
  EXPECT_TRUE(Eventually([&] { return Read({}).ok(); }));
}

TEST_F(ServerTest, FewPackedBytesDoNotBecomeGigabytes) {
  StartServer();
  const std::string packed = Gzip(size_t{800} << 20);
  ASSERT_LT(packed.size(), size_t{4'000'000});
  const size_t before = ResidentMib();
  size_t most = 0;
  std::atomic<bool> done{false};
  std::thread watching([&] {
    while (!done) {
      most = std::max(most, ResidentMib());
      std::this_thread::sleep_for(milliseconds(2));
    }
  });
  for (const std::string token : {"nobody", "office"}) {
    Http2Peer peer(server_->address());
    const uint32_t id =
        peer.Open(kReadPath, {{"authorization", "Bearer " + token}, {"grpc-encoding", "gzip"}});
    peer.Send(id, Http2Peer::Prefix(packed.size(), true) + packed, true);
    EXPECT_TRUE(Eventually([&] {
      peer.ReadAll(milliseconds(20));
      return peer.stream(id).ended || !peer.is_open();
    }));
  }
  done = true;
  watching.join();
  std::printf("grown by %zu MiB\n", most - before);
  EXPECT_LT(most - before, 200U);
  EXPECT_EQ(handlers_.executed, 0);
  EXPECT_TRUE(Read({}).ok());
}

TEST_F(ServerTest, WatchersOfHealthAreBounded) {
  options_.transport.health_watchers = 6;
  options_.transport.health_watchers_a_connection = 4;
  StartServer();
  const auto watch = [&](Http2Peer& peer) {
    for (int i = 0; i < 8; ++i) peer.Send(peer.Open(kHealthWatchPath), Http2Peer::Prefix(0), true);
    peer.ReadAll(milliseconds(300));
    return 8 - peer.Ended();
  };
  Http2Peer first(server_->address());
  EXPECT_EQ(watch(first), 4);
  {
    Http2Peer second(server_->address());
    EXPECT_EQ(watch(second), 2);
  }
  Http2Peer third(server_->address());
  EXPECT_TRUE(Eventually([&] {  // once the server has noticed that the second has gone
    Http2Peer next(server_->address());
    return watch(next) == 2;
  }));
}

// Strangers take all places; whoever asks for one then must not be kept from calling by the answer.
TEST_F(ServerTest, AFullHouseOfWatchersKeepsNoClientFromCalling) {
  options_.transport.health_watchers = 4;
  StartServer();
  Http2Peer stranger(server_->address());
  for (int i = 0; i < 4; ++i) stranger.Send(stranger.Open(kHealthWatchPath), Http2Peer::Prefix(0), true);
  ASSERT_TRUE(Eventually([&] {
    stranger.ReadAll(milliseconds(50));
    return stranger.stream(1).received > 0 && stranger.stream(7).received > 0;
  }));
  const auto client = ClientFor("office");
  const auto answer = client->Call<EchoResponse>(kRead, EchoRequest(), {.max_attempts = 1});
  EXPECT_TRUE(answer.ok()) << answer.status();
}

// Behind a proxy all share a connection.
TEST_F(ServerTest, AConnectionFullOfWatchersIsToldThatThereIsNoWatching) {
  options_.transport.health_watchers_a_connection = 0;
  StartServer();
  EXPECT_EQ(RawUnary(server_->address(), kHealthWatchPath, "", "").error_code(),
            grpc::StatusCode::UNIMPLEMENTED);
  EXPECT_TRUE(Read({}).ok());
}

TEST_F(ServerTest, ProbesPortIsBoundedToo) {
  auto probes = HealthEndpoint::Open("127.0.0.1:0");
  ASSERT_TRUE(probes.ok()) << probes.status();
  Http2Peer peer((*probes)->address());
  peer.ReadAll(milliseconds(200));
  for (int i = 0; i < 10; ++i) peer.Send(peer.Open(kHealthWatchPath), Http2Peer::Prefix(0), true);
  peer.ReadAll(milliseconds(500));
  EXPECT_EQ(10 - peer.Ended(), 4);
  EXPECT_EQ(RawUnary((*probes)->address(), "/grpc.health.v1.Health/Check", std::string(8 << 10, 'x'), "")
                .error_code(),
            grpc::StatusCode::RESOURCE_EXHAUSTED);
  EXPECT_EQ(CheckHealth((*probes)->address(), HealthEndpoint::kLive), kServing);
}

// --- streams -----------------------------------------------------------------------------------------------

TEST_F(ServerTest, StreamsAreBoundedInAllAndForEachSubject) {
  options_.streams = 5;
  options_.streams_a_subject = 3;
  StartServer();
  Http2Peer peer(server_->address());
  const auto open = [&](const std::string& token) {
    const std::string request = Behaving("keep").SerializeAsString();
    const uint32_t id = peer.Open(kWatchPath, {{"authorization", "Bearer " + token}});
    peer.Send(id, Http2Peer::Prefix(request.size()) + request, true);
    return id;
  };
  for (int i = 0; i < 4; ++i) open("office");
  ASSERT_TRUE(Eventually([&] {
    peer.ReadAll(milliseconds(20));
    return peer.Ended() == 1;
  }));
  for (int i = 0; i < 3; ++i) open("office2");
  ASSERT_TRUE(Eventually([&] {
    peer.ReadAll(milliseconds(20));
    return peer.Ended() == 2;
  }));
  const auto begin = steady_clock::now();
  const absl::Status status = client_->Stream(kWatch, Behaving("keep"), EchoResponse::default_instance(),
                                              [](const Message&) { return true; }, {});
  EXPECT_EQ(ReasonOf(status), ErrorReason::OVERLOADED);
  EXPECT_LT(Since(begin), milliseconds(8'000));
  std::lock_guard lock(handlers_.mutex);
  EXPECT_EQ(handlers_.sinks.size(), 5U);
}

// --- the thread that admits calls --------------------------------------------------------------------------

TEST_F(ServerTest, WhoNeedsNoLoginSendsAFormAndNoMore) {
  StartServer();
  EchoRequest request;
  request.set_text(std::string(1'000, 'x'));
  EXPECT_TRUE(RawUnary(server_->address(), kLookPath, request.SerializeAsString(), "").ok());
  // Fields that nobody knows, two bytes each: the dearest thing there is to parse.
  std::string unknown;
  while (unknown.size() < 6'000) unknown += std::string("\x78\x01", 2);
  EXPECT_EQ(RawUnary(server_->address(), kLookPath, unknown, "").error_code(),
            grpc::StatusCode::INVALID_ARGUMENT);
  EXPECT_TRUE(RawUnary(server_->address(), kReadPath, unknown, "office").ok());
  EXPECT_EQ(handlers_.executed, 2);
}

// What is large is read by the worker that would run it: here there is one, and it is busy.
TEST_F(ServerTest, LargeRequestsAreReadByTheWorker) {
  options_.read = {.workers = 1, .queue = 4, .max_wait = milliseconds(20'000)};
  StartServer();
  auto busy = std::async(std::launch::async, [&] { return Read(Blocking(1'000)).status(); });
  ASSERT_TRUE(Eventually([&] { return handlers_.running == 1; }));
  const auto garbage = [&](size_t size) {
    return std::async(std::launch::async, [&, size] {
      return RawUnary(server_->address(), kReadPath, std::string(size, '\xff'), "office").error_code();
    });
  };
  auto small = garbage(1'000);
  EXPECT_EQ(small.get(), grpc::StatusCode::INVALID_ARGUMENT);
  EXPECT_EQ(handlers_.running, 1);
  auto large = garbage(100'000);
  EXPECT_EQ(large.wait_for(milliseconds(200)), std::future_status::timeout);
  EXPECT_EQ(large.get(), grpc::StatusCode::INVALID_ARGUMENT);
  EXPECT_TRUE(busy.get().ok());
  EXPECT_EQ(handlers_.executed, 1);
}

// Those that wait for a worker as they came are memory of the transport's; when that is gone gRPC cuts
// anybody.
TEST_F(ServerTest, LargeRequestsThatWaitAreBounded) {
  options_.read = {.workers = 1, .queue = 20, .max_wait = milliseconds(20'000)};
  options_.write = {.workers = 1, .queue = 20, .max_wait = milliseconds(20'000)};
  options_.transport.waiting_bytes = 1 << 20;
  StartServer();
  std::vector<std::future<grpc::StatusCode>> calls;
  const auto call = [&](const std::string& path, const EchoRequest& request) {
    calls.push_back(std::async(std::launch::async, [&, path, bytes = request.SerializeAsString()] {
      return RawUnary(server_->address(), path, bytes, "office").error_code();
    }));
  };
  const std::string write = "/inspectorate.rpctest.Echo/Write";
  for (const std::string path : {kReadPath, write.c_str()}) call(path, Blocking(4'000));
  ASSERT_TRUE(Eventually([&] { return handlers_.running == 2; }));
  EchoRequest large;
  large.set_text(std::string(400'000, 'x'));
  for (int i = 0; i < 3; ++i) {
    call(kReadPath, large);
    call(write, large);
  }
  int overloaded = 0;
  for (auto& ended : calls) {
    const grpc::StatusCode code = ended.get();
    overloaded += code == grpc::StatusCode::RESOURCE_EXHAUSTED ? 1 : 0;
    EXPECT_TRUE(code == grpc::StatusCode::OK || code == grpc::StatusCode::RESOURCE_EXHAUSTED) << code;
  }
  EXPECT_EQ(overloaded, 4);
  // All of it is given back: by those that ran, and by those that did not.
  for (int i = 0; i < 4; ++i) {
    EXPECT_EQ(RawUnary(server_->address(), kReadPath, large.SerializeAsString(), "office").error_code(),
              grpc::StatusCode::OK);
  }
}

TEST_F(ServerTest, ALargeRequestThatIsDroppedGivesItsShareBack) {
  options_.read = {.workers = 1, .queue = 20, .max_wait = milliseconds(100)};
  options_.transport.waiting_bytes = 1 << 20;
  StartServer();
  EchoRequest large;
  large.set_text(std::string(900'000, 'x'));
  for (int i = 0; i < 2; ++i) {
    auto busy = std::async(std::launch::async, [&] { return Read(Blocking(2'000)).status(); });
    ASSERT_TRUE(Eventually([&] { return handlers_.running == 1; }));
    EXPECT_EQ(RawUnary(server_->address(), kReadPath, large.SerializeAsString(), "office").error_code(),
              grpc::StatusCode::RESOURCE_EXHAUSTED);  // it has waited for too long
    EXPECT_TRUE(busy.get().ok());
  }
  EXPECT_TRUE(Eventually(
      [&] { return RawUnary(server_->address(), kReadPath, large.SerializeAsString(), "office").ok(); }));
}

// Says from where the call came that it was asked about.
class NotesHosts final : public RoleAsToken {
 public:
  absl::StatusOr<Principal> AuthenticateFrom(const std::function<std::string()>& host,
                                             std::string_view authorization) const override {
    std::lock_guard lock(mutex);
    hosts.push_back(host());
    return Authenticate(authorization);
  }
  mutable std::mutex mutex;
  mutable std::vector<std::string> hosts;
};

TEST_F(ServerTest, TokensAreCheckedByHost) {
  const auto notes = std::make_shared<NotesHosts>();
  StartServer(notes);
  EXPECT_TRUE(Read({}).ok());
  EXPECT_THAT(notes->hosts, ::testing::ElementsAre("ipv4:127.0.0.1"));
}

// Nobody would tell a watcher when the thread comes round again.
TEST_F(ServerTest, WhoWatchesIsNotToldOfAThreadThatStandsStill) {
  auto probes = HealthEndpoint::Open("127.0.0.1:0");
  ASSERT_TRUE(probes.ok()) << probes.status();
  (*probes)->SetTakesCalls([] { return false; });
  Http2Peer peer((*probes)->address());
  const uint32_t id = peer.Open(kHealthWatchPath);
  const std::string request = "\x0a\x04live";
  peer.Send(id, Http2Peer::Prefix(request.size()) + request, true);
  ASSERT_TRUE(Eventually([&] {
    peer.ReadAll(milliseconds(20));
    return peer.stream(id).received > 0;
  }));
  EXPECT_EQ(peer.stream(id).data, Http2Peer::Prefix(2) + std::string("\x08\x01", 2));
  EXPECT_EQ(CheckHealth((*probes)->address(), HealthEndpoint::kLive), kNotServing);
}

TEST_F(ServerTest, AConditionThatThrowsHoldsUpNoEnd) {
  auto probes = HealthEndpoint::Open("127.0.0.1:0");
  ASSERT_TRUE(probes.ok()) << probes.status();
  (*probes)->SetTakesCalls([]() -> bool { throw std::runtime_error("no answer"); });
  Http2Peer peer((*probes)->address());
  const std::string request = "\x0a\x04live";
  const uint32_t id = peer.Open(kHealthWatchPath);
  peer.Send(id, Http2Peer::Prefix(request.size()) + request, true);
  EXPECT_EQ(CheckHealth((*probes)->address(), HealthEndpoint::kLive), -1);
  peer.ReadAll(milliseconds(100));
  auto ended = std::make_shared<std::promise<void>>();
  std::thread([ended, endpoint = std::move(*probes)]() mutable {
    endpoint.reset();
    ended->set_value();
  }).detach();
  EXPECT_EQ(ended->get_future().wait_for(std::chrono::seconds(10)), std::future_status::ready);
}

TEST_F(ServerTest, AThreadThatStandsStillIsNotAlive) {
  auto probes = HealthEndpoint::Open("127.0.0.1:0");
  ASSERT_TRUE(probes.ok()) << probes.status();
  options_.health = std::move(*probes);
  options_.stands_still_after = milliseconds(3'000);
  const std::string address = options_.health->address();
  Gate gate;
  StartServer(std::make_shared<SlowCheck>(&gate));
  EXPECT_EQ(CheckHealth(address, HealthEndpoint::kLive), kServing);
  EXPECT_EQ(CheckHealth(address, ""), kServing);
  auto stuck = std::async(std::launch::async, [&] {
    return ClientFor("slow")->Call<EchoResponse>(kRead, EchoRequest()).status();
  });
  ASSERT_TRUE(Eventually([&] { return gate.waiting(); }));
  EXPECT_TRUE(Eventually([&] { return CheckHealth(address, HealthEndpoint::kLive) == kNotServing; }));
  EXPECT_EQ(CheckHealth(address, ""), kNotServing);
  gate.Open();
  EXPECT_TRUE(Eventually([&] { return CheckHealth(address, HealthEndpoint::kLive) == kServing; }));
  EXPECT_EQ(CheckHealth(address, ""), kServing);
  stuck.get().IgnoreError();
  server_.reset();
  EXPECT_EQ(CheckHealth(address, HealthEndpoint::kLive), kServing);
}

// --- draining ----------------------------------------------------------------------------------------------

TEST_F(ServerTest, AStreamThatIsBeingLetInWhenTheDrainBeginsEndsToo) {
  options_.drain = milliseconds(20'000);
  Gate gate;
  StartServer(std::make_shared<SlowCheck>(&gate));
  auto watching = std::async(std::launch::async, [&] {
    return ClientFor("slow")->Stream(kWatch, Behaving("keep"), EchoResponse::default_instance(),
                                     [](const Message&) { return true; }, {});
  });
  ASSERT_TRUE(Eventually([&] { return gate.waiting(); }));
  auto drained = std::async(std::launch::async, [&] {
    const auto begin = steady_clock::now();
    server_->Drain();
    return Since(begin);
  });
  std::this_thread::sleep_for(milliseconds(300));  // the others have been ended by now
  gate.Open();
  EXPECT_EQ(ReasonOf(watching.get()), ErrorReason::SHUTTING_DOWN);
  EXPECT_LT(drained.get(), milliseconds(10'000));
  EXPECT_EQ(handlers_.sinks.size(), 0U);
}

// A stream with more to send than its peer, who gives no window, takes.
class UnreadStreamTest : public ServerTest {
 protected:
  void StartWithUnreadStream() {
    options_.drain = milliseconds(20'000);
    options_.stream_buffer_bytes = 8 << 20;
    StartServer();
    peer_.emplace(server_->address(), Http2Peer::Options{.window = 0, .acknowledge = true});
    const std::string request = Behaving("keep").SerializeAsString();
    peer_->Send(peer_->Open(kWatchPath, kAsOffice), Http2Peer::Prefix(request.size()) + request, true);
    ASSERT_TRUE(Eventually([&] {
      std::lock_guard lock(handlers_.mutex);
      return handlers_.sinks.size() == 1;
    }));
    EchoResponse message;
    message.set_text(std::string(2 << 20, 'x'));
    EXPECT_TRUE(handlers_.sinks[0]->Send(message));
  }

  std::optional<Http2Peer> peer_;
};

TEST_F(UnreadStreamTest, WhoDoesNotReadHoldsUpNoDrain) {
  StartWithUnreadStream();
  const uint32_t health = peer_->Open(kHealthWatchPath);
  peer_->Send(health, Http2Peer::Prefix(0), true);
  peer_->ReadAll(milliseconds(200));
  const auto begin = steady_clock::now();
  server_->Drain();
  EXPECT_LT(Since(begin), milliseconds(10'000));
  EXPECT_EQ(handlers_.streams_ended, 1);
}

TEST_F(UnreadStreamTest, AStreamThatIsNotReadIsCutWhileAHandlerIsStillWaitedFor) {
  StartWithUnreadStream();
  auto silent = std::async(std::launch::async, [&] { return Read(Blocking(8'000)).status(); });
  ASSERT_TRUE(Eventually([&] { return handlers_.running == 1; }));
  auto drained = std::async(std::launch::async, [&] { server_->Drain(); });
  EXPECT_TRUE(Eventually([&] { return handlers_.streams_ended == 1; }));
  EXPECT_EQ(handlers_.running, 1) << "the stream was cut after the handler only";
  EXPECT_TRUE(silent.get().ok());
  drained.get();
}

TEST_F(ServerTest, WhoHasAnnouncedItsEndDoesNotTakeItBack) {
  StartServer();
  server_->Announce();
  server_->SetServing(true);  // as when its database is back
  EXPECT_EQ(CheckHealth(server_->address(), ""), kNotServing);
}

// A whole process, whose handler waits for something that never comes.
[[noreturn]] void ServeWithAStubbornHandler() {
  BlockSignals();
  EchoHandlers handlers;
  ServerOptions options;
  options.listen = "127.0.0.1:0";
  options.service_name = "rpctest";
  options.drain = milliseconds(200);
  auto server = Server::Start(options, handlers.Register(), std::make_shared<RoleAsToken>());
  if (!server.ok()) std::_Exit(1);
  (*server)->SetServing(true);
  const auto client =
      Client::Connect({.target = (*server)->address(), .token = [] { return std::string("office"); }});
  EchoRequest request;
  request.set_block_ms(60'000);
  std::thread([&] {
    client->Call<EchoResponse>(kRead, request, {.max_attempts = 1}).status().IgnoreError();
  }).detach();
  if (!Eventually([&] { return handlers.running == 1; })) std::_Exit(1);
  ::kill(::getpid(), SIGTERM);
  WaitForSignal();
  const EndWithin limit(options.drain + milliseconds(500));
  (*server).reset();
  std::_Exit(0);
}

TEST(DrainDeathTest, AHandlerThatDoesNotComeBackIsNotWaitedForForEver) {
  ::testing::GTEST_FLAG(death_test_style) = "threadsafe";
  const auto begin = steady_clock::now();
  EXPECT_EXIT(ServeWithAStubbornHandler(), ::testing::ExitedWithCode(kOverdueStatus), "drain_overdue");
  EXPECT_LT(Since(begin), milliseconds(40'000));
}

TEST(DrainDeathTest, WhoEndsInTimeEndsAsUsual) {
  ::testing::GTEST_FLAG(death_test_style) = "threadsafe";
  const auto end = [] {
    { const EndWithin limit(milliseconds(50'000)); }
    std::_Exit(0);
  };
  EXPECT_EXIT(end(), ::testing::ExitedWithCode(0), "");
}

// --- what is thrown outside of a handler -------------------------------------------------------------------

// A log that throws when it is told of a call's end: within the answer, on whatever thread gives it.
class ThrowingLog : public ServerTest {
 protected:
  void ThrowFor(const std::string& text) {
    obs::SetLogSink([this, text](std::string_view line) {
      if (line.find("\"event\":\"call\"") != std::string_view::npos &&
          line.find(text) != std::string_view::npos)
        throw std::runtime_error("the log is full");
      std::lock_guard lock(log_mutex_);
      log_ += std::string(line) + "\n";
    });
  }
};

TEST_F(ThrowingLog, WhatIsThrownByAnAnswerIsAnsweredInternal) {
  StartServer();
  ThrowFor("Echo.");
  // By the worker, by the thread that admits, by a stream.
  EXPECT_EQ(RawUnary(server_->address(), kReadPath, "", "office").error_code(), grpc::StatusCode::INTERNAL);
  EXPECT_EQ(RawUnary(server_->address(), kReadPath, "", "nobody").error_code(), grpc::StatusCode::INTERNAL);
  EXPECT_EQ(
      RawUnary(server_->address(), kWatchPath, Behaving("pace").SerializeAsString(), "office").error_code(),
      grpc::StatusCode::INTERNAL);
  EXPECT_THAT(LogText(),
              HasSubstr("\"event\":\"exception\",\"where\":\"answer\",\"detail\":\"the log is full\""));
  EXPECT_THAT(obs::ProcessMetrics().Text(), HasSubstr("inspectorate_exceptions_total{where=\"answer\"}"));
  ThrowFor("nothing");
  EXPECT_TRUE(Read({}).ok());
}

// Throws where the pipeline is not even entered.
TEST_F(ServerTest, WhatIsThrownByTheEndOfAStreamIsContained) {
  StartServer();
  const absl::Status status =
      client_->Stream(kWatch, Behaving("throw_at_end"), EchoResponse::default_instance(),
                      [](const Message&) { return true; }, {});
  EXPECT_TRUE(status.ok()) << status;
  EXPECT_TRUE(Eventually([&] { return LogText().find("\"where\":\"stream_end\"") != std::string::npos; }));
  EXPECT_TRUE(Read({}).ok());
}

// Throws when it is asked for the second time.
class ThrowsLater final : public RoleAsToken {
 public:
  absl::StatusOr<Principal> Authenticate(std::string_view authorization) const override {
    if (asked_++ > 0) throw std::runtime_error("no keys");
    return RoleAsToken::Authenticate(authorization);
  }

 private:
  mutable std::atomic<int> asked_{0};
};

TEST_F(ServerTest, AStreamWhoseTokenCannotBeCheckedAnyMoreEnds) {
  StartServer(std::make_shared<ThrowsLater>());
  const auto begin = steady_clock::now();
  const absl::Status status = client_->Stream(
      kWatch, Behaving("keep"), EchoResponse::default_instance(), [](const Message&) { return true; },
      [&] { return Since(begin) > milliseconds(15'000); });
  EXPECT_EQ(status.code(), absl::StatusCode::kInternal) << status;
  EXPECT_THAT(LogText(), HasSubstr("\"where\":\"token_check\""));
}

// What gRPC itself says where a server has no room left.
class Cutting final : public grpc::CallbackGenericService {
 public:
  std::atomic<int> calls{0};
  std::string words = "server resource exhausted";

 private:
  struct Call final : grpc::ServerGenericBidiReactor {
    void OnDone() override { delete this; }
  };
  grpc::ServerGenericBidiReactor* CreateReactor(grpc::GenericCallbackServerContext* context) override {
    auto* call = new Call;
    if (context->method() != kReadPath) {
      call->Finish({grpc::StatusCode::UNIMPLEMENTED, ""});
    } else {
      ++calls;
      call->Finish({grpc::StatusCode::RESOURCE_EXHAUSTED, words});
    }
    return call;
  }
};

TEST_F(ServerTest, WhomGrpcCutsForWantOfRoomTriesAgain) {
  grpc::ServerBuilder builder;
  int port = 0;
  builder.AddListeningPort("127.0.0.1:0", grpc::InsecureServerCredentials(), &port);
  Cutting service;
  builder.RegisterCallbackGenericService(&service);
  const auto server = builder.BuildAndStart();
  const auto client = Client::Connect({.target = "127.0.0.1:" + std::to_string(port), .token = {}});
  const auto call = [&] { return client->Call<EchoResponse>(kRead, EchoRequest()).status(); };
  EXPECT_EQ(ReasonOf(call()), ErrorReason::OVERLOADED);
  EXPECT_EQ(service.calls, 4);
  // Once more, and it would be as large.
  service.words = "Received message larger than max (5000000 vs. 4194304)";
  EXPECT_EQ(call().code(), absl::StatusCode::kResourceExhausted);
  EXPECT_EQ(service.calls, 5);
  server->Shutdown(std::chrono::system_clock::now());
}

TEST(HostTest, IsTheAddressOrOfIpv6TheNetwork) {
  EXPECT_EQ(HostOf("ipv4:10.0.0.7:4711"), "ipv4:10.0.0.7");
  EXPECT_EQ(HostOf("unix:"), "unix:");
  const std::string one = HostOf("ipv6:%5B2001:db8:1:2:3:4:5:6%5D:4711");
  EXPECT_EQ(one, HostOf("ipv6:%5B2001:db8:1:2::9%5D:1"));
  EXPECT_NE(one, HostOf("ipv6:%5B2001:db8:1:3:3:4:5:6%5D:4711"));
  EXPECT_EQ(one, HostOf("ipv6:[2001:db8:1:2::9]:1"));
  EXPECT_EQ(HostOf("ipv6:%5Bfe80::1%25eth0%5D:1"), HostOf("ipv6:%5Bfe80::2%25eth0%5D:2"));
}

// A method whose calls nobody manages to take in: the first way is that what begins them throws at once.
class Thrower final : public grpc::Service {
 public:
  explicit Thrower(CallQueue* queue) {
    auto* method = new grpc::internal::RpcServiceMethod("/thrower.Thrower/Throw",
                                                        grpc::internal::RpcMethod::NORMAL_RPC, nullptr);
    AddMethod(method);
    MarkMethodAsync(0);
    queue->Add(method, [](std::unique_ptr<ServerCall>) { throw std::runtime_error("no room"); });
  }
};

TEST_F(ServerTest, ACallThatCannotBeTakenInIsAnsweredInternal) {
  grpc::ServerBuilder builder;
  int port = 0;
  builder.AddListeningPort("127.0.0.1:0", grpc::InsecureServerCredentials(), &port);
  CallQueue queue(&builder);
  Thrower service(&queue);
  builder.RegisterService(&service);
  const auto server = builder.BuildAndStart();
  queue.Start(server.get(), CallQueue::Waiting::kForCalls);
  for (int i = 0; i < 3; ++i) {
    const grpc::Status status =
        RawUnary("127.0.0.1:" + std::to_string(port), "/thrower.Thrower/Throw", "", "office");
    EXPECT_EQ(status.error_code(), grpc::StatusCode::INTERNAL) << status.error_message();
    EXPECT_THAT(status.error_message(), Not(HasSubstr("no room")));
  }
  EXPECT_THAT(LogText(), HasSubstr("\"where\":\"admission\",\"detail\":\"no room\""));
  server->Shutdown(std::chrono::system_clock::now());
  queue.Stop();  // which no call holds up
}

}  // namespace
}  // namespace inspectorate::rpc
