// Every checker must pass what is right and refuse what is wrong: faults are planted one by one.
#include "tests/robustness/checkers.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "common/base/uuid.h"
#include "common/feed/digest.h"
#include "common/identity/issue_id.h"
#include "inspectorate/issues/v1/issue.pb.h"
#include "inspectorate/visits/v1/visit.pb.h"

namespace inspectorate::robustness {
namespace {

using feed::v1::Change;
using std::chrono::milliseconds;
using ::testing::Contains;
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

constexpr char kVisit[] = "0192f6a0-0000-7000-8000-000000000001";

// As a finding that is sealed, or an issue, lies in a feed.
Change SealedFinding(uint64_t position, uint32_t ordinal, visits::v1::FindingKind kind) {
  Change change = ChangeAt(
      position, std::string("offices/o/visits/") + kVisit + "/findings/" + std::to_string(ordinal), 1, "c");
  change.set_resource_type("inspectorate/Finding");
  visits::v1::Finding finding;
  finding.set_ordinal(static_cast<int>(ordinal));
  finding.set_sealed_in(1);
  finding.set_kind(kind);
  change.mutable_after()->set_value(finding.SerializeAsString());
  return change;
}
Change IssueAt(uint64_t position, uint32_t ordinal, int64_t revision, issues::v1::IssueState state) {
  Change change = ChangeAt(position, "offices/o/issues/" + FormatUuid(IssueId(*ParseUuid(kVisit), ordinal)),
                           revision, "");
  change.set_resource_type("inspectorate/Issue");
  change.set_actor("services/issues");
  change.set_transaction("tx " + std::to_string(position));
  issues::v1::Issue issue;
  issue.set_source(issues::v1::FROM_VISIT);
  issue.set_state(state);
  change.mutable_after()->set_value(issue.SerializeAsString());
  return change;
}

// Two visits, one of them changed once more, a reader, a copy, a watcher with two connections, two notices,
// an audit, and silence: all as it should be.
class CheckersTest : public ::testing::Test {
 protected:
  CheckersTest() {
    feed().changes = {ChangeAt(1, "v/1", 1, "a"), ChangeAt(2, "v/2", 1, "b"), ChangeAt(3, "v/1", 2, "c")};
    feed().head = 3;
    SealDigests(feed());
    for (const char* name : {"v/1", "v/2"}) {
      const int64_t revision = name == std::string("v/1") ? 2 : 1;
      const Row row{.revision = revision, .content = std::string(name) + " r" + std::to_string(revision)};
      own().rows[name] = row;
      copy().rows[name] = row;
    }
    seen_.history = {Done(kSubmit, "a", "v/1", 1, 0),   Done(kSubmit, "b", "v/2", 1, 100),
                     Done(kSubmit, "b", "v/2", 1, 200), Done(kSubmit, "c", "v/1", 2, 300),
                     Done(kGet, "", "v/1", 2, 400),     Refused("d", 500)};
    seen_.stopped = {{"UNAVAILABLE PEER_UNAVAILABLE", 1}, {"RESOURCE_EXHAUSTED OVERLOADED", 2}};
    Watch();
    seen_.projection = seen_.rebuilt = {{"issue_transition", {"a", "b"}}};
    seen_.notices = {{2026, 2}, {2026, 1}};
    seen_.last_serials = {{2026, 2}};
    Audit();
    seen_.ends = {{.process = "visits 0", .status = 137, .caused = true}};
    seen_.rest.resize(2);
    for (Look& look : seen_.rest) {
      look.heads = {{"registry", 5}, {"visits", 3}, {"issues", 0}, {"reporting", 0}};
      look.applied = {{"visits", {{"registry", 5}}},
                      {"issues", {{"registry", 5}, {"visits", 3}}},
                      {"reporting", {{"registry", 5}, {"visits", 3}}}};
    }
  }

  // Over two connections, of which the first ended a second after its last message.
  void Watch() {
    begun_ = at_;
    Receive(0, {feed().changes[0]});
    Receive(1, {feed().changes[1], feed().changes[2]});
    watch().started = {{0, {{"o", 0}}}, {1, {{"o", 1}}}};
    watch().spans = {{0, {.begun = begun_, .ended = at_}},
                     {1, {.begun = begun_, .ended = at_ + milliseconds(1000)}}};
  }

  void Audit() {
    reporting::v1::LoopAudit& audit = seen_.audits.emplace_back();
    const std::vector<std::pair<std::vector<int64_t>, std::vector<int64_t>>> terms = {
        {{0}, {0}}, {{0}, {0, 0, 0, 0, 0, 0}}, {{0, 0, 0}, {0, 0, 0, 0, 0, 0}}, {{7, 3, 2}, {7, 3, 2}}};
    for (size_t i = 0; i < terms.size(); ++i) {
      auto* equation = audit.add_equations();
      equation->set_code("E" + std::to_string(i + 1));
      equation->set_holds(true);
      for (const int64_t value : terms[i].first) equation->add_left()->set_value(value);
      for (const int64_t value : terms[i].second) equation->add_right()->set_value(value);
      for (const char* source : {"visits", "issues"}) {
        auto* position = equation->add_positions();
        position->set_source(source);
        position->set_position(source == std::string("visits") ? 3 : 0);
      }
    }
  }

  // Two problems and a good practice sealed at 4 to 6 of visits; at 4 of issues one issue is closed, the
  // other open. The audit stands there and says so.
  void CloseALoop() {
    using issues::v1::CLOSED;
    using issues::v1::REGISTERED;
    feed().changes.push_back(SealedFinding(4, 1, visits::v1::PROBLEM));
    feed().changes.push_back(SealedFinding(5, 2, visits::v1::GOOD_PRACTICE));
    feed().changes.push_back(SealedFinding(6, 3, visits::v1::PROBLEM));
    seen_.feeds["issues"].changes = {IssueAt(1, 1, 1, REGISTERED), IssueAt(2, 3, 1, REGISTERED),
                                     IssueAt(3, 1, 2, issues::v1::VERIFIED), IssueAt(4, 1, 3, CLOSED)};
    for (auto& equation : *seen_.audits[0].mutable_equations()) {
      for (auto& position : *equation.mutable_positions())
        position.set_position(position.source() == "visits" ? 6 : 4);
    }
    capture().mutable_left(0)->set_value(2);
    capture().mutable_right(0)->set_value(2);
    stock().mutable_left(0)->set_value(2);
    stock().mutable_right(0)->set_value(1);
    stock().mutable_right(1)->set_value(1);
  }
  reporting::v1::Equation& capture() { return *seen_.audits[0].mutable_equations(0); }
  reporting::v1::Equation& stock() { return *seen_.audits[0].mutable_equations(1); }

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
    watch().received.push_back({.connection = connection, .at = at_, .message = message});
  }
  static void SealDigests(Feed& feed) {
    feed::Digest digest;
    std::map<std::string, uint64_t> revisions;
    for (Change& change : feed.changes) {
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
  feed::WatchHistory& watch() {
    auto& watches = seen_.watches["visits"];
    if (watches.empty()) watches.emplace_back();
    return watches.front();
  }
  std::vector<feed::Received>& received() { return watch().received; }

  Observation seen_;
  std::chrono::steady_clock::time_point begun_;
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

TEST_F(CheckersTest, ARefusalOfWhatWasAcknowledged) {
  seen_.history.push_back(Refused("c", 600));
  EXPECT_THAT(CheckRefusedHadNoEffect(seen_), Contains(HasSubstr("refused when repeated")));
}
TEST_F(CheckersTest, ARefusalOfWhatWasAcknowledgedThatIsNotTheLastAnswer) {
  seen_.history.push_back(Refused("c", 600));
  seen_.history.push_back(Done(kSubmit, "c", "v/1", 2, 700));
  EXPECT_THAT(CheckRefusedHadNoEffect(seen_), ElementsAre(HasSubstr("refused when repeated")));
}
TEST_F(CheckersTest, ARefusalAfterAnUnknownOutcomeThatTookEffect) {
  seen_.history[3].outcome = Outcome::kUnknown;
  seen_.history.push_back(Refused("c", 600));
  EXPECT_THAT(CheckStateWasAttempted(seen_), IsEmpty()) << "it sees the unknown attempt alone";
  EXPECT_THAT(CheckRefusedHadNoEffect(seen_), ElementsAre(HasSubstr("and took effect")));
}
TEST_F(CheckersTest, ARefusalBeforeTheAnswerOrOfWhatIsWorthRepeatingIsNoFault) {
  Record busy = Refused("c", 600);
  for (const char* reason : {"RESOURCE_EXHAUSTED OVERLOADED", "ABORTED TRANSACTION_CONFLICT"}) {
    busy.reason = reason;
    seen_.history.push_back(busy);
  }
  seen_.history.push_back(Refused("c", 250));  // overtaken by the one that was answered
  Record lost = Refused("c", 700);
  lost.outcome = Outcome::kUnknown;
  lost.reason = "UNAVAILABLE OUTCOME_UNKNOWN";
  seen_.history.push_back(lost);
  EXPECT_THAT(CheckRefusedHadNoEffect(seen_), IsEmpty());
}
TEST_F(CheckersTest, ALoopThatARefusalEnded) {
  seen_.stopped["ABORTED ETAG_MISMATCH"] = 1;
  EXPECT_THAT(CheckLoopsGoThrough(seen_), ElementsAre(HasSubstr("ETAG_MISMATCH")));
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

TEST_F(CheckersTest, AChangeOfAnotherEpoch) {
  feed().changes[2].set_epoch("before the restore");
  EXPECT_THAT(CheckFeedGapFree(seen_), ElementsAre(HasSubstr("another epoch")));
}
TEST_F(CheckersTest, AChangeThatFollowsAnother) {
  feed().changes[2].set_previous_position(1);
  EXPECT_THAT(CheckFeedGapFree(seen_), ElementsAre(HasSubstr("says that it follows 1")));
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
  watch().started.erase(1);
  watch().spans.clear();
  received()[1].at += seen_.longest_silence + milliseconds(1);
  EXPECT_THAT(CheckWatches(seen_), ElementsAre(HasSubstr("heard nothing")));
}
TEST_F(CheckersTest, AConnectionThatNeverSpeaks) {
  watch().started[2] = {{"o", 3}};
  watch().spans[2] = {.begun = at_, .ended = at_ + seen_.longest_silence};
  EXPECT_THAT(CheckWatches(seen_), IsEmpty()) << "just as long as it may";
  watch().spans[2].ended += milliseconds(1);
  EXPECT_THAT(CheckWatches(seen_), ElementsAre(HasSubstr("connection 2 heard nothing")));
}
TEST_F(CheckersTest, AConnectionThatFallsSilentAfterItsLastMessage) {
  watch().spans[1].ended += seen_.longest_silence;
  EXPECT_THAT(CheckWatches(seen_), ElementsAre(HasSubstr("connection 1 heard nothing")));
}
TEST_F(CheckersTest, AConnectionThatSpeaksAndNeverOfItsOffice) {
  watch().spans[1].ended += seen_.longest_silence;
  received().push_back({.connection = 1, .at = watch().spans[1].ended, .message = {}});
  received().insert(received().end() - 1, {.connection = 1, .at = at_ + milliseconds(5000), .message = {}});
  EXPECT_THAT(CheckWatches(seen_), ElementsAre(HasSubstr("connection 1 heard nothing of o")));
}
TEST_F(CheckersTest, AWatcherWhoIsToldSomethingElseThanTheFeedSays) {
  received()[1].message.mutable_changes(1)->mutable_after()->set_value("v/1 as it never was");
  EXPECT_THAT(CheckWatches(seen_), ElementsAre(HasSubstr("something else of visits 3")));
}
TEST_F(CheckersTest, TheSecondWatcherOfAServiceIsLookedAtToo) {
  seen_.watches["visits"].push_back(watch());
  EXPECT_THAT(CheckWatches(seen_), IsEmpty());
  seen_.watches["visits"][1].received[1].message.mutable_changes()->RemoveLast();
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
TEST_F(CheckersTest, AnEquationThatHoldsByItsWordAlone) {
  for (int i = 0; i < 4; ++i) {
    auto& term = *seen_.audits[0].mutable_equations(i)->mutable_left(0);
    term.set_value(term.value() + 1);
    EXPECT_THAT(CheckEquations(seen_), Contains(HasSubstr("says that it holds"))) << i;
    term.set_value(term.value() - 1);
  }
  EXPECT_THAT(CheckEquations(seen_), IsEmpty());
}
TEST_F(CheckersTest, CopiesThatMakeUpForEachOther) {
  auto& projection = *seen_.audits[0].mutable_equations(3);
  projection.mutable_right(0)->set_value(6);
  projection.mutable_right(1)->set_value(4);
  EXPECT_THAT(CheckEquations(seen_), ElementsAre(HasSubstr("E4 says that it holds")));
}
TEST_F(CheckersTest, AnEquationThatHoldsAndNamesWhatDiffers) {
  capture().add_only_left("offices/o/issues/1");
  EXPECT_THAT(CheckEquations(seen_), Not(IsEmpty()));
}
TEST_F(CheckersTest, AnEquationThatIsMissingOrThereTwice) {
  seen_.audits[0].mutable_equations(2)->set_code("E2");
  EXPECT_THAT(CheckEquations(seen_), Not(IsEmpty()));
}
TEST_F(CheckersTest, TermsThatTheFeedsGive) {
  CloseALoop();
  EXPECT_THAT(CheckEquations(seen_), IsEmpty());
}
TEST_F(CheckersTest, AProblemThatBecameNoIssue) {
  CloseALoop();
  auto& issues = seen_.feeds["issues"].changes;
  issues.erase(issues.begin() + 1);
  // The platform says so on both sides, and so it holds.
  capture().mutable_left(0)->set_value(1);
  capture().mutable_right(0)->set_value(1);
  stock().mutable_left(0)->set_value(1);
  stock().mutable_right(0)->set_value(0);
  EXPECT_THAT(CheckEquations(seen_), ElementsAre(HasSubstr("not the same"), HasSubstr("the feeds 2 and 1")));
}
TEST_F(CheckersTest, AnIssueThatNoProblemBecame) {
  CloseALoop();
  seen_.feeds["issues"].changes[1] = IssueAt(2, 2, 1, issues::v1::REGISTERED);  // of the good practice
  EXPECT_THAT(CheckEquations(seen_), ElementsAre(HasSubstr("not the same")));
}
TEST_F(CheckersTest, AStockInOtherTerms) {
  CloseALoop();
  stock().mutable_right(1)->set_value(0);
  stock().mutable_right(2)->set_value(1);
  EXPECT_THAT(CheckEquations(seen_), ElementsAre(HasSubstr("the feed 2 = 1+1+0+0+0+0")));
}
TEST_F(CheckersTest, AStockOfBeforeTheFeedsEnd) {
  CloseALoop();
  for (auto& position : *stock().mutable_positions()) {
    if (position.source() == "issues") position.set_position(3);
  }
  stock().mutable_right(0)->set_value(2);
  stock().mutable_right(1)->set_value(0);
  EXPECT_THAT(CheckEquations(seen_), IsEmpty());
}

TEST_F(CheckersTest, AServiceThatDoesNotCatchUp) {
  seen_.rest[1].applied["reporting"]["visits"] = 2;
  EXPECT_THAT(CheckSettles(seen_), ElementsAre("reporting stands at 2 of visits's 3"));
}
TEST_F(CheckersTest, AServiceThatHasNotBegunToFollow) {
  seen_.rest[1].applied["issues"].erase("visits");
  EXPECT_THAT(CheckSettles(seen_), ElementsAre("issues stands at 0 of visits's 3"));
}
TEST_F(CheckersTest, AServiceThatDoesNotSayHowFarItIs) {
  seen_.rest[1].heads.erase("reporting");
  EXPECT_THAT(CheckSettles(seen_), Contains("reporting does not say how far it is"));
}
TEST_F(CheckersTest, AServiceThatStillMoves) {
  seen_.rest[0].heads["visits"] = 2;
  EXPECT_THAT(CheckSettles(seen_), ElementsAre("visits still moved, from 2 to 3"));
}
TEST_F(CheckersTest, WhatDidNotComeToRestForAnotherReason) {
  seen_.unrest = {"visits 0 does not serve"};
  EXPECT_THAT(CheckSettles(seen_), ElementsAre("visits 0 does not serve"));
}
TEST_F(CheckersTest, NobodyLookedWhetherItCameToRest) {
  seen_.rest.clear();
  EXPECT_THAT(CheckSettles(seen_), Not(IsEmpty()));
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
