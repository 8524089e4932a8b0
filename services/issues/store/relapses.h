// The issues that one matter had at one school.
#pragma once

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "common/base/time.h"
#include "common/base/uuid.h"
#include "common/db/database.h"

namespace inspectorate::issues::store {

struct Subject {
  std::string office;  // slug
  Uuid school;
  std::string matter;
};

struct SubjectIssue {
  std::string name;
  std::string aspect;
  int state = 0;  // number of inspectorate.issues.v1.IssueState
  Date found_on;
  Time closed_at{};  // of closed ones
};

// All of them, whatever their state, in the order of their names.
absl::StatusOr<std::vector<SubjectIssue>> IssuesOf(db::Session& session, const Subject& subject);

// The same, locked: whoever acts on one of them meanwhile waits.
absl::StatusOr<std::vector<SubjectIssue>> LockIssuesOf(db::Transaction& tx, const Subject& subject);

}  // namespace inspectorate::issues::store
