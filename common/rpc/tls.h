// TLS of a process: its own certificate and the authorities that it trusts, read again when the files change.
// No gRPC type is visible here.
#pragma once

#include <chrono>
#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "common/obs/metrics.h"

namespace inspectorate::rpc {

struct TlsOptions {
  // PEM files. Certificate and key belong together; a client may have neither.
  std::string certificate{};
  std::string key{};
  // Who signs the certificates of the other side: clients' for a server, servers' for a client.
  std::string authorities{};
  // How often the files are looked at. New connections use what was read last; open ones go on.
  std::chrono::seconds refresh{10};
  // For the gauge and the log lines about the own certificate. Null: it is not watched.
  std::string service_name{};
  obs::Metrics* metrics = nullptr;
};

class Tls {
 public:
  // Fails when a file cannot be read, is no PEM, or the key is not the certificate's: said at the start, not
  // at every handshake.
  static absl::StatusOr<std::shared_ptr<const Tls>> Open(TlsOptions options);
  virtual ~Tls() = default;
};

}  // namespace inspectorate::rpc
