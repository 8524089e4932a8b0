#include "services/visits/domain/planner_flow.h"

#include <algorithm>
#include <map>
#include <set>
#include <tuple>
#include <utility>

#include "common/base/macros.h"
#include "common/flow/min_cost_flow.h"
#include "services/visits/domain/plan_model.h"

namespace inspectorate::visits {
namespace {

constexpr char kSolver[] = "flow/1";
constexpr HalfDay kHalves[] = {HalfDay::kMorning, HalfDay::kAfternoon};
// The seed breaks ties by 0 … kTies − 1 on each chosen inspector; costs are scaled so that all of them
// together are less than one point of the objective.
constexpr int64_t kTies = 16;

// Where a visit ends up; inspectors and days by index.
struct Placement {
  std::vector<int> panel;  // empty: unassigned
  int day = -1;
  HalfDay half = HalfDay::kMorning;
};

absl::Status NoFlow() { return absl::InternalError("the planner's flow has no solution"); }

// Collects a network while its nodes and arcs are being named.
class Network {
 public:
  int AddNode(int64_t supply = 0) {
    supply_.push_back(supply);
    return static_cast<int>(supply_.size()) - 1;
  }
  int AddArc(int from, int to, int64_t capacity, int64_t cost) {
    arcs_.push_back({from, to, capacity, cost});
    return static_cast<int>(arcs_.size()) - 1;
  }
  void Demand(int node, int64_t units) { supply_[static_cast<size_t>(node)] -= units; }
  absl::Status Run() {
    auto flow = MinCostFlow(supply_, arcs_);
    if (!flow.has_value()) return NoFlow();
    flow_ = *std::move(flow);
    return absl::OkStatus();
  }
  bool used(int arc) const { return flow_[static_cast<size_t>(arc)] > 0; }

 private:
  std::vector<int64_t> supply_;
  std::vector<FlowArc> arcs_;
  std::vector<int64_t> flow_;
};

// What both ways of planning share: the problem in numbers, the costs, and the reasons for leaving a visit
// out.
class Solver {
 public:
  explicit Solver(const PlanProblem& problem)
      : problem_(problem), model_(problem), placements_(static_cast<size_t>(model_.visits())) {
    const int64_t units = int64_t{model_.visits()} * problem.panel_size;
    scale_ = units * kTies + 1;
    int most_booked = 0;
    for (const PlanInspector& inspector : problem.inspectors) {
      most_booked = std::max(most_booked, static_cast<int>(inspector.booked.size()));
    }
    const int64_t worst = (2 * (units + most_booked) - 1) * problem.weights.load + problem.weights.not_main +
                          problem.weights.other_area;
    // Leaving one out costs more than whatever all others could save by it: coverage comes first.
    left_out_ = (worst * scale_ + kTies) * (units + 1);
  }
  virtual ~Solver() = default;

  virtual absl::Status Place() = 0;

  Plan Result() const {
    Plan plan;
    plan.visits.resize(problem_.visits.size());
    for (int v = 0; v < model_.visits(); ++v) plan.visits[model_.place(v)] = Planned(v);
    plan.seed = problem_.seed;
    plan.solver = kSolver;
    plan.objective = ObjectiveOf(problem_, plan);
    return plan;
  }

 protected:
  Placement& placement(int v) { return placements_[static_cast<size_t>(v)]; }
  const Placement& placement(int v) const { return placements_[static_cast<size_t>(v)]; }

  int64_t ChoiceCost(int s, int i) const {
    return model_.preference(s, i) * scale_ +
           static_cast<int64_t>(model_.Draw(static_cast<uint64_t>(s), static_cast<uint64_t>(i)) % kTies);
  }

  // Arcs from an inspector to the sink, one a visit, each dearer than the one before: loads even out.
  void AddLoadArcs(Network& network, int node, int i, int sink) const {
    const int booked = static_cast<int>(model_.inspector(i).booked.size());
    const int room = std::min(model_.room(i), model_.visits());
    for (int k = booked + 1; k <= booked + room; ++k) {
      network.AddArc(node, sink, 1, (2 * int64_t{k} - 1) * problem_.weights.load * scale_);
    }
  }

  const PlanProblem& problem_;
  const PlanModel model_;
  int64_t scale_ = 1;
  int64_t left_out_ = 0;

 private:
  PlannedVisit Planned(int v) const {
    PlannedVisit planned;
    planned.visit = problem_.visits[model_.place(v)];
    if (placement(v).panel.empty()) {
      planned.unassigned = ReasonFor(v);
      return planned;
    }
    for (const int i : placement(v).panel) planned.panel.push_back(model_.inspector(i).id);
    planned.slot = {model_.day(placement(v).day), placement(v).half};
    return planned;
  }

  int CountEligible(int v, const std::vector<int>& days, bool with_room_left) const {
    const std::vector<int> load = Loads();
    int count = 0;
    for (int i = 0; i < model_.inspectors(); ++i) {
      if (with_room_left && load[static_cast<size_t>(i)] >= model_.room(i)) continue;
      count += std::any_of(days.begin(), days.end(),
                           [&](int d) { return model_.eligible(model_.school_of(v), i, d); });
    }
    return count;
  }

  // A half day on which enough inspectors could come if nothing of this plan stood in the way.
  bool HasCommonSlot(int v) const {
    for (const int d : model_.open_days(v)) {
      for (const HalfDay half : kHalves) {
        int count = 0;
        for (int i = 0; i < model_.inspectors(); ++i) {
          count += model_.eligible(model_.school_of(v), i, d) && model_.room_on(i, d) > 0 &&
                   model_.free(i, d, half);
        }
        if (count >= problem_.panel_size) return true;
      }
    }
    return false;
  }

  UnassignedReason ReasonFor(int v) const {
    if (CountEligible(v, model_.window(v), false) < problem_.panel_size) {
      return model_.window(v).empty() ? UnassignedReason::kNoCommonDay
                                      : UnassignedReason::kNoEligibleInspector;
    }
    if (!HasCommonSlot(v)) return UnassignedReason::kNoCommonDay;
    return CountEligible(v, model_.open_days(v), true) < problem_.panel_size ? UnassignedReason::kCapacity
                                                                             : UnassignedReason::kNoCommonDay;
  }

  std::vector<int> Loads() const {
    std::vector<int> load(static_cast<size_t>(model_.inspectors()), 0);
    for (const Placement& p : placements_) {
      for (const int i : p.panel) ++load[static_cast<size_t>(i)];
    }
    return load;
  }

  std::vector<Placement> placements_;
};

// Panels of one. First who and, provisionally, when, in one flow:
//   visit → (school, day), once → (inspector, day), within the day's room → inspector, ever dearer → done;
// then each inspector's days anew, spread over the month.
class SingleSolver : public Solver {
 public:
  using Solver::Solver;

  absl::Status Place() override {
    RETURN_IF_ERROR(ChooseInspectors());
    for (int v = 0; v < model_.visits(); ++v) ++visits_of_school_[model_.school_of(v)];
    for (int i = 0; i < model_.inspectors(); ++i) {
      RETURN_IF_ERROR(SpreadDays(i));
      ChooseHalves(i);
    }
    return absl::OkStatus();
  }

 private:
  struct DayArc {
    int arc;
    int visit;
    int day;
  };
  struct ChoiceArc {
    int arc;
    int inspector;
  };
  using SchoolDay = std::pair<int, int>;

  absl::Status ChooseInspectors() {
    Network network;
    const int sink = network.AddNode(-model_.visits());
    const std::vector<int> inspector_days = AddInspectors(network, sink);
    std::map<SchoolDay, int> school_days;
    std::map<SchoolDay, std::vector<ChoiceArc>> choices;
    std::vector<DayArc> day_arcs;
    for (int v = 0; v < model_.visits(); ++v) {
      const int node = network.AddNode(1);
      network.AddArc(node, sink, 1, left_out_);
      for (const int d : model_.open_days(v)) {
        const SchoolDay key{model_.school_of(v), d};
        auto [entry, added] = school_days.try_emplace(key, -1);
        if (added) entry->second = AddSchoolDay(network, key, inspector_days, choices[key]);
        day_arcs.push_back({network.AddArc(node, entry->second, 1, 0), v, d});
      }
    }
    RETURN_IF_ERROR(network.Run());
    for (const DayArc& chosen : day_arcs) {
      if (!network.used(chosen.arc)) continue;
      const auto& options = choices.at({model_.school_of(chosen.visit), chosen.day});
      const auto who = std::find_if(options.begin(), options.end(),
                                    [&](const ChoiceArc& option) { return network.used(option.arc); });
      placement(chosen.visit) = {{who->inspector}, chosen.day, HalfDay::kMorning};
    }
    return absl::OkStatus();
  }

  size_t DayCell(int i, int d) const {
    return static_cast<size_t>(i) * static_cast<size_t>(model_.days()) + static_cast<size_t>(d);
  }

  std::vector<int> AddInspectors(Network& network, int sink) const {
    std::vector<int> inspector_days(static_cast<size_t>(model_.inspectors()) *
                                    static_cast<size_t>(model_.days()));
    for (int i = 0; i < model_.inspectors(); ++i) {
      const int node = network.AddNode();
      AddLoadArcs(network, node, i, sink);
      for (int d = 0; d < model_.days(); ++d) {
        inspector_days[DayCell(i, d)] = network.AddNode();
        network.AddArc(inspector_days[DayCell(i, d)], node, model_.room_on(i, d), 0);
      }
    }
    return inspector_days;
  }

  // The node through which at most one visit reaches the school on the day, and the choice of who makes it.
  int AddSchoolDay(Network& network, const SchoolDay& key, const std::vector<int>& inspector_days,
                   std::vector<ChoiceArc>& choices) const {
    const auto [s, d] = key;
    const int entry = network.AddNode();
    const int exit = network.AddNode();
    network.AddArc(entry, exit, 1, 0);
    for (int i = 0; i < model_.inspectors(); ++i) {
      if (!model_.eligible(s, i, d) || model_.room_on(i, d) == 0) continue;
      choices.push_back({network.AddArc(exit, inspector_days[DayCell(i, d)], 1, ChoiceCost(s, i)), i});
    }
    return entry;
  }

  // Visits of the inspector whose day may move. A school visited more than once keeps its days: they depend
  // on each other through other inspectors.
  std::vector<int> Movable(int i) const {
    std::vector<int> movable;
    for (int v = 0; v < model_.visits(); ++v) {
      const bool mine = placement(v).panel == std::vector<int>{i};
      if (mine && visits_of_school_.at(model_.school_of(v)) == 1) movable.push_back(v);
    }
    std::sort(movable.begin(), movable.end(), [&](int a, int b) { return Rank(a) < Rank(b); });
    return movable;
  }

  std::pair<uint64_t, int> Rank(int v) const { return {model_.Draw(1, static_cast<uint64_t>(v)), v}; }

  // The k-th of n visits is drawn to the k-th of n equal parts of the month; where in its part is up to the
  // seed, so that the inspectors do not all go on the same days.
  absl::Status SpreadDays(int i) {
    const std::vector<int> movable = Movable(i);
    if (movable.empty()) return absl::OkStatus();
    const auto n = static_cast<int64_t>(movable.size());
    const int64_t days = model_.days();
    const auto offset =
        static_cast<int64_t>(model_.Draw(2, static_cast<uint64_t>(i)) % static_cast<uint64_t>(days));
    Network network;
    const int sink = network.AddNode(-n);
    std::vector<int> day_nodes;
    for (int d = 0; d < model_.days(); ++d) day_nodes.push_back(AddDay(network, i, d, sink, movable));
    std::vector<DayArc> arcs;
    for (int64_t k = 0; k < n; ++k) {
      const int v = movable[static_cast<size_t>(k)];
      const int node = network.AddNode(1);
      for (const int d : model_.open_days(v)) {
        if (!model_.eligible(model_.school_of(v), i, d)) continue;
        const int64_t away = n * d - (k * days + offset);  // n times the distance in days
        arcs.push_back({network.AddArc(node, day_nodes[static_cast<size_t>(d)], 1, away * away), v, d});
      }
    }
    RETURN_IF_ERROR(network.Run());
    for (const DayArc& chosen : arcs) {
      if (network.used(chosen.arc)) placement(chosen.visit).day = chosen.day;
    }
    return absl::OkStatus();
  }

  // A day of one inspector; a second visit on it is dearer than any distance.
  int AddDay(Network& network, int i, int d, int sink, const std::vector<int>& movable) const {
    int fixed = 0;
    for (int v = 0; v < model_.visits(); ++v) {
      const bool moves = std::find(movable.begin(), movable.end(), v) != movable.end();
      fixed += !moves && placement(v).panel == std::vector<int>{i} && placement(v).day == d;
    }
    const int64_t span = int64_t{model_.visits()} * model_.days();
    const int node = network.AddNode();
    const int standing =
        !model_.free(i, d, HalfDay::kMorning) + !model_.free(i, d, HalfDay::kAfternoon) + fixed;
    for (int k = 0; k < model_.room_on(i, d) - fixed; ++k) {
      network.AddArc(node, sink, 1, (standing + k) * span * span);
    }
    return node;
  }

  void ChooseHalves(int i) {
    for (int d = 0; d < model_.days(); ++d) {
      std::vector<HalfDay> halves;
      for (const HalfDay half : kHalves) {
        if (model_.free(i, d, half)) halves.push_back(half);
      }
      if (model_.Draw(3, static_cast<uint64_t>(i), static_cast<uint64_t>(d)) % 2 == 1) {
        std::reverse(halves.begin(), halves.end());
      }
      size_t next = 0;
      for (int v = 0; v < model_.visits(); ++v) {
        if (placement(v).panel == std::vector<int>{i} && placement(v).day == d) {
          placement(v).half = halves[next++];
        }
      }
    }
  }

  std::map<int, int> visits_of_school_;
};

// Larger panels. A flow chooses the inspectors of all visits; then the visits with the fewest possible days
// come first and take the day that lies farthest from their members' other visits. Where the panel chosen has
// no day in common, any other panel with one is taken.
class PanelSolver : public Solver {
 public:
  explicit PanelSolver(const PlanProblem& problem)
      : Solver(problem), load_(static_cast<size_t>(model_.inspectors()), 0) {}

  absl::Status Place() override {
    std::vector<std::vector<int>> panels(static_cast<size_t>(model_.visits()));
    RETURN_IF_ERROR(ChoosePanels(panels));
    for (const auto& panel : panels) Count(panel, 1);
    for (const int v : FewestDaysFirst()) {
      std::vector<int>& panel = panels[static_cast<size_t>(v)];
      Count(panel, -1);
      if (panel.empty() || !PlacePanel(v, panel)) PlaceAnyPanel(v);
    }
    return absl::OkStatus();
  }

 private:
  absl::Status ChoosePanels(std::vector<std::vector<int>>& panels) const {
    struct Choice {
      int arc;
      int visit;
      int inspector;
    };
    Network network;
    const int64_t size = problem_.panel_size;
    const int sink = network.AddNode(-size * model_.visits());
    std::vector<int> nodes;
    for (int i = 0; i < model_.inspectors(); ++i) {
      nodes.push_back(network.AddNode());
      AddLoadArcs(network, nodes.back(), i, sink);
    }
    std::vector<Choice> choices;
    for (int v = 0; v < model_.visits(); ++v) {
      const int node = network.AddNode(size);
      network.AddArc(node, sink, size, left_out_);
      for (int i = 0; i < model_.inspectors(); ++i) {
        if (!CanEverCome(v, i)) continue;
        choices.push_back(
            {network.AddArc(node, nodes[static_cast<size_t>(i)], 1, ChoiceCost(model_.school_of(v), i)), v,
             i});
      }
    }
    RETURN_IF_ERROR(network.Run());
    for (const Choice& choice : choices) {
      if (network.used(choice.arc)) panels[static_cast<size_t>(choice.visit)].push_back(choice.inspector);
    }
    // Part of a panel is no panel; such a visit is tried again when days are found.
    for (auto& panel : panels) {
      if (static_cast<int>(panel.size()) < problem_.panel_size) panel.clear();
    }
    return absl::OkStatus();
  }

  bool CanEverCome(int v, int i) const {
    const std::vector<int>& days = model_.open_days(v);
    return std::any_of(days.begin(), days.end(), [&](int d) {
      return model_.eligible(model_.school_of(v), i, d) && model_.room_on(i, d) > 0;
    });
  }

  std::vector<int> FewestDaysFirst() const {
    std::vector<int> order;
    for (int v = 0; v < model_.visits(); ++v) order.push_back(v);
    const auto rank = [&](int v) {
      return std::make_tuple(model_.open_days(v).size(), model_.Draw(1, static_cast<uint64_t>(v)), v);
    };
    std::sort(order.begin(), order.end(), [&](int a, int b) { return rank(a) < rank(b); });
    return order;
  }

  void Count(const std::vector<int>& panel, int sign) {
    for (const int i : panel) load_[static_cast<size_t>(i)] += sign;
  }

  bool IsFree(int v, int i, int d, HalfDay half) const {
    const auto on_day = per_day_.find({i, d});
    const int today = on_day == per_day_.end() ? 0 : on_day->second;
    return model_.eligible(model_.school_of(v), i, d) && model_.free(i, d, half) &&
           !taken_.contains({i, d, half}) && today < model_.room_on(i, d);
  }

  bool PlacePanel(int v, const std::vector<int>& panel) {
    Placement best;
    std::pair<int, uint64_t> best_rank;
    for (const int d : model_.open_days(v)) {
      if (school_days_.contains({model_.school_of(v), d})) continue;
      for (const HalfDay half : kHalves) {
        const bool all_free =
            std::all_of(panel.begin(), panel.end(), [&](int i) { return IsFree(v, i, d, half); });
        if (!all_free) continue;
        const std::pair<int, uint64_t> rank{-DaysToNearest(panel, d),
                                            model_.Draw(2, static_cast<uint64_t>(v), SlotNumber(d, half))};
        if (best.panel.empty() || rank < best_rank) {
          best = {panel, d, half};
          best_rank = rank;
        }
      }
    }
    if (best.panel.empty()) return false;
    Take(v, std::move(best));
    return true;
  }

  // Any panel of the least cost that has a half day in common.
  void PlaceAnyPanel(int v) {
    Placement best;
    int64_t best_cost = 0;
    for (const int d : model_.open_days(v)) {
      if (school_days_.contains({model_.school_of(v), d})) continue;
      for (const HalfDay half : kHalves) {
        int64_t cost = 0;
        std::vector<int> panel = CheapestPanel(v, d, half, cost);
        if (panel.empty() || (!best.panel.empty() && cost >= best_cost)) continue;
        best = {std::move(panel), d, half};
        best_cost = cost;
      }
    }
    if (!best.panel.empty()) Take(v, std::move(best));
  }

  std::vector<int> CheapestPanel(int v, int d, HalfDay half, int64_t& cost) const {
    std::vector<std::pair<int64_t, int>> candidates;
    for (int i = 0; i < model_.inspectors(); ++i) {
      const int load = load_[static_cast<size_t>(i)];
      if (load >= model_.room(i) || !IsFree(v, i, d, half)) continue;
      const int64_t next = load + static_cast<int64_t>(model_.inspector(i).booked.size()) + 1;
      candidates.push_back(
          {ChoiceCost(model_.school_of(v), i) + (2 * next - 1) * problem_.weights.load * scale_, i});
    }
    if (static_cast<int>(candidates.size()) < problem_.panel_size) return {};
    std::sort(candidates.begin(), candidates.end());
    candidates.resize(static_cast<size_t>(problem_.panel_size));
    std::vector<int> panel;
    for (const auto& [price, i] : candidates) {
      cost += price;
      panel.push_back(i);
    }
    return panel;
  }

  void Take(int v, Placement taken) {
    // The lead is whom the school knows best.
    std::sort(taken.panel.begin(), taken.panel.end(), [&](int a, int b) {
      return std::make_pair(model_.preference(model_.school_of(v), a), a) <
             std::make_pair(model_.preference(model_.school_of(v), b), b);
    });
    school_days_.insert({model_.school_of(v), taken.day});
    for (const int i : taken.panel) {
      taken_.insert({i, taken.day, taken.half});
      ++per_day_[{i, taken.day}];
    }
    Count(taken.panel, 1);
    placement(v) = std::move(taken);
  }

  int DaysToNearest(const std::vector<int>& panel, int d) const {
    int nearest = model_.days();
    for (const auto& [i, day, half] : taken_) {
      if (std::find(panel.begin(), panel.end(), i) != panel.end())
        nearest = std::min(nearest, std::abs(day - d));
    }
    return nearest;
  }

  static uint64_t SlotNumber(int d, HalfDay half) {
    return static_cast<uint64_t>(d) * 2 + (half == HalfDay::kMorning ? 0 : 1);
  }

  std::vector<int> load_;  // by inspector: visits placed, or chosen and not yet placed
  std::set<std::tuple<int, int, HalfDay>> taken_;
  std::map<std::pair<int, int>, int> per_day_;
  std::set<std::pair<int, int>> school_days_;
};

class FlowPlanner : public Planner {
 public:
  absl::StatusOr<Plan> Solve(const PlanProblem& problem) const override {
    RETURN_IF_ERROR(CheckProblem(problem));
    if (problem.panel_size > 1) {
      PanelSolver solver(problem);
      RETURN_IF_ERROR(solver.Place());
      return solver.Result();
    }
    SingleSolver solver(problem);
    RETURN_IF_ERROR(solver.Place());
    Plan plan = solver.Result();
    // The flow is optimal, and spreading the days left the panels as they were.
    plan.best_bound = plan.objective;
    return plan;
  }
};

}  // namespace

std::unique_ptr<Planner> MakeFlowPlanner() { return std::make_unique<FlowPlanner>(); }

}  // namespace inspectorate::visits
