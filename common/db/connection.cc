#include "common/db/connection.h"

#include <cppconn/connection.h>
#include <cppconn/driver.h>
#include <cppconn/exception.h>
#include <cppconn/parameter_metadata.h>
#include <cppconn/prepared_statement.h>
#include <cppconn/resultset.h>
#include <cppconn/resultset_metadata.h>
#include <cppconn/statement.h>

#include <algorithm>
#include <list>
#include <mutex>
#include <unordered_map>

#include "common/base/macros.h"
#include "common/db/sql_error.h"
#include "common/db/sql_text.h"
#include "common/status/error.h"

namespace inspectorate::db {
namespace {

// Statements of sets come in seven sizes each. Connections times statements, over all replicas, must stay
// below the server's max_prepared_stmt_count (16,382).
constexpr size_t kCachedStatements = 192;
constexpr std::chrono::milliseconds kReadTimeoutMargin{5000};
// Callers whose times differ a little (ten seconds, and five for what the service asks itself) must not take
// turns at setting the limit: it would cost each a round trip.
constexpr int kLooseLimit = 3;

constexpr char kSetUp[] =
    "SET NAMES utf8mb4 COLLATE utf8mb4_bin, time_zone = '+00:00', sql_mode = "
    "'STRICT_TRANS_TABLES,NO_ZERO_DATE,"
    "NO_ZERO_IN_DATE,ERROR_FOR_DIVISION_BY_ZERO,NO_ENGINE_SUBSTITUTION,ONLY_FULL_GROUP_BY'";
// The connector forces REPEATABLE READ on every new session.
constexpr char kIsolation[] = "SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED";
constexpr char kIdentity[] =
    "SELECT CONNECTION_ID() AS id, VERSION() AS version,"
    " CONCAT(@@hostname, ':', @@port, ':', @@server_id, ':', @@socket) AS server";

// get_driver_instance() is not thread-safe.
sql::Driver* TheDriver() {
  static std::once_flag once;
  static sql::Driver* driver = nullptr;
  std::call_once(once, [] { driver = get_driver_instance(); });
  return driver;
}

sql::SQLString Sql(std::string_view text) { return {text.data(), text.size()}; }

// Only names known to work: the connector accepts misspelt ones silently, and ignores the one for the TLS
// mode. TLS fails closed only when sslCA and sslVerify are both set.
sql::ConnectOptionsMap OptionsMap(const Options& options) {
  sql::ConnectOptionsMap map;
  if (options.socket.empty()) {
    // The client library takes "localhost" for the unix socket, whatever the port.
    std::string host = options.host == "localhost" ? "127.0.0.1" : options.host;
    if (host.find(':') != std::string::npos) host = "[" + host + "]";
    map["hostName"] = sql::SQLString("tcp://" + host + ":" + std::to_string(options.port));
  } else {
    map["hostName"] = sql::SQLString("unix://" + options.socket);
  }
  map["userName"] = sql::SQLString(options.user);
  map["password"] = sql::SQLString(options.password);
  if (!options.schema.empty()) map["schema"] = sql::SQLString(options.schema);
  const auto seconds = std::chrono::ceil<std::chrono::seconds>(options.connect_timeout).count();
  map["OPT_CONNECT_TIMEOUT"] = static_cast<int>(std::max<int64_t>(1, seconds));
  map["OPT_READ_TIMEOUT"] = static_cast<int>(options.read_timeout.count());
  map["OPT_WRITE_TIMEOUT"] = static_cast<int>(options.read_timeout.count());
  map["OPT_CHARSET_NAME"] = sql::SQLString("utf8mb4");
  map["CLIENT_FOUND_ROWS"] = true;
  if (options.socket.empty() && !options.tls_ca.empty()) {
    map["sslCA"] = sql::SQLString(options.tls_ca);
    map["sslVerify"] = true;
  }
  return map;
}

void Bind(sql::PreparedStatement& statement, unsigned index, const Value& value) {
  struct Binder {
    sql::PreparedStatement& statement;
    unsigned index;
    void operator()(std::monostate) const { statement.setNull(index, sql::DataType::SQLNULL); }
    void operator()(int64_t v) const { statement.setInt64(index, v); }
    void operator()(uint64_t v) const { statement.setUInt64(index, v); }
    void operator()(double v) const { statement.setDouble(index, v); }
    // Streams would bind NULL when a statement is run again; strings do not, and hold any byte.
    void operator()(const std::string& v) const { statement.setString(index, Sql(v)); }
    void operator()(Time v) const { statement.setString(index, Sql(SqlTime(v))); }
    void operator()(Date v) const { statement.setString(index, Sql(SqlDate(v))); }
  };
  std::visit(Binder{statement, index}, value.variant());
}

// The driver writes a year before 1000 without its zeros.
std::string DateText(sql::ResultSet& result, unsigned column) {
  std::string text = result.getString(column).asStdString();
  const size_t year = text.find('-');
  if (year < 4) text.insert(0, 4 - year, '0');
  return text;
}

Value Cell(sql::ResultSet& result, unsigned column, int type, bool is_signed) {
  if (result.isNull(column)) return {};
  switch (type) {
    case sql::DataType::TINYINT:
    case sql::DataType::SMALLINT:
    case sql::DataType::MEDIUMINT:
    case sql::DataType::INTEGER:
    case sql::DataType::BIGINT:
    case sql::DataType::YEAR:
      if (is_signed) return Value(result.getInt64(column));
      return Value(result.getUInt64(column));
    case sql::DataType::BIT:
      return Value(result.getUInt64(column));
    case sql::DataType::REAL:
    case sql::DataType::DOUBLE:
      // The text of a double has six decimals only.
      return Value(static_cast<double>(result.getDouble(column)));
    case sql::DataType::TIMESTAMP: {
      const std::string text = DateText(result, column);
      if (const auto time = ParseSqlTime(text)) return Value(*time);
      throw sql::SQLException("not an instant: " + text);
    }
    case sql::DataType::DATE: {
      const std::string text = DateText(result, column);
      if (const auto time = ParseSqlTime(text)) return Value(std::chrono::floor<std::chrono::days>(*time));
      throw sql::SQLException("not a date: " + text);
    }
    default:
      return Value(result.getString(column).asStdString());
  }
}

// `known`: the columns of the statement's results, kept from its first.
Rows ReadAll(sql::ResultSet& result, std::shared_ptr<const Rows::Columns>* known) {
  sql::ResultSetMetaData* meta = result.getMetaData();
  const unsigned columns = meta->getColumnCount();
  if (*known == nullptr || (*known)->names.size() != columns) {
    std::vector<std::string> names(columns);
    for (unsigned i = 0; i < columns; ++i) names[i] = meta->getColumnLabel(i + 1).asStdString();
    *known = std::make_shared<const Rows::Columns>(std::move(names));
  }
  std::vector<int> types(columns);
  std::vector<bool> is_signed(columns);
  for (unsigned i = 0; i < columns; ++i) {
    types[i] = meta->getColumnType(i + 1);
    is_signed[i] = meta->isSigned(i + 1);
  }
  std::vector<Value> cells;
  cells.reserve(columns * result.rowsCount());
  while (result.next()) {
    for (unsigned i = 0; i < columns; ++i) cells.push_back(Cell(result, i + 1, types[i], is_signed[i]));
  }
  return Rows(*known, std::move(cells));
}

}  // namespace

// Declared so that statements are destroyed before the connection they belong to.
struct Connection::Handle {
  struct Cached {
    std::string sql;
    std::unique_ptr<sql::PreparedStatement> statement;
    size_t parameters = 0;
    std::shared_ptr<const Rows::Columns> columns{};  // once it has had a result
  };

  std::unique_ptr<sql::Connection> connection;
  std::list<Cached> statements;  // most recently used first
  std::unordered_map<std::string_view, std::list<Cached>::iterator> by_text;

  // The parameters of an earlier run stay bound, so their number must fit exactly.
  Cached& Bound(std::string_view sql, const Params& params) {
    Cached& cached = Find(sql);
    if (cached.parameters != params.size()) {
      throw sql::SQLException("statement has " + std::to_string(cached.parameters) + " parameters, given " +
                              std::to_string(params.size()));
    }
    for (unsigned i = 0; i < params.size(); ++i) Bind(*cached.statement, i + 1, params[i]);
    return cached;
  }

  void Forget(std::string_view sql) {
    const auto found = by_text.find(sql);
    if (found == by_text.end()) return;
    const auto entry = found->second;
    by_text.erase(found);
    statements.erase(entry);
  }

 private:
  Cached& Find(std::string_view sql) {
    if (const auto found = by_text.find(sql); found != by_text.end()) {
      statements.splice(statements.begin(), statements, found->second);
      return statements.front();
    }
    std::unique_ptr<sql::PreparedStatement> statement(connection->prepareStatement(Sql(sql)));
    const auto parameters = static_cast<size_t>(statement->getParameterMetaData()->getParameterCount());
    if (statements.size() >= kCachedStatements) Forget(statements.back().sql);
    statements.push_front({std::string(sql), std::move(statement), parameters});
    by_text.emplace(statements.front().sql, statements.begin());
    return statements.front();
  }
};

Connection::Connection(std::chrono::milliseconds longest_statement)
    : handle_(std::make_unique<Handle>()), longest_statement_(longest_statement) {}

Connection::~Connection() = default;

absl::StatusOr<std::unique_ptr<Connection>> Connection::Open(const Options& options) {
  const std::chrono::milliseconds read_timeout = options.read_timeout;
  std::unique_ptr<Connection> connection(
      new Connection(std::max(read_timeout - kReadTimeoutMargin, read_timeout / 2)));
  try {
    sql::ConnectOptionsMap map = OptionsMap(options);
    connection->handle_->connection.reset(TheDriver()->connect(map));
  } catch (const std::exception&) {
    return connection->Fail("(connect)");
  }
  RETURN_IF_ERROR(connection->SetUp(options.socket.empty() && !options.tls_ca.empty()));
  return connection;
}

absl::Status Connection::SetUp(bool tls) {
  RETURN_IF_ERROR(Run(kIsolation));
  RETURN_IF_ERROR(Run(kSetUp));
  ASSIGN_OR_RETURN(const Rows identity, Query(kIdentity, {}));
  id_ = identity.at(0, "id").AsUint();
  server_ = identity.at(0, "server").AsString();
  mariadb_ = identity.at(0, "version").AsString().find("MariaDB") != std::string::npos;
  if (tls) {
    ASSIGN_OR_RETURN(const Rows cipher, Query("SHOW STATUS LIKE 'Ssl_cipher'", {}));
    if (cipher.empty() || cipher.at(0, 1).AsString().empty()) {
      return StatusOf({.code = 2026, .state = "HY000", .text = "the connection is not encrypted"},
                      "(connect)");
    }
  }
  return absl::OkStatus();
}

absl::StatusOr<Rows> Connection::Query(std::string_view sql, const Params& params) {
  try {
    Handle::Cached& bound = handle_->Bound(sql, params);
    const std::unique_ptr<sql::ResultSet> result(bound.statement->executeQuery());
    return ReadAll(*result, &bound.columns);
  } catch (const std::exception&) {
    return Fail(sql);
  }
}

absl::StatusOr<uint64_t> Connection::Execute(std::string_view sql, const Params& params) {
  try {
    return static_cast<uint64_t>(handle_->Bound(sql, params).statement->executeUpdate());
  } catch (const std::exception&) {
    return Fail(sql);
  }
}

absl::Status Connection::Run(std::string_view sql) {
  try {
    const std::unique_ptr<sql::Statement> statement(handle_->connection->createStatement());
    statement->execute(Sql(sql));
    return absl::OkStatus();
  } catch (const std::exception&) {
    return Fail(sql);
  }
}

bool Connection::Ping() {
  try {
    usable_ = usable_ && handle_->connection->isValid();
  } catch (const std::exception&) {
    usable_ = false;
  }
  return usable_;
}

absl::Status Connection::LimitStatements(std::chrono::milliseconds remaining) {
  remaining = std::clamp(remaining, std::chrono::milliseconds(1), longest_statement_);
  if (limit_ >= remaining && limit_ <= kLooseLimit * remaining) return absl::OkStatus();
  const std::chrono::milliseconds limit = remaining + remaining / 4;
  // Waits for a lock are shorter, so that there is time to run the transaction again; MySQL has no other
  // limit for statements that write.
  const int64_t lock_wait =
      std::clamp<int64_t>(std::chrono::floor<std::chrono::seconds>(limit).count() / 3, 1, 10);
  const std::string clock =
      mariadb_ ? "max_statement_time = " + std::to_string(static_cast<double>(limit.count()) / 1000)
               : "max_execution_time = " + std::to_string(limit.count());
  RETURN_IF_ERROR(Run("SET SESSION " + clock + ", innodb_lock_wait_timeout = " + std::to_string(lock_wait)));
  limit_ = limit;
  return absl::OkStatus();
}

absl::Status Connection::Fail(std::string_view sql) {
  Failure failure;
  try {
    throw;
  } catch (const sql::SQLException& e) {
    failure = {.code = e.getErrorCode(), .state = e.getSQLStateCStr(), .text = e.what()};
  } catch (const std::exception& e) {
    failure = {.code = 0, .state = {}, .text = e.what()};
  }
  usable_ = usable_ && KeepsConnection(failure);
  if (Classify(failure) == SqlError::kOther) handle_->Forget(sql);
  return StatusOf(failure, sql);
}

}  // namespace inspectorate::db
