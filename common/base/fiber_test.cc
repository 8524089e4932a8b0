#include "common/base/fiber.h"

#include <gtest/gtest.h>

#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

namespace inspectorate {
namespace {

TEST(FiberTest, GoesOnWhereItStopped) {
  std::string heard;
  Fiber a([&] {
    heard += "a1 ";
    Fiber::Suspend();
    heard += "a2 ";
  });
  Fiber b([&] {
    heard += "b1 ";
    Fiber::Suspend();
    heard += "b2 ";
  });
  a.Resume();
  b.Resume();
  EXPECT_FALSE(a.done());
  b.Resume();
  a.Resume();
  EXPECT_TRUE(a.done() && b.done());
  EXPECT_EQ(heard, "a1 b1 b2 a2 ");
}

TEST(FiberTest, EachHasALocalPointerOfItsOwn) {
  int of_thread = 0;
  int of_fiber = 0;
  Fiber::Local() = &of_thread;
  Fiber fiber([&] {
    EXPECT_EQ(Fiber::Local(), nullptr);
    Fiber::Local() = &of_fiber;
    Fiber::Suspend();
    EXPECT_EQ(Fiber::Local(), &of_fiber);
  });
  fiber.Resume();
  EXPECT_EQ(Fiber::Local(), &of_thread);
  fiber.Resume();
  EXPECT_EQ(Fiber::Local(), &of_thread);
  Fiber::Local() = nullptr;
}

TEST(FiberTest, ExceptionsBeingHandledDoNotMix) {
  auto rethrow = [](const char* text) {
    return [text] {
      try {
        throw std::runtime_error(text);
      } catch (const std::exception&) {
        Fiber::Suspend();
        try {
          throw;  // the one this fiber handles, not the one that was thrown last on the thread
        } catch (const std::exception& again) {
          EXPECT_STREQ(again.what(), text);
        }
      }
    };
  };
  Fiber a(rethrow("a"));
  Fiber b(rethrow("b"));
  a.Resume();
  b.Resume();
  a.Resume();
  b.Resume();
  EXPECT_TRUE(a.done() && b.done());
}

TEST(FiberTest, StacksAreUsedAgainAndThreadsHaveTheirOwn) {
  auto many = [] {
    for (int round = 0; round < 10; ++round) {
      std::vector<std::unique_ptr<Fiber>> fibers;
      int sum = 0;
      for (int i = 0; i < 100; ++i) {
        fibers.push_back(std::make_unique<Fiber>([&sum, i] {
          volatile char deep[64 * 1024];
          deep[i] = 1;
          Fiber::Suspend();
          sum += deep[i];
        }));
      }
      for (auto& fiber : fibers) fiber->Resume();
      for (auto& fiber : fibers) fiber->Resume();
      EXPECT_EQ(sum, 100);
    }
  };
  std::thread other(many);
  many();
  other.join();
}

}  // namespace
}  // namespace inspectorate
