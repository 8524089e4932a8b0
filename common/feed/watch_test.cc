// The five methods of ChangeFeed over a real socket and database.
#include <algorithm>
#include <atomic>
#include <cstdlib>
#include <fstream>
#include <functional>
#include <iostream>
#include <map>
#include <mutex>
#include <random>
#include <set>
#include <thread>

#include "common/base/macros.h"
#include "common/feed/digest.h"
#include "common/feed/feed_service.h"
#include "common/feed/test_node.h"
#include "common/feed/watch_validators.h"
#include "common/resource/table.h"
#include "common/status/error.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "inspectorate/registry/v1/office.pb.h"

namespace inspectorate::feed {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;
using ::testing::ElementsAre;

constexpr char kFeed[] = "inspectorate.feed.v1.ChangeFeed.";
constexpr milliseconds kBookmarkEvery{200};

// --- the validators find what they look for
// -----------------------------------------------------------------

struct Step {
  uint64_t previous;
  uint64_t position;
  int index = 0;
  int count = 1;
};

void Receive(WatchHistory& history, int connection, const std::vector<Step>& steps) {
  Received received{.connection = connection, .at = steady_clock::now(), .message = {}};
  for (const Step& step : steps) {
    v1::Change* change = received.message.add_changes();
    change->set_office("a");
    change->set_previous_position(step.previous);
    change->set_position(step.position);
    change->set_transaction_index(step.index);
    change->set_transaction_count(step.count);
  }
  history.received.push_back(received);
}

WatchHistory Given(const std::vector<std::vector<Step>>& messages) {
  WatchHistory history;
  for (const auto& steps : messages) Receive(history, 0, steps);
  return history;
}

TEST(WatchValidators, AcceptAFaithfulHistoryAndRejectEachFault) {
  const WatchHistory good = Given({{{0, 1}}, {{1, 2, 0, 2}, {2, 3, 1, 2}}});
  EXPECT_EQ(CheckOrdered(good) + CheckUnique(good) + CheckReliable(good) + CheckAtomic(good) +
                CheckResumable(good) + CheckBookmarkable(good, milliseconds(1000)),
            "");
  EXPECT_NE(CheckOrdered(Given({{{1, 2}}, {{0, 1}}})), "");
  EXPECT_NE(CheckUnique(Given({{{0, 1}}, {{0, 1}}})), "");
  EXPECT_NE(CheckReliable(Given({{{0, 1}}, {{2, 3}}})), "");
  EXPECT_NE(CheckAtomic(Given({{{0, 1, 0, 2}}, {{1, 2, 1, 2}}})), "");
  WatchHistory resumed = Given({{{0, 1}}});
  resumed.started[1] = {{"a", 2}};
  Receive(resumed, 1, {{2, 3}});
  EXPECT_EQ(CheckReliable(resumed), "");
  EXPECT_NE(CheckResumable(resumed), "");
  WatchHistory marked;
  marked.received.emplace_back();
  marked.received.back().message.mutable_bookmark()->set_office("a");
  marked.received.back().message.mutable_bookmark()->set_position(1);
  marked.received.back().at = steady_clock::now();
  Receive(marked, 0, {{0, 1}});
  EXPECT_NE(CheckBookmarkable(marked, milliseconds(1000)), "");
  marked.received.pop_back();
  Receive(marked, 0, {{1, 2}});
  marked.received.back().at += milliseconds(1001);
  EXPECT_NE(CheckBookmarkable(marked, milliseconds(1000)), "");
}

TEST(WatchValidators, SilenceCountsFromTheBeginningOfAConnectionToItsEnd) {
  const auto begun = steady_clock::now();
  WatchHistory history;
  history.started[0] = {{"a", 0}, {"b", 0}};
  history.spans[0] = {.begun = begun, .ended = begun + milliseconds(1000)};
  EXPECT_EQ(CheckBookmarkable(history, milliseconds(1000)), "");
  EXPECT_NE(CheckBookmarkable(history, milliseconds(999)), "") << "it never spoke";
  for (const char* office : {"a", "b", "a"}) {
    Received mark{.connection = 0, .at = begun + milliseconds(800), .message = {}};
    mark.message.mutable_bookmark()->set_office(office);
    history.received.push_back(mark);
  }
  EXPECT_EQ(CheckBookmarkable(history, milliseconds(999)), "");
  history.spans[0].ended += milliseconds(1000);
  EXPECT_NE(CheckBookmarkable(history, milliseconds(999)), "") << "it fell silent";
  history.received.back().at = begun + milliseconds(1500);
  EXPECT_NE(CheckBookmarkable(history, milliseconds(999)), "") << "it fell silent about b";
  EXPECT_EQ(CheckBookmarkable(OfOffice(history, "a"), milliseconds(999)), "");
}

TEST(WatchValidators, WhatIsAboutOneOffice) {
  WatchHistory history = Given({{{0, 1}}, {}});
  history.started[0] = {{"a", 0}, {"b", 3}};
  history.received.emplace_back().message.mutable_bookmark()->set_office("b");
  EXPECT_EQ(OfOffice(history, "a").received.size(), 2u) << "its change, and what is about none";
  EXPECT_EQ(OfOffice(history, "b").received.size(), 2u);
  EXPECT_THAT(OfOffice(history, "b").started[0], ElementsAre(std::pair<const std::string, uint64_t>("b", 3)));
}

// --- the service
// ----------------------------------------------------------------------------------------------

class FeedServiceTest : public ::testing::Test {
 protected:
  FeedServiceTest() {
    node_.Serve();
    client_ = node_.ClientAs("service");
  }

  void Put(const std::string& office, int schools = 1, const std::string& display_name = "一小") {
    absl::Status status = node_.InUnit([&](work::Unit& unit) -> absl::Status {
      for (int i = 0; i < schools; ++i) {
        RETURN_IF_ERROR(TestNode::Add(unit, office, TestNode::NewSchool(), display_name));
      }
      return absl::OkStatus();
    });
    ASSERT_TRUE(status.ok()) << status;
  }
  // So many changes in a few transactions, of about so many bytes each.
  void PutLarge(const std::string& office, uint64_t changes, size_t bytes) {
    const auto large = std::make_shared<registry::v1::Office>();
    large->set_name("offices/" + office);
    large->set_display_name(std::string(bytes, 'x'));
    constexpr uint64_t kEach = 50;
    for (uint64_t done = 0; done < changes; done += kEach) {
      absl::Status status = node_.InUnit([&](work::Unit& unit) {
        for (uint64_t i = done; i < std::min(changes, done + kEach); ++i) {
          unit.Emit({.office = office,
                     .kind = work::Change::UPDATED,
                     .name = "office.updated",
                     .resource_type = "inspectorate/Office",
                     .resource = large->name(),
                     .revision = static_cast<int64_t>(i) + 2,
                     .previous_revision = static_cast<int64_t>(i) + 1,
                     .occur_time = unit.recorded(),
                     .after = large});
        }
        return absl::OkStatus();
      });
      ASSERT_TRUE(status.ok()) << status;
    }
  }
  void PutOffice(const std::string& office, const std::string& parent) {
    absl::Status status = node_.InUnit([&](work::Unit& unit) { return AddOffice(unit, office, parent); });
    ASSERT_TRUE(status.ok()) << status;
  }
  static absl::Status AddOffice(work::Unit& unit, const std::string& office, const std::string& parent) {
    registry::v1::Office message;
    message.set_name("offices/" + office);
    if (!parent.empty()) message.set_parent_office("offices/" + parent);
    return resource::Insert(unit, resource::Description::Of<registry::v1::Office>(), &message);
  }

  static v1::WatchChangesRequest From(const std::string& parent) {
    v1::WatchChangesRequest request;
    request.set_parent(parent);
    return request;
  }
  static void StartAt(v1::WatchChangesRequest* request, const std::string& office, uint64_t position,
                      const std::string& epoch = "") {
    v1::Cursor* cursor = request->add_cursors();
    cursor->set_office(office);
    cursor->set_after_position(position);
    cursor->set_epoch(epoch);
  }

  // Watches until `enough`, at most ten seconds.
  absl::Status Watch(rpc::Client& client, const v1::WatchChangesRequest& request,
                     const std::function<bool(const v1::WatchChangesResponse&)>& enough) {
    const auto end = steady_clock::now() + std::chrono::seconds(10);
    return client.Stream(
        std::string(kFeed) + "WatchChanges", request, v1::WatchChangesResponse::default_instance(),
        [&](const rpc::Message& message) {
          return !enough(static_cast<const v1::WatchChangesResponse&>(message));
        },
        [&] { return steady_clock::now() > end; });
  }
  ErrorReason WatchRefusal(const std::string& who, const v1::WatchChangesRequest& request) {
    return ReasonOf(Watch(*node_.ClientAs(who), request, [](const v1::WatchChangesResponse& m) {
      return m.changes_size() > 0 || m.has_bookmark();
    }));
  }
  absl::StatusOr<v1::ListChangesResponse> List(const std::string& who, const std::string& office,
                                               uint64_t after, int size = 0, const std::string& epoch = "") {
    v1::ListChangesRequest request;
    request.set_parent("offices/" + office);
    request.set_after_position(after);
    request.set_page_size(size);
    request.set_epoch(epoch);
    return node_.ClientAs(who)->Call<v1::ListChangesResponse>(std::string(kFeed) + "ListChanges", request);
  }

  TestNode node_{{.bookmark_every = kBookmarkEvery, .max_stall = milliseconds(500)}};
  std::unique_ptr<rpc::Client> client_;
};

TEST_F(FeedServiceTest, AWatchKeepsItsPromisesThroughRandomDisconnects) {
  constexpr int kUnits = 150;
  std::atomic<bool> written = false;
  std::thread writer([&] {
    std::minstd_rand random(7);
    for (int i = 0; i < kUnits; ++i) {
      Put(random() % 2 == 0 ? "a" : "b", 1 + static_cast<int>(random() % 4));
      std::this_thread::sleep_for(milliseconds(random() % 4));
    }
    written = true;
  });
  WatchHistory history;
  std::map<std::string, uint64_t> at;
  std::minstd_rand random(11);
  auto complete = [&] { return written && at["a"] == node_.HeadOf("a") && at["b"] == node_.HeadOf("b"); };
  int connection = 0;
  for (; connection < 1000 && !complete(); ++connection) {
    if (connection % 10 == 9) {  // the server goes away too
      node_.StopServing();
      node_.Serve();
      client_ = node_.ClientAs("service");
    }
    v1::WatchChangesRequest request = From("offices/-");
    for (const auto& [office, position] : at) StartAt(&request, office, position);
    history.started[connection] = at;
    int left = 1 + static_cast<int>(random() % 12);
    Watch(*client_, request, [&](const v1::WatchChangesResponse& message) {
      history.received.push_back({.connection = connection, .at = steady_clock::now(), .message = message});
      for (const v1::Change& change : message.changes()) at[change.office()] = change.position();
      return --left == 0 || complete();
    }).IgnoreError();
  }
  writer.join();
  ASSERT_TRUE(complete());
  EXPECT_GT(connection, 3);
  EXPECT_EQ(CheckOrdered(history), "");
  EXPECT_EQ(CheckUnique(history), "");
  EXPECT_EQ(CheckReliable(history), "");
  EXPECT_EQ(CheckAtomic(history), "");
  EXPECT_EQ(CheckResumable(history), "");
  EXPECT_EQ(CheckBookmarkable(history, std::chrono::seconds(10)), "");
}

TEST_F(FeedServiceTest, AnIdleFeedIsBookmarkedAgainAndAgainAlsoBeforeItsFirstChange) {
  for (const char* office : {"a", "silent"}) {
    if (std::string(office) == "a") Put(office, 2);
    WatchHistory history;
    int bookmarks = 0;
    ASSERT_TRUE(
        Watch(*client_, From("offices/" + std::string(office)), [&](const v1::WatchChangesResponse& message) {
          history.received.push_back({.connection = 0, .at = steady_clock::now(), .message = message});
          bookmarks += message.has_bookmark() ? 1 : 0;
          return bookmarks == 4;
        }).ok());
    EXPECT_EQ(bookmarks, 4) << office;
    EXPECT_EQ(CheckBookmarkable(history, kBookmarkEvery * 5), "");
    EXPECT_EQ(history.received.back().message.bookmark().position(), node_.HeadOf(office));
  }
}

TEST_F(FeedServiceTest, AnEmptyServiceSaysAtOnceThatTheStreamIsOpen) {
  int messages = 0;
  ASSERT_TRUE(Watch(*client_, From("offices/-"), [&](const v1::WatchChangesResponse& message) {
                EXPECT_EQ(message.changes_size(), 0);
                return ++messages == 1;
              }).ok());
  EXPECT_EQ(messages, 1);
}

TEST_F(FeedServiceTest, AnOfficeThatAppearsLaterJoinsTheWatchOfAll) {
  Put("a");
  std::set<std::string> seen;
  ASSERT_TRUE(Watch(*client_, From("offices/-"), [&](const v1::WatchChangesResponse& message) {
                for (const v1::Change& change : message.changes()) seen.insert(change.office());
                if (seen.size() == 1 && message.has_bookmark()) Put("later");
                return seen.size() == 2;
              }).ok());
  EXPECT_THAT(seen, ElementsAre("a", "later"));
}

TEST_F(FeedServiceTest, AFilterByTypeLeavesTheRestOutAndBookmarksOverIt) {
  PutOffice("a", "");
  Put("a", 3);
  v1::WatchChangesRequest request = From("offices/a");
  request.add_resource_types("inspectorate/Office");
  std::vector<std::string> types;
  uint64_t bookmark = 0;
  ASSERT_TRUE(Watch(*client_, request, [&](const v1::WatchChangesResponse& message) {
                for (const v1::Change& change : message.changes()) types.push_back(change.resource_type());
                bookmark = message.bookmark().position();
                return bookmark == 4;
              }).ok());
  EXPECT_THAT(types, ElementsAre("inspectorate/Office"));
}

// The next changes of each office alone fill most of a stream's buffer: those of the others must wait, not
// break it.
TEST_F(FeedServiceTest, AFirstSynchronisationLargerThanTheStreamsBufferArrivesWhole) {
  constexpr int kOffices = 6;
  constexpr int kSchools = 1200;
  for (int i = 0; i < kOffices; ++i) {
    for (int unit = 0; unit < 2; ++unit) Put("o" + std::to_string(i), kSchools, std::string(99, 'x'));
  }
  WatchHistory history;
  int total = 0;
  const absl::Status status =
      Watch(*client_, From("offices/-"), [&](const v1::WatchChangesResponse& message) {
        history.received.push_back({.connection = 0, .at = steady_clock::now(), .message = message});
        // The reader pauses, so that more is queued than it has taken.
        if (total == 0 && message.changes_size() > 0) std::this_thread::sleep_for(milliseconds(400));
        total += message.changes_size();
        return total == kOffices * 2 * kSchools;
      });
  EXPECT_TRUE(status.ok()) << status;
  EXPECT_EQ(total, kOffices * 2 * kSchools);
  EXPECT_EQ(CheckReliable(history), "");
  EXPECT_EQ(CheckAtomic(history), "");
}

// Keeps what it is sent queued for ever, or takes it at once. (A real socket swallows megabytes before it
// stalls.)
class FakeSink : public rpc::StreamSink {
 public:
  explicit FakeSink(bool takes) : takes_(takes) {}
  bool Send(const rpc::Message& message) override {
    std::lock_guard lock(mutex_);
    if (!takes_) backlog_ += message.ByteSizeLong();
    const auto& changes = static_cast<const v1::WatchChangesResponse&>(message).changes();
    if (!changes.empty()) position_ = changes.rbegin()->position();
    return true;
  }
  void Finish(absl::Status status) override {
    std::lock_guard lock(mutex_);
    reason_ = ReasonOf(status);
  }
  size_t backlog() const override {
    std::lock_guard lock(mutex_);
    return backlog_;
  }
  uint64_t position() const {
    std::lock_guard lock(mutex_);
    return position_;
  }
  ErrorReason reason() const {
    std::lock_guard lock(mutex_);
    return reason_;
  }

 private:
  const bool takes_;
  mutable std::mutex mutex_;
  size_t backlog_ = 0;
  uint64_t position_ = 0;
  ErrorReason reason_{};
};

Subscription ToAll(std::shared_ptr<rpc::StreamSink> sink) {
  return {.readable = [](db::Session&) { return roster::Offices{.all = true, .slugs = {}}; },
          .starts = {},
          .resource_types = {},
          .sink = std::move(sink)};
}

TEST_F(FeedServiceTest, AReaderThatTakesNothingIsEndedThoughBookmarksAreDueAndTheOthersGoOn) {
  Put("idle");
  for (int unit = 0; unit < 10; ++unit) Put("a", 200, std::string(99, 'x'));
  auto stuck = std::make_shared<FakeSink>(false);
  auto quick = std::make_shared<FakeSink>(true);
  auto leave_stuck = node_.hub().Subscribe(ToAll(stuck));
  auto leave_quick = node_.hub().Subscribe(ToAll(quick));
  EXPECT_TRUE(Eventually([&] { return stuck->reason() == ErrorReason::SLOW_CONSUMER; }));
  EXPECT_LT(stuck->backlog(), 512U * 1024);
  Put("z");
  EXPECT_TRUE(Eventually([&] { return quick->position() == node_.HeadOf("z"); }));
  EXPECT_EQ(quick->reason(), ErrorReason{});
  leave_stuck();
  leave_quick();
}

// A database that stood still, and everybody back at once: the time of a round is spent before all are
// served.
TEST_F(FeedServiceTest, ARoundThatHasHadItsTimeEndsNobodyAndTheNextOneBeginsWithWhomItDidNotReach) {
  constexpr milliseconds kRound{200};
  auto hub = Hub::Start(node_.database(), kBookmarkEvery, std::chrono::seconds(10), kRound);
  Put("a");
  std::vector<std::shared_ptr<FakeSink>> sinks;
  std::vector<std::function<void()>> leave;
  for (int i = 0; i < 6; ++i) {
    sinks.push_back(std::make_shared<FakeSink>(true));
    Subscription subscription = ToAll(sinks.back());
    // Each takes more than a whole round when it is asked, which is every ten seconds.
    subscription.readable = [kRound](db::Session&) {
      std::this_thread::sleep_for(kRound + milliseconds(50));
      return roster::Offices{.all = true, .slugs = {}};
    };
    leave.push_back(hub->Subscribe(std::move(subscription)));
  }
  for (const auto& sink : sinks) {
    ASSERT_TRUE(Eventually([&] { return sink->position() == 1; }));
    EXPECT_EQ(sink->reason(), ErrorReason{});
  }
  Put("a");
  for (const auto& sink : sinks) ASSERT_TRUE(Eventually([&] { return sink->position() == 2; }));
  for (const auto& end : leave) end();
}

// What this process holds now, or held at most since the last ResetPeak; in bytes.
size_t MemoryOf(const std::string& field) {
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);) {
    if (line.starts_with(field + ":"))
      return std::strtoull(line.c_str() + field.size() + 1, nullptr, 10) * 1024;
  }
  return 0;
}
void ResetPeak() { std::ofstream("/proc/self/clear_refs") << "5"; }

TEST_F(FeedServiceTest, FiveHundredStreamsThatCatchUpFromDifferentPositionsTakeABoundedMemory) {
  constexpr uint64_t kStreams = 500;
  constexpr uint64_t kHead = 750;
  constexpr size_t kMiB = 1 << 20;
  PutLarge("a", kHead, 2000);
  std::vector<std::shared_ptr<FakeSink>> sinks;
  std::vector<std::function<void()>> leave;
  ResetPeak();
  const size_t before = MemoryOf("VmRSS");
  for (uint64_t i = 0; i < kStreams; ++i) {
    sinks.push_back(std::make_shared<FakeSink>(true));
    Subscription subscription = ToAll(sinks.back());
    subscription.starts["a"] = {.after = i, .epoch = {}};
    leave.push_back(node_.hub().Subscribe(std::move(subscription)));
  }
  for (const auto& sink : sinks) {
    ASSERT_TRUE(Eventually([&] { return sink->position() == kHead; }));
    ASSERT_EQ(sink->reason(), ErrorReason{});
  }
  const size_t more = MemoryOf("VmHWM") - before;
  std::cout << kStreams << " streams from different positions, " << kHead
            << " changes of 2 KB: " << more / kMiB << " MiB at most\n";
  EXPECT_LT(more, 64 * kMiB);
  for (const auto& end : leave) end();
}

TEST_F(FeedServiceTest, PositionsAheadAndOtherEpochsAreRefused) {
  Put("a", 2);
  v1::WatchChangesRequest ahead = From("offices/a");
  StartAt(&ahead, "a", 3);
  EXPECT_EQ(WatchRefusal("service", ahead), ErrorReason::FEED_POSITION_AHEAD);
  v1::WatchChangesRequest restored = From("offices/-");
  StartAt(&restored, "a", 1, "before the restore");
  EXPECT_EQ(WatchRefusal("service", restored), ErrorReason::FEED_EPOCH_CHANGED);
  EXPECT_EQ(ReasonOf(List("service", "a", 3).status()), ErrorReason::FEED_POSITION_AHEAD);
  EXPECT_EQ(ReasonOf(List("service", "a", 0, 0, "x").status()), ErrorReason::FEED_EPOCH_CHANGED);
}

TEST_F(FeedServiceTest, WhatIsNoLongerKeptIsSaidToBeExpired) {
  Put("a", 3);
  ASSERT_TRUE(node_.database()
                  .Read({},
                        [](db::Session& session) {
                          return session
                              .Execute("DELETE FROM feed_event WHERE office = 'a' AND position <= 2")
                              .status();
                        })
                  .ok());
  EXPECT_EQ(ReasonOf(List("service", "a", 1).status()), ErrorReason::FEED_POSITION_EXPIRED);
  v1::WatchChangesRequest request = From("offices/a");
  StartAt(&request, "a", 1);
  EXPECT_EQ(WatchRefusal("service", request), ErrorReason::FEED_POSITION_EXPIRED);
  EXPECT_TRUE(List("service", "a", 2).ok());
}

TEST_F(FeedServiceTest, AnOfficeSeesItselfAndThoseBelowItAndNoOther) {
  PutOffice("city", "");
  PutOffice("district", "city");
  PutOffice("other", "");
  EXPECT_EQ(WatchRefusal("city", From("offices/other")), ErrorReason::PERMISSION_MISSING);
  EXPECT_EQ(WatchRefusal("district", From("offices/city")), ErrorReason::PERMISSION_MISSING);
  EXPECT_EQ(ReasonOf(List("district", "city", 0).status()), ErrorReason::PERMISSION_MISSING);
  EXPECT_TRUE(List("city", "district", 0).ok());
  std::set<std::string> seen;
  EXPECT_TRUE(Watch(*node_.ClientAs("city"), From("offices/-"), [&](const v1::WatchChangesResponse& message) {
                for (const v1::Change& change : message.changes()) seen.insert(change.office());
                return seen.size() == 2 && message.has_bookmark();
              }).ok());
  EXPECT_THAT(seen, ElementsAre("city", "district"));
}

TEST_F(FeedServiceTest, APageNeverSplitsATransaction) {
  Put("a", 2);
  Put("a", 5);
  Put("a", 1);
  const auto page = List("service", "a", 0, 3);
  ASSERT_TRUE(page.ok()) << page.status();
  EXPECT_EQ(page->changes_size(), 7);
  EXPECT_EQ(page->next_position(), 7U);
  EXPECT_EQ(page->head_position(), 8U);
  const auto rest = List("service", "a", page->next_position(), 3, page->epoch());
  ASSERT_TRUE(rest.ok()) << rest.status();
  EXPECT_EQ(rest->changes_size(), 1);
}

TEST_F(FeedServiceTest, TheDigestOfTheTablesIsThatOfTheFeedAtItsPositionWhileOthersWrite) {
  std::atomic<bool> done = false;
  Put("a");
  std::thread writer([&] {
    for (int i = 0; i < 60; ++i) Put("a", 2);
    done = true;
  });
  int compared = 0;
  while (!done || compared == 0) {
    v1::GetStateDigestRequest request;
    request.set_parent("offices/a");
    const auto state = client_->Call<v1::StateDigest>(std::string(kFeed) + "GetStateDigest", request);
    ASSERT_TRUE(state.ok()) << state.status();
    const auto events = node_.EventsOf("a");
    ASSERT_GE(events.size(), state->position());
    EXPECT_EQ(state->digest().sum(), events[state->position() - 1].digest().sum());
    EXPECT_EQ(state->digest().count(), static_cast<int64_t>(state->position()));
    ++compared;
  }
  writer.join();
}

// The rows are behind a view that waits for a lock of the test's: the digest is held in the middle.
TEST_F(FeedServiceTest, WhatIsWrittenWhileAStateIsDigestedNeitherWaitsNorShows) {
  Put("a", 3);
  const auto run = [](db::Session& session, const std::string& sql) { return session.Query(sql).status(); };
  const std::string lock = "'digest " + FormatUuid(RandomUuid()).substr(0, 8) + "'";
  absl::StatusOr<v1::StateDigest> state = absl::UnknownError("not asked");
  std::thread reader;
  const absl::Status status = node_.database().Read({}, [&](db::Session& session) -> absl::Status {
    RETURN_IF_ERROR(session.Execute("RENAME TABLE school TO school_row").status());
    RETURN_IF_ERROR(
        session
            .Execute("CREATE VIEW school AS SELECT school, office, revision FROM school_row WHERE GET_LOCK(" +
                     lock + ", 20) = 1")
            .status());
    RETURN_IF_ERROR(run(session, "SELECT GET_LOCK(" + lock + ", 5)"));
    reader = std::thread([&] {
      v1::GetStateDigestRequest request;
      request.set_parent("offices/a");
      state = client_->Call<v1::StateDigest>(std::string(kFeed) + "GetStateDigest", request);
    });
    EXPECT_TRUE(Eventually([&] {
      return node_.Ask("SELECT COUNT(*) FROM information_schema.PROCESSLIST WHERE STATE = 'User lock'") > 0;
    }));
    EXPECT_TRUE(node_.writer()
                    .RunInternal(db::Budget::Of(std::chrono::seconds(5)), {.subject = "services/test"},
                                 [](work::Unit& unit) { return AddOffice(unit, "a", ""); })
                    .ok());
    return run(session, "SELECT RELEASE_LOCK(" + lock + ")");
  });
  EXPECT_TRUE(status.ok()) << status;
  if (reader.joinable()) reader.join();
  ASSERT_TRUE(state.ok()) << state.status();
  EXPECT_EQ(node_.HeadOf("a"), 4U);
  EXPECT_EQ(state->position(), 3U);
  EXPECT_EQ(state->digest().sum(), node_.EventsOf("a")[2].digest().sum());
}

TEST_F(FeedServiceTest, BucketsLeadToTheResourceThatDiffers) {
  Put("a", 5);
  const std::string name = node_.EventsOf("a")[2].resource();
  const auto bucket = static_cast<int>(BucketedDigest::BucketOf(name));
  v1::GetStateDigestRequest request;
  request.set_parent("offices/a");
  request.set_with_buckets(true);
  request.add_bucket_entries(bucket);
  const auto before = client_->Call<v1::StateDigest>(std::string(kFeed) + "GetStateDigest", request);
  ASSERT_TRUE(before.ok()) << before.status();
  ASSERT_EQ(before->buckets_size(), 256);
  const Uuid id = resource::UuidOf(name);
  ASSERT_TRUE(
      node_.database()
          .Read({},
                [&](db::Session& session) {  // behind the feed's back
                  return session.Execute("UPDATE school SET revision = 9 WHERE school = ?", {id}).status();
                })
          .ok());
  const auto after = client_->Call<v1::StateDigest>(std::string(kFeed) + "GetStateDigest", request);
  ASSERT_TRUE(after.ok()) << after.status();
  EXPECT_NE(after->digest().sum(), before->digest().sum());
  for (int i = 0; i < 256; ++i) {
    EXPECT_EQ(after->buckets(i).sum() == before->buckets(i).sum(), i != bucket) << i;
  }
  bool named = false;
  for (const v1::DigestEntry& entry : after->entries())
    named |= entry.resource() == name && entry.revision() == 9;
  EXPECT_TRUE(named);
}

TEST_F(FeedServiceTest, StreamsEndWhenTheHubDoes) {
  auto sink = std::make_shared<FakeSink>(true);
  auto hub = Hub::Start(node_.database());
  auto unsubscribe = hub->Subscribe(ToAll(sink));
  hub.reset();
  EXPECT_EQ(sink->reason(), ErrorReason::SHUTTING_DOWN);
  unsubscribe();  // late, as a stream's end may be
}

}  // namespace
}  // namespace inspectorate::feed
