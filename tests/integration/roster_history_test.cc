// Random histories of an office: schools open, move, merge and close, areas come and go, are renamed,
// inspectors are appointed, renewed, recused, suspended and reinstated, leave or are dismissed, and people
// try to rewrite what has passed; they come to serve at schools, go on leave, let certificates lapse and act
// for each other, and recusals come to light late.
// Whatever happens: on every day, also those ahead, each operating school is in exactly one area and nobody
// is assigned where they may not act by a decided fact, an assignment that has no effect is told as such, and
// what the roster said of a day that has passed it says for ever.
#include <gtest/gtest.h>

#include <cstdio>
#include <cstdlib>

#include "services/issues/service.h"
#include "services/registry/definition.h"
#include "services/visits/definition.h"
#include "tests/integration/random_history.h"

namespace inspectorate::registry {
namespace {

using history::History;
using testing::Harness;

int Steps() {
  const char* given = std::getenv("INSPECTORATE_HISTORY_STEPS");
  return given == nullptr ? 80 : std::atoi(given);
}

class HistoryTest : public ::testing::TestWithParam<uint32_t> {};

TEST_P(HistoryTest, EverySchoolHasOneAreaAndThePastStays) {
  Harness harness({&Definition(), &visits::Definition(), &issues::IssuesDefinition()});
  History history(harness, GetParam());
  for (int step = 0; step < Steps() && !HasFailure(); ++step) history.Step();
  history.CheckAllTold();
  // A history in which nothing happens, or nothing is refused, shows nothing.
  for (const char* seen : {"MoveSchool done",         "ChangeSchool done",
                           "CreateRecusal done",      "EndDuty done",
                           "SuspendInspector done",   "ReinstateInspector done",
                           "MoveSchool DAYS_SETTLED", "UpdateSchoolAssignment DAYS_SETTLED",
                           "UpdateArea done",         "CreateEmployment done",
                           "UpdateInspector done",    "CreateLeave done",
                           "UpdateCertificate done",  "UpdateCertificate DAYS_SETTLED",
                           "areas renamed",           "announced CLOSE_SCHOOL",
                           "announced MERGE_SCHOOL",  "announced RENAME_SCHOOL",
                           "RejectSchoolChange done", "ChangeSchool DAYS_SETTLED",
                           "without effect ON_LEAVE", "without effect NO_CERTIFICATE",
                           "CreateDelegation done",   "CreateDelegation DAYS_SETTLED",
                           "recusals come to light",  "acting with effect",
                           "acting without effect",   "acting told of a settled day"}) {
    EXPECT_GT(history.counts[seen], 0) << seen;
  }
  for (const auto& [act, count] : history.counts) std::printf("%6d %s\n", count, act.c_str());
}

INSTANTIATE_TEST_SUITE_P(Seeds, HistoryTest, ::testing::Values(20261126U, 624U));

}  // namespace
}  // namespace inspectorate::registry
