#include "services/registry/app/in_words.h"

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_join.h"
#include "common/base/macros.h"
#include "common/resource/table.h"
#include "common/roster/roster.h"
#include "common/status/error.h"

namespace inspectorate::registry {
namespace {

using google::protobuf::Message;
using resource::Description;

struct Words {
  std::string zh, en;
};

const Description* DescriptionOf(const std::string& name) {
  for (const auto* resource : roster::Resources()) {
    const Description& d = Description::Of(resource);
    if (d.KeyOf(name).ok()) return &d;
  }
  return nullptr;
}

absl::StatusOr<std::unique_ptr<Message>> Find(db::Session& session, const Description& d,
                                              const std::string& name) {
  std::unique_ptr<Message> message(
      google::protobuf::MessageFactory::generated_factory()->GetPrototype(&d.message())->New());
  ASSIGN_OR_RETURN(const bool found, resource::Load(session, d, name, message.get()));
  if (!found) message.reset();
  return message;
}

bool HasName(const Description& d) { return d.message().FindFieldByName("display_name") != nullptr; }

// What it is called; empty for what has no name of its own.
absl::StatusOr<std::string> DisplayName(db::Session& session, const Description& d, const std::string& name) {
  if (name.empty() || !HasName(d)) return std::string();
  ASSIGN_OR_RETURN(const auto message, Find(session, d, name));
  return message == nullptr ? std::string() : resource::GetString(*message, "display_name");
}

// Empty where it is not set.
std::string DayIn(const Message& message, const char* field) {
  const auto& day = static_cast<const google::type::Date&>(
      message.GetReflection()->GetMessage(message, message.GetDescriptor()->FindFieldByName(field)));
  return resource::IsSet(day) ? FormatDate(resource::FromProto(day)) : "";
}

void AddPeriod(const Description& d, const Message& message, Words* words) {
  if (!d.dated()) return;
  const std::string from = DayIn(message, "valid_from"), to = DayIn(message, "valid_to");
  words->zh += to.empty() ? "（" + from + "起）" : "（" + from + "至" + to + "）";
  words->en += to.empty() ? " (from " + from + ")" : " (" + from + " to " + to + ")";
}

// Of a dated fact: whom and what it is about, and when.
absl::StatusOr<Words> WordsOf(db::Session& session, const Description& d, const std::string& name) {
  ASSIGN_OR_RETURN(const auto message, Find(session, d, name));
  if (message == nullptr) return Words{"新登记的内容", "the new record"};
  if (HasName(d)) {
    const std::string called = resource::GetString(*message, "display_name");
    return Words{called, called};
  }
  std::vector<std::string> about;
  const auto add = [&](const std::string& named) -> absl::Status {
    ASSIGN_OR_RETURN(std::string called, CalledBy(session, named));
    if (!called.empty()) about.push_back(std::move(called));
    return absl::OkStatus();
  };
  if (d.keys().size() > 1 && !d.office_scoped()) {
    RETURN_IF_ERROR(add(name.substr(0, name.find('/', name.find('/') + 1))));
  }
  for (const resource::Column& column : d.columns()) {
    if (column.referenced == nullptr || column.name == "office") continue;
    RETURN_IF_ERROR(add(resource::GetString(*message, column.name.c_str())));
  }
  Words words{absl::StrJoin(about, "、"), absl::StrJoin(about, ", ")};
  AddPeriod(d, *message, &words);
  return words;
}

}  // namespace

absl::StatusOr<std::string> CalledBy(db::Session& session, const std::string& name) {
  const Description* d = DescriptionOf(name);
  return d == nullptr ? std::string() : DisplayName(session, *d, name);
}

absl::Status InWords(db::Session& session, absl::Status status) {
  const bool refused = status.code() == absl::StatusCode::kFailedPrecondition ||
                       ReasonOf(status) == ErrorReason::ACTOR_NOT_ENTITLED;
  if (!refused || ReasonOf(status) == ErrorReason::ERROR_REASON_UNSPECIFIED) return status;
  ErrorMetadata told = MetadataOf(status);
  for (const auto& [key, value] : MetadataOf(status)) {
    const Description* d = DescriptionOf(value);
    if (d == nullptr || told.contains(key + "_zh")) continue;
    const auto words = WordsOf(session, *d, value);
    if (!words.ok()) return status;
    if (words->zh.empty()) continue;
    told[key + "_zh"] = words->zh;
    told[key + "_en"] = words->en;
  }
  return Error(ReasonOf(status), told);
}

}  // namespace inspectorate::registry
