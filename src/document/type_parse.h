#pragma once

#include <string_view>

#include "document/type.h"

namespace syncline::document {

/// The type that information_schema's COLUMN_TYPE names: "int(10) unsigned", "decimal(10,2)",
/// "enum('a','b')", "timestamp(6)". `charset` and `collation` are empty for columns without.
/// `is_json`: MariaDB's JSON, a longtext with a json_valid() check. What is not known is
/// kUnsupported (spatial types, vector, uuid, inet6), never an error: only its use is one.
ColumnType parse_type(std::string_view declared, std::string_view charset,
                      std::string_view collation, bool is_nullable, bool is_json = false);

}  // namespace syncline::document
