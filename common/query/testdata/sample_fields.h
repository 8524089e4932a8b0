// What a list of Samples may filter and order by.
#pragma once

#include <vector>

#include "common/base/uuid.h"
#include "common/query/query.h"
#include "common/query/testdata/sample.pb.h"

namespace inspectorate::query::testdata {

inline absl::StatusOr<db::Value> SchoolId(std::string_view name) {
  constexpr std::string_view kCollection = "schools/";
  if (!name.starts_with(kCollection)) return absl::InvalidArgumentError("not a school");
  const auto id = ParseUuid(name.substr(kCollection.size()));
  if (!id.has_value()) return absl::InvalidArgumentError("not an id");
  return db::Value(*id);
}

inline const std::vector<Field>& SampleFields() {
  using Kind = Field::Kind;
  static const auto& fields = *new std::vector<Field>{
      {.path = "title", .column = "`title`", .kind = Kind::kString, .enum_type = nullptr, .to_column = {}},
      {.path = "number", .column = "`number`", .kind = Kind::kInt, .enum_type = nullptr, .to_column = {}},
      {.path = "urgent", .column = "`urgent`", .kind = Kind::kBool, .enum_type = nullptr, .to_column = {}},
      {.path = "shade",
       .column = "`shade`",
       .kind = Kind::kEnum,
       .enum_type = Shade_descriptor(),
       .to_column = {}},
      {.path = "create_time",
       .column = "`create_time`",
       .kind = Kind::kTime,
       .enum_type = nullptr,
       .to_column = {}},
      {.path = "due", .column = "`due`", .kind = Kind::kDate, .enum_type = nullptr, .to_column = {}},
      {.path = "school",
       .column = "`school`",
       .kind = Kind::kReference,
       .enum_type = nullptr,
       .to_column = SchoolId},
      {.path = "rank", .column = "`rank_`", .kind = Kind::kInt, .enum_type = nullptr, .to_column = {}},
      {.path = "large", .column = "`large`", .kind = Kind::kInt, .enum_type = nullptr, .to_column = {}},
      {.path = "remark", .column = "`remark`", .kind = Kind::kString, .enum_type = nullptr, .to_column = {}},
      {.path = "seal.count",
       .column = "`seal_count`",
       .kind = Kind::kInt,
       .enum_type = nullptr,
       .to_column = {}},
  };
  return fields;
}

}  // namespace inspectorate::query::testdata
