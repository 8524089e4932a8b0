// Evaluates the conditions that common/query makes, as a database would: three-valued, texts padded with
// spaces. Written apart from the code it judges; it also holds that a condition contains nothing but declared
// columns, operators and marks, so that no byte of a caller reaches the SQL text.
#pragma once

#include <map>
#include <string>

#include "common/query/query.h"
#include "common/query/testdata/sample.pb.h"

namespace inspectorate::fuzz {

using Columns = std::map<std::string, db::Value, std::less<>>;  // by SQL expression, "`title`"

// Whether a row with these columns is selected. Ends the process on SQL of any other form.
bool Selects(const query::Condition& condition, const Columns& row);

// A sample as its table holds it, without what validation would have kept out.
query::testdata::Sample Storable(query::testdata::Sample sample);
Columns ColumnsOf(const query::testdata::Sample& sample);

// Below zero, zero or above zero; both not NULL.
int CompareStored(const db::Value& a, const db::Value& b);

}  // namespace inspectorate::fuzz
