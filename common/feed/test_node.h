// For tests: a service that has a database, a writer and a feed on a real socket, and nothing else.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "common/db/database.h"
#include "common/feed/hub.h"
#include "common/rpc/client.h"
#include "common/rpc/methods.h"
#include "common/rpc/server.h"
#include "common/work/unit.h"
#include "inspectorate/registry/v1/school.pb.h"

namespace inspectorate::feed {

struct TestNodeOptions {
  int pool_size = 8;
  std::chrono::milliseconds bookmark_every{5'000};
  std::chrono::milliseconds max_stall{10'000};
  // More handlers to serve.
  std::function<void(rpc::Methods& methods, work::Writer& writer)> also{};
};

// Holds the platform's and the roster's tables in a schema of its own. Failures abort the test program.
class TestNode {
 public:
  using Options = TestNodeOptions;
  explicit TestNode(Options options = {});
  ~TestNode();

  db::Database& database() { return *database_; }
  work::Writer& writer() { return *writer_; }
  Hub& hub() { return *hub_; }
  const db::Options& schema() const { return schema_; }

  // Brings the server up (again, on another port), or down with all its streams.
  void Serve();
  void StopServing();
  // "service" for a service; else the slug of an office, whose staff calls.
  std::unique_ptr<rpc::Client> ClientAs(const std::string& who);

  // Units of work on schools.
  absl::Status InUnit(const work::Writer::Closure& fn);
  static absl::Status Add(work::Unit& unit, const std::string& office, const std::string& school,
                          const std::string& display_name = "一小");
  static absl::Status Rename(work::Unit& unit, const std::string& school, const std::string& display_name);
  static absl::Status Remove(work::Unit& unit, const std::string& school);
  static std::string NewSchool();

  // First cell of a query as a number.
  int64_t Ask(const std::string& sql, const db::Params& params = {});
  uint64_t HeadOf(const std::string& office);
  // Everything appended for an office, as the table has it.
  std::vector<v1::Change> EventsOf(const std::string& office);

 private:
  const Options options_;
  db::Options schema_;
  std::unique_ptr<db::Database> database_;
  std::unique_ptr<work::Writer> writer_;
  std::unique_ptr<Hub> hub_;
  std::unique_ptr<rpc::Server> server_;
};

// Waits until `condition` holds; false after twenty seconds.
bool Eventually(const std::function<bool()>& condition);

}  // namespace inspectorate::feed
