#include "common/rpc/tls.h"

#include <grpcpp/security/tls_credentials_options.h>

#include <condition_variable>
#include <mutex>
#include <thread>
#include <utility>

#include "common/base/macros.h"
#include "common/obs/log.h"
#include "common/rpc/certificate_files.h"
#include "common/rpc/grpc_transport.h"

namespace inspectorate::rpc {
namespace {

using grpc::experimental::FileWatcherCertificateProvider;

class WatchedTls final : public GrpcTls {
 public:
  WatchedTls(TlsOptions options, CertificateFacts facts)
      : options_(std::move(options)),
        facts_(std::move(facts)),
        provider_(std::make_shared<FileWatcherCertificateProvider>(
            options_.key, options_.certificate, options_.authorities,
            static_cast<unsigned>(options_.refresh.count()))) {
    if (options_.metrics == nullptr || options_.certificate.empty()) return;
    Tell();
    watcher_ = std::thread([this] { Watch(); });
  }

  ~WatchedTls() override {
    {
      std::lock_guard lock(mutex_);
      stopping_ = true;
    }
    wake_.notify_all();
    if (watcher_.joinable()) watcher_.join();
  }

  std::shared_ptr<grpc::ServerCredentials> ForServer(bool clients_need_certificate) const override {
    grpc::experimental::TlsServerCredentialsOptions options(provider_);
    options.watch_identity_key_cert_pairs();
    options.watch_root_certs();
    options.set_cert_request_type(clients_need_certificate
                                      ? GRPC_SSL_REQUEST_AND_REQUIRE_CLIENT_CERTIFICATE_AND_VERIFY
                                      : GRPC_SSL_REQUEST_CLIENT_CERTIFICATE_AND_VERIFY);
    return grpc::experimental::TlsServerCredentials(options);
  }

  std::shared_ptr<grpc::ChannelCredentials> ForChannel() const override {
    grpc::experimental::TlsChannelCredentialsOptions options;
    options.set_certificate_provider(provider_);
    options.watch_root_certs();
    if (!options_.certificate.empty()) options.watch_identity_key_cert_pairs();
    return grpc::experimental::TlsCredentials(options);
  }

 private:
  // gRPC reads the files by itself, and says nothing of what it reads.
  void Watch() {
    std::unique_lock lock(mutex_);
    while (!wake_.wait_for(lock, options_.refresh, [this] { return stopping_; })) {
      const auto read = ReadCertificate(options_.certificate, options_.key);
      if (!read.ok()) {
        obs::Log(obs::Severity::kWarning, "certificate_not_read",
                 {{"service", options_.service_name}, {"why", std::string(read.status().message())}});
      } else if (read->serial != facts_.serial || read->expires != facts_.expires) {
        facts_ = *read;
        obs::Log(obs::Severity::kInfo, "certificate_read",
                 {{"service", options_.service_name},
                  {"serial", facts_.serial},
                  {"expires", FormatTime(facts_.expires)}});
      }
      Tell();
    }
  }

  void Tell() const {
    const auto left = std::chrono::duration<double>(facts_.expires - SystemClock().Now());
    options_.metrics->Set(obs::kCertificateSecondsLeft, {options_.service_name}, left.count());
  }

  const TlsOptions options_;
  CertificateFacts facts_;
  const std::shared_ptr<FileWatcherCertificateProvider> provider_;
  std::mutex mutex_;
  std::condition_variable wake_;
  bool stopping_ = false;
  std::thread watcher_;
};

}  // namespace

absl::StatusOr<std::shared_ptr<const Tls>> Tls::Open(TlsOptions options) {
  if (options.certificate.empty() != options.key.empty()) {
    return absl::InvalidArgumentError("a certificate and its key are given together");
  }
  RETURN_IF_ERROR(CheckAuthorities(options.authorities));
  CertificateFacts facts;
  if (!options.certificate.empty()) {
    ASSIGN_OR_RETURN(facts, ReadCertificate(options.certificate, options.key));
  }
  return std::make_shared<const WatchedTls>(std::move(options), std::move(facts));
}

}  // namespace inspectorate::rpc
