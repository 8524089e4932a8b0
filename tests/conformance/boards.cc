#include "tests/conformance/boards.h"

#include <gtest/gtest.h>

#include <chrono>

#include "common/resource/description.h"
#include "common/testing/picture.h"
#include "common/testing/registrar.h"
#include "inspectorate/registry/v1/policy.pb.h"

namespace inspectorate::conformance {

namespace rv1 = registry::v1;
using resource::ToProto;

namespace {

template <class Request>
Request On(const rv1::Plaque& plaque) {
  Request request;
  request.set_name(plaque.name());
  request.set_etag(plaque.etag());
  return request;
}

}  // namespace

template <class Response, class Request>
Response Boards::Do(const std::string& method, const Request& request) {
  return world_.Must<Response>("registry", "inspectorate.registry.v1." + method, district_.deputy, request);
}

std::string Boards::NewPicture() {
  return testing::PngPicture(200, 280, static_cast<uint32_t>(world_.Next())) + kSecretContent;
}

rv1::Photo Boards::AtGate(const std::string& school) {
  rv1::CreatePhotoRequest request;
  request.set_parent(district_.office());
  request.set_purpose(rv1::PLAQUE_AT_GATE);
  request.set_school(school);
  request.set_content(NewPicture());
  return Do<rv1::Photo>("Photos.CreatePhoto", request);
}

rv1::Plaque Boards::Draft(const std::string& school) {
  rv1::DraftPlaqueRequest request;
  request.set_parent(district_.office());
  request.set_school(school);
  return Do<rv1::Plaque>("Plaques.DraftPlaque", request);
}

rv1::Plaque Boards::Approve(const rv1::Plaque& draft) {
  return Do<rv1::Plaque>("Plaques.ApprovePlaque", On<rv1::ApprovePlaqueRequest>(draft));
}

rv1::Plaque Boards::Drafted() {
  const std::string school = world_.AddSchool(district_);
  testing::Registrar(world_.harness(), district_.slug).Assign(district_.pictured_inspector, school);
  return Draft(school);
}

rv1::Plaque Boards::Approved() { return Approve(Drafted()); }

rv1::Plaque Boards::Made() {
  const rv1::Plaque approved = Approve(Draft(district_.samples.at("inspectorate/School")));
  return Do<rv1::Plaque>("Plaques.MakePlaque", On<rv1::MakePlaqueRequest>(approved));
}

rv1::Plaque Boards::Mounted() {
  auto mount = On<rv1::MountPlaqueRequest>(Made());
  mount.set_photo(district_.samples.at("inspectorate/Photo"));
  return Do<rv1::Plaque>("Plaques.MountPlaque", mount);
}

void Boards::LiveOnce() {
  rv1::CreatePolicyRuleRequest rule;
  rule.set_parent(district_.office());
  rule.mutable_policy_rule()->set_key("plaque.supervision_phone");
  rule.mutable_policy_rule()->set_value("0543-5550000");
  rule.mutable_policy_rule()->set_unit(rv1::TEXT);
  rule.mutable_policy_rule()->set_source("示教督〔2026〕3号");
  *rule.mutable_policy_rule()->mutable_valid_from() = ToProto(MakeDate(2025, 9, 1));
  Do<rv1::PolicyRule>("PolicyRules.CreatePolicyRule", rule);
  district_.pictured_inspector = world_.AddInspector(district_);
  for (const std::string& inspector :
       {district_.samples.at("inspectorate/Inspector"), district_.pictured_inspector}) {
    rv1::CreatePhotoRequest portrait;
    portrait.set_parent(district_.office());
    portrait.set_purpose(rv1::PORTRAIT);
    portrait.set_inspector(inspector);
    portrait.set_content(NewPicture());
    Do<rv1::Photo>("Photos.CreatePhoto", portrait);
  }
  district_.samples["inspectorate/Photo"] = AtGate(district_.samples.at("inspectorate/School")).name();
  AtGate(district_.far_school);
  Draft(district_.far_school);
  auto verify = On<rv1::VerifyPlaqueRequest>(Mounted());
  verify.set_photo(district_.samples.at("inspectorate/Photo"));
  district_.samples["inspectorate/Plaque"] =
      world_
          .Must<rv1::Plaque>("registry", "inspectorate.registry.v1.Plaques.VerifyPlaque",
                             district_.people.at(Role::ROLE_RESPONSIBLE_INSPECTOR), verify)
          .name();
  const auto status =
      world_.database("registry")
          .Read(db::Budget::Of(std::chrono::seconds(20)), [&](db::Session& session) -> absl::Status {
            auto rows = session.Query("SELECT token FROM plaque_token WHERE plaque = ?",
                                      {resource::UuidOf(district_.samples.at("inspectorate/Plaque"))});
            if (rows.ok()) district_.plaque_token = rows->at(0, 0).AsString();
            return rows.status();
          });
  EXPECT_TRUE(status.ok()) << status;
}

}  // namespace inspectorate::conformance
