// Updates by mask, on every resource of the contracts. Whatever the mask and the patch say, what only the
// server sets stays; a refused mask changes nothing; the same update twice is the same as once. Input: the
// paths, one a line, a zero byte, then two messages: the target's edits, their length in one byte, and the
// patch's.
#include <algorithm>
#include <memory>
#include <string>
#include <vector>

#include "common/query/query.h"
#include "google/api/field_behavior.pb.h"
#include "google/protobuf/util/message_differencer.h"
#include "tests/fuzz/messages.h"

namespace inspectorate::fuzz {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::util::MessageDifferencer;

bool Behaves(const FieldDescriptor& field, google::api::FieldBehavior wanted) {
  for (int i = 0; i < field.options().ExtensionSize(google::api::field_behavior); ++i) {
    if (field.options().GetExtension(google::api::field_behavior, i) == wanted) return true;
  }
  return false;
}

bool IsGuarded(const FieldDescriptor& field) {
  return Behaves(field, google::api::OUTPUT_ONLY) || Behaves(field, google::api::IDENTIFIER) ||
         Behaves(field, google::api::IMMUTABLE) || field.name() == "etag";
}

std::unique_ptr<Message> Copy(const Message& message) {
  std::unique_ptr<Message> copy(message.New());
  copy->CopyFrom(message);
  return copy;
}

bool IsSame(const Message& a, const Message& b) {
  MessageDifferencer differencer;
  differencer.set_message_field_comparison(MessageDifferencer::EQUAL);
  google::protobuf::util::DefaultFieldComparator comparator;
  comparator.set_treat_nan_as_equal(true);
  differencer.set_field_comparator(&comparator);
  return differencer.Compare(a, b);
}

// The two without the fields for which `dropped` is true.
template <typename Predicate>
bool IsSameWithout(const Message& a, const Message& b, Predicate dropped) {
  const std::unique_ptr<Message> left = Copy(a);
  const std::unique_ptr<Message> right = Copy(b);
  for (int i = 0; i < a.GetDescriptor()->field_count(); ++i) {
    const FieldDescriptor* field = a.GetDescriptor()->field(i);
    if (!dropped(*field)) continue;
    left->GetReflection()->ClearField(left.get(), field);
    right->GetReflection()->ClearField(right.get(), field);
  }
  return IsSame(*left, *right);
}

void CheckApplied(const Message& before, const Message& patch, const google::protobuf::FieldMask& mask,
                  const Message& after) {
  FUZZ_CHECK(IsSameWithout(before, after, [](const FieldDescriptor& field) { return !IsGuarded(field); }));
  const bool everything = mask.paths_size() == 0 || (mask.paths_size() == 1 && mask.paths(0) == "*");
  if (!everything) {
    FUZZ_CHECK(IsSameWithout(before, after, [&mask](const FieldDescriptor& field) {
      return std::ranges::any_of(mask.paths(), [&field](const std::string& path) {
        return path.substr(0, path.find('.')) == field.name();
      });
    }));
  }
  const std::unique_ptr<Message> again = Copy(after);
  FUZZ_CHECK(query::ApplyMask(patch, mask, again.get()).ok());
  FUZZ_CHECK(IsSame(*again, after));
}

}  // namespace
}  // namespace inspectorate::fuzz

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace inspectorate;
  using namespace inspectorate::fuzz;
  Input input(data, size);
  google::protobuf::FieldMask mask;
  Input paths(input.Until('\0'));
  while (!paths.AtEnd() && mask.paths_size() < 50) mask.add_paths(std::string(paths.Until('\n')));
  const auto& type = TypeFrom(input, ResourceTypes());
  const std::unique_ptr<Message> target = NewMessage(type);
  const std::unique_ptr<Message> patch = NewMessage(type);
  FillValid(target.get());
  FillValid(patch.get());
  Input edits(input.Take(input.Byte()));
  Edit(target.get(), edits);
  Edit(patch.get(), input);
  const std::unique_ptr<Message> changed = Copy(*target);
  const absl::Status status = query::ApplyMask(*patch, mask, changed.get());
  if (status.ok()) {
    CheckApplied(*target, *patch, mask, *changed);
  } else {
    CheckRefusal(status, ErrorReason::FIELD_MASK_INVALID);
    FUZZ_CHECK(IsSame(*target, *changed));
  }
  return 0;
}
