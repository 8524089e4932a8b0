#include "common/process/ports.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

namespace inspectorate::process {
namespace {

sockaddr_in Loopback(int port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<uint16_t>(port));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return address;
}

// A socket bound to `port` (0: any), or -1. Ports of connections that have just ended count as free.
int Bind(int port) {
  const int bound = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const int on = 1;
  setsockopt(bound, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  const sockaddr_in address = Loopback(port);
  // Without listen() a port that another program listens on could be shared.
  if (bind(bound, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0 &&
      listen(bound, 1) == 0) {
    return bound;
  }
  close(bound);
  return -1;
}

int PortOf(int bound) {
  sockaddr_in address{};
  socklen_t length = sizeof address;
  getsockname(bound, reinterpret_cast<sockaddr*>(&address), &length);
  return ntohs(address.sin_port);
}

}  // namespace

std::vector<int> FreePorts(const std::vector<int>& wishes) {
  std::vector<int> sockets;
  std::vector<int> ports;
  for (int wish : wishes) {
    int bound = Bind(wish);
    if (bound < 0) bound = Bind(0);
    ports.push_back(bound < 0 ? wish : PortOf(bound));
    sockets.push_back(bound);
  }
  for (int bound : sockets) {
    if (bound >= 0) close(bound);
  }
  return ports;
}

bool Listens(int port, const std::string& host) {
  const int probe = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address = Loopback(port);
  inet_pton(AF_INET, host.c_str(), &address.sin_addr);
  const bool listens = connect(probe, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
  close(probe);
  return listens;
}

}  // namespace inspectorate::process
