// TLS over real sockets: who gets in, who does not, and what happens when certificates are replaced.
#include "common/rpc/tls.h"

#include <atomic>
#include <thread>

#include "common/obs/log.h"
#include "common/rpc/client.h"
#include "common/rpc/server.h"
#include "common/rpc/testdata/echo.pb.h"
#include "common/status/error.h"
#include "common/testing/certificates.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace inspectorate::rpc {
namespace {

using inspectorate::testing::CertificateAuthority;
using inspectorate::testing::CertificatePair;
using inspectorate::testing::SecretVolume;
using rpctest::EchoRequest;
using rpctest::EchoResponse;
using std::chrono::milliseconds;
using std::chrono::seconds;
using std::chrono::steady_clock;
using ::testing::HasSubstr;

constexpr char kRead[] = "inspectorate.rpctest.Echo.Read";
constexpr char kWatch[] = "inspectorate.rpctest.Echo.Watch";
constexpr seconds kRefresh{1};

bool Eventually(const std::function<bool()>& condition) {
  const auto end = steady_clock::now() + seconds(20);
  while (!condition()) {
    if (steady_clock::now() > end) return false;
    std::this_thread::sleep_for(milliseconds(20));
  }
  return true;
}

// The token is the subject; "staff/…" is an office's, "services/…" a service's.
class SubjectAsToken : public Authenticator {
 public:
  absl::StatusOr<Principal> Authenticate(std::string_view authorization) const override {
    Principal principal{.subject = std::string(authorization.substr(std::string_view("Bearer ").size())),
                        .display_name = "",
                        .role = Role::ROLE_DISTRICT_OFFICE,
                        .office = "zhanhua"};
    if (principal.subject.starts_with("services/")) principal.role = Role::ROLE_SERVICE;
    return principal;
  }
};

std::shared_ptr<const Methods> Handlers() {
  auto methods = std::make_shared<Methods>();
  for (const char* method : {kRead, "inspectorate.rpctest.Echo.Write", "inspectorate.rpctest.Echo.Look",
                             "inspectorate.rpctest.Echo.Forgotten"}) {
    methods->Unary<EchoRequest, EchoResponse>(
        method, [](Call& call, const EchoRequest&) -> absl::StatusOr<EchoResponse> {
          EchoResponse response;
          response.set_subject(call.principal().subject);
          return response;
        });
  }
  // Open until the reader goes; one message when it begins.
  methods->AddStream(kWatch, [](std::shared_ptr<Call>, const Message&, std::shared_ptr<StreamSink> sink) {
    EchoResponse message;
    sink->Send(message);
    auto beat = std::make_shared<std::atomic<bool>>(true);
    std::thread([beat, sink] {
      for (int i = 0; *beat && i < 3000; ++i) {
        std::this_thread::sleep_for(milliseconds(10));
        if (!sink->Send(EchoResponse())) return;
      }
      sink->Finish(absl::OkStatus());
    }).detach();
    return [beat] { *beat = false; };
  });
  return methods;
}

class TlsTest : public ::testing::Test {
 protected:
  void SetUp() override {
    obs::SetLogSink([](std::string_view) {});
  }
  void TearDown() override {
    server_.reset();
    obs::SetLogSink({});
  }

  static CertificatePair Named(const CertificateAuthority& authority, const std::string& name) {
    return authority.Issue({.common_name = name, .names = {"DNS:" + name, "DNS:localhost"}});
  }

  // "tls.crt", "tls.key" and "ca.crt", as a Secret of the type kubernetes.io/tls holds them.
  static void Fill(SecretVolume& volume, const CertificatePair& own, const std::string& authorities) {
    volume.Put({{"tls.crt", own.certificate}, {"tls.key", own.key}, {"ca.crt", authorities}});
  }

  std::shared_ptr<const Tls> Open(const SecretVolume& volume, obs::Metrics* metrics = nullptr) {
    auto tls = Tls::Open({.certificate = volume.Path("tls.crt"),
                          .key = volume.Path("tls.key"),
                          .authorities = volume.Path("ca.crt"),
                          .refresh = kRefresh,
                          .service_name = "rpctest",
                          .metrics = metrics});
    EXPECT_TRUE(tls.ok()) << tls.status();
    return tls.ok() ? *tls : nullptr;
  }

  // Certificate of `pair`, trusting `authorities`.
  std::shared_ptr<const Tls> ClientTls(const CertificatePair& pair, const std::string& authorities) {
    volumes_.push_back(std::make_unique<SecretVolume>());
    Fill(*volumes_.back(), pair, authorities);
    return Open(*volumes_.back());
  }
  std::shared_ptr<const Tls> WithoutCertificate(const std::string& authorities) {
    volumes_.push_back(std::make_unique<SecretVolume>());
    volumes_.back()->Put({{"ca.crt", authorities}});
    auto tls = Tls::Open({.certificate = "",
                          .key = "",
                          .authorities = volumes_.back()->Path("ca.crt"),
                          .refresh = kRefresh,
                          .service_name = ""});
    EXPECT_TRUE(tls.ok()) << tls.status();
    return tls.ok() ? *tls : nullptr;
  }

  void StartServer(const CertificatePair& own) {
    Fill(server_files_, own, authority_.certificate());
    options_.listen = "127.0.0.1:0";
    options_.service_name = "rpctest";
    options_.metrics = &metrics_;
    options_.tls = Open(server_files_, &metrics_);
    auto started = Server::Start(options_, Handlers(), std::make_shared<SubjectAsToken>());
    ASSERT_TRUE(started.ok()) << started.status();
    server_ = std::move(*started);
    server_->SetServing(true);
  }
  void StartServer() { StartServer(Named(authority_, "registry")); }

  std::string Target() const {
    const std::string address = server_->address();
    return "localhost" + address.substr(address.rfind(':'));
  }
  std::unique_ptr<Client> ClientWith(std::shared_ptr<const Tls> tls, const std::string& subject = "staff/1") {
    return Client::Connect(
        {.target = Target(), .token = [subject] { return subject; }, .tls = std::move(tls)});
  }
  // One attempt on a connection of its own.
  absl::Status Try(std::shared_ptr<const Tls> tls, const std::string& subject = "staff/1") {
    EchoResponse response;
    return ClientWith(std::move(tls), subject)
        ->Call(kRead, EchoRequest(), &response, {.deadline = milliseconds(5'000), .max_attempts = 1});
  }
  void ExpectRefused(std::shared_ptr<const Tls> tls) {
    const absl::Status status = Try(std::move(tls));
    EXPECT_EQ(ReasonOf(status), ErrorReason::PEER_UNAVAILABLE) << status;
  }

  const CertificateAuthority authority_{"inspectorate test authority"};
  obs::Metrics metrics_;
  SecretVolume server_files_;
  std::vector<std::unique_ptr<SecretVolume>> volumes_;
  ServerOptions options_;
  std::unique_ptr<Server> server_;
};

TEST_F(TlsTest, BothSidesShowACertificate) {
  StartServer();
  const absl::Status status = Try(ClientTls(Named(authority_, "someone"), authority_.certificate()));
  EXPECT_TRUE(status.ok()) << status;
}

TEST_F(TlsTest, PlainTextIsRefused) {
  StartServer();
  ExpectRefused(nullptr);
}

TEST_F(TlsTest, AClientWithoutCertificateIsRefused) {
  StartServer();
  ExpectRefused(WithoutCertificate(authority_.certificate()));
}

TEST_F(TlsTest, AClientOfAnotherAuthorityIsRefused) {
  StartServer();
  const CertificateAuthority other("inspectorate test authority");  // even of the same name
  ExpectRefused(ClientTls(Named(other, "someone"), authority_.certificate()));
}

TEST_F(TlsTest, AServerOfAnotherAuthorityIsRefused) {
  StartServer();
  const CertificateAuthority other("other");
  ExpectRefused(ClientTls(Named(authority_, "someone"), other.certificate()));
}

TEST_F(TlsTest, AServerOfAnotherNameIsRefused) {
  StartServer(authority_.Issue({.common_name = "localhost", .names = {"DNS:visits"}}));
  ExpectRefused(ClientTls(Named(authority_, "someone"), authority_.certificate()));
}

TEST_F(TlsTest, ExpiredAndFutureCertificatesAreRefused) {
  const std::vector<std::string> names = {"DNS:localhost"};
  StartServer();
  for (const auto& [begins, ends] :
       {std::pair(seconds(-7200), seconds(-60)), std::pair(seconds(600), seconds(7200))}) {
    ExpectRefused(
        ClientTls(authority_.Issue({.common_name = "x", .names = names, .begins = begins, .ends = ends}),
                  authority_.certificate()));
  }
  server_.reset();
  StartServer(
      authority_.Issue({.common_name = "x", .names = names, .begins = seconds(-7200), .ends = seconds(-60)}));
  ExpectRefused(ClientTls(Named(authority_, "someone"), authority_.certificate()));
}

TEST_F(TlsTest, AServicesTokenCountsOnlyWithItsCertificate) {
  StartServer();
  const auto visits = ClientTls(Named(authority_, "visits"), authority_.certificate());
  // The echo contract grants nothing to services: past authentication, the answer is another one.
  EXPECT_EQ(ReasonOf(Try(visits, "services/visits")), ErrorReason::PERMISSION_MISSING);
  const absl::Status stolen = Try(visits, "services/issues");
  EXPECT_EQ(ReasonOf(stolen), ErrorReason::UNAUTHENTICATED_CALLER) << stolen;
  EXPECT_THAT(std::string(stolen.message()), HasSubstr("services/issues"));
  EXPECT_EQ(ReasonOf(Try(visits, "services/")), ErrorReason::UNAUTHENTICATED_CALLER);
}

TEST_F(TlsTest, WhereClientsMayComeWithoutCertificateServicesStillShowTheirs) {
  options_.clients_need_certificate = false;
  StartServer();
  const auto none = WithoutCertificate(authority_.certificate());
  EXPECT_TRUE(Try(none).ok());
  EXPECT_EQ(ReasonOf(Try(none, "services/visits")), ErrorReason::UNAUTHENTICATED_CALLER);
  const CertificateAuthority other("other");
  ExpectRefused(ClientTls(Named(other, "visits"), authority_.certificate()));
  ExpectRefused(nullptr);
}

// The server changes to another authority altogether, so what a client trusts tells which certificate it met.
TEST_F(TlsTest, AReplacedCertificateIsUsedWithoutARestart) {
  StartServer();
  const auto before = ClientTls(Named(authority_, "a"), authority_.certificate());
  const auto open = ClientWith(before);
  std::atomic<int> heard{0};
  std::atomic<bool> stop{false};
  absl::Status stream_end;
  std::thread reader([&] {
    stream_end = open->Stream(
        kWatch, EchoRequest(), EchoResponse(), [&](const Message&) { return ++heard > 0; },
        [&] { return stop.load(); });
  });
  EXPECT_TRUE(Eventually([&] { return heard > 0; }));

  const CertificateAuthority next("next");
  Fill(server_files_, Named(next, "registry"), next.certificate());
  const auto after = ClientTls(Named(next, "a"), next.certificate());
  EXPECT_TRUE(Eventually([&] { return Try(after).ok(); }));
  ExpectRefused(before);

  // The connection that was open goes on.
  const int so_far = heard;
  EXPECT_TRUE(Eventually([&] { return heard > so_far + 5; }));
  EXPECT_TRUE(open->Call<EchoResponse>(kRead, EchoRequest(), {.max_attempts = 1}).ok());
  stop = true;
  reader.join();
  EXPECT_TRUE(stream_end.ok()) << stream_end;
}

TEST_F(TlsTest, AReplacedCertificateOfTheClientIsUsedToo) {
  StartServer();
  volumes_.push_back(std::make_unique<SecretVolume>());
  SecretVolume& own = *volumes_.back();
  Fill(own, authority_.Issue({.common_name = "x", .names = {"DNS:x"}, .ends = seconds(-1)}),
       authority_.certificate());
  const auto client = ClientWith(Open(own));
  const auto call = [&] {
    EchoResponse response;
    return client->Call(kRead, EchoRequest(), &response,
                        {.deadline = milliseconds(3'000), .max_attempts = 1});
  };
  EXPECT_FALSE(call().ok());
  Fill(own, Named(authority_, "x"), authority_.certificate());
  EXPECT_TRUE(Eventually([&] { return call().ok(); }));
}

TEST_F(TlsTest, TheTimeToExpiryIsCounted) {
  StartServer(authority_.Issue({.common_name = "x", .names = {"DNS:localhost"}, .ends = seconds(5'000)}));
  const auto left = [&] {
    const std::string text = metrics_.Text();
    const std::string name = "inspectorate_certificate_seconds_left{service=\"rpctest\"} ";
    const size_t at = text.find(name);
    return at == std::string::npos ? -1 : std::stod(text.substr(at + name.size()));
  };
  EXPECT_GT(left(), 4'800);
  EXPECT_LE(left(), 5'000);
  Fill(server_files_, authority_.Issue({.common_name = "x", .names = {}, .ends = seconds(100'000)}),
       authority_.certificate());
  EXPECT_TRUE(Eventually([&] { return left() > 90'000; }));
}

TEST_F(TlsTest, UnusableFilesAreSaidAtTheStart) {
  SecretVolume volume;
  const CertificatePair one = Named(authority_, "one");
  const CertificatePair two = Named(authority_, "two");
  const auto open = [&] {
    return Tls::Open({.certificate = volume.Path("tls.crt"),
                      .key = volume.Path("tls.key"),
                      .authorities = volume.Path("ca.crt"),
                      .service_name = ""})
        .status();
  };
  EXPECT_FALSE(open().ok());
  Fill(volume, {.certificate = one.certificate, .key = two.key}, authority_.certificate());
  EXPECT_THAT(open().ToString(), HasSubstr("is not the key of"));
  Fill(volume, one, "");
  EXPECT_THAT(open().ToString(), HasSubstr("ca.crt"));
  Fill(volume, {.certificate = one.certificate + one.certificate.substr(0, 200), .key = one.key},
       authority_.certificate());
  EXPECT_THAT(open().ToString(), HasSubstr("tls.crt"));
  Fill(volume, one, authority_.certificate());
  EXPECT_TRUE(open().ok()) << open();
  std::filesystem::permissions(volume.Path("tls.key"), std::filesystem::perms::others_read,
                               std::filesystem::perm_options::add);
  EXPECT_THAT(open().ToString(), HasSubstr("readable by everybody"));
  EXPECT_FALSE(Tls::Open({.certificate = volume.Path("tls.crt"),
                          .key = "",
                          .authorities = volume.Path("ca.crt"),
                          .service_name = ""})
                   .ok());
}

// --- the port for probes -----------------------------------------------------------------------------------

// grpc.health.v1 by hand, for a name other than "": HealthCheckRequest{service = name}. Any message with a
// string as its first field has the same bytes.
absl::Status Health(const std::string& target, const std::string& name, std::string* answer) {
  EchoRequest request;
  request.set_text(name);
  EchoResponse response;
  const absl::Status status =
      Client::Connect({.target = target, .token = {}})
          ->Call("grpc.health.v1.Health.Check", request, &response, {.max_attempts = 1});
  *answer = response.SerializeAsString();  // the status is a field that the message does not know
  return status;
}
bool Serving(const std::string& target, const std::string& name) {
  std::string answer;
  return Health(target, name, &answer).ok() && answer == std::string("\x08\x01", 2);
}

TEST_F(TlsTest, ProbesAskInPlainTextOnAPortOfTheirOwn) {
  auto opened = HealthEndpoint::Open("127.0.0.1:0");
  ASSERT_TRUE(opened.ok()) << opened.status();
  options_.health = std::move(*opened);
  const std::string probe = options_.health->address();
  EXPECT_TRUE(Serving(probe, HealthEndpoint::kLive));
  EXPECT_FALSE(Serving(probe, ""));
  StartServer();
  EXPECT_TRUE(Serving(probe, ""));
  EXPECT_FALSE(Serving(probe, "another"));
  server_->SetServing(false);  // as after failed looks at the database
  EXPECT_FALSE(Serving(probe, ""));
  EXPECT_TRUE(Serving(probe, HealthEndpoint::kLive));
  server_->SetServing(true);
  server_->Drain();
  EXPECT_FALSE(Serving(probe, ""));
  EXPECT_TRUE(Serving(probe, HealthEndpoint::kLive));
}

TEST_F(TlsTest, ProbesReachNothingElse) {
  auto opened = HealthEndpoint::Open("127.0.0.1:0");
  ASSERT_TRUE(opened.ok()) << opened.status();
  const auto client = Client::Connect({.target = (*opened)->address(), .token = [] { return "staff/1"; }});
  const auto answer = client->Call<EchoResponse>(kRead, EchoRequest(), {.max_attempts = 1});
  EXPECT_EQ(ReasonOf(answer.status()), ErrorReason::METHOD_NOT_FOUND) << answer.status();
  EXPECT_FALSE(HealthEndpoint::Open((*opened)->address()).ok());
}

}  // namespace
}  // namespace inspectorate::rpc
