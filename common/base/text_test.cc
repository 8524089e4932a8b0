#include "common/base/text.h"

#include <gtest/gtest.h>

namespace inspectorate {
namespace {

TEST(Utf8, AcceptsOnlyWellFormedText) {
  EXPECT_TRUE(IsValidUtf8("沾化区 education 𠀀"));
  EXPECT_EQ(FindInvalidUtf8("ab\xFF"), 2u);
  EXPECT_EQ(FindInvalidUtf8("\xC0\x80"), 0u) << "overlong";
  EXPECT_EQ(FindInvalidUtf8("\xE0\x80\x80"), 0u) << "overlong";
  EXPECT_EQ(FindInvalidUtf8("\xED\xA0\x80"), 0u) << "surrogate";
  EXPECT_EQ(FindInvalidUtf8("\xF4\x90\x80\x80"), 0u) << "beyond Unicode";
  EXPECT_EQ(FindInvalidUtf8("中\xE4\xB8"), 3u) << "cut off";
  EXPECT_EQ(FindInvalidUtf8("\x80"), 0u);
}

TEST(CharacterCount, CountsCodePointsNotBytes) {
  EXPECT_EQ(CharacterCount(""), 0u);
  EXPECT_EQ(CharacterCount("督学 a𠀀"), 5u);
  EXPECT_EQ(CharacterCount("a\xFF\xFE"), 3u);
}

TEST(DisplayWidth, CountsChineseAsTwoColumns) {
  EXPECT_EQ(DisplayWidth("abc"), 3u);
  EXPECT_EQ(DisplayWidth("沾化"), 4u);
  EXPECT_EQ(DisplayWidth("〔2026〕37号"), 12u);
  EXPECT_EQ(DisplayWidth("e\xCC\x81"), 1u) << "combining accent";
  EXPECT_EQ(DisplayWidth("(全)"), 4u);
  EXPECT_EQ(DisplayWidth("，"), 2u);
}

TEST(Prefix, NeverBreaksACharacter) {
  EXPECT_EQ(PrefixBytes("督学室", 7), "督学");
  EXPECT_EQ(PrefixBytes("督学室", 9), "督学室");
  EXPECT_EQ(PrefixBytes("督", 2), "");
  EXPECT_EQ(PrefixCharacters("督a学室", 3), "督a学");
  EXPECT_EQ(PrefixCharacters("督学", 9), "督学");
}

TEST(TableCells, AreExactlyAsWideAsAsked) {
  EXPECT_EQ(PadToWidth("督学", 6), "督学  ");
  EXPECT_EQ(PadToWidth("教育督导室", 6), "教育… ");
  EXPECT_EQ(PadToWidth("教育督导室", 7), "教育督…");
  EXPECT_EQ(TruncateToWidth("教育", 4), "教育");
  EXPECT_EQ(PadToWidth("教", 0), "");
  for (size_t columns = 0; columns < 12; ++columns) {
    EXPECT_EQ(DisplayWidth(PadToWidth("第1责任区abc", columns)), columns);
  }
}

}  // namespace
}  // namespace inspectorate
