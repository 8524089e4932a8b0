#include "tests/perf/load/bare.h"

#include <mysql.h>

#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <regex>
#include <sstream>
#include <thread>

#include "common/base/hash.h"
#include "common/base/uuid.h"
#include "tests/perf/load/values.h"

namespace inspectorate::perf {
namespace {

constexpr size_t kCell = 8192;

[[noreturn]] void Die(const std::string& what, const char* why) {
  std::fprintf(stderr, "database: %s: %s\n", what.c_str(), why);
  std::abort();
}

// What common/db sends when it has connected.
constexpr const char* kSetUp[] = {
    "SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED",
    "SET NAMES utf8mb4 COLLATE utf8mb4_bin, time_zone = '+00:00', sql_mode = "
    "'STRICT_TRANS_TABLES,NO_ZERO_DATE,NO_ZERO_IN_DATE,ERROR_FOR_DIVISION_BY_ZERO,NO_ENGINE_SUBSTITUTION,"
    "ONLY_FULL_GROUP_BY'"};

}  // namespace

BareConnection::BareConnection(const DatabaseAt& at) : handle_(mysql_init(nullptr)) {
  const char* schema = at.schema.empty() ? nullptr : at.schema.c_str();
  if (mysql_real_connect(handle_, nullptr, "root", nullptr, schema, 0, at.socket.c_str(),
                         CLIENT_FOUND_ROWS) == nullptr) {
    Die("connect", mysql_error(handle_));
  }
  for (const char* sql : kSetUp) Run(sql);
}

BareConnection::~BareConnection() { mysql_close(handle_); }

void BareConnection::Run(const std::string& sql) {
  if (mysql_real_query(handle_, sql.data(), sql.size()) != 0) Die(sql, mysql_error(handle_));
}

std::vector<std::vector<std::string>> BareConnection::Ask(const std::string& sql) {
  Run(sql);
  std::vector<std::vector<std::string>> rows;
  MYSQL_RES* result = mysql_store_result(handle_);
  if (result == nullptr) Die(sql, mysql_error(handle_));
  while (MYSQL_ROW row = mysql_fetch_row(result)) {
    const unsigned long* lengths = mysql_fetch_lengths(result);
    std::vector<std::string> cells;
    for (unsigned i = 0; i < mysql_num_fields(result); ++i)
      cells.emplace_back(row[i] == nullptr ? "" : std::string(row[i], lengths[i]));
    rows.push_back(std::move(cells));
  }
  mysql_free_result(result);
  return rows;
}

std::vector<StatementText> ReadStatements(const std::string& file) {
  std::ifstream in(file);
  if (!in) Die("cannot read", file.c_str());
  static const std::regex parameter(":([a-z_]+)");
  std::vector<StatementText> statements;
  std::string sql;
  for (std::string line; std::getline(in, line);) {
    if (line.starts_with("--") || line.empty()) continue;
    const bool last = line.back() == ';';
    if (last) line.pop_back();
    sql += (sql.empty() ? "" : " ") + line;
    if (!last) continue;
    StatementText statement;
    for (std::sregex_iterator it(sql.begin(), sql.end(), parameter), end; it != end; ++it)
      statement.parameters.push_back((*it)[1]);
    statement.sql = std::regex_replace(sql, parameter, "?");
    statements.push_back(std::move(statement));
    sql.clear();
  }
  return statements;
}

struct BareCall::Prepared {
  std::string sql;
  MYSQL_STMT* statement = nullptr;  // null: sent as text
  std::vector<size_t> parameters;
  std::vector<size_t> columns;
  std::vector<size_t> next_columns;
  std::vector<std::vector<char>> cells;
  std::vector<unsigned long> lengths;
  std::vector<my_bool> nulls;
  std::vector<MYSQL_BIND> input;
};

BareCall::BareCall(BareConnection& connection, const std::vector<StatementText>& statements)
    : connection_(connection) {
  for (const StatementText& text : statements) {
    auto prepared = std::make_unique<Prepared>();
    prepared->sql = text.sql;
    const bool control = text.sql.starts_with("START") || text.sql == "COMMIT" || text.sql.starts_with("SET");
    if (!control) {
      prepared->statement = mysql_stmt_init(connection_.handle());
      if (mysql_stmt_prepare(prepared->statement, text.sql.data(), text.sql.size()) != 0)
        Die(text.sql, mysql_stmt_error(prepared->statement));
      for (const std::string& name : text.parameters) prepared->parameters.push_back(SlotOf(name));
      prepared->input.resize(prepared->parameters.size());
      if (MYSQL_RES* columns = mysql_stmt_result_metadata(prepared->statement)) {
        for (unsigned i = 0; i < mysql_num_fields(columns); ++i) {
          const char* name = mysql_fetch_field_direct(columns, i)->name;
          prepared->columns.push_back(SlotOf(name));
          prepared->next_columns.push_back(SlotOf(std::string("next_") + name));
          prepared->cells.emplace_back(kCell);
        }
        mysql_free_result(columns);
      }
      prepared->lengths.resize(prepared->columns.size());
      prepared->nulls.resize(prepared->columns.size());
      std::vector<MYSQL_BIND> output(prepared->columns.size());
      for (size_t i = 0; i < output.size(); ++i) {
        std::memset(&output[i], 0, sizeof output[i]);
        output[i].buffer_type = MYSQL_TYPE_STRING;
        output[i].buffer = prepared->cells[i].data();
        output[i].buffer_length = kCell;
        output[i].length = &prepared->lengths[i];
        output[i].is_null = &prepared->nulls[i];
      }
      if (!output.empty() && mysql_stmt_bind_result(prepared->statement, output.data()) != 0)
        Die(text.sql, mysql_stmt_error(prepared->statement));
    }
    prepared_.push_back(std::move(prepared));
  }
}

BareCall::~BareCall() {
  for (const auto& prepared : prepared_) {
    if (prepared->statement != nullptr) mysql_stmt_close(prepared->statement);
  }
}

size_t BareCall::SlotOf(std::string_view name) {
  const auto [it, added] = names_.emplace(std::string(name), slots_.size());
  if (added) slots_.emplace_back();
  return it->second;
}

void BareCall::Set(std::string_view name, std::string value) {
  slots_[SlotOf(name)] = {.value = std::move(value), .is_null = false};
}

void BareCall::Read(Prepared& prepared) {
  if (mysql_stmt_store_result(prepared.statement) != 0)
    Die(prepared.sql, mysql_stmt_error(prepared.statement));
  if (mysql_stmt_fetch(prepared.statement) == 0) {
    for (size_t i = 0; i < prepared.columns.size(); ++i) {
      Slot& slot = slots_[prepared.columns[i]];
      slot.is_null = prepared.nulls[i] != 0;
      slot.value.assign(prepared.cells[i].data(), slot.is_null ? 0 : prepared.lengths[i]);
      const bool number = !slot.value.empty() && slot.value.size() < 19 &&
                          slot.value.find_first_not_of("0123456789") == std::string::npos;
      if (number) slots_[prepared.next_columns[i]].value = std::to_string(std::stoll(slot.value) + 1);
    }
    while (mysql_stmt_fetch(prepared.statement) == 0) {
    }
  }
  mysql_stmt_free_result(prepared.statement);
}

void BareCall::Run() {
  for (const auto& owned : prepared_) {
    Prepared& prepared = *owned;
    if (prepared.statement == nullptr) {
      connection_.Run(prepared.sql);
      continue;
    }
    static my_bool yes = 1;
    for (size_t i = 0; i < prepared.parameters.size(); ++i) {
      Slot& slot = slots_[prepared.parameters[i]];
      MYSQL_BIND& bind = prepared.input[i];
      std::memset(&bind, 0, sizeof bind);
      bind.buffer_type = MYSQL_TYPE_STRING;
      bind.buffer = slot.value.data();
      bind.buffer_length = slot.value.size();
      if (slot.is_null) bind.is_null = &yes;
    }
    if (!prepared.input.empty() && mysql_stmt_bind_param(prepared.statement, prepared.input.data()) != 0)
      Die(prepared.sql, mysql_stmt_error(prepared.statement));
    if (mysql_stmt_execute(prepared.statement) != 0) Die(prepared.sql, mysql_stmt_error(prepared.statement));
    if (!prepared.columns.empty()) Read(prepared);
  }
}

Load RunBare(const DatabaseAt& at, const std::vector<StatementText>& statements,
             const std::vector<SchoolKey>& schools, int connections, std::chrono::milliseconds warm,
             std::chrono::milliseconds run) {
  using std::chrono::duration;
  std::vector<Load> loads(static_cast<size_t>(connections));
  std::atomic<int> ready{0};
  std::atomic<bool> go{false};
  std::vector<std::thread> threads;
  for (size_t t = 0; t < loads.size(); ++t) {
    threads.emplace_back([&, t] {
      BareConnection connection(at);
      BareCall call(connection, statements);
      const CallValues values;
      ++ready;
      while (!go) std::this_thread::sleep_for(std::chrono::microseconds(200));
      const Clock::time_point begin = Clock::now() + warm;
      const Clock::time_point end = begin + run;
      // Each connection has keys of its own, as callers have.
      for (size_t i = t;; i = i + loads.size() < schools.size() ? i + loads.size() : t) {
        values.SetAll(schools[i], &call);
        const Clock::time_point since = Clock::now();
        call.Run();
        const Clock::time_point now = Clock::now();
        if (now >= begin && now < end) {
          ++loads[t].calls;
          loads[t].micros.push_back(duration<float, std::micro>(now - since).count());
        }
        if (now >= end) break;
      }
    });
  }
  while (ready < connections) std::this_thread::sleep_for(std::chrono::milliseconds(1));
  go = true;
  for (std::thread& thread : threads) thread.join();
  Load all{.seconds = duration<double>(run).count()};
  for (const Load& load : loads) {
    all.calls += load.calls;
    all.micros.insert(all.micros.end(), load.micros.begin(), load.micros.end());
  }
  return all;
}

}  // namespace inspectorate::perf
