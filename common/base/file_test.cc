#include "common/base/file.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

namespace inspectorate {
namespace {

class FileTest : public testing::Test {
 protected:
  void SetUp() override { std::filesystem::create_directories(folder_); }
  void TearDown() override { std::filesystem::remove_all(folder_); }
  std::string Written(const std::string& content) const {
    const std::filesystem::path path = folder_ / "file";
    std::ofstream(path, std::ios::binary) << content;
    return path.string();
  }

  const std::filesystem::path folder_ =
      std::filesystem::path(testing::TempDir()) / ("file-" + std::to_string(getpid()));
};

TEST_F(FileTest, EveryByteIsReadAndNothingIsAFileToo) {
  for (const std::string& content :
       {std::string(), std::string("a\0b\r\n\xFF", 6), std::string(100'000, 'x')}) {
    const auto read = ReadFile(Written(content));
    ASSERT_TRUE(read.ok()) << read.status();
    EXPECT_EQ(*read, content);
  }
}

TEST_F(FileTest, WhatIsNoFileIsTold) {
  for (const std::string& path : {folder_.string(), (folder_ / "missing").string()}) {
    const auto read = ReadFile(path);
    EXPECT_EQ(read.status().code(), absl::StatusCode::kNotFound) << path;
    EXPECT_NE(std::string(read.status().message()).find(path), std::string::npos);
  }
}

TEST_F(FileTest, ATailIsTheLastBytes) {
  const std::string path = Written("0123456789");
  EXPECT_EQ(TailOfFile(path, 3), "789");
  EXPECT_EQ(TailOfFile(path, 20), "0123456789");
  EXPECT_EQ(TailOfFile(path + ".missing", 3), "");
}

}  // namespace
}  // namespace inspectorate
