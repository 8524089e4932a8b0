// May an inspector act at a school on a date? Pure rules over dated facts; registry (assignments) and visits
// (plans, check-in) decide by the same ones.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/period.h"
#include "common/base/uuid.h"

namespace inspectorate::roster {

// Numbers of inspectorate.registry.v1.
enum class InspectorKind { kFullTime = 1, kPartTime = 2 };
enum class RecusalGround {
  kKinOfHead = 1,       // close relative of the school's head
  kKinOnStaff = 2,      // close relative works or studies there
  kOwnSchool = 3,       // serves there
  kFormerEmployer = 4,  // served there until not long ago
  kOtherInterest = 5,
};

// An appointment (任命 or 聘任). Both kinds carry the same powers (山东省教育督导条例 第八条).
struct AppointmentFact {
  InspectorKind kind = InspectorKind::kPartTime;
  int term_index = 1;  // number of this consecutive term, from 1
  Period valid;
  // Appointed, but duty has not been taken up (induction training comes first).
  bool awaits_duty = false;
  // First day of duty within the term; absent: its first day.
  std::optional<Date> duty_from = {};
};

// Where the inspector serves or served; `valid.to` is the last day of service.
struct EmploymentFact {
  Uuid school;
  Period valid;
};

// A recusal declared and decided (回避).
struct RecusalFact {
  Uuid school;
  RecusalGround ground = RecusalGround::kOtherInterest;
  Period valid;
};

// What qualifies for kinds of school in a period. None named: it says nothing of them.
struct QualificationFact {
  std::vector<int> stages;
  Period valid;
};

// Dated facts only: the present state of an inspector says nothing of another day.
struct InspectorFacts {
  std::vector<AppointmentFact> appointments;
  std::vector<Period> certificates;
  std::vector<EmploymentFact> employments;
  std::vector<RecusalFact> recusals;
  std::vector<Period> leaves;
  // Kinds of school (numbers of inspectorate.registry.v1.SchoolKind) qualified for whatever the day; empty,
  // and no qualification that names any: all.
  std::vector<int> stages;
  std::vector<Period> suspensions = {};
  std::vector<QualificationFact> qualifications = {};
};

struct SchoolFacts {
  Uuid id;
  int kind = 0;  // number of inspectorate.registry.v1.SchoolKind
};

// Values of the office's policy rules in force on the date. Nothing here has a default: the law of the place
// decides.
struct EligibilityPolicy {
  // recusal.former_employer_years: years after leaving a school in which one stays recused from it: 3 in
  // Chongqing and Zhejiang; 0 where the law of the place has no such rule.
  int former_employer_years;
  // inspector.max_terms: consecutive terms of a part-time inspector: 3 (教育督导条例 第六条); 0: no limit.
  int part_time_max_terms;
};

enum class EligibilityCode {
  // Standing: the inspector cannot act at any school that day.
  kNotOnDuty,
  kSuspended,
  kNoAppointment,
  kTermLimit,
  kNoCertificate,
  kOnLeave,
  // Fitness for this school.
  kOutsideStages,
  // Recusal from this school.
  kKinOfHead,
  kKinOnStaff,
  kOwnSchool,
  kFormerEmployer,
  kOtherInterest,
};

// "NO_APPOINTMENT": the spelling that the contract promises.
std::string_view CodeName(EligibilityCode code);

struct EligibilityReason {
  EligibilityCode code;
  std::string zh;
  std::string en;
};

// All of them in both languages, as an error tells them.
std::string TextOf(const std::vector<EligibilityReason>& reasons);

// All of them, each language by itself; empty where nothing stands against it.
struct Told {
  std::string zh;
  std::string en;
};
Told Tell(const std::vector<EligibilityReason>& reasons);

// Every reason against acting at the school on the date, each code once, in the order of EligibilityCode;
// empty: eligible.
std::vector<EligibilityReason> CheckEligibility(const InspectorFacts& inspector, const SchoolFacts& school,
                                                Date date, const EligibilityPolicy& policy);

// Its two halves. Standing does not depend on the school; recusal holds whatever the standing.
std::vector<EligibilityReason> CheckStanding(const InspectorFacts& inspector, Date date,
                                             const EligibilityPolicy& policy);
std::vector<EligibilityReason> CheckRecusal(const InspectorFacts& inspector, const SchoolFacts& school,
                                            Date date, const EligibilityPolicy& policy);

// What recuses somebody from an act at the school that is recorded on a day: on the day of the act or, where
// nothing did, on the one on which it is recorded. An earlier date is no way around a recusal.
std::vector<EligibilityReason> CheckRecusedFromAct(const InspectorFacts& inspector, const SchoolFacts& school,
                                                   Date acted, Date recorded,
                                                   const EligibilityPolicy& policy);

// The corresponding day `years` later; where the month lacks it, the month's last day (民法典 第二百零二条).
Date AddYears(Date date, int years);

}  // namespace inspectorate::roster
