#include "tests/robustness/checkers.h"

#include <algorithm>
#include <set>
#include <tuple>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/feed/digest.h"
#include "tests/robustness/found.h"

namespace inspectorate::robustness {
namespace {

using feed::v1::Change;

// "inspectorate.visits.v1.…" → "visits"
std::string ServiceOf(const Record& record) {
  const size_t begin = record.op.find('.') + 1;
  return record.op.substr(begin, record.op.find('.', begin) - begin);
}

// Of a reason: what the service says is worth another attempt was not decided.
bool IsTransient(const std::string& reason) {
  for (const char* transient : {"OVERLOADED", "TRANSACTION_CONFLICT"}) {
    if (reason.find(transient) != std::string::npos) return true;
  }
  return false;
}

bool IsDefiniteRefusal(const Record& record) {
  return record.outcome == Outcome::kFail && !IsTransient(record.reason);
}

bool ByUser(const Change& change) { return !change.actor().starts_with("services/"); }

// The state that a feed's changes add up to, by resource type and name.
std::map<std::string, std::map<std::string, Row>> FoldOf(const Feed& feed) {
  std::map<std::string, std::map<std::string, Row>> state;
  for (const Change& change : feed.changes) {
    auto& rows = state[change.resource_type()];
    if (change.kind() == Change::TOMBSTONED) {
      rows.erase(change.resource());
    } else {
      rows[change.resource()] = {.revision = change.revision(), .content = change.after().value()};
    }
  }
  return state;
}

void Compare(const std::string& what, const std::map<std::string, Row>& fold,
             const std::map<std::string, Row>& rows, Found* found) {
  for (const auto& [name, row] : fold) {
    const auto there = rows.find(name);
    if (there == rows.end()) {
      found->Say(absl::StrCat(what, ": ", name, " is in the feed and not in the table"));
    } else if (there->second.revision != row.revision) {
      found->Say(absl::StrCat(what, ": ", name, " has revision ", there->second.revision, " in the table, ",
                              row.revision, " in the feed"));
    } else if (there->second.content != row.content) {
      found->Say(
          absl::StrCat(what, ": ", name, " differs from what the feed says of its revision ", row.revision));
    }
  }
  for (const auto& [name, row] : rows) {
    if (!fold.contains(name))
      found->Say(absl::StrCat(what, ": ", name, " is in the table and not in the feed"));
  }
}

void CompareTables(const Observation& seen, bool copies, Found* found) {
  std::map<std::string, std::map<std::string, std::map<std::string, Row>>> folds;
  for (const auto& [service, feed] : seen.feeds) folds[service] = FoldOf(feed);
  for (const Table& table : seen.tables) {
    if (copies == table.source.empty()) continue;
    const std::string& source = copies ? table.source : table.service;
    Compare(table.service + (copies ? "'s copy of " : " ") + table.type, folds[source][table.type],
            table.rows, found);
  }
}

}  // namespace

Complaints CheckAcknowledgedIsThere(const Observation& seen) {
  using Key = std::tuple<std::string, std::string, int64_t>;
  std::map<Key, std::string> changes;  // → request
  std::set<std::pair<std::string, std::string>> gone;
  for (const auto& [service, feed] : seen.feeds) {
    for (const Change& change : feed.changes) {
      changes[{service, change.resource(), change.revision()}] = change.request_id();
      if (change.kind() == Change::TOMBSTONED) gone.insert({service, change.resource()});
    }
  }
  std::map<std::pair<std::string, std::string>, int64_t> rows;
  for (const Table& table : seen.tables) {
    if (!table.source.empty()) continue;
    for (const auto& [name, row] : table.rows) rows[{table.service, name}] = row.revision;
  }
  Found found;
  for (const Record& record : seen.history) {
    if (!record.write() || record.outcome != Outcome::kOk || record.resource.empty()) continue;
    const std::string service = ServiceOf(record);
    const std::string what = record.op + " of " + record.resource + " (request " + record.request_id + ")";
    const auto change = changes.find({service, record.resource, record.revision});
    if (change == changes.end()) {
      found.Say(what + " was acknowledged with revision " + std::to_string(record.revision) +
                ", which the feed lacks");
    } else if (change->second != record.request_id) {
      found.Say(what + " was acknowledged, but its revision " + std::to_string(record.revision) +
                " was made by request " + change->second);
    }
    const auto row = rows.find({service, record.resource});
    if (!gone.contains({service, record.resource}) && (row == rows.end() || row->second < record.revision))
      found.Say(what + " was acknowledged, and the table has not got there");
  }
  return found.Take();
}

Complaints CheckStateWasAttempted(const Observation& seen) {
  std::map<std::string, bool> may;  // request → has an attempt that was not refused
  for (const Record& record : seen.history) {
    if (record.write()) may[record.request_id] = may[record.request_id] || record.outcome != Outcome::kFail;
  }
  Found found;
  for (const auto& [service, feed] : seen.feeds) {
    for (const Change& change : feed.changes) {
      if (change.position() <= feed.baseline || !ByUser(change)) continue;
      const auto attempt = may.find(change.request_id());
      if (attempt == may.end()) {
        found.Say(At(service, change) + " was asked for by nobody: request " + change.request_id());
      } else if (!attempt->second) {
        found.Say(At(service, change) + " is there, but every attempt of request " + change.request_id() +
                  " was refused");
      }
    }
  }
  return found.Take();
}

Complaints CheckOneEffect(const Observation& seen) {
  std::map<std::string, std::set<std::string>> effects;
  for (const auto& [service, feed] : seen.feeds) {
    for (const Change& change : feed.changes) {
      if (change.position() > feed.baseline && ByUser(change))
        effects[change.request_id()].insert(service + " transaction " + change.transaction());
    }
  }
  Found found;
  for (const auto& [request, transactions] : effects) {
    if (transactions.size() > 1)
      found.Say("request " + request + " took effect " + std::to_string(transactions.size()) + " times, in " +
                *transactions.begin() + " and " + *transactions.rbegin());
  }
  return found.Take();
}

Complaints CheckOneAnswer(const Observation& seen) {
  std::map<std::string, const Record*> first;
  Found found;
  for (const Record& record : seen.history) {
    if (!record.write() || record.outcome != Outcome::kOk) continue;
    const auto [it, fresh] = first.try_emplace(record.request_id, &record);
    if (!fresh && it->second->answer != record.answer)
      found.Say("request " + record.request_id + " (" + record.op +
                ") was answered differently when repeated");
  }
  return found.Take();
}

Complaints CheckRefusedHadNoEffect(const Observation& seen) {
  std::map<std::string, std::string> effects;  // request → where it is
  for (const auto& [service, feed] : seen.feeds) {
    for (const Change& change : feed.changes) {
      if (change.position() > feed.baseline && ByUser(change))
        effects.try_emplace(change.request_id(), At(service, change));
    }
  }
  std::map<std::string, int64_t> acknowledged;  // when first
  std::map<std::string, const Record*> last;    // of the answers that decide
  for (const Record& record : seen.history) {
    if (!record.write()) continue;
    const bool ok = record.outcome == Outcome::kOk;
    if (ok) {
      const auto [it, fresh] = acknowledged.try_emplace(record.request_id, record.return_us);
      it->second = std::min(it->second, record.return_us);
    }
    if (!ok && !IsDefiniteRefusal(record)) continue;
    const Record*& latest = last[record.request_id];
    if (latest == nullptr || latest->invoke_us < record.invoke_us) latest = &record;
  }
  Found found;
  for (const Record& record : seen.history) {
    const auto ok = acknowledged.find(record.request_id);
    if (record.write() && IsDefiniteRefusal(record) && ok != acknowledged.end() &&
        ok->second < record.invoke_us)
      found.Say("request " + record.request_id + " (" + record.op +
                ") was acknowledged, and refused when repeated: " + record.reason);
  }
  for (const auto& [request, record] : last) {
    const auto effect = effects.find(request);
    if (effect != effects.end() && IsDefiniteRefusal(*record))
      found.Say("request " + request + " (" + record->op + ") ended refused, " + record->reason +
                ", and took effect: " + effect->second);
  }
  return found.Take();
}

Complaints CheckLoopsGoThrough(const Observation& seen) {
  Found found;
  for (const auto& [why, count] : seen.stopped) {
    bool open = IsTransient(why);
    for (const char* unknown : {"UNAVAILABLE", "DEADLINE_EXCEEDED", "CANCELLED"})
      open = open || why.starts_with(unknown);
    if (!open) found.Say(std::to_string(count) + " loops ended early: " + why);
  }
  return found.Take();
}

Complaints CheckAnswersAreToThePoint(const Observation& seen) {
  Found found;
  for (const Record& record : seen.history) {
    if (record.outcome != Outcome::kOk || record.asked.empty() || record.resource.empty()) continue;
    if (record.asked != record.resource)
      found.Say(record.op + " of " + record.asked + " (request " + record.request_id +
                ") was answered with " + record.resource);
  }
  return found.Take();
}

Complaints CheckReadsSeeAcknowledged(const Observation& seen) {
  struct Acknowledged {
    int64_t time;
    int64_t revision;
  };
  std::map<std::string, std::vector<Acknowledged>> known;
  for (const Record& record : seen.history) {
    if (record.write() && record.outcome == Outcome::kOk && !record.resource.empty())
      known[record.resource].push_back({record.return_us, record.revision});
  }
  Found found;
  for (const Record& record : seen.history) {
    if (record.write() || record.outcome != Outcome::kOk || record.resource.empty()) continue;
    for (const Acknowledged& write : known[record.resource]) {
      if (write.time < record.invoke_us && write.revision > record.revision) {
        found.Say(record.op + " of " + record.resource + " showed revision " +
                  std::to_string(record.revision) + " after " + std::to_string(write.revision) +
                  " had been acknowledged");
        break;
      }
    }
  }
  return found.Take();
}

Complaints CheckNoInternalError(const Observation& seen) {
  Found found;
  for (const Record& record : seen.history) {
    if (record.reason.starts_with("INTERNAL") || record.reason.starts_with("UNKNOWN"))
      found.Say(record.op + " (request " + record.request_id + "): " + record.reason);
  }
  return found.Take();
}

Complaints CheckVersionChains(const Observation& seen) {
  Found found;
  for (const auto& [service, feed] : seen.feeds) {
    std::map<std::string, int64_t> last;
    for (const Change& change : feed.changes) {
      int64_t& before = last[change.resource()];
      if (change.kind() == Change::TOMBSTONED) {
        if (change.revision() < before) found.Say(At(service, change) + " ends an older version");
        before = 0;
        continue;
      }
      if (change.revision() != before + 1) {
        found.Say(At(service, change) + " has revision " + std::to_string(change.revision()) + " after " +
                  std::to_string(before) + (change.revision() == before ? ": a fork" : ""));
      }
      before = change.revision();
    }
  }
  return found.Take();
}

Complaints CheckFeedGapFree(const Observation& seen) {
  Found found;
  for (const auto& [service, feed] : seen.feeds) {
    uint64_t last = 0;
    int expected_index = 0;
    std::string transaction;
    for (const Change& change : feed.changes) {
      if (change.position() != last + 1)
        found.Say(At(service, change) + " comes after " + std::to_string(last));
      if (change.previous_position() != last)
        found.Say(At(service, change) + " says that it follows " +
                  std::to_string(change.previous_position()));
      if (change.epoch() != feed.changes.front().epoch())
        found.Say(At(service, change) + " is of another epoch");
      if (expected_index == 0) transaction = change.transaction();
      if (change.transaction_index() != expected_index || change.transaction() != transaction)
        found.Say(At(service, change) + " tears a transaction");
      expected_index =
          change.transaction_index() + 1 >= change.transaction_count() ? 0 : change.transaction_index() + 1;
      last = change.position();
    }
    if (expected_index != 0) found.Say(service + " ends within a transaction");
    if (last != feed.head)
      found.Say(service + " has its head at " + std::to_string(feed.head) + " and its last change at " +
                std::to_string(last));
  }
  return found.Take();
}

Complaints CheckDigests(const Observation& seen) {
  Found found;
  for (const auto& [service, feed] : seen.feeds) {
    feed::Digest digest;
    std::map<std::string, uint64_t> revisions;
    for (const Change& change : feed.changes) {
      uint64_t& revision = revisions[change.resource()];
      if (revision != 0) digest.Remove(change.resource(), revision);
      revision = change.kind() == Change::TOMBSTONED ? 0 : static_cast<uint64_t>(change.revision());
      if (revision != 0) digest.Add(change.resource(), revision);
      if (digest.Sum() == change.digest().sum() &&
          static_cast<int64_t>(digest.count()) == change.digest().count())
        continue;
      found.Say(At(service, change) + " carries the digest of another state");
      break;  // every later one would differ too
    }
  }
  return found.Take();
}

Complaints CheckReplayRebuilds(const Observation& seen) {
  Found found;
  CompareTables(seen, /*copies=*/false, &found);
  return found.Take();
}

Complaints CheckProjectionIsFold(const Observation& seen) {
  Found found;
  CompareTables(seen, /*copies=*/true, &found);
  return found.Take();
}

Complaints CheckProjectionRebuilds(const Observation& seen) {
  Found found;
  if (seen.projection.empty()) found.Say("no projection was read");
  for (const auto& [table, rows] : seen.projection) {
    const auto rebuilt = seen.rebuilt.find(table);
    if (rebuilt == seen.rebuilt.end()) {
      found.Say(table + " was not rebuilt");
    } else if (rebuilt->second != rows) {
      const auto [there, again] =
          std::mismatch(rows.begin(), rows.end(), rebuilt->second.begin(), rebuilt->second.end());
      found.Say(table + " has " + std::to_string(rows.size()) + " rows, rebuilt " +
                std::to_string(rebuilt->second.size()) + "; first: " + (there == rows.end() ? "-" : *there) +
                " / " + (again == rebuilt->second.end() ? "-" : *again));
    }
  }
  return found.Take();
}

namespace {

// Each change that was received is the one that the feed has at its position, to the last field.
void CompareWithFeed(const std::string& service, const feed::WatchHistory& watch, const Feed& feed,
                     Found* found) {
  std::map<uint64_t, std::string> there;
  for (const Change& change : feed.changes) there[change.position()] = change.SerializeAsString();
  for (const auto& received : watch.received) {
    for (const Change& change : received.message.changes()) {
      const auto told = there.find(change.position());
      if (told == there.end()) {
        found->Say(service + "'s watcher was told of " + At(service, change) + ", which the feed lacks");
      } else if (told->second != change.SerializeAsString()) {
        found->Say(service + "'s watcher was told something else of " + At(service, change) +
                   " than the feed says");
      }
    }
  }
}

void CheckWatch(const std::string& service, const feed::WatchHistory& watch,
                std::chrono::milliseconds longest_silence, Found* found) {
  auto say = [&](const char* guarantee, const std::string& wrong) {
    if (!wrong.empty()) found->Say(absl::StrCat(service, " is not ", guarantee, ": ", wrong));
  };
  say("ordered", feed::CheckOrdered(watch));
  say("unique", feed::CheckUnique(watch));
  say("reliable", feed::CheckReliable(watch));
  say("atomic", feed::CheckAtomic(watch));
  say("resumable", feed::CheckResumable(watch));
  say("bookmarkable", feed::CheckBookmarkable(watch, longest_silence));
}

}  // namespace

Complaints CheckWatches(const Observation& seen) {
  Found found;
  for (const auto& [service, watches] : seen.watches) {
    const auto feed = seen.feeds.find(service);
    for (const feed::WatchHistory& watch : watches) {
      CheckWatch(service, watch, seen.longest_silence, &found);
      uint64_t last = 0;
      for (const auto& received : watch.received) {
        for (const Change& change : received.message.changes()) last = change.position();
      }
      if (feed == seen.feeds.end()) continue;
      CompareWithFeed(service, watch, feed->second, &found);
      if (last != feed->second.head)
        found.Say(service + "'s watcher got to " + std::to_string(last) + " of " +
                  std::to_string(feed->second.head));
    }
  }
  return found.Take();
}

Complaints CheckNumbersGapFree(const Observation& seen) {
  std::map<int, std::vector<int>> years;
  for (const Serial& notice : seen.notices) years[notice.year].push_back(notice.serial);
  for (const auto& [year, serial] : seen.last_serials) years.try_emplace(year);
  Found found;
  for (auto& [year, serials] : years) {
    std::sort(serials.begin(), serials.end());
    for (size_t i = 0; i < serials.size(); ++i) {
      if (serials[i] == static_cast<int>(i) + 1) continue;
      found.Say("notices of " + std::to_string(year) + ": number " + std::to_string(serials[i]) + " where " +
                std::to_string(i + 1) + " should be");
      break;
    }
    const auto last = seen.last_serials.find(year);
    if (last == seen.last_serials.end() || last->second != static_cast<int>(serials.size()))
      found.Say("notices of " + std::to_string(year) + ": " + std::to_string(serials.size()) +
                " notices, and the counter says otherwise");
  }
  return found.Take();
}

Complaints CheckNoneFell(const Observation& seen) {
  constexpr int kKilled = 128 + 9;
  Found found;
  for (const End& end : seen.ends) {
    if (end.caused && end.status == kKilled) continue;
    found.Say(end.process + " ended with " + std::to_string(end.status) +
              (end.caused ? ", though it was to be killed" : ", and nobody had killed it") + ": " +
              end.last_said);
  }
  return found.Take();
}

namespace {

// Whose feeds each service follows.
const std::map<std::string, std::vector<std::string>>& Followed() {
  static const auto& followed =
      *new std::map<std::string, std::vector<std::string>>{{"registry", {}},
                                                           {"visits", {"registry", "issues"}},
                                                           {"issues", {"registry", "visits"}},
                                                           {"reporting", {"registry", "visits", "issues"}}};
  return followed;
}

void CheckLook(const Look& look, Found* found) {
  for (const auto& [service, sources] : Followed()) {
    if (!look.heads.contains(service)) {
      found->Say(service + " does not say how far it is");
      continue;
    }
    for (const std::string& source : sources) {
      const auto head = look.heads.find(source);
      if (head == look.heads.end()) continue;
      const auto marks = look.applied.find(service);
      const bool known = marks != look.applied.end() && marks->second.contains(source);
      const uint64_t applied = known ? marks->second.at(source) : 0;
      if (applied != head->second)
        found->Say(absl::StrCat(service, " stands at ", applied, " of ", source, "'s ", head->second));
    }
  }
}

}  // namespace

Complaints CheckSettles(const Observation& seen) {
  Found found;
  for (const std::string& what : seen.unrest) found.Say(what);
  if (seen.rest.empty()) {
    found.Say("nobody looked whether it had come to rest");
    return found.Take();
  }
  CheckLook(seen.rest.back(), &found);
  for (const auto& [service, head] : seen.rest.back().heads) {
    const auto before = seen.rest.front().heads.find(service);
    if (before != seen.rest.front().heads.end() && before->second != head)
      found.Say(absl::StrCat(service, " still moved, from ", before->second, " to ", head));
  }
  return found.Take();
}

const std::vector<Checker>& AllCheckers() {
  static const std::vector<Checker> checkers = {{"AcknowledgedIsThere", CheckAcknowledgedIsThere},
                                                {"StateWasAttempted", CheckStateWasAttempted},
                                                {"OneEffect", CheckOneEffect},
                                                {"OneAnswer", CheckOneAnswer},
                                                {"RefusedHadNoEffect", CheckRefusedHadNoEffect},
                                                {"LoopsGoThrough", CheckLoopsGoThrough},
                                                {"AnswersAreToThePoint", CheckAnswersAreToThePoint},
                                                {"ReadsSeeAcknowledged", CheckReadsSeeAcknowledged},
                                                {"NoInternalError", CheckNoInternalError},
                                                {"VersionChains", CheckVersionChains},
                                                {"FeedGapFree", CheckFeedGapFree},
                                                {"Digests", CheckDigests},
                                                {"ReplayRebuilds", CheckReplayRebuilds},
                                                {"ProjectionIsFold", CheckProjectionIsFold},
                                                {"ProjectionRebuilds", CheckProjectionRebuilds},
                                                {"Watches", CheckWatches},
                                                {"NumbersGapFree", CheckNumbersGapFree},
                                                {"Equations", CheckEquations},
                                                {"NoneFell", CheckNoneFell},
                                                {"Settles", CheckSettles}};
  return checkers;
}

}  // namespace inspectorate::robustness
