#include "services/registry/app/papers.h"

#include <algorithm>
#include <map>
#include <set>
#include <utility>
#include <vector>

#include "common/base/hash.h"
#include "common/base/macros.h"
#include "common/base/uuid.h"
#include "common/calendar/work_calendar.h"
#include "common/resource/table.h"
#include "common/roster/calendar.h"
#include "common/status/error.h"
#include "inspectorate/registry/v1/office.pb.h"
#include "services/registry/app/public_notice.h"
#include "services/registry/domain/calendar_effect.h"
#include "services/registry/store/papers_store.h"

namespace inspectorate::registry {
namespace {

using resource::Description;
using resource::ToProto;
using v1::CalendarPaper;

constexpr size_t kEtagDigits = 16;
constexpr size_t kMaxNumber = 60;
constexpr size_t kMaxSubject = 100;

// Namespace of the ids of papers, fixed for ever: UUIDv5 of the DNS namespace (RFC 9562, appendix C) and this
// name. One paper has the same id in every office.
Uuid PaperId(const std::string& number) {
  static const Uuid space =
      DerivedUuid(*ParseUuid("6ba7b810-9dad-11d1-80b4-00c04fd430c8"), "papers.inspectorate");
  return DerivedUuid(space, number);
}

absl::StatusOr<std::vector<HolidayPaper>> Read(const std::string& papers_file, const std::string& days_file) {
  ASSIGN_OR_RETURN(auto papers, roster::ReadPapers(papers_file, days_file));
  if (papers.empty()) {
    return InvalidFields({{.field = "papers", .zh = "没有列出文件", .en = "no paper is listed"}});
  }
  return papers;
}

absl::Status CheckPapers(const std::vector<HolidayPaper>& papers, const WorkCalendar& known) {
  std::vector<FieldViolation> violations;
  for (const HolidayPaper& paper : papers) {
    if (paper.number.size() > kMaxNumber || paper.subject.size() > kMaxSubject) {
      violations.push_back({.field = "papers", .zh = "文号或标题过长", .en = "number or subject too long"});
    }
    for (const PaperDefect& defect : DefectsOf(paper, known))
      violations.push_back({.field = "days", .zh = defect.zh, .en = defect.en});
  }
  return violations.empty() ? absl::OkStatus() : InvalidFields(violations);
}

v1::PaperNews NewsOf(const HolidayPaper& paper, const std::vector<HolidayPaper>& known) {
  const auto same = std::find_if(known.begin(), known.end(),
                                 [&](const HolidayPaper& other) { return other.number == paper.number; });
  if (same == known.end()) return v1::PAPER_NEW;
  return *same == paper ? v1::PAPER_KNOWN : v1::PAPER_CORRECTED;
}

// The day and the paper that decides it: the last issued of those that name it.
std::map<Date, std::pair<std::string, std::string>> Deciders(std::vector<HolidayPaper> papers) {
  std::stable_sort(papers.begin(), papers.end(),
                   [](const HolidayPaper& a, const HolidayPaper& b) { return a.issued < b.issued; });
  std::map<Date, std::pair<std::string, std::string>> deciders;
  for (const HolidayPaper& paper : papers) {
    for (const PaperDay& day : paper.days) deciders[day.date] = {day.name, paper.number};
  }
  return deciders;
}

// `named`: years that are spoken of whether they move or not.
void Describe(const CalendarMoves& moves, std::set<int> named, const std::vector<HolidayPaper>& after,
              v1::CalendarEffect* effect) {
  const auto deciders = Deciders(after);
  for (const DayMoved& moved : moves.days) {
    named.insert(YearOf(moved.date));
    v1::DayEffect* day = effect->add_days();
    *day->mutable_date() = ToProto(moved.date);
    day->set_working_before(moved.worked_before);
    day->set_working_after(moved.worked_after);
    if (const auto decider = deciders.find(moved.date); decider != deciders.end()) {
      day->set_display_name(decider->second.first);
      day->set_paper(decider->second.second);
    }
  }
  for (const YearMoved& moved : moves.years) {
    if (!named.contains(moved.year)) continue;
    v1::YearEffect* year = effect->add_years();
    year->set_year(moved.year);
    year->set_working_days_before(moved.worked_before);
    year->set_working_days_after(moved.worked_after);
    year->set_published_before(moved.published_before);
  }
}

absl::Status DescribeOffices(db::Session& session, const std::vector<HolidayPaper>& papers,
                             v1::CalendarEffect* effect) {
  ASSIGN_OR_RETURN(const auto offices, AllOffices(session));
  for (const std::string& office : offices) {
    ASSIGN_OR_RETURN(const auto calendar, roster::CalendarWith(session, office, papers));
    ASSIGN_OR_RETURN(const auto moved, MovedNotices(session, office, *calendar));
    if (moved.empty()) continue;
    v1::OfficeEffect* out = effect->add_offices();
    out->set_office("offices/" + office);
    out->set_moved_notices(static_cast<int>(moved.size()));
  }
  return absl::OkStatus();
}

// Stands for what was known and what is said: the same papers on the same ground have the same effect.
std::string EtagOf(const v1::CalendarEffect& effect, const std::vector<HolidayPaper>& papers) {
  std::string content = effect.calendar_version_before() + "\n" + effect.calendar_version_after();
  for (const HolidayPaper& paper : papers) content += "\n" + roster::RecordOf(paper).fingerprint();
  return Hex(Sha256(content)).substr(0, kEtagDigits);
}

struct Weighed {
  v1::CalendarEffect effect;
  std::vector<HolidayPaper> changed;  // new or corrected
};

absl::StatusOr<Weighed> Weigh(db::Session& session, const std::string& papers_file,
                              const std::string& days_file, bool locked) {
  ASSIGN_OR_RETURN(const std::vector<HolidayPaper> papers, Read(papers_file, days_file));
  ASSIGN_OR_RETURN(const auto published, PublishedPapers(session, locked));
  const std::vector<HolidayPaper> known = roster::WithShipped(published);
  const std::vector<HolidayPaper> all = WithPapers(known, papers);
  const auto before = MakeWorkCalendar(known), after = MakeWorkCalendar(all);
  Weighed weighed;
  v1::CalendarEffect& effect = weighed.effect;
  for (const HolidayPaper& paper : papers) {
    v1::PaperEffect* out = effect.add_papers();
    out->set_number(paper.number);
    out->set_year(paper.year);
    out->set_news(NewsOf(paper, known));
    if (out->news() != v1::PAPER_KNOWN) weighed.changed.push_back(paper);
  }
  RETURN_IF_ERROR(CheckPapers(weighed.changed, *before));
  Describe(Compare(*before, *after, YearsOf(all)), YearsOf(papers), all, &effect);
  effect.set_calendar_version_before(std::string(before->version()));
  effect.set_calendar_version_after(std::string(after->version()));
  effect.set_etag(EtagOf(effect, papers));
  RETURN_IF_ERROR(DescribeOffices(session, weighed.changed, &effect));
  return weighed;
}

absl::Status Give(work::Unit& unit, const std::string& office, const CalendarPaper& published,
                  bool* written) {
  const Description& description = Description::Of<CalendarPaper>();
  CalendarPaper paper = published;
  paper.set_name("offices/" + office + "/calendarPapers/" + FormatUuid(PaperId(published.number())));
  CalendarPaper held;
  ASSIGN_OR_RETURN(const bool found, resource::Load(unit.db(), description, paper.name(), &held));
  if (found && held.fingerprint() == paper.fingerprint()) return absl::OkStatus();
  *written = true;
  if (!found) return resource::Insert(unit, description, &paper, "calendar_paper.published");
  paper.set_revision(held.revision());
  *paper.mutable_create_time() = held.create_time();
  return resource::Update(unit, description, &paper, "calendar_paper.corrected");
}

}  // namespace

absl::StatusOr<v1::CalendarEffect> PreviewPapers(db::Session& session,
                                                 const v1::PreviewCalendarPapersRequest& request) {
  ASSIGN_OR_RETURN(Weighed weighed, Weigh(session, request.papers(), request.days(), false));
  return std::move(weighed.effect);
}

absl::StatusOr<v1::CalendarEffect> PublishPapers(work::Unit& unit,
                                                 const v1::PublishCalendarPapersRequest& request) {
  ASSIGN_OR_RETURN(Weighed weighed, Weigh(unit.db(), request.papers(), request.days(), true));
  if (request.etag() != weighed.effect.etag())
    return Error(ErrorReason::ETAG_MISMATCH, {{"resource", "calendarPapers"}});
  for (const HolidayPaper& paper : weighed.changed) {
    CalendarPaper record = roster::RecordOf(paper);
    record.set_published_by(unit.actor().subject);
    RETURN_IF_ERROR(PutPublishedPaper(unit.db(), record, unit.recorded()));
  }
  ASSIGN_OR_RETURN(const auto offices, OfficesWithoutPapers(unit.db()));
  for (const std::string& office : offices) RETURN_IF_ERROR(GivePapers(unit, office));
  return std::move(weighed.effect);
}

absl::StatusOr<Taken> TakeOverPaper(work::Unit& unit, const std::string& office, const CalendarPaper& told) {
  RETURN_IF_ERROR(
      resource::Get<v1::Office>(unit.db(), "offices/" + office, resource::Lock::kForUpdate).status());
  const HolidayPaper paper = roster::FactsOf(told);
  CalendarPaper record = roster::RecordOf(paper);
  record.set_published_by(told.published_by());
  record.set_name("offices/" + office + "/calendarPapers/" + FormatUuid(PaperId(paper.number)));
  CalendarPaper held;
  ASSIGN_OR_RETURN(const bool found,
                   resource::Load(unit.db(), Description::Of<CalendarPaper>(), record.name(), &held));
  if (found && held.fingerprint() == record.fingerprint()) return Taken::kSame;
  if (found) {
    return InvalidFields({{.field = "days",
                           .zh = "与本平台发布的该文件不一致",
                           .en = "is not what this registry has published of the paper"}});
  }
  ASSIGN_OR_RETURN(const auto known, roster::PapersOf(unit.db(), office));
  // Those that ship are in no table.
  for (const HolidayPaper& shipped : known) {
    if (shipped.number != paper.number) continue;
    if (roster::RecordOf(shipped).fingerprint() == record.fingerprint()) return Taken::kSame;
    return InvalidFields({{.field = "days",
                           .zh = "与本平台已有的该文件不一致",
                           .en = "is not what this registry has of the paper"}});
  }
  RETURN_IF_ERROR(CheckPapers({paper}, *MakeWorkCalendar(known)));
  RETURN_IF_ERROR(
      resource::Insert(unit, Description::Of<CalendarPaper>(), &record, "calendar_paper.taken_over"));
  RETURN_IF_ERROR(MoveNotices(unit, office));
  return Taken::kNew;
}

absl::Status GivePapers(work::Unit& unit, const std::string& office) {
  // Two that give at once would both find nothing there; and what is read after the lock is the latest.
  RETURN_IF_ERROR(
      resource::Get<v1::Office>(unit.db(), "offices/" + office, resource::Lock::kForUpdate).status());
  ASSIGN_OR_RETURN(const auto published, PublishedPapers(unit.db(), false));
  if (published.empty()) return absl::OkStatus();
  bool written = false;
  for (const CalendarPaper& paper : published) RETURN_IF_ERROR(Give(unit, office, paper, &written));
  return written ? MoveNotices(unit, office) : absl::OkStatus();
}

absl::Status GivePapersToAll(work::Writer& writer, const db::Budget& budget) {
  std::vector<std::string> offices;
  RETURN_IF_ERROR(writer.database().Read(budget, [&](db::Session& session) -> absl::Status {
    ASSIGN_OR_RETURN(offices, OfficesWithoutPapers(session));
    return absl::OkStatus();
  }));
  const work::Actor self{
      .subject = "services/registry", .display_name = "services/registry", .request_id = {}, .trace_id = {}};
  for (const std::string& office : offices) {
    RETURN_IF_ERROR(
        writer.RunInternal(budget, self, [&](work::Unit& unit) { return GivePapers(unit, office); }));
  }
  return absl::OkStatus();
}

}  // namespace inspectorate::registry
