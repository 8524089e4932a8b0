// One read and one write as a service runs them, pipeline, handler and database client, in one process and
// without gRPC, so that their instructions can be counted: `perf_hot_path READS WRITES`. The same numbers
// give the same work; tests/perf/hot_path/check runs it under callgrind with two numbers of each, and the
// difference is what a call costs.
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iostream>

#include "common/auth/jwt.h"
#include "common/base/macros.h"
#include "common/base/uuid.h"
#include "common/db/private/private_server.h"
#include "common/resource/description.h"
#include "common/rpc/pipeline.h"
#include "common/service/service.h"
#include "inspectorate/registry/v1/office.pb.h"
#include "inspectorate/registry/v1/school.pb.h"
#include "services/registry/definition.h"

namespace inspectorate::perf {
namespace {

using registry::v1::School;

constexpr char kOffice[] = "office-0";

// The registry's handlers behind a pipeline, on a database of their own.
class Stack {
 public:
  absl::Status Open(const std::string& directory) {
    const service::Definition& definition = registry::Definition();
    ASSIGN_OR_RETURN(server_,
                     db::PrivateServer::Start({.durable = false, .mysql_root = db::kInstalledMariaDb}));
    const db::Options options{.socket = server_->socket(), .user = "root", .schema = "hot_path"};
    RETURN_IF_ERROR(db::Migrate(options, service::AllMigrations(definition)));
    ASSIGN_OR_RETURN(database_, db::Database::Open(options));
    writer_ = std::make_unique<work::Writer>(*database_);
    platform_ = std::make_unique<resource::Platform>(
        resource::Platform{.database = *database_, .writer = *writer_, .page_tokens = page_tokens_});
    operations_ = lro::Operations::Start(*writer_);
    service::Wiring wiring{.methods = methods_,
                           .platform = *platform_,
                           .operations = *operations_,
                           .peer = [](const std::string&) -> rpc::Client* { return nullptr; }};
    definition.wire(wiring);
    ASSIGN_OR_RETURN(issuer_, auth::TokenIssuer::Generate("hot-path", "inspectorate"));
    std::ofstream(directory + "/jwks.json") << issuer_->Jwks();
    ASSIGN_OR_RETURN(authenticator_, auth::JwtAuthenticator::Open({.jwks_file = directory + "/jwks.json",
                                                                   .issuer = "hot-path",
                                                                   .audience = "inspectorate"}));
    rpc::ServerOptions server;
    server.service_name = "registry";
    pipeline_ = std::make_unique<rpc::Pipeline>(server, authenticator_, &metrics_);
    return absl::OkStatus();
  }

  absl::StatusOr<std::string> TokenOf(rpc::Role role, const std::string& office) const {
    return issuer_->Issue({.subject = "offices/" + office + "/staff/0198e6a0-0000-7000-8000-000000000001",
                           .display_name = "示例·办公室",
                           .role = role,
                           .office = office},
                          std::chrono::hours(1));
  }

  // What the transport does with a call, from bytes to bytes.
  template <class Response>
  absl::StatusOr<Response> Call(const std::string& method, const std::string& token,
                                const rpc::Message& request) {
    ASSIGN_OR_RETURN(rpc::MethodPlan plan,
                     rpc::PlanMethod(*rpc::FindMethod("inspectorate.registry.v1." + method), methods_));
    rpc::ServedCall call(plan, {.headers = {{"authorization", "Bearer " + token}},
                                .time_left = std::chrono::milliseconds(120'000),
                                .cancelled = [] { return false; }});
    const std::string bytes = request.SerializeAsString();
    std::unique_ptr<rpc::Message> received(plan.request->New());
    Response response;
    absl::Status status = pipeline_->Admit(
        call, [&](rpc::Message* message) { return message->ParseFromString(bytes); }, received.get());
    if (status.ok()) status = pipeline_->Handle(call, *received, &response);
    pipeline_->End(call, status);
    RETURN_IF_ERROR(status);
    response.SerializeAsString();
    return response;
  }

 private:
  std::unique_ptr<db::PrivateServer> server_;
  std::unique_ptr<db::Database> database_;
  std::unique_ptr<work::Writer> writer_;
  const query::PageTokens page_tokens_{"a secret of the measurement"};
  std::unique_ptr<resource::Platform> platform_;
  std::unique_ptr<lro::Operations> operations_;
  rpc::Methods methods_;
  std::unique_ptr<auth::TokenIssuer> issuer_;
  std::shared_ptr<auth::JwtAuthenticator> authenticator_;
  obs::Metrics metrics_;
  std::unique_ptr<rpc::Pipeline> pipeline_;
};

absl::StatusOr<School> MakeSchool(Stack& stack, const std::string& staff) {
  ASSIGN_OR_RETURN(const std::string platform, stack.TokenOf(rpc::Role::ROLE_PLATFORM_OPERATOR, "-"));
  registry::v1::CreateOfficeRequest office;
  office.set_office_id(kOffice);
  office.mutable_office()->set_display_name("示例区人民政府教育督导室");
  office.mutable_office()->set_level(registry::v1::COUNTY);
  office.mutable_office()->set_jurisdiction("37");
  office.mutable_office()->set_document_prefix("示教督改");
  RETURN_IF_ERROR(stack.Call<registry::v1::Office>("Offices.CreateOffice", platform, office).status());
  registry::v1::CreateSchoolRequest school;
  school.mutable_school()->set_office(std::string("offices/") + kOffice);
  school.mutable_school()->set_display_name("示例县实验小学");
  school.mutable_school()->set_external_id("S1");
  school.mutable_school()->set_kind(registry::v1::PRIMARY);
  school.mutable_school()->set_town("371601001");
  return stack.Call<School>("Schools.CreateSchool", staff, school);
}

absl::Status Run(const std::string& directory, int reads, int writes) {
  Stack stack;
  RETURN_IF_ERROR(stack.Open(directory));
  ASSIGN_OR_RETURN(const std::string staff, stack.TokenOf(rpc::Role::ROLE_DISTRICT_OFFICE, kOffice));
  ASSIGN_OR_RETURN(School school, MakeSchool(stack, staff));
  for (int i = 0; i < reads; ++i) {
    registry::v1::GetSchoolRequest request;
    request.set_name(school.name());
    RETURN_IF_ERROR(stack.Call<School>("Schools.GetSchool", staff, request).status());
  }
  for (int i = 0; i < writes; ++i) {
    registry::v1::UpdateSchoolRequest request;
    request.mutable_school()->set_name(school.name());
    request.mutable_school()->set_etag(school.etag());
    request.mutable_school()->set_students(1000 + i % 1000);
    request.mutable_school()->set_short_name("示例" + std::to_string(100 + i % 900));
    request.mutable_update_mask()->add_paths("students");
    request.mutable_update_mask()->add_paths("short_name");
    request.set_request_id(FormatUuid(RandomUuid()));
    ASSIGN_OR_RETURN(school, stack.Call<School>("Schools.UpdateSchool", staff, request));
  }
  return absl::OkStatus();
}

}  // namespace
}  // namespace inspectorate::perf

int main(int argc, char** argv) {
  if (argc != 3) {
    std::cerr << "perf_hot_path READS WRITES\n";
    return 2;
  }
  std::string directory = "/tmp/insp-hot-path-XXXXXX";
  if (mkdtemp(directory.data()) == nullptr) return 1;
  const absl::Status status = inspectorate::perf::Run(directory, std::atoi(argv[1]), std::atoi(argv[2]));
  unlink((directory + "/jwks.json").c_str());
  rmdir(directory.c_str());
  if (!status.ok()) std::cerr << status.ToString() << "\n";
  return status.ok() ? 0 : 1;
}
