// The life of a visit, rpc by rpc.
#pragma once

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "common/rpc/call.h"
#include "common/work/unit.h"
#include "inspectorate/visits/v1/visit.pb.h"

namespace inspectorate::visits {

// Fills and checks a single visit that is about to be made; and what follows once it is there: it claims the
// obligations that it names.
absl::Status PrepareVisit(work::Unit& unit, const rpc::Call& call, v1::Visit* visit);
absl::Status ClaimFor(work::Unit& unit, const v1::Visit& visit);

absl::StatusOr<v1::Visit> NotifyVisit(work::Unit& unit, const rpc::Call& call,
                                      const v1::NotifyVisitRequest& request);
absl::StatusOr<v1::Visit> StartVisit(work::Unit& unit, const rpc::Call& call,
                                     const v1::StartVisitRequest& request);
absl::StatusOr<v1::Visit> RecordVisit(work::Unit& unit, const rpc::Call& call,
                                      const v1::RecordVisitRequest& request);
absl::StatusOr<v1::Visit> SubmitVisit(work::Unit& unit, const rpc::Call& call,
                                      const v1::SubmitVisitRequest& request);
absl::StatusOr<v1::Visit> ReturnVisit(work::Unit& unit, const rpc::Call& call,
                                      const v1::ReturnVisitRequest& request);
absl::StatusOr<v1::Visit> ApproveVisit(work::Unit& unit, const rpc::Call& call,
                                       const v1::ApproveVisitRequest& request);
absl::StatusOr<v1::Visit> HandOverVisit(work::Unit& unit, const rpc::Call& call,
                                        const v1::HandOverVisitRequest& request);
absl::StatusOr<v1::Visit> CancelVisit(work::Unit& unit, const rpc::Call& call,
                                      const v1::CancelVisitRequest& request);
absl::StatusOr<v1::Visit> MarkVisitMissed(work::Unit& unit, const rpc::Call& call,
                                          const v1::MarkVisitMissedRequest& request);
absl::StatusOr<v1::Visit> RecordFeedback(work::Unit& unit, const rpc::Call& call,
                                         const v1::RecordFeedbackRequest& request);
absl::StatusOr<v1::Visit> ReportObstruction(work::Unit& unit, const rpc::Call& call,
                                            const v1::ReportObstructionRequest& request);

}  // namespace inspectorate::visits
