#include "tests/conformance/permissions_page.h"

#include <map>
#include <set>
#include <vector>

#include "google/protobuf/descriptor.h"
#include "tests/conformance/rpcs.h"

namespace inspectorate::conformance {
namespace {

struct Term {
  Role role;
  const char* sign;
  const char* en;
  const char* zh;
};

// A role that is missing here is missing on the page; the test says so.
constexpr Term kTerms[] = {
    {Role::ROLE_PLATFORM_OPERATOR, "PO", "platform operator", "平台运维"},
    {Role::ROLE_DISTRICT_OFFICE, "DO", "district office", "督导室"},
    {Role::ROLE_AREA_LEAD, "AL", "area lead", "责任区组长"},
    {Role::ROLE_RESPONSIBLE_INSPECTOR, "RI", "responsible inspector", "责任督学"},
    {Role::ROLE_SCHOOL_SUPERVISOR, "SS", "school-based supervisor", "校级督学"},
    {Role::ROLE_BUREAU_READER, "BR", "bureau reader", "上级读者"},
    {Role::ROLE_SYSTEM_INTEGRATOR, "SI", "system integrator", "对接系统"},
    {Role::ROLE_AUDITOR, "AU", "auditor", "审计"},
    {Role::ROLE_SERVICE, "SV", "the platform's services", "平台服务"},
};

const char kHead[] = R"(# Who may call what · 权限表

Made from the contract (`inspectorate.type.v1.access` of each method) by
`tests/conformance/update_permissions`; a test compares it with the contract, and others call every method in every
role. Nothing else grants access: a method without the option is denied to everybody.

本表由接口定义自动生成，测试逐项核对。未列出的角色一律拒绝；“无权”与“不存在”回答相同。

)";

const char kColumns[] = R"(
**Scope · 范围**: *office* 本单位 – the office named must be the caller's own or, for reading by office staff, readers,
integrators and auditors, one below it; *school* 本校 – as office, and rows are cut to the schools that the caller is
responsible for on that day; *any* 不限 – nothing in the answer belongs to an office; **public** 公开 – without a login, whoever asks: what hangs at a school's
gate for everybody to read. Services and the operator stand
outside all offices.

**Work · 类别**: *read* 查询, *write* 办理 (one transaction, once for one request id), *bulk* 批量, *stream* 订阅.

**Kept · 留痕**: *feed* – who did it under which request id stays in the office's feed of changes for ever; *operation* –
in the operation that it starts, for 30 days, and what that work changes in the feed; *log* – in the access log alone, with subject, office, method and
result.

)";

const Term* TermOf(Role role) {
  for (const Term& term : kTerms) {
    if (term.role == role) return &term;
  }
  return nullptr;
}

const char* ScopeOf(const Rpc& rpc) {
  if (rpc.is_public()) return "**public**";
  switch (rpc.access().scope()) {
    case type::v1::SCOPE_NONE:
      return "any";
    case type::v1::SCOPE_OFFICE:
      return "office";
    case type::v1::SCOPE_SCHOOL:
      return "school";
    default:
      return "?";
  }
}

const char* WorkOf(const Rpc& rpc) {
  switch (rpc.access().work()) {
    case type::v1::WORK_READ:
      return "read";
    case type::v1::WORK_WRITE:
      return "write";
    case type::v1::WORK_BULK:
      return "bulk";
    case type::v1::WORK_STREAM:
      return "stream";
    default:
      return "?";
  }
}

const char* KeptOf(const Rpc& rpc) {
  if (!rpc.mutates()) return "log";
  if (rpc.method->output_type()->full_name() != "google.longrunning.Operation") return "feed";
  // An operation names who started it; a wish to stop it has no name.
  return rpc.Input("name") == nullptr ? "operation" : "log";
}

std::string RowOf(const Rpc& rpc) {
  std::string row = "| " + rpc.method->name() + " |";
  for (const Role role : AllRoles()) row += rpc.Permits(role) ? " ✓ |" : " |";
  return row + " " + ScopeOf(rpc) + " | " + WorkOf(rpc) + " | " + (rpc.mutates() ? "✓" : "") + " | " +
         KeptOf(rpc) + " |\n";
}

std::string TableOf(const std::vector<Rpc>& rpcs) {
  std::string head = "| Method 方法 |";
  std::string rule = "|---|";
  for (const Role role : AllRoles()) {
    const Term* term = TermOf(role);
    head += std::string(" ") + (term == nullptr ? type::v1::Role_Name(role) : term->sign) + " |";
    rule += ":-:|";
  }
  std::string table =
      head + " Scope 范围 | Work 类别 | Changes 变更 | Kept 留痕 |\n" + rule + "---|---|---|---|\n";
  for (const Rpc& rpc : rpcs) table += RowOf(rpc);
  return table;
}

}  // namespace

std::string PermissionsPage() {
  std::string page = kHead;
  page += "| | Role | 角色 |\n|---|---|---|\n";
  for (const Role role : AllRoles()) {
    const Term* term = TermOf(role);
    if (term != nullptr)
      page += std::string("| ") + term->sign + " | " + term->en + " | " + term->zh + " |\n";
  }
  page += kColumns;
  // The platform's own methods are the same in every service: once is enough.
  std::map<std::string, std::vector<Rpc>> by_contract;
  std::set<const google::protobuf::MethodDescriptor*> seen;
  for (const Rpc& rpc : AllRpcs()) {
    if (seen.insert(rpc.method).second) by_contract[rpc.method->service()->full_name()].push_back(rpc);
  }
  for (const auto& [contract, rpcs] : by_contract) {
    page += "## " + contract.substr(std::string("inspectorate.").size()) + "\n\n" + TableOf(rpcs) + "\n";
  }
  page.pop_back();
  return page;
}

}  // namespace inspectorate::conformance
