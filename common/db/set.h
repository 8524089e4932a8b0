// A set of calls on one thread: each in a fiber of its own, their statements gathered and done together,
// their transactions one transaction of the server. Internal to common/db; docs/decisions/0022 says why this
// is sound.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/fiber.h"
#include "common/db/pooled_database.h"
#include "common/db/set_locks.h"
#include "common/db/statement.h"

namespace inspectorate::db {

class Set {
 public:
  Set() = default;
  Set(const Set&) = delete;
  Set& operator=(const Set&) = delete;

  // The set whose member runs on this thread now, when it works on `database`; null otherwise.
  static Set* Of(PooledDatabase& database);

  TogetherReport Run(const std::vector<std::function<void()>>& calls);

  // For the member that runs.
  absl::Status Read(const Budget& budget, const std::function<absl::Status(Session&)>& fn);
  absl::Status Transact(const Budget& budget, const TxOptions& options,
                        const std::function<absl::Status(Transaction&)>& fn, bool resolve);

 private:
  class SetSession;
  class Channel;

  enum class Wait {
    kNothing,    // may run
    kStatement,  // for the result of `request`
    kJoint,      // for a joint step
    kVerdict,    // its closure has ended: for the end of the round
    kRound,      // for the next round
    kAlone,      // for the thread without a round
    kEnd         // has ended
  };
  // What becomes of a closure that has ended.
  enum class Verdict { kStands, kAgain, kAlone, kUnknown, kHopeless };

  struct Request {
    std::shared_ptr<const Statement> statement;
    const Params* params;
    bool query;     // else a statement that writes
    bool in_round;  // else in autocommit
    const RowUpdate* row = nullptr;
    std::optional<Touched> touched{};
    absl::Status status{};
    Rows rows{};
    uint64_t count = 0;
  };

  struct Member {
    size_t index = 0;
    std::unique_ptr<Fiber> fiber;
    Wait wait = Wait::kNothing;
    uint64_t since = 0;  // order in which the waiting began
    const Budget* budget = nullptr;
    Request* request = nullptr;

    // Its part of the round.
    SetSession* session = nullptr;  // null: takes no part
    Joint when = Joint::kFirst;
    void* entry = nullptr;
    const Session::JointStep* step = nullptr;
    absl::Status joint_status;
    bool ok = false;     // its closure ended well
    bool wrote = false;  // outside joint steps
    bool again = false;  // whatever its closure returns, it runs again
    bool alone = false;  // it must not run in a set again
    int rounds = 0;
    Verdict verdict = Verdict::kStands;
  };
  using Members = std::vector<Member*>;

  // One transaction of the server.
  struct Round {
    std::unique_ptr<Pool::Lease> lease;  // once it has begun
    int members = 0;
    absl::Status broken;    // why it cannot be committed
    bool hopeless = false;  // and why it need not be tried again
  };

  // In a fiber.
  void Suspend(Wait wait);
  void Ask(Request& request);
  absl::Status TakePart(SetSession& session, Joint when, void* entry, const Session::JointStep& step);
  Verdict End(const absl::Status& status);

  // On the thread.
  bool ResumeReady();  // false: all have ended
  bool RunStatements();
  bool RunJointStep();
  bool BreakCycle();
  bool CloseRound();
  bool LetOneRunAlone();

  void RunStep(const Members& members);
  void RunGroup(const Members& group);
  void RunReads(Channel& channel, const Members& group);
  void MergeReads(Channel& channel, const std::vector<Members>& distinct);
  bool MergeChunk(Channel& channel, const std::vector<Members>& chunk);
  void RunInserts(Channel& channel, const Members& group);
  void RunUpdates(Channel& channel, const Members& group);
  Members StillThere(Channel& channel, const Members& chunk);
  void RunOne(Channel& channel, const Members& same);
  bool TellWhoseTimeIsOver(const Members& members);
  void Deliver(Member& member, const absl::Status& status);

  bool BeginRound(const Members& waiting);
  void Break(const absl::Status& why, bool hopeless = false);
  void Settle(const PooledDatabase::Attempt& outcome);
  void NextRound();
  void Ready(Member& member);
  Members Waiting(Wait wait) const;  // in order of arrival
  Budget Shortest(const Members& members) const;

  PooledDatabase* database_ = nullptr;  // of all members; another one's calls run by themselves
  std::vector<std::unique_ptr<Member>> members_;
  Member* running_ = nullptr;
  uint64_t clock_ = 0;

  std::unique_ptr<Pool::Lease> lane_;  // of the reads in autocommit
  int readers_ = 0;

  Round round_;
  SetLocks locks_;
  int limit_ = 0;  // members of a round: halved when one fails, so that at last each runs alone
  int failures_ = 0;
  TogetherReport report_;
};

}  // namespace inspectorate::db
