// The running digest of a service's state, by which the owner and a consumer's copy are compared (equation
// E4). It says which resources exist at which revision, does not depend on the order in which they came to
// be, and is kept up to date in constant time: each pair of name and revision is hashed with SHA-256, and the
// first two 64-bit words of the hashes are added up modulo 2^64. It detects error and loss; it is no
// signature against a forger who can choose names.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace inspectorate::feed {

class Digest {
 public:
  // `name` is a resource name, `revision` its version counter. Remove undoes Add of the same pair; the class
  // does not remember members, so removing one that was never added gives a digest that equals no real
  // state's.
  void Add(std::string_view name, uint64_t revision);
  void Remove(std::string_view name, uint64_t revision);
  void Replace(std::string_view name, uint64_t old_revision, uint64_t new_revision);
  // The digest of the union of two disjoint states.
  void Merge(const Digest& other);

  uint64_t count() const { return count_; }
  // Both sums as 32 lower-case hexadecimal digits: with count(), how tables and events hold a digest. Reading
  // accepts nothing else.
  std::string Sum() const;
  static std::optional<Digest> FromParts(std::string_view sum, uint64_t count);

  bool operator==(const Digest&) const = default;

 private:
  std::array<uint64_t, 2> sums_{};
  uint64_t count_ = 0;
};

// 256 digests, one for each first byte of the SHA-256 of the name (without the revision: a resource stays in
// its bucket for life). When two digests differ, the buckets narrow the search to 1/256 of the names at a
// time.
class BucketedDigest {
 public:
  static constexpr size_t kBuckets = 256;
  static size_t BucketOf(std::string_view name);

  void Add(std::string_view name, uint64_t revision);
  void Remove(std::string_view name, uint64_t revision);
  void Replace(std::string_view name, uint64_t old_revision, uint64_t new_revision);

  const Digest& bucket(size_t index) const { return buckets_.at(index); }
  // The digest of everything.
  Digest Total() const;
  // Buckets in which the two differ, ascending.
  std::vector<size_t> Difference(const BucketedDigest& other) const;

 private:
  std::array<Digest, kBuckets> buckets_;
};

}  // namespace inspectorate::feed
