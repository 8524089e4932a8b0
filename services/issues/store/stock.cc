#include "services/issues/store/stock.h"

#include "common/base/macros.h"

namespace inspectorate::issues::store {

absl::StatusOr<Stock> CountStock(db::Transaction& tx, const std::string& office,
                                 const std::string& registration_event) {
  Stock stock;
  ASSIGN_OR_RETURN(db::Rows head,
                   tx.Query("SELECT position FROM feed_head WHERE office = ? FOR UPDATE", {office}));
  if (!head.empty()) stock.position = head.at(0, 0).AsUint();
  ASSIGN_OR_RETURN(
      db::Rows consumed,
      tx.Query("SELECT position FROM feed_checkpoint WHERE source = 'visits' AND office = ?", {office}));
  if (!consumed.empty()) stock.visits_position = consumed.at(0, 0).AsUint();
  ASSIGN_OR_RETURN(db::Rows registered,
                   tx.Query("SELECT COUNT(*) FROM feed_event WHERE office = ? AND position <= ? "
                            "AND event = ?",
                            {office, stock.position, registration_event}));
  stock.registered = registered.at(0, 0).AsInt();
  ASSIGN_OR_RETURN(
      db::Rows rows,
      tx.Query("SELECT state, COUNT(*) FROM issue WHERE office = ? GROUP BY state ORDER BY state", {office}));
  for (size_t i = 0; i < rows.size(); ++i) {
    stock.rows[static_cast<int>(rows.at(i, 0).AsInt())] = rows.at(i, 1).AsInt();
  }
  return stock;
}

}  // namespace inspectorate::issues::store
