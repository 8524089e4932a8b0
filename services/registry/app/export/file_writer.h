// The files of an export on their way into the office's files: written in pieces, fetched by nobody before
// all of them are whole.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "common/base/uuid.h"
#include "common/work/unit.h"
#include "inspectorate/registry/v1/export.pb.h"
#include "services/registry/store/data_files.h"

namespace inspectorate::registry {

// One attempt of an operation to make its files. A process that died, or that lost its lease and does not
// know it, has made none: only the attempt that began last writes on and publishes.
class ExportFiles {
 public:
  ExportFiles(work::Writer& writer, const db::Budget& budget, std::string office, const Uuid& operation,
              bool redacted);

  // This attempt counts from now on; what earlier ones have written is gone.
  absl::Status Begin();
  // One file after the other.
  absl::Status Open(const std::string& file_name);
  absl::Status Add(std::string_view bytes);
  absl::StatusOr<v1::ExportedFile> Close();
  // All of them become files of the office, together, in the order in which they were opened.
  absl::StatusOr<std::vector<v1::DataFile>> Publish();
  // They are not wanted after all.
  absl::Status Discard();

 private:
  struct Made {
    FileKey key;
    v1::ExportedFile file;
  };
  absl::Status InAttempt(const std::function<absl::Status(db::Transaction&)>& fn);
  absl::Status RemoveFiles(db::Session& session);
  absl::Status Flush(size_t bytes);

  work::Writer& writer_;
  const db::Budget& budget_;
  const std::string office_;
  const Uuid operation_;
  const bool redacted_;
  Uuid attempt_{};
  std::vector<Made> made_;
  std::string buffer_;
  std::unique_ptr<Sha256Stream> digest_;
};

}  // namespace inspectorate::registry
