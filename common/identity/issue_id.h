// The id of an issue follows from the finding it stands for: a feed event consumed twice makes the same
// issue, and a lost one shows (design section 9, E1).
#pragma once

#include <cstdint>

#include "common/base/uuid.h"

namespace inspectorate {

// Namespace of issue ids, fixed for ever: UUIDv5 of the DNS namespace (RFC 9562, appendix C) and the name
// "issues.inspectorate" (469d4d7b-56b4-5c14-8925-d891cf673fee). Changing it would give every issue a second
// identity.
inline constexpr Uuid kIssueNamespace{
    {0x46, 0x9d, 0x4d, 0x7b, 0x56, 0xb4, 0x5c, 0x14, 0x89, 0x25, 0xd8, 0x91, 0xcf, 0x67, 0x3f, 0xee}};

// UUIDv5 of kIssueNamespace and "<visit uuid, lower case>/<ordinal, decimal>". Ordinals begin at 1 and are
// those of the sealed record; they never change (a returned visit only adds findings).
Uuid IssueId(const Uuid& visit, uint32_t ordinal);

}  // namespace inspectorate
