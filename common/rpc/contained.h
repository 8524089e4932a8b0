// Internal to common/rpc: the edge between our code and threads that nothing may be thrown on, gRPC's and our
// own.
#pragma once

#include <string_view>
#include <utility>

namespace inspectorate::rpc {

// Counts and logs what is being thrown. `where` is one of few constants.
void NoteThrown(std::string_view where) noexcept;

// False when `work` threw. What it left undone is for the caller to say.
template <class Work>
bool Contained(std::string_view where, Work&& work) noexcept {
  try {
    std::forward<Work>(work)();
    return true;
  } catch (...) {
    NoteThrown(where);
    return false;
  }
}

}  // namespace inspectorate::rpc
