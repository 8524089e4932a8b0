// Areas over the years, over real sockets: designs are proposed and adopted, caps warn or block, and what was
// so on a day stays so.
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "common/base/uuid.h"
#include "common/resource/description.h"
#include "common/status/error.h"
#include "common/testing/harness.h"
#include "google/longrunning/operations.pb.h"
#include "inspectorate/registry/v1/area.pb.h"
#include "inspectorate/registry/v1/area_design.pb.h"
#include "inspectorate/registry/v1/inspector.pb.h"
#include "inspectorate/registry/v1/policy.pb.h"
#include "inspectorate/registry/v1/school.pb.h"
#include "inspectorate/registry/v1/school_change.pb.h"
#include "inspectorate/type/v1/operations.pb.h"
#include "services/registry/definition.h"

namespace inspectorate::registry {
namespace {

using namespace v1;
using google::longrunning::Operation;
using resource::ToProto;
using rpc::Role;
using testing::Harness;

const Date kBegin = MakeDate(2025, 9, 1);
const Date kToday = MakeDate(2026, 3, 2);
const Date kAdopt = MakeDate(2026, 9, 1);
constexpr int kSchools = 18;
constexpr int kAreas = 3;

std::string Method(const std::string& name) { return "inspectorate.registry.v1." + name; }

// An office with eighteen schools in three towns, but areas that cut across them.
class AreasTest : public ::testing::Test {
 protected:
  static void SetUpTestSuite() { harness_ = new Harness({&Definition()}); }
  static void TearDownTestSuite() { delete harness_; }

  void SetUp() override {
    static int count = 0;
    office_ = "areas-" + std::to_string(++count);
    harness_->CreateSandbox(office_, "2026-03-02T01:00:00Z");
    staff_ = harness_->ClientOf("registry", Harness::Staff(office_));
    for (int i = 0; i < kAreas; ++i) areas_.push_back(NewArea(i + 1));
    for (int i = 0; i < kSchools; ++i) {
      schools_.push_back(NewSchool(i).name());
      Assign(schools_.back(), areas_[static_cast<size_t>(i % kAreas)]);
    }
  }

  std::string Name() const { return "offices/" + office_; }
  template <class Response, class Request>
  absl::StatusOr<Response> Call(const std::string& method, const Request& request) {
    return staff_->Call<Response>(Method(method), request);
  }
  template <class Response, class Request>
  Response Must(const std::string& method, const Request& request) {
    auto response = Call<Response>(method, request);
    EXPECT_TRUE(response.ok()) << method << ": " << response.status();
    return response.ok() ? *response : Response();
  }
  template <class Response, class Request>
  ErrorReason Refused(const std::string& method, const Request& request) {
    auto response = Call<Response>(method, request);
    EXPECT_FALSE(response.ok()) << method;
    return ReasonOf(response.status());
  }

  std::string NewArea(int number) {
    CreateAreaRequest request;
    request.set_parent(Name());
    request.mutable_area()->set_number(number);
    request.mutable_area()->set_display_name("第" + std::to_string(number) + "责任区");
    *request.mutable_area()->mutable_valid_from() = ToProto(kBegin);
    return Must<Area>("Areas.CreateArea", request).name();
  }
  School NewSchool(int i) {
    CreateSchoolRequest request;
    School& school = *request.mutable_school();
    school.set_office(Name());
    school.set_display_name("示例小学" + std::to_string(i));
    school.set_external_id("S" + std::to_string(100 + i));
    school.set_kind(PRIMARY);
    school.set_students(300 + 10 * i);
    // Towns of six, ten kilometres apart; the last school is not located.
    school.set_town("37160300" + std::to_string(1 + i / 6));
    if (i != kSchools - 1) {
      school.set_latitude(37.7 + 0.1 * (i / 6) + 0.005 * (i % 3));
      school.set_longitude(118.1 + 0.005 * (i % 2));
    }
    return Must<School>("Schools.CreateSchool", request);
  }
  void Assign(const std::string& school, const std::string& area) {
    Must<SchoolAssignment>("SchoolAssignments.CreateSchoolAssignment", Assignment(school, area, kBegin));
  }
  CreateSchoolAssignmentRequest Assignment(const std::string& school, const std::string& area,
                                           Date from) const {
    CreateSchoolAssignmentRequest request;
    request.set_parent(Name());
    request.mutable_school_assignment()->set_school(school);
    request.mutable_school_assignment()->set_area(area);
    *request.mutable_school_assignment()->mutable_valid_from() = ToProto(from);
    return request;
  }
  AreaMembership Join(const std::string& area, const std::string& number) {
    CreateInspectorRequest inspector;
    inspector.mutable_inspector()->set_office(Name());
    inspector.mutable_inspector()->set_work_number(number);
    inspector.mutable_inspector()->set_display_name("示例·" + number);
    inspector.mutable_inspector()->set_kind(FULL_TIME);
    CreateAreaMembershipRequest request;
    request.set_parent(Name());
    request.mutable_area_membership()->set_area(area);
    request.mutable_area_membership()->set_inspector(
        Must<Inspector>("Inspectors.CreateInspector", inspector).name());
    request.mutable_area_membership()->set_duty(MEMBER);
    *request.mutable_area_membership()->mutable_valid_from() = ToProto(kBegin);
    return Must<AreaMembership>("AreaMemberships.CreateAreaMembership", request);
  }
  void SetRule(const std::string& key, const std::string& value, RuleUnit unit,
               Date from = MakeDate(2025, 8, 1)) {
    CreatePolicyRuleRequest rule;
    rule.set_parent(Name());
    rule.mutable_policy_rule()->set_key(key);
    rule.mutable_policy_rule()->set_value(value);
    rule.mutable_policy_rule()->set_unit(unit);
    rule.mutable_policy_rule()->set_source("示例文件");
    *rule.mutable_policy_rule()->mutable_valid_from() = ToProto(from);
    Must<PolicyRule>("PolicyRules.CreatePolicyRule", rule);
  }

  CreateAreaDesignRequest Wanted(int areas = kAreas) const {
    CreateAreaDesignRequest request;
    request.set_parent(Name());
    request.set_area_count(areas);
    request.set_seed(7);
    return request;
  }
  Operation Done(const CreateAreaDesignRequest& request) {
    type::v1::WaitOperationRequest wait;
    wait.set_name(Must<Operation>("AreaDesigns.CreateAreaDesign", request).name());
    wait.mutable_timeout()->set_seconds(60);
    auto done = staff_->Call<Operation>("inspectorate.type.v1.Operations.WaitOperation", wait);
    EXPECT_TRUE(done.ok()) << done.status();
    EXPECT_TRUE(done->done());
    return done.ok() ? *done : Operation();
  }
  AreaDesign Design(const CreateAreaDesignRequest& request) {
    const Operation done = Done(request);
    AreaDesign design;
    EXPECT_TRUE(done.response().UnpackTo(&design)) << done.ShortDebugString();
    return design;
  }
  static AdoptAreaDesignRequest Adoption(const AreaDesign& design, Date from = kAdopt) {
    AdoptAreaDesignRequest request;
    request.set_name(design.name());
    request.set_etag(design.etag());
    *request.mutable_valid_from() = ToProto(from);
    request.set_document_number("示教督〔2026〕8号");
    request.set_request_id(FormatUuid(RandomUuid()));
    return request;
  }

  // The number of each school's area on a day, "" for none; a failure for two.
  std::map<std::string, std::string> AreasOn(Date day) {
    ListSchoolAssignmentsRequest request;
    request.set_parent(Name());
    request.set_page_size(1000);
    *request.mutable_as_of() = ToProto(day);
    std::map<std::string, std::string> areas;
    const auto links =
        Must<ListSchoolAssignmentsResponse>("SchoolAssignments.ListSchoolAssignments", request);
    for (const auto& link : links.school_assignments()) {
      EXPECT_TRUE(areas.emplace(link.school(), link.area()).second) << link.school() << " is in two areas";
    }
    return areas;
  }
  Coverage CoverageOn(Date day) {
    CheckCoverageRequest request;
    request.set_parent(Name());
    *request.mutable_as_of() = ToProto(day);
    return Must<Coverage>("Areas.CheckCoverage", request);
  }
  Roster RosterOn(const std::string& area, Date day) {
    GetRosterRequest request;
    request.set_name(area);
    *request.mutable_as_of() = ToProto(day);
    return Must<Roster>("Areas.GetRoster", request);
  }
  // Writes what is populated.
  Area UpdateArea(const Area& area) {
    UpdateAreaRequest request;
    *request.mutable_area() = area;
    return Must<Area>("Areas.UpdateArea", request);
  }
  ChangeSchoolRequest Act(const std::string& school, SchoolChangeKind kind, Date effective) {
    GetSchoolRequest get;
    get.set_name(school);
    ChangeSchoolRequest request;
    request.set_name(school);
    request.set_etag(Must<School>("Schools.GetSchool", get).etag());
    request.set_kind(kind);
    request.set_document_number("示教体〔2026〕2号");
    *request.mutable_effective_date() = ToProto(effective);
    return request;
  }
  // All that is answered of a day.
  std::string AnswersOf(Date day) {
    std::string text = CoverageOn(day).DebugString();
    for (const std::string& area : areas_) {
      text += area + "\n" + RosterOn(area, day).DebugString();
    }
    for (const auto& [school, area] : AreasOn(day)) text += school + " " + area + "\n";
    return text;
  }
  static std::set<std::string> Codes(const Coverage& coverage) {
    std::set<std::string> codes;
    for (const auto& exception : coverage.exceptions()) {
      codes.insert(exception.code() + (exception.warning() ? "?" : ""));
    }
    return codes;
  }

  static Harness* harness_;
  std::string office_;
  std::unique_ptr<rpc::Client> staff_;
  std::vector<std::string> areas_;
  std::vector<std::string> schools_;
};
Harness* AreasTest::harness_ = nullptr;

TEST_F(AreasTest, AProposalIsMeasuredAndChangesNothing) {
  const std::string before = AnswersOf(kToday);
  const AreaDesign design = Design(Wanted());
  EXPECT_EQ(design.state(), DESIGN_PROPOSED);
  EXPECT_EQ(design.school_count(), kSchools);
  EXPECT_EQ(design.area_count(), kAreas);
  EXPECT_EQ(design.max_schools(), 20);  // the office's rule
  EXPECT_EQ(design.weight_school(), 1000);
  std::set<std::string> schools;
  std::set<std::string> areas;
  int64_t distance = 0;
  for (const DesignedArea& area : design.designed_areas()) {
    EXPECT_EQ(area.school_count(), 6);  // the towns
    EXPECT_LT(area.farthest(), 3000);
    areas.insert(area.area());
    schools.insert(area.schools().begin(), area.schools().end());
    distance += area.distance();
  }
  EXPECT_EQ(schools, std::set<std::string>(schools_.begin(), schools_.end()));
  EXPECT_EQ(areas, std::set<std::string>(areas_.begin(), areas_.end()));
  EXPECT_EQ(design.moved(), 12);  // two of each six stay
  const AreaDesignScore& proposed = design.proposed();
  EXPECT_EQ(proposed.distance(), distance);
  EXPECT_EQ(proposed.distance() + proposed.schools() + proposed.students(), proposed.objective());
  EXPECT_EQ(proposed.objective(), design.objective());
  EXPECT_GT(design.best_bound(), 0);
  EXPECT_LE(design.best_bound(), design.objective());
  EXPECT_NEAR(design.gap_percent(),
              100.0 * static_cast<double>(design.objective() - design.best_bound()) /
                  static_cast<double>(design.best_bound()),
              1e-9);
  EXPECT_GT(design.present().objective(), 3 * design.objective());
  EXPECT_EQ(design.present().areas(), kAreas);
  EXPECT_EQ(design.present().without_area(), 0);
  ASSERT_EQ(design.unlocated_schools_size(), 1);
  EXPECT_EQ(design.unlocated_schools(0), schools_.back());
  EXPECT_EQ(AnswersOf(kToday), before);
}

TEST_F(AreasTest, TheSameInputAndSeedGiveTheSameProposal) {
  AreaDesign once = Design(Wanted()), again = Design(Wanted());
  EXPECT_NE(once.name(), again.name());
  for (AreaDesign* design : {&once, &again}) {
    design->clear_name();
    design->clear_create_time();
    design->clear_update_time();
    design->clear_solve_millis();
  }
  EXPECT_EQ(once.DebugString(), again.DebugString());
}

TEST_F(AreasTest, WhatIsFixedAndApartIsKept) {
  CreateAreaDesignRequest request = Wanted();
  auto* fixed = request.add_fixed();
  fixed->set_school(schools_[0]);
  fixed->set_area(areas_[2]);
  fixed = request.add_fixed();
  fixed->set_school(schools_[17]);
  fixed->set_centre(true);
  auto* pair = request.add_apart();
  pair->set_school(schools_[1]);
  pair->set_other(schools_[2]);
  const AreaDesign design = Design(request);
  std::map<std::string, const DesignedArea*> area_of;
  for (const DesignedArea& area : design.designed_areas()) {
    for (const std::string& school : area.schools()) area_of[school] = &area;
  }
  ASSERT_EQ(area_of.size(), schools_.size());
  EXPECT_EQ(area_of[schools_[0]]->area(), areas_[2]);
  EXPECT_EQ(area_of[schools_[17]]->centre(), schools_[17]);
  EXPECT_NE(area_of[schools_[1]], area_of[schools_[2]]);
}

TEST_F(AreasTest, WhatCannotBeIsTold) {
  CreateAreaDesignRequest request = Wanted();
  request.set_max_schools(5);
  EXPECT_EQ(Done(request).error().code(), static_cast<int>(absl::StatusCode::kFailedPrecondition));
  request = Wanted(kSchools + 1);
  EXPECT_EQ(Done(request).error().code(), static_cast<int>(absl::StatusCode::kFailedPrecondition));
  request = Wanted();
  request.add_fixed()->set_school("schools/" + FormatUuid(RandomUuid()));
  EXPECT_EQ(Done(request).error().code(), static_cast<int>(absl::StatusCode::kNotFound));
  EXPECT_EQ(Must<ListAreaDesignsResponse>("AreaDesigns.ListAreaDesigns",
                                          [&] {
                                            ListAreaDesignsRequest list;
                                            list.set_parent(Name());
                                            return list;
                                          }())
                .total_size(),
            0);
}

TEST_F(AreasTest, AdoptedItHoldsFromItsDayAndEarlierDaysStay) {
  const Date last = kAdopt - std::chrono::days(1);
  const std::string today = AnswersOf(kToday), eve = AnswersOf(last);
  const AreaDesign design = Design(Wanted());
  const AdoptAreaDesignRequest request = Adoption(design);
  const AreaDesign adopted = Must<AreaDesign>("AreaDesigns.AdoptAreaDesign", request);
  EXPECT_EQ(adopted.state(), DESIGN_ADOPTED);
  EXPECT_EQ(adopted.document_number(), "示教督〔2026〕8号");
  EXPECT_EQ(adopted.adopted_by().substr(0, Name().size()), Name());
  EXPECT_EQ(AnswersOf(kToday), today);
  EXPECT_EQ(AnswersOf(last), eve);
  auto now = AreasOn(kAdopt);
  ASSERT_EQ(now.size(), schools_.size());
  int moved = 0;
  const auto then = AreasOn(last);
  for (const DesignedArea& area : adopted.designed_areas()) {
    for (const std::string& school : area.schools()) {
      EXPECT_EQ(now[school], area.area());
      moved += then.at(school) == area.area() ? 0 : 1;
    }
  }
  EXPECT_EQ(moved, 12);
  EXPECT_EQ(CoverageOn(kAdopt).areas(), kAreas);
  // Again: the first answer. Once more: it has been adopted.
  EXPECT_EQ(Must<AreaDesign>("AreaDesigns.AdoptAreaDesign", request).DebugString(), adopted.DebugString());
  EXPECT_EQ(Refused<AreaDesign>("AreaDesigns.AdoptAreaDesign", Adoption(adopted)),
            ErrorReason::STATE_TRANSITION_DENIED);
}

TEST_F(AreasTest, AdoptionIsRefusedToOthersLateAndStale) {
  const AreaDesign design = Design(Wanted());
  AdoptAreaDesignRequest request = Adoption(design);
  for (const auto& other :
       {Harness::Staff("elsewhere"),
        Harness::Person("inspectors/" + FormatUuid(RandomUuid()), Role::ROLE_AREA_LEAD, office_)}) {
    auto denied = harness_->ClientOf("registry", other)
                      ->Call<AreaDesign>(Method("AreaDesigns.AdoptAreaDesign"), request);
    EXPECT_EQ(ReasonOf(denied.status()), ErrorReason::PERMISSION_MISSING);
    CreateAreaDesignRequest create = Wanted();
    auto also = harness_->ClientOf("registry", other)
                    ->Call<Operation>(Method("AreaDesigns.CreateAreaDesign"), create);
    EXPECT_EQ(ReasonOf(also.status()), ErrorReason::PERMISSION_MISSING);
  }
  request.set_etag("stale");
  EXPECT_EQ(Refused<AreaDesign>("AreaDesigns.AdoptAreaDesign", request), ErrorReason::ETAG_MISMATCH);
  EXPECT_EQ(
      Refused<AreaDesign>("AreaDesigns.AdoptAreaDesign", Adoption(design, kToday - std::chrono::days(1))),
      ErrorReason::INVALID_FIELDS);
  NewSchool(50);
  EXPECT_EQ(Refused<AreaDesign>("AreaDesigns.AdoptAreaDesign", Adoption(design)), ErrorReason::DESIGN_STALE);
  EXPECT_EQ(AreasOn(kAdopt), AreasOn(kToday));
}

TEST_F(AreasTest, AreasBeginAndEndWithAnAdoption) {
  Join(areas_[0], "I1");
  Join(areas_[1], "I2");
  Join(areas_[2], "I3");
  const AreaDesign four = Must<AreaDesign>("AreaDesigns.AdoptAreaDesign", Adoption(Design(Wanted(4))));
  EXPECT_EQ(four.designed_areas(3).display_name(), "第四督学责任区");
  EXPECT_EQ(CoverageOn(kAdopt).areas(), 4);
  EXPECT_EQ(CoverageOn(kAdopt - std::chrono::days(1)).areas(), 3);
  CreateAreaDesignRequest request = Wanted(1);
  const Date later = MakeDate(2027, 9, 1);
  *request.mutable_as_of() = ToProto(later);
  const AreaDesign one = Must<AreaDesign>("AreaDesigns.AdoptAreaDesign", Adoption(Design(request), later));
  EXPECT_EQ(CoverageOn(later).areas(), 1);
  EXPECT_EQ(AreasOn(later).size(), schools_.size());
  ListAreaMembershipsRequest members;
  members.set_parent(Name());
  *members.mutable_as_of() = ToProto(later);
  EXPECT_LE(Must<ListAreaMembershipsResponse>("AreaMemberships.ListAreaMemberships", members).total_size(),
            1);
  *members.mutable_as_of() = ToProto(later - std::chrono::days(1));
  EXPECT_EQ(Must<ListAreaMembershipsResponse>("AreaMemberships.ListAreaMemberships", members).total_size(),
            3);
}

TEST_F(AreasTest, CapsWarnUntilTheOfficeLetsThemBlock) {
  SetRule("area.max_schools", "6", COUNT);
  const std::string more = NewSchool(40).name();
  const CreateSchoolAssignmentRequest request = Assignment(more, areas_[0], kAdopt);
  CreateSchoolAssignmentRequest dry = request;
  dry.set_validate_only(true);
  EXPECT_TRUE(Call<SchoolAssignment>("SchoolAssignments.CreateSchoolAssignment", dry).ok());
  SetRule("area.max_schools.enforce", "block", TEXT);
  EXPECT_EQ(Refused<SchoolAssignment>("SchoolAssignments.CreateSchoolAssignment", request),
            ErrorReason::AREA_CAP_EXCEEDED);
  // Once one has left, there is room from the next day on.
  CreateAreaRequest another;
  another.set_parent(Name());
  another.mutable_area()->set_number(kAreas + 1);
  another.mutable_area()->set_display_name("新设责任区");
  *another.mutable_area()->mutable_valid_from() = ToProto(kBegin);
  MoveSchoolRequest move;
  move.set_parent(Name());
  move.set_school(schools_[0]);
  move.set_area(Must<Area>("Areas.CreateArea", another).name());
  *move.mutable_valid_from() = ToProto(kAdopt);
  Must<SchoolAssignment>("SchoolAssignments.MoveSchool", move);
  EXPECT_EQ(Refused<SchoolAssignment>("SchoolAssignments.CreateSchoolAssignment",
                                      Assignment(more, areas_[0], kAdopt - std::chrono::days(1))),
            ErrorReason::AREA_CAP_EXCEEDED);
  Must<SchoolAssignment>("SchoolAssignments.CreateSchoolAssignment", request);
}

TEST_F(AreasTest, AnAreaKeepsItsInspectorsWhereTheRuleBlocks) {
  AreaMembership one = Join(areas_[0], "I1");
  Join(areas_[0], "I2");
  EXPECT_TRUE(Codes(CoverageOn(kToday)).contains("AREA_TOO_FEW_INSPECTORS?"));  // the other areas
  UpdateAreaMembershipRequest update;
  *update.mutable_area_membership() = one;
  *update.mutable_area_membership()->mutable_valid_to() = ToProto(kAdopt);
  update.mutable_update_mask()->add_paths("valid_to");
  UpdateAreaMembershipRequest dry = update;
  dry.set_validate_only(true);
  EXPECT_TRUE(Call<AreaMembership>("AreaMemberships.UpdateAreaMembership", dry).ok());
  SetRule("area.min_inspectors.enforce", "block", TEXT);
  EXPECT_TRUE(Codes(CoverageOn(kToday)).contains("AREA_TOO_FEW_INSPECTORS"));
  EXPECT_EQ(Refused<AreaMembership>("AreaMemberships.UpdateAreaMembership", update),
            ErrorReason::AREA_TOO_FEW_INSPECTORS);
  Join(areas_[0], "I4");
  Must<AreaMembership>("AreaMemberships.UpdateAreaMembership", update);
}

TEST_F(AreasTest, AnAreaHasVersionsByDay) {
  Join(areas_[0], "I1");
  Must<AreaDesign>("AreaDesigns.AdoptAreaDesign", Adoption(Design(Wanted())));
  GetAreaHistoryRequest request;
  request.set_name(areas_[0]);
  const AreaHistory history = Must<AreaHistory>("Areas.GetAreaHistory", request);
  ASSERT_EQ(history.versions_size(), 2) << history.DebugString();
  const AreaVersion &first = history.versions(0), &second = history.versions(1);
  EXPECT_EQ(resource::FromProto(first.valid_to()), kAdopt - std::chrono::days(1));
  EXPECT_EQ(first.schools(), 6);
  EXPECT_EQ(first.members_size(), 1);
  EXPECT_EQ(resource::FromProto(second.valid_from()), kAdopt);
  EXPECT_FALSE(second.has_valid_to());
  EXPECT_EQ(second.schools(), 6);
  EXPECT_EQ(second.schools_joined_size(), 4);
  EXPECT_EQ(second.schools_left_size(), 4);
  ASSERT_EQ(second.document_numbers_size(), 1);
  EXPECT_EQ(second.document_numbers(0), "示教督〔2026〕8号");
}

TEST_F(AreasTest, ASchoolThatClosedStillCountsBefore) {
  const Date open = MakeDate(2026, 1, 10);
  const std::string before = AnswersOf(open);
  const ChangeSchoolRequest close = Act(schools_[3], CLOSE_SCHOOL, MakeDate(2026, 2, 20));
  EXPECT_EQ(Must<SchoolChange>("SchoolChanges.ChangeSchool", close).after().state(), CLOSED);
  EXPECT_EQ(AnswersOf(open), before);
  EXPECT_EQ(CoverageOn(kToday).schools(), kSchools - 1);
}

TEST_F(AreasTest, ARosterKnowsTheAreaAsItWas) {
  const Date before = kToday - std::chrono::days(1);
  const std::string told = AnswersOf(before);
  Area area;
  area.set_name(areas_[0]);
  area.set_display_name("新名责任区");
  UpdateArea(area);
  area.set_display_name("更新名责任区");
  area.set_number(77);
  UpdateArea(area);
  EXPECT_EQ(RosterOn(areas_[0], before).area().display_name(), "第1责任区");
  EXPECT_EQ(RosterOn(areas_[0], kToday).area().display_name(), "更新名责任区");
  EXPECT_EQ(RosterOn(areas_[0], kToday).area().number(), 77);
  // Coverage names it among those without a lead.
  EXPECT_EQ(AnswersOf(before), told);
  const Coverage coverage = CoverageOn(kToday);
  EXPECT_TRUE(std::ranges::any_of(coverage.exceptions(), [](const auto& exception) {
    return exception.display_name() == "更新名责任区";
  }));
  // The days between two edits have what stood between them.
  harness_->SetClock(office_, "2026-03-12T01:00:00Z");
  area.set_display_name("第三个名称");
  UpdateArea(area);
  EXPECT_EQ(RosterOn(areas_[0], kToday).area().display_name(), "更新名责任区");
  EXPECT_EQ(RosterOn(areas_[0], kToday + std::chrono::days(10)).area().display_name(), "第三个名称");
  EXPECT_EQ(AnswersOf(before), told);
}

TEST_F(AreasTest, WhatIsDecidedAheadShowsOnItsDays) {
  const std::string today = AnswersOf(kToday);
  Must<SchoolChange>("SchoolChanges.ChangeSchool", Act(schools_[0], CLOSE_SCHOOL, kAdopt));
  ChangeSchoolRequest rename = Act(schools_[3], RENAME_SCHOOL, kAdopt);
  rename.set_display_name("新名小学");
  Must<SchoolChange>("SchoolChanges.ChangeSchool", rename);
  Must<SchoolChange>("SchoolChanges.ChangeSchool", Act(schools_[6], SUSPEND_SCHOOL, kAdopt));
  // Back again a month later: what is scheduled before is taken for granted.
  Must<SchoolChange>("SchoolChanges.ChangeSchool",
                     Act(schools_[6], RESUME_SCHOOL, kAdopt + std::chrono::days(30)));
  EXPECT_EQ(AnswersOf(kToday), today);
  const Roster eve = RosterOn(areas_[0], kAdopt - std::chrono::days(1));
  ASSERT_EQ(eve.schools_size(), 6);
  EXPECT_EQ(eve.schools(0).school(), schools_[0]);
  EXPECT_EQ(eve.schools(1).display_name(), "示例小学3");
  const Roster day = RosterOn(areas_[0], kAdopt);
  ASSERT_EQ(day.schools_size(), 5);
  EXPECT_EQ(day.schools(0).school(), schools_[3]);
  EXPECT_EQ(day.schools(0).display_name(), "新名小学");
  EXPECT_EQ(CoverageOn(kAdopt - std::chrono::days(1)).schools(), kSchools);
  EXPECT_EQ(CoverageOn(kAdopt).schools(), kSchools - 2);
  EXPECT_EQ(CoverageOn(kAdopt + std::chrono::days(30)).schools(), kSchools - 1);
  GetSchoolRequest get;
  get.set_name(schools_[3]);
  *get.mutable_as_of() = ToProto(kAdopt);
  EXPECT_EQ(Must<School>("Schools.GetSchool", get).display_name(), "新名小学");
  get.set_name(schools_[6]);
  EXPECT_EQ(Must<School>("Schools.GetSchool", get).state(), SUSPENDED);
}

TEST_F(AreasTest, ASchoolThatIsToOpenCountsFromItsDay) {
  CreateSchoolRequest create;
  create.mutable_school()->set_office(Name());
  create.mutable_school()->set_display_name("示例小学新");
  create.mutable_school()->set_external_id("S900");
  create.mutable_school()->set_kind(PRIMARY);
  *create.mutable_school()->mutable_open_date() = ToProto(kAdopt + std::chrono::days(60));
  const std::string school = Must<School>("Schools.CreateSchool", create).name();
  Must<SchoolChange>("SchoolChanges.ChangeSchool", Act(school, OPEN_SCHOOL, kAdopt));
  EXPECT_EQ(CoverageOn(kAdopt - std::chrono::days(1)).schools(), kSchools);
  EXPECT_EQ(CoverageOn(kAdopt).schools(), kSchools + 1);
  EXPECT_TRUE(Codes(CoverageOn(kAdopt)).contains("NO_AREA"));
}

TEST_F(AreasTest, ARosterSaysByWhatDocument) {
  const Date from = kToday + std::chrono::days(1);
  CreateAreaRequest create;
  create.set_parent(Name());
  create.mutable_area()->set_number(40);
  create.mutable_area()->set_display_name("第40责任区");
  *create.mutable_area()->mutable_valid_from() = ToProto(kBegin);
  create.mutable_area()->set_document_number("示教督〔2025〕1号");
  const std::string area = Must<Area>("Areas.CreateArea", create).name();
  MoveSchoolRequest move;
  move.set_parent(Name());
  move.set_school(schools_[0]);
  move.set_area(area);
  *move.mutable_valid_from() = ToProto(from);
  move.set_document_number("示教督〔2026〕2号");
  Must<SchoolAssignment>("SchoolAssignments.MoveSchool", move);
  AreaMembership member = Join(area, "D1");
  EXPECT_EQ(RosterOn(area, from).inspectors(0).document_number(), "");
  // A paper that was not recorded is completed, also of settled days; one that is recorded stays.
  UpdateAreaMembershipRequest complete;
  *complete.mutable_area_membership() = member;
  complete.mutable_area_membership()->set_document_number("示教督〔2025〕3号");
  member = Must<AreaMembership>("AreaMemberships.UpdateAreaMembership", complete);
  *complete.mutable_area_membership() = member;
  complete.mutable_area_membership()->set_document_number("示教督〔2025〕4号");
  EXPECT_EQ(Refused<AreaMembership>("AreaMemberships.UpdateAreaMembership", complete),
            ErrorReason::DAYS_SETTLED);
  const Roster roster = RosterOn(area, from);
  EXPECT_EQ(roster.area().document_number(), "示教督〔2025〕1号");
  ASSERT_EQ(roster.schools_size(), 1);
  EXPECT_EQ(roster.schools(0).document_number(), "示教督〔2026〕2号");
  EXPECT_EQ(roster.inspectors(0).document_number(), "示教督〔2025〕3号");
  Area completed;
  completed.set_name(areas_[1]);
  completed.set_document_number("示教督〔2025〕5号");
  UpdateArea(completed);
  EXPECT_EQ(RosterOn(areas_[1], kToday - std::chrono::days(1)).area().document_number(), "示教督〔2025〕5号");
}

TEST_F(AreasTest, TheOfficeDecidesWhetherADocumentIsAskedFor) {
  EXPECT_FALSE(Codes(CoverageOn(kToday)).contains("NO_DOCUMENT?"));
  SetRule("roster.document", "warn", TEXT);
  const Coverage coverage = CoverageOn(kToday);
  const auto lines = std::ranges::count_if(
      coverage.exceptions(), [](const auto& exception) { return exception.code() == "NO_DOCUMENT"; });
  EXPECT_EQ(lines, kSchools + kAreas);
  MoveSchoolRequest move;
  move.set_parent(Name());
  move.set_school(schools_[0]);
  move.set_area(areas_[1]);
  *move.mutable_valid_from() = ToProto(kToday);
  move.set_validate_only(true);
  Must<SchoolAssignment>("SchoolAssignments.MoveSchool", move);
  SetRule("roster.document", "require", TEXT, kToday);
  EXPECT_EQ(Refused<SchoolAssignment>("SchoolAssignments.MoveSchool", move), ErrorReason::INVALID_FIELDS);
  move.set_document_number("示教督〔2026〕2号");
  Must<SchoolAssignment>("SchoolAssignments.MoveSchool", move);
  CreateAreaRequest create;
  create.set_parent(Name());
  create.mutable_area()->set_number(40);
  create.mutable_area()->set_display_name("第40责任区");
  *create.mutable_area()->mutable_valid_from() = ToProto(kToday);
  EXPECT_EQ(Refused<Area>("Areas.CreateArea", create), ErrorReason::INVALID_FIELDS);
}

}  // namespace
}  // namespace inspectorate::registry
