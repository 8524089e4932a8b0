#include "services/cli/labels.h"

#include <initializer_list>
#include <map>
#include <string_view>

#include "common/csv/csv.h"
#include "labels_csv.h"
#include "services/cli/words.h"

namespace inspectorate::cli {
namespace {

using Labels = std::map<std::string, std::string, std::less<>>;

Labels ReadLabels() {
  Labels labels;
  for (const auto& [name, content] : labels_csv) {
    const auto table = csv::Parse(content);
    if (!table.ok()) continue;  // the test of the labels tells
    for (const csv::Record& record : table->records) labels[record.cells[0]] = record.cells[1];
  }
  return labels;
}

// The label of the first of `keys` that has one; null where none has, or in English.
const std::string* Find(std::initializer_list<std::string> keys) {
  static const auto& labels = *new Labels(ReadLabels());
  if (CurrentLanguage() != Language::kChinese) return nullptr;
  for (const std::string& key : keys) {
    if (const auto label = labels.find(key); label != labels.end()) return &label->second;
  }
  return nullptr;
}

// "acting_lead_name" beside "acting_lead": what is referred to is shown by its name anyway.
bool RepeatsAReference(const google::protobuf::FieldDescriptor& field) {
  constexpr std::string_view kName = "_name";
  if (!field.name().ends_with(kName)) return false;
  const std::string of = field.name().substr(0, field.name().size() - kName.size());
  return field.containing_type()->FindFieldByName(of) != nullptr;
}

}  // namespace

std::string LabelOf(const google::protobuf::FieldDescriptor& field) {
  const std::string* label = Find({field.containing_type()->name() + "." + field.name(), field.name()});
  return label == nullptr ? field.name() : *label;
}

std::string LabelOfResource(const std::string& resource_type) {
  const std::string* label = Find({resource_type});
  return label == nullptr ? resource_type.substr(resource_type.find('/') + 1) : *label;
}

bool IsHidden(const google::protobuf::FieldDescriptor& field) {
  const std::string& name = field.name();
  return name == "etag" || RepeatsAReference(field) || name == "next_page_token" ||
         name.ends_with(CurrentLanguage() == Language::kChinese ? "_en" : "_zh");
}

}  // namespace inspectorate::cli
