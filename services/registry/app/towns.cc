#include "services/registry/app/towns.h"

#include <algorithm>
#include <map>
#include <set>
#include <utility>

#include "common/base/macros.h"
#include "common/resource/description.h"
#include "common/resource/table.h"
#include "common/status/error.h"
#include "services/registry/app/divisions.h"
#include "services/registry/domain/period.h"
#include "services/registry/domain/town.h"

namespace inspectorate::registry {
namespace {

using resource::FromProto;
using resource::IsSet;
using v1::Division;
using v1::Office;
using v1::School;
using v1::Town;

constexpr char kPrefix[] = "divisions/";

// Both ends may be open.
template <class M>
Period OpenPeriod(const M& town) {
  return {.from = IsSet(town.valid_from()) ? FromProto(town.valid_from()) : Date::min(),
          .to = IsSet(town.valid_to()) ? std::optional<Date>(FromProto(town.valid_to())) : std::nullopt};
}

Division AsDivision(const Town& town) {
  Division division;
  division.set_name(kPrefix + town.code());
  division.set_display_name(town.display_name());
  division.set_parent(kPrefix + town.county());
  division.set_level("town");
  if (town.has_valid_from()) *division.mutable_valid_from() = town.valid_from();
  if (town.has_valid_to()) *division.mutable_valid_to() = town.valid_to();
  division.set_successor(town.successor());
  division.set_office("offices/" + resource::SlugOf(town.name()));
  return division;
}

const std::vector<const Division*>& ShippedTowns() {
  static const auto& towns = *[] {
    auto* found = new std::vector<const Division*>;
    for (const Division& division : Divisions()) {
      if (division.level() == "town") found->push_back(&division);
    }
    return found;
  }();
  return towns;
}

// The whole list of the office that tells of the county: the caller's own, else of those that are no practice
// the lowest in the tree. Empty where none does.
absl::StatusOr<std::vector<Town>> ListThatTells(db::Session& session, const std::string& caller_office,
                                                std::string_view county) {
  ASSIGN_OR_RETURN(
      const db::Rows rows,
      session.Query("SELECT o.`office` FROM `office` o WHERE (o.`sandbox` = ? OR o.`office` = ?) AND EXISTS "
                    "(SELECT 1 FROM `town` t WHERE t.`county` = ? AND t.`office` = o.`office`) "
                    "ORDER BY (o.`office` = ?) DESC, o.`level` DESC, o.`office` LIMIT 1",
                    {false, caller_office, std::string(county), caller_office}));
  if (rows.empty()) return std::vector<Town>();
  return resource::Select<Town>(session, "`office` = ?", {rows.at(0, 0).AsString()},
                                "ORDER BY `code`, `valid_from`");
}

// Of one code, the row of the day; without a day the last. The rows are in order of their first days.
const Town* RowOn(const std::vector<const Town*>& rows, std::optional<Date> day) {
  const Town* found = nullptr;
  for (const Town* row : rows) {
    if (!day || OpenPeriod(*row).Contains(*day)) found = row;
  }
  return found;
}

absl::Status Wrong(const std::string& zh, const std::string& en) {
  return InvalidFields({{.field = "school.town", .zh = zh, .en = en}});
}

}  // namespace

Period PeriodOfTown(const Town& town) { return OpenPeriod(town); }

bool AnswersFor(const Office& office, std::string_view county) {
  const Division* at = FindDivision(kPrefix + std::string(county));
  // The bound is for a ring in the file.
  for (size_t steps = 0; at != nullptr && at->level() != "town" && steps <= Divisions().size(); ++steps) {
    const std::string code = at->name().substr(sizeof kPrefix - 1);
    for (const v1::DatedCode& own : office.division_codes()) {
      if (own.code() == code || LiesBelow(code, own.code())) return true;
    }
    at = at->successor().empty() ? nullptr : FindDivision(kPrefix + at->successor());
  }
  return false;
}

absl::Status CheckTown(work::Unit& unit, const Town& town) {
  const std::string office = resource::SlugOf(town.name());
  // One list at a time: two writers cannot both find the period free.
  RETURN_IF_ERROR(resource::Get<Office>(unit.db(), "offices/" + office, resource::Lock::kForUpdate).status());
  const Period period = PeriodOfTown(town);
  if (period.to && *period.to < period.from) return Error(ErrorReason::PERIOD_INVALID);
  ASSIGN_OR_RETURN(const auto others,
                   resource::Select<Town>(unit.db(), "`office` = ? AND `code` = ?", {office, town.code()}));
  for (const Town& other : others) {
    if (other.name() != town.name() && Overlap(PeriodOfTown(other), period)) {
      return Error(ErrorReason::PERIOD_OVERLAP, {{"resource", other.name()}});
    }
  }
  return absl::OkStatus();
}

absl::Status CheckTownOfSchool(work::Unit& unit, const School* before, const School& school,
                               std::optional<Date> from) {
  const std::string& code = school.town();
  if (code.empty() || (before != nullptr && before->town() == code)) return absl::OkStatus();
  const std::string office = resource::SlugOf(school.office());
  // The rows of the code come first; others only say that the office keeps such a list.
  ASSIGN_OR_RETURN(const auto rows,
                   resource::Select<Town>(unit.db(), "`office` = ? AND `county` = ?",
                                          {office, std::string(CountyOf(code)), code},
                                          "ORDER BY (`code` = ?) DESC, `valid_from` LIMIT 20"));
  if (rows.empty()) return absl::OkStatus();
  if (rows.front().code() != code) {
    return Wrong("不在本督导室的乡镇名册中", "is no town of the office's list");
  }
  ASSIGN_OR_RETURN(Date day, unit.Today(office));
  if (from) day = std::max(day, *from);
  if (IsSet(school.close_date())) day = std::min(day, FromProto(school.close_date()));
  const Town* last = nullptr;
  for (const Town& row : rows) {
    if (row.code() != code) break;
    if (PeriodOfTown(row).Contains(day)) return absl::OkStatus();
    last = &row;
  }
  const std::string now = last->successor().empty() ? "" : "，现为" + last->successor();
  return Wrong("该乡镇在" + FormatDate(day) + "不存在" + now, "is no town on " + FormatDate(day));
}

absl::StatusOr<std::optional<Division>> FindTown(db::Session& session, const std::string& caller_office,
                                                 std::string_view code, std::optional<Date> as_of) {
  ASSIGN_OR_RETURN(const auto towns, ListThatTells(session, caller_office, CountyOf(code)));
  std::vector<Division> known;
  std::vector<TownLink> links;
  const auto add = [&](Division division, TownLink link) {
    known.push_back(std::move(division));
    links.push_back(std::move(link));
  };
  std::set<std::string> listed;
  for (const Town& town : towns) {
    listed.insert(town.code());
    add(AsDivision(town), {town.code(), town.successor(), PeriodOfTown(town)});
  }
  for (const Division* town : ShippedTowns()) {
    const std::string own = town->name().substr(sizeof kPrefix - 1);
    if (!listed.contains(own)) add(*town, {own, town->successor(), OpenPeriod(*town)});
  }
  std::optional<size_t> at;
  if (as_of) {
    at = TownOn(links, code, *as_of);
  } else {
    // As it is named: its last row.
    for (size_t i = 0; i < links.size(); ++i) at = links[i].code == code ? i : at;
  }
  return at ? std::optional<Division>(known[*at]) : std::nullopt;
}

absl::StatusOr<std::vector<Division>> ListBelow(db::Session& session, const std::string& caller_office,
                                                const std::string& parent, std::optional<Date> day) {
  std::map<std::string, Division> below;
  for (const Division* division : DivisionsBelow(parent, day)) below[division->name()] = *division;
  const Division* above = FindDivision(parent);
  const bool has_towns = above != nullptr && (above->level() == "county" || above->level() == "city");
  std::vector<Town> towns;
  if (has_towns) {
    ASSIGN_OR_RETURN(towns, ListThatTells(session, caller_office, parent.substr(sizeof kPrefix - 1)));
  }
  std::map<std::string, std::vector<const Town*>> by_code;
  for (const Town& town : towns) {
    if (kPrefix + town.county() == parent) by_code[town.code()].push_back(&town);
  }
  for (const auto& [code, rows] : by_code) {
    const Town* row = RowOn(rows, day);
    if (row != nullptr) {
      below[kPrefix + code] = AsDivision(*row);
    } else {
      below.erase(kPrefix + code);
    }
  }
  std::vector<Division> listed;
  listed.reserve(below.size());
  for (auto& [name, division] : below) listed.push_back(std::move(division));
  return listed;
}

}  // namespace inspectorate::registry
