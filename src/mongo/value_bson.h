#pragma once

#include <mongoc/mongoc.h>

#include <string_view>

#include "base/result.h"
#include "document/record.h"
#include "document/type.h"

namespace syncline::mongo {

/// Appends a scalar under `name` in the form of docs/targets.md. kInvalid when BSON cannot hold it
/// (a JSON object whose key has a NUL).
Result<void> append_scalar(const document::ColumnType& type, const document::Value& value,
                           std::string_view name, bson_t* out);

/// Appends the fields of a record, embedded rows included, in the order of its shape.
Result<void> append_fields(const document::Shape& shape, const document::Record& record,
                           bson_t* out);

/// True when values of this DATETIME or TIMESTAMP type fit a BSON Date, which has milliseconds.
bool is_bson_date(const document::ColumnType& type);

/// True when values of this DECIMAL type fit a Decimal128, which has 34 digits.
bool is_decimal128(const document::ColumnType& type);

}  // namespace syncline::mongo
