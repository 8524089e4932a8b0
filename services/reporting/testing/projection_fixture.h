// A projection filled through the code that fills the real one, without the services it copies from.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "common/base/time.h"
#include "common/db/database.h"
#include "common/feed/digest.h"
#include "common/work/unit.h"
#include "google/protobuf/message.h"
#include "inspectorate/feed/v1/feed.pb.h"

namespace inspectorate::reporting {

// A database of reporting, and the feeds of its sources as far as a test has written them. One office.
class ProjectionFixture {
 public:
  static constexpr char kOffice[] = "test";

  ProjectionFixture();

  // Adds a change to the feed of the resource's owner (source by its type) and applies it at once. Sets the
  // revision. `occur` is when it happened.
  feed::v1::Change Put(google::protobuf::Message* resource, Time occur = Time{},
                       std::string event = "resource.changed");
  // The same, without applying it.
  feed::v1::Change Append(google::protobuf::Message* resource, Time occur = Time{},
                          std::string event = "resource.changed");
  // Removes a row behind the projection's back, or runs any other statement: a planted defect.
  void Break(const std::string& sql, const db::Params& params = {});

  db::Database& database() { return *database_; }
  const db::Options& options() const { return options_; }
  work::Writer& writer() { return *writer_; }
  uint64_t position(const std::string& source) const;
  const std::vector<feed::v1::Change>& changes(const std::string& source) { return feeds_[source].changes; }
  db::Value Ask(const std::string& sql, const db::Params& params = {});

  // "offices/test/visits/{uuid}" with a uuid that follows from `id`; and "schools/{uuid}".
  static std::string Name(const std::string& collection, int id);
  static std::string SchoolName(int id);
  static std::string InspectorName(int id);
  static Uuid Id(const std::string& collection, int id);

 private:
  struct Feed {
    std::vector<feed::v1::Change> changes;
    std::map<std::string, int64_t> revisions;
    feed::Digest digest;
  };
  db::Options options_;
  std::unique_ptr<db::Database> database_;
  std::unique_ptr<work::Writer> writer_;
  std::map<std::string, Feed> feeds_;
};

}  // namespace inspectorate::reporting
