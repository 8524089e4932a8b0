#include "services/issues/store/notice_numbers.h"

#include "absl/status/status.h"
#include "common/base/macros.h"
#include "common/base/sabotage.h"

namespace inspectorate::issues::store {

absl::StatusOr<uint32_t> TakeNoticeSerial(db::Transaction& tx, const std::string& office, int year) {
  RETURN_IF_ERROR(tx.Execute("INSERT INTO notice_counter (office, `year`, serial) VALUES (?, ?, 1) "
                             "ON DUPLICATE KEY UPDATE serial = serial + 1",
                             {office, year})
                      .status());
  ASSIGN_OR_RETURN(
      db::Rows rows,
      tx.Query("SELECT serial FROM notice_counter WHERE office = ? AND `year` = ?", {office, year}));
  if (rows.empty()) return absl::InternalError("a notice counter that was just written is not there");
  const auto serial = static_cast<uint32_t>(rows.at(0, 0).AsInt());
  if (!INSPECTORATE_BROKEN("number_in_transaction")) return serial;
  return static_cast<uint32_t>(INSPECTORATE_NEXT_NUMBER(office, serial - 1));
}

}  // namespace inspectorate::issues::store
