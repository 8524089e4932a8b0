#include "tests/conformance/requests.h"

#include <gtest/gtest.h>

#include <functional>
#include <limits>
#include <map>
#include <set>

#include "common/base/uuid.h"
#include "common/resource/description.h"
#include "common/validate/rules.h"
#include "common/validate/validate.h"
#include "google/longrunning/operations.pb.h"
#include "google/protobuf/field_mask.pb.h"
#include "google/protobuf/timestamp.pb.h"
#include "google/type/date.pb.h"
#include "inspectorate/registry/v1/export.pb.h"
#include "inspectorate/type/v1/operations.pb.h"
#include "tests/conformance/loop.h"
#include "tests/conformance/recipes.h"

namespace inspectorate::conformance {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::Reflection;
using validate::FieldRules;
using validate::RulesOf;
using validate::WellFormed;

// A text that matches each pattern of the contract; `#` becomes a new number.
constexpr std::pair<const char*, const char*> kExamples[] = {
    {"[a-z][a-z0-9-]{0,62}", "c#"},
    {"[A-Za-z0-9][A-Za-z0-9-]{0,62}", "M#"},
    {"[A-Z][0-9]{2,3}", "B01"},
    {"[A-Za-z0-9][A-Za-z0-9_-]{0,62}", "T99"},
    {"[0-9]{6}", "371603"},
    {"[0-9]{10}", "2137000001"},
    {"[0-9]{4}-(0[1-9]|1[0-2])", "2026-03"},
    {"[a-z][a-z0-9_.]{0,62}", "conformance.rule#"},
    {"I[0-9]{1,2}[a-z]?", "I3"},
    {"[a-z]+/[a-z0-9.+-]{1,80}", "image/jpeg"},
    {"[0-9a-f]{64}", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"},
    {"divisions/[0-9]{2,12}", "divisions/371603"},
};
constexpr char kOperations[] = "offices/[a-z][a-z0-9-]{0,62}/operations/[0-9a-f-]{36}";
constexpr char kFiles[] = "offices/[a-z][a-z0-9-]{0,62}/files/[0-9a-f-]{36}";
constexpr char kIssues[] = "offices/[a-z][a-z0-9-]{0,62}/issues/[0-9a-f-]{36}";

// By whom, in this order: those who do the work first.
constexpr Role kOrder[] = {
    Role::ROLE_DISTRICT_OFFICE, Role::ROLE_RESPONSIBLE_INSPECTOR, Role::ROLE_SCHOOL_SUPERVISOR,
    Role::ROLE_AREA_LEAD,       Role::ROLE_SYSTEM_INTEGRATOR,     Role::ROLE_AUDITOR,
    Role::ROLE_BUREAU_READER,   Role::ROLE_PLATFORM_OPERATOR,     Role::ROLE_SERVICE};

void AddOrSetText(Message* message, const FieldDescriptor* field, const std::string& value) {
  if (field->is_repeated()) {
    message->GetReflection()->AddString(message, field, value);
  } else {
    message->GetReflection()->SetString(message, field, value);
  }
}

void SetNumber(Message* message, const FieldDescriptor* field, int64_t value) {
  const Reflection& r = *message->GetReflection();
  const bool add = field->is_repeated();
  switch (field->cpp_type()) {
    case FieldDescriptor::CPPTYPE_INT32:
      return add ? r.AddInt32(message, field, static_cast<int32_t>(value))
                 : r.SetInt32(message, field, static_cast<int32_t>(value));
    case FieldDescriptor::CPPTYPE_INT64:
      return add ? r.AddInt64(message, field, value) : r.SetInt64(message, field, value);
    case FieldDescriptor::CPPTYPE_UINT32:
      return add ? r.AddUInt32(message, field, static_cast<uint32_t>(value))
                 : r.SetUInt32(message, field, static_cast<uint32_t>(value));
    case FieldDescriptor::CPPTYPE_UINT64:
      return add ? r.AddUInt64(message, field, static_cast<uint64_t>(value))
                 : r.SetUInt64(message, field, static_cast<uint64_t>(value));
    case FieldDescriptor::CPPTYPE_ENUM:
      return add ? r.AddEnumValue(message, field, static_cast<int>(value))
                 : r.SetEnumValue(message, field, static_cast<int>(value));
    case FieldDescriptor::CPPTYPE_DOUBLE:
      return add ? r.AddDouble(message, field, static_cast<double>(value))
                 : r.SetDouble(message, field, static_cast<double>(value));
    default:
      return;
  }
}

// --- valid
// ---------------------------------------------------------------------------------------------------

class Filler {
 public:
  Filler(const Rpc& rpc, World& world, District& district) : rpc_(rpc), world_(world), district_(district) {}

  void Fill(Message* message) {
    for (const FieldRules& field : RulesOf(*message->GetDescriptor()).fields) {
      if (field.output_only || field.identifier) continue;
      if (field.patch) {
        FillPatch(message, field);
      } else if (field.required) {
        FillField(message, field);
      }
    }
  }

  // One entry or value, whether asked for or not.
  void FillField(Message* message, const FieldRules& field) {
    const FieldDescriptor* f = field.field;
    switch (f->cpp_type()) {
      case FieldDescriptor::CPPTYPE_STRING:
        return AddOrSetText(message, f, Text(field));
      case FieldDescriptor::CPPTYPE_MESSAGE: {
        Message* inner = f->is_repeated() ? message->GetReflection()->AddMessage(message, f)
                                          : message->GetReflection()->MutableMessage(message, f);
        return FillMessage(inner, field);
      }
      case FieldDescriptor::CPPTYPE_ENUM:
        return SetNumber(message, f, f->enum_type()->value(1)->number());
      case FieldDescriptor::CPPTYPE_BOOL:
        return;
      default:
        return SetNumber(message, f, Number(field.rules));
    }
  }

 private:
  void FillMessage(Message* inner, const FieldRules& field) {
    if (field.well_formed == WellFormed::kDate) {
      const bool last = field.field->name() == "valid_to";
      inner->CopyFrom(last ? resource::ToProto(MakeDate(2028, 8, 31)) : Loop(world_, district_).Today());
    } else if (field.well_formed == WellFormed::kTimestamp) {
      inner->CopyFrom(
          resource::ToProto(*ParseTime("2026-03-27T01:00:00Z") + std::chrono::seconds(world_.Next())));
    } else {
      Fill(inner);
    }
  }

  std::string Text(const FieldRules& field) {
    const auto& rules = field.rules;
    if (field.field->type() == FieldDescriptor::TYPE_BYTES) return world_.NextText(kSecretContent);
    if (!rules.resource().empty()) return SampleOf(rules.resource(), field);
    if (rules.pattern() == kOperations) return OperationName();
    if (rules.pattern() == kIssues) return SampleOf("inspectorate/Issue", field);
    if (rules.uuid()) return FormatUuid(RandomUuid());
    if (rules.date()) return "2026-03-27";
    if (!rules.pattern().empty()) return Example(field);
    return world_.NextText("示例");
  }

  std::string SampleOf(const std::string& type, const FieldRules& field) {
    const auto found = district_.samples.find(type);
    if (found != district_.samples.end()) return found->second;
    ADD_FAILURE() << field.field->full_name() << " refers to " << type
                  << ": let World::Furnish or Loop::LiveOnce make one";
    return "";
  }

  std::string OperationName() const {
    const auto found = district_.operations.find(rpc_.service);
    // Some services start none: a name that nothing has.
    return found != district_.operations.end()
               ? found->second
               : district_.office() + "/operations/0197d7f0-0000-7000-8000-000000000000";
  }

  // A file that is there whole, made when it is first asked for.
  std::string FileName() {
    std::string& name = district_.samples["file"];
    if (!name.empty()) return name;
    // One that everybody who may read files at all may read: it has no protected fields.
    const Principal& auditor = district_.people.at(Role::ROLE_AUDITOR);
    registry::v1::ExportRosterRequest request;
    request.set_parent(district_.office());
    request.add_kinds(registry::v1::IMPORT_TERMS);
    type::v1::WaitOperationRequest wait;
    wait.set_name(world_
                      .Must<google::longrunning::Operation>(
                          "registry", "inspectorate.registry.v1.Exports.ExportRoster", auditor, request)
                      .name());
    wait.mutable_timeout()->set_seconds(30);
    const auto done = world_.Must<google::longrunning::Operation>(
        "registry", "inspectorate.type.v1.Operations.WaitOperation", auditor, wait);
    registry::v1::ExportRosterResponse response;
    if (done.response().UnpackTo(&response) && response.files_size() > 0) name = response.files(0).name();
    return name;
  }

  std::string Example(const FieldRules& field) {
    if (field.rules.pattern() == kFiles) return FileName();
    for (const auto& [pattern, example] : kExamples) {
      if (field.rules.pattern() != pattern) continue;
      std::string text = example;
      const size_t number = text.find('#');
      return number == std::string::npos ? text : text.replace(number, 1, std::to_string(world_.Next()));
    }
    ADD_FAILURE() << field.field->full_name()
                  << ": give kExamples in tests/conformance/requests.cc a text for " << field.rules.pattern();
    return "";
  }

  int64_t Number(const type::v1::Rules& rules) {
    const int64_t least = rules.has_gte() ? rules.gte() : 1;
    const int64_t next = least + world_.Next();
    return rules.has_lte() && next > rules.lte() ? least : next;
  }

  // Names the sample and changes one field of it that means nothing to anybody.
  void FillPatch(Message* message, const FieldRules& payload) {
    Message* patch = message->GetReflection()->MutableMessage(message, payload.field);
    const std::string& type = resource::Description::Of(patch->GetDescriptor()).type();
    SetText(patch, "name", SampleOf(type, payload));
    const FieldRules* chosen = Harmless(*patch->GetDescriptor());
    if (chosen == nullptr) {
      ADD_FAILURE() << type << ": has no field for Harmless() in tests/conformance/requests.cc to change";
      return;
    }
    FillField(patch, *chosen);
    const FieldDescriptor* mask = message->GetDescriptor()->FindFieldByName("update_mask");
    auto* paths =
        static_cast<google::protobuf::FieldMask*>(message->GetReflection()->MutableMessage(message, mask));
    paths->add_paths(chosen->field->name());
  }

  static const FieldRules* Harmless(const Descriptor& descriptor) {
    const FieldRules* any = nullptr;
    for (const char* name : {"note", "document_number", "display_name", "advice", "valid_to"}) {
      for (const FieldRules& field : RulesOf(descriptor).fields) {
        const bool hidden = field.field->options().GetExtension(type::v1::sensitive);
        if (field.field->name() == name && !hidden && !field.output_only) return &field;
        const bool plain = field.field->type() == FieldDescriptor::TYPE_STRING &&
                           !field.field->is_repeated() && field.rules.pattern().empty() &&
                           field.rules.resource().empty();
        if (any == nullptr && plain && !hidden && !field.output_only && !field.identifier &&
            field.field->name() != "etag") {
          any = &field;
        }
      }
    }
    return any;
  }

  const Rpc& rpc_;
  World& world_;
  District& district_;
};

// --- broken
// --------------------------------------------------------------------------------------------------

using Locate = std::function<Message*(Message* root)>;
using Mutate = std::function<void(Message* root, Message* parent)>;

struct Break {
  std::string path;
  std::string how;
  Locate parent;
  Mutate mutate;
  bool removes = false;  // what other breaks may need
};

std::string Wildcard(const FieldRules& field) {
  std::string name = field.resource->pattern(0);
  for (size_t begin = name.find('{'); begin != std::string::npos; begin = name.find('{')) {
    name.replace(begin, name.find('}') - begin + 1, "-");
  }
  return name;
}

std::string Mismatch(const RE2& pattern) {
  for (const char* text : {"!", "x", "0", "¿ no", ""}) {
    if (!RE2::FullMatch(text, pattern)) return text;
  }
  return "";
}

class Breaker {
 public:
  Breaker(const Message& request, Filler& filler) : filler_(filler) {
    Visit(
        *request.GetDescriptor(), [](Message* root) { return root; }, "", false);
  }
  std::vector<Break> Take() { return std::move(breaks_); }

 private:
  void Visit(const Descriptor& descriptor, const Locate& parent, const std::string& prefix, bool in_patch) {
    for (const FieldRules& field : RulesOf(descriptor).fields) {
      if (field.output_only) continue;
      parent_ = parent;
      path_ = prefix + field.field->name();
      field_ = &field;
      if (field.required || (field.identifier && in_patch)) BreakRequired(in_patch && !field.identifier);
      if (field.field->is_repeated() || field.field->type() == FieldDescriptor::TYPE_BYTES) BreakItems();
      if (field.field->type() == FieldDescriptor::TYPE_STRING) BreakText();
      if (field.field->cpp_type() == FieldDescriptor::CPPTYPE_ENUM) BreakEnum();
      if (field.field->cpp_type() == FieldDescriptor::CPPTYPE_DOUBLE) BreakReal();
      BreakBounds();
      if (field.field->cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE) Enter(field, parent, path_);
    }
  }

  void Enter(const FieldRules& field, const Locate& parent, const std::string& path) {
    if (field.well_formed != WellFormed::kAny) {
      BreakForm();
      return BreakAge();
    }
    const FieldDescriptor* f = field.field;
    if (!f->message_type()->full_name().starts_with("inspectorate.")) return;
    const std::shared_ptr<Message> valid(
        google::protobuf::MessageFactory::generated_factory()->GetPrototype(f->message_type())->New());
    if (!field.patch) filler_.Fill(valid.get());
    // What is wrong is the only thing that is wrong: an entry that was not there is made valid first.
    const Locate inner = [parent, f, valid](Message* root) {
      Message* outer = parent(root);
      const Reflection& r = *outer->GetReflection();
      const bool there = f->is_repeated() ? r.FieldSize(*outer, f) > 0 : r.HasField(*outer, f);
      if (there) return f->is_repeated() ? r.MutableRepeatedMessage(outer, f, 0) : r.MutableMessage(outer, f);
      Message* added = f->is_repeated() ? r.AddMessage(outer, f) : r.MutableMessage(outer, f);
      added->CopyFrom(*valid);
      return added;
    };
    Visit(*f->message_type(), inner, path + (f->is_repeated() ? "[0]." : "."), field.patch);
  }

  void Add(const std::string& how, const Mutate& mutate, bool removes = false) {
    breaks_.push_back({path_, how, parent_, mutate, removes});
  }
  // In a list, the first entry is the wrong one.
  void AddText(const std::string& how, const std::string& value) {
    const FieldDescriptor* f = field_->field;
    const std::string path = path_;
    if (f->is_repeated()) path_ += "[0]";
    Add(how, [f, value](Message*, Message* parent) {
      parent->GetReflection()->ClearField(parent, f);
      AddOrSetText(parent, f, value);
    });
    path_ = path;
  }
  void AddNumber(const std::string& how, int64_t value) {
    const FieldDescriptor* f = field_->field;
    const std::string path = path_;
    if (f->is_repeated()) path_ += "[0]";
    Add(how, [f, value](Message*, Message* parent) {
      parent->GetReflection()->ClearField(parent, f);
      SetNumber(parent, f, value);
    });
    path_ = path;
  }

  // In a patch a value is asked for where the mask names the field.
  void BreakRequired(bool by_mask) {
    const FieldDescriptor* f = field_->field;
    Add(
        "missing",
        [f, by_mask](Message* root, Message* parent) {
          parent->GetReflection()->ClearField(parent, f);
          if (!by_mask) return;
          const FieldDescriptor* mask = root->GetDescriptor()->FindFieldByName("update_mask");
          static_cast<google::protobuf::FieldMask*>(root->GetReflection()->MutableMessage(root, mask))
              ->add_paths(f->name());
        },
        true);
    if (f->type() == FieldDescriptor::TYPE_STRING && !f->is_repeated() && !by_mask && !field_->identifier) {
      AddText("blank", " \t　");
    }
  }

  void BreakItems() {
    const FieldDescriptor* f = field_->field;
    const uint32_t most = field_->rules.max_items();
    if (most == 0) return;
    Add("too many", [f, most](Message*, Message* parent) {
      const Reflection& r = *parent->GetReflection();
      r.ClearField(parent, f);
      if (!f->is_repeated()) return r.SetString(parent, f, std::string(most + 1, 'x'));
      for (uint32_t i = 0; i <= most; ++i) {
        if (f->cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE) {
          r.AddMessage(parent, f);
        } else if (f->cpp_type() == FieldDescriptor::CPPTYPE_STRING) {
          r.AddString(parent, f, "x");
        } else {
          SetNumber(parent, f, 1);
        }
      }
    });
  }

  void BreakText() {
    const auto& rules = field_->rules;
    AddText("control character", std::string("a\x01z"));
    if (rules.max_len() > 0)
      AddText("too long", std::string(kSecretNote) + std::string(rules.max_len(), 'x'));
    if (rules.min_len() > 1) AddText("too short", "x");
    if (field_->pattern != nullptr) AddText("pattern", Mismatch(*field_->pattern));
    if (!rules.resource().empty()) {
      AddText("no resource name", "nonsense/1");
      if (!rules.wildcard()) AddText("wildcard", Wildcard(*field_));
    }
    if (rules.uuid()) AddText("no UUID", "0197d7f0-0000-7000-8000-00000000000g");
    if (rules.date()) {
      AddText("no date", "2026-02-30");
      AddText("no date that is kept", "0999-12-31");
    }
  }

  void BreakEnum() {
    AddNumber("undefined value", 9999);
    AddNumber("negative value", -1);
  }

  void BreakReal() {
    const FieldDescriptor* f = field_->field;
    for (const double value :
         {std::numeric_limits<double>::quiet_NaN(), -std::numeric_limits<double>::infinity()}) {
      Add("no number",
          [f, value](Message*, Message* parent) { parent->GetReflection()->SetDouble(parent, f, value); });
    }
  }

  void BreakBounds() {
    const auto& rules = field_->rules;
    const auto type = field_->field->cpp_type();
    const bool is_unsigned =
        type == FieldDescriptor::CPPTYPE_UINT32 || type == FieldDescriptor::CPPTYPE_UINT64;
    // A required number that is zero is absent.
    if (rules.has_gte() && !(is_unsigned && rules.gte() == 0) && !(field_->required && rules.gte() == 1)) {
      AddNumber("too small", rules.gte() - 1);
    }
    if (rules.has_gte() && rules.gte() > 0 && !is_unsigned) AddNumber("negative", -1);
    if (rules.has_lte()) AddNumber("too large", rules.lte() + 1);
  }

  void BreakForm() {
    const FieldDescriptor* f = field_->field;
    const WellFormed form = field_->well_formed;
    Add("not well-formed", [f, form](Message*, Message* parent) {
      Message* value = parent->GetReflection()->MutableMessage(parent, f);
      value->Clear();
      if (form == WellFormed::kDate) {
        value->CopyFrom(resource::ToProto(MakeDate(2026, 2, 28)));
        static_cast<google::type::Date*>(value)->set_day(30);
      } else {
        // Timestamp and Duration have the same first field.
        value->GetReflection()->SetInt64(value, value->GetDescriptor()->FindFieldByNumber(1),
                                         int64_t{1} << 60);
      }
    });
  }

  // Well-formed, and no database gives it back.
  void BreakAge() {
    const FieldDescriptor* f = field_->field;
    const WellFormed form = field_->well_formed;
    if (form == WellFormed::kDuration) return;
    Add("too long ago", [f, form](Message*, Message* parent) {
      Message* value = parent->GetReflection()->MutableMessage(parent, f);
      const Date day = MakeDate(999, 12, 31);
      if (form == WellFormed::kDate) {
        value->CopyFrom(resource::ToProto(day));
      } else {
        value->CopyFrom(resource::ToProto(Time(day)));
      }
    });
  }

  Filler& filler_;
  std::vector<Break> breaks_;
  const FieldRules* field_ = nullptr;
  Locate parent_;
  std::string path_;
};

// --- foreign
// -------------------------------------------------------------------------------------------------

// An update writes what its mask names.
void NameInMask(Message* request, const std::string& field) {
  const FieldDescriptor* mask = request->GetDescriptor()->FindFieldByName("update_mask");
  if (mask == nullptr) return;
  static_cast<google::protobuf::FieldMask*>(request->GetReflection()->MutableMessage(request, mask))
      ->add_paths(field);
}

void ReplaceReferences(const Request& request, const std::string& prefix, Message* holder,
                       const District& theirs, std::vector<Foreign>* foreign) {
  const auto& r = *holder->GetReflection();
  for (const FieldRules& field : RulesOf(*holder->GetDescriptor()).fields) {
    const FieldDescriptor* f = field.field;
    if (field.output_only || field.identifier) continue;
    if (f->cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE && !f->is_repeated() && r.HasField(*holder, f) &&
        f->message_type()->full_name().starts_with("inspectorate.")) {
      ReplaceReferences(request, prefix + f->name() + ".", r.MutableMessage(holder, f), theirs, foreign);
      continue;
    }
    // The office above and the divisions belong to nobody.
    const std::string& type = field.rules.resource();
    if (type.empty() || f->name() == "parent_office" || type == "inspectorate/Division") continue;
    const auto sample = theirs.samples.find(type);
    if (sample == theirs.samples.end()) continue;
    const Request original = Clone(*holder);
    r.ClearField(holder, f);
    AddOrSetText(holder, f, sample->second);
    foreign->push_back({prefix + f->name(), Clone(*request)});
    if (!prefix.empty()) NameInMask(foreign->back().request.get(), f->name());
    holder->CopyFrom(*original);
  }
}

}  // namespace

Request Clone(const Message& message) {
  Request copy(message.New());
  copy->CopyFrom(message);
  return copy;
}

std::string TextOf(const Message& message, const char* field) {
  const FieldDescriptor* f = message.GetDescriptor()->FindFieldByName(field);
  return f == nullptr ? "" : message.GetReflection()->GetString(message, f);
}

void SetText(Message* message, const char* field, const std::string& value) {
  message->GetReflection()->SetString(message, message->GetDescriptor()->FindFieldByName(field), value);
}

Role BaseRole(const Rpc& rpc) {
  for (const Role role : kOrder) {
    if (rpc.Permits(role)) return role;
  }
  ADD_FAILURE() << rpc << " permits nobody";
  return Role::ROLE_UNSPECIFIED;
}

Request Skeleton(const Rpc& rpc, World& world, District& district) {
  Request request(
      google::protobuf::MessageFactory::generated_factory()->GetPrototype(rpc.method->input_type())->New());
  Filler(rpc, world, district).Fill(request.get());
  CompleteSkeleton(rpc, district, request.get());
  for (const auto& violation : validate::Check(*request)) {
    ADD_FAILURE() << rpc << ": a base request cannot be made, " << violation.field << " " << violation.en
                  << "; complete it in tests/conformance/recipes.cc";
  }
  return request;
}

void FillField(const Rpc& rpc, World& world, District& district, Message* message, const FieldRules& field) {
  Filler(rpc, world, district).FillField(message, field);
}

Fresh MakeFresh(const Rpc& rpc, World& world, District& district) {
  Fresh fresh{.by = district.people.at(BaseRole(rpc)), .request = Skeleton(rpc, world, district)};
  ApplyRecipe(rpc, world, district, &fresh);
  const FieldDescriptor* id = rpc.Input("request_id");
  if (id != nullptr) SetText(fresh.request.get(), "request_id", FormatUuid(RandomUuid()));
  return fresh;
}

std::vector<Broken> BreakEachRule(const Rpc& rpc, World& world, District& district, const Message& request) {
  std::vector<Broken> broken;
  Filler filler(rpc, world, district);
  for (const Break& each : Breaker(request, filler).Take()) {
    Request copy = Clone(request);
    each.mutate(copy.get(), each.parent(copy.get()));
    broken.push_back({each.path, each.how, std::move(copy)});
  }
  return broken;
}

Request BreakAll(const Rpc& rpc, World& world, District& district, const Message& request,
                 std::vector<std::string>* paths) {
  Request all = Clone(request);
  std::set<std::string> done;
  Filler filler(rpc, world, district);
  for (const Break& each : Breaker(request, filler).Take()) {
    if (each.removes || each.how == "too many" || !done.insert(each.path).second) continue;
    each.mutate(all.get(), each.parent(all.get()));
    paths->push_back(each.path);
  }
  return all;
}

std::vector<Foreign> WithForeignReferences(const Message& request, const District& theirs) {
  std::vector<Foreign> foreign;
  const Request copy = Clone(request);
  ReplaceReferences(copy, "", copy.get(), theirs, &foreign);
  return foreign;
}

}  // namespace inspectorate::conformance
