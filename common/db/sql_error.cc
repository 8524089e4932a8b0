#include "common/db/sql_error.h"

#include <charconv>

#include "absl/strings/cord.h"
#include "common/status/error.h"

namespace inspectorate::db {
namespace {

// "CLASS ERRNO TEXT". Never goes over the wire: only the details of the catalogue do.
constexpr char kPayload[] = "inspectorate.db/sql_error";

struct Known {
  int code;
  SqlError kind;
  bool keeps_connection;
};

// Both servers, and Galera and group replication behind them.
constexpr Known kKnown[] = {
    {1062, SqlError::kDuplicateKey, true}, {1451, SqlError::kForeignKey, true},  // parent row is referenced
    {1452, SqlError::kForeignKey, true},                                         // no parent row
    {1213, SqlError::kDeadlock, true},    // deadlock, or certification conflict in a cluster
    {1020, SqlError::kDeadlock, true},    // MariaDB: row changed since the snapshot
    {1412, SqlError::kDeadlock, true},    // the table was altered since the snapshot: it has no such past
    {1205, SqlError::kLockWait, true},    // only the statement is rolled back
    {3572, SqlError::kLockWait, true},    // MySQL: NOWAIT
    {1969, SqlError::kTimeout, true},     // MariaDB: max_statement_time
    {3024, SqlError::kTimeout, true},     // MySQL: max_execution_time
    {4025, SqlError::kConstraint, true},  // MariaDB: CHECK
    {3819, SqlError::kConstraint, true},  // MySQL: CHECK
    {3140, SqlError::kConstraint, true},  // MySQL: invalid JSON
    {1048, SqlError::kConstraint, true},  // NOT NULL
    {1290, SqlError::kReadOnly, false},   // --read-only, super_read_only
    {1792, SqlError::kReadOnly, false},   // read-only transaction
    {1836, SqlError::kReadOnly, false},   // read-only mode
    {1040, SqlError::kLost, false},       // too many connections
    {1047, SqlError::kLost, false},       // Galera: not prepared
    {1053, SqlError::kLost, false},       // shutdown in progress
    {1180, SqlError::kLost, false},       // Galera: error during commit
    {1317, SqlError::kLost, false},       // interrupted: somebody killed it
    {1927, SqlError::kLost, false},       // MariaDB: connection killed
    {4031, SqlError::kLost, false},       // MySQL: idle too long
    {2002, SqlError::kLost, false},       // cannot connect, socket
    {2003, SqlError::kLost, false},       // cannot connect, TCP
    {2005, SqlError::kLost, false},       // the host's name is not known, perhaps just now
    {2006, SqlError::kLost, false},       // server has gone away
    {2012, SqlError::kLost, false},       // lost during the handshake
    {2013, SqlError::kLost, false},       // lost during query
    {2014, SqlError::kLost, false},       // out of sync
    {2026, SqlError::kLost, false},       // TLS: not established, and also: an encrypted connection was lost
    {2027, SqlError::kLost, false},       // half a packet
    {2030, SqlError::kLost, false},       // statement not prepared
    {2055, SqlError::kLost, false},       // lost, with the system's reason
    {5013, SqlError::kLost, false},       // MariaDB's client: reading failed
    {5014, SqlError::kLost, false},       // MariaDB's client: writing failed
    {2057, SqlError::kOther, false},      // the shape of a result changed: its statement is of no more use
};

const Known* Find(int code) {
  for (const Known& known : kKnown) {
    if (known.code == code) return &known;
  }
  return nullptr;
}

// Drops what stands between the quotes after `before`: there the server repeats the caller's data.
void Mask(std::string& text, std::string_view before) {
  const size_t at = text.find(before);
  if (at == std::string::npos) return;
  const size_t from = at + before.size();
  size_t end = text.find("' for ", from);
  if (end == std::string::npos) end = text.rfind('\'');
  if (end == std::string::npos || end < from) end = text.size();
  text.replace(from, end - from, "…");
}

std::string Masked(std::string text) {
  for (const std::string_view before : {"entry '", "value: '", "value '", "value \"", "near '"})
    Mask(text, before);
  return text;
}

absl::Status Base(SqlError kind, const std::string& message) {
  switch (kind) {
    case SqlError::kDuplicateKey:
      return absl::AlreadyExistsError(message);
    case SqlError::kForeignKey:
      return absl::FailedPreconditionError(message);
    case SqlError::kDeadlock:
    case SqlError::kLockWait:
      return Error(ErrorReason::TRANSACTION_CONFLICT);
    case SqlError::kLost:
    case SqlError::kReadOnly:
      return Error(ErrorReason::DATABASE_UNAVAILABLE);
    case SqlError::kTimeout:
      return Error(ErrorReason::DEADLINE_SPENT);
    case SqlError::kNone:
    case SqlError::kConstraint:
    case SqlError::kOther:
      break;
  }
  return absl::InternalError(message);
}

absl::Status WithPayload(absl::Status status, SqlError kind, int code, const std::string& text) {
  status.SetPayload(
      kPayload, absl::Cord(std::to_string(static_cast<int>(kind)) + " " + std::to_string(code) + " " + text));
  return status;
}

std::string PayloadOf(const absl::Status& status) {
  const auto payload = status.GetPayload(kPayload);
  return payload ? std::string(*payload) : std::string();
}

}  // namespace

SqlError Classify(const Failure& failure) {
  const Known* known = Find(failure.code);
  return known != nullptr ? known->kind : SqlError::kOther;
}

bool KeepsConnection(const Failure& failure) {
  if (const Known* known = Find(failure.code); known != nullptr) return known->keeps_connection;
  // Client-side numbers (2000-2999, 5000-5999) and the connector's own (0) say nothing about the session.
  const int thousands = failure.code / 1000;
  return thousands != 0 && thousands != 2 && thousands != 5 && failure.state.rfind("08", 0) != 0;
}

absl::Status StatusOf(const Failure& failure, std::string_view sql) {
  const SqlError kind = Classify(failure);
  const std::string text = Masked(failure.text);
  const std::string message = "SQL error " + std::to_string(failure.code) + " (" + failure.state +
                              "): " + text + "; statement: " + std::string(sql);
  return WithPayload(Base(kind, message), kind, failure.code, text);
}

absl::Status OutcomeUnknown(const absl::Status& cause) {
  return WithPayload(Error(ErrorReason::OUTCOME_UNKNOWN), SqlError::kLost, 0,
                     "COMMIT without a reply: " + PayloadOf(cause));
}

SqlError SqlErrorOf(const absl::Status& status) {
  const std::string payload = PayloadOf(status);
  int kind = 0;
  std::from_chars(payload.data(), payload.data() + payload.size(), kind);
  return static_cast<SqlError>(kind);
}

std::string SqlDetailOf(const absl::Status& status) {
  const std::string payload = PayloadOf(status);
  const size_t space = payload.find(' ');
  return space == std::string::npos ? std::string() : payload.substr(space + 1);
}

int SqlCodeOf(const absl::Status& status) {
  const std::string detail = SqlDetailOf(status);
  int code = 0;
  std::from_chars(detail.data(), detail.data() + detail.size(), code);
  return code;
}

std::string DuplicateKeyOf(const absl::Status& status) {
  if (SqlErrorOf(status) != SqlError::kDuplicateKey) return {};
  // MariaDB writes "for key 'name'", MySQL "for key 'table.name'".
  const std::string text = PayloadOf(status);
  const size_t end = text.rfind('\'');
  const size_t begin = end == std::string::npos || end == 0 ? std::string::npos : text.rfind('\'', end - 1);
  if (begin == std::string::npos) return {};
  const std::string key = text.substr(begin + 1, end - begin - 1);
  const size_t dot = key.rfind('.');
  return dot == std::string::npos ? key : key.substr(dot + 1);
}

bool IsOutcomeUnknown(const absl::Status& status) { return ReasonOf(status) == ErrorReason::OUTCOME_UNKNOWN; }

}  // namespace inspectorate::db
