#include "common/db/set.h"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <iterator>
#include <thread>
#include <unordered_map>
#include <utility>

#include "common/base/macros.h"
#include "common/base/sabotage.h"
#include "common/db/failpoint.h"
#include "common/db/sql_error.h"
#include "common/status/error.h"

namespace inspectorate::db {
namespace {

using std::chrono::steady_clock;

constexpr size_t kMostMerged = 64;
// Servers refuse long packets, and some close the connection then.
constexpr size_t kMostBytes = 1 << 20;
// Rounds in a row that a member is taken out of before it runs by itself.
constexpr int kMostRounds = 8;

thread_local Set* current_set = nullptr;

// Equal only for parameters that any statement must take for equal.
std::string Exactly(const Params& params, size_t except) {
  std::string text;
  for (size_t i = 0; i < params.size(); ++i) {
    if (i == except) continue;
    const auto* bytes = std::get_if<std::string>(&params[i].variant());
    const std::string value = bytes != nullptr ? *bytes : Comparable(params[i]);
    text += std::to_string(params[i].variant().index()) + ':' + std::to_string(value.size()) + ':' + value;
  }
  return text;
}

size_t BytesOf(const Params& params) {
  size_t bytes = 0;
  for (const Value& value : params) {
    if (const auto* text = std::get_if<std::string>(&value.variant())) bytes += text->size();
  }
  return bytes;
}

// Whether `=` with this value finds the rows that have it, byte for byte, and no others.
bool IsPlainKey(const Value& value) {
  if (value.is_null() || std::holds_alternative<double>(value.variant())) return false;
  const auto* text = std::get_if<std::string>(&value.variant());
  return text == nullptr || text->size() == Uuid{}.bytes.size() || !text->ends_with(' ');
}

bool IsWorthAnotherRound(const absl::Status& why) {
  switch (SqlErrorOf(why)) {
    case SqlError::kNone: {
      // Somebody's budget was spent; those who have time left go on without them.
      const ErrorReason reason = ReasonOf(why);
      return reason == ErrorReason::DEADLINE_SPENT || reason == ErrorReason::CALL_CANCELLED ||
             reason == ErrorReason::TRANSACTION_CONFLICT;
    }
    case SqlError::kDeadlock:
    case SqlError::kLockWait:
    case SqlError::kLost:
    case SqlError::kReadOnly:
    case SqlError::kTimeout:
      return true;
    default:
      return false;
  }
}

}  // namespace

// --- what a member sees ------------------------------------------------------------------------------------

class Set::SetSession final : public Session {
 public:
  SetSession(Set& set, const Budget& budget, bool in_round)
      : set_(set),
        member_(*set.running_),
        budget_(budget),
        outer_budget_(std::exchange(member_.budget, &budget)),
        in_round_(in_round) {}
  ~SetSession() override { member_.budget = outer_budget_; }

  absl::StatusOr<Rows> Query(std::string_view sql, const Params& params) override {
    Request request{.statement = Statement::Of(sql), .params = &params, .query = true, .in_round = in_round_};
    RETURN_IF_ERROR(Run(request));
    return std::move(request.rows);
  }
  absl::StatusOr<uint64_t> Execute(std::string_view sql, const Params& params) override {
    Request request{
        .statement = Statement::Of(sql), .params = &params, .query = false, .in_round = in_round_};
    RETURN_IF_ERROR(Run(request));
    return request.count;
  }
  absl::StatusOr<uint64_t> Update(const RowUpdate& row, const Params& params) override {
    Request request{.statement = Statement::Of(row.update()),
                    .params = &params,
                    .query = false,
                    .in_round = in_round_,
                    .row = &row};
    RETURN_IF_ERROR(Run(request));
    return request.count;
  }
  absl::Status Jointly(Joint when, void* entry, const JointStep& step) override {
    return in_round_ ? set_.TakePart(*this, when, entry, step) : Session::Jointly(when, entry, step);
  }
  bool CanWithdraw() const override { return in_round_ && !member_.wrote && set_.round_.broken.ok(); }
  void Postpone() override { member_.again = in_round_; }

  const absl::Status& ended() const { return ended_; }
  void set_ended(const absl::Status& why) {
    if (ended_.ok()) ended_ = why;
  }

 private:
  absl::Status Run(Request& request) {
    RETURN_IF_ERROR(ended_);
    RETURN_IF_ERROR(CheckBudget(budget_));
    set_.Ask(request);
    if (EndsTransaction(SqlErrorOf(request.status))) set_ended(request.status);
    RETURN_IF_ERROR(ended_);
    return request.status;
  }

  Set& set_;
  Member& member_;
  const Budget& budget_;
  const Budget* const outer_budget_;
  const bool in_round_;
  absl::Status ended_;
};

Set* Set::Of(PooledDatabase& database) {
  Set* set = current_set;
  if (set == nullptr || set->running_ == nullptr) return nullptr;
  if (set->database_ == nullptr) set->database_ = &database;
  return set->database_ == &database ? set : nullptr;
}

absl::Status Set::Read(const Budget& budget, const std::function<absl::Status(Session&)>& fn) {
  ++readers_;
  SetSession session(*this, budget, /*in_round=*/false);
  const absl::Status status = fn(session);
  if (--readers_ == 0 && lane_ != nullptr) {
    lane_->Done();
    lane_.reset();
  }
  return session.ended().ok() ? status : session.ended();
}

absl::Status Set::Transact(const Budget& budget, const TxOptions& options,
                           const std::function<absl::Status(Transaction&)>& fn, bool resolve) {
  Member& me = *running_;
  // One transaction inside another is one of its own.
  if (me.session != nullptr) return database_->TransactAlone(budget, options, fn, resolve);
  me.alone = options.alone || options.read_only;
  bool unknown = false;
  while (!me.alone) {
    if (!round_.broken.ok() || round_.members >= limit_) {
      Suspend(Wait::kRound);
      me.alone = limit_ <= 1;
      continue;
    }
    RETURN_IF_ERROR(CheckBudget(budget));
    SetSession session(*this, budget, /*in_round=*/true);
    me.session = &session;
    me.wrote = me.again = false;
    ++round_.members;
    absl::Status status = fn(session);
    if (!session.ended().ok()) status = session.ended();
    if (status.ok() && !me.again) status = CheckBudget(budget);
    switch (End(status)) {
      case Verdict::kStands:
        return status;
      case Verdict::kHopeless:
        return session.ended();
      case Verdict::kAgain:
        if (INSPECTORATE_BROKEN("set_run_again")) return absl::OkStatus();
        me.alone = ++me.rounds >= kMostRounds || limit_ <= 1;
        break;
      case Verdict::kUnknown:
        unknown = true;
        me.alone = true;
        break;
      case Verdict::kAlone:
        me.alone = true;
        break;
    }
  }
  Suspend(Wait::kAlone);
  ++report_.alone;
  return database_->TransactAlone(budget, options, fn, resolve, unknown);
}

void Set::Suspend(Wait wait) {
  Member& me = *running_;
  me.wait = wait;
  me.since = ++clock_;
  Fiber::Suspend();
}

void Set::Ask(Request& request) {
  running_->request = &request;
  Suspend(Wait::kStatement);
}

absl::Status Set::TakePart(SetSession& session, Joint when, void* entry, const Session::JointStep& step) {
  Member& me = *running_;
  RETURN_IF_ERROR(round_.broken);
  if (when == Joint::kFirst) RETURN_IF_ERROR(session.ended());
  if (when == Joint::kLast) locks_.Release(me.index);
  me.when = when;
  me.entry = entry;
  me.step = &step;
  Suspend(Wait::kJoint);
  return me.joint_status;
}

// The closure of the member that runs has ended.
Set::Verdict Set::End(const absl::Status& status) {
  Member& me = *running_;
  locks_.Release(me.index);
  me.ok = status.ok() && !me.again;
  if (!me.ok && me.wrote && round_.broken.ok()) {
    // What it wrote must not stay, so nothing of the round does. It gets its answer from a run of its own.
    me.alone = true;
    Break(Error(ErrorReason::TRANSACTION_CONFLICT));
  }
  Suspend(Wait::kVerdict);
  return me.verdict;
}

// --- the thread --------------------------------------------------------------------------------------------

TogetherReport Set::Run(const std::vector<std::function<void()>>& calls) {
  Set* const outer = std::exchange(current_set, this);
  limit_ = static_cast<int>(std::max<size_t>(calls.size(), 2));
  for (const auto& call : calls) {
    auto member = std::make_unique<Member>();
    member->index = members_.size();
    member->fiber = std::make_unique<Fiber>(call);
    members_.push_back(std::move(member));
  }
  while (ResumeReady()) {
    if (RunStatements() || RunJointStep() || BreakCycle() || CloseRound() || LetOneRunAlone()) continue;
    std::fprintf(stderr, "db: nobody in a set can go on\n");
    std::abort();
  }
  current_set = outer;
  return report_;
}

bool Set::ResumeReady() {
  // One that ends may make others ready.
  for (bool resumed = true; resumed;) {
    resumed = false;
    for (const auto& member : members_) {
      if (member->wait != Wait::kNothing) continue;
      resumed = true;
      running_ = member.get();
      member->fiber->Resume();
      running_ = nullptr;
      if (member->fiber->done()) member->wait = Wait::kEnd;
    }
  }
  return std::any_of(members_.begin(), members_.end(),
                     [](const auto& member) { return member->wait != Wait::kEnd; });
}

Set::Members Set::Waiting(Wait wait) const {
  Members waiting;
  for (const auto& member : members_) {
    if (member->wait == wait) waiting.push_back(member.get());
  }
  std::sort(waiting.begin(), waiting.end(),
            [](const Member* a, const Member* b) { return a->since < b->since; });
  return waiting;
}

void Set::Ready(Member& member) {
  member.request = nullptr;
  member.wait = Wait::kNothing;
}

void Set::Deliver(Member& member, const absl::Status& status) {
  Request& request = *member.request;
  request.status = status;
  const bool changes = !request.query ? request.count > 0 : !request.statement->reads();
  if (request.in_round && status.ok() && changes) member.wrote = true;
  Ready(member);
}

Budget Set::Shortest(const Members& members) const {
  Budget budget = Budget::Of(std::chrono::hours(1));
  for (const Member* member : members) {
    if (member->budget != nullptr) budget.deadline = std::min(budget.deadline, member->budget->deadline);
  }
  return budget;
}

// --- statements --------------------------------------------------------------------------------------------

bool Set::RunStatements() {
  bool progress = false;
  std::vector<Members> groups;  // of one statement each, in order of arrival
  for (Member* member : Waiting(Wait::kStatement)) {
    Request& request = *member->request;
    if (absl::Status gone = CheckBudget(*member->budget); !gone.ok()) {
      if (request.in_round) member->session->set_ended(gone);
      Deliver(*member, gone);
      progress = true;
      continue;
    }
    if (request.in_round) {
      if (!request.touched) request.touched.emplace(request.statement, *request.params);
      const bool held = !locks_.Take(member->index, *request.touched);
      if (held && !INSPECTORATE_BROKEN("rows_held_in_sets")) continue;
    }
    auto group = std::find_if(groups.begin(), groups.end(), [&](const Members& known) {
      const Request& first = *known.front()->request;
      return first.statement == request.statement && first.in_round == request.in_round &&
             first.query == request.query && first.row == request.row;
    });
    if (group == groups.end()) group = groups.insert(group, Members());
    group->push_back(member);
  }
  for (const Members& group : groups) {
    progress = true;
    // A round that broke meanwhile has answered its members.
    if (group.front()->wait == Wait::kStatement) RunGroup(group);
  }
  return progress;
}

// Where the statements of a group run: the round's transaction, or the connection of the reads.
class Set::Channel {
 public:
  Channel(Set& set, bool in_round) : set_(set), in_round_(in_round) {}

  // False: the round broke, and its members have been told.
  bool open() const { return !in_round_ || set_.round_.broken.ok(); }

  absl::StatusOr<Rows> Query(std::string_view sql, const Params& params, const Budget& budget) {
    absl::StatusOr<Rows> rows = QueryOnce(sql, params, budget);
    // A connection that died while it lay in the pool; nothing has happened on it. And nothing open depends
    // on it.
    if (!in_round_ && SqlErrorOf(rows.status()) == SqlError::kLost) {
      set_.database_->pool().Suspect();
      set_.lane_.reset();
      rows = QueryOnce(sql, params, budget);
    }
    Note(rows.status());
    return rows;
  }

  absl::StatusOr<uint64_t> Execute(std::string_view sql, const Params& params, const Budget& budget) {
    absl::StatusOr<uint64_t> count = ExecuteOnce(sql, params, budget);
    if (const absl::Status fault =
            in_round_ ? FaultAfterStatement((*set_.round_.lease)->id()) : absl::OkStatus();
        count.ok() && !fault.ok()) {
      count = fault;
    }
    Note(count.status());
    return count;
  }

 private:
  absl::StatusOr<Connection*> Limited(const Budget& budget) {
    if (in_round_) {
      RETURN_IF_ERROR((*set_.round_.lease)->LimitStatements(Remaining(budget)));
      return &**set_.round_.lease;
    }
    if (set_.lane_ == nullptr) {
      ASSIGN_OR_RETURN(set_.lane_, set_.database_->pool().Take(budget));
    }
    RETURN_IF_ERROR((*set_.lane_)->LimitStatements(Remaining(budget)));
    return &**set_.lane_;
  }
  absl::StatusOr<Rows> QueryOnce(std::string_view sql, const Params& params, const Budget& budget) {
    ASSIGN_OR_RETURN(Connection * connection, Limited(budget));
    return connection->Query(sql, params);
  }
  absl::StatusOr<uint64_t> ExecuteOnce(std::string_view sql, const Params& params, const Budget& budget) {
    ASSIGN_OR_RETURN(Connection * connection, Limited(budget));
    return connection->Execute(sql, params);
  }
  void Note(const absl::Status& status) {
    if (!EndsTransaction(SqlErrorOf(status))) return;
    set_.database_->Failed(status);  // the pool learns of it
    if (in_round_) {
      set_.Break(status);
    } else if (SqlErrorOf(status) == SqlError::kLost) {
      set_.lane_.reset();
    }
  }

  Set& set_;
  const bool in_round_;
};

void Set::RunGroup(const Members& group) {
  const Request& request = *group.front()->request;
  if (request.in_round && !BeginRound(group)) return;
  Channel channel(*this, request.in_round);
  if (request.query && request.statement->reads()) {
    RunReads(channel, group);
  } else if (!request.query && request.statement->kind() == Statement::Kind::kInsert && group.size() > 1) {
    RunInserts(channel, group);
  } else if (request.row != nullptr && request.in_round && group.size() > 1) {
    RunUpdates(channel, group);
  } else {
    for (Member* member : group) RunOne(channel, {member});
  }
}

// One statement for members that ask exactly the same.
void Set::RunOne(Channel& channel, const Members& same) {
  if (!channel.open()) return;
  Request& request = *same.front()->request;
  const Budget budget = Shortest(same);
  absl::Status status;
  if (request.query) {
    auto rows = channel.Query(request.statement->sql(), *request.params, budget);
    status = rows.status();
    if (rows.ok()) {
      for (Member* member : same) member->request->rows = *rows;
    }
  } else {
    auto count = channel.Execute(request.statement->sql(), *request.params, budget);
    status = count.status();
    if (count.ok()) request.count = *count;
  }
  if (!channel.open()) return;
  if (same.size() > 1 && SqlErrorOf(status) == SqlError::kTimeout) {
    if (TellWhoseTimeIsOver(same)) return;
    for (Member* member : same) RunOne(channel, {member});
    return;
  }
  for (Member* member : same) Deliver(*member, status);
}

// A shared statement takes as long as the one with the least time has. The others wait on: they are asked for
// again when those who are told have had their say. False: nobody's time is over.
bool Set::TellWhoseTimeIsOver(const Members& members) {
  bool told = false;
  for (Member* member : members) {
    const absl::Status gone = CheckBudget(*member->budget);
    if (gone.ok()) continue;
    Deliver(*member, gone);
    told = true;
  }
  return told;
}

void Set::RunReads(Channel& channel, const Members& group) {
  std::vector<Members> distinct;
  std::unordered_map<std::string, size_t> by_params;
  for (Member* member : group) {
    const auto [found, added] =
        by_params.emplace(Exactly(*member->request->params, std::string::npos), distinct.size());
    if (added) distinct.emplace_back();
    distinct[found->second].push_back(member);
  }
  if (distinct.size() > 1 && group.front()->request->statement->merges()) {
    MergeReads(channel, distinct);
  } else {
    for (const Members& same : distinct) RunOne(channel, same);
  }
}

// Those that differ in the key only become one statement.
void Set::MergeReads(Channel& channel, const std::vector<Members>& distinct) {
  const Statement& statement = *distinct.front().front()->request->statement;
  const size_t key = statement.key_parameter();
  std::vector<std::vector<Members>> mergeable;
  std::unordered_map<std::string, size_t> by_rest;
  for (const Members& same : distinct) {
    const Params& params = *same.front()->request->params;
    if (key >= params.size() || !IsPlainKey(params[key])) {
      RunOne(channel, same);
      continue;
    }
    const auto [found, added] = by_rest.emplace(Exactly(params, key), mergeable.size());
    if (added) mergeable.emplace_back();
    mergeable[found->second].push_back(same);
  }
  for (const std::vector<Members>& all : mergeable) {
    for (size_t begin = 0; begin < all.size(); begin += kMostMerged) {
      const size_t end = std::min(all.size(), begin + kMostMerged);
      const std::vector<Members> chunk(all.begin() + static_cast<ptrdiff_t>(begin),
                                       all.begin() + static_cast<ptrdiff_t>(end));
      if (chunk.size() > 1 && MergeChunk(channel, chunk)) continue;
      for (const Members& same : chunk) RunOne(channel, same);
    }
  }
}

// False: nobody has been answered, each is to be asked for by itself.
bool Set::MergeChunk(Channel& channel, const std::vector<Members>& chunk) {
  if (!channel.open()) return true;
  const Request& first = *chunk.front().front()->request;
  const size_t key = first.statement->key_parameter();
  std::unordered_map<std::string, size_t> by_key;
  Params params(first.params->begin(), first.params->begin() + static_cast<ptrdiff_t>(key));
  Members everybody;
  for (size_t i = 0; i < chunk.size(); ++i) {
    const Value& value = (*chunk[i].front()->request->params)[key];
    // Two keys that the server may take for one.
    if (!by_key.emplace(Comparable(value), i).second) return false;
    params.push_back(value);
    everybody.insert(everybody.end(), chunk[i].begin(), chunk[i].end());
  }
  const size_t size = PowerOfTwoAbove(chunk.size());
  params.resize(key + size, params.back());  // the last key again, up to a size that is prepared already
  params.insert(params.end(), first.params->begin() + static_cast<ptrdiff_t>(key) + 1, first.params->end());

  auto rows = channel.Query(first.statement->Merged(size), params, Shortest(everybody));
  if (!rows.ok()) {
    return !channel.open() ||
           (SqlErrorOf(rows.status()) == SqlError::kTimeout && TellWhoseTimeIsOver(everybody));
  }
  const size_t width = rows->names().size() - 1;
  std::vector<std::vector<Value>> cells(chunk.size());
  for (size_t row = 0; row < rows->size(); ++row) {
    const auto owner = by_key.find(Comparable(rows->at(row, width)));
    if (owner == by_key.end()) return false;  // equal for the server, not for us: a collation we do not know
    const size_t past = INSPECTORATE_BROKEN("rows_to_their_askers") ? 1 : 0;
    rows->MoveRow(row, width, &cells[(owner->second + past) % chunk.size()]);
  }
  std::vector<std::string> names(rows->names().begin(), rows->names().end() - 1);
  const auto columns = std::make_shared<const Rows::Columns>(std::move(names));
  for (size_t i = 0; i < chunk.size(); ++i) {
    const Rows own(columns, std::move(cells[i]));
    for (Member* member : chunk[i]) {
      member->request->rows = own;
      Deliver(*member, absl::OkStatus());
    }
  }
  return true;
}

// As few statements as their sizes allow. One that fails, for somebody's duplicate key, has done nothing.
void Set::RunInserts(Channel& channel, const Members& group) {
  const Statement& statement = *group.front()->request->statement;
  for (size_t begin = 0; begin < group.size() && channel.open();) {
    const size_t size = PowerOfTwoWithin(group.size() - begin, kMostMerged);
    const Members chunk(group.begin() + static_cast<ptrdiff_t>(begin),
                        group.begin() + static_cast<ptrdiff_t>(begin + size));
    begin += size;
    Params params;
    for (Member* member : chunk) {
      params.insert(params.end(), member->request->params->begin(), member->request->params->end());
    }
    const bool even = std::all_of(chunk.begin(), chunk.end(), [&](const Member* member) {
      return member->request->params->size() * size == params.size();
    });
    absl::StatusOr<uint64_t> count = absl::UnknownError("");
    if (size > 1 && even && BytesOf(params) <= kMostBytes) {
      count = channel.Execute(statement.Merged(size), params, Shortest(chunk));
      if (!channel.open()) return;
    }
    for (Member* member : chunk) {
      if (count.ok()) {
        member->request->count = 1;
        Deliver(*member, absl::OkStatus());
      } else {
        RunOne(channel, {member});
      }
    }
  }
}

// Two statements for all: one locks the rows and tells which have the revision they must have, one writes
// those. It is an insert only by its form: every row is there, and locked.
void Set::RunUpdates(Channel& channel, const Members& group) {
  for (size_t begin = 0; begin < group.size() && channel.open(); begin += RowUpdate::kMost) {
    const size_t end = std::min(group.size(), begin + RowUpdate::kMost);
    const Members chunk(group.begin() + static_cast<ptrdiff_t>(begin),
                        group.begin() + static_cast<ptrdiff_t>(end));
    const Members there = StillThere(channel, chunk);
    if (there.empty()) continue;
    const RowUpdate& row = *there.front()->request->row;
    const auto columns = static_cast<ptrdiff_t>(row.columns());
    const size_t size = PowerOfTwoAbove(there.size());
    Params params;
    for (size_t i = 0; i < size; ++i) {
      const Params& one = *there[std::min(i, there.size() - 1)]->request->params;
      params.insert(params.end(), one.begin() + columns, one.end() - 1);
      params.insert(params.end(), one.begin(), one.begin() + columns);
    }
    absl::StatusOr<uint64_t> written = absl::UnknownError("");
    if (BytesOf(params) <= kMostBytes) written = channel.Execute(row.Write(size), params, Shortest(there));
    if (!channel.open()) return;
    for (Member* member : there) {
      if (written.ok()) {
        member->request->count = 1;
        Deliver(*member, absl::OkStatus());
      } else {
        RunOne(channel, {member});
      }
    }
  }
}

// Those of `chunk` whose row has its revision; the others are told that it has not. Nobody is left over when
// the rows could not be looked at together: then each has been asked for by itself.
Set::Members Set::StillThere(Channel& channel, const Members& chunk) {
  const RowUpdate& row = *chunk.front()->request->row;
  const auto key_of = [&](const Params& params, size_t begin) {
    std::string key;
    for (size_t i = 0; i < row.keys(); ++i) {
      const std::string part = Comparable(params[begin + i]);
      key += std::to_string(part.size()) + ':' + part;
    }
    return key;
  };
  const size_t size = PowerOfTwoAbove(chunk.size());
  Params keys;
  bool even = true;
  for (size_t i = 0; i < size; ++i) {
    const Params& one = *chunk[std::min(i, chunk.size() - 1)]->request->params;
    even = even && one.size() == row.columns() + row.keys() + 1;
    if (even) keys.insert(keys.end(), one.begin() + static_cast<ptrdiff_t>(row.columns()), one.end() - 1);
  }
  absl::StatusOr<Rows> rows = absl::UnknownError("");
  if (even) rows = channel.Query(row.Check(size), keys, Shortest(chunk));
  if (!rows.ok()) {
    for (Member* member : chunk) RunOne(channel, {member});
    return {};
  }
  std::unordered_map<std::string, std::string> revisions;
  for (size_t i = 0; i < rows->size(); ++i) {
    Params key;
    for (size_t k = 0; k < row.keys(); ++k) key.push_back(rows->at(i, k));
    revisions[key_of(key, 0)] = Comparable(rows->at(i, row.keys()));
  }
  Members there;
  for (Member* member : chunk) {
    const Params& one = *member->request->params;
    const auto found = revisions.find(key_of(one, row.columns()));
    if (found != revisions.end() && found->second == Comparable(one.back())) {
      there.push_back(member);
    } else {
      RunOne(channel, {member});  // says 0; or knows of an equality that we do not
    }
  }
  return there;
}

// --- joint steps -------------------------------------------------------------------------------------------

bool Set::RunJointStep() {
  Members first;
  Members last;
  for (Member* member : Waiting(Wait::kJoint))
    (member->when == Joint::kFirst ? first : last).push_back(member);
  if (!first.empty()) {
    RunStep(first);
    return true;
  }
  // Whoever is still at work waits for rows, or they would not be here.
  const Members waiting = Waiting(Wait::kStatement);
  if (last.empty() || !waiting.empty()) return false;
  RunStep(last);
  return true;
}

void Set::RunStep(const Members& members) {
  if (!BeginRound(members)) return;
  const Budget budget = Shortest(members);
  LeasedSession session(**round_.lease, budget);
  std::vector<void*> entries;
  for (const Member* member : members) entries.push_back(member->entry);
  absl::Status status = (*members.front()->step)(session, entries);
  if (!session.ended().ok()) status = session.ended();
  if (!status.ok()) {
    database_->Failed(status);
    Break(status);
    return;
  }
  for (Member* member : members) {
    member->joint_status = absl::OkStatus();
    Ready(*member);
  }
}

// --- rounds ------------------------------------------------------------------------------------------------

bool Set::BeginRound(const Members& waiting) {
  if (round_.lease != nullptr) return true;
  auto taken = database_->pool().Take(Shortest(waiting));
  if (!taken.ok()) {
    Break(taken.status(), /*hopeless=*/!IsWorthAnotherRound(taken.status()));
    return false;
  }
  round_.lease = *std::move(taken);
  if (absl::Status begun = (*round_.lease)->Run("START TRANSACTION"); !begun.ok()) {
    database_->Failed(begun);
    Break(begun);
    return false;
  }
  return true;
}

// Nothing of the round will stay. All who take part learn it where they are.
void Set::Break(const absl::Status& why, bool hopeless) {
  if (!round_.broken.ok()) return;
  round_.broken = why;
  round_.hopeless = hopeless;
  for (const auto& member : members_) {
    if (member->session == nullptr) continue;
    member->session->set_ended(why);
    if (member->wait == Wait::kStatement && member->request->in_round) {
      Deliver(*member, why);
    } else if (member->wait == Wait::kJoint) {
      member->joint_status = why;
      Ready(*member);
    }
  }
}

// Everybody waits for a row that somebody else has. The last one who has written nothing goes; or, when all
// have, the last one, and the round with it.
bool Set::BreakCycle() {
  Members waiting = Waiting(Wait::kStatement);
  if (waiting.empty()) return false;
  const auto victim =
      std::find_if(waiting.rbegin(), waiting.rend(), [](const Member* m) { return !m->wrote; });
  Member& member = victim == waiting.rend() ? *waiting.back() : **victim;
  const absl::Status conflict = Error(ErrorReason::TRANSACTION_CONFLICT);
  member.again = true;
  member.session->set_ended(conflict);
  Deliver(member, conflict);
  return true;
}

bool Set::CloseRound() {
  const Members ended = Waiting(Wait::kVerdict);
  if (ended.empty()) return false;
  const bool any_ok =
      std::any_of(ended.begin(), ended.end(), [](const Member* member) { return member->ok; });
  PooledDatabase::Attempt outcome;
  if (!round_.broken.ok()) {
    outcome = {.status = round_.broken, .again = true};
    if (round_.lease != nullptr) database_->Rollback(*round_.lease, round_.broken);
  } else if (round_.lease != nullptr && any_ok) {
    outcome = database_->Commit(*round_.lease, /*read_only=*/false);
  } else if (round_.lease != nullptr) {
    database_->Rollback(*round_.lease, absl::OkStatus());
  }
  Settle(outcome);
  NextRound();
  return true;
}

void Set::Settle(const PooledDatabase::Attempt& outcome) {
  for (Member* member : Waiting(Wait::kVerdict)) {
    if (outcome.status.ok()) {
      member->verdict = member->again ? Verdict::kAgain : Verdict::kStands;
    } else if (outcome.unknown) {
      member->verdict = member->ok ? Verdict::kUnknown : Verdict::kAlone;
      if (INSPECTORATE_BROKEN("unknown_is_not_success")) member->verdict = Verdict::kStands;
      if (INSPECTORATE_BROKEN("unknown_is_not_failure")) {
        member->session->set_ended(Error(ErrorReason::ETAG_MISMATCH));
        member->verdict = Verdict::kHopeless;
      }
    } else if (!outcome.again || member->alone) {
      member->verdict = Verdict::kAlone;
    } else {
      member->verdict = round_.hopeless ? Verdict::kHopeless : Verdict::kAgain;
    }
    member->session = nullptr;
    Ready(*member);
  }
  if (outcome.status.ok()) {
    failures_ = 0;
    limit_ = std::min<int>(2 * limit_, static_cast<int>(std::max<size_t>(members_.size(), 2)));
    return;
  }
  ++failures_;
  ++report_.run_again;
  database_->pool().CountRetry();
  // One that failed by chance may well succeed as it is.
  if (failures_ > 1) limit_ = std::max(1, limit_ / 2);
  const SqlError error = SqlErrorOf(outcome.status);
  if (error == SqlError::kLost || error == SqlError::kReadOnly) {
    std::this_thread::sleep_for(Backoff(error, failures_));
  }
}

void Set::NextRound() {
  round_ = {};
  locks_.Clear();
  for (Member* member : Waiting(Wait::kRound)) Ready(*member);
}

bool Set::LetOneRunAlone() {
  const Members waiting = Waiting(Wait::kAlone);
  if (waiting.empty()) return false;
  Ready(*waiting.front());
  return true;
}

TogetherReport RunTogether(const std::vector<std::function<void()>>& calls) {
  if (calls.size() == 1) {
    calls.front()();
    return {};
  }
  return Set().Run(calls);
}

}  // namespace inspectorate::db
