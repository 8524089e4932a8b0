#include "services/cli/contract.h"

#include <algorithm>
#include <map>
#include <string>
#include <vector>

#include "google/api/resource.pb.h"
#include "google/protobuf/descriptor.h"
#include "google/protobuf/descriptor_database.h"

namespace inspectorate::cli {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::FileDescriptor;

// Every file of the contract: they are linked whole, so that none can be forgotten here.
std::vector<const FileDescriptor*> LinkedFiles() {
  using google::protobuf::DescriptorPool;
  std::vector<std::string> names;
  DescriptorPool::internal_generated_database()->FindAllFileNames(&names);
  std::sort(names.begin(), names.end());
  std::vector<const FileDescriptor*> files;
  for (const std::string& name : names) {
    if (name.starts_with("inspectorate/")) {
      files.push_back(DescriptorPool::generated_pool()->FindFileByName(name));
    }
  }
  return files;
}

const std::vector<const FileDescriptor*>& Files() {
  static const auto& files = *new std::vector<const FileDescriptor*>(LinkedFiles());
  return files;
}

const google::api::ResourceDescriptor& ResourceOf(const Descriptor& type) {
  return type.options().GetExtension(google::api::resource);
}

struct Standard {
  const MethodDescriptor* get = nullptr;
  const MethodDescriptor* list = nullptr;
  std::string pattern;
};

void Note(const MethodDescriptor& method, std::map<std::string, Standard>* standards) {
  const Descriptor& output = *method.output_type();
  const std::string& name = method.name();
  // Get{X} of an X, whatever it may be asked for beside the name.
  if (name == "Get" + output.name() && output.options().HasExtension(google::api::resource) &&
      method.input_type()->FindFieldByName("name") != nullptr) {
    Standard& standard = (*standards)[ResourceOf(output).type()];
    standard.get = &method;
    standard.pattern = ResourceOf(output).pattern(0);
  }
  if (name.rfind("List", 0) == 0 && output.field_count() > 0 && output.field(0)->message_type() != nullptr &&
      output.field(0)->message_type()->options().HasExtension(google::api::resource)) {
    Standard& standard = (*standards)[ResourceOf(*output.field(0)->message_type()).type()];
    standard.list = &method;
    standard.pattern = ResourceOf(*output.field(0)->message_type()).pattern(0);
  }
}

const Standard& StandardOf(const std::string& type) {
  static const auto& standards = *[] {
    auto* found = new std::map<std::string, Standard>();
    ForEachMethod([&](const MethodDescriptor& method) { Note(method, found); });
    return found;
  }();
  static const auto& none = *new Standard();
  const auto found = standards.find(type);
  return found == standards.end() ? none : found->second;
}

}  // namespace

const MethodDescriptor* FindMethodByName(std::string_view name) {
  std::string full(name);
  for (char& c : full) {
    if (c == '/') c = '.';
  }
  if (full.rfind("inspectorate.", 0) != 0) full = "inspectorate." + full;
  const MethodDescriptor* found = nullptr;
  ForEachMethod([&](const MethodDescriptor& method) {
    if (method.full_name() == full) found = &method;
  });
  return found;
}

const MethodDescriptor* GetterOf(const std::string& resource_type) { return StandardOf(resource_type).get; }
const MethodDescriptor* ListerOf(const std::string& resource_type) { return StandardOf(resource_type).list; }
std::string PatternOf(const std::string& resource_type) { return StandardOf(resource_type).pattern; }

void ForEachMethod(const std::function<void(const MethodDescriptor&)>& visit) {
  for (const FileDescriptor* file : Files()) {
    for (int s = 0; s < file->service_count(); ++s) {
      for (int m = 0; m < file->service(s)->method_count(); ++m) visit(*file->service(s)->method(m));
    }
  }
}

}  // namespace inspectorate::cli
