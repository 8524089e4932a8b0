#include "common/identity/issue_id.h"

#include <gtest/gtest.h>

#include <set>

namespace inspectorate {
namespace {

const Uuid kVisit = *ParseUuid("0190b0a2-7c3d-7e11-8a4f-0123456789ab");
const Uuid kDnsNamespace = *ParseUuid("6ba7b810-9dad-11d1-80b4-00c04fd430c8");

TEST(IssueIdTest, NamespaceIsTheDocumentedOne) {
  EXPECT_EQ(kIssueNamespace, DerivedUuid(kDnsNamespace, "issues.inspectorate"));
}

// Computed with another implementation of RFC 9562: an id once given never changes.
TEST(IssueIdTest, FollowsFromVisitAndOrdinal) {
  EXPECT_EQ(FormatUuid(IssueId(kVisit, 1)), "e5ee6596-6565-5e31-a2db-c60279204d95");
  EXPECT_EQ(FormatUuid(IssueId(kVisit, 2)), "58454960-eed8-51ae-a323-6b8499d175c2");
  EXPECT_EQ(FormatUuid(IssueId(kVisit, 124)), "89a03962-dd18-5542-a544-68570e071eb5");
}

TEST(IssueIdTest, DiffersBetweenFindings) {
  std::set<Uuid> ids;
  Uuid visit = kVisit;
  for (uint8_t v = 0; v < 50; ++v) {
    visit.bytes[15] = v;
    for (uint32_t ordinal = 1; ordinal <= 50; ++ordinal) ids.insert(IssueId(visit, ordinal));
  }
  EXPECT_EQ(ids.size(), 2500u);
}

}  // namespace
}  // namespace inspectorate
