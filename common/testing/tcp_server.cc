#include "common/testing/tcp_server.h"

#include <cstdio>
#include <cstdlib>

#include "absl/status/status.h"
#include "common/process/ports.h"

namespace inspectorate::testing {
namespace {

constexpr char kPassword[] = "a password of the tests";

void Require(const absl::Status& status, const std::string& what) {
  if (status.ok()) return;
  std::fprintf(stderr, "tcp server: %s: %s\n", what.c_str(), status.ToString().c_str());
  std::abort();
}

}  // namespace

std::vector<std::string> TlsArguments(SecretVolume& volume, const std::string& name) {
  const CertificateAuthority authority("an authority of the tests");
  const CertificatePair server = authority.Issue({.common_name = "database", .names = {name}});
  volume.Put(
      {{"ca.pem", authority.certificate()}, {"server.pem", server.certificate}, {"server.key", server.key}});
  return {"--ssl-ca=" + volume.Path("ca.pem"), "--ssl-cert=" + volume.Path("server.pem"),
          "--ssl-key=" + volume.Path("server.key")};
}

TcpServer::TcpServer(std::vector<std::string> arguments) : port_(process::FreePorts({0}).front()) {
  arguments.insert(arguments.begin(),
                   {"--skip-networking=0", "--bind-address=127.0.0.1", "--port=" + std::to_string(port_)});
  auto server = db::PrivateServer::Start({.durable = false, .arguments = std::move(arguments)});
  Require(server.status(), "start");
  server_ = std::move(server).value();
  Run("CREATE DATABASE app CHARACTER SET utf8mb4 COLLATE utf8mb4_bin");
  Run(std::string("CREATE USER app@'127.0.0.1' IDENTIFIED BY '") + kPassword + "'");
  Run("GRANT ALL PRIVILEGES ON app.* TO app@'127.0.0.1'");
}

db::Options TcpServer::options() const {
  return {.host = "127.0.0.1", .port = port_, .user = "app", .password = kPassword, .schema = "app"};
}

void TcpServer::Run(const std::string& sql) const {
  const auto database = db::Database::Open({.socket = server_->socket(), .user = "root", .pool_size = 1});
  Require(database.status(), "open");
  Require((*database)->Read({}, [&](db::Session& session) { return session.Execute(sql).status(); }), sql);
}

void TcpServer::KillSessions() const {
  const auto database = db::Database::Open({.socket = server_->socket(), .user = "root", .pool_size = 1});
  Require(database.status(), "open");
  Require((*database)->Read({},
                            [&](db::Session& session) {
                              const auto ids = session.Query(
                                  "SELECT id FROM information_schema.processlist WHERE user = 'app'");
                              if (!ids.ok()) return ids.status();
                              for (size_t i = 0; i < ids->size(); ++i) {
                                session.Execute("KILL CONNECTION " + std::to_string(ids->at(i, 0).AsUint()))
                                    .IgnoreError();  // it may have ended by itself
                              }
                              return absl::OkStatus();
                            }),
          "kill");
}

}  // namespace inspectorate::testing
