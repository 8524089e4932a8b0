// The calls that are measured: which request, under whose token, and whether the answer is the right one.
#pragma once

#include <grpcpp/support/byte_buffer.h>

#include <memory>
#include <string>
#include <vector>

namespace inspectorate::perf {

// One kind of call on a set of keys. No key is in two calls at once; otherwise any order. Not thread-safe.
class Calls {
 public:
  virtual ~Calls() = default;
  const std::string& path() const { return path_; }
  virtual size_t keys() const = 0;
  virtual grpc::ByteBuffer Request(size_t key) = 0;
  // Value of the `authorization` header.
  virtual const std::string& authorization(size_t key) const = 0;
  // False when it is not what had to come.
  virtual bool Accept(size_t key, const grpc::ByteBuffer& answer) = 0;

 protected:
  explicit Calls(std::string path) : path_(std::move(path)) {}

 private:
  const std::string path_;
};

struct SchoolKey {
  std::string id{};      // 36 characters
  std::string office{};  // slug
  std::string authorization{};
  int64_t revision = 0;
};

// Schools.GetSchool.
std::unique_ptr<Calls> GetSchools(std::vector<SchoolKey> schools);
// Schools.UpdateSchool: two fields by mask, guarded by the etag, with a request id.
std::unique_ptr<Calls> UpdateSchools(std::vector<SchoolKey> schools);
// Empty.Read or Empty.Write with messages of these sizes.
std::unique_ptr<Calls> EmptyCalls(const std::string& method, std::vector<std::string> authorizations,
                                  size_t request_bytes, size_t answer_bytes);

}  // namespace inspectorate::perf
