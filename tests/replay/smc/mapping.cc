#include "tests/replay/smc/mapping.h"

#include <algorithm>
#include <array>
#include <cctype>

#include "absl/strings/ascii.h"

namespace inspectorate::smc {
namespace {

constexpr int kFollowUp = 3;
constexpr int kCured = 2;
constexpr int kClosedDown = 3;
constexpr size_t kItemLetters = 20;

constexpr std::array kReasons = {"other", "initial", "routine", "follow-up", "complaint", "investigation"};
constexpr std::array kResults = {"n/a", "pass", "conditional pass", "closed"};
constexpr std::array kKindergartens = {"PRESCHOOL",  "PRE-SCHOOL", "PRE SCHOOL", "KINDERGARTEN", "CHILD",
                                       "HEAD START", "MONTESSORI", "DAY CARE",   "DAYCARE",      "NURSERY"};

bool Mentions(std::string_view name, std::string_view word) {
  return name.find(word) != std::string_view::npos;
}

template <size_t N>
std::string Named(const std::array<const char*, N>& names, int code) {
  const std::string number = std::to_string(code);
  return code >= 0 && static_cast<size_t>(code) < N ? number + " " + names[static_cast<size_t>(code)]
                                                    : number;
}

// How many characters of a number of the form there are in front: "07. ", "01b. ".
size_t FormNumber(std::string_view text) {
  size_t end = 0;
  while (end < text.size() && absl::ascii_isdigit(static_cast<unsigned char>(text[end]))) ++end;
  if (end == 0) return 0;
  if (end < text.size() && absl::ascii_islower(static_cast<unsigned char>(text[end]))) ++end;
  return end < text.size() && text[end] == '.' ? end : 0;
}

// The platform takes no control characters. A ½ that was stored as Latin-1 over and over left some (U+0080 to
// U+009F) in one record; they become U+FFFD.
std::string WithoutControls(std::string_view text) {
  std::string clean;
  for (size_t i = 0; i < text.size(); ++i) {
    const bool control =
        text[i] == '\xC2' && i + 1 < text.size() && static_cast<unsigned char>(text[i + 1]) < 0xA0;
    clean += control ? "\uFFFD" : std::string(1, text[i]);
    if (control) ++i;
  }
  return clean;
}

// Some descriptions are quoted once more inside the field.
std::string_view Unquoted(std::string_view text) {
  while (!text.empty() && text.front() == '"') text.remove_prefix(1);
  return text;
}

}  // namespace

std::string TownOf(const Place& place) {
  return absl::AsciiStrToUpper(absl::StripAsciiWhitespace(place.city));
}

std::string TitleCase(std::string_view upper) {
  std::string text = absl::AsciiStrToLower(std::string(upper));
  bool begin = true;
  for (char& c : text) {
    if (begin) c = absl::ascii_toupper(static_cast<unsigned char>(c));
    begin = c == ' ' || c == '-' || c == '/';
  }
  return text;
}

bool IsKindergarten(std::string_view given) {
  const std::string name = absl::AsciiStrToUpper(std::string(given));
  return std::any_of(kKindergartens.begin(), kKindergartens.end(),
                     [&](const char* word) { return Mentions(name, word); });
}

std::string KindOf(std::string_view given) {
  const std::string name = absl::AsciiStrToUpper(std::string(given));
  if (IsKindergarten(name)) return "幼儿园";
  if (Mentions(name, "HIGH SCHOOL") || name.ends_with(" HIGH")) return "高级中学";
  if (Mentions(name, "MIDDLE") || Mentions(name, "INTERMEDIATE")) return "初级中学";
  if (Mentions(name, "ELEM")) return "小学";
  if (Mentions(name, "SCHOOL") || Mentions(name, "ACADEMY")) return "九年一贯制学校";
  return "教学点";
}

std::string MatterOf(std::string_view name) { return IsKindergarten(name) ? "K01" : "B07"; }

visits::v1::VisitType TypeOf(const Inspection& inspection) {
  return inspection.reason == kFollowUp ? visits::v1::LOOK_BACK_VISIT : visits::v1::ROUTINE;
}

visits::v1::Judgement JudgementOf(const Inspection& inspection) {
  switch (inspection.result) {
    case 1:
      return visits::v1::ADEQUATE;
    case 2:
    case kClosedDown:
      return visits::v1::WEAK;
    default:
      return visits::v1::NOT_JUDGED;
  }
}

std::string NoteOf(const Inspection& inspection) {
  std::string note = inspection.key + ": reason " + Named(kReasons, inspection.reason);
  if (!inspection.reason_other.empty()) note += " (" + inspection.reason_other + ")";
  note += "; result " + Named(kResults, inspection.result);
  if (inspection.score) note += "; score " + std::to_string(*inspection.score);
  if (!inspection.name.empty()) note += "; named then: " + inspection.name;
  return note;
}

visits::v1::Severity SeverityOf(const Violation& violation) {
  switch (violation.degree) {
    case 1:
      return visits::v1::MINOR;
    case 2:
      return visits::v1::GENERAL;
    case 3:
      return visits::v1::SERIOUS;
    default:
      return visits::v1::SEVERITY_UNSPECIFIED;
  }
}

issues::v1::Severity TriagedAs(const Violation& violation) {
  const visits::v1::Severity found = SeverityOf(violation);
  return found == visits::v1::SEVERITY_UNSPECIFIED ? issues::v1::MINOR
                                                   : static_cast<issues::v1::Severity>(found);
}

bool CuredOnTheSpot(const Violation& violation) { return violation.status == kCured; }

bool ClosesOnTheSpot(const Violation& violation) {
  return CuredOnTheSpot(violation) && TriagedAs(violation) == issues::v1::MINOR;
}

std::string FactOf(const Violation& violation) {
  if (violation.description.empty()) return "(no description in the record)";
  return WithoutControls(violation.description);
}

std::string BasisOf(const Violation& violation) {
  const std::string_view text = Unquoted(violation.description);
  const size_t number = FormNumber(text);
  return number == 0 ? "" : "检查表第" + std::string(text.substr(0, number)) + "项";
}

std::string ItemOf(std::string_view description) {
  std::string_view text = Unquoted(description);
  text.remove_prefix(FormNumber(text));
  std::string item;
  for (const char c : text) {
    if (item.size() == kItemLetters) break;
    if (absl::ascii_isalpha(static_cast<unsigned char>(c)))
      item += absl::ascii_tolower(static_cast<unsigned char>(c));
  }
  return item;
}

bool FollowsUp(const Inspection& inspection, Date found) {
  return inspection.reason == kFollowUp && inspection.date > found &&
         inspection.date - found <= kFollowUpWindow;
}

bool FoundAgain(const Inspection& inspection, std::string_view fact) {
  const std::string item = ItemOf(fact);
  return std::any_of(inspection.violations.begin(), inspection.violations.end(),
                     [&](const Violation& violation) { return ItemOf(FactOf(violation)) == item; });
}

}  // namespace inspectorate::smc
