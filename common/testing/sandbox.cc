#include "common/testing/sandbox.h"

#include <algorithm>
#include <cstdint>
#include <thread>

#include "common/base/macros.h"
#include "common/base/time.h"
#include "common/base/uuid.h"
#include "common/resource/description.h"
#include "inspectorate/feed/v1/feed.pb.h"
#include "inspectorate/registry/v1/office.pb.h"

namespace inspectorate::testing {
namespace {

using feed::v1::GetWatermarksResponse;

constexpr char kRegistry[] = "registry";
// Followers mostly need some milliseconds: looked at soon, then less and less often.
constexpr auto kFirstLook = std::chrono::milliseconds(4), kLastLook = std::chrono::milliseconds(32);

// Has `service` applied what the others' heads say?
bool CaughtUp(const std::string& service, const GetWatermarksResponse& marks,
              const std::map<std::string, uint64_t>& heads) {
  std::map<std::string, uint64_t> applied;
  for (const auto& watermark : marks.watermarks()) applied[watermark.source()] = watermark.position();
  // Which sources a service follows shows in its checkpoints, but a first change may still be on its way.
  if (service != kRegistry && heads.contains(kRegistry)) applied.try_emplace(kRegistry, 0);
  for (const auto& [source, position] : applied) {
    const auto head = heads.find(source);
    if (head != heads.end() && position < head->second) return false;
  }
  return true;
}

}  // namespace

rpc::Principal Operator() {
  return {.subject = "operators/test",
          .display_name = "operator",
          .role = rpc::Role::ROLE_PLATFORM_OPERATOR,
          .office = "-"};
}

rpc::Principal Staff(const std::string& office, const std::string& name) {
  static const Uuid space = NewUuid(SystemClock().Now());
  return {.subject = "offices/" + office + "/staff/" + FormatUuid(DerivedUuid(space, name)),
          .display_name = name,
          .role = rpc::Role::ROLE_DISTRICT_OFFICE,
          .office = office};
}

rpc::Principal Person(const std::string& subject, rpc::Role role, const std::string& office,
                      const std::string& name) {
  return {.subject = subject, .display_name = name, .role = role, .office = office};
}

rpc::Principal FeedReader() {
  return {.subject = "services/harness",
          .display_name = "harness",
          .role = rpc::Role::ROLE_SERVICE,
          .office = "-"};
}

absl::Status CreateSandbox(rpc::Client& registry, const std::string& office) {
  registry::v1::CreateOfficeRequest request;
  request.set_office_id(office);
  registry::v1::Office* created = request.mutable_office();
  created->set_display_name("示例区人民政府教育督导室");
  created->set_level(registry::v1::COUNTY);
  created->set_sandbox(true);
  created->set_document_prefix("示教督改");
  created->set_jurisdiction("37");
  return registry.Call<registry::v1::Office>("inspectorate.registry.v1.Offices.CreateOffice", request)
      .status();
}

absl::Status SetClock(rpc::Client& registry, const std::string& office, const std::string& time) {
  ASSIGN_OR_RETURN(const Time instant, ParseTime(time));
  registry::v1::SetSandboxClockRequest request;
  request.set_name("offices/" + office);
  *request.mutable_sandbox_time() = resource::ToProto(instant);
  return registry.Call<registry::v1::Office>("inspectorate.registry.v1.Offices.SetSandboxClock", request)
      .status();
}

absl::Status Settle(const Clients& clients, const std::string& office, std::chrono::milliseconds limit) {
  const auto until = std::chrono::steady_clock::now() + limit;
  std::map<std::string, uint64_t> before;
  auto look = kFirstLook;
  while (std::chrono::steady_clock::now() < until) {
    std::map<std::string, uint64_t> heads;
    std::map<std::string, GetWatermarksResponse> marks;
    for (const auto& [name, client] : clients) {
      feed::v1::GetWatermarksRequest request;
      request.set_parent("offices/" + office);
      ASSIGN_OR_RETURN(marks[name], client->Call<GetWatermarksResponse>(
                                        "inspectorate.feed.v1.ChangeFeed.GetWatermarks", request));
      heads[name] = marks[name].position();
    }
    bool settled = heads == before;
    for (const auto& [name, mark] : marks) settled = settled && CaughtUp(name, mark, heads);
    if (settled) return absl::OkStatus();
    before = heads;
    std::this_thread::sleep_for(look);
    look = std::min(look * 2, kLastLook);
  }
  return absl::DeadlineExceededError("the feeds of " + office + " are not applied everywhere");
}

}  // namespace inspectorate::testing
