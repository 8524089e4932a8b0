#include "services/reporting/testing/projection_fixture.h"

#include <gtest/gtest.h>

#include "common/base/macros.h"
#include "common/feed/consumer.h"
#include "common/resource/description.h"
#include "common/roster/roster.h"
#include "common/testing/test_database.h"
#include "common/work/migrations.h"
#include "services/reporting/store/projection.h"

namespace inspectorate::reporting {
namespace {

using feed::v1::Change;
using google::protobuf::Message;

std::string SourceOf(const Message& resource) {
  const std::string package = resource.GetDescriptor()->file()->package();  // "inspectorate.visits.v1"
  const size_t begin = package.find('.') + 1;
  return package.substr(begin, package.rfind('.') - begin);
}

feed::Apply ApplyOf(const std::string& source) {
  if (source == "visits") return ApplyVisits();
  if (source == "issues") return ApplyIssues();
  return feed::CopyInto(roster::Resources());
}

const Uuid kSpace = *ParseUuid("6ba7b810-9dad-11d1-80b4-00c04fd430c8");

}  // namespace

ProjectionFixture::ProjectionFixture() {
  options_ = testing::TestDatabase::Get().NewSchema(work::WithPlatform({roster::Migrations(), Migrations()}));
  auto database = db::Database::Open(options_);
  EXPECT_TRUE(database.ok()) << database.status();
  database_ = *std::move(database);
  writer_ = std::make_unique<work::Writer>(*database_);
}

Uuid ProjectionFixture::Id(const std::string& collection, int id) {
  return DerivedUuid(kSpace, collection + "/" + std::to_string(id));
}
std::string ProjectionFixture::Name(const std::string& collection, int id) {
  return "offices/" + std::string(kOffice) + "/" + collection + "/" + FormatUuid(Id(collection, id));
}
std::string ProjectionFixture::SchoolName(int id) { return "schools/" + FormatUuid(Id("schools", id)); }
std::string ProjectionFixture::InspectorName(int id) {
  return "inspectors/" + FormatUuid(Id("inspectors", id));
}

Change ProjectionFixture::Append(Message* resource, Time occur, std::string event) {
  Feed& feed = feeds_[SourceOf(*resource)];
  const std::string name = resource::GetString(*resource, "name");
  const int64_t before = feed.revisions[name];
  const int64_t revision = ++feed.revisions[name];
  resource->GetReflection()->SetInt64(resource, resource->GetDescriptor()->FindFieldByName("revision"),
                                      revision);
  if (before != 0) feed.digest.Remove(name, static_cast<uint64_t>(before));
  feed.digest.Add(name, static_cast<uint64_t>(revision));

  Change change;
  change.set_office(kOffice);
  change.set_previous_position(feed.changes.size());
  change.set_position(feed.changes.size() + 1);
  change.set_epoch("epoch");
  change.set_kind(before == 0 ? Change::CREATED : Change::UPDATED);
  change.set_resource_type(resource::Description::Of(resource->GetDescriptor()).type());
  change.set_resource(name);
  change.set_revision(revision);
  change.mutable_after()->PackFrom(*resource);
  change.set_event(std::move(event));
  *change.mutable_occur_time() = resource::ToProto(occur);
  change.set_transaction_count(1);
  change.mutable_digest()->set_count(static_cast<int64_t>(feed.digest.count()));
  change.mutable_digest()->set_sum(feed.digest.Sum());
  feed.changes.push_back(change);
  return change;
}

Change ProjectionFixture::Put(Message* resource, Time occur, std::string event) {
  Change change = Append(resource, occur, std::move(event));
  const std::string source = SourceOf(*resource);
  const work::Actor actor{
      .subject = "services/reporting", .display_name = {}, .request_id = {}, .trace_id = {}};
  absl::Status status = writer_->RunInternal(db::Budget{}, actor, [&](work::Unit& unit) -> absl::Status {
    RETURN_IF_ERROR(ApplyOf(source)(unit, {change}));
    return unit.db()
        .Execute(
            "REPLACE INTO feed_checkpoint (source, office, position, epoch, digest_count, digest_sum)"
            " VALUES (?, ?, ?, ?, ?, ?)",
            {source, kOffice, change.position(), change.epoch(), change.digest().count(),
             change.digest().sum()})
        .status();
  });
  EXPECT_TRUE(status.ok()) << status << " " << change.ShortDebugString();
  return change;
}

void ProjectionFixture::Break(const std::string& sql, const db::Params& params) {
  absl::Status status = database_->Read(
      db::Budget{}, [&](db::Session& session) { return session.Execute(sql, params).status(); });
  EXPECT_TRUE(status.ok()) << status;
}

db::Value ProjectionFixture::Ask(const std::string& sql, const db::Params& params) {
  return testing::TestDatabase::Get().Ask(options_, sql, params);
}

uint64_t ProjectionFixture::position(const std::string& source) const {
  auto it = feeds_.find(source);
  return it == feeds_.end() ? 0 : it->second.changes.size();
}

}  // namespace inspectorate::reporting
