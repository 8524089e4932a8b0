#include "services/registry/store/area_history_store.h"

#include <algorithm>
#include <iterator>
#include <set>
#include <vector>

#include "common/base/macros.h"
#include "common/resource/table.h"
#include "services/registry/domain/area_history.h"

namespace inspectorate::registry {
namespace {

using resource::ToProto;

// Schools and members in one list, so that either makes a version.
struct Facts {
  std::vector<Belonging> belongings;
  std::vector<std::string> names;  // what is shown: the school's resource, the person's name
  std::vector<int> duties;         // 0 for a school
};

void Add(const db::Rows& rows, size_t row, const std::string& prefix, Facts* facts) {
  Belonging fact{.who = prefix + FormatUuid(rows.at(row, "id").AsUuid()),
                 .period = {rows.at(row, "valid_from").AsDate(), {}},
                 .document = rows.at(row, "document_number").AsString()};
  if (!rows.at(row, "valid_to").is_null()) fact.period.to = rows.at(row, "valid_to").AsDate();
  facts->belongings.push_back(std::move(fact));
}

absl::StatusOr<Facts> LoadFacts(db::Session& session, const std::string& office, const Uuid& area) {
  Facts facts;
  ASSIGN_OR_RETURN(
      db::Rows schools,
      session.Query("SELECT school AS id, valid_from, valid_to, document_number FROM school_assignment"
                    " WHERE office = ? AND area = ? ORDER BY valid_from, school",
                    {office, area}));
  for (size_t i = 0; i < schools.size(); ++i) {
    Add(schools, i, "schools/", &facts);
    facts.names.push_back(facts.belongings.back().who);
    facts.duties.push_back(0);
  }
  ASSIGN_OR_RETURN(
      db::Rows members,
      session.Query(
          "SELECT m.inspector AS id, m.valid_from, m.valid_to, m.document_number, m.duty, i.display_name"
          " FROM area_membership m JOIN inspector i ON i.inspector = m.inspector"
          " WHERE m.office = ? AND m.area = ? ORDER BY i.work_number, m.valid_from",
          {office, area}));
  for (size_t i = 0; i < members.size(); ++i) {
    const auto duty = static_cast<int>(members.at(i, "duty").AsInt());
    Add(members, i, std::to_string(duty) + "/", &facts);
    facts.names.push_back(members.at(i, "display_name").AsString());
    facts.duties.push_back(duty);
  }
  return facts;
}

void AddPersons(const Facts& facts, const Composition& version, v1::AreaVersion* out) {
  for (size_t i : version.holding) {
    if (facts.duties[i] == 0) continue;
    out->add_members(facts.names[i]);
    if (facts.duties[i] == v1::LEAD) out->add_leads(facts.names[i]);
    if (facts.duties[i] == v1::LIAISON) out->add_liaisons(facts.names[i]);
  }
}

std::set<std::string> SchoolsOf(const Facts& facts, const Composition& version) {
  std::set<std::string> schools;
  for (size_t i : version.holding) {
    if (facts.duties[i] == 0) schools.insert(facts.names[i]);
  }
  return schools;
}

}  // namespace

absl::StatusOr<v1::AreaHistory> LoadAreaHistory(db::Session& session, const std::string& area) {
  ASSIGN_OR_RETURN(auto record, resource::Get<v1::Area>(session, area));
  ASSIGN_OR_RETURN(const Facts facts, LoadFacts(session, resource::SlugOf(area), resource::UuidOf(area)));
  v1::AreaHistory history;
  std::set<std::string> before;
  for (const Composition& version : CompositionsOf(resource::PeriodOf(record), facts.belongings)) {
    v1::AreaVersion* out = history.add_versions();
    out->set_version(history.versions_size());
    *out->mutable_valid_from() = ToProto(version.period.from);
    if (version.period.to) *out->mutable_valid_to() = ToProto(*version.period.to);
    // The area's own paper stands at its beginning.
    if (history.versions_size() == 1 && !record.document_number().empty()) {
      out->add_document_numbers(record.document_number());
    }
    for (const std::string& document : version.documents) {
      if (document != record.document_number() || history.versions_size() > 1)
        out->add_document_numbers(document);
    }
    AddPersons(facts, version, out);
    const std::set<std::string> schools = SchoolsOf(facts, version);
    out->set_schools(static_cast<int>(schools.size()));
    std::set_difference(schools.begin(), schools.end(), before.begin(), before.end(),
                        google::protobuf::RepeatedFieldBackInserter(out->mutable_schools_joined()));
    std::set_difference(before.begin(), before.end(), schools.begin(), schools.end(),
                        google::protobuf::RepeatedFieldBackInserter(out->mutable_schools_left()));
    before = schools;
  }
  return history;
}

}  // namespace inspectorate::registry
