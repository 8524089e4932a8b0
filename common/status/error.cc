#include "common/status/error.h"

#include <algorithm>
#include <cctype>
#include <unordered_map>

#include "absl/strings/cord.h"
#include "common/base/refusal.h"
#include "common/base/text.h"
#include "google/protobuf/descriptor.h"
#include "google/rpc/code.pb.h"
#include "inspectorate/type/v1/options.pb.h"

namespace inspectorate {
namespace {

using google::rpc::BadRequest;
using google::rpc::ErrorInfo;
using google::rpc::LocalizedMessage;
using google::rpc::PreconditionFailure;
using google::rpc::ResourceInfo;
using google::rpc::RetryInfo;

constexpr char kChinese[] = "zh-CN";
constexpr char kEnglish[] = "en";

// Details travel in a trailer; proxies and gRPC itself limit all trailers of a call to 8 KiB.
constexpr size_t kMaxWireBytes = 4096;
// A value appears up to five times in one answer; whatever is longer is no help to its reader either.
constexpr size_t kMaxValueBytes = 256;

struct CatalogueEntry {
  absl::StatusCode code;
  std::string zh;
  std::string en;
};

std::unordered_map<int, CatalogueEntry> ReadCatalogue() {
  std::unordered_map<int, CatalogueEntry> catalogue;
  const google::protobuf::EnumDescriptor* reasons = type::v1::ErrorReason_descriptor();
  for (int i = 0; i < reasons->value_count(); ++i) {
    const google::protobuf::EnumValueDescriptor* value = reasons->value(i);
    if (!value->options().HasExtension(type::v1::error)) continue;
    const type::v1::ErrorText& text = value->options().GetExtension(type::v1::error);
    google::rpc::Code code = google::rpc::INTERNAL;
    google::rpc::Code_Parse(text.code(), &code);
    catalogue.insert({value->number(), {static_cast<absl::StatusCode>(code), text.zh(), text.en()}});
  }
  return catalogue;
}

// Null for a reason that this build does not know.
const CatalogueEntry* FindEntry(ErrorReason reason) {
  static const auto& catalogue = *new std::unordered_map<int, CatalogueEntry>(ReadCatalogue());
  const auto found = catalogue.find(reason);
  return found == catalogue.end() ? nullptr : &found->second;
}

bool IsChinese(std::string_view language) {
  return language.size() >= 2 && std::tolower(static_cast<unsigned char>(language[0])) == 'z' &&
         std::tolower(static_cast<unsigned char>(language[1])) == 'h';
}

// Replaces each {key} by its value, or by that of "key_zh" or "key_en" where it is told in the reader's
// language; a key without a value stays visible.
std::string Render(std::string_view pattern, const ErrorMetadata& values, bool chinese) {
  std::string text;
  while (true) {
    const size_t open = pattern.find('{');
    const size_t close = open == std::string_view::npos ? open : pattern.find('}', open);
    if (close == std::string_view::npos) return text.append(pattern);
    text.append(pattern.substr(0, open));
    const std::string key(pattern.substr(open + 1, close - open - 1));
    auto value = values.find(key + (chinese ? "_zh" : "_en"));
    if (value == values.end()) value = values.find(key);
    text.append(value == values.end() ? pattern.substr(open, close - open + 1)
                                      : std::string_view(value->second));
    pattern.remove_prefix(close + 1);
  }
}

// Each broken byte as U+FFFD: the details are messages, and one with broken text could be written but not
// read.
std::string Readable(std::string_view value) {
  std::string text;
  for (size_t at = FindInvalidUtf8(value); at != std::string_view::npos; at = FindInvalidUtf8(value)) {
    text.append(value.substr(0, at)).append("\xEF\xBF\xBD");
    value.remove_prefix(at + 1);
  }
  return text.append(value);
}

std::string Capped(std::string_view value) {
  const std::string text = Readable(PrefixBytes(value, kMaxValueBytes));
  if (value.size() <= kMaxValueBytes && text.size() <= kMaxValueBytes) return text;
  return std::string(PrefixBytes(text, kMaxValueBytes - 3)) + "…";
}

template <typename Detail>
std::string TypeUrl() {
  return "type.googleapis.com/" + Detail::descriptor()->full_name();
}

template <typename Detail>
void Attach(absl::Status& status, const Detail& detail) {
  status.SetPayload(TypeUrl<Detail>(), absl::Cord(detail.SerializeAsString()));
}

template <typename Detail>
std::optional<Detail> DetailOf(const absl::Status& status) {
  const auto payload = status.GetPayload(TypeUrl<Detail>());
  Detail detail;
  if (!payload.has_value() || !detail.ParseFromString(std::string(*payload))) return std::nullopt;
  return detail;
}

std::optional<ErrorInfo> ErrorInfoOf(const absl::Status& status) {
  auto info = DetailOf<ErrorInfo>(status);
  if (!info.has_value() || info->domain() != kErrorDomain) return std::nullopt;
  return info;
}

// A violation has two texts in one message: the description in the reader's language, the localized message
// in the other one, which it names. Nothing is lost when an answer is passed on to a reader of the other
// language.
BadRequest::FieldViolation ToDetail(const FieldViolation& violation, bool chinese) {
  BadRequest::FieldViolation detail;
  detail.set_field(violation.field);
  detail.set_description(chinese ? violation.zh : violation.en);
  detail.mutable_localized_message()->set_locale(chinese ? kEnglish : kChinese);
  detail.mutable_localized_message()->set_message(chinese ? violation.en : violation.zh);
  return detail;
}

FieldViolation FromDetail(const BadRequest::FieldViolation& detail) {
  const LocalizedMessage& other = detail.localized_message();
  if (IsChinese(other.locale())) return {detail.field(), other.message(), detail.description()};
  return {detail.field(), detail.description(), other.message()};
}

void AddDetail(google::rpc::Status& wire, const google::protobuf::Message& detail) {
  wire.add_details()->PackFrom(detail);
}

void AddResourceInfo(google::rpc::Status& wire, const ErrorMetadata& metadata) {
  const auto resource = metadata.find("resource");
  if (resource == metadata.end()) return;
  ResourceInfo info;
  info.set_resource_name(resource->second);
  AddDetail(wire, info);
}

void AddPreconditionFailure(google::rpc::Status& wire, ErrorReason reason, const ErrorMetadata& metadata,
                            const std::string& text) {
  PreconditionFailure failure;
  PreconditionFailure::Violation& violation = *failure.add_violations();
  violation.set_type(type::v1::ErrorReason_Name(reason));
  if (const auto subject = metadata.find("resource"); subject != metadata.end()) {
    violation.set_subject(subject->second);
  }
  violation.set_description(text);
  AddDetail(wire, failure);
}

// As many violations as fit; the metadata "count" tells how many there are.
void AddBadRequest(google::rpc::Status& wire, const std::vector<FieldViolation>& violations, bool chinese) {
  // What packing adds around the list: the type URL, lengths and tags.
  constexpr size_t kPackingBytes = 80;
  constexpr size_t kTagBytes = 4;
  size_t used = wire.ByteSizeLong() + kPackingBytes;
  BadRequest request;
  for (const FieldViolation& violation : violations) {
    const BadRequest::FieldViolation detail = ToDetail(violation, chinese);
    used += detail.ByteSizeLong() + kTagBytes;
    if (used > kMaxWireBytes) break;
    *request.add_field_violations() = detail;
  }
  if (request.field_violations_size() > 0) AddDetail(wire, request);
}

// What may leave the process: errors of the catalogue that are not internal.
absl::Status Masked(const absl::Status& status, std::string_view error_id) {
  const bool of_catalogue = FindEntry(ReasonOf(status)) != nullptr;
  if (of_catalogue && status.code() != absl::StatusCode::kInternal) return status;
  return Error(type::v1::INTERNAL_ERROR, {{"error_id", std::string(error_id)}});
}

}  // namespace

absl::Status Error(ErrorReason reason, ErrorMetadata metadata) {
  const CatalogueEntry* entry = FindEntry(reason);
  if (entry == nullptr) return absl::InternalError("error reason without a catalogue entry");
  ErrorInfo info;
  info.set_reason(type::v1::ErrorReason_Name(reason));
  info.set_domain(kErrorDomain);
  for (auto& [key, value] : metadata) {
    value = Capped(value);
    (*info.mutable_metadata())[Capped(key)] = value;
  }
  absl::Status status(entry->code, Render(entry->en, metadata, /*chinese=*/false));
  Attach(status, info);
  return status;
}

absl::Status InvalidFields(const std::vector<FieldViolation>& violations) {
  absl::Status status = Error(type::v1::INVALID_FIELDS, {{"count", std::to_string(violations.size())}});
  BadRequest request;
  for (const FieldViolation& violation : violations) {
    const FieldViolation capped{Capped(violation.field), Capped(violation.zh), Capped(violation.en)};
    *request.add_field_violations() = ToDetail(capped, /*chinese=*/false);
  }
  Attach(status, request);
  return status;
}

absl::Status WithRetryDelay(absl::Status status, int milliseconds) {
  RetryInfo retry;
  retry.mutable_retry_delay()->set_seconds(milliseconds / 1000);
  retry.mutable_retry_delay()->set_nanos(milliseconds % 1000 * 1'000'000);
  Attach(status, retry);
  return status;
}

ErrorReason ReasonOf(const absl::Status& status) {
  const auto info = ErrorInfoOf(status);
  ErrorReason reason = type::v1::ERROR_REASON_UNSPECIFIED;
  if (info.has_value()) type::v1::ErrorReason_Parse(info->reason(), &reason);
  return reason;
}

ErrorMetadata MetadataOf(const absl::Status& status) {
  const auto info = ErrorInfoOf(status);
  if (!info.has_value()) return {};
  return {info->metadata().begin(), info->metadata().end()};
}

std::vector<FieldViolation> ViolationsOf(const absl::Status& status) {
  std::vector<FieldViolation> violations;
  const auto request = DetailOf<BadRequest>(status);
  if (!request.has_value()) return violations;
  for (const BadRequest::FieldViolation& detail : request->field_violations()) {
    violations.push_back(FromDetail(detail));
  }
  return violations;
}

std::string MessageOf(const absl::Status& status, std::string_view language) {
  if (const CatalogueEntry* entry = FindEntry(ReasonOf(status)); entry != nullptr) {
    const bool chinese = IsChinese(language);
    return Render(chinese ? entry->zh : entry->en, MetadataOf(status), chinese);
  }
  // A newer server may send a reason that this build does not know; its own words are then the best there
  // are.
  if (const auto message = DetailOf<LocalizedMessage>(status); message.has_value()) return message->message();
  return std::string(status.message());
}

google::rpc::Status ToWire(const absl::Status& status, std::string_view language, std::string_view error_id) {
  google::rpc::Status wire;
  if (status.ok()) return wire;
  const absl::Status shown = Masked(status, error_id);
  const bool chinese = IsChinese(language);
  const ErrorMetadata metadata = MetadataOf(shown);
  const std::string text = MessageOf(shown, language);
  wire.set_code(static_cast<int>(shown.code()));
  wire.set_message(std::string(shown.message()));
  AddDetail(wire, *ErrorInfoOf(shown));
  LocalizedMessage localized;
  localized.set_locale(chinese ? kChinese : kEnglish);
  localized.set_message(text);
  AddDetail(wire, localized);
  if (const auto retry = DetailOf<RetryInfo>(shown); retry.has_value()) AddDetail(wire, *retry);
  AddResourceInfo(wire, metadata);
  if (shown.code() == absl::StatusCode::kFailedPrecondition) {
    AddPreconditionFailure(wire, ReasonOf(shown), metadata, text);
  }
  AddBadRequest(wire, ViolationsOf(shown), chinese);
  return wire;
}

absl::Status FromWire(const google::rpc::Status& wire) {
  absl::Status status(static_cast<absl::StatusCode>(wire.code()), wire.message());
  for (const google::protobuf::Any& detail : wire.details()) {
    status.SetPayload(detail.type_url(), absl::Cord(detail.value()));
  }
  return status;
}

absl::Status ErrorFromRefusal(const absl::Status& status) {
  const std::optional<Refusal> refusal = RefusalOf(status);
  if (!refusal.has_value()) return status;
  ErrorReason reason = type::v1::ERROR_REASON_UNSPECIFIED;
  if (!type::v1::ErrorReason_Parse(refusal->reason, &reason)) {
    return absl::InternalError("a rule refuses with " + refusal->reason + ", which the catalogue lacks");
  }
  return Error(reason, refusal->variables);
}

absl::Status NotFound(std::string_view resource) {
  return Error(type::v1::RESOURCE_NOT_FOUND, {{"resource", std::string(resource)}});
}

}  // namespace inspectorate
