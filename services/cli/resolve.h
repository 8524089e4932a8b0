// Resources as people name them.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "services/cli/session.h"

namespace inspectorate::cli {

// Reads all pages of a List method and hands over each resource. `filter` may be empty; `parent` is left out
// where the request has none.
absl::Status ForEachListed(Session& session, const MethodDescriptor& list, const std::string& parent,
                           const std::string& filter, const std::function<void(const Message&)>& visit);

// Does the resource answer to this word? By the beginning or the end of its id, its number (of the office, of
// work, of the notice, of the area), or its display name.
bool AnswersTo(const Message& resource, const std::string& word);

// Where to look for what lies below something that lies below the office: "campaign-topics@2" is "2" (what
// becomes of `word`) below "offices/zhanhua/catalogues/campaign-topics"; without the first part it may lie
// below any
// ("-"). Empty where the names go deeper.
std::string ParentFor(const std::string& pattern, const std::string& office, std::string* word);

// The resource name of `word` for a type: a full name and "-" stay; a whole id completes the pattern;
// anything else must answer for exactly one resource of the office (ParentFor). NOT_FOUND; INVALID_ARGUMENT
// naming the candidates.
absl::StatusOr<std::string> ResolveName(Session& session, const std::string& resource_type,
                                        const std::string& word);

// Puts what people say in the place of resource names of schools, areas and persons, for the eye. A
// resource's own name stays, and so does whatever the caller may not look up.
void SayNames(Session& session, Message* message);

// The resource as it stands now.
absl::StatusOr<MessagePtr> Fetch(Session& session, const std::string& resource_type, const std::string& name);

}  // namespace inspectorate::cli
