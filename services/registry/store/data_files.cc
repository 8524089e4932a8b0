#include "services/registry/store/data_files.h"

#include <openssl/evp.h>

#include <algorithm>
#include <array>
#include <memory>

#include "common/base/hash.h"
#include "common/base/macros.h"
#include "common/resource/description.h"
#include "common/status/error.h"

namespace inspectorate::registry {
namespace {

constexpr std::chrono::hours kMadeKept{24 * 30};  // as long as the operation that made it

std::string MediaTypeOf(const std::string& file_name) {
  if (file_name.ends_with(".csv")) return "text/csv";
  if (file_name.ends_with(".pdf")) return "application/pdf";
  if (file_name.ends_with(".json")) return "application/json";
  if (file_name.ends_with(".xlsx"))
    return "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";
  return "application/octet-stream";
}

}  // namespace

struct Sha256Stream::State {
  struct Free {
    void operator()(EVP_MD_CTX* context) const { EVP_MD_CTX_free(context); }
  };
  std::unique_ptr<EVP_MD_CTX, Free> context{EVP_MD_CTX_new()};
};
Sha256Stream::Sha256Stream() : state_(std::make_unique<State>()) {
  EVP_DigestInit_ex(state_->context.get(), EVP_sha256(), nullptr);
}
Sha256Stream::~Sha256Stream() = default;
void Sha256Stream::Add(std::string_view bytes) {
  EVP_DigestUpdate(state_->context.get(), bytes.data(), bytes.size());
}
std::string Sha256Stream::End() {
  std::array<unsigned char, 32> digest;
  EVP_DigestFinal_ex(state_->context.get(), digest.data(), nullptr);
  return Hex({reinterpret_cast<const char*>(digest.data()), digest.size()});
}

FileKey FileKeyOf(std::string_view name) {
  return {.office = std::string(name.substr(8, name.find('/', 8) - 8)), .file = resource::UuidOf(name)};
}
std::string FileNameOf(const FileKey& key) {
  return "offices/" + key.office + "/files/" + FormatUuid(key.file);
}

absl::StatusOr<v1::DataFile> GetDataFile(db::Session& session, const FileKey& key, bool lock) {
  ASSIGN_OR_RETURN(
      const db::Rows rows,
      session.Query("SELECT `file_name`, `media_type`, `size`, `received`, `sha256`, `complete`, "
                    "`create_time`, `expire_time` FROM `data_file` WHERE `office` = ? AND `file` = ?" +
                        std::string(lock ? " FOR UPDATE" : ""),
                    {key.office, key.file}));
  if (rows.empty()) return NotFound(FileNameOf(key));
  v1::DataFile file;
  file.set_name(FileNameOf(key));
  file.set_file_name(rows.at(0, "file_name").AsString());
  file.set_media_type(rows.at(0, "media_type").AsString());
  file.set_size(rows.at(0, "size").AsInt());
  file.set_received(rows.at(0, "received").AsInt());
  file.set_sha256(rows.at(0, "sha256").AsString());
  file.set_complete(rows.at(0, "complete").AsBool());
  *file.mutable_create_time() = resource::ToProto(rows.at(0, "create_time").AsTime());
  *file.mutable_expire_time() = resource::ToProto(rows.at(0, "expire_time").AsTime());
  return file;
}

absl::Status InsertDataFile(db::Session& session, const v1::DataFile& file) {
  const FileKey key = FileKeyOf(file.name());
  return session
      .Execute(
          "INSERT INTO `data_file` (`office`, `file`, `file_name`, `media_type`, `size`, `received`, "
          "`sha256`, "
          "`complete`, `create_time`, `expire_time`) VALUES (?, ?, ?, ?, ?, 0, ?, 0, ?, ?)",
          {key.office, key.file, file.file_name(), MediaTypeOf(file.file_name()), file.size(), file.sha256(),
           resource::FromProto(file.create_time()), resource::FromProto(file.expire_time())})
      .status();
}

absl::Status AppendPiece(db::Session& session, const FileKey& key, int64_t begin, std::string_view content) {
  RETURN_IF_ERROR(
      session
          .Execute("INSERT INTO `data_file_piece` (`office`, `file`, `begin`, `content`) VALUES (?, ?, ?, ?)",
                   {key.office, key.file, begin, std::string(content)})
          .status());
  return session
      .Execute("UPDATE `data_file` SET `received` = ? WHERE `office` = ? AND `file` = ?",
               {begin + static_cast<int64_t>(content.size()), key.office, key.file})
      .status();
}

absl::Status CompleteDataFile(db::Session& session, const FileKey& key) {
  return session
      .Execute("UPDATE `data_file` SET `complete` = 1 WHERE `office` = ? AND `file` = ?",
               {key.office, key.file})
      .status();
}

absl::StatusOr<std::string> ReadDataPiece(db::Session& session, const FileKey& key, int64_t begin) {
  ASSIGN_OR_RETURN(const db::Rows rows, session.Query("SELECT `begin`, `content` FROM `data_file_piece` "
                                                      "WHERE `office` = ? AND `file` = ? AND `begin` <= ? "
                                                      "ORDER BY `begin` DESC LIMIT 1",
                                                      {key.office, key.file, begin}));
  if (rows.empty()) return std::string();
  const std::string content = rows.at(0, "content").AsString();
  const auto skip = static_cast<size_t>(begin - rows.at(0, "begin").AsInt());
  return skip >= content.size() ? std::string() : content.substr(skip);
}

absl::StatusOr<std::string> DigestOf(db::Session& session, const FileKey& key) {
  Sha256Stream digest;
  for (int64_t begin = 0;;) {
    ASSIGN_OR_RETURN(const std::string piece, ReadDataPiece(session, key, begin));
    if (piece.empty()) return digest.End();
    digest.Add(piece);
    begin += static_cast<int64_t>(piece.size());
  }
}

absl::Status RemoveDataFile(db::Session& session, const FileKey& key) {
  for (const char* sql : {"DELETE FROM `data_file_piece` WHERE `office` = ? AND `file` = ?",
                          "DELETE FROM `data_file` WHERE `office` = ? AND `file` = ?"}) {
    RETURN_IF_ERROR(session.Execute(sql, {key.office, key.file}).status());
  }
  return absl::OkStatus();
}

absl::StatusOr<v1::DataFile> PutDataFile(db::Session& session, const FileKey& key,
                                         const std::string& file_name, std::string_view content, Time now) {
  RETURN_IF_ERROR(RemoveDataFile(session, key));
  v1::DataFile file;
  file.set_name(FileNameOf(key));
  file.set_file_name(file_name);
  file.set_size(static_cast<int64_t>(content.size()));
  file.set_sha256(Hex(Sha256(content)));
  *file.mutable_create_time() = resource::ToProto(now);
  *file.mutable_expire_time() = resource::ToProto(now + kMadeKept);
  RETURN_IF_ERROR(InsertDataFile(session, file));
  for (size_t begin = 0; begin < content.size(); begin += kPieceBytes) {
    RETURN_IF_ERROR(
        AppendPiece(session, key, static_cast<int64_t>(begin), content.substr(begin, kPieceBytes)));
  }
  RETURN_IF_ERROR(CompleteDataFile(session, key));
  return GetDataFile(session, key);
}

absl::Status BeginMadeFile(db::Session& session, const FileKey& key, const std::string& file_name,
                           bool redacted, Time now, Time expires) {
  v1::DataFile file;
  file.set_name(FileNameOf(key));
  file.set_file_name(file_name);
  *file.mutable_create_time() = resource::ToProto(now);
  *file.mutable_expire_time() = resource::ToProto(expires);
  RETURN_IF_ERROR(InsertDataFile(session, file));
  if (!redacted) return absl::OkStatus();
  return session
      .Execute("UPDATE `data_file` SET `redacted` = 1 WHERE `office` = ? AND `file` = ?",
               {key.office, key.file})
      .status();
}

absl::Status FinishMadeFile(db::Session& session, const FileKey& key, int64_t size,
                            const std::string& sha256) {
  ASSIGN_OR_RETURN(
      const uint64_t rows,
      session.Execute("UPDATE `data_file` SET `size` = ?, `sha256` = ?, `complete` = 1 WHERE `office` = ? "
                      "AND `file` = ?",
                      {size, sha256, key.office, key.file}));
  return rows == 1 ? absl::OkStatus() : NotFound(FileNameOf(key));
}

absl::StatusOr<bool> IsRedacted(db::Session& session, const FileKey& key) {
  ASSIGN_OR_RETURN(const db::Rows rows,
                   session.Query("SELECT `redacted` FROM `data_file` WHERE `office` = ? AND `file` = ?",
                                 {key.office, key.file}));
  return !rows.empty() && rows.at(0, 0).AsBool();
}

absl::Status CheckRoom(db::Session& session, const std::string& office, Time now, const char* field,
                       int64_t bytes) {
  constexpr int64_t kMostKept = int64_t{2} << 30;
  ASSIGN_OR_RETURN(
      const db::Rows rows,
      session.Query("SELECT CAST(COALESCE(SUM(`size`), 0) AS SIGNED) AS bytes FROM `data_file` WHERE "
                    "`office` = ? AND `expire_time` > ?",
                    {office, now}));
  if (rows.at(0, "bytes").AsInt() + bytes <= kMostKept) return absl::OkStatus();
  return InvalidFields({{.field = field,
                         .zh = "本督导室暂存的文件已达2 GiB,请待旧文件到期",
                         .en = "the office keeps 2 GiB of files already; older ones expire"}});
}

absl::Status ThrowAwayExpired(db::Session& session, Time now) {
  ASSIGN_OR_RETURN(const db::Rows rows, session.Query("SELECT `office`, `file` FROM `data_file` WHERE "
                                                      "`expire_time` <= ? ORDER BY `expire_time` LIMIT 100",
                                                      {now}));
  for (size_t i = 0; i < rows.size(); ++i) {
    RETURN_IF_ERROR(RemoveDataFile(session, {rows.at(i, "office").AsString(), rows.at(i, "file").AsUuid()}));
  }
  ASSIGN_OR_RETURN(
      const db::Rows runs,
      session.Query("SELECT `office`, `operation` FROM `import_run` WHERE `create_time` <= ? LIMIT 10",
                    {now - kMadeKept}));
  for (size_t i = 0; i < runs.size(); ++i) {
    for (const char* table : {"import_row", "import_defect", "import_run"}) {
      RETURN_IF_ERROR(
          session
              .Execute("DELETE FROM `" + std::string(table) + "` WHERE `office` = ? AND `operation` = ?",
                       {runs.at(i, "office").AsString(), runs.at(i, "operation").AsUuid()})
              .status());
    }
  }
  ASSIGN_OR_RETURN(
      const db::Rows exports,
      session.Query("SELECT `office`, `operation` FROM `export_run` WHERE `create_time` <= ? LIMIT 10",
                    {now - kMadeKept}));
  for (size_t i = 0; i < exports.size(); ++i) {
    for (const char* table : {"export_file", "export_run"}) {
      RETURN_IF_ERROR(
          session
              .Execute("DELETE FROM `" + std::string(table) + "` WHERE `office` = ? AND `operation` = ?",
                       {exports.at(i, "office").AsString(), exports.at(i, "operation").AsUuid()})
              .status());
    }
  }
  return absl::OkStatus();
}

}  // namespace inspectorate::registry
