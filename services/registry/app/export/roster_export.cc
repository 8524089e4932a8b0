#include "services/registry/app/export/roster_export.h"

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "common/base/macros.h"
#include "common/resource/description.h"
#include "common/status/error.h"
#include "google/protobuf/util/json_util.h"
#include "services/registry/app/export/dictionary.h"
#include "services/registry/app/export/file_writer.h"
#include "services/registry/app/export/list_export.h"

namespace inspectorate::registry {
namespace {

using v1::ExportedList;
using v1::ExportManifest;

constexpr char kDataset[] = "inspectorate.registry.roster";
constexpr char kVersion[] = "1";
constexpr int64_t kTellEvery = 500;

class Export {
 public:
  Export(work::Writer& writer, const db::Budget& budget, const work::Actor& actor, const Uuid& operation,
         const v1::ExportRosterRequest& request, bool redacted, const ExportProgress& progress)
      : writer_(writer),
        budget_(budget),
        actor_(actor),
        request_(request),
        redacted_(redacted),
        progress_(progress),
        office_(resource::SlugOf(request.parent())),
        format_(request.format() == v1::EXPORT_XLSX ? v1::EXPORT_XLSX : v1::EXPORT_CSV),
        files_(writer, budget, office_, operation, redacted) {
    for (const ListShape& shape : ListShapes()) {
      const auto& kinds = request.kinds();
      if (kinds.empty() || std::find(kinds.begin(), kinds.end(), shape.kind) != kinds.end()) {
        shapes_.push_back(&shape);
      }
    }
  }

  absl::StatusOr<v1::ExportRosterResponse> Run() {
    // All is read in one transaction, which sees the office as it was when that began.
    const absl::Status made = writer_.database().Transact(budget_, {.read_only = true},
                                                          [&](db::Transaction& snapshot) -> absl::Status {
                                                            RETURN_IF_ERROR(files_.Begin());
                                                            return Make(snapshot);
                                                          });
    if (!made.ok()) {
      files_.Discard().IgnoreError();
      return made;
    }
    v1::ExportRosterResponse response;
    ASSIGN_OR_RETURN(const std::vector<v1::DataFile> files, files_.Publish());
    *response.mutable_manifest() = std::move(manifest_);
    for (const v1::DataFile& file : files) *response.add_files() = file;
    return response;
  }

 private:
  absl::Status Make(db::Session& snapshot) {
    done_ = total_ = 0;
    RETURN_IF_ERROR(Head(snapshot));
    for (const ListShape* shape : shapes_) {
      ASSIGN_OR_RETURN(const int64_t rows, CountRows(snapshot, *shape, office_));
      total_ += rows;
    }
    for (const ListShape* shape : shapes_) RETURN_IF_ERROR(MakeList(snapshot, *shape));
    RETURN_IF_ERROR(MakeDictionary());
    return MakeManifestFile();
  }

  absl::Status Head(db::Session& snapshot) {
    manifest_.Clear();
    manifest_.set_dataset(kDataset);
    manifest_.set_version(kVersion);
    manifest_.set_office(request_.parent());
    manifest_.set_format(format_);
    manifest_.set_redacted(redacted_);
    manifest_.set_maker(actor_.display_name.empty() ? actor_.subject
                                                    : actor_.display_name + " (" + actor_.subject + ")");
    *manifest_.mutable_make_time() = resource::ToProto(writer_.clock().Now());
    ASSIGN_OR_RETURN(const db::Rows head,
                     snapshot.Query("SELECT `position` FROM `feed_head` WHERE `office` = ?", {office_}));
    if (!head.empty()) manifest_.set_feed_position(head.at(0, 0).AsUint());
    ASSIGN_OR_RETURN(const db::Rows identity, snapshot.Query("SELECT `epoch` FROM `feed_identity`"));
    if (!identity.empty()) manifest_.set_feed_epoch(identity.at(0, 0).AsString());
    ASSIGN_OR_RETURN(const db::Rows named,
                     snapshot.Query("SELECT `display_name` FROM `office` WHERE `office` = ?", {office_}));
    if (!named.empty()) manifest_.set_office_name(named.at(0, 0).AsString());
    return absl::OkStatus();
  }

  absl::Status MakeList(db::Session& snapshot, const ListShape& shape) {
    ExportedList& list = *manifest_.add_lists();
    list.set_kind(shape.kind);
    std::vector<std::string> header;
    for (const ListColumn& column : ExportedColumns(shape, redacted_)) {
      *list.add_columns() = Explained(shape, column);
      header.emplace_back(column.header);
    }
    const std::string name = ListName(shape.kind);
    RETURN_IF_ERROR(files_.Open(FileNameFor(name, format_)));
    const auto writer = NewListWriter(format_, name, header, files_);
    int64_t rows = 0;
    const absl::Status read = ReadList(snapshot, shape, office_, redacted_,
                                       [&](const std::vector<std::string>& cells) -> absl::Status {
                                         ++rows;
                                         RETURN_IF_ERROR(writer->Add(cells));
                                         return ++done_ % kTellEvery == 0 ? Tell() : absl::OkStatus();
                                       });
    RETURN_IF_ERROR(AsRefusal(read));
    RETURN_IF_ERROR(writer->End());
    list.set_rows(rows);
    ASSIGN_OR_RETURN(*list.mutable_file(), files_.Close());
    return Tell();
  }

  // What a workbook cannot hold is told to whoever asked for one.
  static absl::Status AsRefusal(const absl::Status& status) {
    const bool of_format =
        absl::IsInvalidArgument(status) && ReasonOf(status) == ErrorReason::ERROR_REASON_UNSPECIFIED;
    if (!of_format) return status;
    const std::string why(status.message());
    return InvalidFields({{.field = "format", .zh = why, .en = why}});
  }

  absl::Status MakeDictionary() {
    constexpr char kName[] = "数据字典";
    RETURN_IF_ERROR(files_.Open(FileNameFor(kName, format_)));
    const auto writer = NewListWriter(format_, kName, DictionaryHeader(), files_, /*prose=*/true);
    for (int i = 0; i < manifest_.lists_size(); ++i) {
      for (const auto& column : manifest_.lists(i).columns()) {
        RETURN_IF_ERROR(writer->Add(DictionaryRow(*shapes_[static_cast<size_t>(i)], column)));
      }
    }
    RETURN_IF_ERROR(writer->End());
    ASSIGN_OR_RETURN(*manifest_.mutable_dictionary(), files_.Close());
    return absl::OkStatus();
  }

  absl::Status MakeManifestFile() {
    google::protobuf::util::JsonPrintOptions options;
    options.add_whitespace = true;
    options.always_print_primitive_fields = true;
    options.preserve_proto_field_names = true;
    std::string json;
    const auto printed = google::protobuf::util::MessageToJsonString(manifest_, &json, options);
    if (!printed.ok()) return absl::InternalError("manifest");
    RETURN_IF_ERROR(files_.Open("manifest.json"));
    RETURN_IF_ERROR(files_.Add(json));
    return files_.Close().status();
  }

  absl::Status Tell() const {
    return progress_(done_, total_) ? absl::OkStatus() : Error(ErrorReason::CALL_CANCELLED);
  }

  work::Writer& writer_;
  const db::Budget& budget_;
  const work::Actor& actor_;
  const v1::ExportRosterRequest& request_;
  const bool redacted_;
  const ExportProgress& progress_;
  const std::string office_;
  const v1::ExportFormat format_;
  std::vector<const ListShape*> shapes_;
  ExportFiles files_;
  ExportManifest manifest_;
  int64_t done_ = 0, total_ = 0;
};

}  // namespace

absl::StatusOr<v1::ExportRosterResponse> ExportRoster(work::Writer& writer, const db::Budget& budget,
                                                      const work::Actor& actor, const Uuid& operation,
                                                      const v1::ExportRosterRequest& request, bool redacted,
                                                      const ExportProgress& progress) {
  return Export(writer, budget, actor, operation, request, redacted, progress).Run();
}

}  // namespace inspectorate::registry
