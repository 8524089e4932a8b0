// What a service really sends: one call's statements from the database's general log.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "tests/perf/load/bare.h"

namespace inspectorate::perf {

// The statements that `call` makes one session of the schema run, in order, literals replaced by `?`.
std::vector<std::string> StatementsOf(const DatabaseAt& at, const std::function<void()>& call);

// A statement in the same form, for comparing.
std::string WithoutLiterals(std::string_view sql);

}  // namespace inspectorate::perf
