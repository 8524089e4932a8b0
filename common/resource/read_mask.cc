#include "common/resource/read_mask.h"

#include <algorithm>
#include <set>

#include "common/base/macros.h"
#include "inspectorate/type/v1/options.pb.h"

namespace inspectorate::resource {
namespace {

bool IsDerived(const FieldDescriptor* field) { return field->options().GetExtension(type::v1::derived); }

// `name` is what the caller tells the rows apart by.
std::vector<const FieldDescriptor*> OthersThan(const std::set<std::string>& asked,
                                               const Descriptor& message) {
  std::vector<const FieldDescriptor*> others;
  for (int i = 0; i < message.field_count(); ++i) {
    const FieldDescriptor* field = message.field(i);
    if (field->name() != "name" && !asked.contains(field->name())) others.push_back(field);
  }
  return others;
}

}  // namespace

absl::StatusOr<ReadMask> ReadMask::Of(const Description& description, const google::protobuf::FieldMask& mask,
                                      const std::vector<std::string>& derived_from,
                                      const std::vector<query::Order>& order) {
  ASSIGN_OR_RETURN(const auto fields, query::FieldsToRead(description.message(), mask));
  ReadMask read;
  read.derived_ = std::ranges::any_of(fields, IsDerived);
  std::set<std::string> names;
  for (const FieldDescriptor* field : fields) names.insert(field->name());
  read.unasked_ = OthersThan(names, description.message());
  if (read.derived_) names.insert(derived_from.begin(), derived_from.end());
  for (const query::Order& entry : order) names.insert(entry.path);
  read.selection_ = description.SelectionOf(names);
  return read;
}

void ReadMask::KeepAsked(Message* resource) const {
  for (const FieldDescriptor* field : unasked_) resource->GetReflection()->ClearField(resource, field);
}

}  // namespace inspectorate::resource
