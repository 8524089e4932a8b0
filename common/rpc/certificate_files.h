// What certificate files say, without gRPC.
#pragma once

#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "common/base/time.h"

namespace inspectorate::rpc {

struct CertificateFacts {
  std::string serial;  // hexadecimal
  Time expires;        // the earliest end in the chain
};

// The chain in `certificate`, checked against `key`.
absl::StatusOr<CertificateFacts> ReadCertificate(const std::string& certificate, const std::string& key);
// OK when the file holds at least one certificate and nothing broken.
absl::Status CheckAuthorities(const std::string& file);

}  // namespace inspectorate::rpc
