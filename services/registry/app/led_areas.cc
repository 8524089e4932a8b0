#include "services/registry/app/led_areas.h"

#include <string>

#include "common/db/many_rows.h"

namespace inspectorate::registry {
namespace {

// 2: AreaDuty.LEAD.
constexpr char kOwn[] =
    " IN (SELECT l.`area` FROM `area_membership` l WHERE l.`office` = ? AND l.`inspector` = ? AND l.`duty` = "
    "2"
    " AND l.`valid_from` <= ? AND (l.`valid_to` IS NULL OR l.`valid_to` >= ?))";

}  // namespace

query::Condition InLedAreas(const roster::Reach& reach, Date day, std::string_view column) {
  query::Condition led{std::string(column) + kOwn, {reach.office, reach.person, day, day}};
  if (reach.led_for.empty()) return led;
  const size_t first = led.params.size();
  led.params.insert(led.params.end(), reach.led_for.begin(), reach.led_for.end());
  db::FillUp(&led.params, 1, first);
  led.sql =
      "(" + led.sql + " OR " + std::string(column) + " IN (" + db::Repeated("?", reach.led_for.size()) + "))";
  return led;
}

}  // namespace inspectorate::registry
