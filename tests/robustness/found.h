// What a checker says of what it finds.
#pragma once

#include <string>
#include <utility>

#include "tests/robustness/checkers.h"

namespace inspectorate::robustness {

// Collects, and stops listening when there is enough to see what is wrong.
class Found {
 public:
  void Say(std::string complaint) {
    if (complaints_.size() < kMost) complaints_.push_back(std::move(complaint));
    ++count_;
  }
  Complaints Take() {
    if (count_ > kMost) complaints_.push_back("and " + std::to_string(count_ - kMost) + " more");
    return std::move(complaints_);
  }

 private:
  static constexpr size_t kMost = 5;

  Complaints complaints_;
  size_t count_ = 0;
};

// "visits 17 (visit.submitted of offices/…)".
inline std::string At(const std::string& service, const feed::v1::Change& change) {
  return service + " " + std::to_string(change.position()) + " (" + change.event() + " of " +
         change.resource() + ")";
}

}  // namespace inspectorate::robustness
