#include "services/issues/store/relapses.h"

#include "common/base/macros.h"

namespace inspectorate::issues::store {
namespace {

absl::StatusOr<std::vector<SubjectIssue>> Read(db::Session& session, const Subject& subject,
                                               const std::string& tail) {
  ASSIGN_OR_RETURN(
      const db::Rows rows,
      session.Query(
          "SELECT issue, aspect, state, found_day, close_time FROM issue WHERE office = ? AND school = ?"
          " AND matter = ? ORDER BY issue" +
              tail,
          {subject.office, subject.school, subject.matter}));
  std::vector<SubjectIssue> issues;
  for (size_t i = 0; i < rows.size(); ++i) {
    SubjectIssue issue{
        .name = "offices/" + subject.office + "/issues/" + FormatUuid(rows.at(i, "issue").AsUuid()),
        .aspect = rows.at(i, "aspect").AsString(),
        .state = static_cast<int>(rows.at(i, "state").AsInt()),
        .found_on = rows.at(i, "found_day").AsDate()};
    if (!rows.at(i, "close_time").is_null()) issue.closed_at = rows.at(i, "close_time").AsTime();
    issues.push_back(std::move(issue));
  }
  return issues;
}

}  // namespace

absl::StatusOr<std::vector<SubjectIssue>> IssuesOf(db::Session& session, const Subject& subject) {
  return Read(session, subject, "");
}

absl::StatusOr<std::vector<SubjectIssue>> LockIssuesOf(db::Transaction& tx, const Subject& subject) {
  return Read(tx, subject, " FOR UPDATE");
}

}  // namespace inspectorate::issues::store
