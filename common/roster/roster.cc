#include "common/roster/roster.h"

#include "inspectorate/registry/v1/area.pb.h"
#include "inspectorate/registry/v1/area_design.pb.h"
#include "inspectorate/registry/v1/calendar.pb.h"
#include "inspectorate/registry/v1/catalogue.pb.h"
#include "inspectorate/registry/v1/delegation.pb.h"
#include "inspectorate/registry/v1/inspector.pb.h"
#include "inspectorate/registry/v1/office.pb.h"
#include "inspectorate/registry/v1/plaque.pb.h"
#include "inspectorate/registry/v1/policy.pb.h"
#include "inspectorate/registry/v1/school.pb.h"
#include "inspectorate/registry/v1/school_change.pb.h"
#include "inspectorate/registry/v1/town.pb.h"
#include "inspectorate/registry/v1/training.pb.h"
#include "roster_migrations.h"

namespace inspectorate::roster {

std::vector<db::Migration> Migrations() { return db::MigrationsFrom(roster_migrations); }

const std::vector<const google::protobuf::Descriptor*>& Resources() {
  using namespace registry::v1;
  static const auto* resources =
      new std::vector<const google::protobuf::Descriptor*>{Office::descriptor(),
                                                           Matter::descriptor(),
                                                           PolicyRule::descriptor(),
                                                           Term::descriptor(),
                                                           StaffMember::descriptor(),
                                                           School::descriptor(),
                                                           Area::descriptor(),
                                                           SchoolAssignment::descriptor(),
                                                           Inspector::descriptor(),
                                                           Appointment::descriptor(),
                                                           Certificate::descriptor(),
                                                           Recusal::descriptor(),
                                                           AreaMembership::descriptor(),
                                                           InspectorAssignment::descriptor(),
                                                           Supervisor::descriptor(),
                                                           SupervisorPosting::descriptor(),
                                                           SchoolChange::descriptor(),
                                                           Leave::descriptor(),
                                                           Employment::descriptor(),
                                                           Qualification::descriptor(),
                                                           Suspension::descriptor(),
                                                           InspectorAct::descriptor(),
                                                           AreaDesign::descriptor(),
                                                           CalendarPaper::descriptor(),
                                                           Photo::descriptor(),
                                                           Plaque::descriptor(),
                                                           TrainingSession::descriptor(),
                                                           Attendance::descriptor(),
                                                           StudyRecord::descriptor(),
                                                           Catalogue::descriptor(),
                                                           CatalogueVersion::descriptor(),
                                                           Town::descriptor(),
                                                           Delegation::descriptor()};
  return *resources;
}

}  // namespace inspectorate::roster
