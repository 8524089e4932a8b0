#include "common/obs/trace.h"

#include "gtest/gtest.h"

namespace inspectorate::obs {
namespace {

constexpr char kValid[] = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

TEST(TraceTest, ReadsAndWritesTheW3cForm) {
  const auto trace = ParseTraceparent(kValid);
  ASSERT_TRUE(trace);
  EXPECT_EQ(trace->trace_id, "4bf92f3577b34da6a3ce929d0e0e4736");
  EXPECT_EQ(trace->span_id, "00f067aa0ba902b7");
  EXPECT_TRUE(trace->sampled);
  EXPECT_EQ(FormatTraceparent(*trace), kValid);
}

TEST(TraceTest, RefusesWhatTheGrammarRefuses) {
  for (const char* wrong : {
           "",
           "garbage",
           "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7",
           "00-4BF92F3577B34DA6A3CE929D0E0E4736-00f067aa0ba902b7-01",       // upper case
           "00-00000000000000000000000000000000-00f067aa0ba902b7-01",       // no trace
           "00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000000-01",       // no span
           "ff-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",       // forbidden version
           "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-more",  // version 00 has no more
           "00-4bf92f3577b34da6a3ce929d0e0e473g-00f067aa0ba902b7-01",
       }) {
    EXPECT_FALSE(ParseTraceparent(wrong)) << wrong;
  }
}

TEST(TraceTest, AcceptsLaterVersionsThatAppendFields) {
  EXPECT_TRUE(ParseTraceparent("01-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-more"));
  EXPECT_FALSE(ParseTraceparent("01-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01more"));
}

TEST(TraceTest, NewTracesAreValidAndDiffer) {
  const TraceContext a = NewTrace();
  const TraceContext b = NewTrace();
  EXPECT_TRUE(ParseTraceparent(FormatTraceparent(a)));
  EXPECT_NE(a.trace_id, b.trace_id);
}

TEST(TraceTest, ChildKeepsTheTraceAndTakesItsOwnSpan) {
  const TraceContext parent = *ParseTraceparent(kValid);
  const TraceContext child = ChildOf(parent);
  EXPECT_EQ(child.trace_id, parent.trace_id);
  EXPECT_NE(child.span_id, parent.span_id);
  EXPECT_TRUE(child.sampled);
}

TEST(TraceTest, ScopesNest) {
  EXPECT_EQ(CurrentTrace(), nullptr);
  const TraceContext outer = NewTrace();
  const TraceContext inner = NewTrace();
  {
    ScopedTrace first(outer);
    {
      ScopedTrace second(inner);
      EXPECT_EQ(CurrentTrace(), &inner);
    }
    EXPECT_EQ(CurrentTrace(), &outer);
  }
  EXPECT_EQ(CurrentTrace(), nullptr);
}

}  // namespace
}  // namespace inspectorate::obs
