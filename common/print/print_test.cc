#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <array>
#include <cstdio>
#include <filesystem>
#include <fstream>

#include "common/print/document.h"
#include "common/print/picture.h"
#include "common/testing/picture.h"

namespace inspectorate::print {
namespace {

using ::testing::ContainsRegex;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr char kLong[] =
    "校园及周边安全情况、学生交通安全情况,食堂、食品、饮水及宿舍卫生情况,教师师德和专业发展情况,"
    "学生学习、体育锻炼和课业负担情况";

class Files {
 public:
  Files() : folder_(std::filesystem::temp_directory_path() / ("print-" + std::to_string(::getpid()))) {
    std::filesystem::create_directories(folder_);
  }
  ~Files() { std::filesystem::remove_all(folder_); }
  std::string Path(const std::string& name) const { return (folder_ / name).string(); }
  std::string Write(const std::string& name, const std::string& bytes) const {
    std::ofstream(Path(name), std::ios::binary) << bytes;
    return Path(name);
  }

 private:
  std::filesystem::path folder_;
};

bool Has(const std::string& program) {
  return std::system(("command -v " + program + " >/dev/null 2>&1").c_str()) == 0;
}

std::string OutputOf(const std::string& command) {
  std::string output;
  FILE* pipe = ::popen((command + " 2>/dev/null").c_str(), "r");
  std::array<char, 4096> buffer;
  for (size_t n = 0; (n = std::fread(buffer.data(), 1, buffer.size(), pipe)) > 0;)
    output.append(buffer.data(), n);
  ::pclose(pipe);
  return output;
}

Heading Head() { return {.title = "示例", .author = "示例室", .date = MakeDate(2026, 3, 2)}; }

std::string Sample(const std::string& name) {
  Document document(Head());
  document.BeginPage(210, 297);
  document.Fill({10, 10, 190, 30}, {0x17468f}, 4);
  document.Text({15, 12, 180, 26}, "责任督学挂牌督导公示牌",
                {.size = 14,
                 .bold = true,
                 .color = kWhite,
                 .align = Align::kCentre,
                 .stand = Stand::kMiddle,
                 .one_line = true});
  document.Text({15, 50, 180, 60}, name, {.size = 8});
  EXPECT_TRUE(document.QrCode({80, 120, 50, 50}, "https://dd.example.cn/p/abcDEF-_123").ok());
  const auto picture = DecodePicture(testing::PngPicture(210, 280, 3), "image/png", 200);
  EXPECT_TRUE(picture.ok()) << picture.status();
  if (picture.ok()) document.Place({20, 200, 40, 56}, *picture, Document::Fit::kFill);
  document.BeginPage(420, 297);
  document.Text({15, 50, 100, 20}, "第二页", {.size = 8, .serif = true});
  EXPECT_EQ(document.missing_characters(), 0);
  auto bytes = document.Finish();
  EXPECT_TRUE(bytes.ok()) << bytes.status();
  return bytes.ok() ? *bytes : "";
}

TEST(Print, TheSameCallsGiveTheSameBytes) {
  const std::string once = Sample("沾化区第一实验小学");
  EXPECT_TRUE(once.starts_with("%PDF-1."));
  EXPECT_EQ(once, Sample("沾化区第一实验小学"));
  EXPECT_NE(once, Sample("沾化区第二实验小学"));
  EXPECT_LT(once.size(), 300'000U) << "fonts are cut to what is used";
}

TEST(Print, TheTextCanBeFoundAndTheQrCodeRead) {
  if (!Has("pdftotext") || !Has("pdftoppm") || !Has("zbarimg")) {
    GTEST_SKIP() << "poppler-utils and zbar-tools are not installed (tests/packages.txt)";
  }
  const Files files;
  const std::string pdf = files.Write("sample.pdf", Sample("沾化区第一实验小学"));
  const std::string text = OutputOf("pdftotext '" + pdf + "' -");
  EXPECT_THAT(text, HasSubstr("责任督学挂牌督导公示牌"));
  EXPECT_THAT(text, HasSubstr("沾化区第一实验小学"));
  EXPECT_THAT(text, HasSubstr("第二页"));
  OutputOf("pdftoppm -r 60 -png '" + pdf + "' '" + files.Path("page") + "'");
  EXPECT_THAT(OutputOf("zbarimg -q --raw '" + files.Path("page-1.png") + "'"),
              HasSubstr("https://dd.example.cn/p/abcDEF-_123"));
  const std::string info = OutputOf("pdfinfo -isodates '" + pdf + "'");
  EXPECT_THAT(info, HasSubstr("2026-03-02"));
  EXPECT_THAT(info, ContainsRegex("Pages: +2\n"));
}

TEST(Print, TextBecomesSmallerUntilItFits) {
  Document document(Head());
  document.BeginPage(100, 100);
  EXPECT_DOUBLE_EQ(document.Text({0, 0, 90, 10}, "短", {.size = 5}), 5);
  const double size = document.Text({0, 0, 60, 20}, kLong, {.size = 8});
  EXPECT_LT(size, 8);
  EXPECT_LE(document.HeightOf(60, kLong, {.size = size}), 20.01);
  EXPECT_EQ(document.cut_texts(), 0);
  document.Text({0, 0, 10, 5}, kLong, {.size = 8});
  EXPECT_EQ(document.cut_texts(), 1);
  document.BeginPage(100, 100);
  EXPECT_EQ(document.cut_texts(), 0);
  EXPECT_GT(document.HeightOf(40, kLong, {.size = 5}), document.HeightOf(80, kLong, {.size = 5}));
}

TEST(Print, SaysWhatNoFontCanShow) {
  Document document(Head());
  document.BeginPage(100, 100);
  document.Text({0, 0, 90, 10}, "督学𬱖𠮷", {.size = 5});
  const int rare = document.missing_characters();
  document.Text({0, 0, 90, 10}, "\U000F0000", {.size = 5});
  EXPECT_EQ(document.missing_characters(), rare + 1);
}

TEST(Print, AQrCodeHasItsLimit) {
  Document document(Head());
  document.BeginPage(100, 100);
  EXPECT_TRUE(document.QrCode({0, 0, 50, 50}, std::string(500, 'a')).ok());
  EXPECT_FALSE(document.QrCode({0, 0, 50, 50}, std::string(5000, 'a')).ok());
}

TEST(Print, PicturesAreScaledAndStripped) {
  const auto picture = DecodePicture(testing::PngPicture(420, 560, 5), "image/png", 280);
  ASSERT_TRUE(picture.ok()) << picture.status();
  EXPECT_EQ(picture->height, 280);
  EXPECT_EQ(picture->width, 210);
  EXPECT_TRUE(picture->jpeg.starts_with("\xff\xd8\xff"));
  EXPECT_THAT(picture->jpeg, Not(HasSubstr("Exif")));
  // Small ones stay as they are.
  EXPECT_EQ(DecodePicture(picture->jpeg, "image/jpeg", 1000)->width, 210);
}

TEST(Print, WhatIsNoPictureIsRefused) {
  const std::string png = testing::PngPicture(210, 280, 5);
  for (const std::string& bytes :
       {std::string(), png.substr(0, 60), png.substr(0, png.size() / 2), std::string("%PDF-1.7")}) {
    EXPECT_FALSE(DecodePicture(bytes, "image/png", 200).ok()) << bytes.size();
  }
  std::string broken = png;
  broken[broken.size() / 2] ^= 0x55;
  EXPECT_FALSE(DecodePicture(broken, "image/png", 200).ok()) << "a checksum";
  EXPECT_FALSE(DecodePicture(png, "image/jpeg", 200).ok());
  EXPECT_FALSE(DecodePicture(png, "image/svg+xml", 200).ok());
}

}  // namespace
}  // namespace inspectorate::print
