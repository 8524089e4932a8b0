// login, whoami, office clock.
#include <nlohmann/json.hpp>

#include "absl/strings/escaping.h"
#include "common/auth/jwt.h"
#include "common/base/macros.h"
#include "inspectorate/registry/v1/office.pb.h"
#include "services/cli/command.h"
#include "services/cli/contract.h"
#include "services/cli/fields.h"
#include "services/cli/local_issuer.h"
#include "services/cli/render.h"
#include "services/cli/resolve.h"

namespace inspectorate::cli {
namespace {

constexpr char kOperatorName[] = "operator";
constexpr char kRoles[] =
    "DISTRICT_OFFICE|AREA_LEAD|RESPONSIBLE_INSPECTOR|SCHOOL_SUPERVISOR|BUREAU_READER|AUDITOR|SYSTEM_"
    "INTEGRATOR";

struct LoginWords {
  std::string who;
  std::string role;
  std::string issuer_key;
  std::string token_file;
};

// Claims as the token states them; whether it is genuine is for the services to say.
absl::StatusOr<Login> FromToken(const std::string& file) {
  ASSIGN_OR_RETURN(std::string token, ReadFile(file));
  while (!token.empty() && token.back() <= ' ') token.pop_back();
  const size_t begin = token.find('.') + 1;
  std::string body;
  const std::string payload = token.substr(begin, token.find('.', begin) - begin);
  if (!absl::WebSafeBase64Unescape(absl::string_view(payload), &body)) {
    return UserError({"文件里不是令牌", "the file holds no token"}, file);
  }
  const auto claims = nlohmann::json::parse(body, nullptr, false);
  if (!claims.is_object()) return UserError({"文件里不是令牌", "the file holds no token"}, file);
  Login login;
  login.token = token;
  login.principal = {.subject = claims.value("sub", ""),
                     .display_name = claims.value("name", ""),
                     .role = auth::RoleFromName(claims.value("role", "")),
                     .office = claims.value("office", "")};
  return login;
}

absl::StatusOr<Login> BySigning(const Environment& environment, const std::string& office,
                                const LoginWords& words) {
  ASSIGN_OR_RETURN(auto issuer, LocalIssuer::Open(environment));
  if (words.who == kOperatorName) return issuer->LogIn(LocalIssuer::Operator());
  if (office.empty()) return UserError({"请用 --office 指明督导室", "name the office with --office"});
  const rpc::Role role = auth::RoleFromName(words.role);
  if (!words.role.empty() && role == rpc::Role::ROLE_UNSPECIFIED) {
    return UserError({"没有这个角色", "no such role"}, words.role + " (" + std::string(kRoles) + ")");
  }
  ASSIGN_OR_RETURN(const rpc::Principal person, issuer->Find(office, words.who, role));
  return issuer->LogIn(person);
}

void Tell(const Context& context, const Login& login) {
  const nlohmann::json object = {{"name", login.principal.display_name},
                                 {"subject", login.principal.subject},
                                 {"role", auth::RoleName(login.principal.role)},
                                 {"office", login.principal.office}};
  if (context.globals.json) {
    context.out(object.dump(2) + "\n");
  } else {
    context.out(login.principal.display_name + "  " + auth::RoleName(login.principal.role) + "  " +
                login.principal.office + "\n" + login.principal.subject + "\n");
  }
}

absl::Status RunLogin(Context& context, const LoginWords& words) {
  Environment environment = context.session->environment();
  if (!words.issuer_key.empty()) environment.issuer_key = words.issuer_key;
  ASSIGN_OR_RETURN(const Login login, words.token_file.empty()
                                          ? BySigning(environment, context.session->office(), words)
                                          : FromToken(words.token_file));
  RETURN_IF_ERROR(WriteLogin(environment.home, login));
  Tell(context, login);
  return absl::OkStatus();
}

absl::Status ShowClock(Context& context) {
  ASSIGN_OR_RETURN(const MessagePtr answer,
                   Fetch(*context.session, "inspectorate/Office", context.OfficeName()));
  if (context.globals.json) {
    context.Print(*answer);
    return absl::OkStatus();
  }
  const auto& office = static_cast<const registry::v1::Office&>(*answer);
  const std::string time = FieldText(office, *office.GetDescriptor()->FindFieldByName("sandbox_time"));
  context.out((office.sandbox() ? time : Say({"真实时间", "real time"})) + "\n");
  return absl::OkStatus();
}

absl::Status SetClock(Context& context, const std::string& when) {
  registry::v1::SetSandboxClockRequest request;
  request.set_name(context.OfficeName());
  request.set_request_id(context.RequestId());
  RETURN_IF_ERROR(SetField(&request, *request.GetDescriptor()->FindFieldByName("sandbox_time"), when));
  ASSIGN_OR_RETURN(const MessagePtr answer,
                   context.session->Call(*FindMethodByName("registry.v1.Offices.SetSandboxClock"), request));
  context.Print(*answer);
  return absl::OkStatus();
}

}  // namespace

void AddLoginCommands(CLI::App& app, Chosen* chosen) {
  auto words = std::make_shared<LoginWords>();
  CLI::App* login = AddPath(app, "login", {"登录", "log in"});
  login->add_option("--as", words->who,
                    Say({"姓名或工号；operator 为平台管理员",
                         "name or work number; operator for the platform's operator"}));
  login->add_option("--role", words->role,
                    std::string(kRoles) +
                        Say({"；名册尚空时，首位工作人员须写明 DISTRICT_OFFICE",
                             "; DISTRICT_OFFICE for the first of the staff, while no list is there yet"}));
  login->add_option("--issuer-key", words->issuer_key, Say({"本机签发密钥", "key of this machine's issuer"}));
  login->add_option("--token-file", words->token_file,
                    Say({"OIDC签发方给的令牌", "token of your OIDC issuer"}));
  login->callback([chosen, words] {
    chosen->needs_login = false;
    chosen->action = [words](Context& context) { return RunLogin(context, *words); };
  });
  AddPath(app, "whoami", {"当前登录", "who is logged in"})->callback([chosen] {
    chosen->action = [](Context& context) {
      Tell(context, context.session->login());
      return absl::OkStatus();
    };
  });
}

void AddClockCommands(CLI::App& app, Chosen* chosen) {
  AddPath(app, "office clock show", {"查看督导室时钟", "show the office's clock"})->callback([chosen] {
    chosen->action = ShowClock;
  });
  auto when = std::make_shared<std::string>();
  CLI::App* set = AddPath(app, "office clock set", {"设定沙箱时钟", "set the clock of a sandbox office"});
  set->add_option("TIME", *when, "YYYY-MM-DDThh:mm")->required();
  set->callback(
      [chosen, when] { chosen->action = [when](Context& context) { return SetClock(context, *when); }; });
}

}  // namespace inspectorate::cli
