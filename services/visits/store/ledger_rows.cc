#include "services/visits/store/ledger_rows.h"

#include <algorithm>
#include <utility>

#include "common/base/macros.h"
#include "common/resource/table.h"

namespace inspectorate::visits {
namespace {

using resource::FromProto;
using resource::ToProto;
using resource::UuidOf;

constexpr size_t kIdsAStatement = 500;
constexpr char kDue[] = "`office` = ? AND `kind` = ? AND `window_to` >= ? AND `window_to` <= ?";

std::string NameIn(const std::string& office, std::string_view collection, const Uuid& id) {
  return id == Uuid{} ? "" : "offices/" + office + "/" + std::string(collection) + "/" + FormatUuid(id);
}

}  // namespace

absl::Status LockLedger(db::Session& session, const std::string& office) {
  return session.Query("SELECT `office` FROM `office` WHERE `office` = ? FOR UPDATE", {office}).status();
}

absl::StatusOr<std::set<Uuid>> InLedger(db::Session& session, const std::string& office,
                                        const std::vector<Uuid>& ids) {
  std::set<Uuid> found;
  for (size_t begin = 0; begin < ids.size(); begin += kIdsAStatement) {
    std::string marks;
    db::Params params = {office};
    for (size_t i = begin; i < std::min(ids.size(), begin + kIdsAStatement); ++i) {
      marks += marks.empty() ? "?" : ", ?";
      params.emplace_back(ids[i]);
    }
    ASSIGN_OR_RETURN(db::Rows rows, session.Query("SELECT `obligation` FROM `obligation` WHERE `office` = ?"
                                                  " AND `obligation` IN (" +
                                                      marks + ")",
                                                  params));
    for (size_t i = 0; i < rows.size(); ++i) found.insert(rows.at(i, 0).AsUuid());
  }
  return found;
}

absl::StatusOr<std::vector<Obligation>> OpenInMonth(db::Session& session, const std::string& office,
                                                    Date month) {
  ASSIGN_OR_RETURN(auto rows,
                   resource::Select<v1::Obligation>(
                       session, "`office` = ? AND `state` = ? AND `window_from` < ? AND `window_to` >= ?",
                       {office, v1::OPEN, NextMonth(month), month}, "ORDER BY `obligation`"));
  std::vector<Obligation> open;
  for (const v1::Obligation& row : rows) open.push_back(FactsOf(row));
  return open;
}

absl::StatusOr<std::vector<v1::Obligation>> DueBetween(db::Session& session, const std::string& office,
                                                       v1::ObligationKind kind, Date from, Date to) {
  return resource::Select<v1::Obligation>(session, kDue, {office, kind, from, to},
                                          "ORDER BY `school`, `window_from`, `ordinal`");
}

absl::Status RecordClaim(db::Session& session, const std::string& office, const Uuid& obligation,
                         const Uuid& visit) {
  return session
      .Execute("INSERT INTO `visit_claim` (`office`, `obligation`, `visit`) VALUES (?, ?, ?)",
               {office, obligation, visit})
      .status();
}

absl::StatusOr<std::map<Uuid, v1::Visit>> LastClaims(db::Session& session, const std::string& office,
                                                     v1::ObligationKind kind, Date from, Date to) {
  const std::string due = "SELECT o.`obligation` FROM `obligation` o WHERE " + std::string(kDue);
  ASSIGN_OR_RETURN(db::Rows claims,
                   session.Query("SELECT `obligation`, `visit` FROM `visit_claim` WHERE `office` = ?"
                                 " AND `obligation` IN (" +
                                     due + ") ORDER BY `visit`",
                                 {office, office, kind, from, to}));
  ASSIGN_OR_RETURN(auto visits, resource::Select<v1::Visit>(
                                    session,
                                    "`office` = ? AND `visit` IN (SELECT c.`visit` FROM `visit_claim` c"
                                    " WHERE c.`office` = ? AND c.`obligation` IN (" +
                                        due + "))",
                                    {office, office, office, kind, from, to}));
  std::map<Uuid, const v1::Visit*> by_id;
  for (const v1::Visit& visit : visits) by_id[UuidOf(visit.name())] = &visit;
  // Ids of visits grow with time: the last row of an obligation is its last claim.
  std::map<Uuid, v1::Visit> last;
  for (size_t i = 0; i < claims.size(); ++i) {
    if (auto visit = by_id.find(claims.at(i, 1).AsUuid()); visit != by_id.end()) {
      last[claims.at(i, 0).AsUuid()] = *visit->second;
    }
  }
  return last;
}

Obligation FactsOf(const v1::Obligation& record) {
  return {.id = UuidOf(record.name()),
          .school = UuidOf(record.school()),
          .area = UuidOf(record.area()),
          .kind = static_cast<ObligationKind>(record.kind()),
          .rule = record.rule(),
          .window_from = FromProto(record.window_from()),
          .window_to = FromProto(record.window_to()),
          .ordinal = record.ordinal(),
          .issue = UuidOf(record.issue()),
          .round = record.round()};
}

v1::Obligation RecordOf(const std::string& office, const Obligation& duty) {
  v1::Obligation record;
  record.set_name(NameIn(office, "obligations", duty.id));
  record.set_school("schools/" + FormatUuid(duty.school));
  record.set_area(NameIn(office, "areas", duty.area));
  record.set_kind(static_cast<v1::ObligationKind>(duty.kind));
  record.set_state(v1::OPEN);
  record.set_rule(duty.rule);
  *record.mutable_window_from() = ToProto(duty.window_from);
  *record.mutable_window_to() = ToProto(duty.window_to);
  record.set_ordinal(duty.ordinal);
  record.set_issue(NameIn(office, "issues", duty.issue));
  record.set_round(duty.round);
  return record;
}

}  // namespace inspectorate::visits
