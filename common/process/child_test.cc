#include "common/process/child.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <thread>

namespace inspectorate::process {
namespace {

using std::chrono::milliseconds;
using testing::HasSubstr;

std::string Scratch(const std::string& name) {
  const std::string path = testing::TempDir() + "child_test." + std::to_string(getpid()) + "." + name;
  std::filesystem::remove(path);
  return path;
}

std::unique_ptr<Child> Shell(const std::string& script, const std::string& log = "") {
  auto child = Child::Start(
      {.name = "shell", .argv = {"/bin/sh", "-c", script}, .log = log, .environment = {"WORD=so"}});
  EXPECT_TRUE(child.ok()) << child.status();
  return std::move(child).value();
}

bool Alive(pid_t pid) { return kill(pid, 0) == 0; }

TEST(Child, TellsItsExitStatusOrItsSignal) {
  EXPECT_EQ(Shell("exit 7")->AwaitEnd(milliseconds(5000)), 7);
  EXPECT_EQ(Shell("kill -9 $$")->AwaitEnd(milliseconds(5000)), 128 + SIGKILL);
}

TEST(Child, AMissingProgramIsSaidBeforeAnythingStarts) {
  EXPECT_TRUE(absl::IsNotFound(Child::Start({.name = "none", .argv = {"/nowhere/none"}}).status()));
}

TEST(Child, WritesItsLogAndGetsItsEnvironment) {
  const auto child = Shell("echo $WORD; echo bad >&2", Scratch("log"));
  child->AwaitEnd(milliseconds(5000));
  EXPECT_THAT(child->LogTail(), HasSubstr("so\nbad\n"));
}

TEST(Child, CanBeStoppedThoughTheLauncherBlocksSignals) {
  sigset_t term, before;
  sigemptyset(&term);
  sigaddset(&term, SIGTERM);
  sigprocmask(SIG_BLOCK, &term, &before);
  const auto child = Shell("exec sleep 60");
  child->Terminate();
  EXPECT_EQ(child->AwaitEnd(milliseconds(5000)), 128 + SIGTERM);
  sigprocmask(SIG_SETMASK, &before, nullptr);
}

TEST(Child, OneThatIgnoresTheRequestIsKilledWhenPatienceEnds) {
  const std::string ready = Scratch("ready");
  const auto child = Shell("trap '' TERM; : >" + ready + "; while :; do sleep 1; done");
  while (!std::filesystem::exists(ready)) std::this_thread::sleep_for(milliseconds(5));
  child->Terminate();
  EXPECT_EQ(child->AwaitEnd(milliseconds(100)), 128 + SIGKILL);
}

TEST(Child, DiesWithALauncherThatIsKilled) {
  const std::string note = Scratch("pid");
  const pid_t launcher = fork();
  if (launcher == 0) {
    const auto child = Child::Start({.name = "sleep", .argv = {"/bin/sleep", "60"}});
    std::ofstream(note + ".new") << (*child)->pid();
    std::filesystem::rename(note + ".new", note);
    pause();
    _exit(0);
  }
  while (!std::filesystem::exists(note)) std::this_thread::sleep_for(milliseconds(5));
  pid_t child = 0;
  std::ifstream(note) >> child;
  ASSERT_TRUE(Alive(child));
  kill(launcher, SIGKILL);
  waitpid(launcher, nullptr, 0);
  for (int i = 0; i < 1000 && Alive(child); ++i) {
    // Where nobody adopts and reaps orphans it stays a zombie, which runs no more.
    std::ifstream stat("/proc/" + std::to_string(child) + "/stat");
    std::string number, name, state;
    stat >> number >> name >> state;
    if (state == "Z") return;
    std::this_thread::sleep_for(milliseconds(5));
  }
  EXPECT_FALSE(Alive(child));
}

}  // namespace
}  // namespace inspectorate::process
