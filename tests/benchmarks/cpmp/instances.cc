#include "tests/benchmarks/cpmp/instances.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <fstream>

namespace inspectorate::cpmp {

std::string Folder() {
  const char* data = std::getenv("INSPECTORATE_DATA");
  if (data != nullptr) return std::string(data) + "/bench-cpmp";
  const char* source = std::getenv("INSPECTORATE_SOURCE");
  return std::string(source == nullptr ? "." : source) + "/../shared/data/bench-cpmp";
}

std::vector<std::string> Files(const std::string& folder) {
  std::vector<std::string> files;
  std::error_code missing;
  for (const auto& entry : std::filesystem::directory_iterator(folder, missing)) {
    if (entry.path().filename().string().starts_with("pmedcap")) files.push_back(entry.path());
  }
  std::sort(files.begin(), files.end());
  return files;
}

std::optional<Instance> Read(const std::string& file) {
  std::ifstream in(file);
  Instance instance;
  instance.name = std::filesystem::path(file).stem();
  registry::DesignProblem& problem = instance.problem;
  int number = 0, customers = 0;
  int64_t capacity = 0;
  in >> number >> instance.best_known >> customers >> problem.areas >> capacity;
  std::vector<std::pair<double, double>> at;
  for (int i = 0, index = 0; i < customers; ++i) {
    int64_t demand = 0;
    auto& [x, y] = at.emplace_back();
    in >> index >> x >> y >> demand;
    problem.students.push_back(demand);
  }
  if (!in || at.empty() || problem.areas < 1) return std::nullopt;
  for (const auto& a : at) {
    for (const auto& b : at) {
      problem.distance.push_back(static_cast<int64_t>(std::hypot(a.first - b.first, a.second - b.second)));
    }
  }
  problem.member_of.assign(at.size(), -1);
  problem.centre_of.assign(static_cast<size_t>(problem.areas), -1);
  problem.max_students = capacity;
  problem.seed = 1;
  return instance;
}

}  // namespace inspectorate::cpmp
