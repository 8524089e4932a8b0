// The tables of the visits service, after the platform's and the roster's.
#pragma once

#include <vector>

#include "common/db/migrate.h"
#include "google/protobuf/descriptor.h"

namespace inspectorate::visits {

std::vector<db::Migration> Migrations();

// The resources this service owns: what its feed speaks of.
const std::vector<const google::protobuf::Descriptor*>& Resources();

}  // namespace inspectorate::visits
