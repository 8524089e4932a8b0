// The acts of an inspector's life up to duty, and its renewal: load → decide → save → append to the feed.
#pragma once

#include <functional>
#include <string>

#include "absl/status/statusor.h"
#include "common/base/time.h"
#include "common/resource/description.h"
#include "common/rpc/call.h"
#include "common/work/unit.h"
#include "inspectorate/registry/v1/inspector.pb.h"
#include "services/registry/domain/inspector_life.h"

namespace inspectorate::registry {

// What every act states.
struct LifeOrder {
  std::string inspector;
  std::string etag;
  std::string document;
  std::string reason;
  google::type::Date act_date;
};

template <class Request>
LifeOrder OrderOf(const Request& request) {
  return {.inspector = request.name(),
          .etag = request.etag(),
          .document = request.document_number(),
          .reason = request.reason(),
          .act_date = request.act_date()};
}

// An act under way: the inspector is locked, in reach, and stands where the caller saw.
struct LifeAct {
  std::string office;  // slug
  Date today;
  Date day;  // of the act
  v1::Inspector inspector;
  v1::InspectorAct record;
};

// Fills the facts that the step asks for beside reason and document.
using FillFacts = std::function<absl::Status(work::Unit&, const LifeAct&, LifeFacts*)>;
// What the step does beside moving the state.
using LifeEffect = std::function<absl::Status(work::Unit&, LifeAct*)>;

// PERMISSION_MISSING, ETAG_MISMATCH, OCCUR_TIME_IN_FUTURE, what NextLife refuses, what `effect` answers.
absl::StatusOr<v1::Inspector> ActOnInspector(work::Unit& unit, const rpc::Call& call, const LifeOrder& order,
                                             TenureEvent event, const std::string& name,
                                             const FillFacts& fill, const LifeEffect& effect);

absl::StatusOr<v1::Inspector> ReviewCandidate(work::Unit& unit, const rpc::Call& call,
                                              const v1::ReviewCandidateRequest& request);
absl::StatusOr<v1::Inspector> PublicizeCandidate(work::Unit& unit, const rpc::Call& call,
                                                 const v1::PublicizeCandidateRequest& request);
absl::StatusOr<v1::Inspector> RejectCandidate(work::Unit& unit, const rpc::Call& call,
                                              const v1::RejectCandidateRequest& request);
absl::StatusOr<v1::Inspector> AppointInspector(work::Unit& unit, const rpc::Call& call,
                                               const v1::AppointInspectorRequest& request);
absl::StatusOr<v1::Inspector> InductInspector(work::Unit& unit, const rpc::Call& call,
                                              const v1::InductInspectorRequest& request);
absl::StatusOr<v1::Inspector> TakeUpDuty(work::Unit& unit, const rpc::Call& call,
                                         const v1::TakeUpDutyRequest& request);
absl::StatusOr<v1::Inspector> RenewAppointment(work::Unit& unit, const rpc::Call& call,
                                               const v1::RenewAppointmentRequest& request);
absl::StatusOr<v1::Inspector> ReinstateInspector(work::Unit& unit, const rpc::Call& call,
                                                 const v1::ReinstateInspectorRequest& request);
absl::StatusOr<v1::Inspector> NominateAgain(work::Unit& unit, const rpc::Call& call,
                                            const v1::NominateAgainRequest& request);

}  // namespace inspectorate::registry
