#include "tests/databases/galera.h"

#include <unistd.h>

#include <thread>

#include "common/base/macros.h"
#include "common/process/ports.h"

namespace inspectorate::testing {
namespace {

using std::chrono::steady_clock;

constexpr char kProvider[] = "/usr/lib/galera/libgalera_smm.so";
constexpr std::chrono::seconds kJoinLimit{120};

// A node that is gone is taken for dead after one second instead of five: writes stand still meanwhile. Each
// must fit the others, and all be there from the start.
constexpr char kGroupTimes[] =
    "evs.keepalive_period=PT0.2S;evs.inactive_check_period=PT0.2S;evs.suspect_timeout=PT1S;"
    "evs.inactive_timeout=PT3S;evs.install_timeout=PT2S";

absl::Status RunAsRoot(const db::PrivateServer& server, const std::string& sql) {
  ASSIGN_OR_RETURN(const auto database,
                   db::Database::Open({.socket = server.socket(), .user = "root", .pool_size = 1}));
  return database->Read({}, [&](db::Session& session) { return session.Execute(sql).status(); });
}

}  // namespace

std::string Galera::Missing() {
  struct Need {
    const char* path;
    const char* package;
  };
  std::string missing;
  for (const Need& need : {Need{kProvider, "galera-4"}, Need{"/usr/bin/wsrep_sst_rsync", "mariadb-server"},
                           Need{"/usr/bin/rsync", "rsync"}, Need{"/usr/bin/lsof", "lsof"}}) {
    if (access(need.path, R_OK) != 0) missing += (missing.empty() ? "" : " ") + std::string(need.package);
  }
  return missing;
}

absl::StatusOr<std::unique_ptr<Galera>> Galera::Start(int nodes) {
  std::unique_ptr<Galera> cluster(new Galera);
  const std::vector<int> ports = process::FreePorts(std::vector<int>(static_cast<size_t>(nodes) * 4, 0));
  for (size_t i = 0; i < ports.size(); i += 4) {
    cluster->nodes_.push_back({.port = ports[i],
                               .group_port = ports[i + 1],
                               .incremental_port = ports[i + 2],
                               .snapshot_port = ports[i + 3],
                               .server = nullptr});
  }
  for (size_t i = 0; i < cluster->size(); ++i) RETURN_IF_ERROR(cluster->StartNode(i));
  const db::PrivateServer& first = *cluster->nodes_[0].server;
  const std::string account = std::string(kAdmin) + "@'127.0.0.1'";
  RETURN_IF_ERROR(RunAsRoot(first, "CREATE USER " + account + " IDENTIFIED BY '" + kPassword + "'"));
  RETURN_IF_ERROR(RunAsRoot(first, "GRANT ALL PRIVILEGES ON *.* TO " + account + " WITH GRANT OPTION"));
  return cluster;
}

std::vector<std::string> Galera::ArgumentsOf(size_t node) const {
  const auto local = [](int port) { return "127.0.0.1:" + std::to_string(port); };
  std::string group;
  for (const Node& each : nodes_) group += (group.empty() ? "" : ",") + local(each.group_port);
  const Node& self = nodes_[node];
  return {"--skip-networking=0", "--bind-address=127.0.0.1", "--port=" + std::to_string(self.port),
          "--binlog-format=ROW", "--innodb-autoinc-lock-mode=2", "--wsrep-on=ON",
          std::string("--wsrep-provider=") + kProvider, "--wsrep-cluster-name=inspectorate",
          "--wsrep-cluster-address=gcomm://" + group, "--wsrep-node-name=n" + std::to_string(node),
          "--wsrep-node-address=" + local(self.group_port), "--wsrep-sst-method=rsync",
          "--wsrep-sst-receive-address=" + local(self.snapshot_port),
          // Whoever feeds a node that comes back should not be the one that takes the writes.
          "--wsrep-sst-donor=n" + std::to_string(nodes_.size() - 1) + ",", "--wsrep-slave-threads=2",
          std::string("--wsrep-provider-options=gmcast.listen_addr=tcp://") + local(self.group_port) +
              ";ist.recv_addr=" + local(self.incremental_port) + ";gcache.size=32M;" + kGroupTimes};
}

absl::Status Galera::StartNode(size_t node) {
  std::vector<std::string> arguments = ArgumentsOf(node);
  if (node == 0) arguments.push_back("--wsrep-new-cluster");
  ASSIGN_OR_RETURN(nodes_[node].server, db::PrivateServer::Start({.buffer_pool_mib = 64,
                                                                  .max_connections = 300,
                                                                  .durable = false,
                                                                  .start_timeout = kJoinLimit,
                                                                  .mysql_root = db::kInstalledMariaDb,
                                                                  .user = "mysql",
                                                                  .arguments = std::move(arguments)}));
  return AwaitSynced(node);
}

absl::Status Galera::Rejoin(size_t node) {
  nodes_[node].server->SetArguments(ArgumentsOf(node));
  RETURN_IF_ERROR(nodes_[node].server->Restart());
  return AwaitSynced(node);
}

absl::Status Galera::AwaitSynced(size_t node) const {
  const auto give_up = steady_clock::now() + kJoinLimit;
  while (StateOf(node) != "Synced") {
    if (steady_clock::now() >= give_up)
      return absl::DeadlineExceededError("node does not join: " + StateOf(node));
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
  }
  return absl::OkStatus();
}

std::string Galera::StateOf(size_t node) const {
  const auto database =
      db::Database::Open({.socket = nodes_[node].server->socket(), .user = "root", .pool_size = 1});
  std::string state;
  if (!database.ok()) return state;
  (*database)
      ->Read(db::Budget::Of(std::chrono::seconds(2)),
             [&](db::Session& session) -> absl::Status {
               ASSIGN_OR_RETURN(const db::Rows rows,
                                session.Query("SHOW GLOBAL STATUS LIKE 'wsrep_local_state_comment'"));
               if (!rows.empty()) state = rows.at(0, 1).AsString();
               return absl::OkStatus();
             })
      .IgnoreError();
  return state;
}

std::string Galera::address(size_t node) const { return "127.0.0.1:" + std::to_string(nodes_[node].port); }

std::string Galera::addresses() const {
  std::string all;
  for (size_t i = 0; i < size(); ++i) all += (all.empty() ? "" : ",") + address(i);
  return all;
}

db::Options Galera::Admin(size_t node) const {
  return {.host = "127.0.0.1", .port = nodes_[node].port, .user = kAdmin, .password = kPassword};
}

}  // namespace inspectorate::testing
