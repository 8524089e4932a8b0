#include "services/visits/domain/plan_model.h"

#include <algorithm>
#include <bit>
#include <map>

namespace inspectorate::visits {
namespace {

constexpr int kHalvesPerDay = 2;

unsigned HalfBit(HalfDay half) { return half == HalfDay::kMorning ? 1U : 2U; }

// A step of SplitMix64: small, portable, well mixed. Not for secrets.
uint64_t Mix(uint64_t x) {
  x += 0x9e3779b97f4a7c15ULL;
  x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9ULL;
  x = (x ^ (x >> 27)) * 0x94d049bb133111ebULL;
  return x ^ (x >> 31);
}

}  // namespace

PlanModel::PlanModel(const PlanProblem& problem) : problem_(problem) {
  OrderParts();
  FillVisits();
  FillEligibility();
  FillBooked();
}

size_t PlanModel::Cell(int s, int i, int d) const {
  return (static_cast<size_t>(s) * inspectors_.size() + static_cast<size_t>(i)) *
             problem_.working_days.size() +
         static_cast<size_t>(d);
}

void PlanModel::OrderParts() {
  for (const PlanInspector& inspector : problem_.inspectors) inspectors_.push_back(&inspector);
  std::sort(inspectors_.begin(), inspectors_.end(), [](auto* a, auto* b) { return a->id < b->id; });
  for (const PlanSchool& school : problem_.schools) schools_.push_back(&school);
  std::sort(schools_.begin(), schools_.end(), [](auto* a, auto* b) { return a->facts.id < b->facts.id; });
}

void PlanModel::FillVisits() {
  std::map<Uuid, int> school_index;
  for (int s = 0; s < schools(); ++s) school_index[school(s).facts.id] = s;
  for (size_t place = 0; place < problem_.visits.size(); ++place) {
    const VisitToPlan& visit = problem_.visits[place];
    VisitRow row{place, school_index.at(visit.school), {}, {}};
    const std::vector<Date>& blackout = school(row.school).blackout;
    for (int d = 0; d < days(); ++d) {
      if (day(d) < visit.from || day(d) > visit.to) continue;
      row.window.push_back(d);
      if (std::find(blackout.begin(), blackout.end(), day(d)) == blackout.end()) row.open_days.push_back(d);
    }
    visits_.push_back(std::move(row));
  }
  std::sort(visits_.begin(), visits_.end(), [&](const VisitRow& a, const VisitRow& b) {
    return problem_.visits[a.place].obligations.front() < problem_.visits[b.place].obligations.front();
  });
}

void PlanModel::FillEligibility() {
  eligible_.assign(schools_.size() * inspectors_.size() * problem_.working_days.size(), 0);
  for (int i = 0; i < inspectors(); ++i) {
    const roster::InspectorFacts& facts = inspector(i).facts;
    for (int d = 0; d < days(); ++d) {
      // Whoever cannot act at all that day need not be asked about each school.
      if (!CheckStanding(facts, day(d), problem_.eligibility).empty()) continue;
      for (int s = 0; s < schools(); ++s) {
        eligible_[Cell(s, i, d)] =
            CheckEligibility(facts, school(s).facts, day(d), problem_.eligibility).empty() ? 1 : 0;
      }
    }
  }
}

void PlanModel::FillBooked() {
  booked_.assign(inspectors_.size() * problem_.working_days.size(), 0);
  for (int i = 0; i < inspectors(); ++i) {
    for (const Slot& slot : inspector(i).booked) {
      const auto found =
          std::lower_bound(problem_.working_days.begin(), problem_.working_days.end(), slot.day);
      if (found == problem_.working_days.end() || *found != slot.day) continue;
      const auto d = static_cast<size_t>(found - problem_.working_days.begin());
      uint8_t& halves = booked_[static_cast<size_t>(i) * problem_.working_days.size() + d];
      halves = static_cast<uint8_t>(halves | HalfBit(slot.half));
    }
  }
}

bool PlanModel::free(int i, int d, HalfDay half) const {
  return (booked_[static_cast<size_t>(i) * problem_.working_days.size() + static_cast<size_t>(d)] &
          HalfBit(half)) == 0;
}

int PlanModel::room_on(int i, int d) const {
  const unsigned halves =
      booked_[static_cast<size_t>(i) * problem_.working_days.size() + static_cast<size_t>(d)];
  return std::max(0, std::min(problem_.caps.per_day, kHalvesPerDay) - std::popcount(halves));
}

int PlanModel::room(int i) const {
  return std::max(0, problem_.caps.per_month - static_cast<int>(inspector(i).booked.size()));
}

int64_t PlanModel::preference(int s, int i) const {
  int64_t points = 0;
  const std::vector<Uuid>& assigned = school(s).assigned;
  if (assigned.empty() || assigned.front() != inspector(i).id) points += problem_.weights.not_main;
  if (inspector(i).area != school(s).area) points += problem_.weights.other_area;
  return points;
}

uint64_t PlanModel::Draw(uint64_t a, uint64_t b, uint64_t c) const {
  return Mix(Mix(Mix(Mix(problem_.seed) ^ a) ^ b) ^ c);
}

}  // namespace inspectorate::visits
