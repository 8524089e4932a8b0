// What every contract of the platform must state, walked over all descriptors.
#include <set>
#include <string>

#include "common/auth/permissions.h"
#include "common/query/token_size.h"
#include "common/validate/lint.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "inspectorate/feed/v1/feed.pb.h"
#include "inspectorate/issues/v1/issue.pb.h"
#include "inspectorate/registry/v1/office.pb.h"
#include "inspectorate/reporting/v1/report.pb.h"
#include "inspectorate/visits/v1/visit.pb.h"

namespace inspectorate {
namespace {

TEST(Contract, AllPackagesAreLinked) {
  std::set<std::string> packages;
  for (const auto* service : auth::LinkedServices()) packages.insert(service->file()->package());
  EXPECT_THAT(packages, testing::ElementsAre("inspectorate.feed.v1", "inspectorate.issues.v1",
                                             "inspectorate.registry.v1", "inspectorate.reporting.v1",
                                             "inspectorate.type.v1", "inspectorate.visits.v1"));
}

TEST(Contract, EveryMethodStatesWhoMayCallIt) {
  EXPECT_THAT(auth::AccessMistakes(auth::LinkedServices()), testing::IsEmpty());
}

TEST(Contract, EveryFieldOfARequestStatesItsRule) {
  std::set<std::string> mistakes;
  for (const auto* service : auth::LinkedServices()) {
    for (const std::string& mistake : validate::UnruledFields(*service)) mistakes.insert(mistake);
  }
  EXPECT_THAT(mistakes, testing::IsEmpty());
}

// An order is taken only where its tokens fit; so the contract and the code mean the same limit.
TEST(Contract, EveryPageTokenHasTheLimitThatOrdersAreCheckedBy) {
  int tokens = 0;
  for (const auto* service : auth::LinkedServices()) {
    for (int i = 0; i < service->method_count(); ++i) {
      const auto* field = service->method(i)->input_type()->FindFieldByName("page_token");
      if (field == nullptr || !field->file()->package().starts_with("inspectorate.")) continue;
      ++tokens;
      EXPECT_EQ(field->options().GetExtension(type::v1::rules).max_len(), query::kMaxPageTokenBytes)
          << field->full_name();
    }
  }
  EXPECT_GT(tokens, 20);
}

// Tests that go through all methods leave these out, or know them by name: one more is to be noticed.
TEST(Contract, WhatIsWithdrawnAndWhatStreamsIsKnown) {
  std::set<std::string> withdrawn, streams;
  for (const auto* service : auth::LinkedServices()) {
    for (int i = 0; i < service->method_count(); ++i) {
      const auto& method = *service->method(i);
      if (method.options().deprecated()) withdrawn.insert(method.name());
      if (method.server_streaming() || method.client_streaming()) streams.insert(method.name());
    }
  }
  EXPECT_THAT(withdrawn, testing::ElementsAre("CreateMatter", "UpdateMatter"));
  // Its expiring token: callers_test; its forged positions: lists_test.
  EXPECT_THAT(streams, testing::ElementsAre("WatchChanges"));
}

}  // namespace
}  // namespace inspectorate
