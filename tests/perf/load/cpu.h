// Who used the processors while a piece was measured: client, server and database share one machine.
#pragma once

#include <sys/types.h>

#include <vector>

namespace inspectorate::perf {

// Seconds of processor time since their start, of this process first, then of `pids`, last of all of the
// machine as a whole.
std::vector<double> CpuSeconds(const std::vector<pid_t>& pids);

}  // namespace inspectorate::perf
