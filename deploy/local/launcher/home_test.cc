#include "deploy/local/launcher/home.h"

#include <gtest/gtest.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <iterator>

#include "common/process/child.h"
#include "common/process/private_files.h"

namespace inspectorate::local {
namespace {

namespace fs = std::filesystem;
using process::Child;
using process::MakePrivateDirectory;
using std::chrono::milliseconds;

class HomeTest : public testing::Test {
 protected:
  HomeTest() : home_(testing::TempDir() + "home_test." + std::to_string(getpid())) {
    fs::remove_all(home_);
    EXPECT_TRUE(MakePrivateDirectory(home_).ok());
  }
  ~HomeTest() override { fs::remove_all(home_); }

  // A process that bears `argument` on its command line, as a database or service would.
  static std::unique_ptr<Child> Bearing(const std::string& argument) {
    auto child = Child::Start(
        {.name = "bearer", .argv = {"/bin/sh", "-c", "while :; do sleep 0.1; done", "sh", argument}});
    EXPECT_TRUE(child.ok());
    // Between fork and exec it still bears the arguments of this test.
    std::string arguments;
    while (arguments.find(argument) == std::string::npos) {
      std::ifstream file("/proc/" + std::to_string((*child)->pid()) + "/cmdline");
      arguments.assign(std::istreambuf_iterator<char>(file), {});
    }
    return std::move(child).value();
  }

  std::string home_;
};

TEST_F(HomeTest, TheSecondLauncherIsToldWhoHoldsTheDirectory) {
  const auto first = Lock::Take(home_ + "/lock");
  ASSERT_TRUE(first.ok());
  const auto second = Lock::Take(home_ + "/lock");
  EXPECT_TRUE(absl::IsFailedPrecondition(second.status()));
  EXPECT_NE(second.status().message().find(std::to_string(getpid())), absl::string_view::npos);
}

TEST_F(HomeTest, ALockEndsWithItsHolder) {
  { ASSERT_TRUE(Lock::Take(home_ + "/lock").ok()); }
  EXPECT_TRUE(Lock::Take(home_ + "/lock").ok());
}

TEST_F(HomeTest, LeftoversAreKnownByTheFilesTheyNameAndNobodyElseIsTouched) {
  const auto database = Bearing("--datadir=" + home_ + "/db");
  const auto service = Bearing("--database-password-file=" + home_ + "/secrets/registry");
  const auto demo_inside = Bearing("--datadir=" + home_ + "/demo/db");
  const auto other_home = Bearing("--datadir=" + home_ + "2/db");
  const auto reader = Bearing(home_ + "/log/registry.log");
  EXPECT_EQ(EndLeftovers(home_), 2);
  EXPECT_EQ(database->AwaitEnd(milliseconds(1000)), 128 + SIGTERM);
  EXPECT_EQ(service->AwaitEnd(milliseconds(1000)), 128 + SIGTERM);
  EXPECT_FALSE(demo_inside->Ended());
  EXPECT_FALSE(other_home->Ended());
  EXPECT_FALSE(reader->Ended());
}

}  // namespace
}  // namespace inspectorate::local
