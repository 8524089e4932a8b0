// Nested and repeated fields as they are stored: each as the JSON object {"field": …} of its message.
//
// protobuf's own conversions of whole messages build the type anew at each call, with all options of all
// nested types: a hundred microseconds a field, which an issue has eight of. Here types are built once,
// without options, and all fields of a row are parsed together.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "google/protobuf/descriptor.h"
#include "google/protobuf/message.h"

namespace inspectorate::resource {

// Takes one field after the other out of a copy of a message.
class FieldsToJson {
 public:
  explicit FieldsToJson(const google::protobuf::Message& message) : message_(message) {}
  // Each field once.
  absl::StatusOr<std::string> Take(const google::protobuf::FieldDescriptor& field);

 private:
  const google::protobuf::Message& message_;
  std::unique_ptr<google::protobuf::Message> rest_;
};

// Sets the fields that the objects hold. A field that this release does not know is passed over: a newer one
// wrote it.
absl::Status FieldsFromJson(const std::vector<std::string_view>& objects, google::protobuf::Message* message);

}  // namespace inspectorate::resource
