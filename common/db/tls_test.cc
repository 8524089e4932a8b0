// The way to the database is encrypted and its end is the right one, or there is no connection.

#include "common/base/file.h"
#include "common/base/macros.h"
#include "common/db/connection.h"
#include "common/testing/tcp_server.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace inspectorate::db {
namespace {

using ::inspectorate::testing::CertificateAuthority;
using ::inspectorate::testing::SecretVolume;
using ::inspectorate::testing::TcpServer;
using ::inspectorate::testing::TlsArguments;
using ::testing::HasSubstr;
using ::testing::StartsWith;

std::string StatusOfSession(Connection& connection, const std::string& name) {
  const auto rows = connection.Query("SHOW STATUS LIKE '" + name + "'", {});
  return rows.ok() && !rows->empty() ? rows->at(0, 1).AsString() : std::string();
}

class TlsTest : public ::testing::Test {
 protected:
  explicit TlsTest(const std::string& name = "IP:127.0.0.1") : server_(TlsArguments(volume_, name)) {
    options_ = server_.options();
    options_.tls_ca = volume_.Path("ca.pem");
  }

  SecretVolume volume_;
  TcpServer server_;
  Options options_;
};

TEST_F(TlsTest, AConnectionIsEncryptedAndItsServerVerified) {
  const auto connection = Connection::Open(options_);
  ASSERT_TRUE(connection.ok()) << connection.status();
  EXPECT_NE(StatusOfSession(**connection, "Ssl_cipher"), "");
  EXPECT_THAT(StatusOfSession(**connection, "Ssl_version"), StartsWith("TLSv1."));
}

TEST_F(TlsTest, AUserWhoMustComeEncryptedDoes) {
  server_.Run("ALTER USER app@'127.0.0.1' REQUIRE SSL");
  EXPECT_TRUE(Connection::Open(options_).ok());
}

// MySQL keeps what it has verified of a password; the first connection after a restart has to prove it again.
TEST_F(TlsTest, CachingSha2PasswordIsProvenFreshAndFromTheCache) {
  if (!server_.server().is_mysql()) GTEST_SKIP() << "MariaDB 10.11 has no caching_sha2_password";
  server_.Run("ALTER USER app@'127.0.0.1' REQUIRE SSL");
  const auto root = Connection::Open({.socket = server_.server().socket(), .user = "root"});
  ASSERT_TRUE(root.ok()) << root.status();
  EXPECT_EQ((*root)->Query("SELECT plugin FROM mysql.user WHERE user = 'app'", {})->at(0, 0).AsString(),
            "caching_sha2_password");
  for (int round = 0; round < 2; ++round) {
    ASSERT_TRUE((*root)->Run("FLUSH PRIVILEGES").ok());  // which empties the cache
    for (int i = 0; i < 2; ++i) {
      const auto connection = Connection::Open(options_);
      EXPECT_TRUE(connection.ok()) << connection.status();
    }
    Options wrong = options_;
    wrong.password = "another";
    EXPECT_FALSE(Connection::Open(wrong).ok());
  }
}

TEST_F(TlsTest, AServerOfAnotherAuthorityIsRefused) {
  SecretVolume other;
  other.Put({{"ca.pem", CertificateAuthority("another").certificate()}});
  options_.tls_ca = other.Path("ca.pem");
  const auto connection = Connection::Open(options_);
  EXPECT_THAT(SqlDetailOf(connection.status()), StartsWith("2026")) << connection.status();
}

TEST_F(TlsTest, WithoutTheAuthoritysFileThereIsNoConnection) {
  options_.tls_ca = volume_.Path("missing.pem");
  EXPECT_FALSE(Connection::Open(options_).ok());
}

// The client library then speaks of TLS (2026), not of a lost connection.
TEST_F(TlsTest, AnEncryptedConnectionThatIsLostIsRunAgain) {
  const auto database = Database::Open(options_);
  ASSERT_TRUE(database.ok()) << database.status();
  int runs = 0;
  const absl::Status status = (*database)->Transact({}, {}, [&](Transaction& tx) -> absl::Status {
    RETURN_IF_ERROR(tx.Query("SELECT 1 AS one").status());
    if (++runs == 1) server_.KillSessions();
    return tx.Query("SELECT 1 AS one").status();
  });
  EXPECT_TRUE(status.ok()) << status;
  EXPECT_EQ(runs, 2);
}

// A pool that runs for months outlives its server's authority.
TEST_F(TlsTest, AReplacedAuthorityIsReadByTheNextConnection) {
  SecretVolume trusted;
  trusted.Put({{"ca.pem", ReadFile(volume_.Path("ca.pem")).value()}});
  options_.tls_ca = trusted.Path("ca.pem");
  options_.pool_size = 1;
  const auto database = Database::Open(options_);
  ASSERT_TRUE(database.ok()) << database.status();
  const auto ask = [&] {
    return (*database)->Read(Budget::Of(std::chrono::seconds(5)),
                             [](Session& session) { return session.Query("SELECT 1 AS one").status(); });
  };
  EXPECT_TRUE(ask().ok());
  TlsArguments(volume_, "IP:127.0.0.1");  // another authority, and a certificate of it
  server_.Run(server_.server().is_mysql() ? "ALTER INSTANCE RELOAD TLS" : "FLUSH SSL");
  EXPECT_TRUE(ask().ok());  // the connection that is open goes on
  server_.KillSessions();
  EXPECT_FALSE(ask().ok());
  trusted.Put({{"ca.pem", ReadFile(volume_.Path("ca.pem")).value()}});
  const absl::Status after = ask();
  EXPECT_TRUE(after.ok()) << after;
}

class TlsOtherNameTest : public TlsTest {
 protected:
  TlsOtherNameTest() : TlsTest("DNS:elsewhere.example") {}
};

TEST_F(TlsOtherNameTest, AServerOfAnotherNameIsRefused) {
  const auto connection = Connection::Open(options_);
  EXPECT_THAT(SqlDetailOf(connection.status()), StartsWith("2026")) << connection.status();
}

// As one does that lost its certificates, or somebody in between who says so.
TEST(NoTlsTest, AServerThatOffersNoTlsIsRefused) {
  const TcpServer server({"--tls-version="});
  Options options = server.options();
  EXPECT_TRUE(Connection::Open(options).ok());
  options.tls_ca = "/etc/ssl/certs/ca-certificates.crt";
  EXPECT_FALSE(Connection::Open(options).ok());
}

// The two users that each service has: what serves cannot change the schema nor read another's.
TEST_F(TlsTest, AServicesTwoUsersHaveTheirRights) {
  for (const char* schema : {"visits", "issues"}) {
    server_.Run(std::string("CREATE DATABASE ") + schema + " CHARACTER SET utf8mb4 COLLATE utf8mb4_bin");
  }
  server_.Run("CREATE USER visits@'127.0.0.1' IDENTIFIED BY 'one' REQUIRE SSL");
  server_.Run("CREATE USER visits_ddl@'127.0.0.1' IDENTIFIED BY 'two' REQUIRE SSL");
  server_.Run("GRANT SELECT, INSERT, UPDATE, DELETE ON visits.* TO visits@'127.0.0.1'");
  server_.Run("GRANT ALL PRIVILEGES ON visits.* TO visits_ddl@'127.0.0.1'");
  options_.schema = "visits";
  options_.user = "visits_ddl", options_.password = "two";
  const auto ddl = Connection::Open(options_);
  ASSERT_TRUE(ddl.ok()) << ddl.status();
  EXPECT_TRUE((*ddl)->Run("CREATE TABLE t (id INT PRIMARY KEY)").ok());
  options_.user = "visits", options_.password = "one";
  const auto serving = Connection::Open(options_);
  ASSERT_TRUE(serving.ok()) << serving.status();
  EXPECT_TRUE((*serving)->Execute("INSERT INTO t (id) VALUES (?)", {1}).ok());
  EXPECT_THAT(SqlDetailOf((*serving)->Run("CREATE TABLE u (id INT PRIMARY KEY)")), StartsWith("1142"));
  options_.schema = "issues";
  EXPECT_THAT(SqlDetailOf(Connection::Open(options_).status()), HasSubstr("1044"));
}

}  // namespace
}  // namespace inspectorate::db
