// A real issuer and authenticator for the targets of tokens, with a key of the tests that nothing else knows,
// and a clock that stands still; and signing and verifying by OpenSSL alone, to judge them by.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "common/auth/jwt.h"

namespace inspectorate::fuzz {

inline constexpr char kIssuer[] = "https://issuer.example";
inline constexpr char kAudience[] = "inspectorate";
inline constexpr char kKeyId[] = "fuzz-key";

const Clock& FixedClock();  // 2026-03-09T01:00:00Z
int64_t FixedNow();         // the same in seconds

// Public key of the issuer as a JWKS document.
const std::string& Jwks();

// "header.payload" with an ES256 signature by the key.
std::string SignCompact(std::string_view header, std::string_view payload);
// Whether the compact token's first two parts bear a signature by the key.
bool IsSigned(std::string_view token);

// Claims that are accepted.
std::string GoodClaims();
std::string GoodHeader();

// A file that exists while the object lives, at a path that can be opened.
class MemoryFile {
 public:
  MemoryFile();
  ~MemoryFile();
  MemoryFile(const MemoryFile&) = delete;
  MemoryFile& operator=(const MemoryFile&) = delete;
  void Write(std::string_view content);
  const std::string& path() const { return path_; }

 private:
  int fd_;
  std::string path_;
};

}  // namespace inspectorate::fuzz
