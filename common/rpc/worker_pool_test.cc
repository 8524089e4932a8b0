#include "common/rpc/worker_pool.h"

#include <atomic>
#include <condition_variable>
#include <future>
#include <mutex>
#include <stdexcept>

#include "common/rpc/testdata/gate.h"
#include "common/status/error.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace inspectorate::rpc {
namespace {

using std::chrono::milliseconds;

class TestJob : public Job {
 public:
  explicit TestJob(Gate* gate = nullptr, milliseconds time = milliseconds(60'000)) : gate_(gate) {
    budget_ = db::Budget::Of(time);
    budget_.cancelled = [this] { return cancelled.load(); };
  }
  const db::Budget& budget() const override { return budget_; }
  void Run() override {
    started.set_value();
    if (gate_ != nullptr) gate_->Wait();
    outcome.set_value(absl::OkStatus());
  }
  void Drop(const absl::Status& why) override { outcome.set_value(why); }

  std::atomic<bool> cancelled{false};
  std::promise<void> started;
  std::promise<absl::Status> outcome;

 private:
  Gate* const gate_;
  db::Budget budget_;
};

class WorkerPoolTest : public ::testing::Test {
 protected:
  std::unique_ptr<WorkerPool> Make(PoolSize size) {
    return std::make_unique<WorkerPool>("test", "read", size, &metrics_, [](const auto& calls) {
      for (const auto& call : calls) call();
      return db::TogetherReport{};
    });
  }
  // A job that occupies a worker until the gate opens.
  std::shared_ptr<TestJob> Occupy(WorkerPool& pool, std::shared_ptr<TestJob> job = {}) {
    if (job == nullptr) job = std::make_shared<TestJob>(&gate_);
    EXPECT_TRUE(pool.Submit(job).ok());
    job->started.get_future().wait();
    return job;
  }

  obs::Metrics metrics_;
  Gate gate_;
};

TEST_F(WorkerPoolTest, RunsWhatItTakes) {
  auto pool = Make({.workers = 1, .queue = 1});
  auto job = std::make_shared<TestJob>();
  ASSERT_TRUE(pool->Submit(job).ok());
  EXPECT_TRUE(job->outcome.get_future().get().ok());
}

TEST_F(WorkerPoolTest, RefusesAtOnceWhenFullAndSaysWhenToComeBack) {
  auto pool = Make({.workers = 1, .queue = 1});
  auto running = Occupy(*pool);
  auto waiting = std::make_shared<TestJob>();
  ASSERT_TRUE(pool->Submit(waiting).ok());
  const absl::Status refused = pool->Submit(std::make_shared<TestJob>());
  EXPECT_EQ(ReasonOf(refused), ErrorReason::OVERLOADED);
  EXPECT_THAT(metrics_.Text(), ::testing::HasSubstr("reason=\"OVERLOADED\""));
  gate_.Open();
  EXPECT_TRUE(waiting->outcome.get_future().get().ok());
}

TEST_F(WorkerPoolTest, DropsJobsWhoseCallerHasGone) {
  auto pool = Make({.workers = 1, .queue = 4});
  auto running = Occupy(*pool);
  auto waiting = std::make_shared<TestJob>();
  ASSERT_TRUE(pool->Submit(waiting).ok());
  waiting->cancelled = true;
  gate_.Open();
  EXPECT_EQ(ReasonOf(waiting->outcome.get_future().get()), ErrorReason::CALL_CANCELLED);
}

TEST_F(WorkerPoolTest, DropsJobsWhoseDeadlinePassed) {
  // A long wait is allowed here, so that only the deadline can be the reason.
  auto pool = Make({.workers = 1, .queue = 4, .max_wait = milliseconds(60'000)});
  auto running = Occupy(*pool);
  auto waiting = std::make_shared<TestJob>(nullptr, milliseconds(20));
  ASSERT_TRUE(pool->Submit(waiting).ok());
  std::this_thread::sleep_for(milliseconds(40));
  gate_.Open();
  EXPECT_EQ(ReasonOf(waiting->outcome.get_future().get()), ErrorReason::DEADLINE_SPENT);
}

TEST_F(WorkerPoolTest, DropsJobsThatWaitedTooLong) {
  auto pool = Make({.workers = 1, .queue = 4, .max_wait = milliseconds(20)});
  auto running = Occupy(*pool);
  auto waiting = std::make_shared<TestJob>();
  ASSERT_TRUE(pool->Submit(waiting).ok());
  std::this_thread::sleep_for(milliseconds(40));
  gate_.Open();
  EXPECT_EQ(ReasonOf(waiting->outcome.get_future().get()), ErrorReason::OVERLOADED);
}

TEST_F(WorkerPoolTest, KeepsHalfOfTheTimeForTheWorkItself) {
  auto pool = Make({.workers = 1, .queue = 4, .max_wait = milliseconds(60'000)});
  auto running = Occupy(*pool);
  auto waiting = std::make_shared<TestJob>(nullptr, milliseconds(2'000));
  ASSERT_TRUE(pool->Submit(waiting).ok());
  std::this_thread::sleep_for(milliseconds(1'100));
  gate_.Open();
  EXPECT_EQ(ReasonOf(waiting->outcome.get_future().get()), ErrorReason::OVERLOADED);
}

TEST_F(WorkerPoolTest, GivesThePlacesOfTheGoneToNewcomers) {
  auto pool = Make({.workers = 1, .queue = 1});
  auto running = Occupy(*pool);
  auto gone = std::make_shared<TestJob>();
  ASSERT_TRUE(pool->Submit(gone).ok());
  gone->cancelled = true;
  auto newcomer = std::make_shared<TestJob>();
  EXPECT_TRUE(pool->Submit(newcomer).ok());
  EXPECT_EQ(ReasonOf(gone->outcome.get_future().get()), ErrorReason::CALL_CANCELLED);
  gate_.Open();
  EXPECT_TRUE(newcomer->outcome.get_future().get().ok());
}

// A job that may run with others; says which it started with.
class SocialJob : public TestJob {
 public:
  SocialJob(std::vector<int>* started_jobs, int number, Gate* gate = nullptr)
      : TestJob(gate), started_jobs_(started_jobs), number_(number) {}
  bool MayRunTogether() const override { return true; }
  void Run() override {
    if (started_jobs_ != nullptr) started_jobs_->push_back(number_);
    TestJob::Run();
  }

 private:
  std::vector<int>* const started_jobs_;  // one worker only
  const int number_;
};

TEST_F(WorkerPoolTest, AWorkerTakesThoseThatMayRunTogetherAndLeavesNoOtherBehind) {
  auto pool = Make({.workers = 1, .queue = 16, .together = 3});
  auto running = Occupy(*pool);
  std::vector<int> started;
  std::vector<std::shared_ptr<TestJob>> jobs;
  for (int i = 0; i < 5; ++i) {
    jobs.push_back(std::make_shared<SocialJob>(&started, i));
    ASSERT_TRUE(pool->Submit(jobs.back()).ok());
    if (i != 1) continue;
    jobs.push_back(std::make_shared<TestJob>());  // runs alone, third in the queue
    ASSERT_TRUE(pool->Submit(jobs.back()).ok());
  }
  static_cast<TestJob&>(*jobs[1]).cancelled = true;
  gate_.Open();
  for (size_t i = 0; i < jobs.size(); ++i) {
    const absl::Status outcome = jobs[i]->outcome.get_future().get();
    EXPECT_EQ(ReasonOf(outcome) == ErrorReason::CALL_CANCELLED, i == 1) << i << outcome;
  }
  pool->Stop();
  EXPECT_THAT(started, ::testing::ElementsAre(0, 2, 3, 4));
  // 0, 1 and 2 were taken, 1 was dropped; then the one alone; then 3 and 4.
  EXPECT_THAT(metrics_.Text(),
              ::testing::HasSubstr("inspectorate_sets_total{pool=\"read\",service=\"test\",size=\"2\"} 2"));
}

TEST_F(WorkerPoolTest, WhatArrivesWhileASetRunsBecomesTheNextOne) {
  auto pool = Make({.workers = 4, .queue = 16, .sets = 1, .long_set = milliseconds(60'000)});
  auto running = Occupy(*pool, std::make_shared<SocialJob>(nullptr, 0, &gate_));
  std::vector<int> started;
  std::vector<std::shared_ptr<TestJob>> jobs;
  for (int i = 0; i < 3; ++i) {
    jobs.push_back(std::make_shared<SocialJob>(&started, i));
    ASSERT_TRUE(pool->Submit(jobs.back()).ok());
  }
  // One that runs alone passes them: there are workers.
  auto alone = std::make_shared<TestJob>();
  ASSERT_TRUE(pool->Submit(alone).ok());
  EXPECT_TRUE(alone->outcome.get_future().get().ok());
  EXPECT_THAT(started, ::testing::IsEmpty());
  gate_.Open();
  for (const auto& job : jobs) EXPECT_TRUE(job->outcome.get_future().get().ok());
  pool->Stop();
  EXPECT_THAT(started, ::testing::ElementsAre(0, 1, 2));
  EXPECT_THAT(metrics_.Text(),
              ::testing::HasSubstr("inspectorate_sets_total{pool=\"read\",service=\"test\",size=\"2\"} 1"));
}

TEST_F(WorkerPoolTest, ASetThatTakesLongKeepsNobodyWaiting) {
  auto pool = Make({.workers = 2, .queue = 16, .sets = 1, .long_set = milliseconds(10)});
  auto running = Occupy(*pool, std::make_shared<SocialJob>(nullptr, 0, &gate_));
  std::vector<int> started;
  auto waiting = std::make_shared<SocialJob>(&started, 1);
  ASSERT_TRUE(pool->Submit(waiting).ok());
  EXPECT_TRUE(waiting->outcome.get_future().get().ok());  // nobody else comes who could wake a worker
  gate_.Open();
  EXPECT_TRUE(running->outcome.get_future().get().ok());
}

TEST_F(WorkerPoolTest, TogetherOneIsOff) {
  auto pool = Make({.workers = 1, .queue = 16, .together = 1});
  auto running = Occupy(*pool);
  std::vector<int> started;
  std::vector<std::shared_ptr<TestJob>> jobs;
  for (int i = 0; i < 4; ++i) {
    jobs.push_back(std::make_shared<SocialJob>(&started, i));
    ASSERT_TRUE(pool->Submit(jobs.back()).ok());
  }
  gate_.Open();
  for (const auto& job : jobs) EXPECT_TRUE(job->outcome.get_future().get().ok());
  pool->Stop();
  EXPECT_THAT(metrics_.Text(), ::testing::Not(::testing::HasSubstr("inspectorate_sets_total")));
}

TEST_F(WorkerPoolTest, StopFinishesWhatRunsAndDropsWhatWaits) {
  auto pool = Make({.workers = 1, .queue = 4});
  auto running = Occupy(*pool);
  auto waiting = std::make_shared<TestJob>();
  ASSERT_TRUE(pool->Submit(waiting).ok());
  auto stopped = std::async(std::launch::async, [&] { pool->Stop(); });
  EXPECT_EQ(ReasonOf(waiting->outcome.get_future().get()), ErrorReason::SHUTTING_DOWN);
  gate_.Open();
  stopped.get();
  EXPECT_TRUE(running->outcome.get_future().get().ok());
  EXPECT_EQ(ReasonOf(pool->Submit(std::make_shared<TestJob>())), ErrorReason::SHUTTING_DOWN);
}

class ThrowingJob final : public TestJob {
 public:
  explicit ThrowingJob(bool social) : social_(social) {}
  void Run() override { throw std::runtime_error("secret detail"); }
  bool MayRunTogether() const override { return social_; }

 private:
  const bool social_;
};

TEST_F(WorkerPoolTest, AJobThatThrowsEndsAndTheWorkerGoesOn) {
  auto pool = Make({.workers = 1, .queue = 16});
  for (const bool social : {false, true}) {
    auto throwing = std::make_shared<ThrowingJob>(social);
    ASSERT_TRUE(pool->Submit(throwing).ok());
    EXPECT_EQ(throwing->outcome.get_future().get().code(), absl::StatusCode::kInternal);
    auto next = std::make_shared<TestJob>();
    ASSERT_TRUE(pool->Submit(next).ok());
    EXPECT_TRUE(next->outcome.get_future().get().ok());
  }
  pool->AwaitIdle(std::chrono::steady_clock::now() + std::chrono::seconds(30));
  EXPECT_TRUE(pool->Submit(std::make_shared<TestJob>()).ok());
}

}  // namespace
}  // namespace inspectorate::rpc
