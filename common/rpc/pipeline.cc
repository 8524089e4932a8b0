#include "common/rpc/pipeline.h"

#include <algorithm>
#include <cctype>
#include <exception>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "common/base/macros.h"
#include "common/base/uuid.h"
#include "common/obs/log.h"
#include "common/status/error.h"
#include "common/validate/validate.h"
#include "google/rpc/error_details.pb.h"

namespace inspectorate::rpc {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

constexpr size_t kMaxRequestId = 64;
constexpr std::chrono::seconds kMaxRetryDelay{300};
// Whoever needs no login gets no more of the thread that admits calls than a form's worth.
constexpr size_t kMaxPublicRequestBytes = 4 << 10;
// A follower names each office's position when it comes back. Read by the thread that admits calls.
constexpr size_t kMaxStreamRequestBytes = 1 << 20;
constexpr size_t kMaxRequestBytes = 4 << 20;
// A stream without a deadline: longer than any connection lives.
constexpr std::chrono::hours kStreamLife{24 * 365};

bool IsRequestId(std::string_view text) {
  return !text.empty() && text.size() <= kMaxRequestId &&
         std::all_of(text.begin(), text.end(), [](unsigned char c) {
           return std::isalnum(c) != 0 || c == '-' || c == '_' || c == '.';
         });
}

// What does not belong to the catalogue, and what is internal, is answered by an error id alone.
bool IsMasked(const absl::Status& status) {
  if (status.ok()) return false;
  const ErrorReason reason = ReasonOf(status);
  return reason == ErrorReason::ERROR_REASON_UNSPECIFIED || reason == ErrorReason::INTERNAL_ERROR;
}

absl::StatusCode AnsweredCode(const ServedCall& call, const absl::Status& status) {
  return call.error_id.empty() ? status.code() : absl::StatusCode::kInternal;
}

double SecondsSince(steady_clock::time_point begin) {
  return std::chrono::duration<double>(steady_clock::now() - begin).count();
}

// "services/visits" among the names of a certificate is "visits".
bool IsNamed(const Principal& service, const std::vector<std::string>& names) {
  constexpr std::string_view kServices = "services/";
  return service.subject.starts_with(kServices) &&
         std::find(names.begin(), names.end(), service.subject.substr(kServices.size())) != names.end();
}

// The language of ours that a language tag asks for; empty for any other.
std::string LanguageOf(absl::string_view tag) {
  const absl::string_view primary = tag.substr(0, tag.find('-'));
  if (absl::EqualsIgnoreCase(primary, "zh")) return "zh-CN";
  return absl::EqualsIgnoreCase(primary, "en") ? "en" : "";
}

// The weight of an entry in thousandths: "q=" and a number from 0 to 1 with up to three decimals (RFC 9110,
// 12.4.2), 1 where there is none. Nothing for anything else: SimpleAtod would take "nan" and "5" as well.
std::optional<int> QualityOf(absl::string_view weight) {
  if (weight.empty()) return 1000;
  if (!absl::StartsWithIgnoreCase(weight, "q=")) return std::nullopt;
  weight.remove_prefix(2);
  const absl::string_view decimals = weight.size() > 2 ? weight.substr(2) : absl::string_view();
  const bool form = !weight.empty() && (weight[0] == '0' || weight[0] == '1') &&
                    (weight.size() == 1 || weight[1] == '.') && decimals.size() <= 3 &&
                    decimals.find_first_not_of("0123456789") == absl::string_view::npos;
  if (!form) return std::nullopt;
  int quality = weight[0] - '0';
  for (size_t i = 0; i < 3; ++i) quality = quality * 10 + (i < decimals.size() ? decimals[i] - '0' : 0);
  return quality <= 1000 ? std::optional(quality) : std::nullopt;
}

bool IsPublic(const type::v1::Access& access) {
  return access.roles_size() == 1 && access.roles(0) == Role::ROLE_PUBLIC;
}

size_t MaxRequestBytes(const MethodPlan& plan) {
  if (plan.access && IsPublic(*plan.access)) return kMaxPublicRequestBytes;
  return plan.stream != nullptr ? kMaxStreamRequestBytes : kMaxRequestBytes;
}

bool FitsKind(const google::protobuf::MethodDescriptor& method, type::v1::Work work) {
  if (method.server_streaming()) return work == type::v1::WORK_STREAM;
  return work == type::v1::WORK_READ || work == type::v1::WORK_WRITE || work == type::v1::WORK_BULK;
}

}  // namespace

absl::StatusOr<MethodPlan> PlanMethod(const google::protobuf::MethodDescriptor& method,
                                      const Methods& methods) {
  MethodPlan plan;
  plan.method = &method;
  plan.unary = methods.FindUnary(method.full_name());
  plan.stream = methods.FindStream(method.full_name());
  if (plan.unary == nullptr && plan.stream == nullptr) {
    return absl::FailedPreconditionError(absl::StrCat(method.full_name(), " has no handler"));
  }
  if (method.options().HasExtension(type::v1::access)) {
    plan.access = method.options().GetExtension(type::v1::access);
    if (!FitsKind(method, plan.access->work())) {
      return absl::FailedPreconditionError(
          absl::StrCat(method.full_name(), " states work ", type::v1::Work_Name(plan.access->work())));
    }
  }
  plan.max_request_bytes = MaxRequestBytes(plan);
  plan.together = methods.MayRunTogether(method.full_name()) && plan.access &&
                  (plan.access->work() == type::v1::WORK_READ || plan.access->work() == type::v1::WORK_WRITE);
  auto* factory = google::protobuf::MessageFactory::generated_factory();
  plan.request = factory->GetPrototype(method.input_type());
  plan.response = factory->GetPrototype(method.output_type());
  return plan;
}

ServedCall::ServedCall(const MethodPlan& method_plan, Arrival arrival)
    : plan(method_plan),
      time_left(arrival.time_left),
      certificate_names(std::move(arrival.certificate_names)),
      host(std::move(arrival.host)),
      headers_(std::move(arrival.headers)),
      language_(PreferredLanguage(header("accept-language"))) {
  budget_.cancelled = std::move(arrival.cancelled);
}

const type::v1::Access& ServedCall::access() const {
  return plan.access ? *plan.access : type::v1::Access::default_instance();
}

std::string ServedCall::header(std::string_view name) const {
  const auto found = headers_.find(name);
  return found == headers_.end() ? "" : found->second;
}

std::string PreferredLanguage(std::string_view accept_language) {
  std::string best = "zh-CN";
  int best_quality = 0;
  for (absl::string_view entry :
       absl::StrSplit(absl::string_view(accept_language.data(), accept_language.size()), ',')) {
    const std::pair<absl::string_view, absl::string_view> parts =
        absl::StrSplit(entry, absl::MaxSplits(';', 1));
    const std::string language = LanguageOf(absl::StripAsciiWhitespace(parts.first));
    const std::optional<int> quality = QualityOf(absl::StripAsciiWhitespace(parts.second));
    if (language.empty() || !quality || *quality <= best_quality) continue;
    best = language;
    best_quality = *quality;
  }
  return best;
}

absl::Status Guarded(const std::function<absl::Status()>& work) {
  try {
    return work();
  } catch (const std::exception& thrown) {
    return absl::InternalError(absl::StrCat("exception: ", thrown.what()));
  } catch (...) {
    return absl::InternalError("exception of an unknown type");
  }
}

void TraceStage::Before(ServedCall& call) const {
  const auto parent = obs::ParseTraceparent(call.header("traceparent"));
  call.trace = parent ? obs::ChildOf(*parent) : obs::NewTrace();
  call.request_id = call.header("x-request-id");
  if (!IsRequestId(call.request_id)) call.request_id = FormatUuid(RandomUuid());
}

void AccessLogStage::After(const ServedCall& call, const absl::Status& status) const {
  const obs::ScopedTrace scope(call.trace);
  const std::string code = absl::StatusCodeToString(AnsweredCode(call, status));
  const double ms = SecondsSince(call.arrived) * 1000;
  if (!call.error_id.empty()) {
    obs::Log(obs::Severity::kError, "call_failed",
             {{"service", service},
              {"method", call.method().full_name()},
              {"request_id", call.request_id},
              {"error_id", call.error_id},
              {"detail", status.ToString()}});
  }
  obs::Log(obs::Severity::kInfo, "call",
           {{"service", service},
            {"method", call.method().full_name()},
            {"request_id", call.request_id},
            {"subject", call.principal().subject},
            {"office", call.principal().office},
            {"code", code},
            {"reason", type::v1::ErrorReason_Name(ReasonOf(status))},
            {"ms", ms}});
}

void MetricsStage::After(const ServedCall& call, const absl::Status& status) const {
  const std::string& method = call.method().full_name();
  metrics->Count(obs::kCalls, {service, method, absl::StatusCodeToString(AnsweredCode(call, status))});
  if (call.plan.unary != nullptr)
    metrics->Observe(obs::kCallSeconds, {service, method}, SecondsSince(call.arrived));
}

absl::Status DrainStage::Before(const ServedCall&) const {
  return draining ? Error(ErrorReason::SHUTTING_DOWN) : absl::OkStatus();
}

absl::Status DeadlineStage::Before(ServedCall& call) const {
  if (call.time_left && *call.time_left <= milliseconds::zero()) return Error(ErrorReason::DEADLINE_SPENT);
  db::Budget* budget = call.mutable_budget();
  if (call.plan.stream != nullptr) {
    budget->deadline = call.arrived + (call.time_left ? std::min<milliseconds>(*call.time_left, kStreamLife)
                                                      : milliseconds(kStreamLife));
  } else {
    budget->deadline = call.arrived + std::min(call.time_left.value_or(default_deadline), max_deadline);
  }
  return absl::OkStatus();
}

absl::Status AuthenticationStage::Before(ServedCall& call) const {
  // Said by the contract, and by nothing else. Whoever calls is nobody in particular, whatever token they
  // show.
  if (IsPublic(call.access())) {
    call.set_principal({.subject = "public", .display_name = "", .role = Role::ROLE_PUBLIC, .office = ""});
    return absl::OkStatus();
  }
  // Who shows a certificate of ours is no stranger, whatever token comes with it.
  const auto host = [&call] {
    const bool certified = call.certificate_names && !call.certificate_names().empty();
    return certified ? std::string() : call.host();
  };
  ASSIGN_OR_RETURN(Principal principal, authenticator->AuthenticateFrom(host, call.header("authorization")));
  if (services_show_certificate && principal.is_service() && !IsNamed(principal, call.certificate_names())) {
    return Error(ErrorReason::UNAUTHENTICATED_CALLER,
                 {{"why", "the connection's certificate does not name " + principal.subject}});
  }
  call.set_principal(std::move(principal));
  return absl::OkStatus();
}

absl::Status AuthorisationStage::Before(const ServedCall& call) const {
  const auto& roles = call.access().roles();
  const Role role = call.principal().role;
  // The zero role is nobody's, whatever a contract lists.
  if (call.plan.access && role != Role::ROLE_UNSPECIFIED &&
      std::find(roles.begin(), roles.end(), role) != roles.end()) {
    return absl::OkStatus();
  }
  const std::string& permission = call.access().permission();
  return Error(ErrorReason::PERMISSION_MISSING,
               {{"permission", permission.empty() ? call.method().full_name() : permission}});
}

absl::Status ValidationStage::Before(const Message& request) const { return validate::Validate(request); }

Pipeline::Pipeline(const ServerOptions& options, std::shared_ptr<const Authenticator> authenticator,
                   obs::Metrics* metrics)
    : log_{options.service_name},
      metrics_{options.service_name, metrics},
      deadline_{options.default_deadline, options.max_deadline},
      authentication_{std::move(authenticator), options.tls != nullptr} {}

absl::Status Pipeline::Enter(ServedCall& call) const {
  return Guarded([&] {
    trace_.Before(call);
    RETURN_IF_ERROR(drain_.Before(call));
    RETURN_IF_ERROR(deadline_.Before(call));
    RETURN_IF_ERROR(authentication_.Before(call));
    return authorisation_.Before(call);
  });
}

absl::Status Pipeline::TakeRequest(const Parse& parse, Message* request) const {
  return Guarded([&] {
    if (!parse(request)) {
      return InvalidFields({{.field = "",
                             .zh = "请求不是有效的消息,或者过大",
                             .en = "the request is not a valid message, or too large"}});
    }
    return validation_.Before(*request);
  });
}

absl::Status Pipeline::Admit(ServedCall& call, const Parse& parse, Message* request) const {
  RETURN_IF_ERROR(Enter(call));
  return TakeRequest(parse, request);
}

absl::Status Pipeline::Handle(ServedCall& call, const Message& request, Message* response) const {
  const obs::ScopedTrace scope(call.trace);
  return Guarded([&] { return (*call.plan.unary)(call, request, response); });
}

google::rpc::Status Pipeline::End(ServedCall& call, const absl::Status& result) const {
  // A rule that says no is no fault, also where the method did not put it into words.
  const absl::Status status = ErrorFromRefusal(result);
  if (IsMasked(status)) call.error_id = FormatUuid(RandomUuid());
  log_.After(call, status);
  metrics_.After(call, status);
  return ToWire(status, call.language(), call.error_id);
}

std::optional<int> RetryDelayMs(const google::rpc::Status& wire) {
  for (const google::protobuf::Any& detail : wire.details()) {
    google::rpc::RetryInfo retry;
    if (!detail.UnpackTo(&retry)) continue;
    // Whatever the other side sent; longer than any deadline is long enough.
    const int64_t seconds = std::clamp<int64_t>(retry.retry_delay().seconds(), 0, kMaxRetryDelay.count());
    const int nanos = std::clamp(retry.retry_delay().nanos(), 0, 999'999'999);
    return static_cast<int>(seconds * 1000 + nanos / 1'000'000);
  }
  return {};
}

}  // namespace inspectorate::rpc
