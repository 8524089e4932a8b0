#include "tests/fuzz/sql_condition.h"

#include <algorithm>
#include <string_view>
#include <utility>

#include "common/query/testdata/sample_fields.h"
#include "tests/fuzz/fuzz.h"

namespace inspectorate::fuzz {
namespace {

using query::testdata::Sample;

enum class Truth { kFalse, kUnknown, kTrue };

Truth Of(bool value) { return value ? Truth::kTrue : Truth::kFalse; }

class Evaluator {
 public:
  Evaluator(const query::Condition& condition, const Columns& row)
      : sql_(condition.sql), params_(condition.params), row_(row) {}

  Truth Run() {
    const Truth truth = Whole();
    FUZZ_CHECK(sql_.empty());
    FUZZ_CHECK(next_ == params_.size());
    return truth;
  }

 private:
  Truth Whole() {
    if (Skip("1 = 0")) return Truth::kFalse;
    if (Skip("INSTR(")) return Contains();
    if (!Skip("(")) return Comparison();
    Truth truth = Whole();
    while (true) {
      if (Skip(" AND ")) {
        truth = std::min(truth, Whole());
      } else if (Skip(" OR ")) {
        truth = std::max(truth, Whole());
      } else {
        FUZZ_CHECK(Skip(")"));
        return truth;
      }
    }
  }

  Truth Contains() {
    const db::Value& value = Column();
    FUZZ_CHECK(Skip(", ?)"));
    const db::Value& part = Next();
    const bool positive = Skip(" > 0");
    FUZZ_CHECK(positive || Skip(" = 0"));
    if (value.is_null()) return Truth::kUnknown;
    return Of((value.AsString().find(part.AsString()) != std::string::npos) == positive);
  }

  Truth Comparison() {
    const db::Value& value = Column();
    if (Skip(" IS NULL")) return Of(value.is_null());
    if (Skip(" IS NOT NULL")) return Of(!value.is_null());
    constexpr std::string_view kOperators[] = {" <> ?", " <= ?", " >= ?", " < ?", " > ?", " = ?"};
    size_t which = 0;
    while (which < std::size(kOperators) && !Skip(kOperators[which])) ++which;
    FUZZ_CHECK(which < std::size(kOperators));
    const db::Value& other = Next();
    if (value.is_null() || other.is_null()) return Truth::kUnknown;
    const int order = CompareStored(value, other);
    const bool holds[] = {order != 0, order <= 0, order >= 0, order<0, order> 0, order == 0};
    return Of(holds[which]);
  }

  const db::Value& Column() {
    FUZZ_CHECK(sql_.starts_with('`'));
    const size_t end = sql_.find('`', 1);
    FUZZ_CHECK(end != std::string_view::npos);
    const auto found = row_.find(sql_.substr(0, end + 1));
    FUZZ_CHECK(found != row_.end());
    sql_.remove_prefix(end + 1);
    return found->second;
  }

  const db::Value& Next() {
    FUZZ_CHECK(next_ < params_.size());
    return params_[next_++];
  }

  bool Skip(std::string_view text) {
    if (!sql_.starts_with(text)) return false;
    sql_.remove_prefix(text.size());
    return true;
  }

  std::string_view sql_;
  const db::Params& params_;
  const Columns& row_;
  size_t next_ = 0;
};

template <typename T>
int Sign(const T& a, const T& b) {
  return a < b ? -1 : b < a ? 1 : 0;
}

Time TimeOf(const google::protobuf::Timestamp& time) {
  return Time(std::chrono::seconds(time.seconds()) + std::chrono::microseconds(time.nanos() / 1000));
}

bool IsDate(const google::type::Date& date) {
  if (date.year() < 1 || date.year() > 9999 || date.month() < 1 || date.day() < 1) return false;
  return std::chrono::year_month_day(std::chrono::year(date.year()),
                                     std::chrono::month(static_cast<unsigned>(date.month())),
                                     std::chrono::day(static_cast<unsigned>(date.day())))
      .ok();
}

}  // namespace

int CompareStored(const db::Value& a, const db::Value& b) {
  if (const auto* text = std::get_if<std::string>(&a.variant())) {
    std::string left = *text;
    std::string right = b.AsString();
    const size_t width = std::max(left.size(), right.size());
    left.resize(width, ' ');
    right.resize(width, ' ');
    return left.compare(right);
  }
  if (const auto* time = std::get_if<Time>(&a.variant())) return Sign(*time, std::get<Time>(b.variant()));
  if (const auto* date = std::get_if<Date>(&a.variant())) return Sign(*date, std::get<Date>(b.variant()));
  const auto* left = std::get_if<uint64_t>(&a.variant());
  const auto* right = std::get_if<uint64_t>(&b.variant());
  const auto compare = [](auto x, auto y) { return std::cmp_less(x, y) ? -1 : std::cmp_less(y, x) ? 1 : 0; };
  if (left != nullptr) return right != nullptr ? compare(*left, *right) : compare(*left, b.AsInt());
  return right != nullptr ? compare(a.AsInt(), *right) : compare(a.AsInt(), b.AsInt());
}

bool Selects(const query::Condition& condition, const Columns& row) {
  return condition.sql.empty() || Evaluator(condition, row).Run() == Truth::kTrue;
}

Sample Storable(Sample sample) {
  if (!query::testdata::SchoolId(sample.school()).ok()) sample.clear_school();
  const auto& time = sample.create_time();
  const bool valid_time = time.seconds() >= -62'135'596'800 && time.seconds() <= 253'402'300'799 &&
                          time.nanos() >= 0 && time.nanos() < 1'000'000'000;
  if (!valid_time) sample.clear_create_time();
  if (!IsDate(sample.due())) sample.clear_due();
  return sample;
}

Columns ColumnsOf(const Sample& row) {
  Columns columns;
  for (const query::Field& field : query::testdata::SampleFields()) columns[field.column];  // NULL
  columns["`title`"] = db::Value(row.title());
  columns["`number`"] = db::Value(static_cast<int64_t>(row.number()));
  columns["`urgent`"] = db::Value(row.urgent());
  columns["`shade`"] = db::Value(static_cast<int>(row.shade()));
  columns["`large`"] = db::Value(static_cast<uint64_t>(row.large()));
  if (row.has_create_time()) columns["`create_time`"] = db::Value(TimeOf(row.create_time()));
  const auto& due = row.due();
  if (row.has_due()) {
    columns["`due`"] =
        db::Value(MakeDate(due.year(), static_cast<unsigned>(due.month()), static_cast<unsigned>(due.day())));
  }
  if (!row.school().empty()) columns["`school`"] = *query::testdata::SchoolId(row.school());
  if (row.has_rank()) columns["`rank_`"] = db::Value(row.rank());
  if (row.has_remark()) columns["`remark`"] = db::Value(row.remark());
  if (row.has_seal()) columns["`seal_count`"] = db::Value(row.seal().count());
  return columns;
}

}  // namespace inspectorate::fuzz
