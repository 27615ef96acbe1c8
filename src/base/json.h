#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"

namespace syncline {

/// Parsed JSON as a tree; members in the order of the text, duplicates kept. A number is its token
/// as written, so that no digit is lost.
struct JsonValue {
  enum class Kind { kNull, kBool, kNumber, kString, kArray, kObject };

  Kind kind = Kind::kNull;
  bool boolean = false;
  std::string text;                                        ///< kString, unescaped; kNumber, token
  std::vector<JsonValue> elements;                         ///< kArray
  std::vector<std::pair<std::string, JsonValue>> members;  ///< kObject

  /// The last member of that name; null when there is none, or this is no object.
  const JsonValue* find(std::string_view name) const;

  /// Nothing when it is no such number, or out of bounds.
  std::optional<int64_t> as_int64() const;
  std::optional<uint64_t> as_uint64() const;
  std::optional<double> as_double() const;  ///< the nearest one
};

/// kInvalid when it is not one JSON value.
Result<JsonValue> parse_json(std::string_view json);

}  // namespace syncline
