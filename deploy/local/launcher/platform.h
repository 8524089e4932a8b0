// The whole platform on this machine: a private database and the four services, as children of this process.
#pragma once

#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "common/auth/jwt.h"
#include "common/db/private/private_server.h"
#include "common/process/child.h"

namespace inspectorate::local {

struct PlatformOptions {
  std::string home;      // absolute; made if missing, kept at the end
  std::string programs;  // folder of the services' binaries
  // False where the data is thrown away anyway: commits do not wait for the disk.
  bool durable = true;
  // One line a step, for people.
  std::function<void(const std::string&)> say;
  // True when starting should be given up.
  std::function<bool()> stop;
};

// Files of a home:
//   db/ log/                  the database's data; one log a program
//   endpoints.json            where the services listen, and the issuer's key: what the command line reads
//   issuer.jwk jwks.json      the local issuer, private and public
//   secrets/ tokens/          database passwords, the key of page tokens; bearer tokens of services and
//   operator
class Platform {
 public:
  // Returns when every service reports that it serves. CANCELLED when told to stop.
  static absl::StatusOr<std::unique_ptr<Platform>> Start(PlatformOptions options);
  ~Platform();  // stops the services, then the database, each cleanly

  // OK while all children run; otherwise which one ended and the end of its log.
  absl::Status Check();
  // New tokens when the present ones have lived half their time; to be called now and then.
  absl::Status RenewTokens();

  // "registry" → "127.0.0.1:7401"
  const std::map<std::string, std::string>& endpoints() const { return endpoints_; }
  std::string operator_token_file() const { return options_.home + "/tokens/operator"; }

 private:
  explicit Platform(PlatformOptions options) : options_(std::move(options)) {}
  absl::Status Begin();
  absl::Status MakeIdentities();
  absl::Status IssueTokens();
  absl::Status StartDatabase();
  absl::StatusOr<std::string> WriteUsers() const;
  absl::Status Migrate();
  absl::Status StartServices();
  absl::Status AwaitHealth();
  absl::Status WriteEndpoints() const;
  std::vector<std::string> DatabaseArguments(const std::string& service, const std::string& user) const;
  std::string Path(const std::string& name) const { return options_.home + "/" + name; }

  PlatformOptions options_;
  std::unique_ptr<auth::TokenIssuer> issuer_;
  std::chrono::system_clock::time_point issued_;
  std::unique_ptr<db::PrivateServer> database_;
  std::map<std::string, std::string> endpoints_;
  std::vector<std::unique_ptr<process::Child>> services_;
};

}  // namespace inspectorate::local
