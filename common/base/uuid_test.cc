#include "common/base/uuid.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <set>
#include <thread>
#include <vector>

namespace inspectorate {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;

const Time kNow = *ParseTime("2026-03-09T01:02:03.456789Z");

TEST(NewUuid, IsVersionSevenAndHoldsTheMilliseconds) {
  const Uuid id = NewUuid(kNow + hours(1));
  EXPECT_EQ(id.bytes[6] >> 4, 7);
  EXPECT_EQ(id.bytes[8] >> 6, 2);
  int64_t millis = 0;
  for (int i = 0; i < 6; ++i) millis = millis << 8 | id.bytes[i];
  EXPECT_EQ(millis, std::chrono::floor<milliseconds>(kNow + hours(1)).time_since_epoch().count());
}

TEST(NewUuid, GrowsWithinOneMillisecondAndWhenTheClockStepsBack) {
  Uuid last = NewUuid(kNow);
  for (int i = 0; i < 10'000; ++i) {
    const Uuid next = NewUuid(i % 3 == 0 ? kNow - milliseconds(5) : kNow);
    ASSERT_LT(last, next) << i;
    last = next;
  }
}

TEST(NewUuid, FollowsASandboxClockFarFromTheLastOne) {
  NewUuid(kNow + hours(24 * 365));
  const Uuid id = NewUuid(kNow);
  EXPECT_LT(id, NewUuid(kNow + milliseconds(1)));
  EXPECT_LT(id, NewUuid(kNow + hours(24)));
}

TEST(NewUuid, IsUniqueAcrossThreads) {
  std::vector<std::vector<Uuid>> made(4);
  std::vector<std::thread> threads;
  for (auto& ids : made) {
    threads.emplace_back([&ids] {
      for (int i = 0; i < 2'000; ++i) ids.push_back(NewUuid(kNow));
    });
  }
  for (auto& thread : threads) thread.join();
  std::set<Uuid> all;
  for (const auto& ids : made) all.insert(ids.begin(), ids.end());
  EXPECT_EQ(all.size(), 8'000u);
}

TEST(RandomUuid, IsVersionFour) {
  const Uuid id = RandomUuid();
  EXPECT_EQ(id.bytes[6] >> 4, 4);
  EXPECT_EQ(id.bytes[8] >> 6, 2);
  EXPECT_NE(id, RandomUuid());
}

TEST(DerivedUuid, FollowsFromSpaceAndName) {
  // The DNS name space and the example of RFC 9562, appendix A.4.
  const Uuid dns = *ParseUuid("6ba7b810-9dad-11d1-80b4-00c04fd430c8");
  EXPECT_EQ(FormatUuid(DerivedUuid(dns, "www.example.com")), "2ed6657d-e927-568b-95e1-2665a8aea6a2");
  EXPECT_NE(DerivedUuid(dns, "a"), DerivedUuid(dns, "b"));
  EXPECT_NE(DerivedUuid(dns, "a"), DerivedUuid(RandomUuid(), "a"));
}

TEST(RandomUuid, AChildProcessHasItsOwn) {
  RandomUuid();  // the store is filled
  int ends[2];
  ASSERT_EQ(pipe(ends), 0);
  const pid_t child = fork();
  if (child == 0) {
    const Uuid id = RandomUuid();
    _exit(write(ends[1], id.bytes.data(), id.bytes.size()) == 16 ? 0 : 1);
  }
  Uuid of_child;
  ASSERT_EQ(read(ends[0], of_child.bytes.data(), of_child.bytes.size()), 16);
  EXPECT_NE(RandomUuid(), of_child);
  waitpid(child, nullptr, 0);
  close(ends[0]);
  close(ends[1]);
}

TEST(UuidText, RoundTripsInEitherCase) {
  const std::string text = "0190b0a2-1234-7abc-8def-0123456789ab";
  const auto id = ParseUuid(text);
  ASSERT_TRUE(id.has_value());
  EXPECT_EQ(FormatUuid(*id), text);
  EXPECT_EQ(ParseUuid("0190B0A2-1234-7ABC-8DEF-0123456789AB"), id);
}

TEST(UuidText, RefusesOtherForms) {
  for (const char* text : {"", "0190b0a2123474bc8def0123456789ab", "{0190b0a2-1234-7abc-8def-0123456789ab}",
                           "0190b0a2-1234-7abc-8def-0123456789ag", "0190b0a2-1234-7abc-8def-0123456789a",
                           "0190b0a21-234-7abc-8def-0123456789ab", "0190b0a2-1234-7abc-8def-0123456789ab "}) {
    EXPECT_FALSE(ParseUuid(text).has_value()) << text;
  }
}

TEST(UuidRaw, RoundTripsSixteenBytes) {
  const Uuid id = RandomUuid();
  EXPECT_EQ(UuidFromRaw(id.Raw()), id);
  EXPECT_EQ(id.Raw().size(), 16u);
  EXPECT_FALSE(UuidFromRaw("short").has_value());
}

}  // namespace
}  // namespace inspectorate
