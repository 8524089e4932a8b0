#include "common/db/statement.h"

#include <algorithm>
#include <bit>
#include <cctype>
#include <cstdio>
#include <unordered_map>

#include "common/db/sql_text.h"

namespace inspectorate::db {
namespace {

constexpr size_t kRemembered = 4096;

std::string Lower(std::string_view text) {
  std::string lower(text);
  for (char& c : lower) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return lower;
}

bool IsNamePart(char c) {
  return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_' || c == '$' || (c & 0x80) != 0;
}

}  // namespace

struct Statement::Token {
  enum class Kind { kName, kQuotedName, kMark, kLiteral, kSign, kEnd };
  Kind kind = Kind::kEnd;
  std::string text;  // names in lower case
  size_t begin = 0;
  size_t end = 0;
  int depth = 0;  // of parentheses around it; those themselves count as outside
  size_t parameter = 0;

  // A quoted name is never a keyword.
  bool Is(std::string_view word) const {
    return (kind == Kind::kName || kind == Kind::kSign) && text == word;
  }
  bool IsName() const { return kind == Kind::kName || kind == Kind::kQuotedName; }
};

class Statement::Parser {
 public:
  explicit Parser(Statement& statement) : s_(statement) {}

  void Run() {
    if (!Tokenize()) {
      Unknown();
      return;
    }
    CollectNames();
    const Token& first = tokens_[0];
    if (first.Is("select")) {
      Select();
    } else if (first.Is("with")) {
      Complex();
    } else if (first.Is("insert")) {
      Insert();
    } else if (first.Is("update")) {
      Update();
    } else if (first.Is("delete")) {
      Delete();
    }
  }

 private:
  // --- tokens ----------------------------------------------------------------------------------------------

  bool Tokenize() {
    const std::string& sql = s_.sql_;
    for (size_t at = 0; at < sql.size();) {
      if (std::isspace(static_cast<unsigned char>(sql[at])) != 0) {
        ++at;
        continue;
      }
      Token token;
      token.begin = at;
      token.depth = depth_;
      token.end = at = Read(&token);
      if (at == std::string::npos) return false;
      tokens_.push_back(std::move(token));
    }
    Token end;
    end.begin = end.end = sql.size();
    tokens_.push_back(end);
    return depth_ == 0 && tokens_.size() > 1;
  }

  // Reads what begins at the token's beginning and returns its end; npos: nothing that our services write,
  // and nothing is promised of it.
  size_t Read(Token* token) {
    const std::string& sql = s_.sql_;
    const size_t at = token->begin;
    const char c = sql[at];
    if (c == '`' || c == '\'') return ReadQuoted(token);
    if (std::isdigit(static_cast<unsigned char>(c)) != 0) {
      token->kind = Token::Kind::kLiteral;
      return EndOf(at, [](char part) { return IsNamePart(part) || part == '.'; });
    }
    if (IsNamePart(c)) {
      token->kind = Token::Kind::kName;
      const size_t end = EndOf(at, IsNamePart);
      token->text = Lower(sql.substr(at, end - at));
      return end;
    }
    if (c == '?') {
      token->kind = Token::Kind::kMark;
      token->parameter = parameters_++;
      return at + 1;
    }
    const bool foreign = c == '"' || c == '#' || c == '@' || c == ';' || sql.compare(at, 2, "--") == 0 ||
                         sql.compare(at, 2, "/*") == 0;
    if (foreign) return std::string::npos;
    if (c == ')') token->depth = --depth_;
    if (c == '(') ++depth_;
    token->kind = Token::Kind::kSign;
    token->text = std::string(1, c);
    return at + 1;
  }

  size_t ReadQuoted(Token* token) const {
    const std::string& sql = s_.sql_;
    const char quote = sql[token->begin];
    const size_t close = sql.find(quote, token->begin + 1);
    if (close == std::string::npos) return close;
    if (quote == '`') {
      token->kind = Token::Kind::kQuotedName;
      token->text = Lower(sql.substr(token->begin + 1, close - token->begin - 1));
    } else {
      if (sql[close - 1] == '\\') return std::string::npos;
      token->kind = Token::Kind::kLiteral;
    }
    return close + 1;
  }

  template <class IsPart>
  size_t EndOf(size_t at, IsPart is_part) const {
    while (at < s_.sql_.size() && is_part(s_.sql_[at])) ++at;
    return at;
  }

  void CollectNames() {
    for (const Token& token : tokens_) {
      if (token.IsName()) s_.names_.push_back(token.text);
    }
    std::sort(s_.names_.begin(), s_.names_.end());
    s_.names_.erase(std::unique(s_.names_.begin(), s_.names_.end()), s_.names_.end());
  }

  bool Mentions(std::initializer_list<std::string_view> words, size_t from = 0) const {
    return std::any_of(tokens_.begin() + static_cast<ptrdiff_t>(from), tokens_.end(),
                       [&](const Token& token) {
                         return token.kind == Token::Kind::kName &&
                                std::find(words.begin(), words.end(), token.text) != words.end();
                       });
  }
  // At the outermost level only; tokens_.size() - 1 when it is not there.
  size_t Find(std::string_view word, size_t from = 0) const {
    size_t at = from;
    while (at + 1 < tokens_.size() && !(tokens_[at].depth == 0 && tokens_[at].Is(word))) ++at;
    return at;
  }
  bool AtEnd(size_t at) const { return tokens_[at].kind == Token::Kind::kEnd; }
  std::string Text(size_t begin, size_t end) const { return s_.sql_.substr(begin, end - begin); }

  void Unknown() {
    s_.kind_ = Kind::kOther;
    s_.names_.clear();
  }

  // --- statements ------------------------------------------------------------------------------------------

  // A read of a form that is not taken apart.
  void Complex() {
    const bool locks = Mentions({"lock", "for"});
    const bool odd = Mentions({"into", "insert", "update", "delete", "get_lock", "release_lock", "sleep"});
    s_.kind_ = locks || odd ? Kind::kOther : Kind::kRead;
  }

  void Select() {
    size_t end = tokens_.size() - 1;
    bool locks = false;
    if (end > 2 && tokens_[end - 2].Is("for") && tokens_[end - 1].Is("update")) {
      locks = true;
      end -= 2;
    } else if (end > 4 && tokens_[end - 4].Is("lock") && tokens_[end - 3].Is("in")) {
      locks = true;
      end -= 4;
    }
    const size_t from = Find("from");
    const size_t where = Find("where", from);
    const bool one_table = !AtEnd(from) && !AtEnd(where) && IsOneTable(from + 1, where) && OnlyOneSelect();
    Complex();
    if (locks && one_table) s_.kind_ = Kind::kLockingRead;
    if (s_.kind_ == Kind::kOther) return;
    if (one_table) {
      s_.table_ = tokens_[from + 1].text;
      Given(where + 1, end);
    }
    if (!AtEnd(where)) MergeRead(from, where, end);
  }

  // `table`, `table alias` or `table as alias`.
  bool IsOneTable(size_t begin, size_t end) const {
    const size_t length = end - begin;
    if (length == 0 || length > 3 || !tokens_[begin].IsName()) return false;
    if (length == 3 && !tokens_[begin + 1].Is("as")) return false;
    return length == 1 || tokens_[end - 1].IsName();
  }

  bool OnlyOneSelect() const {
    return std::count_if(tokens_.begin(), tokens_.end(), [](const Token& t) { return t.Is("select"); }) == 1;
  }

  // A condition `name = ?` or `alias.name = ?` at the outermost level between `begin` and `end`, joined to
  // the rest by AND. Each is told with the index of its first token and of its mark.
  template <typename Tell>
  void Equalities(size_t begin, size_t end, Tell tell) const {
    static constexpr std::string_view kStops[] = {"order", "group", "having", "limit",
                                                  "for",   "lock",  "union"};
    for (size_t at = begin; at < end; ++at) {
      if (at != begin && !tokens_[at - 1].Is("and")) continue;
      if (tokens_[at].depth != 0 || !tokens_[at].IsName()) continue;
      size_t name = at;
      if (at + 2 < end && tokens_[at + 1].Is(".") && tokens_[at + 2].IsName()) name = at + 2;
      if (name + 2 >= tokens_.size() || !tokens_[name + 1].Is("=") ||
          tokens_[name + 2].kind != Token::Kind::kMark) {
        continue;
      }
      const Token& after = tokens_[name + 3];
      const bool closed = name + 3 >= end || after.Is("and") ||
                          std::any_of(std::begin(kStops), std::end(kStops),
                                      [&](std::string_view stop) { return after.Is(stop); });
      if (closed) tell(at, name, name + 2);
    }
  }

  // Words that give AND another meaning, or join conditions in another way.
  bool PlainConditions(size_t begin, size_t end) const {
    for (size_t at = begin; at < end; ++at) {
      const Token& t = tokens_[at];
      if (t.depth != 0) continue;
      for (const char* word : {"or", "xor", "between", "case", "|", "&"}) {
        if (t.Is(word)) return false;
      }
    }
    return true;
  }

  void Given(size_t begin, size_t end) {
    if (!PlainConditions(begin, end)) return;
    Equalities(begin, end,
               [&](size_t, size_t name, size_t mark) { AddGiven(tokens_[name].text, tokens_[mark]); });
    SortGiven();
  }
  void AddGiven(const std::string& name, const Token& mark) { s_.given_.push_back({name, mark.parameter}); }
  void SortGiven() {
    std::stable_sort(s_.given_.begin(), s_.given_.end(),
                     [](const GivenColumn& a, const GivenColumn& b) { return a.name < b.name; });
  }

  void MergeRead(size_t from, size_t where, size_t end) {
    for (size_t at = 1; at < from; ++at) {
      // Aggregates, DISTINCT, subqueries and marks among the columns.
      if (tokens_[at].Is("(") || tokens_[at].Is("distinct") || tokens_[at].kind == Token::Kind::kMark) return;
    }
    for (const char* word :
         {"group", "having", "limit", "union", "except", "intersect", "window", "procedure"}) {
      if (!AtEnd(Find(word))) return;
    }
    if (!PlainConditions(where + 1, end)) return;
    size_t first = 0;
    size_t last = 0;
    Equalities(where + 1, end, [&](size_t begin, size_t, size_t mark) {
      first = begin;
      last = mark;
    });
    if (last == 0) return;
    s_.merges_ = true;
    s_.key_ = tokens_[last].parameter;
    s_.column_ = Text(tokens_[first].begin, tokens_[last - 2].end);
    s_.head_ = Text(0, tokens_[from - 1].end);
    s_.middle_ = Text(tokens_[from - 1].end, tokens_[first].begin);
    s_.tail_ = Text(tokens_[last].end, s_.sql_.size());
  }

  void Insert() {
    s_.kind_ = Kind::kWrite;
    const bool ignore = tokens_[1].Is("ignore");
    const size_t at = ignore ? 2 : 1;
    if (!tokens_[at].Is("into")) {
      Unknown();
      return;
    }
    if (!tokens_[at + 1].IsName() || Mentions({"select"})) return;
    s_.table_ = tokens_[at + 1].text;
    const size_t values = Find("values", at);
    if (AtEnd(values) || !tokens_[at + 2].Is("(") || !tokens_[values - 1].Is(")")) return;
    std::vector<std::string> columns;
    for (size_t i = at + 3; i < values; ++i) {
      if (tokens_[i].IsName()) columns.push_back(tokens_[i].text);
    }
    const size_t open = values + 1;
    size_t close = open + 1;
    while (!AtEnd(close) && !(tokens_[close].Is(")") && tokens_[close].depth == 0)) ++close;
    // Which row another form meets (ON DUPLICATE KEY UPDATE) is for its unique keys to say: any row of the
    // table.
    if (!tokens_[open].Is("(") || AtEnd(close) || !AtEnd(close + 1)) return;
    std::vector<GivenColumn> given;
    size_t column = 0;
    for (size_t i = open + 1; i < close; ++i, ++column) {
      const Token& value = tokens_[i];
      const bool single = tokens_[i + 1].Is(",") || i + 1 == close;
      if (!single || column >= columns.size()) return;
      if (value.kind == Token::Kind::kMark) given.push_back({columns[column], value.parameter});
      if (tokens_[i + 1].Is(",")) ++i;
    }
    if (column != columns.size()) return;
    s_.given_ = std::move(given);
    SortGiven();
    // It leaves the row that it meets as it is, and says so: whoever cares reads that row next. Several would
    // say only how many of them met none.
    if (ignore) return;
    s_.kind_ = Kind::kInsert;
    s_.merges_ = true;
    s_.head_ = Text(0, tokens_[open].begin);
    s_.row_ = Text(tokens_[open].begin, tokens_[close].end);
  }

  void Update() {
    s_.kind_ = Kind::kWrite;
    if (!tokens_[1].IsName() || !tokens_[2].Is("set") || Mentions({"select", "join"})) return;
    s_.table_ = tokens_[1].text;
    const size_t where = Find("where");
    if (AtEnd(where)) return;
    Given(where + 1, tokens_.size() - 1);
    // A column that is set gives no row: the row may be found by its old value, and by its new one.
    for (size_t at = 3; at < where; ++at) {
      if (tokens_[at].depth == 0 && tokens_[at].IsName() && tokens_[at + 1].Is("=")) {
        std::erase_if(s_.given_, [&](const GivenColumn& g) { return g.name == tokens_[at].text; });
      }
    }
  }

  void Delete() {
    s_.kind_ = Kind::kWrite;
    if (!tokens_[1].Is("from") || !tokens_[2].IsName() || Mentions({"select", "join"})) return;
    s_.table_ = tokens_[2].text;
    if (tokens_[3].Is("where")) Given(4, tokens_.size() - 1);
  }

  Statement& s_;
  std::vector<Token> tokens_;
  int depth_ = 0;  // of parentheses
  size_t parameters_ = 0;
};

Statement::Statement(std::string_view sql) : sql_(sql) { Parser(*this).Run(); }

std::shared_ptr<const Statement> Statement::Of(std::string_view sql) {
  thread_local std::unordered_map<std::string_view, std::shared_ptr<const Statement>> remembered;
  const auto found = remembered.find(sql);
  if (found != remembered.end()) return found->second;
  if (remembered.size() >= kRemembered) remembered.clear();
  auto made = std::make_shared<const Statement>(sql);
  remembered.emplace(made->sql(), made);
  return made;
}

const std::string& Statement::Merged(size_t count) const {
  for (const auto& [size, text] : merged_) {
    if (size == count) return text;
  }
  // References stay: at most one entry a power of two is ever made.
  if (merged_.capacity() == 0) merged_.reserve(16);
  return merged_.emplace_back(count, Build(count)).second;
}

std::string Statement::Build(size_t count) const {
  std::string text = head_;
  if (kind_ == Kind::kInsert) {
    for (size_t i = 0; i < count; ++i) text += (i == 0 ? "" : ", ") + row_;
    return text;
  }
  text += ", " + column_ + " AS `set_key`" + middle_ + column_ + " IN (";
  for (size_t i = 0; i < count; ++i) text += i == 0 ? "?" : ", ?";
  return text + ")" + tail_;
}

std::string Comparable(const Value& value) {
  struct Text {
    std::string operator()(std::monostate) const { return std::string("\0NULL", 5); }
    std::string operator()(int64_t v) const { return std::to_string(v); }
    std::string operator()(uint64_t v) const { return std::to_string(v); }
    std::string operator()(double v) const {
      char text[40];
      std::snprintf(text, sizeof text, "%.17g", v);
      return text;
    }
    std::string operator()(const std::string& v) const { return v.substr(0, v.find_last_not_of(' ') + 1); }
    std::string operator()(Time v) const { return SqlTime(v); }
    std::string operator()(Date v) const { return SqlTime(Time(v)); }
  };
  return std::visit(Text{}, value.variant());
}

size_t PowerOfTwoWithin(size_t count, size_t most) { return std::bit_floor(std::min(count, most)); }

size_t PowerOfTwoAbove(size_t count) { return std::bit_ceil(count); }

}  // namespace inspectorate::db
