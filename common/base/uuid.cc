#include "common/base/uuid.h"

#include <openssl/rand.h>
#include <pthread.h>
#include <uuid/uuid.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cstring>
#include <mutex>

namespace inspectorate {
namespace {

// Milliseconds and a 12-bit counter in one number, so that "later" is one comparison (RFC 9562, 6.2 method
// 1).
uint64_t NextTick(Time now) {
  static std::mutex mutex;
  static uint64_t last = 0;
  const auto millis = std::chrono::floor<std::chrono::milliseconds>(now).time_since_epoch().count();
  const uint64_t wanted = static_cast<uint64_t>(std::max<int64_t>(millis, 0)) << 12;
  const std::lock_guard lock(mutex);
  // A clock that stands still or steps back a little must not reorder ids; one that is far behind (an office
  // on a sandbox clock) gets the time it asked for.
  constexpr uint64_t kReorderWindow = uint64_t{10'000} << 12;
  if (wanted > last || last - wanted > kReorderWindow) {
    last = wanted;
  } else {
    ++last;
  }
  return last;
}

int HexDigit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

// A child process must not give out what its parent does.
std::atomic<unsigned> forks{0};
const bool forks_counted = pthread_atfork(nullptr, nullptr, [] { ++forks; }) == 0;

// Random bytes of a thread.
class RandomStore {
 public:
  // False when there is no randomness to be had.
  bool Take(uint8_t* to, size_t count) {
    if (used_ + count > bytes_.size() || forks_ != forks || !forks_counted) {
      if (RAND_bytes(bytes_.data(), static_cast<int>(bytes_.size())) != 1) return false;
      used_ = 0;
      forks_ = forks;
    }
    std::memcpy(to, bytes_.data() + used_, count);
    used_ += count;
    return true;
  }

 private:
  std::array<uint8_t, 1024> bytes_{};
  size_t used_ = 1024;
  unsigned forks_ = 0;
};

constexpr bool HyphenAt(size_t position) {
  return position == 8 || position == 13 || position == 18 || position == 23;
}

}  // namespace

Uuid NewUuid(Time now) {
  Uuid id = RandomUuid();
  const uint64_t tick = NextTick(now);
  const uint64_t millis = tick >> 12;
  const uint64_t counter = tick & 0xFFF;
  for (size_t i = 0; i < 6; ++i) id.bytes[i] = static_cast<uint8_t>(millis >> (40 - 8 * i));
  id.bytes[6] = static_cast<uint8_t>(0x70 | (counter >> 8));
  id.bytes[7] = static_cast<uint8_t>(counter);
  return id;
}

Uuid RandomUuid() {
  // Several a call. OpenSSL's generator serves each thread by itself, where libuuid asks the kernel each
  // time; and it takes hardly longer for many bytes than for few.
  thread_local RandomStore store;
  Uuid id;
  if (!store.Take(id.bytes.data(), id.bytes.size())) uuid_generate_random(id.bytes.data());
  id.bytes[6] = static_cast<uint8_t>((id.bytes[6] & 0x0F) | 0x40);  // version 4
  id.bytes[8] = static_cast<uint8_t>((id.bytes[8] & 0x3F) | 0x80);
  return id;
}

Uuid DerivedUuid(const Uuid& space, std::string_view name) {
  Uuid id;
  uuid_generate_sha1(id.bytes.data(), space.bytes.data(), name.data(), name.size());
  return id;
}

std::string FormatUuid(const Uuid& id) {
  constexpr char kDigits[] = "0123456789abcdef";
  std::string text;
  text.reserve(36);
  for (uint8_t byte : id.bytes) {
    if (HyphenAt(text.size())) text += '-';
    text += kDigits[byte >> 4];
    text += kDigits[byte & 0xF];
  }
  return text;
}

std::optional<Uuid> ParseUuid(std::string_view text) {
  if (text.size() != 36) return std::nullopt;
  Uuid id;
  size_t nibble = 0;
  for (size_t i = 0; i < text.size(); ++i) {
    if (HyphenAt(i)) {
      if (text[i] != '-') return std::nullopt;
      continue;
    }
    const int digit = HexDigit(text[i]);
    if (digit < 0) return std::nullopt;
    id.bytes[nibble / 2] = static_cast<uint8_t>(id.bytes[nibble / 2] << 4 | digit);
    ++nibble;
  }
  return id;
}

std::optional<Uuid> UuidFromRaw(std::string_view raw) {
  Uuid id;
  if (raw.size() != id.bytes.size()) return std::nullopt;
  std::memcpy(id.bytes.data(), raw.data(), raw.size());
  return id;
}

}  // namespace inspectorate
