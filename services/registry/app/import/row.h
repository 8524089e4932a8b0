// One row of an office's list: its cells by column header, and what is wrong with them.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "common/base/time.h"
#include "common/csv/csv.h"
#include "google/protobuf/message.h"
#include "inspectorate/type/v1/import_report.pb.h"
#include "services/registry/app/import/columns.h"

namespace inspectorate::registry {

class Row {
 public:
  Row(const csv::Table& table, const csv::Record& record, type::v1::ImportRow* report)
      : table_(table), record_(record), report_(report) {}

  bool Has(std::string_view column) const { return table_.Column(column) >= 0; }
  // Empty when there is no such column.
  std::string Text(std::string_view column) const;
  // The same, and a defect when it is empty.
  std::string Required(std::string_view column);
  // 2026-03-09, 2026/3/9, 2026.3.9 or 2026年3月9日, in a workbook also the number of a day; nothing when
  // empty; a defect for anything else.
  std::optional<Date> Day(std::string_view column);

  // Sets fields from cells: text, numbers, 是/否, Chinese terms of enum values, dates, lists separated by
  // `|`. A column that the file does not have leaves its field as it is; an empty cell clears it. Only
  // columns that hold the value of their field.
  void Fill(google::protobuf::Message* message, const std::vector<ListColumn>& columns);
  // Checks the filled message by the rules of the contract; violations become defects of their columns.
  void Validate(const google::protobuf::Message& message, const std::vector<ListColumn>& columns);

  void Reject(std::string_view column, std::string_view code, std::string zh, std::string en);
  // An error of the catalogue that speaks of this row; `column` is where a person should look.
  void Reject(std::string_view column, const absl::Status& status);
  // Looks wrong, but the row counts.
  void Remark(std::string_view column, std::string_view code, std::string zh, std::string en);
  // The office's number `value` in `column` stands for nothing.
  void RejectUnknown(std::string_view column, const std::string& value);

  bool ok() const { return report_->defects_size() == 0; }
  type::v1::ImportRow& report() { return *report_; }

 private:
  void Tell(type::v1::ImportDefect* defect, std::string_view column, std::string_view code, std::string zh,
            std::string en);
  // A defect for what no person wrote: a code without its last digits, the error of a formula.
  bool RejectUnmeant(std::string_view column, const std::string& cell);
  void FillField(google::protobuf::Message* message, const google::protobuf::FieldDescriptor& field,
                 std::string_view column);

  const csv::Table& table_;
  const csv::Record& record_;
  type::v1::ImportRow* report_;
  std::set<std::string, std::less<>> sensitive_;  // columns whose cells no report repeats
};

// 3.71603E+17: what a spreadsheet program makes of a long code. Its last digits are gone.
bool LostDigits(std::string_view cell);

// Does the status speak of the data (true) or of the platform's own trouble?
bool IsDefect(const absl::Status& status);

}  // namespace inspectorate::registry
