#include "services/issues/domain/notice_issuer.h"

#include "common/base/refusal.h"
#include "services/issues/domain/reasons.h"

namespace inspectorate::issues {
namespace {

constexpr char kRule[] = "notice.issuer";
constexpr char kInspector[] = "inspector";

std::string WhyNot(const std::optional<NoticeIssuerRule>& rule) {
  const std::string zh = std::string("整改通知书由督导室下达，规则 ") + kRule;
  const std::string en = std::string("the office issues the notice: rule ") + kRule;
  if (!rule.has_value()) return zh + " 未设定 (" + en + " is not set)";
  return zh + "，依据：" + rule->source + " (" + en + ", by: " + rule->source + ")";
}

}  // namespace

absl::Status CanIssueNotice(const Actor& actor, const std::optional<NoticeIssuerRule>& rule) {
  if (actor.kind == ActorKind::kOffice) return absl::OkStatus();
  const bool inspects = actor.kind == ActorKind::kInspector || actor.kind == ActorKind::kAreaLead;
  if (inspects && rule.has_value() && rule->value == kInspector) return absl::OkStatus();
  return Refuse(reason::kActorNotEntitled, {{"actor", actor.person},
                                            {"rule", kRule},
                                            {"source", rule.has_value() ? rule->source : ""},
                                            {"why", WhyNot(rule)}});
}

}  // namespace inspectorate::issues
