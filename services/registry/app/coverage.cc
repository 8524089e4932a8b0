#include "services/registry/app/coverage.h"

#include "common/base/macros.h"
#include "common/resource/description.h"
#include "services/registry/store/coverage_store.h"

namespace inspectorate::registry {
namespace {

std::string SubjectName(const CoverageException& exception, const std::string& office) {
  const std::string id = FormatUuid(exception.id);
  switch (exception.subject) {
    case CoverageException::Subject::kSchool:
      return "schools/" + id;
    case CoverageException::Subject::kArea:
      return "offices/" + office + "/areas/" + id;
    case CoverageException::Subject::kInspector:
      return "inspectors/" + id;
  }
  return id;
}

}  // namespace

absl::StatusOr<v1::Coverage> CheckCoverage(db::Session& session, const std::string& office, Date day) {
  ASSIGN_OR_RETURN(StoredCoverage stored, LoadCoverage(session, office, day));
  const CoverageResult result = DecideCoverage(stored.facts);
  v1::Coverage coverage;
  *coverage.mutable_as_of() = resource::ToProto(day);
  coverage.set_schools(result.schools);
  coverage.set_kindergartens(result.kindergartens);
  coverage.set_areas(static_cast<int>(stored.facts.areas.size()));
  coverage.set_inspectors(static_cast<int>(stored.facts.inspectors.size()));
  coverage.set_supervisors(stored.supervisors);
  coverage.set_covered(result.covered);
  for (const CoverageException& exception : result.exceptions) {
    auto* out = coverage.add_exceptions();
    out->set_code(exception.code);
    out->set_resource(SubjectName(exception, office));
    out->set_display_name(exception.name);
    out->set_message_zh(exception.zh);
    out->set_message_en(exception.en);
    out->set_warning(exception.warning);
  }
  return coverage;
}

}  // namespace inspectorate::registry
