// The linked contract, asked by name: which method reads a resource, which lists it.
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "google/protobuf/descriptor.h"

namespace inspectorate::cli {

using google::protobuf::MethodDescriptor;

// By full name, "inspectorate.visits.v1.Visits.GetVisit"; with or without the leading "inspectorate.", and
// with
// '/' before the method. Null when there is none.
const MethodDescriptor* FindMethodByName(std::string_view name);

// The standard Get and List methods of a resource type ("inspectorate/School"); null when there is none.
const MethodDescriptor* GetterOf(const std::string& resource_type);
const MethodDescriptor* ListerOf(const std::string& resource_type);

// "schools/{school}": the first pattern of the type; empty for an unknown type.
std::string PatternOf(const std::string& resource_type);

void ForEachMethod(const std::function<void(const MethodDescriptor&)>& visit);

}  // namespace inspectorate::cli
