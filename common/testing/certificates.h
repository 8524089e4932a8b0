// Certificates for the tests of TLS, made in the process: no key lies in the tree, and none expires there.
#pragma once

#include <chrono>
#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace inspectorate::testing {

struct CertificateRequest {
  std::string common_name;
  std::vector<std::string> names{};    // subject alternative names: "DNS:visits", "IP:127.0.0.1"
  std::chrono::seconds begins{-3600};  // from now
  std::chrono::seconds ends{3600};
};

struct CertificatePair {
  std::string certificate;  // PEM
  std::string key;
};

// Failures abort: without certificates no test means anything.
class CertificateAuthority {
 public:
  explicit CertificateAuthority(const std::string& name);
  ~CertificateAuthority();
  const std::string& certificate() const { return own_.certificate; }
  CertificatePair Issue(const CertificateRequest& request) const;

 private:
  CertificatePair own_;
  struct State;
  std::unique_ptr<State> state_;
};

// A directory as a mounted Secret is one: `..data` is a symbolic link to a version, the files are links
// through it, and a new version takes effect for all of them at once. Removed at the end.
class SecretVolume {
 public:
  SecretVolume();
  ~SecretVolume();
  void Put(const std::map<std::string, std::string>& files);
  std::string Path(const std::string& name) const { return (directory_ / name).string(); }

 private:
  std::filesystem::path directory_;
  int version_ = 0;
};

}  // namespace inspectorate::testing
