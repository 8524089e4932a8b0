#include "tests/robustness/observe.h"

#include <memory>

#include "common/base/macros.h"
#include "common/db/database.h"
#include "common/resource/description.h"
#include "common/resource/redact.h"
#include "common/roster/roster.h"
#include "common/service/service.h"
#include "google/protobuf/io/coded_stream.h"
#include "google/protobuf/io/zero_copy_stream_impl_lite.h"
#include "services/issues/service.h"
#include "services/registry/definition.h"
#include "services/reporting/service.h"
#include "services/visits/definition.h"

namespace inspectorate::robustness {
namespace {

using google::protobuf::Message;
using resource::Description;

constexpr char kRegistry[] = "registry";

std::vector<const service::Definition*> Definitions() {
  return {&registry::Definition(), &visits::Definition(), &issues::IssuesDefinition(),
          &reporting::ReportingDefinition()};
}

// What a service's digests speak of, and what tables it therefore has: as the service itself completes it.
std::vector<feed::DigestedResource> StateOf(const service::Definition& definition) {
  std::vector<feed::DigestedResource> state = definition.state;
  bool roster = definition.name == kRegistry;
  for (const auto& resource : state) roster = roster || resource.source == kRegistry;
  if (!roster) {
    for (const auto* message : roster::Resources())
      state.push_back({.source = kRegistry, .message = message});
  }
  return state;
}

std::unique_ptr<Message> NewMessage(const Description& description) {
  return std::unique_ptr<Message>(
      google::protobuf::MessageFactory::generated_factory()->GetPrototype(&description.message())->New());
}

// The same bytes for the same content: without what feeds do not carry.
std::string ContentOf(Message& message) {
  resource::ClearSensitive(&message);
  std::string bytes;
  google::protobuf::io::StringOutputStream stream(&bytes);
  google::protobuf::io::CodedOutputStream coded(&stream);
  coded.SetSerializationDeterministic(true);
  message.SerializeToCodedStream(&coded);
  coded.Trim();
  return bytes;
}

absl::Status ReadFeed(db::Session& session, const std::string& office, Feed* feed) {
  ASSIGN_OR_RETURN(db::Rows head, session.Query("SELECT position FROM feed_head WHERE office = ?", {office}));
  if (!head.empty()) feed->head = head.at(0, 0).AsUint();
  ASSIGN_OR_RETURN(db::Rows rows, session.Query("SELECT body, position FROM feed_event WHERE office = ?"
                                                " ORDER BY position",
                                                {office}));
  for (size_t i = 0; i < rows.size(); ++i) {
    feed::v1::Change change;
    if (!change.ParseFromString(rows.at(i, "body").AsString()))
      return absl::InternalError("an event cannot be read");
    RETURN_IF_ERROR(Normalise(&change));
    feed->changes.push_back(std::move(change));
  }
  return absl::OkStatus();
}

absl::Status ReadTable(db::Session& session, const Description& description, const std::string& office,
                       Table* table) {
  const bool of_office = description.office_scoped() || description.FindColumn("office") != nullptr;
  ASSIGN_OR_RETURN(db::Rows rows,
                   session.Query("SELECT " + description.select_list() + " FROM `" + description.table() +
                                     "`" + (of_office ? " WHERE `office` = ?" : ""),
                                 of_office ? db::Params{office} : db::Params{}));
  for (size_t i = 0; i < rows.size(); ++i) {
    const std::unique_ptr<Message> message = NewMessage(description);
    RETURN_IF_ERROR(description.FromRow(rows, i, message.get()));
    if (resource::OfficeOf(description, *message) != office) continue;
    const std::string name = resource::GetString(*message, "name");
    const int64_t revision = resource::RevisionOf(*message);
    table->rows[name] = {.revision = revision, .content = ContentOf(*message)};
  }
  return absl::OkStatus();
}

absl::Status ReadNumbers(db::Session& session, const std::string& office, Observation* seen) {
  ASSIGN_OR_RETURN(db::Rows notices,
                   session.Query("SELECT year, serial FROM notice WHERE office = ?", {office}));
  for (size_t i = 0; i < notices.size(); ++i)
    seen->notices.push_back(
        {static_cast<int>(notices.at(i, "year").AsInt()), static_cast<int>(notices.at(i, "serial").AsInt())});
  ASSIGN_OR_RETURN(db::Rows counters,
                   session.Query("SELECT year, serial FROM notice_counter WHERE office = ?", {office}));
  for (size_t i = 0; i < counters.size(); ++i)
    seen->last_serials[static_cast<int>(counters.at(i, "year").AsInt())] =
        static_cast<int>(counters.at(i, "serial").AsInt());
  return absl::OkStatus();
}

// One text a row: every column in hexadecimal.
absl::StatusOr<std::vector<std::string>> ReadRows(db::Session& session, const std::string& schema,
                                                  const std::string& table, const std::string& office) {
  ASSIGN_OR_RETURN(db::Rows columns,
                   session.Query("SELECT COLUMN_NAME AS name FROM information_schema.COLUMNS"
                                 " WHERE TABLE_SCHEMA = ? AND TABLE_NAME = ? ORDER BY ORDINAL_POSITION",
                                 {schema, table}));
  std::string list;
  for (size_t i = 0; i < columns.size(); ++i)
    list += ", '" + columns.at(i, 0).AsString() + "=', COALESCE(HEX(`" + columns.at(i, 0).AsString() +
            "`), '-'), ' '";
  ASSIGN_OR_RETURN(db::Rows rows, session.Query("SELECT CONCAT(''" + list + ") AS line FROM `" + table +
                                                    "` WHERE office = ? ORDER BY line",
                                                {office}));
  std::vector<std::string> lines;
  for (size_t i = 0; i < rows.size(); ++i) lines.push_back(rows.at(i, 0).AsString());
  return lines;
}

absl::StatusOr<std::unique_ptr<db::Database>> Open(const testing::Fleet& fleet, const std::string& service) {
  db::Options options = fleet.Database(service);
  options.pool_size = 1;
  return db::Database::Open(std::move(options));
}

}  // namespace

absl::Status Normalise(feed::v1::Change* change) {
  if (change->kind() == feed::v1::Change::TOMBSTONED) return absl::OkStatus();
  const Description* description = Description::ByType(change->resource_type());
  if (description == nullptr) return absl::InternalError("no resource " + change->resource_type());
  const std::unique_ptr<Message> after = NewMessage(*description);
  if (!change->after().UnpackTo(after.get())) return absl::InternalError("a change without its resource");
  change->mutable_after()->set_value(ContentOf(*after));
  return absl::OkStatus();
}

absl::Status Normalise(feed::WatchHistory* watch) {
  for (feed::Received& received : watch->received) {
    for (auto& change : *received.message.mutable_changes()) RETURN_IF_ERROR(Normalise(&change));
  }
  return absl::OkStatus();
}

Look ReadLook(const testing::Clients& clients, const std::string& office) {
  Look look;
  for (const auto& [service, client] : clients) {
    feed::v1::GetWatermarksRequest request;
    request.set_parent("offices/" + office);
    const auto marks = client->Call<feed::v1::GetWatermarksResponse>(
        "inspectorate.feed.v1.ChangeFeed.GetWatermarks", request);
    if (!marks.ok()) continue;
    look.heads[service] = marks->position();
    for (const auto& mark : marks->watermarks()) look.applied[service][mark.source()] = mark.position();
  }
  return look;
}

absl::StatusOr<std::map<std::string, uint64_t>> ReadHeads(const testing::Fleet& fleet,
                                                          const std::string& office) {
  std::map<std::string, uint64_t> heads;
  for (const service::Definition* definition : Definitions()) {
    ASSIGN_OR_RETURN(const auto database, Open(fleet, definition->name));
    RETURN_IF_ERROR(
        database->Read(db::Budget::Of(std::chrono::seconds(30)), [&](db::Session& session) -> absl::Status {
          ASSIGN_OR_RETURN(db::Rows rows,
                           session.Query("SELECT position FROM feed_head WHERE office = ?", {office}));
          heads[definition->name] = rows.empty() ? 0 : rows.at(0, 0).AsUint();
          return absl::OkStatus();
        }));
  }
  return heads;
}

absl::Status ReadState(const testing::Fleet& fleet, const std::string& office, Observation* seen) {
  for (const service::Definition* definition : Definitions()) {
    ASSIGN_OR_RETURN(const auto database, Open(fleet, definition->name));
    const std::string& name = definition->name;
    RETURN_IF_ERROR(
        database->Read(db::Budget::Of(std::chrono::seconds(60)), [&](db::Session& session) -> absl::Status {
          RETURN_IF_ERROR(ReadFeed(session, office, &seen->feeds[name]));
          for (const auto& resource : StateOf(*definition)) {
            const Description& description = Description::Of(resource.message);
            Table table{.service = name, .source = resource.source, .type = description.type()};
            RETURN_IF_ERROR(ReadTable(session, description, office, &table));
            seen->tables.push_back(std::move(table));
          }
          return name == "issues" ? ReadNumbers(session, office, seen) : absl::OkStatus();
        }));
  }
  return absl::OkStatus();
}

absl::StatusOr<Dump> ReadDump(const testing::Fleet& fleet, const std::string& service,
                              const std::string& office) {
  ASSIGN_OR_RETURN(const auto database, Open(fleet, service));
  Dump dump;
  RETURN_IF_ERROR(
      database->Read(db::Budget::Of(std::chrono::seconds(60)), [&](db::Session& session) -> absl::Status {
        ASSIGN_OR_RETURN(db::Rows tables,
                         session.Query("SELECT TABLE_NAME AS name FROM information_schema.COLUMNS"
                                       " WHERE TABLE_SCHEMA = ? AND COLUMN_NAME = 'office'",
                                       {service}));
        for (size_t i = 0; i < tables.size(); ++i) {
          const std::string table = tables.at(i, 0).AsString();
          ASSIGN_OR_RETURN(dump[table], ReadRows(session, service, table, office));
        }
        return absl::OkStatus();
      }));
  return dump;
}

absl::Status DropSchema(const testing::Fleet& fleet, const std::string& service) {
  ASSIGN_OR_RETURN(const auto database, Open(fleet, service));
  return database->Read(db::Budget::Of(std::chrono::seconds(60)), [&](db::Session& session) -> absl::Status {
    RETURN_IF_ERROR(session.Execute("DROP DATABASE `" + service + "`").status());
    return session.Execute("CREATE DATABASE `" + service + "` CHARACTER SET utf8mb4 COLLATE utf8mb4_bin")
        .status();
  });
}

}  // namespace inspectorate::robustness
