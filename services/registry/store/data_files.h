// Files of an office that lie in the registry's database for a while, in pieces.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "common/base/time.h"
#include "common/base/uuid.h"
#include "common/db/database.h"
#include "inspectorate/registry/v1/data_file.pb.h"

namespace inspectorate::registry {

// The most one piece holds.
inline constexpr size_t kPieceBytes = 1 << 20;

struct FileKey {
  std::string office;  // slug
  Uuid file;
};
// "offices/{office}/files/{file}"; checked by the contract's pattern before.
FileKey FileKeyOf(std::string_view name);
std::string FileNameOf(const FileKey& key);

// RESOURCE_NOT_FOUND when it is not there (any more).
absl::StatusOr<v1::DataFile> GetDataFile(db::Session& session, const FileKey& key, bool lock = false);
// A file that is to be sent; `file` has name, sizes and digest.
absl::Status InsertDataFile(db::Session& session, const v1::DataFile& file);
// The bytes after those received. The caller holds the row locked.
absl::Status AppendPiece(db::Session& session, const FileKey& key, int64_t begin, std::string_view content);
absl::Status CompleteDataFile(db::Session& session, const FileKey& key);
// From `begin` to the end of the piece in which it lies; empty at the end of the file.
absl::StatusOr<std::string> ReadDataPiece(db::Session& session, const FileKey& key, int64_t begin);
// Hexadecimal SHA-256 of all that is there.
absl::StatusOr<std::string> DigestOf(db::Session& session, const FileKey& key);
// Removes it with its pieces, if it is there.
absl::Status RemoveDataFile(db::Session& session, const FileKey& key);
// A whole file that this service made, in place of one of the same key.
absl::StatusOr<v1::DataFile> PutDataFile(db::Session& session, const FileKey& key,
                                         const std::string& file_name, std::string_view content, Time now);

// A file that this service makes piece by piece; it can be fetched once it is finished. `redacted`: without
// protected fields.
absl::Status BeginMadeFile(db::Session& session, const FileKey& key, const std::string& file_name,
                           bool redacted, Time now, Time expires);
absl::Status FinishMadeFile(db::Session& session, const FileKey& key, int64_t size,
                            const std::string& sha256);
// Made without protected fields.
absl::StatusOr<bool> IsRedacted(db::Session& session, const FileKey& key);

// SHA-256 of bytes that come one after the other.
class Sha256Stream {
 public:
  Sha256Stream();
  ~Sha256Stream();
  void Add(std::string_view bytes);
  std::string End();  // hexadecimal; once

 private:
  struct State;
  std::unique_ptr<State> state_;
};

// An office keeps 2 GiB of files that have not expired. INVALID_FIELDS naming `field` where `bytes` more are
// too many, or any.
absl::Status CheckRoom(db::Session& session, const std::string& office, Time now, const char* field,
                       int64_t bytes = 1);
// Throws away some of what has expired; called now and then.
absl::Status ThrowAwayExpired(db::Session& session, Time now);

}  // namespace inspectorate::registry
