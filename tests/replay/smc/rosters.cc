#include "tests/replay/smc/rosters.h"

#include <cstdio>

#include "tests/replay/smc/mapping.h"

namespace inspectorate::smc {
namespace {

using registry::v1::ImportKind;
using registry::v1::ImportRosterRequest;

// A list in the making.
class List {
 public:
  List(ImportRosterRequest* request, ImportKind kind, const char* name, std::vector<std::string> header)
      : file_(request->add_files()) {
    file_->set_kind(kind);
    file_->set_file_name(name);
    Add(header);
  }
  void Add(const std::vector<std::string>& cells) {
    std::string* text = file_->mutable_content();
    for (size_t i = 0; i < cells.size(); ++i) *text += (i == 0 ? "" : ",") + Quoted(cells[i]);
    *text += "\r\n";
  }

 private:
  static std::string Quoted(const std::string& cell) {
    std::string out = "\"";
    for (const char c : cell) out += c == '"' ? std::string("\"\"") : std::string(1, c);
    return out + "\"";
  }
  registry::v1::ImportFile* file_;
};

std::string Degrees(double value) {
  char text[32];
  std::snprintf(text, sizeof text, "%.6f", value);
  return text;
}

void AddTerms(ImportRosterRequest* request, int first_year, int last_year) {
  List list(request, registry::v1::IMPORT_TERMS, "校历.csv",
            {"名称", "对象", "开始日期", "结束日期", "教学月份"});
  for (int year = first_year; year <= last_year; ++year) {
    const std::string y = std::to_string(year);
    for (const char* audience : {"中小学", "幼儿园"}) {
      list.Add({y + "年春季学期（回放）", audience, y + "-01-07", y + "-06-10",
                y + "-01|" + y + "-02|" + y + "-03|" + y + "-04|" + y + "-05"});
      list.Add({y + "年秋季学期（回放）", audience, y + "-08-20", y + "-12-20",
                y + "-09|" + y + "-10|" + y + "-11|" + y + "-12"});
    }
  }
}

void AddPeople(ImportRosterRequest* request, const std::map<std::string, int>& towns, const std::string& from,
               const std::string& to) {
  List staff(request, registry::v1::IMPORT_STAFF, "督导室人员.csv", {"工号", "姓名", "职务", "任职起"});
  staff.Add({"DS001", "回放·签发人", "主任", from});
  staff.Add({"DS002", "回放·验收人", "副主任", from});
  List inspectors(request, registry::v1::IMPORT_INSPECTORS, "责任督学.csv",
                  {"工号", "姓名", "类别", "责任区编号", "责任区职务", "聘任文号", "届次", "聘期起", "聘期止",
                   "督学证号", "发证机关", "证件有效期起", "证件有效期止"});
  for (const auto& [town, number] : towns) {
    inspectors.Add({InspectorNumber(number), "回放·" + TitleCase(town), "专职督学", std::to_string(number),
                    "组长", "回放", "1", from, to, "SMC-" + std::to_string(number), "回放", from, to});
  }
}

}  // namespace

std::map<std::string, int> NumberTowns(const std::vector<Place>& places) {
  std::map<std::string, int> towns;
  for (const Place& place : places) towns[TownOf(place)] = 0;
  int number = 0;
  for (auto& [town, assigned] : towns) assigned = ++number;
  return towns;
}

std::string InspectorNumber(int area) { return "DX" + std::to_string(1000 + area).substr(1); }
std::string SupervisorNumber(const std::string& place) { return "XD-" + place; }

ImportRosterRequest RostersOf(const std::vector<Place>& places, Date first, int last_year) {
  const std::string from = FormatDate(first);
  const std::map<std::string, int> towns = NumberTowns(places);
  ImportRosterRequest request;
  AddTerms(&request, YearOf(first), last_year);
  List areas(&request, registry::v1::IMPORT_AREAS, "责任区.csv", {"责任区编号", "责任区名称", "生效日期"});
  for (const auto& [town, number] : towns) {
    areas.Add({std::to_string(number), TitleCase(town) + "责任区", from});
  }
  List schools(&request, registry::v1::IMPORT_SCHOOLS, "机构.csv",
               {"机构编号", "机构名称", "机构类别", "详细地址", "纬度", "经度", "食堂", "责任区编号",
                "纳入责任区日期"});
  for (const Place& place : places) {
    schools.Add(
        {place.id, place.name, KindOf(place.name),
         place.address + (place.address.empty() ? "" : ", ") + TitleCase(TownOf(place)) + " " + place.zip,
         Degrees(place.latitude), Degrees(place.longitude), "是", std::to_string(towns.at(TownOf(place))),
         from});
  }
  AddPeople(&request, towns, from, std::to_string(last_year) + "-12-31");
  List assignments(&request, registry::v1::IMPORT_INSPECTOR_ASSIGNMENTS, "督学分工.csv",
                   {"督学工号", "机构编号", "职责", "起始日期"});
  List supervisors(&request, registry::v1::IMPORT_SUPERVISORS, "校级督学.csv",
                   {"工号", "姓名", "机构编号", "校内职务", "任职起"});
  for (const Place& place : places) {
    assignments.Add({InspectorNumber(towns.at(TownOf(place))), place.id, "责任督学", from});
    supervisors.Add({SupervisorNumber(place.id), "回放·" + place.id, place.id, "食堂负责人", from});
  }
  return request;
}

}  // namespace inspectorate::smc
