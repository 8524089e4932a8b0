// What goes on while things are killed: inspectors, the office and the schools of a sandbox district take
// visits through the whole loop, from a visit's creation to the acceptance of each of its problems, by public
// rpcs only. What may have failed is repeated with the same request id; now and then, what has succeeded too.
#pragma once

#include <atomic>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "common/feed/watch_validators.h"
#include "common/testing/fleet.h"
#include "inspectorate/reporting/v1/audit.pb.h"
#include "tests/robustness/history.h"

namespace inspectorate::robustness {

// Where a service is reached, gates included: "visits" → target.
using Targets = std::map<std::string, std::string>;

// A school with the people who act there.
struct Place {
  std::string school{};
  rpc::Principal inspector{};
  rpc::Principal supervisor{};
};

struct District {
  std::string office{};
  int schools = 0;  // of its lists
  std::vector<Place> places{};
  rpc::Principal staff{};
};

// A sandbox office with the first `schools` schools of the demo district, kindergartens left out, and their
// people: imported and known to every service. Several may have the same.
absl::StatusOr<District> FoundDistrict(testing::Fleet& fleet, const std::string& office, int schools);

// How callers take it when they are not answered.
enum class Patience {
  kEndless,     // one attempt a record, and again until there is an answer
  kDocumented,  // what the client does by itself, with its own deadline, and no more: one record a call
};

// One caller after another: its attempts go into the history.
class Caller {
 public:
  Caller(const testing::Fleet& fleet, const Targets& targets, History& history, int process, uint64_t seed,
         const std::atomic<bool>& give_up, Patience patience = Patience::kEndless);

  // Until it is answered, or `give_up`. A write gets a request id if it has none.
  absl::Status Call(const rpc::Principal& who, const std::string& method, google::protobuf::Message& request,
                    google::protobuf::Message* response);
  template <class Response, class Request>
  absl::StatusOr<Response> Call(const rpc::Principal& who, const std::string& method, Request request) {
    Response response;
    absl::Status status = Call(who, method, request, &response);
    if (!status.ok()) return status;
    return response;
  }

  std::minstd_rand& random() { return random_; }
  bool Chance(double probability) {
    return std::uniform_real_distribution<double>(0, 1)(random_) < probability;
  }
  bool given_up() const { return give_up_; }

 private:
  absl::Status Attempt(const rpc::Principal& who, const std::string& method,
                       const google::protobuf::Message& request, google::protobuf::Message* response);
  const std::string& TokenOf(const rpc::Principal& who);
  std::string NewRequestId();

  const testing::Fleet& fleet_;
  History& history_;
  const int process_;
  std::minstd_rand random_;
  const std::atomic<bool>& give_up_;
  const Patience patience_;
  std::string token_;  // of the attempt that is being made
  std::map<std::string, std::string> tokens_;
  std::map<std::string, std::unique_ptr<rpc::Client>> clients_;
};

// One visit to a place and everything that comes of it. What stopped it; OK when all its problems were
// accepted, or it was called off.
absl::Status RunErrand(Caller& caller, const District& district, const Place& place);
// Changes a field of a school that others change as well, half of the times guarded by an etag.
absl::Status UpdateSharedSchool(Caller& caller, const District& district);
// Imports a list of the district once more, which changes nothing, and waits for the operation's end.
absl::Status ImportAgain(Caller& caller, const District& district);

struct WorkloadOptions {
  // All are spread over the districts.
  int errands = 16;    // writers of errands, each at a place of its own at a time
  int registrars = 3;  // writers who contend for few schools
  int readers = 2;     // of lists, figures and audits
  int importers = 0;   // by long-running operations
  // Whether an import that was begun is waited for in the end: one whose service was killed goes on when the
  // lease of its operation has run out.
  bool await_imports = true;
  uint64_t seed = 1;
  Patience patience = Patience::kEndless;
};

// By office and service.
using Heads = std::map<std::string, std::map<std::string, uint64_t>>;

// Runs from the constructor on. Thread-safe.
class Workload {
 public:
  Workload(testing::Fleet& fleet, const std::vector<District>& districts, const Targets& targets,
           History& history, WorkloadOptions options);
  ~Workload();

  // No new errands; those begun may go on for `patience`, then callers give up. Watchers go on.
  void Finish(std::chrono::milliseconds patience);
  // Watchers read up to these heads, then stop. False: they did not get there in time.
  bool FinishWatching(const Heads& heads, std::chrono::milliseconds patience);

  // What was seen of an office: by service, of each of its watchers.
  std::map<std::string, std::vector<feed::WatchHistory>> watches(const std::string& office);
  std::vector<reporting::v1::LoopAudit> audits(const std::string& office);
  int errands_done() const { return errands_done_; }
  // Why errands ended early, with how often: refusals show a workload that does not fit, or worse.
  std::map<std::string, int> stopped();
  // Why watches ended that the watcher did not end itself, with how often.
  std::map<std::string, int> cut_off();

 private:
  // Where a caller stands: its number among all, its district, and its number among its like there.
  struct Post {
    int process;
    const District& district;
    int number;
  };
  // Of the feed of a service: of one office, each connection for some seconds, or of all ("-"), each for as
  // long as it lasts.
  struct Watcher {
    std::string service;
    std::string office;
    feed::WatchHistory history{};
    std::map<std::string, uint64_t> at{};  // by office
  };

  void Begin(int count, std::atomic<int>& running, void (Workload::*work)(const Post& post));
  void Write(const Post& post);
  void Register(const Post& post);
  void Read(const Post& post);
  void Import(const Post& post);
  void Watch(Watcher& watcher);
  absl::Status WatchOnce(rpc::Client& client, Watcher& watcher, int connection,
                         std::chrono::steady_clock::time_point enough, std::string* epoch);
  bool GotTo(const Heads& heads);
  void Note(const absl::Status& status);

  testing::Fleet& fleet_;
  const std::vector<District>& districts_;
  const Targets targets_;
  History& history_;
  const WorkloadOptions options_;
  std::atomic<bool> stopping_ = false;
  std::atomic<bool> give_up_ = false;
  std::atomic<bool> watching_ = true;
  std::atomic<int> errands_done_ = 0;
  std::atomic<int> running_ = 0;
  std::atomic<int> importing_ = 0;
  std::mutex mutex_;
  std::vector<std::unique_ptr<Watcher>> watchers_;
  std::map<std::string, std::vector<reporting::v1::LoopAudit>> audits_;  // by office
  std::map<std::string, int> stopped_;
  std::map<std::string, int> cut_off_;
  std::vector<std::thread> callers_;
  std::vector<std::thread> watching_threads_;
};

}  // namespace inspectorate::robustness
