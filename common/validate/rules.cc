#include "common/validate/rules.h"

#include <mutex>
#include <shared_mutex>
#include <unordered_map>

#include "common/validate/resource_types.h"
#include "google/api/field_behavior.pb.h"

namespace inspectorate::validate {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;

bool Behaves(const FieldDescriptor& field, google::api::FieldBehavior wanted) {
  const auto& options = field.options();
  for (int i = 0; i < options.ExtensionSize(google::api::field_behavior); ++i) {
    if (options.GetExtension(google::api::field_behavior, i) == wanted) return true;
  }
  return false;
}

WellFormed WellFormedOf(const FieldDescriptor& field) {
  const Descriptor* type = field.message_type();
  if (type == nullptr) return WellFormed::kAny;
  if (type->full_name() == "google.protobuf.Timestamp") return WellFormed::kTimestamp;
  if (type->full_name() == "google.protobuf.Duration") return WellFormed::kDuration;
  if (type->full_name() == "google.type.Date") return WellFormed::kDate;
  return WellFormed::kAny;
}

const FieldDescriptor* UpdateMaskOf(const Descriptor& message) {
  const FieldDescriptor* field = message.FindFieldByName("update_mask");
  const bool is_mask = field != nullptr && !field->is_repeated() && field->message_type() != nullptr &&
                       field->message_type()->full_name() == "google.protobuf.FieldMask";
  return is_mask ? field : nullptr;
}

FieldRules Read(const FieldDescriptor& field, bool of_update) {
  FieldRules read;
  read.field = &field;
  read.rules = field.options().GetExtension(type::v1::rules);
  read.output_only = Behaves(field, google::api::OUTPUT_ONLY);
  read.identifier = Behaves(field, google::api::IDENTIFIER);
  read.required = read.rules.required() || Behaves(field, google::api::REQUIRED);
  read.patch = of_update && !field.is_repeated() && field.message_type() != nullptr &&
               field.message_type()->options().HasExtension(google::api::resource);
  read.well_formed = WellFormedOf(field);
  if (!read.rules.pattern().empty()) {
    read.pattern = std::make_unique<const RE2>(read.rules.pattern(), RE2::Quiet);
  }
  if (!read.rules.resource().empty()) read.resource = FindResourceType(read.rules.resource());
  return read;
}

std::unique_ptr<const MessageRules> Read(const Descriptor& message) {
  auto read = std::make_unique<MessageRules>();
  read->update_mask = UpdateMaskOf(message);
  for (int i = 0; i < message.field_count(); ++i) {
    read->fields.push_back(Read(*message.field(i), read->update_mask != nullptr));
  }
  return read;
}

}  // namespace

const MessageRules& RulesOf(const Descriptor& message) {
  static auto& mutex = *new std::shared_mutex;
  static auto& cache = *new std::unordered_map<const Descriptor*, std::unique_ptr<const MessageRules>>;
  {
    std::shared_lock lock(mutex);
    if (const auto found = cache.find(&message); found != cache.end()) return *found->second;
  }
  std::unique_ptr<const MessageRules> read = Read(message);
  std::unique_lock lock(mutex);
  return *cache.emplace(&message, std::move(read)).first->second;
}

}  // namespace inspectorate::validate
