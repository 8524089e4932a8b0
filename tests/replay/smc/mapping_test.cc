// The mapping and the direct count, each on small records of known content.
#include "tests/replay/smc/mapping.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/replay/smc/count.h"
#include "tests/replay/smc/rosters.h"

namespace inspectorate::smc {
namespace {

using ::testing::ElementsAre;
using ::testing::Pair;

constexpr char kSmall[] = R"({
  "PR2": {"Id": "PR2", "Name": "WEST ELEMENTARY SCHOOL", "City": "San Bruno", "Lat": 37.5, "Long": -122.5,
    "Inspections": [
      {"Date": "2014-03-10", "Reason": 3, "Result": 0},
      {"Date": "2014-03-03", "Reason": 3, "Result": 0},
      {"Date": "2014-03-03", "Reason": 2, "Result": 1, "Score": 85, "Violations": [
        {"Description": "07. Proper hot and cold holding temperatures", "Degree": 2, "Status": 3},
        {"Description": "48. Permit available", "Status": 2}]},
      {"Date": "2013-12-31", "Reason": 2, "Result": 1, "Violations": [
        {"Description": "Consumer self service", "Degree": 3, "Status": 3}]}]},
  "PR1": {"Id": "PR1", "Name": "A PRESCHOOL", "City": "SAN BRUNO ", "Lat": 0, "Long": 0,
    "Inspections": [{"Date": "2014-01-02", "Reason": 0, "ReasonOther": "NO ACTION", "Result": 0, "Name": "OLD NAME"},
                    {"Date": "2014-01-02", "Reason": 0, "ReasonOther": "NO ACTION", "Result": 0}]}})";

TEST(CountTest, CountsWhatIsThere) {
  const auto count = CountSchools(kSmall);
  ASSERT_TRUE(count.ok()) << count.status();
  EXPECT_EQ(count->places, 2);
  EXPECT_EQ(count->visits, 6);
  EXPECT_EQ(count->findings, 3);
  EXPECT_EQ(count->follow_ups, 2);
  EXPECT_THAT(count->places_by_town, ElementsAre(Pair("SAN BRUNO", 2)));
  EXPECT_THAT(count->visits_by_town_year,
              ElementsAre(Pair(std::tuple("SAN BRUNO", 2013), 1), Pair(std::tuple("SAN BRUNO", 2014), 5)));
  EXPECT_THAT(count->findings_by_degree_correction,
              ElementsAre(Pair(std::tuple(0, 2), 1), Pair(std::tuple(2, 3), 1), Pair(std::tuple(3, 3), 1)));
  EXPECT_THAT(
      count->findings_by_year_degree,
      ElementsAre(Pair(std::tuple(2013, 3), 1), Pair(std::tuple(2014, 0), 1), Pair(std::tuple(2014, 2), 1)));
  EXPECT_EQ(count->closed_on_the_spot, 1);
  // The major one by the 10th of March (the one of its own day does not count), and the critical one of New
  // Year's Eve by the 3rd: 62 days later is too late, so only the former.
  EXPECT_EQ(count->followed_up, 1);
}

TEST(CountTest, StopsBeforeADay) {
  const auto count = CountSchools(kSmall, "2014-01-01");
  ASSERT_TRUE(count.ok()) << count.status();
  EXPECT_EQ(count->visits, 1);
  EXPECT_EQ(count->findings, 1);
  EXPECT_EQ(count->followed_up, 0);
}

TEST(CountTest, RefusesWhatIsNoListOfPlaces) {
  EXPECT_FALSE(CountSchools("[]").ok());
  EXPECT_FALSE(CountSchools(R"({"PR1": {"City": "X"}})").ok());
}

TEST(RecordsTest, ADayGoesFromTheBottomUpAndAFollowUpComesLast) {
  const auto places = ParseSchools(kSmall);
  ASSERT_TRUE(places.ok()) << places.status();
  ASSERT_EQ(places->size(), 2);
  std::vector<std::string> keys;
  for (const Inspection& inspection : places->back().inspections) keys.push_back(inspection.key);
  EXPECT_THAT(keys, ElementsAre("PR2#3", "PR2#2", "PR2#1", "PR2#0"));
  EXPECT_EQ(places->front().inspections.size(), 2);  // repeats stay two
}

TEST(RecordsTest, TheListsOfTheFullSetReadAlike) {
  const auto places =
      ParseLists("Id,Name,Address,City,Zip,Lat,Long\nPR2,\"A, B\",1 X ST,San Bruno,94066,37.5,-122.5\n",
                 "inspection_key,Id,Date,Reason,ReasonOther,Result,Score,Name\n"
                 "PR2#0,PR2,2014-03-03,2,,1,85,\nPR2#1,PR2,2013-12-31,0,NO ACTION,0,,OLD\n",
                 "violation_key,inspection_key,Description,Degree,Status\n"
                 "PR2#0#0,PR2#0,\"07. Hot, and cold\",2,3\nPR2#0#1,PR2#0,48. Permit,,2\n");
  ASSERT_TRUE(places.ok()) << places.status();
  ASSERT_EQ(places->size(), 1);
  const Place& place = places->front();
  EXPECT_EQ(place.name, "A, B");
  ASSERT_EQ(place.inspections.size(), 2);
  EXPECT_EQ(place.inspections[0].name, "OLD");
  EXPECT_EQ(place.inspections[1].score, 85);
  ASSERT_EQ(place.inspections[1].violations.size(), 2);
  EXPECT_EQ(place.inspections[1].violations[1].degree, 0);
}

TEST(MappingTest, OneTownHoweverItIsWritten) {
  EXPECT_EQ(TownOf({.city = "San Bruno "}), "SAN BRUNO");
  EXPECT_EQ(TitleCase("SOUTH SAN FRANCISCO"), "South San Francisco");
  const auto places = ParseSchools(kSmall);
  EXPECT_THAT(NumberTowns(*places), ElementsAre(Pair("SAN BRUNO", 1)));
}

TEST(MappingTest, KindsByName) {
  EXPECT_EQ(KindOf("LEO J RYAN CHILD DEVELOPMENT CENTER"), "幼儿园");
  EXPECT_EQ(KindOf("Mills High School"), "高级中学");
  EXPECT_EQ(KindOf("S SAN FRANCISCO HIGH"), "高级中学");
  EXPECT_EQ(KindOf("HIGHLANDS SCHOOL"), "九年一贯制学校");
  EXPECT_EQ(KindOf("Buri Buri Elementary"), "小学");
  EXPECT_EQ(KindOf("VILLAGE HOST PIZZA"), "教学点");
  EXPECT_EQ(MatterOf("A PRESCHOOL"), "K01");
  EXPECT_EQ(MatterOf("ABBOTT MIDDLE SCHOOL"), "B07");
}

TEST(MappingTest, OnlyMinorProblemsCloseOnTheSpot) {
  EXPECT_TRUE(ClosesOnTheSpot({"x", 0, 2}));
  EXPECT_TRUE(ClosesOnTheSpot({"x", 1, 2}));
  EXPECT_FALSE(ClosesOnTheSpot({"x", 2, 2}));
  EXPECT_FALSE(ClosesOnTheSpot({"x", 1, 3}));
  EXPECT_EQ(SeverityOf({"x", 0, 2}), visits::v1::SEVERITY_UNSPECIFIED);
  EXPECT_EQ(TriagedAs({"x", 0, 2}), issues::v1::MINOR);
  EXPECT_EQ(TriagedAs({"x", 3, 2}), issues::v1::SERIOUS);
}

TEST(MappingTest, AFindingIsKnownAgainAcrossTheCountysForms) {
  EXPECT_EQ(ItemOf("06. Adequate hand washing facilities:  supplied and accessible"),
            ItemOf("Adequate handwashing facilities supplied & accessi"));
  EXPECT_EQ(ItemOf("\"23. No insects rodents birds or animals present\""),
            ItemOf("23. No insects, rodents, birds or animals present"));
  EXPECT_NE(ItemOf("35. Equipment/utensils-approved; installed"),
            ItemOf("36. Equipment, utensils and linens"));
  EXPECT_EQ(BasisOf({"01b. Food safety certification", 0, 3}), "检查表第01b项");
  EXPECT_EQ(BasisOf({"Food safety certification", 0, 3}), "");
  EXPECT_EQ(BasisOf({"2 doors", 0, 3}), "");
  EXPECT_EQ(FactOf({"", 0, 3}), "(no description in the record)");
  EXPECT_EQ(FactOf({"3 gal. or \xC3\x82\xC2\x83\xC2\xAB gal.", 0, 3}), "3 gal. or Â\uFFFD« gal.");
}

TEST(MappingTest, AFollowUpIsLaterAndWithinSixtyDays) {
  const Date found = MakeDate(2014, 3, 3);
  EXPECT_FALSE(FollowsUp({.date = found, .reason = 3}, found));
  EXPECT_TRUE(FollowsUp({.date = found + std::chrono::days(60), .reason = 3}, found));
  EXPECT_FALSE(FollowsUp({.date = found + std::chrono::days(61), .reason = 3}, found));
  EXPECT_FALSE(FollowsUp({.date = found + std::chrono::days(7), .reason = 2}, found));
}

TEST(MappingTest, WhatHasNoFieldIsNoted) {
  const auto places = ParseSchools(kSmall);
  EXPECT_EQ(NoteOf(places->front().inspections[1]),
            "PR1#0: reason 0 other (NO ACTION); result 0 n/a; named then: OLD NAME");
  EXPECT_EQ(NoteOf(places->back().inspections[1]), "PR2#2: reason 2 routine; result 1 pass; score 85");
  EXPECT_EQ(TypeOf(places->back().inspections[2]), visits::v1::LOOK_BACK_VISIT);
}

}  // namespace
}  // namespace inspectorate::smc
