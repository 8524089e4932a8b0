// The unit of work on a cluster whose writing node is killed, as two replicas of a service would do it: what
// was acknowledged is there, each request took effect once, and the feed has no gap.
#include <atomic>
#include <iostream>
#include <mutex>
#include <set>
#include <thread>

#include "common/base/macros.h"
#include "common/db/migrate.h"
#include "common/status/error.h"
#include "common/work/migrations.h"
#include "common/work/unit.h"
#include "google/protobuf/wrappers.pb.h"
#include "gtest/gtest.h"
#include "inspectorate/type/v1/operations.pb.h"
#include "tests/databases/galera.h"

namespace inspectorate::work {
namespace {

using ::inspectorate::testing::Galera;
using std::chrono::milliseconds;
using std::chrono::seconds;
using std::chrono::steady_clock;
using Request = type::v1::CancelOperationRequest;

constexpr char kOffice[] = "zhanhua";
constexpr int kWriters = 8;

class OneCall : public rpc::Call {
 public:
  const rpc::Principal& principal() const override { return principal_; }
  const type::v1::Access& access() const override { return access_; }
  const google::protobuf::MethodDescriptor& method() const override {
    return *google::protobuf::DescriptorPool::generated_pool()->FindMethodByName(
        "inspectorate.type.v1.Operations.CancelOperation");
  }
  const std::string& language() const override { return text_; }
  const std::string& trace_id() const override { return text_; }
  const db::Budget& budget() const override { return budget_; }
  std::string header(std::string_view) const override { return ""; }

 private:
  const db::Budget budget_ = db::Budget::Of(seconds(5));
  const std::string text_ = "en";
  const rpc::Principal principal_{.subject = "offices/zhanhua/staff/1",
                                  .display_name = "示例",
                                  .role = rpc::Role::ROLE_DISTRICT_OFFICE,
                                  .office = kOffice};
  const type::v1::Access access_;
};

// A row, and an event about it, for a request that may come again.
absl::Status Record(Writer& writer, const std::string& request_id) {
  OneCall call;
  Request request;
  request.set_request_id(request_id);
  google::protobuf::StringValue response;
  return writer.Run(call, request, &response, [&](Unit& unit) -> absl::Status {
    RETURN_IF_ERROR(unit.db().Execute("INSERT INTO fact (request) VALUES (?)", {request_id}).status());
    unit.Emit({.office = kOffice,
               .name = "fact.recorded",
               .resource_type = "fact",
               .resource = request_id,
               .revision = 1,
               .occur_time = unit.recorded(),
               .after = nullptr});
    return absl::OkStatus();
  });
}

class GaleraWriterTest : public ::testing::Test {
 protected:
  void SetUp() override {
    if (const std::string missing = Galera::Missing(); !missing.empty()) {
      GTEST_SKIP() << "not installed: " << missing << " (tests/databases/packages.txt)";
    }
    auto cluster = Galera::Start();
    ASSERT_TRUE(cluster.ok()) << cluster.status();
    cluster_ = std::move(cluster).value();
    std::vector<db::Migration> migrations = PlatformMigrations();
    migrations.push_back({.name = "0010_fact",
                          .sql = "CREATE TABLE fact (id BIGINT NOT NULL AUTO_INCREMENT PRIMARY KEY,"
                                 " request VARCHAR(64) NOT NULL) ENGINE=InnoDB"});
    options_ = cluster_->Admin(0);
    options_.schema = "app";
    const absl::Status migrated = db::Migrate(options_, migrations);
    ASSERT_TRUE(migrated.ok()) << migrated;
    options_.host = cluster_->addresses();
    for (auto& replica : replicas_) {
      auto database = db::Database::Open(options_);
      ASSERT_TRUE(database.ok()) << database.status();
      replica = std::move(database).value();
    }
  }

  int64_t Ask(const std::string& sql) {
    int64_t answer = -1;
    const absl::Status status = replicas_[0]->Read({}, [&](db::Session& session) -> absl::Status {
      ASSIGN_OR_RETURN(const db::Rows rows, session.Query(sql));
      answer = rows.at(0, 0).AsInt();
      return absl::OkStatus();
    });
    EXPECT_TRUE(status.ok()) << status;
    return answer;
  }

  // Until it is answered, with the same request id: a caller's documented retries, on either replica.
  void Write(int writer) {
    Writer ways[] = {Writer(*replicas_[0]), Writer(*replicas_[1])};
    for (int i = 0; !stop_; ++i) {
      const std::string id = FormatUuid(NewUuid(SystemClock().Now()));
      absl::Status status = absl::UnavailableError("not sent");
      for (int attempt = 0; !status.ok() && !stop_; ++attempt) {
        status = Record(ways[(writer + attempt) % 2], id);
        if (attempt == 0 && status.ok() && i % 16 == 0) status = Record(ways[(writer + 1) % 2], id);
      }
      if (!status.ok()) continue;
      const auto now = steady_clock::now();
      std::lock_guard lock(mutex_);
      acknowledged_.insert(id);
      gap_ = std::max(gap_, std::chrono::duration_cast<milliseconds>(now - last_));
      last_ = now;
    }
  }

  std::unique_ptr<Galera> cluster_;
  db::Options options_;
  std::unique_ptr<db::Database> replicas_[2];
  std::atomic<bool> stop_ = false;
  std::mutex mutex_;
  std::set<std::string> acknowledged_;
  steady_clock::time_point last_;
  milliseconds gap_{0};
};

TEST_F(GaleraWriterTest, NothingIsLostOrDoneTwiceWhenTheWritingNodesAreKilledOneAfterTheOther) {
  last_ = steady_clock::now();
  std::vector<std::thread> writers;
  for (int w = 0; w < kWriters; ++w) writers.emplace_back([this, w] { Write(w); });
  std::this_thread::sleep_for(seconds(3));
  cluster_->Kill9(0);
  std::this_thread::sleep_for(seconds(8));
  // It comes back, and new connections prefer it while the old ones lead to the second node.
  const absl::Status rejoined = cluster_->Rejoin(0);
  EXPECT_TRUE(rejoined.ok()) << rejoined;
  std::this_thread::sleep_for(seconds(6));
  cluster_->Kill9(1);
  std::this_thread::sleep_for(seconds(8));
  stop_ = true;
  for (std::thread& writer : writers) writer.join();

  uint64_t retries = 0, unknown = 0;
  for (const auto& replica : replicas_) {
    retries += replica->GetStats().retries;
    unknown += replica->GetStats().outcome_unknown;
  }
  std::cout << acknowledged_.size() << " requests acknowledged, " << retries << " transactions re-run, "
            << unknown << " left unknown, longest gap between two acknowledgements " << gap_.count()
            << " ms\n";
  EXPECT_GT(acknowledged_.size(), 100u);
  EXPECT_EQ(Ask("SELECT COUNT(*) - COUNT(DISTINCT request) AS n FROM fact"), 0);
  EXPECT_EQ(Ask("SELECT COUNT(*) - (SELECT COUNT(*) FROM idempotency) AS n FROM fact"), 0);
  EXPECT_EQ(Ask("SELECT COUNT(*) - (SELECT COUNT(*) FROM feed_event) AS n FROM fact"), 0);
  EXPECT_EQ(Ask("SELECT COUNT(*) AS n FROM fact f LEFT JOIN feed_event e ON e.office = 'zhanhua'"
                " AND e.resource = f.request WHERE e.position IS NULL"),
            0);
  EXPECT_EQ(Ask("SELECT MAX(position) - COUNT(*) AS n FROM feed_event"), 0);
  EXPECT_EQ(Ask("SELECT position - (SELECT COUNT(*) FROM feed_event) AS n FROM feed_head"), 0);
  std::set<std::string> stored;
  const absl::Status status = replicas_[0]->Read({}, [&](db::Session& session) -> absl::Status {
    ASSIGN_OR_RETURN(const db::Rows rows, session.Query("SELECT request FROM fact"));
    for (size_t i = 0; i < rows.size(); ++i) stored.insert(rows.at(i, 0).AsString());
    return absl::OkStatus();
  });
  EXPECT_TRUE(status.ok()) << status;
  for (const std::string& id : acknowledged_) EXPECT_TRUE(stored.contains(id)) << id;
}

}  // namespace
}  // namespace inspectorate::work
