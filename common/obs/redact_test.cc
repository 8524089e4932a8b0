#include "common/obs/redact.h"

#include "common/rpc/testdata/echo.pb.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace inspectorate::obs {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

rpctest::Person Someone(const std::string& phone) {
  rpctest::Person person;
  person.set_name("visible");
  person.set_phone(phone);
  person.set_id_number(370902199001011234);
  person.add_addresses("secret street " + phone);
  return person;
}

TEST(RedactTest, HidesSensitiveFieldsAndKeepsTheRest) {
  const std::string json = RedactedJson(Someone("13800000001"));
  EXPECT_THAT(json, HasSubstr("visible"));
  EXPECT_THAT(json, HasSubstr(kRedacted));
  EXPECT_THAT(json, Not(HasSubstr("13800000001")));
  EXPECT_THAT(json, Not(HasSubstr("370902199001011234")));
  EXPECT_THAT(json, Not(HasSubstr("secret street")));
}

TEST(RedactTest, HidesThemAtEveryDepth) {
  rpctest::Person person = Someone("13800000001");
  *person.mutable_contact() = Someone("13800000002");
  *person.add_relatives() = Someone("13800000003");
  (*person.mutable_colleagues())["left"] = Someone("13800000004");
  const std::string json = RedactedJson(person);
  EXPECT_THAT(json, Not(HasSubstr("1380000000")));
  EXPECT_THAT(json, HasSubstr("left"));
}

TEST(RedactTest, NamesThePackedMessageOnlyByType) {
  rpctest::Person person;
  person.mutable_extra()->PackFrom(Someone("13800000005"));
  const std::string json = RedactedJson(person);
  EXPECT_THAT(json, HasSubstr("inspectorate.rpctest.Person"));
  EXPECT_THAT(json, Not(HasSubstr("13800000005")));
}

TEST(RedactTest, NamesAMessageWithBrokenTextOnlyByType) {
  rpctest::Person person;
  person.set_name("left \xC0\xAD");  // longer than it need be: the printer drops other broken text, not this
  EXPECT_EQ(RedactedJson(person), R"({"unprintable":"inspectorate.rpctest.Person"})");
}

TEST(RedactTest, LeavesTheMessageItselfAlone) {
  const rpctest::Person person = Someone("13800000001");
  RedactedJson(person);
  EXPECT_EQ(person.phone(), "13800000001");
}

TEST(RedactTest, KnowsProtectedNamesAndCredentials) {
  EXPECT_TRUE(IsProtectedName("Authorization"));
  EXPECT_TRUE(IsProtectedName("contact_phone"));
  EXPECT_FALSE(IsProtectedName("method"));
  EXPECT_TRUE(LooksLikeCredential("Bearer abc"));
  EXPECT_TRUE(LooksLikeCredential("eyJhbGciOi.eyJzdWIi.c2ln"));
  EXPECT_FALSE(LooksLikeCredential("inspectorate.registry.v1.Schools"));
}

}  // namespace
}  // namespace inspectorate::obs
