#include "common/query/query.h"
#include "common/query/testdata/sample_fields.h"
#include "common/status/error.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace inspectorate::query {
namespace {

using testdata::Sample;
using testdata::SampleFields;

constexpr char kSchool[] = "schools/0190b0a2-7c1e-7f00-8000-0123456789ab";

Filter Parsed(std::string_view text) {
  auto filter = Filter::Parse(text, SampleFields());
  EXPECT_TRUE(filter.ok()) << text << ": " << filter.status();
  return filter.ok() ? *filter : Filter();
}

std::string SqlOf(std::string_view text) { return Parsed(text).ToSql().sql; }
bool Matches(std::string_view text, const Sample& sample) { return Parsed(text).Matches(sample); }

// "position: why" of a refused filter.
std::string Mistake(std::string_view text) {
  const auto filter = Filter::Parse(text, SampleFields());
  if (filter.ok()) return "accepted";
  EXPECT_EQ(ReasonOf(filter.status()), ErrorReason::FILTER_INVALID);
  ErrorMetadata metadata = MetadataOf(filter.status());
  return metadata["position"] + ": " + metadata["why"];
}

TEST(Filter, EmptyTextMatchesEverything) {
  EXPECT_EQ(SqlOf(""), "");
  EXPECT_EQ(SqlOf(" \n\t"), "");
  EXPECT_TRUE(Matches("", Sample()));
}

TEST(Filter, OrBindsTighterThanAnd) {
  EXPECT_EQ(SqlOf("number = 1 AND number = 2 OR number = 3"),
            "(`number` = ? AND (`number` = ? OR `number` = ?))");
  EXPECT_EQ(SqlOf("number = 1 OR number = 2 AND number = 3"),
            "((`number` = ? OR `number` = ?) AND `number` = ?)");
  EXPECT_EQ(SqlOf("(number = 1 AND number = 2) OR number = 3"),
            "((`number` = ? AND `number` = ?) OR `number` = ?)");
}

TEST(Filter, ABlankMeansAnd) { EXPECT_EQ(SqlOf("number > 1 number < 5"), "(`number` > ? AND `number` < ?)"); }

TEST(Filter, NegationReachesTheComparisonsAndTakesInAbsentValues) {
  EXPECT_EQ(SqlOf("NOT number < 5"), "(`number` >= ? OR `number` IS NULL)");
  EXPECT_EQ(SqlOf("-(number = 1 OR NOT number = 2)"),
            "((`number` <> ? OR `number` IS NULL) AND `number` = ?)");
  EXPECT_EQ(SqlOf("NOT title:\"x\""), "(INSTR(`title`, ?) = 0 OR `title` IS NULL)");
  EXPECT_EQ(SqlOf("NOT due:*"), "`due` IS NULL");
}

TEST(Filter, ValuesTravelAsParametersOnly) {
  const Condition condition = Parsed("title = \"'; DROP TABLE sample; --\" OR title:'a\\'b\\\\'").ToSql();
  EXPECT_EQ(condition.sql, "(`title` = ? OR INSTR(`title`, ?) > 0)");
  EXPECT_THAT(condition.params,
              testing::ElementsAre(db::Value("'; DROP TABLE sample; --"), db::Value("a'b\\")));
}

TEST(Filter, LiteralsBecomeWhatColumnsHold) {
  const Condition condition =
      Parsed(std::string(
                 "urgent = true shade = DARK create_time >= 2026-03-09T08:00:00+08:00 due < \"2026-03-09\" "
                 "school = ") +
             kSchool + " number = -3")
          .ToSql();
  EXPECT_THAT(
      condition.params,
      testing::ElementsAre(db::Value(true), db::Value(2), db::Value(*ParseTime("2026-03-09T00:00:00Z")),
                           db::Value(MakeDate(2026, 3, 9)), *testdata::SchoolId(kSchool), db::Value(-3)));
}

TEST(Filter, MatchesMessages) {
  Sample sample;
  sample.set_title("校园欺凌防治");
  sample.set_number(7);
  sample.set_shade(testdata::DARK);
  sample.set_school(kSchool);
  sample.mutable_create_time()->set_seconds(1'000);
  sample.mutable_create_time()->set_nanos(1'999);
  sample.mutable_seal()->set_count(2);
  EXPECT_TRUE(Matches("title:欺凌 AND number > 6", sample));
  EXPECT_TRUE(Matches("shade = DARK AND NOT shade = LIGHT", sample));
  EXPECT_TRUE(Matches("shade:DARK urgent = false", sample));
  EXPECT_TRUE(Matches("create_time = 1970-01-01T00:16:40.000001Z", sample));
  EXPECT_TRUE(Matches(std::string("school = ") + "\"schools/0190B0A2-7C1E-7F00-8000-0123456789AB\"", sample));
  EXPECT_TRUE(Matches("seal.count = 2", sample));
  EXPECT_FALSE(Matches("seal.count > 2", sample));
  EXPECT_FALSE(Matches("number != 7", sample));
}

TEST(Filter, AbsentValuesEqualNothing) {
  const Sample sample;
  EXPECT_FALSE(Matches("due < 2026-01-01", sample));
  EXPECT_FALSE(Matches("due >= 2026-01-01", sample));
  EXPECT_TRUE(Matches("due != 2026-01-01", sample));
  EXPECT_TRUE(Matches("NOT due < 2026-01-01", sample));
  EXPECT_FALSE(Matches("rank = 0", sample));
  EXPECT_TRUE(Matches("number = 0 AND NOT number:*", sample));
  EXPECT_TRUE(Matches("school = \"\" AND NOT school:*", sample));
  EXPECT_FALSE(Matches("school != \"\"", sample));
}

TEST(Filter, TextsComparePaddedLikeTheCollation) {
  Sample sample;
  sample.set_title("a");
  EXPECT_TRUE(Matches("title = \"a  \"", sample));
  EXPECT_TRUE(Matches("title > \"a\t\"", sample));
  EXPECT_TRUE(Matches("title < \"a !\"", sample));
  EXPECT_FALSE(Matches("title = \"A\"", sample));
}

TEST(Filter, PointsAtTheFirstMistake) {
  EXPECT_EQ(Mistake("numbr = 1"), "1: unknown field numbr");
  EXPECT_EQ(Mistake("title = \"督导\" AND numbr = 1"), "18: unknown field numbr");
  EXPECT_EQ(Mistake("number"), "7: an operator is expected");
  EXPECT_EQ(Mistake("number ~ 1"), "8: an operator is expected");
  EXPECT_EQ(Mistake("number ="), "9: a value is expected");
  EXPECT_EQ(Mistake("number = x"), "10: a whole number is expected");
  EXPECT_EQ(Mistake("number = 9223372036854775808"), "10: a whole number is expected");
  EXPECT_EQ(Mistake("urgent = yes"), "10: true or false is expected");
  EXPECT_EQ(Mistake("urgent > true"), "8: this operator does not apply to urgent");
  EXPECT_EQ(Mistake("shade = BROWN"), "9: a value of Shade is expected");
  EXPECT_EQ(Mistake("due = 2026-02-30"), "7: a date such as 2026-03-09 is expected");
  EXPECT_EQ(Mistake("create_time > 2026-02-03"), "15: a time such as 2026-03-09T08:00:00Z is expected");
  EXPECT_EQ(Mistake("school = 5"), "10: a resource name is expected");
  EXPECT_EQ(Mistake("number = 1 OR"), "14: a field is expected");
  EXPECT_EQ(Mistake("(number = 1"), "12: a ) is missing");
  EXPECT_EQ(Mistake("number = 1)"), "11: an unexpected )");
  EXPECT_EQ(Mistake("title = \"x"), "9: the quotation has no end");
  EXPECT_EQ(Mistake("title = \"\\x\""), "10: only \\\\, \\\" and \\' are escapes");
  EXPECT_EQ(Mistake("title = \xFF"), "9: not UTF-8");
}

TEST(Filter, HoldsItsLimits) {
  std::string comparisons = "number = 1";
  for (int i = 1; i < 64; ++i) comparisons += " number = 1";
  EXPECT_EQ(Mistake(comparisons), "accepted");
  EXPECT_THAT(Mistake(comparisons + " number = 1"), testing::HasSubstr("more than 64 comparisons"));
  const auto nested = [](size_t depth) {
    return std::string(depth, '(') + "number = 1" + std::string(depth, ')');
  };
  EXPECT_EQ(Mistake(nested(16)), "accepted");
  EXPECT_EQ(Mistake(nested(17)), "18: nested deeper than 16");
  EXPECT_EQ(Mistake(std::string(17, '-') + "number = 1"), "18: nested deeper than 16");
  EXPECT_EQ(Mistake("title = \"" + std::string(1990, 'x') + "\""), "accepted");
  EXPECT_EQ(Mistake("title = \"" + std::string(1991, 'x') + "\""), "1: longer than 2000 bytes");
}

}  // namespace
}  // namespace inspectorate::query
