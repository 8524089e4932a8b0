#include "common/validate/resource_types.h"

#include <algorithm>
#include <map>
#include <string>
#include <vector>

#include "common/base/resource_name.h"
#include "google/protobuf/descriptor.h"
#include "google/protobuf/descriptor_database.h"

namespace inspectorate::validate {
namespace {

using google::api::ResourceDescriptor;
using google::protobuf::Descriptor;
using google::protobuf::DescriptorPool;

using TypeMap = std::map<std::string, const ResourceDescriptor*, std::less<>>;

void AddTypes(const Descriptor& message, TypeMap* types) {
  if (message.options().HasExtension(google::api::resource)) {
    const ResourceDescriptor& type = message.options().GetExtension(google::api::resource);
    types->emplace(type.type(), &type);
  }
  for (int i = 0; i < message.nested_type_count(); ++i) AddTypes(*message.nested_type(i), types);
}

// A contract refers to types of others that it does not import, so all linked files are searched, used or
// not.
TypeMap ReadTypes() {
  TypeMap types;
  std::vector<std::string> files;
  DescriptorPool::internal_generated_database()->FindAllFileNames(&files);
  for (const std::string& name : files) {
    const google::protobuf::FileDescriptor* file = DescriptorPool::generated_pool()->FindFileByName(name);
    for (int i = 0; file != nullptr && i < file->message_type_count(); ++i) {
      AddTypes(*file->message_type(i), &types);
    }
  }
  return types;
}

}  // namespace

const ResourceDescriptor* FindResourceType(std::string_view type) {
  static const TypeMap& types = *new TypeMap(ReadTypes());
  const auto found = types.find(type);
  return found == types.end() ? nullptr : found->second;
}

bool IsNameOf(const ResourceDescriptor& type, std::string_view name, bool wildcard) {
  return std::ranges::any_of(type.pattern(), [&](const std::string& pattern) {
    return ParseName(pattern, name, wildcard).has_value();
  });
}

}  // namespace inspectorate::validate
