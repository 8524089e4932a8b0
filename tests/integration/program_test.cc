// The programs as a cluster starts them: settings from the environment alone, and an end when it asks for
// one.
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <thread>

#include "common/auth/jwt.h"
#include "common/base/file.h"
#include "common/process/child.h"
#include "common/service/service.h"
#include "common/testing/test_database.h"
#include "services/reporting/service.h"

namespace inspectorate::testing {
namespace {

using process::Child;
using process::Command;
using std::chrono::milliseconds, std::chrono::seconds;

constexpr char kIssuer[] = "https://id.example.org", kAudience[] = "inspectorate";

class ProgramTest : public ::testing::Test {
 protected:
  void SetUp() override {
    ASSERT_NE(::mkdtemp(folder_.data()), nullptr);
    const auto issuer = auth::TokenIssuer::Generate(kIssuer, kAudience).value();
    Write("jwks.json", issuer->Jwks());
    Write("secret", "a secret of the tests");
    Write("token", issuer
                       ->Issue({.subject = "services/reporting",
                                .display_name = "reporting",
                                .role = rpc::Role::ROLE_SERVICE,
                                .office = "-"},
                               std::chrono::hours(1))
                       .value());
  }
  void TearDown() override {
    child_.reset();
    std::filesystem::remove_all(folder_);
  }

  std::string File(const std::string& name) const { return folder_ + "/" + name; }
  void Write(const std::string& name, const std::string& content) const {
    std::ofstream(File(name)) << content;
    ASSERT_EQ(::chmod(File(name).c_str(), 0600), 0);
  }
  std::string Log() const { return ReadFile(File("log")).value_or(""); }
  bool Says(const std::string& what, seconds patience = seconds(20)) {
    const auto until = std::chrono::steady_clock::now() + patience;
    while (Log().find(what) == std::string::npos) {
      if (std::chrono::steady_clock::now() >= until || child_->Ended()) return false;
      std::this_thread::sleep_for(milliseconds(20));
    }
    return true;
  }

  // What the manifests set (deploy/kubernetes/base), and where things lie here.
  std::vector<std::string> Settings(const db::Options& database) const {
    std::vector<std::string> settings{
        "INSPECTORATE_LISTEN=unix:" + File("reporting.sock"),
        "INSPECTORATE_PEERS=registry=unix:" + File("registry.sock") + ",visits=unix:" + File("visits.sock") +
            ",issues=unix:" + File("issues.sock"),
        "INSPECTORATE_TOKEN_FILE=" + File("token"),
        "INSPECTORATE_JWKS_FILE=" + File("jwks.json"),
        "INSPECTORATE_ISSUER=" + std::string(kIssuer),
        "INSPECTORATE_AUDIENCE=" + std::string(kAudience),
        "INSPECTORATE_SECRET_FILE=" + File("secret"),
        "INSPECTORATE_DATABASE_USER=" + database.user,
        "INSPECTORATE_DATABASE_SCHEMA=" + database.schema,
        "INSPECTORATE_DATABASE_SOCKET=" + database.socket,
        "INSPECTORATE_DATABASE_HOST=" + database.host,
        "INSPECTORATE_DATABASE_PORT=" + std::to_string(database.port),
        "INSPECTORATE_DATABASE_TLS_CA=" + database.tls_ca,
    };
    if (!database.password.empty()) {
      Write("password", database.password);
      settings.push_back("INSPECTORATE_DATABASE_PASSWORD_FILE=" + File("password"));
    }
    return settings;
  }
  void Serve(const db::Options& database, const std::string& wait) {
    const char* programs = std::getenv("INSPECTORATE_BIN");
    ASSERT_NE(programs, nullptr);
    auto child = Child::Start({.name = "reporting",
                               .argv = {std::string(programs) + "/reporting", "serve", wait},
                               .log = File("log"),
                               .environment = Settings(database)});
    ASSERT_TRUE(child.ok()) << child.status();
    child_ = *std::move(child);
  }

  std::string folder_ = "/tmp/insp-program-XXXXXX";
  std::unique_ptr<Child> child_;
};

TEST_F(ProgramTest, TakesItsSettingsFromTheEnvironment) {
  Serve(TestDatabase::Get().NewSchema(service::AllMigrations(reporting::ReportingDefinition())), "--wait=20");
  EXPECT_TRUE(Says("serving")) << Log();
  EXPECT_EQ(Log().find("feed_not_followed"), std::string::npos) << "a peer was lost on the way:\n" << Log();
  child_->Terminate();
  EXPECT_EQ(child_->AwaitEnd(seconds(20)), 0) << Log();
}

// A cluster that takes a pod back would else wait for all of its grace.
TEST_F(ProgramTest, EndsWhenAskedWhileItWaitsForItsDatabase) {
  db::Options nowhere = TestDatabase::Get().ServerOptions();
  nowhere.host = "";
  nowhere.socket = File("no-such.sock");
  nowhere.schema = nowhere.user = "reporting";
  Serve(nowhere, "--wait=600");
  std::this_thread::sleep_for(milliseconds(700));
  ASSERT_FALSE(child_->Ended()) << Log();
  child_->Terminate();
  const auto began = std::chrono::steady_clock::now();
  EXPECT_EQ(child_->AwaitEnd(seconds(20)), 0) << Log();
  EXPECT_LT(std::chrono::steady_clock::now() - began, seconds(10)) << "killed, or it took its time";
}

}  // namespace
}  // namespace inspectorate::testing
