#include "services/registry/app/school_life.h"

#include <algorithm>
#include <array>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_join.h"
#include "common/base/macros.h"
#include "common/query/query.h"
#include "common/resource/description.h"
#include "common/resource/table.h"
#include "common/roster/school_past.h"
#include "common/roster/scope.h"
#include "common/status/error.h"
#include "inspectorate/registry/v1/area.pb.h"
#include "services/registry/app/ending.h"
#include "services/registry/app/move_school.h"
#include "services/registry/app/reach.h"
#include "services/registry/app/school_codes.h"
#include "services/registry/app/settled.h"
#include "services/registry/app/terms.h"
#include "services/registry/app/towns.h"
#include "services/registry/domain/school_life.h"
#include "services/registry/store/dates.h"
#include "services/registry/store/school_codes_store.h"

namespace inspectorate::registry {
namespace {

using namespace v1;
using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using resource::Description;
using resource::FromProto;
using resource::IsSet;
using resource::ToProto;
using resource::UuidOf;

// What a visitor relies on, and no one person changes.
constexpr std::array kByTwoPersons = {
    "kind",       "stages",     "school_type", "organiser", "ownership",         "urban_rural",
    "town",       "address",    "latitude",    "longitude", "location_accuracy", "location_source",
    "ident_code", "credit_code"};

constexpr std::chrono::days kDay{1};

SchoolStanding StandingOf(const School& school) { return static_cast<SchoolStanding>(school.state()); }
Uuid IdOf(const School& school) { return UuidOf(school.name()); }

const FieldDescriptor& FieldOf(const char* name) { return *School::descriptor()->FindFieldByName(name); }

const std::vector<const FieldDescriptor*>& FieldsByTwoPersons() {
  static const auto& fields = *[] {
    auto* found = new std::vector<const FieldDescriptor*>;
    for (const char* name : kByTwoPersons) found->push_back(&FieldOf(name));
    return found;
  }();
  return fields;
}

// Of what callers may write.
std::vector<std::string> FieldsThatDiffer(const School& before, const School& after) {
  std::vector<std::string> names;
  for (int i = 0; i < School::descriptor()->field_count(); ++i) {
    const FieldDescriptor& field = *School::descriptor()->field(i);
    static const std::set<std::string> kBookkeeping = {"name", "revision", "etag", "create_time",
                                                       "update_time"};
    if (!kBookkeeping.contains(field.name()) && !query::IsSame(before, after, field))
      names.push_back(field.name());
  }
  return names;
}

// --- plain writes -----------------------------------------------------------------------------------------

// What is empty may be filled in by one person; what stands there may not be changed.
std::vector<std::string> ChangedAlone(const School& before, const School& after) {
  std::vector<std::string> names;
  for (const FieldDescriptor* field : FieldsByTwoPersons()) {
    if (query::IsPopulated(before, *field) && !query::IsSame(before, after, *field))
      names.push_back(field->name());
  }
  return names;
}

std::vector<FieldViolation> LifeChangedAlone(const School& before, const School& after) {
  std::vector<FieldViolation> violations;
  for (const char* name : {"state", "open_date", "close_date"}) {
    const FieldDescriptor& field = FieldOf(name);
    const bool fills = std::string_view(name) == "open_date" && !query::IsPopulated(before, field);
    if (fills || query::IsSame(before, after, field)) continue;
    violations.push_back({.field = std::string("school.") + name,
                          .zh = "须以机构变更(ChangeSchool)办理",
                          .en = "is changed by SchoolChanges.ChangeSchool only"});
  }
  return violations;
}

// Takes the school's code into use.
absl::Status Claim(work::Unit& unit, const School& school, std::optional<Date> from) {
  ASSIGN_OR_RETURN(const Date today, unit.Today(resource::SlugOf(school.office())));
  IdentCode claim{.school = IdOf(school), .from = from, .to = {}};
  claim.recorded_by = unit.actor().subject;
  claim.recorded_on = today;
  return ClaimIdentCode(unit.db(), school.ident_code(), claim);
}

// A code and ids are taken into use, or given up for ever, with the first day of what brings it about.
absl::Status FollowCodes(work::Unit& unit, const School* before, const School& after, Date effective) {
  const std::string& code = after.ident_code();
  const std::string was = before == nullptr ? "" : before->ident_code();
  if (!code.empty() && code != was) {
    std::optional<Date> from;
    if (!was.empty()) {
      from = effective;
    } else if (IsSet(after.open_date())) {
      from = FromProto(after.open_date());
    }
    RETURN_IF_ERROR(Claim(unit, after, from));
  }
  const Date last = effective - kDay;
  if (!was.empty() && code != was) {
    const CodeFate fate = FateOf(StandingOf(after), /*replaced=*/true);
    RETURN_IF_ERROR(RetireIdentCode(unit.db(), was, IdOf(after), last, fate));
  }
  const bool ends = IsOver(StandingOf(after)) && (before == nullptr || !IsOver(StandingOf(*before)));
  if (ends && !code.empty()) {
    const Date end = IsSet(after.close_date()) ? FromProto(after.close_date()) : last;
    const CodeFate fate = FateOf(StandingOf(after), /*replaced=*/false);
    RETURN_IF_ERROR(RetireIdentCode(unit.db(), code, IdOf(after), end, fate));
  }
  const bool other_ids = before == nullptr ? after.external_ids_size() > 0
                                           : !query::IsSame(*before, after, FieldOf("external_ids")) ||
                                                 !query::IsSame(*before, after, FieldOf("office"));
  return other_ids ? PutExternalIds(unit.db(), after) : absl::OkStatus();
}

std::vector<FieldViolation> DoubleSystems(const School& school) {
  std::set<std::string> seen;
  for (int i = 0; i < school.external_ids_size(); ++i) {
    if (seen.insert(school.external_ids(i).system()).second) continue;
    return {{.field = "school.external_ids[" + std::to_string(i) + "].system",
             .zh = "同一系统只能有一个编号",
             .en = "one system has one id of a school"}};
  }
  return {};
}

void SetFirstStanding(School* school, Date today) {
  if (school->state() != SCHOOL_STATE_UNSPECIFIED) return;
  if (IsSet(school->close_date()) && FromProto(school->close_date()) < today) {
    school->set_state(CLOSED);
  } else if (IsSet(school->open_date()) && today < FromProto(school->open_date())) {
    school->set_state(PREPARING);
  } else {
    school->set_state(OPERATING);
  }
}

// --- history ----------------------------------------------------------------------------------------------

absl::StatusOr<std::optional<Date>> LatestChange(work::Unit& unit, const School& school) {
  ASSIGN_OR_RETURN(
      const db::Rows rows,
      unit.db().Query("SELECT MAX(`effective_date`) AS latest FROM `school_change` WHERE `school` = ? AND "
                      "`state` = ?",
                      {IdOf(school), CHANGE_IN_FORCE}));
  return rows.empty() ? std::nullopt : DateOf(rows.at(0, 0));
}

absl::Status CheckDatesOf(work::Unit& unit, SchoolChangeKind kind, const School& school, Date effective) {
  ASSIGN_OR_RETURN(const auto latest, LatestChange(unit, school));
  const ChangeDates dates{.effective = effective, .opened = DateOf(school.open_date()), .latest = latest};
  return ErrorFromRefusal(CheckDates(static_cast<LifeEvent>(kind), dates));
}

// `resource` is in `state`, where `event` is not possible; both in the contract's words.
absl::Status NotPossible(const std::string& resource, const std::string& state, const std::string& event) {
  return Error(ErrorReason::STATE_TRANSITION_DENIED,
               {{"resource", resource}, {"state", state}, {"event", event}});
}
std::string TermOf(SchoolState state) { return ChineseTerm(*SchoolState_descriptor(), state); }
std::string TermOf(SchoolChangeState state) { return ChineseTerm(*SchoolChangeState_descriptor(), state); }
std::string TermOf(SchoolChangeKind kind) { return ChineseTerm(*SchoolChangeKind_descriptor(), kind); }

// What was asked for, of `school`.
absl::StatusOr<School> Afterwards(const School& school, const SchoolChange& change) {
  auto after = roster::AsChanged(school, change);
  if (after) return *std::move(after);
  return NotPossible(school.name(), TermOf(school.state()), TermOf(change.kind()));
}

SchoolChange NewChange(const School& before, SchoolChangeKind kind, Date effective, const std::string& by) {
  SchoolChange change;
  change.set_school(before.name());
  change.set_kind(kind);
  *change.mutable_effective_date() = ToProto(effective);
  change.set_proposer(by);
  *change.mutable_before() = before;
  return change;
}

void SetAfter(const School& after, SchoolChange* change) {
  *change->mutable_after() = after;
  change->clear_changed_fields();
  for (const std::string& name : FieldsThatDiffer(change->before(), after)) change->add_changed_fields(name);
}

absl::Status Record(work::Unit& unit, SchoolChange* change, const std::string& event) {
  const std::string office = change->before().office();
  change->set_name(resource::NewName(Description::Of<SchoolChange>(), office, unit.recorded()));
  return resource::Insert(unit, Description::Of<SchoolChange>(), change, event);
}

// --- consequences -----------------------------------------------------------------------------------------

// A school that is over belongs to no area and no inspector from `effective` on. Supervisors of the school
// stay: somebody must answer for what is still open.
template <class M>
absl::Status EndAssignments(work::Unit& unit, const School& school, Date effective, SchoolChange* change) {
  const std::string& table = Description::Of<M>().table();
  ASSIGN_OR_RETURN(auto rows,
                   resource::Select<M>(unit.db(), "`school` = ? AND (`valid_to` IS NULL OR `valid_to` >= ?)",
                                       {IdOf(school), effective}, "FOR UPDATE"));
  const Decided decided = change->state() == CHANGE_SCHEDULED ? Decided::kAhead : Decided::kNow;
  for (M& row : rows) {
    ASSIGN_OR_RETURN(const Ending ending,
                     EndOn(unit, &row, effective - kDay, table + ".ended", table + ".dropped", decided));
    if (ending == Ending::kWithdrawn) change->add_dropped_assignments(row.name());
    if (ending == Ending::kEnded) change->add_ended_assignments(row.name());
  }
  return absl::OkStatus();
}

std::string EventOf(SchoolChangeKind kind) {
  switch (kind) {
    case OPEN_SCHOOL:
      return "school.opened";
    case RENAME_SCHOOL:
      return "school.renamed";
    case MERGE_SCHOOL:
      return "school.merged";
    case SPLIT_OFF_SCHOOL:
    case SPLIT_UP_SCHOOL:
      return "school.split";
    case SUSPEND_SCHOOL:
      return "school.suspended";
    case RESUME_SCHOOL:
      return "school.resumed";
    case CLOSE_SCHOOL:
      return "school.closed";
    case CORRECT_IDENT_CODE:
      return "school.code_corrected";
    default:
      return "school.facts_changed";
  }
}

// --- codes recorded in error ------------------------------------------------------------------------------

absl::Status CorrectionRefused(CorrectionFault fault, const std::string& code) {
  switch (fault) {
    case CorrectionFault::kNone:
      return absl::OkStatus();
    case CorrectionFault::kNotRecorded:
      return InvalidFields({{.field = "ident_code",
                             .zh = "没有登记为该校的标识码",
                             .en = "is not recorded as a code of this school"}});
    case CorrectionFault::kEnded:
      return Error(ErrorReason::CODE_RETIRED, {{"code", code}});
    case CorrectionFault::kNotPresent:
      return InvalidFields({{.field = "right_ident_code",
                             .zh = "误录的标识码已换发，该校现有的标识码不在此更正",
                             .en = "the code in error was replaced: the present one is not corrected here"}});
    case CorrectionFault::kSame:
      return InvalidFields({{.field = "right_ident_code",
                             .zh = "与误录的标识码相同",
                             .en = "is the code that is said to be in error"}});
  }
  return absl::InternalError("no such fault");
}

// Refuses what cannot be corrected of the school's code, and tells of what can who had recorded it, and when.
absl::Status TellCodeInError(work::Unit& unit, const School& school, const std::string& right,
                             SchoolChange* change) {
  const std::string& code = change->ident_code_in_error();
  ASSIGN_OR_RETURN(const auto held, FindIdentCode(unit.db(), code, resource::Lock::kForUpdate));
  std::optional<RecordedCode> recorded;
  if (held) recorded = RecordedCode{.of_school = held->school == IdOf(school), .fate = held->fate};
  RETURN_IF_ERROR(CorrectionRefused(CheckCorrection(recorded, code, right), code));
  const Date corrected = FromProto(change->effective_date());
  const RecordedDays days = DaysInError(held->recorded_on, held->from, held->to, corrected);
  change->set_code_recorded_by(held->recorded_by);
  if (days.first) *change->mutable_code_recorded_from() = ToProto(*days.first);
  *change->mutable_code_recorded_to() = ToProto(days.last);
  return absl::OkStatus();
}

// Nobody has the code any more; the right one has been the school's for as long as there is the school.
absl::Status CorrectCode(work::Unit& unit, const School& after, SchoolChange* change) {
  const std::string& code = change->ident_code_in_error();
  const bool present = change->before().ident_code() == code;
  const std::string right = present ? after.ident_code() : "";
  const absl::Status told = TellCodeInError(unit, after, right, change);
  // It could be proposed, and was corrected since.
  if (ReasonOf(told) == ErrorReason::INVALID_FIELDS) {
    return Error(ErrorReason::ETAG_MISMATCH, {{"resource", after.name()}});
  }
  RETURN_IF_ERROR(told);
  RETURN_IF_ERROR(ForgetIdentCode(unit.db(), code, IdOf(after)));
  return right.empty() ? absl::OkStatus() : Claim(unit, after, DateOf(after.open_date()));
}

// Writes the school as the change makes it, and what follows from that; the change itself is written after.
absl::Status PutInForce(work::Unit& unit, School after, SchoolChange* change) {
  const School& before = change->before();
  const Date effective = FromProto(change->effective_date());
  const bool corrects = change->kind() == CORRECT_IDENT_CODE;
  RETURN_IF_ERROR(CheckSchoolCodes(unit, &before, after));
  RETURN_IF_ERROR(corrects ? CorrectCode(unit, after, change) : FollowCodes(unit, &before, after, effective));
  const bool moves = before.state() != after.state();
  // A code that was replaced before it was corrected is in no field of the school.
  if (!corrects || before.ident_code() != after.ident_code()) {
    RETURN_IF_ERROR(resource::Update(unit, Description::Of<School>(), &after, EventOf(change->kind()),
                                     moves ? work::Change::STATE_CHANGED : work::Change::UPDATED));
  }
  if (IsOver(StandingOf(after))) {
    RETURN_IF_ERROR(EndAssignments<SchoolAssignment>(unit, after, effective, change));
    RETURN_IF_ERROR(EndAssignments<InspectorAssignment>(unit, after, effective, change));
  }
  SetAfter(after, change);
  change->set_state(CHANGE_IN_FORCE);
  return absl::OkStatus();
}

// --- days to come -----------------------------------------------------------------------------------------

// Where the school will stand on a day to come, by all that is announced.
absl::StatusOr<SchoolState> StateExpected(work::Unit& unit, School school, Date day) {
  RETURN_IF_ERROR(ShowSchoolOn(unit.db(), day, &school));
  return school.state();
}

// Writes a first and last day where they differ from what is known.
absl::Status Announce(work::Unit& unit, School school, const google::type::Date& opens,
                      const google::type::Date& closes, const std::string& event) {
  const School known = school;
  *school.mutable_open_date() = opens;
  *school.mutable_close_date() = closes;
  if (!IsSet(opens)) school.clear_open_date();
  if (!IsSet(closes)) school.clear_close_date();
  if (FieldsThatDiffer(known, school).empty()) return absl::OkStatus();
  return resource::Update(unit, Description::Of<School>(), &school, event, work::Change::UPDATED);
}

// The other changes that are scheduled for the school, by their days.
absl::StatusOr<std::vector<SchoolChange>> ScheduledOf(work::Unit& unit, const std::string& school,
                                                      const std::string& except) {
  ASSIGN_OR_RETURN(auto scheduled, resource::Select<SchoolChange>(unit.db(), "`school` = ? AND `state` = ?",
                                                                  {UuidOf(school), CHANGE_SCHEDULED},
                                                                  "ORDER BY `effective_date`"));
  std::erase_if(scheduled, [&](const SchoolChange& change) { return change.name() == except; });
  return scheduled;
}

// Until its day a change of the school's state is announced only: whoever plans knows the first and the last
// day.
absl::Status Schedule(work::Unit& unit, const School& after, SchoolChange* change) {
  ASSIGN_OR_RETURN(const auto scheduled, ScheduledOf(unit, change->school(), ""));
  for (const SchoolChange& other : scheduled) {
    // Twice the same would happen twice.
    if (other.kind() == change->kind() &&
        DateOf(other.effective_date()) == DateOf(change->effective_date())) {
      return NotPossible(other.name(), TermOf(other.state()), TermOf(change->kind()));
    }
  }
  RETURN_IF_ERROR(CheckSchoolCodes(unit, &change->before(), after));
  RETURN_IF_ERROR(
      Announce(unit, change->before(), after.open_date(), after.close_date(), "school.change_announced"));
  SetAfter(after, change);
  change->set_state(CHANGE_SCHEDULED);
  return absl::OkStatus();
}

// Of the first day or the last one (`field`) that a scheduled change has announced: what the school says once
// that change is taken back. Changes that were scheduled after it have what it announced for the day before
// theirs.
absl::StatusOr<google::type::Date> DayWithout(work::Unit& unit, const SchoolChange& change,
                                              const FieldDescriptor& field) {
  const auto day = [&](const School& school) {
    return static_cast<const google::type::Date&>(school.GetReflection()->GetMessage(school, &field));
  };
  const google::type::Date was = day(change.before());
  google::type::Date now = was;
  ASSIGN_OR_RETURN(auto others, ScheduledOf(unit, change.school(), change.name()));
  for (auto other = others.rbegin(); other != others.rend(); ++other) {
    const bool announces = DateOf(day(other->before())) != DateOf(day(other->after()));
    if (!announces) continue;
    now = day(other->after());
    if (DateOf(day(other->before())) != DateOf(day(change.after()))) continue;
    School* before = other->mutable_before();
    if (IsSet(was)) {
      before->GetReflection()->MutableMessage(before, &field)->CopyFrom(was);
    } else {
      before->GetReflection()->ClearField(before, &field);
    }
    RETURN_IF_ERROR(resource::Update(unit, Description::Of<SchoolChange>(), &*other,
                                     "school_change.scheduled", work::Change::UPDATED));
  }
  return now;
}

// What was announced is not so any more: the days are what they were, or what another scheduled change says.
// A school that has opened, or is over, has its days by what is in force.
absl::Status TakeBackAnnouncement(work::Unit& unit, const SchoolChange& change) {
  ASSIGN_OR_RETURN(const School school,
                   resource::Get<School>(unit.db(), change.school(), resource::Lock::kForUpdate));
  google::type::Date first = school.open_date();
  google::type::Date last = school.close_date();
  if (change.kind() == OPEN_SCHOOL && school.state() == PREPARING) {
    ASSIGN_OR_RETURN(first, DayWithout(unit, change, FieldOf("open_date")));
  }
  if (IsOver(StandingOf(change.after())) && !IsOver(StandingOf(school))) {
    ASSIGN_OR_RETURN(last, DayWithout(unit, change, FieldOf("close_date")));
  }
  return Announce(unit, school, first, last, "school.announcement_withdrawn");
}

// --- acts -------------------------------------------------------------------------------------------------

struct Opened {
  School school;
  Date today;
};

absl::StatusOr<Opened> OpenForChange(work::Unit& unit, const rpc::Call& call, const std::string& name,
                                     const std::string& etag) {
  Opened opened{.school = {}, .today = {}};
  ASSIGN_OR_RETURN(const bool found, resource::Load(unit.db(), Description::Of<School>(), name,
                                                    &opened.school, resource::Lock::kForUpdate));
  if (!found) return roster::Denied(call);
  ASSIGN_OR_RETURN(const roster::Reach reach,
                   ReachToWrite(unit, call, resource::SlugOf(opened.school.office())));
  opened.today = reach.day;
  RETURN_IF_ERROR(resource::CheckEtag(opened.school, etag));
  return opened;
}

absl::Status CheckArguments(const ChangeSchoolRequest& request, const School& school) {
  if (!request.area().empty() && resource::SlugOf(request.area()) != resource::SlugOf(school.office())) {
    return NotFound(request.area());
  }
  std::vector<FieldViolation> violations;
  const SchoolChangeKind kind = request.kind();
  if (kind == CHANGE_SCHOOL_FACTS || kind == CORRECT_SCHOOL_NAME || kind == CORRECT_IDENT_CODE) {
    violations.push_back(
        {.field = "kind",
         .zh = "信息变更和标识码更正须由两人办理(ProposeSchoolFacts, ProposeCodeCorrection)",
         .en = "facts and codes are changed by two persons (ProposeSchoolFacts, ProposeCodeCorrection)"});
  }
  if ((kind == RENAME_SCHOOL) == request.display_name().empty()) {
    violations.push_back({.field = "display_name",
                          .zh = "更名须填写、其他变更不得填写新名称",
                          .en = "is given for a renaming and for nothing else"});
  }
  if (kind != OPEN_SCHOOL && !request.area().empty()) {
    violations.push_back({.field = "area",
                          .zh = "只有开办时填写责任区",
                          .en = "is given for an opening and for nothing else"});
  }
  const Others wanted = OthersOf(static_cast<LifeEvent>(kind));
  if (request.others_size() < wanted.least || request.others_size() > wanted.most) {
    violations.push_back({.field = "others",
                          .zh = "并入填1所、派生分立至少1所、新设分立至少2所,其他变更不填",
                          .en =
                              "names one school for a merger, one or more that split off, two or more for a "
                              "split-up, else none"});
  }
  return violations.empty() ? absl::OkStatus() : InvalidFields(violations);
}

// Other schools of the same office, each once, that are not over.
absl::Status CheckOthers(work::Unit& unit, const School& school, SchoolChangeKind kind,
                         const google::protobuf::RepeatedPtrField<std::string>& others) {
  std::set<std::string> seen = {school.name()};
  for (int i = 0; i < others.size(); ++i) {
    const std::string& name = others.at(i);
    if (!seen.insert(name).second) {
      return InvalidFields({{.field = "others[" + std::to_string(i) + "]",
                             .zh = "不得为本校或重复",
                             .en = "is the school itself or named twice"}});
    }
    ASSIGN_OR_RETURN(const School other, resource::Get<School>(unit.db(), name, resource::Lock::kForUpdate));
    if (other.office() != school.office()) return NotFound(name);
    if (!IsOver(StandingOf(other))) continue;
    return NotPossible(name, TermOf(other.state()), TermOf(kind));
  }
  return absl::OkStatus();
}

// A proposal whose school has moved on in what it would change is about another school than its author saw.
// An act decides anew: names, state and days follow from its own paper, whatever was decided in between.
absl::Status CheckStillSo(const SchoolChange& change, const School& school) {
  if (change.kind() == CORRECT_IDENT_CODE && change.before().ident_code() != school.ident_code()) {
    return Error(ErrorReason::ETAG_MISMATCH, {{"resource", school.name()}});
  }
  if (change.kind() != CHANGE_SCHOOL_FACTS) return absl::OkStatus();
  for (const std::string& name : change.changed_fields()) {
    const FieldDescriptor* field = School::descriptor()->FindFieldByName(name);
    if (field == nullptr || !query::IsSame(change.before(), school, *field)) {
      return Error(ErrorReason::ETAG_MISMATCH, {{"resource", school.name()}});
    }
  }
  return absl::OkStatus();
}

// Loads what is to be decided on by the second person.
// `may_end`: what is scheduled or has lapsed was decided on; who ends it need not be another one.
absl::StatusOr<SchoolChange> OpenForDecision(work::Unit& unit, const rpc::Call& call, const std::string& name,
                                             const std::string& etag, bool may_end, Date* today) {
  ASSIGN_OR_RETURN(const roster::Reach reach, ReachToWrite(unit, call, resource::SlugOf(name)));
  *today = reach.day;
  ASSIGN_OR_RETURN(SchoolChange change,
                   resource::Get<SchoolChange>(unit.db(), name, resource::Lock::kForUpdate));
  RETURN_IF_ERROR(resource::CheckEtag(change, etag));
  // What is due is in force but for the round that writes it.
  const bool due = FromProto(change.effective_date()) <= *today;
  const bool open = change.state() == CHANGE_LAPSED || (change.state() == CHANGE_SCHEDULED && !due);
  if (may_end && open) return change;
  if (change.state() != CHANGE_PROPOSED) {
    return NotPossible(name, TermOf(change.state()), "批准或否决 (decide)");
  }
  RETURN_IF_ERROR(ErrorFromRefusal(CheckSecondPerson(change.proposer(), call.principal().subject)));
  return change;
}

// Puts a proposed or scheduled change in force, if it is still what its author meant; the change is written
// by the caller.
absl::Status Apply(work::Unit& unit, SchoolChange* change) {
  ASSIGN_OR_RETURN(const School school,
                   resource::Get<School>(unit.db(), change->school(), resource::Lock::kForUpdate));
  if (resource::SlugOf(school.office()) != resource::SlugOf(change->name()))
    return NotFound(change->school());
  RETURN_IF_ERROR(CheckStillSo(*change, school));
  RETURN_IF_ERROR(CheckDatesOf(unit, change->kind(), school, FromProto(change->effective_date())));
  RETURN_IF_ERROR(CheckOthers(unit, school, change->kind(), change->others()));
  ASSIGN_OR_RETURN(School after, Afterwards(school, *change));
  RETURN_IF_ERROR(CheckTownOfSchool(unit, &school, after, FromProto(change->effective_date())));
  *change->mutable_before() = school;
  return PutInForce(unit, std::move(after), change);
}

absl::Status Decide(work::Unit& unit, const std::string& by, const std::string& note,
                    const std::string& event, SchoolChange* change) {
  change->set_decider(by);
  change->set_decision_note(note);
  ASSIGN_OR_RETURN(const Time now, unit.Now(resource::SlugOf(change->name())));
  *change->mutable_decide_time() = ToProto(now);
  return resource::Update(unit, Description::Of<SchoolChange>(), change, event, work::Change::STATE_CHANGED);
}

// It does not come into force. Who decided on it, and when, stays; why it ends is added to what they said.
absl::Status EndSchedule(work::Unit& unit, SchoolChangeState state, const std::string& why,
                         const std::string& event, SchoolChange* change) {
  constexpr size_t kMostBytes = 1400;  // of a note of 500 characters
  const std::string& said = change->decision_note();
  const bool fits = !said.empty() && said.size() + why.size() < kMostBytes;
  change->set_decision_note(fits ? said + "；" + why : why);
  change->set_state(state);
  return resource::Update(unit, Description::Of<SchoolChange>(), change, event, work::Change::STATE_CHANGED);
}

}  // namespace

absl::Status CheckPlainWrite(work::Unit& unit, const School* before, School* school) {
  ASSIGN_OR_RETURN(const Date today, unit.Today(resource::SlugOf(school->office())));
  std::vector<FieldViolation> violations = DoubleSystems(*school);
  if (before == nullptr) {
    SetFirstStanding(school, today);
  } else {
    if (school->state() == SCHOOL_STATE_UNSPECIFIED) school->set_state(before->state());
    for (FieldViolation& violation : LifeChangedAlone(*before, *school)) violations.push_back(violation);
  }
  if (!violations.empty()) return InvalidFields(violations);
  RETURN_IF_ERROR(CheckSchoolCodes(unit, before, *school));
  if (before == nullptr) return FollowCodes(unit, nullptr, *school, today);

  const std::vector<std::string> alone = ChangedAlone(*before, *school);
  if (!alone.empty()) {
    return Error(ErrorReason::SECOND_PERSON_REQUIRED,
                 {{"rule", "FACTS_BY_TWO_PERSONS"},
                  {"why", "已登记的" + absl::StrJoin(alone, ", ") +
                              "须提请另一人批准 (propose them with SchoolChanges.ProposeSchoolFacts)"}});
  }
  // The last day of a school that was recorded ahead has passed.
  const bool over = IsSet(school->close_date()) && FromProto(school->close_date()) < today;
  if (over && school->state() == OPERATING) {
    // Where a change is scheduled it says what becomes of the school, merged for example.
    ASSIGN_OR_RETURN(const auto scheduled, ScheduledOf(unit, school->name(), ""));
    if (scheduled.empty()) school->set_state(CLOSED);
  }
  RETURN_IF_ERROR(FollowCodes(unit, before, *school, today));
  if (before->display_name() == school->display_name()) return absl::OkStatus();
  SchoolChange correction = NewChange(*before, CORRECT_SCHOOL_NAME, today, unit.actor().subject);
  SetAfter(*school, &correction);
  correction.set_state(CHANGE_IN_FORCE);
  return Record(unit, &correction, "school_change.in_force");
}

absl::Status CheckFirstStanding(work::Unit& unit, const School& school) {
  ASSIGN_OR_RETURN(const Date today, unit.Today(resource::SlugOf(school.office())));
  if (!IsFirstStanding(StandingOf(school), DateOf(school.open_date()), DateOf(school.close_date()), today)) {
    return InvalidFields({{.field = "school.state",
                           .zh = "与建校日期、撤销日期不符，或不能作为首次登记的状态",
                           .en = "does not fit the first and last day, or is no state to begin with"}});
  }
  return school.state() == OPERATING ? CheckHasArea(unit, school, today) : absl::OkStatus();
}

absl::Status CheckToldChange(const SchoolChange& change) {
  std::vector<FieldViolation> violations;
  if (change.state() == CHANGE_PROPOSED || change.state() == CHANGE_SCHEDULED) {
    violations.push_back({.field = "school_change.state",
                          .zh = "待批准、待生效的变更须在本平台重新办理",
                          .en = "what is not in force yet is decided anew in this registry"});
  }
  for (const std::string& name : change.changed_fields()) {
    const bool by_two = std::ranges::find(kByTwoPersons, name) != kByTwoPersons.end();
    if (School::descriptor()->FindFieldByName(name) != nullptr &&
        (by_two || change.kind() != CHANGE_SCHOOL_FACTS))
      continue;
    violations.push_back({.field = "school_change.changed_fields",
                          .zh = "“" + name + "”不是此类变更的字段",
                          .en = "'" + name + "' is no field of such a change"});
  }
  return violations.empty() ? absl::OkStatus() : InvalidFields(violations);
}

absl::StatusOr<SchoolChange> ChangeSchool(work::Unit& unit, rpc::Call& call,
                                          const ChangeSchoolRequest& request) {
  ASSIGN_OR_RETURN(const Opened opened, OpenForChange(unit, call, request.name(), request.etag()));
  const School& before = opened.school;
  RETURN_IF_ERROR(CheckArguments(request, before));
  const Date effective = FromProto(request.effective_date());
  const bool ahead = effective > opened.today;
  SchoolChange change = NewChange(before, request.kind(), effective, call.principal().subject);
  change.set_document_number(request.document_number());
  change.set_basis(request.basis());
  *change.mutable_others() = request.others();
  change.mutable_after()->set_display_name(request.display_name());
  change.mutable_after()->set_short_name(request.short_name());
  ASSIGN_OR_RETURN(const SchoolState state, ahead ? StateExpected(unit, before, effective)
                                                  : absl::StatusOr<SchoolState>(before.state()));
  School standing = before;
  standing.set_state(state);
  ASSIGN_OR_RETURN(const School after, Afterwards(standing, change));
  RETURN_IF_ERROR(CheckDatesOf(unit, request.kind(), before, effective));
  RETURN_IF_ERROR(CheckOpenDay(unit, resource::SlugOf(before.office()), effective, before.name()));
  RETURN_IF_ERROR(CheckOthers(unit, before, request.kind(), request.others()));
  if (!request.area().empty()) RETURN_IF_ERROR(PlaceFrom(unit, after, request.area(), change));
  if (after.state() == OPERATING && state != OPERATING) RETURN_IF_ERROR(CheckHasArea(unit, after, effective));
  RETURN_IF_ERROR(ahead ? Schedule(unit, after, &change) : PutInForce(unit, after, &change));
  RETURN_IF_ERROR(Record(unit, &change, ahead ? "school_change.scheduled" : "school_change.in_force"));
  return change;
}

absl::StatusOr<SchoolChange> ProposeSchoolFacts(work::Unit& unit, rpc::Call& call,
                                                const ProposeSchoolFactsRequest& request) {
  ASSIGN_OR_RETURN(const Opened opened,
                   OpenForChange(unit, call, request.school().name(), request.school().etag()));
  const School& before = opened.school;
  School after = before;
  RETURN_IF_ERROR(query::ApplyMask(request.school(), request.update_mask(), &after));
  const std::vector<std::string> changed = FieldsThatDiffer(before, after);
  for (const std::string& name : changed) {
    if (std::ranges::find(kByTwoPersons, name) == kByTwoPersons.end()) {
      return Error(ErrorReason::FIELD_MASK_INVALID, {{"path", name}});
    }
  }
  if (changed.empty()) {
    return InvalidFields({{.field = "school",
                           .zh = "与现登记信息相同,没有变更",
                           .en = "proposes nothing that differs from the present facts"}});
  }
  const Date effective = FromProto(request.effective_date());
  ASSIGN_OR_RETURN(const SchoolState state, StateExpected(unit, before, std::max(effective, opened.today)));
  if (IsOver(static_cast<SchoolStanding>(state))) {
    return NotPossible(before.name(), TermOf(state), TermOf(CHANGE_SCHOOL_FACTS));
  }
  RETURN_IF_ERROR(CheckDatesOf(unit, CHANGE_SCHOOL_FACTS, before, effective));
  RETURN_IF_ERROR(CheckOpenDay(unit, resource::SlugOf(before.office()), effective, before.name()));
  RETURN_IF_ERROR(CheckSchoolCodes(unit, &before, after));
  RETURN_IF_ERROR(CheckTownOfSchool(unit, &before, after, effective));

  SchoolChange change = NewChange(before, CHANGE_SCHOOL_FACTS, effective, call.principal().subject);
  change.set_document_number(request.document_number());
  change.set_basis(request.basis());
  SetAfter(after, &change);
  change.set_state(CHANGE_PROPOSED);
  RETURN_IF_ERROR(Record(unit, &change, "school_change.proposed"));
  return change;
}

absl::StatusOr<SchoolChange> ProposeCodeCorrection(work::Unit& unit, rpc::Call& call,
                                                   const ProposeCodeCorrectionRequest& request) {
  ASSIGN_OR_RETURN(const Opened opened, OpenForChange(unit, call, request.name(), request.etag()));
  const School& before = opened.school;
  SchoolChange change = NewChange(before, CORRECT_IDENT_CODE, opened.today, call.principal().subject);
  change.set_document_number(request.document_number());
  change.set_basis(request.basis());
  change.set_ident_code_in_error(request.ident_code());
  change.mutable_after()->set_ident_code(request.right_ident_code());
  ASSIGN_OR_RETURN(const School after, Afterwards(before, change));
  RETURN_IF_ERROR(TellCodeInError(unit, before, request.right_ident_code(), &change));
  RETURN_IF_ERROR(CheckSchoolCodes(unit, &before, after));
  SetAfter(after, &change);
  change.set_state(CHANGE_PROPOSED);
  RETURN_IF_ERROR(Record(unit, &change, "school_change.proposed"));
  return change;
}

absl::StatusOr<SchoolChange> ApproveSchoolChange(work::Unit& unit, rpc::Call& call,
                                                 const ApproveSchoolChangeRequest& request) {
  Date today;
  ASSIGN_OR_RETURN(SchoolChange change, OpenForDecision(unit, call, request.name(), request.etag(),
                                                        /*may_end=*/false, &today));
  const std::string& by = call.principal().subject;
  // The code stood in the record until it was decided that it is not the school's.
  if (change.kind() == CORRECT_IDENT_CODE) *change.mutable_effective_date() = ToProto(today);
  const Date effective = FromProto(change.effective_date());
  RETURN_IF_ERROR(CheckOpenDay(unit, resource::SlugOf(change.name()), effective, change.school()));
  if (effective > today) {
    change.set_state(CHANGE_SCHEDULED);
    RETURN_IF_ERROR(Decide(unit, by, request.note(), "school_change.scheduled", &change));
    return change;
  }
  RETURN_IF_ERROR(Apply(unit, &change));
  RETURN_IF_ERROR(Decide(unit, by, request.note(), "school_change.in_force", &change));
  return change;
}

absl::StatusOr<SchoolChange> RejectSchoolChange(work::Unit& unit, rpc::Call& call,
                                                const RejectSchoolChangeRequest& request) {
  Date today;
  ASSIGN_OR_RETURN(SchoolChange change, OpenForDecision(unit, call, request.name(), request.etag(),
                                                        /*may_end=*/true, &today));
  if (change.state() == CHANGE_SCHEDULED) {
    RETURN_IF_ERROR(TakeBackAnnouncement(unit, change));
    RETURN_IF_ERROR(
        EndSchedule(unit, CHANGE_WITHDRAWN, "撤回：" + request.note(), "school_change.withdrawn", &change));
    return change;
  }
  if (change.state() == CHANGE_LAPSED) {
    RETURN_IF_ERROR(
        EndSchedule(unit, CHANGE_WITHDRAWN, "知悉：" + request.note(), "school_change.withdrawn", &change));
    return change;
  }
  change.set_state(CHANGE_REJECTED);
  RETURN_IF_ERROR(Decide(unit, call.principal().subject, request.note(), "school_change.rejected", &change));
  return change;
}

absl::Status TakeUpSchoolChange(work::Unit& unit, const std::string& name) {
  ASSIGN_OR_RETURN(SchoolChange change,
                   resource::Get<SchoolChange>(unit.db(), name, resource::Lock::kForUpdate));
  // Another replica was faster, or it was withdrawn.
  if (change.state() != CHANGE_SCHEDULED) return absl::OkStatus();
  RETURN_IF_ERROR(Apply(unit, &change));
  return resource::Update(unit, Description::Of<SchoolChange>(), &change, "school_change.in_force",
                          work::Change::STATE_CHANGED);
}

absl::Status LetSchoolChangeLapse(work::Unit& unit, const std::string& name, const absl::Status& why) {
  ASSIGN_OR_RETURN(SchoolChange change,
                   resource::Get<SchoolChange>(unit.db(), name, resource::Lock::kForUpdate));
  if (change.state() != CHANGE_SCHEDULED) return absl::OkStatus();
  RETURN_IF_ERROR(TakeBackAnnouncement(unit, change));
  return EndSchedule(unit, CHANGE_LAPSED, "未能生效：" + MessageOf(why, "zh-CN"), "school_change.lapsed",
                     &change);
}

absl::Status ShowSchoolOn(db::Session& session, Date day, School* school) {
  ASSIGN_OR_RETURN(auto earlier, roster::SchoolsAsOf(session, day, "`school` = ?", {IdOf(*school)}));
  for (auto& [id, was] : earlier) *school = std::move(was);
  school->set_state(roster::StateOn(*school, day));
  return absl::OkStatus();
}

absl::StatusOr<School> SchoolByIdentCode(db::Session& session, const std::string& code,
                                         std::optional<Date> day) {
  const absl::Status missing = NotFound("schools?" + code);
  ASSIGN_OR_RETURN(const auto held, FindIdentCode(session, code));
  if (!held) return missing;
  if (day && held->from && *day < *held->from) return missing;
  ASSIGN_OR_RETURN(School school, resource::Get<School>(session, "schools/" + FormatUuid(held->school)));
  std::set<std::string> passed;
  // Merged into one that was itself merged later, and so on; only what had happened by then.
  while (school.state() == MERGED && school.successors_size() == 1 && passed.insert(school.name()).second) {
    if (day && IsSet(school.close_date()) && *day <= FromProto(school.close_date())) break;
    ASSIGN_OR_RETURN(school, resource::Get<School>(session, school.successors(0)));
  }
  return school;
}

}  // namespace inspectorate::registry
