// For tests: one who speaks HTTP/2 as it likes, frame by frame; no client library would send half a request
// or stop reading for good.
#pragma once

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace inspectorate::rpc {

class Http2Peer {
 public:
  struct Options {
    uint32_t window = 65'535;  // what the server may send on a stream; this end never gives it more
    bool acknowledge = true;   // the server's settings
  };
  struct Stream {
    int64_t window = 0;  // what may be sent
    bool ended = false;
    uint32_t reset = 0;  // code of RST_STREAM
    size_t received = 0;
    std::string data;  // the beginning of it
  };
  static constexpr uint32_t kRefusedStream = 7;
  static constexpr uint32_t kEnhanceYourCalm = 11;

  // "127.0.0.1:7401".
  Http2Peer(const std::string& target, Options options) : options_(options) {
    const size_t colon = target.rfind(':');
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(static_cast<uint16_t>(std::stoi(target.substr(colon + 1))));
    ::inet_pton(AF_INET, target.substr(0, colon).c_str(), &address.sin_addr);
    socket_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    open_ = ::connect(socket_, reinterpret_cast<sockaddr*>(&address), sizeof(address)) == 0;
    std::string settings{"\0\4", 2};  // SETTINGS_INITIAL_WINDOW_SIZE
    AppendNumber(options.window, 4, &settings);
    Write("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n");
    Frame(kSettings, 0, 0, settings);
  }
  explicit Http2Peer(const std::string& target) : Http2Peer(target, Options()) {}
  ~Http2Peer() { ::close(socket_); }
  Http2Peer(const Http2Peer&) = delete;
  Http2Peer& operator=(const Http2Peer&) = delete;

  bool is_open() const { return open_; }
  const Stream& stream(uint32_t id) { return streams_[id]; }
  int Ended() const {
    return static_cast<int>(std::count_if(streams_.begin(), streams_.end(),
                                          [](const auto& entry) { return entry.second.ended; }));
  }

  // A call without its message.
  uint32_t Open(const std::string& path, const std::vector<std::pair<std::string, std::string>>& more = {}) {
    std::vector<std::pair<std::string, std::string>> headers{
        {":method", "POST"}, {":scheme", "http"}, {":path", path},
        {":authority", "x"}, {"te", "trailers"},  {"content-type", "application/grpc"}};
    headers.insert(headers.end(), more.begin(), more.end());
    std::string block;
    for (const auto& [name, value] : headers) {
      block += '\0';  // a literal that nobody remembers (RFC 7541, 6.2.2)
      AppendText(name, &block);
      AppendText(value, &block);
    }
    const uint32_t id = std::exchange(next_, next_ + 2);
    streams_[id].window = initial_window_;
    Frame(kHeaders, kEndHeaders, id, block);
    return id;
  }

  // A message of `size` bytes begins with this.
  static std::string Prefix(size_t size, bool compressed = false) {
    std::string prefix(1, compressed ? '\1' : '\0');
    AppendNumber(static_cast<uint32_t>(size), 4, &prefix);
    return prefix;
  }

  // As far as the server lets it within `patience`; the bytes that went out.
  size_t Send(uint32_t id, std::string_view data, bool end,
              std::chrono::milliseconds patience = std::chrono::milliseconds(2'000)) {
    const auto until = std::chrono::steady_clock::now() + patience;
    size_t sent = 0;
    while (sent < data.size() && open_ && !streams_[id].ended) {
      const int64_t most = std::min<int64_t>({16'384, window_, streams_[id].window});
      if (most <= 0) {
        if (std::chrono::steady_clock::now() > until) return sent;
        Read(std::chrono::milliseconds(50));
        continue;
      }
      const std::string_view piece = data.substr(sent, static_cast<size_t>(most));
      sent += piece.size();
      window_ -= static_cast<int64_t>(piece.size());
      streams_[id].window -= static_cast<int64_t>(piece.size());
      Frame(kData, end && sent == data.size() ? kEndStream : 0, id, piece);
    }
    return sent;
  }

  // Takes in one frame, if one comes within `wait`.
  bool Read(std::chrono::milliseconds wait) {
    if (!open_ || !Await(9, wait)) return false;
    const auto byte = [this](size_t i) { return static_cast<uint32_t>(static_cast<unsigned char>(in_[i])); };
    const size_t size = byte(0) << 16 | byte(1) << 8 | byte(2);
    const uint32_t type = byte(3);
    const uint32_t flags = byte(4);
    const uint32_t id = (byte(5) << 24 | byte(6) << 16 | byte(7) << 8 | byte(8)) & 0x7fffffffU;
    if (!Await(9 + size, std::chrono::milliseconds(5'000))) return false;
    const std::string payload = in_.substr(9, size);
    in_.erase(0, 9 + size);
    Handle(type, flags, id, payload);
    return true;
  }
  // Until nothing has come for `quiet`.
  void ReadAll(std::chrono::milliseconds quiet) {
    while (Read(quiet)) {
    }
  }

 private:
  enum Type : uint32_t {
    kData = 0,
    kHeaders = 1,
    kReset = 3,
    kSettings = 4,
    kPing = 6,
    kGoAway = 7,
    kWindowUpdate = 8
  };
  static constexpr uint32_t kEndStream = 1;  // and ACK
  static constexpr size_t kKept = 100;
  static constexpr uint32_t kEndHeaders = 4;

  static void AppendNumber(uint32_t number, int bytes, std::string* text) {
    for (int i = bytes - 1; i >= 0; --i) *text += static_cast<char>(number >> (8 * i) & 0xff);
  }
  static uint32_t NumberAt(std::string_view text, size_t at) {
    uint32_t number = 0;
    for (size_t i = at; i < at + 4; ++i) number = number << 8 | static_cast<unsigned char>(text[i]);
    return number;
  }
  static void AppendText(const std::string& text, std::string* block) {
    *block += static_cast<char>(text.size());  // below 127, and not Huffman's
    *block += text;
  }

  void Handle(uint32_t type, uint32_t flags, uint32_t id, const std::string& payload) {
    switch (type) {
      case kData:
        streams_[id].received += payload.size();
        if (streams_[id].data.size() < kKept) streams_[id].data += payload;
        break;
      case kReset:
        streams_[id].ended = true;
        streams_[id].reset = NumberAt(payload, 0);
        break;
      case kSettings:
        if ((flags & kEndStream) == 0) TakeSettings(payload);
        break;
      case kPing:
        if ((flags & kEndStream) == 0) Frame(kPing, kEndStream, 0, payload);
        break;
      case kGoAway:
        going_away_ = true;
        break;
      case kWindowUpdate:
        (id == 0 ? window_ : streams_[id].window) += NumberAt(payload, 0);
        break;
      default:
        break;
    }
    if ((type == kData || type == kHeaders) && (flags & kEndStream) != 0) streams_[id].ended = true;
  }

  void TakeSettings(const std::string& payload) {
    for (size_t at = 0; at + 6 <= payload.size(); at += 6) {
      if (payload[at + 1] != 4) continue;
      const int64_t given = NumberAt(payload, at + 2);
      for (auto& [unused, stream] : streams_) stream.window += given - initial_window_;
      initial_window_ = given;
    }
    if (options_.acknowledge) Frame(kSettings, kEndStream, 0, "");
  }

  void Frame(uint32_t type, uint32_t flags, uint32_t id, std::string_view payload) {
    std::string frame;
    AppendNumber(static_cast<uint32_t>(payload.size()), 3, &frame);
    AppendNumber(type, 1, &frame);
    AppendNumber(flags, 1, &frame);
    AppendNumber(id, 4, &frame);
    frame += payload;
    Write(frame);
  }

  void Write(std::string_view text) {
    while (open_ && !text.empty()) {
      const ssize_t written = ::send(socket_, text.data(), text.size(), MSG_NOSIGNAL);
      open_ = written > 0;
      if (open_) text.remove_prefix(static_cast<size_t>(written));
    }
  }

  bool Await(size_t bytes, std::chrono::milliseconds wait) {
    while (in_.size() < bytes) {
      pollfd poll{.fd = socket_, .events = POLLIN, .revents = 0};
      if (::poll(&poll, 1, static_cast<int>(wait.count())) <= 0) return false;
      char piece[16'384];
      const ssize_t read = ::recv(socket_, piece, sizeof(piece), 0);
      open_ = read > 0;
      if (!open_) return false;
      in_.append(piece, static_cast<size_t>(read));
    }
    return true;
  }

  const Options options_;
  int socket_ = -1;
  bool open_ = false;
  bool going_away_ = false;
  std::string in_;
  int64_t window_ = 65'535;
  int64_t initial_window_ = 65'535;
  uint32_t next_ = 1;
  std::map<uint32_t, Stream> streams_;
};

}  // namespace inspectorate::rpc
