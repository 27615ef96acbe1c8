#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace syncline {

/// Upper-case hexadecimal digits of the bytes, as MySQL's HEX() gives them.
std::string hex(std::string_view bytes);
/// The bytes of hexadecimal digits; nothing when it is not hexadecimal of even length.
std::optional<std::string> unhex(std::string_view digits);

/// The candidate with the smallest edit distance to `word`, if it is close enough to be meant; else
/// empty.
std::string nearest(std::string_view word, std::span<const std::string> candidates);

/// The cure for an unknown word: `did you mean "orders"?`, or else what is known.
std::string suggestion(std::string_view word, std::span<const std::string> candidates);

std::vector<std::string> split(std::string_view text, char separator);
std::string join(std::span<const std::string> parts, std::string_view separator);

/// 1234567 as "1,234,567".
std::string with_commas(uint64_t number);

/// ASCII letters in lower case; other bytes stay.
std::string lower(std::string_view text);

/// True when the bytes are valid UTF-8 (no surrogates, no overlong forms).
bool is_utf8(std::string_view bytes);

}  // namespace syncline
