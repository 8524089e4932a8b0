#include "common/feed/digest.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <random>
#include <string>
#include <utility>

namespace inspectorate::feed {
namespace {

using Member = std::pair<std::string, uint64_t>;

std::vector<Member> Members(int n) {
  std::vector<Member> members;
  for (int i = 0; i < n; ++i) members.emplace_back("offices/demo/issues/" + std::to_string(i), 1 + i % 5);
  return members;
}

Digest DigestOf(const std::vector<Member>& members) {
  Digest digest;
  for (const auto& [name, revision] : members) digest.Add(name, revision);
  return digest;
}

TEST(DigestTest, NothingHasTheDigestOfZeroes) {
  EXPECT_EQ(Digest().Sum(), std::string(32, '0'));
  EXPECT_EQ(Digest().count(), 0u);
}

// Computed with another implementation: the digest is a contract between releases.
TEST(DigestTest, KnownValues) {
  EXPECT_EQ(DigestOf({{"offices/demo/issues/1", 1}}).Sum(), "467d7b2e7e6564eaec48f9df809b0f8a");
  EXPECT_EQ(DigestOf({{"offices/demo/issues/1", 1}, {"offices/demo/issues/2", 7}}).Sum(),
            "f4535c29e7292bd0af39672ca1ffd9c2");
  EXPECT_EQ(BucketedDigest::BucketOf("offices/demo/issues/1"), 181u);
}

TEST(DigestTest, DoesNotDependOnOrder) {
  std::vector<Member> members = Members(200);
  const Digest expected = DigestOf(members);
  std::mt19937 random(7);
  for (int i = 0; i < 50; ++i) {
    std::shuffle(members.begin(), members.end(), random);
    ASSERT_EQ(DigestOf(members), expected);
  }
}

TEST(DigestTest, RemoveUndoesAddAtAnyTime) {
  const std::vector<Member> members = Members(100);
  for (size_t gone = 0; gone < members.size(); ++gone) {
    Digest digest = DigestOf(members);
    digest.Remove(members[gone].first, members[gone].second);
    std::vector<Member> rest = members;
    rest.erase(rest.begin() + static_cast<std::ptrdiff_t>(gone));
    ASSERT_EQ(digest, DigestOf(rest));
  }
}

TEST(DigestTest, RunningDigestIsThatOfTheStateAfterAnyHistory) {
  std::mt19937 random(11);
  std::map<std::string, uint64_t> state;
  Digest running;
  for (int i = 0; i < 5000; ++i) {
    const std::string name = "offices/demo/issues/" + std::to_string(random() % 100);
    const auto at = state.find(name);
    if (at == state.end()) {
      state[name] = 1;
      running.Add(name, 1);
    } else if (random() % 4 == 0) {
      running.Remove(name, at->second);
      state.erase(at);
    } else {
      running.Replace(name, at->second, at->second + 1);
      ++at->second;
    }
    if (i % 100 == 0) {
      ASSERT_EQ(running, DigestOf({state.begin(), state.end()}));
      ASSERT_EQ(running.count(), state.size());
    }
  }
}

TEST(DigestTest, TellsApartWhatDiffersByOneNameOrOneRevision) {
  const Digest expected = DigestOf(Members(100));
  for (size_t i = 0; i < 100; ++i) {
    std::vector<Member> other = Members(100);
    ++other[i].second;
    ASSERT_NE(DigestOf(other), expected);
    other = Members(100);
    other[i].first += "x";
    ASSERT_NE(DigestOf(other), expected);
  }
  // Digits do not wander between the name and the revision.
  EXPECT_NE(DigestOf({{"issues/1", 11}}), DigestOf({{"issues/11", 1}}));
  // The same pair twice does not cancel out, as it would in a digest made with exclusive or.
  EXPECT_NE(DigestOf({{"issues/1", 1}, {"issues/1", 1}}), Digest());
}

TEST(DigestTest, PartsAreReadBackAndNothingElseIs) {
  const Digest digest = DigestOf(Members(3));
  std::string sum = digest.Sum();
  EXPECT_EQ(Digest::FromParts(sum, 3), digest);
  EXPECT_NE(Digest::FromParts(sum, 2), digest);
  EXPECT_EQ(Digest::FromParts(sum.substr(1), 3), std::nullopt);
  EXPECT_EQ(Digest::FromParts(sum + "0", 3), std::nullopt);
  sum[0] = 'g';
  EXPECT_EQ(Digest::FromParts(sum, 3), std::nullopt);
  sum[0] = 'A';
  EXPECT_EQ(Digest::FromParts(sum, 3), std::nullopt);
}

TEST(BucketedDigestTest, BucketsAddUpToTheDigest) {
  BucketedDigest buckets;
  for (const auto& [name, revision] : Members(1000)) buckets.Add(name, revision);
  EXPECT_EQ(buckets.Total(), DigestOf(Members(1000)));
}

TEST(BucketedDigestTest, DifferenceLeadsToTheBucketsOfWhatDiffers) {
  BucketedDigest owner;
  for (const auto& [name, revision] : Members(1000)) owner.Add(name, revision);
  BucketedDigest copy = owner;
  EXPECT_TRUE(owner.Difference(copy).empty());
  copy.Replace("offices/demo/issues/3", 4, 5);
  copy.Remove("offices/demo/issues/10", 1);
  std::vector<size_t> expected = {BucketedDigest::BucketOf("offices/demo/issues/3"),
                                  BucketedDigest::BucketOf("offices/demo/issues/10")};
  std::sort(expected.begin(), expected.end());
  EXPECT_EQ(owner.Difference(copy), expected);
  copy.Replace("offices/demo/issues/3", 5, 4);
  copy.Add("offices/demo/issues/10", 1);
  EXPECT_TRUE(owner.Difference(copy).empty());
}

}  // namespace
}  // namespace inspectorate::feed
