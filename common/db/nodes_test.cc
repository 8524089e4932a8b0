// Several nodes of one database. Two servers of their own stand in for a cluster's nodes here: which one is
// taken shows, what a cluster does between its nodes is shown in tests/databases.
#include "common/db/nodes.h"

#include <thread>

#include "common/base/macros.h"
#include "common/db/sql_error.h"
#include "common/testing/tcp_server.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace inspectorate::db {
namespace {

using ::inspectorate::testing::TcpServer;
using std::chrono::milliseconds;
using std::chrono::seconds;
using std::chrono::steady_clock;

TEST(AddressesTest, AreReadWithAndWithoutPorts) {
  EXPECT_EQ(*AddressesFrom("a", 3306), (std::vector<Address>{{"a", 3306}}));
  EXPECT_EQ(*AddressesFrom("a,b:3307,[::1]:3308", 3306),
            (std::vector<Address>{{"a", 3306}, {"b", 3307}, {"::1", 3308}}));
  for (const char* wrong :
       {"", "a,", "a,,b", "a:", "a:x", "a:1x", "a:0", "a:70000", ":3306", "::1", "a:-1"}) {
    EXPECT_FALSE(AddressesFrom(wrong, 3306).ok()) << wrong;
  }
}

class NodesTest : public ::testing::Test {
 protected:
  void SetUp() override {
    options_ = first_.options();
    options_.host = first_.address() + "," + second_.address();
    options_.pool_size = 3;
    for (TcpServer* server : {&first_, &second_}) {
      server->Run("CREATE TABLE app.t (id INT NOT NULL PRIMARY KEY)");
    }
  }

  std::unique_ptr<Database> Open() {
    auto database = Database::Open(options_);
    EXPECT_TRUE(database.ok()) << database.status();
    return std::move(database).value();
  }

  static int PortOf(Database& database) {
    int port = 0;
    const absl::Status status = database.Read(Budget::Of(seconds(20)), [&](Session& session) -> absl::Status {
      ASSIGN_OR_RETURN(const Rows rows, session.Query("SELECT @@port AS port"));
      port = static_cast<int>(rows.at(0, 0).AsInt());
      return absl::OkStatus();
    });
    EXPECT_TRUE(status.ok()) << status;
    return port;
  }

  // Where a row was written.
  static int WriteOn(Database& database, int id) {
    int port = 0;
    const absl::Status status =
        database.Transact(Budget::Of(seconds(20)), {}, [&](Transaction& tx) -> absl::Status {
          ASSIGN_OR_RETURN(const Rows rows, tx.Query("SELECT @@port AS port"));
          port = static_cast<int>(rows.at(0, 0).AsInt());
          return tx.Execute("INSERT INTO t (id) VALUES (?)", {id}).status();
        });
    EXPECT_TRUE(status.ok()) << status;
    return port;
  }

  TcpServer first_, second_;
  Options options_;
};

TEST_F(NodesTest, ThePreferredNodeIsTakenAndTheNextWhenItDies) {
  const auto database = Open();
  EXPECT_EQ(WriteOn(*database, 1), first_.port());
  first_.server().Kill9();
  EXPECT_EQ(WriteOn(*database, 2), second_.port());
  EXPECT_EQ(PortOf(*database), second_.port());
}

TEST_F(NodesTest, ReadsGoOnWhenTheirNodeDies) {
  const auto database = Open();
  EXPECT_EQ(PortOf(*database), first_.port());
  first_.server().Kill9();
  EXPECT_EQ(PortOf(*database), second_.port());
}

TEST_F(NodesTest, ANodeThatOnlyReadsIsPassedOver) {
  first_.Run("SET GLOBAL read_only = 1");
  const auto database = Open();
  EXPECT_EQ(WriteOn(*database, 1), second_.port());
}

TEST_F(NodesTest, ANodeThatStopsTakingWritesIsLeft) {
  const auto database = Open();
  EXPECT_EQ(WriteOn(*database, 1), first_.port());
  first_.Run("SET GLOBAL read_only = 1");
  EXPECT_EQ(WriteOn(*database, 2), second_.port());
}

// Not at once: only when connections are made anew; but then all of them follow.
TEST_F(NodesTest, ThePreferredNodeIsTakenAgainByNewConnectionsAndTheOthersFollow) {
  const auto database = Open();
  first_.server().Kill9();
  EXPECT_EQ(PortOf(*database), second_.port());
  ASSERT_TRUE(first_.server().Restart().ok());
  EXPECT_EQ(PortOf(*database), second_.port());
  // A second connection is needed; once the failed node is no longer left aside it leads there.
  const auto give_up = steady_clock::now() + seconds(30);
  int other = second_.port();
  while (other == second_.port() && steady_clock::now() < give_up) {
    const absl::Status status =
        database->Read(Budget::Of(seconds(20)), [&](Session& session) -> absl::Status {
          RETURN_IF_ERROR(session.Query("SELECT 1 AS one").status());
          other = PortOf(*database);
          return absl::OkStatus();
        });
    ASSERT_TRUE(status.ok()) << status;
    if (other == second_.port()) {
      second_.KillSessions();
      std::this_thread::sleep_for(milliseconds(500));
    }
  }
  EXPECT_EQ(other, first_.port());
  EXPECT_EQ(PortOf(*database), first_.port());
}

TEST_F(NodesTest, WithoutAUsableNodeTheCallerIsToldSo) {
  const auto database = Open();
  first_.server().Kill9();
  second_.Run("SET GLOBAL read_only = 1");
  const absl::Status status = database->Read(
      Budget::Of(seconds(5)), [&](Session& session) { return session.Query("SELECT 1 AS one").status(); });
  EXPECT_EQ(status.code(), absl::StatusCode::kUnavailable) << status;
  second_.Run("SET GLOBAL read_only = 0");
  EXPECT_EQ(PortOf(*database), second_.port());
}

// A member that restarted and is not in its group says read_only = OFF and would take writes that the group
// never gets.
TEST(GroupTest, AMemberOutsideItsGroupIsNotUsable) {
  TcpServer first;
  if (!first.server().is_mysql()) GTEST_SKIP() << "group replication is MySQL's";
  TcpServer outside({"--plugin-load-add=group_replication.so", "--performance-schema=ON", "--server-id=1",
                     "--loose-group-replication-group-name=aaaaaaaa-aaaa-aaaa-aaaa-aaaaaaaaaaaa",
                     "--loose-group-replication-start-on-boot=OFF"});
  outside.Run("GRANT SELECT ON performance_schema.replication_group_members TO 'app'@'127.0.0.1'");
  Options options = first.options();
  options.host = outside.address() + "," + first.address();
  Nodes nodes(options);
  const auto opened = nodes.Connect(steady_clock::now() + seconds(20));
  ASSERT_TRUE(opened.ok()) << opened.status();
  EXPECT_EQ(opened->node, 1u);
}

}  // namespace
}  // namespace inspectorate::db
