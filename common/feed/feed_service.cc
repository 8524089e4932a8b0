#include "common/feed/feed_service.h"

#include <algorithm>
#include <memory>
#include <set>
#include <utility>

#include "common/base/macros.h"
#include "common/feed/digest.h"
#include "common/feed/event_log.h"
#include "common/resource/description.h"
#include "common/roster/scope.h"
#include "common/status/error.h"
#include "inspectorate/feed/v1/feed.pb.h"

namespace inspectorate::feed {
namespace {

constexpr char kService[] = "inspectorate.feed.v1.ChangeFeed.";
constexpr int kDefaultPage = 100;
constexpr int kMaxPage = 1000;

using resource::SlugOf;

v1::Digest DigestFrom(const db::Rows& rows, size_t row) {
  v1::Digest digest;
  digest.set_count(rows.at(row, "digest_count").AsInt());
  digest.set_sum(rows.at(row, "digest_sum").AsString());
  return digest;
}

v1::Digest ToProto(const Digest& digest) {
  v1::Digest proto;
  proto.set_count(static_cast<int64_t>(digest.count()));
  proto.set_sum(digest.Sum());
  return proto;
}

// Reads of an office's feed: the office itself and those above it.
absl::Status CheckOffice(db::Session& session, const rpc::Call& call, const std::string& office) {
  return roster::ReachForRead(session, call, office, Date{}).status();
}

struct Head {
  uint64_t position = 0;
  std::string epoch;
  v1::Digest digest;
};

// An office without events has the head 0.
absl::StatusOr<Head> ReadHead(db::Session& session, const std::string& office) {
  Head head;
  ASSIGN_OR_RETURN(head.epoch, ReadEpoch(session));
  ASSIGN_OR_RETURN(
      db::Rows rows,
      session.Query("SELECT position, digest_count, digest_sum FROM feed_head WHERE office = ?", {office}));
  head.digest = ToProto(Digest());
  if (rows.empty()) return head;
  head.position = rows.at(0, "position").AsUint();
  head.digest = DigestFrom(rows, 0);
  return head;
}

absl::StatusOr<v1::ListChangesResponse> ListChanges(db::Session& session, rpc::Call& call,
                                                    const v1::ListChangesRequest& request) {
  const std::string office = SlugOf(request.parent());
  RETURN_IF_ERROR(CheckOffice(session, call, office));
  ASSIGN_OR_RETURN(Head head, ReadHead(session, office));
  if (!request.epoch().empty() && request.epoch() != head.epoch) {
    return Error(ErrorReason::FEED_EPOCH_CHANGED, {{"epoch", head.epoch}});
  }
  if (request.after_position() > head.position) {
    return Error(ErrorReason::FEED_POSITION_AHEAD, {{"position", std::to_string(request.after_position())},
                                                    {"head", std::to_string(head.position)}});
  }
  const int size = request.page_size() == 0 ? kDefaultPage : std::min(request.page_size(), kMaxPage);
  ASSIGN_OR_RETURN(auto changes, ReadAfter(session, office, request.after_position(), size));
  const bool kept = changes.empty() ? request.after_position() == head.position
                                    : changes.front().previous_position() == request.after_position();
  if (!kept) {
    return Error(ErrorReason::FEED_POSITION_EXPIRED,
                 {{"position", std::to_string(request.after_position())}});
  }
  v1::ListChangesResponse response;
  response.set_epoch(head.epoch);
  response.set_next_position(changes.empty() ? request.after_position() : changes.back().position());
  response.set_head_position(std::max<uint64_t>(head.position, response.next_position()));
  const std::set<std::string> types(request.resource_types().begin(), request.resource_types().end());
  for (v1::Change& change : changes) {
    if (types.empty() || types.contains(change.resource_type())) response.add_changes()->Swap(&change);
  }
  return response;
}

absl::StatusOr<v1::SnapshotPosition> GetSnapshotPosition(db::Session& session, rpc::Call& call,
                                                         const v1::GetSnapshotPositionRequest& request) {
  const std::string office = SlugOf(request.parent());
  RETURN_IF_ERROR(CheckOffice(session, call, office));
  ASSIGN_OR_RETURN(Head head, ReadHead(session, office));
  v1::SnapshotPosition position;
  position.set_position(head.position);
  position.set_epoch(head.epoch);
  *position.mutable_digest() = head.digest;
  return position;
}

absl::StatusOr<v1::GetWatermarksResponse> GetWatermarks(db::Session& session, rpc::Call& call,
                                                        const v1::GetWatermarksRequest& request) {
  const std::string office = SlugOf(request.parent());
  RETURN_IF_ERROR(CheckOffice(session, call, office));
  ASSIGN_OR_RETURN(Head head, ReadHead(session, office));
  v1::GetWatermarksResponse response;
  response.set_position(head.position);
  response.set_epoch(head.epoch);
  ASSIGN_OR_RETURN(db::Rows rows, session.Query("SELECT source, position, epoch, digest_count, digest_sum"
                                                " FROM feed_checkpoint WHERE office = ? ORDER BY source",
                                                {office}));
  for (size_t i = 0; i < rows.size(); ++i) {
    v1::Watermark* mark = response.add_watermarks();
    mark->set_source(rows.at(i, "source").AsString());
    mark->set_position(rows.at(i, "position").AsUint());
    mark->set_epoch(rows.at(i, "epoch").AsString());
    *mark->mutable_digest() = DigestFrom(rows, i);
  }
  return response;
}

// Up to where a state has come.
absl::StatusOr<uint64_t> PositionOf(db::Session& session, const std::string& office,
                                    const std::string& source) {
  if (source.empty()) {
    ASSIGN_OR_RETURN(Head head, ReadHead(session, office));
    return head.position;
  }
  ASSIGN_OR_RETURN(db::Rows rows,
                   session.Query("SELECT position FROM feed_checkpoint WHERE source = ? AND office = ?",
                                 {source, office}));
  return rows.empty() ? 0 : rows.at(0, 0).AsUint();
}

// In a snapshot, where position and rows belong together: a lock instead would keep all writes of the office
// waiting, and with them those that share their transactions.
absl::StatusOr<v1::StateDigest> GetStateDigest(db::Session& session,
                                               const std::vector<DigestedResource>& resources,
                                               const v1::GetStateDigestRequest& request) {
  const std::string office = SlugOf(request.parent());
  v1::StateDigest response;
  ASSIGN_OR_RETURN(uint64_t position, PositionOf(session, office, request.source()));
  response.set_position(position);
  const std::set<int> wanted(request.bucket_entries().begin(), request.bucket_entries().end());
  BucketedDigest digest;
  for (const DigestedResource& resource : resources) {
    if (resource.source != request.source()) continue;
    const auto& d = resource::Description::Of(resource.message);
    std::string keys;
    for (const auto& key : d.keys()) keys += "`" + key.variable + "`, ";
    ASSIGN_OR_RETURN(
        db::Rows rows,
        session.Query("SELECT " + keys + "`revision` FROM `" + d.table() + "` WHERE `office` = ?", {office}));
    for (size_t i = 0; i < rows.size(); ++i) {
      std::vector<db::Value> key;
      for (size_t k = 0; k < d.keys().size(); ++k) key.push_back(rows.at(i, k));
      const std::string name = d.NameOf(key);
      const int64_t revision = rows.at(i, "revision").AsInt();
      digest.Add(name, static_cast<uint64_t>(revision));
      if (wanted.contains(static_cast<int>(BucketedDigest::BucketOf(name)))) {
        v1::DigestEntry* entry = response.add_entries();
        entry->set_resource(name);
        entry->set_revision(revision);
      }
    }
  }
  *response.mutable_digest() = ToProto(digest.Total());
  if (request.with_buckets()) {
    for (size_t i = 0; i < BucketedDigest::kBuckets; ++i) *response.add_buckets() = ToProto(digest.bucket(i));
  }
  return response;
}

template <class Request, class Response, class F>
void Read(rpc::Methods& methods, db::Database& database, const char* name, F fn) {
  methods.Unary<Request, Response>(
      std::string(kService) + name,
      [&database, fn](rpc::Call& call, const Request& request) -> absl::StatusOr<Response> {
        absl::StatusOr<Response> response = absl::UnknownError("not run");
        RETURN_IF_ERROR(database.Read(call.budget(), [&](db::Session& session) -> absl::Status {
          response = fn(session, call, request);
          return response.status();
        }));
        return response;
      });
}

// Opening a watch must not block: the hub asks for the caller's offices when it first serves the stream.
std::function<void()> Watch(Hub& hub, const std::shared_ptr<rpc::Call>& call,
                            const v1::WatchChangesRequest& request, std::shared_ptr<rpc::StreamSink> sink) {
  Subscription subscription;
  subscription.sink = std::move(sink);
  subscription.readable =
      [call, office = SlugOf(request.parent())](db::Session& session) -> absl::StatusOr<roster::Offices> {
    if (office == "-") return roster::ReadableOffices(session, *call);
    RETURN_IF_ERROR(CheckOffice(session, *call, office));
    return roster::Offices{.all = false, .slugs = {office}};
  };
  for (const v1::Cursor& cursor : request.cursors()) {
    subscription.starts[cursor.office()] = {.after = cursor.after_position(), .epoch = cursor.epoch()};
  }
  subscription.resource_types = {request.resource_types().begin(), request.resource_types().end()};
  return hub.Subscribe(std::move(subscription));
}

}  // namespace

void RegisterFeed(rpc::Methods& methods, db::Database& database, Hub& hub,
                  std::vector<DigestedResource> resources) {
  Read<v1::ListChangesRequest, v1::ListChangesResponse>(methods, database, "ListChanges", ListChanges);
  Read<v1::GetSnapshotPositionRequest, v1::SnapshotPosition>(methods, database, "GetSnapshotPosition",
                                                             GetSnapshotPosition);
  Read<v1::GetWatermarksRequest, v1::GetWatermarksResponse>(methods, database, "GetWatermarks",
                                                            GetWatermarks);
  methods.Unary<v1::GetStateDigestRequest, v1::StateDigest>(
      std::string(kService) + "GetStateDigest",
      [&database, resources = std::move(resources)](
          rpc::Call& call, const v1::GetStateDigestRequest& request) -> absl::StatusOr<v1::StateDigest> {
        absl::StatusOr<v1::StateDigest> response = absl::UnknownError("not run");
        RETURN_IF_ERROR(database.Transact(
            call.budget(), {.read_only = true}, [&](db::Transaction& snapshot) -> absl::Status {
              RETURN_IF_ERROR(CheckOffice(snapshot, call, SlugOf(request.parent())));
              response = GetStateDigest(snapshot, resources, request);
              return response.status();
            }));
        return response;
      });
  methods.AddStream(std::string(kService) + "WatchChanges", [&hub](const std::shared_ptr<rpc::Call>& call,
                                                                   const rpc::Message& request,
                                                                   std::shared_ptr<rpc::StreamSink> sink) {
    return Watch(hub, call, static_cast<const v1::WatchChangesRequest&>(request), std::move(sink));
  });
}

}  // namespace inspectorate::feed
