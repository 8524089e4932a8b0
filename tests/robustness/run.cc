#include "tests/robustness/run.h"

#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <set>
#include <sstream>
#include <thread>

#include "absl/strings/str_cat.h"
#include "common/base/macros.h"
#include "tests/robustness/observe.h"

namespace inspectorate::robustness {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

constexpr char kOffice[] = "robust";
constexpr char kReporting[] = "reporting";
// Below the run's directory, for what probe.cc says there.
constexpr char kFallen[] = "/fallen";
constexpr char kOrders[] = "/orders";
constexpr const char* kServices[] = {"registry", "visits", "issues", "reporting"};
constexpr auto kRebuildLimit = std::chrono::seconds(60);
constexpr auto kErrandPatience = std::chrono::seconds(10);

testing::Clients Readers(const testing::Fleet& fleet) {
  testing::Clients clients;
  for (const char* service : kServices) clients[service] = fleet.ClientOf(service, testing::FeedReader());
  return clients;
}

testing::FleetOptions FleetOptionsOf(const RunOptions& options, const std::string& home, Gates& gates) {
  testing::FleetOptions fleet;
  fleet.home = home;
  for (const char* service : kServices) {
    fleet.program_names[service] = std::string(service) + "_probe";
    fleet.replicas[service] = options.replicas;
  }
  if (!options.failpoints.empty())
    fleet.environment.push_back("INSPECTORATE_FAILPOINTS=" + options.failpoints +
                                ";seed=" + std::to_string(options.seed));
  fleet.environment.push_back("INSPECTORATE_FAILPOINTS_UNTIL=" + home + "/calm");
  fleet.environment.push_back("INSPECTORATE_FALLEN=" + home + kFallen);
  if (!options.external) {
    fleet.environment.push_back("INSPECTORATE_ORDERS=" + home + kOrders);
    fleet.environment.push_back("INSPECTORATE_DATABASE_PID_FILE=" + home + "/db/server.pid");
  }
  if (!options.sabotage.empty()) fleet.environment.push_back("INSPECTORATE_SABOTAGE=" + options.sabotage);
  fleet.external = options.external;
  fleet.database_route = [&gates](const testing::Replica& process, const std::string& address) {
    return gates.ToDatabase(process, address);
  };
  fleet.peer_route = [&gates](const testing::Replica&, const testing::Replica& peer,
                              const std::string& address) { return gates.ToReplica(peer, address); };
  fleet.launch = false;
  return fleet;
}

std::string Shipped(const std::string& service) {
  const char* const programs = std::getenv("INSPECTORATE_BIN");
  return (programs == nullptr ? std::string(".") : std::string(programs)) + "/" + service;
}

// Setting up is not what is tested: the programs as they are shipped, and no faults. Then those that fail
// take their places.
absl::StatusOr<District> SetUp(testing::Fleet& fleet, const RunOptions& options) {
  for (const char* service : kServices) RETURN_IF_ERROR(fleet.Migrate(service, Shipped(service)));
  for (const testing::Replica& replica : fleet.replicas())
    RETURN_IF_ERROR(fleet.Launch(replica, {.program = Shipped(replica.service)}));
  for (const testing::Replica& replica : fleet.replicas()) RETURN_IF_ERROR(fleet.AwaitServing(replica));
  ASSIGN_OR_RETURN(District district, FoundDistrict(fleet, kOffice, options.schools));
  for (const testing::Replica& replica : fleet.replicas()) {
    fleet.Kill9(replica);
    RETURN_IF_ERROR(fleet.Launch(replica));
  }
  return district;
}

Targets TargetsThrough(const testing::Fleet& fleet, Gates& gates) {
  Targets targets;
  for (const testing::Replica& replica : fleet.replicas()) {
    std::string& target = targets[replica.service];
    target += (target.empty() ? "ipv4:" : ",") + gates.ToReplica(replica, fleet.address(replica));
  }
  return targets;
}

absl::StatusOr<reporting::v1::LoopAudit> Audit(const testing::Fleet& fleet, const District& district) {
  reporting::v1::RunLoopAuditRequest request;
  request.set_parent("offices/" + district.office);
  return fleet.ClientOf("reporting", district.staff)
      ->Call<reporting::v1::LoopAudit>("inspectorate.reporting.v1.LoopAudits.RunLoopAudit", request,
                                       {.deadline = std::chrono::seconds(30), .max_attempts = 10});
}

void Summarise(const Observation& seen, Verdict* verdict) {
  std::set<std::string> acknowledged;
  std::set<int64_t> when;
  for (const Record& record : seen.history) {
    ++verdict->attempts;
    if (record.outcome == Outcome::kUnknown) ++verdict->unknown;
    if (!record.write() || record.outcome != Outcome::kOk) continue;
    acknowledged.insert(record.request_id);
    when.insert(record.return_us);
  }
  for (auto it = when.begin(); it != when.end() && std::next(it) != when.end(); ++it)
    verdict->longest_gap =
        std::max(verdict->longest_gap, static_cast<double>(*std::next(it) - *it) / 1000000);
  verdict->acknowledged = static_cast<int>(acknowledged.size());
  verdict->rate = verdict->acknowledged / std::max(verdict->seconds, 0.001);
}

// What the checkers saw of the feeds, one change a line: for whoever looks into a failure.
void WriteFeeds(const Observation& seen, const std::string& home) {
  for (const auto& [service, feed] : seen.feeds) {
    std::ofstream out(absl::StrCat(home, "/feed.", service, ".txt"));
    for (const auto& change : feed.changes) {
      out << change.position() << " " << change.event() << " " << change.resource() << " r"
          << change.revision() << " request " << change.request_id() << " by " << change.actor() << " tx "
          << change.transaction() << " " << change.transaction_index() << "/" << change.transaction_count()
          << "\n";
    }
  }
}

std::string NewHome() {
  std::string pattern = (std::filesystem::temp_directory_path() / "insp-robust-XXXXXX").string();
  return mkdtemp(pattern.data()) == nullptr ? std::string() : pattern;
}

// Reporting once more, from an empty schema, by the program as it is shipped.
absl::Status Rebuild(testing::Fleet& fleet, const District& district, Observation* seen) {
  ASSIGN_OR_RETURN(seen->projection, ReadDump(fleet, kReporting, district.office));
  std::vector<testing::Replica> replicas;
  for (const testing::Replica& replica : fleet.replicas()) {
    if (replica.service == kReporting) replicas.push_back(replica);
  }
  for (const testing::Replica& replica : replicas) fleet.Kill9(replica);
  RETURN_IF_ERROR(DropSchema(fleet, kReporting));
  RETURN_IF_ERROR(fleet.Migrate(kReporting, Shipped(kReporting)));
  for (const testing::Replica& replica : replicas)
    RETURN_IF_ERROR(fleet.Launch(replica, {.program = Shipped(kReporting)}));
  for (const testing::Replica& replica : replicas) RETURN_IF_ERROR(fleet.AwaitServing(replica));
  RETURN_IF_ERROR(testing::Settle(Readers(fleet), district.office, kRebuildLimit));
  ASSIGN_OR_RETURN(seen->rebuilt, ReadDump(fleet, kReporting, district.office));
  return absl::OkStatus();
}

// From the last fault on: everything must come to rest by itself.
absl::Status Observe(testing::Fleet& fleet, const District& district, const RunOptions& options,
                     Workload& workload, Verdict* verdict, Observation* seen) {
  if (absl::Status settled = testing::Settle(Readers(fleet), district.office, options.settling);
      !settled.ok())
    verdict->complaints["Settles"].push_back(settled.ToString());
  ASSIGN_OR_RETURN(const auto heads, ReadHeads(fleet, district.office));
  workload.FinishWatching(heads, options.settling);
  seen->watches = workload.watches();
  seen->audits = workload.audits();
  if (auto audit = Audit(fleet, district); audit.ok()) {
    seen->audits.push_back(*std::move(audit));
  } else {
    verdict->complaints["Settles"].push_back("the audit: " + audit.status().ToString());
  }
  RETURN_IF_ERROR(ReadState(fleet, district.office, seen));
  // A fold of feeds that do not fit together says nothing more.
  if (!options.rebuild || !verdict->complaints.empty()) return absl::OkStatus();
  if (absl::Status rebuilt = Rebuild(fleet, district, seen); !rebuilt.ok())
    verdict->complaints["Settles"].push_back("reporting from empty: " + rebuilt.ToString());
  return absl::OkStatus();
}

}  // namespace

std::string Verdict::Text() const {
  std::ostringstream text;
  text << attempts << " attempts, " << acknowledged << " writes acknowledged (" << static_cast<int>(rate)
       << " a second), " << unknown << " of unknown outcome, " << errands << " loops closed or called off in "
       << static_cast<int>(seconds) << " s";
  for (const auto& [act, count] : acts) text << "; " << act << " " << count;
  text << "\n";
  for (const auto& [why, count] : stopped) text << "  " << count << " loops ended early: " << why << "\n";
  for (const auto& [checker, found] : complaints) {
    text << "BROKEN " << checker << "\n";
    for (const std::string& complaint : found) text << "  " << complaint << "\n";
  }
  return text.str();
}

absl::StatusOr<Verdict> RunOnce(const RunOptions& options) {
  Verdict verdict;
  verdict.home = options.home.empty() ? NewHome() : options.home;
  Gates gates(options.seed);
  ASSIGN_OR_RETURN(const auto fleet, testing::Fleet::Start(FleetOptionsOf(options, verdict.home, gates)));
  for (const char* folder : {kFallen, kOrders}) std::filesystem::create_directory(verdict.home + folder);
  ASSIGN_OR_RETURN(const District district, SetUp(*fleet, options));
  Observation seen;
  ASSIGN_OR_RETURN(const auto baseline, ReadHeads(*fleet, district.office));
  for (const auto& [service, head] : baseline) seen.feeds[service].baseline = head;

  History history(verdict.home + "/history.jsonl");
  WorkloadOptions work = options.workload;
  work.seed = options.seed;
  const auto begun = steady_clock::now();
  Workload workload(*fleet, district, TargetsThrough(*fleet, gates), history, work);
  NemesisOptions plan = options.nemesis;
  plan.seed = options.seed;
  plan.fallen = verdict.home + kFallen;
  plan.orders = verdict.home + kOrders;
  if (options.external)
    std::erase_if(plan.acts,
                  [](const std::string& act) { return act.find("database") != std::string::npos; });
  Nemesis nemesis(*fleet, gates, plan);
  if (options.meanwhile) {
    options.meanwhile();
  } else {
    std::this_thread::sleep_for(options.length);
  }
  verdict.seconds = std::chrono::duration<double>(steady_clock::now() - begun).count();
  std::ofstream(verdict.home + "/calm") << "\n";
  if (absl::Status alive = nemesis.Stop(); !alive.ok())
    verdict.complaints["Settles"].push_back(alive.ToString());
  workload.Finish(kErrandPatience);
  verdict.acts = nemesis.done();
  verdict.acts["commits cut off"] = static_cast<int>(gates.database_counts().commits_cut);
  verdict.acts["replies to commits cut off"] = static_cast<int>(gates.database_counts().replies_cut);

  const absl::Status observed = Observe(*fleet, district, options, workload, &verdict, &seen);
  seen.ends = nemesis.ends();
  if (!observed.ok()) {  // for which whoever fell may well be the reason
    if (Complaints fell = CheckNoneFell(seen); !fell.empty()) verdict.complaints["NoneFell"] = fell;
    return absl::Status(observed.code(), observed.ToString() + "\n" + verdict.Text());
  }
  seen.history = history.Take();
  verdict.errands = workload.errands_done();
  verdict.stopped = workload.stopped();
  Summarise(seen, &verdict);
  for (const Checker& checker : AllCheckers()) {
    if (!options.rebuild && checker.check == CheckProjectionRebuilds) continue;
    if (Complaints found = checker.check(seen); !found.empty())
      verdict.complaints[std::string(checker.name)] = std::move(found);
  }
  if (verdict.holds() && verdict.rate < options.minimum_rate)
    return absl::FailedPreconditionError("void: too little happened to show anything. " + verdict.Text());
  if (!verdict.holds()) {
    WriteFeeds(seen, verdict.home);
    std::ofstream(verdict.home + "/verdict.txt") << "seed " << options.seed << "\n" << verdict.Text();
  }
  return verdict;
}

}  // namespace inspectorate::robustness
