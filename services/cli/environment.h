// What the command line keeps on this machine: where the services are, and who is logged in.
#pragma once

#include <map>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "common/rpc/call.h"

namespace inspectorate::cli {

struct Environment {
  std::string home;
  std::map<std::string, std::string> endpoints;  // "registry" → "127.0.0.1:7401"
  // PEM files. Without authorities the services are spoken to in plain text.
  std::string tls_authorities{};
  std::string tls_certificate{};
  std::string tls_key{};
  // Private key of the local issuer; empty where tokens come from elsewhere.
  std::string issuer_key;
  std::string issuer = "inspectorate-local";
  std::string audience = "inspectorate";
};

struct Login {
  rpc::Principal principal;
  std::string token;  // never printed
};

// `given`, else $INSPECTORATE_HOME, else ./.inspectorate where there is one, else ~/.inspectorate.
std::string FindHome(const std::string& given);
// Reads `endpoints.json`; a home without one gives no endpoints.
absl::StatusOr<Environment> ReadEnvironment(const std::string& home);

// `login.json`, readable by its owner only. UNAUTHENTICATED when nobody is logged in.
absl::StatusOr<Login> ReadLogin(const std::string& home);
absl::Status WriteLogin(const std::string& home, const Login& login);

absl::StatusOr<std::string> ReadFile(const std::string& path);
inline constexpr int kReadableByAll = 0644;
absl::Status WriteFile(const std::string& path, const std::string& content, int mode);

}  // namespace inspectorate::cli
