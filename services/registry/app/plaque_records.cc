#include "services/registry/app/plaque_records.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "absl/strings/ascii.h"
#include "common/base/macros.h"
#include "common/base/text.h"
#include "common/resource/table.h"
#include "common/resource/width.h"
#include "common/status/error.h"
#include "inspectorate/registry/v1/school.pb.h"
#include "services/registry/app/plaques.h"
#include "services/registry/domain/plaque.h"
#include "services/registry/store/dates.h"
#include "services/registry/store/plaque_store.h"

namespace inspectorate::registry {
namespace {

using resource::Description;
using resource::UuidOf;
using v1::Plaque;

absl::Status WrongToken(const char* zh, const char* en) {
  return InvalidFields({{.field = "plaque.token", .zh = zh, .en = en}});
}

bool IsToken(const std::string& text) {
  return text.size() == kTokenCharacters && std::ranges::all_of(text, [](char c) {
           return absl::ascii_isalnum(static_cast<unsigned char>(c)) || c == '-' || c == '_';
         });
}

absl::Status PutToken(work::Unit& unit, const Plaque& plaque, const std::string& token) {
  if (plaque.state() == v1::PLAQUE_DRAFT) {
    return token.empty() ? absl::OkStatus() : WrongToken("未审定的公示牌没有二维码", "a draft has no code");
  }
  if (token.empty()) {
    return WrongToken(
        "审定过的公示牌须有二维码，导出名册的人须能查看受保护字段",
        "a board that was approved has a code; whoever exports the list must see protected fields");
  }
  if (!IsToken(token)) return WrongToken("不是公示牌的二维码", "is no code of a board");
  ASSIGN_OR_RETURN(const std::string holder, FindPlaqueByToken(unit.db(), token));
  if (!holder.empty()) return WrongToken("是另一块公示牌的二维码", "is the code of another board");
  return PutPlaqueToken(unit.db(), plaque, token);
}

// What acts bound by the rules of their requests.
absl::Status CheckBounds(const Plaque& plaque) {
  std::vector<FieldViolation> violations;
  for (const resource::Column& column : Description::Of<Plaque>().columns()) {
    if (column.kind != resource::Column::Kind::kText) continue;
    const std::string text = resource::GetString(plaque, column.name.c_str());
    if (CharacterCount(text) <= resource::MaxChars(*column.field)) continue;
    violations.push_back({.field = "plaque." + column.name, .zh = "文字过长", .en = "is too long"});
  }
  for (const auto& [field, side] :
       {std::pair{"plaque.width_mm", plaque.width_mm()}, {"plaque.height_mm", plaque.height_mm()}}) {
    if (side >= kLeastBoardMm && side <= kMostBoardMm) continue;
    violations.push_back({.field = field, .zh = "须为100至3000", .en = "must be 100 to 3 000"});
  }
  if (plaque.version() < 1)
    violations.push_back({.field = "plaque.version", .zh = "从1起", .en = "begins with 1"});
  return violations.empty() ? absl::OkStatus() : InvalidFields(violations);
}

// The version that was mounted on the day on which one was replaced took its place.
absl::Status LinkVersions(work::Unit& unit, const Plaque& entered) {
  ASSIGN_OR_RETURN(auto versions,
                   resource::Select<Plaque>(unit.db(), "`office` = ? AND `school` = ?",
                                            {resource::SlugOf(entered.name()), UuidOf(entered.school())},
                                            "ORDER BY `version` FOR UPDATE"));
  for (size_t i = 0; i < versions.size(); ++i) {
    Plaque& before = versions[i];
    if (before.state() != v1::PLAQUE_REPLACED || !before.successor().empty()) continue;
    const auto next = std::find_if(
        versions.begin() + static_cast<std::ptrdiff_t>(i) + 1, versions.end(),
        [&](const Plaque& later) { return DateOf(later.mounted_date()) == DateOf(before.replaced_date()); });
    if (next == versions.end()) continue;
    before.set_successor(next->name());
    RETURN_IF_ERROR(resource::Update(unit, Description::Of<Plaque>(), &before));
  }
  return absl::OkStatus();
}

}  // namespace

absl::Status CheckPlaqueRecord(work::Unit& unit, const Plaque& plaque) {
  const std::string office = resource::SlugOf(plaque.name());
  // Versions of a school are told one after the other.
  ASSIGN_OR_RETURN(const auto school,
                   resource::Get<v1::School>(unit.db(), plaque.school(), resource::Lock::kForUpdate));
  if (resource::SlugOf(school.office()) != office) return NotFound(plaque.school());
  RETURN_IF_ERROR(CheckBounds(plaque));
  ASSIGN_OR_RETURN(const Date today, unit.Today(office));
  const auto fault = FaultOf({.state = static_cast<PlaqueLife>(plaque.state()),
                              .days = {.approved = DateOf(plaque.approve_date()),
                                       .made = DateOf(plaque.made_date()),
                                       .mounted = DateOf(plaque.mounted_date()),
                                       .verified = DateOf(plaque.verified_date()),
                                       .stale_from = DateOf(plaque.stale_from()),
                                       .replaced = DateOf(plaque.replaced_date())},
                              .approved_by = plaque.approved_by(),
                              .mounted_by = plaque.mounted_by(),
                              .verified_by = plaque.verified_by()},
                             today);
  if (!fault) return absl::OkStatus();
  return InvalidFields({{.field = "plaque." + fault->field, .zh = fault->zh, .en = fault->en}});
}

absl::Status TakeOverBoard(work::Unit& unit, const Plaque& plaque, const std::string& token) {
  RETURN_IF_ERROR(PutToken(unit, plaque, token));
  const bool over = plaque.state() == v1::PLAQUE_STALE || plaque.state() == v1::PLAQUE_REPLACED;
  if (!over) RETURN_IF_ERROR(NamePeople(unit.db(), plaque));
  return LinkVersions(unit, plaque);
}

}  // namespace inspectorate::registry
