#include "services/cli/demo/world.h"

#include <mutex>
#include <thread>
#include <utility>

#include "common/base/macros.h"
#include "common/base/uuid.h"
#include "common/resource/description.h"
#include "common/status/error.h"
#include "inspectorate/feed/v1/feed.pb.h"
#include "inspectorate/registry/v1/inspector.pb.h"
#include "inspectorate/registry/v1/office.pb.h"
#include "inspectorate/registry/v1/policy.pb.h"
#include "inspectorate/registry/v1/school.pb.h"
#include "inspectorate/type/v1/operations.pb.h"

namespace inspectorate::demo {
namespace {

constexpr auto kSettleLimit = std::chrono::seconds(120);
constexpr auto kTokenLife = std::chrono::minutes(10);
constexpr char kFollowers[][16] = {"visits", "issues", "reporting"};

// The token of the call that this thread is making: one connection a service serves everybody.
thread_local std::string current_token;

// "inspectorate.visits.v1.Visits.GetVisit" → "visits".
std::string ServiceOf(const std::string& method) {
  const size_t begin = method.find('.') + 1;
  return method.substr(begin, method.find('.', begin) - begin);
}

// The same act of the same person is the same request, also after the demo was killed and started again: the
// service answers as it did the first time, and nothing is done twice.
std::string RequestId(const Person& who, const std::string& method, const Message& request) {
  static const Uuid space = *ParseUuid("5b1f4a54-6f0c-5c8e-8d5e-3f6c0a7be201");
  return FormatUuid(DerivedUuid(space, who.subject + "\n" + method + "\n" + request.SerializeAsString()));
}

// All pages of a list.
template <class Request, class Response, class F>
absl::Status ForEach(World& world, const Person& who, const std::string& method, Request request, F take) {
  request.set_page_size(1000);
  do {
    ASSIGN_OR_RETURN(Response response, world.Call<Response>(who, method, request));
    take(response);
    request.set_page_token(response.next_page_token());
  } while (!request.page_token().empty());
  return absl::OkStatus();
}

}  // namespace

World::World(const std::map<std::string, std::string>& endpoints, std::unique_ptr<auth::TokenIssuer> issuer,
             std::string office)
    : issuer_(std::move(issuer)), office_(std::move(office)) {
  for (const auto& [service, target] : endpoints) {
    clients_[service] = rpc::Client::Connect({.target = target,
                                              .token = [] { return current_token; },
                                              .default_deadline = std::chrono::seconds(60)});
  }
}

Person World::Operator() { return {"operators/local", "本机运维", rpc::Role::ROLE_PLATFORM_OPERATOR}; }
Person World::Watcher() { return {"services/demo", "demo", rpc::Role::ROLE_SERVICE}; }

// Signing costs more than most calls: a token serves until half its life is over.
absl::StatusOr<std::string> World::TokenOf(const Person& who) {
  const auto now = std::chrono::steady_clock::now();
  const std::lock_guard<std::mutex> lock(tokens_mutex_);
  auto& [token, renew] = tokens_[{who.subject, who.role}];
  if (!token.empty() && now < renew) return token;
  const bool outside = who.role == rpc::Role::ROLE_PLATFORM_OPERATOR || who.role == rpc::Role::ROLE_SERVICE;
  ASSIGN_OR_RETURN(token, issuer_->Issue({.subject = who.subject,
                                          .display_name = who.name,
                                          .role = who.role,
                                          .office = outside ? "-" : office_},
                                         kTokenLife));
  renew = now + kTokenLife / 2;
  return token;
}

absl::Status World::Call(const Person& who, const std::string& method, Message& request, Message* response) {
  return CallOn(ServiceOf(method), who, method, request, response);
}

absl::Status World::CallOn(const std::string& service, const Person& who, const std::string& method,
                           Message& request, Message* response) {
  ASSIGN_OR_RETURN(current_token, TokenOf(who));
  if (const auto* field = request.GetDescriptor()->FindFieldByName("request_id");
      field != nullptr && request.GetReflection()->GetString(request, field).empty()) {
    request.GetReflection()->SetString(&request, field, RequestId(who, method, request));
  }
  auto client = clients_.find(service);
  if (client == clients_.end()) return absl::NotFoundError("no endpoint for " + service);
  absl::Status status = client->second->Call(method, request, response, {.max_attempts = 8});
  if (status.ok()) return status;
  // The reason stays; what was being done helps whoever reads it.
  absl::Status annotated(status.code(), method + " by " + who.name + ": " + std::string(status.message()));
  status.ForEachPayload(
      [&](absl::string_view url, const absl::Cord& payload) { annotated.SetPayload(url, payload); });
  return annotated;
}

absl::Status World::Await(const std::string& service, const Person& who,
                          google::longrunning::Operation operation,
                          const std::function<void(int64_t, int64_t)>& progress, Message* response) {
  while (!operation.done()) {
    type::v1::WaitOperationRequest wait;
    wait.set_name(operation.name());
    wait.mutable_timeout()->set_seconds(1);
    RETURN_IF_ERROR(CallOn(service, who, "inspectorate.type.v1.Operations.WaitOperation", wait, &operation));
    type::v1::OperationMetadata metadata;
    if (operation.metadata().UnpackTo(&metadata)) progress(metadata.done_units(), metadata.total_units());
  }
  if (operation.has_error()) {
    return absl::Status(static_cast<absl::StatusCode>(operation.error().code()), operation.error().message());
  }
  if (!operation.response().UnpackTo(response))
    return absl::InternalError("the operation answers with another type");
  return absl::OkStatus();
}

absl::Status World::LoadPeople() {
  const Person reader = Watcher();
  const std::string v1 = "inspectorate.registry.v1.";
  registry::v1::ListInspectorsRequest inspectors;
  inspectors.set_filter("office = \"" + parent() + "\"");
  RETURN_IF_ERROR((ForEach<registry::v1::ListInspectorsRequest, registry::v1::ListInspectorsResponse>(
      *this, reader, v1 + "Inspectors.ListInspectors", inspectors, [&](const auto& page) {
        for (const auto& entry : page.inspectors()) {
          people_[entry.work_number()] = {entry.name(), entry.display_name(),
                                          rpc::Role::ROLE_RESPONSIBLE_INSPECTOR};
        }
      })));
  registry::v1::ListSupervisorsRequest supervisors;
  supervisors.set_parent(parent());
  RETURN_IF_ERROR((ForEach<registry::v1::ListSupervisorsRequest, registry::v1::ListSupervisorsResponse>(
      *this, reader, v1 + "Supervisors.ListSupervisors", supervisors, [&](const auto& page) {
        for (const auto& entry : page.supervisors()) {
          people_[entry.work_number()] = {entry.name(), entry.display_name(),
                                          rpc::Role::ROLE_SCHOOL_SUPERVISOR};
        }
      })));
  registry::v1::ListStaffRequest staff;
  staff.set_parent(parent());
  RETURN_IF_ERROR((ForEach<registry::v1::ListStaffRequest, registry::v1::ListStaffResponse>(
      *this, reader, v1 + "Staff.ListStaff", staff, [&](const auto& page) {
        for (const auto& entry : page.staff()) {
          people_[entry.work_number()] = {entry.name(), entry.display_name(),
                                          rpc::Role::ROLE_DISTRICT_OFFICE};
        }
      })));
  registry::v1::ListSchoolsRequest schools;
  schools.set_filter("office = \"" + parent() + "\"");
  RETURN_IF_ERROR((ForEach<registry::v1::ListSchoolsRequest, registry::v1::ListSchoolsResponse>(
      *this, reader, v1 + "Schools.ListSchools", schools, [&](const auto& page) {
        for (const auto& entry : page.schools()) schools_[entry.external_id()] = entry.name();
      })));
  for (const auto& [number, person] : people_) by_subject_[person.subject] = person;
  return absl::OkStatus();
}

const Person& World::Of(const std::string& work_number) const { return people_.at(work_number); }

absl::Status World::SetClock(Time time) {
  registry::v1::SetSandboxClockRequest request;
  request.set_name(parent());
  *request.mutable_sandbox_time() = resource::ToProto(time);
  registry::v1::Office office;
  const absl::Status set =
      Call(Operator(), "inspectorate.registry.v1.Offices.SetSandboxClock", request, &office);
  // A demo that starts again has been further already; what it finds done it leaves.
  if (!set.ok() && ReasonOf(set) != ErrorReason::CLOCK_BACKWARDS) return set;
  return Settle();
}

absl::Status World::Settle() {
  // The limit is for standing still: a large import takes what it takes.
  auto until = std::chrono::steady_clock::now() + kSettleLimit;
  uint64_t moved = 0;
  std::map<std::string, uint64_t> before;
  while (std::chrono::steady_clock::now() < until) {
    std::map<std::string, feed::v1::GetWatermarksResponse> marks;
    std::map<std::string, uint64_t> heads;
    for (const auto& [service, client] : clients_) {
      feed::v1::GetWatermarksRequest request;
      request.set_parent(parent());
      RETURN_IF_ERROR(CallOn(service, Watcher(), "inspectorate.feed.v1.ChangeFeed.GetWatermarks", request,
                             &marks[service]));
      heads[service] = marks[service].position();
    }
    bool settled = heads == before;
    uint64_t sum = 0;
    for (const char* follower : kFollowers) {
      std::map<std::string, uint64_t> applied = {{"registry", 0}};
      for (const auto& mark : marks[follower].watermarks()) applied[mark.source()] = mark.position();
      for (const auto& [source, position] : applied) sum += position;
      for (const auto& [source, position] : applied) settled = settled && position >= heads[source];
    }
    if (settled) return absl::OkStatus();
    if (sum != moved) until = std::chrono::steady_clock::now() + kSettleLimit;
    moved = sum;
    before = std::move(heads);
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
  }
  return absl::DeadlineExceededError("the services do not catch up with each other's feeds");
}

}  // namespace inspectorate::demo
