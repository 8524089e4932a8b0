#include "services/registry/app/import/list_source.h"

#include <utility>

#include "common/base/macros.h"
#include "common/sheet/xlsx.h"
#include "common/status/error.h"
#include "services/registry/store/data_files.h"

namespace inspectorate::registry {
namespace {

constexpr int64_t kLargestWorkbook = int64_t{64} << 20;

absl::Status OldWorkbook() {
  return absl::InvalidArgumentError(
      "这是旧版（.xls）或加了密码的工作簿，请另存为 .xlsx 或 .csv / this is a workbook of before 2007, or "
      "one with a "
      "password; save it as .xlsx or .csv");
}

// What an error of reading is for the sender; others stay what they are.
absl::Status AsUnreadable(const v1::ImportFile& file, const absl::Status& status) {
  const bool of_file =
      absl::IsInvalidArgument(status) && ReasonOf(status) == ErrorReason::ERROR_REASON_UNSPECIFIED;
  return of_file ? Unreadable(file, std::string(status.message())) : status;
}

}  // namespace

absl::StatusOr<csv::Table> TableOf(std::string_view content) {
  if (sheet::LooksLikeXlsx(content)) return sheet::ParseXlsx(content);
  if (sheet::LooksLikeOldWorkbook(content)) return OldWorkbook();
  ASSIGN_OR_RETURN(const DecodedText text, DecodeText(content));
  return csv::Parse(text.text);
}

absl::Status Unreadable(const v1::ImportFile& file, const std::string& why) {
  return Error(ErrorReason::FILE_UNREADABLE, {{"file", file.file_name()}, {"why", why}});
}

absl::StatusOr<const ImportList*> ListFor(const v1::ImportFile& file) {
  for (const ImportList& list : ImportLists()) {
    if (list.kind == file.kind()) return &list;
  }
  return Unreadable(file, "kind");
}

absl::Status CheckColumns(const v1::ImportFile& file, const ImportList& list, const csv::Table& table) {
  for (const char* column : list.columns) {
    if (table.Column(column) < 0) return Unreadable(file, "缺少列 / column missing: " + std::string(column));
  }
  return absl::OkStatus();
}

absl::StatusOr<std::unique_ptr<ListSource>> ListSource::Open(db::Database& database, const db::Budget& budget,
                                                             const v1::ImportFile& file) {
  std::unique_ptr<ListSource> source(new ListSource(database, budget, file));
  ASSIGN_OR_RETURN(source->list_, ListFor(file));
  absl::Status status = source->Learn();
  if (!status.ok()) return AsUnreadable(file, status);
  RETURN_IF_ERROR(CheckColumns(file, *source->list_, source->shape_));
  return source;
}

absl::Status ListSource::Learn() {
  CharsetSniffer sniffer;
  bool first = true;
  int64_t size = 0;
  RETURN_IF_ERROR(Pieces([&](std::string_view piece) -> absl::Status {
    if (std::exchange(first, false)) {
      workbook_ = sheet::LooksLikeXlsx(piece);
      if (sheet::LooksLikeOldWorkbook(piece)) return OldWorkbook();
    }
    size += static_cast<int64_t>(piece.size());
    if (workbook_ && size > kLargestWorkbook) {
      return absl::InvalidArgumentError(
          "工作簿超过64 MiB，请分成几个文件 / a workbook of more than 64 MiB; send it in parts");
    }
    if (!workbook_) sniffer.Add(piece);
    return absl::OkStatus();
  }));
  if (!workbook_) {
    ASSIGN_OR_RETURN(charset_, sniffer.End());
  }
  rows_ = 0;
  return Read([this](const csv::Record& record) {
    ++rows_;
    if (list_->kind == v1::IMPORT_DIVISIONS) NoteTown(shape_, record, &towns_);
    constexpr size_t kLookedAt = 5'000;
    if (list_->kind == v1::IMPORT_SCHOOLS && positions_.size() < kLookedAt) {
      type::v1::ImportRow scratch;
      positions_.push_back(PositionIn(Row(shape_, record, &scratch)));
    }
    return absl::OkStatus();
  });
}

absl::Status ListSource::Pieces(const std::function<absl::Status(std::string_view piece)>& take) {
  if (file_.upload().empty()) return take(file_.content());
  const FileKey key = FileKeyOf(file_.upload());
  int64_t size = 0;
  for (int64_t begin = 0;;) {
    std::string piece;
    RETURN_IF_ERROR(database_.Read(budget_, [&](db::Session& session) -> absl::Status {
      if (begin == 0) {
        ASSIGN_OR_RETURN(const v1::DataFile file, GetDataFile(session, key));
        if (!file.complete()) return NotFound(file_.upload());
        size = file.size();
      }
      ASSIGN_OR_RETURN(piece, ReadDataPiece(session, key, begin));
      return absl::OkStatus();
    }));
    // A file that was thrown away meanwhile has not ended: its rest must not be passed over.
    if (piece.empty()) return begin == size ? absl::OkStatus() : NotFound(file_.upload());
    RETURN_IF_ERROR(take(piece));
    begin += static_cast<int64_t>(piece.size());
  }
}

absl::Status ListSource::Read(const csv::Parser::OnRecord& on_record) {
  if (workbook_) {
    std::string bytes;
    RETURN_IF_ERROR(Pieces([&](std::string_view piece) {
      bytes += piece;
      return absl::OkStatus();
    }));
    shape_.day_numbers = true;
    return sheet::ReadXlsx(bytes, {}, &shape_.header, on_record);
  }
  PieceDecoder decoder(charset_);
  csv::Parser* reading = nullptr;
  csv::Parser parser([&](csv::Record record) {
    if (shape_.header.empty()) shape_.header = reading->header();
    return on_record(std::move(record));
  });
  reading = &parser;
  RETURN_IF_ERROR(Pieces([&](std::string_view piece) -> absl::Status {
    ASSIGN_OR_RETURN(const std::string text, decoder.Add(piece));
    return parser.Add(text);
  }));
  RETURN_IF_ERROR(decoder.End());
  RETURN_IF_ERROR(parser.End());
  shape_.header = parser.header();
  return absl::OkStatus();
}

}  // namespace inspectorate::registry
