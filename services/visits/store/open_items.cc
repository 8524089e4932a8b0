#include "services/visits/store/open_items.h"

#include <utility>

#include "common/base/macros.h"
#include "inspectorate/visits/v1/visit.pb.h"

namespace inspectorate::visits {
namespace {

constexpr char kSelect[] =
    "SELECT `issue`, `round`, `school`, `obligation`, `matter`, `fact`, `report_time`, `due` FROM "
    "`open_item` WHERE ";

OpenItemRow RowOf(const db::Rows& rows, size_t i) {
  return {.issue = rows.at(i, "issue").AsUuid(),
          .round = static_cast<int>(rows.at(i, "round").AsInt()),
          .school = rows.at(i, "school").AsUuid(),
          .obligation = rows.at(i, "obligation").AsUuid(),
          .matter = rows.at(i, "matter").AsString(),
          .fact = rows.at(i, "fact").AsString(),
          .report_time = rows.at(i, "report_time").AsTime(),
          .due = rows.at(i, "due").AsDate()};
}

}  // namespace

absl::Status PutOpenItem(db::Session& session, const std::string& office, const OpenItemRow& item) {
  RETURN_IF_ERROR(RemoveOpenItem(session, office, item.issue));
  return session
      .Execute(
          "INSERT INTO `open_item` (`office`, `issue`, `round`, `school`, `obligation`, `matter`, `fact`,"
          " `report_time`, `due`) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
          {office, item.issue, item.round, item.school, item.obligation, item.matter, item.fact,
           item.report_time, item.due})
      .status();
}

absl::Status RemoveOpenItem(db::Session& session, const std::string& office, const Uuid& issue) {
  return session.Execute("DELETE FROM `open_item` WHERE `office` = ? AND `issue` = ?", {office, issue})
      .status();
}

absl::StatusOr<std::optional<OpenItemRow>> FindOpenItem(db::Session& session, const std::string& office,
                                                        const Uuid& issue) {
  ASSIGN_OR_RETURN(db::Rows rows,
                   session.Query(std::string(kSelect) + "`office` = ? AND `issue` = ?", {office, issue}));
  if (rows.empty()) return std::nullopt;
  return RowOf(rows, 0);
}

absl::StatusOr<std::optional<OpenItemRow>> LockOpenItem(db::Session& session, const std::string& office,
                                                        const Uuid& issue) {
  ASSIGN_OR_RETURN(
      db::Rows rows,
      session.Query(std::string(kSelect) + "`office` = ? AND `issue` = ? FOR UPDATE", {office, issue}));
  if (rows.empty()) return std::nullopt;
  return RowOf(rows, 0);
}

absl::StatusOr<std::vector<OpenItemRow>> OpenItemsIn(db::Session& session, const std::string& office) {
  ASSIGN_OR_RETURN(db::Rows rows,
                   session.Query(std::string(kSelect) + "`office` = ? ORDER BY `issue`", {office}));
  std::vector<OpenItemRow> items;
  for (size_t i = 0; i < rows.size(); ++i) items.push_back(RowOf(rows, i));
  return items;
}

absl::StatusOr<std::vector<OpenItemRow>> OpenItemsOf(db::Session& session, const std::string& office,
                                                     const Uuid& school) {
  ASSIGN_OR_RETURN(db::Rows rows, session.Query(std::string(kSelect) +
                                                    "`office` = ? AND `school` = ? ORDER BY `due`, `issue`",
                                                {office, school}));
  std::vector<OpenItemRow> items;
  for (size_t i = 0; i < rows.size(); ++i) items.push_back(RowOf(rows, i));
  return items;
}

absl::StatusOr<std::vector<AwaitingIssue>> AwaitingAt(db::Session& session, const std::string& office,
                                                      const Uuid& school) {
  ASSIGN_OR_RETURN(
      db::Rows rows,
      session.Query(
          "SELECT i.`issue`, i.`round`, i.`obligation`, i.`report_time`, i.`due`, v.`visit`"
          " FROM `open_item` i"
          " JOIN `obligation` o ON o.`office` = i.`office` AND o.`obligation` = i.`obligation`"
          " LEFT JOIN `visit` v ON v.`office` = o.`office` AND v.`visit` = o.`visit` AND v.`state` <> ?"
          " WHERE i.`office` = ? AND i.`school` = ?",
          {v1::MISSED, office, school}));
  std::vector<AwaitingIssue> awaiting;
  for (size_t i = 0; i < rows.size(); ++i) {
    awaiting.push_back({.issue = rows.at(i, "issue").AsUuid(),
                        .round = static_cast<int>(rows.at(i, "round").AsInt()),
                        .obligation = rows.at(i, "obligation").AsUuid(),
                        .report_time = rows.at(i, "report_time").AsTime(),
                        .claimed_by = rows.at(i, "visit").is_null() ? Uuid{} : rows.at(i, "visit").AsUuid(),
                        .due = rows.at(i, "due").AsDate()});
  }
  return awaiting;
}

}  // namespace inspectorate::visits
