// What an office's catalogues have in use on a day, out of this service's own registry tables or copies.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "common/base/time.h"
#include "common/db/database.h"
#include "google/protobuf/descriptor.h"
#include "inspectorate/registry/v1/catalogue.pb.h"

namespace inspectorate::roster {

// What of an item decides.
struct CatalogueItemFacts {
  std::string title;
  std::vector<registry::v1::SchoolKind> kinds;  // none: all
  bool retired = false;
};
using CatalogueItems = std::map<std::string, CatalogueItemFacts, std::less<>>;

// The versions of an office's catalogues that are in force on one day.
class Catalogues {
 public:
  using Kind = registry::v1::CatalogueKind;

  Catalogues(Date day, bool known, std::map<int, std::shared_ptr<const CatalogueItems>> in_force)
      : day_(day), known_(known), in_force_(std::move(in_force)) {}

  // The office has published catalogues: false until the registry that gives them to every office runs, while
  // this service is newer.
  bool known() const { return known_; }
  // Null: no version of that catalogue is in force, or it does not name the code.
  const CatalogueItemFacts* Find(Kind kind, std::string_view code) const;
  // Named and not retired.
  bool InUse(Kind kind, std::string_view code) const;
  // Empty: not named.
  std::string TitleOf(Kind kind, std::string_view code) const;
  // VALUE_NOT_IN_USE for a value of the contract that the catalogue of the day does not have in use. Where no
  // version is in force, the contract alone says which values there are.
  absl::Status CheckValue(Kind kind, const google::protobuf::EnumDescriptor* type, int value) const;

 private:
  Date day_;
  bool known_;
  std::map<int, std::shared_ptr<const CatalogueItems>> in_force_;
};

// `office` is a slug. One statement, which reads no items that were read before.
absl::StatusOr<Catalogues> CataloguesOn(db::Session& session, const std::string& office, Date day);

// Stands for what a version says: a version of the same kind with the same items has the same.
std::string FingerprintOf(registry::v1::CatalogueKind kind, const registry::v1::CatalogueVersion& version);

// "school-matters" and its kind, both ways; empty, and unspecified, for what is none.
std::string CatalogueIdOf(registry::v1::CatalogueKind kind);
registry::v1::CatalogueKind CatalogueKindOf(std::string_view id);

}  // namespace inspectorate::roster
