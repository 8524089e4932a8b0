#include "services/registry/domain/school_codes.h"

#include <gtest/gtest.h>

#include <map>
#include <set>
#include <string>

#include "inspectorate/registry/v1/school.pb.h"

namespace inspectorate::registry {
namespace {

constexpr std::string_view kAlphabet = "0123456789ABCDEFGHJKLMNPQRTUWXY";

TEST(IdentCode, KindsAreThoseOfTheContract) {
  const std::map<Kind, v1::SchoolKind> same = {{Kind::kUnspecified, v1::SCHOOL_KIND_UNSPECIFIED},
                                               {Kind::kKindergarten, v1::KINDERGARTEN},
                                               {Kind::kPrimary, v1::PRIMARY},
                                               {Kind::kJunior, v1::JUNIOR},
                                               {Kind::kNineYear, v1::NINE_YEAR},
                                               {Kind::kComplete, v1::COMPLETE},
                                               {Kind::kSenior, v1::SENIOR},
                                               {Kind::kTwelveYear, v1::TWELVE_YEAR},
                                               {Kind::kVocational, v1::VOCATIONAL},
                                               {Kind::kSpecial, v1::SPECIAL},
                                               {Kind::kTeachingPoint, v1::TEACHING_POINT}};
  EXPECT_EQ(same.size(), static_cast<size_t>(v1::SchoolKind_descriptor()->value_count()));
  for (const auto& [kind, value] : same) EXPECT_EQ(static_cast<int>(kind), static_cast<int>(value));
}

// Every class of two digits, every kind.
TEST(IdentCode, AKindHasTheClassesOfItsSchoolsAndNoOthers) {
  const std::set<std::string> known = {"11", "21", "22", "31", "32", "33", "34", "35",
                                       "36", "37", "41", "42", "51", "91", "92", "93"};
  const std::map<Kind, std::set<std::string>> allowed = {
      {Kind::kUnspecified, {}},       {Kind::kKindergarten, {"11"}},
      {Kind::kPrimary, {"21", "22"}}, {Kind::kJunior, {"31", "32", "33", "37"}},
      {Kind::kNineYear, {"31"}},      {Kind::kComplete, {"34"}},
      {Kind::kSenior, {"34", "35"}},  {Kind::kTwelveYear, {"34"}},
      {Kind::kVocational, {"36"}},    {Kind::kSpecial, {"51"}},
      {Kind::kTeachingPoint, {"21"}}};
  for (const auto& [kind, classes] : allowed) {
    for (int n = 0; n < 100; ++n) {
      const std::string aa = {static_cast<char>('0' + n / 10), static_cast<char>('0' + n % 10)};
      const CodeFault wanted = !known.contains(aa)     ? CodeFault::kShape
                               : !classes.contains(aa) ? CodeFault::kClass
                                                       : CodeFault::kNone;
      EXPECT_EQ(CheckIdentCode(aa + "37990002", kind, "37"), wanted) << aa << " " << static_cast<int>(kind);
    }
  }
}

TEST(IdentCode, IsOfTheProvinceOfItsOffice) {
  EXPECT_EQ(CheckIdentCode("2137990002", Kind::kPrimary, "37"), CodeFault::kNone);
  EXPECT_EQ(CheckIdentCode("2136990002", Kind::kPrimary, "37"), CodeFault::kProvince);
  EXPECT_EQ(CheckIdentCode("2136990002", Kind::kPrimary, ""), CodeFault::kNone);
}

TEST(IdentCode, IsTenDigits) {
  for (const char* code :
       {"", "213799000", "21379900020", "213799000a", "２１37990002", "21 7990002", "-137990002"}) {
    EXPECT_EQ(CheckIdentCode(code, Kind::kPrimary, "37"), CodeFault::kShape) << code;
  }
}

// Codes of real organisations, from public registers.
TEST(CreditCode, RealOnesPass) {
  for (const char* code : {"91350100M000100Y43", "91110000101623741K", "911101066976941872"}) {
    EXPECT_TRUE(IsCreditCode(code)) << code;
  }
}

// A check digit of base 31 with weights prime to 31 finds each single mistake, and each swap of neighbours.
TEST(CreditCode, EverySingleMistakeIsFound) {
  const std::string good = "91350100M000100Y43";
  for (size_t i = 0; i < good.size(); ++i) {
    for (const char c : kAlphabet) {
      std::string wrong = good;
      wrong[i] = c;
      EXPECT_EQ(IsCreditCode(wrong), wrong == good) << wrong;
    }
  }
  for (size_t i = 0; i + 1 < good.size(); ++i) {
    std::string swapped = good;
    std::swap(swapped[i], swapped[i + 1]);
    EXPECT_EQ(IsCreditCode(swapped), swapped == good) << swapped;
  }
}

// The sum may be a multiple of 31: the check is then 0, and not the character after the last.
TEST(CreditCode, EveryCheckCharacterOccurs) {
  std::set<char> seen;
  std::string body = "12371603000000000";
  for (const char a : kAlphabet) {
    body[16] = a;
    const char check = CreditCheck(body);
    EXPECT_NE(kAlphabet.find(check), std::string_view::npos);
    EXPECT_TRUE(IsCreditCode(body + check));
    seen.insert(check);
  }
  EXPECT_EQ(seen.size(), kAlphabet.size());
  EXPECT_TRUE(seen.contains('0'));
  EXPECT_EQ(CreditCheck("00000000000000000"), '0');
}

TEST(CreditCode, IsEighteenOfItsAlphabet) {
  for (const char* code : {"", "91350100M000100Y4", "91350100M000100Y433", "91350100m000100Y43",
                           "91350100I000100Y43", "9135O100M000100Y43", "91350100M000100Y4\xe4"}) {
    EXPECT_FALSE(IsCreditCode(code)) << code;
  }
  for (const char c : {'I', 'O', 'S', 'V', 'Z', 'a', ' '}) {
    EXPECT_EQ(CreditCheck(std::string(16, '1') + c), 0) << c;
  }
}

}  // namespace
}  // namespace inspectorate::registry
