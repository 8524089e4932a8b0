// The next release of a service, for the rollout: the same code with another version, and one more migration
// of the kind that a rolling update needs. It expands only: every table gets a column that may be empty, and
// there is a new table. The release fills the column of one table while it serves, beside callers and beside
// replicas of the release before it, which know nothing of it.
#include <atomic>
#include <chrono>
#include <memory>
#include <regex>
#include <set>
#include <string>
#include <thread>

#include "common/service/service.h"
#include "google/protobuf/empty.pb.h"
#include NEXT_HEADER

namespace inspectorate {
namespace {

constexpr char kVersion[] = "0.2.0";
constexpr auto kPause = std::chrono::milliseconds(200);
constexpr int kAtOnce = 10;

std::set<std::string> TablesOf(const service::Definition& definition) {
  static const std::regex create("CREATE TABLE IF NOT EXISTS `?([a-z_]+)`?");
  std::set<std::string> tables;
  for (const db::Migration& migration : service::AllMigrations(definition)) {
    for (std::sregex_iterator it(migration.sql.begin(), migration.sql.end(), create), end; it != end; ++it)
      tables.insert((*it)[1]);
  }
  return tables;
}

std::string Expand(const service::Definition& definition) {
  std::string sql;
  for (const std::string& table : TablesOf(definition))
    sql += "ALTER TABLE `" + table + "` ADD COLUMN `next_release` VARCHAR(20) NULL;\n";
  return sql + "CREATE TABLE IF NOT EXISTS `next_release` (`id` INT NOT NULL PRIMARY KEY);\n";
}

class Backfill {
 public:
  Backfill(db::Database& database, const std::string& table)
      : database_(database),
        sql_("UPDATE `" + table + "` SET `next_release` = ? WHERE `next_release` IS NULL LIMIT " +
             std::to_string(kAtOnce)),
        thread_([this] { Run(); }) {}
  ~Backfill() {
    stopping_ = true;
    thread_.join();
  }

 private:
  void Run() {
    while (!stopping_) {
      database_
          .Transact(db::Budget::Of(std::chrono::seconds(5)), {},
                    [this](db::Transaction& tx) { return tx.Execute(sql_, {kVersion}).status(); })
          .IgnoreError();  // tried again
      std::this_thread::sleep_for(kPause);
    }
  }

  db::Database& database_;
  const std::string sql_;
  std::atomic<bool> stopping_{false};
  std::thread thread_;
};

service::Definition Next(const service::Definition& current) {
  service::Definition next = current;
  next.version = kVersion;
  next.migrations.push_back({"9001_next", Expand(current)});
  next.wire = [wire = current.wire, table = std::string(NEXT_FILLED)](service::Wiring& wiring) {
    wire(wiring);
    // A kind of operation that only this release knows; it keeps the filling alive as long as the service.
    wiring.operations.AddRunner(
        "next.backfill", google::protobuf::Empty::default_instance(),
        [filling = std::make_shared<Backfill>(wiring.platform.database, table)](
            lro::Context&, const lro::Message&) -> absl::StatusOr<std::unique_ptr<lro::Message>> {
          return std::make_unique<google::protobuf::Empty>();
        });
  };
  return next;
}

}  // namespace
}  // namespace inspectorate

int main(int argc, char** argv) {
  static const inspectorate::service::Definition next = inspectorate::Next(inspectorate::NEXT_DEFINITION());
  return inspectorate::service::Main(argc, argv, next);
}
