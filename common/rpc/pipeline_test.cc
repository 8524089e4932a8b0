#include "common/rpc/pipeline.h"

#include <stdexcept>

#include "common/base/refusal.h"
#include "common/obs/log.h"
#include "common/rpc/testdata/echo.pb.h"
#include "common/status/error.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace inspectorate::rpc {
namespace {

using std::chrono::milliseconds;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr char kRead[] = "inspectorate.rpctest.Echo.Read";
constexpr char kWatch[] = "inspectorate.rpctest.Echo.Watch";
constexpr char kForgotten[] = "inspectorate.rpctest.Echo.Forgotten";

class FixedPrincipal : public Authenticator {
 public:
  absl::StatusOr<Principal> Authenticate(std::string_view authorization) const override {
    if (authorization.empty()) return Error(ErrorReason::UNAUTHENTICATED_CALLER, {{"why", "no token"}});
    return Principal{
        .subject = "staff/1", .display_name = "", .role = Role::ROLE_DISTRICT_OFFICE, .office = "zhanhua"};
  }
};

class PipelineTest : public ::testing::Test {
 protected:
  PipelineTest() : pipeline_(Options(), std::make_shared<FixedPrincipal>(), &metrics_) {
    const auto answer = [](Call&,
                           const rpctest::EchoRequest& request) -> absl::StatusOr<rpctest::EchoResponse> {
      if (request.behave() == "throw") throw std::runtime_error("the password is 123");
      return rpctest::EchoResponse();
    };
    methods_.Unary<rpctest::EchoRequest, rpctest::EchoResponse>(kRead, answer);
    methods_.Unary<rpctest::EchoRequest, rpctest::EchoResponse>(kForgotten, answer);
    methods_.AddStream(kWatch, [](auto, const auto&, auto) { return [] {}; });
    for (const char* name : {kRead, kWatch, kForgotten})
      plans_[name] = *PlanMethod(*FindMethod(name), methods_);
    obs::SetLogSink([this](std::string_view line) { log_ += std::string(line) + "\n"; });
  }
  ~PipelineTest() override { obs::SetLogSink({}); }

  static ServerOptions Options() {
    ServerOptions options;
    options.service_name = "rpctest";
    return options;
  }
  ServedCall Arrive(const char* method, Arrival arrival = {}) {
    return ServedCall(plans_.at(method), std::move(arrival));
  }
  static Arrival WithHeader(const std::string& name, const std::string& value) {
    Arrival arrival;
    arrival.headers.emplace(name, value);
    return arrival;
  }

  obs::Metrics metrics_;
  Methods methods_;
  std::map<std::string, MethodPlan> plans_;
  Pipeline pipeline_;
  std::string log_;
};

// Says from where the calls came that it was asked about.
class NotesHosts final : public Authenticator {
 public:
  absl::StatusOr<Principal> Authenticate(std::string_view authorization) const override {
    return FixedPrincipal().Authenticate(authorization);
  }
  absl::StatusOr<Principal> AuthenticateFrom(const std::function<std::string()>& host,
                                             std::string_view authorization) const override {
    hosts.push_back(host());
    return Authenticate(authorization);
  }
  mutable std::vector<std::string> hosts;
};

TEST_F(PipelineTest, WhoShowsACertificateIsNoStranger) {
  const auto notes = std::make_shared<NotesHosts>();
  const Pipeline pipeline(Options(), notes, &metrics_);
  for (const bool certified : {false, true}) {
    Arrival arrival = WithHeader("authorization", "Bearer x");
    arrival.host = [] { return "ipv4:10.0.0.7"; };
    arrival.certificate_names = [certified] {
      return certified ? std::vector<std::string>{"visits"} : std::vector<std::string>();
    };
    ServedCall call = Arrive(kRead, std::move(arrival));
    EXPECT_TRUE(pipeline.Enter(call).ok());
  }
  EXPECT_THAT(notes->hosts, ::testing::ElementsAre("ipv4:10.0.0.7", ""));
}

TEST_F(PipelineTest, PrefersTheLanguageTheCallerWeighsMost) {
  EXPECT_EQ(PreferredLanguage(""), "zh-CN");
  EXPECT_EQ(PreferredLanguage("en"), "en");
  EXPECT_EQ(PreferredLanguage("en-GB,en;q=0.9"), "en");
  EXPECT_EQ(PreferredLanguage("en;q=0.3, zh;q=0.8"), "zh-CN");
  EXPECT_EQ(PreferredLanguage("fr, en;q=0.2"), "en");
  EXPECT_EQ(PreferredLanguage("fr"), "zh-CN");
  EXPECT_EQ(PreferredLanguage("zh;q=0.5, en;Q=0.9"), "en");
  EXPECT_EQ(PreferredLanguage("en;q=junk,,;;"), "zh-CN");
  // No weights: the entry does not count.
  for (const char* odd : {"en;q=nan,zh;q=0.1", "en;q=5,zh", "en;q=-1", "en;level=1", "english"})
    EXPECT_EQ(PreferredLanguage(odd), "zh-CN") << odd;
}

TEST_F(PipelineTest, ContinuesTheCallersTrace) {
  ServedCall call =
      Arrive(kRead, WithHeader("traceparent", "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"));
  TraceStage().Before(call);
  EXPECT_EQ(call.trace_id(), "4bf92f3577b34da6a3ce929d0e0e4736");
  EXPECT_NE(call.trace.span_id, "00f067aa0ba902b7");
}

TEST_F(PipelineTest, BeginsATraceWhenThereIsNone) {
  ServedCall call = Arrive(kRead, WithHeader("traceparent", "junk"));
  TraceStage().Before(call);
  EXPECT_EQ(call.trace_id().size(), 32u);
}

TEST_F(PipelineTest, TakesAWellFormedRequestIdAndReplacesAnyOther) {
  ServedCall good = Arrive(kRead, WithHeader("x-request-id", "abc-1"));
  TraceStage().Before(good);
  EXPECT_EQ(good.request_id, "abc-1");
  ServedCall bad = Arrive(kRead, WithHeader("x-request-id", "abc\n\"injected\""));
  TraceStage().Before(bad);
  EXPECT_EQ(bad.request_id.size(), 36u);
}

TEST_F(PipelineTest, GivesCallsWithoutDeadlineTheDefaultAndCapsLongOnes) {
  const DeadlineStage stage{milliseconds(1'000), milliseconds(5'000)};
  ServedCall none = Arrive(kRead);
  ASSERT_TRUE(stage.Before(none).ok());
  EXPECT_EQ(none.budget().deadline, none.arrived + milliseconds(1'000));
  ServedCall longer = Arrive(kRead, {.headers = {}, .time_left = milliseconds(60'000), .cancelled = {}});
  ASSERT_TRUE(stage.Before(longer).ok());
  EXPECT_EQ(longer.budget().deadline, longer.arrived + milliseconds(5'000));
}

TEST_F(PipelineTest, RefusesASpentDeadline) {
  const DeadlineStage stage{milliseconds(1'000), milliseconds(5'000)};
  ServedCall spent = Arrive(kRead, {.headers = {}, .time_left = milliseconds(0), .cancelled = {}});
  EXPECT_EQ(ReasonOf(stage.Before(spent)), ErrorReason::DEADLINE_SPENT);
}

TEST_F(PipelineTest, StreamsWithoutDeadlineAreNotCapped) {
  const DeadlineStage stage{milliseconds(1'000), milliseconds(5'000)};
  ServedCall stream = Arrive(kWatch);
  ASSERT_TRUE(stage.Before(stream).ok());
  EXPECT_GT(stream.budget().deadline, stream.arrived + std::chrono::hours(24));
}

TEST_F(PipelineTest, DeniesRolesThatAreNotListed) {
  ServedCall call = Arrive(kRead);
  EXPECT_EQ(ReasonOf(AuthorisationStage().Before(call)), ErrorReason::PERMISSION_MISSING);  // nobody
  call.set_principal({.subject = "s", .display_name = "", .role = Role::ROLE_SERVICE, .office = "-"});
  EXPECT_EQ(ReasonOf(AuthorisationStage().Before(call)), ErrorReason::PERMISSION_MISSING);
  call.set_principal({.subject = "s", .display_name = "", .role = Role::ROLE_AUDITOR, .office = "zhanhua"});
  EXPECT_TRUE(AuthorisationStage().Before(call).ok());
}

TEST_F(PipelineTest, DeniesMethodsThatStateNothing) {
  ServedCall call = Arrive(kForgotten);
  call.set_principal(
      {.subject = "s", .display_name = "", .role = Role::ROLE_DISTRICT_OFFICE, .office = "zhanhua"});
  EXPECT_EQ(ReasonOf(AuthorisationStage().Before(call)), ErrorReason::PERMISSION_MISSING);
}

TEST_F(PipelineTest, RefusesNewCallsWhileDraining) {
  DrainStage stage;
  ServedCall call = Arrive(kRead);
  EXPECT_TRUE(stage.Before(call).ok());
  stage.draining = true;
  EXPECT_EQ(ReasonOf(stage.Before(call)), ErrorReason::SHUTTING_DOWN);
}

TEST_F(PipelineTest, DoesNotParseWhatTheCallerMayNotCall) {
  ServedCall call = Arrive(kForgotten, WithHeader("authorization", "Bearer x"));
  rpctest::EchoRequest request;
  bool parsed = false;
  const absl::Status status = pipeline_.Admit(
      call, [&](Message*) { return parsed = true; }, &request);
  EXPECT_EQ(ReasonOf(status), ErrorReason::PERMISSION_MISSING);
  EXPECT_FALSE(parsed);
}

TEST_F(PipelineTest, NamesMalformedRequests) {
  ServedCall call = Arrive(kRead, WithHeader("authorization", "Bearer x"));
  rpctest::EchoRequest request;
  EXPECT_EQ(ReasonOf(pipeline_.Admit(
                call, [](Message*) { return false; }, &request)),
            ErrorReason::INVALID_FIELDS);
}

TEST_F(PipelineTest, MasksWhatAHandlerThrowsAndLogsItUnderItsErrorId) {
  ServedCall call = Arrive(kRead, WithHeader("authorization", "Bearer x"));
  rpctest::EchoRequest request;
  request.set_behave("throw");
  rpctest::EchoResponse response;
  const absl::Status status = pipeline_.Handle(call, request, &response);
  const google::rpc::Status wire = pipeline_.End(call, status);
  EXPECT_EQ(wire.code(), static_cast<int>(absl::StatusCode::kInternal));
  EXPECT_THAT(wire.DebugString(), Not(HasSubstr("password")));
  EXPECT_FALSE(call.error_id.empty());
  EXPECT_THAT(wire.DebugString(), HasSubstr(call.error_id));
  EXPECT_THAT(log_, HasSubstr("call_failed"));
  EXPECT_THAT(log_, HasSubstr("the password is 123"));
  EXPECT_THAT(log_, HasSubstr(call.error_id));
}

TEST_F(PipelineTest, MasksStatusesThatAreNotOfTheCatalogue) {
  ServedCall call = Arrive(kRead);
  const google::rpc::Status wire = pipeline_.End(call, absl::NotFoundError("row 17 of table t"));
  EXPECT_EQ(wire.code(), static_cast<int>(absl::StatusCode::kInternal));
  EXPECT_THAT(wire.DebugString(), Not(HasSubstr("table")));
}

TEST_F(PipelineTest, SaysTheRefusalOfARuleInTheWordsOfTheCatalogue) {
  ServedCall call = Arrive(kRead);
  const google::rpc::Status wire = pipeline_.End(call, Refuse("CALENDAR_YEAR_MISSING", {{"year", "2031"}}));
  EXPECT_EQ(wire.code(), static_cast<int>(absl::StatusCode::kFailedPrecondition));
  EXPECT_EQ(ReasonOf(FromWire(wire)), ErrorReason::CALENDAR_YEAR_MISSING);
  EXPECT_THAT(log_, Not(HasSubstr("call_failed")));
}

TEST_F(PipelineTest, CountsByMethodAndCodeAndLogsNoName) {
  ServedCall call = Arrive(kRead);
  call.set_principal(
      {.subject = "staff/1", .display_name = "张三", .role = Role::ROLE_AUDITOR, .office = "zhanhua"});
  pipeline_.End(call, NotFound("schools/x"));
  EXPECT_THAT(metrics_.Text(), HasSubstr("code=\"NOT_FOUND\",method=\"inspectorate.rpctest.Echo.Read\""));
  EXPECT_THAT(log_, HasSubstr("\"subject\":\"staff/1\""));
  EXPECT_THAT(log_, Not(HasSubstr("张三")));
}

TEST_F(PipelineTest, RefusesAWorkClassThatDoesNotFit) {
  Methods methods;
  methods.Unary<rpctest::EchoRequest, rpctest::EchoResponse>(
      "inspectorate.rpctest.Misdeclared.Read",
      [](Call&, const rpctest::EchoRequest&) -> absl::StatusOr<rpctest::EchoResponse> {
        return rpctest::EchoResponse();
      });
  EXPECT_FALSE(PlanMethod(*FindMethod("inspectorate.rpctest.Misdeclared.Read"), methods).ok());
}

TEST(MethodsTest, ListsMethodsWithoutAHandler) {
  Methods methods;
  methods.AddStream(kWatch, [](auto, const auto&, auto) { return [] {}; });
  EXPECT_THAT(methods.Missing(), ::testing::ElementsAre(kRead, "inspectorate.rpctest.Echo.Write",
                                                        "inspectorate.rpctest.Echo.Look", kForgotten));
}

TEST(MethodsDeathTest, RegistrationChecksNamesAndTypesAgainstTheContract) {
  Methods methods;
  const auto wrong = [](Call&, const rpctest::Person&) -> absl::StatusOr<rpctest::EchoResponse> {
    return rpctest::EchoResponse();
  };
  EXPECT_DEATH((methods.Unary<rpctest::Person, rpctest::EchoResponse>(kRead, wrong)), "request type");
  EXPECT_DEATH((methods.Unary<rpctest::Person, rpctest::EchoResponse>("no.such.Method", wrong)),
               "no such method");
  EXPECT_DEATH(methods.AddUnary(kWatch, nullptr), "is a stream");
}

}  // namespace
}  // namespace inspectorate::rpc
