#include "services/registry/rpc/trainings.h"

#include <string>
#include <utility>

#include "common/base/macros.h"
#include "common/resource/table.h"
#include "common/roster/scope.h"
#include "common/status/error.h"
#include "inspectorate/registry/v1/inspector.pb.h"
#include "inspectorate/registry/v1/training.pb.h"
#include "services/registry/app/reach.h"
#include "services/registry/app/rules.h"
#include "services/registry/app/trainees.h"
#include "services/registry/app/training_files.h"
#include "services/registry/app/trainings.h"

namespace inspectorate::registry {
namespace {

using namespace v1;
using resource::Platform;

constexpr char kTrainings[] = "inspectorate.registry.v1.Trainings";
constexpr char kStudyRecords[] = "inspectorate.registry.v1.StudyRecords";

resource::Hooks SessionHooks() {
  resource::Hooks hooks;
  hooks.before_create = [](work::Unit& unit, rpc::Call&, Message* created) {
    return CheckWrite(unit, nullptr, created);
  };
  hooks.before_update = [](work::Unit& unit, rpc::Call&, const Message& before, Message* after) {
    return CheckWrite(unit, &before, after);
  };
  return hooks;
}

resource::Hooks AttendanceHooks() {
  resource::Hooks hooks;
  hooks.visible = [](const roster::Reach& reach) { return ReachedPersons(reach, "`inspector`"); };
  return hooks;
}

// Each writes their own, and reads as of attendances.
resource::Hooks StudyRecordHooks() {
  resource::Hooks hooks = AttendanceHooks();
  hooks.before_create = [](work::Unit& unit, rpc::Call& call, Message* created) {
    RETURN_IF_ERROR(CheckOwnStudyRecord(call, static_cast<const StudyRecord*>(created)->name()));
    return CheckWrite(unit, nullptr, created);
  };
  hooks.before_update = [](work::Unit& unit, rpc::Call& call, const Message& before, Message* after) {
    RETURN_IF_ERROR(CheckOwnStudyRecord(call, static_cast<const StudyRecord&>(before).name()));
    return CheckWrite(unit, &before, after);
  };
  return hooks;
}

// An act of office staff on what their request names: `act(unit, request)`.
template <class Request, class Response>
void Act(rpc::Methods& methods, const Platform& platform, const std::string& name,
         absl::StatusOr<Response> (*act)(work::Unit&, const Request&)) {
  resource::RegisterWrite<Request, Response>(
      methods, platform, std::string(kTrainings) + "." + name,
      [act](work::Unit& unit, rpc::Call& call, const Request& request) -> absl::StatusOr<Response> {
        RETURN_IF_ERROR(ReachToWrite(unit, call, resource::SlugOf(request.name())).status());
        return act(unit, request);
      },
      // A register of a whole office is many statements.
      rpc::Company::kAlone);
}

template <class Request>
void ActOnStudy(rpc::Methods& methods, const Platform& platform, const std::string& name,
                absl::StatusOr<StudyRecord> (*act)(work::Unit&, const rpc::Call&, const Request&)) {
  resource::RegisterWrite<Request, StudyRecord>(
      methods, platform, std::string(kStudyRecords) + "." + name,
      [act](work::Unit& unit, rpc::Call& call, const Request& request) { return act(unit, call, request); });
}

absl::StatusOr<ProposeAttendanceResponse> HandlePropose(db::Session& session, rpc::Call& call,
                                                        const ProposeAttendanceRequest& request) {
  RETURN_IF_ERROR(ReachToRead(session, call, resource::SlugOf(request.name())).status());
  return ProposeAttendance(session, request);
}

// The inspector, where the caller reads their records; one out of reach is not told from one that is not
// there.
absl::StatusOr<Inspector> ReachedInspector(db::Session& session, const rpc::Call& call,
                                           const std::string& name, Date* today) {
  ASSIGN_OR_RETURN(Inspector inspector, roster::OrDenied(call, ErrorReason::RESOURCE_NOT_FOUND,
                                                         resource::Get<Inspector>(session, name)));
  ASSIGN_OR_RETURN(const roster::Reach reach,
                   ReachToRead(session, call, resource::SlugOf(inspector.office())));
  *today = reach.day;
  query::Condition persons = ReachedPersons(reach, "`inspector`");
  if (persons.sql.empty()) return inspector;
  persons.params.insert(persons.params.begin(), resource::UuidOf(name));
  ASSIGN_OR_RETURN(const db::Rows rows,
                   session.Query("SELECT 1 FROM `inspector` WHERE `inspector` = ? AND (" + persons.sql + ")",
                                 persons.params));
  if (rows.empty()) return roster::Denied(call);
  return inspector;
}

Date AsOf(const google::type::Date& asked, Date today) {
  return resource::IsSet(asked) ? resource::FromProto(asked) : today;
}

absl::StatusOr<TrainingFile> ReadFile(db::Session& session, const rpc::Call& call,
                                      const GetTrainingFileRequest& request) {
  Date today;
  ASSIGN_OR_RETURN(const Inspector inspector, ReachedInspector(session, call, request.name(), &today));
  ASSIGN_OR_RETURN(const YearRules rules, LoadYearRules(session, resource::SlugOf(inspector.office()),
                                                        request.year(), AsOf(request.as_of(), today)));
  return LoadTrainingFile(session, inspector, rules);
}

// Whose file it is sees all of it; everybody else what their role sees.
absl::StatusOr<TrainingFile> HandleGetFile(const Platform& platform, const rpc::Call& call,
                                           const GetTrainingFileRequest& request) {
  TrainingFile file;
  RETURN_IF_ERROR(platform.database.Read(call.budget(), [&](db::Session& session) -> absl::Status {
    ASSIGN_OR_RETURN(file, ReadFile(session, call, request));
    return absl::OkStatus();
  }));
  if (call.principal().subject != file.inspector()) resource::Redact(call, &file);
  return file;
}

absl::StatusOr<ListTrainingShortfallsResponse> HandleShortfalls(
    db::Session& session, rpc::Call& call, const ListTrainingShortfallsRequest& request) {
  const std::string office = resource::SlugOf(request.parent());
  ASSIGN_OR_RETURN(const roster::Reach reach, ReachToRead(session, call, office));
  ASSIGN_OR_RETURN(const YearRules rules,
                   LoadYearRules(session, office, request.year(), AsOf(request.as_of(), reach.day)));
  return ListTrainingShortfalls(session, reach, rules);
}

absl::StatusOr<DataFile> HandleExport(work::Unit& unit, rpc::Call& call,
                                      const ExportTrainingFilesRequest& request) {
  const std::string office = resource::SlugOf(request.parent());
  ASSIGN_OR_RETURN(const roster::Reach reach, ReachToWrite(unit, call, office));
  ASSIGN_OR_RETURN(const YearRules rules,
                   LoadYearRules(unit.db(), office, request.year(), AsOf(request.as_of(), reach.day)));
  return ExportTrainingFiles(unit, reach, rules);
}

}  // namespace

void RegisterTrainings(rpc::Methods& methods, const Platform& platform) {
  resource::RegisterStandard(methods, platform, kTrainings, TrainingSession::descriptor(), SessionHooks());
  resource::RegisterStandard(methods, platform, kTrainings, Attendance::descriptor(), AttendanceHooks());
  resource::RegisterStandard(methods, platform, kStudyRecords, StudyRecord::descriptor(), StudyRecordHooks());
  Act(methods, platform, "HoldTrainingSession", HoldTrainingSession);
  Act(methods, platform, "CancelTrainingSession", CancelTrainingSession);
  Act(methods, platform, "CorrectTrainingSession", CorrectTrainingSession);
  Act(methods, platform, "RecordAttendance", RecordAttendance);
  Act(methods, platform, "CreditAttendance", CreditAttendance);
  resource::RegisterWrite<WriteStudyNotesRequest, Attendance>(
      methods, platform, std::string(kTrainings) + ".WriteStudyNotes",
      [](work::Unit& unit, rpc::Call& call, const WriteStudyNotesRequest& request) {
        return WriteStudyNotes(unit, call, request);
      });
  ActOnStudy(methods, platform, "CreditStudyRecord", CreditStudyRecord);
  ActOnStudy(methods, platform, "DeclineStudyRecord", DeclineStudyRecord);
  resource::RegisterRead<ProposeAttendanceRequest, ProposeAttendanceResponse>(
      methods, platform, std::string(kTrainings) + ".ProposeAttendance", HandlePropose);
  methods.Unary<GetTrainingFileRequest, TrainingFile>(
      std::string(kTrainings) + ".GetTrainingFile",
      [&platform](rpc::Call& call, const GetTrainingFileRequest& request) {
        return HandleGetFile(platform, call, request);
      },
      rpc::Company::kAlone);
  resource::RegisterRead<ListTrainingShortfallsRequest, ListTrainingShortfallsResponse>(
      methods, platform, std::string(kTrainings) + ".ListTrainingShortfalls", HandleShortfalls);
  resource::RegisterWrite<ExportTrainingFilesRequest, DataFile>(
      methods, platform, std::string(kTrainings) + ".ExportTrainingFiles", HandleExport,
      rpc::Company::kAlone);
}

}  // namespace inspectorate::registry
