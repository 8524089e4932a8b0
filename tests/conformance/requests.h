// Requests made from the contract: valid ones, and each with one thing wrong.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "common/validate/rules.h"
#include "tests/conformance/rpcs.h"
#include "tests/conformance/world.h"

namespace inspectorate::conformance {

using Request = std::unique_ptr<Message>;

// What the contract asks for and nothing else, with names of the district: obeys every field rule. Its etag
// is stale, and what it acts on may be in another state. A failure of the test says what to add where it
// cannot be made.
Request Skeleton(const Rpc& rpc, World& world, District& district);

// One valid entry or value of a field, whether it is asked for or not.
void FillField(const Rpc& rpc, World& world, District& district, Message* message,
               const validate::FieldRules& field);

// Who makes the base call: the first of a fixed order whom the contract permits.
Role BaseRole(const Rpc& rpc);

// One that succeeds for this caller, on a resource of its own where it changes one.
struct Fresh {
  Principal by;
  Request request;
};
Fresh MakeFresh(const Rpc& rpc, World& world, District& district);

// `request` with one field rule broken.
struct Broken {
  std::string path;  // of the field
  std::string how;
  Request request;
};
std::vector<Broken> BreakEachRule(const Rpc& rpc, World& world, District& district, const Message& request);
// All of them at once; `paths` tells which fields.
Request BreakAll(const Rpc& rpc, World& world, District& district, const Message& request,
                 std::vector<std::string>* paths);

// `request` with one reference that leads to another office's, each reference in turn.
struct Foreign {
  std::string field;
  Request request;
};
std::vector<Foreign> WithForeignReferences(const Message& request, const District& theirs);

Request Clone(const Message& message);
std::string TextOf(const Message& message, const char* field);
void SetText(Message* message, const char* field, const std::string& value);

}  // namespace inspectorate::conformance
