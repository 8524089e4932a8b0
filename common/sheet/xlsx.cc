#include "common/sheet/xlsx.h"

#include <expat.h>
#include <zip.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "common/base/macros.h"
#include "common/base/time.h"

namespace inspectorate::sheet {
namespace {

absl::Status Bad(const std::string& zh, const std::string& en) {
  return absl::InvalidArgumentError(zh + " / " + en);
}
absl::Status Broken(const std::string& what) {
  return Bad("工作簿已损坏", "the workbook is broken: " + what);
}
absl::Status TooLarge() {
  return Bad("工作簿展开后过大，请分成几个文件", "the workbook is too large when unpacked; send it in parts");
}

std::string Trim(std::string_view text) {
  constexpr std::string_view kSpace = " \t\r\n";
  const size_t begin = text.find_first_not_of(kSpace);
  if (begin == std::string_view::npos) return "";
  return std::string(text.substr(begin, text.find_last_not_of(kSpace) - begin + 1));
}

// --- XML --------------------------------------------------------------------------------------------------

// Names without their namespace: programs differ in their prefixes, not in the names.
using Attributes = std::map<std::string, std::string>;

class Handler {
 public:
  virtual ~Handler() = default;
  virtual absl::Status Begin(const std::string& element, const Attributes& attributes) = 0;
  virtual absl::Status Text(std::string_view) { return absl::OkStatus(); }
  virtual absl::Status End(const std::string& element) = 0;
};

std::string LocalName(const char* name) {
  const std::string_view whole = name;
  return std::string(whole.substr(whole.find_last_of('\n') + 1));
}

class XmlReader {
 public:
  XmlReader(Handler& handler, int depth)
      : handler_(handler), deepest_(depth), parser_(XML_ParserCreateNS(nullptr, '\n')) {
    XML_SetUserData(parser_.get(), this);
    XML_SetElementHandler(parser_.get(), OnBegin, OnEnd);
    XML_SetCharacterDataHandler(parser_.get(), OnText);
    // The format has no document types, and they are where entities come from.
    XML_SetStartDoctypeDeclHandler(parser_.get(), OnDoctype);
  }

  absl::Status Add(std::string_view bytes, bool last) {
    if (!status_.ok()) return status_;
    const auto result = XML_Parse(parser_.get(), bytes.data(), static_cast<int>(bytes.size()), last ? 1 : 0);
    if (result != XML_STATUS_OK && status_.ok()) {
      status_ = Broken(XML_ErrorString(XML_GetErrorCode(parser_.get())));
    }
    // A tag that does not end is held until it does.
    constexpr int64_t kLongestTag = 1 << 20;
    given_ += static_cast<int64_t>(bytes.size());
    if (status_.ok() && !last && given_ - XML_GetCurrentByteIndex(parser_.get()) > kLongestTag) {
      status_ = Broken("a tag is too long");
    }
    return status_;
  }

 private:
  struct Free {
    void operator()(XML_Parser parser) const { XML_ParserFree(parser); }
  };

  void Take(const absl::Status& status) {
    if (status.ok() || !status_.ok()) return;
    status_ = status;
    XML_StopParser(parser_.get(), XML_FALSE);
  }
  static void OnBegin(void* self, const char* name, const char** pairs) {
    auto& reader = *static_cast<XmlReader*>(self);
    if (!reader.status_.ok()) return;
    if (++reader.depth_ > reader.deepest_) return reader.Take(Broken("nested too deeply"));
    Attributes attributes;
    for (; *pairs != nullptr; pairs += 2) attributes[LocalName(pairs[0])] = pairs[1];
    reader.Take(reader.handler_.Begin(LocalName(name), attributes));
  }
  static void OnEnd(void* self, const char* name) {
    auto& reader = *static_cast<XmlReader*>(self);
    --reader.depth_;
    if (reader.status_.ok()) reader.Take(reader.handler_.End(LocalName(name)));
  }
  static void OnText(void* self, const char* text, int size) {
    auto& reader = *static_cast<XmlReader*>(self);
    if (reader.status_.ok()) {
      reader.Take(reader.handler_.Text(std::string_view(text, static_cast<size_t>(size))));
    }
  }
  static void OnDoctype(void* self, const char*, const char*, const char*, int) {
    static_cast<XmlReader*>(self)->Take(Broken("a document type"));
  }

  Handler& handler_;
  const int deepest_;
  int depth_ = 0;
  int64_t given_ = 0;
  absl::Status status_;
  std::unique_ptr<std::remove_pointer_t<XML_Parser>, Free> parser_;
};

// --- the zip ----------------------------------------------------------------------------------------------

class Archive {
 public:
  Archive(std::string_view bytes, const Limits& limits)
      : limits_(limits),
        left_(std::min(limits.unpacked,
                       std::max(limits.small, limits.ratio * static_cast<int64_t>(bytes.size())))) {
    zip_error_t error;
    zip_error_init(&error);
    zip_source_t* source = zip_source_buffer_create(bytes.data(), bytes.size(), /*freep=*/0, &error);
    if (source != nullptr) {
      archive_.reset(zip_open_from_source(source, ZIP_RDONLY, &error));
      if (archive_ == nullptr) zip_source_free(source);
    }
    zip_error_fini(&error);
  }

  bool open() const { return archive_ != nullptr; }
  bool Has(const std::string& part) const { return Find(part) >= 0; }

  absl::Status Read(const std::string& part, Handler& handler) {
    const zip_int64_t index = Find(part);
    if (index < 0) return Broken("no " + part);
    const std::unique_ptr<zip_file_t, Close> file(
        zip_fopen_index(archive_.get(), static_cast<zip_uint64_t>(index), 0));
    if (file == nullptr) {
      return Bad("工作簿已加密或已损坏", "the workbook is encrypted or broken: " + part);
    }
    XmlReader reader(handler, limits_.depth);
    std::array<char, 1 << 15> buffer;
    while (true) {
      const zip_int64_t size = zip_fread(file.get(), buffer.data(), buffer.size());
      if (size < 0) return Broken(part);
      left_ -= size;
      if (left_ < 0) return TooLarge();
      RETURN_IF_ERROR(reader.Add(std::string_view(buffer.data(), static_cast<size_t>(size)), size == 0));
      if (size == 0) return absl::OkStatus();
    }
  }

 private:
  struct Close {
    void operator()(zip_t* archive) const { zip_discard(archive); }
    void operator()(zip_file_t* file) const { zip_fclose(file); }
  };
  zip_int64_t Find(const std::string& part) const {
    return zip_name_locate(archive_.get(), part.c_str(), ZIP_FL_NOCASE);
  }

  const Limits& limits_;
  int64_t left_;  // bytes that may still come out
  std::unique_ptr<zip_t, Close> archive_;
};

// --- parts other than the sheet ---------------------------------------------------------------------------

// What a part refers to, by id, and by the last word of the kind: "worksheet", "sharedStrings".
class Relations : public Handler {
 public:
  // Targets are relative to `folder`, or begin at the root.
  explicit Relations(std::string folder) : folder_(std::move(folder)) {}

  absl::Status Begin(const std::string& element, const Attributes& attributes) override {
    if (element != "Relationship") return absl::OkStatus();
    const auto get = [&](const char* name) {
      const auto found = attributes.find(name);
      return found == attributes.end() ? std::string() : found->second;
    };
    const std::string target = get("Target");
    const std::string path = target.starts_with('/') ? target.substr(1) : folder_ + target;
    const std::string type = get("Type");
    by_id_[get("Id")] = path;
    by_kind_.try_emplace(type.substr(type.rfind('/') + 1), path);
    return ++parts_ > 4096 || path.size() + type.size() > 4096 ? Broken("too many parts") : absl::OkStatus();
  }
  absl::Status End(const std::string&) override { return absl::OkStatus(); }

  std::string ById(const std::string& id) const { return Find(by_id_, id); }
  std::string ByKind(const std::string& kind) const { return Find(by_kind_, kind); }

 private:
  static std::string Find(const std::map<std::string, std::string>& in, const std::string& what) {
    const auto found = in.find(what);
    return found == in.end() ? std::string() : found->second;
  }

  const std::string folder_;
  int parts_ = 0;
  std::map<std::string, std::string> by_id_;
  std::map<std::string, std::string> by_kind_;
};

// The first sheet that people see, and from which year days are counted.
class BookPart : public Handler {
 public:
  absl::Status Begin(const std::string& element, const Attributes& attributes) override {
    if (element == "workbookPr") {
      const auto found = attributes.find("date1904");
      from_1904_ = found != attributes.end() && (found->second == "1" || found->second == "true");
    }
    if (element != "sheet" || !sheet_.empty()) return absl::OkStatus();
    const auto state = attributes.find("state");
    const bool hidden = state != attributes.end() && state->second != "visible";
    const auto id = attributes.find("id");
    if (!hidden && id != attributes.end()) sheet_ = id->second;
    return absl::OkStatus();
  }
  absl::Status End(const std::string&) override { return absl::OkStatus(); }

  const std::string& sheet() const { return sheet_; }
  bool from_1904() const { return from_1904_; }

 private:
  std::string sheet_;
  bool from_1904_ = false;
};

// Which of the cell formats show a date.
class Styles : public Handler {
 public:
  absl::Status Begin(const std::string& element, const Attributes& attributes) override {
    if (element == "numFmt" && attributes.contains("numFmtId") && attributes.contains("formatCode")) {
      if (IsDateFormat(attributes.at("formatCode"))) dates_.insert(attributes.at("numFmtId"));
    }
    if (element == "cellXfs") in_cells_ = true;
    if (element == "xf" && in_cells_) {
      const auto found = attributes.find("numFmtId");
      shows_date_.push_back(found != attributes.end() && IsDate(found->second));
      if (shows_date_.size() > 65'536) return Broken("too many formats");
    }
    return absl::OkStatus();
  }
  absl::Status End(const std::string& element) override {
    if (element == "cellXfs") in_cells_ = false;
    return absl::OkStatus();
  }

  bool ShowsDate(size_t style) const { return style < shows_date_.size() && shows_date_[style]; }

 private:
  // Those that every program has by number; 27 to 36 and 50 to 58 are the Chinese ones.
  bool IsDate(const std::string& id) const {
    int number = 0;
    if (dates_.contains(id)) return true;
    return absl::SimpleAtoi(id, &number) &&
           ((number >= 14 && number <= 17) || number == 22 || (number >= 27 && number <= 31) ||
            number == 36 || number == 50 || number == 51 || number == 52 || number == 53 || number == 54 ||
            number == 57 || number == 58);
  }

  std::set<std::string> dates_;
  bool in_cells_ = false;
  std::vector<bool> shows_date_;
};

// A text with its runs; what is read aloud (phonetic) is no part of it.
class TextRuns {
 public:
  explicit TextRuns(size_t most) : most_(most) {}
  void Begin(const std::string& element) {
    if (element == "rPh") ++aloud_;
    if (element == "t") open_ = aloud_ == 0;
  }
  absl::Status Text(std::string_view text) {
    if (!open_) return absl::OkStatus();
    text_ += text;
    return text_.size() > most_ ? Broken("a text is too long") : absl::OkStatus();
  }
  void End(const std::string& element) {
    if (element == "rPh") --aloud_;
    if (element == "t") open_ = false;
  }
  std::string Take() {
    aloud_ = 0;
    open_ = false;
    return std::exchange(text_, {});
  }

 private:
  const size_t most_;
  std::string text_;
  int aloud_ = 0;
  bool open_ = false;
};

class SharedTexts : public Handler {
 public:
  explicit SharedTexts(const Limits& limits) : limits_(limits), runs_(limits.cell) {}

  absl::Status Begin(const std::string& element, const Attributes&) override {
    runs_.Begin(element);
    return absl::OkStatus();
  }
  absl::Status Text(std::string_view text) override { return runs_.Text(text); }
  absl::Status End(const std::string& element) override {
    runs_.End(element);
    if (element != "si") return absl::OkStatus();
    texts_.push_back(runs_.Take());
    held_ += static_cast<int64_t>(texts_.back().size() + sizeof(std::string));
    return held_ > limits_.shared_text ? TooLarge() : absl::OkStatus();
  }

  const std::string* Find(size_t index) const { return index < texts_.size() ? &texts_[index] : nullptr; }

 private:
  const Limits& limits_;
  TextRuns runs_;
  std::vector<std::string> texts_;
  int64_t held_ = 0;
};

// --- cells ------------------------------------------------------------------------------------------------

std::optional<double> ToNumber(std::string_view text) {
  double value = 0;
  if (!absl::SimpleAtod(absl::string_view(text.data(), text.size()), &value) || !std::isfinite(value)) {
    return std::nullopt;
  }
  return value;
}

std::string Formatted(const char* format, double value) {
  std::array<char, 64> text;
  std::snprintf(text.data(), text.size(), format, value);
  return text.data();
}

// 2026-03-09, with the time where there is one; nothing for a number that is no day between 1900 and 9999.
std::optional<std::string> DayText(double serial, bool from_1904) {
  constexpr int kUnixEpoch = 25'569;  // of 1970-01-01, counted from 1900
  constexpr int kYears = 1462;        // from 1900 to 1904
  if (from_1904) serial += kYears;
  // The program that began this counted 1900-02-29.
  if (serial < 1 || serial >= 2'958'466) return std::nullopt;
  if (serial < 60) serial += 1;
  const double whole = std::floor(serial);
  const auto minutes = static_cast<int>(std::lround((serial - whole) * 24 * 60));
  const Date day = Date(std::chrono::days(static_cast<int>(whole) - kUnixEpoch));
  std::string text = FormatDate(minutes == 24 * 60 ? day + std::chrono::days(1) : day);
  if (minutes > 0 && minutes < 24 * 60) {
    std::array<char, 16> time;
    std::snprintf(time.data(), time.size(), " %02d:%02d", minutes / 60, minutes % 60);
    text += time.data();
  }
  return text;
}

// "BC12" → 54 (from 0); nothing for anything else.
std::optional<int> ColumnOf(std::string_view reference, int most) {
  int column = 0;
  size_t at = 0;
  for (; at < reference.size() && absl::ascii_isalpha(static_cast<unsigned char>(reference[at])); ++at) {
    column = column * 26 + (absl::ascii_toupper(static_cast<unsigned char>(reference[at])) - 'A' + 1);
    if (column > 1'000'000) return std::nullopt;
  }
  if (at == 0) return std::nullopt;
  return std::min(column - 1, most);
}

class SheetPart : public Handler {
 public:
  SheetPart(const Limits& limits, const SharedTexts& texts, const Styles& styles, bool from_1904,
            std::vector<std::string>* header, const csv::Parser::OnRecord& on_record)
      : limits_(limits),
        texts_(texts),
        styles_(styles),
        from_1904_(from_1904),
        header_(header),
        on_record_(on_record),
        runs_(limits.cell) {}

  absl::Status Begin(const std::string& element, const Attributes& attributes) override {
    if (element == "row") return BeginRow(attributes);
    if (element == "c") return BeginCell(attributes);
    if (element == "v") in_value_ = true;
    if (element == "is") in_text_ = true;
    if (in_text_) runs_.Begin(element);
    return absl::OkStatus();
  }

  absl::Status Text(std::string_view text) override {
    if (in_text_) return runs_.Text(text);
    if (!in_value_) return absl::OkStatus();
    value_ += text;
    return value_.size() > limits_.cell ? Broken("a cell is too long") : absl::OkStatus();
  }

  absl::Status End(const std::string& element) override {
    if (in_text_) runs_.End(element);
    if (element == "v") in_value_ = false;
    if (element == "is") in_text_ = false;
    if (element == "c") return EndCell();
    if (element == "row") return EndRow();
    return absl::OkStatus();
  }

  absl::Status Finish() const {
    return shape_.has_header() ? absl::OkStatus() : Bad("第一张工作表是空的", "the first sheet is empty");
  }

 private:
  absl::Status BeginRow(const Attributes& attributes) {
    if (std::exchange(in_row_, true)) return Broken("a row within a row");
    int number = row_ + 1;
    const auto found = attributes.find("r");
    if (found != attributes.end() && !absl::SimpleAtoi(found->second, &number))
      return Broken("a row's number");
    if (number <= row_) return Broken("rows out of order");
    if (number > limits_.rows) {
      return Bad("行数超过" + std::to_string(limits_.rows),
                 "more than " + std::to_string(limits_.rows) + " rows");
    }
    row_ = number;
    column_ = -1;
    record_ = {.line = number, .cells = {}};
    bytes_ = 0;
    return absl::OkStatus();
  }

  absl::Status BeginCell(const Attributes& attributes) {
    if (!in_row_ || std::exchange(in_cell_, true)) return Broken("a cell outside a row, or within a cell");
    ++column_;
    type_.clear();
    style_ = 0;
    value_.clear();
    for (const auto& [name, value] : attributes) {
      if (name == "t") type_ = value;
      if (name == "s" && !absl::SimpleAtoi(value, &style_)) return Broken("a cell's format");
      if (name != "r") continue;
      const auto column = ColumnOf(value, limits_.columns);
      if (!column || *column < column_) return Broken("a cell's place");
      column_ = *column;
    }
    return absl::OkStatus();
  }

  absl::Status EndCell() {
    in_cell_ = false;
    ASSIGN_OR_RETURN(std::string text, CellText());
    if (text.empty()) return absl::OkStatus();
    if (column_ >= limits_.columns) {
      return Bad(
          "第" + std::to_string(row_) + "行超过" + std::to_string(limits_.columns) + "列",
          "line " + std::to_string(row_) + ": more than " + std::to_string(limits_.columns) + " columns");
    }
    // One long text may be shared by every cell of a small file.
    if ((bytes_ += text.size()) > csv::kMostRecordBytes) {
      return Bad("第" + std::to_string(row_) + "行过长", "line " + std::to_string(row_) + ": too many bytes");
    }
    record_.cells.resize(static_cast<size_t>(column_));
    record_.cells.push_back(std::move(text));
    return absl::OkStatus();
  }

  absl::StatusOr<std::string> CellText() {
    if (type_ == "inlineStr") return Trim(runs_.Take());
    if (type_ == "s") {
      uint32_t index = 0;
      if (!absl::SimpleAtoi(Trim(value_), &index)) return Broken("a cell's text");
      const std::string* shared = texts_.Find(index);
      if (shared == nullptr) return Broken("a cell's text");
      return Trim(*shared);
    }
    const std::string value = Trim(value_);
    if (type_ == "b") return std::string(value == "1" ? "是" : "否");
    if (type_ == "str" || type_ == "e" || value.empty()) return value;
    if (type_ == "d") return value.substr(0, value.find('T'));  // ISO 8601, in the strict form of the format
    if (type_ != "n" && !type_.empty()) return Broken("a cell of type " + Printable(type_));
    const auto number = ToNumber(value);
    if (!number) return Broken("a cell that is no number");
    if (styles_.ShowsDate(style_)) {
      if (auto day = DayText(*number, from_1904_)) return *day;
    }
    return NumberText(value);
  }

  static std::string Printable(const std::string& text) {
    return text.size() <= 20 && std::all_of(text.begin(), text.end(), absl::ascii_isalnum) ? text : "?";
  }

  absl::Status EndRow() {
    in_row_ = false;
    if (std::all_of(record_.cells.begin(), record_.cells.end(), [](const auto& c) { return c.empty(); })) {
      return absl::OkStatus();
    }
    const bool first = !shape_.has_header();
    ASSIGN_OR_RETURN(const bool wanted, shape_.Take(&record_));
    if (first) *header_ = shape_.header();
    return wanted ? on_record_(std::move(record_)) : absl::OkStatus();
  }

  const Limits& limits_;
  const SharedTexts& texts_;
  const Styles& styles_;
  const bool from_1904_;
  std::vector<std::string>* const header_;
  const csv::Parser::OnRecord& on_record_;
  csv::Shape shape_;
  csv::Record record_;
  size_t bytes_ = 0;  // of the record
  int row_ = 0;
  int column_ = -1;
  std::string type_;
  uint32_t style_ = 0;
  std::string value_;
  TextRuns runs_;
  bool in_row_ = false;
  bool in_cell_ = false;
  bool in_value_ = false;
  bool in_text_ = false;
};

std::string FolderOf(const std::string& part) { return part.substr(0, part.rfind('/') + 1); }
std::string RelationsOf(const std::string& part) {
  const std::string folder = FolderOf(part);
  return folder + "_rels/" + part.substr(folder.size()) + ".rels";
}

}  // namespace

bool LooksLikeXlsx(std::string_view bytes) { return bytes.starts_with("PK\x03\x04"); }
bool LooksLikeOldWorkbook(std::string_view bytes) {
  return bytes.starts_with("\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1");
}

std::string NumberText(std::string_view stored) {
  constexpr double kKept = 1e15;  // of more than fifteen digits none is kept
  const auto number = ToNumber(stored);
  if (!number) return std::string(stored);
  const double value = *number;
  if (std::abs(value) >= kKept) {
    std::string text = Formatted("%.14E", value);
    const size_t exponent = text.find('E');
    size_t end = text.find_last_not_of('0', exponent - 1);
    if (text[end] == '.') --end;
    return text.erase(end + 1, exponent - end - 1);
  }
  if (value == std::trunc(value)) return std::to_string(static_cast<int64_t>(value));
  return Formatted("%.15g", value);
}

bool IsDateFormat(std::string_view code) {
  // Quoted text, escaped signs and [conditions] are no part of the form; the first section is for numbers
  // above 0.
  bool year = false;
  bool day = false;
  for (size_t i = 0; i < code.size() && code[i] != ';'; ++i) {
    const char c = code[i];
    if (c == '"' || c == '[') {
      i = code.find(c == '"' ? '"' : ']', i + 1);
      if (i == std::string_view::npos) break;
    } else if (c == '\\' || c == '_' || c == '*') {
      ++i;
    } else {
      year = year || c == 'y' || c == 'Y' || c == 'e';
      day = day || c == 'd' || c == 'D' || c == 'm' || c == 'M';
    }
  }
  // "m" alone may be minutes; years, and days with months, are neither of them.
  return day && (year || code.find_first_of("dD") != std::string_view::npos);
}

absl::Status ReadXlsx(std::string_view bytes, const Limits& limits, std::vector<std::string>* header,
                      const csv::Parser::OnRecord& on_record) {
  Archive archive(bytes, limits);
  if (!archive.open()) return Broken("no zip");
  Relations root("");
  RETURN_IF_ERROR(archive.Read("_rels/.rels", root));
  const std::string book = root.ByKind("officeDocument");
  if (book.empty()) return Broken("no document");
  BookPart workbook;
  RETURN_IF_ERROR(archive.Read(book, workbook));
  Relations relations(FolderOf(book));
  RETURN_IF_ERROR(archive.Read(RelationsOf(book), relations));
  const std::string sheet = relations.ById(workbook.sheet());
  if (sheet.empty()) return Bad("工作簿里没有工作表", "the workbook has no sheet");
  Styles styles;
  const std::string style_part = relations.ByKind("styles");
  if (archive.Has(style_part)) RETURN_IF_ERROR(archive.Read(style_part, styles));
  SharedTexts texts(limits);
  const std::string text_part = relations.ByKind("sharedStrings");
  if (archive.Has(text_part)) RETURN_IF_ERROR(archive.Read(text_part, texts));
  SheetPart part(limits, texts, styles, workbook.from_1904(), header, on_record);
  RETURN_IF_ERROR(archive.Read(sheet, part));
  return part.Finish();
}

absl::StatusOr<csv::Table> ParseXlsx(std::string_view bytes, const Limits& limits) {
  csv::Table table;
  table.day_numbers = true;
  RETURN_IF_ERROR(ReadXlsx(bytes, limits, &table.header, [&](csv::Record record) {
    table.records.push_back(std::move(record));
    return absl::OkStatus();
  }));
  return table;
}

}  // namespace inspectorate::sheet
