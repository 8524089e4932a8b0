// What plaques are made from and what belongs to them beside their record: bytes of photographs, the tokens
// of the QR codes, whom they name.
#pragma once

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "common/db/database.h"
#include "inspectorate/registry/v1/plaque.pb.h"
#include "services/registry/domain/plaque_text.h"

namespace inspectorate::registry {

// The facts about these schools' plaques as `office` (slug) has them, a few statements for all of them, for
// `today` and later. Schools that are not there are left out.
absl::StatusOr<std::map<Uuid, PlaqueSources>> LoadPlaqueSources(db::Session& session,
                                                                const std::string& office,
                                                                const std::vector<Uuid>& schools, Date today);

// The text of a board, as the record keeps it, and back.
v1::PlaqueContent ContentOf(const PlaqueText& text, const std::string& office);
PlaqueText TextOf(const v1::PlaqueContent& content);

// Keeps the bytes under their SHA-256 (hexadecimal); what is there already stays.
absl::Status PutPhotoContent(db::Session& session, const std::string& sha256_hex, const std::string& content);
// INTERNAL when missing: a record never stands without its bytes.
absl::StatusOr<std::string> GetPhotoContent(db::Session& session, const std::string& sha256_hex);

// The token of a plaque's QR code; empty where it has none yet.
absl::Status PutPlaqueToken(db::Session& session, const v1::Plaque& plaque, const std::string& token);
absl::StatusOr<std::string> GetPlaqueToken(db::Session& session, const v1::Plaque& plaque);
// The plaque's name; empty for a token nobody has.
absl::StatusOr<std::string> FindPlaqueByToken(db::Session& session, const std::string& token);

// Remembers whom a plaque names, from its draft on (who renames somebody then waits for whoever approves it);
// forgets it once it is over.
absl::Status NamePeople(db::Session& session, const v1::Plaque& plaque);
absl::Status ForgetPeople(db::Session& session, const v1::Plaque& plaque);

// Plaques that can become stale (approved to verified), locked in the order of their ids: of these schools
// and those that name these inspectors, whatever office they are of; and all of one office.
absl::StatusOr<std::vector<v1::Plaque>> LockLivePlaques(db::Session& session,
                                                        const std::vector<Uuid>& schools,
                                                        const std::vector<Uuid>& inspectors);
absl::StatusOr<std::vector<v1::Plaque>> LockLivePlaquesOf(db::Session& session, const std::string& office);

// Of an office: the next `limit` after `after`, in the order of their ids, of those whose day has come and of
// those that nobody has looked at since what makes a board wrong is known better (`plaque_recheck`), locked.
absl::StatusOr<std::vector<v1::Plaque>> LockPlaquesToCheck(db::Session& session, const std::string& office,
                                                           Date today, const Uuid& after, int limit);
// All of the office have been looked at.
absl::Status ForgetRechecks(db::Session& session, const std::string& office);
// The offices that have any to check, each with the day from which on.
absl::StatusOr<std::vector<std::pair<std::string, Date>>> OfficesWithPlaquesToCheck(db::Session& session);

}  // namespace inspectorate::registry
