#include "common/base/fiber.h"

#include <cxxabi.h>

#include <boost/context/fiber.hpp>
#include <boost/context/protected_fixedsize_stack.hpp>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <utility>
#include <vector>

#if defined(__SANITIZE_ADDRESS__)
#include <sanitizer/common_interface_defs.h>
#endif
#if defined(__SANITIZE_THREAD__)
#include <sanitizer/tsan_interface.h>
#endif

namespace inspectorate {
namespace {

namespace context = boost::context;

// Only touched pages cost memory; the page below the stack ends the process instead of writing elsewhere.
constexpr size_t kStackBytes = 512 * 1024;
constexpr size_t kSpareStacks = 64;

// Stacks of this thread that are free: to map and to protect one costs more than to run a call on it.
struct SpareStacks {
  ~SpareStacks() {
    for (context::stack_context& stack : free) make.deallocate(stack);
  }
  context::protected_fixedsize_stack make{kStackBytes};
  std::vector<context::stack_context> free;
};
thread_local SpareStacks spare_stacks;

struct PooledStack {
  context::stack_context allocate() {
    if (spare_stacks.free.empty()) return spare_stacks.make.allocate();
    const context::stack_context stack = spare_stacks.free.back();
    spare_stacks.free.pop_back();
    return stack;
  }
  void deallocate(context::stack_context& stack) {
    if (spare_stacks.free.size() < kSpareStacks) {
      spare_stacks.free.push_back(stack);
    } else {
      spare_stacks.make.deallocate(stack);
    }
  }
};

thread_local const void* local = nullptr;

// Exceptions that are being handled belong to a stack, but the language keeps them by the thread.
struct Exceptions {
  void* caught = nullptr;
  unsigned int uncaught = 0;
};
void SwapExceptions(Exceptions& other) {
  std::swap(*reinterpret_cast<Exceptions*>(abi::__cxa_get_globals()), other);
}

}  // namespace

// The sanitizers are told of every change of stacks.
struct Fiber::State {
  std::function<void()> body;
  context::stack_context stack;
  context::fiber self;
  context::fiber caller;
  bool done = false;
  const void* kept_local = nullptr;
  Exceptions kept_exceptions;
#if defined(__SANITIZE_ADDRESS__)
  void* fake_stack = nullptr;
  const void* caller_bottom = nullptr;
  size_t caller_size = 0;
#endif
#if defined(__SANITIZE_THREAD__)
  void* tsan_self = __tsan_create_fiber(0);
  void* tsan_caller = nullptr;
#endif

  void Enter() {
    std::swap(local, kept_local);
    SwapExceptions(kept_exceptions);
#if defined(__SANITIZE_ADDRESS__)
    void* own_fake_stack = nullptr;
    __sanitizer_start_switch_fiber(&own_fake_stack, static_cast<char*>(stack.sp) - stack.size, stack.size);
#endif
#if defined(__SANITIZE_THREAD__)
    tsan_caller = __tsan_get_current_fiber();
    __tsan_switch_to_fiber(tsan_self, 0);
#endif
    self = std::move(self).resume();
#if defined(__SANITIZE_ADDRESS__)
    __sanitizer_finish_switch_fiber(own_fake_stack, nullptr, nullptr);
#endif
    SwapExceptions(kept_exceptions);
    std::swap(local, kept_local);
  }

  void Arrived() {
#if defined(__SANITIZE_ADDRESS__)
    __sanitizer_finish_switch_fiber(fake_stack, &caller_bottom, &caller_size);
#endif
  }

  void Leave(bool for_good) {
    (void)for_good;
#if defined(__SANITIZE_ADDRESS__)
    __sanitizer_start_switch_fiber(for_good ? nullptr : &fake_stack, caller_bottom, caller_size);
#endif
#if defined(__SANITIZE_THREAD__)
    __tsan_switch_to_fiber(tsan_caller, 0);
#endif
  }
};

namespace {
thread_local void* current = nullptr;  // Fiber::State
}  // namespace

Fiber::Fiber(std::function<void()> body) : state_(std::make_unique<State>()) {
  State* state = state_.get();
  state->body = std::move(body);
  state->stack = PooledStack().allocate();
  state->self = context::fiber(std::allocator_arg,
                               context::preallocated(state->stack.sp, state->stack.size, state->stack),
                               PooledStack(), [state](context::fiber&& caller) {
                                 state->caller = std::move(caller);
                                 state->Arrived();
                                 state->body();
                                 state->done = true;
                                 state->Leave(/*for_good=*/true);
                                 return std::move(state->caller);
                               });
}

Fiber::~Fiber() {
  if (!state_->done) {
    std::fprintf(stderr, "a fiber was thrown away in the middle\n");
    std::abort();
  }
#if defined(__SANITIZE_THREAD__)
  __tsan_destroy_fiber(state_->tsan_self);
#endif
}

void Fiber::Resume() {
  current = state_.get();
  state_->Enter();
  current = nullptr;
}

bool Fiber::done() const { return state_->done; }

void Fiber::Suspend() {
  auto* state = static_cast<State*>(current);
  state->Leave(/*for_good=*/false);
  state->caller = std::move(state->caller).resume();
  state->Arrived();
}

const void*& Fiber::Local() { return local; }

}  // namespace inspectorate
