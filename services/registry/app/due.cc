#include "services/registry/app/due.h"

#include <map>

#include "common/base/macros.h"

namespace inspectorate::registry {
namespace {

absl::Status KeepDue(db::Session& session, const Clock& clock, std::vector<Dated>* dated) {
  std::map<std::string, Date> today;  // by office
  for (const Dated& one : *dated) {
    if (today.contains(one.office)) continue;
    ASSIGN_OR_RETURN(const Time now, work::OfficeNow(session, one.office, clock));
    today[one.office] = ChinaDate(now);
  }
  std::erase_if(*dated, [&](const Dated& one) { return one.day > today[one.office]; });
  return absl::OkStatus();
}

}  // namespace

absl::Status TakeUpDue(work::Writer& writer, const db::Budget& budget,
                       const std::function<absl::StatusOr<std::vector<Dated>>(db::Session&)>& find,
                       const std::function<absl::Status(const Dated&)>& take_up) {
  std::vector<Dated> due;
  RETURN_IF_ERROR(writer.database().Read(budget, [&](db::Session& session) -> absl::Status {
    ASSIGN_OR_RETURN(due, find(session));
    return KeepDue(session, writer.clock(), &due);
  }));
  absl::Status first;
  for (const Dated& one : due) first.Update(take_up(one));
  return first;
}

}  // namespace inspectorate::registry
