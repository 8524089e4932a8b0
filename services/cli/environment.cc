#include "services/cli/environment.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "common/auth/jwt.h"
#include "common/base/file.h"
#include "common/base/macros.h"
#include "services/cli/words.h"

namespace inspectorate::cli {
namespace {

using nlohmann::json;

constexpr int kOwnerOnly = 0600;

std::string TextOf(const json& object, const char* key, const std::string& otherwise = "") {
  const auto found = object.find(key);
  return found != object.end() && found->is_string() ? found->get<std::string>() : otherwise;
}

absl::StatusOr<json> ReadObject(const std::string& path) {
  ASSIGN_OR_RETURN(const std::string text, ReadFile(path));
  json object = json::parse(text, nullptr, /*allow_exceptions=*/false);
  if (!object.is_object()) return UserError({"文件不是JSON对象", "not a JSON object"}, path);
  return object;
}

}  // namespace

std::string FindHome(const std::string& given) {
  if (!given.empty()) return given;
  if (const char* set = std::getenv("INSPECTORATE_HOME"); set != nullptr && *set != '\0') return set;
  std::error_code ignored;
  if (std::filesystem::is_directory(".inspectorate", ignored)) return ".inspectorate";
  const char* user = std::getenv("HOME");
  return std::string(user != nullptr ? user : ".") + "/.inspectorate";
}

absl::StatusOr<Environment> ReadEnvironment(const std::string& home) {
  Environment environment{.home = home, .endpoints = {}, .issuer_key = {}};
  const std::string path = home + "/endpoints.json";
  if (access(path.c_str(), F_OK) != 0) return environment;
  ASSIGN_OR_RETURN(const json object, ReadObject(path));
  environment.issuer_key = TextOf(object, "issuer_key");
  environment.issuer = TextOf(object, "issuer", environment.issuer);
  environment.audience = TextOf(object, "audience", environment.audience);
  environment.tls_authorities = TextOf(object, "tls_ca");
  environment.tls_certificate = TextOf(object, "tls_certificate");
  environment.tls_key = TextOf(object, "tls_key");
  for (const char* service : {"registry", "visits", "issues", "reporting"}) {
    if (const std::string target = TextOf(object, service); !target.empty())
      environment.endpoints[service] = target;
  }
  return environment;
}

absl::StatusOr<Login> ReadLogin(const std::string& home) {
  const std::string path = home + "/login.json";
  if (access(path.c_str(), F_OK) != 0) {
    return absl::UnauthenticatedError(Say(
        {"尚未登录；请用 inspectorate login --as 姓名", "not logged in; use inspectorate login --as NAME"}));
  }
  ASSIGN_OR_RETURN(const json object, ReadObject(path));
  Login login;
  login.principal = {.subject = TextOf(object, "subject"),
                     .display_name = TextOf(object, "name"),
                     .role = auth::RoleFromName(TextOf(object, "role")),
                     .office = TextOf(object, "office")};
  login.token = TextOf(object, "token");
  return login;
}

absl::Status WriteLogin(const std::string& home, const Login& login) {
  const json object = {{"subject", login.principal.subject},
                       {"name", login.principal.display_name},
                       {"role", auth::RoleName(login.principal.role)},
                       {"office", login.principal.office},
                       {"token", login.token}};
  std::error_code failed;
  std::filesystem::create_directories(home, failed);
  return WriteFile(home + "/login.json", object.dump(2) + "\n", kOwnerOnly);
}

absl::StatusOr<std::string> ReadFile(const std::string& path) {
  absl::StatusOr<std::string> content = inspectorate::ReadFile(path);
  if (!content.ok()) return UserError({"无法读取文件", "cannot read"}, path);
  return content;
}

absl::Status WriteFile(const std::string& path, const std::string& content, int mode) {
  // Written beside and renamed: a reader never sees half of it, and the mode holds from the first byte.
  const std::string beside = path + "." + std::to_string(getpid());
  const int file = open(beside.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, static_cast<mode_t>(mode));
  const bool written = file >= 0 && fchmod(file, static_cast<mode_t>(mode)) == 0 &&
                       write(file, content.data(), content.size()) == static_cast<ssize_t>(content.size());
  if (file >= 0) close(file);
  if (written && std::rename(beside.c_str(), path.c_str()) == 0) return absl::OkStatus();
  unlink(beside.c_str());
  return UserError({"无法写入文件", "cannot write"}, path);
}

}  // namespace inspectorate::cli
