// What a plaque says, made of dated facts, and from which day on a board that hangs is wrong.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "common/base/period.h"
#include "common/base/uuid.h"

namespace inspectorate::registry {

struct PlaquePerson {
  Uuid inspector{};
  std::string name{};
  std::string work_number{};
  std::string phone{};
  Uuid portrait{};                // zero: none
  std::string portrait_sha256{};  // what it looks like
  bool assisting = false;

  bool operator==(const PlaquePerson&) const = default;
};

struct PlaqueText {
  std::string school_name{};
  bool kindergarten = false;
  std::vector<PlaquePerson> people{};                          // the responsible one first
  std::vector<std::pair<std::string, std::string>> matters{};  // code, title
  std::string supervision_phone{};
  std::string issuer{};
  // Of the school on that day; no part of the board.
  bool operating = true;
  // Who is assigned on that day, with effect or without; no part of the board.
  std::set<Uuid> assigned{};
};

// The facts, each with its time where the registry keeps one; the others as they are now.
struct PlaqueSources {
  struct Assignment {
    Uuid inspector;
    bool assisting = false;
    Period valid;
  };
  struct DatedText {
    std::string key;
    std::string text;
    Period valid;
  };

  std::string school_name{};
  int kind = 0;  // number of inspectorate.registry.v1.SchoolKind
  bool kindergarten = false;
  bool operating = true;
  std::optional<Date> first_day{};  // of the school
  std::optional<Date> last_day{};
  // On the days on which they have effect (decision record 0032).
  std::vector<Assignment> assignments{};
  // As recorded: whoever is in them and not above is assigned without effect.
  std::vector<Assignment> recorded{};
  std::map<Uuid, PlaquePerson> people{};
  std::vector<DatedText> matters{};  // of the school's kind, in order
  std::vector<DatedText> supervision_phones{};
  std::string issuer{};
};

PlaqueText TextOn(const PlaqueSources& sources, Date day);

// What the rules ask of a plaque (R27: name, photo, contact, matters or duties) and this text has not, in
// words.
std::vector<std::string> Lacking(const PlaqueText& text);

// Numbers of inspectorate.registry.v1.PlaqueStaleCause.
enum class StaleCause {
  kInspectorChanged = 1,
  kInspectorRenamed = 2,
  kContactChanged = 3,
  kPortraitChanged = 4,
  kSchoolRenamed = 5,
  kNotOperating = 6,
  kOfficeChanged = 7,
  kMattersChanged = 8,
  kInspectorMayNotAct = 9,  // still assigned: a term has run out, a certificate lapsed
};
inline constexpr int kStaleCauses = 9;

// The gravest way in which a board that says `board` is wrong where `now` holds; nothing: it is right.
std::optional<StaleCause> DifferenceOf(const PlaqueText& board, const PlaqueText& now);

struct Staleness {
  Date from;
  StaleCause cause;
};
// The first day from `today` on on which the board is wrong, as far as the facts say.
std::optional<Staleness> StaleFrom(const PlaqueText& board, const PlaqueSources& sources, Date today);

// "责任督学变更 (other inspectors)".
std::string_view NameOf(StaleCause cause);

}  // namespace inspectorate::registry
