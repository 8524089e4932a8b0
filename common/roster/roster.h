// The registry's facts as every service holds them: tables of the registry itself, or dated copies of them.
#pragma once

#include <vector>

#include "common/db/migrate.h"
#include "google/protobuf/descriptor.h"

namespace inspectorate::roster {

// One table a resource.
std::vector<db::Migration> Migrations();

// The resources whose tables these are, an owner before what refers to it.
const std::vector<const google::protobuf::Descriptor*>& Resources();

}  // namespace inspectorate::roster
