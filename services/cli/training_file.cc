#include "services/cli/training_file.h"

#include <cstdio>

#include "services/cli/fields.h"
#include "services/cli/render.h"
#include "services/cli/words.h"

namespace inspectorate::cli {
namespace {

using namespace registry::v1;

std::string Hours(double hours) {
  char text[32];
  std::snprintf(text, sizeof text, "%.4g", hours);
  return text;
}

std::string Share(int64_t numerator, int64_t denominator) {
  const std::string parts = std::to_string(numerator) + "/" + std::to_string(denominator);
  if (denominator == 0) return parts;
  char text[32];
  std::snprintf(text, sizeof text, "%.1f%%",
                100.0 * static_cast<double>(numerator) / static_cast<double>(denominator));
  return text + Say({"（", " ("}) + parts + Say({"）", ")"});
}

std::string Span(const google::type::Date& from, const google::type::Date& to) {
  return DateText(from) + Say({"至", " to "}) + DateText(to);
}

std::string StandingOf(const TrainingFileEntry& entry) {
  const auto& type = *entry.GetDescriptor();
  if (entry.study_state() != STUDY_RECORD_STATE_UNSPECIFIED)
    return FieldText(entry, *type.FindFieldByName("study_state"));
  const std::string presence = FieldText(entry, *type.FindFieldByName("presence"));
  return presence.empty() ? Say({"未登记", "not recorded"}) : presence;
}

std::string Entries(const TrainingFile& file) {
  Table table{.head = {Say({"日期", "date"}), Say({"种类", "kind"}), Say({"方式", "mode"}),
                       Say({"学时", "hours"}), Say({"情况", "standing"}), Say({"认定", "credited"}),
                       Say({"计入", "counted"}), Say({"主题", "topic"})},
              .rows = {}};
  for (const TrainingFileEntry& entry : file.entries()) {
    const auto text = [&](const char* field) {
      return FieldText(entry, *entry.GetDescriptor()->FindFieldByName(field));
    };
    table.rows.push_back({DateText(entry.date()), text("kind"), text("mode"), Hours(entry.planned_hours()),
                          StandingOf(entry) + (entry.reason().empty() ? "" : " " + entry.reason()),
                          Hours(entry.credited_hours()), Hours(entry.counted_hours()), entry.topic()});
  }
  return table.rows.empty() ? Say({"本年度没有记录\n", "nothing is recorded in this year\n"})
                            : RenderTable(table);
}

std::string Notes(const TrainingFile& file) {
  std::string out;
  for (const TrainingFileEntry& entry : file.entries()) {
    if (entry.notes().empty()) continue;
    if (out.empty()) out = "\n" + Say({"学习笔记", "notes"}) + "\n";
    out += DateText(entry.date()) + "  " + entry.topic() + "\n  " + entry.notes() + "\n";
  }
  return out;
}

}  // namespace

std::string RenderTrainingFile(const TrainingFile& file) {
  const TrainingTotals& totals = file.totals();
  std::string out =
      Say({"督学培训档案", "training file"}) + "  " + file.work_number() + "  " + file.display_name() + "\n";
  out += std::to_string(file.year()) + Say({"年度：", ": "}) + Span(file.year_from(), file.year_to()) +
         Say({"，截至", ", as of "}) + DateText(file.cut_off()) + "\n";
  out += Say({"学时：集中", "hours: centralised "}) + Hours(totals.centralised_hours()) +
         Say({"，网络", ", online "}) + Hours(totals.online_hours()) + Say({"，自学", ", self-study "}) +
         Hours(totals.self_study_hours()) + "\n";
  out += Say({"计入年度集中培训", "counted "}) + Hours(totals.counted_hours()) + "/" +
         Hours(file.floor_hours()) + Say({"学时", " hours"});
  if (totals.shortfall_hours() > 0) out += Say({"，尚缺", ", short of "}) + Hours(totals.shortfall_hours());
  out += Say({"（依据：", " (by "}) + file.floor_source() + Say({"）", ")"}) + "\n";
  out += Say({"周学习出勤率", "weekly study attended "}) +
         Share(totals.weekly_attended(), totals.weekly_attended() + totals.weekly_absent()) +
         Say({"，请假", ", excused "}) + std::to_string(totals.weekly_excused()) +
         Say({"，未登记", ", not recorded "}) + std::to_string(totals.weekly_unrecorded()) + "\n";
  out += Say({"岗前培训：", "induction: "}) +
         (file.inducted().year() == 0 ? Say({"没有已认定学时的记录", "no credited session on record"})
                                      : DateText(file.inducted())) +
         "\n\n";
  return out + Entries(file) + Notes(file);
}

std::string RenderShortfalls(const ListTrainingShortfallsResponse& list) {
  std::string out = std::to_string(list.year()) + Say({"年度：", ": "}) +
                    Span(list.year_from(), list.year_to()) + Say({"，截至", ", as of "}) +
                    DateText(list.cut_off()) + "\n";
  const TrainingRate& weekly = list.weekly_attendance();
  out += Say({"集中培训满", "centralised training of "}) + Hours(list.floor_hours()) +
         Say({"学时的督学：", " hours: "}) +
         Share(list.enough_hours().numerator(), list.enough_hours().denominator()) +
         Say({"（依据：", " (by "}) + list.floor_source() + Say({"）", ")"}) + "\n";
  out += Say({"周学习出勤率：", "weekly study attended: "}) +
         Share(weekly.numerator(), weekly.denominator()) + Say({"，请假", ", excused "}) +
         std::to_string(weekly.excused()) + Say({"，未登记", ", not recorded "}) +
         std::to_string(weekly.unrecorded()) + "\n";
  Table table{.head = {Say({"工号", "number"}), Say({"姓名", "name"}), Say({"计入", "counted"}),
                       Say({"尚缺", "short"}), Say({"网络", "online"}), Say({"自学", "self-study"}),
                       Say({"周学习出勤", "weekly study"}), Say({"本年度起算", "on duty from"})},
              .rows = {}};
  for (const TrainingShortfall& row : list.shortfalls()) {
    const TrainingTotals& totals = row.totals();
    table.rows.push_back({row.work_number(), row.display_name(), Hours(totals.counted_hours()),
                          Hours(totals.shortfall_hours()), Hours(totals.online_hours()),
                          Hours(totals.self_study_hours()),
                          std::to_string(totals.weekly_attended()) + "/" +
                              std::to_string(totals.weekly_attended() + totals.weekly_absent()),
                          DateText(row.duty_from())});
  }
  if (!table.rows.empty()) out += "\n" + RenderTable(table);
  if (list.unrecorded_inductions_size() > 0) {
    out += Say({"已登记上岗、没有已认定学时的岗前培训记录：",
                "inducted without a credited session of induction: "}) +
           std::to_string(list.unrecorded_inductions_size()) + "\n";
    for (const std::string& inspector : list.unrecorded_inductions()) out += "  " + inspector + "\n";
  }
  return out;
}

}  // namespace inspectorate::cli
