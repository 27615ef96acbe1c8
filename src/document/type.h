#pragma once

#include <cstdint>
#include <string>

namespace syncline::document {

/// What a column holds, as far as exactness is concerned.
enum class TypeKind {
  kInteger,     ///< TINYINT .. BIGINT, signed
  kUnsigned,    ///< the same, UNSIGNED; YEAR too
  kFloat,       ///< FLOAT (32 bit)
  kDouble,      ///< DOUBLE
  kDecimal,     ///< DECIMAL(precision, scale)
  kText,        ///< CHAR, VARCHAR, TEXT of any character set (read as utf8mb4)
  kBinary,      ///< BINARY, VARBINARY, BLOB
  kBit,         ///< BIT(n): big-endian bytes
  kDate,        ///< DATE
  kDateTime,    ///< DATETIME(fsp)
  kTimestamp,   ///< TIMESTAMP(fsp), read in UTC
  kTime,        ///< TIME(fsp), may be negative or above 24 h
  kEnum,        ///< ENUM: the label
  kSet,         ///< SET: labels joined by ','
  kJson,        ///< JSON: the text that the server prints
  kUnsupported  ///< not exact yet: refused by name
};

/// A column's (or computed field's) type. A value; safe to copy.
struct ColumnType {
  TypeKind kind = TypeKind::kUnsupported;
  std::string declared;  ///< as the server prints it: "int unsigned", "decimal(10,2)"
  uint32_t length = 0;   ///< characters or bytes a value may have; integers, YEAR: bytes of storage
                         ///< (1, 2, 3, 4, 8); BIT: bits; DECIMAL: precision; temporal: 0
  uint8_t scale = 0;     ///< DECIMAL: digits after the point; temporal: fractional digits (fsp)
  std::string charset;   ///< of character columns, as declared ("latin1"); else empty
  std::string collation;  ///< of character columns; else empty
  bool is_nullable = true;

  bool operator==(const ColumnType&) const = default;
};

}  // namespace syncline::document
