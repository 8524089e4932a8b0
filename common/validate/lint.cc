#include "common/validate/lint.h"

#include <set>

#include "common/validate/rules.h"

namespace inspectorate::validate {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;
using type::v1::Rules;

bool IsNumber(const FieldDescriptor& field) {
  switch (field.cpp_type()) {
    case FieldDescriptor::CPPTYPE_STRING:
    case FieldDescriptor::CPPTYPE_BOOL:
    case FieldDescriptor::CPPTYPE_ENUM:
    case FieldDescriptor::CPPTYPE_MESSAGE:
      return false;
    default:
      return true;
  }
}

bool HasTextRule(const Rules& rules) {
  return rules.min_len() > 0 || rules.max_len() > 0 || !rules.pattern().empty() ||
         !rules.resource().empty() || rules.uuid() || rules.date();
}

bool HasItemRule(const Rules& rules) { return rules.min_items() > 0 || rules.max_items() > 0; }

bool HasBound(const Rules& rules) { return rules.has_gte() || rules.has_lte(); }

bool Crosses(const Rules& rules) {
  return (rules.max_len() > 0 && rules.min_len() > rules.max_len()) ||
         (rules.max_items() > 0 && rules.min_items() > rules.max_items()) ||
         (rules.has_gte() && rules.has_lte() && rules.gte() > rules.lte());
}

// Why the rules of a field cannot stand; empty when they can.
std::string MistakeIn(const FieldRules& field) {
  const Rules& rules = field.rules;
  const bool ruled = HasTextRule(rules) || HasItemRule(rules) || HasBound(rules) || rules.defined();
  if (!ruled && !field.required && !rules.unchecked()) return "neither a rule nor `unchecked`";
  if (field.pattern != nullptr && !field.pattern->ok()) return "pattern: " + field.pattern->error();
  if (!rules.resource().empty() && field.resource == nullptr)
    return "no linked contract has " + rules.resource();
  if (Crosses(rules)) return "the bounds cross";
  if (HasTextRule(rules) && field.field->type() != FieldDescriptor::TYPE_STRING) return "a rule for text";
  if (HasBound(rules) && !IsNumber(*field.field)) return "a rule for numbers";
  if (rules.defined() && field.field->enum_type() == nullptr) return "a rule for enums";
  const bool countable = field.field->is_repeated() || field.field->type() == FieldDescriptor::TYPE_BYTES;
  if (HasItemRule(rules) && !countable) return "a rule for lists and bytes";
  return {};
}

class Linter {
 public:
  void Visit(const Descriptor& message) {
    // What comes from elsewhere (google.protobuf, google.type) has forms of its own.
    if (!message.full_name().starts_with("inspectorate.") || !seen_.insert(&message).second) return;
    for (const FieldRules& field : RulesOf(message).fields) {
      if (field.output_only) continue;
      const std::string mistake = MistakeIn(field);
      if (!mistake.empty()) lines_.push_back(field.field->full_name() + ": " + mistake);
      if (field.field->message_type() != nullptr) Visit(*field.field->message_type());
    }
  }
  std::vector<std::string> Take() { return std::move(lines_); }

 private:
  std::set<const Descriptor*> seen_;
  std::vector<std::string> lines_;
};

void VisitRequests(const google::protobuf::ServiceDescriptor& service, Linter* linter) {
  for (int i = 0; i < service.method_count(); ++i) linter->Visit(*service.method(i)->input_type());
}

}  // namespace

std::vector<std::string> UnruledFields(const google::protobuf::ServiceDescriptor& service) {
  Linter linter;
  VisitRequests(service, &linter);
  return linter.Take();
}

std::vector<std::string> UnruledFields(const google::protobuf::FileDescriptor& file) {
  Linter linter;
  for (int i = 0; i < file.service_count(); ++i) VisitRequests(*file.service(i), &linter);
  return linter.Take();
}

}  // namespace inspectorate::validate
