// The county's school kitchens through the four services: what the platform counts equals what the file
// holds, by every way of asking; the equations hold; a replay that is killed again and again ends the same.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <iostream>

#include "common/base/file.h"
#include "common/resource/description.h"
#include "common/testing/harness.h"
#include "services/issues/service.h"
#include "services/registry/definition.h"
#include "services/reporting/service.h"
#include "services/visits/definition.h"
#include "tests/replay/smc/count.h"
#include "tests/replay/smc/outcome.h"
#include "tests/replay/smc/replay.h"

namespace inspectorate::smc {
namespace {

using issues::v1::Issue;
using resource::FromProto;

// The first year, a quarter of the records; INSPECTORATE_SMC_UNTIL names another day to stop before, empty:
// the whole file, as the test smc_replay_whole_test of the suite does.
std::string Until() {
  const char* given = std::getenv("INSPECTORATE_SMC_UNTIL");
  return given != nullptr ? given : "2014-01-01";
}

std::string DataFile() {
  const char* data = std::getenv("INSPECTORATE_DATA");
  const char* source = std::getenv("INSPECTORATE_SOURCE");
  const std::string folder = data != nullptr && *data != '\0'
                                 ? data
                                 : std::string(source == nullptr ? "." : source) + "/../shared/data";
  return folder + "/smc-inspections/schools_only.json";
}

std::string Quoted(const std::string& name) { return "\"" + name + "\""; }
std::string Years(int year) { return std::to_string(year) + "-01-01"; }
// China's midnight at the beginning of a year, as a filter writes it.
std::string Begins(int year) { return Quoted(FormatTime(ChinaMidnight(MakeDate(year, 1, 1)))); }

template <class T>
T Must(absl::StatusOr<T> result) {
  EXPECT_TRUE(result.ok()) << result.status();
  return result.ok() ? *std::move(result) : T();
}

constexpr const char* kFound[] = {"SEVERITY_UNSPECIFIED", "MINOR", "GENERAL", "SERIOUS"};  // by degree
constexpr int kFirstYear = 2013;
constexpr int kLastYear = 2017;

// How the platform knows that a finding was corrected on the spot: it was reported cured on the day it was
// found.
int CorrectionOf(const Issue& issue) {
  const bool at_once = issue.reports_size() > 0 &&
                       ChinaDate(FromProto(issue.reports(0).submit_time())) == FromProto(issue.found_day());
  return at_once ? 2 : 3;
}

class SmcReplayTest : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    json_ = ReadFile(DataFile()).value_or("");
    if (json_.empty()) return;
    file_ = Must(CountSchools(json_, Until()));
    harness_ = new testing::Harness({&registry::Definition(), &visits::Definition(),
                                     &issues::IssuesDefinition(), &reporting::ReportingDefinition()});
    for (const char* service : {"registry", "visits", "issues", "reporting"}) {
      endpoints_[service] = harness_->target(service);
    }
    replayed_ = Replay("sanmateo", Until());
    outcome_ = new Outcome(endpoints_, harness_->BorrowIssuer(), "sanmateo");
  }
  static void TearDownTestSuite() {
    delete outcome_;
    delete harness_;
  }
  void SetUp() override {
    if (json_.empty()) GTEST_SKIP() << "skipped: no " << DataFile() << " (set INSPECTORATE_DATA)";
    ASSERT_TRUE(replayed_.ok()) << replayed_;
  }

  static absl::Status Replay(const std::string& office, const std::string& until, int64_t stop_after = 0) {
    const auto places = ParseSchools(json_);
    if (!places.ok()) return places.status();
    ReplayOptions options{.endpoints = endpoints_,
                          .issuer = harness_->BorrowIssuer(),
                          .office = office,
                          .until = {},
                          .stop_after_calls = stop_after,
                          .say = {}};
    if (!until.empty()) options.until = Must(ParseDate(until));
    ReplayResult result;
    const absl::Status status = RunReplay(std::move(options), *places, &result);
    if (status.ok()) {
      std::cout << office << ": " << result.visits << " visits, " << result.findings << " findings, "
                << result.calls << " calls in " << result.seconds << " s" << std::endl;
    }
    return status;
  }

  static std::string json_;
  static FileCount file_;
  static testing::Harness* harness_;
  static std::map<std::string, std::string> endpoints_;
  static Outcome* outcome_;
  static absl::Status replayed_;
};
std::string SmcReplayTest::json_;
FileCount SmcReplayTest::file_;
testing::Harness* SmcReplayTest::harness_ = nullptr;
std::map<std::string, std::string> SmcReplayTest::endpoints_;
Outcome* SmcReplayTest::outcome_ = nullptr;
absl::Status SmcReplayTest::replayed_;

// SOURCE.md beside the file says how many there are.
TEST_F(SmcReplayTest, TheFileHoldsWhatItsSourceSays) {
  const auto whole = Must(CountSchools(json_));
  EXPECT_EQ(whole.places, 194);
  EXPECT_EQ(whole.places_by_town.size(), 24);
  EXPECT_EQ(whole.visits, 1725);
  EXPECT_EQ(whole.findings, 903);
}

TEST_F(SmcReplayTest, ListsCountByTownYearAndDegree) {
  const auto areas = Must(outcome_->Areas());
  ASSERT_EQ(areas.size(), file_.places_by_town.size());
  EXPECT_EQ(Must(outcome_->CountVisits("")), file_.visits);
  EXPECT_EQ(Must(outcome_->CountVisits("type = LOOK_BACK_VISIT")), file_.follow_ups);
  EXPECT_EQ(Must(outcome_->CountFindings("sealed_in > 0")), file_.findings);
  FileCount listed = file_;
  for (auto& [key, count] : listed.visits_by_town_year) {
    const auto& [town, year] = key;
    count = Must(outcome_->CountVisits("area = " + Quoted(areas.at(town)) + " held_day >= " + Years(year) +
                                       " held_day < " + Years(year + 1)));
  }
  for (auto& [key, count] : listed.findings_by_town_year) {
    const auto& [town, year] = key;
    count =
        Must(outcome_->CountFindings("area = " + Quoted(areas.at(town)) + " seal_time >= " + Begins(year) +
                                     " seal_time < " + Begins(year + 1)));
  }
  for (auto& [key, count] : listed.findings_by_year_degree) {
    const auto& [year, degree] = key;
    count = Must(outcome_->CountFindings("severity = " + std::string(kFound[degree]) + " seal_time >= " +
                                         Begins(year) + " seal_time < " + Begins(year + 1)));
  }
  for (auto& [key, count] : listed.findings_by_town_degree) {
    const auto& [town, degree] = key;
    count = Must(outcome_->CountFindings("area = " + Quoted(areas.at(town)) +
                                         " severity = " + std::string(kFound[degree])));
  }
  EXPECT_EQ(listed.visits_by_town_year, file_.visits_by_town_year);
  EXPECT_EQ(listed.findings_by_town_year, file_.findings_by_town_year);
  EXPECT_EQ(listed.findings_by_year_degree, file_.findings_by_year_degree);
  EXPECT_EQ(listed.findings_by_town_degree, file_.findings_by_town_degree);
}

// Degree and correction: an issue carries its finding's visit and ordinal, and its severity after triage.
TEST_F(SmcReplayTest, IssuesCountByDegreeAndCorrection) {
  std::map<std::tuple<int, int>, int64_t> found, expected;
  for (const Issue& issue : Must(outcome_->AllIssues())) ++found[{issue.severity(), CorrectionOf(issue)}];
  for (const auto& [key, count] : file_.findings_by_degree_correction) {
    const auto& [degree, correction] = key;
    expected[{degree == 0 ? static_cast<int>(issues::v1::MINOR) : degree, correction}] += count;
  }
  EXPECT_EQ(found, expected);
  EXPECT_EQ(Must(outcome_->CountIssues("close_route = CLOSED_ON_THE_SPOT")), file_.closed_on_the_spot);
  // Whatever was followed up has a report; and nothing else that is out of compliance has one.
  int64_t reported = 0;
  for (const Issue& issue : Must(outcome_->AllIssues())) {
    if (CorrectionOf(issue) == 3 && issue.reports_size() > 0) ++reported;
  }
  EXPECT_EQ(reported, file_.followed_up);
}

TEST_F(SmcReplayTest, FeedsCountTheSame) {
  const auto areas = Must(outcome_->Areas());
  const auto fed = Must(outcome_->ReadFeeds());
  EXPECT_EQ(fed.visits_submitted, file_.visits);
  std::map<std::tuple<std::string, int>, int64_t> visits;
  for (const auto& [key, count] : file_.visits_by_town_year) {
    visits[{areas.at(std::get<0>(key)), std::get<1>(key)}] = count;
  }
  EXPECT_EQ(fed.visits_by_area_year, visits);
  EXPECT_EQ(fed.findings_by_year_severity, file_.findings_by_year_degree);
  EXPECT_EQ(fed.issues_registered, file_.findings);
  EXPECT_EQ(fed.issues_closed, Must(outcome_->CountIssues("state = CLOSED")));
}

TEST_F(SmcReplayTest, ReportingCountsTheSame) {
  const auto areas = Must(outcome_->Areas());
  for (const auto& [town, area] : areas) {
    for (int year = kFirstYear; year <= kLastYear; ++year) {
      const auto answer =
          Must(outcome_->Figures(MakeDate(year, 1, 1), MakeDate(year, 12, 31), area, {"I6a", "I6c", "I7a"}));
      std::map<std::string, int64_t> figures;
      for (const auto& figure : answer.indicators()) {
        if (figure.cell().empty()) figures[figure.code()] = figure.numerator();
      }
      const auto visits = file_.visits_by_town_year.find({town, year});
      const auto findings = file_.findings_by_town_year.find({town, year});
      EXPECT_EQ(figures["I6a"] + figures["I6c"],
                visits == file_.visits_by_town_year.end() ? 0 : visits->second)
          << town << year;
      EXPECT_EQ(figures["I7a"], findings == file_.findings_by_town_year.end() ? 0 : findings->second)
          << town << year;
    }
  }
}

TEST_F(SmcReplayTest, ReportingBreaksDownByDegree) {
  for (int year = kFirstYear; year <= kLastYear; ++year) {
    const auto answer = Must(outcome_->Figures(MakeDate(year, 1, 1), MakeDate(year, 12, 31), "", {"I15"}));
    std::map<std::string, int64_t> told, expected;
    for (const auto& figure : answer.indicators()) {
      if (figure.cell().starts_with("severity=")) told[figure.cell().substr(9)] = figure.numerator();
    }
    for (const auto& [key, count] : file_.findings_by_year_degree) {
      if (std::get<0>(key) == year) expected[kFound[std::max(1, std::get<1>(key))]] += count;
    }
    EXPECT_EQ(told, expected) << year;
  }
}

TEST_F(SmcReplayTest, TheEquationsHold) {
  const auto audit = Must(outcome_->Audit());
  EXPECT_TRUE(audit.holds());
  ASSERT_EQ(audit.equations_size(), 4);
  for (const auto& equation : audit.equations()) {
    EXPECT_TRUE(equation.holds()) << equation.text_en();
    std::cout << equation.text_en() << std::endl;
  }
}

// The first months again in an office of their own, stopped after every so many calls wherever that is.
TEST_F(SmcReplayTest, StoppedAgainAndAgainItEndsTheSame) {
  constexpr char kCut[] = "2013-03-16";
  constexpr int64_t kStep = 149;
  const FileCount cut = Must(CountSchools(json_, kCut));
  int stops = 0;
  absl::Status status;
  do {
    status = Replay("stopped", kCut, kStep);
    if (absl::IsAborted(status)) ++stops;
  } while (absl::IsAborted(status));
  ASSERT_TRUE(status.ok()) << status;
  EXPECT_GT(stops, 3);
  ASSERT_TRUE(Replay("whole", kCut).ok());

  std::map<std::string, std::map<std::string, int64_t>> ends;
  for (const char* office : {"stopped", "whole"}) {
    Outcome outcome(endpoints_, harness_->BorrowIssuer(), office);
    EXPECT_EQ(Must(outcome.CountVisits("")), cut.visits) << office;
    EXPECT_EQ(Must(outcome.CountFindings("sealed_in > 0")), cut.findings) << office;
    EXPECT_TRUE(Must(outcome.Audit()).holds()) << office;
    for (const Issue& issue : Must(outcome.AllIssues())) {
      ++ends[office][issue.fact() + " " + FormatDate(FromProto(issue.found_day())) + " " +
                     issues::v1::IssueState_Name(issue.state()) + " " + std::to_string(issue.reports_size()) +
                     " " + std::to_string(issue.revision())];
    }
  }
  EXPECT_EQ(ends["stopped"], ends["whole"]);
}

}  // namespace
}  // namespace inspectorate::smc
