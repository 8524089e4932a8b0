#include "services/visits/domain/plan_inputs.h"

#include <cstdint>
#include <optional>
#include <vector>

#include "common/base/hash.h"

namespace inspectorate::visits {
namespace {

// Numbers are ended and lists counted, so that no two problems give the same text.
class Text {
 public:
  void Add(int64_t number) { out_ += std::to_string(number) + ','; }
  void Add(const Uuid& id) { out_ += FormatUuid(id) + ','; }
  void Add(Date day) { out_ += std::to_string(day.time_since_epoch().count()) + ','; }
  void Add(const Period& period) {
    Add(period.from);
    Add(static_cast<int64_t>(period.to.has_value()));
    if (period.to.has_value()) Add(*period.to);
  }
  template <class T>
  void Add(const std::vector<T>& list) {
    Add(static_cast<int64_t>(list.size()));
    for (const T& item : list) Add(item);
  }
  void Add(int number) { Add(static_cast<int64_t>(number)); }
  void Add(const Slot& slot) {
    Add(slot.day);
    Add(static_cast<int>(slot.half));
  }
  void Add(const roster::AppointmentFact& appointment) {
    Add(static_cast<int>(appointment.kind));
    Add(appointment.term_index);
    Add(appointment.valid);
    Add(static_cast<int>(appointment.awaits_duty));
    Add(static_cast<int>(appointment.duty_from.has_value()));
    if (appointment.duty_from.has_value()) Add(*appointment.duty_from);
  }
  void Add(const roster::QualificationFact& qualification) {
    Add(qualification.stages);
    Add(qualification.valid);
  }
  void Add(const roster::EmploymentFact& employment) {
    Add(employment.school);
    Add(employment.valid);
  }
  void Add(const roster::RecusalFact& recusal) {
    Add(recusal.school);
    Add(static_cast<int>(recusal.ground));
    Add(recusal.valid);
  }
  void Add(const PlanInspector& inspector) {
    Add(inspector.id);
    Add(inspector.area);
    Add(inspector.facts.appointments);
    Add(inspector.facts.certificates);
    Add(inspector.facts.employments);
    Add(inspector.facts.recusals);
    Add(inspector.facts.leaves);
    Add(inspector.facts.suspensions);
    Add(inspector.facts.qualifications);
    Add(inspector.facts.stages);
    Add(inspector.booked);
  }
  void Add(const PlanSchool& school) {
    Add(school.facts.id);
    Add(school.facts.kind);
    Add(school.area);
    Add(school.assigned);
    Add(school.blackout);
  }
  void Add(const VisitToPlan& visit) {
    Add(visit.obligations);
    Add(visit.school);
    Add(visit.from);
    Add(visit.to);
  }
  const std::string& text() const { return out_; }

 private:
  std::string out_;
};

}  // namespace

std::string InputsHash(const PlanProblem& problem) {
  Text text;
  text.Add(problem.working_days);
  text.Add(problem.inspectors);
  text.Add(problem.schools);
  text.Add(problem.visits);
  text.Add(problem.eligibility.former_employer_years);
  text.Add(problem.eligibility.part_time_max_terms);
  text.Add(problem.caps.per_month);
  text.Add(problem.caps.per_day);
  text.Add(problem.weights.load);
  text.Add(problem.weights.not_main);
  text.Add(problem.weights.other_area);
  text.Add(problem.panel_size);
  text.Add(static_cast<int64_t>(problem.seed));
  return Hex(Sha256(text.text()));
}

}  // namespace inspectorate::visits
