// One session with the server. Internal to common/db; the connector is known only to connection.cc.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "common/db/database.h"

namespace inspectorate::db {

// Not thread-safe; may move between threads.
class Connection {
 public:
  // Connects and sets the session up: READ COMMITTED, strict sql_mode, UTC, utf8mb4, found rows.
  static absl::StatusOr<std::unique_ptr<Connection>> Open(const Options& options);
  ~Connection();
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  // Prepared and cached by the text of the statement.
  absl::StatusOr<Rows> Query(std::string_view sql, const Params& params);
  absl::StatusOr<uint64_t> Execute(std::string_view sql, const Params& params);
  // As text, without parameters: START TRANSACTION, COMMIT, DDL.
  absl::Status Run(std::string_view sql);
  // A round trip; false says that the connection is of no more use.
  bool Ping();

  // Has the server stop a statement once `remaining` is over. Costs a round trip only when the limit in force
  // is too short or more than three times too long.
  absl::Status LimitStatements(std::chrono::milliseconds remaining);

  // No error so far makes it unfit for another caller.
  bool usable() const { return usable_; }
  // The server's CONNECTION_ID(), and a text that differs between servers.
  uint64_t id() const { return id_; }
  const std::string& server() const { return server_; }

 private:
  struct Handle;
  explicit Connection(std::chrono::milliseconds longest_statement);
  absl::Status SetUp(bool tls);
  absl::Status Fail(std::string_view sql);  // inside a catch block: the exception as a status

  std::unique_ptr<Handle> handle_;
  std::chrono::milliseconds longest_statement_;
  std::chrono::milliseconds limit_{0};  // in force; 0: none
  bool usable_ = true;
  bool mariadb_ = false;
  uint64_t id_ = 0;
  std::string server_;
};

}  // namespace inspectorate::db
