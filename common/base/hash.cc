#include "common/base/hash.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/sha.h>

#include <cstdint>

namespace inspectorate {
namespace {

constexpr std::string_view kBase64Digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

const unsigned char* Bytes(std::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}

}  // namespace

std::string Sha256(std::string_view data) {
  std::string digest(SHA256_DIGEST_LENGTH, '\0');
  SHA256(Bytes(data), data.size(), reinterpret_cast<unsigned char*>(digest.data()));
  return digest;
}

std::string HmacSha256(std::string_view key, std::string_view data) {
  std::string digest(SHA256_DIGEST_LENGTH, '\0');
  HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()), Bytes(data), data.size(),
       reinterpret_cast<unsigned char*>(digest.data()), nullptr);
  return digest;
}

std::string Hex(std::string_view raw) {
  constexpr char kDigits[] = "0123456789abcdef";
  std::string text;
  text.reserve(raw.size() * 2);
  for (char c : raw) {
    const auto byte = static_cast<uint8_t>(c);
    text += kDigits[byte >> 4];
    text += kDigits[byte & 0xF];
  }
  return text;
}

std::string Base64Url(std::string_view raw) {
  std::string text;
  text.reserve((raw.size() * 4 + 2) / 3);
  uint32_t pending = 0;
  int bits = 0;
  for (char c : raw) {
    pending = pending << 8 | static_cast<uint8_t>(c);
    for (bits += 8; bits >= 6; bits -= 6) text += kBase64Digits[pending >> (bits - 6) & 0x3F];
  }
  if (bits > 0) text += kBase64Digits[pending << (6 - bits) & 0x3F];
  return text;
}

bool Base64UrlDecode(std::string_view text, std::string* raw) {
  raw->clear();
  if (text.size() % 4 == 1) return false;
  uint32_t pending = 0;
  int bits = 0;
  for (char c : text) {
    const size_t digit = kBase64Digits.find(c);
    if (digit == std::string_view::npos) return false;
    pending = pending << 6 | static_cast<uint32_t>(digit);
    bits += 6;
    if (bits >= 8) {
      bits -= 8;
      *raw += static_cast<char>(pending >> bits & 0xFF);
    }
  }
  // Left-over bits must be zero: otherwise two texts would stand for one value, and a signed token could be
  // varied.
  return (pending & ((1U << bits) - 1)) == 0;
}

bool EqualsConstantTime(std::string_view a, std::string_view b) {
  return a.size() == b.size() && CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

}  // namespace inspectorate
