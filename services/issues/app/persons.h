// Who somebody is, whatever the capacity they act in (design 9: the acceptor, by identity).
#pragma once

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "common/base/time.h"
#include "common/base/uuid.h"
#include "common/db/database.h"
#include "common/rpc/call.h"
#include "services/issues/app/occasion.h"
#include "services/issues/domain/actor.h"
#include "services/issues/domain/issue_state.h"

namespace inspectorate::issues {

// The same text for the same person: somebody who is staff of the office and inspector too has two subjects
// and one work number. A subject without a work number stands for itself.
absl::StatusOr<std::string> IdentityOf(db::Session& session, const std::string& office,
                                       const std::string& subject);

// Replaces the subjects in the facts by identities.
absl::Status Identify(db::Session& session, const std::string& office, IssueFacts* facts);

// The caller as actor on an issue of the school, with the ties to it on the day of the act; a recusal counts
// on the day on which the act is recorded too. PERMISSION_MISSING for roles that never act on issues;
// POLICY_MISSING where the office has no rules of recusal.
absl::StatusOr<Actor> ActorOf(db::Session& session, const rpc::Call& call, const Occasion& occasion,
                              const Uuid& school);

}  // namespace inspectorate::issues
