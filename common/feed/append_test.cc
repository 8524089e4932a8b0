// The append on a real database: positions follow commit order without a gap (engineering trap 0.2).
#include "common/feed/append.h"

#include <atomic>
#include <future>
#include <random>
#include <thread>

#include "common/base/macros.h"
#include "common/feed/digest.h"
#include "common/feed/event_log.h"
#include "common/feed/test_node.h"
#include "common/status/error.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "inspectorate/registry/v1/inspector.pb.h"

namespace inspectorate::feed {
namespace {

using std::chrono::milliseconds;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr char kOffice[] = "zhanhua";

std::vector<uint64_t> PositionsOf(const std::vector<v1::Change>& changes) {
  std::vector<uint64_t> positions;
  for (const v1::Change& change : changes) positions.push_back(change.position());
  return positions;
}

// Reads on from `at` and says whether what came joined without a gap.
bool ReadOn(TestNode& node, uint64_t* at) {
  std::vector<v1::Change> changes;
  absl::Status status = node.database().Read({}, [&](db::Session& session) -> absl::Status {
    ASSIGN_OR_RETURN(changes, ReadAfter(session, kOffice, *at, 100));
    return absl::OkStatus();
  });
  if (!status.ok()) return false;
  for (const v1::Change& change : changes) {
    if (change.previous_position() != *at || change.position() != *at + 1) return false;
    *at = change.position();
  }
  return true;
}

TEST(Append, AReaderBesideSixtyFourWritersNeverMissesAChange) {
  constexpr int kWriters = 64;
  constexpr int kUnits = 4;
  TestNode node({.pool_size = 24});
  std::atomic<int> committed = 0;
  std::atomic<bool> done = false;
  std::atomic<bool> joined = true;
  std::atomic<uint64_t> seen = 0;
  std::thread reader([&] {
    uint64_t at = 0;
    bool last = false;
    while (!last) {
      last = done;
      joined = joined && ReadOn(node, &at);
      seen = at;
    }
  });
  std::vector<std::thread> writers;
  for (int w = 0; w < kWriters; ++w) {
    writers.emplace_back([&, w] {
      std::minstd_rand random(static_cast<unsigned>(w) + 1);
      for (int i = 0; i < kUnits; ++i) {
        const bool fails = random() % 4 == 0;
        absl::Status status = node.InUnit([&](work::Unit& unit) -> absl::Status {
          RETURN_IF_ERROR(TestNode::Add(unit, kOffice, TestNode::NewSchool()));
          std::this_thread::sleep_for(milliseconds(random() % 5));  // commits in another order than it began
          if (!fails) return absl::OkStatus();
          RETURN_IF_ERROR(Append(unit));  // positions given out, then rolled back
          return absl::AbortedError("thought better of it");
        });
        if (status.ok()) ++committed;
      }
    });
  }
  for (std::thread& writer : writers) writer.join();
  done = true;
  reader.join();
  EXPECT_TRUE(joined);
  EXPECT_GT(committed, 0);
  EXPECT_LT(committed, kWriters * kUnits);
  EXPECT_EQ(seen, static_cast<uint64_t>(committed));
  EXPECT_EQ(node.HeadOf(kOffice), static_cast<uint64_t>(committed));
}

// Why positions are not AUTO_INCREMENT values: these are given out in the order of the inserts.
TEST(Append, AutoIncrementWouldLoseAChangeThatCommitsLate) {
  TestNode node;
  ASSERT_TRUE(node.database()
                  .Read({},
                        [](db::Session& session) {
                          return session
                              .Execute(
                                  "CREATE TABLE log (id BIGINT AUTO_INCREMENT PRIMARY KEY, who INT NOT NULL)")
                              .status();
                        })
                  .ok());
  std::promise<void> inserted;
  std::promise<void> may_commit;
  std::thread slow([&] {
    EXPECT_TRUE(node.database()
                    .Transact({}, {},
                              [&](db::Transaction& tx) {
                                auto status = tx.Execute("INSERT INTO log (who) VALUES (1)").status();
                                inserted.set_value();
                                may_commit.get_future().wait();
                                return status;
                              })
                    .ok());
  });
  inserted.get_future().wait();
  EXPECT_TRUE(node.database()
                  .Transact({}, {},
                            [](db::Transaction& tx) {
                              return tx.Execute("INSERT INTO log (who) VALUES (2)").status();
                            })
                  .ok());
  const int64_t cursor = node.Ask("SELECT MAX(id) FROM log");
  may_commit.set_value();
  slow.join();
  EXPECT_EQ(node.Ask("SELECT COUNT(*) FROM log WHERE id > ?", {cursor}), 0);
  EXPECT_EQ(node.Ask("SELECT COUNT(*) FROM log WHERE id < ?", {cursor}), 1) << "the change that nobody read";
}

TEST(Append, ARollbackGivesItsPositionsBack) {
  TestNode node;
  ASSERT_TRUE(
      node.InUnit([](work::Unit& unit) { return TestNode::Add(unit, kOffice, TestNode::NewSchool()); }).ok());
  EXPECT_FALSE(node.InUnit([](work::Unit& unit) -> absl::Status {
                     RETURN_IF_ERROR(TestNode::Add(unit, kOffice, TestNode::NewSchool()));
                     RETURN_IF_ERROR(Append(unit));
                     EXPECT_EQ(unit.positions()[kOffice], 2U);
                     return absl::AbortedError("no");
                   })
                   .ok());
  ASSERT_TRUE(
      node.InUnit([](work::Unit& unit) { return TestNode::Add(unit, kOffice, TestNode::NewSchool()); }).ok());
  EXPECT_THAT(PositionsOf(node.EventsOf(kOffice)), ElementsAre(1, 2));
}

TEST(Append, TransactionsAreCountedWithinEachOffice) {
  TestNode node;
  ASSERT_TRUE(node.InUnit([](work::Unit& unit) -> absl::Status {
                    RETURN_IF_ERROR(TestNode::Add(unit, "b", TestNode::NewSchool()));
                    RETURN_IF_ERROR(TestNode::Add(unit, "a", TestNode::NewSchool()));
                    return TestNode::Add(unit, "b", TestNode::NewSchool());
                  })
                  .ok());
  const auto a = node.EventsOf("a");
  const auto b = node.EventsOf("b");
  ASSERT_EQ(a.size(), 1U);
  ASSERT_EQ(b.size(), 2U);
  EXPECT_EQ(a[0].transaction(), b[0].transaction());
  EXPECT_EQ(a[0].transaction_count(), 1);
  EXPECT_EQ(b[1].transaction_index(), 1);
  EXPECT_EQ(b[1].transaction_count(), 2);
}

TEST(Append, UnitsThatTouchOfficesInOppositeOrderDoNotBlockEachOther) {
  TestNode node;
  std::vector<std::thread> writers;
  for (const auto& [first, second] : {std::pair{"a", "b"}, std::pair{"b", "a"}}) {
    writers.emplace_back([&node, first, second] {
      for (int i = 0; i < 25; ++i) {
        EXPECT_TRUE(node.InUnit([&](work::Unit& unit) -> absl::Status {
                          RETURN_IF_ERROR(TestNode::Add(unit, first, TestNode::NewSchool()));
                          return TestNode::Add(unit, second, TestNode::NewSchool());
                        })
                        .ok());
      }
    });
  }
  for (std::thread& writer : writers) writer.join();
  EXPECT_EQ(node.HeadOf("a"), 50U);
  EXPECT_EQ(node.HeadOf("b"), 50U);
  EXPECT_EQ(node.database().GetStats().retries, 0U);
}

TEST(Append, TheDigestOfTheLastChangeIsThatOfTheState) {
  TestNode node;
  const std::string kept = TestNode::NewSchool();
  const std::string gone = TestNode::NewSchool();
  ASSERT_TRUE(node.InUnit([&](work::Unit& unit) -> absl::Status {
                    RETURN_IF_ERROR(TestNode::Add(unit, kOffice, kept));
                    return TestNode::Add(unit, kOffice, gone);
                  })
                  .ok());
  ASSERT_TRUE(node.InUnit([&](work::Unit& unit) { return TestNode::Rename(unit, kept, "二小"); }).ok());
  ASSERT_TRUE(node.InUnit([&](work::Unit& unit) { return TestNode::Remove(unit, gone); }).ok());
  Digest expected;
  expected.Add(kept, 2);
  const auto events = node.EventsOf(kOffice);
  ASSERT_EQ(events.size(), 4U);
  EXPECT_EQ(events.back().digest().sum(), expected.Sum());
  EXPECT_EQ(events.back().digest().count(), 1);
  EXPECT_EQ(events.back().kind(), v1::Change::TOMBSTONED);
  EXPECT_FALSE(events.back().has_after());
}

TEST(Append, ProtectedFieldsNeverEnterTheFeedHoweverDeepTheyLie) {
  TestNode node;
  constexpr char kSecret[] = "夫妻关系";
  auto recusals = std::make_shared<registry::v1::ListRecusalsResponse>();
  registry::v1::Recusal* recusal = recusals->add_recusals();
  recusal->set_name("offices/zhanhua/recusals/1");
  recusal->set_note(kSecret);
  for (const std::shared_ptr<const google::protobuf::Message>& after :
       {std::shared_ptr<const google::protobuf::Message>(recusals),
        std::shared_ptr<const google::protobuf::Message>(
            std::make_shared<registry::v1::Recusal>(*recusal))}) {
    ASSERT_TRUE(node.InUnit([&](work::Unit& unit) {
                      unit.Emit({.office = kOffice,
                                 .kind = v1::Change::CREATED,
                                 .name = "recusal.created",
                                 .resource_type = "inspectorate/Recusal",
                                 .resource = recusal->name(),
                                 .revision = 1,
                                 .previous_revision = 0,
                                 .occur_time = {},
                                 .after = after});
                      return absl::OkStatus();
                    })
                    .ok());
  }
  EXPECT_EQ(node.Ask("SELECT COUNT(*) FROM feed_event WHERE LOCATE(?, body) > 0", {recusal->name()}), 2);
  EXPECT_EQ(node.Ask("SELECT COUNT(*) FROM feed_event WHERE LOCATE(?, body) > 0", {kSecret}), 0);
  EXPECT_EQ(recusal->note(), kSecret) << "the writer's own message stays whole";
}

TEST(Append, AnEventWithoutAnOfficeIsRefused) {
  TestNode node;
  EXPECT_FALSE(node.InUnit([](work::Unit& unit) {
                     unit.Emit({.office = "",
                                .kind = v1::Change::CREATED,
                                .name = "x",
                                .resource_type = {},
                                .resource = {},
                                .revision = 1,
                                .previous_revision = 0,
                                .occur_time = {},
                                .after = {}});
                     return absl::OkStatus();
                   })
                   .ok());
}

}  // namespace
}  // namespace inspectorate::feed
