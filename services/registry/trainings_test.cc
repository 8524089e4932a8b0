// Training and weekly study over real sockets: sessions, attendance, credits, notes, the file of a year.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <future>
#include <map>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include "common/base/uuid.h"
#include "common/resource/description.h"
#include "common/status/error.h"
#include "common/testing/harness.h"
#include "common/testing/registrar.h"
#include "inspectorate/feed/v1/feed.pb.h"
#include "inspectorate/registry/v1/area.pb.h"
#include "inspectorate/registry/v1/data_file.pb.h"
#include "inspectorate/registry/v1/inspector.pb.h"
#include "inspectorate/registry/v1/policy.pb.h"
#include "inspectorate/registry/v1/training.pb.h"
#include "services/registry/definition.h"

namespace inspectorate::registry {
namespace {

using namespace v1;
using resource::FromProto;
using resource::ToProto;
using rpc::Role;
using ::testing::ContainsRegex;
using ::testing::ElementsAre;
using testing::Harness;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using testing::Registrar;

std::string Method(const std::string& name) { return "inspectorate.registry.v1." + name; }
Date D(std::string_view text) { return *ParseDate(text); }

// One office a test, so that each has a clock and a feed of its own.
class TrainingsTest : public ::testing::Test {
 protected:
  static void SetUpTestSuite() { harness_ = new Harness({&Definition()}); }
  static void TearDownTestSuite() { delete harness_; }

  void SetUp() override {
    static int number = 0;
    Begin("study" + std::to_string(++number), "2026-03-09T01:00:00Z");
  }
  void Begin(const std::string& office, const std::string& time) {
    office_ = office;
    harness_->CreateSandbox(office_, time);
    registrar_ = std::make_unique<Registrar>(*harness_, office_);
    staff_ = Harness::Staff(office_);
    persons_.clear();
  }
  std::string parent() const { return "offices/" + office_; }
  void SetDay(const std::string& day) { harness_->SetClock(office_, day + "T01:00:00Z"); }

  // The name of the inspector of this number, made when first asked for.
  const std::string& Inspector(const std::string& number) {
    std::string& name = persons_[number];
    if (name.empty()) name = registrar_->Inspector(number);
    return name;
  }
  rpc::Principal As(const std::string& inspector, Role role = Role::ROLE_RESPONSIBLE_INSPECTOR) const {
    return Harness::Person(inspector, role, office_);
  }

  template <class Response, class Request>
  absl::StatusOr<Response> CallAs(const rpc::Principal& caller, const std::string& method,
                                  const Request& request) const {
    return harness_->ClientOf("registry", caller)->Call<Response>(Method(method), request);
  }
  template <class Response, class Request>
  Response MustAs(const rpc::Principal& caller, const std::string& method, const Request& request) const {
    auto response = CallAs<Response>(caller, method, request);
    EXPECT_TRUE(response.ok()) << method << ": " << response.status();
    return response.ok() ? *response : Response();
  }
  template <class Response, class Request>
  Response Must(const std::string& method, const Request& request) const {
    return MustAs<Response>(staff_, method, request);
  }
  template <class Response, class Request>
  ErrorReason Refused(const std::string& method, const Request& request) const {
    return ReasonOf(CallAs<Response>(staff_, method, request).status());
  }

  CreateTrainingSessionRequest Session(TrainingKind kind, StudyMode mode, Date day, double hours = 2,
                                       const std::string& area = "") const {
    CreateTrainingSessionRequest request;
    request.set_parent(parent());
    TrainingSession& session = *request.mutable_training_session();
    session.set_kind(kind);
    session.set_mode(mode);
    *session.mutable_date() = ToProto(day);
    session.set_topic("新时代教育督导体制机制改革");
    session.set_planned_hours(hours);
    session.set_area(area);
    return request;
  }
  TrainingSession Plan(TrainingKind kind, StudyMode mode, Date day, double hours = 2,
                       const std::string& area = "") const {
    return Must<TrainingSession>("Trainings.CreateTrainingSession", Session(kind, mode, day, hours, area));
  }
  static HoldTrainingSessionRequest HoldOf(const TrainingSession& session) {
    HoldTrainingSessionRequest hold;
    hold.set_name(session.name());
    hold.set_etag(session.etag());
    return hold;
  }
  TrainingSession Held(TrainingKind kind, StudyMode mode, Date day, double hours = 2,
                       const std::string& area = "") const {
    return Must<TrainingSession>("Trainings.HoldTrainingSession", HoldOf(Plan(kind, mode, day, hours, area)));
  }
  TrainingSession Week(Date day, double hours = 2) const {
    return Held(TRAINING_WEEKLY_STUDY, MODE_CENTRALISED, day, hours);
  }
  static void Add(RecordAttendanceRequest* request, const std::string& inspector, AttendancePresence presence,
                  const std::string& reason = "") {
    AttendanceEntry* entry = request->add_entries();
    entry->set_inspector(inspector);
    entry->set_presence(presence);
    entry->set_reason(reason);
  }
  Attendance Mark(const TrainingSession& session, const std::string& inspector, AttendancePresence presence,
                  const std::string& reason = "") const {
    RecordAttendanceRequest request;
    request.set_name(session.name());
    Add(&request, inspector, presence, reason);
    const auto response = Must<RecordAttendanceResponse>("Trainings.RecordAttendance", request);
    return response.attendances_size() == 1 ? response.attendances(0) : Attendance();
  }
  CreditAttendanceRequest CreditOf(const TrainingSession& session, const std::string& inspector, double hours,
                                   const std::string& reason = "") const {
    CreditAttendanceRequest request;
    request.set_name(session.name());
    CreditEntry* entry = request.add_entries();
    entry->set_inspector(inspector);
    entry->set_hours(hours);
    entry->set_reason(reason);
    return request;
  }
  void Credit(const TrainingSession& session, const std::string& inspector, double hours,
              const std::string& reason = "") const {
    Must<CreditAttendanceResponse>("Trainings.CreditAttendance", CreditOf(session, inspector, hours, reason));
  }
  static GetTrainingFileRequest FileRequest(const std::string& inspector, int year,
                                            const std::string& as_of = "") {
    GetTrainingFileRequest request;
    request.set_name(inspector);
    request.set_year(year);
    if (!as_of.empty()) *request.mutable_as_of() = ToProto(D(as_of));
    return request;
  }
  TrainingFile File(const std::string& inspector, int year, const std::string& as_of = "") const {
    return Must<TrainingFile>("Trainings.GetTrainingFile", FileRequest(inspector, year, as_of));
  }
  ListTrainingShortfallsResponse Shortfalls(int year, const std::string& as_of = "") const {
    ListTrainingShortfallsRequest request;
    request.set_parent(parent());
    request.set_year(year);
    if (!as_of.empty()) *request.mutable_as_of() = ToProto(D(as_of));
    return Must<ListTrainingShortfallsResponse>("Trainings.ListTrainingShortfalls", request);
  }
  // A rule of the office's own from a day on.
  void SetRule(const std::string& key, const std::string& value, const std::string& from) const {
    CreatePolicyRuleRequest request;
    request.set_parent(parent());
    request.mutable_policy_rule()->set_key(key);
    request.mutable_policy_rule()->set_value(value);
    request.mutable_policy_rule()->set_unit(TEXT);
    request.mutable_policy_rule()->set_source("示教督〔2026〕7号");
    *request.mutable_policy_rule()->mutable_valid_from() = ToProto(D(from));
    Must<PolicyRule>("PolicyRules.CreatePolicyRule", request);
  }
  std::vector<feed::v1::Change> Feed() const {
    std::vector<feed::v1::Change> changes;
    feed::v1::ListChangesRequest request;
    request.set_parent(parent());
    request.set_page_size(1000);
    for (;;) {
      const auto page =
          harness_->ClientOf("registry", Harness::Person("services/test", Role::ROLE_SERVICE, "-"))
              ->Call<feed::v1::ListChangesResponse>("inspectorate.feed.v1.ChangeFeed.ListChanges", request);
      EXPECT_TRUE(page.ok()) << page.status();
      if (!page.ok()) return changes;
      changes.insert(changes.end(), page->changes().begin(), page->changes().end());
      if (page->next_position() >= page->head_position()) return changes;
      request.set_after_position(page->next_position());
    }
  }

  static inline Harness* harness_ = nullptr;
  std::string office_;
  std::unique_ptr<Registrar> registrar_;
  rpc::Principal staff_;
  std::map<std::string, std::string> persons_;
};

TEST_F(TrainingsTest, ASessionIsPlannedHeldRecordedAndCredited) {
  const std::string first = Inspector("D01"), second = Inspector("D02"), third = Inspector("D03");
  TrainingSession session = Plan(TRAINING_WEEKLY_STUDY, MODE_CENTRALISED, D("2026-03-10"));
  EXPECT_EQ(session.state(), TRAINING_PLANNED);
  EXPECT_EQ(Refused<TrainingSession>("Trainings.HoldTrainingSession", HoldOf(session)),
            ErrorReason::OCCUR_TIME_IN_FUTURE);
  RecordAttendanceRequest early;
  early.set_name(session.name());
  Add(&early, first, ATTENDED);
  EXPECT_EQ(Refused<RecordAttendanceResponse>("Trainings.RecordAttendance", early),
            ErrorReason::STATE_TRANSITION_DENIED);
  SetDay("2026-03-10");
  session = Must<TrainingSession>("Trainings.HoldTrainingSession", HoldOf(session));
  EXPECT_EQ(session.state(), TRAINING_HELD);
  RecordAttendanceRequest marks;
  marks.set_name(session.name());
  Add(&marks, second, ABSENT);
  Add(&marks, third, EXCUSED, "病假");
  marks.set_rest_attended(true);
  const auto recorded = Must<RecordAttendanceResponse>("Trainings.RecordAttendance", marks);
  ASSERT_EQ(recorded.attendances_size(), 3);
  EXPECT_EQ(recorded.attendances(2).inspector(), first);
  EXPECT_EQ(recorded.attendances(2).presence(), ATTENDED);
  EXPECT_EQ(Refused<CreditAttendanceResponse>("Trainings.CreditAttendance", CreditOf(session, second, 1)),
            ErrorReason::NOT_ATTENDED);
  EXPECT_EQ(Refused<CreditAttendanceResponse>("Trainings.CreditAttendance", CreditOf(session, first, 2.5)),
            ErrorReason::HOURS_EXCEEDED);
  EXPECT_EQ(Refused<CreditAttendanceResponse>("Trainings.CreditAttendance", CreditOf(session, first, 1.2)),
            ErrorReason::INVALID_FIELDS);
  CreditAttendanceRequest rest;
  rest.set_name(session.name());
  rest.set_rest_planned(true);
  const auto credited = Must<CreditAttendanceResponse>("Trainings.CreditAttendance", rest);
  ASSERT_EQ(credited.attendances_size(), 1);
  EXPECT_EQ(credited.attendances(0).credited_hours(), 2);
  // What stands on the register cannot be cancelled away, nor rewritten.
  CancelTrainingSessionRequest cancel;
  cancel.set_name(session.name());
  cancel.set_etag(session.etag());
  cancel.set_reason("误登");
  EXPECT_EQ(Refused<TrainingSession>("Trainings.CancelTrainingSession", cancel),
            ErrorReason::STATE_TRANSITION_DENIED);
  UpdateTrainingSessionRequest update;
  update.mutable_training_session()->set_name(session.name());
  update.mutable_training_session()->set_planned_hours(4);
  EXPECT_EQ(Refused<TrainingSession>("Trainings.UpdateTrainingSession", update),
            ErrorReason::STATE_TRANSITION_DENIED);
  update.mutable_training_session()->clear_planned_hours();
  update.mutable_training_session()->set_note("资料已发");
  EXPECT_EQ(Must<TrainingSession>("Trainings.UpdateTrainingSession", update).note(), "资料已发");

  const TrainingFile file = File(first, 2026);
  EXPECT_EQ(file.floor_hours(), 40);
  EXPECT_THAT(file.floor_source(), HasSubstr("督学管理暂行办法"));
  EXPECT_EQ(file.totals().centralised_hours(), 2);
  EXPECT_EQ(file.totals().counted_hours(), 2);
  EXPECT_EQ(file.totals().shortfall_hours(), 38);
  const auto shortfalls = Shortfalls(2026);
  EXPECT_EQ(shortfalls.shortfalls_size(), 3);
  EXPECT_EQ(shortfalls.enough_hours().numerator(), 0);
  EXPECT_EQ(shortfalls.enough_hours().denominator(), 3);
  EXPECT_EQ(shortfalls.weekly_attendance().numerator(), 1);
  EXPECT_EQ(shortfalls.weekly_attendance().denominator(), 2) << "attended and absent";
  EXPECT_EQ(shortfalls.weekly_attendance().excused(), 1);
  EXPECT_EQ(FromProto(shortfalls.cut_off()), D("2026-03-10"));
}

TEST_F(TrainingsTest, AKindHasItsMode) {
  EXPECT_EQ(Refused<TrainingSession>("Trainings.CreateTrainingSession",
                                     Session(TRAINING_CENTRALISED, MODE_ONLINE, D("2026-03-09"))),
            ErrorReason::INVALID_FIELDS);
  EXPECT_EQ(Refused<TrainingSession>("Trainings.CreateTrainingSession",
                                     Session(TRAINING_CENTRALISED, MODE_CENTRALISED, D("2026-03-09"), 1.75)),
            ErrorReason::INVALID_FIELDS);
}

TEST_F(TrainingsTest, AllThatAreNamedAreRecordedOrNone) {
  const TrainingSession session = Week(D("2026-03-09"));
  RecordAttendanceRequest request;
  request.set_name(session.name());
  request.set_request_id(FormatUuid(RandomUuid()));
  Add(&request, Inspector("D01"), ATTENDED);
  Add(&request, Inspector("D02"), EXCUSED);  // why is not said
  ListAttendancesRequest list;
  list.set_parent(session.name());
  EXPECT_EQ(Refused<RecordAttendanceResponse>("Trainings.RecordAttendance", request),
            ErrorReason::GROUNDS_REQUIRED);
  EXPECT_EQ(Must<ListAttendancesResponse>("Trainings.ListAttendances", list).total_size(), 0);
  request.mutable_entries(1)->set_reason("公务");
  const auto first = Must<RecordAttendanceResponse>("Trainings.RecordAttendance", request);
  const auto again = Must<RecordAttendanceResponse>("Trainings.RecordAttendance", request);
  EXPECT_EQ(first.SerializeAsString(), again.SerializeAsString());
  EXPECT_EQ(again.attendances(0).marks_size(), 1) << "done once";
  // The same once more, under another id, is nothing new.
  request.set_request_id(FormatUuid(RandomUuid()));
  EXPECT_EQ(Must<RecordAttendanceResponse>("Trainings.RecordAttendance", request).attendances(0).revision(),
            1);
  request.set_request_id(FormatUuid(RandomUuid()));
  Add(&request, Inspector("D01"), ABSENT);
  EXPECT_EQ(Refused<RecordAttendanceResponse>("Trainings.RecordAttendance", request),
            ErrorReason::INVALID_FIELDS)
      << "named twice";
}

TEST_F(TrainingsTest, ACorrectionLeavesTheEarlierOnRecord) {
  const std::string inspector = Inspector("D01");
  const TrainingSession session = Week(D("2026-03-09"), 3);
  Mark(session, inspector, ATTENDED);
  Credit(session, inspector, 3);
  SetDay("2026-03-20");
  EXPECT_EQ(Refused<CreditAttendanceResponse>("Trainings.CreditAttendance", CreditOf(session, inspector, 2)),
            ErrorReason::CREDIT_STANDS);
  RecordAttendanceRequest absent;
  absent.set_name(session.name());
  Add(&absent, inspector, ABSENT);
  EXPECT_EQ(Refused<RecordAttendanceResponse>("Trainings.RecordAttendance", absent),
            ErrorReason::CREDIT_STANDS);
  Credit(session, inspector, 0, "代签");
  const Attendance attendance = Mark(session, inspector, ABSENT);
  ASSERT_EQ(attendance.credits_size(), 2);
  EXPECT_EQ(attendance.credits(0).hours(), 3);
  EXPECT_EQ(attendance.credits(1).hours(), 0);
  EXPECT_EQ(attendance.credits(1).reason(), "代签");
  EXPECT_EQ(attendance.credits(1).credited_by(), staff_.subject);
  ASSERT_EQ(attendance.marks_size(), 2);
  EXPECT_EQ(attendance.marks(0).presence(), ATTENDED);
  // The figures of an earlier day stay what they were.
  EXPECT_EQ(File(inspector, 2026, "2026-03-19").totals().counted_hours(), 3);
  EXPECT_EQ(File(inspector, 2026, "2026-03-19").totals().weekly_attended(), 1);
  EXPECT_EQ(File(inspector, 2026).totals().counted_hours(), 0);
  EXPECT_EQ(Shortfalls(2026).weekly_attendance().denominator(), 1);
  EXPECT_EQ(Shortfalls(2026, "2026-03-08").weekly_attendance().denominator(), 0);
  // 31 days after the session what is recorded stays; whoever was forgotten may still be entered.
  SetDay("2026-04-10");
  EXPECT_EQ(Mark(session, Inspector("D02"), ATTENDED).marks_size(), 1);
  EXPECT_EQ(Mark(session, inspector, ABSENT).marks_size(), 2) << "as it is already";
  absent.mutable_entries(0)->set_presence(ATTENDED);
  EXPECT_EQ(Refused<RecordAttendanceResponse>("Trainings.RecordAttendance", absent), ErrorReason::LATE_ENTRY);
}

TEST_F(TrainingsTest, OfTwoCreditsAtOnceOneIsGiven) {
  for (int round = 0; round < 5; ++round) {
    const std::string inspector = Inspector("D0" + std::to_string(round));
    const TrainingSession session = Week(D("2026-03-09"), 4);
    Mark(session, inspector, ATTENDED);
    std::vector<std::future<absl::Status>> tries;
    for (const double hours : {1.0, 4.0}) {
      tries.push_back(std::async(std::launch::async, [&, hours] {
        return CallAs<CreditAttendanceResponse>(staff_, "Trainings.CreditAttendance",
                                                CreditOf(session, inspector, hours))
            .status();
      }));
    }
    int given = 0;
    for (auto& one : tries) {
      const absl::Status status = one.get();
      given += status.ok() ? 1 : 0;
      if (status.ok()) continue;
      EXPECT_EQ(ReasonOf(status), ErrorReason::CREDIT_STANDS) << status;
    }
    EXPECT_EQ(given, 1);
    GetAttendanceRequest get;
    get.set_name(session.name() + "/attendances/" + inspector.substr(11));
    EXPECT_EQ(Must<Attendance>("Trainings.GetAttendance", get).credits_size(), 1);
  }
}

TEST_F(TrainingsTest, WhoIsExpectedFollowsFromTheFactsOfTheDay) {
  const std::string present = Inspector("D01"), away = Inspector("D02"), gone = Inspector("D03");
  CreateLeaveRequest leave;
  leave.set_parent(away);
  leave.mutable_leave()->set_office(parent());
  leave.mutable_leave()->set_kind(SICK_LEAVE);
  *leave.mutable_leave()->mutable_valid_from() = ToProto(D("2026-03-08"));
  *leave.mutable_leave()->mutable_valid_to() = ToProto(D("2026-03-09"));
  Must<Leave>("Leaves.CreateLeave", leave);
  const TrainingSession before = Week(D("2026-03-09"));
  Mark(before, gone, ABSENT);
  ProposeAttendanceRequest propose;
  propose.set_name(before.name());
  auto proposed = Must<ProposeAttendanceResponse>("Trainings.ProposeAttendance", propose);
  ASSERT_EQ(proposed.proposals_size(), 3);
  EXPECT_EQ(proposed.proposals(0).proposed_presence(), ATTENDED);
  EXPECT_EQ(proposed.proposals(1).proposed_presence(), EXCUSED);
  EXPECT_EQ(proposed.proposals(1).reason_en(), "on leave that day");
  EXPECT_EQ(proposed.proposals(2).recorded_presence(), ABSENT);
  EXPECT_TRUE(proposed.proposals(2).expected());
  EXPECT_EQ(Shortfalls(2026).weekly_attendance().denominator(), 1);
  // Before the terms of all of them began: nobody is expected, and nobody is absent.
  const TrainingSession early = Held(TRAINING_WEEKLY_STUDY, MODE_CENTRALISED, D("2025-08-31"));
  propose.set_name(early.name());
  EXPECT_EQ(Must<ProposeAttendanceResponse>("Trainings.ProposeAttendance", propose).proposals_size(), 0);
  RecordAttendanceRequest absent;
  absent.set_name(early.name());
  Add(&absent, present, ABSENT);
  EXPECT_EQ(Refused<RecordAttendanceResponse>("Trainings.RecordAttendance", absent),
            ErrorReason::NOT_EXPECTED);
}

TEST_F(TrainingsTest, ASessionOfAnAreaIsForItsMembers) {
  const std::string lead = Inspector("D01"), other = Inspector("D02");
  const std::string area = registrar_->Area(1, {}, lead);
  const TrainingSession session = Held(TRAINING_WEEKLY_STUDY, MODE_CENTRALISED, D("2026-03-09"), 2, area);
  RecordAttendanceRequest all;
  all.set_name(session.name());
  all.set_rest_attended(true);
  const auto recorded = Must<RecordAttendanceResponse>("Trainings.RecordAttendance", all);
  ASSERT_EQ(recorded.attendances_size(), 1);
  EXPECT_EQ(recorded.attendances(0).inspector(), lead);
  // A guest may be there; nobody else is missing.
  Mark(session, other, ATTENDED);
  EXPECT_EQ(Shortfalls(2026).weekly_attendance().denominator(), 1);
  EXPECT_EQ(File(other, 2026).entries_size(), 1);
  EXPECT_EQ(
      Refused<TrainingSession>("Trainings.CreateTrainingSession",
                               Session(TRAINING_WEEKLY_STUDY, MODE_CENTRALISED, D("2025-06-01"), 2, area)),
      ErrorReason::AREA_NOT_IN_FORCE);
}

TEST_F(TrainingsTest, NotesAreTheirAuthorsAndTheOffices) {
  const std::string author = Inspector("D01"), other = Inspector("D02"), lead = Inspector("D03");
  const std::string far_lead = Inspector("D04");
  const std::string school = registrar_->School("S1");
  registrar_->Area(1, {school}, lead);
  registrar_->Area(2, {}, far_lead);
  registrar_->Assign(author, school);
  const std::string supervisor = registrar_->Supervisor("X1", school);
  const TrainingSession session = Week(D("2026-03-09"));
  const Attendance attendance = Mark(session, author, EXCUSED, "家中急事");
  constexpr char kNotes[] = "学习体会:督要到位,导要有效";
  WriteStudyNotesRequest write;
  write.set_name(attendance.name());
  write.set_etag(attendance.etag());
  write.set_notes(kNotes);
  for (const rpc::Principal& stranger :
       {As(other), As(lead, Role::ROLE_AREA_LEAD), As(supervisor, Role::ROLE_SCHOOL_SUPERVISOR), staff_}) {
    EXPECT_EQ(ReasonOf(CallAs<Attendance>(stranger, "Trainings.WriteStudyNotes", write).status()),
              ErrorReason::PERMISSION_MISSING);
  }
  MustAs<Attendance>(As(author), "Trainings.WriteStudyNotes", write);

  const auto file_of = [&](const rpc::Principal& reader) {
    return CallAs<TrainingFile>(reader, "Trainings.GetTrainingFile", FileRequest(author, 2026));
  };
  for (const rpc::Principal& reader : {As(author), staff_}) {
    const auto file = file_of(reader);
    ASSERT_TRUE(file.ok()) << file.status();
    EXPECT_EQ(file->entries(0).notes(), kNotes);
    EXPECT_EQ(file->entries(0).reason(), "家中急事");
  }
  // The lead of the area and the auditor see that there was a session, and no more.
  for (const rpc::Principal& reader :
       {As(lead, Role::ROLE_AREA_LEAD), As(parent() + "/auditors/1", Role::ROLE_AUDITOR)}) {
    const auto file = file_of(reader);
    ASSERT_TRUE(file.ok()) << file.status();
    EXPECT_EQ(file->entries_size(), 1);
    EXPECT_THAT(file->entries(0).notes(), IsEmpty());
    EXPECT_THAT(file->entries(0).reason(), IsEmpty());
  }
  GetAttendanceRequest get;
  get.set_name(attendance.name());
  EXPECT_TRUE(CallAs<Attendance>(As(lead, Role::ROLE_AREA_LEAD), "Trainings.GetAttendance", get).ok());
  EXPECT_TRUE(CallAs<Attendance>(As(author), "Trainings.GetAttendance", get).ok());
  ListAttendancesRequest list;
  list.set_parent(session.name());
  for (const rpc::Principal& stranger :
       {As(other), As(far_lead, Role::ROLE_AREA_LEAD), As(supervisor, Role::ROLE_SCHOOL_SUPERVISOR)}) {
    EXPECT_EQ(ReasonOf(file_of(stranger).status()), ErrorReason::PERMISSION_MISSING);
    EXPECT_EQ(ReasonOf(CallAs<Attendance>(stranger, "Trainings.GetAttendance", get).status()),
              ErrorReason::PERMISSION_MISSING);
    const auto seen = CallAs<ListAttendancesResponse>(stranger, "Trainings.ListAttendances", list);
    EXPECT_EQ(seen.ok() ? seen->attendances_size() : 0, 0);
  }
  // The area lead's list of shortfalls is of the area.
  ListTrainingShortfallsRequest shortfalls;
  shortfalls.set_parent(parent());
  shortfalls.set_year(2026);
  const auto of_area = MustAs<ListTrainingShortfallsResponse>(As(far_lead, Role::ROLE_AREA_LEAD),
                                                              "Trainings.ListTrainingShortfalls", shortfalls);
  ASSERT_EQ(of_area.shortfalls_size(), 1);
  EXPECT_EQ(of_area.shortfalls(0).inspector(), far_lead);
  std::string told;
  for (const auto& change : Feed()) told += change.SerializeAsString();
  EXPECT_THAT(told, HasSubstr("attendance.noted"));
  EXPECT_THAT(told, Not(HasSubstr(kNotes)));
  EXPECT_THAT(told, Not(HasSubstr("家中急事")));
}

TEST_F(TrainingsTest, OwnStudiesCountOnceTheOfficeCreditsThem) {
  const std::string inspector = Inspector("D01"), other = Inspector("D02");
  CreateStudyRecordRequest create;
  create.set_parent(inspector);
  StudyRecord& wanted = *create.mutable_study_record();
  wanted.set_office(parent());
  wanted.set_mode(MODE_ONLINE);
  wanted.set_topic("国家教育行政学院网络课程");
  wanted.set_hours(6);
  *wanted.mutable_date() = ToProto(D("2026-03-01"));
  EXPECT_EQ(ReasonOf(CallAs<StudyRecord>(As(other), "StudyRecords.CreateStudyRecord", create).status()),
            ErrorReason::PERMISSION_MISSING);
  wanted.set_mode(MODE_CENTRALISED);
  EXPECT_EQ(ReasonOf(CallAs<StudyRecord>(As(inspector), "StudyRecords.CreateStudyRecord", create).status()),
            ErrorReason::INVALID_FIELDS);
  wanted.set_mode(MODE_ONLINE);
  *wanted.mutable_date() = ToProto(D("2026-03-10"));
  EXPECT_EQ(ReasonOf(CallAs<StudyRecord>(As(inspector), "StudyRecords.CreateStudyRecord", create).status()),
            ErrorReason::OCCUR_TIME_IN_FUTURE);
  *wanted.mutable_date() = ToProto(D("2026-03-01"));
  const auto record = MustAs<StudyRecord>(As(inspector), "StudyRecords.CreateStudyRecord", create);
  EXPECT_EQ(record.state(), STUDY_CLAIMED);
  EXPECT_EQ(File(inspector, 2026).totals().online_hours(), 0);
  CreditStudyRecordRequest credit;
  credit.set_name(record.name());
  credit.set_etag(record.etag());
  credit.set_hours(6.5);
  EXPECT_EQ(ReasonOf(CallAs<StudyRecord>(As(inspector), "StudyRecords.CreditStudyRecord", credit).status()),
            ErrorReason::PERMISSION_MISSING);
  EXPECT_EQ(Refused<StudyRecord>("StudyRecords.CreditStudyRecord", credit), ErrorReason::HOURS_EXCEEDED);
  credit.set_hours(4);
  const auto credited = Must<StudyRecord>("StudyRecords.CreditStudyRecord", credit);
  EXPECT_EQ(credited.state(), STUDY_CREDITED);
  const TrainingFile file = File(inspector, 2026);
  EXPECT_EQ(file.totals().online_hours(), 4);
  EXPECT_EQ(file.totals().counted_hours(), 0) << "only centralised hours count";
  // What the office has decided on is not the inspector's to change.
  UpdateStudyRecordRequest update;
  update.mutable_study_record()->set_name(record.name());
  update.mutable_study_record()->set_hours(8);
  EXPECT_EQ(ReasonOf(CallAs<StudyRecord>(As(inspector), "StudyRecords.UpdateStudyRecord", update).status()),
            ErrorReason::STATE_TRANSITION_DENIED);
  DeclineStudyRecordRequest decline;
  decline.set_name(record.name());
  decline.set_etag(credited.etag());
  decline.set_reason("没有证书");
  EXPECT_EQ(Refused<StudyRecord>("StudyRecords.DeclineStudyRecord", decline),
            ErrorReason::STATE_TRANSITION_DENIED);
  GetStudyRecordRequest get;
  get.set_name(record.name());
  EXPECT_EQ(ReasonOf(CallAs<StudyRecord>(As(other), "StudyRecords.GetStudyRecord", get).status()),
            ErrorReason::PERMISSION_MISSING);
}

// What was declined on a day is asked for as of days before and after.
TEST_F(TrainingsTest, ARecordIsDeclinedFromItsDay) {
  const std::string inspector = Inspector("D01");
  CreateStudyRecordRequest create;
  create.set_parent(inspector);
  create.mutable_study_record()->set_office(parent());
  create.mutable_study_record()->set_mode(MODE_ONLINE);
  create.mutable_study_record()->set_topic("网络课程");
  create.mutable_study_record()->set_hours(4);
  *create.mutable_study_record()->mutable_date() = ToProto(D("2026-03-01"));
  auto record = MustAs<StudyRecord>(As(inspector), "StudyRecords.CreateStudyRecord", create);
  SetDay("2026-03-20");
  DeclineStudyRecordRequest decline;
  decline.set_name(record.name());
  decline.set_etag(record.etag());
  decline.set_reason("没有证书");
  record = Must<StudyRecord>("StudyRecords.DeclineStudyRecord", decline);
  SetDay("2026-03-25");
  CreditStudyRecordRequest credit;
  credit.set_name(record.name());
  credit.set_etag(record.etag());
  credit.set_hours(4);
  credit.set_reason("补交证书");
  Must<StudyRecord>("StudyRecords.CreditStudyRecord", credit);
  const auto state = [&](const char* day) { return File(inspector, 2026, day).entries(0).study_state(); };
  EXPECT_EQ(state("2026-03-19"), STUDY_CLAIMED);
  EXPECT_EQ(state("2026-03-20"), STUDY_DECLINED);
  EXPECT_EQ(state("2026-03-24"), STUDY_DECLINED);
  EXPECT_EQ(state("2026-03-25"), STUDY_CREDITED);
}

// Eight hours were typed in for a training of four: the office says so, with a reason, and what was credited
// follows; what was known before stays known.
TEST_F(TrainingsTest, AHeldSessionIsCorrectedAndCreditsFollow) {
  const std::string whole = Inspector("D01"), part = Inspector("D02"), none = Inspector("D03");
  const TrainingSession session = Held(TRAINING_CENTRALISED, MODE_CENTRALISED, D("2026-03-09"), 8);
  for (const std::string& inspector : {whole, part, none}) Mark(session, inspector, ATTENDED);
  Credit(session, whole, 8);
  Credit(session, part, 3);
  SetDay("2026-03-20");
  CorrectTrainingSessionRequest correct;
  correct.set_name(session.name());
  correct.set_etag(session.etag());
  correct.set_reason("示例·学时录错");
  correct.set_mode(MODE_CENTRALISED);
  correct.set_hours(8);
  EXPECT_EQ(Refused<TrainingSession>("Trainings.CorrectTrainingSession", correct),
            ErrorReason::INVALID_FIELDS)
      << "the same";
  correct.set_hours(4.25);
  EXPECT_EQ(Refused<TrainingSession>("Trainings.CorrectTrainingSession", correct),
            ErrorReason::INVALID_FIELDS);
  correct.set_hours(4);
  correct.set_mode(MODE_ONLINE);
  EXPECT_EQ(Refused<TrainingSession>("Trainings.CorrectTrainingSession", correct),
            ErrorReason::INVALID_FIELDS)
      << "a centralised training is held together";
  correct.set_mode(MODE_CENTRALISED);
  const auto corrected = Must<TrainingSession>("Trainings.CorrectTrainingSession", correct);
  EXPECT_EQ(corrected.planned_hours(), 4);
  ASSERT_EQ(corrected.corrections_size(), 1);
  EXPECT_EQ(corrected.corrections(0).hours_before(), 8);
  EXPECT_EQ(corrected.corrections(0).mode_before(), MODE_CENTRALISED);
  EXPECT_EQ(corrected.corrections(0).reason(), "示例·学时录错");
  EXPECT_FALSE(corrected.corrections(0).corrected_by().empty());
  EXPECT_EQ(ChinaDate(FromProto(corrected.corrections(0).time())), D("2026-03-20"));
  EXPECT_EQ(File(whole, 2026).totals().counted_hours(), 4);
  EXPECT_EQ(File(part, 2026).totals().counted_hours(), 3);
  EXPECT_EQ(File(none, 2026).totals().counted_hours(), 0);
  EXPECT_EQ(File(whole, 2026).entries(0).planned_hours(), 4);
  const TrainingFile before = File(whole, 2026, "2026-03-19");
  EXPECT_EQ(before.totals().counted_hours(), 8);
  EXPECT_EQ(before.entries(0).planned_hours(), 8);
  // No more than it has now is credited.
  CreditAttendanceRequest rest;
  rest.set_name(session.name());
  rest.set_rest_planned(true);
  EXPECT_EQ(
      Must<CreditAttendanceResponse>("Trainings.CreditAttendance", rest).attendances(0).credited_hours(), 4);

  // Weekly study that was held online counts as online, from when it is known.
  const TrainingSession week = Week(D("2026-03-16"), 2);
  Mark(week, whole, ATTENDED);
  Credit(week, whole, 2);
  SetDay("2026-03-21");
  correct.set_name(week.name());
  correct.set_etag(week.etag());
  correct.set_hours(2);
  correct.set_mode(MODE_ONLINE);
  Must<TrainingSession>("Trainings.CorrectTrainingSession", correct);
  EXPECT_EQ(File(whole, 2026).totals().online_hours(), 2);
  EXPECT_EQ(File(whole, 2026, "2026-03-20").totals().online_hours(), 0);
  const TrainingSession planned = Plan(TRAINING_CENTRALISED, MODE_CENTRALISED, D("2026-03-30"));
  correct.set_name(planned.name());
  correct.set_etag(planned.etag());
  EXPECT_EQ(Refused<TrainingSession>("Trainings.CorrectTrainingSession", correct),
            ErrorReason::STATE_TRANSITION_DENIED);
}

TEST_F(TrainingsTest, TheYearEndsWhereTheRuleSaysSo) {
  const std::string inspector = Inspector("D01");
  std::map<std::string, TrainingSession> sessions;
  for (const char* day : {"2025-12-31", "2026-01-01"}) {
    sessions[day] = Held(TRAINING_CENTRALISED, MODE_CENTRALISED, D(day), 8);
    Mark(sessions[day], inspector, ATTENDED);
    Credit(sessions[day], inspector, day == std::string("2025-12-31") ? 3 : 5);
  }
  EXPECT_EQ(File(inspector, 2025).totals().counted_hours(), 3);
  EXPECT_EQ(File(inspector, 2026).totals().counted_hours(), 5);
  EXPECT_EQ(File(inspector, 2027).entries_size(), 0);
  // Credited in March: on New Year's Eve nothing was.
  EXPECT_EQ(File(inspector, 2025, "2025-12-31").totals().counted_hours(), 0);
  // Of a school year, both days belong to the same.
  SetRule("training.year_begins", "09-01", "2025-01-02");
  const TrainingFile year = File(inspector, 2025);
  EXPECT_EQ(FromProto(year.year_from()), D("2025-09-01"));
  EXPECT_EQ(FromProto(year.year_to()), D("2026-08-31"));
  EXPECT_EQ(year.totals().counted_hours(), 8);
  // And a stricter office counts induction and centralised training only.
  const TrainingSession week = Week(D("2026-03-09"), 2);
  Mark(week, inspector, ATTENDED);
  Credit(week, inspector, 2);
  EXPECT_EQ(File(inspector, 2025).totals().counted_hours(), 10);
  SetRule("training.central_kinds", "induction+centralised", "2026-03-01");
  EXPECT_EQ(File(inspector, 2025).totals().counted_hours(), 8);
  EXPECT_EQ(File(inspector, 2025).totals().centralised_hours(), 10);
}

TEST_F(TrainingsTest, InductionIsBackedByARecordWhereTheRuleAsksForIt) {
  const auto candidate = [&](const std::string& number) {
    CreateInspectorRequest create;
    create.mutable_inspector()->set_office(parent());
    create.mutable_inspector()->set_work_number(number);
    create.mutable_inspector()->set_display_name("示例·" + number);
    create.mutable_inspector()->set_kind(PART_TIME);
    auto inspector = Must<v1::Inspector>("Inspectors.CreateInspector", create);
    ReviewCandidateRequest review;
    review.set_name(inspector.name());
    review.set_etag(inspector.etag());
    review.set_passed(true);
    inspector = Must<v1::Inspector>("Inspectors.ReviewCandidate", review);
    PublicizeCandidateRequest notice;
    notice.set_name(inspector.name());
    notice.set_etag(inspector.etag());
    notice.set_document_number("示教督〔2026〕2号");
    *notice.mutable_act_date() = ToProto(D("2026-02-02"));
    inspector = Must<v1::Inspector>("Inspectors.PublicizeCandidate", notice);
    AppointInspectorRequest appoint;
    appoint.set_name(inspector.name());
    appoint.set_etag(inspector.etag());
    appoint.set_document_number("示教督〔2026〕3号");
    *appoint.mutable_valid_from() = ToProto(D("2026-04-01"));
    *appoint.mutable_valid_to() = ToProto(D("2029-03-31"));
    return Must<v1::Inspector>("Inspectors.AppointInspector", appoint);
  };
  const auto induct = [](const v1::Inspector& inspector) {
    InductInspectorRequest request;
    request.set_name(inspector.name());
    request.set_etag(inspector.etag());
    request.set_hours(8);
    return request;
  };
  // As shipped: the office's word suffices, and is listed as such.
  const auto by_word = candidate("C01");
  Must<v1::Inspector>("Inspectors.InductInspector", induct(by_word));
  EXPECT_THAT(Shortfalls(2026).unrecorded_inductions(), ElementsAre(by_word.name()));
  SetRule("training.induction", "require", "2026-03-01");
  const auto by_record = candidate("C02");
  EXPECT_EQ(Refused<v1::Inspector>("Inspectors.InductInspector", induct(by_record)),
            ErrorReason::INDUCTION_UNRECORDED);
  const TrainingSession session = Held(TRAINING_INDUCTION, MODE_CENTRALISED, D("2026-03-08"), 8);
  RecordAttendanceRequest marks;
  marks.set_name(session.name());
  marks.set_rest_attended(true);
  const auto recorded = Must<RecordAttendanceResponse>("Trainings.RecordAttendance", marks);
  EXPECT_EQ(recorded.attendances_size(), 2) << "those who await duty, though their terms begin in April";
  EXPECT_EQ(Refused<v1::Inspector>("Inspectors.InductInspector", induct(by_record)),
            ErrorReason::INDUCTION_UNRECORDED)
      << "attended is not credited";
  Credit(session, by_record.name(), 8);
  Must<v1::Inspector>("Inspectors.InductInspector", induct(by_record));
  EXPECT_EQ(FromProto(File(by_record.name(), 2026).inducted()), D("2026-03-08"));
  EXPECT_THAT(Shortfalls(2026).unrecorded_inductions(), ElementsAre(by_word.name()));
  // As it was known on a day: what is credited later, or taken back later, was not so then.
  SetDay("2026-03-20");
  Credit(session, by_word.name(), 8);
  SetDay("2026-03-25");
  CreditAttendanceRequest back;
  back.set_name(session.name());
  back.add_entries()->set_inspector(by_record.name());
  back.mutable_entries(0)->set_reason("示例·登记有误");
  Must<CreditAttendanceResponse>("Trainings.CreditAttendance", back);
  const auto inducted = [&](const std::string& inspector, const char* day) {
    GetTrainingFileRequest get;
    get.set_name(inspector);
    get.set_year(2026);
    *get.mutable_as_of() = ToProto(D(day));
    return Must<TrainingFile>("Trainings.GetTrainingFile", get).has_inducted();
  };
  EXPECT_FALSE(inducted(by_word.name(), "2026-03-19"));
  EXPECT_TRUE(inducted(by_word.name(), "2026-03-20"));
  EXPECT_TRUE(inducted(by_record.name(), "2026-03-24"));
  EXPECT_FALSE(inducted(by_record.name(), "2026-03-25"));
}

TEST_F(TrainingsTest, NotesMayBeAskedForBeforeHoursAreCredited) {
  const std::string inspector = Inspector("D01");
  SetRule("training.notes", "required", "2026-01-01");
  const TrainingSession session = Week(D("2026-03-09"));
  const Attendance attendance = Mark(session, inspector, ATTENDED);
  EXPECT_EQ(Refused<CreditAttendanceResponse>("Trainings.CreditAttendance", CreditOf(session, inspector, 2)),
            ErrorReason::GROUNDS_REQUIRED);
  WriteStudyNotesRequest write;
  write.set_name(attendance.name());
  write.set_etag(attendance.etag());
  write.set_notes("笔记");
  MustAs<Attendance>(As(inspector), "Trainings.WriteStudyNotes", write);
  Credit(session, inspector, 2);
}

TEST_F(TrainingsTest, ARuleIsAWordThatThePlatformKnows) {
  const std::pair<const char*, const char*> wrong[] = {{"training.induction", "required"},
                                                       {"training.notes", "require"},
                                                       {"training.central_kinds", "induction, centralised"},
                                                       {"training.year_begins", "02-30"}};
  for (const auto& [key, value] : wrong) {
    CreatePolicyRuleRequest request;
    request.set_parent(parent());
    request.mutable_policy_rule()->set_key(key);
    request.mutable_policy_rule()->set_value(value);
    request.mutable_policy_rule()->set_unit(TEXT);
    request.mutable_policy_rule()->set_source("示教督〔2026〕7号");
    *request.mutable_policy_rule()->mutable_valid_from() = ToProto(D("2026-03-01"));
    EXPECT_EQ(Refused<PolicyRule>("PolicyRules.CreatePolicyRule", request), ErrorReason::INVALID_FIELDS)
        << key;
  }
}

TEST_F(TrainingsTest, NothingIsDeleted) {
  for (const char* service : {"Trainings", "StudyRecords"}) {
    const auto* contract =
        google::protobuf::DescriptorPool::generated_pool()->FindServiceByName(Method(service));
    ASSERT_NE(contract, nullptr);
    for (int i = 0; i < contract->method_count(); ++i)
      EXPECT_THAT(contract->method(i)->name(), Not(::testing::StartsWith("Delete")));
  }
}

// Whatever is done, the file is the fold of the records as the feed tells them.
TEST_F(TrainingsTest, TheFileIsTheFoldOfTheFeed) {
  std::mt19937 random(20260309);
  const std::vector<std::string> people = {Inspector("D01"), Inspector("D02"), Inspector("D03")};
  std::vector<TrainingSession> sessions;
  for (int step = 0; step < 150; ++step) {
    const std::string& person = people[random() % people.size()];
    if (sessions.empty() || random() % 8 == 0) {
      const TrainingKind kind = random() % 2 == 0 ? TRAINING_WEEKLY_STUDY : TRAINING_INDUCTION;
      sessions.push_back(Held(kind, static_cast<StudyMode>(1 + random() % 3),
                              D("2026-03-09") - std::chrono::days(random() % 20),
                              1 + static_cast<double>(random() % 8) / 2));
      continue;
    }
    const TrainingSession& session = sessions[random() % sessions.size()];
    // Some are refused; what was refused is nowhere.
    if (random() % 2 == 0) {
      RecordAttendanceRequest marks;
      marks.set_name(session.name());
      Add(&marks, person, static_cast<AttendancePresence>(1 + random() % 3), "公务");
      CallAs<RecordAttendanceResponse>(staff_, "Trainings.RecordAttendance", marks).IgnoreError();
    } else {
      CallAs<CreditAttendanceResponse>(
          staff_, "Trainings.CreditAttendance",
          CreditOf(session, person, static_cast<double>(random() % 10) / 2, random() % 3 == 0 ? "" : "更正"))
          .IgnoreError();
    }
  }
  std::map<std::string, TrainingSession> told_sessions;
  std::map<std::string, Attendance> told;
  for (const auto& change : Feed()) {
    TrainingSession session;
    Attendance attendance;
    if (change.after().UnpackTo(&session)) told_sessions[session.name()] = session;
    if (change.after().UnpackTo(&attendance)) told[attendance.name()] = attendance;
  }
  ASSERT_GT(told.size(), 20u);
  int credited = 0;
  for (const std::string& person : people) {
    std::map<StudyMode, double> hours;
    int attended = 0, absent = 0;
    for (const auto& [name, attendance] : told) {
      if (attendance.inspector() != person) continue;
      const TrainingSession& session = told_sessions.at(name.substr(0, name.rfind("/attendances/")));
      EXPECT_LE(attendance.credited_hours(), session.planned_hours());
      EXPECT_TRUE(attendance.credited_hours() == 0 || attendance.presence() == ATTENDED);
      hours[session.mode()] += attendance.credited_hours();
      credited += attendance.credits_size();
      if (session.kind() != TRAINING_WEEKLY_STUDY) continue;
      attended += attendance.presence() == ATTENDED ? 1 : 0;
      absent += attendance.presence() == ABSENT ? 1 : 0;
    }
    const TrainingTotals totals = File(person, 2026).totals();
    EXPECT_EQ(totals.centralised_hours(), hours[MODE_CENTRALISED]);
    EXPECT_EQ(totals.online_hours(), hours[MODE_ONLINE]);
    EXPECT_EQ(totals.self_study_hours(), hours[MODE_SELF]);
    EXPECT_EQ(totals.counted_hours(), hours[MODE_CENTRALISED]);
    EXPECT_EQ(totals.weekly_attended(), attended);
    EXPECT_EQ(totals.weekly_absent(), absent);
  }
  EXPECT_GT(credited, 10);
}

std::string Fetch(const Harness& harness, const rpc::Principal& caller, const DataFile& file) {
  std::string content;
  while (static_cast<int64_t>(content.size()) < file.size()) {
    DownloadPieceRequest piece;
    piece.set_name(file.name());
    piece.set_offset(static_cast<int64_t>(content.size()));
    const auto read =
        harness.ClientOf("registry", caller)->Call<FilePiece>(Method("Files.DownloadPiece"), piece);
    EXPECT_TRUE(read.ok()) << read.status();
    if (!read.ok() || read->content().empty()) break;
    content += read->content();
  }
  return content;
}

std::string ReadAll(const std::filesystem::path& path) {
  std::ifstream file(path);
  return {std::istreambuf_iterator<char>(file), {}};
}

// The names of the sheets and the texts of a workbook.
std::string TextsOf(const std::string& book) {
  const auto folder = std::filesystem::path(::testing::TempDir()) / ("trainings-" + std::to_string(getpid()));
  std::filesystem::create_directories(folder);
  std::ofstream(folder / "book.xlsx", std::ios::binary) << book;
  const std::string command = "cd '" + folder.string() + "' && cmake -E tar xf book.xlsx";
  EXPECT_EQ(std::system(command.c_str()), 0);
  const std::string texts = ReadAll(folder / "xl" / "workbook.xml") +
                            ReadAll(folder / "xl" / "sharedStrings.xml") +
                            ReadAll(folder / "xl" / "worksheets" / "sheet2.xml");
  std::filesystem::remove_all(folder);
  return texts;
}

// A session of one area, to which somebody else came: they are counted beside those it was for.
TEST_F(TrainingsTest, AGuestIsCountedBesideThoseExpected) {
  const std::string lead = Inspector("D01"), guest = Inspector("D02");
  const TrainingSession session =
      Held(TRAINING_WEEKLY_STUDY, MODE_CENTRALISED, D("2026-03-09"), 2, registrar_->Area(1, {}, lead));
  Mark(session, lead, ATTENDED);
  Mark(session, guest, ATTENDED);
  ExportTrainingFilesRequest request;
  request.set_parent(parent());
  request.set_year(2026);
  request.set_request_id(FormatUuid(RandomUuid()));
  const std::string texts =
      TextsOf(Fetch(*harness_, staff_, Must<DataFile>("Trainings.ExportTrainingFiles", request)));
  EXPECT_THAT(texts, ContainsRegex("r=\"F6\"[^>]*><v>1</v>")) << "attended";
  EXPECT_THAT(texts, ContainsRegex("r=\"J6\"[^>]*><v>1</v>")) << "guests";
}

// 63 inspectors, a year of Mondays: registers in one call each, and the two figures of the year.
TEST_F(TrainingsTest, AYearOfWeeklyStudy) {
  constexpr int kPeople = 63, kWeeks = 40;
  for (int i = 1; i <= kPeople; ++i) Inspector("D" + std::to_string(100 + i));
  int absences = 0, attended = 0;
  Date day = D("2026-03-09");
  for (int week = 0; week < kWeeks; ++week, day += std::chrono::days(7)) {
    SetDay(FormatDate(day));
    const TrainingSession session = Week(day, 1);
    RecordAttendanceRequest marks;
    marks.set_name(session.name());
    for (int i = 1; i <= kPeople; ++i) {
      if ((i * 7 + week * 3) % 29 != 0) continue;
      Add(&marks, Inspector("D" + std::to_string(100 + i)), ABSENT);
      ++absences;
    }
    marks.set_rest_attended(true);
    const auto recorded = Must<RecordAttendanceResponse>("Trainings.RecordAttendance", marks);
    EXPECT_EQ(recorded.attendances_size(), kPeople);
    attended += kPeople - marks.entries_size();
    CreditAttendanceRequest credits;
    credits.set_name(session.name());
    credits.set_rest_planned(true);
    Must<CreditAttendanceResponse>("Trainings.CreditAttendance", credits);
  }
  // A training of all, so that whoever missed one Monday has forty hours, and whoever missed two has not.
  const TrainingSession training =
      Held(TRAINING_CENTRALISED, MODE_CENTRALISED, day - std::chrono::days(7), 1);
  RecordAttendanceRequest all;
  all.set_name(training.name());
  all.set_rest_attended(true);
  Must<RecordAttendanceResponse>("Trainings.RecordAttendance", all);
  CreditAttendanceRequest hours;
  hours.set_name(training.name());
  hours.set_rest_planned(true);
  Must<CreditAttendanceResponse>("Trainings.CreditAttendance", hours);
  const auto year = Shortfalls(2026);
  EXPECT_EQ(year.weekly_attendance().numerator(), attended);
  EXPECT_EQ(year.weekly_attendance().denominator(), attended + absences);
  EXPECT_EQ(year.weekly_attendance().denominator(), kPeople * kWeeks);
  EXPECT_EQ(year.enough_hours().denominator(), kPeople);
  EXPECT_EQ(year.enough_hours().numerator() + year.shortfalls_size(), kPeople);
  EXPECT_GT(year.shortfalls_size(), 0);
  EXPECT_GT(year.enough_hours().numerator(), 0);

  ExportTrainingFilesRequest request;
  request.set_parent(parent());
  request.set_year(2026);
  request.set_request_id(FormatUuid(RandomUuid()));
  const auto file = Must<DataFile>("Trainings.ExportTrainingFiles", request);
  EXPECT_EQ(file.file_name(), "2026年督学培训档案.xlsx");
  const std::string texts = TextsOf(Fetch(*harness_, staff_, file));
  for (const auto& [number, name] : persons_) EXPECT_THAT(texts, HasSubstr(">" + number + "<"));
  for (const char* text : {"督学学时汇总", "2026年度督学培训学时汇总", "尚缺学时",
                           "新时代教育督导体制机制改革", "截至：2026-12-07"})
    EXPECT_THAT(texts, HasSubstr(text));
}

}  // namespace
}  // namespace inspectorate::registry
