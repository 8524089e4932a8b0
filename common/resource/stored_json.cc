#include "common/resource/stored_json.h"

#include <map>
#include <mutex>

#include "google/protobuf/type.pb.h"
#include "google/protobuf/util/json_util.h"
#include "google/protobuf/util/type_resolver.h"
#include "google/protobuf/util/type_resolver_util.h"

namespace inspectorate::resource {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
namespace util = google::protobuf::util;

constexpr char kPrefix[] = "type.googleapis.com";

std::string UrlOf(const Descriptor& message) { return std::string(kPrefix) + "/" + message.full_name(); }

// The types of the contract, each built once.
class Types : public util::TypeResolver {
 public:
  util::Status ResolveMessageType(const std::string& url, google::protobuf::Type* type) override {
    const std::lock_guard lock(mutex_);
    auto known = messages_.find(url);
    if (known == messages_.end()) {
      const util::Status status = pool_->ResolveMessageType(url, type);
      if (!status.ok()) return status;
      // Of the options the conversion asks for the mark of a map's entry only.
      for (auto& field : *type->mutable_fields()) field.clear_options();
      google::protobuf::Type bare = *type;
      bare.clear_options();
      for (const auto& option : type->options()) {
        if (option.name() == "map_entry") *bare.add_options() = option;
      }
      known = messages_.emplace(url, std::move(bare)).first;
    }
    *type = known->second;
    return util::Status();
  }

  util::Status ResolveEnumType(const std::string& url, google::protobuf::Enum* type) override {
    const std::lock_guard lock(mutex_);
    auto known = enums_.find(url);
    if (known == enums_.end()) {
      const util::Status status = pool_->ResolveEnumType(url, type);
      if (!status.ok()) return status;
      type->clear_options();
      for (auto& value : *type->mutable_enumvalue()) value.clear_options();
      known = enums_.emplace(url, *type).first;
    }
    *type = known->second;
    return util::Status();
  }

  static Types& Get() {
    static auto* types = new Types;
    return *types;
  }

 private:
  const std::unique_ptr<util::TypeResolver> pool_{
      util::NewTypeResolverForDescriptorPool(kPrefix, google::protobuf::DescriptorPool::generated_pool())};
  std::mutex mutex_;
  std::map<std::string, google::protobuf::Type> messages_;
  std::map<std::string, google::protobuf::Enum> enums_;
};

std::string_view Trimmed(std::string_view text) {
  constexpr std::string_view kSpace = " \t\r\n";
  const size_t begin = text.find_first_not_of(kSpace);
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(kSpace) + 1 - begin);
}

}  // namespace

absl::StatusOr<std::string> FieldsToJson::Take(const FieldDescriptor& field) {
  if (rest_ == nullptr) {
    rest_.reset(message_.New());
    rest_->CopyFrom(message_);
  }
  const std::unique_ptr<Message> only(message_.New());
  only->GetReflection()->SwapFields(only.get(), rest_.get(), {&field});
  util::JsonPrintOptions options;
  options.preserve_proto_field_names = true;
  std::string json;
  const util::Status status = util::BinaryToJsonString(&Types::Get(), UrlOf(*message_.GetDescriptor()),
                                                       only->SerializeAsString(), &json, options);
  if (!status.ok()) return absl::InternalError("field to JSON: " + field.full_name());
  return json;
}

absl::Status FieldsFromJson(const std::vector<std::string_view>& objects, Message* message) {
  std::string joined;
  for (std::string_view object : objects) {
    object = Trimmed(object);
    if (object.size() < 2 || object.front() != '{' || object.back() != '}') {
      return absl::InternalError("stored JSON is no object");
    }
    object = Trimmed(object.substr(1, object.size() - 2));
    if (object.empty()) continue;
    joined += joined.empty() ? "{" : ",";
    joined += object;
  }
  if (joined.empty()) return absl::OkStatus();
  util::JsonParseOptions options;
  options.ignore_unknown_fields = true;
  std::string binary;
  const util::Status status = util::JsonToBinaryString(&Types::Get(), UrlOf(*message->GetDescriptor()),
                                                       joined + "}", &binary, options);
  if (!status.ok() || !message->MergeFromString(binary)) {
    return absl::InternalError("stored JSON does not parse");
  }
  return absl::OkStatus();
}

}  // namespace inspectorate::resource
