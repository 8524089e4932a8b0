// A private database on a port of 127.0.0.1, with a user "app" who may do everything in schema "app": for
// tests of what a socket does not show.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "common/db/database.h"
#include "common/db/private/private_server.h"
#include "common/testing/certificates.h"

namespace inspectorate::testing {

// Makes an authority and a certificate of it for the server with this subject alternative name
// ("IP:127.0.0.1") in `volume`, the former as "ca.pem". The server's options that use them.
std::vector<std::string> TlsArguments(SecretVolume& volume, const std::string& name);

// Failures abort.
class TcpServer {
 public:
  // `arguments` are more options of the server.
  explicit TcpServer(std::vector<std::string> arguments = {});

  int port() const { return port_; }
  std::string address() const { return "127.0.0.1:" + std::to_string(port_); }
  // Over TCP as app, in schema app.
  db::Options options() const;
  db::PrivateServer& server() { return *server_; }

  // As root over the socket.
  void Run(const std::string& sql) const;
  // Ends all of app's sessions.
  void KillSessions() const;

 private:
  int port_ = 0;
  std::unique_ptr<db::PrivateServer> server_;
};

}  // namespace inspectorate::testing
