// E1 to E4, not taken at their word.
#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/base/uuid.h"
#include "common/identity/issue_id.h"
#include "inspectorate/issues/v1/issue.pb.h"
#include "inspectorate/visits/v1/visit.pb.h"
#include "tests/robustness/found.h"

namespace inspectorate::robustness {
namespace {

using feed::v1::Change;
using reporting::v1::Equation;

// What feeds say of findings and issues, without a word of who keeps figures of them.
class Loop {
 public:
  explicit Loop(const Observation& seen) {
    for (const auto& [service, feed] : seen.feeds) {
      for (const Change& change : feed.changes) {
        if (service == "visits" && change.resource_type() == "inspectorate/Finding") NoteFinding(change);
        if (service == "issues" && change.resource_type() == "inspectorate/Issue") NoteIssue(change);
      }
    }
  }

  // Names of the issues that problems became or must become, sealed at or before a position of visits.
  std::set<std::string> SealedBy(uint64_t position) const {
    std::set<std::string> names;
    for (const auto& [name, at] : sealed_) {
      if (at <= position) names.insert(name);
    }
    return names;
  }
  std::set<std::string> FromVisitsBy(uint64_t position) const {
    std::set<std::string> names;
    for (const Step& step : steps_) {
      if (step.position <= position && step.from_visit) names.insert(step.issue);
    }
    return names;
  }
  std::map<std::string, int> StatesAt(uint64_t position) const {
    std::map<std::string, int> states;
    for (const Step& step : steps_) {
      if (step.position <= position) states[step.issue] = step.state;
    }
    return states;
  }
  const Complaints& unreadable() const { return unreadable_; }

 private:
  struct Step {
    uint64_t position = 0;
    std::string issue;
    int state = 0;
    bool from_visit = false;
  };

  void NoteFinding(const Change& change) {
    visits::v1::Finding finding;
    const size_t begin = change.resource().find("/visits/") + std::string("/visits/").size();
    const auto visit = ParseUuid(change.resource().substr(begin, change.resource().find('/', begin) - begin));
    if (!finding.ParseFromString(change.after().value()) || !visit) {
      unreadable_.push_back("no finding can be read at " + At("visits", change));
    } else if (finding.sealed_in() > 0 && finding.kind() == visits::v1::PROBLEM) {
      sealed_.try_emplace("offices/" + change.office() + "/issues/" +
                              FormatUuid(IssueId(*visit, static_cast<uint32_t>(finding.ordinal()))),
                          change.position());
    }
  }
  void NoteIssue(const Change& change) {
    issues::v1::Issue issue;
    if (!issue.ParseFromString(change.after().value())) {
      unreadable_.push_back("no issue can be read at " + At("issues", change));
      return;
    }
    steps_.push_back({.position = change.position(),
                      .issue = change.resource(),
                      .state = issue.state(),
                      .from_visit = issue.source() == issues::v1::FROM_VISIT});
  }

  std::map<std::string, uint64_t> sealed_;
  std::vector<Step> steps_;
  Complaints unreadable_;
};

int64_t SumOf(const google::protobuf::RepeatedPtrField<reporting::v1::Term>& terms) {
  int64_t sum = 0;
  for (const auto& term : terms) sum += term.value();
  return sum;
}

std::string Counts(const google::protobuf::RepeatedPtrField<reporting::v1::Term>& terms) {
  std::string text;
  for (const auto& term : terms) text += (text.empty() ? "" : "+") + std::to_string(term.value());
  return text;
}

std::optional<uint64_t> PositionIn(const Equation& equation, const std::string& source) {
  for (const auto& position : equation.positions()) {
    if (position.source() == source) return position.position();
  }
  return std::nullopt;
}

// The terms must bear out what it says of itself. Of E4 each source is a pair.
void CheckTerms(const Equation& equation, Found* found) {
  if (!equation.holds() || equation.only_left_size() > 0 || equation.only_right_size() > 0)
    found->Say("does not hold: " + equation.text_en());
  bool equal = equation.left_size() > 0 && SumOf(equation.left()) == SumOf(equation.right());
  if (equation.code() == "E4") {
    equal = equal && equation.left_size() == equation.right_size();
    for (int i = 0; equal && i < equation.left_size(); ++i)
      equal = equation.left(i).value() == equation.right(i).value();
  }
  if (!equal)
    found->Say(equation.code() + " says that it holds, with " + Counts(equation.left()) + " and " +
               Counts(equation.right()));
}

void CompareCapture(const Equation& equation, const Loop& loop, Found* found) {
  const auto visits = PositionIn(equation, "visits");
  const auto issues = PositionIn(equation, "issues");
  if (!visits || !issues) return found->Say("E1 does not say at which positions");
  const std::set<std::string> sealed = loop.SealedBy(*visits);
  const std::set<std::string> registered = loop.FromVisitsBy(*issues);
  const std::string at = absl::StrCat(" at visits ", *visits, ", issues ", *issues);
  if (sealed != registered)
    found->Say(absl::StrCat("E1", at, ": the feeds seal ", sealed.size(), " problems and register ",
                            registered.size(), " issues, not the same"));
  if (SumOf(equation.left()) != static_cast<int64_t>(sealed.size()) ||
      SumOf(equation.right()) != static_cast<int64_t>(registered.size()))
    found->Say(absl::StrCat("E1", at, " says ", Counts(equation.left()), " = ", Counts(equation.right()),
                            ", the feeds ", sealed.size(), " and ", registered.size()));
}

void CompareStock(const Equation& equation, const Loop& loop, Found* found) {
  const auto issues = PositionIn(equation, "issues");
  if (!issues) return found->Say("E2 does not say at which position");
  const auto states = loop.StatesAt(*issues);
  // Open, closed, waived, transferred, merged, voided: in the order in which the equation has them.
  std::vector<int64_t> terms(6);
  for (const auto& [name, state] : states) {
    if (state >= issues::v1::REGISTERED && state <= issues::v1::VOIDED)
      ++terms[static_cast<size_t>(std::max(state - issues::v1::VERIFIED, 0))];
  }
  bool equal = SumOf(equation.left()) == static_cast<int64_t>(states.size()) &&
               equation.right_size() == static_cast<int>(terms.size());
  std::string told;
  for (size_t i = 0; i < terms.size(); ++i) {
    equal = equal && equation.right(static_cast<int>(i)).value() == terms[i];
    told += (told.empty() ? "" : "+") + std::to_string(terms[i]);
  }
  if (!equal)
    found->Say(absl::StrCat("E2 at issues ", *issues, " says ", Counts(equation.left()), " = ",
                            Counts(equation.right()), ", the feed ", states.size(), " = ", told));
}

}  // namespace

Complaints CheckEquations(const Observation& seen) {
  Found found;
  if (seen.audits.empty()) found.Say("there was no audit");
  const Loop loop(seen);
  for (const std::string& wrong : loop.unreadable()) found.Say(wrong);
  for (const auto& audit : seen.audits) {
    std::string codes;
    for (const Equation& equation : audit.equations()) {
      codes += equation.code();
      CheckTerms(equation, &found);
      if (equation.code() == "E1") CompareCapture(equation, loop, &found);
      if (equation.code() == "E2") CompareStock(equation, loop, &found);
    }
    if (codes != "E1E2E3E4") found.Say("an audit of " + codes + " and not of all four equations");
  }
  return found.Take();
}

}  // namespace inspectorate::robustness
