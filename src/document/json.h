#pragma once

#include <string>
#include <string_view>

#include "document/record.h"

namespace syncline::document {

/// A record as JSON text, fields in the shape's order, no white space. Integers, DECIMAL, FLOAT and
/// DOUBLE as JSON numbers that carry every digit (NaN does not exist in MySQL); text, temporal and
/// ENUM as strings; SET as array of strings; BINARY and BIT as base64 strings; JSON columns as they
/// are; NULL as null; embedded rows as object, null or array.
void append_json(const Shape& shape, const Record& record, std::string& out);

/// One field's value as JSON, as above.
void append_json_value(const Field& field, const Value& value, std::string& out);

/// A JSON string literal with quotes. Invalid UTF-8 does not occur: text is read as utf8mb4.
void append_json_string(std::string_view text, std::string& out);

/// "name":"text", without a comma.
void append_json_member(std::string_view name, std::string_view text, std::string& out);

}  // namespace syncline::document
