// Between an issue as it is stored and what its rules decide on.
#pragma once

#include <optional>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "common/roster/policy.h"
#include "inspectorate/issues/v1/issue.pb.h"
#include "services/issues/domain/issue_state.h"

namespace inspectorate::issues {

// The facts of an issue. Persons are as recorded, by subject (app/persons.h makes them comparable).
// `deemed_served_on` is not the issue's: the notice has it.
absl::StatusOr<IssueFacts> FactsOf(const v1::Issue& issue, const roster::Policy& policy);

// Writes what a transition settles: state, triage, rounds, how it was closed, whether escalation is due. Who
// did it, when and with which words is the verb's to record.
void Settle(const Transition& transition, v1::Issue* issue);

v1::IssueState ToProto(IssueState state);
IssueState FromProto(v1::IssueState state);

}  // namespace inspectorate::issues
