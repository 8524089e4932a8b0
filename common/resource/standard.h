// The standard methods, written once for every resource: get, list, batch get, create, update. A plain
// resource needs its proto, its migration and one line here; a resource with rules adds them as hooks.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "common/query/query.h"
#include "common/resource/description.h"
#include "common/resource/table.h"
#include "common/roster/scope.h"
#include "common/rpc/methods.h"
#include "common/work/unit.h"

namespace inspectorate::resource {

// What the handlers work with.
struct Platform {
  db::Database& database;
  work::Writer& writer;
  const query::PageTokens& page_tokens;
};

// Where the rules of a resource come in. All are optional.
struct Hooks {
  // Fills and checks a resource that is about to be created, or that was changed. Runs in the unit.
  std::function<absl::Status(work::Unit&, rpc::Call&, Message* resource)> before_create;
  std::function<absl::Status(work::Unit&, rpc::Call&, const Message& before, Message* after)> before_update;
  // What follows from a resource that was just created or changed, in the same unit.
  std::function<absl::Status(work::Unit&, const Message& resource)> after_write;
  // Fills derived fields of what is about to be shown; `today` is the office's day.
  std::function<absl::Status(db::Session&, rpc::Call&, Date today, Message* resource)> on_read;
  // The fields that on_read looks at, for lists that were asked for a few.
  std::vector<std::string> derived_from;
  // Rows that exist but must not be seen by this caller (unannounced visits): a further condition.
  std::function<query::Condition(const roster::Reach&)> visible;
  // Rows reached beside those of the caller's schools, by callers who reach only some schools (visits that an
  // inspector is sent on); an empty condition adds none.
  std::function<query::Condition(const roster::Reach&)> also_reached;
  // SQL of the school a row belongs to, for callers who reach only some schools; "" where rows belong to
  // none. Absent: the column `school`, where there is one.
  std::string school_column;
  // An index that begins with the office, for tables that grow: a list counts all rows of an office by it.
  // The key holds the rows themselves, and the server would read them.
  std::string count_index;
  // Makes of what Get found what its request asks for beside the name (a day).
  std::function<absl::Status(db::Session&, const Message& request, Message* resource)> on_get;
  // The event's verb where it is not "created"/"updated".
  std::string created_event;
  std::string updated_event;
};

// Registers those of Get{X}, List{Xs}, BatchGet{Xs}, Create{X}, Update{X} that `service` has in its contract.
void RegisterStandard(rpc::Methods& methods, const Platform& platform, std::string_view service,
                      const Descriptor* message, Hooks hooks = {});

// Does the caller's role work with protected fields (marked sensitive)? Hides them where not; for handlers of
// their own.
bool SeesProtected(const rpc::Call& call);
void Redact(const rpc::Call& call, Message* message);

// The handler of a mutation: `fn(unit, call, request) -> StatusOr<Response>` run by the writer.
// kAlone for those that take long: they would hold up the calls beside them.
template <class Request, class Response, class F>
void RegisterWrite(rpc::Methods& methods, const Platform& platform, std::string_view method, F fn,
                   rpc::Company company = rpc::Company::kTogether) {
  methods.Unary<Request, Response>(
      method,
      [&platform, fn = std::move(fn)](rpc::Call& call, const Request& request) -> absl::StatusOr<Response> {
        Response response;
        absl::Status status =
            platform.writer.Run(call, request, &response, [&](work::Unit& unit) -> absl::Status {
              absl::StatusOr<Response> result = fn(unit, call, request);
              if (!result.ok()) return result.status();
              response = *std::move(result);
              return absl::OkStatus();
            });
        if (!status.ok()) return status;
        Redact(call, &response);
        return response;
      },
      company);
}

// The handler of a read: `fn(session, call, request) -> StatusOr<Response>` on a pooled connection. kTogether
// for those that read little, by keys.
template <class Request, class Response, class F>
void RegisterRead(rpc::Methods& methods, const Platform& platform, std::string_view method, F fn,
                  rpc::Company company = rpc::Company::kAlone) {
  methods.Unary<Request, Response>(
      method,
      [&platform, fn = std::move(fn)](rpc::Call& call, const Request& request) -> absl::StatusOr<Response> {
        absl::StatusOr<Response> response = absl::UnknownError("not run");
        absl::Status status =
            platform.database.Read(call.budget(), [&](db::Session& session) -> absl::Status {
              response = fn(session, call, request);
              return response.status();
            });
        if (!status.ok()) return status;
        Redact(call, &*response);
        return response;
      },
      company);
}

}  // namespace inspectorate::resource
