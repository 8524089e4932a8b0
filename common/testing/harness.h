// Services in one process, each on a schema of its own of a real database, talking over real sockets, with
// tokens of a real issuer: what an integration test needs.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "common/auth/jwt.h"
#include "common/rpc/client.h"
#include "common/service/service.h"

namespace inspectorate::testing {

class Harness {
 public:
  // Migrates and starts the services in this order; failures abort the test program.
  // With `tls` as in a cluster: each service shows a certificate that names it, and wants one of its callers.
  explicit Harness(std::vector<const service::Definition*> definitions, bool tls = false);
  ~Harness();

  // A client of `service` ("registry") for a caller.
  std::unique_ptr<rpc::Client> ClientOf(const std::string& service, const rpc::Principal& principal) const;
  std::string TokenOf(const rpc::Principal& principal) const;
  const auth::TokenIssuer& issuer() const { return *issuer_; }
  // Another issuer with the same key, for code under test that signs tokens itself.
  std::unique_ptr<auth::TokenIssuer> BorrowIssuer() const;
  std::string target(const std::string& service) const;
  // What a caller called `name` shows and trusts. Null without TLS.
  std::shared_ptr<const rpc::Tls> TlsOf(const std::string& name) const;
  db::Options database(const std::string& service) const;

  void Stop(const std::string& service);
  void Start(const std::string& service);

  // The platform operator; office staff ("offices/{office}/staff/{uuid}") and others of an office.
  static rpc::Principal Operator();
  static rpc::Principal Staff(const std::string& office, const std::string& name = "示例·办公室");
  static rpc::Principal Person(const std::string& subject, rpc::Role role, const std::string& office,
                               const std::string& name = "示例·某人");

  // A sandbox office with its clock at `time` ("2026-03-02T01:00:00Z").
  void CreateSandbox(const std::string& office, const std::string& time);
  void SetClock(const std::string& office, const std::string& time);
  // As if the office were older than roster.setup_days, which go by the clock of the server.
  void EndSetUp(const std::string& office) const;
  // Waits until every service has applied the others' feeds of this office up to their present heads, and
  // what that made them emit.
  void Settle(const std::string& office) const;

 private:
  struct Node;
  struct Certificates;
  Node& NodeOf(const std::string& service) const;
  std::string directory_;
  std::unique_ptr<auth::TokenIssuer> issuer_;
  std::unique_ptr<Certificates> certificates_;  // null: plain text
  std::vector<std::unique_ptr<Node>> nodes_;
};

}  // namespace inspectorate::testing
