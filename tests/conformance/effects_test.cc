// What a mutation does, for every one of the contract: once for one request id, nothing when it is refused,
// and never half of it when its call ends early.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <future>
#include <iostream>
#include <set>
#include <thread>

#include "common/base/uuid.h"
#include "common/db/failpoint.h"
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

// While it is set, every statement that writes takes longer than the time that a spent call still has.
std::atomic<bool> slow_statements = false;
[[maybe_unused]] const bool slowed = [] {  // before anything runs
  db::SetFailpoint([](std::string_view point, uint64_t) {
    if (slow_statements && point == db::kAfterStatement) std::this_thread::sleep_for(milliseconds(10));
    return false;
  });
  return true;
}();

// A deadline that has passed before the server has the message; the caller has no clock of its own.
RawCall WithoutTime(RawCall call) {
  call.wire_timeout = "1n";
  call.message_after = milliseconds(20);
  return call;
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
    if (holder == nullptr) {
      EXPECT_FALSE(ActsOnWhatItsCallerSaw(rpc)) << "nothing says which state its caller saw";
      return;
    }
    ASSERT_NE(TextOf(*holder, "etag"), "");
    // Of the revision before, and of none at all.
    for (const std::string& etag : {resource::EtagOf(0), std::string("stale")}) {
      SetText(holder, "etag", etag);
      const RawAnswer answer = Call(rpc, fresh.by, *stale);
      EXPECT_EQ(answer.reason(), ErrorReason::ETAG_MISMATCH) << answer.status;
      EXPECT_EQ(answer.status.code(), absl::StatusCode::kAborted);
    }
    if (MayGoWithoutEtag(rpc, *stale)) return;
    SetText(holder, "etag", "");
    EXPECT_EQ(Call(rpc, fresh.by, *stale).reason(), ErrorReason::INVALID_FIELDS);
  }
  // Methods on a resource that was there before (AIP-136, AIP-134, AIP-135), but what only follows or repeats
  // others.
  static bool ActsOnWhatItsCallerSaw(const Rpc& rpc) {
    // A piece has its place in the file, a clock has one setter; registers have an etag in each entry;
    // whoever cancels means whatever runs.
    static const std::set<std::string> kNeedNone = {"UploadPiece", "SetSandboxClock", "RecordAttendance",
                                                    "CreditAttendance", "CancelOperation"};
    return rpc.Input("name") != nullptr && !kNeedNone.contains(rpc.method->name());
  }
  // An act names the state that its author saw; an update, whose resource carries the etag, or a draft's
  // removal may go without.
  static bool MayGoWithoutEtag(const Rpc& rpc, Message& request) {
    Message* holder = EtagHolder(&request);
    return holder != nullptr && (holder != &request || rpc.method->name() == "DeleteFinding");
  }
  static void ExpectDoneWithoutEtag(const Rpc& rpc) {
    const Fresh fresh = Prepare(rpc);
    if (!MayGoWithoutEtag(rpc, *fresh.request)) return;
    SCOPED_TRACE("without an etag");
    SetText(EtagHolder(fresh.request.get()), "etag", "");
    const RawAnswer answer = Call(rpc, fresh);
    EXPECT_TRUE(answer.status.ok()) << answer.status;
    EXPECT_EQ(world().EffectOf(rpc.service, TextOf(*fresh.request, "request_id")).transactions, 1);
    ++done_without_etag_;
  }
  static inline int done_without_etag_ = 0;
  // Spent before it arrives: refused by the server. Spent while it is at work: refused, or turned away. Never
  // done, and nothing of it.
  static void ExpectSpentTimeDoesNothing(const Rpc& rpc, const Fresh& fresh, const RawCall& call) {
    const std::string before = world().Heads();
    const RawAnswer late = world().Call(rpc.service, WithoutTime(call));
    EXPECT_EQ(late.status.code(), absl::StatusCode::kDeadlineExceeded) << late.status;
    RawCall brief = call;
    brief.wire_timeout = "1n";
    brief.headers["x-request-id"] = world().NextText("spent-");
    slow_statements = true;
    const RawAnswer spent = world().Call(rpc.service, brief);
    slow_statements = false;
    EXPECT_TRUE(spent.status.code() == absl::StatusCode::kDeadlineExceeded ||
                spent.reason() == ErrorReason::OVERLOADED)
        << spent.status;
    EXPECT_EQ(world().EffectOf(rpc.service, TextOf(*fresh.request, "request_id")).transactions, 0);
    EXPECT_EQ(world().Heads(), before);
    // gRPC may be quicker than the service, and answer for it.
    if (!World::LoggedCall(brief.headers["x-request-id"]).empty()) ++spent_and_served_;
  }
  static inline int spent_and_served_ = 0;
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
    const bool altered = Alter(other.get());
    // Their content is names, lists and bytes, which are not altered here.
    static const std::set<std::string> kUnaltered = {"CancelOperation", "CreatePhoto", "DraftPlaque",
                                                     "ExportRoster", "UploadPiece"};
    EXPECT_TRUE(altered || kUnaltered.contains(rpc.method->name()))
        << "the same id with another body was not tried";
    if (altered) {
      const RawAnswer answer = Call(rpc, fresh.by, *other);
      EXPECT_EQ(answer.reason(), ErrorReason::REQUEST_ID_REUSED) << answer.status;
      EXPECT_EQ(world().EffectOf(rpc.service, id).events, effect.events);
    }
    if (Request again_without = Clone(*fresh.request); MayGoWithoutEtag(rpc, *again_without))
      ExpectDoneWithoutEtag(rpc);
  }
  std::cout << done_without_etag_ << " updates and removals were done without an etag\n";
  EXPECT_GT(done_without_etag_, 0);
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
    ExpectSpentTimeDoesNothing(rpc, fresh, call);
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
  std::cout << spent_and_served_ << " calls without time came as far as a service\n";
  EXPECT_GT(spent_and_served_, 0);
}

// A read has nothing to undo; it must only end.
TEST_F(EffectsTest, AReadThatEndsEarlyIsAnsweredAtOnceAndChangesNothing) {
  world().Settle();
  const std::string before = world().Heads();
  for (const Rpc& rpc : AllRpcs()) {
    if (rpc.mutates()) continue;
    SCOPED_TRACE(rpc.name() + " of " + rpc.service);
    const RawCall call{.method = rpc.name(),
                       .bytes = Skeleton(rpc, world(), world().home())->SerializeAsString(),
                       .headers = world().HeadersOf(world().home().people.at(BaseRole(rpc))),
                       .cancel_after = {}};
    const auto begin = std::chrono::steady_clock::now();
    const RawAnswer late = world().Call(rpc.service, WithoutTime(call));
    EXPECT_EQ(late.status.code(), absl::StatusCode::kDeadlineExceeded) << late.status;
    EXPECT_EQ(late.bytes, "");
    if (rpc.access().work() == type::v1::WORK_BULK) continue;  // may begin what goes on without its caller
    RawCall cut = call;
    cut.cancel_after = milliseconds(1);
    const RawAnswer cancelled = world().Call(rpc.service, cut);
    // Or answered already, whatever the answer to this request is.
    EXPECT_THAT(cancelled.status.code(),
                ::testing::Not(::testing::AnyOf(absl::StatusCode::kInternal, absl::StatusCode::kUnknown,
                                                absl::StatusCode::kUnavailable)))
        << cancelled.status;
    EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::seconds(20));
  }
  EXPECT_EQ(world().Heads(), before);
}

}  // namespace
}  // namespace inspectorate::conformance
