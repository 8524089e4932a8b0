// The rules of a message, read once from its descriptor.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "google/api/resource.pb.h"
#include "google/protobuf/descriptor.h"
#include "inspectorate/type/v1/options.pb.h"
#include "re2/re2.h"

namespace inspectorate::validate {

// What every value of a type must be, whatever the rules say.
enum class WellFormed { kAny, kTimestamp, kDuration, kDate };

struct FieldRules {
  const google::protobuf::FieldDescriptor* field = nullptr;
  type::v1::Rules rules;
  bool required = false;
  // What a caller sends in such a field is ignored (AIP-203).
  bool output_only = false;
  bool identifier = false;
  // The message to be patched by an update: its required fields may be absent unless the mask names them.
  bool patch = false;
  WellFormed well_formed = WellFormed::kAny;
  std::unique_ptr<const RE2> pattern;
  // Set when `rules.resource` names a type of a linked contract.
  const google::api::ResourceDescriptor* resource = nullptr;
};

struct MessageRules {
  std::vector<FieldRules> fields;  // in order of declaration
  // The google.protobuf.FieldMask `update_mask`, null when there is none.
  const google::protobuf::FieldDescriptor* update_mask = nullptr;
};

// Never null, lives for ever. Thread-safe.
const MessageRules& RulesOf(const google::protobuf::Descriptor& message);

}  // namespace inspectorate::validate
