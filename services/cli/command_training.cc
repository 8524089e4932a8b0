// Training and weekly study: registers as a person fills them in, the file of a year as a person prints it.
#include <cstdio>
#include <filesystem>

#include "common/base/macros.h"
#include "inspectorate/registry/v1/data_file.pb.h"
#include "inspectorate/registry/v1/training.pb.h"
#include "services/cli/command.h"
#include "services/cli/contract.h"
#include "services/cli/fields.h"
#include "services/cli/render.h"
#include "services/cli/resolve.h"
#include "services/cli/training_file.h"

namespace inspectorate::cli {
namespace {

using namespace registry::v1;

constexpr char kSession[] = "inspectorate/TrainingSession";
constexpr char kInspector[] = "inspectorate/Inspector";

const MethodDescriptor& MethodOf(const std::string& name) { return *FindMethodByName("registry.v1." + name); }

template <class Response>
absl::StatusOr<Response> CallFor(Context& context, const std::string& method, const Message& request) {
  ASSIGN_OR_RETURN(const MessagePtr answer, context.session->Call(MethodOf(method), request));
  return static_cast<const Response&>(*answer);
}

// "D03:病假": whom, and what is said of them; the second part may be missing.
struct Said {
  std::string inspector;
  std::string words;
};
absl::StatusOr<Said> Split(Context& context, const std::string& text) {
  const size_t colon = text.find(':');
  Said said{.inspector = text.substr(0, colon),
            .words = colon == std::string::npos ? "" : text.substr(colon + 1)};
  ASSIGN_OR_RETURN(said.inspector, ResolveName(*context.session, kInspector, said.inspector));
  return said;
}

// --- the register

struct AttendWords {
  std::string session;
  std::vector<std::string> attended, absent, excused;
  bool rest = false;
};

absl::Status AddMarks(Context& context, const std::vector<std::string>& texts, AttendancePresence presence,
                      RecordAttendanceRequest* request) {
  for (const std::string& text : texts) {
    ASSIGN_OR_RETURN(const Said said, Split(context, text));
    AttendanceEntry* entry = request->add_entries();
    entry->set_inspector(said.inspector);
    entry->set_presence(presence);
    entry->set_reason(said.words);
  }
  return absl::OkStatus();
}

absl::Status RunAttend(Context& context, const AttendWords& words) {
  RecordAttendanceRequest request;
  ASSIGN_OR_RETURN(*request.mutable_name(), ResolveName(*context.session, kSession, words.session));
  RETURN_IF_ERROR(AddMarks(context, words.attended, ATTENDED, &request));
  RETURN_IF_ERROR(AddMarks(context, words.absent, ABSENT, &request));
  RETURN_IF_ERROR(AddMarks(context, words.excused, EXCUSED, &request));
  request.set_rest_attended(words.rest);
  request.set_request_id(context.RequestId());
  ASSIGN_OR_RETURN(const auto response,
                   CallFor<RecordAttendanceResponse>(context, "Trainings.RecordAttendance", request));
  context.Print(response);
  return absl::OkStatus();
}

struct CreditWords {
  std::string session;
  std::vector<std::string> hours;
  std::string reason;
  bool rest = false;
};

absl::Status RunCredit(Context& context, const CreditWords& words) {
  CreditAttendanceRequest request;
  ASSIGN_OR_RETURN(*request.mutable_name(), ResolveName(*context.session, kSession, words.session));
  for (const std::string& text : words.hours) {
    ASSIGN_OR_RETURN(const Said said, Split(context, text));
    CreditEntry* entry = request.add_entries();
    entry->set_inspector(said.inspector);
    entry->set_reason(words.reason);
    RETURN_IF_ERROR(SetField(entry, *CreditEntry::descriptor()->FindFieldByName("hours"), said.words));
  }
  request.set_rest_planned(words.rest);
  request.set_request_id(context.RequestId());
  ASSIGN_OR_RETURN(const auto response,
                   CallFor<CreditAttendanceResponse>(context, "Trainings.CreditAttendance", request));
  context.Print(response);
  return absl::OkStatus();
}

struct NotesWords {
  std::string session;
  std::string text;
  std::string file;
};

// Of whoever is logged in.
absl::Status RunNotes(Context& context, const NotesWords& words) {
  const std::string& subject = context.session->login().principal.subject;
  WriteStudyNotesRequest request;
  ASSIGN_OR_RETURN(const std::string session, ResolveName(*context.session, kSession, words.session));
  request.set_name(session + "/attendances/" + subject.substr(subject.rfind('/') + 1));
  request.set_notes(words.text);
  if (!words.file.empty()) {
    ASSIGN_OR_RETURN(*request.mutable_notes(), ReadFile(words.file));
  }
  GetAttendanceRequest get;
  get.set_name(request.name());
  ASSIGN_OR_RETURN(const auto now, CallFor<Attendance>(context, "Trainings.GetAttendance", get));
  request.set_etag(now.etag());
  request.set_request_id(context.RequestId());
  ASSIGN_OR_RETURN(const auto written, CallFor<Attendance>(context, "Trainings.WriteStudyNotes", request));
  context.Print(written);
  return absl::OkStatus();
}

// --- the file of a year

struct FileWords {
  std::string inspector;
  std::string year;
  std::string as_of;
  std::string out;
};

template <class Request>
absl::Status SetYear(const FileWords& words, Request* request) {
  const auto& type = *request->GetDescriptor();
  RETURN_IF_ERROR(SetField(request, *type.FindFieldByName("year"), words.year));
  if (words.as_of.empty()) return absl::OkStatus();
  return SetField(request, *type.FindFieldByName("as_of"), words.as_of);
}

absl::Status RunFile(Context& context, const FileWords& words) {
  GetTrainingFileRequest request;
  ASSIGN_OR_RETURN(*request.mutable_name(), ResolveName(*context.session, kInspector, words.inspector));
  RETURN_IF_ERROR(SetYear(words, &request));
  ASSIGN_OR_RETURN(const auto file, CallFor<TrainingFile>(context, "Trainings.GetTrainingFile", request));
  if (context.globals.json) {
    context.Print(file);
  } else {
    context.out(RenderTrainingFile(file));
  }
  return absl::OkStatus();
}

absl::Status RunShortfalls(Context& context, const FileWords& words) {
  ListTrainingShortfallsRequest request;
  request.set_parent(context.OfficeName());
  RETURN_IF_ERROR(SetYear(words, &request));
  ASSIGN_OR_RETURN(auto list, CallFor<ListTrainingShortfallsResponse>(
                                  context, "Trainings.ListTrainingShortfalls", request));
  if (context.globals.json) {
    context.Print(list);
  } else {
    SayNames(*context.session, &list);
    context.out(RenderShortfalls(list));
  }
  return absl::OkStatus();
}

absl::Status RunExport(Context& context, const FileWords& words) {
  ExportTrainingFilesRequest request;
  request.set_parent(context.OfficeName());
  RETURN_IF_ERROR(SetYear(words, &request));
  request.set_request_id(context.RequestId());
  ASSIGN_OR_RETURN(const auto file, CallFor<DataFile>(context, "Trainings.ExportTrainingFiles", request));
  ASSIGN_OR_RETURN(const std::string content, DownloadFile(context, file));
  const std::string path = words.out.empty() ? file.file_name() : words.out;
  RETURN_IF_ERROR(WriteFile(path, content, kReadableByAll));
  context.note(path + "  sha256 " + file.sha256() + "\n");
  return absl::OkStatus();
}

// --- own studies

struct StudyWords {
  std::string inspector;
  std::string record;
  std::string hours;
  std::string reason;
};

// The record of an inspector that the end of its id tells.
absl::StatusOr<StudyRecord> FindStudy(Context& context, const StudyWords& words) {
  ASSIGN_OR_RETURN(const std::string inspector, ResolveName(*context.session, kInspector, words.inspector));
  std::string tail = words.record;
  if (tail.starts_with("…")) tail = tail.substr(std::string_view("…").size());
  std::vector<StudyRecord> found;
  RETURN_IF_ERROR(ForEachListed(*context.session, MethodOf("StudyRecords.ListStudyRecords"), inspector, "",
                                [&](const Message& row) {
                                  const auto& record = static_cast<const StudyRecord&>(row);
                                  if (record.name().ends_with(tail)) found.push_back(record);
                                }));
  if (found.size() == 1) return found.front();
  return absl::NotFoundError(Say({"没有找到（或不止一个）：", "not found, or more than one: "}) +
                             words.record);
}

absl::Status RunStudyCredit(Context& context, const StudyWords& words) {
  ASSIGN_OR_RETURN(const StudyRecord record, FindStudy(context, words));
  CreditStudyRecordRequest request;
  request.set_name(record.name());
  request.set_etag(record.etag());
  request.set_reason(words.reason);
  request.set_request_id(context.RequestId());
  RETURN_IF_ERROR(SetField(&request, *request.GetDescriptor()->FindFieldByName("hours"), words.hours));
  ASSIGN_OR_RETURN(const auto credited,
                   CallFor<StudyRecord>(context, "StudyRecords.CreditStudyRecord", request));
  context.Print(credited);
  return absl::OkStatus();
}

absl::Status RunStudyDecline(Context& context, const StudyWords& words) {
  ASSIGN_OR_RETURN(const StudyRecord record, FindStudy(context, words));
  DeclineStudyRecordRequest request;
  request.set_name(record.name());
  request.set_etag(record.etag());
  request.set_reason(words.reason);
  request.set_request_id(context.RequestId());
  ASSIGN_OR_RETURN(const auto declined,
                   CallFor<StudyRecord>(context, "StudyRecords.DeclineStudyRecord", request));
  context.Print(declined);
  return absl::OkStatus();
}

// --- words

template <class Words>
void Choose(CLI::App* command, Chosen* chosen, const std::shared_ptr<Words>& words,
            absl::Status (*run)(Context&, const Words&)) {
  command->callback([chosen, words, run] {
    chosen->action = [words, run](Context& context) { return run(context, *words); };
  });
}

void AddRegister(CLI::App& app, Chosen* chosen) {
  auto attend = std::make_shared<AttendWords>();
  CLI::App* command = AddPath(app, "training attend", {"登记出勤，可一次登记全体", "record who was there"});
  command->add_option("SESSION", attend->session, Say({"短号", "id or part of it"}))->required();
  command->add_option("--attended", attend->attended, Say({"出席的督学", "who attended"}));
  command->add_option("--absent", attend->absent, Say({"缺席的督学", "who was absent"}));
  command->add_option("--excused", attend->excused, Say({"请假：督学:事由", "excused: inspector:reason"}));
  command->add_flag(
      "--rest", attend->rest,
      Say({"其余应到人员出席，当日在假的请假", "everybody else attended; on leave is excused"}));
  Choose(command, chosen, attend, RunAttend);

  auto credit = std::make_shared<CreditWords>();
  command = AddPath(app, "training credit", {"认定学时", "credit hours"});
  command->add_option("SESSION", credit->session, Say({"短号", "id or part of it"}))->required();
  command->add_option("--hours", credit->hours, Say({"督学:学时", "inspector:hours"}));
  command->add_option("--reason", credit->reason, Say({"更正的理由", "of a correction"}));
  command->add_flag("--rest", credit->rest,
                    Say({"其余出席人员按计划学时认定", "everybody else who attended: the planned hours"}));
  Choose(command, chosen, credit, RunCredit);

  auto notes = std::make_shared<NotesWords>();
  command = AddPath(app, "training notes", {"提交本人学习笔记", "write one's own notes"});
  command->add_option("SESSION", notes->session, Say({"短号", "id or part of it"}))->required();
  command->add_option("--text", notes->text, Say({"笔记", "the text"}));
  command->add_option("--file", notes->file, Say({"笔记文件", "a file with the text"}));
  Choose(command, chosen, notes, RunNotes);
}

void AddYear(CLI::App& app, Chosen* chosen, const char* path, const Words& help,
             absl::Status (*run)(Context&, const FileWords&), bool of_inspector, bool to_file) {
  auto words = std::make_shared<FileWords>();
  CLI::App* command = AddPath(app, path, help);
  if (of_inspector)
    command->add_option("INSPECTOR", words->inspector, Say({"工号、姓名或短号", "number, name or id"}))
        ->required();
  command->add_option("YEAR", words->year, Say({"年度", "year"}))->required();
  command->add_option("--as-of", words->as_of, Say({"截至某日：YYYY-MM-DD", "as it stood on YYYY-MM-DD"}));
  if (to_file) command->add_option("--out", words->out, Say({"写入文件", "write to a file"}));
  Choose(command, chosen, words, run);
}

void AddStudy(CLI::App& app, Chosen* chosen) {
  auto words = std::make_shared<StudyWords>();
  const auto add = [&](const char* path, const Words& help) {
    CLI::App* command = AddPath(app, path, help);
    command->add_option("INSPECTOR", words->inspector, Say({"工号、姓名或短号", "number, name or id"}))
        ->required();
    command->add_option("RECORD", words->record, Say({"记录短号", "end of the record's id"}))->required();
    return command;
  };
  CLI::App* credit = add("training study credit", {"认定自学记录的学时", "credit a study record"});
  credit->add_option("HOURS", words->hours, Say({"学时", "hours"}))->required();
  credit->add_option("--reason", words->reason, Say({"更正的理由", "of a correction"}));
  Choose(credit, chosen, words, RunStudyCredit);
  CLI::App* decline = add("training study decline", {"不予认定", "decline a study record"});
  decline->add_option("--reason", words->reason, Say({"理由", "why"}))->required();
  Choose(decline, chosen, words, RunStudyDecline);
}

}  // namespace

void AddTrainingCommands(CLI::App& app, Chosen* chosen) {
  AddRegister(app, chosen);
  AddYear(app, chosen, "training file", {"某督学某年度的培训档案", "the training file of a year"}, RunFile,
          true, false);
  AddYear(app, chosen, "training shortfalls",
          {"集中培训学时不足的督学和周学习出勤率", "who has too few hours, and attendance of weekly study"},
          RunShortfalls, false, false);
  AddYear(app, chosen, "training export", {"导出全室年度培训档案（XLSX）", "a year's files as a workbook"},
          RunExport, false, true);
  AddStudy(app, chosen);
}

}  // namespace inspectorate::cli
