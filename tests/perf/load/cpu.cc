#include "tests/perf/load/cpu.h"

#include <unistd.h>

#include <fstream>
#include <sstream>
#include <string>

namespace inspectorate::perf {
namespace {

double TicksPerSecond() { return static_cast<double>(sysconf(_SC_CLK_TCK)); }

double OfProcess(pid_t pid) {
  std::ifstream stat("/proc/" + std::to_string(pid) + "/stat");
  std::string line;
  std::getline(stat, line);
  const size_t after_name = line.rfind(')');
  if (after_name == std::string::npos) return 0;
  std::istringstream fields(line.substr(after_name + 2));
  std::string skipped;
  for (int i = 0; i < 11; ++i) fields >> skipped;
  double user = 0;
  double system = 0;
  fields >> user >> system;
  return (user + system) / TicksPerSecond();
}

// All that is neither idle nor waiting for a disk; also what other virtual machines took of this one's cores.
double OfMachine() {
  std::ifstream stat("/proc/stat");
  std::string cpu;
  double user = 0, nice = 0, system = 0, idle = 0, io = 0, irq = 0, soft = 0, stolen = 0;
  stat >> cpu >> user >> nice >> system >> idle >> io >> irq >> soft >> stolen;
  return (user + nice + system + irq + soft + stolen) / TicksPerSecond();
}

}  // namespace

std::vector<double> CpuSeconds(const std::vector<pid_t>& pids) {
  std::vector<double> seconds{OfProcess(getpid())};
  for (pid_t pid : pids) seconds.push_back(OfProcess(pid));
  seconds.push_back(OfMachine());
  return seconds;
}

}  // namespace inspectorate::perf
