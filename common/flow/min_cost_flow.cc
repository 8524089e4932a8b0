#include "common/flow/min_cost_flow.h"

#include <lemon/network_simplex.h>
#include <lemon/smart_graph.h>

namespace inspectorate {

std::optional<std::vector<int64_t>> MinCostFlow(const std::vector<int64_t>& supply,
                                                const std::vector<FlowArc>& arcs) {
  using Graph = lemon::SmartDigraph;
  Graph graph;
  graph.reserveNode(static_cast<int>(supply.size()));
  graph.reserveArc(static_cast<int>(arcs.size()));
  Graph::NodeMap<int64_t> supplies(graph);
  for (const int64_t units : supply) supplies[graph.addNode()] = units;
  Graph::ArcMap<int64_t> capacity(graph);
  Graph::ArcMap<int64_t> cost(graph);
  for (const FlowArc& arc : arcs) {
    const Graph::Arc added = graph.addArc(Graph::nodeFromId(arc.from), Graph::nodeFromId(arc.to));
    capacity[added] = arc.capacity;
    cost[added] = arc.cost;
  }
  using Solver = lemon::NetworkSimplex<Graph, int64_t, int64_t>;
  Solver solver(graph);
  solver.upperMap(capacity).costMap(cost).supplyMap(supplies);
  if (solver.run() != Solver::OPTIMAL) return std::nullopt;
  std::vector<int64_t> flow;
  flow.reserve(arcs.size());
  for (int i = 0; i < static_cast<int>(arcs.size()); ++i) flow.push_back(solver.flow(Graph::arcFromId(i)));
  return flow;
}

}  // namespace inspectorate
