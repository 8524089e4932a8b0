// The resource types that the linked contracts declare (google.api.resource).
#pragma once

#include <string_view>

#include "google/api/resource.pb.h"

namespace inspectorate::validate {

// By type, "inspectorate/School"; null when no linked contract declares it.
const google::api::ResourceDescriptor* FindResourceType(std::string_view type);

// `name` has a pattern of this type; with `wildcard`, "-" may stand for any id.
bool IsNameOf(const google::api::ResourceDescriptor& type, std::string_view name, bool wildcard = false);

}  // namespace inspectorate::validate
