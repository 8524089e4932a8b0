#include "common/csv/csv.h"

#include <csv.h>

#include <algorithm>
#include <memory>
#include <set>
#include <utility>

namespace inspectorate::csv {
namespace {

std::string Trim(std::string_view text) {
  const size_t begin = text.find_first_not_of(" \t");
  if (begin == std::string_view::npos) return "";
  return std::string(text.substr(begin, text.find_last_not_of(" \t") - begin + 1));
}

// In both languages: the person who made the file reads it.
absl::Status Broken(int line, const std::string& zh, const std::string& en) {
  const std::string number = std::to_string(line);
  return absl::InvalidArgumentError("第" + number + "行" + zh + " / line " + number + ": " + en);
}

struct Free {
  void operator()(csv_parser* parser) const {
    csv_free(parser);
    delete parser;
  }
};

}  // namespace

// Collects records; libcsv calls back while bytes go in.
class Parser::State {
 public:
  State(OnRecord on_record, const Options& options)
      : on_record_(std::move(on_record)), options_(options), parser_(new csv_parser) {
    if (csv_init(parser_.get(), CSV_STRICT | CSV_STRICT_FINI) != 0) status_ = absl::InternalError("csv_init");
  }

  absl::Status Add(std::string_view piece) {
    for (size_t at = 0; at < piece.size() && status_.ok(); ++at) {
      const char byte = piece[at];
      if (in_note_) {
        in_note_ = byte != '\n';
        line_ += byte == '\n' ? 1 : 0;
        continue;
      }
      if (!begun_ && byte != '\n' && byte != '\r') {
        if (options_.notes && byte == '#') {
          in_note_ = true;
          continue;
        }
        begun_ = true;
        bytes_ = 0;
        current_.line = line_;
      }
      if (++bytes_ > kMostRecordBytes) {
        status_ = Broken(current_.line, "过长", "a record of too many bytes");
        break;
      }
      if (csv_parse(parser_.get(), &byte, 1, Cell, Record, this) != 1 && status_.ok()) {
        status_ = Broken(line_, "引号有误", csv_strerror(csv_error(parser_.get())));
      }
      if (byte == '\n') ++line_;
    }
    return status_;
  }

  absl::Status End() {
    if (status_.ok() && csv_fini(parser_.get(), Cell, Record, this) != 0) {
      status_ = Broken(current_.line, "的引号没有结束", "a quoted cell does not end");
    }
    if (status_.ok() && !shape_.has_header())
      status_ = absl::InvalidArgumentError("没有表头 / there is no header");
    return status_;
  }

  const Shape& shape() const { return shape_; }

 private:
  static void Cell(void* cell, size_t size, void* self) {
    State& state = *static_cast<State*>(self);
    if (state.current_.cells.size() == kMostColumns) {
      state.status_ =
          Broken(state.current_.line, "的列过多", "more than " + std::to_string(kMostColumns) + " columns");
      return;
    }
    state.current_.cells.push_back(
        Trim(std::string_view(static_cast<const char*>(cell), cell == nullptr ? 0 : size)));
  }
  static void Record(int, void* self) { static_cast<State*>(self)->Complete(); }

  void Complete() {
    csv::Record record = std::exchange(current_, {});
    begun_ = false;
    if (!status_.ok()) return;
    const auto wanted = shape_.Take(&record);
    status_ = wanted.status();
    if (wanted.ok() && *wanted) status_ = on_record_(std::move(record));
  }

  const OnRecord on_record_;
  const Options options_;
  const std::unique_ptr<csv_parser, Free> parser_;
  Shape shape_;
  csv::Record current_;
  int line_ = 1;        // of the next byte
  size_t bytes_ = 0;    // of the current record
  bool begun_ = false;  // the current record has had a byte
  bool in_note_ = false;
  absl::Status status_;
};

Parser::Parser(OnRecord on_record, const Options& options)
    : state_(std::make_unique<State>(std::move(on_record), options)) {}
Parser::~Parser() = default;
absl::Status Parser::Add(std::string_view piece) { return state_->Add(piece); }
absl::Status Parser::End() { return state_->End(); }
const std::vector<std::string>& Parser::header() const { return state_->shape().header(); }

absl::StatusOr<bool> Shape::Take(Record* record) {
  if (!has_header_) {
    has_header_ = true;
    header_ = std::move(record->cells);
    std::set<std::string> names;
    for (const std::string& name : header_) {
      if (!name.empty() && !names.insert(name).second)
        return Broken(record->line, "的列名“" + name + "”重复", "column " + name + " twice");
    }
    return false;
  }
  const bool blank =
      std::all_of(record->cells.begin(), record->cells.end(), [](const auto& c) { return c.empty(); });
  if (blank) return false;
  if (record->cells.size() > header_.size())
    return Broken(record->line, "的单元格多于表头的列", "more cells than columns");
  record->cells.resize(header_.size());
  return true;
}

int Table::Column(std::string_view name) const {
  auto it = std::find(header.begin(), header.end(), name);
  return it == header.end() ? -1 : static_cast<int>(it - header.begin());
}

absl::StatusOr<Table> Parse(std::string_view text, const Options& options) {
  Table table;
  Parser parser(
      [&](Record record) {
        table.records.push_back(std::move(record));
        return absl::OkStatus();
      },
      options);
  absl::Status status = parser.Add(text);
  if (status.ok()) status = parser.End();
  if (!status.ok()) return status;
  table.header = parser.header();
  return table;
}

}  // namespace inspectorate::csv
