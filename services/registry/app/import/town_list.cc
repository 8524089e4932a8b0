#include "services/registry/app/import/town_list.h"

#include <algorithm>
#include <utility>

#include "common/base/macros.h"
#include "common/resource/description.h"
#include "common/resource/table.h"
#include "common/status/error.h"
#include "services/registry/app/divisions.h"
#include "services/registry/app/import/cell_text.h"
#include "services/registry/app/towns.h"
#include "services/registry/domain/town.h"

namespace inspectorate::registry {
namespace {

using resource::FromProto;
using resource::IsSet;
using resource::ToProto;
using v1::Town;

constexpr char kCode[] = "区划代码";
constexpr char kCounty[] = "所属区划代码";
constexpr char kFrom[] = "起始日期";
constexpr char kTo[] = "终止日期";
constexpr char kSuccessor[] = "接替代码";
constexpr char kFormer[] = "曾用代码";
constexpr std::chrono::days kDay{1};
constexpr size_t kTownsRemembered = 100'000;

std::optional<std::string> CodeIn(Row& row, const char* column, const std::string& text) {
  TownCode parsed = ParseTownCode(text);
  switch (parsed.fault) {
    case TownCodeFault::kNone:
      return std::move(parsed.code);
    case TownCodeFault::kDigits:
      // A code that lost its digits has been told as such.
      if (LostDigits(text)) {
        row.RejectUnknown(column, text);
      } else {
        row.Reject(column, "INVALID_FIELDS", "“" + text + "”须为9位数字，或以000结尾的12位数字",
                   "\"" + text + "\" must be nine digits, or twelve that end in 000");
      }
      break;
    case TownCodeFault::kVillage:
      row.Reject(column, "NO_TOWN", "“" + text + "”是村（居）委会的代码，不是乡镇、街道",
                 "\"" + text + "\" is the code of a village or neighbourhood, not of a town");
  }
  return std::nullopt;
}

v1::TownKind KindBy(const std::string& code) {
  switch (ClassOf(code)) {
    case TownClass::kSubdistrict:
      return v1::SUBDISTRICT;
    case TownClass::kTown:
      return v1::TOWN;
    case TownClass::kTownship:
      return v1::RURAL_TOWNSHIP;
    default:
      return v1::SIMILAR_UNIT;
  }
}

// The rows of a code, in order of their first days.
absl::StatusOr<std::vector<Town>> LinksOf(work::Unit& unit, const TownImport& import,
                                          const std::string& code) {
  return resource::Select<Town>(unit.db(), "`office` = ? AND `code` = ?", {import.office, code},
                                "ORDER BY `valid_from` FOR UPDATE");
}

// A town that ships with the platform, as the first row of an office's own.
std::optional<Town> Shipped(const std::string& code) {
  const v1::Division* division = FindDivision("divisions/" + code);
  if (division == nullptr || division->level() != "town") return std::nullopt;
  Town town;
  town.set_code(code);
  town.set_display_name(division->display_name());
  town.set_kind(KindBy(code));
  town.set_county(std::string(CountyOf(code)));
  if (division->has_valid_from()) *town.mutable_valid_from() = division->valid_from();
  if (division->has_valid_to()) *town.mutable_valid_to() = division->valid_to();
  return town;
}

// --- the row itself
// -------------------------------------------------------------------------------------------------

// The row that is meant: that of the same first day; without a column of days the last.
const Town* Meant(const TownImport& import, const std::vector<Town>& links, const Row& row,
                  std::optional<Date> from) {
  if (!from && !row.Has(kFrom) && !import.take_over) return links.empty() ? nullptr : &links.back();
  for (const Town& link : links) {
    if (IsSet(link.valid_from()) == from.has_value() && (!from || FromProto(link.valid_from()) == *from)) {
      return &link;
    }
  }
  return nullptr;
}

Town Wanted(Row& row, const Town* existing, const std::string& code) {
  Town wanted = existing == nullptr ? Town() : *existing;
  const auto& columns = ColumnsOf(v1::IMPORT_DIVISIONS, false);
  row.Fill(&wanted, columns);
  wanted.set_code(code);
  if (wanted.kind() == v1::TOWN_KIND_UNSPECIFIED) wanted.set_kind(KindBy(code));
  if (wanted.county().empty()) wanted.set_county(std::string(CountyOf(code)));
  if (wanted.county() != CountyOf(code)) {
    row.Reject(kCounty, "INVALID_FIELDS", "与区划代码的前六位不符",
               "differs from the first six digits of the code");
  }
  // What another row said of its end by naming it as its former code stays so.
  if (existing != nullptr && !existing->successor().empty() && row.Text(kSuccessor).empty()) {
    wanted.set_successor(existing->successor());
    if (row.Text(kTo).empty() && existing->has_valid_to()) *wanted.mutable_valid_to() = existing->valid_to();
  }
  row.Validate(wanted, columns);
  const Period period = PeriodOfTown(wanted);
  if (period.to && *period.to < period.from) {
    row.Reject(kTo, "PERIOD_INVALID", "早于起始日期", "lies before the first day");
  }
  return wanted;
}

// What holds without an end on the first day of a new row ends the day before.
std::optional<TownChange> EndedBy(const std::vector<Town>& links, const Town& wanted) {
  if (!IsSet(wanted.valid_from())) return std::nullopt;
  const Date from = FromProto(wanted.valid_from());
  for (const Town& link : links) {
    if (IsSet(link.valid_to()) || PeriodOfTown(link).from >= from) continue;
    TownChange change{.existing = link, .wanted = link};
    *change.wanted.mutable_valid_to() = ToProto(from - kDay);
    return change;
  }
  return std::nullopt;
}

// --- what came after and before
// -------------------------------------------------------------------------------------

absl::StatusOr<std::vector<Period>> PeriodsOf(work::Unit& unit, const TownImport& import,
                                              const std::string& code) {
  std::vector<Period> periods;
  ASSIGN_OR_RETURN(const auto links, LinksOf(unit, import, code));
  periods.reserve(links.size());
  for (const Town& link : links) periods.push_back(PeriodOfTown(link));
  if (const auto named = import.listed.find(code); named != import.listed.end()) {
    periods.insert(periods.end(), named->second.begin(), named->second.end());
  }
  if (const auto shipped = Shipped(code); shipped && periods.empty())
    periods.push_back(PeriodOfTown(*shipped));
  return periods;
}

absl::Status CheckSuccessor(work::Unit& unit, const TownImport& import, Row& row, Town* wanted) {
  if (wanted->successor().empty()) return absl::OkStatus();
  const auto code = CodeIn(row, kSuccessor, wanted->successor());
  if (!code) return absl::OkStatus();
  wanted->set_successor(*code);
  if (!IsSet(wanted->valid_to())) {
    row.Reject(kTo, "INVALID_FIELDS", "有接替代码时须填写终止日期", "is needed where a successor is named");
    return absl::OkStatus();
  }
  ASSIGN_OR_RETURN(const auto periods, PeriodsOf(unit, import, *code));
  const Date next = FromProto(wanted->valid_to()) + kDay;
  if (*code == wanted->code() || periods.empty()) {
    row.Reject(kSuccessor, "SUCCESSOR_UNKNOWN", *code + "不是名册中的另一个乡镇、街道",
               *code + " is no other town of the list");
  } else if (std::none_of(periods.begin(), periods.end(),
                          [&](const Period& p) { return p.Contains(next); })) {
    row.Reject(kSuccessor, "SUCCESSOR_NOT_IN_FORCE", *code + "在" + FormatDate(next) + "不存在",
               *code + " is no town on " + FormatDate(next));
  }
  return absl::OkStatus();
}

// Schools that still name a town whose last row this is: each is changed by two persons, not by this list.
absl::Status RemarkOnSchools(work::Unit& unit, const TownImport& import, Row& row, const Town& ended) {
  if (!IsSet(ended.valid_to())) return absl::OkStatus();
  ASSIGN_OR_RETURN(const db::Rows rows,
                   unit.db().Query("SELECT COUNT(*) FROM `school` WHERE `office` = ? AND `town` = ? AND "
                                   "`close_date` IS NULL",
                                   {import.office, ended.code()}));
  const std::string count = std::to_string(rows.at(0, 0).AsInt());
  if (count == "0") return absl::OkStatus();
  row.Remark(kCode, "TOWN_IN_USE", ended.code() + "终止，仍有" + count + "所机构登记在此，请按变更程序改登记",
             ended.code() + " ends; " + count + " schools still name it, to be changed by two persons");
  return absl::OkStatus();
}

// The former code ends the day before this town begins, and names it as what took its place.
absl::Status EndFormer(work::Unit& unit, const TownImport& import, Row& row, const std::string& former,
                       const Town& wanted, std::vector<TownChange>* changes) {
  ASSIGN_OR_RETURN(auto links, LinksOf(unit, import, former));
  TownChange change;
  if (!links.empty()) change.existing = links.back();
  const std::optional<Town> known = links.empty() ? Shipped(former) : change.existing;
  if (!known || former == wanted.code()) {
    row.Reject(kFormer, "FORMER_UNKNOWN", former + "不是名册中的另一个乡镇、街道，请将其另列一行",
               former + " is no other town of the list; give it a row of its own");
    return absl::OkStatus();
  }
  change.wanted = *known;
  if (!IsSet(wanted.valid_from())) {
    row.Reject(kFrom, "INVALID_FIELDS", "有曾用代码时须填写起始日期",
               "is needed where a former code is named");
    return absl::OkStatus();
  }
  const Date last = FromProto(wanted.valid_from()) - kDay;
  if (!IsSet(change.wanted.valid_to())) *change.wanted.mutable_valid_to() = ToProto(last);
  const Period period = PeriodOfTown(change.wanted);
  if (*period.to > last || *period.to < period.from) {
    row.Reject(kFormer, "PERIOD_OVERLAP", former + "与本行的有效期重叠",
               former + " holds on days of this row");
    return absl::OkStatus();
  }
  if (change.wanted.successor().empty()) change.wanted.set_successor(wanted.code());
  if (change.wanted.successor() != wanted.code()) {
    row.Remark(kFormer, "FORMER_SPLIT", former + "已记为由" + change.wanted.successor() + "接替，未改",
               former + " is succeeded by " + change.wanted.successor() + " already; left so");
  }
  RETURN_IF_ERROR(RemarkOnSchools(unit, import, row, change.wanted));
  changes->push_back(std::move(change));
  return absl::OkStatus();
}

bool IsLast(const std::vector<Town>& links, const Town& wanted) {
  return std::none_of(links.begin(), links.end(),
                      [&](const Town& link) { return PeriodOfTown(link).from > PeriodOfTown(wanted).from; });
}

// --- the list
// -------------------------------------------------------------------------------------------------------

absl::Status CheckCounty(work::Unit& unit, const TownImport& import, Row& row, const std::string& code) {
  // Locked: the rows of a code are looked at by one writer at a time.
  ASSIGN_OR_RETURN(const v1::Office office, resource::Get<v1::Office>(unit.db(), "offices/" + import.office,
                                                                      resource::Lock::kForUpdate));
  const std::string county(CountyOf(code));
  if (AnswersFor(office, county)) return absl::OkStatus();
  std::string own;
  for (const auto& dated : office.division_codes()) own += (own.empty() ? "" : "、") + dated.code();
  row.Reject(
      kCode, "NOT_IN_OFFICE",
      "前六位" + county + "不在本督导室的区划" + (own.empty() ? "（未登记）" : "（" + own + "）") + "之内",
      "the county " + county + " is none that the office answers for");
  return absl::OkStatus();
}

void CheckOnce(const TownImport& import, Row& row, const std::string& code, std::optional<Date> from) {
  const std::string here = row.report().file() + ":" + std::to_string(row.report().line());
  const std::string key = code + " " + (from ? FormatDate(*from) : "");
  if (import.seen.size() >= kTownsRemembered) return;
  const std::string& first = import.seen.try_emplace(key, here).first->second;
  if (first != here) row.Reject(kCode, "DUPLICATE_ROW", "与" + first + "重复", "is in " + first + " already");
}

}  // namespace

void NoteTown(const csv::Table& table, const csv::Record& record, ListedTowns* towns) {
  type::v1::ImportRow scratch;
  Row row(table, record, &scratch);
  const TownCode parsed = ParseTownCode(row.Text(kCode));
  if (parsed.fault != TownCodeFault::kNone || towns->size() >= kTownsRemembered) return;
  (*towns)[parsed.code].push_back({.from = row.Day(kFrom).value_or(Date::min()), .to = row.Day(kTo)});
}

bool TellsFormerCode(const Row& row) { return !row.Text(kFormer).empty(); }

absl::StatusOr<std::vector<TownChange>> PlanTown(work::Unit& unit, const TownImport& import, Row& row) {
  std::vector<TownChange> changes;
  const std::string text = row.Required(kCode);
  const auto code = text.empty() ? std::nullopt : CodeIn(row, kCode, text);
  const auto from = row.Day(kFrom);
  if (!code || !row.ok()) {
    row.Required("名称");
    return changes;
  }
  CheckOnce(import, row, *code, from);
  RETURN_IF_ERROR(CheckCounty(unit, import, row, *code));
  ASSIGN_OR_RETURN(const auto links, LinksOf(unit, import, *code));
  const Town* existing = Meant(import, links, row, from);
  Town wanted = Wanted(row, existing, *code);
  RETURN_IF_ERROR(CheckSuccessor(unit, import, row, &wanted));
  if (existing == nullptr && !import.take_over) {
    if (auto ended = EndedBy(links, wanted)) changes.push_back(*std::move(ended));
  }
  for (const std::string& part : PartsOf(row.Text(kFormer))) {
    const auto former = CodeIn(row, kFormer, part);
    if (former) RETURN_IF_ERROR(EndFormer(unit, import, row, *former, wanted, &changes));
  }
  if (IsLast(links, wanted)) RETURN_IF_ERROR(RemarkOnSchools(unit, import, row, wanted));
  changes.push_back({.existing = existing == nullptr ? std::nullopt : std::optional<Town>(*existing),
                     .wanted = std::move(wanted)});
  return changes;
}

}  // namespace inspectorate::registry
