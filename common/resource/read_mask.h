// What a list answers with of each row, and what must be read for it.
#pragma once

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "common/query/query.h"
#include "common/resource/description.h"

namespace inspectorate::resource {

class ReadMask {
 public:
  // `derived_from`: the fields that the derived ones follow from. `order`: the page token is made of those.
  // FIELD_MASK_INVALID as query::FieldsToRead has it.
  static absl::StatusOr<ReadMask> Of(const Description& description, const google::protobuf::FieldMask& mask,
                                     const std::vector<std::string>& derived_from,
                                     const std::vector<query::Order>& order);

  const Selection& selection() const { return selection_; }
  // Whether a derived field is asked for.
  bool derived() const { return derived_; }
  // Clears what was read for the sake of others, and the derived fields that are not asked for.
  void KeepAsked(Message* resource) const;

 private:
  Selection selection_;
  bool derived_ = false;
  std::vector<const FieldDescriptor*> unasked_;
};

}  // namespace inspectorate::resource
