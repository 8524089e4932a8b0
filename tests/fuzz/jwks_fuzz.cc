// What an issuer publishes as its keys. A document that is refused leaves the keys as they were, and no
// document lets a token pass that the key of the tests did not sign. Input: the document.
#include <nlohmann/json.hpp>
#include <string>

#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/tokens.h"

namespace inspectorate::fuzz {
namespace {

struct Setting {
  MemoryFile file;
  std::shared_ptr<auth::JwtAuthenticator> authenticator;
  std::string good = "Bearer " + SignCompact(GoodHeader(), GoodClaims());
  std::string unsigned_token =
      "Bearer eyJhbGciOiJub25lIiwia2lkIjoiZnV6ei1rZXkifQ." + good.substr(good.find('.') + 1);

  Setting() {
    file.Write(Jwks());
    authenticator = auth::JwtAuthenticator::Open({.jwks_file = file.path(),
                                                  .issuer = kIssuer,
                                                  .audience = kAudience,
                                                  .refresh = std::chrono::hours(1000)},
                                                 FixedClock())
                        .value();
  }
};

}  // namespace
}  // namespace inspectorate::fuzz

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace inspectorate::fuzz;
  static Setting& setting = *new Setting;
  const std::string_view document = Input(data, size).Rest();
  setting.file.Write(document);
  const absl::Status status = setting.authenticator->Refresh();
  const bool accepts = setting.authenticator->Authenticate(setting.good).ok();
  if (!status.ok()) {
    FUZZ_CHECK(accepts);
    FUZZ_CHECK(status.message().size() < 100);
  }
  // The key is there only if the document names it.
  if (status.ok() && accepts)
    FUZZ_CHECK(document.find("fuzz") != std::string_view::npos ||
               document.find("\\u") != std::string_view::npos);
  FUZZ_CHECK(!setting.authenticator->Authenticate(setting.unsigned_token).ok());
  setting.file.Write(Jwks());
  FUZZ_CHECK(setting.authenticator->Refresh().ok());
  FUZZ_CHECK(setting.authenticator->Authenticate(setting.good).ok());
  return 0;
}
