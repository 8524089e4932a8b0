#include "common/status/error.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "common/base/refusal.h"
#include "google/protobuf/descriptor.h"
#include "google/rpc/code.pb.h"
#include "inspectorate/type/v1/options.pb.h"

namespace inspectorate {
namespace {

using google::rpc::BadRequest;
using google::rpc::ErrorInfo;
using google::rpc::LocalizedMessage;
using google::rpc::PreconditionFailure;
using google::rpc::ResourceInfo;
using google::rpc::RetryInfo;
using testing::Contains;
using testing::HasSubstr;
using testing::Not;
using testing::Pair;

// The details of one kind in an answer.
template <typename Detail>
std::vector<Detail> All(const google::rpc::Status& wire) {
  std::vector<Detail> found;
  for (const auto& any : wire.details()) {
    Detail detail;
    if (any.UnpackTo(&detail)) found.push_back(detail);
  }
  return found;
}

std::vector<const google::protobuf::EnumValueDescriptor*> Reasons() {
  std::vector<const google::protobuf::EnumValueDescriptor*> values;
  const auto* reasons = type::v1::ErrorReason_descriptor();
  for (int i = 0; i < reasons->value_count(); ++i) {
    if (reasons->value(i)->number() != 0) values.push_back(reasons->value(i));
  }
  return values;
}

std::set<std::string> Placeholders(const std::string& text) {
  std::set<std::string> keys;
  for (size_t open = text.find('{'); open != std::string::npos; open = text.find('{', open + 1)) {
    keys.insert(text.substr(open + 1, text.find('}', open) - open - 1));
  }
  return keys;
}

// Every variable of a reason, with a value that can be found again.
ErrorMetadata SampleMetadata(const type::v1::ErrorText& text) {
  ErrorMetadata metadata;
  for (const std::string& key : Placeholders(text.en())) metadata[key] = "值-" + key;
  return metadata;
}

TEST(Catalogue, GivesEveryReasonACodeAndTwoTexts) {
  for (const auto* value : Reasons()) {
    ASSERT_TRUE(value->options().HasExtension(type::v1::error)) << value->name();
    const auto& text = value->options().GetExtension(type::v1::error);
    google::rpc::Code code = google::rpc::OK;
    EXPECT_TRUE(google::rpc::Code_Parse(text.code(), &code)) << value->name();
    EXPECT_NE(code, google::rpc::OK) << value->name();
    EXPECT_FALSE(text.zh().empty()) << value->name();
    EXPECT_FALSE(text.en().empty()) << value->name();
  }
}

TEST(Catalogue, UsesTheSameVariablesInBothLanguages) {
  for (const auto* value : Reasons()) {
    const auto& text = value->options().GetExtension(type::v1::error);
    EXPECT_EQ(Placeholders(text.zh()), Placeholders(text.en())) << value->name();
  }
}

TEST(Catalogue, RendersEveryReasonInBothLanguagesAndBack) {
  for (const auto* value : Reasons()) {
    const auto reason = static_cast<ErrorReason>(value->number());
    if (reason == type::v1::INTERNAL_ERROR) continue;
    const ErrorMetadata metadata = SampleMetadata(value->options().GetExtension(type::v1::error));
    const absl::Status status = Error(reason, metadata);
    for (const char* language : {"zh-CN", "en"}) {
      EXPECT_THAT(MessageOf(status, language), Not(HasSubstr("{"))) << value->name();
      const google::rpc::Status wire = ToWire(status, language, "id");
      EXPECT_EQ(All<ErrorInfo>(wire).size(), 1u) << value->name();
      EXPECT_EQ(All<LocalizedMessage>(wire).size(), 1u) << value->name();
      const absl::Status back = FromWire(wire);
      EXPECT_EQ(back.code(), status.code()) << value->name();
      EXPECT_EQ(ReasonOf(back), reason) << value->name();
      EXPECT_EQ(MetadataOf(back), metadata) << value->name();
      EXPECT_EQ(MessageOf(back, "zh-CN"), MessageOf(status, "zh-CN")) << value->name();
    }
  }
}

TEST(Error, SpeaksTheLanguageOfTheCaller) {
  const absl::Status status = Error(type::v1::RESOURCE_EXISTS, {{"resource", "schools/1"}});
  EXPECT_EQ(status.code(), absl::StatusCode::kAlreadyExists);
  EXPECT_EQ(std::string(status.message()), "schools/1 exists already");
  for (const char* language : {"zh-CN", "zh", "ZH-hans-CN", "zh-CN,zh;q=0.9,en;q=0.8"}) {
    EXPECT_EQ(MessageOf(status, language), "schools/1已存在") << language;
  }
  for (const char* language : {"en", "en-GB", "", "fr"}) {
    EXPECT_EQ(MessageOf(status, language), "schools/1 exists already") << language;
  }
  const auto localized = All<LocalizedMessage>(ToWire(status, "zh", "id"))[0];
  EXPECT_EQ(localized.locale(), "zh-CN");
  EXPECT_EQ(localized.message(), "schools/1已存在");
}

TEST(Error, KeepsAMissingVariableVisible) {
  EXPECT_EQ(MessageOf(Error(type::v1::RESOURCE_EXISTS), "en"), "{resource} exists already");
}

// Programs read the name of a resource, people what it is called.
TEST(Error, TellsAValueInTheLanguageOfTheReader) {
  const absl::Status status = Error(type::v1::RECUSAL_CONFLICT, {{"inspector", "inspectors/1"},
                                                                 {"inspector_zh", "张三"},
                                                                 {"inspector_en", "Zhang San"},
                                                                 {"school", "schools/2"},
                                                                 {"why", "serves there"},
                                                                 {"why_zh", "在该校任职"}});
  EXPECT_EQ(MessageOf(status, "zh-CN"), "张三对schools/2应当回避:在该校任职");
  EXPECT_EQ(MessageOf(status, "en"), "Zhang San is recused from schools/2: serves there");
  EXPECT_EQ(status.message(), MessageOf(status, "en"));
  EXPECT_EQ(MetadataOf(status).at("inspector"), "inspectors/1");
}

TEST(Error, DoesNotRenderBracesOfAValue) {
  EXPECT_EQ(MessageOf(Error(type::v1::RESOURCE_EXISTS, {{"resource", "{resource}"}}), "en"),
            "{resource} exists already");
}

TEST(Error, ReplacesBrokenText) {
  const absl::Status status = Error(type::v1::RESOURCE_NOT_FOUND, {{"resource", "a\xFF\xE5\x8F"}});
  EXPECT_EQ(ReasonOf(status), type::v1::RESOURCE_NOT_FOUND) << "details with broken text cannot be read";
  EXPECT_EQ(MetadataOf(status)["resource"], "a\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD");
  EXPECT_EQ(ReasonOf(Error(type::v1::RESOURCE_NOT_FOUND, {{"a\xFF", "b"}})), type::v1::RESOURCE_NOT_FOUND);
}

TEST(ToWire, NamesTheResource) {
  const auto infos = All<ResourceInfo>(ToWire(NotFound("offices/zhanhua/visits/1"), "en", "id"));
  ASSERT_EQ(infos.size(), 1u);
  EXPECT_EQ(infos[0].resource_name(), "offices/zhanhua/visits/1");
}

TEST(ToWire, ExplainsAFailedPrecondition) {
  const absl::Status status = Error(type::v1::LOOKBACK_REQUIRED, {{"resource", "issues/1"}});
  const auto failures = All<PreconditionFailure>(ToWire(status, "zh", "id"));
  ASSERT_EQ(failures.size(), 1u);
  EXPECT_EQ(failures[0].violations(0).type(), "LOOKBACK_REQUIRED");
  EXPECT_EQ(failures[0].violations(0).subject(), "issues/1");
  EXPECT_EQ(failures[0].violations(0).description(), "未经回头看不得销号");
  EXPECT_TRUE(All<PreconditionFailure>(ToWire(NotFound("x"), "zh", "id")).empty());
}

TEST(ToWire, CarriesTheRetryDelay) {
  const absl::Status status = WithRetryDelay(Error(type::v1::OVERLOADED), 1250);
  const auto retries = All<RetryInfo>(ToWire(status, "en", "id"));
  ASSERT_EQ(retries.size(), 1u);
  EXPECT_EQ(retries[0].retry_delay().seconds(), 1);
  EXPECT_EQ(retries[0].retry_delay().nanos(), 250'000'000);
}

TEST(InvalidFields, NamesEveryViolationInBothLanguages) {
  const absl::Status status = InvalidFields({{"visit.theme", "不能为空", "must not be empty"},
                                             {"visit.findings[2].matter", "过长", "is too long"}});
  for (const char* language : {"zh", "en"}) {
    const google::rpc::Status wire = ToWire(status, language, "id");
    const bool chinese = language[0] == 'z';
    const auto requests = All<BadRequest>(wire);
    ASSERT_EQ(requests.size(), 1u);
    EXPECT_EQ(requests[0].field_violations(0).field(), "visit.theme");
    EXPECT_EQ(requests[0].field_violations(0).description(), chinese ? "不能为空" : "must not be empty");
    const auto violations = ViolationsOf(FromWire(wire));
    ASSERT_EQ(violations.size(), 2u);
    EXPECT_EQ(violations[1].field, "visit.findings[2].matter");
    EXPECT_EQ(violations[1].zh, "过长");
    EXPECT_EQ(violations[1].en, "is too long");
  }
  EXPECT_EQ(MessageOf(status, "zh"), "请求有2处不合规定");
}

TEST(ToWire, StaysBelowFourKibibytesAndStatesTheCount) {
  std::vector<FieldViolation> violations;
  for (int i = 0; i < 500; ++i) {
    violations.push_back({"rows[" + std::to_string(i) + "].name", std::string(i * 3, 'z'), "督学督学"});
  }
  const google::rpc::Status wire = ToWire(InvalidFields(violations), "en", "id");
  EXPECT_LE(wire.ByteSizeLong(), 4096u);
  EXPECT_GT(wire.ByteSizeLong(), 3500u) << "room is used";
  EXPECT_GT(All<BadRequest>(wire)[0].field_violations_size(), 10);
  EXPECT_THAT(MetadataOf(FromWire(wire)), Contains(Pair("count", "500")));
}

TEST(ToWire, StaysBelowFourKibibytesForLongValues) {
  std::string huge;
  for (int i = 0; i < 5'000; ++i) huge += "督";
  const absl::Status status =
      Error(type::v1::STATE_TRANSITION_DENIED, {{"resource", huge}, {"state", huge}, {"event", huge}});
  const google::rpc::Status wire = ToWire(status, "zh", "id");
  EXPECT_LE(wire.ByteSizeLong(), 4096u);
  EXPECT_THAT(MetadataOf(status).at("resource"), testing::EndsWith("督…"));
}

TEST(ToWire, MasksWhatIsNotOfTheCatalogue) {
  absl::Status leaky = absl::NotFoundError("table visits password=hunter2");
  leaky.SetPayload("type.googleapis.com/google.rpc.DebugInfo", absl::Cord("hunter2"));
  absl::Status foreign = absl::AbortedError("hunter2");
  ErrorInfo info;
  info.set_domain("elsewhere.example");
  info.set_reason("RESOURCE_NOT_FOUND");
  (*info.mutable_metadata())["why"] = "hunter2";
  foreign.SetPayload("type.googleapis.com/google.rpc.ErrorInfo", absl::Cord(info.SerializeAsString()));
  const absl::Status internal = Error(type::v1::INTERNAL_ERROR, {{"error_id", "old"}, {"why", "hunter2"}});
  for (const absl::Status& status : {leaky, foreign, internal, absl::InternalError("hunter2")}) {
    const google::rpc::Status wire = ToWire(WithRetryDelay(status, 1), "zh", "err-7");
    EXPECT_EQ(wire.code(), google::rpc::INTERNAL);
    EXPECT_THAT(wire.SerializeAsString(), Not(HasSubstr("hunter2")));
    EXPECT_EQ(ReasonOf(FromWire(wire)), type::v1::INTERNAL_ERROR);
    EXPECT_EQ(All<LocalizedMessage>(wire)[0].message(), "内部错误,错误编号err-7");
    EXPECT_EQ(wire.details_size(), 2);
  }
}

TEST(ToWire, OkIsOk) {
  EXPECT_EQ(ToWire(absl::OkStatus(), "en", "id").code(), 0);
  EXPECT_TRUE(FromWire(ToWire(absl::OkStatus(), "en", "id")).ok());
}

TEST(FromWire, KeepsTheWordsOfAReasonItDoesNotKnow) {
  google::rpc::Status wire;
  wire.set_code(google::rpc::FAILED_PRECONDITION);
  wire.set_message("english");
  ErrorInfo info;
  info.set_domain(kErrorDomain);
  info.set_reason("REASON_OF_TOMORROW");
  wire.add_details()->PackFrom(info);
  LocalizedMessage localized;
  localized.set_message("明天的错误");
  wire.add_details()->PackFrom(localized);
  const absl::Status status = FromWire(wire);
  EXPECT_EQ(ReasonOf(status), type::v1::ERROR_REASON_UNSPECIFIED);
  EXPECT_EQ(MessageOf(status, "zh"), "明天的错误");
  EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition);
}

TEST(ErrorFromRefusal, FindsTheReasonInTheCatalogue) {
  const absl::Status status = ErrorFromRefusal(Refuse("NOT_ASSIGNED", {{"inspector", "甲"}}));
  EXPECT_EQ(ReasonOf(status), type::v1::NOT_ASSIGNED);
  EXPECT_EQ(status.code(), absl::StatusCode::kPermissionDenied);
  EXPECT_EQ(MetadataOf(status).at("inspector"), "甲");
}

TEST(ErrorFromRefusal, LeavesOtherStatusesAndExposesAnUnknownReason) {
  EXPECT_EQ(ErrorFromRefusal(absl::OkStatus()), absl::OkStatus());
  EXPECT_EQ(ErrorFromRefusal(absl::NotFoundError("x")), absl::NotFoundError("x"));
  EXPECT_EQ(ErrorFromRefusal(Refuse("NO_SUCH_REASON")).code(), absl::StatusCode::kInternal);
}

TEST(ReasonOf, IsUnspecifiedForOtherStatuses) {
  EXPECT_EQ(ReasonOf(absl::OkStatus()), type::v1::ERROR_REASON_UNSPECIFIED);
  EXPECT_EQ(ReasonOf(absl::NotFoundError("x")), type::v1::ERROR_REASON_UNSPECIFIED);
  EXPECT_EQ(MessageOf(absl::NotFoundError("x"), "zh"), "x");
}

}  // namespace
}  // namespace inspectorate
