#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "document/ids.h"
#include "document/record.h"
#include "document/type.h"

namespace syncline::document {

struct KeyColumn {
  std::string name;
  ColumnType type;
  bool operator==(const KeyColumn&) const = default;
};

/// The key columns of a table (or its link columns), in order.
using KeyLayout = std::vector<KeyColumn>;

/// The canonical text of key and link values: what triggers write into the change log
/// (mysql/encoding_sql.h builds the same text in SQL) and what DocumentKey holds. Injective and
/// readable:
///   components joined by '|'; inside text '\' is '\\' and '|' is '\|'; NULL is '\N'
///   integers, YEAR, DECIMAL as the server prints them (no zero fill: YEAR 0 is '0'); text, ENUM,
///   SET as UTF-8
///   BINARY, BIT as upper-case hex, two digits a byte (BIT(9): four); DATE 'YYYY-MM-DD';
///   DATETIME(n) 'YYYY-MM-DD hh:mm:ss[.ffffff]' with n digits; TIME(n) '[-]hh:mm:ss[.f]';
///   TIMESTAMP(n) as UNIX_TIMESTAMP prints it, with n digits
/// FLOAT, DOUBLE and JSON cannot be keys or links (the planner refuses them).
std::string encode_key(const KeyLayout& layout, std::span<const Value> values);

/// The values of a canonical text. kCorrupt when it does not fit the layout; a zero date
/// ('0000-00-00') fits none.
Result<std::vector<Value>> decode_key(const KeyLayout& layout, std::string_view text);

/// The components of a canonical text, unescaped; nothing for NULL. kCorrupt when the count is not
/// `count`.
Result<std::vector<std::optional<std::string>>> split_key(std::string_view text, size_t count);

/// One component's text, unescaped (so "2024-01-31", "1F00", "a|b"); "NULL" for NULL. Used for
/// Redis keys and messages.
std::string key_component(const ColumnType& type, const Value& value);

}  // namespace syncline::document
