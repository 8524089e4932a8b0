// Free ports of the loopback interface.
#pragma once

#include <vector>

namespace inspectorate::process {

// One port for each wish, which is kept where it is free; all differ. Nothing keeps them free until they are
// used.
std::vector<int> FreePorts(const std::vector<int>& wishes);
// Does somebody listen there?
bool Listens(int port);

}  // namespace inspectorate::process
