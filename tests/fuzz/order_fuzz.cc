// order_by and the condition of the next page: rows after the last one in that order, exactly.
// Input: the order, a zero byte, two Samples in wire form, the length of the first in one byte.
#include <algorithm>
#include <set>
#include <string>
#include <vector>

#include "common/query/query.h"
#include "common/query/testdata/sample_fields.h"
#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/sql_condition.h"

namespace inspectorate::fuzz {
namespace {

using query::Order;
using query::testdata::Sample;
using query::testdata::SampleFields;

Sample SampleFrom(std::string_view wire) {
  Sample sample;
  if (!sample.ParseFromArray(wire.data(), static_cast<int>(wire.size()))) sample.Clear();
  return Storable(sample);
}

// NULL before every value.
int CompareIn(const Order& order, const Columns& a, const Columns& b) {
  const db::Value& left = a.at(order.column);
  const db::Value& right = b.at(order.column);
  const int result = left.is_null() || right.is_null() ? static_cast<int>(right.is_null()) - left.is_null()
                                                       : CompareStored(left, right);
  return order.descending ? -result : result;
}

bool IsAfter(const std::vector<Order>& order, const Columns& row, const Columns& last) {
  for (const Order& entry : order) {
    if (const int result = CompareIn(entry, row, last); result != 0) return result > 0;
  }
  return false;
}

void CheckPages(const std::vector<Order>& order, const Columns& last, const Columns& row) {
  std::vector<db::Value> keys;
  for (const Order& entry : order) keys.push_back(last.at(entry.column));
  const query::Condition after = query::After(order, keys);
  if (order.empty()) {
    FUZZ_CHECK(after.sql.empty());
    return;
  }
  FUZZ_CHECK(Selects(after, row) == IsAfter(order, row, last));
  FUZZ_CHECK(!Selects(after, last));
}

void CheckAccepted(const std::vector<Order>& order) {
  std::set<std::string> paths;
  std::string canonical;
  for (const Order& entry : order) {
    const auto field = std::ranges::find(SampleFields(), entry.path, &query::Field::path);
    FUZZ_CHECK(field != SampleFields().end() && field->column == entry.column && field->kind == entry.kind);
    FUZZ_CHECK(paths.insert(entry.path).second);
    canonical += (canonical.empty() ? "" : ",") + entry.path + (entry.descending ? " desc" : "");
  }
  const auto again = query::ParseOrder(canonical, SampleFields());
  FUZZ_CHECK(again.ok() && std::ranges::equal(*again, order, [](const Order& a, const Order& b) {
               return a.path == b.path && a.descending == b.descending;
             }));
}

}  // namespace
}  // namespace inspectorate::fuzz

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace inspectorate;
  using namespace inspectorate::fuzz;
  Input input(data, size);
  const auto order = query::ParseOrder(input.Until('\0'), SampleFields());
  if (!order.ok()) {
    CheckRefusal(order.status(), ErrorReason::ORDER_INVALID);
    return 0;
  }
  CheckAccepted(*order);
  const Sample last = SampleFrom(input.Take(input.Byte()));
  CheckPages(*order, ColumnsOf(last), ColumnsOf(SampleFrom(input.Rest())));
  return 0;
}
