#include "services/registry/app/ineligible.h"

#include <algorithm>

#include "common/status/error.h"

namespace inspectorate::registry {
namespace {

using roster::EligibilityCode;
using roster::EligibilityReason;

bool Any(const std::vector<EligibilityReason>& reasons, std::initializer_list<EligibilityCode> codes) {
  return std::ranges::any_of(reasons, [&](const EligibilityReason& reason) {
    return std::ranges::find(codes, reason.code) != codes.end();
  });
}

}  // namespace

absl::Status CannotTakeOn(const std::string& inspector, const std::string& zh, const std::string& en) {
  return Error(ErrorReason::INSPECTOR_INELIGIBLE,
               {{"inspector", inspector}, {"why", en}, {"why_zh", zh}, {"why_en", en}});
}

absl::Status Ineligible(const std::string& inspector, const std::string& school,
                        const std::vector<EligibilityReason>& reasons, Date day) {
  const std::string date = FormatDate(day);
  const roster::Told told = roster::Tell(reasons);
  const std::string zh = date + (reasons.empty() ? "" : "：") + told.zh;
  const std::string en = "on " + date + (reasons.empty() ? "" : ": ") + told.en;
  if (!reasons.empty() && reasons.back().code >= EligibilityCode::kKinOfHead) {
    return Error(ErrorReason::RECUSAL_CONFLICT,
                 {{"inspector", inspector}, {"school", school}, {"why", en}, {"why_zh", zh}, {"why_en", en}});
  }
  if (Any(reasons,
          {EligibilityCode::kNoAppointment, EligibilityCode::kTermLimit, EligibilityCode::kNotOnDuty})) {
    return Error(ErrorReason::APPOINTMENT_MISSING, {{"inspector", inspector}, {"date", date}});
  }
  if (!reasons.empty() && reasons.front().code == EligibilityCode::kNoCertificate) {
    return Error(ErrorReason::CERTIFICATE_INVALID, {{"inspector", inspector}, {"date", date}});
  }
  return CannotTakeOn(inspector, zh, en);
}

}  // namespace inspectorate::registry
