// Who issues a rectification notice. In Shandong the body does, not the single inspector (山东省教育督导条例,
// art. 15); elsewhere an office may leave it to its inspectors.
#pragma once

#include <optional>
#include <string>

#include "absl/status/status.h"
#include "services/issues/domain/actor.h"

namespace inspectorate::issues {

// The office's rule notice.issuer on the day of the act.
struct NoticeIssuerRule {
  std::string value;   // "office" or "inspector"
  std::string source;  // the paper that sets it
};

// The office always may. The inspector and the area lead (of the school: their reach is checked before) may
// where the rule says "inspector". ACTOR_NOT_ENTITLED for everybody else, with the rule and its source; where
// no rule holds, only the office.
absl::Status CanIssueNotice(const Actor& actor, const std::optional<NoticeIssuerRule>& rule);

}  // namespace inspectorate::issues
