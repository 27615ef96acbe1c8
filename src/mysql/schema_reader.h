#pragma once

#include "base/result.h"
#include "document/plan.h"
#include "document/schema.h"
#include "mysql/connection.h"

namespace syncline::mysql {

/// What information_schema says of one database: tables, columns, keys, indexes, foreign keys.
/// kInvalid when the database does not exist or shows no table.
Result<document::Schema> read_schema(Connection& connection, const std::string& database);

/// Asks the server for the type of SQL over a row, by preparing a SELECT of it. kInvalid with the
/// server's words.
document::ExpressionProbe expression_probe(Connection& connection, const std::string& database);

}  // namespace syncline::mysql
