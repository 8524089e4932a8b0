// Catalogues over real sockets: what an office begins with, drafting and publishing by two persons, past and
// coming days, two publications at once, and offices that are older than catalogues.
#include "services/registry/app/catalogues.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <future>
#include <map>
#include <set>
#include <string>
#include <thread>

#include "common/base/uuid.h"
#include "common/db/database.h"
#include "common/resource/description.h"
#include "common/status/error.h"
#include "common/testing/harness.h"
#include "common/work/unit.h"
#include "google/protobuf/empty.pb.h"
#include "inspectorate/registry/v1/catalogue.pb.h"
#include "inspectorate/registry/v1/policy.pb.h"
#include "services/registry/definition.h"

namespace inspectorate::registry {
namespace {

using namespace v1;
using google::protobuf::Empty;
using resource::FromProto;
using resource::ToProto;
using rpc::Role;
using ::testing::ElementsAre;
using testing::Harness;
using ::testing::SizeIs;
using ::testing::UnorderedElementsAre;

constexpr char kMatters[] = "school-matters";

Date D(std::string_view text) { return *ParseDate(text); }
std::string Method(const std::string& name) { return "inspectorate.registry.v1." + name; }

// The rest lives in a harness that cases share: each has an office of its own.
class CataloguesTest : public ::testing::Test {
 protected:
  static void SetUpTestSuite() { harness_ = new Harness({&Definition()}); }
  static void TearDownTestSuite() { delete harness_; }
  void SetUp() override {
    static int cases = 0;
    office_ = "catalogue" + std::to_string(++cases);
    harness_->CreateSandbox(office_, "2026-03-09T01:00:00Z");
    drafter_ = harness_->ClientOf("registry", Someone(Role::ROLE_DISTRICT_OFFICE));
    publisher_ = harness_->ClientOf("registry", Someone(Role::ROLE_DISTRICT_OFFICE));
  }

  rpc::Principal Someone(Role role) const {
    return Harness::Person("offices/" + office_ + "/staff/" + FormatUuid(RandomUuid()), role, office_);
  }
  std::string Name(const std::string& catalogue) const {
    return "offices/" + office_ + "/catalogues/" + catalogue;
  }
  template <class Response, class Request>
  static absl::StatusOr<Response> Call(rpc::Client& by, const std::string& method, const Request& request) {
    return by.Call<Response>(Method(method), request);
  }
  template <class Response, class Request>
  static Response Must(rpc::Client& by, const std::string& method, const Request& request) {
    auto response = Call<Response>(by, method, request);
    EXPECT_TRUE(response.ok()) << method << ": " << response.status();
    return response.ok() ? *response : Response();
  }

  CatalogueVersion InForce(const std::string& catalogue, std::string_view day) {
    GetVersionInForceRequest request;
    request.set_name(Name(catalogue));
    *request.mutable_as_of() = ToProto(D(day));
    return Must<CatalogueVersion>(*drafter_, "Catalogues.GetVersionInForce", request);
  }
  std::vector<CatalogueVersion> Versions(const std::string& catalogue) {
    ListCatalogueVersionsRequest request;
    request.set_parent(Name(catalogue));
    request.set_order_by("number");
    const auto list =
        Must<ListCatalogueVersionsResponse>(*drafter_, "Catalogues.ListCatalogueVersions", request);
    return {list.catalogue_versions().begin(), list.catalogue_versions().end()};
  }
  CatalogueVersion Draft(const std::string& catalogue = kMatters) {
    CreateCatalogueVersionRequest request;
    request.set_parent(Name(catalogue));
    request.mutable_catalogue_version()->set_note("年度修订");
    return Must<CatalogueVersion>(*drafter_, "Catalogues.CreateCatalogueVersion", request);
  }
  absl::StatusOr<CatalogueVersion> TryEdit(const CatalogueVersion& version) {
    UpdateCatalogueVersionRequest request;
    *request.mutable_catalogue_version() = version;
    request.mutable_update_mask()->add_paths("items");
    return Call<CatalogueVersion>(*drafter_, "Catalogues.UpdateCatalogueVersion", request);
  }
  CatalogueVersion Edited(const CatalogueVersion& version) {
    auto edited = TryEdit(version);
    EXPECT_TRUE(edited.ok()) << edited.status();
    return edited.ok() ? *edited : CatalogueVersion();
  }
  static PublishCatalogueVersionRequest Publication(const CatalogueVersion& version, std::string_view from) {
    PublishCatalogueVersionRequest request;
    request.set_name(version.name());
    request.set_etag(version.etag());
    *request.mutable_valid_from() = ToProto(D(from));
    request.set_document_number("沾政教督字〔2026〕3号");
    request.set_source("区督导室室务会");
    request.set_request_id(FormatUuid(RandomUuid()));
    return request;
  }
  absl::StatusOr<CatalogueVersion> TryPublish(const CatalogueVersion& version, std::string_view from) {
    return Call<CatalogueVersion>(*publisher_, "Catalogues.PublishCatalogueVersion",
                                  Publication(version, from));
  }
  CatalogueVersion Published(const CatalogueVersion& version, std::string_view from) {
    auto published = TryPublish(version, from);
    EXPECT_TRUE(published.ok()) << published.status();
    return published.ok() ? *published : CatalogueVersion();
  }
  static CatalogueItem& ItemOf(CatalogueVersion* version, const std::string& code) {
    for (CatalogueItem& item : *version->mutable_items()) {
      if (item.code() == code) return item;
    }
    ADD_FAILURE() << "no " << code;
    return *version->add_items();
  }
  static CatalogueItem& Add(CatalogueVersion* version, const std::string& code, const std::string& title) {
    CatalogueItem& item = *version->add_items();
    item.set_code(code);
    item.set_title(title);
    item.set_order(1000);
    return item;
  }
  static std::set<std::string> CodesInUse(const CatalogueVersion& version) {
    std::set<std::string> codes;
    for (const CatalogueItem& item : version.items()) {
      if (!item.retired()) codes.insert(item.code());
    }
    return codes;
  }

  Matter MatterOf(const std::string& code) {
    GetMatterRequest request;
    request.set_name("offices/" + office_ + "/matters/" + code);
    return Must<Matter>(*drafter_, "Matters.GetMatter", request);
  }
  // What the service does by itself each while.
  static void ShowDue() {
    auto database = db::Database::Open(harness_->database("registry"));
    ASSERT_TRUE(database.ok()) << database.status();
    work::Writer writer(**database);
    const absl::Status shown = ShowDueMatters(writer, db::Budget::Of(std::chrono::seconds(60)));
    EXPECT_TRUE(shown.ok()) << shown;
  }
  // Of schools, on a day.
  std::set<std::string> MattersOn(std::string_view day) {
    ListMattersRequest request;
    request.set_parent("offices/" + office_);
    request.set_filter("catalog = SCHOOL_MATTERS");
    *request.mutable_as_of() = ToProto(D(day));
    const auto list = Must<ListMattersResponse>(*drafter_, "Matters.ListMatters", request);
    std::set<std::string> codes;
    for (const Matter& matter : list.matters())
      codes.insert(std::string(resource::LastSegment(matter.name())));
    return codes;
  }

  static inline Harness* harness_ = nullptr;
  std::string office_;
  std::unique_ptr<rpc::Client> drafter_, publisher_;
};

const std::set<std::string> kEight = {"B01", "B02", "B03", "B04", "B05", "B06", "B07", "B08"};

TEST_F(CataloguesTest, AnOfficeBeginsWithEightCatalogues) {
  ListCataloguesRequest request;
  request.set_parent("offices/" + office_);
  const auto list = Must<ListCataloguesResponse>(*drafter_, "Catalogues.ListCatalogues", request);
  std::map<std::string, size_t> sizes;
  for (const Catalogue& catalogue : list.catalogues()) {
    EXPECT_EQ(catalogue.latest_number(), 1) << catalogue.name();
    const std::string id(resource::LastSegment(catalogue.name()));
    sizes[id] = static_cast<size_t>(InForce(id, "2026-03-09").items_size());
  }
  EXPECT_EQ(sizes, (std::map<std::string, size_t>{{"campaign-topics", 8},
                                                  {"dispositions", 4},
                                                  {"kindergarten-matters", 4},
                                                  {"methods", 6},
                                                  {"routes", 3},
                                                  {"school-matters", 8},
                                                  {"severities", 4},
                                                  {"work-aspects", 14}}));
  const CatalogueVersion matters = InForce(kMatters, "2026-03-09");
  EXPECT_EQ(CodesInUse(matters), kEight);
  EXPECT_EQ(matters.items(5).title(), "校园及周边安全情况、学生交通安全情况");
  EXPECT_EQ(matters.items(5).title_en(), "Campus and surrounding safety; pupils' traffic safety");
  EXPECT_GE(matters.items(5).check_items_size(), 6);
  EXPECT_EQ(FromProto(matters.valid_from()), D("2013-09-30"));
  // Four aspects are named by the district's plan, ten wait for it.
  int placeholders = 0;
  const CatalogueVersion aspects = InForce("work-aspects", "2026-03-09");
  for (const CatalogueItem& item : aspects.items()) placeholders += item.placeholder() ? 1 : 0;
  EXPECT_EQ(placeholders, 10);
  GetVersionInForceRequest before;
  before.set_name(Name(kMatters));
  *before.mutable_as_of() = ToProto(D("2013-09-29"));
  EXPECT_EQ(ReasonOf(Call<CatalogueVersion>(*drafter_, "Catalogues.GetVersionInForce", before).status()),
            ErrorReason::RESOURCE_NOT_FOUND);
}

TEST_F(CataloguesTest, AVersionIsDraftedComparedAndPublishedByAnother) {
  CatalogueVersion draft = Draft();
  EXPECT_EQ(draft.state(), VERSION_DRAFT);
  EXPECT_EQ(draft.base_number(), 1);
  EXPECT_EQ(draft.number(), 0);
  EXPECT_EQ(CodesInUse(draft), kEight);
  ItemOf(&draft, "B06").set_title("校园安全情况");
  ItemOf(&draft, "B08").set_retired(true);
  Add(&draft, "B09", "劳动教育情况").set_basis("区教督办〔2026〕3号");
  draft = Edited(draft);

  DiffCatalogueVersionsRequest compare;
  compare.set_name(Versions(kMatters).back().name());  // drafts have number 0 and come first
  compare.set_to(draft.name());
  const auto diff = Must<CatalogueDiff>(*publisher_, "Catalogues.DiffCatalogueVersions", compare);
  EXPECT_EQ(diff.from_number(), 1);
  ASSERT_THAT(diff.added(), SizeIs(1));
  EXPECT_EQ(diff.added(0).code(), "B09");
  ASSERT_THAT(diff.retired(), SizeIs(1));
  EXPECT_EQ(diff.retired(0).code(), "B08");
  ASSERT_THAT(diff.changed(), SizeIs(1));
  EXPECT_EQ(diff.changed(0).code(), "B06");
  ASSERT_THAT(diff.changed(0).fields(), SizeIs(1));
  EXPECT_THAT(diff.changed(0).fields(0).before(), ElementsAre("校园及周边安全情况、学生交通安全情况"));
  EXPECT_THAT(diff.changed(0).fields(0).after(), ElementsAre("校园安全情况"));

  // Who drafted it does not publish it.
  EXPECT_EQ(ReasonOf(Call<CatalogueVersion>(*drafter_, "Catalogues.PublishCatalogueVersion",
                                            Publication(draft, "2026-03-10"))
                         .status()),
            ErrorReason::SECOND_PERSON_REQUIRED);
  const auto request = Publication(draft, "2026-03-10");
  const auto published = Must<CatalogueVersion>(*publisher_, "Catalogues.PublishCatalogueVersion", request);
  EXPECT_EQ(published.number(), 2);
  EXPECT_EQ(published.state(), VERSION_PUBLISHED);
  EXPECT_NE(published.published_by(), published.drafted_by());
  // Repeated, it is the same act.
  const auto again = Must<CatalogueVersion>(*publisher_, "Catalogues.PublishCatalogueVersion", request);
  EXPECT_EQ(again.SerializeAsString(), published.SerializeAsString());
  EXPECT_THAT(Versions(kMatters), SizeIs(2));

  // Each day has its version.
  EXPECT_EQ(InForce(kMatters, "2026-03-09").number(), 1);
  EXPECT_EQ(InForce(kMatters, "2026-03-09").items(5).title(), "校园及周边安全情况、学生交通安全情况");
  EXPECT_EQ(FromProto(InForce(kMatters, "2026-03-09").valid_to()), D("2026-03-09"));
  EXPECT_EQ(InForce(kMatters, "2026-03-10").number(), 2);
  EXPECT_EQ(InForce(kMatters, "2030-01-01").number(), 2);
  // And its matters.
  EXPECT_EQ(MattersOn("2026-03-09"), kEight);
  EXPECT_EQ(MattersOn("2026-03-10"),
            (std::set<std::string>{"B01", "B02", "B03", "B04", "B05", "B06", "B07", "B09"}));
  EXPECT_EQ(MatterOf("B06").display_name(), "校园及周边安全情况、学生交通安全情况") << "until its day";
  EXPECT_EQ(MatterOf("B01").revision(), 1);  // nothing to say of it
  EXPECT_EQ(FromProto(MatterOf("B08").valid_to()), D("2026-03-09"));
  EXPECT_EQ(FromProto(MatterOf("B09").valid_from()), D("2026-03-10"));

  ShowDue();
  EXPECT_EQ(MatterOf("B06").display_name(), "校园及周边安全情况、学生交通安全情况") << "not yet";
  harness_->SetClock(office_, "2026-03-10T01:00:00Z");
  EXPECT_EQ(MatterOf("B06").display_name(), "校园安全情况") << "with the clock of a sandbox";
  EXPECT_EQ(MatterOf("B01").revision(), 1);
  const auto revision = MatterOf("B06").revision();
  ShowDue();
  EXPECT_EQ(MatterOf("B06").revision(), revision) << "once";
  const auto versions = Versions(kMatters);
  EXPECT_EQ(versions[0].state(), VERSION_SUPERSEDED);
  EXPECT_EQ(versions[1].state(), VERSION_PUBLISHED);
}

// An office whose day comes by itself; and one that fails holds up no other.
TEST_F(CataloguesTest, TheRoundShowsWhatIsDueWhateverFailsElsewhere) {
  const std::string broken = "a-broken-" + office_;  // before the other, by its name
  harness_->CreateSandbox(broken, "2026-03-02T01:00:00Z");
  auto database = db::Database::Open(harness_->database("registry"));
  ASSERT_TRUE(database.ok()) << database.status();
  const absl::Status due = (*database)->Transact(db::Budget{}, {}, [&](db::Transaction& tx) {
    absl::Status done =
        tx.Execute("UPDATE matter SET display_name = '旧名' WHERE office = ? AND matter = 'B06'", {office_})
            .status();
    done.Update(tx.Execute("INSERT INTO matters_due (office, catalogue, due)"
                           " VALUES (?, 'no-such', '2026-03-01'), (?, 'school-matters', '2026-03-01')",
                           {broken, office_})
                    .status());
    return done;
  });
  ASSERT_TRUE(due.ok()) << due;
  work::Writer writer(**database);
  EXPECT_FALSE(ShowDueMatters(writer, db::Budget::Of(std::chrono::seconds(60))).ok()) << "it is told";
  EXPECT_EQ(MatterOf("B06").display_name(), "校园及周边安全情况、学生交通安全情况");
  ASSERT_TRUE(
      (*database)
          ->Transact(db::Budget{}, {},
                     [&](db::Transaction& tx) {
                       return tx.Execute("DELETE FROM matters_due WHERE office = ?", {broken}).status();
                     })
          .ok());
}

TEST_F(CataloguesTest, WhatIsPublishedIsNeitherEditedNorDroppedNorPublishedAgain) {
  const CatalogueVersion draft = Draft();
  const CatalogueVersion published = Published(draft, "2026-03-09");
  for (const CatalogueVersion& version : {published, Versions(kMatters)[0]}) {
    EXPECT_EQ(ReasonOf(TryEdit(version).status()), ErrorReason::STATE_TRANSITION_DENIED);
    EXPECT_EQ(ReasonOf(TryPublish(version, "2026-03-09").status()), ErrorReason::STATE_TRANSITION_DENIED);
    DeleteCatalogueVersionRequest drop;
    drop.set_name(version.name());
    drop.set_etag(version.etag());
    EXPECT_EQ(ReasonOf(Call<Empty>(*drafter_, "Catalogues.DeleteCatalogueVersion", drop).status()),
              ErrorReason::STATE_TRANSITION_DENIED);
  }
  const CatalogueVersion unwanted = Draft();
  DeleteCatalogueVersionRequest drop;
  drop.set_name(unwanted.name());
  drop.set_etag(unwanted.etag());
  EXPECT_TRUE(Call<Empty>(*drafter_, "Catalogues.DeleteCatalogueVersion", drop).ok());
  EXPECT_THAT(Versions(kMatters), SizeIs(2));
}

TEST_F(CataloguesTest, ItemsAreEditedOneByOne) {
  CatalogueVersion draft = Draft();
  PutCatalogueItemRequest put;
  put.set_name(draft.name());
  put.set_etag(draft.etag());
  put.mutable_item()->set_code("B09");
  put.mutable_item()->set_title("劳动教育情况");
  put.mutable_item()->set_order(5);
  draft = Must<CatalogueVersion>(*drafter_, "Catalogues.PutCatalogueItem", put);
  EXPECT_EQ(draft.items(0).code(), "B09");
  put.set_etag(draft.etag());
  put.mutable_item()->set_order(95);
  draft = Must<CatalogueVersion>(*drafter_, "Catalogues.PutCatalogueItem", put);
  ASSERT_EQ(draft.items_size(), 9);
  EXPECT_EQ(draft.items(8).code(), "B09");
  RetireCatalogueItemRequest retire;
  retire.set_name(draft.name());
  const auto retired = [&](const std::string& code) {
    retire.set_etag(draft.etag());
    retire.set_code(code);
    return Call<CatalogueVersion>(*drafter_, "Catalogues.RetireCatalogueItem", retire);
  };
  draft = *retired("B08");
  EXPECT_TRUE(ItemOf(&draft, "B08").retired());
  draft = *retired("B09");  // nobody has published it
  EXPECT_EQ(draft.items_size(), 8);
  EXPECT_EQ(ReasonOf(retired("B77").status()), ErrorReason::RESOURCE_NOT_FOUND);
  retire.set_etag("0");
  EXPECT_EQ(ReasonOf(Call<CatalogueVersion>(*drafter_, "Catalogues.RetireCatalogueItem", retire).status()),
            ErrorReason::ETAG_MISMATCH);
  const CatalogueVersion published = Published(draft, "2026-03-09");
  put.set_name(published.name());
  put.set_etag(published.etag());
  EXPECT_EQ(ReasonOf(Call<CatalogueVersion>(*drafter_, "Catalogues.PutCatalogueItem", put).status()),
            ErrorReason::STATE_TRANSITION_DENIED);
}

TEST_F(CataloguesTest, MattersAreNotWrittenAroundTheirCatalogue) {
  const Matter before = MatterOf("B06");
  UpdateMatterRequest update;
  *update.mutable_matter() = before;
  update.mutable_matter()->set_display_name("别的");
  EXPECT_EQ(ReasonOf(Call<Matter>(*drafter_, "Matters.UpdateMatter", update).status()),
            ErrorReason::CATALOGUE_DECIDES);
  CreateMatterRequest create;
  create.set_parent("offices/" + office_);
  create.set_matter_id("B77");
  create.mutable_matter()->set_catalog(SCHOOL_MATTERS);
  create.mutable_matter()->set_display_name("别的");
  *create.mutable_matter()->mutable_valid_from() = ToProto(D("2026-03-09"));
  EXPECT_EQ(ReasonOf(Call<Matter>(*drafter_, "Matters.CreateMatter", create).status()),
            ErrorReason::CATALOGUE_DECIDES);
  EXPECT_EQ(MatterOf("B06").etag(), before.etag());
}

TEST_F(CataloguesTest, ADraftKeepsTheRulesOfItsCatalogue) {
  CatalogueVersion draft = Draft();
  const auto refused = [&](CatalogueVersion changed, const std::string& what) {
    const auto answer = TryEdit(changed);
    EXPECT_EQ(ReasonOf(answer.status()), ErrorReason::INVALID_FIELDS) << what;
    EXPECT_THAT(answer.status().ToString(), ::testing::HasSubstr(what));
  };
  CatalogueVersion changed = draft;
  changed.mutable_items()->DeleteSubrange(7, 1);
  refused(changed, " must be marked as retired");
  changed = draft;
  Add(&changed, "B08", "又一个");
  refused(changed, " is there twice");
  changed = draft;
  Add(&changed, "安全", "又一个");
  refused(changed, "items[8].code");
  changed = draft;
  for (CatalogueItem& item : *changed.mutable_items()) item.set_retired(true);
  refused(changed, "at least one item must be in use");

  // Severities are values of the contract; those that the loop needs stay.
  CatalogueVersion severities = Draft("severities");
  changed = severities;
  Add(&changed, "AWFUL", "极坏");
  refused(changed, "AWFUL is no code of this catalogue");
  ItemOf(&severities, "COMPLEX").set_retired(true);
  ItemOf(&severities, "MINOR").set_title("小问题");
  ItemOf(&severities, "GENERAL").set_retired(true);
  severities = Edited(severities);
  EXPECT_EQ(ReasonOf(TryPublish(severities, "2026-03-09").status()), ErrorReason::CATALOGUE_VALUE_NEEDED);
  ItemOf(&severities, "GENERAL").set_retired(false);
  severities = Edited(severities);
  EXPECT_EQ(Published(severities, "2026-03-09").number(), 2);
  // A value of the contract means what it meant: it may come back.
  CatalogueVersion back = Draft("severities");
  ItemOf(&back, "COMPLEX").set_retired(false);
  EXPECT_EQ(Published(Edited(back), "2026-03-20").number(), 3);

  // What is free is never used again once it was retired, also under another title; one catalogue does not
  // take a code of another.
  ItemOf(&draft, "B03").set_retired(true);
  Published(Edited(draft), "2026-03-01");
  CatalogueVersion again = Draft();
  ItemOf(&again, "B03").set_retired(false);
  ItemOf(&again, "B03").set_title("另一回事");
  again = Edited(again);
  EXPECT_EQ(ReasonOf(TryPublish(again, "2026-03-09").status()), ErrorReason::CODE_RETIRED);
  CatalogueVersion taken = Draft();
  Add(&taken, "K01", "安全");
  EXPECT_EQ(ReasonOf(TryPublish(Edited(taken), "2026-03-09").status()), ErrorReason::CODE_IN_USE);
}

TEST_F(CataloguesTest, PublishedAheadAndReplacedBeforeItBegins) {
  CatalogueVersion next = Draft();
  Add(&next, "B09", "劳动教育情况");
  ItemOf(&next, "B02").set_retired(true);
  next = Published(Edited(next), "2026-09-01");
  EXPECT_EQ(InForce(kMatters, "2026-08-31").number(), 1);
  EXPECT_EQ(MattersOn("2026-08-31"), kEight);
  EXPECT_TRUE(MattersOn("2026-09-01").contains("B09"));
  EXPECT_FALSE(MattersOn("2026-09-01").contains("B02"));
  // It was a mistake: B02 stays, and what is new comes in April.
  CatalogueVersion other = Draft();
  EXPECT_EQ(other.base_number(), 2);
  ItemOf(&other, "B02").set_retired(false);
  other = Published(Edited(other), "2026-04-01");
  EXPECT_EQ(other.number(), 3);
  EXPECT_EQ(InForce(kMatters, "2026-03-31").number(), 1);
  EXPECT_EQ(InForce(kMatters, "2026-04-01").number(), 3);
  EXPECT_EQ(InForce(kMatters, "2026-09-01").number(), 3);
  const auto versions = Versions(kMatters);
  ASSERT_THAT(versions, SizeIs(3));
  EXPECT_EQ(versions[1].state(), VERSION_SUPERSEDED) << versions[1].ShortDebugString().substr(0, 300);
  EXPECT_EQ(FromProto(versions[1].valid_to()), D("2026-08-31"));
  EXPECT_TRUE(MattersOn("2026-09-01").contains("B02"));
  EXPECT_FALSE(MattersOn("2026-03-31").contains("B09"));
  EXPECT_TRUE(MattersOn("2026-04-01").contains("B09"));
}

TEST_F(CataloguesTest, SettledDaysStayAsTheyAre) {
  const CatalogueVersion draft = Draft();
  EXPECT_EQ(ReasonOf(TryPublish(draft, "2026-02-05").status()), ErrorReason::DAYS_SETTLED);
  EXPECT_EQ(Published(draft, "2026-02-06").number(), 2);  // 31 days back
}

TEST_F(CataloguesTest, OfTwoPublicationsAtOnceOneWins) {
  std::vector<CatalogueVersion> drafts;
  for (int i = 0; i < 6; ++i) {
    CatalogueVersion draft = Draft();
    Add(&draft, "C0" + std::to_string(i), "事项");
    drafts.push_back(Edited(draft));
  }
  std::vector<std::future<ErrorReason>> publications;
  for (const CatalogueVersion& draft : drafts) {
    publications.push_back(
        std::async(std::launch::async,
                   [&, client = harness_->ClientOf("registry", Someone(Role::ROLE_DISTRICT_OFFICE))] {
                     return ReasonOf(Call<CatalogueVersion>(*client, "Catalogues.PublishCatalogueVersion",
                                                            Publication(draft, "2026-03-09"))
                                         .status());
                   }));
  }
  int won = 0;
  for (auto& publication : publications) {
    const ErrorReason reason = publication.get();
    won += reason == ErrorReason::ERROR_REASON_UNSPECIFIED ? 1 : 0;
    EXPECT_THAT(reason,
                ::testing::AnyOf(ErrorReason::ERROR_REASON_UNSPECIFIED, ErrorReason::CATALOGUE_MOVED_ON));
  }
  EXPECT_EQ(won, 1);
  std::vector<int> numbers;
  for (const CatalogueVersion& version : Versions(kMatters)) {
    if (version.state() != VERSION_DRAFT) numbers.push_back(version.number());
  }
  EXPECT_THAT(numbers, ElementsAre(1, 2));
  EXPECT_EQ(CodesInUse(InForce(kMatters, "2026-03-09")).size(), 9U);
}

TEST_F(CataloguesTest, OnlyTheOfficePublishesAndNobodyElsesCatalogue) {
  const CatalogueVersion draft = Draft();
  for (Role role : {Role::ROLE_AREA_LEAD, Role::ROLE_RESPONSIBLE_INSPECTOR, Role::ROLE_SCHOOL_SUPERVISOR,
                    Role::ROLE_BUREAU_READER, Role::ROLE_SYSTEM_INTEGRATOR, Role::ROLE_AUDITOR}) {
    auto client = harness_->ClientOf("registry", Someone(role));
    EXPECT_EQ(ReasonOf(Call<CatalogueVersion>(*client, "Catalogues.PublishCatalogueVersion",
                                              Publication(draft, "2026-03-09"))
                           .status()),
              ErrorReason::PERMISSION_MISSING);
  }
  harness_->CreateSandbox(office_ + "-other", "2026-03-09T01:00:00Z");
  auto other = harness_->ClientOf("registry", Harness::Staff(office_ + "-other"));
  EXPECT_EQ(ReasonOf(Call<CatalogueVersion>(*other, "Catalogues.PublishCatalogueVersion",
                                            Publication(draft, "2026-03-09"))
                         .status()),
            ErrorReason::PERMISSION_MISSING);
  DiffCatalogueVersionsRequest compare;
  compare.set_name(draft.name());
  compare.set_to(draft.name());
  EXPECT_EQ(ReasonOf(Call<CatalogueDiff>(*other, "Catalogues.DiffCatalogueVersions", compare).status()),
            ErrorReason::PERMISSION_MISSING);
  CatalogueVersion elsewhere = Draft("methods");
  compare.set_to(elsewhere.name());
  EXPECT_EQ(ReasonOf(Call<CatalogueDiff>(*drafter_, "Catalogues.DiffCatalogueVersions", compare).status()),
            ErrorReason::INVALID_FIELDS);
}

// As an office was before a release brought catalogues: its matters, dated and worded as it had them.
TEST_F(CataloguesTest, AnOlderOfficeGetsItsMattersAsVersions) {
  auto database = db::Database::Open(harness_->database("registry"));
  ASSERT_TRUE(database.ok()) << database.status();
  const auto status = (*database)->Transact(db::Budget{}, {}, [&](db::Transaction& tx) {
    for (const char* sql :
         {"DELETE FROM catalogue WHERE office = ?", "DELETE FROM catalogue_version WHERE office = ?",
          "UPDATE matter SET display_name = '本区的叫法' WHERE office = ? AND matter = 'B01'",
          "UPDATE matter SET valid_to = '2025-08-31' WHERE office = ? AND matter = 'B02'",
          "UPDATE matter SET valid_from = '2025-09-01' WHERE office = ? AND matter = 'B03'"}) {
      const auto done = tx.Execute(sql, {office_});
      if (!done.ok()) return done.status();
    }
    return absl::OkStatus();
  });
  ASSERT_TRUE(status.ok()) << status;
  harness_->Stop("registry");
  harness_->Start("registry");
  drafter_ = harness_->ClientOf("registry", Someone(Role::ROLE_DISTRICT_OFFICE));
  publisher_ = harness_->ClientOf("registry", Someone(Role::ROLE_DISTRICT_OFFICE));
  const auto until = std::chrono::steady_clock::now() + std::chrono::seconds(60);
  ListCataloguesRequest list;
  list.set_parent("offices/" + office_);
  while (Must<ListCataloguesResponse>(*drafter_, "Catalogues.ListCatalogues", list).total_size() < 8 &&
         std::chrono::steady_clock::now() < until) {
    std::this_thread::sleep_for(std::chrono::milliseconds(100));
  }
  const auto versions = Versions(kMatters);
  ASSERT_THAT(versions, SizeIs(2));
  EXPECT_EQ(FromProto(versions[0].valid_from()), D("2013-09-30"));
  EXPECT_EQ(FromProto(versions[1].valid_from()), D("2025-09-01"));
  EXPECT_EQ(InForce(kMatters, "2025-08-31").items(0).title(), "本区的叫法");
  EXPECT_TRUE(CodesInUse(InForce(kMatters, "2025-08-31")).contains("B02"));
  EXPECT_FALSE(CodesInUse(InForce(kMatters, "2025-08-31")).contains("B03"));
  EXPECT_FALSE(CodesInUse(InForce(kMatters, "2025-09-01")).contains("B02"));
  EXPECT_TRUE(CodesInUse(InForce(kMatters, "2025-09-01")).contains("B03"));
  // Nothing twice, and it goes on from there.
  harness_->Stop("registry");
  harness_->Start("registry");
  drafter_ = harness_->ClientOf("registry", Someone(Role::ROLE_DISTRICT_OFFICE));
  publisher_ = harness_->ClientOf("registry", Someone(Role::ROLE_DISTRICT_OFFICE));
  EXPECT_THAT(Versions(kMatters), SizeIs(2));
  EXPECT_EQ(Published(Draft(), "2026-03-09").number(), 3);
  EXPECT_EQ(MatterOf("B01").display_name(), "本区的叫法");
  EXPECT_EQ(FromProto(MatterOf("B03").valid_from()), D("2025-09-01"));
}

}  // namespace
}  // namespace inspectorate::registry
