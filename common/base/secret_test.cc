#include "common/base/secret.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>
#include <ostream>
#include <string>

namespace inspectorate {
namespace {

class SecretFile : public testing::Test {
 protected:
  std::string Write(const std::string& content, mode_t mode) {
    const std::string path = testing::TempDir() + "/secret_test_" + std::to_string(getpid());
    std::ofstream(path) << content;
    chmod(path.c_str(), mode);
    path_ = path;
    return path;
  }
  void TearDown() override { std::filesystem::remove(path_); }

 private:
  std::string path_;
};

TEST_F(SecretFile, GivesItsContentWithoutTheLineEnd) {
  EXPECT_EQ(ReadSecret(Write("pass word\r\n", 0600))->Reveal(), "pass word");
  EXPECT_EQ(ReadSecret(Write("pass word", 0640))->Reveal(), "pass word");
}

TEST_F(SecretFile, IsRefusedWhenEverybodyCanReadIt) {
  EXPECT_EQ(ReadSecret(Write("x", 0644)).status().code(), absl::StatusCode::kFailedPrecondition);
}

TEST_F(SecretFile, IsRefusedWhenEmptyTooLongOrMissing) {
  EXPECT_EQ(ReadSecret(Write("\n", 0600)).status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(ReadSecret(Write(std::string(70'000, 'x'), 0600)).status().code(),
            absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(ReadSecret("/nonexistent/secret").status().code(), absl::StatusCode::kNotFound);
}

template <typename T>
concept Printable = requires(std::ostream& out, const T& value) {
  out << value;
};

TEST(Secret, CannotBePrinted) {
  static_assert(Printable<std::string>);
  static_assert(!Printable<Secret>);
  static_assert(!std::is_convertible_v<Secret, std::string>);
}

}  // namespace
}  // namespace inspectorate
