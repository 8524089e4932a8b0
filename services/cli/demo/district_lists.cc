#include "services/cli/demo/district_lists.h"

#include "common/base/file.h"
#include "common/base/macros.h"

namespace inspectorate::demo {
namespace {

struct List {
  const char* name;
  registry::v1::ImportKind kind;
};
constexpr List kLists[] = {{"校历.csv", registry::v1::IMPORT_TERMS},
                           {"责任区.csv", registry::v1::IMPORT_AREAS},
                           {"机构.csv", registry::v1::IMPORT_SCHOOLS},
                           {"督导室人员.csv", registry::v1::IMPORT_STAFF},
                           {"责任督学.csv", registry::v1::IMPORT_INSPECTORS},
                           {"督学分工.csv", registry::v1::IMPORT_INSPECTOR_ASSIGNMENTS},
                           {"回避.csv", registry::v1::IMPORT_RECUSALS},
                           {"校级督学.csv", registry::v1::IMPORT_SUPERVISORS}};

}  // namespace

absl::StatusOr<registry::v1::ImportRosterRequest> ReadLists(const std::string& folder,
                                                            const std::string& parent) {
  registry::v1::ImportRosterRequest request;
  request.set_parent(parent);
  for (const List& list : kLists) {
    auto* file = request.add_files();
    file->set_kind(list.kind);
    file->set_file_name(list.name);
    ASSIGN_OR_RETURN(*file->mutable_content(), ReadFile(folder + "/" + list.name));
  }
  return request;
}

}  // namespace inspectorate::demo
