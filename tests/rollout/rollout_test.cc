// A rolling update under load, as a cluster does it: two replicas of each of the four services, found by
// name, are replaced one by one by the next release, on a schema that was brought one migration ahead while
// the old release served on it; then everything is rolled back. Callers use the platform's own client with
// the attempts that it documents and none besides; not one call may fail, and afterwards every sentence of
// tests/robustness must hold.
//
// In place of Kubernetes: this program starts a process at an address of its own, waits for its health check,
// adds it to the name, takes the old one out of the name, waits (preStop) and sends SIGTERM. In place of the
// cluster's name server: dnsmasq, which like it answers with all addresses that are ready.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <iostream>
#include <mutex>
#include <sstream>
#include <thread>

#include "common/base/macros.h"
#include "tests/robustness/observe.h"
#include "tests/robustness/run.h"

namespace inspectorate::robustness {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using std::chrono::steady_clock;
using testing::Fleet;
using testing::Replica;

constexpr const char* kServices[] = {"registry", "visits", "issues", "reporting"};
constexpr char kOffice[] = "rollout";
constexpr int kSchools = 24;
// Addresses of the release that serves first, and of the one that follows; a rollback returns to the first.
const std::vector<int> kFirst = {0, 1};
const std::vector<int> kSecond = {2, 3};

constexpr auto kSteady = seconds(2);  // before, between and after
constexpr auto kPreStop = seconds(1);
constexpr auto kFullDrain = seconds(6);  // notice and drain, as the program has them by default
constexpr auto kSettling = seconds(60);
constexpr int kFewRepeats = 5;  // of thousands; without notice or without health watched it is more than ten
// The longest that a caller may have been kept waiting by all this, on a busy machine.
constexpr auto kLongestWait = seconds(10);

std::string Program(const std::string& service, bool next) {
  const char* folder = std::getenv("INSPECTORATE_BIN");
  return (folder == nullptr ? std::string(".") : std::string(folder)) + "/" + service + (next ? "_next" : "");
}

testing::Clients Readers(const Fleet& fleet) {
  testing::Clients clients;
  for (const char* service : kServices) clients[service] = fleet.ClientOf(service, testing::FeedReader());
  return clients;
}

// Takes the replicas of one release away, one by one, and puts those of another in their places.
class Rollout {
 public:
  explicit Rollout(Fleet& fleet) : fleet_(fleet) {}

  // All services at the same time, as one `kubectl apply` does.
  absl::Status Run(const std::vector<int>& from, const std::vector<int>& to, bool next) {
    std::vector<std::thread> threads;
    std::vector<absl::Status> ends(std::size(kServices));
    for (size_t i = 0; i < std::size(kServices); ++i)
      threads.emplace_back([&, i] { ends[i] = Roll(kServices[i], from, to, next); });
    for (std::thread& thread : threads) thread.join();
    for (const absl::Status& end : ends) RETURN_IF_ERROR(end);
    return absl::OkStatus();
  }

  int replaced() const { return replaced_; }
  milliseconds longest_drain() const { return longest_drain_; }

 private:
  absl::Status Roll(const std::string& service, const std::vector<int>& from, const std::vector<int>& to,
                    bool next) {
    std::vector<int> there = from;
    for (size_t i = 0; i < from.size(); ++i) {
      const Replica fresh{service, to[i]};
      RETURN_IF_ERROR(fleet_.Launch(fresh, {.program = Program(service, next)}));
      RETURN_IF_ERROR(fleet_.AwaitServing(fresh));
      there.erase(there.begin());
      there.push_back(to[i]);
      fleet_.Publish(service, there);
      std::this_thread::sleep_for(kPreStop);
      RETURN_IF_ERROR(End({service, from[i]}));
    }
    return absl::OkStatus();
  }

  absl::Status End(const Replica& replica) {
    const auto begun = steady_clock::now();
    const int status = fleet_.Terminate(replica);
    const auto drain = std::chrono::duration_cast<milliseconds>(steady_clock::now() - begun);
    std::lock_guard<std::mutex> lock(mutex_);
    ++replaced_;
    longest_drain_ = std::max(longest_drain_, drain);
    if (status == 0) return absl::OkStatus();
    return absl::InternalError(replica.service + " ended with " + std::to_string(status));
  }

  Fleet& fleet_;
  std::mutex mutex_;
  int replaced_ = 0;
  milliseconds longest_drain_{0};
};

// What the callers saw of it.
struct Summary {
  int calls = 0;
  int writes = 0;
  int repeated = 0;  // calls that the client made more than once
  int most_attempts = 0;
  milliseconds longest_wait{0};
  std::vector<std::string> failed{};

  static Summary Of(const std::vector<Record>& history) {
    Summary summary;
    for (const Record& record : history) {
      ++summary.calls;
      if (record.write()) ++summary.writes;
      if (record.attempts > 1) ++summary.repeated;
      summary.most_attempts = std::max(summary.most_attempts, record.attempts);
      summary.longest_wait =
          std::max(summary.longest_wait, milliseconds((record.return_us - record.invoke_us) / 1000));
      // Two who change one school: the later one is told so, rollout or not.
      if (record.outcome == Outcome::kOk || record.reason.find("ETAG_MISMATCH") != std::string::npos)
        continue;
      summary.failed.push_back(record.op + " after " + std::to_string(record.attempts) +
                               " attempts: " + record.reason);
    }
    return summary;
  }
};

class RolloutTest : public ::testing::Test {
 protected:
  // A platform of the release that is, and a district in it.
  void SetUp() override {
    auto started =
        Fleet::Start({.replicas = {{"registry", 4}, {"visits", 4}, {"issues", 4}, {"reporting", 4}},
                      .launch = false,
                      .by_name = true});
    if (absl::IsNotFound(started.status())) GTEST_SKIP() << started.status().message();
    ASSERT_TRUE(started.ok()) << started.status();
    fleet_ = *std::move(started);
    const absl::Status set_up = FirstRelease();
    ASSERT_TRUE(set_up.ok()) << set_up;
  }

  void TearDown() override {
    if (fleet_ == nullptr || !HasFailure()) return;
    fleet_->Keep();
    std::cout << "history, logs and data: " << fleet_->home() << "\n";
  }

  absl::Status FirstRelease() {
    for (const char* service : kServices) {
      RETURN_IF_ERROR(fleet_->Migrate(service));
      for (const int number : kFirst) RETURN_IF_ERROR(fleet_->Launch({service, number}));
    }
    for (const char* service : kServices) {
      for (const int number : kFirst) RETURN_IF_ERROR(fleet_->AwaitServing({service, number}));
      fleet_->Publish(service, kFirst);
    }
    ASSIGN_OR_RETURN(districts_.emplace_back(), FoundDistrict(*fleet_, kOffice, kSchools));
    ASSIGN_OR_RETURN(const auto heads, ReadHeads(*fleet_, kOffice));
    for (const auto& [service, head] : heads) seen_.feeds[service].baseline = head;
    return absl::OkStatus();
  }

  // The next release does not serve on a schema that is behind it.
  void ExpectRefusal(const Replica& replica) {
    ASSERT_TRUE(
        fleet_->Launch(replica, {.program = Program(replica.service, true), .arguments = {"--wait=1"}}).ok());
    const absl::Status refused = fleet_->AwaitServing(replica);
    EXPECT_NE(refused.message().find("migration 9001_next is not applied"), std::string::npos) << refused;
  }

  absl::Status MigrateToNext() {
    for (const char* service : kServices) RETURN_IF_ERROR(fleet_->Migrate(service, Program(service, true)));
    return absl::OkStatus();
  }

  // How many rows of a table the next release has filled.
  int64_t Filled(const std::string& schema, const std::string& table) {
    int64_t count = -1;
    const auto database = db::Database::Open(fleet_->Database(schema));
    if (!database.ok()) return count;
    (*database)
        ->Read({},
               [&](db::Session& session) -> absl::Status {
                 ASSIGN_OR_RETURN(db::Rows rows, session.Query("SELECT COUNT(*) FROM `" + table +
                                                               "` WHERE `next_release` IS NOT NULL"));
                 count = rows.at(0, 0).AsInt();
                 return absl::OkStatus();
               })
        .IgnoreError();
    return count;
  }

  // Everything comes to rest, and what the callers were told is compared with what is there.
  absl::Status Observe(Workload& load, History& history) {
    RETURN_IF_ERROR(testing::Settle(Readers(*fleet_), kOffice, kSettling));
    ASSIGN_OR_RETURN(const auto heads, ReadHeads(*fleet_, kOffice));
    for (int look = 0; look < 2; ++look) seen_.rest.push_back(ReadLook(Readers(*fleet_), kOffice));
    if (!load.FinishWatching({{kOffice, heads}}, kSettling))
      return absl::InternalError("a watch did not reach its head");
    seen_.history = history.Take();
    seen_.stopped = load.stopped();
    seen_.watches = load.watches(kOffice);
    for (auto& [service, watches] : seen_.watches) {
      for (auto& watch : watches) RETURN_IF_ERROR(Normalise(&watch));
    }
    seen_.audits = load.audits(kOffice);
    reporting::v1::RunLoopAuditRequest request;
    request.set_parent(std::string("offices/") + kOffice);
    ASSIGN_OR_RETURN(
        seen_.audits.emplace_back(),
        fleet_->ClientOf("reporting", districts_[0].staff)
            ->Call<reporting::v1::LoopAudit>("inspectorate.reporting.v1.LoopAudits.RunLoopAudit", request));
    return ReadState(*fleet_, kOffice, &seen_);
  }

  void ExpectEverySentenceHolds() {
    for (const Checker& checker : AllCheckers()) {
      if (checker.check == CheckProjectionRebuilds) continue;  // nothing was rebuilt
      for (const std::string& complaint : checker.check(seen_))
        ADD_FAILURE() << checker.name << ": " << complaint;
    }
  }

  std::unique_ptr<Fleet> fleet_;
  std::vector<District> districts_;
  Observation seen_;
};

TEST_F(RolloutTest, NobodyNoticesThatEveryProcessIsReplacedAndThenRolledBack) {
  ASSERT_NO_FATAL_FAILURE(ExpectRefusal({"registry", kSecond.front()}));
  History history(fleet_->home() + "/history.jsonl");
  Targets targets;
  for (const char* service : kServices) targets[service] = fleet_->target(service);
  Workload load(
      *fleet_, districts_, targets, history,
      {.errands = 6, .registrars = 2, .readers = 2, .importers = 1, .patience = Patience::kDocumented});
  Rollout rollout(*fleet_);
  std::this_thread::sleep_for(kSteady);
  const absl::Status migrated = MigrateToNext();
  ASSERT_TRUE(migrated.ok()) << migrated;
  std::this_thread::sleep_for(kSteady);  // the old release on the new schema
  const absl::Status forward = rollout.Run(kFirst, kSecond, /*next=*/true);
  EXPECT_TRUE(forward.ok()) << forward;
  std::this_thread::sleep_for(kSteady);
  const absl::Status back = rollout.Run(kSecond, kFirst, /*next=*/false);
  EXPECT_TRUE(back.ok()) << back;
  std::this_thread::sleep_for(kSteady);
  load.Finish(seconds(20));
  const absl::Status observed = Observe(load, history);
  EXPECT_TRUE(observed.ok()) << observed;

  const Summary summary = Summary::Of(seen_.history);
  std::ostringstream cut;
  for (const auto& [why, count] : load.cut_off()) cut << "; watches ended by " << why << " " << count;
  std::cout << "rollout: " << rollout.replaced() << " processes replaced, longest drain "
            << rollout.longest_drain().count() << " ms; " << summary.calls << " calls, " << summary.writes
            << " of them writes, " << summary.failed.size() << " failed; " << summary.repeated
            << " repeated by the client, most attempts " << summary.most_attempts << ", longest wait "
            << summary.longest_wait.count() << " ms; " << load.errands_done() << " loops closed or called off"
            << cut.str() << "\n";

  EXPECT_EQ(rollout.replaced(), 16);
  EXPECT_LT(rollout.longest_drain(), kFullDrain);
  for (size_t i = 0; i < std::min<size_t>(summary.failed.size(), 10); ++i) ADD_FAILURE() << summary.failed[i];
  EXPECT_TRUE(summary.failed.empty());
  // Repeats would mend it, but a replica that gives notice leaves nothing to repeat.
  EXPECT_LT(summary.repeated, kFewRepeats) << "callers were sent to replicas that refused them";
  for (const auto& [why, count] : load.stopped()) ADD_FAILURE() << count << " errands ended early: " << why;
  EXPECT_LT(summary.longest_wait, kLongestWait);
  EXPECT_GT(summary.writes, 200) << "too little load to show anything";
  EXPECT_GT(load.errands_done(), 5);
  EXPECT_FALSE(load.cut_off().empty()) << "watches outlived every replica";
  for (const auto& [why, count] : load.cut_off()) {
    EXPECT_TRUE(why.find("SHUTTING_DOWN") != std::string::npos ||
                why.find("PEER_UNAVAILABLE") != std::string::npos)
        << count << " watches ended by " << why;
  }
  EXPECT_GT(Filled("registry", "school"), 0);
  EXPECT_GT(Filled("visits", "visit"), 0);
  EXPECT_GT(Filled("issues", "issue"), 0);
  ExpectEverySentenceHolds();
}

}  // namespace
}  // namespace inspectorate::robustness
