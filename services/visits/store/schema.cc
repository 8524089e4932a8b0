#include "services/visits/store/schema.h"

#include "inspectorate/visits/v1/obligation.pb.h"
#include "inspectorate/visits/v1/plan.pb.h"
#include "inspectorate/visits/v1/visit.pb.h"
#include "visits_sql.h"

namespace inspectorate::visits {

std::vector<db::Migration> Migrations() { return db::MigrationsFrom(visits_sql); }

const std::vector<const google::protobuf::Descriptor*>& Resources() {
  static const auto* resources = new std::vector<const google::protobuf::Descriptor*>{
      v1::Obligation::descriptor(), v1::Plan::descriptor(), v1::PlanItem::descriptor(),
      v1::Visit::descriptor(), v1::Finding::descriptor()};
  return *resources;
}

}  // namespace inspectorate::visits
