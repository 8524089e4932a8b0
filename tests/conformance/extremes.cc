#include "tests/conformance/extremes.h"

#include <algorithm>
#include <functional>
#include <limits>
#include <set>

#include "common/resource/description.h"
#include "common/validate/rules.h"
#include "google/protobuf/field_mask.pb.h"
#include "google/type/date.pb.h"

namespace inspectorate::conformance {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Reflection;
using validate::FieldRules;
using validate::RulesOf;
using validate::WellFormed;

constexpr char kFourBytes[] = "𠮷";
// What databases, shells and pages take for more than text; the last two turn a line around and are not seen.
constexpr char kPunctuation[] = "'\"\\%_;--`<&\u202e\u200b";
constexpr int64_t kFirstSecond = -30'610'224'000;  // of year 1000
constexpr int64_t kLastSecond = 253'402'300'799;   // of year 9999

std::string Repeated(const std::string& text, size_t times) {
  std::string all;
  for (size_t i = 0; i < times; ++i) all += text;
  return all;
}

struct Value {
  std::string how;
  std::function<void(Message* holder)> set;
};

// The single values of a field; of a repeated one, its only entry.
class Values {
 public:
  explicit Values(const FieldRules& rules) : rules_(rules), f_(rules.field) {
    switch (f_->cpp_type()) {
      case FieldDescriptor::CPPTYPE_STRING:
        if (f_->type() == FieldDescriptor::TYPE_STRING) Texts();
        break;
      case FieldDescriptor::CPPTYPE_ENUM:
        for (int i = 0; i < f_->enum_type()->value_count(); ++i) {
          AddEnum(f_->enum_type()->value(i)->name(), f_->enum_type()->value(i)->number());
        }
        AddEnum("least", std::numeric_limits<int>::min());
        break;
      case FieldDescriptor::CPPTYPE_BOOL:
        Add("changed", [f = f_](const Reflection& r, Message* m) { r.SetBool(m, f, !r.GetBool(*m, f)); });
        break;
      case FieldDescriptor::CPPTYPE_DOUBLE:
        for (const double value : {std::numeric_limits<double>::max(), std::numeric_limits<double>::lowest(),
                                   std::numeric_limits<double>::denorm_min()}) {
          Add("extreme", [f = f_, value](const Reflection& r, Message* m) { r.SetDouble(m, f, value); });
        }
        break;
      case FieldDescriptor::CPPTYPE_INT32:
        Numbers<int32_t>(&Reflection::SetInt32, &Reflection::AddInt32);
        break;
      case FieldDescriptor::CPPTYPE_INT64:
        Numbers<int64_t>(&Reflection::SetInt64, &Reflection::AddInt64);
        break;
      case FieldDescriptor::CPPTYPE_UINT32:
        Numbers<uint32_t>(&Reflection::SetUInt32, &Reflection::AddUInt32);
        break;
      case FieldDescriptor::CPPTYPE_UINT64:
        Numbers<uint64_t>(&Reflection::SetUInt64, &Reflection::AddUInt64);
        break;
      case FieldDescriptor::CPPTYPE_MESSAGE:
        if (rules_.well_formed == WellFormed::kDate) Days();
        if (rules_.well_formed == WellFormed::kTimestamp || rules_.well_formed == WellFormed::kDuration)
          Seconds();
        break;
      default:
        break;
    }
  }
  std::vector<Value> Take() { return std::move(values_); }

 private:
  template <class Set>
  void Add(const std::string& how, Set set) {
    values_.push_back({how, [f = f_, set](Message* holder) {
                         if (f->is_repeated()) holder->GetReflection()->ClearField(holder, f);
                         set(*holder->GetReflection(), holder);
                       }});
  }

  void AddText(const std::string& how, const std::string& text) {
    Add(how, [f = f_, text](const Reflection& r, Message* m) {
      f->is_repeated() ? r.AddString(m, f, text) : r.SetString(m, f, text);
    });
  }

  void AddEnum(const std::string& how, int number) {
    Add(how, [f = f_, number](const Reflection& r, Message* m) {
      f->is_repeated() ? r.AddEnumValue(m, f, number) : r.SetEnumValue(m, f, number);
    });
  }

  void Texts() {
    const auto& rules = rules_.rules;
    if (rules.date()) {
      for (const char* day : {"1000-01-01", "9999-12-31"}) AddText(day, day);
    }
    if (rules.date() || rules.uuid() || !rules.resource().empty() || !rules.pattern().empty()) return;
    if (rules.max_len() > 0) AddText("longest", Repeated(kFourBytes, rules.max_len()));
    AddText("punctuation", std::string(kPunctuation));
  }

  template <class Number>
  void Numbers(void (Reflection::*set)(Message*, const FieldDescriptor*, Number) const,
               void (Reflection::*add)(Message*, const FieldDescriptor*, Number) const) {
    const auto& rules = rules_.rules;
    using Limits = std::numeric_limits<Number>;
    for (const Number value :
         std::set<Number>{rules.has_gte() ? static_cast<Number>(rules.gte()) : Limits::min(),
                          rules.has_lte() ? static_cast<Number>(rules.lte()) : Limits::max(),
                          static_cast<Number>(Limits::max() / 2 + 1)}) {
      Add(std::to_string(value), [f = f_, value, set, add](const Reflection& r, Message* m) {
        (r.*(f->is_repeated() ? add : set))(m, f, value);
      });
    }
  }

  void Days() {
    for (const auto& [year, month, day] :
         {std::tuple{1000, 1, 1}, std::tuple{9999, 12, 31}, std::tuple{2026, 2, 28}}) {
      google::type::Date date;
      date.set_year(year);
      date.set_month(month);
      date.set_day(day);
      Add("year " + std::to_string(year), [f = f_, date](const Reflection& r, Message* m) {
        (f->is_repeated() ? r.AddMessage(m, f) : r.MutableMessage(m, f))->CopyFrom(date);
      });
    }
  }

  // Timestamp and Duration have the same first field.
  void Seconds() {
    for (const int64_t seconds : {kFirstSecond, kLastSecond}) {
      Add(std::to_string(seconds) + " s", [f = f_, seconds](const Reflection& r, Message* m) {
        Message* time = f->is_repeated() ? r.AddMessage(m, f) : r.MutableMessage(m, f);
        time->Clear();
        time->GetReflection()->SetInt64(time, time->GetDescriptor()->FindFieldByNumber(1), seconds);
      });
    }
  }

  const FieldRules& rules_;
  const FieldDescriptor* f_;
  std::vector<Value> values_;
};

// The first entry, `times` times.
void Multiply(Message* holder, const FieldDescriptor* f, int times) {
  const Reflection& r = *holder->GetReflection();
  for (int i = r.FieldSize(*holder, f); i < times; ++i) {
    switch (f->cpp_type()) {
      case FieldDescriptor::CPPTYPE_MESSAGE: {
        const Request first = Clone(r.GetRepeatedMessage(*holder, f, 0));
        r.AddMessage(holder, f)->CopyFrom(*first);
        break;
      }
      case FieldDescriptor::CPPTYPE_STRING:
        r.AddString(holder, f, r.GetRepeatedString(*holder, f, 0));
        break;
      case FieldDescriptor::CPPTYPE_ENUM:
        r.AddEnumValue(holder, f, r.GetRepeatedEnumValue(*holder, f, 0));
        break;
      default:
        return;
    }
  }
}

// What the platform itself reads; other tests are about these.
bool IsOfThePlatform(const FieldDescriptor& field) {
  static const std::set<std::string>& names =
      *new std::set<std::string>{"request_id", "etag", "page_token", "update_mask", "read_mask"};
  return names.contains(field.name());
}

class Walker {
 public:
  Walker(const Rpc& rpc, World& world, District& district, const Message& request)
      : rpc_(rpc), world_(world), district_(district), root_(Clone(request)) {
    Walk(root_.get(), "", "");
  }
  std::vector<Extreme> Take() { return std::move(extremes_); }

 private:
  // `masked`: the field of the resource, in an update, through which this holder is reached.
  void Walk(Message* holder, const std::string& prefix, const std::string& masked, bool patch = false) {
    for (const FieldRules& field : RulesOf(*holder->GetDescriptor()).fields) {
      const FieldDescriptor* f = field.field;
      if (field.output_only || field.identifier || IsOfThePlatform(*f)) continue;
      const Request original = Clone(*holder);
      const std::string path = prefix + f->name();
      const std::string in_mask = patch ? f->name() : masked;
      for (const Value& value : Values(field).Take()) {
        value.set(holder);
        Keep(path, value.how, in_mask);
        holder->CopyFrom(*original);
      }
      Enter(holder, field, path, in_mask);
      holder->CopyFrom(*original);
    }
  }

  void Enter(Message* holder, const FieldRules& field, const std::string& path, const std::string& in_mask) {
    const FieldDescriptor* f = field.field;
    const Reflection& r = *holder->GetReflection();
    const bool message = f->cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE;
    const bool ours = message && f->message_type()->full_name().starts_with("inspectorate.");
    const bool there = f->is_repeated() ? r.FieldSize(*holder, f) > 0 : !message || r.HasField(*holder, f);
    if (!there && (ours || f->is_repeated())) FillField(rpc_, world_, district_, holder, field);
    if (f->is_repeated() && r.FieldSize(*holder, f) == 0) return;
    if (ours) {
      Walk(f->is_repeated() ? r.MutableRepeatedMessage(holder, f, 0) : r.MutableMessage(holder, f),
           path + ".", in_mask, field.patch);
    }
    if (!f->is_repeated()) return;
    Multiply(holder, f, 2);
    Keep(path, "the same twice", in_mask);
    if (field.rules.max_items() <= 2) return;
    Multiply(holder, f, static_cast<int>(field.rules.max_items()));
    Keep(path, "full", in_mask);
  }

  void Keep(const std::string& path, const std::string& how, const std::string& in_mask) {
    extremes_.push_back({path, how, Clone(*root_)});
    Message* request = extremes_.back().request.get();
    const FieldDescriptor* mask = request->GetDescriptor()->FindFieldByName("update_mask");
    if (in_mask.empty() || mask == nullptr) return;
    auto* paths =
        static_cast<google::protobuf::FieldMask*>(request->GetReflection()->MutableMessage(request, mask));
    if (std::ranges::find(paths->paths(), in_mask) == paths->paths().end()) paths->add_paths(in_mask);
  }

  const Rpc& rpc_;
  World& world_;
  District& district_;
  Request root_;
  std::vector<Extreme> extremes_;
};

}  // namespace

std::vector<Extreme> AtTheLimits(const Rpc& rpc, World& world, District& district, const Message& request) {
  return Walker(rpc, world, district, request).Take();
}

}  // namespace inspectorate::conformance
