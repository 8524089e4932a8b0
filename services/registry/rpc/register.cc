#include "services/registry/rpc/register.h"

#include <algorithm>
#include <memory>
#include <string>
#include <vector>

#include "common/base/macros.h"
#include "common/obs/log.h"
#include "common/roster/acting.h"
#include "common/roster/eligibility_facts.h"
#include "common/roster/scope.h"
#include "common/status/error.h"
#include "inspectorate/registry/v1/area.pb.h"
#include "inspectorate/registry/v1/area_design.pb.h"
#include "inspectorate/registry/v1/delegation.pb.h"
#include "inspectorate/registry/v1/inspector.pb.h"
#include "inspectorate/registry/v1/office.pb.h"
#include "inspectorate/registry/v1/policy.pb.h"
#include "inspectorate/registry/v1/school.pb.h"
#include "inspectorate/registry/v1/school_change.pb.h"
#include "inspectorate/registry/v1/town.pb.h"
#include "services/registry/app/alerts.h"
#include "services/registry/app/area_designs.h"
#include "services/registry/app/assignments.h"
#include "services/registry/app/coverage.h"
#include "services/registry/app/delegations.h"
#include "services/registry/app/divisions.h"
#include "services/registry/app/in_words.h"
#include "services/registry/app/leaving.h"
#include "services/registry/app/life.h"
#include "services/registry/app/move_school.h"
#include "services/registry/app/office_tree.h"
#include "services/registry/app/offices.h"
#include "services/registry/app/policy_rules.h"
#include "services/registry/app/reach.h"
#include "services/registry/app/rules.h"
#include "services/registry/app/school_ahead.h"
#include "services/registry/app/school_life.h"
#include "services/registry/app/towns.h"
#include "services/registry/domain/town.h"
#include "services/registry/store/area_history_store.h"
#include "services/registry/store/coverage_store.h"
#include "services/registry/store/roster_acting.h"
#include "services/registry/store/roster_effect.h"
#include "services/registry/store/roster_store.h"
#include "services/registry/store/school_codes_store.h"

namespace inspectorate::registry {
namespace {

using namespace v1;
using resource::Platform;

resource::Hooks WithRules() {
  resource::Hooks hooks;
  hooks.before_create = [](work::Unit& unit, rpc::Call&, Message* created) {
    return CheckWrite(unit, nullptr, created);
  };
  hooks.before_update = [](work::Unit& unit, rpc::Call&, const Message& before, Message* after) {
    return CheckWrite(unit, &before, after);
  };
  hooks.after_write = AfterWrite;
  return hooks;
}

template <class M>
void Standard(rpc::Methods& methods, const Platform& platform, const std::string& service) {
  resource::RegisterStandard(methods, platform, "inspectorate.registry.v1." + service, M::descriptor(),
                             WithRules());
}

resource::Hooks SchoolAssignmentHooks() {
  resource::Hooks hooks = WithRules();
  hooks.before_update = [](work::Unit& unit, rpc::Call&, const Message& before, Message* after) {
    RETURN_IF_ERROR(CheckWrite(unit, &before, after));
    return CheckKeepsArea(unit, static_cast<const SchoolAssignment&>(before),
                          static_cast<const SchoolAssignment&>(*after));
  };
  return hooks;
}

// Seeds come after the office itself, so that the feed of an office begins with it.
resource::Hooks OfficeHooks() {
  resource::Hooks hooks = WithRules();
  hooks.after_write = [](work::Unit& unit, const Message& written) {
    const auto& office = static_cast<const Office&>(written);
    return office.revision() == 1 ? SeedOffice(unit, office) : absl::OkStatus();
  };
  hooks.before_update = [](work::Unit& unit, rpc::Call& call, const Message& before, Message* after) {
    RETURN_IF_ERROR(
        CheckMayMove(call, static_cast<const Office&>(before), static_cast<const Office&>(*after)));
    return CheckWrite(unit, &before, after);
  };
  return hooks;
}

resource::Hooks SchoolHooks() {
  resource::Hooks hooks = WithRules();
  hooks.on_get = [](db::Session& session, const Message& request, Message* school) {
    const auto& as_of = static_cast<const GetSchoolRequest&>(request).as_of();
    if (!resource::IsSet(as_of)) return absl::OkStatus();
    return ShowSchoolOn(session, resource::FromProto(as_of), static_cast<School*>(school));
  };
  return hooks;
}

resource::Hooks PolicyRuleHooks() {
  resource::Hooks hooks = WithRules();
  hooks.on_read = [](db::Session&, rpc::Call&, Date, Message* rule) {
    auto* shown = static_cast<PolicyRule*>(rule);
    shown->set_use(UseOf(shown->key()));
    return absl::OkStatus();
  };
  hooks.derived_from = {"key"};
  return hooks;
}

// What the caller reaches of an office for reading; `day` becomes the office's where it is not given.
absl::StatusOr<roster::Reach> Reach(db::Session& session, const rpc::Call& call, const std::string& office,
                                    const google::type::Date& asked, Date* day) {
  ASSIGN_OR_RETURN(roster::Reach reach, ReachToRead(session, call, office));
  if (day != nullptr) *day = resource::IsSet(asked) ? resource::FromProto(asked) : reach.day;
  return reach;
}

absl::StatusOr<Office> SetClockOfReach(work::Unit& unit, rpc::Call& call,
                                       const SetSandboxClockRequest& request) {
  // Not asked of the unit: it would go by the time of before when the clock has been set.
  const std::string office = resource::SlugOf(request.name());
  ASSIGN_OR_RETURN(const Time before, roster::OrDenied(call, ErrorReason::COPY_NOT_READY,
                                                       work::OfficeNow(unit.db(), office, SystemClock())));
  RETURN_IF_ERROR(roster::ReachForWrite(unit.db(), call, office, ChinaDate(before)).status());
  return SetSandboxClock(unit, request);
}

// Where the clock jumps, what becomes due by that is taken up at once. What fails is taken by the next round.
absl::StatusOr<Office> HandleSetSandboxClock(const resource::Platform& platform, rpc::Call& call,
                                             const SetSandboxClockRequest& request) {
  Office office;
  RETURN_IF_ERROR(platform.writer.Run(call, request, &office, [&](work::Unit& unit) -> absl::Status {
    ASSIGN_OR_RETURN(office, SetClockOfReach(unit, call, request));
    return absl::OkStatus();
  }));
  const absl::Status taken =
      TakeUpDueSchoolChangesOf(platform.writer, call.budget(), resource::SlugOf(request.name()));
  if (!taken.ok()) obs::Log(obs::Severity::kWarning, "school_changes_wait", {{"why", taken.ToString()}});
  resource::Redact(call, &office);
  return office;
}

absl::StatusOr<School> FindSchool(db::Session& session, const LookupSchoolRequest& request,
                                  std::optional<Date> day) {
  if (!request.ident_code().empty()) return SchoolByIdentCode(session, request.ident_code(), day);
  if (request.office().empty() || request.external_id().empty()) {
    return InvalidFields({{.field = "ident_code",
                           .zh = "须给出标识码,或督导室和机构编号",
                           .en = "needs ident_code, or office and external_id"}});
  }
  const std::string office = resource::SlugOf(request.office());
  const absl::Status missing = NotFound("schools?" + request.external_id());
  if (!request.system().empty()) {
    ASSIGN_OR_RETURN(const auto id,
                     FindByExternalId(session, office, request.system(), request.external_id()));
    if (!id) return missing;
    return resource::Get<School>(session, "schools/" + FormatUuid(*id));
  }
  ASSIGN_OR_RETURN(auto found, resource::Select<School>(session, "`office` = ? AND `external_id` = ?",
                                                        {office, request.external_id()}));
  if (found.empty()) return missing;
  return std::move(found[0]);
}

absl::StatusOr<School> HandleLookupSchool(db::Session& session, rpc::Call& call,
                                          const LookupSchoolRequest& request) {
  std::optional<Date> day;
  if (resource::IsSet(request.as_of())) day = resource::FromProto(request.as_of());
  ASSIGN_OR_RETURN(School school, FindSchool(session, request, day));
  // A number in use out of the caller's reach is not told from one that nobody has.
  auto reach = Reach(session, call, resource::SlugOf(school.office()), {}, nullptr);
  const absl::Status reached =
      reach.ok() ? roster::CheckSchool(session, call, *reach, resource::UuidOf(school.name()))
                 : reach.status();
  if (ReasonOf(reached) == ErrorReason::PERMISSION_MISSING) {
    return NotFound("schools?" +
                    (request.ident_code().empty() ? request.external_id() : request.ident_code()));
  }
  RETURN_IF_ERROR(reached);
  if (day) RETURN_IF_ERROR(ShowSchoolOn(session, *day, &school));
  return school;
}

absl::StatusOr<Roster> HandleGetRoster(db::Session& session, rpc::Call& call,
                                       const GetRosterRequest& request) {
  Date day;
  RETURN_IF_ERROR(Reach(session, call, resource::SlugOf(request.name()), request.as_of(), &day).status());
  ASSIGN_OR_RETURN(Roster roster, LoadRoster(session, request.name(), day));
  RETURN_IF_ERROR(ShowActing(session, &roster));
  RETURN_IF_ERROR(ShowWithoutEffect(session, &roster));
  return roster;
}

absl::StatusOr<AreaHistory> HandleGetAreaHistory(db::Session& session, rpc::Call& call,
                                                 const GetAreaHistoryRequest& request) {
  RETURN_IF_ERROR(Reach(session, call, resource::SlugOf(request.name()), {}, nullptr).status());
  return LoadAreaHistory(session, request.name());
}

absl::StatusOr<Coverage> HandleCheckCoverage(db::Session& session, rpc::Call& call,
                                             const CheckCoverageRequest& request) {
  const std::string office = resource::SlugOf(request.parent());
  Date day;
  RETURN_IF_ERROR(Reach(session, call, office, request.as_of(), &day).status());
  return CheckCoverage(session, office, day);
}

absl::StatusOr<Eligibility> HandleCheckEligibility(db::Session& session, rpc::Call& call,
                                                   const CheckEligibilityRequest& request) {
  const Uuid school = resource::UuidOf(request.school());
  ASSIGN_OR_RETURN(const Inspector inspector,
                   roster::OrDenied(call, ErrorReason::RESOURCE_NOT_FOUND,
                                    resource::Get<Inspector>(session, request.inspector())));
  const std::string office = resource::SlugOf(inspector.office());
  Date day;
  RETURN_IF_ERROR(Reach(session, call, office, request.date(), &day).status());
  // The reasons speak of the school too: one in another office's charge is not asked about.
  ASSIGN_OR_RETURN(School of_office, resource::Get<School>(session, request.school()));
  if (of_office.office() != inspector.office()) return NotFound(request.school());
  ASSIGN_OR_RETURN(auto reasons,
                   roster::CheckEligibilityOn(session, resource::UuidOf(request.inspector()), school, day));
  Eligibility answer;
  answer.set_eligible(reasons.empty());
  for (const auto& reason : reasons) {
    auto* out = answer.add_reasons();
    out->set_code(std::string(roster::CodeName(reason.code)));
    out->set_message_zh(reason.zh);
    out->set_message_en(reason.en);
  }
  if (answer.eligible()) {
    ASSIGN_OR_RETURN(const auto acted_at,
                     roster::SchoolsActedAt(session, office, resource::UuidOf(request.inspector()), day));
    const auto acting = acted_at.find(school);
    if (acting != acted_at.end()) answer.set_delegation(roster::NameOf(office, acting->second));
  }
  ASSIGN_OR_RETURN(db::Rows head, session.Query("SELECT position FROM feed_head WHERE office = ?", {office}));
  if (!head.empty()) answer.set_registry_position(head.at(0, 0).AsUint());
  return answer;
}

absl::StatusOr<ListInspectorAlertsResponse> HandleListInspectorAlerts(
    db::Session& session, rpc::Call& call, const ListInspectorAlertsRequest& request) {
  Date day;
  ASSIGN_OR_RETURN(const roster::Reach reach,
                   Reach(session, call, resource::SlugOf(request.parent()), request.as_of(), &day));
  return ListInspectorAlerts(session, reach, day);
}

// The rules refuse in their own terms; a caller sees the error of the catalogue, in words.
template <class T>
absl::StatusOr<T> AsError(work::Unit& unit, absl::StatusOr<T> result) {
  if (!result.ok()) return InWords(unit.db(), ErrorFromRefusal(result.status()));
  return result;
}

template <class Request>
void Act(rpc::Methods& methods, const Platform& platform, const std::string& method,
         absl::StatusOr<Inspector> (*act)(work::Unit&, const rpc::Call&, const Request&)) {
  resource::RegisterWrite<Request, Inspector>(
      methods, platform, "inspectorate.registry.v1.Inspectors." + method,
      [act](work::Unit& unit, rpc::Call& call, const Request& request) {
        return AsError(unit, act(unit, call, request));
      });
}

// What is open is asked for before the transaction begins: nothing waits for another service with locks held.
template <class Request>
void Leaving(rpc::Methods& methods, const Platform& platform, const Peers& peers, const std::string& method) {
  methods.Unary<Request, Inspector>(
      "inspectorate.registry.v1.Inspectors." + method,
      [&platform, peers](rpc::Call& call, const Request& request) -> absl::StatusOr<Inspector> {
        const LeaveOrder order = LeaveOrderOf(request);
        ASSIGN_OR_RETURN(const Found found, FindOpenDuties(platform, peers, call, order));
        Inspector response;
        RETURN_IF_ERROR(platform.writer.Run(call, request, &response, [&](work::Unit& unit) -> absl::Status {
          ASSIGN_OR_RETURN(response, AsError(unit, LeaveDuty(unit, call, order, found)));
          return absl::OkStatus();
        }));
        resource::Redact(call, &response);
        return response;
      },
      rpc::Company::kAlone);
}

void RegisterLife(rpc::Methods& methods, const Platform& platform, const Peers& peers) {
  Act<ReviewCandidateRequest>(methods, platform, "ReviewCandidate", ReviewCandidate);
  Act<PublicizeCandidateRequest>(methods, platform, "PublicizeCandidate", PublicizeCandidate);
  Act<RejectCandidateRequest>(methods, platform, "RejectCandidate", RejectCandidate);
  Act<AppointInspectorRequest>(methods, platform, "AppointInspector", AppointInspector);
  Act<InductInspectorRequest>(methods, platform, "InductInspector", InductInspector);
  Act<TakeUpDutyRequest>(methods, platform, "TakeUpDuty", TakeUpDuty);
  Act<RenewAppointmentRequest>(methods, platform, "RenewAppointment", RenewAppointment);
  Act<ReinstateInspectorRequest>(methods, platform, "ReinstateInspector", ReinstateInspector);
  Act<NominateAgainRequest>(methods, platform, "NominateAgain", NominateAgain);
  Leaving<SuspendInspectorRequest>(methods, platform, peers, "SuspendInspector");
  Leaving<EndDutyRequest>(methods, platform, peers, "EndDuty");
  Leaving<DismissInspectorRequest>(methods, platform, peers, "DismissInspector");
  methods.Unary<ListOpenDutiesRequest, ListOpenDutiesResponse>(
      "inspectorate.registry.v1.Inspectors.ListOpenDuties",
      [&platform, peers](rpc::Call& call, const ListOpenDutiesRequest& request) {
        return ListOpenDuties(platform, peers, call, request);
      });
  resource::RegisterRead<ListInspectorAlertsRequest, ListInspectorAlertsResponse>(
      methods, platform, "inspectorate.registry.v1.Inspectors.ListInspectorAlerts",
      HandleListInspectorAlerts);
}

absl::StatusOr<Division> HandleGetDivision(db::Session& session, rpc::Call& call,
                                           const GetDivisionRequest& request) {
  std::optional<Date> day;
  if (resource::IsSet(request.as_of())) day = resource::FromProto(request.as_of());
  const TownCode town = ParseTownCode(resource::LastSegment(request.name()));
  if (town.fault == TownCodeFault::kNone) {
    ASSIGN_OR_RETURN(const auto found, FindTown(session, call.principal().office, town.code, day));
    if (found) return *found;
    return NotFound(request.name());
  }
  const Division* division = day ? FindDivisionOn(request.name(), *day) : FindDivision(request.name());
  if (division == nullptr) return NotFound(request.name());
  return *division;
}

absl::StatusOr<ListDivisionsResponse> HandleListDivisions(const Platform& platform, db::Session& session,
                                                          const rpc::Call& call,
                                                          const ListDivisionsRequest& request) {
  ASSIGN_OR_RETURN(int size, query::PageSize(request.page_size()));
  std::optional<Date> day;
  if (resource::IsSet(request.as_of())) day = resource::FromProto(request.as_of());
  const std::string fingerprint = "divisions\n" + request.parent() + "\n" + (day ? FormatDate(*day) : "");
  std::string after;
  if (!request.page_token().empty()) {
    ASSIGN_OR_RETURN(auto last, platform.page_tokens.Read(request.page_token(), fingerprint));
    if (last.size() != 1) return Error(ErrorReason::PAGE_TOKEN_INVALID);
    after = last[0].AsString();
  }
  ListDivisionsResponse response;
  ASSIGN_OR_RETURN(const auto below, ListBelow(session, call.principal().office, request.parent(), day));
  for (const Division& division : below) {
    if (division.name() <= after) continue;
    if (response.divisions_size() == size) {
      response.set_next_page_token(
          platform.page_tokens.Make(fingerprint, {response.divisions(size - 1).name()}));
      break;
    }
    *response.add_divisions() = division;
  }
  return response;
}

}  // namespace

void RegisterResources(rpc::Methods& methods, const Platform& platform, const Peers& peers) {
  resource::RegisterStandard(methods, platform, "inspectorate.registry.v1.Offices", Office::descriptor(),
                             OfficeHooks());
  resource::RegisterStandard(methods, platform, "inspectorate.registry.v1.Schools", School::descriptor(),
                             SchoolHooks());
  Standard<SchoolChange>(methods, platform, "SchoolChanges");
  Standard<Supervisor>(methods, platform, "Supervisors");
  Standard<SupervisorPosting>(methods, platform, "SupervisorPostings");
  Standard<Area>(methods, platform, "Areas");
  resource::RegisterStandard(methods, platform, "inspectorate.registry.v1.SchoolAssignments",
                             SchoolAssignment::descriptor(), SchoolAssignmentHooks());
  Standard<AreaMembership>(methods, platform, "AreaMemberships");
  Standard<InspectorAssignment>(methods, platform, "InspectorAssignments");
  Standard<Delegation>(methods, platform, "Delegations");
  Standard<Inspector>(methods, platform, "Inspectors");
  Standard<Appointment>(methods, platform, "Appointments");
  Standard<Certificate>(methods, platform, "Certificates");
  Standard<Recusal>(methods, platform, "Recusals");
  Standard<Leave>(methods, platform, "Leaves");
  Standard<Employment>(methods, platform, "Employments");
  Standard<Qualification>(methods, platform, "Qualifications");
  Standard<Suspension>(methods, platform, "Suspensions");
  Standard<InspectorAct>(methods, platform, "InspectorActs");
  RegisterLife(methods, platform, peers);
  Standard<StaffMember>(methods, platform, "Staff");
  resource::RegisterStandard(methods, platform, "inspectorate.registry.v1.PolicyRules",
                             PolicyRule::descriptor(), PolicyRuleHooks());
  Standard<Term>(methods, platform, "Terms");
  Standard<Matter>(methods, platform, "Matters");
  Standard<Town>(methods, platform, "Towns");

  const std::string package = "inspectorate.registry.v1.";
  methods.Unary<SetSandboxClockRequest, Office>(
      package + "Offices.SetSandboxClock",
      [&platform](rpc::Call& call, const SetSandboxClockRequest& request) {
        return HandleSetSandboxClock(platform, call, request);
      });
  resource::RegisterWrite<ChangeSchoolRequest, SchoolChange>(
      methods, platform, package + "SchoolChanges.ChangeSchool", ChangeSchool);
  resource::RegisterWrite<ProposeSchoolFactsRequest, SchoolChange>(
      methods, platform, package + "SchoolChanges.ProposeSchoolFacts", ProposeSchoolFacts);
  resource::RegisterWrite<ProposeCodeCorrectionRequest, SchoolChange>(
      methods, platform, package + "SchoolChanges.ProposeCodeCorrection",
      [](work::Unit& unit, rpc::Call& call, const ProposeCodeCorrectionRequest& request) {
        return AsError(unit, ProposeCodeCorrection(unit, call, request));
      });
  resource::RegisterWrite<ApproveSchoolChangeRequest, SchoolChange>(
      methods, platform, package + "SchoolChanges.ApproveSchoolChange", ApproveSchoolChange);
  resource::RegisterWrite<RejectSchoolChangeRequest, SchoolChange>(
      methods, platform, package + "SchoolChanges.RejectSchoolChange", RejectSchoolChange);
  resource::RegisterWrite<WithdrawInspectorAssignmentRequest, InspectorAssignment>(
      methods, platform, package + "InspectorAssignments.WithdrawInspectorAssignment",
      [](work::Unit& unit, rpc::Call& call, const WithdrawInspectorAssignmentRequest& request) {
        return AsError(unit, WithdrawInspectorAssignment(unit, call, request));
      });
  resource::RegisterWrite<WithdrawDelegationRequest, Delegation>(
      methods, platform, package + "Delegations.WithdrawDelegation",
      [](work::Unit& unit, rpc::Call& call, const WithdrawDelegationRequest& request) {
        return AsError(unit, WithdrawDelegation(unit, call, request));
      });
  resource::RegisterWrite<ApprovePolicyRuleRequest, PolicyRule>(
      methods, platform, package + "PolicyRules.ApprovePolicyRule", ApprovePolicyRule);
  resource::RegisterWrite<MoveSchoolRequest, SchoolAssignment>(
      methods, platform, package + "SchoolAssignments.MoveSchool",
      [](work::Unit& unit, rpc::Call& call,
         const MoveSchoolRequest& request) -> absl::StatusOr<SchoolAssignment> {
        RETURN_IF_ERROR(ReachToWrite(unit, call, resource::SlugOf(request.parent())).status());
        return MoveSchool(unit, request);
      });
  resource::RegisterRead<LookupSchoolRequest, School>(methods, platform, package + "Schools.LookupSchool",
                                                      HandleLookupSchool, rpc::Company::kTogether);
  resource::RegisterRead<GetRosterRequest, Roster>(methods, platform, package + "Areas.GetRoster",
                                                   HandleGetRoster);
  resource::RegisterRead<GetAreaHistoryRequest, AreaHistory>(
      methods, platform, package + "Areas.GetAreaHistory", HandleGetAreaHistory);
  resource::RegisterRead<CheckCoverageRequest, Coverage>(methods, platform, package + "Areas.CheckCoverage",
                                                         HandleCheckCoverage);
  resource::RegisterRead<CheckEligibilityRequest, Eligibility>(
      methods, platform, package + "Inspectors.CheckEligibility", HandleCheckEligibility,
      rpc::Company::kTogether);
  resource::RegisterRead<GetDivisionRequest, Division>(methods, platform, package + "Divisions.GetDivision",
                                                       HandleGetDivision);
  resource::RegisterRead<ListDivisionsRequest, ListDivisionsResponse>(
      methods, platform, package + "Divisions.ListDivisions",
      [&platform](db::Session& session, rpc::Call& call, const ListDivisionsRequest& request) {
        return HandleListDivisions(platform, session, call, request);
      });
}

void RegisterAreaDesigns(rpc::Methods& methods, const Platform& platform, lro::Operations& operations) {
  const std::string service = "inspectorate.registry.v1.AreaDesigns";
  resource::RegisterStandard(methods, platform, service, AreaDesign::descriptor());
  operations.AddRunner(kDesignAreas, CreateAreaDesignRequest::default_instance(),
                       [&writer = platform.writer](lro::Context& context, const lro::Message& request)
                           -> absl::StatusOr<std::unique_ptr<lro::Message>> {
                         return DesignAreas(writer, context,
                                            static_cast<const CreateAreaDesignRequest&>(request));
                       });
  resource::RegisterWrite<CreateAreaDesignRequest, lro::Operation>(
      methods, platform, service + ".CreateAreaDesign",
      [&operations](work::Unit& unit, rpc::Call& call,
                    const CreateAreaDesignRequest& request) -> absl::StatusOr<lro::Operation> {
        RETURN_IF_ERROR(ReachToWrite(unit, call, resource::SlugOf(request.parent())).status());
        return CreateAreaDesign(unit, operations, request);
      });
  resource::RegisterWrite<AdoptAreaDesignRequest, AreaDesign>(
      methods, platform, service + ".AdoptAreaDesign",
      [](work::Unit& unit, rpc::Call& call,
         const AdoptAreaDesignRequest& request) -> absl::StatusOr<AreaDesign> {
        RETURN_IF_ERROR(ReachToWrite(unit, call, resource::SlugOf(request.name())).status());
        return AdoptAreaDesign(unit, request);
      });
}

}  // namespace inspectorate::registry
