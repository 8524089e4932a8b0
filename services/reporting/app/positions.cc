#include "services/reporting/app/positions.h"

#include <utility>

#include "common/base/macros.h"
#include "common/status/error.h"
#include "common/work/unit.h"

namespace inspectorate::reporting {
namespace {

// The consumer takes the same rows FOR UPDATE before it applies anything: a shared lock makes it wait.
constexpr char kHoldPositions[] =
    "SELECT source, position FROM feed_checkpoint WHERE office = ? ORDER BY source LOCK IN SHARE MODE";

absl::StatusOr<Positions> Hold(db::Session& session, const std::string& office) {
  ASSIGN_OR_RETURN(db::Rows rows, session.Query(kHoldPositions, {office}));
  Positions positions;
  for (size_t i = 0; i < rows.size(); ++i) {
    v1::Position* position = positions.Add();
    position->set_source(rows.at(i, "source").AsString());
    position->set_position(rows.at(i, "position").AsUint());
  }
  return positions;
}

absl::Status CheckReached(const Positions& positions, const Positions& at_least) {
  for (const v1::Position& wanted : at_least) {
    uint64_t reached = 0;
    for (const v1::Position& position : positions) {
      if (position.source() == wanted.source()) reached = position.position();
    }
    if (reached < wanted.position()) {
      return Error(ErrorReason::PROJECTION_BEHIND,
                   {{"source", wanted.source()}, {"position", std::to_string(wanted.position())}});
    }
  }
  return absl::OkStatus();
}

}  // namespace

absl::Status ReadAt(db::Database& database, const db::Budget& budget, const std::string& office,
                    const Positions& at_least,
                    const std::function<absl::Status(db::Session&, const Positions&)>& fn) {
  return database.Transact(budget, {}, [&](db::Transaction& tx) -> absl::Status {
    ASSIGN_OR_RETURN(Positions positions, Hold(tx, office));
    for (;;) {
      RETURN_IF_ERROR(CheckReached(positions, at_least));
      RETURN_IF_ERROR(fn(tx, positions));
      // A source's first change makes its row, which nothing could hold: what was read meanwhile is of no one
      // state. Held rows stay as they are, so this ends with the last source.
      ASSIGN_OR_RETURN(Positions now, Hold(tx, office));
      if (now.size() == positions.size()) return absl::OkStatus();
      positions = std::move(now);
    }
  });
}

absl::Status ReadAt(const resource::Platform& platform, const rpc::Call& call, const std::string& office,
                    const Positions& at_least,
                    const std::function<absl::Status(db::Session&, const Positions&)>& fn) {
  return ReadAt(platform.database, call.budget(), office, at_least, fn);
}

absl::StatusOr<Date> OfficeToday(db::Session& session, const resource::Platform& platform,
                                 const std::string& office) {
  ASSIGN_OR_RETURN(Time now, work::OfficeNow(session, office, platform.writer.clock()));
  return ChinaDate(now);
}

absl::StatusOr<roster::Reach> ReachToday(db::Session& session, const resource::Platform& platform,
                                         const rpc::Call& call, const std::string& office) {
  const absl::StatusOr<Date> today = OfficeToday(session, platform, office);
  // An office nobody has heard of is denied like one that is not the caller's.
  if (!today.ok()) RETURN_IF_ERROR(roster::ReachForRead(session, call, office, Date{}).status());
  RETURN_IF_ERROR(today.status());
  return roster::ReachForRead(session, call, office, *today);
}

}  // namespace inspectorate::reporting
