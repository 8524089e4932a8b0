#include "common/rpc/methods.h"

#include <algorithm>
#include <cstdio>
#include <cstdlib>

namespace inspectorate::rpc {
namespace {

using google::protobuf::MethodDescriptor;

// A wrong registration is a bug that must not reach a running server.
[[noreturn]] void Abort(std::string_view method, const char* why) {
  std::fprintf(stderr, "cannot register %.*s: %s\n", static_cast<int>(method.size()), method.data(), why);
  std::abort();
}

const MethodDescriptor& Known(std::string_view method) {
  const MethodDescriptor* descriptor = FindMethod(method);
  if (descriptor == nullptr) Abort(method, "the contract has no such method");
  if (descriptor->client_streaming()) Abort(method, "client streams are not supported");
  return *descriptor;
}

void Remember(const google::protobuf::ServiceDescriptor* service,
              std::vector<const google::protobuf::ServiceDescriptor*>* services) {
  if (std::find(services->begin(), services->end(), service) == services->end()) services->push_back(service);
}

}  // namespace

void Methods::AddUnary(std::string_view method, UnaryHandler handler, Company company) {
  const MethodDescriptor& descriptor = Known(method);
  if (descriptor.server_streaming()) Abort(method, "it is a stream");
  if (!unary_.emplace(std::string(method), std::move(handler)).second)
    Abort(method, "it has a handler already");
  if (company == Company::kTogether) together_.emplace(method);
  Remember(descriptor.service(), &services_);
}

void Methods::AddStream(std::string_view method, StreamHandler handler) {
  const MethodDescriptor& descriptor = Known(method);
  if (!descriptor.server_streaming()) Abort(method, "it is not a stream");
  if (!streams_.emplace(std::string(method), std::move(handler)).second)
    Abort(method, "it has a handler already");
  Remember(descriptor.service(), &services_);
}

const UnaryHandler* Methods::FindUnary(std::string_view method) const {
  const auto found = unary_.find(std::string(method));
  return found == unary_.end() ? nullptr : &found->second;
}

const StreamHandler* Methods::FindStream(std::string_view method) const {
  const auto found = streams_.find(std::string(method));
  return found == streams_.end() ? nullptr : &found->second;
}

std::vector<const google::protobuf::ServiceDescriptor*> Methods::Services() const { return services_; }

std::vector<std::string> Methods::Missing() const {
  std::vector<std::string> missing;
  for (const google::protobuf::ServiceDescriptor* service : services_) {
    for (int i = 0; i < service->method_count(); ++i) {
      const std::string& name = service->method(i)->full_name();
      if (FindUnary(name) == nullptr && FindStream(name) == nullptr) missing.push_back(name);
    }
  }
  return missing;
}

void Methods::CheckTypes(std::string_view method, const google::protobuf::Descriptor* request,
                         const google::protobuf::Descriptor* response) {
  const MethodDescriptor& descriptor = Known(method);
  if (descriptor.input_type() != request) Abort(method, "the request type is another one");
  if (descriptor.output_type() != response) Abort(method, "the response type is another one");
}

const MethodDescriptor* FindMethod(std::string_view full_name) {
  return google::protobuf::DescriptorPool::generated_pool()->FindMethodByName(std::string(full_name));
}

}  // namespace inspectorate::rpc
