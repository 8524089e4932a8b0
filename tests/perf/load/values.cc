#include "tests/perf/load/values.h"

#include "common/base/hash.h"
#include "common/base/time.h"
#include "common/base/uuid.h"
#include "tests/perf/load/bare.h"

namespace inspectorate::perf {
namespace {

// As large as what the service stores.
constexpr size_t kResponseBytes = 300;
constexpr size_t kBodyBytes = 800;

std::string SqlTime(Time time) {
  std::string text = FormatTime(time);  // 2026-03-02T01:00:00.000000Z
  text[10] = ' ';
  text.pop_back();
  return text;
}

}  // namespace

void CallValues::SetAll(const SchoolKey& school, BareCall* call) const {
  const Uuid request = RandomUuid();
  call->Set("school", ParseUuid(school.id)->Raw());
  call->Set("resource", "schools/" + school.id);
  call->Set("office", school.office);
  call->Set("subject", "offices/" + school.office + "/staff/0198e6a0-0000-7000-8000-000000000001");
  call->Set("method", "inspectorate.registry.v1.Schools.UpdateSchool");
  call->Set("request_id", request.Raw());
  call->Set("fingerprint", Sha256(request.Raw()));
  call->Set("now", SqlTime(SystemClock().Now()));
  call->Set("new_students", std::to_string(request.bytes[0] * 7));
  call->Set("new_short_name", "示例" + std::to_string(request.bytes[1]));
  call->Set("response", std::string(kResponseBytes, 'r'));
  call->Set("resource_type", "inspectorate/School");
  call->Set("event", "school.updated");
  call->Set("zero", "0");
  call->Set("one", "1");
  call->Set("body", std::string(kBodyBytes, 'b'));
}

}  // namespace inspectorate::perf
