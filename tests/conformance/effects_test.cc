// What a mutation does, for every one of the contract: once for one request id, nothing when it is refused,
// and never half of it when its call ends early.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <future>

#include "common/base/uuid.h"
#include "common/resource/description.h"
#include "common/validate/rules.h"
#include "google/protobuf/timestamp.pb.h"
#include "google/type/date.pb.h"
#include "tests/conformance/requests.h"
#include "tests/conformance/rpcs.h"
#include "tests/conformance/world.h"

namespace inspectorate::conformance {
namespace {

using google::protobuf::FieldDescriptor;
using std::chrono::milliseconds;
using validate::FieldRules;
using validate::RulesOf;

// Where the etag of what is changed stands: in the request, or in the resource that it carries.
Message* EtagHolder(Message* request) {
  if (request->GetDescriptor()->FindFieldByName("etag") != nullptr) return request;
  for (const FieldRules& field : RulesOf(*request->GetDescriptor()).fields) {
    if (field.patch) return request->GetReflection()->MutableMessage(request, field.field);
  }
  return nullptr;
}

// The same request with another content, still valid.
bool Alter(Message* message) {
  const auto& r = *message->GetReflection();
  for (const FieldRules& field : RulesOf(*message->GetDescriptor()).fields) {
    const FieldDescriptor* f = field.field;
    if (field.output_only || field.identifier || f->is_repeated()) continue;
    const bool plain = f->type() == FieldDescriptor::TYPE_STRING && field.rules.resource().empty() &&
                       field.rules.pattern().empty() && !field.rules.uuid();
    if (plain) {
      r.SetString(message, f, r.GetString(*message, f) + "0");
      return true;
    }
    if (f->cpp_type() == FieldDescriptor::CPPTYPE_BOOL && f->name() != "validate_only") {
      r.SetBool(message, f, !r.GetBool(*message, f));
      return true;
    }
    if (f->cpp_type() != FieldDescriptor::CPPTYPE_MESSAGE) continue;
    Message* inner = r.MutableMessage(message, f);
    if (auto* date = dynamic_cast<google::type::Date*>(inner)) {
      date->set_day(date->day() == 2 ? 3 : 2);
      return true;
    }
    if (auto* time = dynamic_cast<google::protobuf::Timestamp*>(inner)) {
      time->set_seconds(time->seconds() + 1);
      return true;
    }
    if (inner->GetDescriptor()->full_name().starts_with("inspectorate.") && Alter(inner)) return true;
  }
  return false;
}

// Of files on their way nothing goes to the feed; what starts an operation tells later.
bool TellsNothing(const Rpc& rpc) {
  return rpc.method->service()->name() == "Files" || rpc.method->output_type()->name() == "DataFile" ||
         rpc.method->output_type()->full_name() == "google.longrunning.Operation";
}

class EffectsTest : public ::testing::Test {
 protected:
  static World& world() { return World::Get(); }
  static RawAnswer Call(const Rpc& rpc, const Fresh& fresh) { return Call(rpc, fresh.by, *fresh.request); }
  static RawAnswer Call(const Rpc& rpc, const Principal& by, const Message& request) {
    return world().Call(rpc.service, rpc.name(), by, request);
  }
  static Fresh Prepare(const Rpc& rpc) {
    Fresh fresh = MakeFresh(rpc, world(), world().home());
    world().Settle();
    return fresh;
  }
  // Only services that start operations have one to act on.
  static bool HasSubject(const Rpc& rpc) {
    return rpc.method->name() != "CancelOperation" || world().home().operations.contains(rpc.service);
  }
  // Everything but the effect: refused, and nothing moved.
  static void ExpectRefusals(const Rpc& rpc, const Fresh& fresh) {
    const std::string before = world().Heads();
    for (const auto& [field, request] : WithForeignReferences(*fresh.request, world().sibling())) {
      SCOPED_TRACE(field + " of another office");
      const RawAnswer answer = Call(rpc, fresh.by, *request);
      EXPECT_THAT(answer.status.code(),
                  ::testing::AnyOf(absl::StatusCode::kPermissionDenied, absl::StatusCode::kNotFound,
                                   absl::StatusCode::kInvalidArgument, absl::StatusCode::kFailedPrecondition))
          << answer.status;
      // Names that do not lie below the office are a broken rule of their field, and of no other.
      if (answer.reason() == ErrorReason::INVALID_FIELDS) {
        EXPECT_THAT(answer.status.ToString(), ::testing::HasSubstr(field));
        EXPECT_THAT(answer.status.ToString(), ::testing::HasSubstr("offices/sibling/"));
      }
    }
    ExpectEtagMatters(rpc, fresh);
    if (const FieldDescriptor* validate_only = rpc.Input("validate_only")) {
      const Request checked = Clone(*fresh.request);
      checked->GetReflection()->SetBool(checked.get(), validate_only, true);
      const RawAnswer answer = Call(rpc, fresh.by, *checked);
      EXPECT_TRUE(answer.status.ok()) << "validate_only: " << answer.status;
    }
    EXPECT_EQ(world().Heads(), before);
  }
  static void ExpectEtagMatters(const Rpc& rpc, const Fresh& fresh) {
    const Request stale = Clone(*fresh.request);
    Message* holder = EtagHolder(stale.get());
    if (holder == nullptr) return;
    ASSERT_NE(TextOf(*holder, "etag"), "");
    // Of the revision before, and of none at all.
    for (const std::string& etag : {resource::EtagOf(0), std::string("stale")}) {
      SetText(holder, "etag", etag);
      const RawAnswer answer = Call(rpc, fresh.by, *stale);
      EXPECT_EQ(answer.reason(), ErrorReason::ETAG_MISMATCH) << answer.status;
      EXPECT_EQ(answer.status.code(), absl::StatusCode::kAborted);
    }
    // An act names the state that its author saw; an update or a draft's removal may go without.
    if (holder != stale.get() || rpc.method->name() == "DeleteFinding") return;
    SetText(holder, "etag", "");
    EXPECT_EQ(Call(rpc, fresh.by, *stale).reason(), ErrorReason::INVALID_FIELDS);
  }
};

TEST_F(EffectsTest, EveryMutationIsDoneOnceForOneRequestId) {
  for (const Rpc& rpc : AllRpcs()) {
    if (!rpc.mutates() || !HasSubject(rpc) || rpc.gone()) continue;
    SCOPED_TRACE(rpc.name() + " of " + rpc.service);
    ASSERT_NE(rpc.Input("request_id"), nullptr) << "a mutation needs a request_id";
    const Fresh fresh = Prepare(rpc);
    const std::string id = TextOf(*fresh.request, "request_id");
    ExpectRefusals(rpc, fresh);

    const RawAnswer first = Call(rpc, fresh);
    EXPECT_TRUE(first.status.ok()) << first.status
                                   << "\ncomplete its base request in tests/conformance/recipes.cc\n"
                                   << fresh.request->ShortDebugString();
    if (!first.status.ok()) continue;
    const World::Effect effect = world().EffectOf(rpc.service, id);
    if (!TellsNothing(rpc)) {
      EXPECT_EQ(effect.transactions, 1);
      EXPECT_EQ(effect.actors, std::set<std::string>{fresh.by.subject});
    }

    const RawAnswer again = Call(rpc, fresh);
    EXPECT_TRUE(again.status.ok()) << again.status;
    EXPECT_EQ(again.bytes, first.bytes) << "another answer to the same request";
    EXPECT_EQ(world().EffectOf(rpc.service, id).events, effect.events);

    const Request other = Clone(*fresh.request);
    if (Alter(other.get())) {
      const RawAnswer answer = Call(rpc, fresh.by, *other);
      EXPECT_EQ(answer.reason(), ErrorReason::REQUEST_ID_REUSED) << answer.status;
      EXPECT_EQ(world().EffectOf(rpc.service, id).events, effect.events);
    }
  }
}

// Too little time, a caller that hangs up, two at once: in the end it was done once, as a whole.
TEST_F(EffectsTest, ACallThatEndsEarlyDoesAllOrNothing) {
  for (const Rpc& rpc : AllRpcs()) {
    if (!rpc.mutates() || !HasSubject(rpc) || rpc.gone()) continue;
    SCOPED_TRACE(rpc.name() + " of " + rpc.service);
    const Fresh fresh = Prepare(rpc);
    RawCall call{.method = rpc.name(),
                 .bytes = fresh.request->SerializeAsString(),
                 .headers = world().HeadersOf(fresh.by),
                 .cancel_after = {}};
    RawCall brief = call;
    brief.deadline = milliseconds(1);
    const RawAnswer spent = world().Call(rpc.service, brief);
    // A call that waited for half of its time is turned away unexecuted.
    EXPECT_TRUE(spent.status.ok() || spent.status.code() == absl::StatusCode::kDeadlineExceeded ||
                spent.reason() == ErrorReason::OVERLOADED)
        << spent.status;
    RawCall cut = call;
    cut.cancel_after = milliseconds(1);
    const RawAnswer cancelled = world().Call(rpc.service, cut);
    EXPECT_TRUE(cancelled.status.ok() || cancelled.status.code() == absl::StatusCode::kCancelled)
        << cancelled.status;

    auto other = std::async(std::launch::async, [&] { return world().Call(rpc.service, call); });
    const RawAnswer first = world().Call(rpc.service, call);
    const RawAnswer second = other.get();
    EXPECT_TRUE(first.status.ok()) << first.status;
    EXPECT_TRUE(second.status.ok()) << second.status;
    EXPECT_EQ(first.bytes, second.bytes);
    if (!TellsNothing(rpc)) {
      EXPECT_EQ(world().EffectOf(rpc.service, TextOf(*fresh.request, "request_id")).transactions, 1);
    }
  }
}

// A read has nothing to undo; it must only end.
TEST_F(EffectsTest, AReadWithoutTimeIsRefusedAtOnce) {
  for (const Rpc& rpc : AllRpcs()) {
    if (rpc.mutates()) continue;
    SCOPED_TRACE(rpc.name() + " of " + rpc.service);
    const auto begin = std::chrono::steady_clock::now();
    const RawAnswer answer = world().Call(
        rpc.service, RawCall{.method = rpc.name(),
                             .bytes = Skeleton(rpc, world(), world().home())->SerializeAsString(),
                             .headers = world().HeadersOf(world().home().people.at(BaseRole(rpc))),
                             .deadline = milliseconds(0),
                             .cancel_after = {}});
    EXPECT_EQ(answer.status.code(), absl::StatusCode::kDeadlineExceeded) << answer.status;
    EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::seconds(20));
  }
}

}  // namespace
}  // namespace inspectorate::conformance
