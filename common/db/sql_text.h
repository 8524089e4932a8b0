// Dates and instants as SQL writes them. Internal to common/db.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "common/base/time.h"

namespace inspectorate::db {

// "2026-03-09 01:02:03.000456", UTC.
std::string SqlTime(Time t);
// "2026-03-09".
std::string SqlDate(Date d);
// A DATE, or a DATETIME with a fraction of up to six digits or none (prepared results drop a zero fraction,
// text results print it). Nothing for anything else, the zero date included.
std::optional<Time> ParseSqlTime(std::string_view text);

}  // namespace inspectorate::db
