#include "common/auth/jwt.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <condition_variable>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <map>
#include <mutex>
#include <nlohmann/json.hpp>
#include <optional>
#include <thread>
#include <unordered_map>
#include <utility>

#include "common/base/file.h"
#include "common/base/hash.h"
#include "common/base/macros.h"
#include "common/base/resource_name.h"
#include "common/base/secret.h"
#include "common/base/text.h"
#include "common/base/uuid.h"
#include "common/obs/log.h"
#include "common/status/error.h"

extern "C" {
#include <cjose/cjose.h>
}

namespace inspectorate::auth {
namespace {

using nlohmann::json;

constexpr size_t kMaxToken = 8 * 1024;
constexpr size_t kMinRsaBits = 2048;
constexpr size_t kEs256Bytes = 64;
constexpr std::string_view kBearer = "bearer ";

struct JwkDeleter {
  void operator()(cjose_jwk_t* jwk) const { cjose_jwk_release(jwk); }
};
struct JwsDeleter {
  void operator()(cjose_jws_t* jws) const { cjose_jws_release(jws); }
};
struct HeaderDeleter {
  void operator()(cjose_header_t* header) const { cjose_header_release(header); }
};
using Jwk = std::unique_ptr<cjose_jwk_t, JwkDeleter>;
using Jws = std::unique_ptr<cjose_jws_t, JwsDeleter>;
using Header = std::unique_ptr<cjose_header_t, HeaderDeleter>;

absl::Status Refused(const char* why) { return Error(ErrorReason::UNAUTHENTICATED_CALLER, {{"why", why}}); }

absl::Status Broken(const char* what, const cjose_err& error) {
  return absl::InternalError(std::string(what) + ": " + (error.message == nullptr ? "?" : error.message));
}

// A verification key and the one algorithm it may be used with: the token does not choose.
struct Key {
  std::string text;  // as the issuer wrote it
  std::shared_ptr<cjose_jwk_t> jwk;
  std::string algorithm;
  size_t signature_bytes = 0;
};
using Keys = std::map<std::string, Key>;

std::string Claim(const json& claims, const char* name) {
  auto it = claims.find(name);
  return it != claims.end() && it->is_string() ? it->get<std::string>() : std::string();
}

// cjose's base64 decoder ends the process on some texts that are none (an assertion), so none may reach it.
bool IsBase64Url(std::string_view text) {
  std::string raw;
  return !text.empty() && Base64UrlDecode(text, &raw);
}

// header.payload.signature, as RFC 7515 writes them: base64url without padding.
bool IsCompact(std::string_view token) {
  int parts = 1;
  for (size_t dot = token.find('.'); dot != std::string_view::npos; dot = token.find('.'), ++parts) {
    if (!IsBase64Url(token.substr(0, dot))) return false;
    token.remove_prefix(dot + 1);
  }
  return parts == 3 && IsBase64Url(token);
}

// cjose passes over bytes behind a signature: one token could be written in many ways.
bool HasSignatureOf(const Key& key, std::string_view token) {
  std::string signature;
  return Base64UrlDecode(token.substr(token.rfind('.') + 1), &signature) &&
         signature.size() == key.signature_bytes;
}

// The numbers of a key are base64url where they are there at all.
bool AreNumbersReadable(const json& entry) {
  return std::ranges::all_of(std::array{"n", "e", "x", "y"}, [&entry](const char* number) {
    return !entry.contains(number) || IsBase64Url(Claim(entry, number));
  });
}

// What a key of an issuer may verify here; empty: nothing.
std::string AlgorithmOf(const json& entry) {
  if (!entry.is_object() || Claim(entry, "kid").empty()) return "";
  if (entry.contains("use") && entry["use"] != "sig") return "";
  std::string algorithm;
  if (Claim(entry, "kty") == "EC" && Claim(entry, "crv") == "P-256") algorithm = CJOSE_HDR_ALG_ES256;
  if (Claim(entry, "kty") == "RSA") algorithm = CJOSE_HDR_ALG_RS256;
  return entry.contains("alg") && entry["alg"] != algorithm ? "" : algorithm;
}

// Takes what it can use and leaves out the rest: issuers publish keys for other uses too, and one odd key
// must not lock everybody out.
absl::StatusOr<Keys> ParseJwks(const std::string& text) {
  const json document = json::parse(text, nullptr, false);
  if (!document.is_object() || !document.contains("keys") || !document["keys"].is_array()) {
    return absl::InvalidArgumentError("not a JWKS");
  }
  Keys keys;
  for (const json& entry : document["keys"]) {
    const std::string algorithm = AlgorithmOf(entry);
    if (algorithm.empty() || !AreNumbersReadable(entry)) continue;
    cjose_err error{};
    const std::string single = entry.dump();
    Jwk jwk(cjose_jwk_import(single.data(), single.size(), &error));
    if (jwk == nullptr) continue;
    const bool rsa = algorithm == CJOSE_HDR_ALG_RS256;
    const size_t bits = cjose_jwk_get_keysize(jwk.get(), &error);
    if (rsa && bits < kMinRsaBits) continue;
    keys[Claim(entry, "kid")] = {.text = single,
                                 .jwk = {std::move(jwk)},
                                 .algorithm = algorithm,
                                 .signature_bytes = rsa ? (bits + 7) / 8 : kEs256Bytes};
  }
  if (keys.empty()) return absl::InvalidArgumentError("the JWKS holds no usable key");
  return keys;
}

// The seconds of a NumericDate, which may have a fraction.
bool Seconds(const json& claims, const char* name, double* value) {
  auto it = claims.find(name);
  if (it == claims.end() || !it->is_number()) return false;
  *value = it->get<double>();
  return true;
}

// RFC 7515: a token with critical extensions that its reader does not know must be refused; we know none.
bool HasCriticalExtensions(cjose_header_t* header) {
  cjose_err error{};
  char* raw = cjose_header_get_raw(header, "crit", &error);
  std::free(raw);
  return raw != nullptr;
}

// The scheme in any case, as RFC 7235 has it.
bool IsBearer(std::string_view authorization) {
  return authorization.size() >= kBearer.size() &&
         std::ranges::equal(authorization.substr(0, kBearer.size()), kBearer,
                            [](char a, char b) { return (a >= 'A' && a <= 'Z' ? a - 'A' + 'a' : a) == b; });
}

bool AudienceContains(const json& claims, const std::string& audience) {
  auto it = claims.find("aud");
  if (it == claims.end()) return false;
  if (it->is_string()) return it->get<std::string>() == audience;
  if (!it->is_array()) return false;
  for (const json& entry : *it) {
    if (entry.is_string() && entry.get<std::string>() == audience) return true;
  }
  return false;
}

// A token whose signature, issuer and audience have been checked; its times are checked again at each use.
struct Verified {
  rpc::Principal principal;
  std::string kid;
  double not_before = 0;
  double expires = 0;
};

// Checking a signature costs more than all else that the pipeline does, and a caller sends the same token for
// hours. Tokens are found by their hash, so that none stays in memory. Those that were refused after such a
// check are known apart: whoever makes up many of them makes us forget those only.
class CheckedTokens {
 public:
  std::optional<Verified> Find(const std::string& hash) const {
    const auto found = tokens_.find(hash);
    return found == tokens_.end() ? std::nullopt : std::optional<Verified>(found->second);
  }
  void Add(const std::string& hash, const Verified& verified) {
    if (tokens_.size() >= kMostTokens) tokens_.clear();
    tokens_.insert_or_assign(hash, verified);
  }
  // OK for a token that was not refused.
  absl::Status WhyNot(const std::string& hash) const {
    const auto found = bad_.find(hash);
    return found == bad_.end() ? absl::OkStatus() : found->second;
  }
  void AddBad(const std::string& hash, const absl::Status& why) {
    if (bad_.size() >= kMostTokens) bad_.clear();
    bad_.insert_or_assign(hash, why);
  }
  // As the keys change. What was signed by one that is the same is good still: a key that is added must not
  // make everybody unknown at once. What was refused is looked at again.
  void Keep(const Keys& before, const Keys& after) {
    std::erase_if(tokens_, [&](const auto& token) {
      const auto old = before.find(token.second.kid);
      const auto now = after.find(token.second.kid);
      return old == before.end() || now == after.end() || old->second.text != now->second.text;
    });
    bad_.clear();
  }

 private:
  static constexpr size_t kMostTokens = 10'000;
  std::unordered_map<std::string, Verified> tokens_;
  std::unordered_map<std::string, absl::Status> bad_;
};

// Failures that have not been forgotten yet. They are forgotten one by one, as time goes by: a limit that
// closes until the end of some window closes for everybody who comes in the rest of it.
class Failures {
 public:
  Failures(int most, std::chrono::seconds within) : most_(most), within_(within) {}
  bool HasRoom(Time now) const { return Left(now) + 1 <= most_; }
  void Add(Time now) {
    left_ = Left(now) + 1;
    last_ = now;
  }
  bool IsNone(Time now) const { return Left(now) <= 0; }

 private:
  double Left(Time now) const {
    const double seconds = std::chrono::duration<double>(now - last_).count();
    return std::max(0.0, left_ - std::max(0.0, seconds) * most_ / static_cast<double>(within_.count()));
  }

  double most_;
  std::chrono::seconds within_;
  Time last_{};
  double left_ = 0;
};

// How many checks were for nothing lately, by host.
class FailedChecks {
 public:
  explicit FailedChecks(const JwtOptions& options)
      : options_(options), of_strangers_(options.failures, options.failures_within) {}

  bool MayTry(const std::string& host, Time now) {
    const bool known = IsKnown(host, now);
    if (!known && !of_strangers_.HasRoom(now)) return false;
    auto& hosts = known ? of_known_ : of_host_;
    const auto found = hosts.find(host);
    return found == hosts.end() || found->second.HasRoom(now);
  }
  void Add(const std::string& host, Time now) {
    const bool known = IsKnown(host, now);
    if (!known) of_strangers_.Add(now);
    auto& hosts = known ? of_known_ : of_host_;
    if (hosts.size() >= kMostHosts) {
      std::erase_if(hosts, [now](const auto& entry) { return entry.second.IsNone(now); });
      if (hosts.size() >= kMostHosts) hosts.clear();
    }
    const int most = known ? options_.failures_of_a_known_host : options_.failures_of_a_host;
    hosts.try_emplace(host, most, options_.failures_within).first->second.Add(now);
  }
  // It has brought a good one. Nobody makes many hosts known who has no tokens.
  void Know(const std::string& host, Time now) {
    if (known_.size() >= kMostHosts) known_.clear();
    known_.insert_or_assign(host, now);
  }

 private:
  static constexpr size_t kMostHosts = 50'000;
  static constexpr std::chrono::hours kLately{24};

  bool IsKnown(const std::string& host, Time now) const {
    const auto found = known_.find(host);
    return found != known_.end() && now < found->second + kLately;
  }

  const JwtOptions& options_;
  Failures of_strangers_;
  std::unordered_map<std::string, Failures> of_host_;
  std::unordered_map<std::string, Failures> of_known_;
  std::unordered_map<std::string, Time> known_;
};

absl::StatusOr<rpc::Principal> PrincipalFrom(const json& claims) {
  rpc::Principal principal{.subject = Claim(claims, "sub"),
                           .display_name = Claim(claims, "name"),
                           .role = RoleFromName(Claim(claims, "role")),
                           .office = Claim(claims, "office")};
  if (principal.subject.empty() || principal.subject.size() > 200) return Refused("subject");
  if (principal.role == rpc::Role::ROLE_UNSPECIFIED) return Refused("role");
  // Only services and the operator stand outside all offices.
  const bool may_stand_outside =
      principal.role == rpc::Role::ROLE_SERVICE || principal.role == rpc::Role::ROLE_PLATFORM_OPERATOR;
  const bool outside = may_stand_outside && principal.office == kWildcardId;
  if (!outside && !IsId(IdKind::kSlug, principal.office)) return Refused("office");
  return principal;
}

absl::Status CheckTimes(const Verified& verified, Time time, std::chrono::seconds allowed) {
  const double now = std::chrono::duration<double>(time.time_since_epoch()).count();
  const auto skew = static_cast<double>(allowed.count());
  if (verified.expires + skew <= now) return Refused("expired");
  if (verified.not_before - skew > now) return Refused("not valid yet");
  return absl::OkStatus();
}

// When to come back who may not have one more token checked.
constexpr int kRetryCheckMs = 500;

// What came of checking the signature.
enum class Signature { kUnchecked, kFailed, kHeld };

// Everything about a token that does not change as time goes by.
absl::StatusOr<Verified> Verify(const JwtOptions& options, const Keys& keys, const std::string& token,
                                Signature* signature) {
  if (!IsCompact(token)) return Refused("malformed");
  cjose_err error{};
  Jws jws(cjose_jws_import(token.data(), token.size(), &error));
  if (jws == nullptr) return Refused("malformed");
  cjose_header_t* header = cjose_jws_get_protected(jws.get());
  const char* kid = cjose_header_get(header, CJOSE_HDR_KID, &error);
  const char* algorithm = cjose_header_get(header, CJOSE_HDR_ALG, &error);
  if (kid == nullptr || algorithm == nullptr) return Refused("no key id");
  if (HasCriticalExtensions(header)) return Refused("critical extensions");
  auto key = keys.find(kid);
  if (key == keys.end()) return Refused("unknown key");
  if (key->second.algorithm != algorithm) return Refused("algorithm");
  if (!HasSignatureOf(key->second, token)) return Refused("signature");
  *signature = Signature::kHeld;
  if (!cjose_jws_verify(jws.get(), key->second.jwk.get(), &error)) {
    *signature = Signature::kFailed;
    return Refused("signature");
  }
  uint8_t* payload = nullptr;
  size_t size = 0;
  if (!cjose_jws_get_plaintext(jws.get(), &payload, &size, &error)) return Refused("malformed");
  const json claims = json::parse(payload, payload + size, nullptr, false);
  if (!claims.is_object()) return Refused("malformed");

  Verified verified;
  verified.kid = kid;
  if (!Seconds(claims, "exp", &verified.expires)) return Refused("no expiry");
  if (claims.contains("nbf") && !Seconds(claims, "nbf", &verified.not_before))
    return Refused("not valid yet");
  if (Claim(claims, "iss") != options.issuer) return Refused("issuer");
  if (!AudienceContains(claims, options.audience)) return Refused("audience");
  ASSIGN_OR_RETURN(verified.principal, PrincipalFrom(claims));
  return verified;
}

}  // namespace

std::string RoleName(rpc::Role role) {
  const std::string& name = type::v1::Role_Name(role);
  return name.empty() ? "" : name.substr(std::strlen("ROLE_"));
}

rpc::Role RoleFromName(std::string_view name) {
  rpc::Role role = rpc::Role::ROLE_UNSPECIFIED;
  if (!type::v1::Role_Parse("ROLE_" + std::string(name), &role)) return rpc::Role::ROLE_UNSPECIFIED;
  // Nobody holds it: who has no token needs none, and a token that names it grants nothing.
  if (role == rpc::Role::ROLE_PUBLIC) return rpc::Role::ROLE_UNSPECIFIED;
  return role;
}

// --- verification
// -------------------------------------------------------------------------------------------------

struct JwtAuthenticator::State {
  explicit State(JwtOptions with) : options(std::move(with)) {}
  const JwtOptions options;
  const Clock* clock = nullptr;
  mutable std::mutex mutex;
  std::shared_ptr<const Keys> keys;
  std::string loaded;    // what the keys were read from
  CheckedTokens tokens;  // checked with these keys
  FailedChecks failed{options};
  std::condition_variable wake;
  bool stopping = false;
  std::thread refresher;

  // A token seen for the first time. Without a host it is not counted.
  absl::StatusOr<Verified> Verify(const std::shared_ptr<const Keys>& with,
                                  const std::optional<std::string>& host, const std::string& hash,
                                  const std::string& token, Time now) {
    if (host) {
      std::lock_guard<std::mutex> lock(mutex);
      if (!failed.MayTry(*host, now)) return WithRetryDelay(Error(ErrorReason::OVERLOADED), kRetryCheckMs);
    }
    Signature signature = Signature::kUnchecked;
    absl::StatusOr<Verified> verified = auth::Verify(options, *with, token, &signature);
    if (signature == Signature::kUnchecked) return verified;
    std::lock_guard<std::mutex> lock(mutex);
    if (host) {
      if (signature == Signature::kFailed) failed.Add(*host, now);
      if (verified.ok() && CheckTimes(*verified, now, options.skew).ok()) failed.Know(*host, now);
    }
    // With keys that are gone meanwhile: true for this call, not for later ones.
    if (keys != with) return verified;
    if (verified.ok()) {
      tokens.Add(hash, *verified);
    } else {
      tokens.AddBad(hash, verified.status());
    }
    return verified;
  }
};

JwtAuthenticator::JwtAuthenticator(std::unique_ptr<State> state) : state_(std::move(state)) {}

absl::StatusOr<std::shared_ptr<JwtAuthenticator>> JwtAuthenticator::Open(JwtOptions options,
                                                                         const Clock& clock) {
  auto state = std::make_unique<State>(std::move(options));
  state->clock = &clock;
  std::shared_ptr<JwtAuthenticator> authenticator(new JwtAuthenticator(std::move(state)));
  RETURN_IF_ERROR(authenticator->Refresh());
  JwtAuthenticator* self = authenticator.get();
  self->state_->refresher = std::thread([self] {
    State& s = *self->state_;
    bool failing = false;
    std::unique_lock<std::mutex> lock(s.mutex);
    while (!s.wake.wait_for(lock, s.options.refresh, [&s] { return s.stopping; })) {
      lock.unlock();
      absl::Status status = self->Refresh();
      // Once an outage, not once a turn.
      if (!status.ok() && !failing) {
        obs::Log(obs::Severity::kWarning, "jwks_not_read", {{"why", std::string(status.message())}});
      }
      failing = !status.ok();
      lock.lock();
    }
  });
  return authenticator;
}

JwtAuthenticator::~JwtAuthenticator() {
  {
    std::lock_guard<std::mutex> lock(state_->mutex);
    state_->stopping = true;
  }
  state_->wake.notify_all();
  if (state_->refresher.joinable()) state_->refresher.join();
}

absl::Status JwtAuthenticator::Refresh() {
  ASSIGN_OR_RETURN(std::string text, ReadFile(state_->options.jwks_file));
  {
    std::lock_guard<std::mutex> lock(state_->mutex);
    if (text == state_->loaded) return absl::OkStatus();
  }
  ASSIGN_OR_RETURN(Keys keys, ParseJwks(text));
  std::lock_guard<std::mutex> lock(state_->mutex);
  if (state_->keys != nullptr) state_->tokens.Keep(*state_->keys, keys);
  state_->keys = std::make_shared<const Keys>(std::move(keys));
  state_->loaded = std::move(text);
  return absl::OkStatus();
}

absl::StatusOr<rpc::Principal> JwtAuthenticator::Authenticate(std::string_view authorization) const {
  return Check(nullptr, authorization);
}

absl::StatusOr<rpc::Principal> JwtAuthenticator::AuthenticateFrom(const std::function<std::string()>& host,
                                                                  std::string_view authorization) const {
  return Check(&host, authorization);
}

absl::StatusOr<rpc::Principal> JwtAuthenticator::Check(const std::function<std::string()>* host,
                                                       std::string_view authorization) const {
  if (authorization.empty()) return Refused("no token");
  if (!IsBearer(authorization)) return Refused("not a bearer token");
  authorization.remove_prefix(kBearer.size());
  if (authorization.size() > kMaxToken) return Refused("token too large");
  const std::string hash = Sha256(authorization);
  std::shared_ptr<const Keys> keys;
  std::optional<Verified> verified;
  absl::Status why_not;
  {
    std::lock_guard<std::mutex> lock(state_->mutex);
    keys = state_->keys;
    verified = state_->tokens.Find(hash);
    if (!verified) why_not = state_->tokens.WhyNot(hash);
  }
  RETURN_IF_ERROR(why_not);
  const Time now = state_->clock->Now();
  if (!verified) {
    std::optional<std::string> from;
    if (host != nullptr) from = (*host)();
    if (from && from->empty()) from.reset();
    ASSIGN_OR_RETURN(verified, state_->Verify(keys, from, hash, std::string(authorization), now));
  }
  RETURN_IF_ERROR(CheckTimes(*verified, now, state_->options.skew));
  return std::move(verified->principal);
}

// --- issuing
// ------------------------------------------------------------------------------------------------------

struct TokenIssuer::State {
  Jwk key;
  std::string kid;
  std::string issuer;
  std::string audience;
};

TokenIssuer::TokenIssuer(std::unique_ptr<State> state) : state_(std::move(state)) {}
TokenIssuer::~TokenIssuer() = default;

absl::StatusOr<std::unique_ptr<TokenIssuer>> TokenIssuer::Generate(std::string issuer, std::string audience) {
  cjose_err error{};
  auto state = std::make_unique<State>();
  state->key.reset(cjose_jwk_create_EC_random(CJOSE_JWK_EC_P_256, &error));
  if (state->key == nullptr) return Broken("new key", error);
  state->kid = FormatUuid(RandomUuid());
  if (!cjose_jwk_set_kid(state->key.get(), state->kid.data(), state->kid.size(), &error))
    return Broken("kid", error);
  state->issuer = std::move(issuer);
  state->audience = std::move(audience);
  return std::unique_ptr<TokenIssuer>(new TokenIssuer(std::move(state)));
}

absl::StatusOr<std::unique_ptr<TokenIssuer>> TokenIssuer::LoadOrCreate(const std::string& file,
                                                                       std::string issuer,
                                                                       std::string audience) {
  cjose_err error{};
  const absl::StatusOr<Secret> text = ReadSecret(file);
  if (text.ok()) {
    auto state = std::make_unique<State>();
    state->key.reset(cjose_jwk_import(text->Reveal().data(), text->Reveal().size(), &error));
    if (state->key == nullptr) return Broken("issuer key", error);
    const json parts = json::parse(text->Reveal(), nullptr, false);
    if (AlgorithmOf(parts) != CJOSE_HDR_ALG_ES256 || !parts.contains("d")) {
      return absl::InvalidArgumentError("the issuer key is no private P-256 key with a kid");
    }
    state->kid = Claim(parts, "kid");
    state->issuer = std::move(issuer);
    state->audience = std::move(audience);
    return std::unique_ptr<TokenIssuer>(new TokenIssuer(std::move(state)));
  }
  // Anything but a missing file is a mistake to be mended, not a reason to make another key.
  if (!absl::IsNotFound(text.status())) return text.status();
  ASSIGN_OR_RETURN(auto created, Generate(std::move(issuer), std::move(audience)));
  char* exported = cjose_jwk_to_json(created->state_->key.get(), true, &error);
  if (exported == nullptr) return Broken("export", error);
  const Secret secret{std::string(exported)};
  std::free(exported);
  const int fd = ::open(file.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  if (fd < 0) return absl::InternalError("cannot write " + file);
  const bool written = ::write(fd, secret.Reveal().data(), secret.Reveal().size()) ==
                       static_cast<ssize_t>(secret.Reveal().size());
  ::close(fd);
  if (!written) return absl::InternalError("cannot write " + file);
  return created;
}

std::string TokenIssuer::Jwks() const {
  cjose_err error{};
  char* exported = cjose_jwk_to_json(state_->key.get(), false, &error);
  json key = json::parse(exported == nullptr ? "{}" : exported, nullptr, false);
  std::free(exported);
  key["use"] = "sig";
  key["alg"] = CJOSE_HDR_ALG_ES256;
  return json{{"keys", json::array({key})}}.dump();
}

absl::StatusOr<std::string> TokenIssuer::Sign(const std::string& claims_json) const {
  cjose_err error{};
  Header header(cjose_header_new(&error));
  if (header == nullptr || !cjose_header_set(header.get(), CJOSE_HDR_ALG, CJOSE_HDR_ALG_ES256, &error) ||
      !cjose_header_set(header.get(), CJOSE_HDR_KID, state_->kid.c_str(), &error)) {
    return Broken("header", error);
  }
  Jws jws(cjose_jws_sign(state_->key.get(), header.get(),
                         reinterpret_cast<const uint8_t*>(claims_json.data()), claims_json.size(), &error));
  if (jws == nullptr) return Broken("sign", error);
  const char* compact = nullptr;
  if (!cjose_jws_export(jws.get(), &compact, &error)) return Broken("export", error);
  return std::string(compact);
}

absl::StatusOr<std::string> TokenIssuer::Issue(const rpc::Principal& principal, std::chrono::seconds lifetime,
                                               Time now) const {
  // What the authenticator would refuse is not signed in the first place; and JSON holds no broken text.
  if (RoleFromName(RoleName(principal.role)) == rpc::Role::ROLE_UNSPECIFIED ||
      !IsValidUtf8(principal.subject) || !IsValidUtf8(principal.display_name) ||
      !IsValidUtf8(principal.office)) {
    return absl::InvalidArgumentError("a token needs a role of the platform and UTF-8 texts");
  }
  const int64_t issued = std::chrono::floor<std::chrono::seconds>(now).time_since_epoch().count();
  return Sign(json{{"iss", state_->issuer},
                   {"aud", state_->audience},
                   {"sub", principal.subject},
                   {"name", principal.display_name},
                   {"role", RoleName(principal.role)},
                   {"office", principal.office},
                   {"iat", issued},
                   {"nbf", issued},
                   {"exp", issued + lifetime.count()},
                   {"jti", FormatUuid(RandomUuid())}}
                  .dump());
}

}  // namespace inspectorate::auth
