#include "common/roster/calendar.h"

#include <algorithm>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <utility>

#include "common/base/hash.h"
#include "common/base/macros.h"
#include "common/resource/table.h"
#include "common/status/error.h"
#include "inspectorate/registry/v1/office.pb.h"

namespace inspectorate::roster {
namespace {

using registry::v1::RuleUnit;
using resource::FromProto;
using resource::ToProto;

constexpr size_t kFingerprintDigits = 32;

// Calendars by the fingerprints of the papers they are made of. A key stands for its content, whatever office
// or database asks, so nothing here is ever out of date; a new set of papers appears once or twice a year.
class Made {
 public:
  const WorkCalendar* Find(const std::string& key) {
    std::lock_guard<std::mutex> lock(mutex_);
    const auto found = made_.find(key);
    return found == made_.end() ? nullptr : found->second.get();
  }
  const WorkCalendar* Put(const std::string& key, std::unique_ptr<WorkCalendar> calendar) {
    std::lock_guard<std::mutex> lock(mutex_);
    return made_.try_emplace(key, std::move(calendar)).first->second.get();
  }

 private:
  std::mutex mutex_;
  std::map<std::string, std::unique_ptr<WorkCalendar>> made_;
};

Made& MadeCalendars() {
  static auto& made = *new Made;
  return made;
}

std::string FingerprintOf(const HolidayPaper& paper) {
  std::string content = std::to_string(paper.year) + "\n" + paper.number + "\n" + FormatDate(paper.issued) +
                        "\n" + paper.subject + "\n";
  for (const PaperDay& day : paper.days)
    content += FormatDate(day.date) + (day.worked ? "+" : "-") + day.name + "\n";
  return Hex(Sha256(content)).substr(0, kFingerprintDigits);
}

struct Choice {
  bool weekends_only = false;
  std::string papers;  // their fingerprints; empty: those of the build
};

// Every act asks: one statement by key, which reads no paper.
absl::StatusOr<Choice> ChoiceOf(db::Session& session, const std::string& office) {
  ASSIGN_OR_RETURN(const db::Rows rows,
                   session.Query("SELECT o.`work_calendar`, p.`fingerprint` FROM `office` o LEFT JOIN"
                                 " `calendar_paper` p ON p.`office` = o.`office` WHERE o.`office` = ?"
                                 " ORDER BY p.`fingerprint`",
                                 {office}));
  if (rows.empty()) return Error(ErrorReason::COPY_NOT_READY, {{"resource", "offices/" + office}});
  Choice choice{.weekends_only = rows.at(0, 0).AsInt() == registry::v1::WEEKENDS_ONLY, .papers = {}};
  for (size_t i = 0; i < rows.size(); ++i) {
    if (!rows.at(i, 1).is_null()) choice.papers += rows.at(i, 1).AsString();
  }
  return choice;
}

absl::StatusOr<std::vector<registry::v1::CalendarPaper>> RecordsOf(db::Session& session,
                                                                   const std::string& office) {
  return resource::Select<registry::v1::CalendarPaper>(session, "`office` = ?", {office});
}

std::string PlainText(std::string text) {
  constexpr std::string_view kMark = "\xEF\xBB\xBF";
  if (text.starts_with(kMark)) text.erase(0, kMark.size());
  std::erase(text, '\r');
  return text;
}

}  // namespace

absl::StatusOr<const WorkCalendar*> CalendarOf(db::Session& session, const std::string& office) {
  ASSIGN_OR_RETURN(const Choice choice, ChoiceOf(session, office));
  if (choice.weekends_only) return &WeekendOnlyCalendar();
  if (choice.papers.empty()) return &StateCouncilCalendar();
  if (const WorkCalendar* made = MadeCalendars().Find(choice.papers)) return made;
  // The key is that of the papers that are read now: another may have come since the look above.
  ASSIGN_OR_RETURN(const auto records, RecordsOf(session, office));
  std::set<std::string> fingerprints;
  for (const registry::v1::CalendarPaper& record : records) fingerprints.insert(record.fingerprint());
  std::string key;
  for (const std::string& fingerprint : fingerprints) key += fingerprint;
  return MadeCalendars().Put(key, MakeWorkCalendar(WithShipped(records)));
}

absl::StatusOr<std::shared_ptr<const WorkCalendar>> CalendarWith(db::Session& session,
                                                                 const std::string& office,
                                                                 const std::vector<HolidayPaper>& papers) {
  ASSIGN_OR_RETURN(const Choice choice, ChoiceOf(session, office));
  if (choice.weekends_only) {
    return std::shared_ptr<const WorkCalendar>(&WeekendOnlyCalendar(), [](const WorkCalendar*) {});
  }
  ASSIGN_OR_RETURN(std::vector<HolidayPaper> present, PapersOf(session, office));
  return std::shared_ptr<const WorkCalendar>(MakeWorkCalendar(WithPapers(std::move(present), papers)));
}

absl::StatusOr<std::vector<HolidayPaper>> PapersOf(db::Session& session, const std::string& office) {
  ASSIGN_OR_RETURN(const auto records, RecordsOf(session, office));
  return WithShipped(records);
}

std::vector<HolidayPaper> WithShipped(const std::vector<registry::v1::CalendarPaper>& records) {
  std::vector<HolidayPaper> later;
  later.reserve(records.size());
  for (const registry::v1::CalendarPaper& record : records) later.push_back(FactsOf(record));
  return WithPapers(ShippedPapers(), later);
}

absl::StatusOr<std::vector<HolidayPaper>> ReadPapers(std::string papers, std::string days) {
  auto read = ParsePapers(PlainText(std::move(papers)), PlainText(std::move(days)));
  if (read.ok()) return read;
  const std::string what(read.status().message());
  return InvalidFields(
      {{.field = what.starts_with("papers") ? "papers" : "days", .zh = "日历文件有误：" + what, .en = what}});
}

HolidayPaper FactsOf(const registry::v1::CalendarPaper& record) {
  HolidayPaper paper{.year = record.year(),
                     .number = record.number(),
                     .issued = FromProto(record.issue_date()),
                     .subject = record.subject(),
                     .days = {}};
  for (const auto& day : record.days()) {
    paper.days.push_back(
        {.date = FromProto(day.date()), .worked = day.working(), .name = day.display_name()});
  }
  return paper;
}

registry::v1::CalendarPaper RecordOf(const HolidayPaper& paper) {
  registry::v1::CalendarPaper record;
  record.set_year(paper.year);
  record.set_number(paper.number);
  *record.mutable_issue_date() = ToProto(paper.issued);
  record.set_subject(paper.subject);
  for (const PaperDay& day : paper.days) {
    auto* out = record.add_days();
    *out->mutable_date() = ToProto(day.date);
    out->set_working(day.worked);
    out->set_display_name(day.name);
  }
  record.set_fingerprint(FingerprintOf(paper));
  return record;
}

bool BringPapers(const std::vector<feed::v1::Change>& changes) {
  return std::any_of(changes.begin(), changes.end(), [](const feed::v1::Change& change) {
    return change.resource_type() == "inspectorate/CalendarPaper";
  });
}

bool IsNoTerm(const absl::Status& status) {
  const ErrorReason reason = ReasonOf(ErrorFromRefusal(status));
  return reason == ErrorReason::POLICY_MISSING || reason == ErrorReason::CALENDAR_YEAR_MISSING;
}

absl::StatusOr<DeadlineRule> TermOf(const Policy& policy, std::string_view key) {
  ASSIGN_OR_RETURN(const PolicyValue row, policy.Rule(key));
  ASSIGN_OR_RETURN(const int64_t amount, policy.Int(key));
  DeadlineRule rule;
  rule.id = std::string(key);
  const absl::Status no_term =
      Error(ErrorReason::POLICY_MISSING, {{"rule", rule.id}, {"date", FormatDate(policy.day())}});
  if (amount < 0 || amount > kLongestTerm) return no_term;
  rule.amount = static_cast<int>(amount);
  switch (row.unit) {
    case RuleUnit::DAY:
      rule.unit = DeadlineUnit::kCalendarDay;
      break;
    case RuleUnit::WORKING_DAY:
      rule.unit = DeadlineUnit::kWorkingDay;
      break;
    case RuleUnit::MONTH:
      rule.unit = DeadlineUnit::kMonth;
      break;
    default:
      return no_term;
  }
  rule.start = row.start == registry::v1::DAY_OF_EVENT ? StartRule::kDayOfEvent : StartRule::kDayAfter;
  rule.roll = row.roll == registry::v1::NOT_ROLLED ? RollRule::kNone : RollRule::kNextWorkingDay;
  rule.source = row.source;
  rule.valid_from = row.valid_from;
  return rule;
}

}  // namespace inspectorate::roster
