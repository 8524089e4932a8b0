// Every resource of the contract, stored and read back: a field that the mapping loses shows here.
#include <gtest/gtest.h>

#include <random>

#include "common/resource/description.h"
#include "common/resource/table.h"
#include "common/testing/test_database.h"
#include "common/work/migrations.h"
#include "google/protobuf/util/message_differencer.h"
#include "inspectorate/issues/v1/attachment.pb.h"
#include "inspectorate/issues/v1/issue.pb.h"
#include "inspectorate/issues/v1/notice.pb.h"
#include "inspectorate/registry/v1/area.pb.h"
#include "inspectorate/registry/v1/inspector.pb.h"
#include "inspectorate/registry/v1/office.pb.h"
#include "inspectorate/registry/v1/policy.pb.h"
#include "inspectorate/registry/v1/school.pb.h"
#include "inspectorate/type/v1/options.pb.h"
#include "inspectorate/visits/v1/obligation.pb.h"
#include "inspectorate/visits/v1/plan.pb.h"
#include "inspectorate/visits/v1/visit.pb.h"

namespace inspectorate::resource {
namespace {

const std::vector<const Descriptor*>& AllResources() {
  static const std::vector<const Descriptor*> all = {
      registry::v1::Office::descriptor(),         registry::v1::School::descriptor(),
      registry::v1::Supervisor::descriptor(),     registry::v1::SupervisorPosting::descriptor(),
      registry::v1::Area::descriptor(),           registry::v1::SchoolAssignment::descriptor(),
      registry::v1::AreaMembership::descriptor(), registry::v1::InspectorAssignment::descriptor(),
      registry::v1::Inspector::descriptor(),      registry::v1::Appointment::descriptor(),
      registry::v1::Certificate::descriptor(),    registry::v1::Recusal::descriptor(),
      registry::v1::StaffMember::descriptor(),    registry::v1::PolicyRule::descriptor(),
      registry::v1::Term::descriptor(),           registry::v1::Matter::descriptor(),
      visits::v1::Obligation::descriptor(),       visits::v1::Plan::descriptor(),
      visits::v1::PlanItem::descriptor(),         visits::v1::Visit::descriptor(),
      visits::v1::Finding::descriptor(),          issues::v1::Issue::descriptor(),
      issues::v1::Notice::descriptor(),           issues::v1::Attachment::descriptor()};
  return all;
}

class Filler {
 public:
  explicit Filler(uint32_t seed) : random_(seed) {}

  // A name of this resource, in the office zhanhua.
  std::string Name(const Description& d) {
    std::vector<db::Value> key;
    for (const KeyPart& part : d.keys()) {
      switch (part.kind) {
        case KeyPart::Kind::kSlug:
          key.emplace_back("zhanhua");
          break;
        case KeyPart::Kind::kCode:
          key.emplace_back("B0" + std::to_string(Below(9)));
          break;
        case KeyPart::Kind::kInt:
          key.emplace_back(static_cast<int64_t>(1 + Below(1000)));
          break;
        case KeyPart::Kind::kUuid:
          key.emplace_back(RandomUuid());
          break;
      }
    }
    return d.NameOf(key);
  }

  void Fill(Message* message, const Description* d, int depth = 0) {
    const auto& reflection = *message->GetReflection();
    for (int i = 0; i < message->GetDescriptor()->field_count(); ++i) {
      const FieldDescriptor* field = message->GetDescriptor()->field(i);
      if (field->options().GetExtension(type::v1::derived)) continue;
      if (d != nullptr && (field->name() == "name" || field->name() == "etag" || field->name() == "revision"))
        continue;
      const int times = field->is_repeated() ? static_cast<int>(Below(4)) : (Below(4) == 0 ? 0 : 1);
      for (int k = 0; k < times; ++k) SetOne(message, reflection, field, d, depth);
    }
  }

 private:
  uint32_t Below(uint32_t n) { return random_() % n; }

  std::string Text(const FieldDescriptor* field, const Description* d) {
    if (d != nullptr) {
      const Column* column = d->FindColumn(field->name());
      if (column != nullptr && column->referenced != nullptr) return Name(*column->referenced);
    }
    static const char* const kTexts[] = {"",        "x",  "沾化区下洼镇第一小学", "引号'\"\\ 反斜杠", "𠮷😀",
                                         "a\tb\nc", "a b"};
    return kTexts[Below(7)];
  }

  void SetOne(Message* message, const google::protobuf::Reflection& reflection, const FieldDescriptor* field,
              const Description* d, int depth) {
    const bool repeated = field->is_repeated();
    switch (field->cpp_type()) {
      case FieldDescriptor::CPPTYPE_STRING: {
        std::string text = Text(field, repeated ? nullptr : d);
        repeated ? reflection.AddString(message, field, text) : reflection.SetString(message, field, text);
        break;
      }
      case FieldDescriptor::CPPTYPE_BOOL:
        reflection.SetBool(message, field, Below(2) == 1);
        break;
      case FieldDescriptor::CPPTYPE_INT32: {
        const auto value = static_cast<int32_t>(random_());
        repeated ? reflection.AddInt32(message, field, value) : reflection.SetInt32(message, field, value);
        break;
      }
      case FieldDescriptor::CPPTYPE_INT64:
        reflection.SetInt64(message, field, static_cast<int64_t>(random_()) << 20);
        break;
      case FieldDescriptor::CPPTYPE_UINT64:
        reflection.SetUInt64(message, field, ~0ULL - random_());
        break;
      case FieldDescriptor::CPPTYPE_DOUBLE:
        reflection.SetDouble(message, field, 0.1 + Below(1000) / 7.0);
        break;
      case FieldDescriptor::CPPTYPE_ENUM: {
        const auto* value =
            field->enum_type()->value(static_cast<int>(Below(field->enum_type()->value_count())));
        repeated ? reflection.AddEnum(message, field, value) : reflection.SetEnum(message, field, value);
        break;
      }
      case FieldDescriptor::CPPTYPE_MESSAGE: {
        Message* child =
            repeated ? reflection.AddMessage(message, field) : reflection.MutableMessage(message, field);
        if (auto* time = dynamic_cast<google::protobuf::Timestamp*>(child)) {
          *time = ToProto(Time(std::chrono::microseconds(1'700'000'000'000'000 + random_())));
        } else if (auto* date = dynamic_cast<google::type::Date*>(child)) {
          *date = ToProto(MakeDate(2020 + static_cast<int>(Below(10)), 1 + Below(12), 1 + Below(28)));
        } else if (depth < 2) {
          Fill(child, nullptr, depth + 1);
        }
        break;
      }
      default:
        FAIL() << field->full_name();
    }
  }

  std::mt19937 random_;
};

class ResourceTest : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    auto migrations = work::PlatformMigrations();
    std::string sql;
    for (const Descriptor* message : AllResources()) sql += Description::Of(message).Ddl();
    migrations.push_back({"0002_all", sql});
    database_ = db::Database::Open(testing::TestDatabase::Get().NewSchema(migrations)).value().release();
    writer_ = new work::Writer(*database_);
  }
  static void TearDownTestSuite() {
    delete writer_;
    delete database_;
  }
  absl::Status InUnit(const work::Writer::Closure& fn) {
    return writer_->RunInternal(db::Budget::Of(std::chrono::seconds(10)), {.subject = "operators/test"}, fn);
  }
  static db::Database* database_;
  static work::Writer* writer_;
};
db::Database* ResourceTest::database_ = nullptr;
work::Writer* ResourceTest::writer_ = nullptr;

TEST_F(ResourceTest, WhatIsStoredIsReadBackWhole) {
  for (uint32_t seed = 1; seed <= 20; ++seed) {
    Filler filler(seed);
    for (const Descriptor* descriptor : AllResources()) {
      const Description& d = Description::Of(descriptor);
      std::unique_ptr<Message> message(
          google::protobuf::MessageFactory::generated_factory()->GetPrototype(descriptor)->New());
      filler.Fill(message.get(), &d);
      SetString(message.get(), "name", filler.Name(d));
      // Masters are in an office's charge; their events go to its feed.
      if (d.keys().front().variable != "office") SetString(message.get(), "office", "offices/zhanhua");
      std::unique_ptr<Message> read(message->New());
      absl::Status status = InUnit([&](work::Unit& unit) -> absl::Status {
        absl::Status inserted = Insert(unit, d, message.get());
        if (!inserted.ok() && ReasonOf(inserted) == ErrorReason::RESOURCE_EXISTS) return absl::OkStatus();
        if (!inserted.ok()) return inserted;
        auto found = Load(unit.db(), d, GetString(*message, "name"), read.get());
        if (!found.ok()) return found.status();
        EXPECT_TRUE(*found);
        EXPECT_TRUE(google::protobuf::util::MessageDifferencer::Equivalent(*message, *read))
            << d.type() << " seed " << seed << "\n"
            << message->DebugString() << "\n--- read\n"
            << read->DebugString();
        return absl::OkStatus();
      });
      ASSERT_TRUE(status.ok()) << d.type() << " seed " << seed << ": " << status;
    }
  }
}

TEST_F(ResourceTest, ASelectionReadsItsColumnsAndNoOthers) {
  const Description& d = Description::Of<issues::v1::Issue>();
  issues::v1::Issue issue;
  issue.set_name(NewName(d, "offices/zhanhua", SystemClock().Now()));
  issue.set_state(issues::v1::RECTIFYING);
  issue.set_fact("x");
  issue.add_clocks()->set_amount(3);
  ASSERT_TRUE(InUnit([&](work::Unit& unit) { return Insert(unit, d, &issue); }).ok());
  const absl::Status status = InUnit([&](work::Unit& unit) -> absl::Status {
    // Stored fields that nobody asks for are not even looked at.
    const db::Params key = d.KeyOf(issue.name()).value();
    absl::Status broken =
        unit.db().Execute("UPDATE issue SET plan = 'no JSON' WHERE " + d.key_condition(), key).status();
    if (!broken.ok()) return broken;
    issues::v1::Issue read;
    EXPECT_FALSE(Load(unit.db(), d, issue.name(), &read).ok());
    const Selection selection = d.SelectionOf({"state", "clocks"});
    EXPECT_EQ(selection.list, "`office`, `issue`, `revision`, `state`, `clocks`");
    const auto rows =
        unit.db().Query("SELECT " + selection.list + " FROM issue WHERE " + d.key_condition(), key);
    if (!rows.ok()) return rows.status();
    absl::Status filled = d.FromRow(*rows, 0, selection, &read);
    if (!filled.ok()) return filled;
    issues::v1::Issue expected;
    expected.set_name(issue.name());
    expected.set_revision(issue.revision());
    expected.set_etag(issue.etag());
    expected.set_state(issue.state());
    *expected.mutable_clocks() = issue.clocks();
    EXPECT_TRUE(google::protobuf::util::MessageDifferencer::Equals(read, expected)) << read.DebugString();
    return absl::OkStatus();
  });
  EXPECT_TRUE(status.ok()) << status;
}

TEST_F(ResourceTest, AnUpdateOfAnOldRevisionIsRefused) {
  const Description& d = Description::Of<registry::v1::Matter>();
  registry::v1::Matter matter;
  matter.set_name("offices/zhanhua/matters/Z99");
  ASSERT_TRUE(InUnit([&](work::Unit& unit) { return Insert(unit, d, &matter); }).ok());
  registry::v1::Matter stale = matter;
  ASSERT_TRUE(InUnit([&](work::Unit& unit) {
                matter = stale;
                return Update(unit, d, &matter);
              }).ok());
  EXPECT_EQ(matter.revision(), 2);
  EXPECT_EQ(matter.etag(), "r2");
  absl::Status status = InUnit([&](work::Unit& unit) {
    registry::v1::Matter again = stale;
    return Update(unit, d, &again);
  });
  EXPECT_EQ(ReasonOf(status), ErrorReason::ETAG_MISMATCH);
}

TEST_F(ResourceTest, AReferenceToWhatAnotherOfficeHasIsRefused) {
  const Description& d = Description::Of<registry::v1::SchoolAssignment>();
  registry::v1::SchoolAssignment assignment;
  assignment.set_name(NewName(d, "offices/zhanhua", SystemClock().Now()));
  const std::string area = "/areas/" + FormatUuid(RandomUuid());
  assignment.set_area("offices/wudi" + area);
  auto insert = [&] { return InUnit([&](work::Unit& unit) { return Insert(unit, d, &assignment); }); };
  EXPECT_EQ(ReasonOf(insert()), ErrorReason::RESOURCE_NOT_FOUND);
  assignment.set_area("offices/zhanhua" + area);
  EXPECT_TRUE(insert().ok());
}

TEST_F(ResourceTest, NamesOfAnotherShapeAreNoKeys) {
  const Description& d = Description::Of<visits::v1::Finding>();
  const std::string visit = FormatUuid(RandomUuid());
  EXPECT_TRUE(d.KeyOf("offices/zhanhua/visits/" + visit + "/findings/3").ok());
  for (const std::string& name :
       {std::string(), std::string("offices/zhanhua"), "offices/zhanhua/visits/" + visit,
        "offices/zhanhua/visits/" + visit + "/findings/", "offices/zhanhua/visits/" + visit + "/findings/x",
        "offices//visits/" + visit + "/findings/3", "offices/zhanhua/visits/" + visit + "/findings/3/more",
        std::string("offices/zhanhua/visits/not-a-uuid/findings/3"),
        "schools/zhanhua/visits/" + visit + "/findings/3"}) {
    EXPECT_FALSE(d.KeyOf(name).ok()) << name;
  }
}

}  // namespace
}  // namespace inspectorate::resource
