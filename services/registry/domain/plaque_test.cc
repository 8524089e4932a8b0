#include "services/registry/domain/plaque.h"

#include <gtest/gtest.h>

#include <map>
#include <string>
#include <utility>

#include "common/base/refusal.h"
#include "inspectorate/registry/v1/plaque.pb.h"
#include "services/registry/domain/photo_format.h"
#include "services/registry/domain/plaque_text.h"

namespace inspectorate::registry {
namespace {

using S = PlaqueLife;
using E = PlaqueEvent;
using std::chrono::days;

const Date kDay = MakeDate(2026, 3, 9);

std::string ReasonOf(const absl::StatusOr<S>& next) {
  const auto refusal = RefusalOf(next.status());
  return refusal ? refusal->reason : "";
}

PlaqueFacts Favourable() {
  return {.today = kDay, .day = kDay, .stale_from = {}, .actor = "inspectors/a", .mounted_by = "staff/b"};
}

// The machine of domain 4.10, written down a second time; every pair that is not here is denied.
const std::map<std::pair<S, E>, S> kLife = {
    {{S::kDraft, E::kApprove}, S::kApproved},    {{S::kApproved, E::kMake}, S::kMade},
    {{S::kMade, E::kMount}, S::kMounted},        {{S::kMounted, E::kVerify}, S::kVerified},
    {{S::kApproved, E::kOutdate}, S::kStale},    {{S::kMade, E::kOutdate}, S::kStale},
    {{S::kMounted, E::kOutdate}, S::kStale},     {{S::kVerified, E::kOutdate}, S::kStale},
    {{S::kApproved, E::kReplace}, S::kReplaced}, {{S::kMade, E::kReplace}, S::kReplaced},
    {{S::kMounted, E::kReplace}, S::kReplaced},  {{S::kVerified, E::kReplace}, S::kReplaced},
    {{S::kStale, E::kReplace}, S::kReplaced},
};

bool ByAPerson(E event) { return event != E::kOutdate && event != E::kReplace; }

TEST(PlaqueLife, EveryPairOfStateAndEventIsAStepOrARefusal) {
  for (const S state : kAllPlaqueLives) {
    for (const E event : kAllPlaqueEvents) {
      SCOPED_TRACE(std::string(NameOf(state)) + " / " + std::string(NameOf(event)));
      const auto next = NextPlaque(state, event, Favourable());
      const auto expected = kLife.find({state, event});
      if (expected == kLife.end()) {
        EXPECT_EQ(ReasonOf(next), "STATE_TRANSITION_DENIED");
        EXPECT_EQ(RefusalOf(next.status())->variables.at("state"), NameOf(state));
        EXPECT_EQ(RefusalOf(next.status())->variables.at("event"), NameOf(event));
      } else {
        ASSERT_TRUE(next.ok()) << next.status();
        EXPECT_EQ(*next, expected->second);
      }
    }
  }
}

// Once the day has come on which the board is wrong, it is as if it were recorded as stale.
TEST(PlaqueLife, WhatIsWrongFromTodayOnGoesNoFurther) {
  for (const S state : kAllPlaqueLives) {
    for (const E event : kAllPlaqueEvents) {
      if (!ByAPerson(event)) continue;
      SCOPED_TRACE(std::string(NameOf(state)) + " / " + std::string(NameOf(event)));
      for (const int after : {-30, 0, 1}) {
        PlaqueFacts facts = Favourable();
        facts.stale_from = kDay + days(after);
        const bool may = kLife.contains({state, event}) && (after > 0 || state == S::kDraft);
        EXPECT_EQ(NextPlaque(state, event, facts).ok(), may) << after;
      }
    }
  }
}

TEST(PlaqueLife, NothingIsDoneTomorrow) {
  for (const auto& [step, to] : kLife) {
    PlaqueFacts facts = Favourable();
    facts.day = kDay + days(1);
    const auto next = NextPlaque(step.first, step.second, facts);
    EXPECT_EQ(ReasonOf(next), ByAPerson(step.second) ? "OCCUR_TIME_IN_FUTURE" : "") << NameOf(step.second);
    facts.day = kDay - days(30);
    EXPECT_TRUE(NextPlaque(step.first, step.second, facts).ok()) << NameOf(step.second);
  }
}

TEST(PlaqueLife, WhoMountedDoesNotVerify) {
  for (const auto& [step, to] : kLife) {
    PlaqueFacts facts = Favourable();
    facts.mounted_by = facts.actor;
    EXPECT_EQ(ReasonOf(NextPlaque(step.first, step.second, facts)),
              step.second == E::kVerify ? "SECOND_PERSON_REQUIRED" : "")
        << NameOf(step.second);
  }
}

TEST(PlaqueLife, WhereItStoodOnADay) {
  const PlaqueDays life = {.approved = kDay,
                           .made = kDay + days(1),
                           .mounted = kDay + days(2),
                           .verified = kDay + days(4),
                           .stale_from = kDay + days(10),
                           .replaced = kDay + days(20)};
  EXPECT_EQ(LifeOn(life, kDay - days(1)), std::nullopt);
  EXPECT_EQ(LifeOn(life, kDay), S::kApproved);
  EXPECT_EQ(LifeOn(life, kDay + days(1)), S::kMade);
  EXPECT_EQ(LifeOn(life, kDay + days(3)), S::kMounted);
  EXPECT_EQ(LifeOn(life, kDay + days(4)), S::kVerified);
  EXPECT_EQ(LifeOn(life, kDay + days(9)), S::kVerified);
  EXPECT_EQ(LifeOn(life, kDay + days(10)), S::kStale);
  EXPECT_EQ(LifeOn(life, kDay + days(20)), S::kReplaced);
}

// A life that came as far as `state`, a day a step.
PlaqueRecord Came(PlaqueLife state) {
  PlaqueRecord record{
      .state = state, .days = {}, .approved_by = "甲", .mounted_by = "乙", .verified_by = "丙"};
  record.days = {.approved = kDay - 6 * days(1),
                 .made = kDay - 5 * days(1),
                 .mounted = kDay - 4 * days(1),
                 .verified = kDay - 3 * days(1),
                 .stale_from = {},
                 .replaced = {}};
  if (state == PlaqueLife::kStale) record.days.stale_from = kDay;
  if (state == PlaqueLife::kReplaced) record.days.replaced = kDay;
  if (state < PlaqueLife::kVerified) record.days.verified = {}, record.verified_by = "";
  if (state < PlaqueLife::kMounted) record.days.mounted = {}, record.mounted_by = "";
  if (state < PlaqueLife::kMade) record.days.made = {};
  if (state < PlaqueLife::kApproved) record.days.approved = {}, record.approved_by = "";
  return record;
}

std::string FaultIn(const PlaqueRecord& record) {
  const auto fault = FaultOf(record, kDay);
  if (!fault) return "";
  EXPECT_FALSE(fault->zh.empty() || fault->en.empty()) << fault->field;
  return fault->field;
}

TEST(PlaqueRecords, EveryStateHasALifeThatEndsInItAndNoOther) {
  for (const PlaqueLife came : kAllPlaqueLives) {
    for (const PlaqueLife said : kAllPlaqueLives) {
      PlaqueRecord record = Came(came);
      record.state = said;
      // What has become wrong stands as it was until the round has looked at it.
      const bool unseen = came == PlaqueLife::kStale && said == PlaqueLife::kVerified;
      EXPECT_EQ(FaultIn(record).empty(), came == said || unseen)
          << NameOf(came) << " said to be " << NameOf(said);
    }
  }
}

TEST(PlaqueRecords, StepsFollowEachOtherAndAreNotToCome) {
  const auto faulty = [](PlaqueLife state, auto change) {
    PlaqueRecord record = Came(state);
    change(record);
    return FaultIn(record);
  };
  using R = PlaqueRecord&;
  const PlaqueLife verified = PlaqueLife::kVerified, replaced = PlaqueLife::kReplaced;
  EXPECT_EQ(faulty(verified, [](R r) { r.days.made = {}; }), "made_date");
  EXPECT_EQ(faulty(verified, [](R r) { r.days.approved = {}; }), "approve_date");
  EXPECT_EQ(faulty(verified, [](R r) { r.days.mounted = *r.days.made - days(1); }), "mounted_date");
  EXPECT_EQ(faulty(verified, [](R r) { r.days.verified = kDay + days(1); }), "verified_date");
  EXPECT_EQ(faulty(verified, [](R r) { r.days.verified = kDay; }), "");
  EXPECT_EQ(faulty(verified, [](R r) { r.days.replaced = kDay; }), "replaced_date");
  EXPECT_EQ(faulty(replaced, [](R r) { r.days.replaced = kDay + days(1); }), "replaced_date");
  EXPECT_EQ(faulty(PlaqueLife::kStale, [](R r) { r.days.stale_from = kDay + days(1); }), "stale_from");
  EXPECT_EQ(faulty(verified, [](R r) { r.days.stale_from = kDay + days(1); }), "") << "it is only foreseen";
  // A board may go before it hangs.
  EXPECT_EQ(faulty(replaced,
                   [](R r) {
                     r.days.mounted = r.days.verified = {};
                     r.mounted_by = r.verified_by = "";
                   }),
            "");
}

TEST(PlaqueRecords, EachStepHasItsPersonAndTwoLookAtABoard) {
  PlaqueRecord record = Came(PlaqueLife::kVerified);
  record.verified_by = record.mounted_by;
  EXPECT_EQ(FaultIn(record), "verified_by");
  for (std::string PlaqueRecord::*person :
       {&PlaqueRecord::approved_by, &PlaqueRecord::mounted_by, &PlaqueRecord::verified_by}) {
    record = Came(PlaqueLife::kVerified);
    record.*person = "";
    EXPECT_NE(FaultIn(record), "");
    record = Came(PlaqueLife::kDraft);
    record.*person = "甲";
    EXPECT_NE(FaultIn(record), "");
  }
}

TEST(PlaqueLife, NumbersAreThoseOfTheContract) {
  for (const S state : kAllPlaqueLives) EXPECT_TRUE(v1::PlaqueState_IsValid(static_cast<int>(state)));
  EXPECT_EQ(v1::PLAQUE_REPLACED, static_cast<int>(S::kReplaced));
  EXPECT_EQ(v1::PLAQUE_STALE, static_cast<int>(S::kStale));
  EXPECT_EQ(v1::PlaqueState_ARRAYSIZE, std::size(kAllPlaqueLives) + 1);
  EXPECT_EQ(v1::PlaqueStaleCause_ARRAYSIZE, kStaleCauses + 1);
  EXPECT_EQ(v1::SCHOOL_NOT_OPERATING, static_cast<int>(StaleCause::kNotOperating));
  EXPECT_EQ(v1::MATTERS_CHANGED, static_cast<int>(StaleCause::kMattersChanged));
  EXPECT_EQ(v1::INSPECTOR_MAY_NOT_ACT, static_cast<int>(StaleCause::kInspectorMayNotAct));
}

// --- the text ---------------------------------------------------------------------------------------------

Uuid Id(int n) { return DerivedUuid(Uuid{}, std::to_string(n)); }

PlaqueSources Sources() {
  PlaqueSources sources;
  sources.school_name = "示例小学";
  sources.issuer = "示例区人民政府教育督导室";
  sources.assignments = {{.inspector = Id(2), .assisting = true, .valid = {kDay - days(100), std::nullopt}},
                         {.inspector = Id(1), .assisting = false, .valid = {kDay - days(100), std::nullopt}}};
  for (int n : {1, 2, 3}) {
    sources.people[Id(n)] = {.inspector = Id(n),
                             .name = "督学" + std::to_string(n),
                             .work_number = "D" + std::to_string(n),
                             .phone = n == 2 ? "" : "0543-555000" + std::to_string(n),
                             .portrait = Id(10 + n),
                             .portrait_sha256 = "hash" + std::to_string(n)};
  }
  sources.matters = {{"B01", "校务管理", {kDay - days(1000), std::nullopt}},
                     {"B02", "招生收费", {kDay - days(1000), std::nullopt}}};
  sources.supervision_phones = {
      {"plaque.supervision_phone", "0543-5550000", {kDay - days(1000), std::nullopt}}};
  return sources;
}

TEST(PlaqueText, HasTheResponsibleInspectorFirstAndTheOfficesNumberWhereThereIsNone) {
  const PlaqueText text = TextOn(Sources(), kDay);
  ASSERT_EQ(text.people.size(), 2U);
  EXPECT_EQ(text.people[0].name, "督学1");
  EXPECT_FALSE(text.people[0].assisting);
  EXPECT_EQ(text.people[0].phone, "0543-5550001");
  EXPECT_EQ(text.people[1].phone, "0543-5550000");
  EXPECT_EQ(text.matters.size(), 2U);
  EXPECT_TRUE(Lacking(text).empty());
  EXPECT_EQ(DifferenceOf(text, text), std::nullopt);
  EXPECT_FALSE(StaleFrom(text, Sources(), kDay));
}

TEST(PlaqueText, SaysWhatIsLacking) {
  PlaqueSources sources = Sources();
  sources.assignments.erase(sources.assignments.begin() + 1);
  sources.people[Id(2)].portrait_sha256 = "";
  sources.matters.clear();
  sources.supervision_phones.clear();
  sources.operating = false;
  EXPECT_EQ(Lacking(TextOn(sources, kDay)).size(), 5U);
}

// Recorded as operating, with a first day to come: the board would stand before the school counts.
TEST(PlaqueText, ASchoolOperatesFromItsFirstDay) {
  PlaqueSources sources = Sources();
  sources.first_day = kDay + std::chrono::days(1);
  EXPECT_EQ(Lacking(TextOn(sources, kDay)).size(), 1U);
  EXPECT_TRUE(Lacking(TextOn(sources, *sources.first_day)).empty());
}

// A board that came from another registry: its portraits stayed there.
TEST(PlaqueText, APortraitThatIsNotHereIsNoOtherFace) {
  PlaqueSources sources = Sources();
  const PlaqueText board = TextOn(sources, kDay);
  for (auto& [id, person] : sources.people) person.portrait_sha256 = "";
  EXPECT_EQ(DifferenceOf(board, TextOn(sources, kDay)), std::nullopt);
  for (auto& [id, person] : sources.people) person.portrait_sha256 = "other";
  EXPECT_EQ(DifferenceOf(board, TextOn(sources, kDay)), StaleCause::kPortraitChanged);
}

// Each cause alone, by the change that brings it about.
TEST(PlaqueText, EachChangeIsNamedByItsCause) {
  const PlaqueText board = TextOn(Sources(), kDay);
  using Change = void (*)(PlaqueSources&);
  const std::map<StaleCause, std::vector<Change>> changes = {
      {StaleCause::kInspectorChanged,
       {[](PlaqueSources& s) { s.assignments[1].inspector = Id(3); },
        [](PlaqueSources& s) { s.assignments[1].valid.to = kDay - days(1); },
        [](PlaqueSources& s) {
          s.assignments.push_back({Id(3), true, {kDay, std::nullopt}});
        },
        [](PlaqueSources& s) { std::swap(s.assignments[0].assisting, s.assignments[1].assisting); }}},
      {StaleCause::kInspectorMayNotAct,
       {[](PlaqueSources& s) {
          s.recorded = s.assignments;
          s.assignments.clear();
        },
        [](PlaqueSources& s) {
          s.recorded = s.assignments;
          s.assignments[1].valid.to = kDay - days(1);
        }}},
      {StaleCause::kInspectorRenamed, {[](PlaqueSources& s) { s.people[Id(1)].name = "督学甲"; }}},
      {StaleCause::kContactChanged,
       {[](PlaqueSources& s) { s.people[Id(1)].phone = "0543-5550009"; },
        [](PlaqueSources& s) { s.people[Id(2)].work_number = "D9"; }}},
      {StaleCause::kPortraitChanged, {[](PlaqueSources& s) { s.people[Id(2)].portrait_sha256 = "other"; }}},
      {StaleCause::kSchoolRenamed, {[](PlaqueSources& s) { s.school_name = "示例第一小学"; }}},
      {StaleCause::kNotOperating,
       {[](PlaqueSources& s) { s.operating = false; },
        [](PlaqueSources& s) { s.last_day = kDay - days(1); }}},
      {StaleCause::kOfficeChanged,
       {[](PlaqueSources& s) { s.issuer = ""; },
        [](PlaqueSources& s) {
          s.supervision_phones.push_back({"", "0543-5559999", {kDay, std::nullopt}});
        }}},
      {StaleCause::kMattersChanged,
       {[](PlaqueSources& s) { s.matters[1].valid.to = kDay - days(1); },
        [](PlaqueSources& s) { s.kindergarten = true; }}}};
  ASSERT_EQ(changes.size(), static_cast<size_t>(kStaleCauses));
  for (const auto& [cause, ways] : changes) {
    for (const Change change : ways) {
      PlaqueSources sources = Sources();
      change(sources);
      const auto staleness = StaleFrom(board, sources, kDay);
      ASSERT_TRUE(staleness) << NameOf(cause);
      EXPECT_EQ(staleness->from, kDay) << NameOf(cause);
      EXPECT_EQ(staleness->cause, cause) << NameOf(cause);
    }
  }
}

TEST(PlaqueText, WhatIsKnownToChangeIsKnownAhead) {
  const PlaqueText board = TextOn(Sources(), kDay);
  PlaqueSources sources = Sources();
  sources.assignments[1].valid.to = kDay + days(20);
  sources.matters.push_back({"B03", "课程", {kDay + days(5), std::nullopt}});
  auto staleness = StaleFrom(board, sources, kDay);
  ASSERT_TRUE(staleness);
  EXPECT_EQ(staleness->from, kDay + days(5));
  EXPECT_EQ(staleness->cause, StaleCause::kMattersChanged);
  sources.matters.pop_back();
  staleness = StaleFrom(board, sources, kDay);
  ASSERT_TRUE(staleness);
  EXPECT_EQ(staleness->from, kDay + days(21));
  // An assignment that goes on without a gap changes nothing.
  sources.assignments.push_back({Id(1), false, {kDay + days(21), std::nullopt}});
  EXPECT_FALSE(StaleFrom(board, sources, kDay));
  sources.last_day = kDay + days(100);
  ASSERT_TRUE(StaleFrom(board, sources, kDay));
  EXPECT_EQ(StaleFrom(board, sources, kDay)->from, kDay + days(101));
}

// Whose term runs out on a known day stays assigned, and is on the board until then; who comes in their place
// is another inspector.
TEST(PlaqueText, WhoMayNotActFromADayOnIsOnTheBoardUntilIt) {
  const PlaqueText board = TextOn(Sources(), kDay);
  PlaqueSources sources = Sources();
  sources.recorded = sources.assignments;
  sources.assignments[1].valid.to = kDay + days(30);
  auto staleness = StaleFrom(board, sources, kDay);
  ASSERT_TRUE(staleness);
  EXPECT_EQ(staleness->from, kDay + days(31));
  EXPECT_EQ(staleness->cause, StaleCause::kInspectorMayNotAct);
  EXPECT_EQ(Lacking(TextOn(sources, kDay + days(31))).size(), 1U);
  // Renewed from a later day on: wrong meanwhile.
  sources.assignments.push_back({Id(1), false, {kDay + days(40), std::nullopt}});
  EXPECT_EQ(StaleFrom(board, sources, kDay)->from, kDay + days(31));
  sources.assignments.back().valid.from = kDay + days(31);
  EXPECT_FALSE(StaleFrom(board, sources, kDay));
  // Somebody else comes.
  sources.assignments.back().inspector = Id(3);
  sources.recorded.push_back(sources.assignments.back());
  EXPECT_EQ(StaleFrom(board, sources, kDay)->cause, StaleCause::kInspectorChanged);
}

// --- photographs ------------------------------------------------------------------------------------------

std::string PngHead(int width, int height) {
  std::string bytes("\x89PNG\r\n\x1a\n\0\0\0\rIHDR", 16);
  for (const int number : {width, height}) {
    for (int shift : {24, 16, 8, 0}) bytes += static_cast<char>(number >> shift & 0xff);
  }
  return bytes;
}

std::string JpegHead(int width, int height) {
  std::string bytes("\xff\xd8\xff\xe0\0\x10JFIF\0\1\1\0\0\1\0\1\0\0", 20);
  bytes += std::string("\xff\xc2\0\x11\x08", 5);
  for (const int number : {height, width}) {
    bytes += static_cast<char>(number >> 8);
    bytes += static_cast<char>(number & 0xff);
  }
  return bytes + "\3";
}

TEST(PhotoFormat, IsReadFromTheFirstBytes) {
  const auto png = PhotoFormatOf(PngHead(413, 579));
  ASSERT_TRUE(png);
  EXPECT_EQ(png->media_type, "image/png");
  EXPECT_EQ(png->width, 413);
  EXPECT_EQ(png->height, 579);
  const auto jpeg = PhotoFormatOf(JpegHead(1024, 768));
  ASSERT_TRUE(jpeg);
  EXPECT_EQ(jpeg->media_type, "image/jpeg");
  EXPECT_EQ(jpeg->width, 1024);
  EXPECT_EQ(jpeg->height, 768);
}

TEST(PhotoFormat, NothingElseIsAPhotograph) {
  for (const std::string& whole : {PngHead(413, 579), JpegHead(1024, 768)}) {
    for (size_t size = 0; size < whole.size() - 1; ++size)
      EXPECT_FALSE(PhotoFormatOf(whole.substr(0, size))) << size;
  }
  for (const char* other : {"", "GIF89a", "%PDF-1.4", "<svg xmlns=", "RIFF....WEBP", "\xff\xd8\xff\xd9"}) {
    EXPECT_FALSE(PhotoFormatOf(other)) << other;
  }
  EXPECT_FALSE(PhotoFormatOf(std::string("\xff\xd8\xff\xe0\0\0", 6) + std::string(100, '\0')));
}

TEST(PhotoFormat, SizeHasBounds) {
  EXPECT_TRUE(PhotoMistake(PhotoFormatOf(PngHead(200, 8000))).empty());
  EXPECT_FALSE(PhotoMistake(PhotoFormatOf(PngHead(199, 400))).empty());
  EXPECT_FALSE(PhotoMistake(PhotoFormatOf(PngHead(400, 8001))).empty());
  EXPECT_TRUE(PhotoMistake(PhotoFormatOf(PngHead(5000, 5000))).empty());
  EXPECT_FALSE(PhotoMistake(PhotoFormatOf(PngHead(5001, 5000))).empty());
  EXPECT_FALSE(PhotoMistake(PhotoFormatOf(PngHead(-1, -1))).empty());
  EXPECT_FALSE(PhotoMistake(std::nullopt).empty());
}

}  // namespace
}  // namespace inspectorate::registry
