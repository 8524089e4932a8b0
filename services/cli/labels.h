// What fields are called on a Chinese terminal. English ones show the contract's own names.
#pragma once

#include <string>

namespace inspectorate::cli {

// "学校" for "school"; the field's name where there is no label or the language is English.
std::string LabelOf(const std::string& field_name);

}  // namespace inspectorate::cli
