#include "services/visits/app/comprehensive.h"

#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "common/base/macros.h"
#include "common/resource/description.h"
#include "common/roster/person.h"
#include "common/roster/policy.h"
#include "common/status/error.h"
#include "services/visits/app/reach.h"
#include "services/visits/domain/comprehensive.h"
#include "services/visits/domain/obligations.h"
#include "services/visits/store/roster_facts.h"
#include "services/visits/store/visit_rows.h"

namespace inspectorate::visits {
namespace {

using resource::FromProto;
using resource::SlugOf;
using resource::ToProto;

struct Row {
  std::string key;  // of the order
  Uuid school;
  std::optional<HeldVisit> last;
  ComprehensiveStanding standing;
};

// Overdue, never, due, not yet; then by the day.
std::string KeyOf(const Row& row) {
  const auto rank = [](ComprehensiveState state) {
    switch (state) {
      case ComprehensiveState::kOverdue:
        return "1";
      case ComprehensiveState::kNever:
        return "2";
      case ComprehensiveState::kDue:
        return "3";
      case ComprehensiveState::kNotYet:
        return "4";
    }
    return "";
  };
  const std::string day = row.standing.next_by ? FormatDate(*row.standing.next_by) : "";
  return std::string(rank(row.standing.state)) + "/" + day + "/" + FormatUuid(row.school);
}

absl::StatusOr<CycleRules> RulesOn(db::Session& session, const std::string& office, Date day) {
  ASSIGN_OR_RETURN(const roster::Policy policy, roster::LoadPolicy(session, office, day));
  ASSIGN_OR_RETURN(const int64_t least, policy.Int(kCycleMinRule));
  ASSIGN_OR_RETURN(const int64_t most, policy.Int(kCycleMaxRule));
  return CycleRules{.min_months = static_cast<int>(least), .max_months = static_cast<int>(most)};
}

// Of the schools that operate on the day and that the caller reaches, in their order.
absl::StatusOr<std::vector<Row>> RowsOn(db::Session& session, const roster::Reach& reach, Date day,
                                        v1::ComprehensiveState wanted) {
  ASSIGN_OR_RETURN(const CycleRules rules, RulesOn(session, reach.office, day));
  ASSIGN_OR_RETURN(const auto schools, SchoolsInOperation(session, reach.office, MonthBegin(day)));
  ASSIGN_OR_RETURN(const auto reached, SchoolsReached(session, reach));
  ASSIGN_OR_RETURN(auto held, LastComprehensive(session, reach.office, day));
  std::vector<Row> rows;
  for (const SchoolInOperation& school : schools) {
    if (!OperatesOn(school, day) || !reached.contains(school.id)) continue;
    Row row{.key = {}, .school = school.id, .last = {}, .standing = {}};
    std::optional<Date> last;
    if (const auto visit = held.find(school.id); visit != held.end()) {
      row.last = visit->second;
      last = visit->second.day;
    }
    row.standing = StandingOn(day, last, rules);
    if (wanted != v1::COMPREHENSIVE_STATE_UNSPECIFIED && wanted != static_cast<int>(row.standing.state)) {
      continue;
    }
    row.key = KeyOf(row);
    rows.push_back(std::move(row));
  }
  std::ranges::sort(rows, {}, &Row::key);
  return rows;
}

void Show(const std::string& office, const Row& row, const std::string& name, v1::ComprehensiveCycle* out) {
  out->set_school("schools/" + FormatUuid(row.school));
  out->set_display_name(name);
  out->set_state(static_cast<v1::ComprehensiveState>(row.standing.state));
  if (row.last) {
    out->set_last_visit("offices/" + office + "/visits/" + FormatUuid(row.last->visit));
    *out->mutable_last_day() = ToProto(row.last->day);
  }
  if (row.standing.next_from) *out->mutable_next_from() = ToProto(*row.standing.next_from);
  if (row.standing.next_by) *out->mutable_next_by() = ToProto(*row.standing.next_by);
}

// A token is good for the same question of the same caller.
std::string Fingerprint(const rpc::Call& call, v1::ListComprehensiveCyclesRequest request) {
  request.clear_page_size();
  request.clear_page_token();
  return "comprehensiveCycles\n" + call.principal().subject + "\n" + request.SerializeAsString();
}

// The key of the last row that was shown; empty on the first page.
absl::StatusOr<std::string> LastShown(const query::PageTokens& tokens, const std::string& token,
                                      const std::string& fingerprint) {
  if (token.empty()) return std::string();
  ASSIGN_OR_RETURN(const auto keys, tokens.Read(token, fingerprint));
  if (keys.size() != 1) return Error(ErrorReason::PAGE_TOKEN_INVALID);
  return keys[0].AsString();
}

}  // namespace

absl::StatusOr<v1::ListComprehensiveCyclesResponse> ListComprehensiveCycles(
    db::Session& session, const rpc::Call& call, const query::PageTokens& tokens,
    const v1::ListComprehensiveCyclesRequest& request) {
  const std::string office = SlugOf(request.parent());
  ASSIGN_OR_RETURN(const roster::Reach reach, ReachToRead(session, call, office));
  ASSIGN_OR_RETURN(const int size, query::PageSize(request.page_size()));
  const std::string fingerprint = Fingerprint(call, request);
  ASSIGN_OR_RETURN(const std::string after, LastShown(tokens, request.page_token(), fingerprint));
  const Date day = resource::IsSet(request.as_of()) ? FromProto(request.as_of()) : reach.day;
  ASSIGN_OR_RETURN(const auto rows, RowsOn(session, reach, day, request.state()));
  const auto begin = std::ranges::upper_bound(rows, after, {}, &Row::key);
  const auto end = rows.end() - begin > size ? begin + size : rows.end();
  std::vector<Uuid> shown;
  for (auto row = begin; row != end; ++row) shown.push_back(row->school);
  ASSIGN_OR_RETURN(const auto names, roster::SchoolNames(session, shown));
  v1::ListComprehensiveCyclesResponse response;
  for (auto row = begin; row != end; ++row) {
    const auto name = names.find(row->school);
    Show(office, *row, name == names.end() ? "" : name->second, response.add_cycles());
  }
  if (end != rows.end()) response.set_next_page_token(tokens.Make(fingerprint, {(end - 1)->key}));
  response.set_total_size(static_cast<int64_t>(rows.size()));
  return response;
}

}  // namespace inspectorate::visits
