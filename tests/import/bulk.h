// Long lists, and the way they take into an office: uploaded in pieces, imported by one operation.
#pragma once

#include <functional>
#include <string>

#include "absl/status/statusor.h"
#include "common/rpc/client.h"
#include "google/longrunning/operations.pb.h"
#include "inspectorate/registry/v1/import.pb.h"

namespace inspectorate::import_test {

// A list of `count` schools, numbers S000000 and up, no two alike; their codes begin at `first_code`, for a
// code is a school's in all offices.
std::string SchoolsCsv(int count, int first_code = 0);

// Uploads the bytes and gives the file's name.
absl::StatusOr<std::string> Upload(rpc::Client& registry, const std::string& office,
                                   const std::string& file_name, const std::string& bytes);
// All of a file that the service made.
absl::StatusOr<std::string> Download(rpc::Client& registry, const registry::v1::DataFile& file);

absl::StatusOr<google::longrunning::Operation> StartImport(rpc::Client& registry, const std::string& office,
                                                           const std::string& upload);
// How many rows are done.
absl::StatusOr<int64_t> RowsDone(rpc::Client& registry, const std::string& operation);
// The operation once it is done, or what it failed with.
absl::StatusOr<google::longrunning::Operation> AwaitDone(rpc::Client& registry, const std::string& operation,
                                                         const std::function<void(int64_t done)>& tell = {});
absl::StatusOr<registry::v1::ImportRosterResponse> Await(rpc::Client& registry, const std::string& operation,
                                                         const std::function<void(int64_t done)>& tell = {});

}  // namespace inspectorate::import_test
