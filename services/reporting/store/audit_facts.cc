#include "services/reporting/store/audit_facts.h"

#include "common/base/macros.h"
#include "common/identity/issue_id.h"
#include "common/resource/description.h"
#include "services/reporting/domain/flow.h"

namespace inspectorate::reporting {
namespace {

std::string IssueName(const std::string& office, const Uuid& id) {
  return "offices/" + office + "/issues/" + FormatUuid(id);
}

int64_t CountOpen(const std::map<std::string, int>& states) {
  int64_t open = 0;
  for (const auto& [name, state] : states) open += IsOpenState(state) ? 1 : 0;
  return open;
}

void AddFlow(Flow flow, int64_t count, FlowFacts* facts) {
  switch (flow) {
    case Flow::kNone:
      return;
    case Flow::kRegistered:
      facts->registered = count;
      return;
    case Flow::kReopened:
      facts->reopened = count;
      return;
    case Flow::kClosed:
      facts->closed = count;
      return;
    case Flow::kWaived:
      facts->waived = count;
      return;
    case Flow::kTransferred:
      facts->transferred = count;
      return;
    case Flow::kMerged:
      facts->merged = count;
      return;
    case Flow::kVoided:
      facts->voided = count;
      return;
  }
}

}  // namespace

absl::StatusOr<SealedProblems> ReadSealedProblems(db::Session& session, const std::string& office,
                                                  uint64_t visits_position) {
  ASSIGN_OR_RETURN(db::Rows rows, session.Query("SELECT visit, ordinal, visits_position FROM finding_seal"
                                                " WHERE office = ? AND problem = 1",
                                                {office}));
  SealedProblems sealed;
  for (size_t i = 0; i < rows.size(); ++i) {
    const Uuid id =
        IssueId(rows.at(i, "visit").AsUuid(), static_cast<uint32_t>(rows.at(i, "ordinal").AsInt()));
    const bool consumed = rows.at(i, "visits_position").AsUint() <= visits_position;
    (consumed ? sealed.consumed : sealed.beyond).insert(IssueName(office, id));
  }
  return sealed;
}

absl::StatusOr<std::map<std::string, int>> ReadStatesAt(db::Session& session, const std::string& office,
                                                        uint64_t issues_position) {
  ASSIGN_OR_RETURN(db::Rows rows,
                   session.Query("SELECT issue, state_to FROM issue_transition WHERE office = ?"
                                 " AND position <= ? ORDER BY position",
                                 {office, issues_position}));
  std::map<std::string, int> states;
  for (size_t i = 0; i < rows.size(); ++i) {
    states[IssueName(office, rows.at(i, 0).AsUuid())] = static_cast<int>(rows.at(i, 1).AsInt());
  }
  return states;
}

absl::StatusOr<std::set<std::string>> ReadChangedAfter(db::Session& session, const std::string& office,
                                                       uint64_t issues_position) {
  ASSIGN_OR_RETURN(
      db::Rows rows,
      session.Query("SELECT DISTINCT issue FROM issue_transition WHERE office = ? AND position > ?",
                    {office, issues_position}));
  std::set<std::string> names;
  for (size_t i = 0; i < rows.size(); ++i) names.insert(IssueName(office, rows.at(i, 0).AsUuid()));
  return names;
}

absl::StatusOr<FlowFacts> ReadFlow(db::Session& session, const std::string& office, uint64_t from,
                                   uint64_t to) {
  FlowFacts facts;
  facts.from = from;
  facts.to = to;
  ASSIGN_OR_RETURN(const auto before, ReadStatesAt(session, office, from));
  ASSIGN_OR_RETURN(const auto after, ReadStatesAt(session, office, to));
  facts.open_before = CountOpen(before);
  facts.open_after = CountOpen(after);
  ASSIGN_OR_RETURN(db::Rows rows,
                   session.Query("SELECT flow, COUNT(*) AS count FROM issue_transition"
                                 " WHERE office = ? AND position > ? AND position <= ? GROUP BY flow",
                                 {office, from, to}));
  for (size_t i = 0; i < rows.size(); ++i) {
    AddFlow(static_cast<Flow>(rows.at(i, "flow").AsInt()), rows.at(i, "count").AsInt(), &facts);
  }
  return facts;
}

absl::StatusOr<CopyDigest> ReadCopies(db::Session& session, const std::string& office,
                                      const std::vector<const google::protobuf::Descriptor*>& resources) {
  CopyDigest copies;
  for (const auto* message : resources) {
    const auto& description = resource::Description::Of(message);
    std::string keys;
    for (const auto& key : description.keys()) keys += "`" + key.variable + "`, ";
    ASSIGN_OR_RETURN(db::Rows rows, session.Query("SELECT " + keys + "`revision` FROM `" +
                                                      description.table() + "` WHERE `office` = ?",
                                                  {office}));
    for (size_t i = 0; i < rows.size(); ++i) {
      std::vector<db::Value> key;
      for (size_t k = 0; k < description.keys().size(); ++k) key.push_back(rows.at(i, k));
      const std::string name = description.NameOf(key);
      const int64_t revision = rows.at(i, "revision").AsInt();
      copies.digest.Add(name, static_cast<uint64_t>(revision));
      copies.revisions[name] = revision;
    }
  }
  return copies;
}

}  // namespace inspectorate::reporting
