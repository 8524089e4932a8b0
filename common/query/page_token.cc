// A page token is base64url of: version, keys, HMAC-SHA256 over the query's fingerprint and what goes before.
#include <bit>
#include <optional>
#include <utility>

#include "common/base/hash.h"
#include "common/query/query.h"
#include "common/query/token_size.h"
#include "common/status/error.h"

namespace inspectorate::query {
namespace {

constexpr char kVersion = 1;
constexpr size_t kMacBytes = 32;
// Before a text: its tag and its length. A number has only the tag before it; counted alike.
constexpr size_t kHeadBytes = 9;
// More columns than any order has.
constexpr size_t kMaxKeys = 32;

enum Tag : char {
  kNull = 'n',
  kInt = 'i',
  kUint = 'u',
  kDouble = 'd',
  kText = 's',
  kTime = 't',
  kDate = 'y'
};

void PutNumber(uint64_t number, std::string* out) {
  for (int shift = 56; shift >= 0; shift -= 8) *out += static_cast<char>(number >> shift & 0xFF);
}

struct Writer {
  std::string* out;

  void operator()(std::monostate) const { *out += kNull; }
  void operator()(int64_t v) const { Put(kInt, static_cast<uint64_t>(v)); }
  void operator()(uint64_t v) const { Put(kUint, v); }
  void operator()(double v) const { Put(kDouble, std::bit_cast<uint64_t>(v)); }
  void operator()(const std::string& v) const {
    Put(kText, v.size());
    *out += v;
  }
  void operator()(Time v) const { Put(kTime, static_cast<uint64_t>(v.time_since_epoch().count())); }
  void operator()(Date v) const { Put(kDate, static_cast<uint64_t>(int64_t{v.time_since_epoch().count()})); }

  void Put(Tag tag, uint64_t number) const {
    *out += tag;
    PutNumber(number, out);
  }
};

class Reader {
 public:
  explicit Reader(std::string_view data) : data_(data) {}

  bool AtEnd() const { return data_.empty(); }

  std::optional<char> Byte() {
    if (data_.empty()) return std::nullopt;
    const char byte = data_.front();
    data_.remove_prefix(1);
    return byte;
  }

  std::optional<db::Value> Value() {
    const auto tag = Byte();
    if (!tag.has_value()) return std::nullopt;
    if (*tag == kNull) return db::Value();
    const auto number = Number();
    if (!number.has_value()) return std::nullopt;
    switch (*tag) {
      case kInt:
        return db::Value(static_cast<int64_t>(*number));
      case kUint:
        return db::Value(*number);
      case kDouble:
        return db::Value(std::bit_cast<double>(*number));
      case kText:
        return Text(*number);
      case kTime:
        return db::Value(Time(std::chrono::microseconds(static_cast<int64_t>(*number))));
      case kDate: {
        const auto days = static_cast<int64_t>(*number);
        if (!std::in_range<int>(days)) return std::nullopt;
        return db::Value(Date(std::chrono::days(static_cast<int>(days))));
      }
      default:
        return std::nullopt;
    }
  }

 private:
  std::optional<uint64_t> Number() {
    if (data_.size() < 8) return std::nullopt;
    uint64_t number = 0;
    for (const char c : data_.substr(0, 8)) number = number << 8 | static_cast<unsigned char>(c);
    data_.remove_prefix(8);
    return number;
  }

  std::optional<db::Value> Text(uint64_t size) {
    if (size > data_.size()) return std::nullopt;
    const std::string_view text = data_.substr(0, size);
    data_.remove_prefix(size);
    return db::Value(text);
  }

  std::string_view data_;
};

// The length keeps a fingerprint's end and the body's beginning apart.
std::string MacOf(std::string_view key, std::string_view fingerprint, std::string_view body) {
  std::string signed_text = "page-token";
  PutNumber(fingerprint.size(), &signed_text);
  signed_text.append(fingerprint).append(body);
  return HmacSha256(key, signed_text);
}

std::optional<std::vector<db::Value>> Keys(std::string_view body) {
  Reader reader(body);
  if (reader.Byte() != kVersion) return std::nullopt;
  std::vector<db::Value> keys;
  while (!reader.AtEnd()) {
    auto key = reader.Value();
    if (!key.has_value() || keys.size() == kMaxKeys) return std::nullopt;
    keys.push_back(*std::move(key));
  }
  return keys;
}

}  // namespace

bool PageTokensFit(const std::vector<size_t>& max_bytes) {
  size_t raw = 1 + kMacBytes;
  for (const size_t bytes : max_bytes) raw += kHeadBytes + bytes;
  return max_bytes.size() <= kMaxKeys && (raw * 4 + 2) / 3 <= kMaxPageTokenBytes;  // base64 without padding
}

std::string PageTokens::Make(std::string_view query_fingerprint,
                             const std::vector<db::Value>& last_keys) const {
  std::string body(1, kVersion);
  for (const db::Value& key : last_keys) std::visit(Writer{&body}, key.variant());
  return Base64Url(body + MacOf(key_, query_fingerprint, body));
}

absl::StatusOr<std::vector<db::Value>> PageTokens::Read(std::string_view token,
                                                        std::string_view query_fingerprint) const {
  const absl::Status invalid = Error(ErrorReason::PAGE_TOKEN_INVALID);
  std::string raw;
  if (token.size() > kMaxPageTokenBytes || !Base64UrlDecode(token, &raw) || raw.size() <= kMacBytes)
    return invalid;
  const std::string_view body = std::string_view(raw).substr(0, raw.size() - kMacBytes);
  const std::string_view mac = std::string_view(raw).substr(body.size());
  if (!EqualsConstantTime(mac, MacOf(key_, query_fingerprint, body))) return invalid;
  auto keys = Keys(body);
  if (!keys.has_value()) return invalid;
  return *std::move(keys);
}

}  // namespace inspectorate::query
