// Reporting over the loop of a small office, ten schools of two areas, that went through the four services:
// what the audit notices when a database is tampered with, and who is answered what.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <functional>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <set>
#include <sstream>
#include <string>
#include <vector>

#include "common/base/charset.h"
#include "common/base/file.h"
#include "common/csv/csv.h"
#include "common/db/database.h"
#include "common/resource/description.h"
#include "common/status/error.h"
#include "common/testing/harness.h"
#include "inspectorate/issues/v1/issue.pb.h"
#include "inspectorate/registry/v1/area.pb.h"
#include "inspectorate/reporting/v1/audit.pb.h"
#include "inspectorate/reporting/v1/indicator.pb.h"
#include "inspectorate/reporting/v1/report.pb.h"
#include "services/cli/demo/demo.h"
#include "services/issues/service.h"
#include "services/registry/definition.h"
#include "services/reporting/service.h"
#include "services/visits/definition.h"

namespace inspectorate::reporting {
namespace {

using ::testing::ElementsAre;
using testing::Harness;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using ::testing::StartsWith;

constexpr char kOffice[] = "offices/zhanhua";
constexpr char kAudits[] = "inspectorate.reporting.v1.LoopAudits.";
constexpr char kIndicators[] = "inspectorate.reporting.v1.Indicators.";
constexpr size_t kSchoolsPerArea = 5;

using Row = std::map<std::string, std::string>;

// The demo district cut down to a few schools of its first two areas, in a folder of its own.
class SmallDistrictFiles {
 public:
  SmallDistrictFiles(std::string from, std::string to) : from_(std::move(from)), to_(std::move(to)) {
    std::filesystem::create_directories(to_);
    for (const char* whole : {"督导室.csv", "督导室人员.csv", "校历.csv"}) {
      std::filesystem::copy_file(from_ + "/" + whole, to_ + "/" + whole,
                                 std::filesystem::copy_options::overwrite_existing);
    }
    std::map<std::string, size_t> taken;
    Keep("机构.csv", [&](Row& row) {
      const std::string& area = row["责任区编号"];
      if ((area != "1" && area != "2") || ++taken[area] > kSchoolsPerArea) return false;
      schools_.insert(row["机构编号"]);
      return true;
    });
    Keep("督学分工.csv", [&](Row& row) {
      if (!schools_.contains(row["机构编号"])) return false;
      inspectors_.insert(row["督学工号"]);
      return true;
    });
    Keep("责任区.csv", [&](Row& row) {
      if (row["责任区编号"] != "1" && row["责任区编号"] != "2") return false;
      inspectors_.insert({row["组长工号"], row["联络人工号"]});
      return true;
    });
    Keep("责任督学.csv", [&](Row& row) {
      if (!schools_.contains(row["任职学校编号"])) row["任职学校编号"].clear();
      return inspectors_.contains(row["工号"]);
    });
    Keep("回避.csv", [&](Row& row) {
      return schools_.contains(row["机构编号"]) && inspectors_.contains(row["督学工号"]);
    });
    Keep("校级督学.csv", [&](Row& row) { return schools_.contains(row["机构编号"]); });
    KeepActs();
  }

 private:
  static std::string ReadAll(const std::string& path) {
    const auto text = ReadFile(path);
    EXPECT_TRUE(text.ok()) << text.status();
    return text.value_or("");
  }

  static std::string Quoted(const std::string& cell) {
    std::string out = "\"";
    for (char c : cell) out += c == '"' ? std::string("\"\"") : std::string(1, c);
    return out + "\"";
  }

  void Keep(const std::string& name, const std::function<bool(Row&)>& wanted) {
    const auto decoded = DecodeText(ReadAll(from_ + "/" + name));
    ASSERT_TRUE(decoded.ok()) << name;
    const auto table = csv::Parse(decoded->text);
    ASSERT_TRUE(table.ok()) << name << table.status();
    std::ofstream out(to_ + "/" + name, std::ios::binary | std::ios::trunc);
    const auto write = [&](const std::function<std::string(size_t)>& cell) {
      for (size_t i = 0; i < table->header.size(); ++i) out << (i == 0 ? "" : ",") << Quoted(cell(i));
      out << "\r\n";
    };
    write([&](size_t i) { return table->header[i]; });
    for (const csv::Record& record : table->records) {
      Row row;
      for (size_t i = 0; i < table->header.size(); ++i) row[table->header[i]] = record.cells[i];
      if (wanted(row)) write([&](size_t i) { return row[table->header[i]]; });
    }
  }

  void KeepActs() {
    auto acts = nlohmann::json::parse(ReadAll(from_ + "/acts.json"));
    auto kept = nlohmann::json::array();
    for (const auto& visit : acts["visits"]) {
      if (schools_.contains(visit["school"].get<std::string>())) kept.push_back(visit);
    }
    acts["visits"] = kept;
    std::ofstream(to_ + "/acts.json") << acts.dump();
  }

  const std::string from_;
  const std::string to_;
  std::set<std::string> schools_;
  std::set<std::string> inspectors_;
};

class ReportingTest : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    harness_ = new Harness({&registry::Definition(), &visits::Definition(), &issues::IssuesDefinition(),
                            &ReportingDefinition()});
    const std::string folder = ::testing::TempDir() + "/small-district";
    SmallDistrictFiles(std::string(std::getenv("INSPECTORATE_SOURCE")) + "/deploy/local/district/zhanhua",
                       folder);
    demo::DemoOptions options;
    for (const char* service : {"registry", "visits", "issues", "reporting"}) {
      options.endpoints[service] = harness_->target(service);
    }
    options.issuer = harness_->BorrowIssuer();
    options.district = folder;
    options.out = folder + "/report";
    options.progress = false;
    std::ostringstream out;
    const absl::Status status = demo::RunDemo(std::move(options), out);
    ASSERT_TRUE(status.ok()) << status << "\n" << out.str();
    harness_->Settle("zhanhua");
    staff_ = harness_->ClientOf("reporting", Harness::Staff("zhanhua")).release();
  }
  static void TearDownTestSuite() {
    delete staff_;
    delete harness_;
  }

  static db::Value Ask(const std::string& service, const std::string& sql) {
    auto database = db::Database::Open(harness_->database(service));
    EXPECT_TRUE(database.ok()) << database.status();
    db::Value value;
    const absl::Status status = (*database)->Read(db::Budget{}, [&](db::Session& session) -> absl::Status {
      auto rows = session.Query(sql);
      if (!rows.ok()) return rows.status();
      if (rows->empty()) return absl::NotFoundError(sql);
      value = rows->at(0, 0);
      return absl::OkStatus();
    });
    EXPECT_TRUE(status.ok()) << sql << ": " << status;
    return value;
  }
  static Uuid AskId(const std::string& service, const std::string& sql) { return Ask(service, sql).AsUuid(); }

  static void Execute(const std::string& service, const std::vector<std::string>& statements) {
    auto database = db::Database::Open(harness_->database(service));
    ASSERT_TRUE(database.ok()) << database.status();
    for (const std::string& sql : statements) {
      const absl::Status status = (*database)->Read(
          db::Budget{}, [&](db::Session& session) { return session.Execute(sql).status(); });
      ASSERT_TRUE(status.ok()) << sql << ": " << status;
    }
  }

  // Rows of a table changed behind their owner's back, and put back at the end.
  class Defect {
   public:
    Defect(std::string service, std::string table, std::string where, const std::string& change)
        : service_(std::move(service)), table_(std::move(table)), where_(std::move(where)) {
      Execute(service_, {"CREATE TABLE kept AS SELECT " + table_ + ".* FROM " + table_ + " WHERE " + where_,
                         change + " WHERE " + where_});
    }
    ~Defect() {
      Execute(service_, {"DELETE FROM " + table_ + " WHERE " + where_,
                         "INSERT INTO " + table_ + " SELECT kept.* FROM kept", "DROP TABLE kept"});
    }
    Defect(const Defect&) = delete;
    Defect& operator=(const Defect&) = delete;

   private:
    const std::string service_;
    const std::string table_;
    const std::string where_;
  };

  static std::string Is(const std::string& column, const Uuid& id) {
    std::string hex = FormatUuid(id);
    std::erase(hex, '-');
    return column + " = X'" + hex + "'";
  }

  static v1::LoopAudit Audit() {
    v1::RunLoopAuditRequest request;
    request.set_parent(kOffice);
    auto audit = staff_->Call<v1::LoopAudit>(std::string(kAudits) + "RunLoopAudit", request);
    EXPECT_TRUE(audit.ok()) << audit.status();
    return audit.ok() ? *audit : v1::LoopAudit();
  }

  // The equations that fail, as "E1 E4".
  static std::string Failing(const v1::LoopAudit& audit) {
    std::string codes;
    for (const auto& equation : audit.equations()) {
      if (!equation.holds()) codes += (codes.empty() ? "" : " ") + equation.code();
    }
    EXPECT_EQ(audit.holds(), codes.empty());
    return codes;
  }
  static const v1::Equation& Of(const v1::LoopAudit& audit, int number) {
    return audit.equations(number - 1);
  }

  static std::unique_ptr<rpc::Client> Inspector(const Uuid& id, rpc::Role role) {
    return harness_->ClientOf(
        "reporting",
        Harness::Person(std::string(kOffice) + "/inspectors/" + FormatUuid(id), role, "zhanhua"));
  }

  static v1::DrillIndicatorRequest Drill(const std::string& metric, v1::Side side) {
    v1::DrillIndicatorRequest request;
    request.set_parent(kOffice);
    *request.mutable_period_from() = resource::ToProto(MakeDate(2026, 3, 1));
    *request.mutable_period_to() = resource::ToProto(MakeDate(2026, 3, 31));
    request.set_metric(metric);
    request.set_side(side);
    return request;
  }
  static absl::StatusOr<v1::DrillIndicatorResponse> Call(rpc::Client& client,
                                                         const v1::DrillIndicatorRequest& request) {
    return client.Call<v1::DrillIndicatorResponse>(std::string(kIndicators) + "DrillIndicator", request);
  }
  // Schools behind the denominator of coverage, as the caller sees them.
  static std::set<std::string> SchoolsOf(rpc::Client& client) {
    std::set<std::string> schools;
    auto answer = Call(client, Drill("I3", v1::DENOMINATOR));
    EXPECT_TRUE(answer.ok()) << answer.status();
    if (!answer.ok()) return schools;
    for (const auto& row : answer->rows()) schools.insert(row.resource());
    return schools;
  }

  static Harness* harness_;
  static rpc::Client* staff_;
};
Harness* ReportingTest::harness_ = nullptr;
rpc::Client* ReportingTest::staff_ = nullptr;

// --- The audit

TEST_F(ReportingTest, TheAuditHoldsOverALoopThatWentItsWay) {
  const auto audit = Audit();
  EXPECT_EQ(Failing(audit), "");
  ASSERT_EQ(audit.equations_size(), 4);
  EXPECT_GT(Of(audit, 1).left(0).value(), 0);  // there was something to capture
  EXPECT_THAT(audit.positions(), SizeIs(3));
}

TEST_F(ReportingTest, AnIssueThatIsGoneFromItsTableIsNamed) {
  const Uuid id = AskId("issues", "SELECT issue FROM issue ORDER BY issue LIMIT 1");
  const std::string name = std::string(kOffice) + "/issues/" + FormatUuid(id);
  const Defect defect("issues", "issue", Is("issue", id), "DELETE FROM issue");
  const auto audit = Audit();
  EXPECT_THAT(Failing(audit), StartsWith("E1 E2"));
  EXPECT_THAT(Of(audit, 1).only_left(), ElementsAre(name));
  EXPECT_THAT(Of(audit, 1).only_right(), IsEmpty());
  EXPECT_THAT(Of(audit, 2).only_left(), ElementsAre(name));
  EXPECT_FALSE(Of(audit, 4).holds());
  EXPECT_THAT(Of(audit, 4).only_left(), IsEmpty());
  EXPECT_THAT(Of(audit, 4).only_right(), ElementsAre(StartsWith(name + "@")));
}

TEST_F(ReportingTest, AnIssueInAStateThatNoEventToldIsNamed) {
  const std::string closed = std::to_string(static_cast<int>(issues::v1::CLOSED));
  const std::string waived = std::to_string(static_cast<int>(issues::v1::WAIVED));
  const Uuid id =
      AskId("issues", "SELECT issue FROM issue WHERE state = " + closed + " ORDER BY issue LIMIT 1");
  const Defect defect("issues", "issue", Is("issue", id), "UPDATE issue SET state = " + waived);
  const auto audit = Audit();
  EXPECT_EQ(Failing(audit), "E2");  // open or not, and in which revision: nothing else has changed
  EXPECT_THAT(Of(audit, 2).only_left(), ElementsAre(std::string(kOffice) + "/issues/" + FormatUuid(id)));
}

TEST_F(ReportingTest, ARowChangedInItsOwnersTableWithoutAnEventIsNamed) {
  for (const auto& [service, table] : std::vector<std::pair<std::string, std::string>>{
           {"registry", "school_assignment"}, {"visits", "visit"}, {"issues", "issue"}}) {
    const Uuid id =
        AskId(service, "SELECT " + table + " FROM " + table + " WHERE office = 'zhanhua' ORDER BY 1 LIMIT 1");
    const Defect defect(service, table, Is(table, id), "UPDATE " + table + " SET revision = revision + 1");
    const auto audit = Audit();
    EXPECT_EQ(Failing(audit), "E4") << service;
    EXPECT_THAT(Of(audit, 4).only_left(), ElementsAre(HasSubstr(FormatUuid(id)))) << service;
    EXPECT_THAT(Of(audit, 4).only_right(), ElementsAre(HasSubstr(FormatUuid(id)))) << service;
    EXPECT_THAT(Of(audit, 4).text_en(), HasSubstr("the tables at " + service + "@"));
  }
}

TEST_F(ReportingTest, ACopyThatIsLostIsNamed) {
  const Uuid id = AskId("reporting", "SELECT visit FROM visit ORDER BY visit LIMIT 1");
  const Defect defect("reporting", "visit", Is("visit", id), "DELETE FROM visit");
  const auto audit = Audit();
  EXPECT_EQ(Failing(audit), "E4");
  EXPECT_THAT(Of(audit, 4).only_left(),
              ElementsAre(StartsWith(std::string(kOffice) + "/visits/" + FormatUuid(id) + "@")));
  EXPECT_THAT(Of(audit, 4).only_right(), IsEmpty());
  EXPECT_THAT(Of(audit, 4).text_en(), HasSubstr("the digests of visits differ"));
}

TEST_F(ReportingTest, AnIssueWithoutASealedFindingIsNamed) {
  const Uuid visit =
      AskId("reporting", "SELECT visit FROM finding_seal WHERE problem = 1 ORDER BY visit LIMIT 1");
  const int64_t problems =
      Ask("reporting", "SELECT COUNT(*) FROM finding_seal WHERE problem = 1 AND " + Is("visit", visit))
          .AsInt();
  const Defect defect("reporting", "finding_seal", Is("visit", visit), "DELETE FROM finding_seal");
  const auto audit = Audit();
  EXPECT_EQ(Failing(audit), "E1");
  EXPECT_THAT(Of(audit, 1).only_left(), IsEmpty());
  EXPECT_THAT(Of(audit, 1).only_right(), SizeIs(problems));
}

TEST_F(ReportingTest, AChangeOfStateThatIsLostOrMiscountedBreaksTheFlow) {
  const uint64_t position =
      Ask("reporting", "SELECT MAX(position) FROM issue_transition WHERE event = 'issue.closed'").AsUint();
  const std::string closing = "position = " + std::to_string(position);
  const Uuid id = AskId("reporting", "SELECT issue FROM issue_transition WHERE " + closing);
  {
    const Defect defect("reporting", "issue_transition", closing, "DELETE FROM issue_transition");
    const auto audit = Audit();
    EXPECT_EQ(Failing(audit), "E2 E3");
    EXPECT_THAT(Of(audit, 2).only_left(), ElementsAre(std::string(kOffice) + "/issues/" + FormatUuid(id)));
  }
  {
    const Defect defect("reporting", "issue_transition", closing, "UPDATE issue_transition SET flow = 2");
    EXPECT_EQ(Failing(Audit()), "E3");
  }
  EXPECT_EQ(Failing(Audit()), "");  // all that was broken has been put back
}

// --- Who is answered what

TEST_F(ReportingTest, WhoMayNotAuditOrReportIsDenied) {
  const Uuid id = AskId("registry", "SELECT inspector FROM inspector ORDER BY inspector LIMIT 1");
  const auto inspector = Inspector(id, rpc::Role::ROLE_RESPONSIBLE_INSPECTOR);
  v1::RunLoopAuditRequest audit;
  audit.set_parent(kOffice);
  EXPECT_EQ(inspector->Call<v1::LoopAudit>(std::string(kAudits) + "RunLoopAudit", audit).status().code(),
            absl::StatusCode::kPermissionDenied);
  v1::GenerateReportRequest report;
  report.set_parent(kOffice);
  *report.mutable_month() = resource::ToProto(MakeDate(2026, 3, 1));
  report.set_format(v1::TEXT);
  const std::string generate = "inspectorate.reporting.v1.Reports.GenerateReport";
  EXPECT_EQ(inspector->Call<v1::Report>(generate, report).status().code(),
            absl::StatusCode::kPermissionDenied);
  EXPECT_TRUE(staff_->Call<v1::Report>(generate, report).ok());
  const auto stranger = harness_->ClientOf("reporting", Harness::Staff("binzhou-other"));
  EXPECT_FALSE(stranger->Call<v1::Report>(generate, report).ok());
  EXPECT_FALSE(Call(*stranger, Drill("I3", v1::DENOMINATOR)).ok());
}

TEST_F(ReportingTest, EachSeesTheSchoolsWithinReach) {
  EXPECT_THAT(SchoolsOf(*staff_), SizeIs(2 * kSchoolsPerArea));

  const Uuid lead_id =
      AskId("registry",
            "SELECT m.inspector FROM area_membership m JOIN area a ON a.office = m.office AND a.area = m.area"
            " WHERE a.number = 1 AND m.valid_to IS NULL AND m.duty = " +
                std::to_string(static_cast<int>(registry::v1::LEAD)));
  const auto lead = Inspector(lead_id, rpc::Role::ROLE_AREA_LEAD);
  EXPECT_THAT(SchoolsOf(*lead), SizeIs(kSchoolsPerArea));

  const Uuid id = AskId("registry",
                        "SELECT inspector FROM inspector_assignment WHERE valid_to IS NULL"
                        " AND NOT " +
                            Is("inspector", lead_id) + " ORDER BY inspector LIMIT 1");
  const int64_t own = Ask("registry",
                          "SELECT COUNT(DISTINCT school) FROM inspector_assignment WHERE valid_to IS NULL"
                          " AND " +
                              Is("inspector", id))
                          .AsInt();
  const auto inspector = Inspector(id, rpc::Role::ROLE_RESPONSIBLE_INSPECTOR);
  EXPECT_THAT(SchoolsOf(*inspector), SizeIs(own));

  const Uuid supervisor_id =
      AskId("registry", "SELECT supervisor FROM supervisor_posting ORDER BY supervisor LIMIT 1");
  const Uuid school = AskId("registry", "SELECT school FROM supervisor_posting WHERE " +
                                            Is("supervisor", supervisor_id) + " LIMIT 1");
  const auto supervisor = harness_->ClientOf(
      "reporting", Harness::Person(std::string(kOffice) + "/supervisors/" + FormatUuid(supervisor_id),
                                   rpc::Role::ROLE_SCHOOL_SUPERVISOR, "zhanhua"));
  EXPECT_THAT(SchoolsOf(*supervisor), ::testing::Contains("schools/" + FormatUuid(school)));
  EXPECT_LT(SchoolsOf(*supervisor).size(), kSchoolsPerArea);
}

TEST_F(ReportingTest, APositionNotYetReachedIsToldAsBehind) {
  v1::QueryIndicatorsRequest request;
  request.set_parent(kOffice);
  *request.mutable_period_from() = resource::ToProto(MakeDate(2026, 3, 1));
  *request.mutable_period_to() = resource::ToProto(MakeDate(2026, 3, 31));
  request.add_metrics("I3");
  auto* position = request.add_min_positions();
  position->set_source("visits");
  position->set_position(
      Ask("reporting", "SELECT position FROM feed_checkpoint WHERE office = 'zhanhua' AND source = 'visits'")
          .AsUint());
  const std::string method = std::string(kIndicators) + "QueryIndicators";
  EXPECT_TRUE(staff_->Call<v1::QueryIndicatorsResponse>(method, request).ok());
  position->set_position(position->position() + 1);
  const auto behind = staff_->Call<v1::QueryIndicatorsResponse>(method, request);
  EXPECT_EQ(ReasonOf(behind.status()), ErrorReason::PROJECTION_BEHIND) << behind.status();
}

TEST_F(ReportingTest, APageTokenIsGoodForItsQuestionAndItsCallerOnly) {
  v1::DrillIndicatorRequest request = Drill("I3", v1::DENOMINATOR);
  request.set_page_size(3);
  const auto first = Call(*staff_, request);
  ASSERT_TRUE(first.ok()) << first.status();
  ASSERT_FALSE(first->next_page_token().empty());
  request.set_page_token(first->next_page_token());
  EXPECT_TRUE(Call(*staff_, request).ok());

  const auto colleague = harness_->ClientOf("reporting", Harness::Staff("zhanhua", "示例·同事"));
  EXPECT_EQ(ReasonOf(Call(*colleague, request).status()), ErrorReason::PAGE_TOKEN_INVALID);
  v1::DrillIndicatorRequest other = request;
  other.set_side(v1::MISSING);
  EXPECT_EQ(ReasonOf(Call(*staff_, other).status()), ErrorReason::PAGE_TOKEN_INVALID);
}

TEST_F(ReportingTest, TheRowsBehindAFigureAddUpToIt) {
  for (const char* metric : {"I3", "I6a", "I6b", "I7a", "I8a", "I10", "I12"}) {
    v1::QueryIndicatorsRequest query;
    query.set_parent(kOffice);
    *query.mutable_period_from() = resource::ToProto(MakeDate(2026, 3, 1));
    *query.mutable_period_to() = resource::ToProto(MakeDate(2026, 3, 31));
    query.add_metrics(metric);
    const auto figures =
        staff_->Call<v1::QueryIndicatorsResponse>(std::string(kIndicators) + "QueryIndicators", query);
    ASSERT_TRUE(figures.ok()) << figures.status();
    for (const v1::Side side : {v1::NUMERATOR, v1::DENOMINATOR}) {
      const v1::Indicator& figure = figures->indicators(0);
      if (side == v1::DENOMINATOR && !figure.has_denominator()) continue;
      v1::DrillIndicatorRequest request = Drill(metric, side);
      request.set_page_size(3);
      int64_t weight = 0;
      int64_t rows = 0;
      int64_t total = 0;
      do {
        const auto page = Call(*staff_, request);
        ASSERT_TRUE(page.ok()) << page.status();
        for (const auto& row : page->rows()) weight += row.weight();
        rows += page->rows_size();
        total = page->total_size();
        request.set_page_token(page->next_page_token());
      } while (!request.page_token().empty());
      // What comes back needs something that was closed in the month before, when this district had not
      // begun.
      EXPECT_TRUE(rows > 0 || std::string_view(metric) == "I12") << metric;
      EXPECT_EQ(rows, total) << metric;
      EXPECT_EQ(weight, side == v1::NUMERATOR ? figure.numerator() : figure.denominator()) << metric;
    }
  }
}

}  // namespace
}  // namespace inspectorate::reporting
