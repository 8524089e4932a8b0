// Data to count: a roster made to size, and visits and issues put on it by hand. March 2026, one office.
#pragma once

#include <string>

#include "inspectorate/issues/v1/issue.pb.h"
#include "inspectorate/visits/v1/visit.pb.h"
#include "services/reporting/testing/projection_fixture.h"

namespace inspectorate::reporting {

class SmallDistrict : public ProjectionFixture {
 public:
  // Schools are numbered from 1, the first of them kindergartens; school i lies in area 1 + (i - 1) % areas,
  // and inspector 1 + (i - 1) % inspectors is responsible for it. All are in session from March to June 2026;
  // each owes two routine visits a term. Plan 1 is March's.
  SmallDistrict(int schools, int kindergartens, int areas, int inspectors);

  // A visit of the plan to a school on a day of March, not held yet.
  visits::v1::Visit PlanVisit(int id, int school, int day, visits::v1::VisitType type = visits::v1::ROUTINE);
  // Held by so many inspectors, submitted the same day, and fed back `feedback_after` days later (never: -1).
  void Hold(visits::v1::Visit* visit, int persons = 1, int feedback_after = 0);
  void Miss(visits::v1::Visit* visit, const std::string& reason);

  // Finding `ordinal` of a held visit, sealed, and its issue registered, with the id that follows from it.
  issues::v1::Issue Find(const visits::v1::Visit& visit, int ordinal, const std::string& matter,
                         issues::v1::Severity severity, const std::string& fact);
  // A change of an issue at noon of a day.
  void Move(issues::v1::Issue* issue, issues::v1::IssueState state, Date day, const std::string& event);
  // On the day on which it was found.
  void CloseOnTheSpot(issues::v1::Issue* issue);
  // Notice, report, look-back and acceptance, each on a day: the time limit is `due`.
  void CloseAfterLookBack(issues::v1::Issue* issue, Date due, Date reported, Date looked_back, Date closed);

  static Time Noon(Date day) { return ChinaMidnight(day) + std::chrono::hours(12); }
  int schools() const { return schools_; }
  // The school's own number in the office's lists.
  static std::string NumberOf(int school) { return std::to_string(1000 + school); }
  void Rename(int school, const std::string& name) { PutSchool(school, name); }

 private:
  void PutSchool(int id, const std::string& name);

  int schools_;
  int kindergartens_;
  int areas_;
  int inspectors_;
};

}  // namespace inspectorate::reporting
