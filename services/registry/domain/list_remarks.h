// What looks wrong in an office's list of schools though no rule forbids it: somebody should look, the row
// counts.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/distance.h"

namespace inspectorate::registry {

// Cells of a row as they stand there; absent where the list has no such column.
struct SchoolLine {
  std::string name;
  bool kindergarten = false;
  std::optional<std::string> address;
  std::optional<std::string> phone;
  Position position{};
};

enum class RemarkOn { kName, kAddress, kPhone, kPosition };

struct ListRemark {
  RemarkOn on;
  std::string code;
  std::string zh;
  std::string en;
};

// `centre`: where the schools of this list lie, when that is known.
std::vector<ListRemark> RemarksOn(const SchoolLine& line, const std::optional<Position>& centre);

// The middle of many positions, which a few wrong ones do not move; nothing for fewer than ten.
std::optional<Position> CentreOf(std::vector<Position> positions);

}  // namespace inspectorate::registry
