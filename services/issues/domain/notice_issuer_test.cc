#include "services/issues/domain/notice_issuer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "common/base/refusal.h"
#include "services/issues/domain/reasons.h"

namespace inspectorate::issues {
namespace {

using ::testing::HasSubstr;

constexpr char kPaper[] = "《山东省教育督导条例》第十五条";

bool Inspects(ActorKind kind) { return kind == ActorKind::kInspector || kind == ActorKind::kAreaLead; }

// Every capacity under every value that the rule can have, and under none.
TEST(CanIssueNoticeTest, TheOfficeAlwaysInspectorsOnlyWhereTheRuleSaysSo) {
  const std::optional<NoticeIssuerRule> rules[] = {std::nullopt, NoticeIssuerRule{"office", kPaper},
                                                   NoticeIssuerRule{"inspector", kPaper},
                                                   NoticeIssuerRule{"", kPaper}};
  for (const auto& rule : rules) {
    for (const ActorKind kind : kAllActorKinds) {
      SCOPED_TRACE(testing::Message()
                   << (rule ? rule->value : "no rule") << " actor " << static_cast<int>(kind));
      const bool may = kind == ActorKind::kOffice || (rule && rule->value == "inspector" && Inspects(kind));
      EXPECT_EQ(CanIssueNotice({.kind = kind, .person = "p"}, rule).ok(), may);
    }
  }
}

TEST(CanIssueNoticeTest, ARefusalNamesTheRuleAndItsSource) {
  const Actor inspector{.kind = ActorKind::kInspector, .person = "inspector"};
  const auto by_law = RefusalOf(CanIssueNotice(inspector, NoticeIssuerRule{"office", kPaper}));
  ASSERT_TRUE(by_law.has_value());
  EXPECT_EQ(by_law->reason, reason::kActorNotEntitled);
  EXPECT_EQ(by_law->variables.at("rule"), "notice.issuer");
  EXPECT_EQ(by_law->variables.at("source"), kPaper);
  EXPECT_EQ(by_law->variables.at("actor"), "inspector");
  EXPECT_THAT(by_law->variables.at("why"), HasSubstr("notice.issuer"));
  EXPECT_THAT(by_law->variables.at("why"), HasSubstr(kPaper));

  const auto by_default = RefusalOf(CanIssueNotice(inspector, std::nullopt));
  ASSERT_TRUE(by_default.has_value());
  EXPECT_EQ(by_default->variables.at("rule"), "notice.issuer");
  EXPECT_THAT(by_default->variables.at("why"), HasSubstr("未设定"));
}

}  // namespace
}  // namespace inspectorate::issues
