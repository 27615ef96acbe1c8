#include "mysql/encoding_sql.h"

#include "base/check.h"
#include "base/log.h"
#include "base/text.h"
#include "document/scalar_text.h"
#include "mysql/connection.h"

namespace syncline::mysql {

using document::ColumnType;
using document::KeyColumn;
using document::TypeKind;

namespace {

bool is_zero_filled(const ColumnType& type) {
  return type.declared.find("zerofill") != std::string::npos || type.declared.starts_with("year");
}

// utf8mb4_bin everywhere: components of different collations can then be joined, and REPLACE works
// on bytes. The character set is named, since a trigger runs in the application's session.
std::string as_text(std::string_view sql) {
  return fmt::format("CONVERT({} USING utf8mb4) COLLATE utf8mb4_bin", sql);
}

std::string component_sql(const ColumnType& type, const std::string& column) {
  switch (type.kind) {
    case TypeKind::kInteger:
    case TypeKind::kUnsigned:
      // ZEROFILL and YEAR print leading zeros; a cast number does not.
      return as_text(is_zero_filled(type) ? fmt::format("CAST({} AS UNSIGNED)", column) : column);
    case TypeKind::kDecimal:
      return as_text(is_zero_filled(type) ? fmt::format("CAST({} AS DECIMAL({}, {}))", column,
                                                        type.length, type.scale)
                                          : column);
    case TypeKind::kText:
    case TypeKind::kEnum:
    case TypeKind::kSet:
      return fmt::format(R"(REPLACE(REPLACE({}, '\\', '\\\\'), '|', '\\|'))", as_text(column));
    case TypeKind::kBinary:
      return as_text(fmt::format("HEX({})", column));
    case TypeKind::kBit:
      // HEX() of a BIT is that of a number: no leading zeros.
      return as_text(fmt::format("LPAD(HEX({} + 0), {}, '0')", column, (type.length + 7) / 8 * 2));
    case TypeKind::kTimestamp:
      return as_text(fmt::format("UNIX_TIMESTAMP({})", column));
    case TypeKind::kDate:
    case TypeKind::kDateTime:
    case TypeKind::kTime:
      return as_text(fmt::format("CAST({} AS CHAR)", column));
    case TypeKind::kFloat:
    case TypeKind::kDouble:
    case TypeKind::kJson:
    case TypeKind::kUnsupported:
      break;
  }
  CHECK(false && "the planner refuses such keys and links");
  __builtin_unreachable();
}

}  // namespace

std::string qualified(std::string_view row, std::string_view column) {
  if (row == "NEW" || row == "OLD") return fmt::format("{}.{}", row, quote_name(column));
  return fmt::format("{}.{}", quote_name(row), quote_name(column));
}

std::string encoding_sql(const document::KeyLayout& layout, std::string_view row) {
  return encoding_sql(layout, [&](const std::string& column) { return qualified(row, column); });
}

std::string encoding_sql(const document::KeyLayout& layout,
                         const std::function<std::string(const std::string&)>& value_of) {
  std::vector<std::string> parts;
  for (const KeyColumn& column : layout) {
    // Also for NOT NULL columns: a later ALTER must not turn a trigger's text into NULL.
    parts.push_back(
        fmt::format(R"(IFNULL({}, '\\N'))", component_sql(column.type, value_of(column.name))));
  }
  if (parts.empty()) return "''";
  return parts.size() == 1 ? parts[0] : fmt::format("CONCAT({})", join(parts, ", '|', "));
}

std::string literal_sql(const KeyColumn& column, const document::Value& value) {
  const ColumnType& type = column.type;
  if (std::holds_alternative<std::monostate>(value)) return "NULL";
  switch (type.kind) {
    case TypeKind::kText: {
      // An explicit collation, the column's own: the comparison is the column's, and indexed.
      const std::string text = quote_text(std::get<std::string>(value));
      if (type.charset == "utf8mb4") return fmt::format("{} COLLATE {}", text, type.collation);
      return fmt::format("CONVERT({} USING {}) COLLATE {}", text, type.charset, type.collation);
    }
    case TypeKind::kBinary:
      return fmt::format("x'{}'", hex(std::get<std::string>(value)));
    case TypeKind::kBit: {
      uint64_t number = 0;
      for (const char byte : std::get<std::string>(value)) {
        number = number << 8 | static_cast<unsigned char>(byte);
      }
      return std::to_string(number);
    }
    case TypeKind::kTimestamp:
      return fmt::format("FROM_UNIXTIME({})", document::key_component(type, value));
    case TypeKind::kInteger:
    case TypeKind::kUnsigned:
    case TypeKind::kDecimal:
      return document::key_component(type, value);
    default:
      return quote_text(document::key_component(type, value));
  }
}

}  // namespace syncline::mysql
