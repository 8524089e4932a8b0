#include "services/registry/store/papers_store.h"

#include "common/base/macros.h"

namespace inspectorate::registry {
namespace {

absl::StatusOr<std::vector<std::string>> Slugs(db::Session& session, const std::string& sql) {
  ASSIGN_OR_RETURN(const db::Rows rows, session.Query(sql, {}));
  std::vector<std::string> slugs;
  for (size_t i = 0; i < rows.size(); ++i) slugs.push_back(rows.at(i, 0).AsString());
  return slugs;
}

}  // namespace

absl::StatusOr<std::vector<v1::CalendarPaper>> PublishedPapers(db::Session& session, bool locked) {
  ASSIGN_OR_RETURN(const db::Rows rows,
                   session.Query(std::string("SELECT `body` FROM `published_paper` ORDER BY `number`") +
                                     (locked ? " FOR UPDATE" : ""),
                                 {}));
  std::vector<v1::CalendarPaper> papers(rows.size());
  for (size_t i = 0; i < rows.size(); ++i) {
    if (!papers[i].ParseFromString(rows.at(i, 0).AsString()))
      return absl::InternalError("a published paper cannot be read");
  }
  return papers;
}

absl::Status PutPublishedPaper(db::Session& session, const v1::CalendarPaper& paper, Time now) {
  RETURN_IF_ERROR(
      session.Execute("DELETE FROM `published_paper` WHERE `number` = ?", {paper.number()}).status());
  return session
      .Execute(
          "INSERT INTO `published_paper` (`number`, `body`, `fingerprint`, `publish_time`) VALUES (?, ?, ?, "
          "?)",
          {paper.number(), paper.SerializeAsString(), paper.fingerprint(), now})
      .status();
}

absl::StatusOr<std::vector<std::string>> OfficesWithoutPapers(db::Session& session) {
  return Slugs(
      session,
      "SELECT DISTINCT o.`office` FROM `office` o JOIN `published_paper` p LEFT JOIN `calendar_paper` c"
      " ON c.`office` = o.`office` AND c.`fingerprint` = p.`fingerprint`"
      " WHERE c.`office` IS NULL ORDER BY o.`office`");
}

absl::StatusOr<std::vector<std::string>> AllOffices(db::Session& session) {
  return Slugs(session, "SELECT `office` FROM `office` ORDER BY `office`");
}

}  // namespace inspectorate::registry
