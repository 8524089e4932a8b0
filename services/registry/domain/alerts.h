// What needs attention about an inspector on a day (indicator I24): rotation, terms, certificates; and of who
// is still to take up duty, whether the years in education are full.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "common/base/time.h"
#include "services/registry/domain/inspector_life.h"

namespace inspectorate::registry {

// Numbers of inspectorate.registry.v1.AlertKind.
enum class AlertKind {
  kRotationDue = 1,
  kTermEnding = 2,
  kTermOver = 3,
  kLastTerm = 4,
  kCertificateEnding = 5,
  kCertificateOver = 6,
  kNoticeRun = 7,
  kAssignedIneligible = 8,
  kChangeLapsed = 12,
  kChangeOverdue = 13,
  kEducationShort = 14,
  kEducationUnknown = 15,
  kDelegationEnding = 16,
  kDelegationWithoutEffect = 17,
};

// Values of the office's rules on the day.
struct AlertPolicy {
  int rotation_months = 0;         // rotation.months; 0: none
  int term_alert_days = 0;         // inspector.term_alert_days
  int certificate_alert_days = 0;  // inspector.certificate_alert_days
  int max_terms = 0;               // inspector.max_terms; 0: no limit
  int education_years = 0;         // inspector.min_education_years; 0: none asked for
  std::string education_source{};  // the paper of that rule
};

struct AlertFacts {
  LifeState state = LifeState::kOnDuty;
  std::optional<Date> notice_to;
  std::optional<Date> education_since = {};  // first day of work in education; absent: not recorded
  std::vector<PastTerm> terms;
  std::vector<Period> certificates;
  // Of one school each, by school; in any order.
  struct AtSchool {
    std::string school;
    std::vector<Period> periods;
    // Why not, in both languages, where the assignment holds on the day and the inspector may not act.
    std::string against_zh = {};
    std::string against_en = {};
  };
  std::vector<AtSchool> schools;
};

struct Alert {
  AlertKind kind;
  std::string school;  // empty: of none
  std::optional<Date> day;
  std::string zh;
  std::string en;

  bool operator==(const Alert&) const = default;
};

// Full years from one day to another: 0 where `day` lies before `since`.
int FullYears(Date since, Date day);

// In the order of AlertKind, then of the schools as given.
std::vector<Alert> DecideAlerts(const AlertFacts& facts, Date day, const AlertPolicy& policy);

// Of a school's change that was announced for `effective` and has lapsed, or still waits: what is told of it
// on the day. What lapses is told for `told_days` from its day.
std::optional<AlertKind> AlertOfChange(bool lapsed, Date effective, Date day, int told_days);

// Words in both languages; empty: there are none.
struct Words {
  std::string zh = {};
  std::string en = {};
};

// Of a delegation that is looked at on a day.
struct DelegationAlertFacts {
  Words subject;  // "代理甲", "acting for 甲"
  Period valid;
  bool goes_on = false;  // another one takes over all of it on the day after
  // Why not at any school; whether there is one at all (as the lead of an area there need not be); and at
  // which schools of it not, in their order.
  Words against = {};
  bool of_nothing = false;
  struct AtSchool {
    std::string school;
    Words against;
  };
  std::vector<AtSchool> schools = {};
};

// In the order of AlertKind, then of the schools as given; none for one that does not hold on the day.
// `alert_days`: how long before the last day it is told of; nothing: not at all.
std::vector<Alert> DecideDelegationAlerts(const DelegationAlertFacts& facts, Date day,
                                          std::optional<int> alert_days);

// The first day of the unbroken stretch of periods that holds on the day; nothing where none does.
std::optional<Date> ContinuousSince(std::vector<Period> periods, Date day);

}  // namespace inspectorate::registry
