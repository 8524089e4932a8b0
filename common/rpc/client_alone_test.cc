// A client in a process that serves nothing: no thread of gRPC's own waits for the network there, as it does
// beside a server. A program of its own, since the server must be another process.
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <string>
#include <thread>

#include "common/rpc/client.h"
#include "common/rpc/health.h"
#include "gtest/gtest.h"

namespace inspectorate::rpc {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

constexpr milliseconds kServerComes{600};
constexpr milliseconds kBetweenCalls{100};
// gRPC tries again after a second; without anybody who waits for the connection it takes some 20 s.
constexpr milliseconds kLimit{4'000};

// A port that nobody listens on, as far as one can know.
int FreePort() {
  const int file = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t length = sizeof address;
  bind(file, reinterpret_cast<const sockaddr*>(&address), sizeof address);
  getsockname(file, reinterpret_cast<sockaddr*>(&address), &length);
  close(file);
  return ntohs(address.sin_port);
}

// The server, later. Forks: call it before gRPC has threads.
pid_t ServeLater(const std::string& address) {
  const pid_t child = fork();
  if (child != 0) return child;
  std::this_thread::sleep_for(kServerComes);
  const auto endpoint = HealthEndpoint::Open(address);
  if (!endpoint.ok()) _exit(1);
  (*endpoint)->SetServing(true);
  pause();
  _exit(0);
}

TEST(ClientAloneTest, ReachesAServerThatComesLater) {
  const std::string address = "127.0.0.1:" + std::to_string(FreePort());
  const pid_t server = ServeLater(address);
  ASSERT_GT(server, 0);
  const auto client = Client::Connect({.target = "ipv4:" + address, .token = {}});
  const auto begin = steady_clock::now();
  bool reached = false;
  while (!reached && steady_clock::now() - begin < kLimit) {
    std::this_thread::sleep_for(kBetweenCalls);
    reached = client->CheckHealth(milliseconds(1'000)).ok();
  }
  EXPECT_TRUE(reached) << "not within " << kLimit.count() << " ms";
  kill(server, SIGKILL);
  waitpid(server, nullptr, 0);
}

}  // namespace
}  // namespace inspectorate::rpc
