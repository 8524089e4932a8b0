#include "services/registry/app/offices.h"

#include <cstdio>
#include <cstdlib>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/str_split.h"
#include "common/base/macros.h"
#include "common/obs/log.h"
#include "common/resource/table.h"
#include "common/status/error.h"
#include "inspectorate/registry/v1/policy.pb.h"
#include "services/registry/app/catalogue_seed.h"
#include "services/registry/app/catalogues.h"
#include "services/registry/app/papers.h"
#include "services/registry/app/shipped.h"

namespace inspectorate::registry {
namespace {

using resource::Description;
using resource::ToProto;
using v1::Matter;
using v1::Office;
using v1::PolicyRule;

[[noreturn]] void BrokenData(const csv::Record& row, const std::string& what) {
  std::fprintf(stderr, "shipped data, line %d: %s\n", row.line, what.c_str());
  std::abort();
}

class Reader {
 public:
  Reader(const csv::Table& table, const csv::Record& row) : table_(table), row_(row) {}

  std::string Text(const char* column) const {
    return row_.cells.at(static_cast<size_t>(table_.Column(column)));
  }
  template <class M>
  void Period(M* dated) const {
    auto from = ParseDate(Text("valid_from"));
    if (!from.ok()) BrokenData(row_, "valid_from");
    *dated->mutable_valid_from() = ToProto(*from);
    if (Text("valid_to").empty()) return;
    auto to = ParseDate(Text("valid_to"));
    if (!to.ok()) BrokenData(row_, "valid_to");
    *dated->mutable_valid_to() = ToProto(*to);
  }
  // The shipped files spell enum values in lower case.
  template <class E>
  E Value(const google::protobuf::EnumDescriptor* type, const char* column) const {
    const auto* value = type->FindValueByName(absl::AsciiStrToUpper(Text(column)));
    if (value == nullptr) BrokenData(row_, column);
    return static_cast<E>(value->number());
  }
  // The same, 0 where the row has none.
  template <class E>
  E Given(const google::protobuf::EnumDescriptor* type, const char* column) const {
    return Text(column).empty() ? static_cast<E>(0) : Value<E>(type, column);
  }

 private:
  const csv::Table& table_;
  const csv::Record& row_;
};

// Rules for the office: national ones, and those of its province or city. The narrower jurisdiction wins.
std::vector<PolicyRule> RulesFor(const Office& office) {
  const csv::Table table = Shipped("policy_rules.csv");
  std::map<std::string, std::pair<size_t, PolicyRule>> narrowest;
  for (const csv::Record& row : table.records) {
    const Reader reader(table, row);
    const std::string jurisdiction = reader.Text("jurisdiction");
    if (!office.jurisdiction().starts_with(jurisdiction)) continue;
    PolicyRule rule;
    rule.set_key(reader.Text("key"));
    rule.set_value(reader.Text("value"));
    rule.set_unit(reader.Value<v1::RuleUnit>(v1::RuleUnit_descriptor(), "unit"));
    rule.set_source(reader.Text("source"));
    rule.set_note(reader.Text("note_zh"));
    rule.set_jurisdiction(jurisdiction);
    rule.set_event(reader.Text("event"));
    rule.set_start(reader.Given<v1::TermStart>(v1::TermStart_descriptor(), "start"));
    rule.set_roll(reader.Given<v1::TermRoll>(v1::TermRoll_descriptor(), "roll"));
    reader.Period(&rule);
    auto [it, added] =
        narrowest.try_emplace(rule.key() + "@" + reader.Text("valid_from"), jurisdiction.size(), rule);
    if (!added && it->second.first < jurisdiction.size()) it->second = {jurisdiction.size(), rule};
  }
  std::vector<PolicyRule> rules;
  for (auto& [key, entry] : narrowest) rules.push_back(std::move(entry.second));
  return rules;
}

std::vector<Matter> MattersFor(const Office& office) {
  const csv::Table table = Shipped("matters.csv");
  std::vector<Matter> matters;
  for (const csv::Record& row : table.records) {
    const Reader reader(table, row);
    Matter matter;
    matter.set_name(office.name() + "/matters/" + reader.Text("code"));
    matter.set_catalog(reader.Value<v1::MatterCatalog>(v1::MatterCatalog_descriptor(), "catalog"));
    matter.set_display_name(reader.Text("title_zh"));
    matter.set_basis(reader.Text("basis"));
    const std::vector<std::string> items = absl::StrSplit(reader.Text("check_items"), '|', absl::SkipEmpty());
    for (const std::string& item : items) matter.add_check_items(item);
    matter.set_placeholder(reader.Text("placeholder") == "yes");
    reader.Period(&matter);
    matters.push_back(std::move(matter));
  }
  return matters;
}

absl::Status InsertRules(work::Unit& unit, const std::string& office, std::vector<PolicyRule> rules) {
  for (PolicyRule& rule : rules) {
    rule.set_name(resource::NewName(Description::Of<PolicyRule>(), office, unit.recorded()));
    RETURN_IF_ERROR(resource::Insert(unit, Description::Of<PolicyRule>(), &rule));
  }
  return absl::OkStatus();
}

absl::StatusOr<std::vector<PolicyRule>> MissingRules(db::Session& session, const Office& office) {
  ASSIGN_OR_RETURN(const db::Rows rows,
                   session.Query("SELECT DISTINCT `key` FROM policy_rule WHERE office = ?",
                                 {resource::SlugOf(office.name())}));
  std::set<std::string> present;
  for (size_t i = 0; i < rows.size(); ++i) present.insert(rows.at(i, 0).AsString());
  std::vector<PolicyRule> rules = RulesFor(office);
  std::erase_if(rules, [&](const PolicyRule& rule) { return present.contains(rule.key()); });
  return rules;
}

// The lock keeps a second replica from doing the same.
absl::Status CompleteOffice(work::Writer& writer, const db::Budget& budget, const std::string& name) {
  const work::Actor actor{.subject = "services/registry", .display_name = "平台版本更新"};
  return writer.RunInternal(budget, actor, [&](work::Unit& unit) -> absl::Status {
    ASSIGN_OR_RETURN(const Office office, resource::Get<Office>(unit.db(), name, resource::Lock::kForUpdate));
    ASSIGN_OR_RETURN(std::vector<PolicyRule> missing, MissingRules(unit.db(), office));
    return InsertRules(unit, name, std::move(missing));
  });
}

}  // namespace

absl::Status SeedOffice(work::Unit& unit, const Office& office) {
  RETURN_IF_ERROR(InsertRules(unit, office.name(), RulesFor(office)));
  for (Matter& matter : MattersFor(office)) {
    RETURN_IF_ERROR(resource::Insert(unit, Description::Of<Matter>(), &matter));
  }
  RETURN_IF_ERROR(SeedCatalogues(unit, office.name()));
  return GivePapers(unit, resource::SlugOf(office.name()));
}

absl::Status CompleteRules(work::Writer& writer, const db::Budget& budget) {
  std::vector<Office> offices;
  RETURN_IF_ERROR(writer.database().Read(budget, [&](db::Session& session) -> absl::Status {
    ASSIGN_OR_RETURN(offices, resource::Select<Office>(session, "TRUE", {}));
    return absl::OkStatus();
  }));
  for (const Office& office : offices) {
    std::vector<PolicyRule> missing;
    RETURN_IF_ERROR(writer.database().Read(budget, [&](db::Session& session) -> absl::Status {
      ASSIGN_OR_RETURN(missing, MissingRules(session, office));
      return absl::OkStatus();
    }));
    if (missing.empty()) continue;
    RETURN_IF_ERROR(CompleteOffice(writer, budget, office.name()));
    obs::Log(obs::Severity::kInfo, "rules_completed", {{"office", office.name()}, {"count", missing.size()}});
  }
  return absl::OkStatus();
}

absl::StatusOr<Office> SetSandboxClock(work::Unit& unit, const v1::SetSandboxClockRequest& request) {
  ASSIGN_OR_RETURN(Office office,
                   resource::Get<Office>(unit.db(), request.name(), resource::Lock::kForUpdate));
  if (!office.sandbox()) return Error(ErrorReason::OFFICE_NOT_SANDBOX, {{"office", office.name()}});
  const Time wanted = resource::FromProto(request.sandbox_time());
  if (office.has_sandbox_time() && wanted < resource::FromProto(office.sandbox_time())) {
    return Error(ErrorReason::CLOCK_BACKWARDS);
  }
  *office.mutable_sandbox_time() = ToProto(wanted);
  RETURN_IF_ERROR(resource::Update(unit, Description::Of<Office>(), &office, "office.clock_set",
                                   work::Change::UPDATED, wanted));
  RETURN_IF_ERROR(ShowDueMattersOf(unit, resource::SlugOf(office.name())));
  return office;
}

}  // namespace inspectorate::registry
