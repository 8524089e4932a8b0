// A paper of the State Council that comes out after a report was made: terms that run move, and the report of
// the time before it says the same when it is asked for again.
#include <nlohmann/json.hpp>

#include "common/resource/description.h"
#include "inspectorate/registry/v1/calendar.pb.h"
#include "inspectorate/reporting/v1/report.pb.h"
#include "services/issues/testing/district.h"
#include "services/reporting/service.h"

namespace inspectorate::issues {
namespace {

using resource::ToProto;
using testing::Harness;

constexpr char kCalendars[] = "inspectorate.registry.v1.Calendars.";

class PapersReportTest : public DistrictTest {
 protected:
  static void SetUpTestSuite() { Begin({&reporting::ReportingDefinition()}); }

  // Of December up to the 27th, as data; how far the feeds were read is another matter.
  nlohmann::json December() {
    Settle();
    reporting::v1::GenerateReportRequest request;
    request.set_parent("offices/" + office_);
    *request.mutable_month() = ToProto(MakeDate(2026, 12, 1));
    *request.mutable_cut_off() = ToProto(MakeDate(2026, 12, 27));
    request.set_format(reporting::v1::JSON);
    const auto report =
        harness_->ClientOf("reporting", Harness::Staff(office_))
            ->Call<reporting::v1::Report>("inspectorate.reporting.v1.Reports.GenerateReport", request);
    EXPECT_TRUE(report.ok()) << report.status();
    if (!report.ok()) return {};
    auto json = nlohmann::json::parse(report->content());
    json.erase("positions");
    return json;
  }

  void Publish() {
    const auto client = harness_->ClientOf("registry", Harness::Operator());
    registry::v1::PreviewCalendarPapersRequest preview;
    preview.set_papers("year,paper,issued,subject\n2027,示例发电〔2026〕9号,2026-12-28,2027年示例\n");
    preview.set_days(
        "date,kind,name,paper\n2026-12-31,off,元旦,示例发电〔2026〕9号\n2027-01-01,off,元旦,"
        "示例发电〔2026〕9号\n");
    const auto effect = client->Call<registry::v1::CalendarEffect>(
        std::string(kCalendars) + "PreviewCalendarPapers", preview);
    ASSERT_TRUE(effect.ok()) << effect.status();
    registry::v1::PublishCalendarPapersRequest publish;
    publish.set_papers(preview.papers());
    publish.set_days(preview.days());
    publish.set_etag(effect->etag());
    const auto published = client->Call<registry::v1::CalendarEffect>(
        std::string(kCalendars) + "PublishCalendarPapers", publish);
    ASSERT_TRUE(published.ok()) << published.status();
    Settle();
  }
};

TEST_F(PapersReportTest, AReportOfTheTimeBeforeAPaperStays) {
  SetClock("2026-12-01 09:00");
  const v1::Issue over = Rectifying(v1::MINOR);  // five working days: over by the 8th
  SetClock("2026-12-14 09:00");
  const v1::Issue running = Rectifying();  // fifteen: into January
  SetClock("2026-12-29 09:00");
  const nlohmann::json before = December();
  ASSERT_FALSE(before.empty());
  Publish();
  EXPECT_NE(Get(running.name()).rectify_due().DebugString(), running.rectify_due().DebugString());
  EXPECT_EQ(Get(over.name()).rectify_due().DebugString(), over.rectify_due().DebugString());
  EXPECT_EQ(December(), before);
}

}  // namespace
}  // namespace inspectorate::issues
