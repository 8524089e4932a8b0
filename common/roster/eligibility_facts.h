// Loads what the eligibility rules decide from, out of this service's own registry tables or copies.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "common/base/time.h"
#include "common/base/uuid.h"
#include "common/db/database.h"
#include "common/roster/eligibility.h"
#include "common/roster/eligible_days.h"
#include "common/roster/policy.h"
#include "inspectorate/registry/v1/inspector.pb.h"

namespace inspectorate::roster {

// One inspector; RESOURCE_NOT_FOUND.
absl::StatusOr<InspectorFacts> LoadInspectorFacts(db::Session& session, const Uuid& inspector);

// "inspectors/{inspector}/appointments/{appointment}": whose it is.
Uuid OwnerOf(const std::string& name);

// All inspectors of an office (slug), by id: eight statements, whatever their number.
absl::StatusOr<std::map<Uuid, InspectorFacts>> LoadOfficeInspectors(db::Session& session,
                                                                    const std::string& office);

// These, by id; who is not there is left out.
absl::StatusOr<std::map<Uuid, InspectorFacts>> LoadInspectors(db::Session& session,
                                                              const std::vector<Uuid>& inspectors);

// What recuses a person, who may be several of these: employments and recusals, and nothing else.
absl::StatusOr<InspectorFacts> LoadRecusalFacts(db::Session& session, const std::vector<Uuid>& inspectors);

// A school as it was on a day (another kind decides otherwise), and the office in charge of it;
// RESOURCE_NOT_FOUND.
struct SchoolInCharge {
  SchoolFacts facts;
  std::string office;
};
absl::StatusOr<SchoolInCharge> LoadSchoolFacts(db::Session& session, const Uuid& school, Date day);

// The same of these schools, and of all in the charge of an office; who is not there is left out.
absl::StatusOr<std::map<Uuid, SchoolInCharge>> LoadSchools(db::Session& session,
                                                           const std::vector<Uuid>& schools, Date day);
absl::StatusOr<std::map<Uuid, SchoolInCharge>> LoadOfficeSchools(db::Session& session,
                                                                 const std::string& office, Date day);

// The rules that eligibility follows from.
inline constexpr const char* kEligibilityRules[] = {"recusal.former_employer_years", "inspector.max_terms"};

// Out of all rules of a day, or the office's on the day; POLICY_MISSING.
absl::StatusOr<EligibilityPolicy> EligibilityPolicyOf(const Policy& policy);
absl::StatusOr<EligibilityPolicy> LoadEligibilityPolicy(db::Session& session, const std::string& office,
                                                        Date day);

// The same where the office has such rules that day: where it has none, nobody has decided what would speak
// against an inspector.
absl::StatusOr<std::optional<EligibilityPolicy>> FindEligibilityPolicy(db::Session& session,
                                                                       const std::string& office, Date day);

// The office's rules from the day on, as far as they are set; none for an office that has no rules of
// eligibility.
absl::StatusOr<std::vector<DatedEligibilityPolicy>> LoadEligibilityPolicies(db::Session& session,
                                                                            const std::string& office,
                                                                            Date from);

// The three together: every reason against this inspector acting at this school on the day, by the rules of
// the office in charge of the school.
absl::StatusOr<std::vector<EligibilityReason>> CheckEligibilityOn(db::Session& session, const Uuid& inspector,
                                                                  const Uuid& school, Date day);

}  // namespace inspectorate::roster
