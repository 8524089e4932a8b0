#include "services/reporting/domain/equations.h"

#include <algorithm>
#include <array>
#include <iterator>
#include <string_view>

namespace inspectorate::reporting {
namespace {

std::string At(std::string_view source, uint64_t position) {
  return std::string(source) + "@" + std::to_string(position);
}

std::vector<std::string> Minus(const std::set<std::string>& a, const std::set<std::string>& b) {
  std::vector<std::string> difference;
  std::set_difference(a.begin(), a.end(), b.begin(), b.end(), std::back_inserter(difference));
  return difference;
}

int64_t Sum(const std::vector<Term>& terms) {
  int64_t sum = 0;
  for (const Term& term : terms) sum += term.value;
  return sum;
}

// "124 issues + …" in English, "问题 124 + …" in Chinese.
std::string Side(const std::vector<Term>& terms, bool zh) {
  std::string text;
  for (const Term& term : terms) {
    if (!text.empty()) text += " + ";
    const std::string value = std::to_string(term.value);
    text += zh ? term.label_zh + " " + value : value + " " + term.label_en;
  }
  return text;
}

// "…; holds", or "…; DOES NOT HOLD: 2 only left, 1 only right".
std::string Verdict(const Equation& e, bool zh) {
  if (e.holds) return zh ? "；成立" : "; holds";
  std::string text = zh ? "；不成立" : "; DOES NOT HOLD";
  const std::string left = std::to_string(e.only_left.size());
  const std::string right = std::to_string(e.only_right.size());
  if (e.only_left.empty() && e.only_right.empty()) return text;
  return text + (zh ? "：仅左侧" + left + "个，仅右侧" + right + "个"
                    : ": " + left + " only left, " + right + " only right");
}

std::string Compare(const Equation& e, bool zh) {
  return Side(e.left, zh) + (Sum(e.left) == Sum(e.right) ? " = " : " ≠ ") + Side(e.right, zh);
}

void Render(Equation& e, std::string_view title_zh, std::string_view title_en, const std::string& note_zh,
            const std::string& note_en) {
  e.text_zh = e.code + " " + std::string(title_zh) + "：" + Compare(e, true) + note_zh + Verdict(e, true);
  e.text_en = e.code + " " + std::string(title_en) + ": " + Compare(e, false) + note_en + Verdict(e, false);
}

struct StockTerm {
  std::string_view label_zh;
  std::string_view label_en;
  std::vector<std::string_view> states;
};

const std::array<StockTerm, 6>& StockTerms() {
  static const auto& terms = *new std::array<StockTerm, 6>{{
      {"未办结",
       "open",
       {"REGISTERED", "NOTIFIED", "ACKNOWLEDGED", "RECTIFYING", "AWAITING_VERIFICATION", "VERIFIED"}},
      {"销号", "closed", {"CLOSED"}},
      {"豁免", "waived", {"WAIVED"}},
      {"移交", "transferred", {"TRANSFERRED"}},
      {"合并", "merged", {"MERGED"}},
      {"作废", "voided", {"VOIDED"}},
  }};
  return terms;
}

}  // namespace

Equation EvaluateCapture(const CaptureFacts& facts) {
  Equation e;
  e.code = "E1";
  const std::string visits = At("visits", facts.visits_consumed);
  const std::string issues = At("issues", facts.issues_position);
  e.left = {{"至" + visits + "封存的问题", "findings sealed up to " + visits,
             static_cast<int64_t>(facts.sealed.size())}};
  e.right = {{"至" + issues + "登记的问题", "issues registered up to " + issues,
              static_cast<int64_t>(facts.registered.size())}};
  e.only_left = Minus(facts.sealed, facts.registered);
  e.only_right = Minus(facts.registered, facts.sealed);
  e.in_transit.assign(facts.in_transit.begin(), facts.in_transit.end());
  e.positions = {{"visits", facts.visits_consumed}, {"issues", facts.issues_position}};
  e.holds = e.only_left.empty() && e.only_right.empty();
  const std::string transit = std::to_string(e.in_transit.size());
  Render(e, "收录", "capture", "，在途 " + transit, ", " + transit + " in transit");
  return e;
}

Equation EvaluateStock(const StockFacts& facts) {
  Equation e;
  e.code = "E2";
  e.left = {{"累计登记", "ever registered", facts.registered}};
  std::set<std::string> registered;
  for (const auto& [id, state] : facts.ever_registered) registered.insert(id);
  std::set<std::string> rows;
  std::map<std::string, int64_t> listed;
  for (const auto& [id, state] : facts.state_by_issue) {
    rows.insert(id);
    ++listed[state];
  }
  std::set<std::string> counted;  // rows in the state told, which belongs to a term
  for (const StockTerm& stock : StockTerms()) {
    Term term{std::string(stock.label_zh), std::string(stock.label_en), 0};
    const auto belongs = [&](const std::string& state) {
      return std::find(stock.states.begin(), stock.states.end(), state) != stock.states.end();
    };
    for (const auto& [state, count] : facts.rows_by_state) {
      if (belongs(state)) term.value += count;
    }
    for (const auto& [id, state] : facts.state_by_issue) {
      const auto told = facts.ever_registered.find(id);
      if (belongs(state) && told != facts.ever_registered.end() && told->second == state) counted.insert(id);
    }
    e.right.push_back(std::move(term));
  }
  e.only_left = Minus(registered, counted);
  e.only_right = Minus(rows, registered);
  e.positions = {{"issues", facts.issues_position}};
  const bool named =
      facts.registered == static_cast<int64_t>(facts.ever_registered.size()) && facts.rows_by_state == listed;
  e.holds = named && Sum(e.left) == Sum(e.right) && e.only_left.empty() && e.only_right.empty();
  const std::string issues = At("issues", facts.issues_position);
  Render(e, "存量", "stock", "（" + issues + "）" + (named ? "" : "，计数与名单不符"),
         " (" + issues + ")" + (named ? "" : ", counts and names disagree"));
  return e;
}

Equation EvaluateFlow(const FlowFacts& facts) {
  Equation e;
  e.code = "E3";
  e.left = {{"期初未办结", "open before", facts.open_before},
            {"登记", "registered", facts.registered},
            {"重启", "reopened", facts.reopened}};
  e.right = {{"期末未办结", "open after", facts.open_after},
             {"销号", "closed", facts.closed},
             {"豁免", "waived", facts.waived},
             {"移交", "transferred", facts.transferred},
             {"合并", "merged", facts.merged},
             {"作废", "voided", facts.voided}};
  e.positions = {{"issues", facts.from}, {"issues", facts.to}};
  e.holds = Sum(e.left) == Sum(e.right);
  const std::string span = At("issues", facts.from) + "…" + std::to_string(facts.to);
  Render(e, "流量", "flow", "（" + span + "）", " (" + span + ")");
  return e;
}

Equation EvaluateProjection(const std::vector<ProjectionFacts>& sources) {
  // With nothing compared, nothing is proved.
  Equation e;
  e.code = "E4";
  e.holds = !sources.empty();
  std::string note_zh;
  std::string note_en;
  for (const ProjectionFacts& facts : sources) {
    const std::string at = At(facts.source, facts.owner.position);
    e.left.push_back({at, "at " + at, facts.owner.count});
    e.right.push_back({facts.source + "副本", "copied of " + facts.source, facts.copy.count});
    e.positions.push_back({facts.source, facts.owner.position});
    if (facts.owner_table != facts.owner_at_table) {
      e.holds = false;
      const std::string table_at = At(facts.source, facts.owner_table.position);
      note_zh += "，" + table_at + "处数据表与变更流不符";
      note_en += ", the tables at " + table_at + " are not what the feed says";
    }
    if (facts.owner.position != facts.copy.position) {
      // Two states of different moments say nothing about each other.
      e.holds = false;
      const std::string copy_at = At(facts.source, facts.copy.position);
      note_zh += "，副本在" + copy_at + "，不可比";
      note_en += ", the copy stands at " + copy_at + " and cannot be compared";
      continue;
    }
    if (facts.owner.count != facts.copy.count || facts.owner.sum != facts.copy.sum) {
      e.holds = false;
      note_zh += "，" + facts.source + "摘要不同";
      note_en += ", the digests of " + facts.source + " differ";
    }
    e.only_left.insert(e.only_left.end(), facts.only_owner.begin(), facts.only_owner.end());
    e.only_right.insert(e.only_right.end(), facts.only_copy.begin(), facts.only_copy.end());
  }
  if (e.holds) {
    note_zh = "，摘要一致";
    note_en = ", digests equal";
  }
  Render(e, "投影", "projection", note_zh, note_en);
  return e;
}

}  // namespace inspectorate::reporting
