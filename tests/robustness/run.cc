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

constexpr char kOffice[] = "robust";  // with a number behind it
constexpr char kReporting[] = "reporting";
// Below the run's directory, for what probe.cc says there.
constexpr char kFallen[] = "/fallen";
constexpr char kOrders[] = "/orders";
constexpr const char* kServices[] = {"registry", "visits", "issues", "reporting"};
constexpr auto kRebuildLimit = std::chrono::seconds(60);
constexpr auto kLookAgain = std::chrono::milliseconds(100);
// What the contract of the feed promises, and what a busy machine may add to a fault.
constexpr auto kBookmarkEvery = std::chrono::seconds(10);
constexpr auto kSlack = std::chrono::seconds(3);

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
absl::StatusOr<std::vector<District>> SetUp(testing::Fleet& fleet, const RunOptions& options) {
  for (const char* service : kServices) RETURN_IF_ERROR(fleet.Migrate(service, Shipped(service)));
  for (const testing::Replica& replica : fleet.replicas())
    RETURN_IF_ERROR(fleet.Launch(replica, {.program = Shipped(replica.service)}));
  for (const testing::Replica& replica : fleet.replicas()) RETURN_IF_ERROR(fleet.AwaitServing(replica));
  std::vector<District> districts;
  const int schools = (options.schools + options.districts - 1) / options.districts;
  for (int i = 0; i < options.districts; ++i) {
    ASSIGN_OR_RETURN(districts.emplace_back(),
                     FoundDistrict(fleet, absl::StrCat(kOffice, "-", i + 1), schools));
  }
  for (const testing::Replica& replica : fleet.replicas()) {
    fleet.Kill9(replica);
    RETURN_IF_ERROR(fleet.Launch(replica));
  }
  return districts;
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

void Summarise(const std::vector<Record>& history, Verdict* verdict) {
  std::set<std::string> acknowledged;
  std::set<int64_t> when;
  for (const Record& record : history) {
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
    const std::string office = feed.changes.empty() ? "" : feed.changes.front().office() + ".";
    std::ofstream out(absl::StrCat(home, "/feed.", office, service, ".txt"));
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

// What was seen, by office.
using Seen = std::map<std::string, Observation>;

absl::Status SettleAll(const testing::Clients& clients, const Seen& seen, std::chrono::milliseconds limit) {
  absl::Status settled;
  for (const auto& [office, of] : seen) settled.Update(testing::Settle(clients, office, limit));
  return settled;
}

// Reporting once more, from an empty schema, by the program as it is shipped.
absl::Status Rebuild(testing::Fleet& fleet, Seen* seen) {
  for (auto& [office, of] : *seen) {
    ASSIGN_OR_RETURN(of.projection, ReadDump(fleet, kReporting, office));
  }
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
  RETURN_IF_ERROR(SettleAll(Readers(fleet), *seen, kRebuildLimit));
  for (auto& [office, of] : *seen) {
    ASSIGN_OR_RETURN(of.rebuilt, ReadDump(fleet, kReporting, office));
  }
  return absl::OkStatus();
}

// How far everything is, looked at twice.
void LookAtRest(const testing::Clients& clients, Seen* seen) {
  for (int look = 0; look < 2; ++look) {
    if (look > 0) std::this_thread::sleep_for(kLookAgain);
    for (auto& [office, of] : *seen) of.rest.push_back(ReadLook(clients, office));
  }
}

// From the last fault on: everything must come to rest by itself.
absl::Status Observe(testing::Fleet& fleet, const std::vector<District>& districts, const RunOptions& options,
                     Workload& workload, Seen* seen) {
  std::vector<std::string>& unrest = seen->begin()->second.unrest;
  const testing::Clients readers = Readers(fleet);
  if (absl::Status settled = SettleAll(readers, *seen, options.settling); !settled.ok())
    unrest.push_back(settled.ToString());
  LookAtRest(readers, seen);
  Heads heads;
  for (const District& district : districts) {
    ASSIGN_OR_RETURN(heads[district.office], ReadHeads(fleet, district.office));
  }
  workload.FinishWatching(heads, options.settling);
  for (const District& district : districts) {
    Observation& of = seen->at(district.office);
    of.watches = workload.watches(district.office);
    for (auto& [service, watches] : of.watches) {
      for (feed::WatchHistory& watch : watches) RETURN_IF_ERROR(Normalise(&watch));
    }
    of.audits = workload.audits(district.office);
    if (auto audit = Audit(fleet, district); audit.ok()) {
      of.audits.push_back(*std::move(audit));
    } else {
      unrest.push_back("the audit: " + audit.status().ToString());
    }
    RETURN_IF_ERROR(ReadState(fleet, district.office, &of));
  }
  // A fold of feeds that do not fit together says nothing more.
  if (!options.rebuild || !unrest.empty()) return absl::OkStatus();
  if (absl::Status rebuilt = Rebuild(fleet, seen); !rebuilt.ok())
    unrest.push_back("reporting from empty: " + rebuilt.ToString());
  return absl::OkStatus();
}

// Which office's it was goes before what is wrong, where there are several.
void CheckAll(const Seen& seen, bool rebuilt, Verdict* verdict) {
  for (const Checker& checker : AllCheckers()) {
    if (!rebuilt && checker.check == CheckProjectionRebuilds) continue;
    for (const auto& [office, of] : seen) {
      for (const std::string& complaint : checker.check(of))
        verdict->complaints[std::string(checker.name)].push_back(
            seen.size() > 1 ? absl::StrCat(office, ": ", complaint) : complaint);
    }
  }
}

double SecondsSince(steady_clock::time_point begin) {
  return std::chrono::duration<double>(steady_clock::now() - begin).count();
}

std::string Again(const RunOptions& options, const std::string& home) {
  return absl::StrCat("seed ", options.seed, "; history, feeds, logs and data: ", home,
                      "\nagain: ", options.replay);
}

}  // namespace

std::string Verdict::Text() const {
  std::ostringstream text;
  text << attempts << " attempts, " << acknowledged << " writes acknowledged (" << static_cast<int>(rate)
       << " a second), " << unknown << " of unknown outcome, " << errands << " loops closed or called off in "
       << static_cast<int>(seconds) << " s, after " << static_cast<int>(set_up) << " s to set up and before "
       << static_cast<int>(after) << " s to rest and look";
  for (const auto& [act, count] : acts) text << "; " << act << " " << count;
  text << "\n";
  for (const auto& [why, count] : stopped) text << "  " << count << " loops ended early: " << why << "\n";
  for (const auto& [checker, found] : complaints) {
    text << "BROKEN " << checker << "\n";
    for (const std::string& complaint : found) text << "  " << complaint << "\n";
  }
  return text.str();
}

namespace {

absl::StatusOr<Verdict> RunIn(const std::string& home, const RunOptions& options) {
  Verdict verdict;
  verdict.home = home;
  verdict.again = Again(options, home);
  const auto set_up = steady_clock::now();
  Gates gates(options.seed);
  ASSIGN_OR_RETURN(const auto fleet, testing::Fleet::Start(FleetOptionsOf(options, verdict.home, gates)));
  for (const char* folder : {kFallen, kOrders}) std::filesystem::create_directory(verdict.home + folder);
  ASSIGN_OR_RETURN(const std::vector<District> districts, SetUp(*fleet, options));
  Seen seen;
  for (const District& district : districts) {
    ASSIGN_OR_RETURN(const auto baseline, ReadHeads(*fleet, district.office));
    Observation& of = seen[district.office];
    for (const auto& [service, head] : baseline) of.feeds[service].baseline = head;
    of.longest_silence = kBookmarkEvery + LongestFault(options.nemesis) + kSlack;
  }
  Observation& any = seen.begin()->second;  // where stands what is of no office

  History history(verdict.home + "/history.jsonl");
  WorkloadOptions work = options.workload;
  work.seed = options.seed;
  verdict.set_up = SecondsSince(set_up);
  const auto begun = steady_clock::now();
  Workload workload(*fleet, districts, TargetsThrough(*fleet, gates), history, work);
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
  verdict.seconds = SecondsSince(begun);
  const auto silence = steady_clock::now();
  std::ofstream(verdict.home + "/calm") << "\n";
  if (absl::Status alive = nemesis.Stop(); !alive.ok()) any.unrest.push_back(alive.ToString());
  workload.Finish(options.loop_patience);
  verdict.acts = nemesis.done();
  verdict.acts["commits cut off"] = static_cast<int>(gates.database_counts().commits_cut);
  verdict.acts["replies to commits cut off"] = static_cast<int>(gates.database_counts().replies_cut);
  verdict.acts["replies to commits torn"] = static_cast<int>(gates.database_counts().replies_torn);

  const absl::Status observed = Observe(*fleet, districts, options, workload, &seen);
  any.ends = nemesis.ends();
  if (!observed.ok()) {  // for which whoever fell may well be the reason
    if (Complaints fell = CheckNoneFell(any); !fell.empty()) verdict.complaints["NoneFell"] = fell;
    if (!any.unrest.empty()) verdict.complaints["Settles"] = any.unrest;
    return absl::Status(observed.code(), observed.ToString() + "\n" + verdict.Text());
  }
  const std::vector<Record> records = history.Take();
  for (const Record& record : records) seen[record.office].history.push_back(record);
  verdict.errands = workload.errands_done();
  verdict.stopped = any.stopped = workload.stopped();
  Summarise(records, &verdict);
  CheckAll(seen, options.rebuild, &verdict);
  verdict.after = SecondsSince(silence);
  if (verdict.holds() && verdict.rate < options.minimum_rate)
    return absl::FailedPreconditionError("void: too little happened to show anything. " + verdict.Text());
  if (!verdict.holds()) {
    for (const auto& [office, of] : seen) WriteFeeds(of, verdict.home);
    std::ofstream(verdict.home + "/verdict.txt") << verdict.again << "\n" << verdict.Text();
  }
  return verdict;
}

}  // namespace

absl::StatusOr<Verdict> RunOnce(const RunOptions& options) {
  const std::string home = options.home.empty() ? NewHome() : options.home;
  auto verdict = RunIn(home, options);
  if (verdict.ok()) return verdict;
  return absl::Status(verdict.status().code(),
                      absl::StrCat(verdict.status().message(), "\n", Again(options, home)));
}

}  // namespace inspectorate::robustness
