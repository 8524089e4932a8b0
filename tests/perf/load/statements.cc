#include "tests/perf/load/statements.h"

#include <cctype>
#include <map>
#include <string_view>
#include <thread>

namespace inspectorate::perf {
namespace {

bool IsWord(char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_' || c == '`'; }

// The end of a quoted text that begins at `at`.
size_t EndOfQuoted(std::string_view sql, size_t at) {
  for (size_t i = at + 1; i < sql.size(); ++i) {
    if (sql[i] == '\\') {
      ++i;
    } else if (sql[i] == '\'') {
      if (i + 1 < sql.size() && sql[i + 1] == '\'') {
        ++i;
      } else {
        return i + 1;
      }
    }
  }
  return sql.size();
}

size_t EndOfNumber(std::string_view sql, size_t at) {
  size_t i = at;
  while (i < sql.size() && (IsWord(sql[i]) || sql[i] == '.')) ++i;
  return i;
}

}  // namespace

std::string WithoutLiterals(std::string_view sql) {
  std::string out;
  for (size_t i = 0; i < sql.size();) {
    const char c = sql[i];
    const bool begins = i == 0 || !IsWord(sql[i - 1]);
    if (c == '\'') {
      out += '?';
      i = EndOfQuoted(sql, i);
    } else if (begins && (std::isdigit(static_cast<unsigned char>(c)) != 0)) {
      out += '?';
      i = EndOfNumber(sql, i);
    } else if (begins && (sql.substr(i, 4) == "NULL") && !IsWord(i + 4 < sql.size() ? sql[i + 4] : ' ')) {
      out += '?';
      i += 4;
    } else if (std::isspace(static_cast<unsigned char>(c)) != 0) {
      if (!out.empty() && out.back() != ' ') out += ' ';
      ++i;
    } else {
      out += c;
      ++i;
    }
  }
  // `DATETIME'...'` and `-5` are written as one literal by a client and as two by the log.
  for (const std::string_view before : {"TIMESTAMP?", "DATE?", "-?"}) {
    for (size_t at = out.find(before); at != std::string::npos; at = out.find(before))
      out.erase(at, before.size() - 1);
  }
  return out;
}

std::vector<std::string> StatementsOf(const DatabaseAt& at, const std::function<void()>& call) {
  BareConnection admin({.socket = at.socket, .schema = "mysql"});
  admin.Run("TRUNCATE TABLE mysql.general_log");
  admin.Run("SET GLOBAL log_output = 'TABLE'");
  admin.Run("SET GLOBAL general_log = 1");
  call();
  admin.Run("SET GLOBAL general_log = 0");
  // Background work of the service uses sessions too; the call is the session with most statements.
  std::map<std::string, std::vector<std::string>> sessions;
  for (const auto& row : admin.Ask("SELECT thread_id, CONVERT(argument USING latin1) FROM mysql.general_log"
                                   " WHERE command_type IN ('Query', 'Execute')"
                                   " AND thread_id <> CONNECTION_ID() ORDER BY event_time")) {
    sessions[row[0]].push_back(WithoutLiterals(row[1]));
  }
  std::vector<std::string> longest;
  for (const auto& [id, statements] : sessions) {
    if (statements.size() > longest.size()) longest = statements;
  }
  return longest;
}

}  // namespace inspectorate::perf
