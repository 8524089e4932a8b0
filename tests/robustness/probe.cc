// Linked into the probes, which are the services' programs made to fail on purpose: arms failpoints and
// breaks cures as the environment says, before main begins.
//
//   INSPECTORATE_FAILPOINTS="after_commit_before_reply:kill@0.02,before_commit:delay=50@0.1;seed=7"
//   INSPECTORATE_SABOTAGE="version_checked"
//
//   INSPECTORATE_FAILPOINTS_UNTIL=FILE: once FILE is there nothing fails any more
//
// Actions: kill (SIGKILL to itself), abort (which nobody may overlook), delay=MILLISECONDS, fail (the reply
// counts as lost; at lock_wait_after_statement the statement as timed out). Each with a probability.
//
//   INSPECTORATE_ORDERS=DIRECTORY: DIRECTORY/POINT is an order to kill the database when POINT is reached
//   next. Whoever takes the order, which removes the file, does so: before it goes on, the database is gone.
//   INSPECTORATE_DATABASE_PID_FILE=FILE: where its number stands
//
//   INSPECTORATE_FALLEN=DIRECTORY: who kills itself leaves a file there, named by its number, with the point
#include <signal.h>
#include <sys/resource.h>
#include <unistd.h>

#include <atomic>
#include <charconv>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <map>
#include <mutex>
#include <random>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "common/base/sabotage.h"
#include "common/db/failpoint.h"

namespace inspectorate {
namespace {

struct Arming {
  std::string point;
  enum { kKill, kAbort, kDelay, kFail } action = kFail;
  int delay_ms = 0;
  double probability = 0;
};

struct Plan {
  std::vector<Arming> armings;
  uint64_t seed = 1;
};

[[noreturn]] void Refuse(std::string_view what) {
  std::fprintf(stderr, "INSPECTORATE_FAILPOINTS: %.*s\n", static_cast<int>(what.size()), what.data());
  std::_Exit(2);
}

Arming ReadArming(std::string_view text) {
  const size_t colon = text.find(':');
  const size_t at = text.find('@');
  if (colon == std::string_view::npos || at == std::string_view::npos || at < colon) Refuse(text);
  Arming arming{.point = std::string(text.substr(0, colon)),
                .probability = std::strtod(std::string(text.substr(at + 1)).c_str(), nullptr)};
  const std::string_view action = text.substr(colon + 1, at - colon - 1);
  if (action == "kill") {
    arming.action = Arming::kKill;
  } else if (action == "abort") {
    arming.action = Arming::kAbort;
  } else if (action.starts_with("delay=")) {
    arming.action = Arming::kDelay;
    arming.delay_ms = std::atoi(std::string(action.substr(6)).c_str());
  } else if (action != "fail") {
    Refuse(text);
  }
  return arming;
}

Plan ReadPlan(std::string_view text) {
  Plan plan;
  const size_t semicolon = text.find(';');
  if (semicolon != std::string_view::npos && text.substr(semicolon + 1).starts_with("seed="))
    plan.seed = std::strtoull(std::string(text.substr(semicolon + 6)).c_str(), nullptr, 10);
  text = text.substr(0, semicolon);
  while (!text.empty()) {
    const size_t comma = text.find(',');
    plan.armings.push_back(ReadArming(text.substr(0, comma)));
    text = comma == std::string_view::npos ? std::string_view() : text.substr(comma + 1);
  }
  return plan;
}

bool Calm() {
  static const char* const file = std::getenv("INSPECTORATE_FAILPOINTS_UNTIL");
  return file != nullptr && access(file, F_OK) == 0;
}

[[noreturn]] void KillMyself(std::string_view point) {
  if (const char* fallen = std::getenv("INSPECTORATE_FALLEN"))
    std::ofstream(std::string(fallen) + "/" + std::to_string(getpid())) << point << std::flush;
  kill(getpid(), SIGKILL);
  std::_Exit(2);
}

[[noreturn]] void Abort() {
  const rlimit no_core{};
  setrlimit(RLIMIT_CORE, &no_core);
  std::abort();
}

// Gone as far as anybody can tell: its connections are closed, only its parent has not looked yet.
bool IsGone(pid_t pid) {
  std::ifstream stat("/proc/" + std::to_string(pid) + "/stat");
  std::string text;
  std::getline(stat, text);
  const size_t state = text.rfind(')');
  return state == std::string::npos || text.compare(state, 3, ") Z") == 0;
}

void KillDatabase() {
  const char* file = std::getenv("INSPECTORATE_DATABASE_PID_FILE");
  pid_t pid = 0;
  if (file == nullptr || !(std::ifstream(file) >> pid) || pid <= 1) return;
  kill(pid, SIGKILL);
  for (int i = 0; i < 2000 && !IsGone(pid); ++i) std::this_thread::sleep_for(std::chrono::milliseconds(1));
}

// Of all who come by, one takes it.
bool TakesOrder(std::string_view point) {
  static const char* const orders = std::getenv("INSPECTORATE_ORDERS");
  return orders != nullptr && unlink((std::string(orders) + "/" + std::string(point)).c_str()) == 0;
}

bool Hit(const Plan& plan, std::string_view point) {
  if (TakesOrder(point)) {
    KillDatabase();
    return true;  // nobody has heard of a COMMIT that was carried out
  }
  static std::mutex mutex;
  static std::minstd_rand random(static_cast<std::minstd_rand::result_type>(plan.seed + 1));
  bool failed = false;
  for (const Arming& arming : plan.armings) {
    if (arming.point != point) continue;
    double dice = 0;
    {
      std::lock_guard<std::mutex> lock(mutex);
      dice = std::uniform_real_distribution<double>(0, 1)(random);
    }
    if (dice >= arming.probability || Calm()) continue;
    if (arming.action == Arming::kKill) KillMyself(point);
    if (arming.action == Arming::kAbort) Abort();
    if (arming.action == Arming::kDelay)
      std::this_thread::sleep_for(std::chrono::milliseconds(arming.delay_ms));
    failed = failed || arming.action == Arming::kFail;
  }
  return failed;
}

[[maybe_unused]] const bool armed = [] {
  const char* text = std::getenv("INSPECTORATE_FAILPOINTS");
  const Plan plan = text == nullptr ? Plan() : ReadPlan(text);
  if (plan.armings.empty() && std::getenv("INSPECTORATE_ORDERS") == nullptr) return false;
  db::SetFailpoint([plan](std::string_view point, uint64_t) { return Hit(plan, point); });
  return true;
}();

}  // namespace

namespace sabotage {

bool Broken(std::string_view cure) {
  static const char* const broken = std::getenv("INSPECTORATE_SABOTAGE");
  return broken != nullptr && cure == broken;
}

uint64_t AutoIncrement(std::string_view sequence, uint64_t last) {
  static std::mutex mutex;
  static std::map<std::string, uint64_t, std::less<>> numbers;
  std::lock_guard<std::mutex> lock(mutex);
  uint64_t& number = numbers[std::string(sequence)];
  number = std::max(number, last) + 1;
  return number;
}

}  // namespace sabotage
}  // namespace inspectorate
