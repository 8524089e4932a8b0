#include "common/feed/digest.h"

#include <charconv>

#include "common/base/hash.h"

namespace inspectorate::feed {
namespace {

using Lanes = std::array<uint64_t, 2>;

void AppendBigEndian(uint64_t value, std::string& out) {
  for (int shift = 56; shift >= 0; shift -= 8) out.push_back(static_cast<char>(value >> shift));
}

uint64_t BigEndian(std::string_view eight_bytes) {
  uint64_t value = 0;
  for (char byte : eight_bytes) value = value << 8 | static_cast<uint8_t>(byte);
  return value;
}

Lanes LanesOf(std::string_view name, uint64_t revision) {
  // The revision has a fixed width at the end: no two pairs give the same text.
  std::string text(name);
  AppendBigEndian(revision, text);
  const std::string hash = Sha256(text);
  return {BigEndian(std::string_view(hash).substr(0, 8)), BigEndian(std::string_view(hash).substr(8, 8))};
}

constexpr size_t kWordDigits = 16;

}  // namespace

void Digest::Add(std::string_view name, uint64_t revision) {
  const Lanes lanes = LanesOf(name, revision);
  sums_[0] += lanes[0];
  sums_[1] += lanes[1];
  ++count_;
}

void Digest::Remove(std::string_view name, uint64_t revision) {
  const Lanes lanes = LanesOf(name, revision);
  sums_[0] -= lanes[0];
  sums_[1] -= lanes[1];
  --count_;
}

void Digest::Replace(std::string_view name, uint64_t old_revision, uint64_t new_revision) {
  Remove(name, old_revision);
  Add(name, new_revision);
}

void Digest::Merge(const Digest& other) {
  sums_[0] += other.sums_[0];
  sums_[1] += other.sums_[1];
  count_ += other.count_;
}

std::string Digest::Sum() const {
  std::string raw;
  for (uint64_t word : sums_) AppendBigEndian(word, raw);
  return Hex(raw);
}

std::optional<Digest> Digest::FromParts(std::string_view sum, uint64_t count) {
  // from_chars takes capitals too, which Sum never writes.
  if (sum.size() != 2 * kWordDigits || sum.find_first_not_of("0123456789abcdef") != std::string_view::npos) {
    return std::nullopt;
  }
  Digest digest;
  digest.count_ = count;
  const char* at = sum.data();
  for (uint64_t& word : digest.sums_) {
    std::from_chars(at, at + kWordDigits, word, 16);
    at += kWordDigits;
  }
  return digest;
}

size_t BucketedDigest::BucketOf(std::string_view name) { return static_cast<uint8_t>(Sha256(name)[0]); }

void BucketedDigest::Add(std::string_view name, uint64_t revision) {
  buckets_[BucketOf(name)].Add(name, revision);
}

void BucketedDigest::Remove(std::string_view name, uint64_t revision) {
  buckets_[BucketOf(name)].Remove(name, revision);
}

void BucketedDigest::Replace(std::string_view name, uint64_t old_revision, uint64_t new_revision) {
  buckets_[BucketOf(name)].Replace(name, old_revision, new_revision);
}

Digest BucketedDigest::Total() const {
  Digest total;
  for (const Digest& bucket : buckets_) total.Merge(bucket);
  return total;
}

std::vector<size_t> BucketedDigest::Difference(const BucketedDigest& other) const {
  std::vector<size_t> different;
  for (size_t i = 0; i < kBuckets; ++i) {
    if (buckets_[i] != other.buckets_[i]) different.push_back(i);
  }
  return different;
}

}  // namespace inspectorate::feed
