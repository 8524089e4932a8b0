#include "services/registry/app/import/taken_over.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "absl/strings/numbers.h"
#include "common/base/macros.h"
#include "common/resource/table.h"
#include "common/roster/catalogue.h"
#include "common/status/error.h"
#include "inspectorate/registry/v1/area.pb.h"
#include "inspectorate/registry/v1/calendar.pb.h"
#include "services/registry/app/catalogues.h"
#include "services/registry/app/import/cell_text.h"
#include "services/registry/app/import/columns.h"
#include "services/registry/app/papers.h"
#include "services/registry/app/terms.h"
#include "services/registry/store/area_past.h"

namespace inspectorate::registry {
namespace {

using type::v1::ImportRow;
using v1::Area;
using v1::CalendarPaper;
using v1::CatalogueItem;
using v1::CatalogueVersion;
using v1::FormerArea;
using Holds = ListColumn::Holds;

// Items of one import: a hundred versions of a hundred items are more than any office has.
constexpr size_t kMostItems = 20'000;

// Of the columns those that hold a field of the message itself.
std::vector<ListColumn> ColumnsFor(v1::ImportKind kind, const google::protobuf::Descriptor* message) {
  std::vector<ListColumn> columns;
  for (const ListColumn& column : ColumnsOf(kind, true)) {
    if (column.holds == Holds::kValue && message->FindFieldByName(column.field) != nullptr)
      columns.push_back(column);
  }
  return columns;
}

// The catalogue and the version that the row names; zeros after a defect.
std::pair<int, int> VersionNamed(Row& row) {
  const std::string catalogue = row.Required("目录"), number = row.Required("版本");
  std::pair<int, int> named;
  if (const auto* kind = ByTerm(*v1::CatalogueKind_descriptor(), catalogue)) named.first = kind->number();
  if (!catalogue.empty() && named.first == 0)
    row.Reject("目录", "INVALID_FIELDS", "“" + catalogue + "”不是规定的目录", "is no catalogue");
  if (!number.empty() && (!absl::SimpleAtoi(number, &named.second) || named.second <= 0))
    row.Reject("版本", "INVALID_FIELDS", "不是版本号", "is no number of a version");
  return row.ok() ? named : std::pair<int, int>();
}

std::string CatalogueName(const ImportContext& context, int kind) {
  return "offices/" + context.office + "/catalogues/" +
         roster::CatalogueIdOf(static_cast<v1::CatalogueKind>(kind));
}

// "2026-10-01 休 国庆节", "2026-10-10 班 国庆节".
bool AddDay(const std::string& part, CalendarPaper* paper) {
  constexpr size_t kDate = sizeof "2026-10-01" - 1;
  const auto day = ParseDate(std::string_view(part).substr(0, kDate));
  if (!day.ok()) return false;
  const std::string_view rest = std::string_view(part).substr(kDate);
  for (const auto& [word, working] : {std::pair<std::string_view, bool>{" 休 ", false}, {" 班 ", true}}) {
    if (!rest.starts_with(word)) continue;
    v1::CalendarDay* out = paper->add_days();
    *out->mutable_date() = resource::ToProto(*day);
    out->set_working(working);
    out->set_display_name(std::string(rest.substr(word.size())));
    return true;
  }
  return false;
}

// Days on which this registry knew the area are settled.
absl::StatusOr<Taken> TakeOverFormerArea(work::Unit& unit, const Area& area, const FormerArea& told) {
  ASSIGN_OR_RETURN(const Date today, unit.Today(resource::SlugOf(area.name())));
  const Date known = std::min(today, ChinaDate(resource::FromProto(area.create_time())));
  const Date last_day = resource::FromProto(told.last_day());
  if (last_day >= known) {
    return InvalidFields(
        {{.field = "former_area.last_day",
          .zh = "须早于本平台登记该责任区之日" + FormatDate(known),
          .en = "must lie before the day on which this registry recorded the area, " + FormatDate(known)}});
  }
  Area was = area;
  was.set_number(told.number());
  was.set_display_name(told.display_name());
  was.set_document_number(told.document_number());
  *was.mutable_valid_from() = told.valid_from();
  *was.mutable_valid_to() = told.valid_to();
  if (!resource::IsSet(told.valid_to())) {
    was.clear_valid_to();
  } else if (resource::FromProto(was.valid_to()) < resource::FromProto(was.valid_from())) {
    return Error(ErrorReason::PERIOD_INVALID);
  }
  return EnterAreaPast(unit.db(), was, last_day);
}

}  // namespace

absl::Status Enter(Row& row, std::string_view column, const std::string& name,
                   const absl::StatusOr<Taken>& taken) {
  if (!taken.ok() && IsDefect(taken.status())) {
    row.Reject(column, taken.status());
    return absl::OkStatus();
  }
  RETURN_IF_ERROR(taken.status());
  row.report().set_resource(name);
  row.report().set_outcome(*taken == Taken::kNew       ? ImportRow::CREATED
                           : *taken == Taken::kChanged ? ImportRow::UPDATED
                                                       : ImportRow::UNCHANGED);
  return absl::OkStatus();
}

absl::Status ImportCatalogueItem(work::Unit&, ImportContext& context, Row& row) {
  static const auto columns = ColumnsFor(v1::IMPORT_CATALOGUE_ITEMS, CatalogueItem::descriptor());
  const auto version = VersionNamed(row);
  CatalogueItem item;
  row.Fill(&item, columns);
  row.Validate(item, columns);
  size_t held = 0;
  for (const auto& [named, items] : context.items) held += items.size();
  if (held >= kMostItems) row.Reject("代码", "INVALID_FIELDS", "条目过多", "too many items");
  if (!row.ok()) return absl::OkStatus();
  context.items[version].insert_or_assign(item.code(), item);
  return Enter(row, "代码", CatalogueName(context, version.first), Taken::kSame);
}

absl::Status ImportCatalogueVersion(work::Unit& unit, ImportContext& context, Row& row) {
  static const auto columns = ColumnsFor(v1::IMPORT_CATALOGUE_VERSIONS, CatalogueVersion::descriptor());
  const auto named = VersionNamed(row);
  CatalogueVersion version;
  row.Fill(&version, columns);
  row.Validate(version, columns);
  row.Required("生效日期");
  const auto items = context.items.find(named);
  const size_t count = items == context.items.end() ? 0 : items->second.size();
  if (row.Text("条目数") != std::to_string(count)) {
    row.Reject("条目数", "INVALID_FIELDS", "目录条目中本版有" + std::to_string(count) + "行",
               "the list of items has " + std::to_string(count) + " rows of this version");
  }
  if (!row.ok() || items == context.items.end()) return absl::OkStatus();
  for (const auto& [code, item] : items->second) *version.add_items() = item;
  const std::string catalogue = CatalogueName(context, named.first);
  return Enter(row, "版本", catalogue, TakeOverVersion(unit, catalogue, std::move(version)));
}

absl::Status ImportFormerArea(work::Unit& unit, ImportContext& context, Row& row) {
  static const auto columns = ColumnsFor(v1::IMPORT_FORMER_AREAS, FormerArea::descriptor());
  FormerArea told;
  row.Fill(&told, columns);
  row.Validate(told, columns);
  int32_t number = 0;
  if (!absl::SimpleAtoi(row.Required("责任区编号"), &number))
    row.Reject("责任区编号", "INVALID_FIELDS", "不是责任区的编号", "is no number of an area");
  if (!row.ok()) return absl::OkStatus();
  ASSIGN_OR_RETURN(
      const auto areas,
      resource::Select<Area>(unit.db(), "`office` = ? AND `number` = ? AND `valid_from` = ?",
                             {context.office, number, resource::FromProto(told.area_from())}, "FOR UPDATE"));
  if (areas.empty()) {
    row.RejectUnknown("责任区编号", row.Text("责任区编号"));
    return absl::OkStatus();
  }
  return Enter(row, "末日", areas.front().name(), TakeOverFormerArea(unit, areas.front(), told));
}

absl::Status ImportCalendarPaper(work::Unit& unit, ImportContext& context, Row& row) {
  static const auto columns = ColumnsFor(v1::IMPORT_CALENDAR_PAPERS, CalendarPaper::descriptor());
  CalendarPaper paper;
  row.Fill(&paper, columns);
  row.Validate(paper, columns);
  for (const char* column : {"文号", "年度", "发文日期"}) row.Required(column);
  for (const std::string& part : PartsOf(row.Required("安排"))) {
    if (AddDay(part, &paper)) continue;
    row.Reject("安排", "INVALID_FIELDS", "“" + part + "”须写作 日期 休或班 节日",
               "\"" + part + "\" is no such day");
    break;
  }
  if (!row.ok()) return absl::OkStatus();
  return Enter(row, "安排", "offices/" + context.office, TakeOverPaper(unit, context.office, paper));
}

}  // namespace inspectorate::registry
