// What an office of a round trip keeps beside its lists: lives of identification codes, training and studies.
#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "common/testing/picture.h"
#include "common/testing/registrar.h"
#include "inspectorate/registry/v1/calendar.pb.h"
#include "inspectorate/registry/v1/catalogue.pb.h"
#include "inspectorate/registry/v1/plaque.pb.h"
#include "inspectorate/registry/v1/training.pb.h"
#include "tests/integration/random_history.h"

namespace inspectorate::import_test {

using namespace registry::v1;
using registry::history::History;
using resource::ToProto;
using testing::Harness;

class Records {
 public:
  Records(Harness& harness, History& history)
      : harness_(harness),
        history_(history),
        second_(harness.ClientOf("registry",
                                 Harness::Person(Parent() + "/staff/" + FormatUuid(RandomUuid()),
                                                 rpc::Role::ROLE_DISTRICT_OFFICE, history.office()))) {}

  // One merged into another that goes on, one closed, one with a new code, one that got its code late.
  void Codes() {
    const School merged = NewSchool("M1", "2137998101"), into = NewSchool("M2", "2137998102");
    const School closed = NewSchool("M3", "2137998103"), reissued = NewSchool("M4", "2137998104");
    const School late = NewSchool("M5", "");
    Fill(late, "2137998105");
    Reissue(reissued, "2137998106");
    Change(merged, MERGE_SCHOOL, into.name());
    Change(closed, CLOSE_SCHOOL, "");
  }

  // Two that were recorded for another school in error, one of them replaced before that was found.
  void CodesInError() {
    const School wrong = NewSchool("M6", "2137998107"), replaced = NewSchool("M7", "2137998109");
    Reissue(replaced, "2137998110");
    Correct(wrong, "2137998107", "2137998108");
    Correct(replaced, "2137998109", "");
    Fill(NewSchool("M8", ""), "2137998107");
    Fill(NewSchool("M9", ""), "2137998109");
  }

  // An assignment for a day to come, of whoever may have it, that is called off.
  void CalledOff() {
    CreateInspectorAssignmentRequest assign;
    assign.set_parent(Parent());
    assign.mutable_inspector_assignment()->set_school(NewSchool("M10", "").name());
    assign.mutable_inspector_assignment()->set_duty(MAIN);
    *assign.mutable_inspector_assignment()->mutable_valid_from() =
        ToProto(history_.today() + std::chrono::days(10));
    ListInspectorsRequest list;
    list.set_filter("office = \"" + Parent() + "\"");
    list.set_page_size(1000);
    const auto inspectors = Must<ListInspectorsResponse>("Inspectors.ListInspectors", list);
    for (const Inspector& inspector : inspectors.inspectors()) {
      assign.mutable_inspector_assignment()->set_inspector(inspector.name());
      const auto made = history_.staff().Call<InspectorAssignment>(
          "inspectorate.registry.v1.InspectorAssignments.CreateInspectorAssignment", assign);
      if (!made.ok()) continue;
      WithdrawInspectorAssignmentRequest withdraw;
      withdraw.set_name(made->name());
      withdraw.set_etag(made->etag());
      withdraw.set_reason("示例：登记有误");
      Must<InspectorAssignment>("InspectorAssignments.WithdrawInspectorAssignment", withdraw);
      return;
    }
    ADD_FAILURE() << "nobody may be assigned";
  }

  // Two catalogues change by drafts that the second person publishes, one of them for a day to come.
  void Publish() {
    Publish("school-matters", history_.today() + std::chrono::days(1), [](CatalogueVersion* draft) {
      draft->mutable_items(0)->set_title("示例“改名”,事项");
      draft->mutable_items(1)->set_retired(true);
      CatalogueItem* item = draft->add_items();
      item->set_code("Z" + std::to_string(10 + draft->base_number()));
      item->set_title("示例新事项");
      item->set_basis("示例文件|第一条");
      item->add_check_items("查看台账");
      item->add_check_items("随机访谈");
      item->add_applicable_kinds(PRIMARY);
      item->set_order(5);
    });
    Publish("severities", history_.today() + std::chrono::days(400),
            [](CatalogueVersion* draft) { draft->mutable_items(0)->set_criteria("示例情形"); });
  }

  // A board that hangs, one that took the place of another, and one in each other state.
  void Boards() {
    testing::Registrar registrar(harness_, history_.office());
    CreatePolicyRuleRequest phone;
    phone.set_parent(Parent());
    phone.mutable_policy_rule()->set_key("plaque.supervision_phone");
    phone.mutable_policy_rule()->set_value("0543-5550000");
    phone.mutable_policy_rule()->set_unit(TEXT);
    phone.mutable_policy_rule()->set_source("示例文件");
    *phone.mutable_policy_rule()->mutable_valid_from() = ToProto(MakeDate(2025, 9, 1));
    Must<PolicyRule>("PolicyRules.CreatePolicyRule", phone);
    for (int n = 0; n < 6; ++n) {
      const std::string number = std::to_string(n);
      const std::string school = registrar.School("牌校" + number);
      const std::string inspector = registrar.Inspector("牌督" + number, "", "0543-555100" + number);
      registrar.Assign(inspector, school);
      Photograph(PORTRAIT, inspector);
      Plaque board = Draft(school);
      if (n > 0) board = Act<ApprovePlaqueRequest>("ApprovePlaque", board);
      if (n > 1) board = Act<MakePlaqueRequest>("MakePlaque", board);
      if (n > 2) board = Mounted(board);
      if (n > 3) Verify(board);
      if (n < 5) continue;
      // Another telephone: what hangs is wrong, and one that is right takes its place.
      UpdateInspectorRequest update;
      update.mutable_inspector()->set_name(inspector);
      update.mutable_inspector()->set_work_phone("0543-5552000");
      update.mutable_update_mask()->add_paths("work_phone");
      Must<Inspector>("Inspectors.UpdateInspector", update);
      board = Act<ApprovePlaqueRequest>("ApprovePlaque", Draft(school));
      Verify(Mounted(Act<MakePlaqueRequest>("MakePlaque", board)));
      update.mutable_inspector()->set_work_phone("0543-5553000");
      Must<Inspector>("Inspectors.UpdateInspector", update);
    }
  }

  // A paper of the year after next, which no build ships yet.
  void Papers() {
    const auto operator_ = harness_.ClientOf("registry", Harness::Operator());
    PreviewCalendarPapersRequest preview;
    preview.set_papers("year,paper,issued,subject\n2028,示办发〔2027〕9号,2027-11-04,示例放假安排\n");
    preview.set_days(
        "date,kind,name,paper\n2028-01-03,off,元旦,示办发〔2027〕9号\n2028-01-08,work,元旦,"
        "示办发〔2027〕9号\n");
    const auto effect = MustBy<CalendarEffect>(*operator_, "Calendars.PreviewCalendarPapers", preview);
    PublishCalendarPapersRequest publish;
    publish.set_papers(preview.papers());
    publish.set_days(preview.days());
    publish.set_etag(effect.etag());
    MustBy<CalendarEffect>(*operator_, "Calendars.PublishCalendarPapers", publish);
  }

  // A week's study with everybody, a training with its hours, and what inspectors say of themselves. Some of
  // what an earlier call recorded is corrected.
  void Train() {
    ++round_;
    Week();
    Course();
    Plans();
    Studies();
  }

 private:
  std::string Parent() const { return "offices/" + history_.office(); }
  template <class Response, class Request>
  Response Must(const std::string& method, const Request& request) {
    return MustBy<Response>(history_.staff(), method, request);
  }
  template <class Response, class Request>
  static Response MustBy(rpc::Client& client, const std::string& method, const Request& request) {
    auto response = client.Call<Response>("inspectorate.registry.v1." + method, request);
    EXPECT_TRUE(response.ok()) << method << ": " << response.status();
    return response.ok() ? *response : Response();
  }

  Photo Photograph(PhotoPurpose purpose, const std::string& subject) {
    CreatePhotoRequest request;
    request.set_parent(Parent());
    request.set_purpose(purpose);
    (purpose == PORTRAIT ? *request.mutable_inspector() : *request.mutable_school()) = subject;
    request.set_content(testing::PngPicture(210, 280, ++pictures_));
    return Must<Photo>("Photos.CreatePhoto", request);
  }
  Plaque Draft(const std::string& school) {
    DraftPlaqueRequest request;
    request.set_parent(Parent());
    request.set_school(school);
    return Must<Plaque>("Plaques.DraftPlaque", request);
  }
  template <class Request>
  static Request On(const Plaque& board) {
    Request request;
    request.set_name(board.name());
    request.set_etag(board.etag());
    return request;
  }
  template <class Request>
  Plaque Act(const std::string& method, const Plaque& board) {
    return Must<Plaque>("Plaques." + method, On<Request>(board));
  }
  Plaque Mounted(const Plaque& board) {
    auto mount = On<MountPlaqueRequest>(board);
    mount.set_photo(Photograph(PLAQUE_AT_GATE, board.school()).name());
    mount.set_place("校门“东侧”,一米");
    return Must<Plaque>("Plaques.MountPlaque", mount);
  }
  void Verify(const Plaque& board) {
    auto verify = On<VerifyPlaqueRequest>(board);
    verify.set_photo(Photograph(PLAQUE_AT_GATE, board.school()).name());
    MustBy<Plaque>(*second_, "Plaques.VerifyPlaque", verify);
  }

  School NewSchool(const std::string& number, const std::string& code) {
    CreateSchoolRequest create;
    School& school = *create.mutable_school();
    school.set_office(Parent());
    school.set_display_name("示例编码学校" + number);
    school.set_external_id(number);
    school.set_kind(PRIMARY);
    school.set_ident_code(code);
    *school.mutable_open_date() = ToProto(MakeDate(2020, 9, 1));
    return Must<School>("Schools.CreateSchool", create);
  }
  void Change(const School& school, SchoolChangeKind kind, const std::string& other) {
    ChangeSchoolRequest change;
    change.set_name(school.name());
    change.set_etag(school.etag());
    change.set_kind(kind);
    *change.mutable_effective_date() = ToProto(history_.today());
    change.set_document_number("示教体〔2026〕8号");
    if (!other.empty()) change.add_others(other);
    Must<SchoolChange>("SchoolChanges.ChangeSchool", change);
  }

  template <class F>
  void Publish(const std::string& catalogue, Date from, F edit) {
    CreateCatalogueVersionRequest create;
    create.set_parent(Parent() + "/catalogues/" + catalogue);
    create.mutable_catalogue_version()->set_note("示例修订");
    UpdateCatalogueVersionRequest update;
    CatalogueVersion& draft = *update.mutable_catalogue_version();
    draft = Must<CatalogueVersion>("Catalogues.CreateCatalogueVersion", create);
    edit(&draft);
    update.mutable_update_mask()->add_paths("items");
    draft = Must<CatalogueVersion>("Catalogues.UpdateCatalogueVersion", update);
    PublishCatalogueVersionRequest publish;
    publish.set_name(draft.name());
    publish.set_etag(draft.etag());
    *publish.mutable_valid_from() = ToProto(from);
    publish.set_document_number("示教督〔2026〕3号");
    publish.set_source("示例室务会");
    publish.set_request_id(FormatUuid(RandomUuid()));
    MustBy<CatalogueVersion>(*second_, "Catalogues.PublishCatalogueVersion", publish);
  }

  TrainingSession Plan(TrainingKind kind, double hours, const std::string& area = "") {
    CreateTrainingSessionRequest create;
    create.set_parent(Parent());
    TrainingSession& session = *create.mutable_training_session();
    session.set_kind(kind);
    session.set_mode(MODE_CENTRALISED);
    *session.mutable_date() = ToProto(history_.today());
    session.set_start_time("14:30");
    session.set_topic("示例“学习”," + std::to_string(round_));
    session.set_place("教体局三楼");
    session.set_host("示例·主讲");
    session.set_planned_hours(hours);
    session.set_area(area);
    session.set_note("带笔记本");
    TrainingMaterial* material = session.add_materials();
    material->set_title("讲义|一");
    material->set_link("https://example.invalid/1");
    return Must<TrainingSession>("Trainings.CreateTrainingSession", create);
  }
  TrainingSession Held(TrainingKind kind, double hours, const std::string& area = "") {
    const TrainingSession session = Plan(kind, hours, area);
    HoldTrainingSessionRequest hold;
    hold.set_name(session.name());
    hold.set_etag(session.etag());
    return Must<TrainingSession>("Trainings.HoldTrainingSession", hold);
  }
  RecordAttendanceResponse RecordAll(const TrainingSession& session) {
    RecordAttendanceRequest record;
    record.set_name(session.name());
    record.set_rest_attended(true);
    return Must<RecordAttendanceResponse>("Trainings.RecordAttendance", record);
  }
  void Credit(const std::string& session, const std::string& inspector, double hours,
              const std::string& reason) {
    CreditAttendanceRequest credit;
    credit.set_name(session);
    CreditEntry* entry = credit.add_entries();
    entry->set_inspector(inspector);
    entry->set_hours(hours);
    entry->set_reason(reason);
    Must<CreditAttendanceResponse>("Trainings.CreditAttendance", credit);
  }
  std::unique_ptr<rpc::Client> As(const std::string& inspector) {
    return harness_.ClientOf(
        "registry", Harness::Person(inspector, rpc::Role::ROLE_RESPONSIBLE_INSPECTOR, history_.office()));
  }

  // Some are on leave.
  static const Attendance& FirstThere(const RecordAttendanceResponse& response) {
    for (const Attendance& attendance : response.attendances()) {
      if (attendance.presence() == ATTENDED) return attendance;
    }
    ADD_FAILURE() << "everybody is on leave";
    return response.attendances(0);
  }

  void Fill(const School& school, const std::string& code) {
    UpdateSchoolRequest fill;
    fill.mutable_school()->set_name(school.name());
    fill.mutable_school()->set_ident_code(code);
    Must<School>("Schools.UpdateSchool", fill);
  }
  void Approve(const SchoolChange& proposed) {
    ApproveSchoolChangeRequest approve;
    approve.set_name(proposed.name());
    approve.set_etag(proposed.etag());
    MustBy<SchoolChange>(*second_, "SchoolChanges.ApproveSchoolChange", approve);
  }
  void Reissue(const School& school, const std::string& code) {
    ProposeSchoolFactsRequest propose;
    propose.mutable_school()->set_name(school.name());
    propose.mutable_school()->set_ident_code(code);
    propose.mutable_update_mask()->add_paths("ident_code");
    *propose.mutable_effective_date() = ToProto(history_.today());
    propose.set_basis("示例：换发");
    Approve(Must<SchoolChange>("SchoolChanges.ProposeSchoolFacts", propose));
  }
  void Correct(const School& school, const std::string& code, const std::string& right) {
    GetSchoolRequest get;
    get.set_name(school.name());
    ProposeCodeCorrectionRequest propose;
    propose.set_name(school.name());
    propose.set_etag(Must<School>("Schools.GetSchool", get).etag());
    propose.set_ident_code(code);
    propose.set_right_ident_code(right);
    propose.set_document_number("示教〔2026〕7号");
    propose.set_basis("示例：录入时看错行");
    Approve(Must<SchoolChange>("SchoolChanges.ProposeCodeCorrection", propose));
  }

  void Week() {
    const TrainingSession week = Held(TRAINING_WEEKLY_STUDY, 2);
    const auto there = RecordAll(week);
    ASSERT_GT(there.attendances_size(), 1) << "nobody is on duty";
    WriteStudyNotesRequest notes;
    const Attendance& first = FirstThere(there);
    notes.set_name(first.name());
    notes.set_etag(first.etag());
    notes.set_notes("示例心得\n第二行");
    MustBy<Attendance>(*As(first.inspector()), "Trainings.WriteStudyNotes", notes);
    RecordAttendanceRequest correct;
    correct.set_name(week.name());
    AttendanceEntry* entry = correct.add_entries();
    const bool first_is_there = first.name() == there.attendances(0).name();
    entry->set_inspector(there.attendances(first_is_there ? 1 : 0).inspector());
    entry->set_presence(round_ % 2 == 0 ? ABSENT : EXCUSED);
    entry->set_reason("示例，公务");
    Must<RecordAttendanceResponse>("Trainings.RecordAttendance", correct);
  }
  void Course() {
    const TrainingSession course = Held(TRAINING_CENTRALISED, 7.5);
    const auto there = RecordAll(course);
    CreditAttendanceRequest rest;
    rest.set_name(course.name());
    rest.set_rest_planned(true);
    Must<CreditAttendanceResponse>("Trainings.CreditAttendance", rest);
    if (!credited_.empty()) Credit(credited_[0], credited_[1], 0.5 * round_, "示例，更正");
    credited_ = {course.name(), FirstThere(there).inspector()};
  }
  // Empty where all of them end.
  std::string AreaInForce() {
    for (const std::string& name : history_.areas()) {
      GetAreaRequest get;
      get.set_name(name);
      const auto area = Must<Area>("Areas.GetArea", get);
      if (!resource::IsSet(area.valid_to()) && resource::FromProto(area.valid_from()) <= history_.today())
        return name;
    }
    return "";
  }
  void Plans() {
    Plan(TRAINING_INDUCTION, 16);
    const TrainingSession cancelled = Plan(TRAINING_WEEKLY_STUDY, 1, AreaInForce());
    CancelTrainingSessionRequest cancel;
    cancel.set_name(cancelled.name());
    cancel.set_etag(cancelled.etag());
    cancel.set_reason("示例，大雪");
    Must<TrainingSession>("Trainings.CancelTrainingSession", cancel);
  }
  // Three alike: one credited, one declined, one that waits.
  void Studies() {
    for (int i = 0; i < 3; ++i) {
      CreateStudyRecordRequest create;
      create.set_parent(credited_[1]);
      StudyRecord& record = *create.mutable_study_record();
      record.set_office(Parent());
      record.set_mode(round_ % 2 == 0 ? MODE_ONLINE : MODE_SELF);
      *record.mutable_date() = ToProto(history_.today());
      record.set_topic("示例网课");
      record.set_hours(3);
      record.set_notes("示例");
      record.add_materials()->set_title("网课");
      const auto created = MustBy<StudyRecord>(*As(credited_[1]), "StudyRecords.CreateStudyRecord", create);
      if (i == 0) {
        CreditStudyRecordRequest credit;
        credit.set_name(created.name());
        credit.set_etag(created.etag());
        credit.set_hours(2.5);
        Must<StudyRecord>("StudyRecords.CreditStudyRecord", credit);
      } else if (i == 1) {
        DeclineStudyRecordRequest decline;
        decline.set_name(created.name());
        decline.set_etag(created.etag());
        decline.set_reason("示例，重复");
        Must<StudyRecord>("StudyRecords.DeclineStudyRecord", decline);
      }
    }
  }

  Harness& harness_;
  History& history_;
  std::unique_ptr<rpc::Client> second_;
  int round_ = 0;
  uint32_t pictures_ = 0;
  std::vector<std::string> credited_;  // session, inspector
};

// Hours and personal files of a year, in the office's own numbers.
inline std::string TrainingTold(rpc::Client& client, const std::string& office, int year, Date as_of) {
  const std::string method = "inspectorate.registry.v1.";
  ListInspectorsRequest list;
  list.set_filter("office = \"offices/" + office + "\"");
  list.set_order_by("work_number");
  list.set_page_size(1000);
  const auto inspectors = client.Call<ListInspectorsResponse>(method + "Inspectors.ListInspectors", list);
  EXPECT_TRUE(inspectors.ok()) << inspectors.status();
  std::string text;
  for (const Inspector& inspector : inspectors->inspectors()) {
    GetTrainingFileRequest get;
    get.set_name(inspector.name());
    get.set_year(year);
    *get.mutable_as_of() = ToProto(as_of);
    auto file = client.Call<TrainingFile>(method + "Trainings.GetTrainingFile", get);
    EXPECT_TRUE(file.ok()) << file.status();
    file->clear_inspector();
    std::multiset<std::string> entries;  // of one day in any order
    for (auto& entry : *file->mutable_entries()) {
      entry.clear_resource();
      entries.insert(entry.ShortDebugString());
    }
    file->clear_entries();
    text += file->ShortDebugString() + "\n";
    for (const std::string& entry : entries) text += "  " + entry + "\n";
  }
  ListTrainingShortfallsRequest ask;
  ask.set_parent("offices/" + office);
  ask.set_year(year);
  *ask.mutable_as_of() = ToProto(as_of);
  auto shortfalls =
      client.Call<ListTrainingShortfallsResponse>(method + "Trainings.ListTrainingShortfalls", ask);
  EXPECT_TRUE(shortfalls.ok()) << shortfalls.status();
  for (auto& one : *shortfalls->mutable_shortfalls()) one.clear_inspector();
  const int unrecorded = shortfalls->unrecorded_inductions_size();
  shortfalls->clear_unrecorded_inductions();
  return text + shortfalls->ShortDebugString() + " unrecorded inductions " + std::to_string(unrecorded) +
         "\n";
}

// The matters and severities of a day, and how many working days lie ahead.
inline std::string CataloguesTold(rpc::Client& client, const std::string& office, Date day) {
  const std::string method = "inspectorate.registry.v1.";
  std::string text;
  for (const char* catalogue : {"school-matters", "severities"}) {
    GetVersionInForceRequest get;
    get.set_name("offices/" + office + "/catalogues/" + catalogue);
    *get.mutable_as_of() = ToProto(day);
    const auto version = client.Call<CatalogueVersion>(method + "Catalogues.GetVersionInForce", get);
    EXPECT_TRUE(version.ok()) << version.status();
    text += std::to_string(version->number()) + " " + version->fingerprint() + " " +
            std::to_string(version->state()) + "\n";
  }
  ListMattersRequest list;
  list.set_parent("offices/" + office);
  list.set_page_size(1000);
  *list.mutable_as_of() = ToProto(day);
  const auto matters = client.Call<ListMattersResponse>(method + "Matters.ListMatters", list);
  EXPECT_TRUE(matters.ok()) << matters.status();
  std::multiset<std::string> lines;
  for (Matter matter : matters->matters()) {
    const std::string code(resource::LastSegment(matter.name()));
    for (const char* field : {"name", "revision", "etag", "create_time", "update_time"})
      matter.GetReflection()->ClearField(&matter, Matter::descriptor()->FindFieldByName(field));
    lines.insert(code + " " + matter.ShortDebugString() + "\n");
  }
  for (const std::string& line : lines) text += line;
  return text;
}

inline std::string YearTold(rpc::Client& client, const std::string& office, int year) {
  GetWorkingYearRequest get;
  get.set_parent("offices/" + office);
  get.set_year(year);
  const auto told = client.Call<WorkingYear>("inspectorate.registry.v1.Calendars.GetWorkingYear", get);
  return told.ok() ? told->ShortDebugString() : type::v1::ErrorReason_Name(ReasonOf(told.status()));
}

// What looking a code up leads to.
inline std::string CodeTold(rpc::Client& client, const std::string& code, std::optional<Date> day) {
  LookupSchoolRequest lookup;
  lookup.set_ident_code(code);
  if (day) *lookup.mutable_as_of() = ToProto(*day);
  const auto school = client.Call<School>("inspectorate.registry.v1.Schools.LookupSchool", lookup);
  if (!school.ok()) return type::v1::ErrorReason_Name(ReasonOf(school.status()));
  return school->display_name() + " " + school->external_id() + " " + school->ident_code() + " " +
         std::to_string(school->state()) + " " + std::to_string(school->successors_size());
}

}  // namespace inspectorate::import_test
