#include "common/roster/eligibility.h"

#include <algorithm>
#include <chrono>
#include <cstdlib>

namespace inspectorate::roster {
namespace {

bool AnyContains(const std::vector<Period>& periods, Date date) {
  return std::any_of(periods.begin(), periods.end(), [&](const Period& p) { return p.Contains(date); });
}

// 教育督导条例 第六条: a part-time inspector is engaged for three years, and for a limited number of
// consecutive terms. An engagement beyond that number does not make an inspector.
bool WithinTermLimit(const AppointmentFact& appointment, const EligibilityPolicy& policy) {
  return appointment.kind != InspectorKind::kPartTime || policy.part_time_max_terms == 0 ||
         appointment.term_index <= policy.part_time_max_terms;
}

bool DutyTakenUp(const AppointmentFact& appointment, Date date) {
  return !appointment.awaits_duty && (!appointment.duty_from || *appointment.duty_from <= date);
}

// 教育督导条例 第六条、第七条: one acts by virtue of an appointment in force on the day, after the induction.
void CheckAppointment(const InspectorFacts& inspector, Date date, const EligibilityPolicy& policy,
                      std::vector<EligibilityReason>& reasons) {
  bool in_force = false, awaited = false;
  for (const AppointmentFact& appointment : inspector.appointments) {
    if (!appointment.valid.Contains(date)) continue;
    const bool within = WithinTermLimit(appointment, policy), taken_up = DutyTakenUp(appointment, date);
    if (within && taken_up) return;
    (within ? awaited : in_force) = true;
  }
  if (awaited) {
    reasons.push_back({EligibilityCode::kNotOnDuty, "在" + FormatDate(date) + "已聘任但尚未到岗",
                       "is appointed but has not taken up duty on " + FormatDate(date)});
  } else if (in_force) {
    const std::string limit = std::to_string(policy.part_time_max_terms);
    reasons.push_back({EligibilityCode::kTermLimit, "兼职督学连续任期已超过" + limit + "届",
                       "has served more than " + limit + " consecutive part-time terms"});
  } else {
    reasons.push_back({EligibilityCode::kNoAppointment, "在" + FormatDate(date) + "没有有效聘任",
                       "holds no appointment on " + FormatDate(date)});
  }
}

// 教育督导条例 第七条: what one is qualified for. Who has qualifications that name stages acts by those that
// hold.
void CheckStages(const InspectorFacts& inspector, int kind, Date date,
                 std::vector<EligibilityReason>& reasons) {
  bool limited = !inspector.stages.empty();
  bool qualified = std::ranges::find(inspector.stages, kind) != inspector.stages.end();
  for (const QualificationFact& fact : inspector.qualifications) {
    // What comes later says nothing of the days before it.
    limited |= !fact.stages.empty() && fact.valid.from <= date;
    qualified |= fact.valid.Contains(date) && std::ranges::find(fact.stages, kind) != fact.stages.end();
  }
  if (!limited || qualified) return;
  reasons.push_back({EligibilityCode::kOutsideStages, "不具备该学段的督导资格",
                     "is not qualified for this kind of school"});
}

EligibilityReason DeclaredRecusal(RecusalGround ground) {
  switch (ground) {
    case RecusalGround::kKinOfHead:
      return {EligibilityCode::kKinOfHead, "与该校负责人有近亲属关系",
              "is a close relative of the head of the school"};
    case RecusalGround::kKinOnStaff:
      return {EligibilityCode::kKinOnStaff, "近亲属在该校工作或就读",
              "has a close relative who works or studies at the school"};
    case RecusalGround::kOwnSchool:
      return {EligibilityCode::kOwnSchool, "在该校任职", "serves at the school"};
    case RecusalGround::kFormerEmployer:
      return {EligibilityCode::kFormerEmployer, "从该校离职未满规定年限",
              "left the school not long enough ago"};
    case RecusalGround::kOtherInterest:
      break;
  }
  return {EligibilityCode::kOtherInterest, "与该校有其他可能影响公正的关系",
          "has another interest in the school that may affect fairness"};
}

// Service at the school itself is an interest that may affect fairness (条例 第十条); having served there
// counts for the years that the law of the place sets: 3 in 重庆市教育督导条例 and 浙江省教育督导条例. Years
// run from the day after the last day of service and end with the corresponding day (民法典
// 第二百零一、二百零二条).
void CheckEmployments(const InspectorFacts& inspector, const SchoolFacts& school, Date date,
                      const EligibilityPolicy& policy, std::vector<EligibilityReason>& reasons) {
  for (const EmploymentFact& employment : inspector.employments) {
    if (employment.school != school.id || date < employment.valid.from) continue;
    if (employment.valid.Contains(date)) {
      reasons.push_back(DeclaredRecusal(RecusalGround::kOwnSchool));
    } else if (policy.former_employer_years > 0 &&
               date <= AddYears(*employment.valid.to, policy.former_employer_years)) {
      const std::string years = std::to_string(policy.former_employer_years);
      reasons.push_back({EligibilityCode::kFormerEmployer,
                         FormatDate(*employment.valid.to) + "从该校离职,未满" + years + "年",
                         "left the school on " + FormatDate(*employment.valid.to) + ", less than " + years +
                             " year(s) ago"});
    }
  }
}

// Orders by code and keeps the first of each: a fact and a declaration of the same thing are one reason.
void Normalise(std::vector<EligibilityReason>& reasons) {
  std::stable_sort(reasons.begin(), reasons.end(),
                   [](const auto& a, const auto& b) { return a.code < b.code; });
  reasons.erase(std::unique(reasons.begin(), reasons.end(),
                            [](const auto& a, const auto& b) { return a.code == b.code; }),
                reasons.end());
}

}  // namespace

std::string_view CodeName(EligibilityCode code) {
  switch (code) {
    case EligibilityCode::kNotOnDuty:
      return "NOT_ON_DUTY";
    case EligibilityCode::kSuspended:
      return "SUSPENDED";
    case EligibilityCode::kNoAppointment:
      return "NO_APPOINTMENT";
    case EligibilityCode::kTermLimit:
      return "TERM_LIMIT";
    case EligibilityCode::kNoCertificate:
      return "NO_CERTIFICATE";
    case EligibilityCode::kOnLeave:
      return "ON_LEAVE";
    case EligibilityCode::kOutsideStages:
      return "OUTSIDE_STAGES";
    case EligibilityCode::kKinOfHead:
      return "KIN_OF_HEAD";
    case EligibilityCode::kKinOnStaff:
      return "KIN_ON_STAFF";
    case EligibilityCode::kOwnSchool:
      return "OWN_SCHOOL";
    case EligibilityCode::kFormerEmployer:
      return "FORMER_EMPLOYER";
    case EligibilityCode::kOtherInterest:
      return "OTHER_INTEREST";
  }
  std::abort();  // not an enumerator
}

std::string TextOf(const std::vector<EligibilityReason>& reasons) {
  std::string text;
  for (const EligibilityReason& reason : reasons) {
    text += (text.empty() ? "" : "; ") + reason.zh + " (" + reason.en + ")";
  }
  return text;
}

Told Tell(const std::vector<EligibilityReason>& reasons) {
  Told told;
  for (const EligibilityReason& reason : reasons) {
    told.zh += (told.zh.empty() ? "" : "；") + reason.zh;
    told.en += (told.en.empty() ? "" : "; ") + reason.en;
  }
  return told;
}

Date AddYears(Date date, int years) { return AddMonths(date, 12 * years); }

std::vector<EligibilityReason> CheckStanding(const InspectorFacts& inspector, Date date,
                                             const EligibilityPolicy& policy) {
  std::vector<EligibilityReason> reasons;
  CheckAppointment(inspector, date, policy, reasons);
  if (AnyContains(inspector.suspensions, date)) {
    reasons.push_back({EligibilityCode::kSuspended, "在" + FormatDate(date) + "暂停履职",
                       "is suspended on " + FormatDate(date)});
  }
  // 山东省教育督导条例 第十一条: the certificate is shown when inspecting.
  if (!AnyContains(inspector.certificates, date)) {
    reasons.push_back({EligibilityCode::kNoCertificate, "在" + FormatDate(date) + "没有有效督学证",
                       "has no valid certificate on " + FormatDate(date)});
  }
  if (AnyContains(inspector.leaves, date)) {
    reasons.push_back(
        {EligibilityCode::kOnLeave, "在" + FormatDate(date) + "请假", "is on leave on " + FormatDate(date)});
  }
  Normalise(reasons);
  return reasons;
}

// 教育督导条例 第十条, 山东省教育督导条例 第十九条: close relatives of the head, and whoever has another
// interest that may affect the fairness of the inspection, recuse themselves.
std::vector<EligibilityReason> CheckRecusal(const InspectorFacts& inspector, const SchoolFacts& school,
                                            Date date, const EligibilityPolicy& policy) {
  std::vector<EligibilityReason> reasons;
  CheckEmployments(inspector, school, date, policy, reasons);
  for (const RecusalFact& recusal : inspector.recusals) {
    if (recusal.school == school.id && recusal.valid.Contains(date)) {
      reasons.push_back(DeclaredRecusal(recusal.ground));
    }
  }
  Normalise(reasons);
  return reasons;
}

std::vector<EligibilityReason> CheckRecusedFromAct(const InspectorFacts& inspector, const SchoolFacts& school,
                                                   Date acted, Date recorded,
                                                   const EligibilityPolicy& policy) {
  std::vector<EligibilityReason> reasons = CheckRecusal(inspector, school, acted, policy);
  return reasons.empty() ? CheckRecusal(inspector, school, recorded, policy) : reasons;
}

std::vector<EligibilityReason> CheckEligibility(const InspectorFacts& inspector, const SchoolFacts& school,
                                                Date date, const EligibilityPolicy& policy) {
  std::vector<EligibilityReason> reasons = CheckStanding(inspector, date, policy);
  CheckStages(inspector, school.kind, date, reasons);
  std::vector<EligibilityReason> recusal = CheckRecusal(inspector, school, date, policy);
  reasons.insert(reasons.end(), recusal.begin(), recusal.end());
  Normalise(reasons);
  return reasons;
}

}  // namespace inspectorate::roster
