// Reading in pages and by position: tokens, filters, orders, positions and epochs that somebody made up or
// took from elsewhere. And what nobody must find in an answer or a log.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "common/base/hash.h"
#include "common/base/uuid.h"
#include "common/query/query.h"
#include "common/resource/description.h"
#include "common/resource/width.h"
#include "common/rpc/client.h"
#include "google/api/resource.pb.h"
#include "google/protobuf/field_mask.pb.h"
#include "google/protobuf/util/message_differencer.h"
#include "inspectorate/feed/v1/feed.pb.h"
#include "inspectorate/type/v1/options.pb.h"
#include "tests/conformance/requests.h"
#include "tests/conformance/rpcs.h"
#include "tests/conformance/world.h"

namespace inspectorate::conformance {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::util::MessageDifferencer;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;

constexpr int kMaxPage = 1000;
constexpr int64_t kTextColumnBytes = 65'535;
constexpr const char* kSecrets[] = {kSecretPhone, kSecretNote, kSecretFile, kSecretContent};

class ListsTest : public ::testing::Test {
 protected:
  static World& world() { return World::Get(); }
  static District& home() { return world().home(); }
  static Request Base(const Rpc& rpc) { return Skeleton(rpc, world(), home()); }
  static RawAnswer Call(const Rpc& rpc, const Message& request) {
    return Call(rpc, home().people.at(BaseRole(rpc)), request);
  }
  static RawAnswer Call(const Rpc& rpc, const Principal& who, const Message& request) {
    return world().Call(rpc.service, rpc.name(), who, request);
  }
  static void SetNumber(const Rpc& rpc, Message* request, const char* field, int value) {
    request->GetReflection()->SetInt32(request, rpc.Input(field), value);
  }
  static Request Answer(const Rpc& rpc, const RawAnswer& answer) {
    Request message(google::protobuf::MessageFactory::generated_factory()
                        ->GetPrototype(rpc.method->output_type())
                        ->New());
    EXPECT_TRUE(answer.status.ok()) << answer.status;
    EXPECT_TRUE(message->ParseFromString(answer.bytes));
    return message;
  }
  // What a list answers with.
  static const Descriptor* RowOf(const Rpc& rpc) {
    return rpc.method->output_type()->field(0)->message_type();
  }
  static size_t MaxBytesOf(const Rpc& rpc, const std::string& field) {
    return resource::MaxBytes(*resource::Description::Of(RowOf(rpc)).FindColumn(field));
  }
  static void SetMask(const Rpc& rpc, Message* request, const std::vector<std::string>& paths) {
    auto* mask = static_cast<google::protobuf::FieldMask*>(
        request->GetReflection()->MutableMessage(request, rpc.Input("read_mask")));
    mask->mutable_paths()->Assign(paths.begin(), paths.end());
  }
  // What is left of an answer whose rows were asked for by a mask of this one field.
  static Request Masked(const Message& whole, const std::string& asked) {
    Request masked = Clone(whole);
    const auto& reflection = *masked->GetReflection();
    const FieldDescriptor* rows = masked->GetDescriptor()->field(0);
    for (int i = 0; i < Rows(*masked); ++i) {
      Message* row = reflection.MutableRepeatedMessage(masked.get(), rows, i);
      for (int k = 0; k < row->GetDescriptor()->field_count(); ++k) {
        const FieldDescriptor* field = row->GetDescriptor()->field(k);
        if (field->name() != "name" && field->name() != asked) row->GetReflection()->ClearField(row, field);
      }
    }
    return masked;
  }
  static std::string NameOfRow(const Message& answer, int row) {
    return TextOf(answer.GetReflection()->GetRepeatedMessage(answer, answer.GetDescriptor()->field(0), row),
                  "name");
  }
  static int Rows(const Message& answer) {
    return answer.GetReflection()->FieldSize(answer, answer.GetDescriptor()->field(0));
  }
  // Another filter, order or parent: another query.
  static void ExpectBoundToItsQuery(const Rpc& rpc, const Message& second_page) {
    for (const auto& [field, value] : {std::pair{"filter", "revision > 0"}, std::pair{"order_by", "revision"},
                                       std::pair{"metric", "I3"}}) {
      if (rpc.Input(field) == nullptr) continue;
      const Request other = Clone(second_page);
      SetText(other.get(), field, value);
      EXPECT_EQ(Call(rpc, *other).reason(), ErrorReason::PAGE_TOKEN_INVALID) << field;
    }
    if (const FieldDescriptor* as_of = rpc.Input("as_of")) {
      const Request other = Clone(second_page);
      other->GetReflection()
          ->MutableMessage(other.get(), as_of)
          ->CopyFrom(resource::ToProto(MakeDate(2026, 4, 2)));
      EXPECT_EQ(Call(rpc, *other).reason(), ErrorReason::PAGE_TOKEN_INVALID) << "as_of";
    }
    if (rpc.access().scope() == type::v1::SCOPE_NONE ||
        !TextOf(second_page, "parent").starts_with("offices/")) {
      return;
    }
    // In somebody else's hands it opens nothing: about this office they are denied, about theirs it is
    // forged.
    const Principal& stranger = world().sibling().people.at(BaseRole(rpc));
    EXPECT_EQ(Call(rpc, stranger, second_page).reason(), ErrorReason::PERMISSION_MISSING);
    const Request theirs = Clone(second_page);
    SetText(theirs.get(), "parent", TextOf(*Skeleton(rpc, world(), world().sibling()), "parent"));
    EXPECT_EQ(Call(rpc, stranger, *theirs).reason(), ErrorReason::PAGE_TOKEN_INVALID);
  }
  void SetUp() override { world().Settle(); }
};

TEST_F(ListsTest, APageIsNeverLargerThanTheLimit) {
  int lists = 0;
  for (const Rpc& rpc : AllRpcs()) {
    if (rpc.Input("page_size") == nullptr) continue;
    SCOPED_TRACE(rpc.name() + " of " + rpc.service);
    ++lists;
    Request request = Base(rpc);
    SetNumber(rpc, request.get(), "page_size", std::numeric_limits<int>::max());
    EXPECT_LE(Rows(*Answer(rpc, Call(rpc, *request))), kMaxPage);
    SetNumber(rpc, request.get(), "page_size", 1);
    // The feed does not split a transaction.
    if (rpc.Input("page_token") != nullptr) {
      EXPECT_LE(Rows(*Answer(rpc, Call(rpc, *request))), 1);
    }
    for (const int negative : {-1, std::numeric_limits<int>::min()}) {
      SetNumber(rpc, request.get(), "page_size", negative);
      EXPECT_EQ(Call(rpc, *request).reason(), ErrorReason::INVALID_FIELDS);
    }
  }
  EXPECT_GT(lists, 20);
}

// The real token of a second page, and what becomes of it in other hands.
TEST_F(ListsTest, APageTokenIsGoodForItsQueryAlone) {
  std::string elsewhere;  // of the list before
  for (const Rpc& rpc : AllRpcs()) {
    if (rpc.Input("page_token") == nullptr) continue;
    SCOPED_TRACE(rpc.name());
    Request request = Base(rpc);
    // What belongs to one inspector may be one row; services see every office.
    if (TextOf(*request, "parent").starts_with("inspectors/"))
      SetText(request.get(), "parent", "inspectors/-");
    const Principal& reader =
        home().people.at(rpc.Permits(Role::ROLE_SERVICE) ? Role::ROLE_SERVICE : BaseRole(rpc));
    SetNumber(rpc, request.get(), "page_size", 1);
    const Request first = Answer(rpc, Call(rpc, reader, *request));
    const std::string token = TextOf(*first, "next_page_token");
    std::vector<std::string> forged = {
        "x", "%%%", std::string(1999, 'A'),
        query::PageTokens("another secret").Make("anything", {db::Value("x")})};
    if (!elsewhere.empty()) forged.push_back(elsewhere);
    if (token.empty()) {
      ADD_FAILURE() << "only " << Rows(*first)
                    << " row(s): let World::Furnish or Loop::LiveOnce make another";
    } else {
      SetText(request.get(), "page_token", token);
      EXPECT_EQ(Rows(*Answer(rpc, Call(rpc, reader, *request))), 1);
      ASSERT_NO_FATAL_FAILURE(ExpectBoundToItsQuery(rpc, *request));
      std::string changed = token;
      changed[token.size() / 2] = changed[token.size() / 2] == 'A' ? 'B' : 'A';
      forged.push_back(changed);
      for (const size_t size : {size_t{1}, token.size() / 2, token.size() - 4, token.size() - 1}) {
        forged.push_back(token.substr(0, size));
      }
      forged.push_back(token + "AAAA");
      elsewhere = token;
    }
    for (const std::string& bad : forged) {
      SetText(request.get(), "page_token", bad);
      EXPECT_EQ(Call(rpc, *request).reason(), ErrorReason::PAGE_TOKEN_INVALID) << bad;
    }
  }
}

TEST_F(ListsTest, AFilterOrOrderThatIsWrongIsRefusedAsSuch) {
  const std::string deep(1500, '(');
  for (const Rpc& rpc : AllRpcs()) {
    if (rpc.Input("filter") == nullptr) continue;
    SCOPED_TRACE(rpc.name());
    const Request base = Base(rpc);
    for (const std::string& filter :
         {std::string("no_such_field = 1"), std::string("("), std::string("revision ="), std::string("= 1"),
          std::string("revision = 1 AND"), std::string("revision = \"one\""), std::string("revision ~ 1"),
          std::string("name.first = 1"), std::string("1 = 1 OR 1 = 1"),
          std::string("revision = 1; DROP TABLE issue"), std::string("revision = 1 -- "),
          std::string("create_time > \"yesterday\""), std::string("revision = 99999999999999999999"),
          std::string("\"unterminated"), deep}) {
      const Request request = Clone(*base);
      SetText(request.get(), "filter", filter);
      EXPECT_EQ(Call(rpc, *request).reason(), ErrorReason::FILTER_INVALID) << filter;
    }
    for (const std::string order :
         {"no_such_field", "revision sideways", "revision,,", "revision; DROP TABLE issue", "(SELECT 1)",
          "`revision`", "revision desc desc"}) {
      const Request request = Clone(*base);
      SetText(request.get(), "order_by", order);
      EXPECT_EQ(Call(rpc, *request).reason(), ErrorReason::ORDER_INVALID) << order;
    }
    // A value is a value, whatever it looks like.
    Request request = Clone(*base);
    SetText(request.get(), "filter", "revision > 0 AND NOT revision < 0");
    const int all = Rows(*Answer(rpc, Call(rpc, *request)));
    EXPECT_GT(all, 0);
  }
}

// Whatever a list may be ordered by, its second page can be asked for: an order whose token could be longer
// than the contract takes is refused at once.
TEST_F(ListsTest, EveryOrderThatIsTakenHasASecondPage) {
  int taken = 0, refused = 0;
  for (const Rpc& rpc : AllRpcs()) {
    if (rpc.Input("order_by") == nullptr) continue;
    for (const auto& field : resource::Description::Of(RowOf(rpc)).fields()) {
      SCOPED_TRACE(rpc.name() + " by " + field.path);
      Request request = Base(rpc);
      if (TextOf(*request, "parent").starts_with("inspectors/"))
        SetText(request.get(), "parent", "inspectors/-");
      SetText(request.get(), "order_by", field.path);
      SetNumber(rpc, request.get(), "page_size", 1);
      const RawAnswer first = Call(rpc, *request);
      if (!first.status.ok()) {
        EXPECT_EQ(first.reason(), ErrorReason::ORDER_INVALID) << first.status;
        EXPECT_GT(MaxBytesOf(rpc, field.path), 1000U) << first.status;
        ++refused;
        continue;
      }
      ++taken;
      SetText(request.get(), "page_token", TextOf(*Answer(rpc, first), "next_page_token"));
      EXPECT_TRUE(Call(rpc, *request).status.ok()) << Call(rpc, *request).status;
    }
  }
  EXPECT_GT(taken, 200);
  EXPECT_GT(refused, 5);
}

// The longest value of each text, as the table has it.
std::map<std::string, int64_t> WidthsOf(db::Database& database, const std::string& table) {
  std::map<std::string, int64_t> widths;
  const absl::Status read =
      database.Read(db::Budget::Of(std::chrono::seconds(20)), [&](db::Session& session) -> absl::Status {
        const auto rows = session.Query(
            "SELECT COLUMN_NAME AS name, CHARACTER_OCTET_LENGTH AS bytes FROM information_schema.COLUMNS "
            "WHERE TABLE_SCHEMA = DATABASE() AND TABLE_NAME = ? AND CHARACTER_OCTET_LENGTH IS NOT NULL",
            {table});
        if (!rows.ok()) return rows.status();
        for (size_t i = 0; i < rows->size(); ++i) {
          widths[rows->at(i, "name").AsString()] = rows->at(i, "bytes").AsInt();
        }
        return absl::OkStatus();
      });
  EXPECT_TRUE(read.ok()) << read;
  return widths;
}

// What the contract says of a text's length is what orders are judged by.
TEST_F(ListsTest, NoColumnHoldsALongerTextThanTheContractSays) {
  int texts = 0;
  for (const Rpc& rpc : AllRpcs()) {
    if (rpc.Input("order_by") == nullptr) continue;
    const auto& description = resource::Description::Of(RowOf(rpc));
    const auto widths = WidthsOf(world().database(rpc.service), description.table());
    for (const auto& key : description.keys()) {
      const auto width = widths.find(key.variable);
      EXPECT_LE(width == widths.end() ? 0 : width->second, 4 * resource::kSlugChars) << key.variable;
    }
    for (const auto& field : description.fields()) {
      const auto width = widths.find(field.path);
      if (width == widths.end()) continue;
      ++texts;
      const size_t said = MaxBytesOf(rpc, field.path);
      // A TEXT is for what is too long in any case; a slug has no letter of more than one byte.
      if (width->second == kTextColumnBytes && said > 4 * 500) continue;
      if (width->second == 4 * resource::kSlugChars && said == resource::kSlugChars) continue;
      EXPECT_LE(width->second, said) << description.type() << " " << field.path;
    }
  }
  EXPECT_GT(texts, 100);
}

// --- the feed
// ------------------------------------------------------------------------------------------------

std::vector<std::string> MadeUpEpochs(const std::string& epoch) {
  std::string changed = epoch;
  changed.back() = changed.back() == '0' ? '1' : '0';
  return {"another epoch", changed, epoch.substr(0, epoch.size() - 1), epoch.substr(1), epoch + "0"};
}

TEST_F(ListsTest, APositionIsNotMadeUp) {
  for (const std::string& service : World::Services()) {
    SCOPED_TRACE(service);
    const Rpc& list = RpcOf(service, "inspectorate.feed.v1.ChangeFeed.ListChanges");
    const Principal& auditor = home().people.at(Role::ROLE_AUDITOR);
    feed::v1::ListChangesRequest request;
    request.set_parent(home().office());
    feed::v1::ListChangesResponse head;
    ASSERT_TRUE(head.ParseFromString(Call(list, auditor, request).bytes));
    request.set_after_position(head.head_position() + 1);
    EXPECT_EQ(Call(list, auditor, request).reason(), ErrorReason::FEED_POSITION_AHEAD);
    request.set_after_position(std::numeric_limits<uint64_t>::max());
    EXPECT_EQ(Call(list, auditor, request).reason(), ErrorReason::FEED_POSITION_AHEAD);
    request.set_after_position(0);
    for (const std::string& epoch : MadeUpEpochs(head.epoch())) {
      request.set_epoch(epoch);
      EXPECT_EQ(Call(list, auditor, request).reason(), ErrorReason::FEED_EPOCH_CHANGED) << epoch;
    }
    request.set_epoch(head.epoch());
    EXPECT_TRUE(Call(list, auditor, request).status.ok());
  }
}

class WatchTest : public ListsTest {
 protected:
  // How a watch ends; OK when it is still open after its first bookmark of its own accord.
  static absl::Status Watch(const std::string& service, const Principal& who,
                            const feed::v1::WatchChangesRequest& request, std::string* seen = nullptr) {
    auto client = world().harness().ClientOf(service, who);
    const auto give_up = std::chrono::steady_clock::now() + std::chrono::seconds(30);
    return client->Stream(
        "inspectorate.feed.v1.ChangeFeed.WatchChanges", request,
        feed::v1::WatchChangesResponse::default_instance(),
        [&](const Message& message) {
          if (seen != nullptr) *seen += message.SerializeAsString();
          return !static_cast<const feed::v1::WatchChangesResponse&>(message).has_bookmark();
        },
        [&] { return std::chrono::steady_clock::now() > give_up; });
  }
};

TEST_F(WatchTest, AResumePositionIsNotMadeUp) {
  for (const std::string& service : World::Services()) {
    SCOPED_TRACE(service);
    const Principal& auditor = home().people.at(Role::ROLE_AUDITOR);
    feed::v1::WatchChangesRequest request;
    request.set_parent(home().office());
    EXPECT_TRUE(Watch(service, auditor, request).ok());
    feed::v1::Cursor* cursor = request.add_cursors();
    cursor->set_office(home().slug);
    cursor->set_after_position(uint64_t{1} << 60);
    EXPECT_EQ(ReasonOf(Watch(service, auditor, request)), ErrorReason::FEED_POSITION_AHEAD);
    cursor->set_after_position(1);
    feed::v1::ListChangesRequest list;
    list.set_parent(home().office());
    feed::v1::ListChangesResponse head;
    ASSERT_TRUE(head.ParseFromString(
        Call(RpcOf(service, "inspectorate.feed.v1.ChangeFeed.ListChanges"), auditor, list).bytes));
    for (const std::string& epoch : MadeUpEpochs(head.epoch())) {
      cursor->set_epoch(epoch);
      EXPECT_EQ(ReasonOf(Watch(service, auditor, request)), ErrorReason::FEED_EPOCH_CHANGED) << epoch;
    }
  }
}

TEST_F(WatchTest, ACursorOpensNoOtherOffice) {
  for (const std::string& service : World::Services()) {
    SCOPED_TRACE(service);
    const Principal& stranger = world().sibling().people.at(Role::ROLE_AUDITOR);
    feed::v1::WatchChangesRequest request;
    request.set_parent(home().office());
    EXPECT_EQ(ReasonOf(Watch(service, stranger, request)), ErrorReason::PERMISSION_MISSING);
    request.set_parent("offices/-");
    request.add_cursors()->set_office(home().slug);
    std::string seen;
    Watch(service, stranger, request, &seen).IgnoreError();
    EXPECT_THAT(seen, Not(HasSubstr("offices/home")));
    EXPECT_THAT(seen, Not(HasSubstr(home().samples.at("inspectorate/School"))));
  }
}

// Events are kept; should they ever be cut, a reader from before is told so.
TEST_F(WatchTest, APositionThatIsNotKeptAnyMoreIsSaidToBe) {
  world().harness().CreateSandbox("expired", "2026-03-09T01:00:00Z");
  ASSERT_TRUE(world()
                  .database("registry")
                  .Read(db::Budget::Of(std::chrono::seconds(20)),
                        [](db::Session& session) {
                          return session
                              .Execute("DELETE FROM feed_event WHERE office = 'expired' AND position = 1")
                              .status();
                        })
                  .ok());
  Principal auditor = home().people.at(Role::ROLE_AUDITOR);
  auditor.office = "expired";
  feed::v1::ListChangesRequest list;
  list.set_parent("offices/expired");
  const RawAnswer answer =
      Call(RpcOf("registry", "inspectorate.feed.v1.ChangeFeed.ListChanges"), auditor, list);
  EXPECT_EQ(answer.reason(), ErrorReason::FEED_POSITION_EXPIRED) << answer.status;
  EXPECT_EQ(answer.status.code(), absl::StatusCode::kOutOfRange);
  feed::v1::WatchChangesRequest watch;
  watch.set_parent("offices/expired");
  EXPECT_EQ(ReasonOf(Watch("registry", auditor, watch)), ErrorReason::FEED_POSITION_EXPIRED);
}

// --- protected fields
// ----------------------------------------------------------------------------------------

std::vector<std::string> SensitiveFields(const Descriptor& descriptor) {
  std::vector<std::string> fields;
  for (int i = 0; i < descriptor.field_count(); ++i) {
    if (descriptor.field(i)->options().GetExtension(type::v1::sensitive))
      fields.push_back(descriptor.field(i)->name());
  }
  return fields;
}

// The sensitive fields anywhere in what a method answers with.
bool AnswersWithSensitive(const Descriptor& descriptor, std::set<const Descriptor*>* seen) {
  if (!seen->insert(&descriptor).second) return false;
  if (!SensitiveFields(descriptor).empty()) return true;
  for (int i = 0; i < descriptor.field_count(); ++i) {
    const Descriptor* inner = descriptor.field(i)->message_type();
    if (inner != nullptr && AnswersWithSensitive(*inner, seen)) return true;
  }
  return false;
}

bool HoldsASecret(const std::string& text) {
  for (const char* secret : kSecrets) {
    if (text.find(secret) != std::string::npos) return true;
  }
  return false;
}

// Those who work with protected fields; everybody else sees them empty.
bool WorksWithThem(Role role) {
  return role == Role::ROLE_DISTRICT_OFFICE || role == Role::ROLE_SYSTEM_INTEGRATOR;
}

TEST_F(ListsTest, AProtectedFieldIsShownToThoseWhoWorkWithIt) {
  int with_secrets = 0;
  for (const Rpc& rpc : AllRpcs()) {
    // What hangs at a gate is published: the office's telephone of the inspector among it.
    if (rpc.mutates() || rpc.streams() || rpc.is_public()) continue;
    SCOPED_TRACE(rpc.name() + " of " + rpc.service);
    std::set<const Descriptor*> seen;
    const bool may_hold = AnswersWithSensitive(*rpc.method->output_type(), &seen);
    // A method whose whole answer is protected is there to show it: its roles are the protection.
    const auto& output = *rpc.method->output_type();
    const bool its_purpose =
        !SensitiveFields(output).empty() && !output.options().HasExtension(google::api::resource);
    const Request request = Base(rpc);
    for (const Role role : AllRoles()) {
      if (!rpc.Permits(role)) continue;
      const RawAnswer answer = Call(rpc, home().people.at(role), *request);
      // Whose training file it is sees all of it.
      const bool own = rpc.method->name() == "GetTrainingFile" &&
                       home().people.at(role).subject == TextOf(*request, "name");
      if (!may_hold || (!WorksWithThem(role) && !its_purpose && !own)) {
        EXPECT_FALSE(HoldsASecret(answer.bytes)) << type::v1::Role_Name(role);
      } else {
        EXPECT_TRUE(HoldsASecret(answer.bytes))
            << type::v1::Role_Name(role) << " sees nothing: plant a secret in "
            << rpc.method->output_type()->full_name();
        ++with_secrets;
      }
    }
  }
  EXPECT_GT(with_secrets, 8);
}

// A comparison would tell a hidden value bit by bit, an order too.
TEST_F(ListsTest, AProtectedFieldIsNeitherFilteredNorOrderedBy) {
  int tried = 0;
  for (const Rpc& rpc : AllRpcs()) {
    if (rpc.Input("filter") == nullptr) continue;
    for (const std::string& field : SensitiveFields(*RowOf(rpc))) {
      for (const Role role : AllRoles()) {
        if (!rpc.Permits(role)) continue;
        SCOPED_TRACE(rpc.name() + " by " + type::v1::Role_Name(role));
        ++tried;
        Request filtered = Base(rpc);
        SetText(filtered.get(), "filter", field + " = \"" + kSecretPhone + "\"");
        const RawAnswer by_filter = Call(rpc, home().people.at(role), *filtered);
        Request ordered = Base(rpc);
        SetText(ordered.get(), "order_by", field);
        const RawAnswer by_order = Call(rpc, home().people.at(role), *ordered);
        if (WorksWithThem(role)) {
          EXPECT_TRUE(by_filter.status.ok()) << by_filter.status;
          EXPECT_TRUE(by_order.status.ok() || MaxBytesOf(rpc, field) > 1000) << by_order.status;
          continue;
        }
        EXPECT_EQ(by_filter.reason(), ErrorReason::FILTER_INVALID) << by_filter.status;
        EXPECT_EQ(by_order.reason(), ErrorReason::ORDER_INVALID) << by_order.status;
        EXPECT_FALSE(HoldsASecret(by_filter.said)) << by_filter.status;
      }
    }
  }
  EXPECT_GT(tried, 10);
}

TEST_F(WatchTest, TheFeedHoldsNoProtectedField) {
  for (const std::string& service : World::Services()) {
    for (const Role role : AllRoles()) {
      const Rpc& list = RpcOf(service, "inspectorate.feed.v1.ChangeFeed.ListChanges");
      if (!list.Permits(role)) continue;
      SCOPED_TRACE(service + " for " + type::v1::Role_Name(role));
      feed::v1::ListChangesRequest request;
      request.set_parent(home().office());
      request.set_page_size(kMaxPage);
      EXPECT_FALSE(HoldsASecret(Call(list, home().people.at(role), request).bytes));
      feed::v1::WatchChangesRequest watch;
      watch.set_parent(home().office());
      std::string seen;
      EXPECT_TRUE(Watch(service, home().people.at(role), watch, &seen).ok());
      EXPECT_FALSE(HoldsASecret(seen));
    }
  }
}

// Whatever is wrong with a request, what it carries in protected fields is not said back.
TEST_F(ListsTest, AnErrorDoesNotRepeatAProtectedField) {
  int tried = 0;
  for (const Rpc& rpc : AllRpcs()) {
    const Request base = Base(rpc);
    for (const auto& [path, how, request] : BreakEachRule(rpc, world(), home(), *base)) {
      if (how != "too long") continue;
      ++tried;
      const RawAnswer answer = Call(rpc, *request);
      EXPECT_FALSE(HoldsASecret(answer.said)) << rpc << ": " << path << answer.status;
    }
  }
  EXPECT_GT(tried, 50);
}

// --- read masks
// ------------------------------------------------------------------------------------------

// What a mask brings is what the whole row would have brought, for each field of each list: what a field
// follows from is read though nobody asked for it, and not shown.
TEST_F(ListsTest, AReadMaskBringsItsFieldsAndTheName) {
  int fields = 0;
  for (const Rpc& rpc : AllRpcs()) {
    if (rpc.Input("read_mask") == nullptr) continue;
    const Request base = Base(rpc);
    SetNumber(rpc, base.get(), "page_size", 5);
    const Request whole = Answer(rpc, Call(rpc, *base));
    EXPECT_GT(Rows(*whole), 0) << rpc.name();
    for (int i = 0; i < RowOf(rpc)->field_count(); ++i) {
      const std::string& field = RowOf(rpc)->field(i)->name();
      SCOPED_TRACE(rpc.name() + " for " + field);
      ++fields;
      const Request request = Clone(*base);
      SetMask(rpc, request.get(), {field});
      const Request answer = Answer(rpc, Call(rpc, *request));
      EXPECT_TRUE(MessageDifferencer::Equals(*answer, *Masked(*whole, field)))
          << answer->DebugString() << "\n--- of\n"
          << whole->DebugString();
    }
    const Request all = Clone(*base);
    SetMask(rpc, all.get(), {"*"});
    EXPECT_TRUE(MessageDifferencer::Equals(*Answer(rpc, Call(rpc, *all)), *whole)) << rpc.name();
  }
  EXPECT_GT(fields, 300);
}

// Asking for a protected field by its name, alone or beside others, does not show it.
TEST_F(ListsTest, AReadMaskOpensNoProtectedField) {
  int shown = 0, hidden = 0;
  for (const Rpc& rpc : AllRpcs()) {
    if (rpc.Input("read_mask") == nullptr) continue;
    for (const std::string& field : SensitiveFields(*RowOf(rpc))) {
      for (const Role role : AllRoles()) {
        if (!rpc.Permits(role)) continue;
        SCOPED_TRACE(rpc.name() + " by " + type::v1::Role_Name(role));
        for (const std::vector<std::string>& paths :
             {std::vector<std::string>{field}, {"revision", field}, {"*"}}) {
          const Request request = Base(rpc);
          SetMask(rpc, request.get(), paths);
          const RawAnswer answer = Call(rpc, home().people.at(role), *request);
          EXPECT_TRUE(answer.status.ok()) << answer.status;
          EXPECT_EQ(HoldsASecret(answer.bytes), WorksWithThem(role));
          ++(WorksWithThem(role) ? shown : hidden);
        }
        const Request others = Base(rpc);
        SetMask(rpc, others.get(), {"revision"});
        EXPECT_FALSE(HoldsASecret(Call(rpc, home().people.at(role), *others).bytes));
      }
    }
  }
  EXPECT_GT(shown, 5);
  EXPECT_GT(hidden, 5);
}

// A mask changes neither which rows there are nor their order: the pages of one query go on under another
// mask, also where the mask leaves out what the rows are ordered by.
TEST_F(ListsTest, PagesGoOnUnderAnotherReadMask) {
  int pages = 0;
  for (const Rpc& rpc : AllRpcs()) {
    if (rpc.Input("read_mask") == nullptr) continue;
    SCOPED_TRACE(rpc.name());
    const Request request = Base(rpc);
    if (TextOf(*request, "parent").starts_with("inspectors/"))
      SetText(request.get(), "parent", "inspectors/-");
    SetText(request.get(), "order_by", "update_time desc, create_time");
    const Request whole = Answer(rpc, Call(rpc, *request));
    SetNumber(rpc, request.get(), "page_size", 1);
    const std::vector<std::vector<std::string>> masks = {{"revision"}, {"name"}, {}, {"etag"}};
    for (int i = 0; i < std::min(Rows(*whole), 4); ++i) {
      SetMask(rpc, request.get(), masks[static_cast<size_t>(i)]);
      const Request page = Answer(rpc, Call(rpc, *request));
      ASSERT_EQ(Rows(*page), 1);
      EXPECT_EQ(NameOfRow(*page, 0), NameOfRow(*whole, i));
      SetText(request.get(), "page_token", TextOf(*page, "next_page_token"));
      ++pages;
    }
  }
  EXPECT_GT(pages, 40);
}

// --- the log
// -------------------------------------------------------------------------------------------------

// The other half of what World looks for when a program ends: it would be seen.
TEST_F(ListsTest, WhatMustNotBeLoggedWouldBeFound) {
  const Rpc& create = RpcOf("registry", "inspectorate.registry.v1.Supervisors.CreateSupervisor");
  Fresh fresh = MakeFresh(create, world(), home());
  Message* supervisor =
      fresh.request->GetReflection()->MutableMessage(fresh.request.get(), create.Input("supervisor"));
  SetText(supervisor, "work_phone", kSecretPhone);
  EXPECT_TRUE(Call(create, fresh.by, *fresh.request).status.ok());
  const std::string& token = world().TokenOf(fresh.by);
  EXPECT_THAT(world().SecretsIn(fresh.request->ShortDebugString()), ElementsAre(kSecretPhone));
  EXPECT_THAT(world().SecretsIn("authorization: Bearer " + token), SizeIs(1));
  EXPECT_THAT(world().SecretsIn("signature " + token.substr(token.rfind('.') + 1)), SizeIs(1));
  EXPECT_THAT(world().SecretsIn("key " + std::string(kPageTokenKey)), SizeIs(1));
  EXPECT_THAT(world().SecretsIn("nothing"), IsEmpty());
}

}  // namespace
}  // namespace inspectorate::conformance
