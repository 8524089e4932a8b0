#include "common/testing/rows_read.h"

#include <gtest/gtest.h>

#include <string>

namespace inspectorate::testing {

uint64_t RowsRead(db::Session& session) {
  auto rows = session.Query("SHOW SESSION STATUS LIKE 'Handler_read%'");
  EXPECT_TRUE(rows.ok()) << rows.status();
  uint64_t sum = 0;
  for (size_t i = 0; rows.ok() && i < rows->size(); ++i) sum += std::stoull(rows->at(i, 1).AsString());
  return sum;
}

}  // namespace inspectorate::testing
