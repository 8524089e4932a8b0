// A function with a stack of its own, which can stop in the middle and go on later on the same thread. What
// lets several calls that know nothing of each other share one thread and one connection
// (docs/decisions/0022).
#pragma once

#include <functional>
#include <memory>

namespace inspectorate {

// Belongs to the thread that made it. A body must not hold a lock of the thread's while it is suspended.
class Fiber {
 public:
  // `body` must not throw.
  explicit Fiber(std::function<void()> body);
  // The body must have ended.
  ~Fiber();
  Fiber(const Fiber&) = delete;
  Fiber& operator=(const Fiber&) = delete;

  // Runs the body until it suspends itself or ends. Not from inside a fiber.
  void Resume();
  bool done() const;

  // Inside a fiber: back to whoever resumed it.
  static void Suspend();

  // A pointer that each fiber has for itself, and so has the thread outside of fibers. What a thread_local
  // would be for code that does not know of fibers.
  static const void*& Local();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace inspectorate
