#include "common/resource/stored_json.h"

#include <gtest/gtest.h>

#include "google/protobuf/util/json_util.h"
#include "google/protobuf/util/message_differencer.h"
#include "inspectorate/issues/v1/issue.pb.h"

namespace inspectorate::resource {
namespace {

using google::protobuf::util::MessageDifferencer;
using issues::v1::Issue;

Issue WithNestedFields() {
  Issue issue;
  for (int i = 0; i < 3; ++i) {
    issues::v1::LegalClock* clock = issue.add_clocks();
    clock->set_kind(issues::v1::RECTIFY);
    clock->set_rule("issue.rectify \"一\"\n");
    clock->set_amount(i);
    clock->mutable_due_date()->set_year(2026);
    for (int k = 0; k < i; ++k) clock->add_ledger()->mutable_due_date()->set_day(1 + k);
  }
  issue.mutable_plan()->mutable_accept_time()->set_nanos(5000);
  return issue;
}

std::vector<const google::protobuf::FieldDescriptor*> Nested() {
  return {Issue::descriptor()->FindFieldByName("clocks"), Issue::descriptor()->FindFieldByName("plan")};
}

// Rows that an earlier release has written are read, and the other way round.
TEST(StoredJson, IsTheJsonOfTheLibrary) {
  const Issue issue = WithNestedFields();
  FieldsToJson fields(issue);
  google::protobuf::util::JsonPrintOptions options;
  options.preserve_proto_field_names = true;
  for (const auto* field : Nested()) {
    Issue only;
    Issue rest = issue;
    Issue::GetReflection()->SwapFields(&only, &rest, {field});
    std::string expected;
    ASSERT_TRUE(google::protobuf::util::MessageToJsonString(only, &expected, options).ok());
    EXPECT_EQ(*fields.Take(*field), expected);
  }
}

TEST(StoredJson, FieldsComeBackTogether) {
  const Issue issue = WithNestedFields();
  FieldsToJson fields(issue);
  std::vector<std::string> stored;
  for (const auto* field : Nested()) stored.push_back(*fields.Take(*field));
  Issue read;
  ASSERT_TRUE(FieldsFromJson({stored[0], stored[1]}, &read).ok());
  EXPECT_TRUE(MessageDifferencer::Equals(read, issue)) << read.DebugString();
}

TEST(StoredJson, SpacesEmptyObjectsAndFieldsOfANewerReleaseArePassedOver) {
  Issue read;
  ASSERT_TRUE(
      FieldsFromJson({" { } ", R"({"plan": {"from_2030": [1], "return_reason": "x"}})", "{}"}, &read).ok());
  EXPECT_EQ(read.plan().return_reason(), "x");
  EXPECT_TRUE(FieldsFromJson({}, &read).ok());
}

TEST(StoredJson, WhatIsNoObjectIsAnError) {
  Issue read;
  EXPECT_FALSE(FieldsFromJson({"[]"}, &read).ok());
  EXPECT_FALSE(FieldsFromJson({R"({"plan": 3})"}, &read).ok());
  EXPECT_FALSE(FieldsFromJson({"{}", R"({"plan": )"}, &read).ok());
}

}  // namespace
}  // namespace inspectorate::resource
