// SHA-256, HMAC and their text forms (OpenSSL).
#pragma once

#include <string>
#include <string_view>

namespace inspectorate {

// 32 raw bytes.
std::string Sha256(std::string_view data);
std::string HmacSha256(std::string_view key, std::string_view data);
// Lower-case hexadecimal.
std::string Hex(std::string_view raw);
// URL-safe base64 without padding; decoding returns false on any other character.
std::string Base64Url(std::string_view raw);
bool Base64UrlDecode(std::string_view text, std::string* raw);
// Compares without telling by its time where the first difference is.
bool EqualsConstantTime(std::string_view a, std::string_view b);

}  // namespace inspectorate
