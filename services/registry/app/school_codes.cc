#include "services/registry/app/school_codes.h"

#include <string>
#include <vector>

#include "common/base/macros.h"
#include "common/resource/table.h"
#include "common/status/error.h"
#include "inspectorate/registry/v1/office.pb.h"
#include "services/registry/domain/school_codes.h"

namespace inspectorate::registry {
namespace {

using v1::Office;
using v1::School;

FieldViolation Violation(CodeFault fault, Kind kind, const std::string& province) {
  const std::string field = "school.ident_code";
  switch (fault) {
    case CodeFault::kProvince:
      return {.field = field,
              .zh = "第3、4位应为省级区划代码" + province,
              .en = "the third and fourth digit are the province, " + province};
    case CodeFault::kClass:
      return {.field = field,
              .zh = "前两位与机构类别不符,该类机构为" + ClassesOf(kind),
              .en = "the first two digits of this kind of school are " + ClassesOf(kind)};
    default:
      return {.field = field, .zh = "不是学校(机构)标识码", .en = "is no identification code of a school"};
  }
}

}  // namespace

absl::StatusOr<std::string> ProvinceOf(work::Unit& unit, const std::string& office_name) {
  ASSIGN_OR_RETURN(const Office office, resource::Get<Office>(unit.db(), office_name));
  // All codes that an office ever had are of one province.
  return office.division_codes().empty() ? std::string() : office.division_codes(0).code().substr(0, 2);
}

absl::Status CheckSchoolCodes(work::Unit& unit, const School* before, const School& school) {
  std::vector<FieldViolation> violations;
  if (!school.credit_code().empty() && !IsCreditCode(school.credit_code())) {
    violations.push_back({.field = "school.credit_code",
                          .zh = "不是统一社会信用代码,请核对校验码",
                          .en = "is no unified social credit code: the last character does not check"});
  }
  const bool as_before = before != nullptr && before->ident_code() == school.ident_code() &&
                         before->kind() == school.kind() && before->office() == school.office();
  if (!school.ident_code().empty() && !as_before) {
    ASSIGN_OR_RETURN(const std::string province, ProvinceOf(unit, school.office()));
    const auto kind = static_cast<Kind>(school.kind());
    const CodeFault fault = CheckIdentCode(school.ident_code(), kind, province);
    if (fault != CodeFault::kNone) violations.push_back(Violation(fault, kind, province));
  }
  return violations.empty() ? absl::OkStatus() : InvalidFields(violations);
}

}  // namespace inspectorate::registry
