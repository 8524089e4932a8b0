#include "services/reporting/store/indicators.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <random>

#include "common/base/macros.h"
#include "common/resource/description.h"
#include "common/testing/test_database.h"
#include "inspectorate/registry/v1/delegation.pb.h"
#include "inspectorate/registry/v1/inspector.pb.h"
#include "services/reporting/testing/small_district.h"

namespace inspectorate::reporting {
namespace {

using issues::v1::Issue;
using visits::v1::Visit;
namespace reg = registry::v1;

const Date kMarch1 = MakeDate(2026, 3, 1);
const Date kMarch31 = MakeDate(2026, 3, 31);
const Date kMay31 = MakeDate(2026, 5, 31);

Scope Whole(Date cut_off = kMay31) {
  Scope scope{.office = "test", .from = kMarch1, .to = kMarch31, .cut_off = cut_off};
  scope.reach.whole_office = true;
  scope.reach.office = "test";
  return scope;
}

const Metric& MetricOf(std::string_view code) { return **FindMetric(code); }

template <class T, class F>
T Read(ProjectionFixture& fixture, F fn) {
  T value{};
  auto status = fixture.database().Read(db::Budget{}, [&](db::Session& session) -> absl::Status {
    ASSIGN_OR_RETURN(value, fn(session));
    return absl::OkStatus();
  });
  EXPECT_TRUE(status.ok()) << status;
  return value;
}

std::string Figure(ProjectionFixture& fixture, std::string_view code, const Scope& scope = Whole()) {
  const auto counts =
      Read<Counts>(fixture, [&](db::Session& session) { return Count(session, MetricOf(code), scope); });
  auto figure = FigureOf(MetricOf(code), counts);
  EXPECT_TRUE(figure.ok()) << code << " " << figure.status();
  return figure.ok() ? figure->text : "";
}

std::vector<IndicatorRow> Rows(ProjectionFixture& fixture, std::string_view code, Side side,
                               const Scope& scope = Whole(), const Cell& cell = {}) {
  return Read<std::vector<IndicatorRow>>(
      fixture, [&](db::Session& session) { return ListRows(session, MetricOf(code), scope, cell, side); });
}

// Five of six schools have a plan, four are visited, one is missed.
class HandMade : public ::testing::Test {
 protected:
  HandMade() : district_(6, 4, 2, 3) {
    for (int school = 1; school <= 4; ++school) {
      visits_.push_back(district_.PlanVisit(school, school, 2 + school));
      district_.Hold(&visits_.back(), school == 4 ? 2 : 1);
    }
    Visit missed = district_.PlanVisit(5, 5, 9);
    district_.Miss(&missed, "暴雪停课");
    lookback_ = district_.PlanVisit(6, 1, 25, visits::v1::LOOK_BACK_VISIT);
    district_.Hold(&lookback_);
  }

  SmallDistrict district_;
  std::vector<Visit> visits_;
  Visit lookback_;
};

TEST_F(HandMade, SchoolsAreCoveredByAssignmentAndByVisits) {
  EXPECT_EQ(Figure(district_, "I1"), "6/6 = 100.0 %");
  EXPECT_EQ(Figure(district_, "I3"), "4/6 = 66.7 %");
  EXPECT_EQ(Figure(district_, "I4"), "0/6 = 0.0 %");
  EXPECT_EQ(Figure(district_, "I5"), "4/5 = 80.0 %");
}

TEST_F(HandMade, LookBacksStandOnALineOfTheirOwn) {
  EXPECT_EQ(Figure(district_, "I6a"), "4");
  EXPECT_EQ(Figure(district_, "I6b"), "5");  // one visit by two inspectors
  EXPECT_EQ(Figure(district_, "I6c"), "1");
  EXPECT_EQ(Figure(district_, "I6d"), "1");
}

TEST_F(HandMade, WhatIsMissingIsListedByNameWithItsReason) {
  auto missing = Rows(district_, "I3", Side::kMissing);
  ASSERT_EQ(missing.size(), 2u);
  std::sort(missing.begin(), missing.end(), [](auto& a, auto& b) { return a.external_id < b.external_id; });
  EXPECT_EQ(missing[0].school_name, "示例小学5");
  EXPECT_EQ(missing[0].state, visits::v1::MISSED);
  EXPECT_EQ(missing[0].note, "暴雪停课");
  EXPECT_EQ(missing[0].inspector_name, "示例督学2");
  EXPECT_EQ(missing[1].school_name, "示例小学6");
  EXPECT_EQ(missing[1].state, 0);  // nobody planned a visit
}

TEST_F(HandMade, AnInspectorWithoutAppointmentCoversNobody) {
  district_.Break("UPDATE appointment SET valid_to = '2026-03-30' WHERE inspector = ?",
                  {ProjectionFixture::Id("inspectors", 1)});
  EXPECT_EQ(Figure(district_, "I1"), "4/6 = 66.7 %");
  EXPECT_EQ(Rows(district_, "I1", Side::kMissing).size(), 2u);
}

// Each fact that keeps an inspector from acting on the last day, alone; and who acts for the inspector then.
TEST_F(HandMade, WhoMayNotActOnTheLastDayCoversNobody) {
  reg::Leave leave;
  leave.set_name(ProjectionFixture::InspectorName(1) + "/leaves/" +
                 FormatUuid(ProjectionFixture::Id("leaves", 1)));
  leave.set_office("offices/test");
  *leave.mutable_valid_from() = resource::ToProto(kMarch31);
  *leave.mutable_valid_to() = resource::ToProto(kMarch31);
  district_.Put(&leave);
  EXPECT_EQ(Figure(district_, "I1"), "4/6 = 66.7 %") << "two schools are his";
  EXPECT_EQ(Rows(district_, "I1", Side::kMissing).size(), 2u);
  EXPECT_EQ(Rows(district_, "I1", Side::kDenominator).size(), 6u);

  reg::Delegation delegation;
  delegation.set_name(ProjectionFixture::Name("delegations", 1));
  delegation.set_delegator(ProjectionFixture::InspectorName(1));
  delegation.set_delegate(ProjectionFixture::InspectorName(2));
  *delegation.mutable_valid_from() = resource::ToProto(kMarch1);
  *delegation.mutable_valid_to() = resource::ToProto(kMarch31);
  district_.Put(&delegation);
  EXPECT_EQ(Figure(district_, "I1"), "6/6 = 100.0 %") << "somebody acts";

  reg::Recusal recusal;
  recusal.set_name(ProjectionFixture::InspectorName(2) + "/recusals/" +
                   FormatUuid(ProjectionFixture::Id("recusals", 1)));
  recusal.set_office("offices/test");
  recusal.set_school(ProjectionFixture::SchoolName(1));
  recusal.set_ground(reg::KIN_OF_HEAD);
  *recusal.mutable_valid_from() = resource::ToProto(kMarch1);
  district_.Put(&recusal);
  EXPECT_EQ(Figure(district_, "I1"), "5/6 = 83.3 %") << "who acts is recused from one of them";
  const auto missing = Rows(district_, "I1", Side::kMissing);
  ASSERT_EQ(missing.size(), 1u);
  EXPECT_EQ(missing[0].school, ProjectionFixture::Id("schools", 1));
  EXPECT_EQ(missing[0].inspector_name, "示例督学1");

  // A part-time term beyond the limit, and a qualification for another kind of school.
  district_.Break("UPDATE appointment SET kind = 2, term_index = 4 WHERE inspector = ?",
                  {ProjectionFixture::Id("inspectors", 3)});
  EXPECT_EQ(Figure(district_, "I1"), "3/6 = 50.0 %");
  // A list of pages adds up to it.
  const auto all = Rows(district_, "I1", Side::kMissing);
  ASSERT_EQ(all.size(), 3u);
  const auto rest = Read<std::vector<IndicatorRow>>(district_, [&](db::Session& session) {
    return ListRows(session, MetricOf("I1"), Whole(), {}, Side::kMissing, RowKey{all[0].school, all[0].id},
                    1);
  });
  ASSERT_EQ(rest.size(), 1u);
  EXPECT_EQ(rest[0].id, all[1].id);
}

TEST_F(HandMade, OnlySchoolsInSessionCountForTheMonth) {
  district_.Break(
      "UPDATE term SET teaching_months = '{\"teaching_months\":[\"2026-04\"]}' WHERE audience = 2");
  EXPECT_EQ(Figure(district_, "I3"), "0/2 = 0.0 %");
}

TEST_F(HandMade, AProblemCountsOnceFedBack) {
  district_.Find(visits_[0], 1, "K01", issues::v1::GENERAL, "围栏松动");
  Visit untold = district_.PlanVisit(7, 6, 20);
  district_.Hold(&untold, 1, -1);
  district_.Find(untold, 1, "B06", issues::v1::SERIOUS, "消防通道堵塞");
  EXPECT_EQ(Figure(district_, "I7a"), "1");
  EXPECT_EQ(Figure(district_, "I7b"), "1/5 = 0.20");
  EXPECT_EQ(Figure(district_, "I7c"), "1/6 = 0.17");
}

TEST_F(HandMade, ActsAfterTheCutOffDayDoNotCount) {
  Issue issue = district_.Find(visits_[0], 1, "K01", issues::v1::GENERAL, "围栏松动");
  district_.CloseAfterLookBack(&issue, MakeDate(2026, 4, 10), MakeDate(2026, 4, 8), MakeDate(2026, 4, 20),
                               MakeDate(2026, 4, 21));
  EXPECT_EQ(Figure(district_, "I8a", Whole(MakeDate(2026, 4, 21))), "1/1 = 100.0 %");
  EXPECT_EQ(Figure(district_, "I8a", Whole(MakeDate(2026, 4, 20))), "0/1 = 0.0 %");
  EXPECT_EQ(Figure(district_, "I8b", Whole(MakeDate(2026, 4, 10))), "0/1 = 0.0 %");
  EXPECT_EQ(Figure(district_, "I8b", Whole(MakeDate(2026, 4, 9))), "0/0 = –");
  EXPECT_EQ(Figure(district_, "I10", Whole(MakeDate(2026, 4, 20))), "1/1 = 100.0 %");
  EXPECT_EQ(Figure(district_, "I10", Whole(MakeDate(2026, 4, 19))), "0/1 = 0.0 %");
  EXPECT_EQ(Figure(district_, "I10", Whole(MakeDate(2026, 4, 7))), "0/0 = –");
  EXPECT_EQ(Figure(district_, "I3", Whole(MakeDate(2026, 3, 4))), "2/6 = 33.3 %");
}

// Nothing is left there to look back at: it neither raises nor lowers the rate.
TEST_F(HandMade, WhatWasClosedOnTheSpotIsOutsideTheLookBackRate) {
  Issue cured = district_.Find(visits_[0], 1, "K01", issues::v1::MINOR, "插座无盖");
  district_.CloseOnTheSpot(&cured);
  EXPECT_EQ(Figure(district_, "I10", Whole(MakeDate(2026, 4, 20))), "0/0 = –");
  EXPECT_EQ(Figure(district_, "I8a", Whole(MakeDate(2026, 4, 20))), "1/1 = 100.0 %");
  Issue looked_at = district_.Find(visits_[0], 2, "K01", issues::v1::GENERAL, "围栏松动");
  district_.CloseAfterLookBack(&looked_at, MakeDate(2026, 4, 10), MakeDate(2026, 4, 8), MakeDate(2026, 4, 9),
                               MakeDate(2026, 4, 10));
  EXPECT_EQ(Figure(district_, "I10", Whole(MakeDate(2026, 4, 20))), "1/1 = 100.0 %");
  // Reopened on a new fact it has a report again that somebody must look at.
  district_.Move(&cured, issues::v1::RECTIFYING, MakeDate(2026, 4, 12), "issue.reopened");
  EXPECT_EQ(Figure(district_, "I10", Whole(MakeDate(2026, 4, 20))), "1/2 = 50.0 %");
}

TEST_F(HandMade, OnTimeIsAReportWithinTheLimitInChina) {
  Scope april = Whole();
  april.from = MakeDate(2026, 4, 1);
  april.to = MakeDate(2026, 4, 30);
  Issue in_time = district_.Find(visits_[0], 1, "K01", issues::v1::GENERAL, "围栏松动");
  const Date due = MakeDate(2026, 4, 10);
  district_.CloseAfterLookBack(&in_time, due, due, due, due);
  Issue late = district_.Find(visits_[1], 1, "K02", issues::v1::GENERAL, "台账缺失");
  district_.CloseAfterLookBack(&late, due, MakeDate(2026, 4, 11), MakeDate(2026, 4, 12),
                               MakeDate(2026, 4, 12));
  EXPECT_EQ(Figure(district_, "I9", april), "1/2 = 50.0 %");
  EXPECT_EQ(Figure(district_, "I9"), "0/0 = –");  // nothing was due in March
}

TEST_F(HandMade, ReopenedAndVoidedProblemsAreNotClosedOnes) {
  Issue reopened = district_.Find(visits_[0], 1, "K01", issues::v1::GENERAL, "围栏松动");
  const Date april = MakeDate(2026, 4, 1);
  district_.CloseAfterLookBack(&reopened, april, april, april, april);
  Issue voided = district_.Find(visits_[1], 1, "K02", issues::v1::GENERAL, "误录");
  district_.Move(&voided, issues::v1::VOIDED, april, "issue.voided");
  EXPECT_EQ(Figure(district_, "I8a"), "1/1 = 100.0 %");
  district_.Move(&reopened, issues::v1::RECTIFYING, MakeDate(2026, 5, 1), "issue.reopened");
  EXPECT_EQ(Figure(district_, "I8a"), "0/1 = 0.0 %");
  EXPECT_EQ(Figure(district_, "I8a", Whole(MakeDate(2026, 4, 30))), "1/1 = 100.0 %");
  EXPECT_EQ(Figure(district_, "I7a"), "2");
}

TEST_F(HandMade, RelapsesAreCountedOverWhatWasClosedInTheTimeBefore) {
  Issue first = district_.Find(visits_[0], 1, "K01", issues::v1::GENERAL, "围栏松动");
  Issue second = district_.Find(visits_[1], 1, "K02", issues::v1::GENERAL, "台账缺失");
  const Date closed = MakeDate(2026, 3, 31);
  district_.CloseAfterLookBack(&first, closed, closed, closed, closed);
  district_.CloseAfterLookBack(&second, closed, closed, closed, MakeDate(2026, 4, 1));
  Scope april = Whole();
  april.from = MakeDate(2026, 4, 1);
  april.to = MakeDate(2026, 4, 30);
  // Of two that were closed one was in March; nothing has come back yet.
  EXPECT_EQ(Figure(district_, "I12", april), "0/1 = 0.00");
  EXPECT_EQ(Figure(district_, "I12"), "0/0 = –");

  Visit again = district_.PlanVisit(7, 1, 41);  // 10 April
  district_.Hold(&again);
  Issue relapse = district_.Find(again, 1, "K01", issues::v1::GENERAL, "围栏又松动");
  EXPECT_EQ(Figure(district_, "I12", april), "0/1 = 0.00") << "found, and linked to nothing";
  relapse.set_relapse_of(first.name());
  district_.Move(&relapse, issues::v1::REGISTERED, MakeDate(2026, 4, 10), "issue.relapse_found");
  EXPECT_EQ(Figure(district_, "I12", april), "1/1 = 1.00");
  EXPECT_EQ(Rows(district_, "I12", Side::kNumerator, april).at(0).id, resource::UuidOf(relapse.name()));
  EXPECT_EQ(Rows(district_, "I12", Side::kDenominator, april).at(0).id, resource::UuidOf(first.name()));
  // What was closed then was closed then, also when it is reopened; what was voided never came back.
  district_.Move(&first, issues::v1::RECTIFYING, MakeDate(2026, 4, 20), "issue.reopened");
  EXPECT_EQ(Figure(district_, "I12", april), "1/1 = 1.00");
  district_.Move(&relapse, issues::v1::VOIDED, MakeDate(2026, 4, 21), "issue.voided");
  EXPECT_EQ(Figure(district_, "I12", april), "0/1 = 0.00");
}

TEST_F(HandMade, AnInspectorSeesOnlyTheOwnSchools) {
  Scope own = Whole();
  own.reach = {.role = rpc::Role::ROLE_RESPONSIBLE_INSPECTOR,
               .office = "test",
               .person = ProjectionFixture::Id("inspectors", 2),
               .day = kMarch31};
  EXPECT_EQ(Figure(district_, "I3", own), "1/2 = 50.0 %");  // schools 2 and 5
  Scope stranger = own;
  stranger.reach.person = ProjectionFixture::Id("inspectors", 99);
  EXPECT_EQ(Figure(district_, "I3", stranger), "0/0 = –");
}

TEST_F(HandMade, ASchoolDoesNotHearOfAVisitThatHasNotBegun) {
  district_.PlanVisit(8, 1, 30);
  Scope own = Whole();
  own.school = ProjectionFixture::Id("schools", 1);
  EXPECT_EQ(Figure(district_, "I5", own), "1/2 = 50.0 %");
  own.reach.role = rpc::Role::ROLE_SCHOOL_SUPERVISOR;  // of this school, by whole_office here
  EXPECT_EQ(Figure(district_, "I5", own), "1/1 = 100.0 %");
}

// Whatever the data, each list adds up to its figure, and the parts to the whole.
TEST(RandomData, EveryListAddsUpToItsFigure) {
  std::mt19937 random(20260331);
  const auto roll = [&](int n) { return static_cast<int>(random() % static_cast<uint32_t>(n)); };
  SmallDistrict district(17, 9, 3, 5);
  const std::vector<std::string> matters = {"B01", "B06", "K02"};
  for (int id = 1; id <= 45; ++id) {
    Visit visit = district.PlanVisit(id, 1 + roll(17), 1 + roll(31),
                                     roll(4) == 0 ? visits::v1::LOOK_BACK_VISIT : visits::v1::ROUTINE);
    const int fate = roll(6);
    if (fate == 0) continue;
    if (fate == 1) {
      district.Miss(&visit, "停课");
      continue;
    }
    district.Hold(&visit, 1 + roll(3), roll(5) - 1);
    for (int ordinal = 1; ordinal <= roll(4); ++ordinal) {
      Issue issue = district.Find(visit, ordinal, matters[static_cast<size_t>(roll(3))],
                                  static_cast<issues::v1::Severity>(1 + roll(4)), "事实");
      if (roll(3) == 0) {
        issue.set_relapse_of(ProjectionFixture::Name("issues", 1000 + roll(9)));
        district.Move(&issue, issues::v1::REGISTERED, resource::FromProto(visit.held_day()),
                      "issue.relapse_found");
      }
      const Date base = MakeDate(2026, 4, 1) + std::chrono::days(roll(60));
      switch (roll(4)) {
        case 0:
          district.Move(&issue, issues::v1::VOIDED, base, "issue.voided");
          break;
        case 1:
          district.CloseAfterLookBack(&issue, base + std::chrono::days(roll(9)), base + std::chrono::days(5),
                                      base + std::chrono::days(7), base + std::chrono::days(roll(20) + 7));
          break;
        default:
          break;
      }
    }
  }
  std::vector<Scope> scopes = {Whole(), Whole(MakeDate(2026, 4, 20)), Whole(MakeDate(2026, 3, 12))};
  for (int area = 1; area <= 3; ++area) {
    scopes.push_back(Whole());
    scopes.back().area = ProjectionFixture::Id("areas", area);
  }
  scopes.push_back(Whole());
  scopes.back().school = ProjectionFixture::Id("schools", 4);
  scopes.push_back(Whole());
  scopes.back().from = MakeDate(2026, 4, 1);
  scopes.back().to = MakeDate(2026, 5, 31);
  int nonzero = 0;
  for (const Scope& scope : scopes) {
    for (const Metric& metric : Metrics()) {
      const auto counts =
          Read<Counts>(district, [&](auto& session) { return Count(session, metric, scope); });
      nonzero += counts.numerator > 0;
      int64_t numerator = 0;
      for (const auto& row : Rows(district, metric.code, Side::kNumerator, scope)) numerator += row.numerator;
      EXPECT_EQ(numerator, counts.numerator) << metric.code;
      int64_t denominator = 0;
      for (const auto& row : Rows(district, metric.code, Side::kDenominator, scope))
        denominator += row.denominator;
      EXPECT_EQ(denominator, counts.denominator) << metric.code;
      if (metric.unit != MetricUnit::kPercent) continue;
      const auto missing = static_cast<int64_t>(Rows(district, metric.code, Side::kMissing, scope).size());
      EXPECT_EQ(missing, counts.denominator - counts.numerator) << metric.code;
    }
    std::map<std::string, int64_t> sums;
    const auto whole =
        Read<Counts>(district, [&](auto& session) { return Count(session, MetricOf("I15"), scope); });
    for (const auto& cell :
         Read<std::vector<CellCount>>(district, [&](auto& session) { return Breakdown(session, scope); })) {
      sums[cell.cell.substr(0, cell.cell.find('='))] += cell.count;
      const auto parsed = Cell::Parse(cell.cell);
      ASSERT_TRUE(parsed.ok()) << cell.cell;
      EXPECT_EQ(static_cast<int64_t>(Rows(district, "I15", Side::kNumerator, scope, *parsed).size()),
                cell.count)
          << cell.cell;
    }
    for (const auto& [dimension, sum] : sums) EXPECT_EQ(sum, whole.numerator) << dimension;
  }
  EXPECT_GT(nonzero, 60) << "the data is too thin to show anything";
}

TEST(Paging, GoesThroughEachRowOnce) {
  SmallDistrict district(7, 3, 2, 2);
  std::vector<Uuid> seen;
  std::optional<RowKey> after;
  for (;;) {
    const auto page = Read<std::vector<IndicatorRow>>(district, [&](auto& session) {
      return ListRows(session, MetricOf("I3"), Whole(), {}, Side::kMissing, after, 3);
    });
    if (page.empty()) break;
    for (const auto& row : page) seen.push_back(row.id);
    after = RowKey{page.back().school, page.back().id};
  }
  EXPECT_EQ(seen.size(), 7u);
  EXPECT_TRUE(std::is_sorted(seen.begin(), seen.end()));
  EXPECT_EQ(Read<int64_t>(district,
                          [&](auto& session) {
                            return CountRows(session, MetricOf("I3"), Whole(), {}, Side::kMissing);
                          }),
            7);
}

TEST(CellTest, RefusesWhatIsNoPart) {
  for (const char* text : {"matter", "severity=AWFUL", "kind=BARN", "area=here", "colour=red"}) {
    EXPECT_FALSE(Cell::Parse(text).ok()) << text;
  }
}

}  // namespace
}  // namespace inspectorate::reporting
