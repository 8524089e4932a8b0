#include "services/cli/command.h"

#include <algorithm>
#include <sstream>

#include "common/base/macros.h"
#include "common/base/uuid.h"
#include "google/protobuf/field_mask.pb.h"
#include "inspectorate/type/v1/operations.pb.h"
#include "services/cli/contract.h"
#include "services/cli/fields.h"
#include "services/cli/labels.h"
#include "services/cli/render.h"
#include "services/cli/resolve.h"

namespace inspectorate::cli {
namespace {

using google::longrunning::Operation;
using google::protobuf::Reflection;

constexpr char kOfficeType[] = "inspectorate/Office";
constexpr int kPageSize = 1000;

// The field that says what the call is about. Methods that change a resource carry it whole; its name says
// which.
struct Subject {
  const FieldDescriptor* resource = nullptr;  // null: `name` is the request's own field
  const FieldDescriptor* name = nullptr;      // null: about the office, or about nothing that exists
};

// What was typed for one call, before anything is looked up.
struct Typed {
  const MethodDescriptor* method = nullptr;
  Subject about;
  std::string subject;               // the word that stands for it
  std::string month;                 // stands for period_from and period_to, or for window_from and window_to
  std::vector<std::string> cleared;  // fields of the resource that lose their value
  struct Value {
    FlagField target;
    std::vector<std::string> words;
  };
  std::vector<std::unique_ptr<Value>> values;
};

const FieldDescriptor* Field(const Message& message, const char* name) {
  return message.GetDescriptor()->FindFieldByName(name);
}

std::string GetText(const Message& message, const char* name) {
  const FieldDescriptor* field = Field(message, name);
  return field == nullptr ? "" : message.GetReflection()->GetString(message, field);
}

void SetText(Message* message, const char* name, const std::string& value) {
  if (const FieldDescriptor* field = Field(*message, name))
    message->GetReflection()->SetString(message, field, value);
}

Subject SubjectOf(const MethodDescriptor& method) {
  const Descriptor& request = *method.input_type();
  for (const char* name : {"name", "parent"}) {
    const FieldDescriptor* field = request.FindFieldByName(name);
    if (field != nullptr && ReferencedType(*field) != kOfficeType) return {nullptr, field};
  }
  if (method.name().rfind("Create", 0) == 0) return {};
  for (int i = 0; i < request.field_count(); ++i) {
    if (IsResource(*request.field(i))) {
      return {request.field(i), request.field(i)->message_type()->FindFieldByName("name")};
    }
  }
  return {};
}

// "请假类别：病假|事假": what the flag is called among people, and what it takes. In English its name says
// the first.
std::string DescribeFlag(const FieldDescriptor& field) {
  const std::string takes = ValueHint(field);
  const bool says_it = CurrentLanguage() != Language::kChinese || LabelOf(field) == takes;
  return says_it ? takes : LabelOf(field) + "：" + takes;
}

// A person types what it is about, unless that is the office spoken of.
bool IsTyped(const Subject& subject) {
  return subject.name != nullptr && ReferencedType(*subject.name) != kOfficeType;
}

// What has the name, and the etag: the request, or the resource that it carries.
Message* About(const Typed& typed, Message* request) {
  const FieldDescriptor* resource = typed.about.resource;
  return resource == nullptr ? request : request->GetReflection()->MutableMessage(request, resource);
}

absl::Status FillSubject(Session& session, const Typed& typed, Message* request) {
  for (const char* name : {"name", "parent", "office"}) {
    const FieldDescriptor* field = Field(*request, name);
    if (field == nullptr || field->cpp_type() != FieldDescriptor::CPPTYPE_STRING) continue;
    if (ReferencedType(*field) == kOfficeType) {
      if (session.office().empty())
        return UserError({"请用 --office 指明督导室", "name the office with --office"});
      SetText(request, name, "offices/" + session.office());
    } else if (name != std::string_view("office")) {
      ASSIGN_OR_RETURN(const std::string full, ResolveName(session, ReferencedType(*field), typed.subject));
      SetText(request, name, full);
    }
  }
  if (typed.about.resource == nullptr) return absl::OkStatus();
  std::string name = "offices/" + session.office();
  if (IsTyped(typed.about)) {
    ASSIGN_OR_RETURN(name, ResolveName(session, ReferencedType(*typed.about.name), typed.subject));
  }
  SetText(About(typed, request), "name", name);
  return absl::OkStatus();
}

// What was typed is written, also where it is false or zero; what is cleared loses its value.
absl::Status FillMask(const Typed& typed, Message* request) {
  const FieldDescriptor* resource = typed.about.resource;
  const FieldDescriptor* field = Field(*request, "update_mask");
  if (resource == nullptr || field == nullptr) return absl::OkStatus();
  google::protobuf::FieldMask mask;
  for (const auto& value : typed.values) {
    if (value->target.resource == resource && !value->words.empty())
      mask.add_paths(value->target.field->name());
  }
  for (std::string cleared : typed.cleared) {
    std::replace(cleared.begin(), cleared.end(), '-', '_');
    if (resource->message_type()->FindFieldByName(cleared) == nullptr)
      return UserError({"没有这个字段", "there is no such field"}, "--clear " + cleared);
    mask.add_paths(cleared);
  }
  request->GetReflection()->MutableMessage(request, field)->CopyFrom(mask);
  return absl::OkStatus();
}

absl::Status FillValue(Session& session, const Typed::Value& value, Message* request) {
  Message* target = request;
  if (value.target.resource != nullptr) {
    target = request->GetReflection()->MutableMessage(request, value.target.resource);
  }
  for (std::string word : value.words) {
    const std::string type = ReferencedType(*value.target.field);
    if (!type.empty()) {
      ASSIGN_OR_RETURN(word, ResolveName(session, type, word));
    }
    RETURN_IF_ERROR(SetField(target, *value.target.field, word));
  }
  return absl::OkStatus();
}

// What is created belongs to the office spoken of, unless another is named.
void FillOfficeOfNew(const Session& session, const MethodDescriptor& method, Message* request) {
  if (session.office().empty() || method.name().rfind("Create", 0) != 0) return;
  const Descriptor& type = *request->GetDescriptor();
  for (int i = 0; i < type.field_count(); ++i) {
    const Descriptor* resource = type.field(i)->is_repeated() ? nullptr : type.field(i)->message_type();
    const FieldDescriptor* office = resource == nullptr ? nullptr : resource->FindFieldByName("office");
    if (office == nullptr || ReferencedType(*office) != kOfficeType) continue;
    Message* created = request->GetReflection()->MutableMessage(request, type.field(i));
    if (GetText(*created, "office").empty()) SetText(created, "office", "offices/" + session.office());
  }
}

// "period" or "window": what a request calls its first and last day; empty where it has none.
std::string SpanOf(const Descriptor& request) {
  for (const char* span : {"period", "window"}) {
    if (request.FindFieldByName(std::string(span) + "_from") != nullptr) return span;
  }
  return "";
}

absl::Status FillMonth(const std::string& month, Message* request) {
  if (month.empty()) return absl::OkStatus();
  const std::string span = SpanOf(*request->GetDescriptor());
  ASSIGN_OR_RETURN(const Date first, ParseDate(month + "-01"));
  RETURN_IF_ERROR(SetField(request, *Field(*request, (span + "_from").c_str()), FormatDate(first)));
  return SetField(request, *Field(*request, (span + "_to").c_str()),
                  FormatDate(NextMonth(first) - std::chrono::days(1)));
}

// Methods that guard against a change in between are given the state as it is now.
absl::Status FillEtag(Session& session, const Typed& typed, Message* request) {
  Message* guarded = About(typed, request);
  const FieldDescriptor* name = Field(*guarded, "name");
  if (Field(*guarded, "etag") == nullptr || name == nullptr || !GetText(*guarded, "etag").empty())
    return absl::OkStatus();
  ASSIGN_OR_RETURN(const MessagePtr resource,
                   Fetch(session, ReferencedType(*name), GetText(*guarded, "name")));
  SetText(guarded, "etag", GetText(*resource, "etag"));
  return absl::OkStatus();
}

absl::Status RunCall(Context& context, const Typed& typed) {
  const MessagePtr request = NewMessage(*typed.method->input_type());
  RETURN_IF_ERROR(FillSubject(*context.session, typed, request.get()));
  for (const auto& value : typed.values) RETURN_IF_ERROR(FillValue(*context.session, *value, request.get()));
  FillOfficeOfNew(*context.session, *typed.method, request.get());
  RETURN_IF_ERROR(FillMonth(typed.month, request.get()));
  RETURN_IF_ERROR(FillMask(typed, request.get()));
  RETURN_IF_ERROR(FillEtag(*context.session, typed, request.get()));
  if (Field(*request, "request_id") != nullptr) SetText(request.get(), "request_id", context.RequestId());
  ASSIGN_OR_RETURN(const MessagePtr response, CallToEnd(context, *typed.method, request.get()));
  context.Print(*response);
  return absl::OkStatus();
}

CLI::App* FindChild(CLI::App& app, const std::string& name) {
  for (CLI::App* child : app.get_subcommands([](CLI::App*) { return true; })) {
    if (child->get_name() == name) return child;
  }
  return nullptr;
}

absl::StatusOr<MessagePtr> FollowOperation(Context& context, const MethodDescriptor& method,
                                           const Operation& started) {
  const auto progress = [&](const Operation& operation) {
    type::v1::OperationMetadata metadata;
    if (!operation.metadata().UnpackTo(&metadata)) return;
    const bool zh = CurrentLanguage() == Language::kChinese;
    context.note("\r" + RenderProgress(metadata.done_units(), metadata.total_units(),
                                       zh ? metadata.stage_zh() : metadata.stage_en()));
    if (operation.done()) context.note("\n");
  };
  ASSIGN_OR_RETURN(const Operation done, context.session->Await(ServiceOf(method), started, progress));
  const std::string type_name = done.response().type_url().substr(done.response().type_url().rfind('/') + 1);
  const Descriptor* type =
      google::protobuf::DescriptorPool::generated_pool()->FindMessageTypeByName(type_name);
  if (type == nullptr) return UserError({"结果类型未知", "the result is of an unknown type"}, type_name);
  MessagePtr response = NewMessage(*type);
  done.response().UnpackTo(response.get());
  return response;
}

absl::StatusOr<MessagePtr> ReadAllPages(Context& context, const MethodDescriptor& method, Message* request) {
  request->GetReflection()->SetInt32(request, Field(*request, "page_size"), kPageSize);
  MessagePtr all;
  for (;;) {
    ASSIGN_OR_RETURN(MessagePtr page, context.session->Call(method, *request));
    const std::string next = GetText(*page, "next_page_token");
    SetText(page.get(), "next_page_token", "");
    if (all == nullptr) {
      all = std::move(page);
    } else {
      all->MergeFrom(*page);
    }
    if (next.empty()) return all;
    SetText(request, "page_token", next);
  }
}

}  // namespace

std::string Context::RequestId() const {
  std::string id = globals.request_id.empty() ? FormatUuid(RandomUuid()) : globals.request_id;
  if (globals.verbose) note("request_id " + id + "\n");
  return id;
}

void Context::Print(const Message& message) const {
  if (globals.json) return out(RenderJson(message));
  const MessagePtr said = NewMessage(*message.GetDescriptor());
  said->CopyFrom(message);
  SayNames(*session, said.get());
  out(RenderMessage(*said));
}

std::vector<CallCommand> AllCallCommands() {
  std::vector<CallCommand> all;
  for (const auto* group :
       {&RegistryCommands(), &RecordCommands(), &VisitCommands(), &IssueCommands(), &ReportingCommands()}) {
    all.insert(all.end(), group->begin(), group->end());
  }
  return all;
}

CLI::App* AddPath(CLI::App& app, const std::string& path, const Words& help) {
  CLI::App* at = &app;
  std::istringstream words(path);
  for (std::string word; words >> word;) {
    CLI::App* next = FindChild(*at, word);
    if (next == nullptr) {
      next = at->add_subcommand(word);
      next->fallthrough();
    }
    at = next;
  }
  at->description(Say(help));
  // A group says which commands it has; a command may stand alone.
  for (CLI::App* parent = at->get_parent(); parent != nullptr && parent != &app;
       parent = parent->get_parent()) {
    parent->require_subcommand(1);
  }
  return at;
}

void AddCallCommand(CLI::App& app, const CallCommand& command, Chosen* chosen) {
  const MethodDescriptor* method = FindMethodByName(command.method);
  CLI::App* sub = AddPath(app, command.path, command.help);
  auto typed = std::make_shared<Typed>();
  typed->method = method;
  const Descriptor& request = *method->input_type();
  typed->about = SubjectOf(*method);
  if (IsTyped(typed->about)) {
    sub->add_option(LabelOfResource(ReferencedType(*typed->about.name)), typed->subject,
                    Say({"编号、短号或名称", "id, part of it, number or name"}))
        ->required();
  }
  for (const FlagField& field : FlagFields(request)) {
    if (field.field->name() == "office" && field.resource == nullptr) continue;
    auto value = std::make_unique<Typed::Value>();
    value->target = field;
    bool positional = false;
    for (const char* name : command.positionals) positional |= field.field->name() == name;
    CLI::Option* option = sub->add_option((positional ? "" : "--") + FlagOf(*field.field), value->words,
                                          DescribeFlag(*field.field));
    option->type_name("")->allow_extra_args(false);
    if (positional) option->required()->expected(1);
    typed->values.push_back(std::move(value));
  }
  if (typed->about.resource != nullptr && request.FindFieldByName("update_mask") != nullptr) {
    sub->add_option("--clear", typed->cleared, Say({"清空的字段", "a field that loses its value"}))
        ->type_name("")
        ->allow_extra_args(false);
  }
  if (!SpanOf(request).empty() && request.FindFieldByName("month") == nullptr) {
    sub->add_option("--month", typed->month, Say({"整月：YYYY-MM", "a whole month: YYYY-MM"}));
  }
  sub->callback(
      [chosen, typed] { chosen->action = [typed](Context& context) { return RunCall(context, *typed); }; });
}

absl::StatusOr<MessagePtr> CallToEnd(Context& context, const MethodDescriptor& method, Message* request) {
  if (Field(*request, "page_size") != nullptr && Field(*request, "page_token") != nullptr) {
    return ReadAllPages(context, method, request);
  }
  ASSIGN_OR_RETURN(MessagePtr response, context.session->Call(method, *request));
  if (method.output_type() != Operation::descriptor()) return response;
  return FollowOperation(context, method, static_cast<const Operation&>(*response));
}

}  // namespace inspectorate::cli
