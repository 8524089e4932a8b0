// The workbook of a year's training files, as an office prints and files it.
#include <algorithm>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "common/base/macros.h"
#include "common/base/uuid.h"
#include "common/resource/table.h"
#include "common/sheet/workbook.h"
#include "common/status/error.h"
#include "inspectorate/registry/v1/office.pb.h"
#include "inspectorate/type/v1/options.pb.h"
#include "services/registry/app/terms.h"
#include "services/registry/app/training_files.h"
#include "services/registry/store/data_files.h"

namespace inspectorate::registry {
namespace {

using resource::FromProto;
using v1::TrainingFile;
using v1::TrainingFileEntry;

constexpr uint32_t kHeadings = 4;
// What a person still reads, and the library still holds.
constexpr uint32_t kMostLines = 50'000;

std::string KindOf(const TrainingFileEntry& entry) {
  return ChineseTerm(*v1::TrainingKind_descriptor(), entry.kind());
}
std::string ModeOf(const TrainingFileEntry& entry) {
  return ChineseTerm(*v1::StudyMode_descriptor(), entry.mode());
}
std::string StandingOf(const TrainingFileEntry& entry) {
  if (entry.study_state() != v1::STUDY_RECORD_STATE_UNSPECIFIED)
    return ChineseTerm(*v1::StudyRecordState_descriptor(), entry.study_state());
  if (entry.presence() == v1::ATTENDANCE_PRESENCE_UNSPECIFIED) return "未登记";
  return ChineseTerm(*v1::AttendancePresence_descriptor(), entry.presence());
}

std::string DayText(const google::type::Date& day) {
  return resource::IsSet(day) ? FormatDate(FromProto(day)) : "";
}

// "40" and "37.5": hours are halves.
std::string HoursText(double hours) {
  std::string text = std::to_string(static_cast<int64_t>(hours));
  return hours == static_cast<double>(static_cast<int64_t>(hours)) ? text : text + ".5";
}

struct Heads {
  std::string office;
  const YearRules* rules;

  void On(sheet::Workbook& book, lxw_worksheet* sheet, const std::string& title,
          const std::string& remark) const {
    book.Title(sheet, 0, office + "　" + std::to_string(rules->year) + "年度" + title, true);
    book.Title(sheet, 1,
               "年度：" + FormatDate(rules->days.from) + "至" + FormatDate(*rules->days.to) + "　截至：" +
                   FormatDate(rules->cut_off) + "（含当日）",
               false);
    book.Title(sheet, 2, remark, false);
  }
};

void AddPersons(sheet::Workbook& book, const Heads& heads, const std::vector<TrainingFile>& files) {
  lxw_worksheet* sheet = book.AddSheet("督学学时汇总", kHeadings,
                                       {{"工号", 10},
                                        {"姓名", 16},
                                        {"集中学时", 10},
                                        {"网络学时", 10},
                                        {"自学学时", 10},
                                        {"计入年度学时", 14},
                                        {"尚缺学时", 10},
                                        {"周学习出席", 11},
                                        {"缺席", 7},
                                        {"请假", 7},
                                        {"未登记", 8},
                                        {"周学习出勤率", 14},
                                        {"岗前培训", 12}});
  heads.On(book, sheet, "督学培训学时汇总",
           "集中培训须满" + HoursText(HoursOf(heads.rules->floor)) + "学时（依据：" +
               heads.rules->floor_source + "）；周学习出勤率＝出席÷（出席＋缺席），请假和未登记的不计。");
  uint32_t at = kHeadings;
  for (const TrainingFile& file : files) {
    const v1::TrainingTotals& totals = file.totals();
    ++at;
    book.Text(sheet, at, 0, file.work_number());
    book.Text(sheet, at, 1, file.display_name());
    uint16_t column = 2;
    for (const double hours : {totals.centralised_hours(), totals.online_hours(), totals.self_study_hours(),
                               totals.counted_hours(), totals.shortfall_hours()})
      book.Rate(sheet, at, column++, hours, false);
    for (const int count : {totals.weekly_attended(), totals.weekly_absent(), totals.weekly_excused(),
                            totals.weekly_unrecorded()})
      book.Count(sheet, at, column++, count);
    const int expected = totals.weekly_attended() + totals.weekly_absent();
    if (expected > 0) {
      book.Rate(sheet, at, column, static_cast<double>(totals.weekly_attended()) / expected, true);
    } else {
      book.Text(sheet, at, column, "—");
    }
    book.Text(sheet, at, ++column, DayText(file.inducted()));
  }
}

struct SessionLine {
  const TrainingFileEntry* entry = nullptr;
  int attended = 0, absent = 0, excused = 0, unrecorded = 0;
  int guests = 0;  // were there, and not expected: of another area, or not on duty
};

// By session; what persons recorded of their own studies belongs to none.
std::vector<SessionLine> SessionsIn(const std::vector<TrainingFile>& files) {
  std::map<std::string, SessionLine> lines;
  for (const TrainingFile& file : files) {
    for (const TrainingFileEntry& entry : file.entries()) {
      if (entry.study_state() != v1::STUDY_RECORD_STATE_UNSPECIFIED) continue;
      SessionLine& line = lines[entry.resource().substr(0, entry.resource().rfind("/attendances/"))];
      line.entry = &entry;
      (!entry.expected()                  ? line.guests
       : entry.presence() == v1::ATTENDED ? line.attended
       : entry.presence() == v1::ABSENT   ? line.absent
       : entry.presence() == v1::EXCUSED  ? line.excused
                                          : line.unrecorded)++;
    }
  }
  std::vector<SessionLine> sorted;
  sorted.reserve(lines.size());
  for (const auto& [name, line] : lines) sorted.push_back(line);
  std::ranges::stable_sort(sorted, {}, [](const SessionLine& line) { return FromProto(line.entry->date()); });
  return sorted;
}

void AddSessions(sheet::Workbook& book, const Heads& heads, const std::vector<TrainingFile>& files) {
  lxw_worksheet* sheet = book.AddSheet("培训与周学习", kHeadings,
                                       {{"日期", 12},
                                        {"种类", 10},
                                        {"方式", 8},
                                        {"主题", 50},
                                        {"学时", 8},
                                        {"出席", 8},
                                        {"缺席", 8},
                                        {"请假", 8},
                                        {"未登记", 8},
                                        {"列席", 8}});
  heads.On(book, sheet, "培训与周学习",
           "已举办的学习培训；人数为汇总表所列督学中应到的，列席为不在应到范围而到场的。");
  uint32_t at = kHeadings;
  for (const SessionLine& line : SessionsIn(files)) {
    if (at - kHeadings >= kMostLines) break;
    ++at;
    book.Text(sheet, at, 0, DayText(line.entry->date()));
    book.Text(sheet, at, 1, KindOf(*line.entry));
    book.Text(sheet, at, 2, ModeOf(*line.entry));
    book.Text(sheet, at, 3, line.entry->topic());
    book.Rate(sheet, at, 4, line.entry->planned_hours(), false);
    book.Count(sheet, at, 5, line.attended);
    book.Count(sheet, at, 6, line.absent);
    book.Count(sheet, at, 7, line.excused);
    book.Count(sheet, at, 8, line.unrecorded);
    book.Count(sheet, at, 9, line.guests);
  }
}

void AddEntries(sheet::Workbook& book, const Heads& heads, const std::vector<TrainingFile>& files) {
  lxw_worksheet* sheet = book.AddSheet("个人明细", kHeadings,
                                       {{"工号", 10},
                                        {"姓名", 16},
                                        {"日期", 12},
                                        {"种类", 10},
                                        {"方式", 8},
                                        {"主题", 46},
                                        {"学时", 8},
                                        {"情况", 10},
                                        {"认定学时", 10},
                                        {"计入学时", 10}});
  uint32_t at = kHeadings;
  bool whole = true;
  for (const TrainingFile& file : files) {
    for (const TrainingFileEntry& entry : file.entries()) {
      whole = whole && at - kHeadings < kMostLines;
      if (!whole) break;
      ++at;
      book.Text(sheet, at, 0, file.work_number());
      book.Text(sheet, at, 1, file.display_name());
      book.Text(sheet, at, 2, DayText(entry.date()));
      book.Text(sheet, at, 3, KindOf(entry));
      book.Text(sheet, at, 4, ModeOf(entry));
      book.Text(sheet, at, 5, entry.topic());
      book.Rate(sheet, at, 6, entry.planned_hours(), false);
      book.Text(sheet, at, 7, StandingOf(entry));
      book.Rate(sheet, at, 8, entry.credited_hours(), false);
      book.Rate(sheet, at, 9, entry.counted_hours(), false);
    }
  }
  heads.On(book, sheet, "个人培训明细",
           whole ? "每人每次一行，含本人登记的网络学习和自学。" : "行数过多，以下只列前50000行。");
  worksheet_autofilter(sheet, kHeadings, 0, std::max<uint32_t>(at, kHeadings + 1), 9);
}

}  // namespace

absl::StatusOr<v1::DataFile> ExportTrainingFiles(work::Unit& unit, const roster::Reach& reach,
                                                 const YearRules& rules) {
  RETURN_IF_ERROR(CheckRoom(unit.db(), reach.office, unit.recorded(), "parent"));
  ASSIGN_OR_RETURN(const auto files, LoadTrainingFiles(unit.db(), reach, rules));
  ASSIGN_OR_RETURN(const auto office, resource::Get<v1::Office>(unit.db(), "offices/" + reach.office));
  const Heads heads{.office = office.display_name(), .rules = &rules};
  sheet::Workbook book;
  AddPersons(book, heads, files);
  AddSessions(book, heads, files);
  AddEntries(book, heads, files);
  ASSIGN_OR_RETURN(const std::string bytes, book.Close());
  const FileKey key = {reach.office, NewUuid(unit.recorded())};
  return PutDataFile(unit.db(), key, std::to_string(rules.year) + "年督学培训档案.xlsx", bytes,
                     unit.recorded());
}

}  // namespace inspectorate::registry
