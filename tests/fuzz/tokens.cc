#include "tests/fuzz/tokens.h"

#include <openssl/ecdsa.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <sys/mman.h>
#include <unistd.h>

#include <memory>

#include "common/base/hash.h"
#include "common/base/time.h"
#include "tests/fuzz/fuzz.h"

namespace inspectorate::fuzz {
namespace {

// P-256; x and y of the document below belong to it.
constexpr char kPrivateKey[] =
    "MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgOEFrtf+sr+L+fnBF"
    "QVSB4g/nNzlT+epZGwhlIY192/ahRANCAATWNk1k8s4IlygGX6raID3HKT/n+XXr"
    "V3mprPwLnN2FlUmGVvYWczTOy3v8QhzPito7wu4fFN+p2N1D+VRMeDxv";

constexpr size_t kHalf = 32;  // bytes of each number of a signature

template <auto F>
struct Deleter {
  template <typename T>
  void operator()(T* pointer) const {
    F(pointer);
  }
};
using Key = std::unique_ptr<EVP_PKEY, Deleter<EVP_PKEY_free>>;
using Context = std::unique_ptr<EVP_MD_CTX, Deleter<EVP_MD_CTX_free>>;
using Signature = std::unique_ptr<ECDSA_SIG, Deleter<ECDSA_SIG_free>>;

EVP_PKEY* TheKey() {
  static EVP_PKEY* key = [] {
    unsigned char der[256];
    const int size = EVP_DecodeBlock(der, reinterpret_cast<const unsigned char*>(kPrivateKey),
                                     static_cast<int>(sizeof(kPrivateKey) - 1));
    const unsigned char* at = der;
    return d2i_AutoPrivateKey(nullptr, &at, size);
  }();
  FUZZ_CHECK(key != nullptr);
  return key;
}

const unsigned char* Bytes(std::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}

class StandingClock final : public Clock {
 public:
  Time Now() const override { return ParseTime("2026-03-09T01:00:00Z").value(); }
};

std::string Sign(std::string_view text) {
  const Context context(EVP_MD_CTX_new());
  unsigned char der[128];
  size_t size = sizeof(der);
  FUZZ_CHECK(EVP_DigestSignInit(context.get(), nullptr, EVP_sha256(), nullptr, TheKey()) == 1);
  FUZZ_CHECK(EVP_DigestSign(context.get(), der, &size, Bytes(text), text.size()) == 1);
  const unsigned char* at = der;
  const Signature signature(d2i_ECDSA_SIG(nullptr, &at, static_cast<long>(size)));
  std::string raw(2 * kHalf, '\0');
  auto* out = reinterpret_cast<unsigned char*>(raw.data());
  BN_bn2binpad(ECDSA_SIG_get0_r(signature.get()), out, kHalf);
  BN_bn2binpad(ECDSA_SIG_get0_s(signature.get()), out + kHalf, kHalf);
  return raw;
}

bool Verify(std::string_view text, std::string_view raw) {
  if (raw.size() != 2 * kHalf) return false;
  const Signature signature(ECDSA_SIG_new());
  ECDSA_SIG_set0(signature.get(), BN_bin2bn(Bytes(raw), kHalf, nullptr),
                 BN_bin2bn(Bytes(raw) + kHalf, kHalf, nullptr));
  unsigned char der[128];
  unsigned char* at = der;
  const int size = i2d_ECDSA_SIG(signature.get(), &at);
  const Context context(EVP_MD_CTX_new());
  FUZZ_CHECK(EVP_DigestVerifyInit(context.get(), nullptr, EVP_sha256(), nullptr, TheKey()) == 1);
  return EVP_DigestVerify(context.get(), der, static_cast<size_t>(size), Bytes(text), text.size()) == 1;
}

}  // namespace

const Clock& FixedClock() {
  static const StandingClock clock;
  return clock;
}

int64_t FixedNow() {
  return std::chrono::floor<std::chrono::seconds>(FixedClock().Now()).time_since_epoch().count();
}

const std::string& Jwks() {
  static const std::string jwks =
      R"({"keys":[{"kty":"EC","crv":"P-256","use":"sig","alg":"ES256","kid":"fuzz-key",)"
      R"("x":"1jZNZPLOCJcoBl-q2iA9xyk_5_l161d5qaz8C5zdhZU",)"
      R"("y":"SYZW9hZzNM7Le_xCHM-K2jvC7h8U36nY3UP5VEx4PG8"}]})";
  return jwks;
}

std::string SignCompact(std::string_view header, std::string_view payload) {
  const std::string text = Base64Url(header) + "." + Base64Url(payload);
  return text + "." + Base64Url(Sign(text));
}

bool IsSigned(std::string_view token) {
  const size_t dot = token.rfind('.');
  std::string raw;
  return dot != std::string_view::npos && Base64UrlDecode(token.substr(dot + 1), &raw) &&
         Verify(token.substr(0, dot), raw);
}

std::string GoodClaims() {
  const std::string now = std::to_string(FixedNow());
  const std::string later = std::to_string(FixedNow() + 600);
  return R"({"iss":"https://issuer.example","aud":"inspectorate","sub":"offices/zhanhua/staff/1","name":"示例",)"
         R"("role":"DISTRICT_OFFICE","office":"zhanhua","nbf":)" +
         now + R"(,"exp":)" + later + "}";
}

std::string GoodHeader() { return R"({"alg":"ES256","kid":"fuzz-key"})"; }

MemoryFile::MemoryFile()
    : fd_(::memfd_create("fuzz", MFD_CLOEXEC)), path_("/proc/self/fd/" + std::to_string(fd_)) {
  FUZZ_CHECK(fd_ >= 0);
}

MemoryFile::~MemoryFile() { ::close(fd_); }

void MemoryFile::Write(std::string_view content) {
  FUZZ_CHECK(::ftruncate(fd_, 0) == 0);
  FUZZ_CHECK(::pwrite(fd_, content.data(), content.size(), 0) == static_cast<ssize_t>(content.size()));
}

}  // namespace inspectorate::fuzz
