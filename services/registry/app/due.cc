#include "services/registry/app/due.h"

#include <map>

#include "common/base/macros.h"
#include "common/status/error.h"

namespace inspectorate::registry {
namespace {

// Leaves those whose day has come. An office that has no clock is left out, and noted in `first`; what the
// database answers goes for all of them.
absl::Status KeepDue(db::Session& session, const Clock& clock, std::vector<Dated>* dated,
                     absl::Status* first) {
  std::map<std::string, Date> today;  // by office
  for (const Dated& one : *dated) {
    if (today.contains(one.office)) continue;
    const auto now = work::OfficeNow(session, one.office, clock);
    if (!now.ok() && ReasonOf(now.status()) != ErrorReason::COPY_NOT_READY) return now.status();
    first->Update(now.status());
    today[one.office] = now.ok() ? ChinaDate(*now) : Date::min();
  }
  std::erase_if(*dated, [&](const Dated& one) { return one.day > today[one.office]; });
  return absl::OkStatus();
}

}  // namespace

absl::Status TakeUpDue(work::Writer& writer, const db::Budget& budget,
                       const std::function<absl::StatusOr<std::vector<Dated>>(db::Session&)>& find,
                       const std::function<absl::Status(const Dated&)>& take_up) {
  std::vector<Dated> due;
  absl::Status first;
  RETURN_IF_ERROR(writer.database().Read(budget, [&](db::Session& session) -> absl::Status {
    first = absl::OkStatus();  // it may be run again
    ASSIGN_OR_RETURN(due, find(session));
    return KeepDue(session, writer.clock(), &due, &first);
  }));
  for (const Dated& one : due) first.Update(take_up(one));
  return first;
}

}  // namespace inspectorate::registry
