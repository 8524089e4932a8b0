#include "common/testing/picture.h"

#include <algorithm>

namespace inspectorate::testing {
namespace {

std::string Number32(uint32_t n) {
  return {static_cast<char>(n >> 24), static_cast<char>(n >> 16), static_cast<char>(n >> 8),
          static_cast<char>(n)};
}

uint32_t Crc32(const std::string& bytes) {
  uint32_t crc = 0xffffffff;
  for (const char byte : bytes) {
    crc ^= static_cast<unsigned char>(byte);
    for (int bit = 0; bit < 8; ++bit) crc = (crc >> 1) ^ ((crc & 1) != 0 ? 0xedb88320 : 0);
  }
  return ~crc;
}

uint32_t Adler32(const std::string& bytes) {
  uint32_t a = 1, b = 0;
  for (const char byte : bytes) {
    a = (a + static_cast<unsigned char>(byte)) % 65521;
    b = (b + a) % 65521;
  }
  return b << 16 | a;
}

std::string Chunk(const std::string& type, const std::string& content) {
  return Number32(static_cast<uint32_t>(content.size())) + type + content + Number32(Crc32(type + content));
}

// zlib without compression: blocks that are stored as they are.
std::string Stored(const std::string& bytes) {
  constexpr size_t kMost = 65535;
  std::string out = "\x78\x01";
  for (size_t begin = 0; begin < bytes.size(); begin += kMost) {
    const size_t size = std::min(kMost, bytes.size() - begin);
    out += static_cast<char>(begin + size == bytes.size() ? 1 : 0);
    for (const size_t n : {size, ~size}) out += {static_cast<char>(n), static_cast<char>(n >> 8)};
    out += bytes.substr(begin, size);
  }
  return out + Number32(Adler32(bytes));
}

}  // namespace

std::string PngPicture(int width, int height, uint32_t seed) {
  std::string rows;
  for (int y = 0; y < height; ++y) {
    rows += '\0';
    for (int x = 0; x < width; ++x) {
      const uint32_t step = static_cast<uint32_t>(x / 8 * 7 + y / 8 * 13) * (seed % 97 + 1) + seed;
      rows += static_cast<char>(96 + step % 128);
    }
  }
  const std::string head = Number32(static_cast<uint32_t>(width)) + Number32(static_cast<uint32_t>(height)) +
                           std::string("\x08\0\0\0\0", 5);
  return "\x89PNG\r\n\x1a\n" + Chunk("IHDR", head) + Chunk("IDAT", Stored(rows)) + Chunk("IEND", "");
}

}  // namespace inspectorate::testing
