// Operations on a real database and socket: what outlives a process, and what does not run twice.
#include "common/lro/operations.h"

#include <atomic>
#include <thread>

#include "common/base/macros.h"
#include "common/base/refusal.h"
#include "common/feed/test_node.h"
#include "common/resource/description.h"
#include "common/status/error.h"
#include "gtest/gtest.h"
#include "inspectorate/registry/v1/school.pb.h"
#include "inspectorate/type/v1/operations.pb.h"

namespace inspectorate::lro {
namespace {

using feed::Eventually;
using feed::TestNode;
using registry::v1::School;
using std::chrono::milliseconds;
using std::chrono::steady_clock;

constexpr milliseconds kLease{600};
constexpr char kKind[] = "count-schools";

std::unique_ptr<Message> Named(const std::string& name) {
  auto school = std::make_unique<School>();
  school->set_display_name(name);
  return school;
}

class OperationsTest : public ::testing::Test {
 protected:
  OperationsTest() {
    node_.Serve();
    office_ = node_.ClientAs("zhanhua");
  }
  ~OperationsTest() override { node_.StopServing(); }

  // One replica with `runner`.
  std::unique_ptr<Operations> Replica(Runner runner, const std::string& kind = kKind) {
    auto operations = Operations::Start(node_.writer(), 2, kLease);
    operations->AddRunner(kind, School::default_instance(), std::move(runner));
    operations->Begin();
    return operations;
  }

  std::string Enqueue(const std::string& kind = kKind) {
    Operation operation;
    const absl::Status status = node_.writer().RunInternal(
        {}, {.subject = "offices/zhanhua/staff/1", .display_name = "李", .request_id = {}, .trace_id = {}},
        [&](work::Unit& unit) -> absl::Status {
          ASSIGN_OR_RETURN(operation, front_->Enqueue(unit, "zhanhua", kind, *Named("asked")));
          return absl::OkStatus();
        });
    EXPECT_TRUE(status.ok()) << status;
    EXPECT_FALSE(operation.done());
    return operation.name();
  }

  template <class Request>
  absl::StatusOr<Operation> Call(rpc::Client& client, const std::string& method, const Request& request) {
    return client.Call<Operation>("inspectorate.type.v1.Operations." + method, request);
  }
  absl::StatusOr<Operation> Get(const std::string& name) {
    type::v1::GetOperationRequest request;
    request.set_name(name);
    return Call(*office_, "GetOperation", request);
  }
  absl::StatusOr<Operation> Wait(const std::string& name, milliseconds timeout = milliseconds(8000)) {
    type::v1::WaitOperationRequest request;
    request.set_name(name);
    request.mutable_timeout()->set_seconds(timeout.count() / 1000);
    request.mutable_timeout()->set_nanos(static_cast<int>(timeout.count() % 1000 * 1'000'000));
    return Call(*office_, "WaitOperation", request);
  }
  absl::StatusOr<Operation> Cancel(const std::string& name) {
    type::v1::CancelOperationRequest request;
    request.set_name(name);
    return Call(*office_, "CancelOperation", request);
  }
  static std::string ResultOf(const Operation& operation) {
    School school;
    return operation.response().UnpackTo(&school) ? school.display_name() : "";
  }
  static type::v1::OperationMetadata MetadataOf(const Operation& operation) {
    type::v1::OperationMetadata metadata;
    EXPECT_TRUE(operation.metadata().UnpackTo(&metadata));
    return metadata;
  }

  // As a process leaves an operation when it is killed: claimed, and nobody renews.
  void ClaimByADeadProcess(const std::string& name, milliseconds lease_left) {
    Execute("UPDATE operation SET lease_owner = 'dead', lease_until = ? WHERE operation = ?",
            {SystemClock().Now() + lease_left, resource::UuidOf(name)});
  }
  void Execute(const std::string& sql, const db::Params& params) {
    const absl::Status status = node_.database().Read(
        {}, [&](db::Session& session) { return session.Execute(sql, params).status(); });
    ASSERT_TRUE(status.ok()) << status;
  }

  // Answers calls and takes orders, and runs nothing: it is never begun.
  std::unique_ptr<Operations> front_;
  TestNode node_{{.also = [this](rpc::Methods& methods, work::Writer& writer) {
    front_ = Operations::Start(writer, 1, kLease);
    front_->Register(methods);
  }}};
  std::unique_ptr<rpc::Client> office_;
};

TEST_F(OperationsTest, AResultIsKeptAndAWaitEndsWithIt) {
  const std::string name = Enqueue();
  auto replica =
      Replica([](Context& context, const Message& request) -> absl::StatusOr<std::unique_ptr<Message>> {
        EXPECT_EQ(context.office(), "zhanhua");
        EXPECT_EQ(context.actor().subject, "offices/zhanhua/staff/1");
        EXPECT_TRUE(context.Progress(3, 4, "正在计数", "counting"));
        return Named(static_cast<const School&>(request).display_name() + ", answered");
      });
  const auto operation = Wait(name);
  ASSERT_TRUE(operation.ok()) << operation.status();
  EXPECT_TRUE(operation->done());
  EXPECT_EQ(ResultOf(*operation), "asked, answered");
  const auto metadata = MetadataOf(*operation);
  EXPECT_EQ(metadata.kind(), kKind);
  EXPECT_EQ(metadata.done_units(), 3);
  EXPECT_EQ(metadata.total_units(), 4);
  EXPECT_EQ(metadata.stage_zh(), "正在计数");
  EXPECT_EQ(metadata.actor(), "offices/zhanhua/staff/1");
}

TEST_F(OperationsTest, AnErrorIsKeptWithItsReasonAndAFaultOfOursIsMasked) {
  const std::string refused = Enqueue();
  auto replica = Replica([](Context&, const Message&) -> absl::StatusOr<std::unique_ptr<Message>> {
    return Error(ErrorReason::IMPORT_REJECTED, {{"count", "2"}});
  });
  auto operation = Wait(refused);
  ASSERT_TRUE(operation.ok()) << operation.status();
  EXPECT_EQ(ReasonOf(FromWire(operation->error())), ErrorReason::IMPORT_REJECTED);
  const std::string ruled_out = Enqueue("ruled_out");
  auto ruler = Replica(
      [](Context&, const Message&) -> absl::StatusOr<std::unique_ptr<Message>> {
        return Refuse("CALENDAR_YEAR_MISSING", {{"year", "2031"}});
      },
      "ruled_out");
  operation = Wait(ruled_out);
  ASSERT_TRUE(operation.ok()) << operation.status();
  EXPECT_EQ(ReasonOf(FromWire(operation->error())), ErrorReason::CALENDAR_YEAR_MISSING);
  const std::string faulty = Enqueue("faulty");
  auto other = Replica(
      [](Context&, const Message&) -> absl::StatusOr<std::unique_ptr<Message>> {
        return absl::InternalError("secret detail");
      },
      "faulty");
  operation = Wait(faulty);
  ASSERT_TRUE(operation.ok()) << operation.status();
  EXPECT_EQ(ReasonOf(FromWire(operation->error())), ErrorReason::INTERNAL_ERROR);
  EXPECT_EQ(operation->error().DebugString().find("secret"), std::string::npos);
}

TEST_F(OperationsTest, WhatWillPassDoesNotEndItBeforeADayIsOver) {
  std::atomic<int> runs = 0;
  const Runner away = [&](Context&, const Message&) -> absl::StatusOr<std::unique_ptr<Message>> {
    if (++runs < 3) return Error(ErrorReason::DATABASE_UNAVAILABLE);
    return Named("it came back");
  };
  const std::string name = Enqueue();
  auto replica = Replica(away);
  auto operation = Wait(name);
  ASSERT_TRUE(operation.ok()) << operation.status();
  EXPECT_EQ(ResultOf(*operation), "it came back");
  EXPECT_EQ(runs, 3);

  replica.reset();
  runs = 0;
  const std::string old = Enqueue();
  Execute("UPDATE operation SET create_time = ? WHERE operation = ?",
          {SystemClock().Now() - std::chrono::hours(25), resource::UuidOf(old)});
  replica = Replica(away);
  operation = Wait(old);
  ASSERT_TRUE(operation.ok()) << operation.status();
  EXPECT_EQ(ReasonOf(FromWire(operation->error())), ErrorReason::DATABASE_UNAVAILABLE);
  EXPECT_EQ(runs, 1);
}

TEST_F(OperationsTest, AWaitGivesUpAtItsTimeoutWithTheOperationAsItIs) {
  const std::string name = Enqueue();
  const auto begin = steady_clock::now();
  const auto operation = Wait(name, milliseconds(300));
  ASSERT_TRUE(operation.ok()) << operation.status();
  EXPECT_FALSE(operation->done());
  EXPECT_GE(steady_clock::now() - begin, milliseconds(300));
  EXPECT_LT(steady_clock::now() - begin, milliseconds(3000));
}

TEST_F(OperationsTest, WhatADeadProcessLeftIsTakenOverAfterItsLeaseAndNotBefore) {
  const std::string name = Enqueue();
  ClaimByADeadProcess(name, milliseconds(1200));
  std::atomic<int> runs = 0;
  auto replica = Replica([&](Context&, const Message&) -> absl::StatusOr<std::unique_ptr<Message>> {
    ++runs;
    return Named("taken over");
  });
  std::this_thread::sleep_for(milliseconds(600));
  EXPECT_EQ(runs, 0);
  const auto operation = Wait(name);
  ASSERT_TRUE(operation.ok()) << operation.status();
  EXPECT_EQ(ResultOf(*operation), "taken over");
  EXPECT_EQ(runs, 1);
}

TEST_F(OperationsTest, ARunLongerThanItsLeaseIsNotTakenFromALivingProcess) {
  const std::string name = Enqueue();
  std::atomic<int> runs = 0;
  auto slow = [&](Context&, const Message&) -> absl::StatusOr<std::unique_ptr<Message>> {
    ++runs;
    std::this_thread::sleep_for(kLease * 3);  // without a word of progress
    return Named("done");
  };
  auto first = Replica(slow);
  auto second = Replica(slow);
  const auto operation = Wait(name);
  ASSERT_TRUE(operation.ok()) << operation.status();
  EXPECT_EQ(ResultOf(*operation), "done");
  EXPECT_EQ(runs, 1);
}

TEST_F(OperationsTest, ARunThatLostItsLeaseStopsAndLeavesNoResult) {
  const std::string name = Enqueue();
  std::atomic<bool> running = false;
  std::atomic<bool> told_to_stop = false;
  auto replica = Replica([&](Context& context, const Message&) -> absl::StatusOr<std::unique_ptr<Message>> {
    running = true;
    told_to_stop = Eventually([&] { return context.budget().cancelled(); });
    return Named("too late");
  });
  ASSERT_TRUE(Eventually([&] { return running.load(); }));
  ClaimByADeadProcess(name, std::chrono::hours(1));
  ASSERT_TRUE(Eventually([&] { return told_to_stop.load(); }));
  replica.reset();
  const auto operation = Get(name);
  ASSERT_TRUE(operation.ok()) << operation.status();
  EXPECT_FALSE(operation->done());
}

TEST_F(OperationsTest, AStoppedProcessHandsOnAtOnceAndTheSecondRunFindsWhatTheFirstCommitted) {
  const std::string name = Enqueue();
  std::atomic<int> runs = 0;
  std::atomic<int> written = 0;
  // Writes three schools, one unit each; the first run is stopped after the first.
  const std::vector<std::string> schools = {TestNode::NewSchool(), TestNode::NewSchool(),
                                            TestNode::NewSchool()};
  auto runner = [&](Context& context, const Message&) -> absl::StatusOr<std::unique_ptr<Message>> {
    const bool first = ++runs == 1;
    for (const std::string& school : schools) {
      RETURN_IF_ERROR(node_.InUnit([&](work::Unit& unit) {
        const absl::Status status = TestNode::Add(unit, "zhanhua", school);
        return ReasonOf(status) == ErrorReason::RESOURCE_EXISTS ? absl::OkStatus() : status;
      }));
      ++written;
      if (first) {
        Eventually([&] { return !context.Progress(1, 3, "写入", "writing"); });
        return Error(ErrorReason::CALL_CANCELLED);
      }
    }
    return Named("three");
  };
  auto first = Replica(runner);
  ASSERT_TRUE(Eventually([&] { return written == 1; }));
  first.reset();
  EXPECT_EQ(node_.Ask("SELECT done FROM operation"), 0);
  EXPECT_EQ(node_.Ask("SELECT lease_until IS NULL FROM operation"), 1)
      << "nobody need wait for the lease to end";
  auto second = Replica(runner);
  const auto operation = Wait(name);
  ASSERT_TRUE(operation.ok()) << operation.status();
  EXPECT_EQ(ResultOf(*operation), "three");
  EXPECT_EQ(runs, 2);
  EXPECT_EQ(node_.HeadOf("zhanhua"), 3U) << "no school twice";
}

TEST_F(OperationsTest, ACancelledOperationStopsAtItsNextStepOrNeverStarts) {
  const std::string waiting = Enqueue();
  ASSERT_TRUE(Cancel(waiting).ok());
  std::atomic<int> runs = 0;
  auto replica = Replica([&](Context& context, const Message&) -> absl::StatusOr<std::unique_ptr<Message>> {
    ++runs;
    Eventually([&] { return !context.Progress(1, 0, "执行", "working"); });
    EXPECT_TRUE(context.budget().cancelled());
    return Error(ErrorReason::CALL_CANCELLED);
  });
  auto operation = Wait(waiting);
  ASSERT_TRUE(operation.ok()) << operation.status();
  EXPECT_EQ(ReasonOf(FromWire(operation->error())), ErrorReason::CALL_CANCELLED);
  EXPECT_EQ(runs, 0);
  const std::string running = Enqueue();
  ASSERT_TRUE(Eventually([&] { return runs == 1; }));
  ASSERT_TRUE(Cancel(running).ok());
  operation = Wait(running);
  ASSERT_TRUE(operation.ok()) << operation.status();
  EXPECT_TRUE(operation->done());
  EXPECT_EQ(ReasonOf(FromWire(operation->error())), ErrorReason::CALL_CANCELLED);
}

TEST_F(OperationsTest, AKindOfANewerReleaseIsLeftToIt) {
  const std::string name = Enqueue("of-the-newer-release");
  auto older = Replica(
      [](Context&, const Message&) -> absl::StatusOr<std::unique_ptr<Message>> { return Named("old"); });
  std::this_thread::sleep_for(milliseconds(500));
  EXPECT_FALSE(Get(name)->done());
  auto newer = Replica(
      [](Context&, const Message&) -> absl::StatusOr<std::unique_ptr<Message>> { return Named("new"); },
      "of-the-newer-release");
  EXPECT_EQ(ResultOf(*Wait(name)), "new");
}

TEST_F(OperationsTest, AnOperationOfAnAbandonedUnitNeverRuns) {
  EXPECT_FALSE(node_
                   .InUnit([&](work::Unit& unit) -> absl::Status {
                     RETURN_IF_ERROR(front_->Enqueue(unit, "zhanhua", kKind, *Named("x")).status());
                     return absl::AbortedError("thought better of it");
                   })
                   .ok());
  EXPECT_EQ(node_.Ask("SELECT COUNT(*) FROM operation"), 0);
}

TEST_F(OperationsTest, AnotherOfficeSeesNothingOfIt) {
  const std::string name = Enqueue();
  auto stranger = node_.ClientAs("elsewhere");
  type::v1::GetOperationRequest get;
  get.set_name(name);
  EXPECT_EQ(ReasonOf(Call(*stranger, "GetOperation", get).status()), ErrorReason::PERMISSION_MISSING);
  type::v1::CancelOperationRequest cancel;
  cancel.set_name(name);
  EXPECT_EQ(ReasonOf(Call(*stranger, "CancelOperation", cancel).status()), ErrorReason::PERMISSION_MISSING);
  EXPECT_EQ(node_.Ask("SELECT cancel_requested FROM operation"), 0);
  EXPECT_EQ(ReasonOf(Get("offices/zhanhua/operations/00000000-0000-0000-0000-000000000000").status()),
            ErrorReason::RESOURCE_NOT_FOUND);
}

TEST_F(OperationsTest, EndedOperationsGoAfterThirtyDaysAndOpenOnesStay) {
  const std::string ended = Enqueue("nobody-runs-it");
  const std::string recent = Enqueue("nobody-runs-it");
  const std::string open = Enqueue("nobody-runs-it");
  const Time long_ago = SystemClock().Now() - std::chrono::hours(24 * 31);
  Execute("UPDATE operation SET done = 1, update_time = ? WHERE operation = ?",
          {long_ago, resource::UuidOf(ended)});
  Execute("UPDATE operation SET done = 1 WHERE operation = ?", {resource::UuidOf(recent)});
  Execute("UPDATE operation SET update_time = ? WHERE operation = ?", {long_ago, resource::UuidOf(open)});
  auto replica =
      Replica([](Context&, const Message&) -> absl::StatusOr<std::unique_ptr<Message>> { return Named(""); });
  EXPECT_TRUE(Eventually([&] { return node_.Ask("SELECT COUNT(*) FROM operation") == 2; }));
  EXPECT_EQ(ReasonOf(Get(ended).status()), ErrorReason::RESOURCE_NOT_FOUND);
  EXPECT_TRUE(Get(open).ok());
}

}  // namespace
}  // namespace inspectorate::lro
