#pragma once

#include <mongoc/mongoc.h>

#include <string_view>

#include "base/result.h"

namespace syncline::mongo {

/// Appends JSON text as a document, array or scalar under `name`: integers as int64, above 2^63-1
/// as Decimal128, other numbers as double. kInvalid when it is not JSON, or a key has a NUL.
Result<void> append_json_text(std::string_view json, std::string_view name, bson_t* out);

/// Appends decimal digits of at most 34 places; the scale is kept.
void append_decimal128(std::string_view digits, std::string_view name, bson_t* out);

}  // namespace syncline::mongo
