// The unit of work on a real database: what a mutation leaves behind, and what it must not.
#include "common/work/unit.h"

#include <gtest/gtest.h>

#include "common/base/macros.h"
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
