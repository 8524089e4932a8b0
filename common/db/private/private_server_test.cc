#include "common/db/private/private_server.h"

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <thread>

#include "gtest/gtest.h"

namespace inspectorate::db {
namespace {

namespace fs = std::filesystem;

TEST(PrivateServerTest, ATemporaryServerLeavesNothingBehind) {
  std::string data;
  {
    const auto server = PrivateServer::Start({.durable = false});
    ASSERT_TRUE(server.ok()) << server.status();
    EXPECT_TRUE((*server)->Running());
    EXPECT_LT((*server)->socket().size(), 100u);
    data = (*server)->data_dir();
    EXPECT_TRUE(fs::exists(data));
  }
  EXPECT_FALSE(fs::exists(fs::path(data).parent_path()));
}

TEST(PrivateServerTest, AGivenDataDirectoryIsInitialisedAndKept) {
  const fs::path data = fs::path(::testing::TempDir()) / ("private-server-" + std::to_string(getpid()));
  {
    const auto server = PrivateServer::Start({.data_dir = data.string()});
    ASSERT_TRUE(server.ok()) << server.status();
    (*server)->Kill9();
    EXPECT_FALSE((*server)->Running());
    EXPECT_TRUE((*server)->Restart().ok());
    EXPECT_TRUE((*server)->Running());
  }
  EXPECT_TRUE(fs::exists(data / "ibdata1"));
  fs::remove_all(data);
}

TEST(PrivateServerTest, AServerThatCannotStartSaysWhy) {
  const auto server = PrivateServer::Start({.durable = false, .arguments = {"--no-such-option"}});
  ASSERT_FALSE(server.ok());
  EXPECT_NE(server.status().ToString().find("no-such-option"), std::string::npos) << server.status();
}

TEST(PrivateServerTest, TheServerDiesWithItsParent) {
  int channel[2];
  ASSERT_EQ(pipe(channel), 0);
  const pid_t parent = fork();
  if (parent == 0) {
    const auto server = PrivateServer::Start({.durable = false});
    const pid_t pid = server.ok() ? (*server)->pid() : -1;
    if (write(channel[1], &pid, sizeof pid) != sizeof pid) _exit(1);
    raise(SIGKILL);
  }
  pid_t server = -1;
  ASSERT_EQ(read(channel[0], &server, sizeof server), static_cast<ssize_t>(sizeof server));
  ASSERT_EQ(waitpid(parent, nullptr, 0), parent);
  ASSERT_GT(server, 0);
  // Once killed it may stay a zombie where no init reaps it; it has no program then.
  const std::string program = "/proc/" + std::to_string(server) + "/exe";
  std::error_code error;
  for (int i = 0; i < 500 && !fs::read_symlink(program, error).empty(); ++i) {
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  EXPECT_TRUE(fs::read_symlink(program, error).empty());
  close(channel[0]);
  close(channel[1]);
}

}  // namespace
}  // namespace inspectorate::db
