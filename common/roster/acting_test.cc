// What it costs to ask who acts: by the rows that the server reads, not by the clock.
#include "common/roster/acting.h"

#include <gtest/gtest.h>

#include <chrono>
#include <map>
#include <memory>
#include <optional>
#include <string>

#include "common/base/macros.h"
#include "common/roster/roster.h"
#include "common/testing/rows_read.h"
#include "common/testing/test_database.h"

namespace inspectorate::roster {
namespace {

const Date kDay = MakeDate(2026, 3, 9);
constexpr char kOffice[] = "test";
constexpr int kInspectors = 2000;

Uuid Id(char what, int number) {
  Uuid id{};
  id.bytes[0] = static_cast<uint8_t>(what);
  id.bytes[14] = static_cast<uint8_t>(number >> 8);
  id.bytes[15] = static_cast<uint8_t>(number);
  return id;
}

// An office of many inspectors, each with a school. Each handed it over once before the day; every hundredth
// does on the day. Every twentieth leads an area for another, every hundredth of them on the day.
class ActingTest : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    auto database = db::Database::Open(testing::TestDatabase::Get().NewSchema(Migrations()));
    ASSERT_TRUE(database.ok()) << database.status();
    database_ = *std::move(database);
    Ask([](db::Session& session) -> absl::Status {
      for (int i = 1; i <= kInspectors; ++i) {
        const Date ended = kDay - std::chrono::days(10 + i % 300);
        RETURN_IF_ERROR(
            session
                .Execute("INSERT INTO inspector_assignment (office, inspector_assignment, revision,"
                         " inspector, school, duty, valid_from, document_number) VALUES"
                         " (?, ?, 1, ?, ?, 1, '2020-09-01', '')",
                         {kOffice, Id('a', i), Id('i', i), Id('s', i)})
                .status());
        RETURN_IF_ERROR(Delegate(session, i, Id('i', i), {}, ended - std::chrono::days(20), ended));
        if (i % 100 == 0) RETURN_IF_ERROR(Delegate(session, 10'000 + i, Id('i', i), {}, kDay, kDay));
        if (i % 20 != 0) continue;
        const Date from = i % 100 == 0 ? kDay : ended;
        RETURN_IF_ERROR(Delegate(session, 20'000 + i, {}, Id('r', i), from, from));
      }
      for (const char* table : {"inspector_assignment", "delegation"}) {
        RETURN_IF_ERROR(session.Query(std::string("ANALYZE TABLE ") + table).status());
      }
      return absl::OkStatus();
    });
  }

  static absl::Status Delegate(db::Session& session, int id, std::optional<Uuid> delegator,
                               std::optional<Uuid> area, Date from, Date to) {
    return session
        .Execute(
            "INSERT INTO delegation (office, delegation, revision, delegate, delegator, area, valid_from,"
            " valid_to, document_number, reason) VALUES (?, ?, 1, ?, ?, ?, ?, ?, '', '')",
            {kOffice, Id('d', id), Id('x', id), delegator ? db::Value(*delegator) : db::Value(),
             area ? db::Value(*area) : db::Value(), from, to})
        .status();
  }

  static void TearDownTestSuite() { database_.reset(); }

  template <class F>
  static void Ask(F ask) {
    const absl::Status status = database_->Read(db::Budget::Of(std::chrono::minutes(1)), ask);
    ASSERT_TRUE(status.ok()) << status;
  }

  static inline std::unique_ptr<db::Database> database_;
};

TEST_F(ActingTest, ARosterReadsItsOwnSchoolsAndArea) {
  Ask([](db::Session& session) -> absl::Status {
    std::map<Uuid, Acting> deputies;
    std::optional<Acting> lead, nobody;
    ASSIGN_OR_RETURN(
        const int64_t rows, testing::RowsReadFor(session, [&]() -> absl::Status {
          ASSIGN_OR_RETURN(deputies, ActingAtSchools(session, kOffice, {Id('s', 100), Id('s', 101)}, kDay));
          ASSIGN_OR_RETURN(lead, ActingLead(session, kOffice, Id('r', 100), kDay));
          ASSIGN_OR_RETURN(nobody, ActingLead(session, kOffice, Id('r', 20), kDay));
          return absl::OkStatus();
        }));
    EXPECT_LT(rows, 40);
    EXPECT_EQ(deputies.size(), 1u);
    EXPECT_EQ(deputies[Id('s', 100)].delegate, Id('x', 10'100));
    EXPECT_TRUE(lead.has_value() && lead->delegate == Id('x', 20'100));
    EXPECT_FALSE(nobody.has_value());
    return absl::OkStatus();
  });
}

// What ended long ago is not looked at again.
TEST_F(ActingTest, AnOfficeReadsWhatHoldsOnTheDay) {
  Ask([](db::Session& session) -> absl::Status {
    std::map<Uuid, Acting> deputies, leads;
    ASSIGN_OR_RETURN(const int64_t rows, testing::RowsReadFor(session, [&]() -> absl::Status {
                       ASSIGN_OR_RETURN(deputies, ActingAtSchools(session, kOffice, kDay));
                       ASSIGN_OR_RETURN(leads, ActingLeads(session, kOffice, kDay));
                       return absl::OkStatus();
                     }));
    EXPECT_EQ(deputies.size(), static_cast<size_t>(kInspectors / 100));
    EXPECT_EQ(leads.size(), static_cast<size_t>(kInspectors / 100));
    EXPECT_LT(rows, 10 * kInspectors / 100);
    return absl::OkStatus();
  });
}

// At each school by the facts of the day: one that is not there is none.
TEST_F(ActingTest, NobodyReachesBeyondWhatTheyMay) {
  Ask([](db::Session& session) -> absl::Status {
    ASSIGN_OR_RETURN(const auto acted, SchoolsActedAt(session, kOffice, Id('x', 10'100), kDay));
    EXPECT_EQ(acted.size(), 1u);
    ASSIGN_OR_RETURN(const auto reached,
                     WhatIsReachedByActing(session, kOffice, Id('x', 10'100), kDay, true));
    EXPECT_TRUE(reached.schools.empty() && reached.areas.empty())
        << "of whom nothing is known may act nowhere";
    return absl::OkStatus();
  });
}

}  // namespace
}  // namespace inspectorate::roster
