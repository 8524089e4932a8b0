#include "services/registry/app/trainings.h"

#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <utility>
#include <vector>

#include "common/base/macros.h"
#include "common/resource/table.h"
#include "common/roster/policy.h"
#include "common/roster/scope.h"
#include "common/status/error.h"
#include "inspectorate/registry/v1/area.pb.h"
#include "services/registry/app/trainees.h"
#include "services/registry/domain/training.h"

namespace inspectorate::registry {
namespace {

using resource::Description;
using resource::FromProto;
using resource::Lock;
using resource::ToProto;
using resource::UuidOf;
using v1::Attendance;
using v1::StudyRecord;
using v1::TrainingSession;

absl::Status WrongField(const std::string& field, const std::string& zh, const std::string& en) {
  return InvalidFields({{.field = field, .zh = zh, .en = en}});
}

absl::StatusOr<HalfHours> HoursIn(const std::string& field, double hours) {
  const auto halves = HalvesOf(hours);
  if (!halves) return WrongField(field, "学时须为0.5的倍数", "must be a multiple of half an hour");
  return *halves;
}
// Of what was checked when it was written.
HalfHours StoredHours(double hours) { return HalvesOf(hours).value_or(0); }

SessionState StateOf(const TrainingSession& session) { return static_cast<SessionState>(session.state()); }

std::optional<Uuid> AreaOf(const TrainingSession& session) {
  if (session.area().empty()) return std::nullopt;
  return UuidOf(session.area());
}

// "offices/x/trainingSessions/y/attendances/z": z is whose it is.
std::string AttendanceName(const TrainingSession& session, const Uuid& inspector) {
  return session.name() + "/attendances/" + FormatUuid(inspector);
}

std::string OfficeOf(const TrainingSession& session) { return resource::SlugOf(session.name()); }

absl::StatusOr<std::map<Uuid, Attendance>> AttendancesOf(db::Session& session,
                                                         const TrainingSession& training, bool lock) {
  ASSIGN_OR_RETURN(auto rows, resource::Select<Attendance>(session, "`office` = ? AND `training_session` = ?",
                                                           {OfficeOf(training), UuidOf(training.name())},
                                                           lock ? "FOR UPDATE" : ""));
  std::map<Uuid, Attendance> by_inspector;
  for (Attendance& row : rows) by_inspector.emplace(UuidOf(row.name()), std::move(row));
  return by_inspector;
}

// A session that office staff act on: locked first, so that acts on it follow each other.
template <class Request>
absl::StatusOr<TrainingSession> Locked(work::Unit& unit, const Request& request) {
  return resource::Get<TrainingSession>(unit.db(), request.name(), Lock::kForUpdate);
}

template <class Request>
absl::StatusOr<TrainingSession> Move(work::Unit& unit, const Request& request, SessionEvent event,
                                     const std::string& name, const std::string& cancel_reason) {
  ASSIGN_OR_RETURN(TrainingSession session, Locked(unit, request));
  RETURN_IF_ERROR(resource::CheckEtag(session, request.etag()));
  ASSIGN_OR_RETURN(const auto recorded, AttendancesOf(unit.db(), session, true));
  SessionFacts facts{.date = FromProto(session.date()), .today = {}, .anybody_recorded = !recorded.empty()};
  ASSIGN_OR_RETURN(facts.today, unit.Today(OfficeOf(session)));
  const auto next = NextSession(StateOf(session), event, facts);
  if (!next.ok()) return ErrorFromRefusal(next.status());
  session.set_state(static_cast<v1::TrainingState>(*next));
  session.set_cancel_reason(cancel_reason);
  RETURN_IF_ERROR(resource::Update(unit, Description::Of<TrainingSession>(), &session, name,
                                   work::Change::STATE_CHANGED));
  return session;
}

// What is left of a session when what may be changed later is left out.
std::string Settled(TrainingSession session) {
  for (const char* field : {"materials", "note", "etag"})
    session.GetReflection()->ClearField(&session, session.GetDescriptor()->FindFieldByName(field));
  return session.SerializeAsString();
}

// Whoever was credited more than there is, or all of what there was, is credited anew.
absl::Status FollowCorrection(work::Unit& unit, const TrainingSession& session, HalfHours before,
                              HalfHours hours, const std::string& reason, Time now) {
  ASSIGN_OR_RETURN(auto attendances, AttendancesOf(unit.db(), session, true));
  for (auto& [inspector, attendance] : attendances) {
    const HalfHours credited = StoredHours(attendance.credited_hours());
    const HalfHours after = CreditAfter(credited, before, hours);
    if (after == credited) continue;
    v1::TrainingCredit* credit = attendance.add_credits();
    credit->set_hours(HoursOf(after));
    credit->set_reason(reason);
    *credit->mutable_time() = ToProto(now);
    credit->set_credited_by(unit.actor().subject);
    attendance.set_credited_hours(HoursOf(after));
    RETURN_IF_ERROR(
        resource::Update(unit, Description::Of<Attendance>(), &attendance, "attendance.credited"));
  }
  return absl::OkStatus();
}

absl::Status CheckAreaOn(work::Unit& unit, const TrainingSession& session) {
  if (session.area().empty()) return absl::OkStatus();
  ASSIGN_OR_RETURN(const v1::Area area, resource::Get<v1::Area>(unit.db(), session.area()));
  if (resource::PeriodOf(area).Contains(FromProto(session.date()))) return absl::OkStatus();
  return Error(ErrorReason::AREA_NOT_IN_FORCE, {{"area", session.area()}, {"resource", session.name()}});
}

// --- attendance

// Acts on the attendances of one session, in one transaction.
class Register {
 public:
  Register(work::Unit& unit, TrainingSession session) : unit_(unit), session_(std::move(session)) {}

  absl::Status Open() {
    const std::string office = OfficeOf(session_);
    ASSIGN_OR_RETURN(now_, unit_.Now(office));
    ASSIGN_OR_RETURN(policy_, roster::LoadPolicy(unit_.db(), office, ChinaDate(now_)));
    ASSIGN_OR_RETURN(trainees_, LoadTrainees(unit_.db(), office));
    ASSIGN_OR_RETURN(attendances_, AttendancesOf(unit_.db(), session_, true));
    return absl::OkStatus();
  }

  // Each inspector once, of this office. INVALID_FIELDS, RESOURCE_NOT_FOUND.
  template <class Entry>
  absl::StatusOr<std::vector<Uuid>> Named(const google::protobuf::RepeatedPtrField<Entry>& entries) {
    std::vector<Uuid> named;
    for (int i = 0; i < entries.size(); ++i) {
      const Uuid inspector = UuidOf(entries[i].inspector());
      if (!trainees_.contains(inspector)) return NotFound(entries[i].inspector());
      if (std::ranges::find(named, inspector) != named.end()) {
        return WrongField("entries[" + std::to_string(i) + "].inspector", "重复列出", "is named twice");
      }
      named.push_back(inspector);
    }
    return named;
  }

  absl::StatusOr<Attendance> Mark(const Uuid& inspector, Presence presence, const std::string& reason,
                                  const std::string& etag) {
    ASSIGN_OR_RETURN(const int64_t days, policy_.Int("training.correction_days"));
    const auto found = attendances_.find(inspector);
    const bool is_new = found == attendances_.end();
    Attendance attendance = is_new ? Attendance() : found->second;
    if (is_new) {
      attendance.set_name(AttendanceName(session_, inspector));
      attendance.set_inspector("inspectors/" + FormatUuid(inspector));
    }
    RETURN_IF_ERROR(resource::CheckEtag(attendance, etag));
    const auto wanted = static_cast<v1::AttendancePresence>(presence);
    if (attendance.presence() == wanted && attendance.reason() == reason) return Shown(attendance);
    RETURN_IF_ERROR(ErrorFromRefusal(CheckMark({.state = StateOf(session_),
                                                .date = FromProto(session_.date()),
                                                .today = ChinaDate(now_),
                                                .correction_days = static_cast<int>(days),
                                                .correction = !is_new,
                                                .wanted = presence,
                                                .reason_given = !reason.empty(),
                                                .expected = Expects(trainees_.at(inspector)),
                                                .credited = StoredHours(attendance.credited_hours()),
                                                .inspector = NameOf(inspector)})));
    attendance.set_presence(wanted);
    attendance.set_reason(reason);
    v1::AttendanceMark* mark = attendance.add_marks();
    mark->set_presence(wanted);
    mark->set_reason(reason);
    *mark->mutable_time() = ToProto(now_);
    mark->set_recorded_by(unit_.actor().subject);
    const Description& d = Description::Of<Attendance>();
    RETURN_IF_ERROR(is_new ? resource::Insert(unit_, d, &attendance, "attendance.recorded")
                           : resource::Update(unit_, d, &attendance, "attendance.corrected"));
    return Shown(Keep(inspector, std::move(attendance)));
  }

  absl::StatusOr<Attendance> Credit(const Uuid& inspector, HalfHours hours, const std::string& reason,
                                    const std::string& etag) {
    ASSIGN_OR_RETURN(const std::string notes, policy_.Text("training.notes"));
    const auto found = attendances_.find(inspector);
    Attendance attendance = found == attendances_.end() ? Attendance() : found->second;
    RETURN_IF_ERROR(resource::CheckEtag(attendance, etag));
    CreditFacts facts{.state = StateOf(session_),
                      .presence = static_cast<Presence>(attendance.presence()),
                      .most = StoredHours(session_.planned_hours()),
                      .wanted = hours,
                      .reason_given = !reason.empty(),
                      .notes_required = notes == "required",
                      .notes_written = !attendance.notes().empty(),
                      .inspector = NameOf(inspector)};
    if (attendance.credits_size() > 0) facts.credited_before = StoredHours(attendance.credited_hours());
    RETURN_IF_ERROR(ErrorFromRefusal(CheckCredit(facts)));
    v1::TrainingCredit* credit = attendance.add_credits();
    credit->set_hours(HoursOf(hours));
    credit->set_reason(reason);
    *credit->mutable_time() = ToProto(now_);
    credit->set_credited_by(unit_.actor().subject);
    attendance.set_credited_hours(HoursOf(hours));
    RETURN_IF_ERROR(
        resource::Update(unit_, Description::Of<Attendance>(), &attendance, "attendance.credited"));
    return Shown(Keep(inspector, std::move(attendance)));
  }

  // Expected, and nothing is recorded; by work number.
  std::vector<Uuid> Unrecorded() const {
    return Chosen([this](const Uuid& id, const Trainee& trainee) {
      return !attendances_.contains(id) && Expects(trainee);
    });
  }
  // Attended, and nothing is credited.
  std::vector<Uuid> Uncredited() const {
    return Chosen([this](const Uuid& id, const Trainee&) {
      const auto found = attendances_.find(id);
      return found != attendances_.end() && found->second.presence() == v1::ATTENDED &&
             found->second.credits_size() == 0;
    });
  }
  Presence Proposed(const Uuid& inspector) const {
    return Proposal(trainees_.at(inspector).facts, FromProto(session_.date()));
  }

 private:
  bool Expects(const Trainee& trainee) const {
    return IsExpected(trainee.facts, static_cast<TrainingKind>(session_.kind()), AreaOf(session_),
                      FromProto(session_.date()));
  }
  std::string NameOf(const Uuid& inspector) const { return trainees_.at(inspector).inspector.display_name(); }
  // Without the notes: hundreds of them are no answer to a register.
  static Attendance Shown(Attendance attendance) {
    attendance.clear_notes();
    return attendance;
  }
  const Attendance& Keep(const Uuid& inspector, Attendance attendance) {
    return attendances_.insert_or_assign(inspector, std::move(attendance)).first->second;
  }
  template <class F>
  std::vector<Uuid> Chosen(F chosen) const {
    std::vector<Uuid> ids;
    for (const auto& [id, trainee] : trainees_) {
      if (chosen(id, trainee)) ids.push_back(id);
    }
    std::ranges::sort(ids, {}, [this](const Uuid& id) { return trainees_.at(id).inspector.work_number(); });
    return ids;
  }

  work::Unit& unit_;
  TrainingSession session_;
  Time now_;
  roster::Policy policy_{Date{}, {}};
  std::map<Uuid, Trainee> trainees_;
  std::map<Uuid, Attendance> attendances_;
};

absl::Status NobodyNamed() {
  return WrongField("entries", "没有列出人员", "names nobody, and the rest is left out too");
}

// --- records of another registry

// The last credit is the one that stands; all are halves of hours, and no more than `most`.
template <class M>
absl::Status CheckCredits(const M& record, double most) {
  for (const v1::TrainingCredit& credit : record.credits()) {
    RETURN_IF_ERROR(HoursIn("credits", credit.hours()).status());
    if (credit.hours() < 0 || credit.hours() > most)
      return WrongField("credits", "多于应有学时", "are more hours than there were");
  }
  const double last = record.credits().empty() ? 0 : record.credits().rbegin()->hours();
  if (last == record.credited_hours()) return absl::OkStatus();
  return WrongField("credited_hours", "与最后一次认定不符", "is not what was credited last");
}

constexpr char kOnLeaveZh[] = "请假（当日在假期内）";
constexpr char kOnLeaveEn[] = "on leave that day";

// --- study records

std::string OwnerOf(const std::string& name) { return name.substr(0, name.find('/', 11)); }

// Office staff act on what an inspector recorded; what is out of reach is not told from what is not there.
template <class Request>
absl::StatusOr<StudyRecord> LockedRecord(work::Unit& unit, const rpc::Call& call, const Request& request) {
  ASSIGN_OR_RETURN(StudyRecord record,
                   roster::OrDenied(call, ErrorReason::RESOURCE_NOT_FOUND,
                                    resource::Get<StudyRecord>(unit.db(), request.name(), Lock::kForUpdate)));
  const std::string office = resource::SlugOf(record.office());
  ASSIGN_OR_RETURN(const Date today, unit.Today(office));
  RETURN_IF_ERROR(roster::ReachForWrite(unit.db(), call, office, today).status());
  RETURN_IF_ERROR(resource::CheckEtag(record, request.etag()));
  return record;
}

}  // namespace

absl::Status CheckTrainingSession(work::Unit& unit, const TrainingSession* before, TrainingSession* session) {
  if (before == nullptr) {
    session->set_state(v1::TRAINING_PLANNED);
  } else {
    RETURN_IF_ERROR(
        ErrorFromRefusal(CheckSessionEdit(StateOf(*before), Settled(*before) == Settled(*session))));
  }
  RETURN_IF_ERROR(HoursIn("training_session.planned_hours", session->planned_hours()).status());
  if (!ModeFits(static_cast<TrainingKind>(session->kind()), static_cast<StudyMode>(session->mode()))) {
    return WrongField("training_session.mode", "与学习培训的种类不符",
                      "does not go with this kind of session");
  }
  return CheckAreaOn(unit, *session);
}

absl::StatusOr<TrainingSession> HoldTrainingSession(work::Unit& unit,
                                                    const v1::HoldTrainingSessionRequest& request) {
  return Move(unit, request, SessionEvent::kHold, "training_session.held", "");
}

absl::StatusOr<TrainingSession> CancelTrainingSession(work::Unit& unit,
                                                      const v1::CancelTrainingSessionRequest& request) {
  return Move(unit, request, SessionEvent::kCancel, "training_session.cancelled", request.reason());
}

absl::StatusOr<TrainingSession> CorrectTrainingSession(work::Unit& unit,
                                                       const v1::CorrectTrainingSessionRequest& request) {
  ASSIGN_OR_RETURN(TrainingSession session, Locked(unit, request));
  RETURN_IF_ERROR(resource::CheckEtag(session, request.etag()));
  RETURN_IF_ERROR(ErrorFromRefusal(CheckSessionCorrection(StateOf(session))));
  ASSIGN_OR_RETURN(const HalfHours hours, HoursIn("hours", request.hours()));
  const HalfHours before = StoredHours(session.planned_hours());
  if (!ModeFits(static_cast<TrainingKind>(session.kind()), static_cast<StudyMode>(request.mode())))
    return WrongField("mode", "与学习培训的种类不符", "does not go with this kind of session");
  if (hours == before && request.mode() == session.mode())
    return WrongField("hours", "与登记的相同,没有更正", "corrects nothing");
  ASSIGN_OR_RETURN(const Time now, unit.Now(OfficeOf(session)));
  v1::TrainingCorrection* correction = session.add_corrections();
  correction->set_hours_before(session.planned_hours());
  correction->set_mode_before(session.mode());
  correction->set_reason(request.reason());
  *correction->mutable_time() = ToProto(now);
  correction->set_corrected_by(unit.actor().subject);
  session.set_planned_hours(HoursOf(hours));
  session.set_mode(request.mode());
  RETURN_IF_ERROR(
      resource::Update(unit, Description::Of<TrainingSession>(), &session, "training_session.corrected"));
  RETURN_IF_ERROR(FollowCorrection(unit, session, before, hours, request.reason(), now));
  return session;
}

absl::StatusOr<v1::ProposeAttendanceResponse> ProposeAttendance(db::Session& session,
                                                                const v1::ProposeAttendanceRequest& request) {
  ASSIGN_OR_RETURN(const TrainingSession training, resource::Get<TrainingSession>(session, request.name()));
  ASSIGN_OR_RETURN(const auto trainees, LoadTrainees(session, OfficeOf(training)));
  ASSIGN_OR_RETURN(const auto recorded, AttendancesOf(session, training, false));
  std::vector<v1::ProposedAttendance> proposals;
  const Date day = FromProto(training.date());
  for (const auto& [id, trainee] : trainees) {
    const bool expected =
        IsExpected(trainee.facts, static_cast<TrainingKind>(training.kind()), AreaOf(training), day);
    const auto found = recorded.find(id);
    if (!expected && found == recorded.end()) continue;
    v1::ProposedAttendance& proposal = proposals.emplace_back();
    proposal.set_inspector(trainee.inspector.name());
    proposal.set_work_number(trainee.inspector.work_number());
    proposal.set_display_name(trainee.inspector.display_name());
    proposal.set_expected(expected);
    if (found != recorded.end()) proposal.set_recorded_presence(found->second.presence());
    if (!expected) continue;
    const Presence proposed = Proposal(trainee.facts, day);
    proposal.set_proposed_presence(static_cast<v1::AttendancePresence>(proposed));
    if (proposed != Presence::kExcused) continue;
    proposal.set_reason_zh(kOnLeaveZh);
    proposal.set_reason_en(kOnLeaveEn);
  }
  std::ranges::sort(proposals, {}, [](const v1::ProposedAttendance& proposal) {
    return std::pair(!proposal.expected(), proposal.work_number());
  });
  v1::ProposeAttendanceResponse response;
  for (v1::ProposedAttendance& proposal : proposals) *response.add_proposals() = std::move(proposal);
  return response;
}

absl::StatusOr<v1::RecordAttendanceResponse> RecordAttendance(work::Unit& unit,
                                                              const v1::RecordAttendanceRequest& request) {
  if (request.entries().empty() && !request.rest_attended()) return NobodyNamed();
  ASSIGN_OR_RETURN(TrainingSession session, Locked(unit, request));
  Register sheet(unit, std::move(session));
  RETURN_IF_ERROR(sheet.Open());
  ASSIGN_OR_RETURN(const std::vector<Uuid> named, sheet.Named(request.entries()));
  v1::RecordAttendanceResponse response;
  for (size_t i = 0; i < named.size(); ++i) {
    const v1::AttendanceEntry& entry = request.entries(static_cast<int>(i));
    ASSIGN_OR_RETURN(
        *response.add_attendances(),
        sheet.Mark(named[i], static_cast<Presence>(entry.presence()), entry.reason(), entry.etag()));
  }
  if (!request.rest_attended()) return response;
  for (const Uuid& inspector : sheet.Unrecorded()) {
    const Presence proposed = sheet.Proposed(inspector);
    ASSIGN_OR_RETURN(*response.add_attendances(),
                     sheet.Mark(inspector, proposed, proposed == Presence::kExcused ? kOnLeaveZh : "", ""));
  }
  return response;
}

absl::StatusOr<v1::CreditAttendanceResponse> CreditAttendance(work::Unit& unit,
                                                              const v1::CreditAttendanceRequest& request) {
  if (request.entries().empty() && !request.rest_planned()) return NobodyNamed();
  ASSIGN_OR_RETURN(TrainingSession session, Locked(unit, request));
  const HalfHours planned = StoredHours(session.planned_hours());
  Register sheet(unit, std::move(session));
  RETURN_IF_ERROR(sheet.Open());
  ASSIGN_OR_RETURN(const std::vector<Uuid> named, sheet.Named(request.entries()));
  v1::CreditAttendanceResponse response;
  for (size_t i = 0; i < named.size(); ++i) {
    const v1::CreditEntry& entry = request.entries(static_cast<int>(i));
    ASSIGN_OR_RETURN(const HalfHours hours,
                     HoursIn("entries[" + std::to_string(i) + "].hours", entry.hours()));
    ASSIGN_OR_RETURN(*response.add_attendances(),
                     sheet.Credit(named[i], hours, entry.reason(), entry.etag()));
  }
  if (!request.rest_planned()) return response;
  for (const Uuid& inspector : sheet.Uncredited()) {
    ASSIGN_OR_RETURN(*response.add_attendances(), sheet.Credit(inspector, planned, "", ""));
  }
  return response;
}

absl::StatusOr<Attendance> WriteStudyNotes(work::Unit& unit, const rpc::Call& call,
                                           const v1::WriteStudyNotesRequest& request) {
  const std::string office = resource::SlugOf(request.name());
  RETURN_IF_ERROR(roster::ReachForWrite(unit.db(), call, office, Date{}).status());
  if (call.principal().subject != "inspectors/" + FormatUuid(UuidOf(request.name())))
    return roster::Denied(call);
  ASSIGN_OR_RETURN(Attendance attendance,
                   resource::Get<Attendance>(unit.db(), request.name(), Lock::kForUpdate));
  RETURN_IF_ERROR(resource::CheckEtag(attendance, request.etag()));
  attendance.set_notes(request.notes());
  ASSIGN_OR_RETURN(const Time now, unit.Now(office));
  *attendance.mutable_notes_time() = ToProto(now);
  RETURN_IF_ERROR(resource::Update(unit, Description::Of<Attendance>(), &attendance, "attendance.noted"));
  return attendance;
}

absl::Status CheckTrainingRecord(const TrainingSession& session) {
  if (session.state() == v1::TRAINING_STATE_UNSPECIFIED)
    return WrongField("state", "不能为空", "must not be empty");
  RETURN_IF_ERROR(HoursIn("planned_hours", session.planned_hours()).status());
  if (!ModeFits(static_cast<TrainingKind>(session.kind()), static_cast<StudyMode>(session.mode())))
    return WrongField("mode", "与学习培训的种类不符", "does not go with this kind of session");
  return absl::OkStatus();
}

absl::Status CheckTrainingRecord(work::Unit& unit, const Attendance& attendance) {
  const std::string name = attendance.name().substr(0, attendance.name().find("/attendances/"));
  ASSIGN_OR_RETURN(const TrainingSession session, resource::Get<TrainingSession>(unit.db(), name));
  if (session.state() != v1::TRAINING_HELD)
    return WrongField("presence", "该次学习没有举办", "is of a session that was not held");
  const bool told = !attendance.marks().empty() &&
                    attendance.marks().rbegin()->presence() == attendance.presence() &&
                    attendance.marks().rbegin()->reason() == attendance.reason();
  if (!told || attendance.presence() == v1::ATTENDANCE_PRESENCE_UNSPECIFIED)
    return WrongField("presence", "与最后一次登记不符", "is not what was recorded last");
  if (attendance.credited_hours() > 0 && attendance.presence() != v1::ATTENDED)
    return WrongField("credited_hours", "没有出席，不能有学时", "are hours of somebody who was not there");
  return CheckCredits(attendance, session.planned_hours());
}

absl::Status CheckTrainingRecord(work::Unit& unit, const StudyRecord& record) {
  RETURN_IF_ERROR(HoursIn("hours", record.hours()).status());
  if (record.mode() == v1::MODE_CENTRALISED)
    return WrongField("mode", "集中培训由督导室登记", "centralised training is recorded by the office");
  const bool decided = record.state() == v1::STUDY_CREDITED;
  if (record.state() == v1::STUDY_RECORD_STATE_UNSPECIFIED || decided == record.credits().empty())
    return WrongField("state", "与认定经过不符", "does not go with what was credited");
  ASSIGN_OR_RETURN(const Date today, unit.Today(resource::SlugOf(record.office())));
  if (FromProto(record.date()) > today) return Error(ErrorReason::OCCUR_TIME_IN_FUTURE);
  return CheckCredits(record, record.hours());
}

absl::Status CheckOwnStudyRecord(const rpc::Call& call, const std::string& name) {
  return call.principal().subject == OwnerOf(name) ? absl::OkStatus() : roster::Denied(call);
}

absl::Status CheckStudyRecord(work::Unit& unit, const StudyRecord* before, StudyRecord* record) {
  if (before == nullptr) {
    record->set_state(v1::STUDY_CLAIMED);
  } else {
    RETURN_IF_ERROR(
        ErrorFromRefusal(CheckClaimOpen(static_cast<ClaimState>(before->state()), "修改 (change)")));
  }
  RETURN_IF_ERROR(HoursIn("study_record.hours", record->hours()).status());
  if (record->mode() == v1::MODE_CENTRALISED) {
    return WrongField("study_record.mode", "集中培训由督导室登记",
                      "centralised training is recorded by the office");
  }
  ASSIGN_OR_RETURN(const Date today, unit.Today(resource::SlugOf(record->office())));
  if (FromProto(record->date()) > today) return Error(ErrorReason::OCCUR_TIME_IN_FUTURE);
  return absl::OkStatus();
}

absl::StatusOr<StudyRecord> CreditStudyRecord(work::Unit& unit, const rpc::Call& call,
                                              const v1::CreditStudyRecordRequest& request) {
  ASSIGN_OR_RETURN(StudyRecord record, LockedRecord(unit, call, request));
  ASSIGN_OR_RETURN(const HalfHours hours, HoursIn("hours", request.hours()));
  RETURN_IF_ERROR(ErrorFromRefusal(CheckClaimCredit({.state = static_cast<ClaimState>(record.state()),
                                                     .claimed = StoredHours(record.hours()),
                                                     .credited = StoredHours(record.credited_hours())},
                                                    hours, !request.reason().empty())));
  v1::TrainingCredit* credit = record.add_credits();
  credit->set_hours(HoursOf(hours));
  credit->set_reason(request.reason());
  ASSIGN_OR_RETURN(const Time now, unit.Now(resource::SlugOf(record.office())));
  *credit->mutable_time() = ToProto(now);
  credit->set_credited_by(unit.actor().subject);
  record.set_credited_hours(HoursOf(hours));
  record.set_state(v1::STUDY_CREDITED);
  RETURN_IF_ERROR(resource::Update(unit, Description::Of<StudyRecord>(), &record, "study_record.credited",
                                   work::Change::STATE_CHANGED));
  return record;
}

absl::StatusOr<StudyRecord> DeclineStudyRecord(work::Unit& unit, const rpc::Call& call,
                                               const v1::DeclineStudyRecordRequest& request) {
  ASSIGN_OR_RETURN(StudyRecord record, LockedRecord(unit, call, request));
  RETURN_IF_ERROR(
      ErrorFromRefusal(CheckClaimOpen(static_cast<ClaimState>(record.state()), "不予认定 (decline)")));
  record.set_state(v1::STUDY_DECLINED);
  record.set_decline_reason(request.reason());
  ASSIGN_OR_RETURN(const Time now, unit.Now(resource::SlugOf(record.office())));
  *record.mutable_decline_time() = ToProto(now);
  RETURN_IF_ERROR(resource::Update(unit, Description::Of<StudyRecord>(), &record, "study_record.declined",
                                   work::Change::STATE_CHANGED));
  return record;
}

absl::Status CheckInductionRecorded(work::Unit& unit, const std::string& office,
                                    const v1::Inspector& inspector, Date day) {
  ASSIGN_OR_RETURN(const auto rule,
                   roster::IfInForce(roster::PolicyText(unit.db(), office, "training.induction", day)));
  // An office whose rules do not say it yet: as before there was the rule.
  if (!rule) return absl::OkStatus();
  const Date since = resource::IsSet(inspector.notice_from()) ? FromProto(inspector.notice_from()) : Date{};
  ASSIGN_OR_RETURN(
      const db::Rows rows,
      unit.db().Query("SELECT 1 FROM `attendance` a JOIN `training_session` s ON s.`office` = a.`office` AND "
                      "s.`training_session` = a.`training_session` WHERE a.`inspector` = ? AND "
                      "a.`credited_hours` > 0 AND s.`kind` = ? AND s.`date` BETWEEN ? AND ? LIMIT 1",
                      {UuidOf(inspector.name()), v1::TRAINING_INDUCTION, since, day}));
  return ErrorFromRefusal(CheckInduction(*rule, !rows.empty(), inspector.display_name()));
}

}  // namespace inspectorate::registry
