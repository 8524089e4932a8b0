#include "services/registry/app/export/file_writer.h"

#include <functional>
#include <memory>
#include <utility>

#include "common/base/macros.h"
#include "common/status/error.h"

namespace inspectorate::registry {
namespace {

constexpr std::chrono::hours kExportKept{24 * 7};

}  // namespace

ExportFiles::ExportFiles(work::Writer& writer, const db::Budget& budget, std::string office,
                         const Uuid& operation, bool redacted)
    : writer_(writer),
      budget_(budget),
      office_(std::move(office)),
      operation_(operation),
      redacted_(redacted) {}

absl::Status ExportFiles::RemoveFiles(db::Session& session) {
  ASSIGN_OR_RETURN(const db::Rows rows,
                   session.Query("SELECT `file` FROM `export_file` WHERE `office` = ? AND `operation` = ?",
                                 {office_, operation_}));
  for (size_t i = 0; i < rows.size(); ++i) {
    RETURN_IF_ERROR(RemoveDataFile(session, {office_, rows.at(i, 0).AsUuid()}));
  }
  return session
      .Execute("DELETE FROM `export_file` WHERE `office` = ? AND `operation` = ?", {office_, operation_})
      .status();
}

absl::Status ExportFiles::Begin() {
  attempt_ = RandomUuid();
  made_.clear();
  buffer_.clear();
  return writer_.database().Transact(
      budget_, {},
      [&](db::Transaction& tx) -> absl::Status {
        RETURN_IF_ERROR(
            tx.Execute(
                  "INSERT INTO `export_run` (`office`, `operation`, `attempt`, `create_time`) VALUES (?, "
                  "?, ?, ?) ON DUPLICATE KEY UPDATE `attempt` = VALUES(`attempt`)",
                  {office_, operation_, attempt_, writer_.clock().Now()})
                .status());
        return RemoveFiles(tx);
      },
      /*resolve=*/true);
}

absl::Status ExportFiles::InAttempt(const std::function<absl::Status(db::Transaction&)>& fn) {
  return writer_.database().Transact(
      budget_, {},
      [&](db::Transaction& tx) -> absl::Status {
        ASSIGN_OR_RETURN(const db::Rows rows,
                         tx.Query("SELECT `attempt` FROM `export_run` WHERE `office` = ? AND "
                                  "`operation` = ? FOR UPDATE",
                                  {office_, operation_}));
        if (rows.empty() || rows.at(0, 0).AsUuid() != attempt_) return Error(ErrorReason::CALL_CANCELLED);
        return fn(tx);
      },
      /*resolve=*/true);
}

absl::Status ExportFiles::Open(const std::string& file_name) {
  Made made;
  made.key = {office_, NewUuid(writer_.clock().Now())};
  made.file.set_file_name(file_name);
  const Time now = writer_.clock().Now();
  RETURN_IF_ERROR(InAttempt([&](db::Transaction& tx) -> absl::Status {
    ASSIGN_OR_RETURN(
        const uint64_t begun,
        tx.Execute("INSERT IGNORE INTO `export_file` (`office`, `operation`, `file`) VALUES (?, ?, ?)",
                   {office_, operation_, made.key.file}));
    // After a COMMIT whose answer was lost it is there.
    if (begun == 0) return absl::OkStatus();
    return BeginMadeFile(tx, made.key, file_name, redacted_, now, now + kExportKept);
  }));
  made_.push_back(std::move(made));
  digest_ = std::make_unique<Sha256Stream>();
  return absl::OkStatus();
}

absl::Status ExportFiles::Add(std::string_view bytes) {
  digest_->Add(bytes);
  buffer_ += bytes;
  while (buffer_.size() >= kPieceBytes) RETURN_IF_ERROR(Flush(kPieceBytes));
  return absl::OkStatus();
}

absl::Status ExportFiles::Flush(size_t bytes) {
  Made& made = made_.back();
  const std::string_view piece = std::string_view(buffer_).substr(0, bytes);
  RETURN_IF_ERROR(InAttempt([&](db::Transaction& tx) -> absl::Status {
    ASSIGN_OR_RETURN(const v1::DataFile file, GetDataFile(tx, made.key));
    if (file.received() > made.file.size()) return absl::OkStatus();
    return AppendPiece(tx, made.key, made.file.size(), piece);
  }));
  made.file.set_size(made.file.size() + static_cast<int64_t>(bytes));
  buffer_.erase(0, bytes);
  return absl::OkStatus();
}

absl::StatusOr<v1::ExportedFile> ExportFiles::Close() {
  if (!buffer_.empty()) RETURN_IF_ERROR(Flush(buffer_.size()));
  made_.back().file.set_sha256(digest_->End());
  return made_.back().file;
}

absl::StatusOr<std::vector<v1::DataFile>> ExportFiles::Publish() {
  std::vector<v1::DataFile> files;
  RETURN_IF_ERROR(InAttempt([&](db::Transaction& tx) -> absl::Status {
    files.clear();
    for (const Made& made : made_) {
      RETURN_IF_ERROR(FinishMadeFile(tx, made.key, made.file.size(), made.file.sha256()));
      ASSIGN_OR_RETURN(files.emplace_back(), GetDataFile(tx, made.key));
    }
    return absl::OkStatus();
  }));
  return files;
}

absl::Status ExportFiles::Discard() {
  return InAttempt([&](db::Transaction& tx) { return RemoveFiles(tx); });
}

}  // namespace inspectorate::registry
