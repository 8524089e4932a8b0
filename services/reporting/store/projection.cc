#include "services/reporting/store/projection.h"

#include "common/base/macros.h"
#include "common/resource/description.h"
#include "inspectorate/issues/v1/attachment.pb.h"
#include "inspectorate/issues/v1/issue.pb.h"
#include "inspectorate/issues/v1/notice.pb.h"
#include "inspectorate/visits/v1/obligation.pb.h"
#include "inspectorate/visits/v1/plan.pb.h"
#include "inspectorate/visits/v1/visit.pb.h"
#include "reporting_migrations.h"
#include "services/reporting/domain/flow.h"

namespace inspectorate::reporting {
namespace {

using feed::v1::Change;
using google::protobuf::Descriptor;
using issues::v1::Issue;
using visits::v1::Finding;

absl::Status NoteSeal(db::Session& db, const Change& change) {
  Finding finding;
  if (!change.after().UnpackTo(&finding)) return absl::OkStatus();
  if (finding.sealed_in() == 0) return absl::OkStatus();
  const auto& description = resource::Description::Of<Finding>();
  ASSIGN_OR_RETURN(auto key, description.KeyOf(finding.name()));
  // Sealed once: a later change of a sealed finding's row seals nothing anew.
  return db
      .Execute(
          "INSERT INTO finding_seal (office, visit, ordinal, visits_position, problem) VALUES (?, ?, ?, ?, ?)"
          " ON DUPLICATE KEY UPDATE ordinal = VALUES(ordinal)",
          {change.office(), key[1], finding.ordinal(), change.position(),
           finding.kind() == visits::v1::PROBLEM ? 1 : 0})
      .status();
}

absl::Status NoteTransition(db::Session& db, const Change& change) {
  Issue issue;
  if (!change.after().UnpackTo(&issue)) return absl::OkStatus();
  const Uuid id = resource::UuidOf(issue.name());
  ASSIGN_OR_RETURN(db::Rows last,
                   db.Query("SELECT state_to FROM issue_transition WHERE office = ? AND issue = ?"
                            " ORDER BY position DESC LIMIT 1",
                            {change.office(), id}));
  const int from = last.empty() ? 0 : static_cast<int>(last.at(0, 0).AsInt());
  const int to = issue.state();
  return db
      .Execute(
          "INSERT INTO issue_transition (office, position, issue, event, state_from, state_to, flow, reports,"
          " look_backs, occur_time) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
          {change.office(), change.position(), id, change.event(), from, to,
           static_cast<int>(FlowOf(from, to)), issue.reports_size(), issue.look_backs_size(),
           resource::FromProto(change.occur_time())})
      .status();
}

// Copies, then notes each change.
feed::Apply CopyAndNote(const std::vector<const Descriptor*>& resources,
                        absl::Status (*note)(db::Session&, const Change&)) {
  return [copy = feed::CopyInto(resources), note](work::Unit& unit,
                                                  const std::vector<Change>& changes) -> absl::Status {
    RETURN_IF_ERROR(copy(unit, changes));
    for (const Change& change : changes) RETURN_IF_ERROR(note(unit.db(), change));
    return absl::OkStatus();
  };
}

}  // namespace

std::vector<db::Migration> Migrations() { return db::MigrationsFrom(reporting_migrations); }

const std::vector<const Descriptor*>& VisitsResources() {
  using namespace visits::v1;
  static const auto* resources =
      new std::vector<const Descriptor*>{Obligation::descriptor(), Plan::descriptor(), PlanItem::descriptor(),
                                         Visit::descriptor(), Finding::descriptor()};
  return *resources;
}

const std::vector<const Descriptor*>& IssuesResources() {
  using namespace issues::v1;
  static const auto* resources =
      new std::vector<const Descriptor*>{Issue::descriptor(), Notice::descriptor(), Attachment::descriptor()};
  return *resources;
}

feed::Apply ApplyVisits() { return CopyAndNote(VisitsResources(), NoteSeal); }
feed::Apply ApplyIssues() { return CopyAndNote(IssuesResources(), NoteTransition); }

}  // namespace inspectorate::reporting
