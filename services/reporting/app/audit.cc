#include "services/reporting/app/audit.h"

#include <algorithm>
#include <chrono>
#include <map>
#include <set>
#include <thread>
#include <utility>
#include <vector>

#include "common/base/macros.h"
#include "common/feed/digest.h"
#include "common/roster/roster.h"
#include "common/roster/scope.h"
#include "common/status/error.h"
#include "inspectorate/feed/v1/feed.pb.h"
#include "inspectorate/issues/v1/issue.pb.h"
#include "services/reporting/app/positions.h"
#include "services/reporting/domain/equations.h"
#include "services/reporting/domain/flow.h"
#include "services/reporting/store/audit_facts.h"
#include "services/reporting/store/projection.h"

namespace inspectorate::reporting {
namespace {

using issues::v1::Stock;

constexpr char kFeed[] = "inspectorate.feed.v1.ChangeFeed.";
constexpr char kIssues[] = "inspectorate.issues.v1.Issues.";
constexpr int kPage = 1000;
constexpr auto kLookAgain = std::chrono::milliseconds(50);

const std::vector<std::pair<std::string, const std::vector<const google::protobuf::Descriptor*>*>>&
Sources() {
  static const auto* sources =
      new std::vector<std::pair<std::string, const std::vector<const google::protobuf::Descriptor*>*>>{
          {"registry", &roster::Resources()}, {"visits", &VisitsResources()}, {"issues", &IssuesResources()}};
  return *sources;
}

// Asks the owners on behalf of one audit.
class Owners {
 public:
  Owners(const Peers& peers, rpc::Call& call, std::string parent)
      : peers_(peers), call_(call), parent_(std::move(parent)) {}

  template <class Response, class Request>
  absl::StatusOr<Response> Ask(const std::string& source, const std::string& method, Request request) const {
    rpc::Client* client = peers_(source);
    if (client == nullptr) return Error(ErrorReason::PEER_UNAVAILABLE, {{"service", source}});
    request.set_parent(parent_);
    return client->Call<Response>(method, request, {.budget = &call_.budget()});
  }

  absl::StatusOr<uint64_t> HeadOf(const std::string& source) const {
    ASSIGN_OR_RETURN(const auto head,
                     Ask<feed::v1::SnapshotPosition>(source, std::string(kFeed) + "GetSnapshotPosition",
                                                     feed::v1::GetSnapshotPositionRequest()));
    return head.position();
  }

 private:
  const Peers& peers_;
  rpc::Call& call_;
  const std::string parent_;
};

// What the service of issues says of itself.
struct IssuesTable {
  struct Row {
    int state = 0;
    bool from_visit = false;
  };
  Stock stock;
  std::map<std::string, Row> rows;  // listed after `stock`, so some may be newer
};

absl::StatusOr<IssuesTable> ReadIssuesTable(const Owners& owners) {
  IssuesTable table;
  ASSIGN_OR_RETURN(table.stock, owners.Ask<Stock>("issues", std::string(kIssues) + "GetStock",
                                                  issues::v1::GetStockRequest()));
  issues::v1::ListIssuesRequest request;
  request.set_page_size(kPage);
  // An office has tens of thousands, and one call's time to be audited in.
  for (const char* field : {"state", "source"}) request.mutable_read_mask()->add_paths(field);
  do {
    ASSIGN_OR_RETURN(const auto page, owners.Ask<issues::v1::ListIssuesResponse>(
                                          "issues", std::string(kIssues) + "ListIssues", request));
    for (const auto& issue : page.issues()) {
      table.rows[issue.name()] = {.state = issue.state(),
                                  .from_visit = issue.source() == issues::v1::FROM_VISIT};
    }
    request.set_page_token(page.next_page_token());
  } while (!request.page_token().empty());
  return table;
}

// Everything the projection says, at one state of it.
struct ProjectionState {
  std::map<std::string, uint64_t> positions;
  SealedProblems sealed;
  std::map<std::string, int> states;    // at the stock's position
  std::set<std::string> changed_since;  // after it
  FlowFacts flow;
  std::map<std::string, CopyDigest> copies;
};

absl::StatusOr<ProjectionState> ReadProjection(const resource::Platform& platform, const rpc::Call& call,
                                               const std::string& office, const Positions& at_least,
                                               const Stock& stock, uint64_t flow_from, uint64_t flow_to) {
  ProjectionState state;
  RETURN_IF_ERROR(
      ReadAt(platform, call, office, at_least,
             [&](db::Session& session, const Positions& positions) -> absl::Status {
               state = ProjectionState();
               for (const auto& position : positions) {
                 state.positions[position.source()] = position.position();
               }
               ASSIGN_OR_RETURN(state.sealed, ReadSealedProblems(session, office, stock.visits_position()));
               ASSIGN_OR_RETURN(state.states, ReadStatesAt(session, office, stock.position()));
               ASSIGN_OR_RETURN(state.changed_since, ReadChangedAfter(session, office, stock.position()));
               ASSIGN_OR_RETURN(state.flow, ReadFlow(session, office, flow_from, flow_to));
               for (const auto& [source, resources] : Sources()) {
                 ASSIGN_OR_RETURN(state.copies[source], ReadCopies(session, office, *resources));
               }
               return absl::OkStatus();
             }));
  return state;
}

// Again until the projection has caught up or the caller's time is over.
absl::StatusOr<ProjectionState> AwaitProjection(const resource::Platform& platform, const rpc::Call& call,
                                                const std::string& office, const Positions& at_least,
                                                const Stock& stock, uint64_t flow_from, uint64_t flow_to) {
  for (;;) {
    auto state = ReadProjection(platform, call, office, at_least, stock, flow_from, flow_to);
    if (state.ok() || ReasonOf(state.status()) != ErrorReason::PROJECTION_BEHIND) return state;
    // The answer must still reach the caller.
    if (call.cancelled() || std::chrono::steady_clock::now() + 10 * kLookAgain > call.budget().deadline)
      return state;
    std::this_thread::sleep_for(kLookAgain);
  }
}

// The owner's rows as they were at the stock's position: those that changed while they were listed are taken
// back to what the feed says of that position.
std::map<std::string, IssuesTable::Row> RowsAtStock(const IssuesTable& table,
                                                    const ProjectionState& projection) {
  auto rows = table.rows;
  for (const std::string& name : projection.changed_since) {
    auto at = projection.states.find(name);
    if (at == projection.states.end()) {
      rows.erase(name);
    } else if (auto row = rows.find(name); row != rows.end()) {
      row->second.state = at->second;
    }
  }
  return rows;
}

Equation Capture(const IssuesTable& table, const std::map<std::string, IssuesTable::Row>& rows,
                 const ProjectionState& projection) {
  CaptureFacts facts;
  facts.sealed = projection.sealed.consumed;
  facts.in_transit = projection.sealed.beyond;
  for (const auto& [name, row] : rows) {
    if (row.from_visit) facts.registered.insert(name);
  }
  facts.visits_consumed = table.stock.visits_position();
  facts.issues_position = table.stock.position();
  return EvaluateCapture(facts);
}

std::string StateName(int state) {
  return issues::v1::IssueState_Name(static_cast<issues::v1::IssueState>(state));
}

Equation StockOf(const IssuesTable& table, const std::map<std::string, IssuesTable::Row>& rows,
                 const ProjectionState& projection) {
  StockFacts facts;
  facts.registered = table.stock.registered();
  for (const auto& row : table.stock.states()) {
    facts.rows_by_state[issues::v1::IssueState_Name(row.state())] += row.count();
  }
  for (const auto& [name, state] : projection.states) facts.ever_registered[name] = StateName(state);
  for (const auto& [name, row] : rows) facts.state_by_issue[name] = StateName(row.state);
  facts.issues_position = table.stock.position();
  return EvaluateStock(facts);
}

// What is open at the end is counted from the owner's table where that is the position asked for.
Equation FlowOfPeriod(const IssuesTable& table, const std::map<std::string, IssuesTable::Row>& rows,
                      const ProjectionState& projection) {
  FlowFacts facts = projection.flow;
  if (facts.to == table.stock.position()) {
    facts.open_after = std::count_if(rows.begin(), rows.end(),
                                     [](const auto& row) { return IsOpenState(row.second.state); });
  }
  return EvaluateFlow(facts);
}

// --- E4
// -----------------------------------------------------------------------------------------------------

DigestAt DigestOf(uint64_t position, const feed::v1::Digest& digest) {
  return {.position = position, .count = digest.count(), .sum = digest.sum()};
}

// The owner's running digest at a position, as its event there carries it.
absl::StatusOr<DigestAt> OwnerDigest(const Owners& owners, const std::string& source, uint64_t position) {
  if (position == 0) return DigestAt{.position = 0, .count = 0, .sum = feed::Digest().Sum()};
  feed::v1::ListChangesRequest request;
  request.set_after_position(position - 1);
  request.set_page_size(1);
  ASSIGN_OR_RETURN(const auto page, owners.Ask<feed::v1::ListChangesResponse>(
                                        source, std::string(kFeed) + "ListChanges", request));
  if (page.changes().empty() || page.changes(0).position() != position) {
    return absl::InternalError(source + " has no event at " + std::to_string(position));
  }
  return DigestOf(position, page.changes(0).digest());
}

// Resources that changed in (from, to] of the owner's feed.
absl::StatusOr<std::set<std::string>> ChangedBetween(const Owners& owners, const std::string& source,
                                                     uint64_t from, uint64_t to) {
  std::set<std::string> names;
  feed::v1::ListChangesRequest request;
  request.set_page_size(kPage);
  while (from < to) {
    request.set_after_position(from);
    ASSIGN_OR_RETURN(const auto page, owners.Ask<feed::v1::ListChangesResponse>(
                                          source, std::string(kFeed) + "ListChanges", request));
    if (page.changes().empty()) break;
    for (const auto& change : page.changes()) names.insert(change.resource());
    from = page.next_position();
  }
  return names;
}

std::vector<int> BucketsThatDiffer(const feed::v1::StateDigest& owner, const feed::BucketedDigest& copies) {
  std::vector<int> differ;
  for (int i = 0; i < owner.buckets_size(); ++i) {
    const feed::Digest& mine = copies.bucket(static_cast<size_t>(i));
    if (static_cast<int64_t>(mine.count()) != owner.buckets(i).count() ||
        mine.Sum() != owner.buckets(i).sum()) {
      differ.push_back(i);
    }
  }
  return differ;
}

// Names the resources that the owner's tables and the copies hold differently, from the buckets that differ.
// What the owner has changed since the copy's position is no difference.
absl::Status NameDifferences(const Owners& owners, const feed::v1::StateDigest& table,
                             const CopyDigest& copies, ProjectionFacts* facts) {
  const std::vector<int> differ = BucketsThatDiffer(table, copies.digest);
  if (differ.empty()) return absl::OkStatus();
  feed::v1::GetStateDigestRequest request;
  request.mutable_bucket_entries()->Assign(differ.begin(), differ.end());
  ASSIGN_OR_RETURN(const auto entries, owners.Ask<feed::v1::StateDigest>(
                                           facts->source, std::string(kFeed) + "GetStateDigest", request));
  ASSIGN_OR_RETURN(const auto changed,
                   ChangedBetween(owners, facts->source, facts->copy.position, entries.position()));
  const std::set<int> wanted(differ.begin(), differ.end());
  std::set<std::string> theirs;
  std::set<std::string> ours;
  for (const auto& entry : entries.entries()) {
    if (changed.contains(entry.resource())) continue;
    theirs.insert(entry.resource() + "@" + std::to_string(entry.revision()));
  }
  for (const auto& [name, revision] : copies.revisions) {
    if (changed.contains(name) || !wanted.contains(static_cast<int>(feed::BucketedDigest::BucketOf(name)))) {
      continue;
    }
    ours.insert(name + "@" + std::to_string(revision));
  }
  std::set_difference(theirs.begin(), theirs.end(), ours.begin(), ours.end(),
                      std::back_inserter(facts->only_owner));
  std::set_difference(ours.begin(), ours.end(), theirs.begin(), theirs.end(),
                      std::back_inserter(facts->only_copy));
  return absl::OkStatus();
}

absl::StatusOr<ProjectionFacts> CompareSource(const Owners& owners, const std::string& source,
                                              uint64_t position, const CopyDigest& copies) {
  ProjectionFacts facts;
  facts.source = source;
  const feed::Digest mine = copies.digest.Total();
  facts.copy = {.position = position, .count = static_cast<int64_t>(mine.count()), .sum = mine.Sum()};
  ASSIGN_OR_RETURN(facts.owner, OwnerDigest(owners, source, position));
  feed::v1::GetStateDigestRequest request;
  request.set_with_buckets(true);
  ASSIGN_OR_RETURN(const auto table,
                   owners.Ask<feed::v1::StateDigest>(source, std::string(kFeed) + "GetStateDigest", request));
  facts.owner_table = DigestOf(table.position(), table.digest());
  ASSIGN_OR_RETURN(facts.owner_at_table, OwnerDigest(owners, source, table.position()));
  if (facts.owner != facts.copy || facts.owner_table != facts.owner_at_table) {
    RETURN_IF_ERROR(NameDifferences(owners, table, copies, &facts));
  }
  return facts;
}

absl::StatusOr<Equation> CompareProjection(const Owners& owners, const ProjectionState& projection) {
  std::vector<ProjectionFacts> sources;
  for (const auto& [source, resources] : Sources()) {
    const auto at = projection.positions.find(source);
    const uint64_t position = at == projection.positions.end() ? 0 : at->second;
    ASSIGN_OR_RETURN(ProjectionFacts facts,
                     CompareSource(owners, source, position, projection.copies.at(source)));
    sources.push_back(std::move(facts));
  }
  return EvaluateProjection(sources);
}

// --- The answer
// ---------------------------------------------------------------------------------------------

void AddPosition(const std::string& source, uint64_t position, Positions* positions) {
  v1::Position* out = positions->Add();
  out->set_source(source);
  out->set_position(position);
}

void AddTerms(const std::vector<Term>& terms, google::protobuf::RepeatedPtrField<v1::Term>* out) {
  for (const Term& term : terms) {
    v1::Term* to = out->Add();
    to->set_label(term.label_zh);
    to->set_value(term.value);
  }
}

void AddEquation(const Equation& equation, v1::LoopAudit* audit) {
  v1::Equation* out = audit->add_equations();
  out->set_code(equation.code);
  out->set_holds(equation.holds);
  out->set_text_zh(equation.text_zh);
  out->set_text_en(equation.text_en);
  AddTerms(equation.left, out->mutable_left());
  AddTerms(equation.right, out->mutable_right());
  out->mutable_only_left()->Assign(equation.only_left.begin(), equation.only_left.end());
  out->mutable_only_right()->Assign(equation.only_right.begin(), equation.only_right.end());
  out->mutable_in_transit()->Assign(equation.in_transit.begin(), equation.in_transit.end());
  for (const Position& position : equation.positions) {
    AddPosition(position.source, position.position, out->mutable_positions());
  }
  audit->set_holds(audit->holds() && equation.holds);
}

}  // namespace

absl::StatusOr<v1::LoopAudit> RunLoopAudit(const resource::Platform& platform, const Peers& peers,
                                           rpc::Call& call, const v1::RunLoopAuditRequest& request) {
  const std::string office = resource::SlugOf(request.parent());
  RETURN_IF_ERROR(platform.database.Read(call.budget(), [&](db::Session& session) {
    return roster::ReachForRead(session, call, office, Date{}).status();
  }));
  const Owners owners(peers, call, request.parent());
  ASSIGN_OR_RETURN(const IssuesTable table, ReadIssuesTable(owners));
  const uint64_t flow_to = request.flow_to() == 0 ? table.stock.position() : request.flow_to();
  if (request.flow_from() > flow_to) return Error(ErrorReason::PERIOD_INVALID);

  Positions at_least;
  for (const auto& [source, resources] : Sources()) {
    ASSIGN_OR_RETURN(uint64_t head, owners.HeadOf(source));
    if (source == "issues" && flow_to > head) {
      return Error(ErrorReason::FEED_POSITION_AHEAD,
                   {{"position", std::to_string(flow_to)}, {"head", std::to_string(head)}});
    }
    AddPosition(source, head, &at_least);
  }
  ASSIGN_OR_RETURN(
      const ProjectionState projection,
      AwaitProjection(platform, call, office, at_least, table.stock, request.flow_from(), flow_to));

  const auto rows = RowsAtStock(table, projection);
  v1::LoopAudit audit;
  audit.set_holds(true);
  AddEquation(Capture(table, rows, projection), &audit);
  AddEquation(StockOf(table, rows, projection), &audit);
  AddEquation(FlowOfPeriod(table, rows, projection), &audit);
  ASSIGN_OR_RETURN(const Equation compared, CompareProjection(owners, projection));
  AddEquation(compared, &audit);
  for (const auto& [source, position] : projection.positions)
    AddPosition(source, position, audit.mutable_positions());
  return audit;
}

}  // namespace inspectorate::reporting
