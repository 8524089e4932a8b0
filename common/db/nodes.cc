#include "common/db/nodes.h"

#include <algorithm>
#include <charconv>

#include "common/base/macros.h"
#include "common/db/sql_error.h"

namespace inspectorate::db {
namespace {

using std::chrono::steady_clock;

constexpr std::chrono::seconds kRest{5};

// Without a bound even a name of two colons (::1) would be read as a port.
absl::StatusOr<Address> AddressFrom(std::string_view text, int port) {
  const auto refuse = [&] {
    return absl::InvalidArgumentError("a database's host is HOST or HOST:PORT, not \"" + std::string(text) +
                                      "\"");
  };
  const size_t bracket = text.rfind(']');
  const size_t colon = text.find(':', bracket == std::string_view::npos ? 0 : bracket);
  Address address{.host = std::string(text.substr(0, colon)), .port = port};
  if (colon != std::string_view::npos) {
    const std::string_view digits = text.substr(colon + 1);
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), address.port);
    if (error != std::errc() || end != digits.data() + digits.size()) return refuse();
  }
  if (address.host.starts_with('[') && address.host.ends_with(']')) {
    address.host = address.host.substr(1, address.host.size() - 2);
  }
  if (address.host.empty() || address.port < 1 || address.port > 65535) return refuse();
  return address;
}

absl::Status Unusable(const std::string& why) {
  return StatusOf({.code = 1290, .state = "HY000", .text = "the node takes no writes: " + why}, "(connect)");
}

// A server of its own answers OFF or nothing to all of it.
constexpr char kMembership[] =
    "SHOW GLOBAL VARIABLES WHERE Variable_name IN ('read_only', 'super_read_only', 'wsrep_on',"
    " 'group_replication_group_name')";
// A donor serves on while it feeds a joining node.
constexpr char kGalera[] =
    "SHOW GLOBAL STATUS WHERE Variable_name IN ('wsrep_ready', 'wsrep_local_state_comment')";
// Not @@super_read_only alone: a member that restarted outside its group takes writes that the group never
// gets.
constexpr char kGroup[] =
    "SELECT member_state AS state, member_role AS role FROM performance_schema.replication_group_members"
    " WHERE member_id = @@server_uuid";

struct Settings {
  bool read_only = false;
  bool galera = false;
  bool group = false;
};

Settings SettingsFrom(const Rows& rows) {
  Settings settings;
  for (size_t i = 0; i < rows.size(); ++i) {
    const std::string name = rows.at(i, 0).AsString();
    const std::string value = rows.at(i, 1).AsString();
    if (name == "wsrep_on") settings.galera = value == "ON";
    if (name == "group_replication_group_name") settings.group = !value.empty();
    if (name == "read_only" || name == "super_read_only") settings.read_only |= value == "ON";
  }
  return settings;
}

absl::Status CheckGalera(Connection& connection) {
  ASSIGN_OR_RETURN(const Rows rows, connection.Query(kGalera, {}));
  std::string ready, state;
  for (size_t i = 0; i < rows.size(); ++i) {
    (rows.at(i, 0).AsString() == "wsrep_ready" ? ready : state) = rows.at(i, 1).AsString();
  }
  if (ready != "ON" || (state != "Synced" && !state.starts_with("Donor"))) {
    return Unusable("wsrep_ready " + ready + ", " + state);
  }
  // What the cluster acknowledged before this connection, perhaps on a node that is no more, is here before
  // its first statement; after it everything goes through this node.
  RETURN_IF_ERROR(connection.Run("SET SESSION wsrep_sync_wait = 1"));
  RETURN_IF_ERROR(connection.Query("SELECT 1 AS one", {}).status());
  return connection.Run("SET SESSION wsrep_sync_wait = 0");
}

absl::Status CheckGroup(Connection& connection) {
  ASSIGN_OR_RETURN(const Rows rows, connection.Query(kGroup, {}));
  if (rows.empty()) return Unusable("not in its group");
  const std::string state = rows.at(0, "state").AsString(), role = rows.at(0, "role").AsString();
  return state == "ONLINE" && role == "PRIMARY" ? absl::OkStatus() : Unusable(state + " " + role);
}

absl::Status CheckUsable(Connection& connection) {
  ASSIGN_OR_RETURN(const Rows rows, connection.Query(kMembership, {}));
  const Settings settings = SettingsFrom(rows);
  if (settings.read_only) return Unusable("read-only");
  if (settings.galera) return CheckGalera(connection);
  return settings.group ? CheckGroup(connection) : absl::OkStatus();
}

}  // namespace

absl::StatusOr<std::vector<Address>> AddressesFrom(std::string_view hosts, int port) {
  std::vector<Address> addresses;
  while (true) {
    const size_t comma = hosts.find(',');
    ASSIGN_OR_RETURN(Address address, AddressFrom(hosts.substr(0, comma), port));
    addresses.push_back(std::move(address));
    if (comma == std::string_view::npos) return addresses;
    hosts.remove_prefix(comma + 1);
  }
}

Nodes::Nodes(Options options) : options_(std::move(options)) {
  if (options_.socket.empty()) {
    // Database::Open has refused a list that cannot be read.
    auto addresses = AddressesFrom(options_.host, options_.port);
    if (addresses.ok()) addresses_ = *std::move(addresses);
  }
  failed_.resize(std::max<size_t>(1, addresses_.size()));
}

std::vector<size_t> Nodes::Order() const {
  std::vector<size_t> order(failed_.size());
  for (size_t i = 0; i < order.size(); ++i) order[i] = i;
  const auto now = steady_clock::now();
  std::lock_guard lock(mutex_);
  std::ranges::stable_partition(order, [&](size_t node) { return now - failed_[node] >= kRest; });
  return order;
}

absl::StatusOr<std::unique_ptr<Connection>> Nodes::ConnectTo(size_t node,
                                                             std::chrono::milliseconds timeout) const {
  Options options = options_;
  options.connect_timeout = timeout;
  if (!addresses_.empty()) {
    options.host = addresses_[node].host;
    options.port = addresses_[node].port;
  }
  ASSIGN_OR_RETURN(auto connection, Connection::Open(options));
  // Where there is no choice, a server that only reads still serves reads.
  if (addresses_.size() > 1) RETURN_IF_ERROR(CheckUsable(*connection));
  return connection;
}

absl::StatusOr<Nodes::Opened> Nodes::Connect(steady_clock::time_point give_up) {
  absl::Status failure;
  for (const size_t node : Order()) {
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(give_up - steady_clock::now());
    if (!failure.ok() && left.count() <= 0) break;
    const auto timeout = std::clamp(left, std::chrono::milliseconds(1), options_.connect_timeout);
    auto connection = ConnectTo(node, timeout);
    std::lock_guard lock(mutex_);
    failed_[node] = connection.ok() ? steady_clock::time_point{} : steady_clock::now();
    if (connection.ok()) return Opened{*std::move(connection), node};
    if (failure.ok()) failure = connection.status();
  }
  return failure;
}

}  // namespace inspectorate::db
