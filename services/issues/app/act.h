// One act on an issue. Every verb is the same: load and lock → scope on the office's day → etag → when it
// happened → decide → clocks → record → save with its event. A verb states only what is its own (Deed).
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "common/rpc/call.h"
#include "common/work/unit.h"
#include "inspectorate/issues/v1/issue.pb.h"
#include "services/issues/app/occasion.h"
#include "services/issues/domain/issue_state.h"

namespace inspectorate::issues {

// What a verb does beside deciding: its words, its time, its name in the feed.
struct Deed {
  // Event and what it asks for; actor, times and evidence count are filled in.
  Command command{};
  // Attachments named as evidence: they must exist and belong to the issue's school.
  std::vector<std::string> evidence{};
  // For deemed service: from when the notice counts as served.
  std::optional<Date> deemed_served_on{};
  // Writes the verb's own fields. The state is settled already.
  std::function<void(const Transition&, const Occasion&, v1::Issue*)> record{};
};

// What the caller sent to name the issue.
struct Target {
  std::string name;
  std::string etag{};
  std::optional<google::protobuf::Timestamp> occur_time{};
};

// The event of a transition in the feed: "issue.closed".
std::string EventName(const Transition& transition);

struct Opened {
  v1::Issue issue;
  Occasion occasion;
};
// Loads the issue locked, if the caller may write to it, and says on which occasion. RESOURCE_NOT_FOUND,
// PERMISSION_MISSING, ETAG_MISMATCH and what OccasionOf answers.
absl::StatusOr<Opened> Open(work::Unit& unit, const rpc::Call& call, const Target& target);

// The whole act in the name of the caller. Beside those of Open: what the rules refuse with.
absl::StatusOr<v1::Issue> Act(work::Unit& unit, const rpc::Call& call, const Target& target, Deed deed);

// The part from the decision on, for whoever has the issue locked: notices act on several at once.
absl::Status Conduct(work::Unit& unit, const rpc::Call& call, const Occasion& occasion, Deed deed,
                     v1::Issue* issue);

// The same without a caller: what follows from the feed. `command.actor` is set already.
absl::Status ConductForSystem(work::Unit& unit, const Occasion& occasion, const std::string& actor_name,
                              Deed deed, v1::Issue* issue);

// What a rule refuses, as the caller sees it.
absl::Status Refused(const absl::Status& status, const std::string& resource);

}  // namespace inspectorate::issues
