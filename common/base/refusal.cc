#include "common/base/refusal.h"

#include "absl/strings/cord.h"

namespace inspectorate {
namespace {

constexpr char kPayload[] = "inspectorate/Refusal";
// Separates the parts of the payload: no variable is ever made from binary data.
constexpr char kSeparator = '\0';

}  // namespace

absl::Status Refuse(std::string_view reason, std::map<std::string, std::string> variables) {
  std::string text(reason);
  std::string payload(reason);
  for (const auto& [name, value] : variables) {
    text += " " + name + "=" + value;
    payload += kSeparator + name + kSeparator + value;
  }
  absl::Status status = absl::FailedPreconditionError(text);
  status.SetPayload(kPayload, absl::Cord(payload));
  return status;
}

std::optional<Refusal> RefusalOf(const absl::Status& status) {
  const auto payload = status.GetPayload(kPayload);
  if (!payload.has_value()) return std::nullopt;
  const std::string text(*payload);
  std::string_view rest = text;
  bool more = true;
  const auto next = [&] {
    const size_t end = rest.find(kSeparator);
    more = end != std::string_view::npos;
    std::string part(rest.substr(0, end));
    rest.remove_prefix(more ? end + 1 : rest.size());
    return part;
  };
  Refusal refusal{.reason = next(), .variables = {}};
  while (more) {
    std::string name = next();
    refusal.variables[std::move(name)] = next();
  }
  return refusal;
}

}  // namespace inspectorate
