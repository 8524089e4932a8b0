// Values at the ends of what the rules allow, for every rpc: the longest texts, the first and last days and
// numbers, full lists, the same twice. They are taken or refused, never a fault, and what was taken is read
// again.
#include <gtest/gtest.h>

#include <algorithm>
#include <iostream>
#include <tuple>

#include "common/base/uuid.h"
#include "common/status/error.h"
#include "tests/conformance/extremes.h"
#include "tests/conformance/requests.h"
#include "tests/conformance/rpcs.h"
#include "tests/conformance/world.h"

namespace inspectorate::conformance {
namespace {

using google::protobuf::FieldDescriptor;

void ExpectNoFault(const RawAnswer& answer) {
  EXPECT_TRUE(answer.status.ok() || ReasonOf(answer.status) != ErrorReason::ERROR_REASON_UNSPECIFIED)
      << answer.status;
  EXPECT_NE(answer.reason(), ErrorReason::INTERNAL_ERROR) << World::LastFault();
}

// What is taken is kept. So the facts that everything else needs come after it, and the clock last.
class LimitsTest : public ::testing::Test {
 protected:
  static World& world() { return World::Get(); }
  static District& office() { return world().sibling(); }
  static bool Answers(const Rpc& rpc) { return !rpc.streams() && rpc.method->name() != "WaitOperation"; }
  static std::vector<Rpc> Mutations() {
    std::vector<Rpc> mutations;
    for (const Rpc& rpc : AllRpcs()) {
      // Only services that start operations have one to act on.
      if (rpc.mutates() &&
          (rpc.method->name() != "CancelOperation" || office().operations.contains(rpc.service)))
        mutations.push_back(rpc);
    }
    std::ranges::stable_sort(mutations, {}, [](const Rpc& rpc) {
      const std::string& name = rpc.method->name();
      const bool facts = rpc.service == "registry";
      return std::tuple(name == "SetSandboxClock", facts, name.starts_with("Update"),
                        name.starts_with("Create"));
    });
    return mutations;
  }
  static RawAnswer Call(const Rpc& rpc, const Principal& by, const Message& request) {
    return world().Call(rpc.service, rpc.name(), by, request);
  }
  static Fresh Prepare(const Rpc& rpc) {
    Fresh fresh = MakeFresh(rpc, world(), office());
    world().Settle();
    return fresh;
  }
};

TEST_F(LimitsTest, AReadIsAnsweredOrRefused) {
  int calls = 0;
  for (const Rpc& rpc : AllRpcs()) {
    if (rpc.mutates() || !Answers(rpc)) continue;
    const Request base = Skeleton(rpc, world(), office());
    for (const auto& [path, how, request] : AtTheLimits(rpc, world(), office(), *base)) {
      SCOPED_TRACE(rpc.name() + " of " + rpc.service + ": " + path + " " + how);
      ExpectNoFault(Call(rpc, office().people.at(BaseRole(rpc)), *request));
      ++calls;
    }
  }
  std::cout << calls << " reads\n";
  EXPECT_GT(calls, 300);
}

TEST_F(LimitsTest, AMutationIsDoneOrRefused) {
  int calls = 0, done = 0;
  for (const Rpc& rpc : Mutations()) {
    Fresh fresh = Prepare(rpc);
    std::vector<Extreme> extremes = AtTheLimits(rpc, world(), office(), *fresh.request);
    for (size_t i = 0; i < extremes.size(); ++i) {
      const Request& request = extremes[i].request;
      SCOPED_TRACE(rpc.name() + " of " + rpc.service + ": " + extremes[i].path + " " + extremes[i].how);
      SetText(request.get(), "request_id", FormatUuid(RandomUuid()));
      const RawAnswer answer = Call(rpc, fresh.by, *request);
      ExpectNoFault(answer);
      ++calls;
      if (!answer.status.ok() || i + 1 == extremes.size()) continue;
      ++done;
      fresh = Prepare(rpc);
      extremes = AtTheLimits(rpc, world(), office(), *fresh.request);
    }
  }
  std::cout << calls << " mutations, of which " << done << " were done\n";
  EXPECT_GT(calls, 300);
  EXPECT_GT(done, 100);
}

// What was taken can be read, by callers and by the services that follow.
TEST_F(LimitsTest, WhatWasTakenIsReadAgain) {
  world().Settle();
  for (const Rpc& rpc : AllRpcs()) {
    if (rpc.mutates() || !Answers(rpc)) continue;
    SCOPED_TRACE(rpc.name() + " of " + rpc.service);
    const Request request = Skeleton(rpc, world(), office());
    if (const FieldDescriptor* size = rpc.Input("page_size"))
      request->GetReflection()->SetInt32(request.get(), size, 1000);
    ExpectNoFault(Call(rpc, office().people.at(BaseRole(rpc)), *request));
  }
}

}  // namespace
}  // namespace inspectorate::conformance
