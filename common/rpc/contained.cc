#include "common/rpc/contained.h"

#include <exception>
#include <string>

#include "common/obs/log.h"
#include "common/obs/metrics.h"

namespace inspectorate::rpc {
namespace {

std::string WhatIsThrown() {
  try {
    throw;
  } catch (const std::exception& thrown) {
    return thrown.what();
  } catch (...) {
    return "of an unknown type";
  }
}

}  // namespace

// Counting and logging may be just what throws: then as much is said as can be.
void NoteThrown(std::string_view where) noexcept {
  try {
    obs::ProcessMetrics().Count(obs::kThrown, {where});
    obs::Log(obs::Severity::kError, "exception", {{"where", where}, {"detail", WhatIsThrown()}});
  } catch (...) {
  }
}

}  // namespace inspectorate::rpc
