// Serves the rpc that does nothing, with everything else that a call of a service passes: the same server,
// pipeline, pools, token check, log and metrics. `perf_empty --listen ADDRESS --jwks-file FILE --issuer
// NAME`.
#include <CLI/CLI.hpp>
#include <iostream>

#include "common/auth/jwt.h"
#include "common/base/macros.h"
#include "common/db/database.h"
#include "common/rpc/server.h"
#include "tests/perf/empty.pb.h"

namespace inspectorate::perf {
namespace {

absl::StatusOr<EmptyAnswer> Answer(rpc::Call&, const EmptyRequest& request) {
  EmptyAnswer answer;
  answer.set_filler(std::string(static_cast<size_t>(request.answer_bytes()), 'x'));
  return answer;
}

absl::Status Serve(const std::string& listen, const auth::JwtOptions& jwt) {
  ASSIGN_OR_RETURN(auto authenticator, auth::JwtAuthenticator::Open(jwt));
  auto methods = std::make_shared<rpc::Methods>();
  for (const char* method : {"inspectorate.perf.Empty.Read", "inspectorate.perf.Empty.Write"})
    methods->Unary<EmptyRequest, EmptyAnswer>(method, Answer, rpc::Company::kTogether);
  rpc::ServerOptions options;
  options.listen = listen;
  options.service_name = "empty";
  options.run_together = db::RunTogether;
  ASSIGN_OR_RETURN(auto server, rpc::Server::Start(options, methods, authenticator));
  server->SetServing(true);
  rpc::WaitForSignal();
  return absl::OkStatus();
}

}  // namespace
}  // namespace inspectorate::perf

int main(int argc, char** argv) {
  inspectorate::rpc::BlockSignals();
  std::string listen;
  inspectorate::auth::JwtOptions jwt;
  CLI::App app{"An rpc that does nothing"};
  app.add_option("--listen", listen)->required();
  app.add_option("--jwks-file", jwt.jwks_file)->required();
  app.add_option("--issuer", jwt.issuer)->required();
  app.add_option("--audience", jwt.audience)->required();
  CLI11_PARSE(app, argc, argv);
  const absl::Status status = inspectorate::perf::Serve(listen, jwt);
  if (!status.ok()) std::cerr << status.ToString() << "\n";
  return status.ok() ? 0 : 1;
}
