#include "services/cli/labels.h"

#include <map>

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

}  // namespace

std::string LabelOf(const google::protobuf::FieldDescriptor& field) {
  static const auto& labels = *new Labels(ReadLabels());
  if (CurrentLanguage() != Language::kChinese) return field.name();
  auto label = labels.find(field.containing_type()->name() + "." + field.name());
  if (label == labels.end()) label = labels.find(field.name());
  return label == labels.end() ? field.name() : label->second;
}

bool IsHidden(const google::protobuf::FieldDescriptor& field) {
  const std::string& name = field.name();
  return name == "etag" || name == "next_page_token" ||
         name.ends_with(CurrentLanguage() == Language::kChinese ? "_en" : "_zh");
}

}  // namespace inspectorate::cli
