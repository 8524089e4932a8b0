#include "services/registry/domain/school_codes.h"

#include <algorithm>
#include <array>
#include <cstddef>

namespace inspectorate::registry {
namespace {

// 31 characters: letters that look like digits or each other (I O S V Z) are left out.
constexpr std::string_view kAlphabet = "0123456789ABCDEFGHJKLMNPQRTUWXY";
constexpr size_t kCreditDigits = 17;

constexpr std::array<std::string_view, 16> kClasses = {"11", "21", "22", "31", "32", "33", "34", "35",
                                                       "36", "37", "41", "42", "51", "91", "92", "93"};

// 九年一贯制 belongs to the classes of junior schools, 完全中学 and 十二年一贯制 to those of senior ones;
// 专门学校 (37) are junior schools here.
std::string_view Allowed(Kind kind) {
  switch (kind) {
    case Kind::kKindergarten:
      return "11";
    case Kind::kPrimary:
      return "21 22";
    case Kind::kTeachingPoint:
      return "21";
    case Kind::kJunior:
      return "31 32 33 37";
    case Kind::kNineYear:
      return "31";
    case Kind::kComplete:
    case Kind::kTwelveYear:
      return "34";
    case Kind::kSenior:
      return "34 35";
    case Kind::kVocational:
      return "36";
    case Kind::kSpecial:
      return "51";
    case Kind::kUnspecified:
      return "";
  }
  return "";
}

bool IsDigit(char c) { return c >= '0' && c <= '9'; }

}  // namespace

std::string ClassesOf(Kind kind) { return std::string(Allowed(kind)); }

CodeFault CheckIdentCode(std::string_view code, Kind kind, std::string_view province) {
  if (code.size() != 10 || !std::ranges::all_of(code, IsDigit)) return CodeFault::kShape;
  const std::string_view school_class = code.substr(0, 2);
  if (std::ranges::find(kClasses, school_class) == kClasses.end()) return CodeFault::kShape;
  if (Allowed(kind).find(school_class) == std::string_view::npos) return CodeFault::kClass;
  if (!province.empty() && code.substr(2, 2) != province) return CodeFault::kProvince;
  return CodeFault::kNone;
}

char CreditCheck(std::string_view seventeen) {
  if (seventeen.size() != kCreditDigits) return 0;
  size_t sum = 0;
  size_t weight = 1;  // 3^i mod 31
  for (const char c : seventeen) {
    const size_t value = kAlphabet.find(c);
    if (value == std::string_view::npos) return 0;
    sum += value * weight;
    weight = weight * 3 % kAlphabet.size();
  }
  // The outer remainder: a sum of a multiple of 31 gives 0, not the 31 that has no character.
  return kAlphabet[(kAlphabet.size() - sum % kAlphabet.size()) % kAlphabet.size()];
}

bool IsCreditCode(std::string_view code) {
  if (code.size() != kCreditDigits + 1) return false;
  // The division in the middle is six digits.
  if (!std::ranges::all_of(code.substr(2, 6), IsDigit)) return false;
  const char check = CreditCheck(code.substr(0, kCreditDigits));
  return check != 0 && check == code.back();
}

}  // namespace inspectorate::registry
