#include "tests/robustness/workload.h"

#include <algorithm>
#include <cstdlib>
#include <set>
#include <utility>

#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "common/base/hash.h"
#include "common/base/macros.h"
#include "common/base/uuid.h"
#include "common/resource/description.h"
#include "common/status/error.h"
#include "google/longrunning/operations.pb.h"
#include "inspectorate/issues/v1/issue.pb.h"
#include "inspectorate/registry/v1/area.pb.h"
#include "inspectorate/registry/v1/import.pb.h"
#include "inspectorate/registry/v1/school.pb.h"
#include "inspectorate/reporting/v1/indicator.pb.h"
#include "inspectorate/type/v1/operations.pb.h"
#include "inspectorate/visits/v1/visit.pb.h"
#include "services/cli/demo/district_lists.h"

namespace inspectorate::robustness {
namespace {

using google::longrunning::Operation;
using google::protobuf::Message;
using std::chrono::milliseconds;
using std::chrono::steady_clock;

constexpr milliseconds kDeadline{3000};
constexpr milliseconds kAuditDeadline{10'000};
constexpr auto kFoundingLimit = std::chrono::seconds(90);
constexpr int kMaxBackoffMs = 250;
constexpr char kAllOffices[] = "-";
constexpr char kWaitOperation[] = "inspectorate.type.v1.Operations.WaitOperation";
// What is repeated though it was answered.
constexpr double kRepeatAnswered = 0.05;

bool IsIdentCode(const std::string& cell) {
  return cell.size() == 10 &&
         std::all_of(cell.begin(), cell.end(), [](char c) { return c >= '0' && c <= '9'; });
}

// Of an inspector who works at a school that was left out: where, since when and until when.
void ClearEmployment(const std::set<std::string>& left_out, std::vector<std::string>* cells) {
  for (size_t i = 0; i + 2 < cells->size(); ++i) {
    if ((*cells)[i].empty() || !left_out.contains((*cells)[i])) continue;
    for (size_t k = 0; k < 3; ++k) (*cells)[i + k].clear();
  }
}

// Of the list of schools the first ones, without kindergartens, whose matters are others; of the other lists
// what is not about a school that was left out. Without identification codes: no two offices may have one.
void CutTo(int schools, registry::v1::ImportRosterRequest* lists) {
  std::set<std::string> left_out;
  for (const auto& file : lists->files()) {
    if (file.kind() != registry::v1::IMPORT_SCHOOLS) continue;
    int kept = 0;
    const std::vector<std::string> lines = absl::StrSplit(file.content(), '\n');
    for (size_t i = 1; i < lines.size(); ++i) {
      const bool keep = kept < schools && lines[i].find(",幼儿园,") == std::string::npos;
      if (keep) ++kept;
      if (!keep) left_out.insert(lines[i].substr(0, lines[i].find(',')));
    }
  }
  for (auto& file : *lists->mutable_files()) {
    std::vector<std::string> kept;
    const std::vector<std::string> lines = absl::StrSplit(file.content(), '\n');
    for (const std::string& line : lines) {
      std::vector<std::string> cells = absl::StrSplit(line, ',');
      if (file.kind() == registry::v1::IMPORT_INSPECTORS) ClearEmployment(left_out, &cells);
      if (std::any_of(cells.begin(), cells.end(),
                      [&](const std::string& cell) { return !cell.empty() && left_out.contains(cell); }))
        continue;
      std::replace_if(cells.begin(), cells.end(), IsIdentCode, std::string());
      kept.push_back(absl::StrJoin(cells, ","));
    }
    file.set_content(absl::StrJoin(kept, "\n"));
  }
}

absl::StatusOr<registry::v1::ImportRosterRequest> ListsOf(const District& district) {
  const char* source = std::getenv("INSPECTORATE_SOURCE");
  if (source == nullptr) return absl::FailedPreconditionError("INSPECTORATE_SOURCE is not set");
  ASSIGN_OR_RETURN(auto lists, demo::ReadLists(std::string(source) + "/deploy/local/district/zhanhua",
                                               "offices/" + district.office));
  CutTo(district.schools, &lists);
  return lists;
}

absl::Status CheckImported(const Operation& operation) {
  if (operation.has_error()) return FromWire(operation.error());
  registry::v1::ImportRosterResponse response;
  if (!operation.response().UnpackTo(&response))
    return absl::InternalError("the import: " + operation.ShortDebugString());
  if (response.rejected_rows() == 0) return absl::OkStatus();
  return absl::InternalError("the import rejected rows: " + response.ShortDebugString().substr(0, 2000));
}

absl::Status Import(testing::Fleet& fleet, const District& district) {
  ASSIGN_OR_RETURN(const auto request, ListsOf(district));
  const auto registry = fleet.ClientOf("registry", district.staff);
  ASSIGN_OR_RETURN(Operation operation,
                   registry->Call<Operation>("inspectorate.registry.v1.Imports.ImportRoster", request));
  const auto until = steady_clock::now() + kFoundingLimit;
  while (!operation.done() && steady_clock::now() < until) {
    type::v1::WaitOperationRequest wait;
    wait.set_name(operation.name());
    wait.mutable_timeout()->set_seconds(5);
    ASSIGN_OR_RETURN(operation, registry->Call<Operation>(kWaitOperation, wait));
  }
  return CheckImported(operation);
}

absl::Status FindPeople(testing::Fleet& fleet, District* district) {
  const auto registry = fleet.ClientOf("registry", testing::FeedReader());
  const std::string parent = "offices/" + district->office;
  registry::v1::ListInspectorAssignmentsRequest assigned;
  assigned.set_parent(parent);
  assigned.set_page_size(1000);
  ASSIGN_OR_RETURN(const auto assignments,
                   registry->Call<registry::v1::ListInspectorAssignmentsResponse>(
                       "inspectorate.registry.v1.InspectorAssignments.ListInspectorAssignments", assigned));
  registry::v1::ListSupervisorPostingsRequest posted;
  posted.set_parent(parent);
  posted.set_page_size(1000);
  ASSIGN_OR_RETURN(const auto postings,
                   registry->Call<registry::v1::ListSupervisorPostingsResponse>(
                       "inspectorate.registry.v1.SupervisorPostings.ListSupervisorPostings", posted));
  std::map<std::string, Place> places;
  for (const auto& assignment : assignments.inspector_assignments()) {
    if (assignment.duty() != registry::v1::MAIN) continue;
    places[assignment.school()].inspector = testing::Person(
        assignment.inspector(), rpc::Role::ROLE_RESPONSIBLE_INSPECTOR, district->office, "示例·督学");
  }
  for (const auto& posting : postings.supervisor_postings()) {
    places[posting.school()].supervisor = testing::Person(
        posting.supervisor(), rpc::Role::ROLE_SCHOOL_SUPERVISOR, district->office, "示例·校级督学");
  }
  for (auto& [school, place] : places) {
    place.school = school;
    if (!place.inspector.subject.empty() && !place.supervisor.subject.empty())
      district->places.push_back(place);
  }
  return district->places.empty() ? absl::InternalError("a district without people") : absl::OkStatus();
}

std::string ServiceOf(const std::string& method) {
  if (method == kWaitOperation) return "registry";  // every service has it; of imports it is this one's
  const size_t begin = method.find('.') + 1;
  return method.substr(begin, method.find('.', begin) - begin);
}

std::string ReasonText(const absl::Status& status) {
  if (status.ok()) return {};
  const ErrorReason reason = ReasonOf(status);
  std::string text = std::string(absl::StatusCodeToString(status.code())) + " ";
  text += reason == ErrorReason::ERROR_REASON_UNSPECIFIED ? std::string(status.message())
                                                          : type::v1::ErrorReason_Name(reason);
  if (status.code() == absl::StatusCode::kInternal) text += ": " + std::string(status.message());
  return text;
}

// Done again with the same id: what is unknown, and what the service says is worth it.
bool WorthRepeating(const absl::Status& status) {
  return OutcomeOf(status) == Outcome::kUnknown || ReasonOf(status) == ErrorReason::OVERLOADED ||
         ReasonOf(status) == ErrorReason::TRANSACTION_CONFLICT;
}

// The resource that a request is about: what it names, or what it carries to be changed.
std::string AskedOf(const Message& request) {
  const auto* descriptor = request.GetDescriptor();
  if (descriptor->FindFieldByName("name") != nullptr) return resource::GetString(request, "name");
  if (descriptor->FindFieldByName("update_mask") == nullptr) return {};
  for (int i = 0; i < descriptor->field_count(); ++i) {
    const auto* field = descriptor->field(i);
    if (field->cpp_type() != google::protobuf::FieldDescriptor::CPPTYPE_MESSAGE || field->is_repeated() ||
        field->message_type()->FindFieldByName("name") == nullptr)
      continue;
    return resource::GetString(request.GetReflection()->GetMessage(request, field), "name");
  }
  return {};
}

std::string HashOf(const Message& message) { return Hex(Sha256(message.SerializeAsString())).substr(0, 16); }

}  // namespace

absl::StatusOr<District> FoundDistrict(testing::Fleet& fleet, const std::string& office, int schools) {
  District district{.office = office, .schools = schools, .staff = testing::Staff(office, "示例·主任")};
  const auto registry = fleet.ClientOf("registry", testing::Operator());
  RETURN_IF_ERROR(testing::CreateSandbox(*registry, office));
  RETURN_IF_ERROR(testing::SetClock(*registry, office, "2026-03-10T01:00:00Z"));
  RETURN_IF_ERROR(Import(fleet, district));
  RETURN_IF_ERROR(FindPeople(fleet, &district));
  testing::Clients clients;
  for (const char* service : {"registry", "visits", "issues", "reporting"})
    clients[service] = fleet.ClientOf(service, testing::FeedReader());
  RETURN_IF_ERROR(testing::Settle(clients, office, kFoundingLimit));
  return district;
}

Caller::Caller(const testing::Fleet& fleet, const Targets& targets, History& history, int process,
               uint64_t seed, const std::atomic<bool>& give_up, Patience patience)
    : fleet_(fleet),
      history_(history),
      process_(process),
      random_(static_cast<std::minstd_rand::result_type>(seed * 1000 + static_cast<uint64_t>(process) + 1)),
      give_up_(give_up),
      patience_(patience) {
  for (const auto& [service, target] : targets) {
    clients_[service] = rpc::Client::Connect({.target = target, .token = [this] { return token_; }});
  }
}

const std::string& Caller::TokenOf(const rpc::Principal& who) {
  std::string& token = tokens_[std::to_string(who.role) + who.subject];
  if (token.empty()) token = fleet_.TokenOf(who);
  return token;
}

std::string Caller::NewRequestId() {
  Uuid id;
  for (uint8_t& byte : id.bytes) byte = static_cast<uint8_t>(random_() >> 8);
  id.bytes[6] = static_cast<uint8_t>((id.bytes[6] & 0x0f) | 0x40);
  id.bytes[8] = static_cast<uint8_t>((id.bytes[8] & 0x3f) | 0x80);
  return FormatUuid(id);
}

absl::Status Caller::Attempt(const rpc::Principal& who, const std::string& method, const Message& request,
                             Message* response) {
  Record record{.process = process_, .op = method};
  record.office = who.office;
  std::unique_ptr<Message> args(request.New());
  args->CopyFrom(request);
  if (const auto* field = request.GetDescriptor()->FindFieldByName("request_id")) {
    record.request_id = request.GetReflection()->GetString(request, field);
    args->GetReflection()->ClearField(args.get(), field);
  }
  record.args = HashOf(*args);
  record.asked = AskedOf(request);
  token_ = TokenOf(who);
  rpc::CallOptions options{.attempts = &record.attempts};
  if (patience_ == Patience::kEndless) {
    options.deadline = method.ends_with("RunLoopAudit") ? kAuditDeadline : kDeadline;
    options.max_attempts = 1;
  }
  record.invoke_us = history_.Now();
  absl::Status status = clients_.at(ServiceOf(method))->Call(method, request, response, options);
  record.return_us = history_.Now();
  record.outcome = OutcomeOf(status);
  record.reason = ReasonText(status);
  if (status.ok()) {
    record.answer = HashOf(*response);
    const auto* descriptor = response->GetDescriptor();
    if (descriptor->FindFieldByName("revision") != nullptr &&
        descriptor->FindFieldByName("name") != nullptr) {
      record.resource = resource::GetString(*response, "name");
      record.revision = resource::RevisionOf(*response);
    }
  }
  history_.Add(std::move(record));
  return status;
}

absl::Status Caller::Call(const rpc::Principal& who, const std::string& method, Message& request,
                          Message* response) {
  const auto* field = request.GetDescriptor()->FindFieldByName("request_id");
  if (field != nullptr && request.GetReflection()->GetString(request, field).empty())
    request.GetReflection()->SetString(&request, field, NewRequestId());
  for (int attempt = 0;; ++attempt) {
    absl::Status status = Attempt(who, method, request, response);
    if (status.ok() && field != nullptr && Chance(kRepeatAnswered)) {
      // Whatever it is answered stands in the history: refused, it is a complaint of RefusedHadNoEffect.
      std::unique_ptr<Message> again(response->New());
      Attempt(who, method, request, again.get()).IgnoreError();
    }
    if (patience_ == Patience::kDocumented || !WorthRepeating(status) || give_up_) return status;
    const int longest = std::min(kMaxBackoffMs, 20 << std::min(attempt, 6));
    std::this_thread::sleep_for(milliseconds(5 + random_() % static_cast<unsigned>(longest)));
  }
}

absl::Status ImportAgain(Caller& caller, const District& district) {
  ASSIGN_OR_RETURN(registry::v1::ImportRosterRequest request, ListsOf(district));
  auto* files = request.mutable_files();
  files->SwapElements(0, static_cast<int>(caller.random()() % static_cast<unsigned>(files->size())));
  files->DeleteSubrange(1, files->size() - 1);
  if (files->Get(0).kind() == registry::v1::IMPORT_SCHOOLS) return absl::OkStatus();  // others change them
  ASSIGN_OR_RETURN(
      Operation operation,
      caller.Call<Operation>(district.staff, "inspectorate.registry.v1.Imports.ImportRoster", request));
  const auto until = steady_clock::now() + kFoundingLimit;
  while (!operation.done() && steady_clock::now() < until && !caller.given_up()) {
    type::v1::WaitOperationRequest wait;
    wait.set_name(operation.name());
    wait.mutable_timeout()->set_seconds(5);
    ASSIGN_OR_RETURN(operation, caller.Call<Operation>(district.staff, kWaitOperation, wait));
  }
  return CheckImported(operation);
}

Workload::Workload(testing::Fleet& fleet, const std::vector<District>& districts, const Targets& targets,
                   History& history, WorkloadOptions options)
    : fleet_(fleet), districts_(districts), targets_(targets), history_(history), options_(options) {
  for (const char* service : {"registry", "visits", "issues"}) {
    for (const District& district : districts)
      watchers_.push_back(std::make_unique<Watcher>(Watcher{.service = service, .office = district.office}));
    watchers_.push_back(std::make_unique<Watcher>(Watcher{.service = service, .office = kAllOffices}));
  }
  for (const auto& watcher : watchers_)
    watching_threads_.emplace_back([this, &watcher = *watcher] { Watch(watcher); });
  Begin(options.errands, running_, &Workload::Write);
  Begin(options.registrars, running_, &Workload::Register);
  Begin(options.readers, running_, &Workload::Read);
  Begin(options.importers, importing_, &Workload::Import);
}

void Workload::Begin(int count, std::atomic<int>& running, void (Workload::*work)(const Post& post)) {
  const int districts = static_cast<int>(districts_.size());
  running += count;
  for (int i = 0; i < count; ++i) {
    const Post post{.process = static_cast<int>(callers_.size()),
                    .district = districts_[static_cast<size_t>(i % districts)],
                    .number = i / districts};
    callers_.emplace_back([this, post, work, &running] {
      (this->*work)(post);
      --running;
    });
  }
}

Workload::~Workload() {
  Finish(milliseconds(0));
  watching_ = false;
  for (std::thread& thread : watching_threads_) {
    if (thread.joinable()) thread.join();
  }
}

void Workload::Finish(milliseconds patience) {
  stopping_ = true;
  const auto until = steady_clock::now() + patience;
  while ((running_ > 0 || (options_.await_imports && importing_ > 0)) && steady_clock::now() < until)
    std::this_thread::sleep_for(milliseconds(20));
  give_up_ = true;
  for (std::thread& thread : callers_) {
    if (thread.joinable()) thread.join();
  }
}

bool Workload::GotTo(const Heads& heads) {
  std::lock_guard<std::mutex> lock(mutex_);
  for (const auto& watcher : watchers_) {
    for (const auto& [office, services] : heads) {
      if (watcher->office != office && watcher->office != kAllOffices) continue;
      const auto head = services.find(watcher->service);
      if (head != services.end() && watcher->at[office] < head->second) return false;
    }
  }
  return true;
}

bool Workload::FinishWatching(const Heads& heads, milliseconds patience) {
  const auto until = steady_clock::now() + patience;
  bool complete = GotTo(heads);
  while (!complete && steady_clock::now() < until) {
    std::this_thread::sleep_for(milliseconds(20));
    complete = GotTo(heads);
  }
  watching_ = false;
  for (std::thread& thread : watching_threads_) thread.join();
  return complete;
}

std::map<std::string, std::vector<feed::WatchHistory>> Workload::watches(const std::string& office) {
  std::lock_guard<std::mutex> lock(mutex_);
  std::map<std::string, std::vector<feed::WatchHistory>> watches;
  for (const auto& watcher : watchers_) {
    if (watcher->office == office || watcher->office == kAllOffices)
      watches[watcher->service].push_back(feed::OfOffice(watcher->history, office));
  }
  return watches;
}

std::vector<reporting::v1::LoopAudit> Workload::audits(const std::string& office) {
  std::lock_guard<std::mutex> lock(mutex_);
  return audits_[office];
}

std::map<std::string, int> Workload::stopped() {
  std::lock_guard<std::mutex> lock(mutex_);
  return stopped_;
}

std::map<std::string, int> Workload::cut_off() {
  std::lock_guard<std::mutex> lock(mutex_);
  return cut_off_;
}

void Workload::Note(const absl::Status& status) {
  if (status.ok()) return;
  std::lock_guard<std::mutex> lock(mutex_);
  const std::string reason = ReasonText(status);
  ++stopped_[reason.substr(0, 120)];
}

void Workload::Write(const Post& post) {
  Caller caller(fleet_, targets_, history_, post.process, options_.seed, give_up_, options_.patience);
  // Places of its own, in turn.
  const std::vector<Place>& places = post.district.places;
  const size_t writers = (static_cast<size_t>(options_.errands) + districts_.size() - 1) / districts_.size();
  const size_t first = static_cast<size_t>(post.number) % places.size();
  for (size_t next = first; !stopping_; next += writers) {
    if (next >= places.size()) next = first;
    const absl::Status status = RunErrand(caller, post.district, places[next]);
    if (status.ok()) ++errands_done_;
    if (!give_up_) Note(status);
  }
}

void Workload::Register(const Post& post) {
  Caller caller(fleet_, targets_, history_, post.process, options_.seed, give_up_, options_.patience);
  while (!stopping_) {
    // Etags that were overtaken are part of it.
    UpdateSharedSchool(caller, post.district).IgnoreError();
    std::this_thread::sleep_for(milliseconds(caller.random()() % 60));
  }
}

void Workload::Read(const Post& post) {
  Caller caller(fleet_, targets_, history_, post.process, options_.seed, give_up_, options_.patience);
  const District& district = post.district;
  const std::string parent = "offices/" + district.office;
  while (!stopping_) {
    if (caller.Chance(0.3)) {
      reporting::v1::RunLoopAuditRequest request;
      request.set_parent(parent);
      auto audit = caller.Call<reporting::v1::LoopAudit>(
          district.staff, "inspectorate.reporting.v1.LoopAudits.RunLoopAudit", request);
      std::lock_guard<std::mutex> lock(mutex_);
      if (audit.ok()) audits_[district.office].push_back(*std::move(audit));
    } else {
      registry::v1::GetSchoolRequest request;
      request.set_name(
          district.places[caller.random()() % std::min<size_t>(3, district.places.size())].school);
      caller.Call<registry::v1::School>(district.staff, "inspectorate.registry.v1.Schools.GetSchool", request)
          .IgnoreError();
      issues::v1::GetStockRequest stock;
      stock.set_parent(parent);
      caller.Call<issues::v1::Stock>(district.staff, "inspectorate.issues.v1.Issues.GetStock", stock)
          .IgnoreError();
    }
    std::this_thread::sleep_for(milliseconds(20 + caller.random()() % 200));
  }
}

void Workload::Import(const Post& post) {
  Caller caller(fleet_, targets_, history_, post.process, options_.seed, give_up_, options_.patience);
  while (!stopping_) {
    const absl::Status status = ImportAgain(caller, post.district);
    if (!give_up_) Note(status);
    std::this_thread::sleep_for(milliseconds(100 + caller.random()() % 900));
  }
}

// Reads until it is cut off or has had enough of the connection, and goes on from where it was.
void Workload::Watch(Watcher& watcher) {
  const auto client =
      rpc::Client::Connect({.target = targets_.at(watcher.service),
                            .token = [token = fleet_.TokenOf(testing::FeedReader())] { return token; }});
  std::minstd_rand random(static_cast<std::minstd_rand::result_type>(options_.seed + 77));
  {
    std::lock_guard<std::mutex> lock(mutex_);
    for (const District& district : districts_) {
      if (watcher.office == kAllOffices || watcher.office == district.office) watcher.at[district.office] = 0;
    }
  }
  // With an end of its own now and then, or until the server ends it.
  const bool patient = options_.patience == Patience::kDocumented || watcher.office == kAllOffices;
  std::string epoch;
  for (int connection = 0; watching_; ++connection) {
    const auto enough = steady_clock::now() + milliseconds(500 + random() % 4000) * (patient ? 1000 : 1);
    const absl::Status ended = WatchOnce(*client, watcher, connection, enough, &epoch);
    {
      std::lock_guard<std::mutex> lock(mutex_);
      watcher.history.spans[connection].ended = steady_clock::now();
      if (!ended.ok()) ++cut_off_[ReasonText(ended)];
    }
    std::this_thread::sleep_for(milliseconds(20 + random() % 80));
  }
}

absl::Status Workload::WatchOnce(rpc::Client& client, Watcher& watcher, int connection,
                                 steady_clock::time_point enough, std::string* epoch) {
  feed::v1::WatchChangesRequest request;
  request.set_parent("offices/" + watcher.office);
  {
    std::lock_guard<std::mutex> lock(mutex_);
    for (const auto& [office, position] : watcher.at) {
      feed::v1::Cursor* cursor = request.add_cursors();
      cursor->set_office(office);
      cursor->set_after_position(position);
      cursor->set_epoch(*epoch);
    }
    watcher.history.started[connection] = watcher.at;
    watcher.history.spans[connection].begun = steady_clock::now();
  }
  return client.Stream(
      "inspectorate.feed.v1.ChangeFeed.WatchChanges", request,
      feed::v1::WatchChangesResponse::default_instance(),
      [&](const Message& message) {
        const auto& response = static_cast<const feed::v1::WatchChangesResponse&>(message);
        std::lock_guard<std::mutex> lock(mutex_);
        for (const auto& change : response.changes()) {
          watcher.at[change.office()] = change.position();
          *epoch = change.epoch();
        }
        watcher.history.received.push_back(
            {.connection = connection, .at = steady_clock::now(), .message = response});
        return true;
      },
      [&] { return !watching_ || steady_clock::now() >= enough; });
}

}  // namespace inspectorate::robustness
