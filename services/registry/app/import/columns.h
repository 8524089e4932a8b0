// The columns of an office's lists, told once: imports read them, exports write them, the data dictionary
// explains them.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "google/protobuf/descriptor.h"
#include "inspectorate/registry/v1/import.pb.h"

namespace inspectorate::registry {

struct ListColumn {
  enum class Holds {
    kValue,        // the field itself
    kSchool,       // the office's number of the school that the field names
    kSchools,      // of several
    kArea,         // the number of an area; of those that had it, the one of the row's first day
    kInspector,    // the work number; without a field: of the inspector that the row is about
    kSupervisor,   // the work number
    kExternalIds,  // system:number
    kFacts,        // a school as it was, as JSON
    kId,           // the id of the row itself, in every office the same
    kSession,      // the id of the training session that the row belongs to
    kJson,         // a field of several values, as JSON
    kHandovers,    // school:inspector:open issues
    kCatalogue,    // the catalogue that the row belongs to, by its kind
    kCount,        // how many values the field has
    kDays,         // days of a paper: 2026-10-01 休 国庆节
    kPersons,      // whom a plaque names: 姓名（工号）
    kBoard,        // what a plaque says, as JSON, with the work numbers of those it names
    kToken,        // the code of a plaque's QR; protected
    kAlongside,    // what lists of an office tell in the same row and an export in a list of its own
  };
  const char* header;
  const char* field;
  const char* meaning;
  Holds holds = Holds::kValue;
  const char* unit = "";
  // What only acts bring about: taken from the records of another registry, otherwise not looked at.
  bool record = false;
  // What it refers to may be nothing.
  bool optional = false;
};

struct ListShape {
  v1::ImportKind kind;
  const google::protobuf::Descriptor* message;
  std::vector<ListColumn> columns;
  // The fields by which a row is found again.
  std::vector<const char*> found_by;
  // A column by which the table's rows are read in order within an office, where its key does not begin with
  // the office, and the index of the two.
  const char* order = "";
  const char* index = "";
  // Only with take_over.
  bool record = false;
  // A repeated field: each of its values is a row, whose columns are of the value or else of the message.
  const char* each = "";
  // Which rows of the table; with ` AND `.
  const char* where = "";
  // Is exported and not read.
  bool out_only = false;

  // Of the value where there is one, else of the message; null for none.
  const google::protobuf::FieldDescriptor* FieldOf(const ListColumn& column) const;
  const google::protobuf::Descriptor* value() const;
};

// In the order in which they must be read.
const std::vector<ListShape>& ListShapes();
// Null for none.
const ListShape* ShapeOf(v1::ImportKind kind);
// The columns of a list that a plain import reads; with those that only records have.
const std::vector<ListColumn>& ColumnsOf(v1::ImportKind kind, bool with_records);
// Those of the list with these headers.
std::vector<ListColumn> Some(v1::ImportKind kind, const std::vector<std::string_view>& headers);

// "责任区": the Chinese name of a list, which is also that of its file.
std::string ListName(v1::ImportKind kind);

}  // namespace inspectorate::registry
