#include "common/validate/validate.h"

#include <cmath>
#include <limits>

#include "common/validate/testdata/sample.pb.h"
#include "gmock/gmock.h"
#include "google/protobuf/text_format.h"
#include "gtest/gtest.h"

namespace inspectorate::validate {
namespace {

using testdata::Rich;
using testdata::Thing;
using testdata::UpdateThingRequest;
using testing::ElementsAre;
using testing::IsEmpty;

constexpr char kUuid[] = "0190b0a2-7c1e-7f00-8000-0123456789AB";

// "path: English text" of each violation.
std::vector<std::string> Broken(const google::protobuf::Message& message) {
  std::vector<std::string> lines;
  for (const FieldViolation& violation : Check(message)) {
    EXPECT_FALSE(violation.zh.empty()) << violation.field;
    EXPECT_NE(violation.zh, violation.en) << violation.field;
    lines.push_back(violation.field + ": " + violation.en);
  }
  return lines;
}

Thing GoodThing() {
  Thing thing;
  thing.set_title("标题");
  thing.set_colour(testdata::RED);
  thing.add_parts()->set_matter("B01");
  return thing;
}

// A message that breaks no rule, for tests to break one.
Rich Good() {
  Rich rich;
  rich.set_must("x");
  rich.add_codes("a");
  rich.set_colour(testdata::RED);
  *rich.mutable_thing_message() = GoodThing();
  return rich;
}

TEST(Validate, AcceptsAMessageInOrderAndAbsentOptionalFields) {
  EXPECT_THAT(Broken(Good()), IsEmpty());
  EXPECT_TRUE(Validate(Good()).ok());
}

TEST(Validate, RequiresWhatIsRequiredByRuleOrByFieldBehavior) {
  Rich rich = Good();
  rich.clear_must();
  rich.clear_codes();
  rich.mutable_thing_message()->clear_title();
  EXPECT_THAT(Broken(rich),
              ElementsAre("codes: is required", "must: is required", "thing_message.title: is required"));
  rich.clear_thing_message();
  EXPECT_THAT(Broken(rich),
              ElementsAre("codes: is required", "must: is required", "thing_message: is required"));
}

TEST(Validate, BlanksAreNotAValue) {
  Rich rich = Good();
  rich.set_must(" \t\n\xE3\x80\x80");
  EXPECT_THAT(Broken(rich), ElementsAre("must: is required"));
  rich.set_must(" . ");
  EXPECT_THAT(Broken(rich), IsEmpty());
}

TEST(Validate, CountsLengthInCharacters) {
  Rich rich = Good();
  rich.set_min("督");
  rich.set_max("督导室");
  EXPECT_THAT(Broken(rich), ElementsAre("min: must have at least 2 characters"));
  rich.set_min("督导");
  rich.set_max("督导室室");
  EXPECT_THAT(Broken(rich), ElementsAre("max: must have at most 3 characters"));
}

TEST(Validate, AnchorsPatternsAtBothEnds) {
  Rich rich = Good();
  rich.set_code("d");
  EXPECT_THAT(Broken(rich), IsEmpty());
  for (const char* wrong : {"ad", "da", "a\n", "e"}) {
    rich.set_code(wrong);
    EXPECT_THAT(Broken(rich), ElementsAre("code: must match [a-c]|d")) << wrong;
  }
}

TEST(Validate, MatchesResourceNamesWithAnyPatternOfTheType) {
  const std::string text = ": must be a resource name offices/{office}/things/{thing} | things/{thing}";
  Rich rich = Good();
  rich.set_thing(std::string("things/") + kUuid);
  EXPECT_THAT(Broken(rich), IsEmpty());
  rich.set_thing(std::string("offices/zhanhua/things/") + kUuid);
  EXPECT_THAT(Broken(rich), IsEmpty());
  rich.set_thing("offices/zhanhua");
  EXPECT_THAT(Broken(rich), ElementsAre("thing" + text));
  rich.set_thing("things/1");
  EXPECT_THAT(Broken(rich), ElementsAre("thing" + text));
}

TEST(Validate, AcceptsTheWildcardOnlyWhereTheRuleSaysSo) {
  Rich rich = Good();
  rich.set_any_thing("offices/-/things/-");
  EXPECT_THAT(Broken(rich), IsEmpty());
  rich.set_thing("things/-");
  EXPECT_EQ(Broken(rich).size(), 1U);
}

TEST(Validate, ChecksUuids) {
  Rich rich = Good();
  rich.set_request_id(kUuid);
  EXPECT_THAT(Broken(rich), IsEmpty());
  rich.set_request_id("0190b0a27c1e7f0080000123456789ab");
  EXPECT_THAT(Broken(rich), ElementsAre("request_id: must be a UUID"));
}

TEST(Validate, ChecksBoundsOfEveryKindOfNumber) {
  Rich rich = Good();
  rich.set_size(-1);
  rich.set_rank(0);
  rich.set_large(std::numeric_limits<uint64_t>::max());
  rich.set_ratio(-1.5);
  EXPECT_THAT(Broken(rich), ElementsAre("size: must be at least 1", "rank: must be at least 1",
                                        "large: must be at most 10", "ratio: must be at least -1"));
  rich.set_size(11);
  rich.set_rank(1);
  rich.set_large(10);
  rich.set_ratio(1);
  EXPECT_THAT(Broken(rich), ElementsAre("size: must be at most 10"));
  rich.set_size(10);
  rich.set_ratio(std::nan(""));
  EXPECT_THAT(Broken(rich), ElementsAre("ratio: must be a finite number"));
}

TEST(Validate, ChecksTheSizeOfListsAndBytes) {
  Rich rich = Good();
  rich.set_content("1");
  for (int i = 0; i < 3; ++i) rich.add_codes("x");
  EXPECT_THAT(Broken(rich),
              ElementsAre("content: must have at least 2 bytes", "codes: must have at most 3 entries"));
  rich.set_content("12345");
  EXPECT_THAT(Broken(rich), testing::Contains("content: must have at most 4 bytes"));
  rich.set_content(std::string("\xFF\0", 2));
  rich.mutable_codes()->DeleteSubrange(1, 3);
  EXPECT_THAT(Broken(rich), IsEmpty());
}

TEST(Validate, ChecksEveryEntryOfAList) {
  Rich rich = Good();
  rich.add_codes("x");
  rich.add_codes("");
  EXPECT_THAT(Broken(rich), ElementsAre("codes[1]: must match [a-c]", "codes[2]: must match [a-c]"));
}

TEST(Validate, RefusesEnumValuesOfNoName) {
  Rich rich = Good();
  rich.set_colour(testdata::COLOUR_UNSPECIFIED);
  rich.add_colours(testdata::RED);
  rich.add_colours(static_cast<testdata::Colour>(7));
  rich.add_colours(testdata::COLOUR_UNSPECIFIED);
  EXPECT_THAT(Broken(rich),
              ElementsAre("colour: value 0 is not one of Colour", "colours[1]: value 7 is not one of Colour",
                          "colours[2]: value 0 is not one of Colour"));
  rich = Good();
  rich.set_background(testdata::COLOUR_UNSPECIFIED);
  EXPECT_THAT(Broken(rich), ElementsAre());
  rich.set_background(static_cast<testdata::Colour>(7));
  EXPECT_THAT(Broken(rich), ElementsAre("background: value 7 is not one of Colour"));
}

TEST(Validate, ChecksDatesTimesAndDurations) {
  Rich rich = Good();
  rich.set_day("2026-02-29");
  rich.mutable_time()->set_nanos(-1);
  rich.mutable_delay()->set_seconds(1);
  rich.mutable_delay()->set_nanos(-1);
  rich.mutable_date()->set_year(2026);
  rich.mutable_date()->set_month(2);
  rich.mutable_date()->set_day(29);
  EXPECT_THAT(Broken(rich),
              ElementsAre("day: must be a date YYYY-MM-DD", "time: must be a time of the years 1000 to 9999",
                          "delay: must be a duration of at most 10 000 years, its parts of one sign",
                          "date: must be a day of the calendar, of the years 1000 to 9999"));
  rich.mutable_delay()->set_seconds(0);
  rich.mutable_delay()->set_nanos(std::numeric_limits<int32_t>::min());
  EXPECT_EQ(Broken(rich).size(), 4U) << "the smallest number has no absolute value";
  rich.set_day("2028-02-29");
  rich.mutable_time()->set_nanos(999'999'999);
  rich.mutable_delay()->set_nanos(1);
  rich.mutable_date()->set_year(2028);
  EXPECT_THAT(Broken(rich), IsEmpty());
}

// A day that a database gives back as another, or not at all, spoils every list that its row is in.
TEST(Validate, TakesDaysThatDatabasesKeep) {
  Rich rich = Good();
  for (const auto& [year, seconds, kept] :
       {std::tuple{1, int64_t{-62'135'596'800}, false}, std::tuple{999, int64_t{-30'610'224'001}, false},
        std::tuple{1000, int64_t{-30'610'224'000}, true}, std::tuple{9999, int64_t{253'402'300'799}, true},
        std::tuple{10'000, int64_t{253'402'300'800}, false}}) {
    rich.mutable_date()->set_year(year);
    rich.mutable_date()->set_month(1);
    rich.mutable_date()->set_day(1);
    rich.mutable_time()->set_seconds(seconds);
    EXPECT_EQ(Broken(rich).size(), kept ? 0U : 2U) << year;
  }
  rich = Good();
  rich.set_day("0999-12-31");
  EXPECT_THAT(Broken(rich), ElementsAre("day: must be a date YYYY-MM-DD"));
  rich.set_day("1000-01-01");
  EXPECT_THAT(Broken(rich), IsEmpty());
}

TEST(Validate, RefusesTextThatIsNotUtf8) {
  Rich rich = Good();
  rich.set_must("ab\xE7\x9D");
  rich.add_codes("\xC0\xAF");
  EXPECT_THAT(Broken(rich),
              ElementsAre("codes[1]: is not UTF-8 from byte 1", "must: is not UTF-8 from byte 3"));
}

TEST(Validate, RefusesControlCharactersButNotLineEnds) {
  Rich rich = Good();
  rich.set_must("第一行\r\n\t第二行");
  EXPECT_THAT(Broken(rich), IsEmpty());
  for (const std::string& control :
       {std::string("\0", 1), std::string("\x1B"), std::string("\x7F"), std::string("\xC2\x85")}) {
    rich.set_must("督" + control);
    EXPECT_THAT(Broken(rich), ElementsAre("must: has a control character at character 2"));
  }
  rich.set_must("\xC2\xA0督");  // U+00A0 is none
  EXPECT_THAT(Broken(rich), IsEmpty());
}

TEST(Validate, IgnoresRulesOfOutputFieldsButNotTheirText) {
  Rich rich = Good();
  rich.mutable_thing_message()->set_remark("longer than two");
  EXPECT_THAT(Broken(rich), IsEmpty());
  rich.mutable_thing_message()->set_remark("\x01");
  EXPECT_THAT(Broken(rich), ElementsAre("thing_message.remark: has a control character at character 1"));
}

TEST(Validate, ReportsEverythingAtOnceWithPaths) {
  Rich rich = Good();
  rich.set_max("12345");
  Thing& thing = *rich.mutable_thing_message();
  thing.set_title("123456");
  thing.mutable_part()->set_matter("K01");
  thing.add_parts();
  EXPECT_THAT(Broken(rich), ElementsAre("max: must have at most 3 characters",
                                        "thing_message.title: must have at most 5 characters",
                                        "thing_message.part.matter: must match B[0-9]{2}",
                                        "thing_message.parts[1].matter: is required"));
  const absl::Status status = Validate(rich);
  EXPECT_EQ(ReasonOf(status), type::v1::INVALID_FIELDS);
  ASSERT_EQ(ViolationsOf(status).size(), 4U);
  EXPECT_EQ(ViolationsOf(status)[3].field, "thing_message.parts[1].matter");
  EXPECT_EQ(ViolationsOf(status)[3].zh, "必须填写");
}

TEST(Validate, AnUpdateNeedsOnlyTheNameAndWhatItsMaskNames) {
  UpdateThingRequest request;
  EXPECT_THAT(Broken(request), ElementsAre("thing: is required"));
  request.mutable_thing()->set_name(std::string("things/") + kUuid);
  EXPECT_THAT(Broken(request), IsEmpty());
  request.mutable_update_mask()->add_paths("title");
  EXPECT_THAT(Broken(request), ElementsAre("thing.title: is required"));
  request.mutable_update_mask()->set_paths(0, "*");
  EXPECT_THAT(Broken(request), ElementsAre("thing.title: is required", "thing.colour: is required"));
  request.mutable_thing()->clear_name();
  request.mutable_update_mask()->set_paths(0, "colour");
  request.mutable_thing()->set_title("123456");
  EXPECT_THAT(Broken(request),
              ElementsAre("thing.name: is required", "thing.title: must have at most 5 characters",
                          "thing.colour: is required"));
}

TEST(Validate, AnUpdateOfAPartNeedsOnlyThatPart) {
  UpdateThingRequest request;
  request.mutable_thing()->set_name(std::string("things/") + kUuid);
  request.mutable_thing()->mutable_part()->set_note("x");
  request.mutable_update_mask()->add_paths("part.note");
  EXPECT_THAT(Broken(request), IsEmpty());
  request.mutable_update_mask()->add_paths("part.matter");
  EXPECT_THAT(Broken(request), ElementsAre("thing.part.matter: is required"));
  request.mutable_update_mask()->clear_paths();
  request.mutable_update_mask()->add_paths("part");
  EXPECT_THAT(Broken(request), ElementsAre("thing.part.matter: is required"));
}

}  // namespace
}  // namespace inspectorate::validate
