// The form of every contract under protos/inspectorate, beside what tests/conformance asks of it. The files
// are found in the source tree, so a new one is checked without being listed here.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <memory>
#include <set>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

#include "google/api/annotations.pb.h"
#include "google/api/resource.pb.h"
#include "google/protobuf/descriptor.h"
#include "google/protobuf/descriptor.pb.h"
#include "google/rpc/code.pb.h"
#include "inspectorate/type/v1/errors.pb.h"
#include "inspectorate/type/v1/options.pb.h"
#include "re2/re2.h"

namespace inspectorate {
namespace {

using google::protobuf::DescriptorPool;
using google::protobuf::EnumDescriptor;
using google::protobuf::EnumValueDescriptor;
using google::protobuf::FileDescriptor;
using google::protobuf::MethodDescriptor;

std::string Protos() {
  const char* source = std::getenv("INSPECTORATE_SOURCE");
  return std::string(source == nullptr ? "." : source) + "/protos";
}

// "inspectorate/visits/v1/visit.proto", …
std::vector<std::string> FileNames() {
  std::vector<std::string> names;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(Protos() + "/inspectorate")) {
    if (entry.path().extension() == ".proto") {
      names.push_back(std::filesystem::relative(entry.path(), Protos()).string());
    }
  }
  std::sort(names.begin(), names.end());
  return names;
}

std::vector<const FileDescriptor*> Files() {
  std::vector<const FileDescriptor*> files;
  for (const std::string& name : FileNames()) {
    const FileDescriptor* file = DescriptorPool::generated_pool()->FindFileByName(name);
    EXPECT_NE(file, nullptr) << name
                             << " is not compiled: add its package to protos/CMakeLists.txt and to this test";
    if (file != nullptr) files.push_back(file);
  }
  return files;
}

std::vector<const MethodDescriptor*> Methods(const std::vector<const FileDescriptor*>& files) {
  std::vector<const MethodDescriptor*> methods;
  for (const FileDescriptor* file : files) {
    for (int s = 0; s < file->service_count(); ++s) {
      for (int m = 0; m < file->service(s)->method_count(); ++m)
        methods.push_back(file->service(s)->method(m));
    }
  }
  return methods;
}

template <class Visit>
void ForEachEnum(const google::protobuf::Descriptor& message, const Visit& visit) {
  for (int i = 0; i < message.enum_type_count(); ++i) visit(*message.enum_type(i));
  for (int i = 0; i < message.nested_type_count(); ++i) ForEachEnum(*message.nested_type(i), visit);
}

template <class Visit>
void ForEachEnum(const Visit& visit) {
  for (const FileDescriptor* file : Files()) {
    for (int i = 0; i < file->enum_type_count(); ++i) visit(*file->enum_type(i));
    for (int i = 0; i < file->message_type_count(); ++i) ForEachEnum(*file->message_type(i), visit);
  }
}

TEST(ContractForm, EveryMethodSaysWhoMayCallItOnWhatAndWhereItRuns) {
  const auto methods = Methods(Files());
  ASSERT_GT(methods.size(), 40u);
  for (const MethodDescriptor* method : methods) {
    SCOPED_TRACE(method->full_name());
    ASSERT_TRUE(method->options().HasExtension(type::v1::access)) << "no access option: nobody could call it";
    const type::v1::Access& access = method->options().GetExtension(type::v1::access);
    EXPECT_TRUE(RE2::FullMatch(access.permission(), R"(([a-z]+\.)?[a-zA-Z]+\.[a-zA-Z]+)"))
        << access.permission();
    EXPECT_GT(access.roles_size(), 0);
    const std::set<int> roles(access.roles().begin(), access.roles().end());
    EXPECT_EQ(roles.size(), static_cast<size_t>(access.roles_size())) << "a role is named twice";
    EXPECT_FALSE(roles.contains(type::v1::ROLE_UNSPECIFIED));
    EXPECT_NE(access.scope(), type::v1::SCOPE_UNSPECIFIED);
    EXPECT_NE(access.work(), type::v1::WORK_UNSPECIFIED);
    EXPECT_EQ(access.work() == type::v1::WORK_STREAM, method->server_streaming());
    EXPECT_FALSE(method->client_streaming());
  }
}

TEST(ContractForm, WritesCarryARequestIdAndNeverUseGet) {
  for (const MethodDescriptor* method : Methods(Files())) {
    SCOPED_TRACE(method->full_name());
    const bool writes = method->options().GetExtension(type::v1::access).work() == type::v1::WORK_WRITE;
    if (!writes) continue;
    EXPECT_NE(method->input_type()->FindFieldByName("request_id"), nullptr);
    EXPECT_TRUE(method->options().GetExtension(google::api::http).get().empty());
  }
}

TEST(ContractForm, EveryMethodHasAnHttpFormOfItsOwn) {
  std::map<std::string, std::string> seen;
  for (const MethodDescriptor* method : Methods(Files())) {
    SCOPED_TRACE(method->full_name());
    ASSERT_TRUE(method->options().HasExtension(google::api::http));
    const google::api::HttpRule& rule = method->options().GetExtension(google::api::http);
    EXPECT_EQ(rule.additional_bindings_size(), 0);
    const std::string form = std::to_string(rule.pattern_case()) + " " + rule.get() + rule.post() +
                             rule.patch() + rule.delete_() + rule.put();
    EXPECT_TRUE(form.find("/v1/") != std::string::npos) << form;
    // Each service has its own feed and operations, behind one form: the host tells them apart.
    EXPECT_TRUE(seen.emplace(form, method->full_name()).second) << form << " is also " << seen[form];
  }
}

TEST(ContractForm, EveryEnumBeginsWithAValueThatMeansNothing) {
  ForEachEnum([](const EnumDescriptor& type) {
    EXPECT_TRUE(type.value(0)->number() == 0 && RE2::FullMatch(type.value(0)->name(), "[A-Z_]+_UNSPECIFIED"))
        << type.full_name() << " begins with " << type.value(0)->name();
  });
}

TEST(ContractForm, AnEnumIsWordedInBothLanguagesOrInNone) {
  ForEachEnum([](const EnumDescriptor& type) {
    int worded = 0;
    for (int i = 1; i < type.value_count(); ++i) {
      const auto& options = type.value(i)->options();
      EXPECT_EQ(options.GetExtension(type::v1::zh).empty(), options.GetExtension(type::v1::en).empty())
          << type.value(i)->full_name();
      worded += options.GetExtension(type::v1::zh).empty() ? 0 : 1;
    }
    EXPECT_TRUE(worded == 0 || worded == type.value_count() - 1)
        << type.full_name() << ": some values have no words";
  });
}

std::set<std::string> Variables(const std::string& text) {
  std::set<std::string> names;
  re2::StringPiece rest(text);
  std::string name;
  while (RE2::FindAndConsume(&rest, R"(\{([a-z_]+)\})", &name)) names.insert(name);
  return names;
}

TEST(ContractForm, EveryErrorReasonHasACodeAndTheSameVariablesInBothLanguages) {
  const EnumDescriptor& reasons = *type::v1::ErrorReason_descriptor();
  for (int i = 1; i < reasons.value_count(); ++i) {
    SCOPED_TRACE(reasons.value(i)->name());
    const type::v1::ErrorText& error = reasons.value(i)->options().GetExtension(type::v1::error);
    google::rpc::Code code;
    EXPECT_TRUE(google::rpc::Code_Parse(error.code(), &code) && code != google::rpc::OK) << error.code();
    EXPECT_FALSE(error.zh().empty());
    EXPECT_FALSE(error.en().empty());
    EXPECT_EQ(Variables(error.zh()), Variables(error.en()));
  }
}

TEST(ContractForm, EveryResourceIsNamedUnderOneDomain) {
  for (const FileDescriptor* file : Files()) {
    for (int i = 0; i < file->message_type_count(); ++i) {
      const auto& message = *file->message_type(i);
      if (!message.options().HasExtension(google::api::resource)) continue;
      const auto& resource = message.options().GetExtension(google::api::resource);
      EXPECT_EQ(resource.type(), "inspectorate/" + message.name());
      EXPECT_GT(resource.pattern_size(), 0) << message.full_name();
      EXPECT_NE(message.FindFieldByName("name"), nullptr) << message.full_name();
    }
  }
}

// --- comments: they are in the files, not in the compiled descriptors --------------------------------------

// The files with their comments, as protoc wrote them for this test.
std::unique_ptr<DescriptorPool> Commented() {
  google::protobuf::FileDescriptorSet set;
  std::ifstream file(INSPECTORATE_COMMENTED_CONTRACT, std::ios::binary);
  EXPECT_TRUE(set.ParseFromIstream(&file)) << INSPECTORATE_COMMENTED_CONTRACT;
  auto pool = std::make_unique<DescriptorPool>();
  for (const auto& proto : set.file()) EXPECT_NE(pool->BuildFile(proto), nullptr) << proto.name();
  return pool;
}

// "Callers: a, b." → "a, b", over line ends; empty if the comment has no such sentence.
std::string Sentence(std::string comment, std::string_view head) {
  std::replace(comment.begin(), comment.end(), '\n', ' ');
  std::string body;
  RE2::PartialMatch(comment, std::string(head) + R"(:\s*(.*?)\.(?:\s|$))", &body);
  return body;
}

// The items of a list, without what stands in parentheses.
std::set<std::string> Listed(std::string sentence) {
  RE2::GlobalReplace(&sentence, R"(\s*\([^)]*\))", "");
  std::set<std::string> items;
  std::stringstream stream(sentence);
  for (std::string item; std::getline(stream, item, ',');) {
    RE2::GlobalReplace(&item, R"(^\s+|\s+$)", "");
    RE2::GlobalReplace(&item, R"(\s+)", " ");
    if (!item.empty()) items.insert(item);
  }
  return items;
}

std::set<std::string> RolesInWords(const type::v1::Access& access) {
  static const std::map<int, std::string> words = {
      {type::v1::ROLE_PLATFORM_OPERATOR, "platform operator"},
      {type::v1::ROLE_DISTRICT_OFFICE, "district office"},
      {type::v1::ROLE_AREA_LEAD, "area lead"},
      {type::v1::ROLE_RESPONSIBLE_INSPECTOR, "responsible inspector"},
      {type::v1::ROLE_SCHOOL_SUPERVISOR, "school-based supervisor"},
      {type::v1::ROLE_BUREAU_READER, "bureau reader"},
      {type::v1::ROLE_SYSTEM_INTEGRATOR, "system integrator"},
      {type::v1::ROLE_AUDITOR, "auditor"},
      {type::v1::ROLE_SERVICE, "services"},
      {type::v1::ROLE_PUBLIC, "everybody"}};
  std::set<std::string> roles;
  for (int role : access.roles()) roles.insert(words.at(role));
  return roles;
}

TEST(ContractForm, EveryMethodsCommentNamesItsCallersAndStatuses) {
  const auto pool = Commented();
  for (const FileDescriptor* compiled : Files()) {
    const FileDescriptor* file = pool->FindFileByName(compiled->name());
    ASSERT_NE(file, nullptr) << compiled->name();
    for (const MethodDescriptor* method : Methods({file})) {
      SCOPED_TRACE(method->full_name());
      google::protobuf::SourceLocation location;
      ASSERT_TRUE(method->GetSourceLocation(&location));
      const MethodDescriptor* built = DescriptorPool::generated_pool()->FindMethodByName(method->full_name());
      ASSERT_NE(built, nullptr);
      EXPECT_EQ(Listed(Sentence(location.leading_comments, "Callers")),
                RolesInWords(built->options().GetExtension(type::v1::access)))
          << "the comment's callers are not the roles of the access option";
      const auto statuses = Listed(Sentence(location.leading_comments, "Statuses"));
      for (const char* any : {"INVALID_ARGUMENT", "UNAVAILABLE"}) {
        EXPECT_TRUE(statuses.contains(any)) << any << " is not among the statuses";
      }
      // Who needs no login is not refused for want of one.
      const bool open = RolesInWords(built->options().GetExtension(type::v1::access)).contains("everybody");
      for (const char* login : {"UNAUTHENTICATED", "PERMISSION_DENIED"}) {
        EXPECT_EQ(statuses.contains(login), !open) << login;
      }
      for (const std::string& status : statuses) {
        google::rpc::Code code;
        EXPECT_TRUE(google::rpc::Code_Parse(status, &code)) << status << " is no status";
      }
    }
  }
}

}  // namespace
}  // namespace inspectorate
