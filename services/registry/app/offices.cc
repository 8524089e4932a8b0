#include "services/registry/app/offices.h"

#include <cstdio>
#include <cstdlib>
#include <map>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/str_split.h"
#include "common/base/macros.h"
#include "common/resource/table.h"
#include "common/status/error.h"
#include "inspectorate/registry/v1/policy.pb.h"
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

}  // namespace

absl::Status SeedOffice(work::Unit& unit, const Office& office) {
  for (PolicyRule& rule : RulesFor(office)) {
    rule.set_name(resource::NewName(Description::Of<PolicyRule>(), office.name(), unit.recorded()));
    RETURN_IF_ERROR(resource::Insert(unit, Description::Of<PolicyRule>(), &rule));
  }
  for (Matter& matter : MattersFor(office)) {
    RETURN_IF_ERROR(resource::Insert(unit, Description::Of<Matter>(), &matter));
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
  return office;
}

}  // namespace inspectorate::registry
