// cpmp_benchmark [FOLDER]: solves every instance and prints the table of docs/area_design.md.
// cpmp_benchmark --scattered N…: N schools scattered over 60 km × 60 km, in areas of about 15.
#include <chrono>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <random>
#include <string_view>
#include <vector>

#include "tests/benchmarks/cpmp/instances.h"

namespace {

double Percent(int64_t value, int64_t of) {
  return 100.0 * static_cast<double>(value - of) / static_cast<double>(of);
}

using inspectorate::registry::DesignProblem;

DesignProblem Scattered(int schools) {
  constexpr int kInArea = 15, kMost = 20, kWidth = 60'000, kFewest = 80, kMore = 1500;
  std::mt19937 random(20261126U + static_cast<uint32_t>(schools));
  const auto below = [&](int bound) { return static_cast<int>(random() % static_cast<uint32_t>(bound)); };
  const auto count = static_cast<size_t>(schools);
  std::vector<std::pair<double, double>> at(count);
  DesignProblem problem;
  problem.areas = (schools + kInArea - 1) / kInArea;
  problem.max_schools = kMost;
  problem.weights = {.school = 1000, .student = 2};
  problem.seed = 7;
  problem.member_of.assign(count, -1);
  problem.centre_of.assign(static_cast<size_t>(problem.areas), -1);
  for (auto& [x, y] : at) {
    x = below(kWidth);
    y = below(kWidth);
    problem.students.push_back(kFewest + below(kMore));
  }
  problem.distance.reserve(count * count);
  for (const auto& [x, y] : at) {
    for (const auto& [u, v] : at) problem.distance.push_back(std::llround(std::hypot(x - u, y - v)));
  }
  return problem;
}

// Some of them, by their numbers of schools.
int SolveScattered(int argc, char** argv) {
  std::printf("| schools | areas | objective | bound | gap to bound | seconds |\n");
  std::printf("|---:|---:|---:|---:|---:|---:|\n");
  for (int i = 2; i < argc; ++i) {
    const DesignProblem problem = Scattered(std::atoi(argv[i]));
    const auto begin = std::chrono::steady_clock::now();
    const auto design = inspectorate::registry::SolveDesign(problem, [] { return true; });
    const std::chrono::duration<double> took = std::chrono::steady_clock::now() - begin;
    if (!design.ok() || !inspectorate::registry::VerifyDesign(problem, *design).ok()) return 1;
    std::printf("| %d | %d | %lld | %lld | %.2f %% | %.0f |\n", problem.schools(), problem.areas,
                static_cast<long long>(design->cost.total()), static_cast<long long>(design->bound),
                Percent(design->cost.total(), design->bound), took.count());
    std::fflush(stdout);
  }
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  using namespace inspectorate;
  if (argc > 1 && std::string_view(argv[1]) == "--scattered") return SolveScattered(argc, argv);
  const std::string folder = argc > 1 ? argv[1] : cpmp::Folder();
  double gaps = 0, bounds = 0, seconds = 0;
  int solved = 0, failed = 0;
  std::printf("| instance | n | p | best known | ours | gap to best | bound | gap to bound | seconds |\n");
  std::printf("|---|---:|---:|---:|---:|---:|---:|---:|---:|\n");
  for (const std::string& file : cpmp::Files(folder)) {
    const auto instance = cpmp::Read(file);
    if (!instance) continue;
    const auto begin = std::chrono::steady_clock::now();
    const auto design = registry::SolveDesign(instance->problem, [] { return true; });
    const std::chrono::duration<double> took = std::chrono::steady_clock::now() - begin;
    if (!design.ok() || !registry::VerifyDesign(instance->problem, *design).ok()) {
      ++failed;
      std::printf("| %s | no division that keeps the rules |\n", instance->name.c_str());
      continue;
    }
    const int64_t ours = design->cost.total();
    ++solved;
    gaps += Percent(ours, instance->best_known);
    bounds += Percent(ours, design->bound);
    seconds += took.count();
    std::printf("| %s | %d | %d | %lld | %lld | %.2f %% | %lld | %.2f %% | %.2f |\n", instance->name.c_str(),
                instance->problem.schools(), instance->problem.areas,
                static_cast<long long>(instance->best_known), static_cast<long long>(ours),
                Percent(ours, instance->best_known), static_cast<long long>(design->bound),
                Percent(ours, design->bound), took.count());
    std::fflush(stdout);
  }
  if (solved == 0) {
    std::fprintf(stderr, "no instances in %s\n", folder.c_str());
    return 1;
  }
  std::printf("| mean of %d | | | | | %.2f %% | | %.2f %% | %.2f |\n", solved, gaps / solved, bounds / solved,
              seconds / solved);
  return failed == 0 ? 0 : 1;
}
