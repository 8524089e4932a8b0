// Applying by copying.
#include <algorithm>
#include <map>
#include <memory>
#include <set>
#include <utility>

#include "common/base/macros.h"
#include "common/feed/consumer.h"
#include "common/resource/copy.h"
#include "common/resource/description.h"

namespace inspectorate::feed {
namespace {

using resource::Description;

using Changes = std::vector<const v1::Change*>;

// Master data may move between offices, and the feeds of two offices are applied independently: what the new
// office's feed has brought must not be undone by what the old one's brings later.
absl::StatusOr<Changes> NotOvertaken(db::Session& session, const Description& description,
                                     const Changes& changes) {
  if (description.office_scoped() || description.FindColumn("office") == nullptr) return changes;
  std::vector<std::string> names;
  for (const v1::Change* change : changes) names.push_back(change->resource());
  ASSIGN_OR_RETURN(const auto copies, resource::CopiesHeld(session, description, names));
  Changes fresh;
  for (const v1::Change* change : changes) {
    const auto held = copies.find(change->resource());
    const bool elsewhere = held != copies.end() && held->second.office != change->office();
    const bool older =
        elsewhere && (change->kind() == v1::Change::TOMBSTONED || held->second.revision > change->revision());
    if (!older) fresh.push_back(change);
  }
  return fresh;
}

absl::Status CopyAll(db::Session& session, const Description& description, const Changes& changes) {
  ASSIGN_OR_RETURN(const Changes fresh, NotOvertaken(session, description, changes));
  std::vector<std::string> gone;
  std::vector<std::unique_ptr<google::protobuf::Message>> kept;
  for (const v1::Change* change : fresh) {
    if (change->kind() == v1::Change::TOMBSTONED) {
      gone.push_back(change->resource());
      continue;
    }
    kept.emplace_back(
        google::protobuf::MessageFactory::generated_factory()->GetPrototype(&description.message())->New());
    if (!change->after().UnpackTo(kept.back().get()))
      return absl::InternalError("change does not hold its resource");
  }
  RETURN_IF_ERROR(resource::RemoveCopies(session, description, gone));
  return resource::PutCopies(session, description, kept);
}

// The last change of each resource, by table: of several that come together only the last leaves its trace.
class LastChanges {
 public:
  void Note(const Description* table, const v1::Change& change) {
    last_[{table, change.resource()}] = &change;
  }
  std::map<const Description*, Changes> ByTable() const {
    std::map<const Description*, Changes> tables;
    for (const auto& [key, change] : last_) tables[key.first].push_back(change);
    return tables;
  }

 private:
  std::map<std::pair<const Description*, std::string>, const v1::Change*> last_;
};

}  // namespace

Apply CopyInto(std::vector<const google::protobuf::Descriptor*> messages) {
  std::map<std::string, const Description*> tables;
  for (const auto* message : messages) {
    const auto& description = Description::Of(message);
    tables[description.type()] = &description;
  }
  return
      [tables = std::move(tables)](work::Unit& unit, const std::vector<v1::Change>& changes) -> absl::Status {
        LastChanges last;
        for (const v1::Change& change : changes) {
          auto it = tables.find(change.resource_type());
          if (it == tables.end())
            return absl::InternalError("no table for a copy of " + change.resource_type());
          last.Note(it->second, change);
        }
        for (const auto& [table, of_table] : last.ByTable()) {
          RETURN_IF_ERROR(CopyAll(unit.db(), *table, of_table));
        }
        return absl::OkStatus();
      };
}

}  // namespace inspectorate::feed
