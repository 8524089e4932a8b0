// Compares our own calendar data with two published collections, day by day. They are input to development,
// not part of the product: where they are absent the comparison is skipped.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <nlohmann/json.hpp>
#include <string>

#include "common/base/time.h"
#include "common/calendar/work_calendar.h"

namespace inspectorate {
namespace {

using nlohmann::json;
using std::chrono::days;
using testing::ElementsAre;
using testing::IsEmpty;

// Day → is it listed as a rest day (false: as a working day).
using Listing = std::map<Date, bool>;

std::filesystem::path DataFolder() {
  if (const char* data = std::getenv("INSPECTORATE_DATA"); data != nullptr) return data;
  const char* source = std::getenv("INSPECTORATE_SOURCE");
  return std::filesystem::path(source == nullptr ? "." : source) / ".." / "shared" / "data";
}

json Load(const std::filesystem::path& path) {
  std::ifstream file(path);
  return json::parse(file);
}

// The plain week with the exceptions of a list.
bool IsRestDay(const Listing& list, Date day) {
  const auto listed = list.find(day);
  return listed == list.end() ? IsWeekend(day) : listed->second;
}

class PublishedLists : public testing::Test {
 protected:
  void SetUp() override {
    const std::filesystem::path folder = DataFolder() / "cn-holidays";
    if (!std::filesystem::exists(folder)) {
      GTEST_SKIP() << "no published holiday lists in " << folder << " (set INSPECTORATE_DATA)";
    }
    for (int year = 2019; year <= 2026; ++year) {
      const json file = Load(folder / ("holiday-cn-" + std::to_string(year) + ".json"));
      for (const json& day : file["days"])
        by_year_[*ParseDate(day["date"].get<std::string>())] = day["isOffDay"];
    }
    const json chinese_days = Load(folder / "chinese-days.json");
    for (const auto& [day, name] : chinese_days["holidays"].items()) Add(day, true);
    for (const auto& [day, name] : chinese_days["workdays"].items()) Add(day, false);
  }

  void Add(const std::string& day, bool rest) {
    if (day >= "2019-01-01") by_day_[*ParseDate(day)] = rest;
  }

  // Days of 2019–2026 on which `list` and our calendar say different things about working.
  static std::vector<std::string> Differences(const Listing& list) {
    std::vector<std::string> found;
    for (Date day = MakeDate(2019, 1, 1); day < MakeDate(2027, 1, 1); day += days(1)) {
      if (*StateCouncilCalendar().IsWorkingDay(day) == IsRestDay(list, day)) found.push_back(FormatDate(day));
    }
    return found;
  }

  Listing by_year_;
  Listing by_day_;
};

TEST_F(PublishedLists, AgreeWithOursOnEveryDay) {
  EXPECT_THAT(Differences(by_year_), IsEmpty());
  EXPECT_THAT(Differences(by_day_), IsEmpty());
}

// The two list different days, but never disagree on whether one is worked: the papers say that the three
// holidays of 2019 run on into the plain weekend, and that work resumes on Monday 2020-02-03.
TEST_F(PublishedLists, DisagreeAmongThemselvesOnlyInWhatTheyListNeedlessly) {
  std::vector<std::string> listed_by_one;
  for (Date day = MakeDate(2019, 1, 1); day < MakeDate(2027, 1, 1); day += days(1)) {
    if (by_year_.contains(day) != by_day_.contains(day)) {
      listed_by_one.push_back(FormatDate(day));
      EXPECT_EQ(IsRestDay(by_year_, day), IsRestDay(by_day_, day)) << FormatDate(day);
    }
  }
  EXPECT_THAT(listed_by_one, ElementsAre("2019-04-06", "2019-04-07", "2019-06-08", "2019-06-09", "2019-09-14",
                                         "2019-09-15", "2020-02-03"));
}

}  // namespace
}  // namespace inspectorate
