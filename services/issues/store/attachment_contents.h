// The bytes of evidence, by content.
#pragma once

#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "common/base/uuid.h"
#include "common/db/database.h"

namespace inspectorate::issues::store {

// Keeps the bytes under their SHA-256 (hexadecimal); what is there already stays.
absl::Status PutContent(db::Transaction& tx, const std::string& sha256_hex, const std::string& content);

// INTERNAL when missing: a record never stands without its bytes.
absl::StatusOr<std::string> GetContent(db::Session& session, const std::string& sha256_hex);

// The record of this content at the school, by name; empty when there is none. Locks it.
absl::StatusOr<std::string> FindAttachment(db::Transaction& tx, const std::string& office, const Uuid& school,
                                           const std::string& sha256_hex);

}  // namespace inspectorate::issues::store
