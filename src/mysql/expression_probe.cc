#include <algorithm>
#include <string_view>

#include "base/log.h"
#include "document/type_parse.h"
#include "mysql/errors.h"
#include "mysql/handles.h"
#include "mysql/schema_reader.h"

namespace syncline::mysql {

using document::ColumnType;
using document::TableName;

namespace {

constexpr unsigned kBinaryCharset = 63;
constexpr unsigned kCharacterBytesMax = 4;  // utf8mb4, the session's

std::string integer(std::string_view word, const MYSQL_FIELD& field) {
  return fmt::format("{}{}", word, field.flags & UNSIGNED_FLAG ? " unsigned" : "");
}

std::string temporal(std::string_view word, const MYSQL_FIELD& field) {
  return fmt::format("{}({})", word, std::min(field.decimals, 6u));
}

bool is_json(const MYSQL_FIELD& field) {
  MARIADB_CONST_STRING format{};
  return field.type == MYSQL_TYPE_JSON ||
         (mariadb_field_attr(&format, &field, MARIADB_FIELD_ATTR_FORMAT_NAME) == 0 &&
          std::string_view(format.str, format.length) == "json");
}

// As the server would declare a column that holds the result; empty: none of our types.
std::string declaration_of(const MYSQL_FIELD& field) {
  const bool is_binary = field.charsetnr == kBinaryCharset;
  switch (field.type) {
    case MYSQL_TYPE_TINY:
      return integer("tinyint", field);
    case MYSQL_TYPE_SHORT:
      return integer("smallint", field);
    case MYSQL_TYPE_INT24:
      return integer("mediumint", field);
    case MYSQL_TYPE_LONG:
      return integer("int", field);
    case MYSQL_TYPE_LONGLONG:
      return integer("bigint", field);
    case MYSQL_TYPE_YEAR:
      return "year";
    case MYSQL_TYPE_FLOAT:
      return "float";
    case MYSQL_TYPE_DOUBLE:
      return "double";
    case MYSQL_TYPE_DECIMAL:
    case MYSQL_TYPE_NEWDECIMAL: {
      const unsigned long signs = (field.flags & UNSIGNED_FLAG ? 0 : 1) + (field.decimals > 0);
      return fmt::format("decimal({},{})", std::max<unsigned long>(field.length, signs + 1) - signs,
                         field.decimals);
    }
    case MYSQL_TYPE_DATE:
    case MYSQL_TYPE_NEWDATE:
      return "date";
    case MYSQL_TYPE_DATETIME:
    case MYSQL_TYPE_DATETIME2:
      return temporal("datetime", field);
    case MYSQL_TYPE_TIMESTAMP:
    case MYSQL_TYPE_TIMESTAMP2:
      return temporal("timestamp", field);
    case MYSQL_TYPE_TIME:
    case MYSQL_TYPE_TIME2:
      return temporal("time", field);
    case MYSQL_TYPE_BIT:
      return fmt::format("bit({})", field.length);
    case MYSQL_TYPE_JSON:
      return "json";
    case MYSQL_TYPE_NULL:
      return "varchar(0)";
    case MYSQL_TYPE_VARCHAR:
    case MYSQL_TYPE_VAR_STRING:
    case MYSQL_TYPE_STRING:
      return is_binary ? fmt::format("varbinary({})", field.length)
                       : fmt::format("varchar({})", field.length / kCharacterBytesMax);
    case MYSQL_TYPE_TINY_BLOB:
    case MYSQL_TYPE_MEDIUM_BLOB:
    case MYSQL_TYPE_LONG_BLOB:
    case MYSQL_TYPE_BLOB:
      return is_binary ? "longblob" : "longtext";
    default:
      return "";
  }
}

Result<ColumnType> probe(Connection& connection, const std::string& database,
                         const TableName& table, const std::string& expression) {
  if (!connection.is_open()) return transient("the connection is closed");
  // Parentheses alone would let "a, b" through; a comment would swallow the closing one.
  const std::string sql = fmt::format("SELECT ({}\n) FROM {}.{}", expression, quote_name(database),
                                      quote_name(table.value));
  const StatementHandle statement(mysql_stmt_init(static_cast<MYSQL*>(connection.native())));
  CHECK(statement != nullptr);
  if (mysql_stmt_prepare(statement.get(), sql.data(), sql.size()) != 0) {
    const unsigned code = mysql_stmt_errno(statement.get());
    const std::string words = mysql_stmt_error(statement.get());
    const Error error = error_of(code, words, "table " + table.value);
    if (error.is_transient()) return error;
    return invalid(fmt::format("'{}' is no SQL over a row of {}: {} ({})", expression, table.value,
                               words, code));
  }
  const ResultHandle metadata(mysql_stmt_result_metadata(statement.get()));
  if (!metadata || mysql_num_fields(metadata.get()) != 1) {
    return invalid(fmt::format("'{}' gives no single value", expression));
  }
  const MYSQL_FIELD& field = *mysql_fetch_field_direct(metadata.get(), 0);
  const bool is_text = field.charsetnr != kBinaryCharset;
  const std::string declared = declaration_of(field);
  return document::parse_type(declared, is_text ? "utf8mb4" : "", is_text ? "utf8mb4_bin" : "",
                              (field.flags & NOT_NULL_FLAG) == 0, is_json(field));
}

}  // namespace

document::ExpressionProbe expression_probe(Connection& connection, const std::string& database) {
  return [&connection, database](const TableName& table, const std::string& expression) {
    return probe(connection, database, table, expression);
  };
}

}  // namespace syncline::mysql
