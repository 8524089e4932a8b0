// Free ports of the loopback interface.
#pragma once

#include <string>
#include <vector>

namespace inspectorate::process {

// One port for each wish, which is kept where it is free; all differ. Nothing keeps them free until they are
// used.
std::vector<int> FreePorts(const std::vector<int>& wishes);
// Does somebody listen there? `host` is an IPv4 address.
bool Listens(int port, const std::string& host = "127.0.0.1");

}  // namespace inspectorate::process
