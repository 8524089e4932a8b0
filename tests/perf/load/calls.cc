#include "tests/perf/load/calls.h"

#include <grpcpp/impl/codegen/proto_utils.h>
#include <grpcpp/support/proto_buffer_reader.h>
#include <grpcpp/support/proto_buffer_writer.h>

#include <utility>

#include "common/base/uuid.h"
#include "common/resource/description.h"
#include "inspectorate/registry/v1/school.pb.h"
#include "tests/perf/empty.pb.h"

namespace inspectorate::perf {
namespace {

using registry::v1::GetSchoolRequest;
using registry::v1::School;
using registry::v1::UpdateSchoolRequest;

constexpr int kMostStudents = 3000;

grpc::ByteBuffer ToBytes(const google::protobuf::Message& message) {
  const grpc::Slice slice(message.SerializeAsString());
  return grpc::ByteBuffer(&slice, 1);
}

bool Parse(const grpc::ByteBuffer& bytes, google::protobuf::Message* message) {
  grpc::ByteBuffer copy(bytes);
  return grpc::SerializationTraits<google::protobuf::Message>::Deserialize(&copy, message).ok();
}

class SchoolCalls : public Calls {
 public:
  SchoolCalls(const char* method, std::vector<SchoolKey> schools)
      : Calls(std::string("/inspectorate.registry.v1.Schools/") + method), schools_(std::move(schools)) {}
  size_t keys() const override { return schools_.size(); }
  const std::string& authorization(size_t key) const override { return schools_[key].authorization; }

 protected:
  std::vector<SchoolKey> schools_;
};

class Gets final : public SchoolCalls {
 public:
  explicit Gets(std::vector<SchoolKey> schools) : SchoolCalls("GetSchool", std::move(schools)) {}

  grpc::ByteBuffer Request(size_t key) override {
    GetSchoolRequest request;
    request.set_name("schools/" + schools_[key].id);
    return ToBytes(request);
  }
  bool Accept(size_t, const grpc::ByteBuffer& answer) override { return answer.Length() > 100; }
};

class Updates final : public SchoolCalls {
 public:
  explicit Updates(std::vector<SchoolKey> schools) : SchoolCalls("UpdateSchool", std::move(schools)) {}

  grpc::ByteBuffer Request(size_t key) override {
    UpdateSchoolRequest request;
    School* school = request.mutable_school();
    school->set_name("schools/" + schools_[key].id);
    school->set_etag(resource::EtagOf(schools_[key].revision));
    school->set_students(
        static_cast<int>((schools_[key].revision * 7 + static_cast<int64_t>(key)) % kMostStudents));
    school->set_short_name("示例" + std::to_string(schools_[key].revision % 900));
    request.mutable_update_mask()->add_paths("students");
    request.mutable_update_mask()->add_paths("short_name");
    request.set_request_id(FormatUuid(RandomUuid()));
    return ToBytes(request);
  }
  bool Accept(size_t key, const grpc::ByteBuffer& answer) override {
    School school;
    if (!Parse(answer, &school) || school.revision() != schools_[key].revision + 1) return false;
    schools_[key].revision = school.revision();
    return true;
  }
};

class Empties final : public Calls {
 public:
  Empties(const std::string& method, std::vector<std::string> authorizations, size_t request_bytes,
          size_t answer_bytes)
      : Calls("/inspectorate.perf.Empty/" + method),
        authorizations_(std::move(authorizations)),
        answer_bytes_(answer_bytes) {
    EmptyRequest request;
    request.set_answer_bytes(static_cast<int>(answer_bytes));
    request.set_filler(std::string(request_bytes, 'x'));
    request_ = ToBytes(request);
  }
  size_t keys() const override { return 4096; }
  grpc::ByteBuffer Request(size_t) override { return request_; }
  const std::string& authorization(size_t key) const override {
    return authorizations_[key % authorizations_.size()];
  }
  bool Accept(size_t, const grpc::ByteBuffer& answer) override { return answer.Length() >= answer_bytes_; }

 private:
  const std::vector<std::string> authorizations_;
  const size_t answer_bytes_;
  grpc::ByteBuffer request_;
};

}  // namespace

std::unique_ptr<Calls> GetSchools(std::vector<SchoolKey> schools) {
  return std::make_unique<Gets>(std::move(schools));
}

std::unique_ptr<Calls> UpdateSchools(std::vector<SchoolKey> schools) {
  return std::make_unique<Updates>(std::move(schools));
}

std::unique_ptr<Calls> EmptyCalls(const std::string& method, std::vector<std::string> authorizations,
                                  size_t request_bytes, size_t answer_bytes) {
  return std::make_unique<Empties>(method, std::move(authorizations), request_bytes, answer_bytes);
}

}  // namespace inspectorate::perf
