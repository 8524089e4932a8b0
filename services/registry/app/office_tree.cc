#include "services/registry/app/office_tree.h"

#include <set>
#include <string>
#include <utility>
#include <vector>

#include "common/base/macros.h"
#include "common/resource/description.h"
#include "common/resource/table.h"
#include "common/status/error.h"
#include "google/protobuf/util/message_differencer.h"
#include "services/registry/app/divisions.h"
#include "services/registry/domain/period.h"

namespace inspectorate::registry {
namespace {

using google::protobuf::util::MessageDifferencer;
using v1::DatedCode;
using v1::Office;

bool StandsElsewhere(const Office& before, const Office& after) {
  bool same = before.parent_office() == after.parent_office() && before.level() == after.level() &&
              before.jurisdiction() == after.jurisdiction() &&
              before.division_codes_size() == after.division_codes_size();
  for (int i = 0; same && i < before.division_codes_size(); ++i) {
    same = MessageDifferencer::Equals(before.division_codes(i), after.division_codes(i));
  }
  return !same;
}

// Both ends may be open.
Period PeriodOf(const DatedCode& code) {
  return {resource::IsSet(code.valid_from()) ? resource::FromProto(code.valid_from()) : Date::min(),
          resource::IsSet(code.valid_to()) ? std::optional<Date>(resource::FromProto(code.valid_to()))
                                           : std::nullopt};
}

std::vector<FieldViolation> MistakesInCodes(const Office& office) {
  std::vector<FieldViolation> mistakes;
  for (int i = 0; i < office.division_codes_size(); ++i) {
    const DatedCode& code = office.division_codes(i);
    const std::string field = "office.division_codes[" + std::to_string(i) + "]";
    if (FindDivision("divisions/" + code.code()) == nullptr) {
      mistakes.push_back(
          {.field = field + ".code", .zh = "不是行政区划代码", .en = "is the code of no division"});
    }
    const Period period = PeriodOf(code);
    if (period.to && *period.to < period.from) {
      mistakes.push_back(
          {.field = field + ".valid_to", .zh = "早于起始日期", .en = "lies before the first day"});
    }
    for (int k = 0; k < i; ++k) {
      if (!Overlap(PeriodOf(office.division_codes(k)), period)) continue;
      mistakes.push_back(
          {.field = field, .zh = "与另一代码的有效期重叠", .en = "holds on days of another code"});
      break;
    }
  }
  return mistakes;
}

absl::Status Broken(const std::string& zh, const std::string& en) {
  return Error(ErrorReason::OFFICE_TREE_BROKEN, {{"why", zh + " (" + en + ")"}});
}

absl::Status BelowItself(const Office& office) {
  return Broken("督导室不能位于自己之下", office.name() + " would stand below itself");
}

absl::Status CheckBelow(const Office& below, const Office& above) {
  if (below.level() < above.level()) {
    return Broken(below.display_name() + "的级别高于上级" + above.display_name(),
                  below.name() + " has a higher level than " + above.name());
  }
  for (const DatedCode& code : below.division_codes()) {
    for (const DatedCode& outer : above.division_codes()) {
      if (!Overlap(PeriodOf(code), PeriodOf(outer)) || LiesBelow(code.code(), outer.code())) continue;
      return Broken("区划" + code.code() + "不在上级的区划" + outer.code() + "之内",
                    "division " + code.code() + " does not lie in " + outer.code());
    }
  }
  return absl::OkStatus();
}

// The office above, and nobody in the chain above it is this office. The rows are locked: of two moves that
// would make a ring together, the second sees the first.
absl::StatusOr<Office> LoadParent(work::Unit& unit, const Office& office) {
  ASSIGN_OR_RETURN(Office parent,
                   resource::Get<Office>(unit.db(), office.parent_office(), resource::Lock::kForUpdate));
  std::set<std::string> passed;
  std::string above = parent.name();
  while (!above.empty() && passed.insert(above).second) {
    if (above == office.name()) return BelowItself(office);
    ASSIGN_OR_RETURN(const Office at, resource::Get<Office>(unit.db(), above, resource::Lock::kForUpdate));
    above = at.parent_office();
  }
  return parent;
}

}  // namespace

absl::Status CheckMayMove(const rpc::Call& call, const Office& before, const Office& after) {
  if (call.principal().role == rpc::Role::ROLE_PLATFORM_OPERATOR || !StandsElsewhere(before, after)) {
    return absl::OkStatus();
  }
  return Error(
      ErrorReason::ACTOR_NOT_ENTITLED,
      {{"actor", call.principal().subject},
       {"why", "上级、级别、区划和适用地区由平台运维方变更 (only the platform operator moves an office)"}});
}

absl::Status CheckPlaceInTree(work::Unit& unit, const Office* before, const Office& office) {
  if (before != nullptr && !StandsElsewhere(*before, office)) return absl::OkStatus();
  if (auto mistakes = MistakesInCodes(office); !mistakes.empty()) return InvalidFields(mistakes);
  if (!office.parent_office().empty()) {
    if (office.parent_office() == office.name()) return BelowItself(office);
    ASSIGN_OR_RETURN(const Office parent, LoadParent(unit, office));
    RETURN_IF_ERROR(CheckBelow(office, parent));
  }
  if (before == nullptr) return absl::OkStatus();
  ASSIGN_OR_RETURN(auto children, resource::Select<Office>(unit.db(), "`parent_office` = ?",
                                                           {resource::SlugOf(office.name())}));
  for (const Office& child : children) RETURN_IF_ERROR(CheckBelow(child, office));
  return absl::OkStatus();
}

}  // namespace inspectorate::registry
