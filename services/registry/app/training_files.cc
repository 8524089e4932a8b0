#include "services/registry/app/training_files.h"

#include <algorithm>
#include <set>
#include <utility>

#include "absl/strings/numbers.h"
#include "common/base/macros.h"
#include "common/resource/table.h"
#include "common/roster/policy.h"
#include "common/status/error.h"
#include "inspectorate/registry/v1/inspector.pb.h"
#include "services/registry/app/trainees.h"

namespace inspectorate::registry {
namespace {

using resource::Description;
using resource::FromProto;
using resource::ToProto;
using resource::UuidOf;
using v1::Attendance;
using v1::StudyRecord;
using v1::TrainingFile;
using v1::TrainingFileEntry;
using v1::TrainingSession;

absl::Status NoSuchRule(const std::string& rule, Date day) {
  return Error(ErrorReason::POLICY_MISSING, {{"rule", rule}, {"date", FormatDate(day)}});
}

// What is recorded at the end of a day: the last of what was recorded up to then.
template <class Entry>
const Entry* LastBy(const google::protobuf::RepeatedPtrField<Entry>& entries, Time end) {
  const Entry* last = nullptr;
  for (const Entry& entry : entries) {
    if (FromProto(entry.time()) < end) last = &entry;
  }
  return last;
}

Time EndOf(Date day) { return ChinaMidnight(day + std::chrono::days(1)); }

// The records of some inspectors in the days of a year up to the cut-off.
struct Records {
  std::vector<TrainingSession> sessions;  // held; by date
  // By inspector, then by session.
  std::map<Uuid, std::map<std::string, Attendance>> attendances;
  std::map<Uuid, std::vector<StudyRecord>> studies;
};

std::string SessionOf(const std::string& attendance) {
  return attendance.substr(0, attendance.rfind("/attendances/"));
}
Uuid OwnerOf(const std::string& name) { return UuidOf(std::string_view(name).substr(0, name.find('/', 11))); }

// A table's rows without a column of long texts.
template <class M>
absl::StatusOr<std::vector<M>> SelectWithoutNotes(db::Session& session, const std::string& condition,
                                                  const db::Params& params) {
  const Description& d = Description::Of<M>();
  std::set<std::string> names;
  for (const auto& column : d.columns()) {
    if (column.name != "notes") names.insert(column.name);
  }
  const resource::Selection selection = d.SelectionOf(names);
  ASSIGN_OR_RETURN(
      const db::Rows rows,
      session.Query("SELECT " + selection.list + " FROM `" + d.table() + "` WHERE " + condition, params));
  std::vector<M> messages(rows.size());
  for (size_t i = 0; i < rows.size(); ++i) RETURN_IF_ERROR(d.FromRow(rows, i, selection, &messages[i]));
  return messages;
}

constexpr char kSessionOfAttendance[] =
    " AND EXISTS (SELECT 1 FROM `training_session` s WHERE s.`office` = `attendance`.`office` AND"
    " s.`training_session` = `attendance`.`training_session` AND s.`date` BETWEEN ? AND ?)";

void Gather(std::vector<Attendance> attendances, std::vector<StudyRecord> studies, Records* records) {
  for (Attendance& row : attendances) {
    const std::string session = SessionOf(row.name());
    records->attendances[UuidOf(row.name())].emplace(session, std::move(row));
  }
  for (StudyRecord& row : studies) records->studies[OwnerOf(row.name())].push_back(std::move(row));
}

constexpr char kHeldWithin[] = "`office` = ? AND `date` BETWEEN ? AND ? AND `state` = 2";  // HELD
constexpr char kByDate[] = "ORDER BY `date`, `start_time`, `training_session`";

absl::StatusOr<Records> RecordsOfOffice(db::Session& session, const std::string& office, Period days) {
  Records records;
  const db::Params within = {office, days.from, *days.to};
  ASSIGN_OR_RETURN(records.sessions,
                   resource::Select<TrainingSession>(session, kHeldWithin, within, kByDate));
  ASSIGN_OR_RETURN(
      auto attendances,
      SelectWithoutNotes<Attendance>(session, "`office` = ?" + std::string(kSessionOfAttendance), within));
  ASSIGN_OR_RETURN(auto studies, SelectWithoutNotes<StudyRecord>(
                                     session, "`office` = ? AND `date` BETWEEN ? AND ?", within));
  Gather(std::move(attendances), std::move(studies), &records);
  return records;
}

absl::StatusOr<Records> RecordsOf(db::Session& session, const std::string& office, const Uuid& inspector,
                                  Period days) {
  Records records;
  ASSIGN_OR_RETURN(records.sessions, resource::Select<TrainingSession>(
                                         session, kHeldWithin, {office, days.from, *days.to}, kByDate));
  const db::Params within = {inspector, days.from, *days.to};
  ASSIGN_OR_RETURN(
      auto attendances,
      resource::Select<Attendance>(session, "`inspector` = ?" + std::string(kSessionOfAttendance), within));
  ASSIGN_OR_RETURN(auto studies, resource::Select<StudyRecord>(
                                     session, "`inspector` = ? AND `date` BETWEEN ? AND ?", within));
  Gather(std::move(attendances), std::move(studies), &records);
  return records;
}

// The days of the year up to the cut-off; nothing where it has not begun.
std::optional<Period> Looked(const YearRules& rules) {
  const Date last = std::min(rules.cut_off, *rules.days.to);
  if (last < rules.days.from) return std::nullopt;
  return Period{rules.days.from, last};
}

db::Params With(db::Params params, const db::Params& more) {
  params.insert(params.end(), more.begin(), more.end());
  return params;
}

HalfHours Halves(double hours) { return HalvesOf(hours).value_or(0); }

// Hours and mode as they were recorded at the end of a day.
void ShowKnown(const TrainingSession& session, Time end, TrainingFileEntry* entry) {
  entry->set_mode(session.mode());
  entry->set_planned_hours(session.planned_hours());
  for (const v1::TrainingCorrection& correction : session.corrections()) {
    if (FromProto(correction.time()) < end) continue;
    entry->set_mode(correction.mode_before());
    entry->set_planned_hours(correction.hours_before());
    return;
  }
}

TrainingFileEntry EntryOf(const TrainingSession& session, Time end) {
  TrainingFileEntry entry;
  entry.set_resource(session.name());
  *entry.mutable_date() = session.date();
  entry.set_kind(session.kind());
  entry.set_topic(session.topic());
  ShowKnown(session, end, &entry);
  return entry;
}

TrainingFileEntry EntryOf(const StudyRecord& study, Time end) {
  TrainingFileEntry entry;
  entry.set_resource(study.name());
  *entry.mutable_date() = study.date();
  entry.set_kind(study.mode() == v1::MODE_ONLINE ? v1::TRAINING_ONLINE : v1::TRAINING_SELF_STUDY);
  entry.set_mode(study.mode());
  entry.set_topic(study.topic());
  entry.set_planned_hours(study.hours());
  entry.set_notes(study.notes());
  if (const auto* credit = LastBy(study.credits(), end)) {
    entry.set_credited_hours(credit->hours());
    entry.set_study_state(v1::STUDY_CREDITED);
  } else {
    // Of records of before nobody knows when.
    const bool declined = study.has_decline_time() ? FromProto(study.decline_time()) < end
                                                   : study.state() == v1::STUDY_DECLINED;
    entry.set_study_state(declined ? v1::STUDY_DECLINED : v1::STUDY_CLAIMED);
  }
  return entry;
}

FileEntry FactsOf(const TrainingFileEntry& entry) {
  return {.kind = static_cast<TrainingKind>(entry.kind()),
          .mode = static_cast<StudyMode>(entry.mode()),
          .presence = static_cast<Presence>(entry.presence()),
          .credited = Halves(entry.credited_hours()),
          .expected = entry.expected(),
          .own_record = entry.study_state() != v1::STUDY_RECORD_STATE_UNSPECIFIED};
}

void Show(const Totals& totals, v1::TrainingTotals* out) {
  out->set_centralised_hours(HoursOf(totals.centralised));
  out->set_online_hours(HoursOf(totals.online));
  out->set_self_study_hours(HoursOf(totals.self_study));
  out->set_counted_hours(HoursOf(totals.counted));
  out->set_shortfall_hours(HoursOf(totals.shortfall));
  out->set_weekly_attended(totals.weekly_attended);
  out->set_weekly_absent(totals.weekly_absent);
  out->set_weekly_excused(totals.weekly_excused);
  out->set_weekly_unrecorded(totals.weekly_unrecorded);
}

void AddSessions(const Trainee& trainee, const Records& records, Time end, TrainingFile* file) {
  static const auto& none = *new std::map<std::string, Attendance>;
  const auto found = records.attendances.find(UuidOf(trainee.inspector.name()));
  const auto& attendances = found == records.attendances.end() ? none : found->second;
  for (const TrainingSession& session : records.sessions) {
    std::optional<Uuid> area;
    if (!session.area().empty()) area = UuidOf(session.area());
    TrainingFileEntry entry = EntryOf(session, end);
    const auto row = attendances.find(session.name());
    entry.set_expected(IsExpected(trainee.facts, static_cast<TrainingKind>(session.kind()), area,
                                  FromProto(session.date())));
    if (row != attendances.end()) {
      const Attendance& attendance = row->second;
      if (const auto* mark = LastBy(attendance.marks(), end)) {
        entry.set_resource(attendance.name());
        entry.set_presence(mark->presence());
        entry.set_reason(mark->reason());
        entry.set_notes(attendance.notes());
      }
      if (const auto* credit = LastBy(attendance.credits(), end)) entry.set_credited_hours(credit->hours());
    }
    if (entry.expected() || entry.presence() != v1::ATTENDANCE_PRESENCE_UNSPECIFIED)
      *file->add_entries() = std::move(entry);
  }
}

TrainingFile FileOf(const Trainee& trainee, const Records& records, const YearRules& rules) {
  TrainingFile file;
  file.set_inspector(trainee.inspector.name());
  file.set_work_number(trainee.inspector.work_number());
  file.set_display_name(trainee.inspector.display_name());
  file.set_year(rules.year);
  *file.mutable_year_from() = ToProto(rules.days.from);
  *file.mutable_year_to() = ToProto(*rules.days.to);
  *file.mutable_cut_off() = ToProto(rules.cut_off);
  file.set_floor_hours(HoursOf(rules.floor));
  file.set_floor_source(rules.floor_source);
  const Time end = EndOf(rules.cut_off);
  AddSessions(trainee, records, end, &file);
  const auto studies = records.studies.find(UuidOf(trainee.inspector.name()));
  if (studies != records.studies.end()) {
    for (const StudyRecord& study : studies->second) *file.add_entries() = EntryOf(study, end);
  }
  std::stable_sort(file.mutable_entries()->begin(), file.mutable_entries()->end(),
                   [](const TrainingFileEntry& a, const TrainingFileEntry& b) {
                     return FromProto(a.date()) < FromProto(b.date());
                   });
  std::vector<FileEntry> facts;
  for (TrainingFileEntry& entry : *file.mutable_entries()) {
    facts.push_back(FactsOf(entry));
    entry.set_counted_hours(HoursOf(Counted(facts.back(), rules.central_kinds)));
  }
  Show(Add(facts, rules.central_kinds, rules.floor), file.mutable_totals());
  return file;
}

// Who attended a session of induction that was credited as of the cut-off, and the last one's day. `whose`: a
// condition on attendances.
absl::StatusOr<std::map<Uuid, Date>> Inductions(db::Session& session, const std::string& whose,
                                                const db::Params& params, const YearRules& rules) {
  ASSIGN_OR_RETURN(
      const db::Rows sessions,
      session.Query("SELECT `training_session`, `date` FROM `training_session` s WHERE EXISTS "
                    "(SELECT 1 FROM `attendance` WHERE `attendance`.`office` = s.`office` AND "
                    "`attendance`.`training_session` = s.`training_session` AND " +
                        whose + ") AND s.`kind` = ? AND s.`date` <= ?",
                    With(params, {v1::TRAINING_INDUCTION, std::min(rules.cut_off, *rules.days.to)})));
  std::map<Uuid, Date> held;
  for (size_t i = 0; i < sessions.size(); ++i) held[sessions.at(i, 0).AsUuid()] = sessions.at(i, 1).AsDate();
  std::map<Uuid, Date> days;
  if (held.empty()) return days;
  ASSIGN_OR_RETURN(
      const auto attendances,
      SelectWithoutNotes<Attendance>(
          session,
          whose + " AND EXISTS (SELECT 1 FROM `training_session` s WHERE s.`office` = `attendance`.`office` "
                  "AND s.`training_session` = `attendance`.`training_session` AND s.`kind` = ?)",
          With(params, {v1::TRAINING_INDUCTION})));
  for (const Attendance& attendance : attendances) {
    const auto of = held.find(UuidOf(SessionOf(attendance.name())));
    const auto* credit = LastBy(attendance.credits(), EndOf(rules.cut_off));
    if (of == held.end() || credit == nullptr || credit->hours() <= 0) continue;
    Date& day = days.try_emplace(UuidOf(attendance.name()), of->second).first->second;
    day = std::max(day, of->second);
  }
  return days;
}

// 6: InspectorEvent.INDUCTED.
absl::Status AddUnrecordedInductions(db::Session& session, const std::string& office, const YearRules& rules,
                                     const std::map<Uuid, Trainee>& in_reach,
                                     v1::ListTrainingShortfallsResponse* response) {
  const auto days = Looked(rules);
  if (rules.induction == "none" || !days) return absl::OkStatus();
  ASSIGN_OR_RETURN(const auto recorded, Inductions(session, "`attendance`.`office` = ?", {office}, rules));
  ASSIGN_OR_RETURN(const db::Rows stated,
                   session.Query("SELECT DISTINCT `inspector` FROM `inspector_act` WHERE `office` = ? AND"
                                 " `event` = 6 AND `act_date` BETWEEN ? AND ?",
                                 {office, days->from, *days->to}));
  for (size_t i = 0; i < stated.size(); ++i) {
    const Uuid inspector = stated.at(i, 0).AsUuid();
    const auto reached = in_reach.find(inspector);
    if (reached == in_reach.end()) continue;
    // One of an earlier candidacy is none of this one.
    const auto of = recorded.find(inspector);
    const auto& since = reached->second.facts.publicised_from;
    if (of == recorded.end() || (since && of->second < *since))
      response->add_unrecorded_inductions("inspectors/" + FormatUuid(inspector));
  }
  return absl::OkStatus();
}

absl::StatusOr<std::map<Uuid, Trainee>> InReach(db::Session& session, const roster::Reach& reach) {
  ASSIGN_OR_RETURN(auto trainees, LoadTrainees(session, reach.office));
  query::Condition persons = ReachedPersons(reach, "`inspector`");
  if (persons.sql.empty()) return trainees;
  persons.params.insert(persons.params.begin(), reach.office);
  ASSIGN_OR_RETURN(
      const db::Rows rows,
      session.Query("SELECT `inspector` FROM `inspector` WHERE `office` = ? AND (" + persons.sql + ")",
                    persons.params));
  std::set<Uuid> reached;
  for (size_t i = 0; i < rows.size(); ++i) reached.insert(rows.at(i, 0).AsUuid());
  std::erase_if(trainees, [&](const auto& entry) { return !reached.contains(entry.first); });
  return trainees;
}

absl::StatusOr<std::vector<TrainingFile>> FilesOf(db::Session& session, const std::string& office,
                                                  const std::map<Uuid, Trainee>& trainees,
                                                  const YearRules& rules) {
  std::vector<TrainingFile> files;
  const auto days = Looked(rules);
  if (!days) return files;
  ASSIGN_OR_RETURN(const Records records, RecordsOfOffice(session, office, *days));
  ASSIGN_OR_RETURN(const auto inducted, Inductions(session, "`attendance`.`office` = ?", {office}, rules));
  for (const auto& [id, trainee] : trainees) {
    if (!FirstDutyDay(trainee.facts, *days)) continue;
    files.push_back(FileOf(trainee, records, rules));
    if (const auto day = inducted.find(id); day != inducted.end())
      *files.back().mutable_inducted() = ToProto(day->second);
  }
  std::ranges::sort(files, {}, &TrainingFile::work_number);
  return files;
}

}  // namespace

absl::StatusOr<YearRules> LoadYearRules(db::Session& session, const std::string& office, int year,
                                        Date as_of) {
  YearRules rules;
  rules.year = year;
  rules.cut_off = as_of;
  // Where the year begins is itself a rule: that of the day asked about, or of the last day on which a year
  // of this name can begin; what is decided afterwards does not cut it anew.
  const Date asked = std::clamp(as_of, MakeDate(year, 1, 1), MakeDate(year, 12, 31));
  ASSIGN_OR_RETURN(const std::string begins,
                   roster::PolicyText(session, office, "training.year_begins", asked));
  const auto days = TrainingYear(year, begins);
  if (!days) return NoSuchRule("training.year_begins", asked);
  rules.days = *days;
  const Date day = std::clamp(as_of, days->from, *days->to);
  ASSIGN_OR_RETURN(const roster::Policy policy, roster::LoadPolicy(session, office, day));
  ASSIGN_OR_RETURN(const roster::PolicyValue floor, policy.Rule("training.central_hours_per_year"));
  double hours = 0;
  const auto halves = absl::SimpleAtod(floor.value, &hours) ? HalvesOf(hours) : std::nullopt;
  if (!halves || *halves < 0) return NoSuchRule("training.central_hours_per_year", day);
  rules.floor = *halves;
  rules.floor_source = floor.source;
  ASSIGN_OR_RETURN(const std::string kinds, policy.Text("training.central_kinds"));
  const auto parsed = ParseKinds(kinds);
  if (!parsed) return NoSuchRule("training.central_kinds", day);
  rules.central_kinds = *parsed;
  ASSIGN_OR_RETURN(rules.induction, policy.Text("training.induction"));
  return rules;
}

absl::StatusOr<TrainingFile> LoadTrainingFile(db::Session& session, const v1::Inspector& inspector,
                                              const YearRules& rules) {
  const std::string office = resource::SlugOf(inspector.office());
  const Uuid id = UuidOf(inspector.name());
  ASSIGN_OR_RETURN(const Trainee trainee, LoadTrainee(session, inspector));
  Records records;
  if (const auto days = Looked(rules)) {
    ASSIGN_OR_RETURN(records, RecordsOf(session, office, id, *days));
  }
  TrainingFile file = FileOf(trainee, records, rules);
  ASSIGN_OR_RETURN(const auto inducted, Inductions(session, "`attendance`.`inspector` = ?", {id}, rules));
  if (!inducted.empty()) *file.mutable_inducted() = ToProto(inducted.begin()->second);
  return file;
}

absl::StatusOr<std::vector<TrainingFile>> LoadTrainingFiles(db::Session& session, const roster::Reach& reach,
                                                            const YearRules& rules) {
  ASSIGN_OR_RETURN(const auto trainees, InReach(session, reach));
  return FilesOf(session, reach.office, trainees, rules);
}

absl::StatusOr<v1::ListTrainingShortfallsResponse> ListTrainingShortfalls(db::Session& session,
                                                                          const roster::Reach& reach,
                                                                          const YearRules& rules) {
  ASSIGN_OR_RETURN(const auto trainees, InReach(session, reach));
  ASSIGN_OR_RETURN(const auto files, FilesOf(session, reach.office, trainees, rules));
  v1::ListTrainingShortfallsResponse response;
  response.set_year(rules.year);
  *response.mutable_year_from() = ToProto(rules.days.from);
  *response.mutable_year_to() = ToProto(*rules.days.to);
  *response.mutable_cut_off() = ToProto(rules.cut_off);
  response.set_floor_hours(HoursOf(rules.floor));
  response.set_floor_source(rules.floor_source);
  v1::TrainingRate* enough = response.mutable_enough_hours();
  v1::TrainingRate* weekly = response.mutable_weekly_attendance();
  for (const TrainingFile& file : files) {
    const v1::TrainingTotals& totals = file.totals();
    weekly->set_numerator(weekly->numerator() + totals.weekly_attended());
    weekly->set_denominator(weekly->denominator() + totals.weekly_attended() + totals.weekly_absent());
    weekly->set_excused(weekly->excused() + totals.weekly_excused());
    weekly->set_unrecorded(weekly->unrecorded() + totals.weekly_unrecorded());
    enough->set_denominator(enough->denominator() + 1);
    if (totals.shortfall_hours() <= 0) {
      enough->set_numerator(enough->numerator() + 1);
      continue;
    }
    v1::TrainingShortfall* shortfall = response.add_shortfalls();
    shortfall->set_inspector(file.inspector());
    shortfall->set_work_number(file.work_number());
    shortfall->set_display_name(file.display_name());
    *shortfall->mutable_totals() = totals;
    const auto first = FirstDutyDay(trainees.at(UuidOf(file.inspector())).facts, rules.days);
    if (first) *shortfall->mutable_duty_from() = ToProto(*first);
  }
  RETURN_IF_ERROR(AddUnrecordedInductions(session, reach.office, rules, trainees, &response));
  return response;
}

}  // namespace inspectorate::registry
