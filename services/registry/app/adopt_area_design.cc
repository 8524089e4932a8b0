// Adoption: a design becomes the office's division from a day on, in the caller's transaction.
#include <algorithm>
#include <array>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "common/base/macros.h"
#include "common/resource/table.h"
#include "common/status/error.h"
#include "inspectorate/registry/v1/area.pb.h"
#include "services/registry/app/area_designs.h"
#include "services/registry/app/move_school.h"
#include "services/registry/app/write.h"
#include "services/registry/store/area_design_store.h"

namespace inspectorate::registry {
namespace {

using resource::Description;
using resource::FromProto;
using resource::SlugOf;
using resource::ToProto;
using resource::UuidOf;

// 11 → 十一; names of areas are written so up to 99.
std::string ChineseNumber(int number) {
  static constexpr std::array kDigits = {"", "一", "二", "三", "四", "五", "六", "七", "八", "九"};
  if (number < 1 || number > 99) return std::to_string(number);
  const auto tens = static_cast<size_t>(number / 10), ones = static_cast<size_t>(number % 10);
  return std::string(tens > 1 ? kDigits[tens] : "") + (tens > 0 ? "十" : "") + kDigits[ones];
}

template <class M>
bool HoldsOn(const M& dated, Date day) {
  return resource::PeriodOf(dated).Contains(day);
}

absl::Status Stale(const std::string& why) { return Error(ErrorReason::DESIGN_STALE, {{"why", why}}); }

class Adoption {
 public:
  Adoption(work::Unit& unit, v1::AreaDesign& design, const v1::AdoptAreaDesignRequest& request)
      : unit_(unit),
        design_(design),
        office_(SlugOf(design.name())),
        day_(FromProto(request.valid_from())),
        document_(request.document_number()) {}

  absl::Status Run() {
    RETURN_IF_ERROR(Load());
    RETURN_IF_ERROR(CheckSchools());
    RETURN_IF_ERROR(NameAreas());
    // First all leave, then all arrive, so that a cap holds at every step if it holds at the end.
    std::vector<v1::SchoolAssignment> arriving;
    for (const v1::DesignedArea& area : design_.designed_areas()) {
      for (const std::string& school : area.schools()) RETURN_IF_ERROR(Leave(school, area.area(), &arriving));
    }
    for (v1::SchoolAssignment& assignment : arriving)
      RETURN_IF_ERROR(ArriveInArea(unit_, office_, &assignment));
    return EndOthers();
  }

 private:
  absl::Status Load() {
    ASSIGN_OR_RETURN(areas_, resource::Select<v1::Area>(unit_.db(), "`office` = ?", {office_}, "FOR UPDATE"));
    ASSIGN_OR_RETURN(auto links, resource::Select<v1::SchoolAssignment>(
                                     unit_.db(), "`office` = ? AND (`valid_to` IS NULL OR `valid_to` >= ?)",
                                     {office_, day_}, "ORDER BY `valid_from` FOR UPDATE"));
    for (auto& link : links) chains_[link.school()].push_back(std::move(link));
    return absl::OkStatus();
  }

  // Exactly the schools that operate on the day.
  absl::Status CheckSchools() {
    ASSIGN_OR_RETURN(OfficeToDivide now, LoadOfficeToDivide(unit_.db(), office_, day_));
    std::set<std::string> operating;
    for (const SchoolToDivide& school : now.schools) operating.insert("schools/" + FormatUuid(school.id));
    int designed = 0;
    for (const v1::DesignedArea& area : design_.designed_areas()) {
      for (const std::string& school : area.schools()) {
        ++designed;
        if (!operating.contains(school)) return Stale(school + " 不再办学 (no longer operates)");
      }
    }
    const int more = static_cast<int>(operating.size()) - designed;
    return more == 0 ? absl::OkStatus()
                     : Stale("新增" + std::to_string(more) + "所学校(园) (schools were added)");
  }

  // Areas that go on must hold on the day; new ones take the next free numbers.
  absl::Status NameAreas() {
    int number = 0;
    for (const v1::Area& area : areas_) number = std::max(number, area.number());
    for (v1::DesignedArea& designed : *design_.mutable_designed_areas()) {
      if (!designed.area().empty()) {
        const auto holds = std::find_if(areas_.begin(), areas_.end(), [&](const v1::Area& area) {
          return area.name() == designed.area() && HoldsOn(area, day_);
        });
        if (holds == areas_.end()) return Stale(designed.area() + " 该日已终止 (does not exist on the day)");
        continue;
      }
      v1::Area area;
      area.set_name(resource::NewName(Description::Of<v1::Area>(), "offices/" + office_, unit_.recorded()));
      area.set_number(++number);
      area.set_display_name("第" + ChineseNumber(number) + "督学责任区");
      area.set_document_number(document_);
      *area.mutable_valid_from() = ToProto(day_);
      RETURN_IF_ERROR(WriteChecked<v1::Area>(unit_, nullptr, &area));
      designed.set_area(area.name());
      designed.set_display_name(area.display_name());
    }
    return absl::OkStatus();
  }

  absl::Status Leave(const std::string& school, const std::string& area,
                     std::vector<v1::SchoolAssignment>* arriving) {
    v1::SchoolAssignment wanted;
    wanted.set_school(school);
    wanted.set_area(area);
    wanted.set_document_number(document_);
    *wanted.mutable_valid_from() = ToProto(day_);
    ASSIGN_OR_RETURN(const bool moves, LeaveArea(unit_, chains_[school], &wanted));
    if (moves) arriving->push_back(wanted);
    return absl::OkStatus();
  }

  // Areas that the design does not continue; their memberships end with them.
  absl::Status EndOthers() {
    std::set<std::string> kept;
    for (const v1::DesignedArea& area : design_.designed_areas()) kept.insert(area.area());
    for (const v1::Area& area : areas_) {
      if (kept.contains(area.name()) || !HoldsOn(area, day_)) continue;
      if (FromProto(area.valid_from()) == day_)
        return Stale(area.name() + " 该日才设立 (begins on that day)");
      RETURN_IF_ERROR(EndBefore(unit_, area, day_));
    }
    return absl::OkStatus();
  }

  work::Unit& unit_;
  v1::AreaDesign& design_;
  const std::string office_;
  const Date day_;
  const std::string document_;
  std::vector<v1::Area> areas_;
  std::map<std::string, std::vector<v1::SchoolAssignment>> chains_;
};

}  // namespace

absl::StatusOr<v1::AreaDesign> AdoptAreaDesign(work::Unit& unit, const v1::AdoptAreaDesignRequest& request) {
  ASSIGN_OR_RETURN(auto design,
                   resource::Get<v1::AreaDesign>(unit.db(), request.name(), resource::Lock::kForUpdate));
  RETURN_IF_ERROR(resource::CheckEtag(design, request.etag()));
  if (design.state() != v1::DESIGN_PROPOSED) {
    return Error(ErrorReason::STATE_TRANSITION_DENIED,
                 {{"resource", design.name()}, {"state", "已采用 (adopted)"}, {"event", "采用 (adopt)"}});
  }
  ASSIGN_OR_RETURN(Date today, unit.Today(SlugOf(design.name())));
  if (FromProto(request.valid_from()) < today) {
    return InvalidFields(
        {{.field = "valid_from",
          .zh = "不得早于" + FormatDate(today) + "：已过的日子不再改变",
          .en = "not before " + FormatDate(today) + ": days that have passed do not change"}});
  }
  RETURN_IF_ERROR(Adoption(unit, design, request).Run());
  design.set_state(v1::DESIGN_ADOPTED);
  *design.mutable_adopted_from() = request.valid_from();
  design.set_adopted_by(unit.actor().subject);
  design.set_document_number(request.document_number());
  RETURN_IF_ERROR(resource::Update(unit, Description::Of<v1::AreaDesign>(), &design, "area_design.adopted",
                                   work::Change::STATE_CHANGED));
  return design;
}

}  // namespace inspectorate::registry
