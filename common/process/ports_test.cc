#include "common/process/ports.h"

#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <set>

namespace inspectorate::process {
namespace {

int ListenOn(int port) {
  const int server = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<uint16_t>(port));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  EXPECT_EQ(bind(server, reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
  EXPECT_EQ(listen(server, 1), 0);
  return server;
}

TEST(Ports, AFreeWishIsKeptAndATakenOneIsReplaced) {
  const int wish = FreePorts({0}).front();
  EXPECT_EQ(FreePorts({wish}).front(), wish);
  const int server = ListenOn(wish);
  EXPECT_TRUE(Listens(wish));
  EXPECT_NE(FreePorts({wish}).front(), wish);
  close(server);
  EXPECT_FALSE(Listens(wish));
}

TEST(Ports, AllDiffer) {
  const auto ports = FreePorts({0, 0, 0, 0, 0, 0, 0, 0});
  EXPECT_EQ(std::set<int>(ports.begin(), ports.end()).size(), 8u);
}

}  // namespace
}  // namespace inspectorate::process
