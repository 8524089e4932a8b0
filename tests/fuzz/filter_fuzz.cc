// Filters of lists and watches. The same text as SQL and on messages must select the same, its negation the
// rest. Input: the filter, a zero byte, a Sample in wire form.
#include <string>
#include <vector>

#include "common/base/text.h"
#include "common/query/query.h"
#include "common/query/testdata/sample_fields.h"
#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/sql_condition.h"

namespace inspectorate::fuzz {
namespace {

using query::Filter;
using query::testdata::Sample;
using query::testdata::SampleFields;

std::vector<Sample> FixedSamples() {
  Sample full;
  full.set_title("督导 a");
  full.set_number(7);
  full.set_urgent(true);
  full.set_shade(query::testdata::DARK);
  full.mutable_create_time()->set_seconds(1'773'014'400);
  full.mutable_due()->set_year(2026);
  full.mutable_due()->set_month(3);
  full.mutable_due()->set_day(9);
  full.set_school("schools/01234567-89ab-cdef-0123-456789abcdef");
  full.set_rank(0);
  full.set_large(18'446'744'073'709'551'615U);
  full.set_remark("a  ");
  full.mutable_seal()->set_count(-1);
  return {Sample(), full};
}

std::vector<Sample> Samples(std::string_view wire) {
  static const std::vector<Sample>& fixed = *new std::vector<Sample>(FixedSamples());
  std::vector<Sample> samples = fixed;
  Sample sample;
  if (sample.ParseFromArray(wire.data(), static_cast<int>(wire.size()))) samples.push_back(Storable(sample));
  return samples;
}

void CheckAccepted(std::string_view text, const Filter& filter, std::string_view wire) {
  const query::Condition condition = filter.ToSql();
  FUZZ_CHECK(condition.params.size() <= 64);
  FUZZ_CHECK(condition.sql.size() <= 64 * 80);
  // At the limits of length and depth the longer text is refused.
  const auto negated = Filter::Parse("NOT (" + std::string(text) + ")", SampleFields());
  for (const Sample& sample : Samples(wire)) {
    const Columns row = ColumnsOf(sample);
    const bool matches = filter.Matches(sample);
    FUZZ_CHECK(Selects(condition, row) == matches);
    if (!negated.ok()) continue;
    FUZZ_CHECK(negated->Matches(sample) == !matches);
    FUZZ_CHECK(Selects(negated->ToSql(), row) == !matches);
  }
}

void CheckRefused(std::string_view text, const absl::Status& status) {
  CheckRefusal(status, ErrorReason::FILTER_INVALID);
  const size_t position = std::stoul(MetadataOf(status)["position"]);
  FUZZ_CHECK(position >= 1 && position <= CharacterCount(text) + 1);
}

}  // namespace
}  // namespace inspectorate::fuzz

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace inspectorate::fuzz;
  Input input(data, size);
  const std::string_view text = input.Until('\0');
  const auto filter = Filter::Parse(text, SampleFields());
  if (filter.ok()) {
    CheckAccepted(text, *filter, input.Rest());
  } else {
    CheckRefused(text, filter.status());
  }
  return 0;
}
