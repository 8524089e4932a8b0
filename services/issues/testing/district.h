// A small district for the tests of issues: registry and issues run as in service, over real sockets; of
// visits there is only the feed, so that a test says itself what was found and when.
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "common/rpc/client.h"
#include "common/status/error.h"
#include "common/testing/harness.h"
#include "common/work/unit.h"
#include "inspectorate/issues/v1/attachment.pb.h"
#include "inspectorate/issues/v1/issue.pb.h"
#include "inspectorate/issues/v1/notice.pb.h"
#include "inspectorate/registry/v1/policy.pb.h"
#include "inspectorate/visits/v1/visit.pb.h"

namespace inspectorate::issues {

// Somebody with a token for the service of issues.
struct Caller {
  rpc::Principal principal;
  std::unique_ptr<rpc::Client> client;

  // "Issues.AcceptIssue".
  template <class Response, class Request>
  absl::StatusOr<Response> Call(const std::string& method, const Request& request) const {
    return client->Call<Response>("inspectorate.issues.v1." + method, request);
  }
};

// What a visit sealed.
struct Found {
  visits::v1::FindingKind kind = visits::v1::PROBLEM;
  visits::v1::Severity severity = visits::v1::GENERAL;
  std::string matter = "B06";
  std::string aspect{};
};

class DistrictTest : public ::testing::Test {
 protected:
  static void SetUpTestSuite();
  // The same, with more services beside.
  static void Begin(const std::vector<const service::Definition*>& more);
  static void TearDownTestSuite();
  // An office of its own for each case, on Monday 2026-03-09, 09:00 in China, with the people below.
  void SetUp() override;

  // --- the district
  void SetClock(const std::string& china_time);  // "2026-03-10 09:00"
  Caller CallerOf(const rpc::Principal& principal) const;
  // One more inspector, employed by a school; and a member of the office's staff with that work number.
  void AddInspector(const std::string& work_number, const std::string& employer) const;
  Caller AddStaff(const std::string& work_number) const;
  // From today on, by the office's own paper.
  void SetRule(const std::string& key, const std::string& value, registry::v1::RuleUnit unit) const;
  std::string office_;            // slug
  std::string school_, other_;    // names
  std::string inspector_;         // responsible for school_, and its look-back inspector
  Caller head_, deputy_;          // office staff
  Caller inspecting_;             // the inspector, as such
  Caller lead_;                   // lead of the area both schools belong to
  Caller supervisor_, stranger_;  // school-based supervisors of school_ and of other_

  // --- the feed of visits
  // A submitted visit to the school with these findings; its name.
  std::string Submit(const std::string& school, const std::vector<Found>& found);
  // Says the same once more, as a feed does that is read again from an earlier position.
  void SayAgain();
  // A look-back visit, checked in now, answers for the issue.
  void LookBack(const v1::Issue& issue, bool passed, const std::string& panel_of);
  void Settle() { harness_->Settle(office_); }

  // --- acts, as those who are entitled do them
  v1::Issue Registered(visits::v1::Severity severity = visits::v1::GENERAL);
  v1::Issue Triaged(v1::Severity severity = v1::GENERAL);
  v1::Issue Notified(v1::Severity severity = v1::GENERAL);
  v1::Issue Acknowledged(v1::Severity severity = v1::GENERAL);
  v1::Issue Rectifying(v1::Severity severity = v1::GENERAL);
  v1::Issue AwaitingVerification(v1::Severity severity = v1::GENERAL);
  v1::Issue Verified(v1::Severity severity = v1::GENERAL);

  v1::Issue Get(const std::string& name) const;
  v1::Notice NoticeOf(const v1::Issue& issue) const;
  std::vector<v1::Issue> Issues() const;
  std::string Evidence(const Caller& caller, const std::string& school, const std::string& content = "photo");

  template <class Request>
  static Request To(const v1::Issue& issue) {
    Request request;
    request.set_name(issue.name());
    request.set_etag(issue.etag());
    return request;
  }
  template <class Request>
  static v1::Issue Must(const Caller& caller, const std::string& method, const Request& request) {
    auto issue = caller.Call<v1::Issue>(method, request);
    EXPECT_TRUE(issue.ok()) << method << ": " << issue.status();
    return issue.ok() ? *issue : v1::Issue();
  }
  template <class Response, class Request>
  static ErrorReason Refusal(const Caller& caller, const std::string& method, const Request& request) {
    auto response = caller.Call<Response>(method, request);
    EXPECT_FALSE(response.ok()) << method << " was done";
    return ReasonOf(response.status());
  }
  static v1::IssueNoticeRequest NoticeFor(const std::vector<v1::Issue>& issues);

  static inline testing::Harness* harness_ = nullptr;
  // The source of the rules that tests set.
  static constexpr char kOwnPaper[] = "示教督〔2026〕3号";

 private:
  void AwaitVisits();
  void Emit(const std::function<void(work::Unit&)>& changes);

  static inline std::unique_ptr<db::Database> visits_;
  std::vector<work::Event> last_;
  Time now_;
};

}  // namespace inspectorate::issues
