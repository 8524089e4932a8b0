// What a request must look like, for every rpc: each rule of each field broken once, all of them at once,
// bytes that are no message, and paths of a mask that nobody may write.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <set>

#include "common/status/error.h"
#include "common/validate/rules.h"
#include "google/api/field_behavior.pb.h"
#include "google/protobuf/field_mask.pb.h"
#include "google/protobuf/io/coded_stream.h"
#include "google/protobuf/io/zero_copy_stream_impl_lite.h"
#include "tests/conformance/requests.h"
#include "tests/conformance/rpcs.h"
#include "tests/conformance/world.h"

namespace inspectorate::conformance {
namespace {

using google::protobuf::FieldDescriptor;
using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::Not;

// What one transport message may hold.
constexpr size_t kMaxMessage = 4 << 20;

class FieldsTest : public ::testing::Test {
 protected:
  static World& world() { return World::Get(); }
  static Request Base(const Rpc& rpc) { return Skeleton(rpc, world(), world().home()); }
  static RawAnswer Call(const Rpc& rpc, const Message& request) {
    return world().Call(rpc.service, rpc.name(), world().home().people.at(BaseRole(rpc)), request);
  }
  static RawAnswer CallBytes(const Rpc& rpc, const std::string& bytes) {
    return world().Call(rpc.service,
                        RawCall{.method = rpc.name(),
                                .bytes = bytes,
                                .headers = world().HeadersOf(world().home().people.at(BaseRole(rpc))),
                                .cancel_after = {}});
  }
  void SetUp() override {
    world().Settle();
    before_ = world().Heads();
  }
  void TearDown() override { EXPECT_EQ(world().Heads(), before_) << "something was changed"; }

 private:
  std::string before_;
};

// Nothing but INVALID_FIELDS, naming this field and no other, in both languages; and not saying what was
// sent.
void ExpectOneViolation(const RawAnswer& answer, const std::string& path) {
  EXPECT_EQ(answer.reason(), ErrorReason::INVALID_FIELDS) << answer.status;
  std::set<std::string> named;
  for (const FieldViolation& violation : ViolationsOf(answer.status)) {
    named.insert(violation.field);
    EXPECT_FALSE(violation.zh.empty());
    EXPECT_FALSE(violation.en.empty());
    EXPECT_NE(violation.zh, violation.en);
  }
  EXPECT_EQ(named, std::set<std::string>{path});
  EXPECT_THAT(answer.said, Not(HasSubstr(kSecretNote)));
}

TEST_F(FieldsTest, EachRuleOfEachFieldIsKept) {
  int broken_rules = 0;
  for (const Rpc& rpc : AllRpcs()) {
    const Request base = Base(rpc);
    for (const auto& [path, how, request] : BreakEachRule(rpc, world(), world().home(), *base)) {
      SCOPED_TRACE(rpc.name() + " of " + rpc.service + ": " + path + " " + how);
      ExpectOneViolation(Call(rpc, *request), path);
      ++broken_rules;
    }
  }
  std::cout << broken_rules << " rules were broken\n";
}

TEST_F(FieldsTest, AllViolationsAreNamedAtOnce) {
  for (const Rpc& rpc : AllRpcs()) {
    SCOPED_TRACE(rpc.name() + " of " + rpc.service);
    std::vector<std::string> paths;
    const Request request = BreakAll(rpc, world(), world().home(), *Base(rpc), &paths);
    if (paths.empty()) continue;
    const RawAnswer answer = Call(rpc, *request);
    EXPECT_EQ(answer.reason(), ErrorReason::INVALID_FIELDS) << answer.status;
    std::set<std::string> named;
    for (const FieldViolation& violation : ViolationsOf(answer.status)) named.insert(violation.field);
    // An answer has a limit of size; then the count still tells how many there are.
    const size_t count = std::stoul(MetadataOf(answer.status)["count"]);
    EXPECT_GE(count, paths.size());
    if (ViolationsOf(answer.status).size() == count) {
      EXPECT_EQ(named, std::set<std::string>(paths.begin(), paths.end()));
    } else {
      EXPECT_GE(named.size(), 20U);
    }
  }
}

TEST_F(FieldsTest, BytesThatAreNoMessageAreRefused) {
  for (const Rpc& rpc : AllRpcs()) {
    SCOPED_TRACE(rpc.name() + " of " + rpc.service);
    const std::string good = Base(rpc)->SerializeAsString();
    std::vector<std::string> malformed = {
        good + std::string("\x0a\x7f", 2),          // a length beyond the end
        good + "\x07",                              // no wire type
        good + std::string("\x00\x00", 2),          // field zero
        good + std::string("\x0b\x0b\x0b\x0b", 4),  // groups that do not end
        good + std::string("\x08\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01", 12),  // an endless number
        std::string(1000, '\xff')};
    if (!good.empty()) malformed.push_back(good.substr(0, good.size() - 1));
    for (const std::string& bytes : malformed) {
      const RawAnswer answer = CallBytes(rpc, bytes);
      EXPECT_EQ(answer.status.code(), absl::StatusCode::kInvalidArgument) << answer.status;
      EXPECT_EQ(answer.reason(), ErrorReason::INVALID_FIELDS) << answer.status;
    }
  }
}

// A field of bytes, as they travel: its tag, its length, itself.
std::string Encoded(const FieldDescriptor& field, const std::string& content) {
  std::string bytes;
  google::protobuf::io::StringOutputStream out(&bytes);
  google::protobuf::io::CodedOutputStream coded(&out);
  coded.WriteTag(static_cast<uint32_t>(field.number()) << 3 | 2);
  coded.WriteVarint32(static_cast<uint32_t>(content.size()));
  coded.WriteString(content);
  coded.Trim();
  return bytes;
}

// One text field of the message, or of a message of ours in it, after the other: with bytes that are no text.
std::map<std::string, std::string> WithBrokenText(const google::protobuf::Descriptor& message,
                                                  int depth = 0) {
  std::map<std::string, std::string> broken;
  for (int i = 0; i < message.field_count(); ++i) {
    const FieldDescriptor& field = *message.field(i);
    if (field.type() == FieldDescriptor::TYPE_STRING) broken[field.full_name()] = Encoded(field, "\xc3\x28");
    if (field.type() != FieldDescriptor::TYPE_MESSAGE || field.is_map() || depth == 2) continue;
    if (!field.message_type()->full_name().starts_with("inspectorate.")) continue;
    for (const auto& [name, bytes] : WithBrokenText(*field.message_type(), depth + 1))
      broken[field.name() + ": " + name] = Encoded(field, bytes);
  }
  return broken;
}

TEST_F(FieldsTest, TextThatIsNotUtf8IsRefused) {
  int inner = 0;
  for (const Rpc& rpc : AllRpcs()) {
    for (const auto& [name, bytes] : WithBrokenText(*rpc.method->input_type())) {
      SCOPED_TRACE(rpc.name() + ", " + name);
      const RawAnswer answer = CallBytes(rpc, Base(rpc)->SerializeAsString() + bytes);
      EXPECT_EQ(answer.reason(), ErrorReason::INVALID_FIELDS) << answer.status;
      inner += name.find(": ") != std::string::npos ? 1 : 0;
    }
  }
  EXPECT_GT(inner, 200) << "of resources";
}

TEST_F(FieldsTest, AMessageBeyondTheLimitIsNotRead) {
  for (const Rpc& rpc : AllRpcs()) {
    const RawAnswer answer = CallBytes(rpc, std::string(kMaxMessage + 1, 'x'));
    EXPECT_EQ(answer.status.code(), absl::StatusCode::kResourceExhausted) << rpc << answer.status;
  }
}

// --- masks
// ---------------------------------------------------------------------------------------------------

bool Behaves(const FieldDescriptor& field, google::api::FieldBehavior wanted) {
  const auto& options = field.options();
  for (int i = 0; i < options.ExtensionSize(google::api::field_behavior); ++i) {
    if (options.GetExtension(google::api::field_behavior, i) == wanted) return true;
  }
  return false;
}

// Of the resource that an update carries: what nobody may write.
std::vector<std::string> ForbiddenPaths(const google::protobuf::Descriptor& resource) {
  std::vector<std::string> paths = {"no_such_field", "name.office", "*.name", "", "Name", "name "};
  for (int i = 0; i < resource.field_count(); ++i) {
    const FieldDescriptor& field = *resource.field(i);
    if (Behaves(field, google::api::OUTPUT_ONLY) || Behaves(field, google::api::IMMUTABLE) ||
        Behaves(field, google::api::IDENTIFIER)) {
      paths.push_back(field.name());
    }
  }
  return paths;
}

TEST_F(FieldsTest, AMaskNamesOnlyWhatMayBeWritten) {
  int updates = 0;
  for (const Rpc& rpc : AllRpcs()) {
    if (rpc.Input("update_mask") == nullptr) continue;
    ++updates;
    for (const auto& field : validate::RulesOf(*rpc.method->input_type()).fields) {
      if (!field.patch) continue;
      for (const std::string& path : ForbiddenPaths(*field.field->message_type())) {
        SCOPED_TRACE(rpc.name() + " with the path '" + path + "'");
        Request request = Base(rpc);
        auto* mask = static_cast<google::protobuf::FieldMask*>(
            request->GetReflection()->MutableMessage(request.get(), rpc.Input("update_mask")));
        mask->add_paths(path);  // beside one that is right
        Message* patch = request->GetReflection()->MutableMessage(request.get(), field.field);
        SetText(patch, "etag", "");
        const RawAnswer answer = Call(rpc, *request);
        EXPECT_EQ(answer.reason(), ErrorReason::FIELD_MASK_INVALID) << answer.status;
        EXPECT_EQ(MetadataOf(answer.status)["path"], path);
      }
    }
  }
  EXPECT_GT(updates, 10);
}

TEST_F(FieldsTest, AReadMaskNamesOnlyFieldsOfTheRow) {
  int lists = 0;
  for (const Rpc& rpc : AllRpcs()) {
    if (rpc.Input("read_mask") == nullptr) continue;
    ++lists;
    for (const std::string path : {"no_such_field", "name.office", "*.name", "", "Name", "name ", "*",
                                   "create_time.seconds", "revision; DROP TABLE issue", "`revision`"}) {
      SCOPED_TRACE(rpc.name() + " with the path '" + path + "'");
      const Request request = Base(rpc);
      auto* mask = static_cast<google::protobuf::FieldMask*>(
          request->GetReflection()->MutableMessage(request.get(), rpc.Input("read_mask")));
      mask->add_paths("name");
      mask->add_paths(path);
      const RawAnswer answer = Call(rpc, *request);
      EXPECT_EQ(answer.reason(), ErrorReason::FIELD_MASK_INVALID) << answer.status;
      EXPECT_EQ(answer.status.code(), absl::StatusCode::kInvalidArgument);
      EXPECT_EQ(MetadataOf(answer.status)["path"], path);
    }
  }
  EXPECT_GT(lists, 20);
}

}  // namespace
}  // namespace inspectorate::conformance
