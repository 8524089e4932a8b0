// cpmp_benchmark [FOLDER]: solves every instance and prints the table of docs/area_design.md.
#include <chrono>
#include <cstdio>

#include "tests/benchmarks/cpmp/instances.h"

namespace {

double Percent(int64_t value, int64_t of) {
  return 100.0 * static_cast<double>(value - of) / static_cast<double>(of);
}

}  // namespace

int main(int argc, char** argv) {
  using namespace inspectorate;
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
