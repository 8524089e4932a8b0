// Messages of the contracts out of bytes: a valid one to begin with, and edits that the bytes choose. So a
// target gets past the first broken rule, which bytes in wire form hardly ever do.
#pragma once

#include <memory>
#include <string_view>
#include <vector>

#include "google/protobuf/message.h"
#include "tests/fuzz/fuzz.h"

namespace inspectorate::fuzz {

using google::protobuf::Message;

// Requests of every method, and messages that are resources, of all linked contracts; by name.
const std::vector<const google::protobuf::Descriptor*>& RequestTypes();
const std::vector<const google::protobuf::Descriptor*>& ResourceTypes();

// The type that the input names in its first line ("GetVisitRequest"), or that its first two bytes choose.
const google::protobuf::Descriptor& TypeFrom(Input& input,
                                             const std::vector<const google::protobuf::Descriptor*>& types);

std::unique_ptr<Message> NewMessage(const google::protobuf::Descriptor& type);
// Fills fields in such a way that the rules of the contract hold, as far as can be told from them.
void FillValid(Message* message, int depth = 0);
// Edits as long as there are bytes; at most 100.
void Edit(Message* message, Input& input);
// Mode, type and content: 'w' the rest is the message in wire form; else a valid message, edited.
std::unique_ptr<Message> MessageFrom(Input& input,
                                     const std::vector<const google::protobuf::Descriptor*>& types);

}  // namespace inspectorate::fuzz
