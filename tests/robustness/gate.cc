#include "tests/robustness/gate.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <utility>

namespace inspectorate::robustness {
namespace {

using namespace std::string_view_literals;

// Length and sequence number of the packet, command 3 and the text, as the services' connector sends it.
constexpr std::string_view kCommit =
    "\x07\x00\x00\x00\x03"
    "COMMIT"sv;
constexpr size_t kHeader = 4;
constexpr int kLookMs = 20;
constexpr int kReplyMs = 2000;
constexpr size_t kBuffer = 64 << 10;

sockaddr_in Loopback(int port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<uint16_t>(port));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return address;
}

int Dial(const std::string& target) {
  const int file = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address = Loopback(std::stoi(target.substr(target.rfind(':') + 1)));
  inet_pton(AF_INET, target.substr(0, target.rfind(':')).c_str(), &address.sin_addr);
  if (connect(file, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0) return file;
  close(file);
  return -1;
}

void SendAtOnce(int file) {
  const int on = 1;
  setsockopt(file, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
}

// With a reset: what is on its way is lost, as when a machine goes.
void Reset(int file) {
  const linger none{.l_onoff = 1, .l_linger = 0};
  setsockopt(file, SOL_SOCKET, SO_LINGER, &none, sizeof none);
  close(file);
}

}  // namespace

std::vector<CommitScanner::Piece> CommitScanner::Take(std::string_view bytes) {
  std::vector<Piece> pieces;
  auto pass = [&](std::string_view more) {
    if (more.empty()) return;
    if (pieces.empty() || pieces.back().commit) pieces.emplace_back();
    pieces.back().bytes += more;
  };
  while (!bytes.empty()) {
    const size_t whole = std::min(passing_, bytes.size());
    pass(bytes.substr(0, whole));
    passing_ -= whole;
    bytes.remove_prefix(whole);
    if (bytes.empty()) break;
    held_ += bytes.front();
    bytes.remove_prefix(1);
    if (held_ == kCommit) {
      pieces.push_back({.bytes = std::exchange(held_, {}), .commit = true});
    } else if (held_.size() >= kHeader && !kCommit.starts_with(held_)) {
      const auto byte = [&](size_t i) { return static_cast<size_t>(static_cast<unsigned char>(held_[i])); };
      const size_t length = byte(0) | byte(1) << 8 | byte(2) << 16;
      passing_ = kHeader + length - held_.size();
      pass(std::exchange(held_, {}));
    }
  }
  return pieces;
}

absl::StatusOr<std::unique_ptr<Gate>> Gate::Open(std::string target, uint64_t seed) {
  const int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address = Loopback(0);
  socklen_t length = sizeof address;
  if (bind(listener, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0 ||
      listen(listener, 256) != 0 ||
      getsockname(listener, reinterpret_cast<sockaddr*>(&address), &length) != 0) {
    close(listener);
    return absl::InternalError(std::string("no port for a gate: ") + std::strerror(errno));
  }
  return std::unique_ptr<Gate>(
      new Gate(std::move(target), seed, listener, "127.0.0.1:" + std::to_string(ntohs(address.sin_port))));
}

Gate::Gate(std::string target, uint64_t seed, int listener, std::string address)
    : target_(std::move(target)),
      listener_(listener),
      address_(std::move(address)),
      random_(static_cast<std::minstd_rand::result_type>(seed)),
      thread_([this] { Accept(); }) {}

Gate::~Gate() {
  stopping_ = true;
  thread_.join();
  for (Connection& connection : connections_) connection.thread.join();
  close(listener_);
}

void Gate::Set(const GateFaults& faults) {
  std::lock_guard<std::mutex> lock(mutex_);
  faults_ = faults;
}

void Gate::Cut() { ++cuts_; }

GateFaults Gate::faults() const {
  std::lock_guard<std::mutex> lock(mutex_);
  return faults_;
}

Gate::Counts Gate::counts() const {
  std::lock_guard<std::mutex> lock(mutex_);
  return counts_;
}

void Gate::Accept() {
  while (!stopping_) {
    connections_.remove_if([](Connection& connection) {
      if (!connection.done) return false;
      connection.thread.join();
      return true;
    });
    pollfd ready{.fd = listener_, .events = POLLIN, .revents = 0};
    if (poll(&ready, 1, kLookMs) <= 0) continue;
    const int client = accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
    if (client < 0) continue;
    const int server = Dial(target_);
    if (server < 0) {
      Reset(client);
      continue;
    }
    SendAtOnce(client);
    SendAtOnce(server);
    {
      std::lock_guard<std::mutex> lock(mutex_);
      ++counts_.connections;
    }
    Connection& connection = connections_.emplace_back();
    connection.client = client;
    connection.server = server;
    connection.thread = std::thread([this, &connection] { Pump(connection); });
  }
}

void Gate::Pump(Connection& connection) {
  const uint64_t cuts = cuts_;
  CommitScanner scanner;
  std::string buffer(kBuffer, '\0');
  bool lost = false;  // bytes of it vanished
  for (bool open = true; open && !stopping_ && cuts == cuts_;) {
    std::array<pollfd, 2> ready = {pollfd{.fd = connection.client, .events = POLLIN, .revents = 0},
                                   pollfd{.fd = connection.server, .events = POLLIN, .revents = 0}};
    const bool heard = poll(ready.data(), ready.size(), kLookMs) > 0;
    const GateFaults faults = this->faults();
    if (lost && !faults.half_open) break;
    if (!heard) continue;
    for (const pollfd& side : ready) {
      if (!open || side.revents == 0) continue;
      const ssize_t count = recv(side.fd, buffer.data(), buffer.size(), 0);
      if (faults.half_open) {
        // One that ends is not passed on either; the thread must not spin on it.
        lost = true;
        if (count <= 0) std::this_thread::sleep_for(std::chrono::milliseconds(kLookMs));
        continue;
      }
      if (count <= 0) {
        open = false;
        continue;
      }
      if (faults.delay.count() > 0) std::this_thread::sleep_for(faults.delay);
      const std::string_view bytes(buffer.data(), static_cast<size_t>(count));
      open = side.fd == connection.client ? PassFromClient(connection, scanner, bytes)
                                          : Send(connection.client, bytes);
    }
  }
  Reset(connection.client);
  Reset(connection.server);
  connection.done = true;
}

bool Gate::PassFromClient(const Connection& connection, CommitScanner& scanner, std::string_view bytes) {
  for (const CommitScanner::Piece& piece : scanner.Take(bytes)) {
    const Fate fate = piece.commit ? FateOfCommit() : Fate::kPass;
    if (fate == Fate::kCutBefore) return false;
    if (!Send(connection.server, piece.bytes)) return false;
    if (fate == Fate::kCutReply) {
      // The server is given the time to answer, so that it is the reply that is lost and not the COMMIT.
      pollfd reply{.fd = connection.server, .events = POLLIN, .revents = 0};
      poll(&reply, 1, kReplyMs);
      return false;
    }
    if (fate == Fate::kTearReply) {
      TearReply(connection);
      return false;
    }
  }
  return true;
}

// Passes on a part of what the server answers, and lets it be read before the reset overtakes it.
void Gate::TearReply(const Connection& connection) {
  std::string reply(kBuffer, '\0');
  pollfd ready{.fd = connection.server, .events = POLLIN, .revents = 0};
  if (poll(&ready, 1, kReplyMs) <= 0) return;
  const ssize_t count = recv(connection.server, reply.data(), reply.size(), 0);
  if (count < 2) return;
  size_t part = 0;
  {
    std::lock_guard<std::mutex> lock(mutex_);
    part = 1 + random_() % static_cast<size_t>(count - 1);
    ++counts_.replies_torn;
  }
  Send(connection.client, std::string_view(reply).substr(0, part));
  std::this_thread::sleep_for(std::chrono::milliseconds(kLookMs));
}

bool Gate::Send(int to, std::string_view bytes) const {
  const size_t slice = faults().slice;
  while (!bytes.empty()) {
    const size_t most = slice == 0 ? bytes.size() : std::min(slice, bytes.size());
    const ssize_t sent = send(to, bytes.data(), most, MSG_NOSIGNAL);
    if (sent <= 0) return false;
    bytes.remove_prefix(static_cast<size_t>(sent));
    if (slice != 0 && !bytes.empty()) std::this_thread::sleep_for(std::chrono::microseconds(200));
  }
  return true;
}

Gate::Fate Gate::FateOfCommit() {
  std::lock_guard<std::mutex> lock(mutex_);
  ++counts_.commits;
  const double dice = std::uniform_real_distribution<double>(0, 1)(random_);
  if (dice < faults_.cut_before_commit) {
    ++counts_.commits_cut;
    return Fate::kCutBefore;
  }
  if (dice < faults_.cut_before_commit + faults_.cut_commit_reply) {
    ++counts_.replies_cut;
    return Fate::kCutReply;
  }
  if (dice < faults_.cut_before_commit + faults_.cut_commit_reply + faults_.tear_commit_reply)
    return Fate::kTearReply;
  return Fate::kPass;
}

}  // namespace inspectorate::robustness
