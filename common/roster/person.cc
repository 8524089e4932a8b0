#include "common/roster/person.h"

#include <algorithm>

#include "common/base/macros.h"
#include "common/resource/table.h"
#include "common/status/error.h"
#include "inspectorate/registry/v1/inspector.pb.h"
#include "inspectorate/registry/v1/policy.pb.h"
#include "inspectorate/registry/v1/school.pb.h"

namespace inspectorate::roster {
namespace {

// Ids in one statement: far below the limits of either server.
constexpr size_t kBatch = 500;

absl::StatusOr<std::map<Uuid, std::string>> Names(db::Session& session, const std::string& table,
                                                  const std::vector<Uuid>& ids) {
  std::map<Uuid, std::string> names;
  for (size_t begin = 0; begin < ids.size(); begin += kBatch) {
    std::string marks;
    db::Params params;
    for (size_t i = begin; i < std::min(begin + kBatch, ids.size()); ++i) {
      marks += marks.empty() ? "?" : ", ?";
      params.emplace_back(ids[i]);
    }
    ASSIGN_OR_RETURN(db::Rows rows, session.Query("SELECT `" + table + "`, `display_name` FROM `" + table +
                                                      "` WHERE `" + table + "` IN (" + marks + ")",
                                                  params));
    for (size_t i = 0; i < rows.size(); ++i) names.emplace(rows.at(i, 0).AsUuid(), rows.at(i, 1).AsString());
  }
  return names;
}

}  // namespace

absl::StatusOr<Person> FindPerson(db::Session& session, std::string_view subject) {
  const std::string name(subject);
  if (subject.starts_with("inspectors/")) {
    ASSIGN_OR_RETURN(auto row, resource::Get<registry::v1::Inspector>(session, subject));
    return Person{name, row.display_name(), row.work_number(), row.title()};
  }
  if (subject.find("/staff/") != std::string_view::npos) {
    ASSIGN_OR_RETURN(auto row, resource::Get<registry::v1::StaffMember>(session, subject));
    return Person{name, row.display_name(), row.work_number(), row.title()};
  }
  if (subject.find("/supervisors/") != std::string_view::npos) {
    ASSIGN_OR_RETURN(auto row, resource::Get<registry::v1::Supervisor>(session, subject));
    return Person{name, row.display_name(), row.work_number(), row.duty()};
  }
  return NotFound(subject);
}

absl::StatusOr<std::map<Uuid, std::string>> SchoolNames(db::Session& session,
                                                        const std::vector<Uuid>& schools) {
  return Names(session, "school", schools);
}

absl::StatusOr<std::map<Uuid, std::string>> InspectorNames(db::Session& session,
                                                           const std::vector<Uuid>& inspectors) {
  return Names(session, "inspector", inspectors);
}

}  // namespace inspectorate::roster
