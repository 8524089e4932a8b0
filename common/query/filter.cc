#include "common/query/filter.h"

#include <algorithm>
#include <charconv>
#include <optional>
#include <utility>

#include "common/base/text.h"
#include "common/status/error.h"

namespace inspectorate::query {
namespace {

constexpr size_t kMaxBytes = 2000;
constexpr int kMaxDepth = 16;
constexpr int kMaxComparisons = 64;

// The grammar of AIP-160, cut to comparisons of declared fields:
//
//   filter     = [ factor { ["AND"] factor } ]
//   factor     = term { "OR" term }              OR binds tighter than AND
//   term       = { "NOT" | "-" } ( "(" filter ")" | comparison )
//   comparison = path ( "=" | "!=" | "<" | "<=" | ">" | ">=" | ":" ) ( word | quoted )
class Parser {
 public:
  Parser(std::string_view text, const std::vector<Field>& fields) : text_(text), fields_(fields) {}

  // Null for a text without a condition.
  absl::StatusOr<std::shared_ptr<const Node>> Run() {
    if (text_.size() > kMaxBytes) return Wrong(0, "longer than 2000 bytes");
    if (const size_t at = FindInvalidUtf8(text_); at != std::string_view::npos) return Wrong(at, "not UTF-8");
    SkipBlanks();
    if (AtEnd()) return std::shared_ptr<const Node>();
    absl::StatusOr<Node> node = ParseExpression(0);
    if (!node.ok()) return node.status();
    if (!AtEnd()) return Wrong(at_, "an unexpected )");
    return std::make_shared<const Node>(*std::move(node));
  }

 private:
  absl::StatusOr<Node> ParseExpression(int depth) {
    Node all{.kind = Node::Kind::kAnd};
    do {
      absl::StatusOr<Node> factor = ParseFactor(depth);
      if (!factor.ok()) return factor;
      all.children.push_back(*std::move(factor));
      SkipBlanks();
    } while (Keyword("AND") || (!AtEnd() && Peek() != ')'));
    return Simplified(std::move(all));
  }

  absl::StatusOr<Node> ParseFactor(int depth) {
    Node any{.kind = Node::Kind::kOr};
    do {
      absl::StatusOr<Node> term = ParseTerm(depth);
      if (!term.ok()) return term;
      any.children.push_back(*std::move(term));
      SkipBlanks();
    } while (Keyword("OR"));
    return Simplified(std::move(any));
  }

  absl::StatusOr<Node> ParseTerm(int depth) {
    SkipBlanks();
    if (depth > kMaxDepth) return Wrong(at_, "nested deeper than 16");
    if (Keyword("NOT") || Symbol("-")) {
      absl::StatusOr<Node> term = ParseTerm(depth + 1);
      if (!term.ok()) return term;
      Node negation{.kind = Node::Kind::kNot};
      negation.children.push_back(*std::move(term));
      return negation;
    }
    if (!Symbol("(")) return ParseComparison();
    absl::StatusOr<Node> inner = ParseExpression(depth + 1);
    if (!inner.ok()) return inner;
    if (!Symbol(")")) return Wrong(at_, "a ) is missing");
    return inner;
  }

  absl::StatusOr<Node> ParseComparison() {
    const size_t begin = at_;
    const std::string_view path = Take([](char c) {
      return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
             c == '.';
    });
    if (path.empty()) return Wrong(begin, "a field is expected");
    const auto field = std::ranges::find(fields_, path, &Field::path);
    if (field == fields_.end()) return Wrong(begin, "unknown field " + std::string(path));
    if (++comparisons_ > kMaxComparisons) return Wrong(begin, "more than 64 comparisons");
    SkipBlanks();
    const size_t operator_at = at_;
    const auto op = ParseOperator();
    if (!op.has_value()) return Wrong(operator_at, "an operator is expected");
    SkipBlanks();
    return ParseArgument(*field, *op, operator_at);
  }

  absl::StatusOr<Node> ParseArgument(const Field& field, Operator op, size_t operator_at) {
    const size_t begin = at_;
    const bool quoted = !AtEnd() && (Peek() == '"' || Peek() == '\'');
    absl::StatusOr<std::string> text = quoted ? ParseQuoted() : ParseWord();
    if (!text.ok()) return text.status();
    if (op == Operator::kContains && !quoted && *text == "*") op = Operator::kPresent;
    if (op == Operator::kContains && field.kind != Field::Kind::kString) op = Operator::kEqual;
    if (!IsComparable(field.kind, op))
      return Wrong(operator_at, "this operator does not apply to " + field.path);
    Node node{.kind = Node::Kind::kCompare, .field = field, .op = op};
    if (op == Operator::kPresent) return node;
    absl::StatusOr<db::Value> value = ParseLiteral(field, *text);
    if (!value.ok()) return Wrong(begin, std::string(value.status().message()));
    node.value = *std::move(value);
    return node;
  }

  std::optional<Operator> ParseOperator() {
    constexpr std::pair<std::string_view, Operator> kOperators[] = {
        {"<=", Operator::kLessEqual}, {">=", Operator::kGreaterEqual}, {"!=", Operator::kNotEqual},
        {"<", Operator::kLess},       {">", Operator::kGreater},       {"=", Operator::kEqual},
        {":", Operator::kContains}};
    for (const auto& [text, op] : kOperators) {
      if (Symbol(text)) return op;
    }
    return std::nullopt;
  }

  absl::StatusOr<std::string> ParseQuoted() {
    const size_t begin = at_;
    const char quote = text_[at_++];
    std::string value;
    for (; !AtEnd() && Peek() != quote; ++at_) {
      if (Peek() == '\\') {
        if (++at_; AtEnd() || (Peek() != '\\' && Peek() != '"' && Peek() != '\'')) {
          return Wrong(at_ - 1, "only \\\\, \\\" and \\' are escapes");
        }
      }
      value += Peek();
    }
    if (AtEnd()) return Wrong(begin, "the quotation has no end");
    ++at_;
    return value;
  }

  absl::StatusOr<std::string> ParseWord() {
    const size_t begin = at_;
    const std::string_view word = Take([](char c) {
      return !IsBlank(c) && std::string_view("()\"'=<>!").find(c) == std::string_view::npos;
    });
    if (word.empty()) return Wrong(begin, "a value is expected");
    return std::string(word);
  }

  static bool IsBlank(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }
  bool AtEnd() const { return at_ == text_.size(); }
  char Peek() const { return text_[at_]; }
  void SkipBlanks() { Take(IsBlank); }

  template <typename Predicate>
  std::string_view Take(Predicate accepts) {
    const size_t begin = at_;
    while (!AtEnd() && accepts(Peek())) ++at_;
    return text_.substr(begin, at_ - begin);
  }

  bool Symbol(std::string_view symbol) {
    if (!text_.substr(at_).starts_with(symbol)) return false;
    at_ += symbol.size();
    return true;
  }

  // A word of its own: what follows is a blank, a parenthesis or the end.
  bool Keyword(std::string_view word) {
    const std::string_view rest = text_.substr(at_);
    if (!rest.starts_with(word)) return false;
    if (rest.size() > word.size() && !IsBlank(rest[word.size()]) && rest[word.size()] != '(') return false;
    at_ += word.size();
    return true;
  }

  static Node Simplified(Node node) {
    if (node.children.size() > 1) return node;
    Node only = std::move(node.children.front());
    return only;
  }

  absl::Status Wrong(size_t at, std::string why) const {
    const size_t position = CharacterCount(text_.substr(0, at)) + 1;
    return Error(ErrorReason::FILTER_INVALID,
                 {{"position", std::to_string(position)}, {"why", std::move(why)}});
  }

  std::string_view text_;
  const std::vector<Field>& fields_;
  size_t at_ = 0;
  int comparisons_ = 0;
};

absl::Status Unfit(const char* why) { return absl::InvalidArgumentError(why); }

absl::StatusOr<db::Value> ParseInt(std::string_view text) {
  int64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size()) return Unfit("a whole number is expected");
  return db::Value(number);
}

absl::StatusOr<db::Value> ParseEnum(const google::protobuf::EnumDescriptor& type, std::string_view text) {
  const auto* value = type.FindValueByName(std::string(text));
  if (value == nullptr) {
    return absl::InvalidArgumentError("a value of " + type.name() + " is expected");
  }
  return db::Value(value->number());
}

const char* SqlOperator(Operator op) {
  switch (op) {
    case Operator::kNotEqual:
      return " <> ?";
    case Operator::kLess:
      return " < ?";
    case Operator::kLessEqual:
      return " <= ?";
    case Operator::kGreater:
      return " > ?";
    case Operator::kGreaterEqual:
      return " >= ?";
    default:
      return " = ?";
  }
}

Operator Opposite(Operator op) {
  switch (op) {
    case Operator::kEqual:
      return Operator::kNotEqual;
    case Operator::kNotEqual:
      return Operator::kEqual;
    case Operator::kLess:
      return Operator::kGreaterEqual;
    case Operator::kLessEqual:
      return Operator::kGreater;
    case Operator::kGreater:
      return Operator::kLessEqual;
    case Operator::kGreaterEqual:
      return Operator::kLess;
    default:
      return op;
  }
}

// What the column holds when a field that is never NULL was not set.
std::optional<db::Value> Unset(Field::Kind kind) {
  switch (kind) {
    case Field::Kind::kString:
      return db::Value("");
    case Field::Kind::kInt:
    case Field::Kind::kBool:
    case Field::Kind::kEnum:
      return db::Value(0);
    default:
      return std::nullopt;
  }
}

Condition PresenceToSql(const Field& field, bool negated) {
  const std::optional<db::Value> unset = Unset(field.kind);
  if (!unset.has_value()) return {field.column + (negated ? " IS NULL" : " IS NOT NULL"), {}};
  if (negated) return {"(" + field.column + " = ? OR " + field.column + " IS NULL)", {*unset}};
  return {field.column + " <> ?", {*unset}};
}

// SQL's NULL is neither true nor false, a filter's comparison is one of the two: an absent value equals
// nothing. So negation is pushed down to the comparisons, and a negated one takes in the rows without a
// value.
Condition ComparisonToSql(const Node& node, bool negated) {
  const std::string& column = node.field.column;
  if (node.op == Operator::kPresent) return PresenceToSql(node.field, negated);
  if (node.op == Operator::kContains) {
    if (!negated) return {"INSTR(" + column + ", ?) > 0", {node.value}};
    return {"(INSTR(" + column + ", ?) = 0 OR " + column + " IS NULL)", {node.value}};
  }
  const bool differs = (node.op == Operator::kNotEqual) != negated && node.op <= Operator::kNotEqual;
  if (node.value.is_null()) return {column + (differs ? " IS NOT NULL" : " IS NULL"), {}};
  const std::string sql = column + SqlOperator(negated ? Opposite(node.op) : node.op);
  const bool takes_null = node.op <= Operator::kNotEqual ? differs : negated;
  if (!takes_null) return {sql, {node.value}};
  return {"(" + sql + " OR " + column + " IS NULL)", {node.value}};
}

bool MatchesComparison(const Node& node, const Message& message) {
  const db::Value value = ValueIn(message, node.field);
  if (node.op == Operator::kPresent) {
    const std::optional<db::Value> unset = Unset(node.field.kind);
    return !value.is_null() && (!unset.has_value() || Compare(value, *unset) != 0);
  }
  if (node.op == Operator::kContains) {
    const auto* text = std::get_if<std::string>(&value.variant());
    return text != nullptr && text->find(std::get<std::string>(node.value.variant())) != std::string::npos;
  }
  if (value.is_null() || node.value.is_null()) {
    const bool equal = value.is_null() && node.value.is_null();
    return node.op == Operator::kNotEqual ? !equal : node.op == Operator::kEqual && equal;
  }
  const int order = Compare(value, node.value);
  switch (node.op) {
    case Operator::kEqual:
      return order == 0;
    case Operator::kNotEqual:
      return order != 0;
    case Operator::kLess:
      return order < 0;
    case Operator::kLessEqual:
      return order <= 0;
    case Operator::kGreater:
      return order > 0;
    default:
      return order >= 0;
  }
}

}  // namespace

bool IsComparable(Field::Kind kind, Operator op) {
  switch (op) {
    case Operator::kEqual:
    case Operator::kNotEqual:
    case Operator::kPresent:
      return true;
    case Operator::kContains:
      return kind == Field::Kind::kString;
    default:
      return kind != Field::Kind::kBool && kind != Field::Kind::kEnum && kind != Field::Kind::kReference;
  }
}

absl::StatusOr<db::Value> ParseLiteral(const Field& field, std::string_view text) {
  switch (field.kind) {
    case Field::Kind::kString:
      return db::Value(text);
    case Field::Kind::kInt:
      return ParseInt(text);
    case Field::Kind::kBool:
      if (text == "true") return db::Value(true);
      if (text == "false") return db::Value(false);
      return Unfit("true or false is expected");
    case Field::Kind::kEnum:
      return ParseEnum(*field.enum_type, text);
    case Field::Kind::kTime:
      if (const auto time = ParseTime(text); time.ok()) return db::Value(*time);
      return Unfit("a time such as 2026-03-09T08:00:00Z is expected");
    case Field::Kind::kDate:
      if (const auto date = ParseDate(text); date.ok()) return db::Value(*date);
      return Unfit("a date such as 2026-03-09 is expected");
    case Field::Kind::kReference:
      if (text.empty()) return db::Value();
      if (auto value = field.to_column(text); value.ok()) return value;
      return Unfit("a resource name is expected");
  }
  return Unfit("a value is expected");
}

Condition ToSql(const Node& node, bool negated) {
  if (node.kind == Node::Kind::kCompare) return ComparisonToSql(node, negated);
  if (node.kind == Node::Kind::kNot) return ToSql(node.children.front(), !negated);
  const bool all = (node.kind == Node::Kind::kAnd) != negated;
  Condition joined;
  for (const Node& child : node.children) {
    Condition condition = ToSql(child, negated);
    joined.sql += (joined.sql.empty() ? "(" : all ? " AND " : " OR ") + condition.sql;
    std::ranges::move(condition.params, std::back_inserter(joined.params));
  }
  joined.sql += ")";
  return joined;
}

bool Matches(const Node& node, const Message& message) {
  const auto matches = [&](const Node& child) { return Matches(child, message); };
  switch (node.kind) {
    case Node::Kind::kAnd:
      return std::ranges::all_of(node.children, matches);
    case Node::Kind::kOr:
      return std::ranges::any_of(node.children, matches);
    case Node::Kind::kNot:
      return !matches(node.children.front());
    case Node::Kind::kCompare:
      break;
  }
  return MatchesComparison(node, message);
}

absl::StatusOr<Filter> Filter::Parse(std::string_view text, const std::vector<Field>& fields) {
  auto root = Parser(text, fields).Run();
  if (!root.ok()) return root.status();
  Filter filter;
  filter.root_ = *std::move(root);
  return filter;
}

Condition Filter::ToSql() const {
  return root_ == nullptr ? Condition() : query::ToSql(*root_, /*negated=*/false);
}

bool Filter::Matches(const Message& message) const {
  return root_ == nullptr || query::Matches(*root_, message);
}

}  // namespace inspectorate::query
