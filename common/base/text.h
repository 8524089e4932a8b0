// Unicode text as people count it: characters, columns of a terminal, cutting without breaking a character.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace inspectorate {

// Position of the first byte that is not well-formed UTF-8 (RFC 3629: no overlong form, no surrogate, nothing
// above U+10FFFF); npos when all is well.
size_t FindInvalidUtf8(std::string_view text);
bool IsValidUtf8(std::string_view text);

// Number of code points; a broken byte counts as one.
size_t CharacterCount(std::string_view text);

// Columns that the text takes in a terminal: 2 for Chinese and full-width characters, 0 for combining marks.
size_t DisplayWidth(std::string_view text);

// The longest prefix of at most `limit` bytes that ends between two characters.
std::string_view PrefixBytes(std::string_view text, size_t limit);
// The longest prefix of at most `limit` characters.
std::string_view PrefixCharacters(std::string_view text, size_t limit);

// Cut to `columns` with an ellipsis where it was longer.
std::string TruncateToWidth(std::string_view text, size_t columns);
// TruncateToWidth, then spaces up to exactly `columns`: a table cell.
std::string PadToWidth(std::string_view text, size_t columns);

}  // namespace inspectorate
