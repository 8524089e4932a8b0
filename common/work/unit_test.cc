// The unit of work on a real database: what a mutation leaves behind, and what it must not.
#include "common/work/unit.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <utility>

#include "common/base/macros.h"
#include "common/db/failpoint.h"
#include "common/status/error.h"
#include "common/testing/test_database.h"
#include "common/work/housekeeping.h"
#include "common/work/migrations.h"
#include "google/protobuf/wrappers.pb.h"
#include "inspectorate/type/v1/operations.pb.h"

namespace inspectorate::work {
namespace {

using std::chrono::milliseconds;
using testing::TestDatabase;
using Request = type::v1::CancelOperationRequest;
using Response = google::protobuf::StringValue;

class SomeCall : public rpc::Call {
 public:
  const rpc::Principal& principal() const override { return principal_; }
  const type::v1::Access& access() const override { return access_; }
  const google::protobuf::MethodDescriptor& method() const override {
    return *google::protobuf::DescriptorPool::generated_pool()->FindMethodByName(
        "inspectorate.type.v1.Operations.CancelOperation");
  }
  const std::string& language() const override { return language_; }
  const std::string& trace_id() const override { return trace_id_; }
  const db::Budget& budget() const override { return budget_; }
  std::string header(std::string_view) const override { return ""; }

  db::Budget budget_ = db::Budget::Of(std::chrono::seconds(10));

 private:
  rpc::Principal principal_{.subject = "offices/zhanhua/staff/1",
                            .display_name = "示例",
                            .role = rpc::Role::ROLE_DISTRICT_OFFICE,
                            .office = "zhanhua"};
  type::v1::Access access_;
  std::string language_ = "en";
  std::string trace_id_ = "0";
};

class UnitTest : public ::testing::Test {
 protected:
  UnitTest() : options_(TestDatabase::Get().NewSchema(PlatformMigrations())) {
    TestDatabase::Get().Run(options_, "CREATE TABLE fact (id INT PRIMARY KEY)");
    database_ = *db::Database::Open(options_);
    writer_ = std::make_unique<Writer>(*database_);
  }

  static Request RequestOf(const std::string& id) {
    Request request;
    request.set_request_id(id);
    return request;
  }
  static absl::Status Record(Unit& unit, int id) {
    return unit.db().Execute("INSERT INTO fact (id) VALUES (?)", {id}).status();
  }
  int64_t Facts() { return TestDatabase::Get().Ask(options_, "SELECT COUNT(*) FROM fact").AsInt(); }
  int64_t Requests() { return TestDatabase::Get().Ask(options_, "SELECT COUNT(*) FROM idempotency").AsInt(); }

  const db::Options options_;
  std::unique_ptr<db::Database> database_;
  std::unique_ptr<Writer> writer_;
  SomeCall call_;
  Response response_;
};

TEST_F(UnitTest, ARequestThatFailedLeavesNothingAndMayBeSentAgain) {
  const Request request = RequestOf("0192f0c1-0000-7000-8000-000000000001");
  absl::Status status = writer_->Run(call_, request, &response_, [](Unit& unit) -> absl::Status {
    RETURN_IF_ERROR(Record(unit, 1));
    return Error(ErrorReason::ETAG_MISMATCH, {{"resource", "x"}});
  });
  EXPECT_EQ(ReasonOf(status), ErrorReason::ETAG_MISMATCH);
  EXPECT_EQ(Facts(), 0);
  EXPECT_EQ(Requests(), 0);
  EXPECT_TRUE(writer_->Run(call_, request, &response_, [](Unit& unit) { return Record(unit, 1); }).ok());
  EXPECT_EQ(Facts(), 1);
}

TEST_F(UnitTest, ARequestSentTwiceRunsOnceAndIsAnsweredTwice) {
  const Request request = RequestOf("0192f0c1-0000-7000-8000-000000000002");
  int runs = 0;
  for (int i = 0; i < 2; ++i) {
    response_.Clear();
    absl::Status status = writer_->Run(call_, request, &response_, [&](Unit& unit) -> absl::Status {
      ++runs;
      response_.set_value("the first answer");
      return Record(unit, 1);
    });
    ASSERT_TRUE(status.ok()) << status;
    EXPECT_EQ(response_.value(), "the first answer");
  }
  EXPECT_EQ(runs, 1);
}

Event FactChange(const std::string& name) {
  return {.office = "zhanhua",
          .name = name,
          .resource_type = "inspectorate/Fact",
          .resource = "offices/zhanhua/facts/1",
          .revision = 1,
          .previous_revision = 0,
          .occur_time = Time{},
          .after = nullptr};
}

// What follows sees the changes of every unit and is part of it; a unit that changes nothing has no
// consequences.
TEST_F(UnitTest, WhatFollowsFromAChangeIsDoneInItsTransaction) {
  int asked = 0;
  bool refuse = false;
  writer_->set_consequences([&](Unit& unit) -> absl::Status {
    ++asked;
    EXPECT_EQ(unit.events().size(), 1U);
    RETURN_IF_ERROR(Record(unit, 100 + asked));
    return refuse ? Error(ErrorReason::ETAG_MISMATCH, {{"resource", "x"}}) : absl::OkStatus();
  });
  EXPECT_TRUE(writer_->RunInternal(call_.budget(), {}, [](Unit& unit) { return Record(unit, 1); }).ok());
  EXPECT_EQ(asked, 0);
  const auto change = [](int id) {
    return [id](Unit& unit) -> absl::Status {
      unit.Emit(FactChange("fact.changed"));
      return Record(unit, id);
    };
  };
  EXPECT_TRUE(writer_->RunInternal(call_.budget(), {}, change(2)).ok());
  EXPECT_TRUE(writer_->Run(call_, RequestOf(""), &response_, change(3)).ok());
  EXPECT_EQ(asked, 2);
  EXPECT_EQ(Facts(), 5);
  // If it cannot follow, the change is not made.
  refuse = true;
  EXPECT_FALSE(writer_->Run(call_, RequestOf(""), &response_, change(4)).ok());
  EXPECT_FALSE(writer_->RunInternal(call_.budget(), {}, change(5)).ok());
  EXPECT_EQ(Facts(), 5);
}

TEST_F(UnitTest, ACallerWhoLeavesInsideTheUnitLeavesNothing) {
  bool gone = false;
  call_.budget_.cancelled = [&] { return gone; };
  absl::Status status = writer_->Run(call_, RequestOf(""), &response_, [&](Unit& unit) -> absl::Status {
    RETURN_IF_ERROR(Record(unit, 1));
    gone = true;
    return absl::OkStatus();
  });
  EXPECT_EQ(ReasonOf(status), ErrorReason::CALL_CANCELLED) << status;
  EXPECT_EQ(Facts(), 0);
  EXPECT_EQ(Requests(), 0);
}

TEST_F(UnitTest, ADeadlineSpentInsideTheUnitLeavesNothing) {
  call_.budget_ = db::Budget::Of(milliseconds(300));
  absl::Status status = writer_->Run(call_, RequestOf(""), &response_, [&](Unit& unit) -> absl::Status {
    RETURN_IF_ERROR(Record(unit, 1));
    return unit.db().Query("SELECT SLEEP(5)").status();
  });
  EXPECT_EQ(ReasonOf(status), ErrorReason::DEADLINE_SPENT) << status;
  EXPECT_EQ(Facts(), 0);
  EXPECT_EQ(Requests(), 0);
}

// Several mutations in one set, as a worker of the write pool runs them.
class SetOfUnitsTest : public UnitTest {
 protected:
  struct Mutation {
    Request request;
    Writer::Closure closure;
    SomeCall call{};
    Response response{};
    absl::Status answer = absl::UnknownError("never answered");
    int runs = 0;
  };
  void TearDown() override { db::SetFailpoint({}); }

  static std::string Id(int n) { return "0192f0c1-0000-7000-8000-0000000000" + std::to_string(10 + n); }

  // Records a fact, says so, and tells the feed.
  void Add(int id, const std::string& request_id, std::function<absl::Status(Unit&)> then = {}) {
    auto mutation = std::make_unique<Mutation>();
    mutation->request = RequestOf(request_id);
    Mutation* self = mutation.get();
    mutation->closure = [self, id, then = std::move(then)](Unit& unit) -> absl::Status {
      ++self->runs;
      self->response.set_value("fact " + std::to_string(id));
      RETURN_IF_ERROR(Record(unit, id));
      if (then) RETURN_IF_ERROR(then(unit));
      for (const char* office : {"zhanhua", "bincheng"}) {
        unit.Emit({.office = office,
                   .name = "fact.recorded",
                   .resource_type = "test/Fact",
                   .resource = "facts/" + std::to_string(id),
                   .revision = 1,
                   .occur_time = unit.recorded(),
                   .after = nullptr});
      }
      return absl::OkStatus();
    };
    mutations_.push_back(std::move(mutation));
  }
  void RunAll() {
    std::vector<std::function<void()>> calls;
    for (const auto& mutation : mutations_) {
      calls.push_back([&] {
        mutation->answer =
            writer_->Run(mutation->call, mutation->request, &mutation->response, mutation->closure);
      });
    }
    report_ = db::RunTogether(calls);
  }
  int64_t Ask(const std::string& sql) { return TestDatabase::Get().Ask(options_, sql).AsInt(); }

  // Each office's positions are 1…n, each event its own transaction, each after the one before.
  void ExpectFeed(int64_t events) {
    for (const char* office : {"zhanhua", "bincheng"}) {
      const std::string of = " FROM feed_event WHERE office = '" + std::string(office) + "'";
      EXPECT_EQ(Ask("SELECT COUNT(*)" + of), events);
      EXPECT_EQ(Ask("SELECT COUNT(DISTINCT resource)" + of), events);
      EXPECT_EQ(Ask("SELECT COALESCE(MAX(position), 0)" + of), events);
      EXPECT_EQ(Ask("SELECT COUNT(*)" + of + " AND tx_count = 1 AND tx_index = 0"), events);
      EXPECT_EQ(Ask("SELECT COALESCE(MAX(position), 0) FROM feed_head WHERE office = '" +
                    std::string(office) + "'"),
                events);
    }
  }

  std::vector<std::unique_ptr<Mutation>> mutations_;
  db::TogetherReport report_;
};

TEST_F(SetOfUnitsTest, AllCommitTogetherAndEachIsKept) {
  for (int i = 0; i < 13; ++i) Add(i, Id(i));
  RunAll();
  for (int i = 0; i < 13; ++i) {
    EXPECT_TRUE(mutations_[static_cast<size_t>(i)]->answer.ok())
        << mutations_[static_cast<size_t>(i)]->answer;
    EXPECT_EQ(mutations_[static_cast<size_t>(i)]->response.value(), "fact " + std::to_string(i));
  }
  EXPECT_EQ(report_.run_again, 0);
  EXPECT_EQ(Facts(), 13);
  ExpectFeed(13);
  // Repeated, in another mix: the first answers, and nothing done again.
  for (const auto& mutation : mutations_) mutation->response.Clear();
  Add(50, Id(50));
  RunAll();
  for (int i = 0; i < 13; ++i) {
    EXPECT_EQ(mutations_[static_cast<size_t>(i)]->response.value(), "fact " + std::to_string(i));
    EXPECT_EQ(mutations_[static_cast<size_t>(i)]->runs, 1);
  }
  EXPECT_EQ(Facts(), 14);
  ExpectFeed(14);
}

TEST_F(SetOfUnitsTest, TheSameRequestTwiceRunsOnceAndIsAnsweredTwice) {
  Add(1, Id(1));
  Add(1, Id(1));
  Add(2, Id(2));
  Add(3, Id(1));  // another closure under the same request: never run
  RunAll();
  for (const auto& mutation : mutations_) EXPECT_TRUE(mutation->answer.ok()) << mutation->answer;
  EXPECT_EQ(mutations_[1]->response.value(), "fact 1");
  EXPECT_EQ(mutations_[3]->response.value(), "fact 1");
  EXPECT_EQ(mutations_[1]->runs + mutations_[3]->runs, 0);
  EXPECT_EQ(Facts(), 2);
  ExpectFeed(2);
}

TEST_F(SetOfUnitsTest, OneThatFailsLeavesNothingNotEvenItsRequest) {
  for (int i = 0; i < 6; ++i) Add(i, Id(i));
  // Fails before it writes, and after.
  mutations_[2]->closure = [](Unit&) { return Error(ErrorReason::ETAG_MISMATCH, {{"resource", "x"}}); };
  Add(6, Id(6), [](Unit&) { return Error(ErrorReason::PERIOD_INVALID); });
  RunAll();
  EXPECT_EQ(ReasonOf(mutations_[2]->answer), ErrorReason::ETAG_MISMATCH);
  EXPECT_EQ(ReasonOf(mutations_[6]->answer), ErrorReason::PERIOD_INVALID);
  EXPECT_EQ(Facts(), 5);
  EXPECT_EQ(Requests(), 5);
  ExpectFeed(5);
}

TEST_F(SetOfUnitsTest, FailuresWithoutWritesDoNotCostARun) {
  for (int i = 0; i < 6; ++i) Add(i, Id(i));
  mutations_[2]->closure = [](Unit&) { return Error(ErrorReason::ETAG_MISMATCH, {{"resource", "x"}}); };
  RunAll();
  EXPECT_EQ(report_.run_again, 0);
  EXPECT_EQ(Requests(), 5);
}

TEST_F(SetOfUnitsTest, ALostReplyOfCommitAnswersEachByItsOwnRow) {
  db::SetFailpoint([done = false](std::string_view at, uint64_t) mutable {
    return at == db::kAfterCommitBeforeReply && !std::exchange(done, true);
  });
  for (int i = 0; i < 16; ++i) Add(i, Id(i));
  RunAll();
  for (const auto& mutation : mutations_) {
    EXPECT_TRUE(mutation->answer.ok()) << mutation->answer;
    EXPECT_EQ(mutation->runs, 1);
  }
  EXPECT_EQ(mutations_[7]->response.value(), "fact 7");
  EXPECT_EQ(Facts(), 16);
  ExpectFeed(16);
}

TEST_F(SetOfUnitsTest, ASessionKilledBeforeCommitCostsARunAndNothingElse) {
  db::SetFailpoint([done = false](std::string_view at, uint64_t id) mutable {
    if (at == db::kBeforeCommit && !std::exchange(done, true)) TestDatabase::Get().KillSession(id);
    return false;
  });
  for (int i = 0; i < 16; ++i) Add(i, Id(i));
  RunAll();
  for (const auto& mutation : mutations_) EXPECT_TRUE(mutation->answer.ok()) << mutation->answer;
  EXPECT_EQ(Facts(), 16);
  ExpectFeed(16);
}

TEST_F(SetOfUnitsTest, ADuplicateOfAnotherSetWaitsForItsAnswer) {
  Add(1, Id(1));
  RunAll();
  const auto first = std::move(mutations_);
  mutations_.clear();
  for (int i = 0; i < 5; ++i) Add(i + 1, Id(i + 1));
  mutations_[0]->request = first[0]->request;
  RunAll();
  EXPECT_EQ(mutations_[0]->runs, 0);
  EXPECT_EQ(mutations_[0]->response.value(), "fact 1");
  EXPECT_EQ(Facts(), 5);
}

TEST_F(UnitTest, RequestsAreForgottenWhenTheirTimeIsOverAndNotBefore) {
  for (int i = 0; i < 5; ++i) {
    ASSERT_TRUE(
        writer_->Run(call_, RequestOf(""), &response_, [&](Unit& unit) { return Record(unit, i); }).ok());
  }
  const Time now = SystemClock().Now();
  const auto budget = db::Budget::Of(std::chrono::seconds(10));
  auto forgotten = ForgetRequests(*database_, budget, now - std::chrono::hours(1));
  ASSERT_TRUE(forgotten.ok()) << forgotten.status();
  EXPECT_EQ(*forgotten, 0u);
  // More rows than a batch holds.
  forgotten = ForgetRequests(*database_, budget, now + std::chrono::hours(1), 2);
  ASSERT_TRUE(forgotten.ok()) << forgotten.status();
  EXPECT_EQ(*forgotten, 5u);
  EXPECT_EQ(Requests(), 0);
}

}  // namespace
}  // namespace inspectorate::work
