// The test of the tests: tests/robustness compiles some files a second time with INSPECTORATE_SABOTAGE, where
// the cure of a known trap can be broken by name at run time, and shows that its checkers notice. Everywhere
// else the macro is false and what depends on it is not there.
#pragma once

#ifdef INSPECTORATE_SABOTAGE
#include <cstdint>
#include <string_view>
namespace inspectorate::sabotage {
// Is this the cure that $INSPECTORATE_SABOTAGE names?
bool Broken(std::string_view cure);
// Numbers as AUTO_INCREMENT gives them: greater than `last` and all before, and never taken back.
uint64_t AutoIncrement(std::string_view sequence, uint64_t last);
}  // namespace inspectorate::sabotage
#define INSPECTORATE_BROKEN(cure) ::inspectorate::sabotage::Broken(cure)
#define INSPECTORATE_NEXT_NUMBER(sequence, last) ::inspectorate::sabotage::AutoIncrement(sequence, last)
#else
#define INSPECTORATE_BROKEN(cure) false
#define INSPECTORATE_NEXT_NUMBER(sequence, last) ((last) + 1)
#endif
