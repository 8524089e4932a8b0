// The report of an import as files of its office.
#pragma once

#include <vector>

#include "absl/status/status.h"
#include "common/work/unit.h"
#include "inspectorate/registry/v1/import.pb.h"

namespace inspectorate::registry {

// Where rows were rejected: makes the files of the report and names them in `response`. `rejected` are those
// rows, or the first of them. Repeated for the same operation, the files replace those made before.
absl::Status PutReportFiles(work::Writer& writer, const db::Budget& budget, const std::string& office,
                            const Uuid& operation, std::vector<type::v1::ImportRow> told,
                            v1::ImportRosterResponse* response);

}  // namespace inspectorate::registry
