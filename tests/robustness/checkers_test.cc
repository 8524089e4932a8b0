// Every checker must pass what is right and refuse what is wrong: faults are planted one by one.
#include "tests/robustness/checkers.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "common/feed/digest.h"

namespace inspectorate::robustness {
namespace {

using feed::v1::Change;
using std::chrono::milliseconds;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

constexpr char kSubmit[] = "inspectorate.visits.v1.Visits.SubmitVisit";
constexpr char kGet[] = "inspectorate.visits.v1.Visits.GetVisit";

Change ChangeAt(uint64_t position, const std::string& resource, int64_t revision,
                const std::string& request) {
  Change change;
  change.set_office("o");
  change.set_epoch("e");
  change.set_position(position);
  change.set_previous_position(position - 1);
  change.set_kind(revision == 1 ? Change::CREATED : Change::UPDATED);
  change.set_event("visit.changed");
  change.set_resource_type("inspectorate/Visit");
  change.set_resource(resource);
  change.set_revision(revision);
  change.set_actor("inspectors/1");
  change.set_request_id(request);
  change.set_transaction("tx " + request);
  change.set_transaction_count(1);
  change.mutable_after()->set_value(resource + " r" + std::to_string(revision));
  return change;
}

Record Done(const std::string& op, const std::string& request, const std::string& resource, int64_t revision,
            int64_t at) {
  return {.process = 0,
          .op = op,
          .request_id = request,
          .args = "",
          .asked = resource,
          .invoke_us = at,
          .return_us = at + 10,
          .outcome = Outcome::kOk,
          .reason = "",
          .resource = resource,
          .revision = revision,
          .answer = resource + std::to_string(revision)};
}

// Two visits, one of them changed once more, a reader, a copy, a watcher with two connections, two notices,
// an audit: all as it should be.
class CheckersTest : public ::testing::Test {
 protected:
  CheckersTest() {
    feed().changes = {ChangeAt(1, "v/1", 1, "a"), ChangeAt(2, "v/2", 1, "b"), ChangeAt(3, "v/1", 2, "c")};
    feed().head = 3;
    SealDigests();
    for (const char* name : {"v/1", "v/2"}) {
      const int64_t revision = name == std::string("v/1") ? 2 : 1;
      const Row row{.revision = revision, .content = std::string(name) + " r" + std::to_string(revision)};
      own().rows[name] = row;
      copy().rows[name] = row;
    }
    seen_.history = {Done(kSubmit, "a", "v/1", 1, 0),   Done(kSubmit, "b", "v/2", 1, 100),
                     Done(kSubmit, "b", "v/2", 1, 200), Done(kSubmit, "c", "v/1", 2, 300),
                     Done(kGet, "", "v/1", 2, 400),     Refused("d", 500)};
    Receive(0, {feed().changes[0]});
    Receive(1, {feed().changes[1], feed().changes[2]});
    seen_.watches["visits"].started = {{0, {{"o", 0}}}, {1, {{"o", 1}}}};
    seen_.projection = seen_.rebuilt = {{"issue_transition", {"a", "b"}}};
    seen_.notices = {{2026, 2}, {2026, 1}};
    seen_.last_serials = {{2026, 2}};
    reporting::v1::LoopAudit audit;
    for (int i = 0; i < 4; ++i) audit.add_equations()->set_holds(true);
    seen_.audits.push_back(audit);
    seen_.ends = {{.process = "visits 0", .status = 137, .caused = true}};
  }

  static Record Refused(const std::string& request, int64_t at) {
    Record record = Done(kSubmit, request, "", 0, at);
    record.outcome = Outcome::kFail;
    record.reason = "ABORTED ETAG_MISMATCH";
    return record;
  }
  void Receive(int connection, const std::vector<Change>& changes) {
    feed::v1::WatchChangesResponse message;
    for (const Change& change : changes) *message.add_changes() = change;
    at_ += milliseconds(10);
    seen_.watches["visits"].received.push_back({.connection = connection, .at = at_, .message = message});
  }
  void SealDigests() {
    feed::Digest digest;
    std::map<std::string, uint64_t> revisions;
    for (Change& change : feed().changes) {
      uint64_t& revision = revisions[change.resource()];
      if (revision != 0) digest.Remove(change.resource(), revision);
      digest.Add(change.resource(), revision = static_cast<uint64_t>(change.revision()));
      change.mutable_digest()->set_sum(digest.Sum());
      change.mutable_digest()->set_count(static_cast<int64_t>(digest.count()));
    }
  }

  Feed& feed() { return seen_.feeds["visits"]; }
  Table& TableOf(const std::string& service, const std::string& source) {
    for (Table& table : seen_.tables) {
      if (table.service == service) return table;
    }
    return seen_.tables.emplace_back(
        Table{.service = service, .source = source, .type = "inspectorate/Visit", .rows = {}});
  }
  Table& own() { return TableOf("visits", ""); }
  Table& copy() { return TableOf("reporting", "visits"); }
  std::vector<feed::Received>& received() { return seen_.watches["visits"].received; }

  Observation seen_;
  std::chrono::steady_clock::time_point at_;
};

TEST_F(CheckersTest, WhatIsRightPassesAll) {
  for (const Checker& checker : AllCheckers()) EXPECT_THAT(checker.check(seen_), IsEmpty()) << checker.name;
}

TEST_F(CheckersTest, AnAcknowledgedChangeThatTheFeedLacks) {
  seen_.history.push_back(Done(kSubmit, "lost", "v/2", 2, 600));
  EXPECT_THAT(CheckAcknowledgedIsThere(seen_), Not(IsEmpty()));
}
TEST_F(CheckersTest, AnAcknowledgedChangeThatAnotherRequestMade) {
  seen_.history[3].request_id = "other";
  EXPECT_THAT(CheckAcknowledgedIsThere(seen_), Not(IsEmpty()));
}
TEST_F(CheckersTest, AnAcknowledgedRowThatTheTableLacks) {
  own().rows.erase("v/2");
  EXPECT_THAT(CheckAcknowledgedIsThere(seen_), Not(IsEmpty()));
}

TEST_F(CheckersTest, AChangeThatNobodyAskedFor) {
  feed().changes[1].set_request_id("nobody");
  EXPECT_THAT(CheckStateWasAttempted(seen_), Not(IsEmpty()));
}
TEST_F(CheckersTest, AChangeThatWasOnlyEverRefused) {
  feed().changes[1].set_request_id("d");
  EXPECT_THAT(CheckStateWasAttempted(seen_), Not(IsEmpty()));
}
TEST_F(CheckersTest, AChangeOfUnknownOutcomeOrBeforeTheBaselineOrByAServiceIsNoFault) {
  seen_.history[1].outcome = seen_.history[2].outcome = Outcome::kUnknown;
  feed().baseline = 1;
  feed().changes[0].set_request_id("before");
  feed().changes[2].set_actor("services/issues");
  feed().changes[2].set_request_id("");
  EXPECT_THAT(CheckStateWasAttempted(seen_), IsEmpty());
}

TEST_F(CheckersTest, ARequestWithTwoEffects) {
  feed().changes[2].set_request_id("b");
  EXPECT_THAT(CheckOneEffect(seen_), Not(IsEmpty()));
}
TEST_F(CheckersTest, ATransactionOfSeveralChangesIsOneEffect) {
  feed().changes[2].set_request_id("b");
  feed().changes[2].set_transaction(feed().changes[1].transaction());
  EXPECT_THAT(CheckOneEffect(seen_), IsEmpty());
}
TEST_F(CheckersTest, ARequestWithTwoAnswers) {
  seen_.history[2].answer = "another";
  EXPECT_THAT(CheckOneAnswer(seen_), Not(IsEmpty()));
}

TEST_F(CheckersTest, AnAnswerAboutAnotherResource) {
  seen_.history[4].resource = "v/2";
  EXPECT_THAT(CheckAnswersAreToThePoint(seen_), Not(IsEmpty()));
}
TEST_F(CheckersTest, AnAnswerToWhatNamedNothingMayBeAnything) {
  seen_.history[4].asked = "";
  seen_.history[4].resource = "v/3";
  EXPECT_THAT(CheckAnswersAreToThePoint(seen_), IsEmpty());
}

TEST_F(CheckersTest, AReadOfThePast) {
  seen_.history[4].revision = 1;
  EXPECT_THAT(CheckReadsSeeAcknowledged(seen_), Not(IsEmpty()));
}
TEST_F(CheckersTest, AReadThatBeganBeforeTheAnswerMaySeeThePast) {
  seen_.history[4].revision = 1;
  seen_.history[4].invoke_us = 305;
  EXPECT_THAT(CheckReadsSeeAcknowledged(seen_), IsEmpty());
}

TEST_F(CheckersTest, AnInternalError) {
  seen_.history[5].reason = "INTERNAL INTERNAL_ERROR";
  EXPECT_THAT(CheckNoInternalError(seen_), Not(IsEmpty()));
}

TEST_F(CheckersTest, AForkedVersion) {
  feed().changes[2].set_revision(1);
  EXPECT_THAT(CheckVersionChains(seen_), Not(IsEmpty()));
}
TEST_F(CheckersTest, ASkippedVersion) {
  feed().changes[2].set_revision(3);
  EXPECT_THAT(CheckVersionChains(seen_), Not(IsEmpty()));
}

TEST_F(CheckersTest, AGapInTheFeed) {
  feed().changes.erase(feed().changes.begin() + 1);
  EXPECT_THAT(CheckFeedGapFree(seen_), Not(IsEmpty()));
}
TEST_F(CheckersTest, APositionThatComesTwice) {
  feed().changes[1].set_position(1);
  EXPECT_THAT(CheckFeedGapFree(seen_), Not(IsEmpty()));
}
TEST_F(CheckersTest, AHeadBeyondTheLastChange) {
  feed().head = 4;
  EXPECT_THAT(CheckFeedGapFree(seen_), Not(IsEmpty()));
}
TEST_F(CheckersTest, ATornTransaction) {
  feed().changes[2].set_transaction_count(2);
  EXPECT_THAT(CheckFeedGapFree(seen_), Not(IsEmpty()));
}

TEST_F(CheckersTest, ADigestOfAnotherState) {
  feed().changes[1].mutable_digest()->set_count(3);
  EXPECT_THAT(CheckDigests(seen_), Not(IsEmpty()));
}

TEST_F(CheckersTest, ARowThatTheFeedDoesNotGive) {
  own().rows["v/3"] = {.revision = 1, .content = "v/3 r1"};
  EXPECT_THAT(CheckReplayRebuilds(seen_), Not(IsEmpty()));
}
TEST_F(CheckersTest, ARowThatTheTableLacks) {
  own().rows.erase("v/1");
  EXPECT_THAT(CheckReplayRebuilds(seen_), Not(IsEmpty()));
}
TEST_F(CheckersTest, ARowWithOtherContent) {
  own().rows["v/1"].content = "something else";
  EXPECT_THAT(CheckReplayRebuilds(seen_), Not(IsEmpty()));
}
TEST_F(CheckersTest, ARowOfAnOlderRevision) {
  own().rows["v/1"].revision = 1;
  EXPECT_THAT(CheckReplayRebuilds(seen_), Not(IsEmpty()));
}
TEST_F(CheckersTest, ARowThatShouldHaveGone) {
  Change gone = ChangeAt(4, "v/2", 1, "c");
  gone.set_kind(Change::TOMBSTONED);
  feed().changes.push_back(gone);
  EXPECT_THAT(CheckReplayRebuilds(seen_), Not(IsEmpty()));
  own().rows.erase("v/2");
  EXPECT_THAT(CheckReplayRebuilds(seen_), IsEmpty());
}
TEST_F(CheckersTest, ACopyThatMissedAChange) {
  copy().rows["v/1"] = {.revision = 1, .content = "v/1 r1"};
  EXPECT_THAT(CheckProjectionIsFold(seen_), Not(IsEmpty()));
  EXPECT_THAT(CheckReplayRebuilds(seen_), IsEmpty()) << "the owner is right";
}

TEST_F(CheckersTest, ADerivedRowThatTheFeedsDoNotGive) {
  seen_.projection["issue_transition"].push_back("c");
  EXPECT_THAT(CheckProjectionRebuilds(seen_), Not(IsEmpty()));
}
TEST_F(CheckersTest, ADerivedRowThatIsAnotherOrMissing) {
  seen_.projection["issue_transition"][1] = "x";
  EXPECT_THAT(CheckProjectionRebuilds(seen_), Not(IsEmpty()));
  seen_.projection["issue_transition"].pop_back();
  EXPECT_THAT(CheckProjectionRebuilds(seen_), Not(IsEmpty()));
}

TEST_F(CheckersTest, AWatcherWhomAChangeDidNotReach) {
  received()[1].message.mutable_changes()->DeleteSubrange(0, 1);
  EXPECT_THAT(CheckWatches(seen_), Not(IsEmpty()));
}
TEST_F(CheckersTest, AWatcherWhoGotAChangeTwice) {
  received().push_back(received()[1]);
  EXPECT_THAT(CheckWatches(seen_), Not(IsEmpty()));
}
TEST_F(CheckersTest, AWatcherWhoWasNotToldTheEnd) {
  received()[1].message.mutable_changes()->RemoveLast();
  EXPECT_THAT(CheckWatches(seen_), Not(IsEmpty()));
}
TEST_F(CheckersTest, AWatcherWhoGotHalfATransaction) {
  received()[1].message.mutable_changes(1)->set_transaction_count(2);
  EXPECT_THAT(CheckWatches(seen_), Not(IsEmpty()));
}
TEST_F(CheckersTest, AWatcherWhoHeardNothingForTooLong) {
  received()[1].connection = 0;
  seen_.watches["visits"].started.erase(1);
  received()[1].at += seen_.longest_silence + milliseconds(1);
  EXPECT_THAT(CheckWatches(seen_), Not(IsEmpty()));
}
TEST_F(CheckersTest, ABookmarkThatWasNotKept) {
  feed::v1::WatchChangesResponse mark;
  mark.mutable_bookmark()->set_office("o");
  mark.mutable_bookmark()->set_position(3);
  received().insert(received().begin() + 1, {.connection = 1, .at = received()[0].at, .message = mark});
  EXPECT_THAT(CheckWatches(seen_), Not(IsEmpty()));
}

TEST_F(CheckersTest, ANumberThatIsMissing) {
  seen_.notices[0].serial = 3;
  EXPECT_THAT(CheckNumbersGapFree(seen_), Not(IsEmpty()));
}
TEST_F(CheckersTest, ANumberGivenOutForNothing) {
  seen_.last_serials[2026] = 3;
  EXPECT_THAT(CheckNumbersGapFree(seen_), Not(IsEmpty()));
}

TEST_F(CheckersTest, AnEquationThatDoesNotHold) {
  seen_.audits[0].mutable_equations(2)->set_holds(false);
  EXPECT_THAT(CheckEquations(seen_), Not(IsEmpty()));
}
TEST_F(CheckersTest, AProcessThatAborted) {
  seen_.ends.push_back({.process = "issues 0", .status = 134, .last_said = "in a set nobody can go on"});
  EXPECT_THAT(CheckNoneFell(seen_), ElementsAre(HasSubstr("issues 0 ended with 134")));
}
TEST_F(CheckersTest, AProcessThatEndedOfItselfJustBeforeItWasKilled) {
  seen_.ends[0].status = 139;
  EXPECT_THAT(CheckNoneFell(seen_), Not(IsEmpty()));
}
TEST_F(CheckersTest, AProcessThatNobodySaysToHaveKilled) {
  seen_.ends[0].caused = false;
  EXPECT_THAT(CheckNoneFell(seen_), Not(IsEmpty()));
}
TEST_F(CheckersTest, AProcessThatEndedWell) {
  seen_.ends[0].status = 0;
  EXPECT_THAT(CheckNoneFell(seen_), Not(IsEmpty()));
}
TEST_F(CheckersTest, NoAuditAtAll) {
  seen_.audits.clear();
  EXPECT_THAT(CheckEquations(seen_), Not(IsEmpty()));
}

}  // namespace
}  // namespace inspectorate::robustness
