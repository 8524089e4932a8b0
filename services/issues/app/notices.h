// Rectification notices (整改通知书): issued for several issues of one school at once, served at once.
#pragma once

#include "absl/status/statusor.h"
#include "common/base/time.h"
#include "common/calendar/work_calendar.h"
#include "common/roster/policy.h"
#include "common/rpc/call.h"
#include "common/work/unit.h"
#include "inspectorate/issues/v1/notice.pb.h"

namespace inspectorate::issues {

// Gives the notice the next number of the office and year, and moves every issue to NOTIFIED. All or none.
// Inspectors and area leads are refused unless the office's rule notice.issuer lets them
// (ACTOR_NOT_ENTITLED).
absl::StatusOr<v1::Notice> IssueNotice(work::Unit& unit, const rpc::Call& call,
                                       const v1::IssueNoticeRequest& request);

// The school signs: every issue that is still NOTIFIED becomes ACKNOWLEDGED, its clocks start.
absl::StatusOr<v1::Notice> ConfirmReceipt(work::Unit& unit, const rpc::Call& call,
                                          const v1::ConfirmReceiptRequest& request);

// The same by lapse of time (policy notice.deemed_served_days). GROUNDS_REQUIRED before that day.
absl::StatusOr<v1::Notice> DeemServed(work::Unit& unit, const rpc::Call& call,
                                      const v1::DeemServedRequest& request);

// The day after the last on which the school may still sign for a notice of that day.
absl::StatusOr<Date> DeemedServedDay(const roster::Policy& policy, Date issued, const WorkCalendar& calendar);

}  // namespace inspectorate::issues
