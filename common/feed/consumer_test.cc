// A consumer against a real owner: exactly once through every kind of interruption, and never a change
// skipped.
#include "common/feed/consumer.h"

#include <atomic>
#include <map>
#include <mutex>
#include <random>
#include <set>
#include <thread>

#include "common/base/macros.h"
#include "common/db/failpoint.h"
#include "common/feed/digest.h"
#include "common/feed/test_node.h"
#include "common/obs/metrics.h"
#include "common/resource/table.h"
#include "common/status/error.h"
#include "common/testing/test_database.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace inspectorate::feed {
namespace {

using registry::v1::School;
using std::chrono::milliseconds;

class ConsumerTest : public ::testing::Test {
 protected:
  ConsumerTest() {
    owner_.Serve();
    client_ = owner_.ClientAs("service");
    Run("CREATE TABLE effect (event_id CHAR(36) NOT NULL, office VARCHAR(63) NOT NULL)");
  }
  ~ConsumerTest() override { db::SetFailpoint({}); }

  void Run(const std::string& sql) {
    const absl::Status status =
        copy_.database().Read({}, [&](db::Session& session) { return session.Execute(sql).status(); });
    ASSERT_TRUE(status.ok()) << status;
  }

  // Copies, and leaves one row for each application: a second one would show.
  absl::Status ApplyWithEffect(work::Unit& unit, const std::vector<v1::Change>& changes) {
    for (const v1::Change& change : changes) {
      RETURN_IF_ERROR(unit.db()
                          .Execute("INSERT INTO effect (event_id, office) VALUES (?, ?)",
                                   {change.event_id(), change.office()})
                          .status());
    }
    return copy_into_(unit, changes);
  }

  std::unique_ptr<Consumer> Follow(Apply apply = {}) {
    if (!apply) {
      apply = [this](work::Unit& unit, const std::vector<v1::Change>& changes) {
        return ApplyWithEffect(unit, changes);
      };
    }
    return Consumer::Start({.source = "registry", .self = "services/copy"}, *client_, copy_.writer(),
                           std::move(apply));
  }

  std::string Put(const std::string& office) {
    std::string school = TestNode::NewSchool();
    const absl::Status status =
        owner_.InUnit([&](work::Unit& unit) { return TestNode::Add(unit, office, school); });
    EXPECT_TRUE(status.ok()) << status;
    return school;
  }

  uint64_t CheckpointOf(const std::string& office) {
    return static_cast<uint64_t>(
        copy_.Ask("SELECT position FROM feed_checkpoint WHERE source = 'registry' AND office = ?", {office}));
  }
  bool CaughtUp(const std::string& office) { return CheckpointOf(office) == owner_.HeadOf(office); }

  // The line of the metric that an operator is alerted by; it is of the whole test program.
  static std::string FailuresToApply() {
    const std::string text = obs::ProcessMetrics().Text();
    const size_t begin = text.find("inspectorate_feed_failures_total{source=\"registry\",reason=\"apply\"}");
    return begin == std::string::npos ? "" : text.substr(begin, text.find('\n', begin) - begin);
  }

  // Equation E4, and one effect for each change.
  void ExpectWhole(const std::string& office) {
    const auto events = owner_.EventsOf(office);
    ASSERT_FALSE(events.empty());
    EXPECT_EQ(copy_.Ask("SELECT COUNT(*) FROM effect WHERE office = ?", {office}),
              static_cast<int64_t>(events.size()));
    EXPECT_EQ(copy_.Ask("SELECT COUNT(DISTINCT event_id) FROM effect WHERE office = ?", {office}),
              static_cast<int64_t>(events.size()));
    EXPECT_EQ(copy_.Ask("SELECT COUNT(*) FROM feed_checkpoint WHERE office = ? AND digest_sum = ? AND "
                        "digest_count = ?",
                        {office, events.back().digest().sum(), events.back().digest().count()}),
              1);
    EXPECT_EQ(TableDigest(office).Sum(), events.back().digest().sum());
  }

  Digest TableDigest(const std::string& office) {
    Digest digest;
    const absl::Status status = copy_.database().Read({}, [&](db::Session& session) -> absl::Status {
      digest = Digest();
      ASSIGN_OR_RETURN(auto schools, resource::Select<School>(session, "`office` = ?", {office}));
      for (const School& school : schools) {
        digest.Add(school.name(), static_cast<uint64_t>(school.revision()));
      }
      return absl::OkStatus();
    });
    EXPECT_TRUE(status.ok()) << status;
    return digest;
  }

  TestNode owner_{{.bookmark_every = milliseconds(100)}};
  TestNode copy_;
  std::unique_ptr<rpc::Client> client_;
  const Apply copy_into_ = CopyInto({School::descriptor()});
};

TEST_F(ConsumerTest, EachChangeTakesEffectOnceThroughFailuresKilledSessionsLostRepliesAndRestarts) {
  constexpr int kUnits = 120;
  std::atomic<bool> written = false;
  std::thread writer([&] {
    std::minstd_rand random(3);
    std::vector<std::string> schools;
    for (int i = 0; i < kUnits; ++i) {
      const absl::Status status = owner_.InUnit([&](work::Unit& unit) -> absl::Status {
        RETURN_IF_ERROR(TestNode::Add(unit, "a", TestNode::NewSchool()));
        return TestNode::Add(unit, random() % 2 == 0 ? "a" : "b", TestNode::NewSchool());
      });
      EXPECT_TRUE(status.ok()) << status;
      if (i % 5 == 0) {
        const std::string school = Put("a");
        EXPECT_TRUE(
            owner_.InUnit([&](work::Unit& unit) { return TestNode::Rename(unit, school, "二小"); }).ok());
        schools.push_back(school);
      }
      if (i % 15 == 14) {
        EXPECT_TRUE(
            owner_.InUnit([&](work::Unit& unit) { return TestNode::Remove(unit, schools.back()); }).ok());
        schools.pop_back();
      }
    }
    written = true;
  });
  writer.join();
  ASSERT_TRUE(written);

  std::atomic<int> failed = 0;
  std::atomic<int> killed = 0;
  std::atomic<int> unheard = 0;
  std::atomic<int> hits = 0;
  const std::thread::id owner_thread = std::this_thread::get_id();
  // Every third commit of the consumer is preceded by the death of its session, every fifth happens without
  // its answer being heard.
  db::SetFailpoint([&](std::string_view point, uint64_t id) {
    if (std::this_thread::get_id() == owner_thread) return false;
    if (point == db::kBeforeCommit) {
      if (++hits % 3 == 0) {
        testing::TestDatabase::Get().KillSession(id);
        ++killed;
      }
      return false;
    }
    if (point == db::kAfterCommitBeforeReply && hits % 5 == 0) {
      ++unheard;
      return true;
    }
    return false;
  });
  std::minstd_rand random(5);
  Apply apply = [&](work::Unit& unit, const std::vector<v1::Change>& changes) -> absl::Status {
    RETURN_IF_ERROR(ApplyWithEffect(unit, changes));
    if (random() % 4 != 0) return absl::OkStatus();
    ++failed;  // the effects are written, the checkpoint is not
    return absl::UnavailableError("between the effect and the checkpoint");
  };
  // A few changes a message: the fresh watch of a restarted consumer and new changes alternate.
  int restarts = 0;
  const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(60);
  while (!(CaughtUp("a") && CaughtUp("b")) || restarts < 8) {
    ASSERT_LT(std::chrono::steady_clock::now(), end);
    auto consumer = Follow(apply);
    std::this_thread::sleep_for(milliseconds(60 + random() % 60));
    consumer.reset();  // its message in work included
    if (++restarts <= 8) {
      Put("a");
      Put("b");
    }
  }
  db::SetFailpoint({});
  EXPECT_GT(failed, 0);
  EXPECT_GT(killed, 0);
  EXPECT_GT(unheard, 0);
  ExpectWhole("a");
  ExpectWhole("b");
}

TEST_F(ConsumerTest, TwoReplicasOfAServiceApplyEachChangeOnceBetweenThem) {
  auto first = Follow();
  auto second = Follow();
  for (int i = 0; i < 40; ++i) Put("a");
  ASSERT_TRUE(Eventually([&] { return CaughtUp("a"); }));
  first.reset();
  second.reset();
  ExpectWhole("a");
}

// Neither has a checkpoint to lock yet.
TEST_F(ConsumerTest, TwoReplicasThatTakeUpAnOfficeAtOnceStandStillNowhere) {
  std::atomic<int> entered = 0;
  const Apply apply = [&](work::Unit& unit, const std::vector<v1::Change>& changes) -> absl::Status {
    // The first one stays here long enough for the other to come as far as it can.
    if (++entered == 1) std::this_thread::sleep_for(milliseconds(700));
    return ApplyWithEffect(unit, changes);
  };
  const std::string failures = FailuresToApply();
  auto first = Follow(apply);
  auto second = Follow(apply);
  ASSERT_TRUE(Eventually([&] { return first->healthy() && second->healthy(); }));
  Put("a");
  ASSERT_TRUE(Eventually([&] { return CaughtUp("a"); }));
  Put("a");
  ASSERT_TRUE(Eventually([&] { return CaughtUp("a"); }));
  EXPECT_TRUE(first->healthy() && second->healthy());
  first.reset();
  second.reset();
  EXPECT_EQ(FailuresToApply(), failures);
  ExpectWhole("a");
}

TEST_F(ConsumerTest, AnOfficeWhoseChangeCannotBeAppliedStandsStillAndTheOthersGoOn) {
  std::atomic<bool> mended = false;
  std::atomic<int> tries = 0;
  auto consumer = Follow([&](work::Unit& unit, const std::vector<v1::Change>& changes) -> absl::Status {
    if (changes.front().office() == "bad" && !mended) {
      ++tries;
      return absl::InternalError("not possible");
    }
    return ApplyWithEffect(unit, changes);
  });
  Put("bad");
  Put("bad");
  ASSERT_TRUE(Eventually([&] { return tries > 0; }));
  for (int i = 0; i < 10; ++i) Put("good");
  ASSERT_TRUE(Eventually([&] { return CaughtUp("good"); }));
  EXPECT_EQ(CheckpointOf("bad"), 0U);
  EXPECT_FALSE(consumer->healthy());
  ASSERT_TRUE(Eventually([&] { return tries >= 3; })) << "it is tried again though nothing more is written";
  EXPECT_FALSE(consumer->healthy()) << "also between two tries";
  mended = true;
  ASSERT_TRUE(Eventually([&] { return CaughtUp("bad"); }));
  EXPECT_TRUE(Eventually([&] { return consumer->healthy(); }));
  consumer.reset();
  ExpectWhole("bad");
  ExpectWhole("good");
}

TEST_F(ConsumerTest, AHoleInTheFeedIsNeverPassedOver) {
  for (int i = 0; i < 5; ++i) Put("a");
  const auto events = owner_.EventsOf("a");
  ASSERT_TRUE(
      owner_.database()
          .Read(
              {},
              [](db::Session& session) {
                return session.Execute("DELETE FROM feed_event WHERE office = 'a' AND position = 3").status();
              })
          .ok());
  auto consumer = Follow();
  Put("b");
  ASSERT_TRUE(Eventually([&] { return CaughtUp("b"); }));
  std::this_thread::sleep_for(milliseconds(300));
  EXPECT_LE(CheckpointOf("a"), 2U);
  EXPECT_FALSE(consumer->healthy());
  consumer.reset();
  EXPECT_EQ(copy_.Ask("SELECT COUNT(*) FROM effect WHERE event_id = ?", {events[3].event_id()}), 0);
}

TEST_F(ConsumerTest, AnotherEpochOfTheSourceIsNotTakenForTheSameFeed) {
  Put("a");
  auto consumer = Follow();
  ASSERT_TRUE(Eventually([&] { return CaughtUp("a") && consumer->healthy(); }));
  consumer.reset();
  ASSERT_TRUE(owner_.database()
                  .Read({},
                        [](db::Session& session) {
                          return session.Execute("UPDATE feed_identity SET epoch = 'restored'").status();
                        })
                  .ok());
  Put("a");
  consumer = Follow();
  std::this_thread::sleep_for(milliseconds(400));
  EXPECT_EQ(CheckpointOf("a"), 1U);
  EXPECT_FALSE(consumer->healthy());
}

TEST_F(ConsumerTest, FollowsASourceThatIsEmptyOrGoesAwayForATime) {
  auto consumer = Follow();
  EXPECT_TRUE(Eventually([&] { return consumer->healthy(); })) << "an empty source is no failure";
  owner_.StopServing();
  EXPECT_TRUE(Eventually([&] { return !consumer->healthy(); }));
  consumer.reset();
  Put("a");
  owner_.Serve();
  client_ = owner_.ClientAs("service");
  consumer = Follow();
  EXPECT_TRUE(Eventually([&] { return CaughtUp("a"); }));
}

// --- copies
// ------------------------------------------------------------------------------------------------------

TEST_F(ConsumerTest, ATypeWithoutATableIsAnErrorNotALoss) {
  auto consumer = Follow(CopyInto({}));
  Put("a");
  std::this_thread::sleep_for(milliseconds(300));
  EXPECT_EQ(CheckpointOf("a"), 0U);
  EXPECT_FALSE(consumer->healthy());
}

// More than one statement holds, several changes of one resource, removed and written anew: in one message.
TEST_F(ConsumerTest, ManyChangesThatComeTogetherLeaveWhatTheLastOnesSay) {
  std::vector<std::string> schools(300);
  for (std::string& school : schools) school = TestNode::NewSchool();
  ASSERT_TRUE(owner_
                  .InUnit([&](work::Unit& unit) -> absl::Status {
                    for (const std::string& school : schools)
                      RETURN_IF_ERROR(TestNode::Add(unit, "a", school));
                    return absl::OkStatus();
                  })
                  .ok());
  ASSERT_TRUE(owner_
                  .InUnit([&](work::Unit& unit) -> absl::Status {
                    for (size_t i = 0; i < schools.size(); i += 2) {
                      RETURN_IF_ERROR(TestNode::Rename(unit, schools[i], "二小"));
                      if (i % 4 == 0) RETURN_IF_ERROR(TestNode::Rename(unit, schools[i], "三小"));
                      if (i % 6 == 0) RETURN_IF_ERROR(TestNode::Remove(unit, schools[i]));
                      if (i % 12 == 0) RETURN_IF_ERROR(TestNode::Add(unit, "a", schools[i], "四小"));
                    }
                    return absl::OkStatus();
                  })
                  .ok());
  auto consumer = Follow();
  ASSERT_TRUE(Eventually([&] { return CaughtUp("a"); }));
  consumer.reset();
  ExpectWhole("a");
  EXPECT_EQ(copy_.Ask("SELECT COUNT(*) FROM school"), 275);
  EXPECT_EQ(copy_.Ask("SELECT COUNT(*) FROM school WHERE display_name = '四小'"), 25);
  EXPECT_EQ(copy_.Ask("SELECT COUNT(*) FROM school WHERE display_name = '三小'"), 50);
  EXPECT_EQ(copy_.Ask("SELECT COUNT(*) FROM school WHERE display_name = '二小'"), 50);
}

class MovedSchool : public ConsumerTest {
 protected:
  v1::Change Change(const std::string& office, v1::Change::Kind kind, int64_t revision) {
    v1::Change change;
    change.set_office(office);
    change.set_kind(kind);
    change.set_resource_type("inspectorate/School");
    change.set_resource(school_);
    change.set_revision(revision);
    if (kind != v1::Change::TOMBSTONED) {
      School school;
      school.set_name(school_);
      school.set_office("offices/" + office);
      school.set_revision(revision);
      change.mutable_after()->PackFrom(school);
    }
    return change;
  }
  void Copy(const v1::Change& change) {
    const absl::Status status = copy_.InUnit([&](work::Unit& unit) { return copy_into_(unit, {change}); });
    ASSERT_TRUE(status.ok()) << status;
  }
  void ExpectIn(const std::string& office, int64_t revision) {
    EXPECT_EQ(copy_.Ask("SELECT COUNT(*) FROM school WHERE office = ? AND revision = ?", {office, revision}),
              1);
  }

  const std::string school_ = TestNode::NewSchool();
};

TEST_F(MovedSchool, StaysWithItsNewOfficeWhicheverFeedComesFirst) {
  const auto born = Change("old", v1::Change::CREATED, 1);
  const auto renamed = Change("old", v1::Change::UPDATED, 2);
  const auto left = Change("old", v1::Change::TOMBSTONED, 2);
  const auto arrived = Change("new", v1::Change::CREATED, 3);
  for (const auto& order : std::vector<std::vector<v1::Change>>{{born, renamed, left, arrived},
                                                                {born, renamed, arrived, left},
                                                                {born, arrived, renamed, left},
                                                                {arrived, born, renamed, left}}) {
    for (const v1::Change& change : order) Copy(change);
    ExpectIn("new", 3);
    Copy(Change("new", v1::Change::TOMBSTONED, 3));
    EXPECT_EQ(copy_.Ask("SELECT COUNT(*) FROM school"), 0);
  }
}

}  // namespace
}  // namespace inspectorate::feed
