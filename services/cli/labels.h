// What fields are called on a Chinese terminal (labels.csv). English ones show the contract's own names.
#pragma once

#include <string>

#include "google/protobuf/descriptor.h"

namespace inspectorate::cli {

// "学校" for `school`: what is written for this message's field, else for fields of the name; the field's
// name where there is no label or the language is English.
std::string LabelOf(const google::protobuf::FieldDescriptor& field);

// "责任督学" for "inspectorate/Inspector"; "Inspector" in English.
std::string LabelOfResource(const std::string& resource_type);

// Fields that a person is not shown: what a list says of its pages, what goes back to the server, the other
// language, the name of what another field refers to.
bool IsHidden(const google::protobuf::FieldDescriptor& field);

}  // namespace inspectorate::cli
