#include "services/registry/store/school_codes_store.h"

#include <cstdint>

#include "common/base/macros.h"
#include "common/resource/description.h"
#include "common/status/error.h"
#include "services/registry/store/dates.h"

namespace inspectorate::registry {
namespace {

db::Value ValueOf(std::optional<Date> date) { return date ? db::Value(*date) : db::Value(); }

absl::Status InUse(const std::string& code, const Uuid& school) {
  return Error(ErrorReason::CODE_IN_USE, {{"code", code}, {"resource", "schools/" + FormatUuid(school)}});
}

}  // namespace

absl::StatusOr<std::optional<IdentCode>> FindIdentCode(db::Session& session, const std::string& code,
                                                       resource::Lock lock) {
  const std::string sql =
      "SELECT `school`, `valid_from`, `valid_to`, `fate`, `recorded_by`, `recorded_on` FROM "
      "`school_ident_code` WHERE `ident_code` = ?";
  ASSIGN_OR_RETURN(const db::Rows rows,
                   session.Query(sql + (lock == resource::Lock::kForUpdate ? " FOR UPDATE" : ""), {code}));
  if (rows.empty()) return std::optional<IdentCode>();
  return std::optional(IdentCode{.school = rows.at(0, "school").AsUuid(),
                                 .from = DateOf(rows.at(0, "valid_from")),
                                 .to = DateOf(rows.at(0, "valid_to")),
                                 .fate = static_cast<CodeFate>(rows.at(0, "fate").AsInt()),
                                 .recorded_by = rows.at(0, "recorded_by").AsString(),
                                 .recorded_on = DateOf(rows.at(0, "recorded_on"))});
}

absl::Status ClaimIdentCode(db::Session& session, const std::string& code, const IdentCode& claim) {
  // IGNORE: of two that want the same code the second waits for the first and then finds it taken.
  ASSIGN_OR_RETURN(const uint64_t written,
                   session.Execute("INSERT IGNORE INTO `school_ident_code` (`ident_code`, `school`, "
                                   "`valid_from`, `valid_to`, `fate`, `recorded_by`, `recorded_on`) VALUES "
                                   "(?, ?, ?, NULL, 0, ?, ?)",
                                   {code, claim.school, ValueOf(claim.from), claim.recorded_by,
                                    ValueOf(claim.recorded_on)}));
  if (written == 1) return absl::OkStatus();
  ASSIGN_OR_RETURN(const db::Rows rows,
                   session.Query("SELECT `school`, `fate` FROM `school_ident_code` WHERE `ident_code` = ? "
                                 "FOR UPDATE",
                                 {code}));
  if (rows.empty()) return Error(ErrorReason::TRANSACTION_CONFLICT);
  const Uuid holder = rows.at(0, "school").AsUuid();
  if (static_cast<CodeFate>(rows.at(0, "fate").AsInt()) != CodeFate::kInUse) {
    return Error(ErrorReason::CODE_RETIRED, {{"code", code}});
  }
  return holder == claim.school ? absl::OkStatus() : InUse(code, holder);
}

absl::Status ForgetIdentCode(db::Session& session, const std::string& code, const Uuid& school) {
  return session
      .Execute(
          "DELETE FROM `school_ident_code` WHERE `ident_code` = ? AND `school` = ? AND `fate` IN (?, ?)",
          {code, school, static_cast<int64_t>(CodeFate::kInUse), static_cast<int64_t>(CodeFate::kReissued)})
      .status();
}

absl::Status RetireIdentCode(db::Session& session, const std::string& code, const Uuid& school, Date to,
                             CodeFate fate) {
  return session
      .Execute(
          "UPDATE `school_ident_code` SET `valid_to` = ?, `fate` = ? WHERE `ident_code` = ? AND "
          "`school` = ?",
          {to, static_cast<int64_t>(fate), code, school})
      .status();
}

absl::StatusOr<Taken> TakeOverIdentCode(db::Session& session, const std::string& code,
                                        const IdentCode& told) {
  const auto fate = static_cast<int64_t>(told.fate);
  ASSIGN_OR_RETURN(const uint64_t written,
                   session.Execute("INSERT IGNORE INTO `school_ident_code` (`ident_code`, `school`, "
                                   "`valid_from`, `valid_to`, `fate`) VALUES (?, ?, ?, ?, ?)",
                                   {code, told.school, ValueOf(told.from), ValueOf(told.to), fate}));
  if (written == 1) return Taken::kNew;
  ASSIGN_OR_RETURN(const auto known, FindIdentCode(session, code));
  if (!known) return Error(ErrorReason::TRANSACTION_CONFLICT);
  if (known->fate != told.fate && known->fate != CodeFate::kInUse)
    return Error(ErrorReason::CODE_RETIRED, {{"code", code}});
  if (known->school != told.school || known->fate != told.fate) return InUse(code, known->school);
  if (known->from == told.from && known->to == told.to) return Taken::kSame;
  RETURN_IF_ERROR(session
                      .Execute("UPDATE `school_ident_code` SET `valid_from` = ?, `valid_to` = ? WHERE "
                               "`ident_code` = ? AND `school` = ?",
                               {ValueOf(told.from), ValueOf(told.to), code, told.school})
                      .status());
  return Taken::kChanged;
}

absl::Status PutExternalIds(db::Session& session, const v1::School& school) {
  const Uuid id = resource::UuidOf(school.name());
  const std::string office = resource::SlugOf(school.office());
  RETURN_IF_ERROR(session.Execute("DELETE FROM `school_external_id` WHERE `school` = ?", {id}).status());
  for (const v1::ExternalId& external : school.external_ids()) {
    ASSIGN_OR_RETURN(const uint64_t written,
                     session.Execute("INSERT IGNORE INTO `school_external_id` (`office`, `system`, `id`, "
                                     "`school`) VALUES (?, ?, ?, ?)",
                                     {office, external.system(), external.id(), id}));
    if (written == 1) continue;
    ASSIGN_OR_RETURN(const auto holder, FindByExternalId(session, office, external.system(), external.id()));
    return InUse(external.system() + ":" + external.id(), holder.value_or(Uuid{}));
  }
  return absl::OkStatus();
}

absl::StatusOr<std::optional<Uuid>> FindByExternalId(db::Session& session, const std::string& office,
                                                     const std::string& system, const std::string& id) {
  ASSIGN_OR_RETURN(const db::Rows rows,
                   session.Query("SELECT `school` FROM `school_external_id` WHERE `office` = ? AND `system` "
                                 "= ? AND `id` = ?",
                                 {office, system, id}));
  return rows.empty() ? std::optional<Uuid>() : std::optional<Uuid>(rows.at(0, 0).AsUuid());
}

}  // namespace inspectorate::registry
