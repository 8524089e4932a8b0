// Names of people and schools, as documents, timelines and lists show them.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "common/base/uuid.h"
#include "common/db/database.h"

namespace inspectorate::roster {

// A person of the registry.
struct Person {
  std::string
      subject;  // "inspectors/{uuid}", "offices/{office}/staff/{uuid}", "offices/{office}/supervisors/{uuid}"
  std::string display_name;
  std::string work_number;
  std::string title;  // post or professional title
};

// RESOURCE_NOT_FOUND for a subject that is no person of the registry.
absl::StatusOr<Person> FindPerson(db::Session& session, std::string_view subject);

// Display names by id; ids without a row are left out.
absl::StatusOr<std::map<Uuid, std::string>> SchoolNames(db::Session& session,
                                                        const std::vector<Uuid>& schools);
absl::StatusOr<std::map<Uuid, std::string>> InspectorNames(db::Session& session,
                                                           const std::vector<Uuid>& inspectors);

}  // namespace inspectorate::roster
