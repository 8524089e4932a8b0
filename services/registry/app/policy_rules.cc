#include "services/registry/app/policy_rules.h"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <map>
#include <utility>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_split.h"
#include "common/base/macros.h"
#include "common/resource/table.h"
#include "common/status/error.h"
#include "google/protobuf/util/message_differencer.h"
#include "inspectorate/type/v1/options.pb.h"
#include "services/registry/app/reach.h"
#include "services/registry/app/settled.h"
#include "services/registry/app/shipped.h"
#include "services/registry/domain/school_life.h"

namespace inspectorate::registry {
namespace {

using google::protobuf::util::MessageDifferencer;
using resource::Description;
using resource::FromProto;
using resource::IsSet;
using v1::PolicyRule;

[[noreturn]] void BrokenKeys(const std::string& key, const std::string& column) {
  std::fprintf(stderr, "policy_keys.csv: %s of %s\n", column.c_str(), key.c_str());
  std::abort();
}

RuleForm FormOf(const std::string& key, const std::string& text) {
  static const auto& forms = *new std::map<std::string, RuleForm>{
      {"number", RuleForm::kNumber},     {"half", RuleForm::kHalf},   {"words", RuleForm::kWords},
      {"kinds", RuleForm::kKinds},       {"https", RuleForm::kHttps}, {"text", RuleForm::kText},
      {"month_day", RuleForm::kMonthDay}};
  const auto form = forms.find(text);
  if (form == forms.end()) BrokenKeys(key, "form");
  return form->second;
}

RuleReader ReaderOf(const std::string& key, const std::string& text) {
  if (text == "in_use") return RuleReader::kActs;
  if (text == "deadline") return RuleReader::kDeadlineOnly;
  if (text != "not_in_use") BrokenKeys(key, "use");
  return RuleReader::kNone;
}

int64_t NumberOf(const std::string& key, const std::string& text) {
  int64_t number = 0;
  if (!text.empty() && !absl::SimpleAtoi(text, &number)) BrokenKeys(key, "bound");
  return number;
}

PolicyKeys ReadKeys() {
  const csv::Table table = Shipped("policy_keys.csv");
  PolicyKeys keys;
  for (const csv::Record& row : table.records) {
    const auto text = [&](const char* column) {
      return row.cells.at(static_cast<size_t>(table.Column(column)));
    };
    const std::string name = text("key");
    PolicyKey key{.units = {},
                  .form = FormOf(name, text("form")),
                  .least = NumberOf(name, text("least")),
                  .most = NumberOf(name, text("most")),
                  .words = absl::StrSplit(text("words"), '|', absl::SkipEmpty()),
                  .persons = static_cast<int>(NumberOf(name, text("persons"))),
                  .reader = ReaderOf(name, text("use"))};
    for (const auto unit : absl::StrSplit(text("units"), '|')) {
      const auto* value = v1::RuleUnit_descriptor()->FindValueByName(absl::AsciiStrToUpper(unit));
      if (value == nullptr) BrokenKeys(name, "units");
      key.units.push_back(value->number());
    }
    if (!keys.emplace(name, std::move(key)).second) BrokenKeys(name, "key, twice,");
  }
  return keys;
}

const std::map<int, std::pair<std::string, std::string>>& UnitNames() {
  static const auto& names = *[] {
    auto* units = new std::map<int, std::pair<std::string, std::string>>;
    const auto* type = v1::RuleUnit_descriptor();
    for (int i = 0; i < type->value_count(); ++i) {
      const auto& options = type->value(i)->options();
      (*units)[type->value(i)->number()] = {options.GetExtension(type::v1::zh),
                                            options.GetExtension(type::v1::en)};
    }
    return units;
  }();
  return names;
}

bool ByTwoPersons(const std::string& key) {
  const auto known = KnownPolicyKeys().find(key);
  return known != KnownPolicyKeys().end() && known->second.persons > 1;
}

absl::Status Wrong(const char* field, const std::string& zh, const std::string& en) {
  return InvalidFields({{.field = std::string("policy_rule.") + field, .zh = zh, .en = en}});
}

absl::Status BeginsTooEarly(Date today) {
  return Wrong("valid_from", "新的取值自" + FormatDate(today) + "或以后施行",
               "a new value begins on " + FormatDate(today) + " or later");
}

bool EqualButNote(PolicyRule a, PolicyRule b) {
  for (PolicyRule* rule : {&a, &b}) {
    rule->clear_note();
    rule->clear_etag();
  }
  return MessageDifferencer::Equals(a, b);
}

// What decided days that have passed goes on to do so: all but end and note stays.
absl::Status CheckStays(const PolicyRule& before, const PolicyRule& after, Date today) {
  PolicyRule was = before, is = after;
  was.clear_valid_to();
  is.clear_valid_to();
  if (!EqualButNote(std::move(was), std::move(is))) {
    return Wrong(
        "value", "已施行的规则只能终止;改变取值请另立一条,自今日或以后施行",
        "a rule in force can only be ended; for another value record another rule that begins today or "
        "later");
  }
  const auto end = [](const PolicyRule& rule) { return resource::PeriodOf(rule).to; };
  if (end(before) == end(after)) return absl::OkStatus();
  const bool touches_past = (end(before) && *end(before) < today) || (end(after) && *end(after) < today);
  if (!touches_past) return absl::OkStatus();
  return Wrong("valid_to", "已过去的日子仍按原规则,末日不早于" + FormatDate(today),
               "days that have passed keep their rules: the last day is not before " + FormatDate(today));
}

// Two persons decided it; what one of them wants otherwise is proposed anew.
absl::Status CheckApprovedStays(const PolicyRule& before, const PolicyRule& after) {
  if (EqualButNote(before, after)) return absl::OkStatus();
  return Error(
      ErrorReason::SECOND_PERSON_REQUIRED,
      {{"rule", "RULE_BY_TWO_PERSONS"},
       {"why", before.key() + "由两人决定,请另立一条并由另一人批准 (record another rule, which another "
                              "person approves)"}});
}

absl::Status CheckChange(work::Unit& unit, const PolicyRule& before, PolicyRule* rule, Date today) {
  if (before.key() != rule->key()) {
    return Wrong("key", "规则的键不能更改,请另立一条", "the key does not change: record another rule");
  }
  const bool by_two = ByTwoPersons(rule->key());
  if (by_two && !before.awaits_approval()) return CheckApprovedStays(before, *rule);
  if (!by_two && FromProto(before.valid_from()) < today) return CheckStays(before, *rule, today);
  if (FromProto(rule->valid_from()) < today) return BeginsTooEarly(today);
  if (by_two) rule->set_proposed_by(unit.actor().subject);
  return absl::OkStatus();
}

}  // namespace

const PolicyKeys& KnownPolicyKeys() {
  static const auto& keys = *new PolicyKeys(ReadKeys());
  return keys;
}

v1::RuleUse UseOf(const std::string& key) {
  const auto known = KnownPolicyKeys().find(key);
  return known == KnownPolicyKeys().end() ? v1::RULE_NOT_IN_USE
                                          : static_cast<v1::RuleUse>(known->second.reader);
}

absl::Status CheckRuleValue(const PolicyRule& rule) {
  std::vector<FieldViolation> violations;
  for (RuleFault& fault : FaultsOf(KnownPolicyKeys(), rule.key(), rule.unit(), rule.value(), UnitNames())) {
    violations.push_back(
        {.field = "policy_rule." + fault.field, .zh = std::move(fault.zh), .en = std::move(fault.en)});
  }
  return violations.empty() ? absl::OkStatus() : InvalidFields(violations);
}

absl::Status CheckPolicyRule(work::Unit& unit, const PolicyRule* before, PolicyRule* rule) {
  // What was recorded before there was a list of keys may still be ended.
  const bool same = before != nullptr && before->key() == rule->key() && before->unit() == rule->unit() &&
                    before->value() == rule->value();
  if (!same) RETURN_IF_ERROR(CheckRuleValue(*rule));
  const std::string office = resource::SlugOf(rule->name());
  ASSIGN_OR_RETURN(const Date today, unit.Today(office));
  if (before != nullptr) return CheckChange(unit, *before, rule, today);
  if (ByTwoPersons(rule->key())) {
    rule->set_awaits_approval(true);
    rule->set_proposed_by(unit.actor().subject);
    if (FromProto(rule->valid_from()) < today) return BeginsTooEarly(today);
  }
  if (FromProto(rule->valid_from()) >= today) return absl::OkStatus();
  ASSIGN_OR_RETURN(const bool being_set_up, IsBeingSetUp(unit, office));
  return being_set_up ? absl::OkStatus() : BeginsTooEarly(today);
}

absl::StatusOr<PolicyRule> ApprovePolicyRule(work::Unit& unit, rpc::Call& call,
                                             const v1::ApprovePolicyRuleRequest& request) {
  ASSIGN_OR_RETURN(const roster::Reach reach, ReachToWrite(unit, call, resource::SlugOf(request.name())));
  ASSIGN_OR_RETURN(PolicyRule rule,
                   resource::Get<PolicyRule>(unit.db(), request.name(), resource::Lock::kForUpdate));
  RETURN_IF_ERROR(resource::CheckEtag(rule, request.etag()));
  if (!rule.awaits_approval()) {
    return Error(ErrorReason::STATE_TRANSITION_DENIED, {{"resource", rule.name()},
                                                        {"state", "已施行或无须批准 (needs no approval)"},
                                                        {"event", "批准 (approve)"}});
  }
  const std::string& by = call.principal().subject;
  RETURN_IF_ERROR(ErrorFromRefusal(CheckSecondPerson(rule.proposed_by(), by)));
  // Nobody knew of it on the days that have passed meanwhile.
  if (FromProto(rule.valid_from()) < reach.day) *rule.mutable_valid_from() = resource::ToProto(reach.day);
  if (IsSet(rule.valid_to()) && FromProto(rule.valid_to()) < reach.day) {
    return Error(ErrorReason::PERIOD_INVALID);
  }
  rule.set_awaits_approval(false);
  rule.set_approved_by(by);
  RETURN_IF_ERROR(resource::Update(unit, Description::Of<PolicyRule>(), &rule, "policy_rule.approved",
                                   work::Change::STATE_CHANGED));
  rule.set_use(UseOf(rule.key()));
  return rule;
}

}  // namespace inspectorate::registry
