#include "services/registry/domain/inspector_life.h"

#include <gtest/gtest.h>

#include <map>
#include <set>
#include <utility>

#include "common/base/refusal.h"

namespace inspectorate::registry {
namespace {

using S = LifeState;
using E = TenureEvent;

const Date kDay = MakeDate(2026, 3, 9);
constexpr std::chrono::days kOne{1};

std::string ReasonOf(const absl::StatusOr<S>& next) {
  const auto refusal = RefusalOf(next.status());
  return refusal ? refusal->reason : "";
}

LifeFacts Favourable() {
  return {.reason_given = true,
          .document_given = true,
          .day = kDay,
          .notice_to = kDay - kOne,
          .certificate_valid = true,
          .term = Period{kDay, kDay + 1000 * kOne}};
}

// The machine of domain 4.4, written down a second time; every pair that is not here is denied.
const std::map<std::pair<S, E>, S> kLife = {
    {{S::kCandidate, E::kReview}, S::kReviewed},
    {{S::kReviewed, E::kPublicize}, S::kPublicized},
    {{S::kPublicized, E::kAppoint}, S::kAppointed},
    {{S::kAppointed, E::kInduct}, S::kInducted},
    {{S::kInducted, E::kTakeUp}, S::kOnDuty},
    {{S::kOnDuty, E::kRenew}, S::kOnDuty},
    {{S::kOnDuty, E::kSuspend}, S::kSuspended},
    {{S::kSuspended, E::kReinstate}, S::kOnDuty},
    // Out: before duty, from duty, from suspension.
    {{S::kCandidate, E::kReject}, S::kRejected},
    {{S::kReviewed, E::kReject}, S::kRejected},
    {{S::kPublicized, E::kReject}, S::kRejected},
    {{S::kAppointed, E::kEnd}, S::kEnded},
    {{S::kInducted, E::kEnd}, S::kEnded},
    {{S::kOnDuty, E::kEnd}, S::kEnded},
    {{S::kSuspended, E::kEnd}, S::kEnded},
    {{S::kOnDuty, E::kDismiss}, S::kDismissed},
    {{S::kSuspended, E::kDismiss}, S::kDismissed},
    // Back.
    {{S::kRejected, E::kNominateAgain}, S::kCandidate},
    {{S::kEnded, E::kNominateAgain}, S::kCandidate},
    // Entered from elsewhere.
    {{S::kCandidate, E::kEnterAppointment}, S::kCandidate},
    {{S::kOnDuty, E::kEnterAppointment}, S::kOnDuty},
    {{S::kEnded, E::kEnterAppointment}, S::kEnded},
};

TEST(InspectorLife, EveryPairOfStateAndEventIsAStepOrARefusal) {
  int steps = 0;
  for (const S state : kAllLifeStates) {
    for (const E event : kAllTenureEvents) {
      SCOPED_TRACE(std::string(NameOf(state)) + " / " + std::string(NameOf(event)));
      const auto next = NextLife(state, event, Favourable());
      const auto expected = kLife.find({state, event});
      if (expected == kLife.end()) {
        EXPECT_EQ(ReasonOf(next), "STATE_TRANSITION_DENIED");
        const auto refusal = RefusalOf(next.status());
        EXPECT_EQ(refusal->variables.at("state"), NameOf(state));
        EXPECT_EQ(refusal->variables.at("event"), NameOf(event));
      } else {
        ++steps;
        ASSERT_TRUE(next.ok()) << next.status();
        EXPECT_EQ(*next, expected->second);
      }
    }
  }
  EXPECT_EQ(steps, static_cast<int>(kLife.size()));
}

TEST(InspectorLife, NamesAreDistinctAndInBothLanguages) {
  std::set<std::string_view> states, events;
  for (const S state : kAllLifeStates) EXPECT_TRUE(states.insert(NameOf(state)).second);
  for (const E event : kAllTenureEvents) EXPECT_TRUE(events.insert(NameOf(event)).second);
  for (const auto& name : states) EXPECT_NE(name.find(" ("), name.npos) << name;
  for (const auto& name : events) EXPECT_NE(name.find(" ("), name.npos) << name;
}

// Each step without its reason, and without its document: refused exactly where one is asked for.
TEST(InspectorLife, ReasonsAndDocumentsAreAskedForWhereTheyAreOwed) {
  const std::set<E> reason = {E::kReject, E::kSuspend, E::kReinstate, E::kDismiss, E::kNominateAgain};
  const std::set<E> document = {E::kPublicize, E::kAppoint, E::kRenew,  E::kSuspend,
                                E::kReinstate, E::kEnd,     E::kDismiss};
  for (const auto& [step, to] : kLife) {
    SCOPED_TRACE(std::string(NameOf(step.first)) + " / " + std::string(NameOf(step.second)));
    LifeFacts facts = Favourable();
    facts.reason_given = false;
    EXPECT_EQ(ReasonOf(NextLife(step.first, step.second, facts)),
              reason.contains(step.second) ? "GROUNDS_REQUIRED" : "");
    facts = Favourable();
    facts.document_given = false;
    EXPECT_EQ(ReasonOf(NextLife(step.first, step.second, facts)),
              document.contains(step.second) ? "GROUNDS_REQUIRED" : "");
  }
}

TEST(InspectorLife, AppointmentComesAfterTheNotice) {
  LifeFacts facts = Favourable();
  facts.notice_to = kDay;
  EXPECT_EQ(ReasonOf(NextLife(S::kPublicized, E::kAppoint, facts)), "NOTICE_RUNNING");
  facts.notice_to = kDay - kOne;
  EXPECT_EQ(NextLife(S::kPublicized, E::kAppoint, facts).value(), S::kAppointed);
  facts.notice_to = kDay;
  EXPECT_TRUE(NextLife(S::kOnDuty, E::kRenew, facts).ok()) << "a notice of long ago hinders no other step";
}

TEST(InspectorLife, DutyIsTakenUpWithinTheTermWithACertificate) {
  for (int offset = -1; offset <= 4; ++offset) {
    LifeFacts facts = Favourable();
    facts.term = Period{kDay, kDay + 3 * kOne};
    facts.day = kDay + offset * kOne;
    const bool within = offset >= 0 && offset <= 3;
    EXPECT_EQ(ReasonOf(NextLife(S::kInducted, E::kTakeUp, facts)), within ? "" : "APPOINTMENT_MISSING");
    facts.certificate_valid = false;
    EXPECT_EQ(ReasonOf(NextLife(S::kInducted, E::kTakeUp, facts)),
              within ? "CERTIFICATE_INVALID" : "APPOINTMENT_MISSING");
  }
  LifeFacts facts = Favourable();
  facts.term = {};
  EXPECT_EQ(ReasonOf(NextLife(S::kInducted, E::kTakeUp, facts)), "APPOINTMENT_MISSING");
}

TEST(Terms, AreCountedAsLongAsTheyFollowEachOther) {
  const auto term = [](int index, Date from, Date to, bool part_time = true) {
    return PastTerm{.part_time = part_time, .index = index, .valid = {from, to}};
  };
  const Date end = MakeDate(2026, 8, 31);
  const std::vector<PastTerm> past = {term(2, MakeDate(2023, 9, 1), end),
                                      term(1, MakeDate(2020, 9, 1), MakeDate(2023, 8, 31))};
  EXPECT_EQ(ConsecutiveIndex({}, end + kOne, 90), 1);
  for (int gap : {0, 30, 90}) {
    EXPECT_EQ(ConsecutiveIndex(past, end + kOne, gap), 3);
    EXPECT_EQ(ConsecutiveIndex(past, end + (gap + 1) * kOne, gap), 3);
    EXPECT_EQ(ConsecutiveIndex(past, end + (gap + 2) * kOne, gap), 1);
  }
  EXPECT_EQ(ConsecutiveIndex({term(7, MakeDate(2023, 9, 1), end, false)}, end + kOne, 90), 1)
      << "full-time service is no part-time term";
  EXPECT_EQ(ConsecutiveIndex({{.part_time = true, .index = 1, .valid = {MakeDate(2023, 9, 1), {}}}},
                             MakeDate(2030, 1, 1), 0),
            2);
}

}  // namespace
}  // namespace inspectorate::registry
