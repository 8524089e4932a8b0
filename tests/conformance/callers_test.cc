// Who gets in, for every rpc of the contract: credentials, roles, offices, areas, and one's own school.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <future>
#include <map>

#include "common/base/uuid.h"
#include "common/resource/description.h"
#include "common/rpc/client.h"
#include "inspectorate/feed/v1/feed.pb.h"
#include "inspectorate/registry/v1/inspector.pb.h"
#include "re2/re2.h"
#include "tests/conformance/credentials.h"
#include "tests/conformance/loop.h"
#include "tests/conformance/requests.h"
#include "tests/conformance/rpcs.h"
#include "tests/conformance/world.h"

namespace inspectorate::conformance {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;
using type::v1::Role_Name;

bool OfAnOffice(Role role) { return role != Role::ROLE_SERVICE && role != Role::ROLE_PLATFORM_OPERATOR; }

bool IsList(const Rpc& rpc) {
  return rpc.method->name().starts_with("List") && rpc.Input("page_size") != nullptr;
}

// The same, of something that nobody has: ids that were never given.
Request OfNothing(const Message& request) {
  Request nothing = Clone(request);
  std::string bytes = request.SerializeAsString();
  const RE2 id("[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}");
  RE2::GlobalReplace(&bytes, id, FormatUuid(RandomUuid()));
  nothing->ParseFromString(bytes);
  return nothing;
}

// Ids of what lies in the near area of an office; an answer to somebody else holds none of them.
std::vector<std::string> NearIds(const District& district) {
  std::vector<std::string> ids;
  for (const char* type : {"inspectorate/School", "inspectorate/Issue", "inspectorate/Notice",
                           "inspectorate/Visit", "inspectorate/Obligation", "inspectorate/Attachment"}) {
    const std::string& name = district.samples.at(type);
    ids.push_back(name.substr(name.rfind('/') + 1));
  }
  return ids;
}

class CallersTest : public ::testing::Test {
 protected:
  static World& world() { return World::Get(); }
  static District& home() { return world().home(); }
  static District& sibling() { return world().sibling(); }
  static RawAnswer Call(const Rpc& rpc, const Principal& who, const Message& request) {
    return world().Call(rpc.service, rpc.name(), who, request);
  }
  // With the near school named where the method lets a caller choose one.
  static Request AboutTheNearSchool(const Rpc& rpc) {
    Request request = Skeleton(rpc, world(), home());
    const auto* school = rpc.Input("school");
    if (school != nullptr && school->type() == google::protobuf::FieldDescriptor::TYPE_STRING) {
      SetText(request.get(), "school", home().samples.at("inspectorate/School"));
    }
    return request;
  }
  static void ExpectHidden(const RawAnswer& answer, const District& district) {
    for (const std::string& id : NearIds(district)) EXPECT_THAT(answer.bytes, Not(HasSubstr(id)));
  }
  void SetUp() override { world().Settle(); }
};

TEST_F(CallersTest, NobodyGetsInWithoutTheRightToken) {
  const std::string before = world().Heads();
  for (const Rpc& rpc : AllRpcs()) {
    if (rpc.is_public()) continue;  // below
    SCOPED_TRACE(rpc.name() + " of " + rpc.service);
    const Request request = Skeleton(rpc, world(), home());
    static auto& by_role = *new std::map<Role, std::vector<BadCredential>>;
    auto& bad = by_role[BaseRole(rpc)];
    if (bad.empty()) bad = BadCredentials(world(), home().people.at(BaseRole(rpc)));
    for (const auto& [how, authorization] : bad) {
      RawCall call{
          .method = rpc.name(), .bytes = request->SerializeAsString(), .headers = {}, .cancel_after = {}};
      if (!authorization.empty()) call.headers["authorization"] = authorization;
      const RawAnswer answer = world().Call(rpc.service, call);
      EXPECT_EQ(answer.reason(), ErrorReason::UNAUTHENTICATED_CALLER) << how << ": " << answer.status;
      EXPECT_EQ(answer.status.code(), absl::StatusCode::kUnauthenticated) << how;
      if (authorization.size() > 60) {
        EXPECT_THAT(answer.said, Not(HasSubstr(authorization.substr(authorization.size() - 40)))) << how;
      }
    }
  }
  EXPECT_EQ(world().Heads(), before);
}

// The only method of the contract that is open. Whoever adds another changes this line, and says why.
TEST_F(CallersTest, OneMethodAloneNeedsNoLogin) {
  std::vector<std::string> open;
  for (const Rpc& rpc : AllRpcs()) {
    if (rpc.is_public()) open.push_back(rpc.service + " " + rpc.name());
  }
  EXPECT_THAT(open, ::testing::ElementsAre("registry inspectorate.registry.v1.Plaques.GetPublicPlaque"));
  const Rpc& rpc = RpcOf("registry", "inspectorate.registry.v1.Plaques.GetPublicPlaque");
  const Request request = Skeleton(rpc, world(), home());
  RawCall call{
      .method = rpc.name(), .bytes = request->SerializeAsString(), .headers = {}, .cancel_after = {}};
  const RawAnswer plain = world().Call(rpc.service, call);
  EXPECT_TRUE(plain.status.ok()) << plain.status;
  EXPECT_THAT(plain.bytes, HasSubstr("示例小学"));
  // A credential, good or bad, makes no difference.
  for (const auto& [how, authorization] :
       BadCredentials(world(), home().people.at(Role::ROLE_DISTRICT_OFFICE))) {
    call.headers["authorization"] = authorization;
    const RawAnswer answer = world().Call(rpc.service, call);
    EXPECT_EQ(answer.bytes, plain.bytes) << how << ": " << answer.status;
  }
}

TEST_F(CallersTest, NoRoleGetsInThatTheContractDoesNotName) {
  const std::string before = world().Heads();
  for (const Rpc& rpc : AllRpcs()) {
    SCOPED_TRACE(rpc.name() + " of " + rpc.service);
    const Request request = Skeleton(rpc, world(), home());
    for (const Role role : AllRoles()) {
      if (rpc.Permits(role)) continue;
      const RawAnswer answer = Call(rpc, home().people.at(role), *request);
      EXPECT_EQ(answer.reason(), ErrorReason::PERMISSION_MISSING) << Role_Name(role) << ": " << answer.status;
    }
  }
  EXPECT_EQ(world().Heads(), before);
}

// The other half: a matrix that denies everything would pass the test above.
TEST_F(CallersTest, EveryRoleReadsWhatTheContractNamesItFor) {
  for (const Rpc& rpc : AllRpcs()) {
    if (rpc.mutates() || rpc.streams()) continue;
    SCOPED_TRACE(rpc.name() + " of " + rpc.service);
    const Request request = Skeleton(rpc, world(), home());
    const bool starts_no_operations = request->GetTypeName().find("OperationRequest") != std::string::npos &&
                                      !home().operations.contains(rpc.service);
    for (const Role role : AllRoles()) {
      if (!rpc.Permits(role)) continue;
      const RawAnswer answer = Call(rpc, home().people.at(role), *request);
      if (starts_no_operations) {
        EXPECT_EQ(answer.status.code(), absl::StatusCode::kNotFound)
            << Role_Name(role) << ": " << answer.status;
      } else {
        EXPECT_TRUE(answer.status.ok()) << Role_Name(role) << ": " << answer.status;
      }
    }
  }
}

TEST_F(CallersTest, AnotherOfficeReachesNothingAndLearnsNothing) {
  const std::string before = world().Heads();
  for (const Rpc& rpc : AllRpcs()) {
    if (rpc.access().scope() == type::v1::SCOPE_NONE) continue;
    SCOPED_TRACE(rpc.name() + " of " + rpc.service);
    const Request request = Skeleton(rpc, world(), home());
    const Request nothing = OfNothing(*request);
    for (const auto& [role, stranger] : sibling().people) {
      if (!rpc.Permits(role) || !OfAnOffice(role)) continue;
      SCOPED_TRACE(Role_Name(role));
      const RawAnswer answer = Call(rpc, stranger, *request);
      ExpectHidden(answer, home());
      EXPECT_THAT(answer.bytes, Not(HasSubstr("offices/home/")));
      // Where the request names nobody's, the answer is about the caller's own.
      if (IsList(rpc) && !TextOf(*request, "parent").starts_with("offices/")) {
        EXPECT_TRUE(answer.status.ok()) << answer.status;
        continue;
      }
      EXPECT_THAT(answer.reason(),
                  ::testing::AnyOf(ErrorReason::PERMISSION_MISSING, ErrorReason::RESOURCE_NOT_FOUND))
          << answer.status;
      // As if it did not exist.
      EXPECT_EQ(answer.reason(), Call(rpc, stranger, *nothing).reason());
    }
  }
  EXPECT_EQ(world().Heads(), before);
}

// Mutations are tried in effects_test, where the rest of the request is right.
TEST_F(CallersTest, AReadThatNamesSomethingOfAnotherOfficeIsRefused) {
  for (const Rpc& rpc : AllRpcs()) {
    if (rpc.mutates() || rpc.access().scope() == type::v1::SCOPE_NONE || !OfAnOffice(BaseRole(rpc))) continue;
    const Request request = Skeleton(rpc, world(), home());
    for (const auto& [field, foreign] : WithForeignReferences(*request, sibling())) {
      SCOPED_TRACE(rpc.name() + " of " + rpc.service + " with another office's " + field);
      const RawAnswer answer = Call(rpc, home().people.at(BaseRole(rpc)), *foreign);
      ExpectHidden(answer, sibling());
      // Figures and open items are of this office's rows, whoever has the school in charge by now; what
      // belongs to an inspector of another office is a list of nothing.
      if (field == "school" && (rpc.service == "reporting" || rpc.method->name() == "ListOpenItems"))
        continue;
      if (IsList(rpc) && !TextOf(*request, "parent").starts_with("offices/")) continue;
      EXPECT_THAT(answer.reason(),
                  ::testing::AnyOf(ErrorReason::PERMISSION_MISSING, ErrorReason::RESOURCE_NOT_FOUND,
                                   ErrorReason::INVALID_FIELDS))  // names that do not lie below the parent
          << answer.status;
    }
  }
}

TEST_F(CallersTest, ADashForTheOfficeReadsOnlyOnesOwn) {
  for (const Rpc& rpc : AllRpcs()) {
    const auto* parent_field = rpc.Input("parent");
    const bool dashed =
        parent_field != nullptr && parent_field->options().GetExtension(type::v1::rules).wildcard();
    if (!IsList(rpc) || !dashed) continue;
    SCOPED_TRACE(rpc.name());
    Request request = Skeleton(rpc, world(), sibling());
    std::string parent = TextOf(*request, "parent");
    RE2::Replace(&parent, "offices/[a-z]+", "offices/-");
    RE2::Replace(&parent, "(inspectors|visits|plans)/[0-9a-f-]{36}", "\\1/-");
    SetText(request.get(), "parent", parent);
    const RawAnswer answer = Call(rpc, sibling().people.at(BaseRole(rpc)), *request);
    EXPECT_TRUE(answer.status.ok()) << answer.status;
    ExpectHidden(answer, home());
    EXPECT_THAT(answer.bytes, Not(HasSubstr("offices/home")));
  }
}

TEST_F(CallersTest, AnOfficeAboveReadsAndWritesNothing) {
  const std::string before = world().Heads();
  Principal above = home().people.at(Role::ROLE_DISTRICT_OFFICE);
  above.office = "city";
  for (const Rpc& rpc : AllRpcs()) {
    if (!rpc.Permits(above.role) || rpc.streams() || rpc.access().scope() == type::v1::SCOPE_NONE) continue;
    SCOPED_TRACE(rpc.name() + " of " + rpc.service);
    const RawAnswer answer = Call(rpc, above, *Skeleton(rpc, world(), home()));
    if (rpc.mutates()) {
      EXPECT_EQ(answer.reason(), ErrorReason::PERMISSION_MISSING) << answer.status;
    } else {
      EXPECT_NE(answer.reason(), ErrorReason::PERMISSION_MISSING) << answer.status;
    }
  }
  EXPECT_EQ(world().Heads(), before);
}

TEST_F(CallersTest, ASiblingAreaReachesNothingOfTheNearSchool) {
  const std::string before = world().Heads();
  for (const Rpc& rpc : AllRpcs()) {
    if (rpc.access().scope() != type::v1::SCOPE_SCHOOL) continue;
    SCOPED_TRACE(rpc.name());
    const Request request = AboutTheNearSchool(rpc);
    const Request nothing = OfNothing(*request);
    for (const auto& [role, neighbour] : home().far) {
      if (!rpc.Permits(role)) continue;
      SCOPED_TRACE(Role_Name(role));
      const RawAnswer answer = Call(rpc, neighbour, *request);
      ExpectHidden(answer, home());
      if (IsList(rpc)) {
        EXPECT_TRUE(answer.status.ok()) << answer.status;
        continue;
      }
      EXPECT_THAT(answer.reason(),
                  ::testing::AnyOf(ErrorReason::PERMISSION_MISSING, ErrorReason::RESOURCE_NOT_FOUND))
          << answer.status;
      EXPECT_EQ(answer.reason(), Call(rpc, neighbour, *nothing).reason());
    }
  }
  EXPECT_EQ(world().Heads(), before);
}

// 销号: whoever had a part in it, or belongs to the school, does not accept.
TEST_F(CallersTest, NobodyAcceptsInTheirOwnCause) {
  Loop loop(world(), home());
  // Another supervisor of the school, who had no part in the rectification.
  const std::string colleague = world().AddSupervisor(home(), "X9");
  // An inspector whose post at the school is an employment of its own.
  registry::v1::GetInspectorRequest employed;
  employed.set_name(world().AddInspector(home()));
  registry::v1::CreateEmploymentRequest employment;
  employment.set_parent(employed.name());
  employment.mutable_employment()->set_office(home().office());
  employment.mutable_employment()->set_school(home().samples.at("inspectorate/School"));
  *employment.mutable_employment()->mutable_valid_from() = resource::ToProto(MakeDate(2025, 9, 1));
  const Principal& office = home().people.at(Role::ROLE_DISTRICT_OFFICE);
  world().Must<registry::v1::Employment>("registry", "inspectorate.registry.v1.Employments.CreateEmployment",
                                         office, employment);
  const auto inspector = world().Must<registry::v1::Inspector>(
      "registry", "inspectorate.registry.v1.Inspectors.GetInspector", office, employed);
  std::map<std::string, Principal> conflicted;
  conflicted["employed there, a post of its own"] = home().deputy;
  conflicted["employed there, a post of its own"].subject = world().AddStaff(home(), inspector.work_number());
  for (const auto& [why, number] : std::map<std::string, std::string>{{"look-back inspector", "D1"},
                                                                      {"rectifier", "X1"},
                                                                      {"supervisor", "X9"},
                                                                      {"employed there", "D5"}}) {
    conflicted[why] = home().deputy;
    conflicted[why].subject = world().AddStaff(home(), number);
  }
  conflicted["issuer of the notice"] = home().people.at(Role::ROLE_DISTRICT_OFFICE);
  conflicted["look-back inspector, as an area lead"] = home().people.at(Role::ROLE_RESPONSIBLE_INSPECTOR);
  conflicted["look-back inspector, as an area lead"].role = Role::ROLE_AREA_LEAD;

  const issues::v1::Issue issue = loop.Verified(issues::v1::SERIOUS);
  ASSERT_EQ(issue.state(), issues::v1::VERIFIED) << issue.ShortDebugString();
  world().Settle();
  const std::string before = world().Heads();
  const Rpc& rpc = RpcOf("issues", "inspectorate.issues.v1.Issues.AcceptIssue");
  issues::v1::AcceptIssueRequest request;
  request.set_name(issue.name());
  request.set_etag(issue.etag());
  for (const auto& [why, person] : conflicted) {
    EXPECT_EQ(Call(rpc, person, request).reason(), ErrorReason::SECOND_PERSON_REQUIRED) << why;
  }
  EXPECT_EQ(world().Heads(), before);
  const RawAnswer accepted = Call(rpc, home().deputy, request);
  EXPECT_TRUE(accepted.status.ok()) << accepted.status;
}

// How a watch with this token ends.
absl::Status WatchWith(const std::string& target, const std::string& token, const std::string& office,
                       int* messages) {
  auto client = rpc::Client::Connect({.target = target, .token = [token] { return token; }});
  feed::v1::WatchChangesRequest request;
  request.set_parent(office);
  const auto give_up = std::chrono::steady_clock::now() + std::chrono::seconds(30);
  return client->Stream(
      "inspectorate.feed.v1.ChangeFeed.WatchChanges", request,
      feed::v1::WatchChangesResponse::default_instance(), [&](const Message&) { return ++*messages > 0; },
      [&] { return std::chrono::steady_clock::now() > give_up; });
}

// A watch is one call that lasts for hours; its token does not.
TEST_F(CallersTest, AWatchEndsWhenItsTokenExpires) {
  constexpr auto kLifetime = std::chrono::minutes(10);
  constexpr auto kSkew = std::chrono::seconds(60);
  const Principal& auditor = home().people.at(Role::ROLE_AUDITOR);
  const auto issued = SystemClock().Now() - kLifetime - kSkew + std::chrono::seconds(3);
  const std::string token = world().harness().issuer().Issue(auditor, kLifetime, issued).value();
  std::map<std::string, int> messages;
  std::map<std::string, std::future<absl::Status>> watches;
  for (const std::string& service : World::Services()) {
    watches[service] = std::async(std::launch::async, WatchWith, world().harness().target(service), token,
                                  home().office(), &messages[service]);
  }
  for (auto& [service, watch] : watches) {
    const absl::Status status = watch.get();
    EXPECT_EQ(ReasonOf(status), ErrorReason::UNAUTHENTICATED_CALLER) << service << ": " << status;
    EXPECT_GT(messages[service], 0) << service;
  }
}

}  // namespace
}  // namespace inspectorate::conformance
