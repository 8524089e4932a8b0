// What the platform says after a replay, by the ways it offers: lists with filters, feeds, indicators, the
// audit.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <tuple>
#include <vector>

#include "absl/status/statusor.h"
#include "common/auth/jwt.h"
#include "common/base/time.h"
#include "inspectorate/issues/v1/issue.pb.h"
#include "inspectorate/reporting/v1/audit.pb.h"
#include "inspectorate/reporting/v1/indicator.pb.h"
#include "inspectorate/reporting/v1/report.pb.h"
#include "services/cli/demo/world.h"

namespace inspectorate::smc {

class Outcome {
 public:
  Outcome(const std::map<std::string, std::string>& endpoints, std::unique_ptr<auth::TokenIssuer> issuer,
          std::string office);

  // Areas of the office by town ("SAN BRUNO"): resource names.
  absl::StatusOr<std::map<std::string, std::string>> Areas();
  // The size of a list, whatever the page.
  absl::StatusOr<int64_t> CountVisits(const std::string& filter);
  absl::StatusOr<int64_t> CountFindings(const std::string& filter);
  absl::StatusOr<int64_t> CountIssues(const std::string& filter);
  absl::StatusOr<std::vector<issues::v1::Issue>> AllIssues();
  // The figures of a period; `area` empty: the whole office.
  absl::StatusOr<reporting::v1::QueryIndicatorsResponse> Figures(Date from, Date to, const std::string& area,
                                                                 const std::vector<std::string>& codes);
  absl::StatusOr<reporting::v1::LoopAudit> Audit();
  absl::StatusOr<reporting::v1::Report> MonthReport(Date month, Date cut_off,
                                                    reporting::v1::ReportFormat format);

  // Sealed findings as the feed of visits tells them, by year and severity.
  struct Fed {
    int64_t visits_submitted = 0;
    std::map<std::tuple<std::string, int>, int64_t> visits_by_area_year;
    std::map<std::tuple<int, int>, int64_t> findings_by_year_severity;
    int64_t issues_registered = 0;
    int64_t issues_closed = 0;
  };
  absl::StatusOr<Fed> ReadFeeds();

 private:
  template <class Request, class Response>
  absl::StatusOr<int64_t> Size(const std::string& method, const std::string& parent,
                               const std::string& filter);

  demo::World world_;
  demo::Person reader_;
};

}  // namespace inspectorate::smc
