// What became of a record of another registry that was to be entered.
#pragma once

namespace inspectorate::registry {

enum class Taken { kNew, kChanged, kSame };

}  // namespace inspectorate::registry
