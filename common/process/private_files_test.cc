#include "common/process/private_files.h"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>

namespace inspectorate::process {
namespace {

namespace fs = std::filesystem;

class PrivateFilesTest : public testing::Test {
 protected:
  PrivateFilesTest() : home_(testing::TempDir() + "private_files_test." + std::to_string(getpid())) {
    fs::remove_all(home_);
    EXPECT_TRUE(MakePrivateDirectory(home_).ok());
  }
  ~PrivateFilesTest() override { fs::remove_all(home_); }

  std::string home_;
};

TEST_F(PrivateFilesTest, ASecretIsMadeOnceAndReadableByItsOwnerOnly) {
  const auto made = KeptSecret(home_ + "/key");
  ASSERT_TRUE(made.ok());
  EXPECT_EQ(made->size(), 64u);
  EXPECT_EQ(*KeptSecret(home_ + "/key"), *made);
  EXPECT_NE(*KeptSecret(home_ + "/other"), *made);
  struct stat info {};
  ASSERT_EQ(stat((home_ + "/key").c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 0777, 0600u);
}

TEST_F(PrivateFilesTest, AWrittenFileReplacesTheOldOneWhole) {
  ASSERT_TRUE(WritePrivateFile(home_ + "/f", "a longer first content").ok());
  ASSERT_TRUE(WritePrivateFile(home_ + "/f", "short").ok());
  EXPECT_EQ(fs::file_size(home_ + "/f"), 5u);
  EXPECT_FALSE(fs::exists(home_ + "/f.new"));
}

}  // namespace
}  // namespace inspectorate::process
