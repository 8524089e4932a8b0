// What each verb on an issue asks and records. Pure: request in, Deed out.
#pragma once

#include <string>

#include "inspectorate/issues/v1/issue.pb.h"
#include "services/issues/app/act.h"

namespace inspectorate::issues {

// `caller` is the subject who acts.
Deed DeedOf(const v1::TriageIssueRequest& request, const std::string& caller);
Deed DeedOf(const v1::CloseOnSpotRequest& request, const std::string& caller);
Deed DeedOf(const v1::SubmitPlanRequest& request, const std::string& caller);
Deed DeedOf(const v1::AcceptPlanRequest& request, const std::string& caller);
Deed DeedOf(const v1::ReturnPlanRequest& request, const std::string& caller);
Deed DeedOf(const v1::SubmitRectificationRequest& request, const std::string& caller);
Deed DeedOf(const v1::ReturnRectificationRequest& request, const std::string& caller);
Deed DeedOf(const v1::AcceptIssueRequest& request, const std::string& caller);
Deed DeedOf(const v1::ReopenIssueRequest& request, const std::string& caller);
Deed DeedOf(const v1::ProposeDispositionRequest& request, const std::string& caller);
Deed DeedOf(const v1::ApproveDispositionRequest& request, const std::string& caller);
Deed DeedOf(const v1::RejectDispositionRequest& request, const std::string& caller);

}  // namespace inspectorate::issues
