// The same statements on bare libmariadb connections: what the database alone can do.
#pragma once

#include <chrono>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "tests/perf/load/calls.h"
#include "tests/perf/load/load.h"

struct st_mysql;
struct st_mysql_stmt;

namespace inspectorate::perf {

struct DatabaseAt {
  std::string socket{};
  std::string schema{};
};

// One connection, set up as the services set up theirs. Aborts on any error: a measurement with errors is
// none. Statements outlive nothing of it.
class BareConnection {
 public:
  explicit BareConnection(const DatabaseAt& at);
  ~BareConnection();
  BareConnection(const BareConnection&) = delete;
  BareConnection& operator=(const BareConnection&) = delete;

  void Run(const std::string& sql);
  // All rows as text.
  std::vector<std::vector<std::string>> Ask(const std::string& sql);
  st_mysql* handle() { return handle_; }

 private:
  st_mysql* handle_;
};

// Statements with named parameters (`:school`), from a file of tests/perf/statements: one ends with `;` at
// the end of a line, `--` begins a comment.
struct StatementText {
  std::string sql{};                      // with `?`
  std::vector<std::string> parameters{};  // in their order
};
std::vector<StatementText> ReadStatements(const std::string& file);

// One call's statements on one connection. A parameter takes the value that was set under its name, or that
// the latest statement before read in a column of that name; `next_x` is one more than a column x.
class BareCall {
 public:
  BareCall(BareConnection& connection, const std::vector<StatementText>& statements);
  ~BareCall();

  void Set(std::string_view name, std::string value);
  void Run();

 private:
  struct Prepared;
  struct Slot {
    std::string value;
    bool is_null = false;
  };
  size_t SlotOf(std::string_view name);
  void Read(Prepared& prepared);

  BareConnection& connection_;
  std::unordered_map<std::string, size_t> names_;
  std::vector<Slot> slots_;
  std::vector<std::unique_ptr<Prepared>> prepared_;
};

// Closed loop: each connection runs the statements for one key after the other.
Load RunBare(const DatabaseAt& at, const std::vector<StatementText>& statements,
             const std::vector<SchoolKey>& schools, int connections, std::chrono::milliseconds warm,
             std::chrono::milliseconds run);

}  // namespace inspectorate::perf
