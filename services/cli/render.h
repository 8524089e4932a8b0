// Answers for people: tables whose columns line up under Chinese text, records as label and value.
#pragma once

#include <string>
#include <vector>

#include "google/protobuf/message.h"

namespace inspectorate::cli {

struct Table {
  std::vector<std::string> head;
  std::vector<std::vector<std::string>> rows;
};

// Columns as wide as their widest cell, at most `max_cell` terminal columns each, the last up to 160; longer
// text is cut with an ellipsis. Ends with a line feed.
std::string RenderTable(const Table& table, size_t max_cell = 40);

// One field as people read it: enum terms, dates, China time, the tail of a resource's id.
std::string FieldText(const google::protobuf::Message& message,
                      const google::protobuf::FieldDescriptor& field);

// A list answer becomes a table with its total, any other message its fields, nested ones indented.
std::string RenderMessage(const google::protobuf::Message& message);

// JSON with the contract's field names; every message of a command prints as one such object.
std::string RenderJson(const google::protobuf::Message& message);

// "[#####.....] 5/10 stage", for one line of a terminal of that width.
std::string RenderProgress(int64_t done, int64_t total, const std::string& stage, size_t width = 79);

}  // namespace inspectorate::cli
