#include "services/cli/resolve.h"

#include <algorithm>
#include <map>
#include <set>
#include <utility>

#include "common/base/macros.h"
#include "common/base/uuid.h"
#include "services/cli/contract.h"
#include "services/cli/fields.h"
#include "services/cli/render.h"
#include "services/cli/words.h"

namespace inspectorate::cli {
namespace {

using google::protobuf::Reflection;

constexpr int kPageSize = 1000;
constexpr size_t kMinIdPart = 4;
constexpr size_t kMaxCandidates = 8;

std::string StringField(const Message& message, const char* name) {
  const FieldDescriptor* field = message.GetDescriptor()->FindFieldByName(name);
  if (field == nullptr || field->is_repeated()) return "";
  if (field->cpp_type() == FieldDescriptor::CPPTYPE_STRING)
    return message.GetReflection()->GetString(message, field);
  if (field->cpp_type() == FieldDescriptor::CPPTYPE_INT32) {
    return std::to_string(message.GetReflection()->GetInt32(message, field));
  }
  return "";
}

void SetString(Message* message, const char* name, const std::string& value) {
  const FieldDescriptor* field = message->GetDescriptor()->FindFieldByName(name);
  if (field != nullptr && !value.empty()) message->GetReflection()->SetString(message, field, value);
}

// "offices/zhanhua/visits/{visit}" with the id in the last place; an office is its own slug.
std::string Complete(const std::string& pattern, const std::string& office, const std::string& id) {
  std::string name = pattern;
  const size_t slot = name.find("{office}");
  if (pattern == "offices/{office}") return "offices/" + id;
  if (slot != std::string::npos) name.replace(slot, 8, office);
  const size_t last = name.rfind('{');
  return last == std::string::npos ? name : name.substr(0, last) + id;
}

// Below something other than an office: the id alone does not make the name.
bool IsNested(const std::string& pattern) {
  const auto slots = std::count(pattern.begin(), pattern.end(), '{');
  return slots > (pattern.find("{office}") != std::string::npos ? 2 : 1);
}

// Schools and inspectors belong to no parent: they are cut to the office by a filter.
std::string FilterFor(const MethodDescriptor& list, const std::string& office) {
  const Descriptor& resource = *list.output_type()->field(0)->message_type();
  const bool has_parent = list.input_type()->FindFieldByName("parent") != nullptr;
  if (has_parent || office.empty() || resource.FindFieldByName("office") == nullptr) return "";
  return "office = \"offices/" + office + "\"";
}

std::string DescribeCandidates(const std::vector<std::string>& candidates) {
  std::string text;
  for (size_t i = 0; i < candidates.size() && i < kMaxCandidates; ++i) text += "\n  " + candidates[i];
  if (candidates.size() > kMaxCandidates) text += "\n  …";
  return text;
}

}  // namespace

absl::Status ForEachListed(Session& session, const MethodDescriptor& list, const std::string& parent,
                           const std::string& filter, const std::function<void(const Message&)>& visit) {
  const MessagePtr request = NewMessage(*list.input_type());
  SetString(request.get(), "parent", parent);
  SetString(request.get(), "filter", filter);
  if (const FieldDescriptor* size = request->GetDescriptor()->FindFieldByName("page_size")) {
    request->GetReflection()->SetInt32(request.get(), size, kPageSize);
  }
  const FieldDescriptor* items = list.output_type()->field(0);
  for (;;) {
    ASSIGN_OR_RETURN(const MessagePtr page, session.Call(list, *request));
    const Reflection& r = *page->GetReflection();
    for (int i = 0; i < r.FieldSize(*page, items); ++i) visit(r.GetRepeatedMessage(*page, items, i));
    const std::string next = StringField(*page, "next_page_token");
    if (next.empty()) return absl::OkStatus();
    SetString(request.get(), "page_token", next);
  }
}

bool AnswersTo(const Message& resource, const std::string& word) {
  const std::string name = StringField(resource, "name");
  const std::string id = name.substr(name.rfind('/') + 1);
  if (id == word) return true;
  if (word.size() >= kMinIdPart && id.size() > word.size() &&
      (id.rfind(word, 0) == 0 || id.compare(id.size() - word.size(), word.size(), word) == 0)) {
    return true;
  }
  const FieldDescriptor* month = resource.GetDescriptor()->FindFieldByName("month");
  if (month != nullptr && FieldText(resource, *month) == word) return true;
  for (const char* field :
       {"external_id", "work_number", "number", "ident_code", "key", "display_name", "short_name"}) {
    if (StringField(resource, field) == word) return true;
  }
  return false;
}

std::string ParentFor(const std::string& pattern, const std::string& office, std::string* word) {
  std::string parent = Complete(pattern.substr(0, pattern.rfind('/', pattern.rfind('/') - 1)), office, "-");
  if (parent.find('{') != std::string::npos) return "";
  const size_t at = word->find('@');
  if (at == std::string::npos) return parent;
  parent.replace(parent.size() - 1, 1, word->substr(0, at));
  word->erase(0, at + 1);
  return parent;
}

absl::StatusOr<std::string> ResolveName(Session& session, const std::string& resource_type,
                                        const std::string& given) {
  std::string word = given;
  if (word.rfind("…", 0) == 0) word = word.substr(std::string_view("…").size());
  if (word == "-" || word.find('/') != std::string::npos) return word;
  const std::string pattern = PatternOf(resource_type);
  const MethodDescriptor* list = ListerOf(resource_type);
  const bool nested = IsNested(pattern);
  if (pattern == "offices/{office}" || (ParseUuid(word).has_value() && !nested)) {
    return Complete(pattern, session.office(), word);
  }
  const std::string parent =
      nested ? ParentFor(pattern, session.office(), &word) : "offices/" + session.office();
  if (list == nullptr || parent.empty())
    return UserError({"请给出完整资源名", "give the full resource name"}, given);
  std::vector<std::string> names;
  std::vector<std::string> candidates;
  RETURN_IF_ERROR(
      ForEachListed(session, *list, parent, FilterFor(*list, session.office()), [&](const Message& resource) {
        if (!AnswersTo(resource, word)) return;
        names.push_back(StringField(resource, "name"));
        candidates.push_back(names.back() + "  " + StringField(resource, "display_name"));
      }));
  if (names.empty()) return absl::NotFoundError(Say({"没有找到：", "not found: "}) + given);
  if (names.size() > 1)
    return UserError({"所指不止一个", "more than one answers to"}, given + DescribeCandidates(candidates));
  return names.front();
}

namespace {

// What people call schools, areas and one another, each kind read once and only when it occurs.
class Names {
 public:
  explicit Names(Session& session) : session_(session) {}

  // The name people use; `resource` itself where there is none or where it may not be read.
  std::string Of(const std::string& resource) {
    static constexpr std::pair<const char*, const char*> kKinds[] = {
        {"/schools/", "inspectorate/School"},
        {"/inspectors/", "inspectorate/Inspector"},
        {"/supervisors/", "inspectorate/Supervisor"},
        {"/staff/", "inspectorate/StaffMember"},
        {"/areas/", "inspectorate/Area"}};
    const size_t id = resource.rfind('/');
    if (id == std::string::npos || !ParseUuid(resource.substr(id + 1)).has_value()) return resource;
    for (const auto& [collection, type] : kKinds) {
      if (!("/" + resource.substr(0, id + 1)).ends_with(collection)) continue;
      if (read_.insert(type).second) Read(type);
      const auto known = names_.find(resource);
      return known == names_.end() ? resource : known->second;
    }
    return resource;
  }

 private:
  void Read(const std::string& type) {
    const MethodDescriptor* list = ListerOf(type);
    if (list == nullptr || session_.office().empty()) return;
    // Who may not read the list is shown the ids: the answer itself is there.
    ForEachListed(session_, *list, "offices/" + session_.office(), FilterFor(*list, session_.office()),
                  [&](const Message& resource) {
                    names_[StringField(resource, "name")] = StringField(resource, "display_name");
                  })
        .IgnoreError();
  }

  Session& session_;
  std::set<std::string> read_;
  std::map<std::string, std::string> names_;
};

// A resource keeps the id by which the next command asks for it.
void SayNamesIn(Names& names, Message* message) {
  const Reflection& r = *message->GetReflection();
  std::vector<const FieldDescriptor*> fields;
  r.ListFields(*message, &fields);
  for (const FieldDescriptor* field : fields) {
    const bool many = field->is_repeated();
    const int count = many ? r.FieldSize(*message, field) : 1;
    if (field->type() == FieldDescriptor::TYPE_MESSAGE) {
      for (int i = 0; i < count; ++i) {
        SayNamesIn(names,
                   many ? r.MutableRepeatedMessage(message, field, i) : r.MutableMessage(message, field));
      }
    } else if (field->type() == FieldDescriptor::TYPE_STRING && field->name() != "name") {
      for (int i = 0; i < count; ++i) {
        if (many) {
          r.SetRepeatedString(message, field, i, names.Of(r.GetRepeatedString(*message, field, i)));
        } else {
          r.SetString(message, field, names.Of(r.GetString(*message, field)));
        }
      }
    }
  }
}

}  // namespace

void SayNames(Session& session, Message* message) {
  Names names(session);
  SayNamesIn(names, message);
}

absl::StatusOr<MessagePtr> Fetch(Session& session, const std::string& resource_type,
                                 const std::string& name) {
  const MethodDescriptor* get = GetterOf(resource_type);
  if (get == nullptr)
    return UserError({"无法读取该类资源", "this kind of resource cannot be read"}, resource_type);
  const MessagePtr request = NewMessage(*get->input_type());
  SetString(request.get(), "name", name);
  return session.Call(*get, *request);
}

}  // namespace inspectorate::cli
