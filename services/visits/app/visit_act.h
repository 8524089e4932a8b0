// One step in the life of a visit: what all of them have in common.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "common/resource/description.h"
#include "common/rpc/call.h"
#include "common/work/unit.h"
#include "inspectorate/visits/v1/visit.pb.h"
#include "services/visits/domain/visit_state.h"

namespace inspectorate::visits {

// What a caller asks for.
struct ActOrder {
  std::string visit;
  std::string etag;
  std::optional<Time> occur_time;
  std::string grounds;  // reason or facts, where the step asks for them
};

template <class Request>
ActOrder OrderOf(const Request& request, std::string grounds = {}) {
  ActOrder order{
      .visit = request.name(), .etag = request.etag(), .occur_time = {}, .grounds = std::move(grounds)};
  if (request.has_occur_time()) order.occur_time = resource::FromProto(request.occur_time());
  return order;
}

struct Step {
  VisitEvent event;
  const char* name;  // of the event in the feed, "visit.started"
  // Only for members of the panel; otherwise anybody whose reach covers the school.
  bool by_panel = false;
};

// What a step knows once the visit is locked and the step allowed.
struct Act {
  std::string office;  // slug
  Time now;            // the office's
  Time occur;
  bool late = false;  // recorded on a later day than it happened
};

using Apply = std::function<absl::Status(work::Unit& unit, const Act& act, v1::Visit* visit)>;

// Load for update → scope → etag → time → recusal → state machine → `apply` → save with the event.
// PERMISSION_MISSING, RESOURCE_NOT_FOUND, ETAG_MISMATCH, OCCUR_TIME_IN_FUTURE, LATE_ENTRY, RECUSAL_CONFLICT,
// STATE_TRANSITION_DENIED, GROUNDS_REQUIRED, SECOND_PERSON_REQUIRED, ACTOR_NOT_ENTITLED.
absl::StatusOr<v1::Visit> ActOnVisit(work::Unit& unit, const rpc::Call& call, const ActOrder& order,
                                     const Step& step, const Apply& apply);

// Locks a visit whose record the caller, a member of its panel, is about to write.
absl::StatusOr<v1::Visit> LockForRecord(work::Unit& unit, const rpc::Call& call, const std::string& visit);

bool OnPanel(const v1::Visit& visit, std::string_view subject);

// Thematic and comprehensive inspections are announced in writing, whatever notice mode they have
// (教育督导条例 第十七条).
bool AnnouncedInWriting(const v1::Visit& visit);

}  // namespace inspectorate::visits
