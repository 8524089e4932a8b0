#include "services/issues/store/attachment_contents.h"

#include "common/base/macros.h"

namespace inspectorate::issues::store {

absl::Status PutContent(db::Transaction& tx, const std::string& sha256_hex, const std::string& content) {
  return tx
      .Execute(
          "INSERT INTO attachment_content (sha256, content) VALUES (UNHEX(?), ?) "
          "ON DUPLICATE KEY UPDATE sha256 = VALUES(sha256)",
          {sha256_hex, content})
      .status();
}

absl::StatusOr<std::string> GetContent(db::Session& session, const std::string& sha256_hex) {
  ASSIGN_OR_RETURN(
      db::Rows rows,
      session.Query("SELECT content FROM attachment_content WHERE sha256 = UNHEX(?)", {sha256_hex}));
  if (rows.empty()) return absl::InternalError("an attachment has lost its content");
  return rows.at(0, 0).AsString();
}

absl::StatusOr<std::string> FindAttachment(db::Transaction& tx, const std::string& office, const Uuid& school,
                                           const std::string& sha256_hex) {
  ASSIGN_OR_RETURN(db::Rows rows,
                   tx.Query("SELECT attachment FROM attachment WHERE office = ? AND school = ? "
                            "AND sha256 = ? FOR UPDATE",
                            {office, school, sha256_hex}));
  if (rows.empty()) return std::string();
  return "offices/" + office + "/attachments/" + FormatUuid(rows.at(0, 0).AsUuid());
}

}  // namespace inspectorate::issues::store
