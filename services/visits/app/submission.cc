#include "services/visits/app/submission.h"

#include <set>
#include <utility>
#include <vector>

#include "common/base/macros.h"
#include "common/resource/table.h"
#include "common/roster/policy.h"
#include "common/status/error.h"
#include "services/visits/app/in_use.h"
#include "services/visits/app/obligations.h"
#include "services/visits/domain/lookback.h"
#include "services/visits/store/open_items.h"
#include "services/visits/store/visit_rows.h"

namespace inspectorate::visits {
namespace {

using resource::Description;
using resource::FromProto;
using resource::SlugOf;
using resource::ToProto;
using resource::UuidOf;

template <class Answers>
std::vector<LookBackAnswer> AnswersOf(const Answers& given) {
  std::vector<LookBackAnswer> answers;
  for (const v1::LookBackAnswer& answer : given) {
    answers.push_back({UuidOf(answer.issue()), answer.round(), answer.passed(), answer.note()});
  }
  return answers;
}

FindingFact FactOf(const v1::Finding& finding) {
  return {.ordinal = finding.ordinal(),
          .kind = finding.kind(),
          .problem = finding.kind() == v1::PROBLEM,
          .matter = finding.matter(),
          .aspect = finding.aspect(),
          .severity = finding.severity(),
          .fact = finding.fact(),
          .basis = finding.basis(),
          .advice = finding.advice(),
          .urgent = finding.urgent()};
}

absl::Status CheckComplete(work::Unit& unit, const Act& act, const v1::Visit& visit, size_t findings) {
  ASSIGN_OR_RETURN(roster::Policy policy,
                   roster::LoadPolicy(unit.db(), act.office, FromProto(visit.held_day())));
  RecordFacts facts{.findings = static_cast<int>(findings)};
  ASSIGN_OR_RETURN(int64_t methods, policy.Int("visit.min_methods"));
  ASSIGN_OR_RETURN(int64_t matters, policy.Int("visit.min_judged_matters"));
  facts.min_methods = static_cast<int>(methods);
  facts.min_judged_matters = static_cast<int>(matters);
  facts.answers = visit.look_backs_size();
  std::set<int> used;
  for (const v1::MethodCount& method : visit.methods()) used.insert(method.method());
  facts.methods = static_cast<int>(used.size());
  for (const v1::MatterJudgement& judgement : visit.judgements()) {
    if (judgement.judgement() != v1::NOT_JUDGED) ++facts.judged_matters;
  }
  return CheckRecord(facts);
}

// The first submission answers for every issue that is due at this visit.
absl::Status AnswerLookBacks(work::Unit& unit, const Act& act, const v1::Visit& visit) {
  ASSIGN_OR_RETURN(auto awaiting, AwaitingAt(unit.db(), act.office, UuidOf(visit.school())));
  const auto due = DueAtVisit(std::move(awaiting), UuidOf(visit.name()), FromProto(visit.check_in().time()));
  ASSIGN_OR_RETURN(auto outcomes, EvaluateAnswers(due, AnswersOf(visit.look_backs())));
  for (const LookBackOutcome& outcome : outcomes) {
    RETURN_IF_ERROR(FulfilObligation(
        unit, visit, "offices/" + act.office + "/obligations/" + FormatUuid(outcome.obligation), act.occur));
  }
  return absl::OkStatus();
}

// `Record`: the visit, or what is to be written into it.
template <class Record>
absl::Status CheckRecordInUse(const InUse& in_use, const Record& record) {
  for (const v1::MethodCount& method : record.methods()) RETURN_IF_ERROR(in_use.Method(method.method()));
  for (const v1::MatterJudgement& judgement : record.judgements())
    RETURN_IF_ERROR(in_use.Matter(judgement.matter()));
  return absl::OkStatus();
}

// The catalogues of the day may have been corrected, or reached this service, since it was recorded. What an
// earlier submission handed in stands.
absl::Status CheckStillInUse(work::Unit& unit, const v1::Visit& visit,
                             const std::vector<v1::Finding>& findings) {
  ASSIGN_OR_RETURN(const InUse in_use, InUse::At(unit.db(), visit));
  if (visit.submissions() == 0) RETURN_IF_ERROR(CheckRecordInUse(in_use, visit));
  for (const v1::Finding& finding : findings) {
    if (finding.sealed_in() == 0) RETURN_IF_ERROR(in_use.Finding(finding));
  }
  return absl::OkStatus();
}

// What was sealed before must still be there, byte for byte: the seal is recomputed from the rows.
absl::Status CheckSealHolds(const v1::Visit& visit, const std::vector<v1::Finding>& findings) {
  if (!visit.has_seal()) return absl::OkStatus();
  std::vector<FindingFact> sealed;
  for (const v1::Finding& finding : findings) {
    if (finding.sealed_in() > 0) sealed.push_back(FactOf(finding));
  }
  ASSIGN_OR_RETURN(Seal seal, SealFindings(sealed));
  if (seal.findings_hash == visit.seal().findings_hash()) return absl::OkStatus();
  return Error(ErrorReason::FINDING_SEALED, {{"finding", visit.name()}});
}

absl::Status SealAll(work::Unit& unit, const Act& act, std::vector<v1::Finding>& findings, v1::Visit* visit) {
  std::vector<FindingFact> facts;
  for (v1::Finding& finding : findings) {
    facts.push_back(FactOf(finding));
    if (finding.sealed_in() > 0) continue;
    finding.set_sealed_in(visit->submissions());
    *finding.mutable_seal_time() = ToProto(act.occur);
    RETURN_IF_ERROR(resource::Update(unit, Description::Of<v1::Finding>(), &finding, "finding.sealed",
                                     work::Change::STATE_CHANGED, act.occur));
  }
  ASSIGN_OR_RETURN(Seal seal, SealFindings(facts));
  v1::Seal* out = visit->mutable_seal();
  out->set_finding_count(seal.finding_count);
  out->set_problem_count(seal.problem_count);
  out->set_findings_hash(seal.findings_hash);
  *out->mutable_time() = ToProto(act.occur);
  return absl::OkStatus();
}

}  // namespace

absl::Status WriteRecord(work::Unit& unit, const v1::RecordVisitRequest& request, v1::Visit* visit) {
  ASSIGN_OR_RETURN(const InUse in_use, InUse::At(unit.db(), *visit));
  RETURN_IF_ERROR(CheckRecordInUse(in_use, request));
  if (visit->submissions() > 0) {
    RETURN_IF_ERROR(CheckAnswersKept(AnswersOf(visit->look_backs()), AnswersOf(request.look_backs())));
  }
  *visit->mutable_methods() = request.methods();
  *visit->mutable_judgements() = request.judgements();
  *visit->mutable_look_backs() = request.look_backs();
  visit->set_highlights(request.highlights());
  visit->set_advice(request.advice());
  visit->set_minutes(request.minutes());
  return absl::OkStatus();
}

absl::Status Submit(work::Unit& unit, const Act& act, v1::Visit* visit) {
  ASSIGN_OR_RETURN(auto findings, LockFindings(unit.db(), act.office, UuidOf(visit->name())));
  RETURN_IF_ERROR(CheckComplete(unit, act, *visit, findings.size()));
  RETURN_IF_ERROR(CheckSealHolds(*visit, findings));
  RETURN_IF_ERROR(CheckStillInUse(unit, *visit, findings));
  visit->set_submissions(visit->submissions() + 1);
  if (visit->submissions() == 1) {
    RETURN_IF_ERROR(AnswerLookBacks(unit, act, *visit));
    RETURN_IF_ERROR(FulfilObligations(unit, *visit, act.occur));
    *visit->mutable_submit_time() = ToProto(act.occur);
  }
  visit->set_submitted_by(unit.actor().subject);
  return SealAll(unit, act, findings, visit);
}

}  // namespace inspectorate::visits
