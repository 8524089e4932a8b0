// Commands: most are one call of the contract, named in a table; the others are functions.
#pragma once

#include <CLI/CLI.hpp>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "inspectorate/registry/v1/data_file.pb.h"
#include "services/cli/session.h"
#include "services/cli/words.h"

namespace inspectorate::cli {

// Flags that every command has.
struct Globals {
  std::string home;
  std::string language;
  std::string office;
  std::map<std::string, std::string> endpoints;  // given by flag
  std::string tls_authorities;
  std::string tls_certificate;
  std::string tls_key;
  std::string request_id;
  bool json = false;
  bool verbose = false;
};

// What a command runs with. Output goes through it, so that tests can read it.
struct Context {
  Globals globals;
  std::unique_ptr<Session> session;
  std::function<void(const std::string&)> out;
  std::function<void(const std::string&)> note;  // progress and remarks; never mixed into the answer

  // The id of this command's mutation: `--request-id`, else a new one; told with `--verbose`.
  std::string RequestId() const;
  void Print(const Message& message) const;
  // "offices/{office}" of the office spoken of.
  std::string OfficeName() const { return "offices/" + session->office(); }
};

// A command that is one call.
struct CallCommand {
  const char* path;    // "issues triage"
  const char* method;  // without "inspectorate."
  Words help;
  // Request fields typed without a flag, after the resource's name.
  std::vector<const char*> positionals = {};
};

// The tables, by group; and all of them.
const std::vector<CallCommand>& RegistryCommands();
const std::vector<CallCommand>& RecordCommands();
const std::vector<CallCommand>& VisitCommands();
const std::vector<CallCommand>& IssueCommands();
const std::vector<CallCommand>& ReportingCommands();
std::vector<CallCommand> AllCallCommands();

using Action = std::function<absl::Status(Context&)>;

// Chosen by the parse: what is to be done.
struct Chosen {
  Action action;
  // False for commands that need no login, such as `login` itself.
  bool needs_login = true;
};

// Adds the subcommand of `path` below `app`, its groups made as needed.
CLI::App* AddPath(CLI::App& app, const std::string& path, const Words& help);
void AddCallCommand(CLI::App& app, const CallCommand& command, Chosen* chosen);

// The bytes of a file that the registry keeps, checked by its digest.
absl::StatusOr<std::string> DownloadFile(Context& context, const registry::v1::DataFile& file);

// Calls with several pages or a long operation are followed to their end.
absl::StatusOr<MessagePtr> CallToEnd(Context& context, const MethodDescriptor& method, Message* request);

// The commands that are more than one call; each adds its own.
void AddLoginCommands(CLI::App& app, Chosen* chosen);
void AddClockCommands(CLI::App& app, Chosen* chosen);
void AddImportCommand(CLI::App& app, Chosen* chosen);
void AddExportCommand(CLI::App& app, Chosen* chosen);
void AddCalendarCommands(CLI::App& app, Chosen* chosen);
void AddAttachCommand(CLI::App& app, Chosen* chosen);
void AddPlaqueCommands(CLI::App& app, Chosen* chosen);
void AddPlaqueStepCommands(CLI::App& app, Chosen* chosen);
void AddReportCommand(CLI::App& app, Chosen* chosen);
void AddTrainingCommands(CLI::App& app, Chosen* chosen);
void AddFeedCommands(CLI::App& app, Chosen* chosen);
void AddRawCallCommand(CLI::App& app, Chosen* chosen);
void AddDemoCommand(CLI::App& app, Chosen* chosen);

// The whole program; returns its exit code.
int Main(int argc, char** argv);

}  // namespace inspectorate::cli
