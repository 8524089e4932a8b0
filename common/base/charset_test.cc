#include "common/base/charset.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace inspectorate {
namespace {

using testing::HasSubstr;

TEST(DecodeText, TakesUtf8WithAndWithoutMark) {
  const auto plain = DecodeText("沾化区");
  ASSERT_TRUE(plain.ok());
  EXPECT_EQ(plain->text, "沾化区");
  EXPECT_EQ(plain->charset, Charset::kUtf8);
  EXPECT_EQ(DecodeText("\xEF\xBB\xBFname,沾化区")->text, "name,沾化区");
  EXPECT_EQ(DecodeText("")->text, "");
}

TEST(DecodeText, TakesGb18030) {
  const auto text = DecodeText("\xD5\xB4\xBB\xAF\xC7\xF8,1");
  ASSERT_TRUE(text.ok()) << text.status();
  EXPECT_EQ(text->text, "沾化区,1");
  EXPECT_EQ(text->charset, Charset::kGb18030);
}

TEST(DecodeText, DropsTheMarkOfGb18030Too) {
  EXPECT_EQ(DecodeText("\x84\x31\x95\x33\xD5\xB4,1")->text, "沾,1");
}

TEST(DecodeText, DropsEveryMarkAtTheBeginning) {
  EXPECT_EQ(DecodeText("\xEF\xBB\xBF\xEF\xBB\xBF学校").value().text, "学校");
  EXPECT_EQ(DecodeText("\x84\x31\x95\x33\x84\x31\x95\x33\xD1\xA7").value().text, "学");
  EXPECT_EQ(DecodeText("\xEF\xBB\xBF\xEF\xBB\xBF\xFF").status().message(), "not UTF-8 at byte 6");
}

TEST(DecodeText, RoundTripsWhatOnlyGb18030CanHold) {
  std::string long_text;
  for (int i = 0; i < 3'000; ++i) long_text += "督学𠀀ä";
  const auto bytes = EncodeGb18030(long_text);
  ASSERT_TRUE(bytes.ok());
  EXPECT_EQ(DecodeText(*bytes)->text, long_text);
}

TEST(DecodeText, NamesTheByteThatIsNeither) {
  const auto broken = DecodeText("abc\xD5\xB4\xFF\xFFxyz");
  ASSERT_EQ(broken.status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(std::string(broken.status().message()), HasSubstr("GB18030 at byte 5"));
}

TEST(DecodeText, HoldsAMarkedTextToUtf8) {
  const auto broken = DecodeText("\xEF\xBB\xBF\xBB\xAF");
  ASSERT_FALSE(broken.ok());
  EXPECT_THAT(std::string(broken.status().message()), HasSubstr("byte 3"));
}

TEST(Charset, AFileInPiecesIsTheSameFile) {
  const std::string text = "编号,名称\n1,滨州市沾化区𠀀小学\n";
  for (const std::string& bytes : {text, "\xEF\xBB\xBF" + text, *EncodeGb18030(text)}) {
    for (size_t size = 1; size <= bytes.size(); ++size) {
      CharsetSniffer sniffer;
      for (size_t at = 0; at < bytes.size(); at += size) sniffer.Add(bytes.substr(at, size));
      const auto charset = sniffer.End();
      ASSERT_TRUE(charset.ok());
      EXPECT_EQ(*charset, DecodeText(bytes)->charset);
      PieceDecoder decoder(*charset);
      std::string decoded;
      for (size_t at = 0; at < bytes.size(); at += size) decoded += *decoder.Add(bytes.substr(at, size));
      EXPECT_TRUE(decoder.End().ok());
      EXPECT_EQ(decoded, text);
    }
  }
}

TEST(Charset, APieceThatIsNeitherIsRefused) {
  CharsetSniffer marked;
  marked.Add("\xEF\xBB\xBF\xFF\xFF\xFF\xFF");
  EXPECT_FALSE(marked.End().ok());
  PieceDecoder utf8(Charset::kUtf8);
  EXPECT_FALSE(utf8.Add("ab\xFF\xFF\xFF\xFF").ok());
  PieceDecoder cut(Charset::kUtf8);
  EXPECT_TRUE(cut.Add("ab\xE6\xBB").ok());
  EXPECT_FALSE(cut.End().ok());
}

}  // namespace
}  // namespace inspectorate
