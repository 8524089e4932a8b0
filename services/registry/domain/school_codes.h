// The numbers that the state gives to schools: what can be told from the number alone.
#pragma once

#include <string>
#include <string_view>

namespace inspectorate::registry {

// As SchoolKind of the contract; a test compares them.
enum class Kind {
  kUnspecified = 0,
  kKindergarten = 1,
  kPrimary = 2,
  kJunior = 3,
  kNineYear = 4,
  kComplete = 5,
  kSenior = 6,
  kTwelveYear = 7,
  kVocational = 8,
  kSpecial = 9,
  kTeachingPoint = 10,
};

enum class CodeFault {
  kNone,
  kShape,     // not ten digits of a known class
  kClass,     // another kind of school has such codes
  kProvince,  // of another province
};

// 学校(机构)标识码: AA class of the school, BB province, CCCCCC serial. It has no check digit. `province` is
// two digits, empty where the office's is not known.
CodeFault CheckIdentCode(std::string_view code, Kind kind, std::string_view province);

// The first two digits that codes of this kind have, "21 22"; for messages.
std::string ClassesOf(Kind kind);

// 统一社会信用代码 (GB 32100-2015): eighteen characters, the last a check on the others.
bool IsCreditCode(std::string_view code);

// The check character of the first seventeen; 0 when one of them is not of the alphabet or there are not
// seventeen.
char CreditCheck(std::string_view seventeen);

}  // namespace inspectorate::registry
