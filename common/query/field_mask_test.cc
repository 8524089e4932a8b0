#include "common/query/query.h"
#include "common/query/testdata/sample.pb.h"
#include "common/status/error.h"
#include "gmock/gmock.h"
#include "google/protobuf/util/message_differencer.h"
#include "gtest/gtest.h"

namespace inspectorate::query {
namespace {

using google::protobuf::FieldMask;
using google::protobuf::util::MessageDifferencer;
using testdata::Sample;
using ::testing::ElementsAre;
using ::testing::SizeIs;

FieldMask Mask(std::initializer_list<const char*> paths) {
  FieldMask mask;
  for (const char* path : paths) mask.add_paths(path);
  return mask;
}

Sample Stored() {
  Sample sample;
  sample.set_name("samples/1");
  sample.set_revision(4);
  sample.set_etag("four");
  sample.set_title("old");
  sample.set_number(1);
  sample.set_kind("a");
  sample.add_tags("x");
  sample.mutable_seal()->set_count(1);
  sample.mutable_seal()->set_hash("sealed");
  sample.mutable_seal()->set_note("n");
  return sample;
}

// The path that was refused, empty when the mask was applied.
std::string Refused(const Sample& patch, const FieldMask& mask) {
  Sample target = Stored();
  const absl::Status status = ApplyMask(patch, mask, &target);
  if (status.ok()) return "";
  EXPECT_EQ(ReasonOf(status), ErrorReason::FIELD_MASK_INVALID);
  EXPECT_TRUE(MessageDifferencer::Equals(target, Stored())) << "changed in spite of the error";
  return MetadataOf(status)["path"];
}

Sample Applied(const Sample& patch, const FieldMask& mask) {
  Sample target = Stored();
  const absl::Status status = ApplyMask(patch, mask, &target);
  EXPECT_TRUE(status.ok()) << status;
  return target;
}

TEST(ApplyMask, CopiesWhatTheMaskNamesAndNothingElse) {
  Sample patch;
  patch.set_title("new");
  patch.set_number(9);
  Sample expected = Stored();
  expected.set_title("new");
  expected.clear_tags();
  EXPECT_TRUE(MessageDifferencer::Equals(Applied(patch, Mask({"title", "tags"})), expected));
}

TEST(ApplyMask, AnEmptyMaskTakesThePopulatedFields) {
  Sample patch;
  patch.set_name("samples/2");
  patch.set_revision(7);
  patch.set_etag("other");
  patch.set_title("new");
  patch.add_tags("y");
  Sample expected = Stored();
  expected.set_title("new");
  expected.set_tags(0, "y");
  EXPECT_TRUE(MessageDifferencer::Equals(Applied(patch, {}), expected));
}

TEST(ApplyMask, AStarTakesAllWritableFields) {
  Sample patch;
  patch.set_number(2);
  Sample expected;
  expected.set_name("samples/1");
  expected.set_revision(4);
  expected.set_etag("four");
  expected.set_number(2);
  expected.set_kind("a");
  EXPECT_TRUE(MessageDifferencer::Equals(Applied(patch, Mask({"*"})), expected));
}

TEST(ApplyMask, ReachesIntoPartsAndLeavesTheirOutputFieldsAlone) {
  Sample patch;
  patch.mutable_seal()->set_count(5);
  patch.mutable_seal()->set_hash("forged");
  Sample target = Applied(patch, Mask({"seal.count"}));
  EXPECT_EQ(target.seal().count(), 5);
  EXPECT_EQ(target.seal().note(), "n");
  target = Applied(patch, Mask({"seal"}));
  EXPECT_EQ(target.seal().count(), 5);
  EXPECT_EQ(target.seal().note(), "");
  EXPECT_EQ(target.seal().hash(), "sealed");
  EXPECT_EQ(Refused(patch, Mask({"seal.hash"})), "seal.hash");
  patch.add_seals()->set_hash("forged");
  EXPECT_EQ(Applied(patch, Mask({"seals"})).seals(0).hash(), "");
}

TEST(ApplyMask, ClearingAPartOfWhatIsAbsentDoesNotMakeIt) {
  Sample target;
  ASSERT_TRUE(ApplyMask(Sample(), Mask({"seal.count"}), &target).ok());
  EXPECT_FALSE(target.has_seal());
}

TEST(ApplyMask, RefusesPathsThatCannotBeWritten) {
  const Sample patch;
  for (const char* path : {"name", "revision", "etag", "nothing", "title.x", "seals.count", "tags.0", "seal.",
                           ".seal", "", "seal.nothing", "seal.*"}) {
    EXPECT_EQ(Refused(patch, Mask({"title", path})), path);
  }
  EXPECT_EQ(Refused(patch, Mask({"*", "title"})), "*");
}

TEST(ApplyMask, RefusesToChangeWhatIsImmutable) {
  Sample patch;
  patch.set_kind("b");
  EXPECT_EQ(Refused(patch, Mask({"kind"})), "kind");
  EXPECT_EQ(Refused(patch, {}), "kind");
  EXPECT_EQ(Refused(patch, Mask({"*"})), "kind");
  patch.set_kind("a");
  EXPECT_EQ(Refused(patch, Mask({"kind"})), "");
  EXPECT_EQ(Refused(patch, Mask({"*"})), "");
}

// The names of the fields that the mask asks for; "refused: " and the path where it is wrong.
std::vector<std::string> ToRead(const FieldMask& mask) {
  const auto fields = FieldsToRead(*Sample::descriptor(), mask);
  if (!fields.ok()) {
    EXPECT_EQ(ReasonOf(fields.status()), ErrorReason::FIELD_MASK_INVALID);
    return {"refused: " + MetadataOf(fields.status())["path"]};
  }
  std::vector<std::string> names;
  for (const auto* field : *fields) names.push_back(field->name());
  return names;
}

TEST(FieldsToRead, AreThoseNamedInTheOrderOfTheContract) {
  EXPECT_THAT(ToRead(Mask({"seal", "title", "seal"})), ElementsAre("title", "seal"));
  // What nobody may write can be read.
  EXPECT_THAT(ToRead(Mask({"revision", "etag", "name"})), ElementsAre("name", "revision", "etag"));
}

TEST(FieldsToRead, AreAllWithoutAMaskAndWithAStar) {
  EXPECT_THAT(ToRead({}), SizeIs(Sample::descriptor()->field_count()));
  EXPECT_EQ(ToRead(Mask({"*"})), ToRead({}));
}

TEST(FieldsToRead, AreNoPartsAndNothingUnknown) {
  for (const char* path : {"nothing", "seal.count", "seal.", ".seal", "", "seal.*", "*", "Title", "title "}) {
    EXPECT_THAT(ToRead(Mask({"title", path})), ElementsAre(std::string("refused: ") + path));
  }
}

}  // namespace
}  // namespace inspectorate::query
