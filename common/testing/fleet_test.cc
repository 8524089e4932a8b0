#include "common/testing/fleet.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <filesystem>
#include <set>
#include <thread>
#include <vector>

#include "common/resource/description.h"
#include "inspectorate/feed/v1/feed.pb.h"
#include "inspectorate/registry/v1/office.pb.h"

namespace inspectorate::testing {
namespace {

constexpr char kGetOffice[] = "inspectorate.registry.v1.Offices.GetOffice";

registry::v1::GetOfficeRequest OfficeNamed(const std::string& office) {
  registry::v1::GetOfficeRequest request;
  request.set_name("offices/" + office);
  return request;
}

// One fleet for all cases: starting one takes seconds.
class FleetTest : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    auto fleet = Fleet::Start({.replicas = {{"registry", 2}}, .database_over_tcp = true});
    ASSERT_TRUE(fleet.ok()) << fleet.status();
    fleet_ = fleet->release();
    ASSERT_TRUE(CreateSandbox(*fleet_->ClientOf("registry", Operator()), "before").ok());
  }
  static void TearDownTestSuite() {
    const std::string home = fleet_->home();
    delete fleet_;
    EXPECT_FALSE(std::filesystem::exists(home));
  }

  static absl::Status Reads(const Replica& replica) {
    return fleet_->ClientOf(replica, Staff("before", "甲"))
        ->Call<registry::v1::Office>(kGetOffice, OfficeNamed("before"))
        .status();
  }

  static inline Fleet* fleet_ = nullptr;
};

TEST_F(FleetTest, WhatIsCommittedSurvivesTheEndOfAnyProcess) {
  const Replica registry{"registry", 0};
  fleet_->Kill9(registry);
  EXPECT_EQ(fleet_->Ended(registry), 137);
  EXPECT_EQ(fleet_->pid(registry), -1);
  // The other replica answers for both.
  EXPECT_TRUE(fleet_->ClientOf("registry", Staff("before", "甲"))
                  ->Call<registry::v1::Office>(kGetOffice, OfficeNamed("before"))
                  .ok());
  ASSERT_TRUE(fleet_->Launch(registry).ok());
  ASSERT_TRUE(fleet_->AwaitServing(registry).ok());
  EXPECT_TRUE(Reads(registry).ok());

  fleet_->KillDatabase();
  EXPECT_FALSE(Reads(registry).ok());
  ASSERT_TRUE(fleet_->RestartDatabase().ok());
  EXPECT_TRUE(Reads(registry).ok()) << "the services recover by themselves";
}

TEST_F(FleetTest, SigtermEndsAProcessInGoodOrderAndItComesBackElsewise) {
  const Replica registry{"registry", 1};
  EXPECT_EQ(fleet_->Terminate(registry), 0);
  EXPECT_FALSE(fleet_->Launch(registry, {.program = "/nowhere/registry"}).ok());
  ASSERT_TRUE(fleet_->Launch(registry, {.arguments = {"--no-such-option"}}).ok());
  EXPECT_FALSE(fleet_->AwaitServing(registry).ok()) << "it ended at once";
  ASSERT_TRUE(fleet_->Launch(registry, {.environment = {"INSPECTORATE_DATABASE_POOL=3"}}).ok());
  EXPECT_TRUE(fleet_->AwaitServing(registry).ok());
  EXPECT_FALSE(fleet_->Launch(registry).ok()) << "it runs already";
}

TEST_F(FleetTest, AStoppedProcessAnswersOnceItGoesOn) {
  const Replica registry{"registry", 0};
  fleet_->Pause(registry);
  registry::v1::Office office;
  EXPECT_TRUE(absl::IsDeadlineExceeded(
      fleet_->ClientOf(registry, Operator())
          ->Call(kGetOffice, OfficeNamed("before"), &office, {.deadline = std::chrono::milliseconds(300)})));
  fleet_->Resume(registry);
  EXPECT_TRUE(Reads(registry).ok());
}

// Stopped, it keeps its connections and answers nothing, like a machine whose cable was pulled.
TEST_F(FleetTest, AReplicaThatGoesSilentIsLeftByCallsAndStreams) {
  using std::chrono::seconds;
  using std::chrono::steady_clock;
  const Replica silent{"registry", 0};
  const auto client = fleet_->ClientOf("registry", Staff("before", "甲"));
  std::atomic<bool> stopping = false;
  std::atomic<int> failed = 0;
  std::atomic<int64_t> longest_ms = 0;
  std::vector<std::thread> callers;
  for (int i = 0; i < 4; ++i) {
    callers.emplace_back([&] {
      while (!stopping) {
        const auto begin = steady_clock::now();
        registry::v1::Office office;
        if (!client->Call(kGetOffice, OfficeNamed("before"), &office, {.deadline = seconds(25)}).ok())
          ++failed;
        const auto ms = std::chrono::duration_cast<std::chrono::milliseconds>(steady_clock::now() - begin);
        longest_ms = std::max<int64_t>(longest_ms, ms.count());
        std::this_thread::sleep_for(std::chrono::milliseconds(5));
      }
    });
  }
  std::atomic<bool> open = false;
  std::thread watcher([&] {
    feed::v1::WatchChangesRequest request;
    request.set_parent("offices/before");
    fleet_->ClientOf(silent, FeedReader())
        ->Stream("inspectorate.feed.v1.ChangeFeed.WatchChanges", request,
                 feed::v1::WatchChangesResponse::default_instance(),
                 [&](const rpc::Message&) { return open = true; }, {})
        .IgnoreError();
    open = false;
  });
  while (!open) std::this_thread::sleep_for(std::chrono::milliseconds(5));
  fleet_->Pause(silent);
  const auto paused = steady_clock::now();
  while (open && steady_clock::now() - paused < seconds(30)) std::this_thread::sleep_for(seconds(1));
  EXPECT_LT(steady_clock::now() - paused, seconds(20)) << "the stream hangs on a silent replica";
  stopping = true;
  for (std::thread& caller : callers) caller.join();
  fleet_->Resume(silent);
  watcher.join();
  EXPECT_EQ(failed, 0);
  EXPECT_LT(longest_ms, 20'000);
}

TEST_F(FleetTest, FeedsReachEveryService) {
  Clients clients;
  for (const char* service : {"registry", "visits", "issues", "reporting"})
    clients[service] = fleet_->ClientOf(service, FeedReader());
  const auto registry = fleet_->ClientOf("registry", Operator());
  ASSERT_TRUE(CreateSandbox(*registry, "after").ok());
  ASSERT_TRUE(SetClock(*registry, "after", "2026-03-02T01:00:00Z").ok());
  EXPECT_TRUE(Settle(clients, "after", std::chrono::seconds(60)).ok());
  EXPECT_TRUE(fleet_->Migrate("registry").ok()) << "nothing left to do";
}

}  // namespace
}  // namespace inspectorate::testing
