// Reporting's own copies of what the other services own, and what it keeps beside them to look back in time.
#pragma once

#include <string>
#include <vector>

#include "common/db/migrate.h"
#include "common/feed/consumer.h"
#include "google/protobuf/descriptor.h"

namespace inspectorate::reporting {

// Copies of visits and issues, transitions and seals. The copies of the registry are the
// roster's (common/roster).
std::vector<db::Migration> Migrations();

// The resources of each source whose rows are copied here.
const std::vector<const google::protobuf::Descriptor*>& VisitsResources();
const std::vector<const google::protobuf::Descriptor*>& IssuesResources();

// How the changes of a source are applied: copied, and for visits the seals, for issues the transitions
// noted. The consumer makes it happen exactly once. The registry's changes are copied as in every service.
feed::Apply ApplyVisits();
feed::Apply ApplyIssues();

}  // namespace inspectorate::reporting
