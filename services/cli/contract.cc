#include "services/cli/contract.h"

#include <map>

#include "google/api/resource.pb.h"
#include "inspectorate/feed/v1/feed.pb.h"
#include "inspectorate/issues/v1/attachment.pb.h"
#include "inspectorate/issues/v1/issue.pb.h"
#include "inspectorate/issues/v1/notice.pb.h"
#include "inspectorate/registry/v1/area.pb.h"
#include "inspectorate/registry/v1/area_design.pb.h"
#include "inspectorate/registry/v1/import.pb.h"
#include "inspectorate/registry/v1/inspector.pb.h"
#include "inspectorate/registry/v1/office.pb.h"
#include "inspectorate/registry/v1/policy.pb.h"
#include "inspectorate/registry/v1/school.pb.h"
#include "inspectorate/registry/v1/school_change.pb.h"
#include "inspectorate/reporting/v1/audit.pb.h"
#include "inspectorate/reporting/v1/indicator.pb.h"
#include "inspectorate/reporting/v1/report.pb.h"
#include "inspectorate/type/v1/operations.pb.h"
#include "inspectorate/visits/v1/obligation.pb.h"
#include "inspectorate/visits/v1/plan.pb.h"
#include "inspectorate/visits/v1/visit.pb.h"

namespace inspectorate::cli {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::FileDescriptor;

const std::vector<const FileDescriptor*>& Files() {
  static const auto& files =
      *new std::vector<const FileDescriptor*>{registry::v1::Office::descriptor()->file(),
                                              registry::v1::School::descriptor()->file(),
                                              registry::v1::SchoolChange::descriptor()->file(),
                                              registry::v1::Area::descriptor()->file(),
                                              registry::v1::AreaDesign::descriptor()->file(),
                                              registry::v1::Inspector::descriptor()->file(),
                                              registry::v1::PolicyRule::descriptor()->file(),
                                              registry::v1::ImportRosterRequest::descriptor()->file(),
                                              visits::v1::Obligation::descriptor()->file(),
                                              visits::v1::Plan::descriptor()->file(),
                                              visits::v1::Visit::descriptor()->file(),
                                              issues::v1::Issue::descriptor()->file(),
                                              issues::v1::Notice::descriptor()->file(),
                                              issues::v1::Attachment::descriptor()->file(),
                                              reporting::v1::Indicator::descriptor()->file(),
                                              reporting::v1::Report::descriptor()->file(),
                                              reporting::v1::LoopAudit::descriptor()->file(),
                                              feed::v1::Change::descriptor()->file(),
                                              type::v1::OperationMetadata::descriptor()->file()};
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
