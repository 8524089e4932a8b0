// The values of one call's statements, for tests/perf/statements.
#pragma once

#include "tests/perf/load/calls.h"

namespace inspectorate::perf {

class BareCall;

class CallValues {
 public:
  void SetAll(const SchoolKey& school, BareCall* call) const;
};

}  // namespace inspectorate::perf
